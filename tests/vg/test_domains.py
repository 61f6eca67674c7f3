# SPDX-License-Identifier: GPL-2.0-or-later
"""Reclamation that a program announces by requests: what leakgrow says of it is what the program itself counted."""
import glob
import os
import re
import signal
import subprocess

import pytest

import lgsys
import vgclient

# A stall is called after a twentieth of this, half a second, where 500 objects wait.
STALL = ["--stall-time=10000"]
ROUNDS = 3000


@pytest.fixture(scope="module", params=[pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")])
def programs_of(request, programs):
    suffix = "".join(request.param)
    return {name: vgclient.build(programs, f"{name}.c", "-pthread", *request.param, name=name + suffix)
            for name in ("domains", "domains_odd")}


def truth_of(path):
    with open(path) as f:
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", f.read())}


def run(tmp_path, program, *arguments, options=()):
    """(profile, the program's own numbers, the only domain)."""
    stdout = tmp_path / "stdout"
    profile = lgsys.run(tmp_path / "out", [program, *arguments], options=[*STALL, *options], stdout=stdout)
    domains = profile.report["domains"]
    assert len(domains) == 1
    return profile, truth_of(stdout), domains[0]


def variant(tmp_path, programs_of, name, rounds=ROUNDS):
    profile, truth, domain = run(tmp_path, programs_of["domains"], name, str(rounds))
    check_counts(profile, truth, domain)
    assert domain["pins"] == truth["pins"]
    assert domain["advances"] == truth["advances"]
    assert domain["peak_backlog_objects"] == truth["peak"]
    assert domain["peak_backlog_B"] == truth["peak_B"]
    assert profile.counter("double-retire") == profile.counter("unknown-retired") == profile.counter("unbalanced-pin") == 0
    return profile, truth, domain


def check_counts(profile, truth, domain):
    assert domain["retired"] == truth["retired"]
    assert domain["freed"] == truth["freed"]
    assert domain["backlog_objects"] == truth["pending"]
    assert domain["backlog_B"] == truth["pending_B"]
    assert retired_B(profile) == truth["retired_B"]
    assert domain["lag_ms"]["count"] == truth["freed"]


def retired_B(profile):
    """Bytes born in the account of the whole domain, from the profile's own lines."""
    account, interval, born, shift = None, (0, 0), {}, 0
    with open(profile.path, errors="replace") as f:
        for line in f:
            words = line.split()
            if words[0] == "t":
                interval = int(words[1]), int(words[2])
            if words[0] == "a" and words[2] == "r" and words[4] == "0":
                account = words[1]
            elif words[0] in "iA" and words[1] == account:
                if words[0] == "i":
                    index, its_shift, B = int(words[2]), int(words[3]), int(words[12])
                else:  # zeros at the end are left out
                    (index, its_shift), B = interval, int(words[3]) if words[3:4] and words[3].isdigit() else 0
                if its_shift > shift:
                    born = merged(born, its_shift - shift)
                    shift = its_shift
                born[index] = B
    return sum(born.values())


def merged(born, steps):
    out = {}
    for index, B in born.items():
        out[index >> steps] = out.get(index >> steps, 0) + B
    return out


def open_stalls(domain):
    """Those that have ended may be of a moment in which a busy machine gave a pinned thread no turn."""
    return [s for s in domain["stalls"] if not s["ended"]]


def kinds(profile):
    return {f["kind"] for f in profile.findings if f["verdict"] == "growing" or f["kind"] in ("lag", "stall")}


def names(stack):
    return [frame["fn"] for frame in stack]


def test_healthy(tmp_path, programs_of):
    profile, truth, domain = variant(tmp_path, programs_of, "healthy")
    assert truth["pending"] == 0
    assert not kinds(profile) & {"lag", "stall", "growth"}
    assert open_stalls(domain) == []
    assert domain["lag_epochs"]["max"] == truth["lag_max_epochs"]
    # the program looks at the clock before the requests, leakgrow within them
    assert abs(domain["lag_ms"]["max"] - truth["lag_max_us"] / 1000) < 20
    parts = [domain[part] for part in ("stash_ms", "grace_ms", "drain_ms", "free_ms")]
    assert [part["count"] for part in parts] == [truth["freed"]] * 4
    assert max(part["max"] for part in parts) <= domain["lag_ms"]["max"] <= sum(part["max"] for part in parts) + 0.005


def test_stalled_reader(tmp_path, programs_of):
    profile, truth, domain = variant(tmp_path, programs_of, "stalled")
    [stall] = open_stalls(domain)
    assert stall["diagnosis"] == "reader"
    assert stall["thread"] == "the-reader"
    assert names(stall["pin_stack"])[:3] == ["enter_section", "stay_in_section", "reader"]
    assert stall["blocked_objects"] == stall["peak_blocked_objects"] == truth["blocked"]
    assert stall["blocked_B"] == truth["blocked_B"]
    assert "stall" in kinds(profile) and "growth" not in kinds(profile)
    [reader] = [r for r in domain["readers"] if r["thread"] == "the-reader"]
    assert reader["is_pinned"] and reader["pinned_ms"] == reader["longest_ms"] == reader["observed_ms"]


def test_late_release_is_over(tmp_path, programs_of):
    profile, truth, domain = variant(tmp_path, programs_of, "late")
    assert truth["pending"] == 0
    assert open_stalls(domain) == []
    stall = max(domain["stalls"], key=lambda s: s["age"])
    assert stall["diagnosis"] == "reader" and stall["thread"] == "the-reader"
    # the reader needs a moment to notice that it may leave
    assert ROUNDS / 2 < stall["peak_blocked_objects"] <= truth["peak"]
    assert stall["blocked_objects"] == stall["blocked_B"] == 0
    assert not kinds(profile) & {"lag", "growth"}


@pytest.mark.parametrize("name, diagnosis", [("noadvance", "advance"), ("callback", "callback")])
def test_nobody_s_fault(tmp_path, programs_of, name, diagnosis):
    profile, truth, domain = variant(tmp_path, programs_of, name)
    assert [s["diagnosis"] for s in open_stalls(domain)] == [diagnosis]
    assert "stall" in kinds(profile)
    # what lies in a bag is neither queued nor kept
    in_bag = truth["retired"] % 32
    most = truth["kept"] if name == "callback" else truth["pending"] - in_bag
    assert ROUNDS / 2 < open_stalls(domain)[0]["blocked_objects"] <= most


def test_stash_of_an_idle_thread(tmp_path, programs_of):
    _, truth, domain = variant(tmp_path, programs_of, "stash")
    [stall] = open_stalls(domain)
    assert stall["diagnosis"] == "stash"
    assert stall["thread"] == "the-idler"
    assert stall["blocked_objects"] == truth["bag"] == ROUNDS // 2
    assert names(stall["pin_stack"])[:2] == ["retire", "idler"]


def test_reader_that_always_comes_back(tmp_path, programs_of):
    """None of its sections is long, and yet nothing is freed."""
    _, truth, domain = variant(tmp_path, programs_of, "duty", 4000)
    assert truth["freed"] == 0
    [stall] = open_stalls(domain)
    assert stall["diagnosis"] == "reader" and stall["thread"] == "the-reader"
    [reader] = [r for r in domain["readers"] if r["thread"] == "the-reader"]
    assert reader["longest_ms"] < reader["pinned_ms"] / 4 and reader["pinned_ms"] > 0.9 * reader["observed_ms"]


def test_thread_that_ended_inside(tmp_path, programs_of):
    _, truth, domain = variant(tmp_path, programs_of, "ended")
    [stall] = open_stalls(domain)
    assert stall["diagnosis"] == "reader" and stall["thread_number"] == 2
    assert names(stall["pin_stack"])[:2] == ["enter_section", "reader"]
    assert stall["blocked_objects"] == truth["pending"]


def at_marks(profile):
    """What the domain held at each mark: [(objects, bytes)]."""
    account, held = None, []
    with open(profile.path, errors="replace") as f:
        for line in f:
            words = line.split()
            if words[0] == "a" and words[2] == "r" and words[4] == "0":
                account = words[1]
            elif words[0] == "e":
                held.append((0, 0))
            elif words[0] == "r" and words[1] == account:
                held[-1] = (int(words[3]), int(words[2]))
    return held


def test_inside_of_blocks(tmp_path, programs_of):
    profile, truth, domain = run(tmp_path, programs_of["domains_odd"], "interior")
    check_counts(profile, truth, domain)
    assert at_marks(profile)[:3] == [(5, 1556), (3, 556), (1, 100)]


@pytest.mark.parametrize("what", ["owner", "neighbours"])
def test_owned(tmp_path, programs_of, what):
    if what == "owner" and "m32" in programs_of["domains_odd"]:
        pytest.skip("1.5 GiB do not fit beside Valgrind in 32 bits")
    profile, truth, domain = run(tmp_path, programs_of["domains_odd"], what)
    check_counts(profile, truth, domain)


def test_early(tmp_path, programs_of):
    size = 56 if "m32" in programs_of["domains_odd"] else 64
    profile, truth, domain = run(tmp_path, programs_of["domains_odd"], "early")
    check_counts(profile, truth, domain)
    assert at_marks(profile)[0] == (1, size)
    assert truth["refused"] == 4
    assert profile.counter("double-retire") == 1
    assert profile.counter("unknown-retired") == 2
    assert profile.counter("unbalanced-pin") == 1


def test_a_million(tmp_path, programs_of):
    """And what an object costs: 64 bytes, 32 for its block, and both indexes."""
    profile, truth, domain = run(tmp_path, programs_of["domains_odd"], "million", options=["--stats=yes"])
    check_counts(profile, truth, domain)
    assert domain["peak_backlog_objects"] == 1000000
    held = re.search(r"objects and pins, (\d+) bytes; \d+ blocks of theirs, (\d+) bytes", profile.summary)
    assert (int(held[1]) + int(held[2])) / 1000000 < 120


@pytest.mark.parametrize("seed, n, options", [(1, 2000, ["--sanity-level=3"]), (2, 20000, [])])
def test_meaningless_requests(tmp_path, programs_of, seed, n, options):
    profile = lgsys.run(tmp_path / "out", [programs_of["domains_odd"], "fuzz", str(seed), str(n)],
                        stdout=tmp_path / "stdout", options=options)
    assert (tmp_path / "stdout").read_text() == "alive\n"
    for counter in ("unknown-retired", "bad-request", "unknown-domain", "double-retire", "unbalanced-pin"):
        assert profile.counter(counter) > 3, counter
    for domain in profile.report["domains"]:
        assert domain["retired"] == domain["freed"] + domain["backlog_objects"]


def test_fork(tmp_path, programs_of):
    lgsys.run(tmp_path / "out.%p", [programs_of["domains_odd"], "fork"], stdout=tmp_path / "stdout")
    lines = (tmp_path / "stdout").read_text().splitlines()
    assert len(glob.glob(str(tmp_path / "out.*[0-9]"))) == 2
    for line in lines:
        pid = re.match(r"\w+=(\d+)", line)[1]
        profile = lgsys.Profile(os.path.join(tmp_path, f"out.{pid}"))
        [domain] = profile.report["domains"]
        check_counts(profile, {n: int(v) for n, v in re.findall(r"(\w+)=(\d+)", line)}, domain)


def test_question_while_it_runs(programs, tmp_path):
    """vgdb lag names the reader that is in the way."""
    program = vgclient.build(programs, "domains.c", "-pthread")
    command = lgsys.valgrind_command(tmp_path / "out", [*STALL, "--vgdb=yes", f"--vgdb-prefix={tmp_path}/vgdb"],
                                     [program, "stalled", "20000"])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def answer():
        ask = ["vgdb", f"--vgdb-prefix={tmp_path}/vgdb", f"--pid={process.pid}", "lag"]
        return subprocess.run(ask, capture_output=True, text=True, timeout=60).stdout

    try:
        lgsys.wait_until(lambda: "STALLED" in answer(), 60, "a stall")
        said = answer()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert re.search(r"^settings \(ebr\): [\d,]+ objects, .* wait; \d+ retired, 0 gone, \d advances$", said, re.M)
    assert re.search(r"^  pinned for \d+\.\d{3} ms: thread 2 the-reader, blocks .* at enter_section < stay_in_section < reader$",
                     said, re.M)
    assert re.search(r"^  STALLED since \d+ ms, a reader does not leave: .*; thread 2 the-reader$", said, re.M)
    assert lgsys.Profile(tmp_path / "out").report["domains"][0]["stalls"][0]["thread"] == "the-reader"
