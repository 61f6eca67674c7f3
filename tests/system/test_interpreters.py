# SPDX-License-Identifier: GPL-2.0-or-later
"""sqlite3 and python3: the same work, once growing and once bounded."""
import shutil

import pytest

import lgsys

SQLITE = "/usr/bin/sqlite3"
PYTHON = "/usr/bin/python3"

GROWING_DICT = """
sessions = {}
for i in range(60000):
    row = ["field %d" % (i + k) for k in range(8)]
    sessions[i] = ",".join(row)
"""
BOUNDED_LRU = """
from collections import OrderedDict
cache = OrderedDict()
for i in range(60000):
    row = ["field %d" % (i + k) for k in range(8)]
    cache[i] = ",".join(row)
    if len(cache) > 1000:
        cache.popitem(last=False)
"""


def sql_script(path, statement, n):
    with open(path, "w") as f:
        f.write("create table log(id integer primary key, what text);\n")
        for i in range(n):
            f.write(statement.format(i=i, text=f"event {i * 7919 % 100003} " * 6) + "\n")
    return str(path)


@pytest.mark.skipif(not shutil.which(SQLITE), reason="sqlite3 is not installed")
class TestSqlite:
    """libsqlite3 exports its interface only; what lies between sqlite3_step and malloc has no names."""

    def test_rows_that_stay_grow(self, tmp_path):
        script = sql_script(tmp_path / "grow.sql", "insert into log(what) values('{text}');", 60000)
        profile = lgsys.run(tmp_path / "grow.lg", [SQLITE, ":memory:"], stdin=script)
        assert lgsys.intervals(profile) >= 64
        first = profile.growth()[0]
        assert "sqlite3_step" in lgsys.functions(first)
        assert any("libsqlite3" in frame["object"] for frame in first["stack"])
        lgsys.assert_consistent(profile)

    def test_rows_that_go_are_bounded(self, tmp_path):
        script = sql_script(tmp_path / "bounded.sql",
                            "insert or replace into log(id, what) values({i} % 400, '{text}');", 60000)
        profile = lgsys.run(tmp_path / "bounded.lg", [SQLITE, ":memory:"], stdin=script)
        assert lgsys.intervals(profile) >= 64
        assert profile.growth() == []
        lgsys.assert_consistent(profile)


class TestPython:
    def run(self, tmp_path, script):
        path = tmp_path / "script.py"
        path.write_text(script)
        env = lgsys.clean_env(PYTHONMALLOC="malloc", PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
        profile = lgsys.run(tmp_path / "python.lg", [PYTHON, "-S", str(path)], env=env)
        assert lgsys.intervals(profile) >= 64
        lgsys.assert_consistent(profile)
        return profile

    def test_dict_grows(self, tmp_path):
        profile = self.run(tmp_path, GROWING_DICT)
        growth = profile.growth()
        names = lgsys.functions(growth[0])
        assert "_PyUnicode_JoinArray" in names, "the joined strings are most of it"
        assert "_PyEval_EvalFrameDefault" in names

    def test_lru_is_bounded(self, tmp_path):
        assert self.run(tmp_path, BOUNDED_LRU).growth() == []
