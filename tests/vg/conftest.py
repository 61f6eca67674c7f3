# SPDX-License-Identifier: GPL-2.0-or-later
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))


def pytest_collection_modifyitems(items):
    if os.environ.get("LG_HAVE_TOOL", "yes") == "no":
        for item in items:
            item.add_marker(pytest.mark.skip(reason="this build has no tool: no Valgrind was found"))


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A directory for compiled programs, shared by the tests of one file."""
    return tmp_path_factory.mktemp("programs")
