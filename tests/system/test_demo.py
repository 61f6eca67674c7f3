# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo: the first finding is the audit trail, with function, file, line and bytes per request; the fixed service has none."""
import os
import re

import lgsys

SESSIOND = os.path.join(lgsys.BUILD, "tests", "demo", "sessiond")
RECORD_B = 64


def leak_line():
    with open(os.path.join(lgsys.SOURCE, "tests", "demo", "session.c")) as f:
        return next(n for n, line in enumerate(f, 1) if "audit_record *r = calloc" in line)


def test_first_finding_is_the_leak(tmp_path):
    profile = lgsys.run(tmp_path / "sessiond.lg", [SESSIOND, "--self-test", "--requests=8000"], timeout=60)
    assert profile.report["totals"]["ticks"] == 8000
    assert lgsys.intervals(profile) >= 64
    first = profile.findings[0]
    assert (first["kind"], first["verdict"]) == ("growth", "growing")
    frame = first["stack"][0]
    assert frame["fn"] == "audit_record_new"
    assert os.path.basename(frame["file"]) == "session.c"
    assert frame["line"] == leak_line()
    assert abs(first["slope_B_per_tick"] - RECORD_B) <= 0.05 * RECORD_B
    assert len(profile.growth()) == 1, "nothing else grows"
    shown = lgsys.flat(profile.text)
    assert re.search(r"audit_record_new \(session\.c:%d\)" % leak_line(), shown)
    lgsys.assert_consistent(profile)


def test_fixed_service_is_bounded(tmp_path):
    profile = lgsys.run(tmp_path / "fixed.lg", [SESSIOND, "--self-test", "--requests=8000", "--fixed"], timeout=60)
    assert profile.growth() == []
    lgsys.assert_consistent(profile)
