# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks that a user asks for: --context-fn and --hooks=FILE, on C and C++ programs that were not prepared for it. What the report
says of spans and contexts is compared with what the program counted itself."""
import os
import random
import subprocess

import pytest

import lgsys
import vgclient

PLATFORMS = [pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")]
LINKS = [pytest.param(("-fPIE", "-pie"), id="pie"), pytest.param(("-fno-pie", "-no-pie"), id="no-pie"),
         pytest.param(("-static",), id="static"), pytest.param(("-s", "-rdynamic"), id="stripped-but-exported")]


def build(programs, *flags):
    return vgclient.build(programs, "hooks.c", "-pthread", "-rdynamic", *flags, name="hooks" + "".join(flags))


def run(tmp_path, program, *args, options=()):
    said = tmp_path / "stdout"
    profile = lgsys.run(tmp_path / "out", [program, *args], options=options, stdout=str(said))
    return profile, said.read_text()


def census(profile, kind="span"):
    """Label -> (opened, closed, open), over all creation stacks."""
    sums = {}
    for group in profile.report["census"]:
        if group["kind"] == kind:
            old = sums.get(group["label"], (0, 0, 0))
            sums[group["label"]] = tuple(a + group[f] for a, f in zip(old, ("opened", "closed", "open")))
    return sums


def by_context(profile):
    """Context -> (blocks, bytes) ever allocated in it by keep()."""
    sums = {}
    for account in profile.report["accounts"]:
        if any(frame["fn"].startswith("keep") for frame in account["stack"]):
            key = ";".join(account["context"])
            old = sums.get(key, (0, 0))
            sums[key] = (old[0] + account["total_blocks"], old[1] + account["total_B"])
    return sums


def coverage(profile):
    return {c["name"]: c["text"] for c in profile.report["coverage"]}


def rules(tmp_path, text):
    path = tmp_path / "test.hooks"
    path.write_text(text)
    return f"--hooks={path}"


# ---- calls ----

@pytest.mark.parametrize("flags", PLATFORMS + LINKS)
def test_calls_are_spans(programs, tmp_path, flags):
    """Recursion is one span, a call that ends by longjmp ends, nested calls nest, signal handlers and threads have their own."""
    profile, said = run(tmp_path, build(programs, *flags), "calls", options=["--context-fn=*_command", "--context-fn=nowhere"])
    word = said.split()
    truth = {word[i]: int(word[i + 1]) for i in range(0, len(word), 2)}
    assert coverage(profile)["context-fn"].startswith("1 of 2 hooks, ")
    assert census(profile) == {name + "_command": (n, n, 0) for name, n in truth.items() if name != "root"}
    n_set = truth["set"] - 50
    assert by_context(profile) == {
        "": (450, 400 * 512 + 50 * 1024),
        "set_command": (n_set, n_set * 16),
        "script_command": (100, 100 * 64),
        "script_command;set_command": (50, 50 * 16),
        "recursive_command": (50, 50 * 128),
        "jumping_command": (50, 50 * 256),
    }


def test_calls_of_cxx(programs, tmp_path):
    """Members, overrides, instances of a template; a call that throws has ended."""
    program = vgclient.build(programs, "hooks.cc", name="hooks-cc")
    profile, said = run(tmp_path, program, options=["--context-fn=shop::Order::*", "--context-fn=*Thrower::serve*"])
    assert said == "caught 50\n"
    assert census(profile) == {name: (100, 100, 0) for name in (
        "shop::Order::handle", "shop::Order::price<long>", "shop::Thrower::serve",
        "shop::Order::price<std::pair<int, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > > >")}
    seen = by_context(profile)
    assert seen[""] == (200, 100 * (3200 + 1600))
    assert seen["shop::Thrower::serve"] == (100, 80000)
    assert seen["shop::Order::handle"] == (100, 1600)


@pytest.mark.parametrize("length", [1000, 60000, 300000])
def test_names_of_huge_length(programs, tmp_path, length):
    """A plain name of any length matches; what is cut is the label."""
    name = "x" * (length - 5) + "_last"
    header = programs / f"long{length}.h"
    header.write_text(f'#define LONG_NAME "{name}"\n')
    program = vgclient.build(programs, "hooks.cc", "-include", str(header), name=f"long{length}")
    profile, _ = run(tmp_path, program, options=["--context-fn=xxx*_last", "--context-fn=*y*_last"])
    if length > 1 << 16:
        assert census(profile) == {} and coverage(profile)["context-fn"] == "0 of 2 hooks, 0 calls"
        return
    labels = census(profile)
    assert list(labels.values()) == [(100, 100, 0)]
    assert all(name.startswith(label[:200]) for label in labels)


def test_mangled_names_of_huge_length(programs, tmp_path):
    """A name that would become 2^30 times as long when it is demangled is left alone: the program must run, and soon."""
    source = programs / "bomb.s"
    bomb = "_Z1fI" + "1aIiE" + "".join(f"S{'' if i == 0 else chr(47 + i) if i < 11 else chr(54 + i)}_" for i in range(30)) + "Evv"
    source.write_text(f'.globl {bomb}\n.text\n{bomb}:\n ret\n.globl _RNvC{"9" * 60000}\n_RNvC{"9" * 60000}:\n ret\n'
                      '.section .note.GNU-stack,"",@progbits\n')
    program = vgclient.build(programs, "hooks.c", "-pthread", str(source), name="bomb")
    profile, _ = run(tmp_path, program, "jobs", options=["--context-fn=*f*"])
    assert census(profile) != {}


def test_plugins(programs, tmp_path):
    """A hooked object is unloaded and loaded again, perhaps at the same place."""
    plugin = vgclient.build(programs, "hooks_plugin.c", "-shared", "-fPIC", name="hooks_plugin.so")
    profile, said = run(tmp_path, build(programs), "plugin", plugin, options=["--context-fn=plugin_*"])
    assert said == "plugin 200\n"
    assert census(profile) == {"plugin_work": (200, 200, 0)}
    assert by_context(profile)["plugin_work"][0] == 200


# ---- files ----

JOBS = """
# what the executor of hooks.c does
span-new   id=result label=arg1  job_create
task-run   id=arg1 label=symbol:arg1->{run} job_run
span-close id=arg1               job_destroy

span-new id=result parent=none label="ticket" ticket_open
span-enter id=arg1 ticket_enter
  span-exit\tid=arg1   ticket_exit
span-close id=arg1   "ticket_close"
tick ticket_op*
"""


@pytest.mark.parametrize("flags", PLATFORMS)
def test_file_of_hooks(programs, tmp_path, flags):
    """Ids from results, also at places that were returned to before; labels from strings and function pointers; a task that lives in
    the block of its id ends with it."""
    text = JOBS.format(run=24 if not flags else 12)
    profile, said = run(tmp_path, build(programs, *flags), "jobs", options=[rules(tmp_path, text)])
    assert said.startswith("jobs 200 tickets 100 ")
    assert coverage(profile)["file:test.hooks"].startswith("8 of 8 hooks, ")
    closed = sum(1 for i in range(1, 200, 2) if i % 3)
    assert census(profile) == {"flush": (100, 50, 50), "index": (100, 100, 0), "ticket": (100, closed, 100 - closed)}
    assert census(profile, "task") == {"write_page": (200, 150, 50)}
    assert by_context(profile) == {"write_page": (400, 400 * 48), "ticket": (100, 100 * 80)}
    assert profile.report["totals"]["ticks"] == 100


def test_calls_and_begins(programs, tmp_path):
    """The simple events, and calls under another name."""
    text = 'call label="job" job_run\nspan-begin label="life" ticket_enter\nspan-end label="life" ticket_exit\nmark label=arg1 job_create\n'
    profile, _ = run(tmp_path, build(programs), "jobs", options=[rules(tmp_path, text)])
    assert census(profile) == {"job": (400, 400, 0), "life": (100, 100, 0)}
    assert {s["mark"] for s in profile.report["snapshots"] if s["kind"] == "mark"} == {"flush", "index"}


def test_bad_pointers(programs, tmp_path):
    """What cannot be read is counted; the program goes on."""
    text = ("span-begin label=arg1 ticket_enter\nspan-new id=arg1->0->8->-8 label=arg1,arg1->8 ticket_enter\n"
            "task-run id=arg1 label=symbol:arg1->24 ticket_enter\nspan-begin label=arg1 ticket_exit\n")
    profile, said = run(tmp_path, build(programs), "hostile", options=[rules(tmp_path, text)])
    assert said == "looked at 7\n"
    said_of = coverage(profile)["file:test.hooks"]
    assert "values that could not be read" in said_of
    assert int(said_of.split("; ")[1].split()[0]) >= 7


def refused(tmp_path, text):
    path = tmp_path / "bad.hooks"
    path.write_bytes(text)
    done = subprocess.run(lgsys.valgrind_command(tmp_path / "out", [f"--hooks={path}"], ["/bin/true"]), capture_output=True,
                          text=True, errors="replace")
    assert done.returncode == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("text, line, why", [
    (b"spin-new id=arg1 f\n", 1, "does not begin with an event"),
    (b"# x\n\nspan-new f\n", 3, "needs an id="),
    (b"span-enter id=arg7 f", 1, "id= wants"),
    (b"span-enter id=arg1->99999999999 f", 1, "id= wants"),
    (b"span-enter id=arg1", 1, "pattern of the function's name is missing"),
    (b'span-enter id=arg1 "f', 1, "quotes"),
    (b"span-enter id=arg1 label=fn f", 1, "has no label"),
    (b"span-exit id=result f", 1, "only span-new and task-new"),
    (b"tick n=result f", 1, "only an id can be the result"),
    (b"call \x01\n", 1, "control character"),
    (b"", 0, "holds no hooks"),
    (b"# only words\n", 0, "holds no hooks"),
    (b"call f\n" * 4097, 4097, "more than 4096"),
    (b"#" * (1 << 20) + b"\n", 0, "longer than 1 MiB"),
    (b"\x00\xff\xfe", 1, "does not begin with an event"),
], ids=lambda value: repr(value)[:40])  # pytest puts names into the environment, which has limits
def test_mistakes_in_files(tmp_path, text, line, why):
    place = f"bad.hooks:{line}: " if line else "bad.hooks: "
    said = lgsys.flat(refused(tmp_path, text))
    assert place in said and why in said


def test_files_that_cannot_be_read(tmp_path):
    for path, why in ((tmp_path / "nowhere", "cannot be opened"), (tmp_path, "cannot be read")):
        done = subprocess.run(lgsys.valgrind_command(tmp_path / "out", [f"--hooks={path}"], ["/bin/true"]), capture_output=True,
                              text=True)
        assert done.returncode == 1 and why in done.stderr


def test_random_files(tmp_path):
    """Whatever stands in it: taken, or refused with its line."""
    rng = random.Random(7)
    words = ["span-new", "task-run", "call", "tick", "id=", "arg1", "result", "->", "8", "label=", '"', "parent=", "none", "symbol:", ",",
             " ", "\t", "*", "f", "\r", "::<", "#", "\x7f", "é", "n="]
    for _ in range(60):
        lines = ["".join(rng.choice(words) for _ in range(rng.randrange(1, 12))) for _ in range(rng.randrange(1, 4))]
        path = tmp_path / "random.hooks"
        path.write_text("\n".join(lines))
        done = subprocess.run(lgsys.valgrind_command(tmp_path / "out", [f"--hooks={path}", "--summary-findings=0"], ["/bin/true"]),
                              capture_output=True, text=True, errors="replace")
        assert done.returncode == 0 or (done.returncode == 1 and "random.hooks" in done.stderr), done.stderr


# ---- no hooks ----

def test_nothing_is_said_where_nothing_is_found(tmp_path):
    profile = lgsys.run(tmp_path / "out", ["/bin/true"])
    assert profile.report["coverage"] == []
    assert "hooks:" not in profile.summary


def test_the_code_is_the_same_without_matches(tmp_path):
    """Hooks change nothing in a program in which none matches: as many instructions are executed, by Valgrind's own count of what it
    made of the program."""
    sizes = []
    for option in ("--hooks=yes", "--hooks=no"):
        profile = lgsys.run(tmp_path / "out", ["/bin/ls", "/"], options=[option, "--stats=yes", "--run-libc-freeres=no"])
        line = next(text for text in profile.summary.splitlines() if "tt/tc" not in text and "new/" in text or "transtab: new" in text)
        sizes.append(line.split("transtab:")[-1])
    assert sizes[0] == sizes[1]
