# SPDX-License-Identifier: GPL-2.0-or-later
import os

import pytest


def pytest_collection_modifyitems(items):
    if os.environ.get("LG_HAVE_TOOL", "yes") == "no":
        for item in items:
            item.add_marker(pytest.mark.skip(reason="this build has no tool: no Valgrind was found"))
