# SPDX-License-Identifier: GPL-2.0-or-later
"""The crate leakgrow: its numbers and instructions are those of the C headers, its tests pass with and without the tool, it costs
nothing to speak of, and what it tells arrives."""
import os
import re
import shutil
import subprocess

import pytest

import lgrust
import lgsys

HEADER = os.path.join(lgsys.SOURCE, "leakgrow", "leakgrow.h")
CC = os.environ.get("CC", "gcc").split()
MINIMAL, WHOLE = [], ["--all-features"]


def crate(*words):
    with lgrust.locked():
        where = os.path.join(lgrust.copied_sources(), "leakgrow", "rust")
        return lgrust.cargo([*words, "--target-dir", os.path.join(lgrust.WORK, "target-crate")], where)


@pytest.fixture(scope="module")
def examples():
    crate("build", "--quiet", "--release", "--examples", *WHOLE)
    where = os.path.join(lgrust.WORK, "target-crate", "release", "examples")
    return lambda name: os.path.join(where, name)


def output(command):
    return subprocess.run(command, env=lgsys.clean_env(), capture_output=True, text=True, check=True, timeout=120).stdout


def table(text):
    """{name: value} of lines "NAME VALUE"."""
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines())}


def header_numbers(tmp_path):
    """What a C compiler makes of leakgrow.h: every request but those of the preloaded object, every flag and scheme, the layout of a
    label."""
    with open(HEADER) as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    enums = {name: re.findall(r"\bLEAKGROW_(\w+)\s*[=,}]", body) for body, name in re.findall(r"enum\s*(\{[^{}]*\})\s*(\w*);", text)}
    requests = [name for name in enums["LeakgrowRequest"] if not name.startswith("REQ_INTERNAL_")]
    names = {name.replace("REQ_", ""): name for name in requests} | {name: name for name in enums[""]}
    names |= {"SCHEME_" + name: name for name in enums["LeakgrowScheme"]}
    lines = [f'   printf("{shown} %lu\\n", (unsigned long)LEAKGROW_{name});' for shown, name in names.items()]
    lines += [f'   printf("label_{field} %zu\\n", offsetof(LeakgrowLabel, {field}));' for field in ("name", "file", "line")]
    source, program = tmp_path / "header.c", str(tmp_path / "header")
    source.write_text("#include <stddef.h>\n#include <stdio.h>\n" f'#include "{HEADER}"\n'
                      "int main(void)\n{\n" + "\n".join(lines) + '\n   printf("label_size %zu\\n", sizeof(LeakgrowLabel));\n}\n')
    subprocess.run([*CC, "-I/usr/include/valgrind", str(source), "-o", program], check=True, timeout=60)
    return table(output([program]))


def test_numbers_and_layouts_are_those_of_the_header(tmp_path, examples):
    expected = header_numbers(tmp_path)
    assert {"TICK", "SPAN_NEW", "FREE", "OF_TRACING", "SCHEME_HP", "label_size"} <= set(expected)
    assert table(output([examples("abi")])) == expected


def machine_code(tmp_path, name, target, source, *flags):
    """The bytes of an object file that clang makes of a C or assembly source."""
    path, obj = tmp_path / name, tmp_path / (name + ".o")
    path.write_text(source)
    subprocess.run(["clang", f"--target={target}", *flags, "-c", str(path), "-o", str(obj)], check=True, timeout=60)
    return obj.read_bytes()


def rust_instructions(arch):
    """The instructions in the crate's asm! for a processor."""
    with open(os.path.join(lgsys.SOURCE, "leakgrow", "rust", "src", "request.rs")) as f:
        part = re.search(rf'\(target_arch = "{arch}", .*?asm!\((.*?)options', f.read().replace("all(all(", "all("), flags=re.S)[1]
    return re.findall(r'^\s*"(.*)",$', part, flags=re.M)


@pytest.mark.parametrize("arch, target", [("x86_64", "x86_64-linux-gnu"), ("x86", "i686-linux-gnu"), ("aarch64", "aarch64-linux-gnu")])
def test_instructions_are_those_of_valgrind(tmp_path, arch, target):
    if not shutil.which("clang"):
        pytest.skip("clang is not installed")
    mine = rust_instructions(arch)
    assert len(mine) == 5
    syntax = "" if arch == "aarch64" else ".intel_syntax noprefix\n"
    marker = '.ascii "<marker>"\n'
    assembled = machine_code(tmp_path, "mine.s", target, syntax + marker + "\n".join(mine) + "\n" + marker).split(b"<marker>")
    assert len(assembled) == 3 and len(assembled[1]) >= 12
    c = ('#include "valgrind.h"\n'
         "unsigned long ask(unsigned long a) { return VALGRIND_DO_CLIENT_REQUEST_EXPR(0, a, 1, 2, 3, 4, 5); }\n")
    compiled = machine_code(tmp_path, "theirs.c", target, c, "-O1", "-ffreestanding", "-I/usr/include/valgrind")
    assert compiled.count(assembled[1]) == 1


@pytest.mark.parametrize("features", [MINIMAL, WHOLE], ids=["minimal", "whole"])
def test_own_tests(features):
    told = crate("test", *features)
    results = re.findall(r"test result: ok\. (\d+) passed; 0 failed", told)
    assert len(results) >= 3 and sum(map(int, results)) >= 15, told


def test_own_tests_under_the_tool(tmp_path):
    told = crate("test", "--no-run", "--message-format=json", *WHOLE)
    program = re.search(r'"executable":"([^"]*/behaviour-[^"]*)"', told)[1]
    lgsys.run(tmp_path / "behaviour.lg", [program, "--test-threads=2"])


def test_costs_nothing_without_the_tool(examples):
    cost = table(output([examples("cost")]))
    assert len(cost) >= 6
    # A few nanoseconds each (README); the bound leaves room for a slow and busy machine, not for a lock or a system call.
    assert max(cost.values()) < 100, cost


def test_what_it_tells_arrives(tmp_path, examples):
    profile, truth = lgrust.run(tmp_path / "tour.lg", examples("tour"))
    report = profile.report
    assert truth["present"] == 1 and report["totals"]["ticks"] == truth["ticks"]
    assert {s["mark"] for s in report["snapshots"] if s["kind"] == "mark"} == {"parsed"}
    groups = {(g["kind"], g["label"]): (g["opened"], g["open"]) for g in report["census"]}
    for kind, label, name in (("span", "session", "sessions"), ("task", "job", "jobs"), ("task", "request", "requests"),
                              ("task", "heartbeat", "heartbeats"), ("task", "blocking", "blocking"), ("span", "handle", "handles")):
        assert groups.get((kind, label)) == (truth[name], truth[f"{name}_open"]), (kind, label, groups)
    assert groups[("span", "named 7")] == (1, 0) and groups[("span", "future")] == (1, 0)
    domain = next(d for d in report["domains"] if d["name"] == "tour")
    assert (domain["scheme"], domain["retired"], domain["freed"]) == ("ebr", truth["retired"], truth["freed"])
    assert domain["advances"] == 100
    assert any(a["context"] == ["parse"] and a["live_blocks"] >= 100 for a in report["accounts"])
    assert profile.counter("bad-request") == 0
