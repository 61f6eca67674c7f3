# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one pytest file and speaks TAP, so that automake counts every single test.

Usage: pytest_tap.py FILE [pytest options]. The plan comes last: collection errors are results too.
"""
import os
import sys

import pytest


class Tap:
    """Turns pytest's reports into TAP lines on standard output, one per test."""

    def __init__(self):
        self.count = 0
        # Standard output is ours, out of reach of pytest's capture; pytest's own report, which is no TAP, goes nowhere.
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)

    def say(self, text):
        print(text, file=self.out, flush=True)

    def line(self, good, name, directive=""):
        self.count += 1
        self.say(f"{'ok' if good else 'not ok'} {self.count} - {name}{directive}")

    def detail(self, text):
        for row in str(text).splitlines():
            self.say("# " + row)

    def pytest_collectreport(self, report):
        if report.failed:
            self.line(False, f"collect {report.nodeid}")
            self.detail(report.longrepr)

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.replace("#", "_")[:200]
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
            self.line(True, name, " # SKIP " + reason.replace("Skipped: ", "", 1))
        elif report.failed:
            self.line(False, name if report.when == "call" else f"{name} ({report.when})")
            self.detail(report.longrepr)
            for title, text in report.sections:
                self.detail(f"{title}:\n{text}")
        elif report.when == "call":
            self.line(True, name)


def main(argv):
    tap = Tap()
    status = pytest.main(["-q", "-p", "no:cacheprovider", *argv], plugins=[tap])
    if tap.count == 0:
        tap.line(False, f"pytest ended with status {int(status)} and ran no test")
    tap.say(f"1..{tap.count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
