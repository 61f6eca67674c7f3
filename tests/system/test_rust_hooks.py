# SPDX-License-Identifier: GPL-2.0-or-later
"""Unchanged Rust programs on tokio and tracing: the first finding names the culprit in every build that has symbols, a mended
program has none, and what is counted equals what the program counted itself."""
from concurrent.futures import ThreadPoolExecutor

import pytest

import lgrust

REQUESTS = {"spans": 2500, "tasks": 1000}
# What a finding must name: the span, or a function of the spawn site that the compiler has left there.
SPAN = ["handle_request"]
HEARTBEAT = ["HeartbeatTask", "with_heartbeat", "client::Client as core::default::Default"]
CULPRITS = {"current": SPAN, "local": SPAN, "unordered": SPAN, "heartbeat": HEARTBEAT, "joinmap": ["Jobs", "start_job"],
            "channel": ["publish_event"]}
GROWING = ("growth", "census", "burst", "step", "lag", "stall", "span-discipline")


def cases():
    """(program, versions, build, words): every scenario in every build. Layers and runtimes take turns: the builds and versions
    between them have seen all combinations."""
    for i, versions in enumerate(lgrust.VERSIONS):
        for j, build in enumerate(lgrust.UNSTRIPPED):
            for k, scenario in enumerate(("current", "local", "unordered")):
                yield "spans", versions, build, (scenario, "--layer=" + ("count", "fmt")[(i + j + k) % 2])
            for k, scenario in enumerate(("heartbeat", "joinmap", "channel")):
                yield "tasks", versions, build, (scenario, "--runtime=" + ("current", "multi")[(i + j + k) % 2])


CASES = list(cases())


@pytest.fixture(scope="module")
def runs(tmp_path_factory, request):
    """run(case, *more) for what was collected; the programs mostly sleep, so that several run at the same time."""
    where = tmp_path_factory.mktemp("rust")

    def start(case, *more):
        program, versions, build, words = case
        path = lgrust.program(program, versions, build)
        out = where / "-".join((program, versions, build, words[0], *more, "lg"))
        return lgrust.run(out, path, *words, *more, f"--requests={REQUESTS[program]}")

    wanted = []
    for item in request.session.items:
        if item.module is request.module and "case" in getattr(item, "callspec").params:
            wanted.append((item.callspec.params["case"], *(["--fixed"] if "mended" in item.name else [])))
    for program, versions, build in sorted({key[0][:3] for key in wanted}):
        lgrust.program(program, versions, build)
    with ThreadPoolExecutor(4) as pool:
        started = {key: pool.submit(start, *key) for key in wanted}
        yield lambda *key: started[key].result()


def name(case):
    return "-".join((*case[1:3], *case[3])).replace("--", "")


def growing(profile):
    return [f for f in profile.findings if f["kind"] in GROWING and f["verdict"] == "growing"]


def counts(profile, kind):
    groups = [g for g in profile.report["census"] if g["kind"] == kind]
    return sum(g["opened"] for g in groups), sum(g["closed"] for g in groups)


def assert_counts(case, profile, truth):
    if case[0] == "spans":
        assert counts(profile, "span") == (truth["spans_opened"], truth["spans_closed"])
    else:
        # A task is closed when its memory is freed: not while somebody has its JoinHandle.
        closed = truth["tasks_spawned"] - truth["tasks_held"] if "tasks_held" in truth else truth["tasks_finished"]
        assert counts(profile, "task") == (truth["tasks_spawned"], closed)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_first_finding_names_the_culprit(runs, case):
    profile, truth = runs(case)
    first = growing(profile)[0]
    told = first["text"] + " ".join(f["fn"] for f in first["stack"] + first["creation_stack"]) + " ".join(first["context"])
    assert any(culprit in told for culprit in CULPRITS[case[3][0]]), told
    if case[0] == "spans":
        assert first["kind"] == "span-discipline" and 'span "handle_request" (service.rs:' in first["text"]
        assert "guard held across await" in first["text"]
    assert_counts(case, profile, truth)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_mended_has_no_finding(runs, case):
    profile, truth = runs(case, "--fixed")
    assert [f["text"] for f in growing(profile)] == []
    assert_counts(case, profile, truth)


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_stripped_program_is_said_to_be_opaque(tmp_path, versions):
    profile, truth = lgrust.run(tmp_path / "stripped.lg", lgrust.program("tasks", versions, "stripped"), "heartbeat", "--requests=1000")
    first = growing(profile)[0]
    assert first["kind"] == "growth" and first["live_blocks"] >= 0.9 * truth["heartbeats_spawned"]
    assert profile.report["census"] == []
    assert any("stripped" in c["text"] for c in profile.report["coverage"])
