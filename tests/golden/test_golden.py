# SPDX-License-Identifier: GPL-2.0-or-later
"""Small profiles and what lg_print makes of them. `make regold` writes the expected files anew: read the difference then."""
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")
CASES = sorted(p.name for p in HERE.glob("*.lg"))
VARIANTS = {
    "text.exp": ["--x=60", "--y=10", "--unicode=no"],
    "unicode.exp": ["--x=60", "--y=10", "--unicode=yes", "--snapshots=none"],
    "json.exp": ["--format=json"],
}


def lg_print(*args, **kwargs):
    return subprocess.run([LG_PRINT, *args], cwd=HERE, capture_output=True, timeout=60, **kwargs)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES)
def test_report(case, variant):
    run = lg_print(*VARIANTS[variant], case)
    expected = HERE / f"{case[:-3]}.{variant}"
    if os.environ.get("LG_REGOLD"):
        expected.write_bytes(run.stdout)
    assert run.returncode == 0
    assert run.stdout == expected.read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_locale_does_not_matter(case):
    plain = lg_print("--unicode=no", case, env={"LC_ALL": "C"}).stdout
    assert plain.isascii()
    for locale in ("C.UTF-8", "de_DE.UTF-8", "nonsense"):
        assert lg_print("--unicode=no", case, env={"LC_ALL": locale, "TZ": "Asia/Tokyo"}).stdout == plain
    assert lg_print(case, env={"LC_ALL": "C"}).stdout == plain
    assert lg_print(case, env={"LC_ALL": "C.UTF-8"}).stdout == lg_print("--unicode=yes", case).stdout
