# SPDX-License-Identifier: GPL-2.0-or-later
"""The client requests of leakgrow.h: taken under the tool, nothing natively, in every dialect of C and C++."""
import os
import subprocess

import pytest

import lgsys
import vgclient

HEADER_USER = """
#include "leakgrow.h"
int use(int n);
int use(int n)
{
   char name[2];
   name[0] = 'a';
   name[1] = 0;
   LEAKGROW_TICK(1);
   LEAKGROW_TICK(n);
   LEAKGROW_MARK(name);
   LEAKGROW_SNAPSHOT(0);
   if (LEAKGROW_SNAPSHOT("x"))
      return 1;
   return (int)(LEAKGROW_TICK(2) + LEAKGROW_MARK("y"));
}
int work(int n, void *p);
int work(int n, void *p)
{
   static const LeakgrowLabel label = LEAKGROW_LABEL_INIT("static");
   LEAKGROW_SPAN_BEGIN("scope");
   LEAKGROW_SPAN_END();
   LEAKGROW_SPAN_BEGIN_LABEL(&label);
   LEAKGROW_SPAN_END_LABEL(&label);
   LEAKGROW_SPAN_NEW(p, "connection");
   LEAKGROW_SPAN_NEW_LABEL(n, &label, p, LEAKGROW_PARENT_ID);
   LEAKGROW_SPAN_ENTER(p);
   LEAKGROW_SPAN_EXIT(p);
   LEAKGROW_SPAN_CLOSE(n);
   LEAKGROW_TASK_NEW(p, "job");
   LEAKGROW_TASK_NEW_LABEL(p, &label, LEAKGROW_IN_BLOCK);
   LEAKGROW_TASK_RESUME(p);
   LEAKGROW_TASK_SUSPEND(p);
   LEAKGROW_TASK_END(p);
   return (int)(LEAKGROW_SPAN_BEGIN("x") + LEAKGROW_SPAN_END());
}
#if defined(__cplusplus)
static const LeakgrowLabel connection = LEAKGROW_LABEL_INIT("connection");
struct Connection {
   LeakgrowSpan span;
   Connection() : span(&connection) {}
};
int scopes();
int scopes()
{
   LEAKGROW_SCOPE("outer");
   LEAKGROW_SCOPE("inner");
   Connection c;
   LeakgrowEntered in(c.span);
   return 0;
}
#endif
"""
DOMAIN_USER = """
#include "leakgrow.h"
unsigned long use(void *p, unsigned long self);
unsigned long use(void *p, unsigned long self)
{
   unsigned long taken = 0, d = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);
   LEAKGROW_PIN(d, self);
   LEAKGROW_RETIRE(d, p, 0);
   taken += LEAKGROW_PIN(d, &taken) + LEAKGROW_UNPIN(d, 0) + LEAKGROW_QUIESCENT(d, self);
   taken += LEAKGROW_RETIRE_OWNER(d, p, sizeof(int), 2, &taken);
   taken += LEAKGROW_QUEUED(d, p) + LEAKGROW_QUEUED_ALL(d, &taken) + LEAKGROW_ADVANCE(d, 7);
   return taken + LEAKGROW_RECLAIM(d, p) + LEAKGROW_FREE(d, p);
}
"""
C_DIALECTS = ["c89", "gnu89", "c99", "c11", "gnu17"]
CXX_DIALECTS = ["c++98", "c++11", "c++17", "c++20"]


@pytest.fixture(scope="module", params=[pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")])
def program(request, programs):
    return vgclient.build(programs, "requests.c", *request.param, name="requests" + "".join(request.param))


@pytest.fixture(scope="module")
def run(program, tmp_path_factory):
    out = tmp_path_factory.mktemp("requests") / "out"
    with open(str(out) + ".stdout", "w") as f:
        command = lgsys.valgrind_command(out, [], [program])
        done = subprocess.run(command, stdout=f, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0
    with open(str(out) + ".stdout") as f:
        return lgsys.Profile(out, done.stderr), f.read()


def test_nothing_natively(program):
    assert subprocess.run([program], capture_output=True, text=True).stdout == "0 0 0\n"


def test_nothing_under_another_tool(program, tmp_path):
    command = [lgsys.VALGRIND, "-q", "--tool=massif", f"--massif-out-file={tmp_path}/out", program]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "0 0 0\n"


def test_taken_and_refused(run):
    """Six are taken; strings that are NULL or cannot be read and numbers of the future are refused."""
    assert run[1] == "6 0 0\n"
    assert run[0].counter("bad-request") == 4


def test_ticks(run):
    report = run[0].report
    assert report["totals"]["ticks"] == 1000
    assert [s["ticks"] for s in vgclient.snapshots(run[0], "request")] == [1000, 1000]
    assert vgclient.snapshots(run[0], "mark")[0]["ticks"] == 0


def test_marks(run):
    names = [s["mark"] for s in vgclient.snapshots(run[0], "mark")]
    assert names == ['start of "service"\n', "x" * 255]
    assert vgclient.snapshots(run[0], "mark")[0]["live_B"] == 0


def test_snapshots(run):
    requested = vgclient.snapshots(run[0], "request")
    assert [s.get("mark") or "" for s in requested] == ["half time", ""]
    assert [s["live_B"] for s in requested] == [300000, 300000]
    assert [s["live_blocks"] for s in requested] == [300, 300]


def test_ticks_as_time(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program], ["--time-unit=ticks"])
    assert profile.report["time_unit"] == "ticks"
    assert profile.report["duration"] == 1000


@pytest.mark.parametrize("dialect", C_DIALECTS + CXX_DIALECTS)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("text", [pytest.param(HEADER_USER, id="work"), pytest.param(DOMAIN_USER, id="domains")])
def test_header_compiles_without_a_word(dialect, compiler, text, tmp_path):
    is_cxx = dialect.startswith("c++")
    command = {"gcc": "g++", "clang": "clang++"}[compiler] if is_cxx else compiler
    if subprocess.run(["which", command], capture_output=True).returncode != 0:
        pytest.skip(f"no {command}")
    source = tmp_path / ("use.cc" if is_cxx else "use.c")
    source.write_text(text)
    for extra in ([], ["-DNVALGRIND"], ["-O2"]):
        done = subprocess.run([command, f"-std={dialect}", "-pedantic", "-Wall", "-Wextra", "-Werror", *extra,
                               "-I", os.path.join(lgsys.SOURCE, "leakgrow"), "-isystem", "/usr/include/valgrind",
                               "-c", str(source), "-o", str(tmp_path / "use.o")], capture_output=True, text=True)
        assert done.returncode == 0, f"{extra}: {done.stderr}"


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("flags", [(), ("-m32",)], ids=["amd64", "x86"])
def test_random_requests(programs, tmp_path, seed, flags):
    """Whatever the requests say, the tool survives, keeps its books right and writes a readable profile."""
    program = vgclient.build(programs, "hostile.c", *flags, name="hostile" + "".join(flags))
    profile = lgsys.run(tmp_path / "out", [program, str(seed), "6000"], ["--sanity-level=3"])
    report = profile.report
    assert report["end"] == "exit"
    assert vgclient.total(profile, "use_malloc")[2:] == (0, 0)
    assert report["totals"]["allocs"] - report["totals"]["frees"] == report["totals"]["live_blocks"]
    assert sum(a["live_B"] for a in report["accounts"]) == report["totals"]["live_B"]
