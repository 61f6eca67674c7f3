# SPDX-License-Identifier: GPL-2.0-or-later
"""crossbeam-epoch as it is, current and oldest, with and without link-time optimisation: events where its functions remain, looks at its
bags and queue where they do not. Counts are those of the program either way."""
import pytest

import lgrust
import lgsys

BUILDS = (("current", "release"), ("current", "lto"), ("oldest", "release"), ("oldest", "lto"))
OPTIONS = ("--stall-time=2000",)


@pytest.fixture(params=BUILDS, ids="-".join)
def observe(request, tmp_path):
    versions, build = request.param

    def run(*words, rounds=600, options=()):
        program = lgrust.program("epoch", versions, build)
        profile, truth = lgrust.run(tmp_path / "out", program, *words, f"--rounds={rounds}", options=[*OPTIONS, *options])
        domains = [d for d in profile.report["domains"] if d["name"] == "crossbeam-epoch"]
        assert len(domains) == 1, profile.report["domains"]
        how = "none seen" if domains[0]["retired"] == 0 else "sampled" if build == "lto" else "exact"
        assert how in domains[0]["coverage"].split(";")[0], domains[0]["coverage"]
        return profile, domains[0], truth

    return run


def of_kind(profile, *kinds):
    return [f for f in profile.findings if f["kind"] in kinds]


def assert_pages_exact(domain, truth):
    pending = truth["nodes_retired"] - truth["nodes_freed"]
    assert (domain["retired"], domain["freed"]) == (truth["nodes_retired"], truth["nodes_freed"])
    assert (domain["backlog_objects"], domain["backlog_B"]) == (pending, pending * truth["node_bytes"])


def test_healthy(observe):
    profile, domain, truth = observe("stack")
    assert_pages_exact(domain, truth)
    assert domain["stalls"] == [] and of_kind(profile, "lag", "stall") == [] and profile.growth() == []
    assert domain["lag_epochs"]["p50"] >= 2


def test_stalled_reader(observe):
    profile, domain, truth = observe("reader")
    assert_pages_exact(domain, truth)
    assert [(s["diagnosis"], s["thread"], s["ended"]) for s in domain["stalls"]] == [("reader", "report-reader", False)]
    assert profile.findings[0]["kind"] in ("stall", "lag")
    assert "report-reader" in profile.findings[0]["text"]


def test_late_reader(observe):
    profile, domain, truth = observe("reader", "--late", rounds=1500)
    assert_pages_exact(domain, truth)
    assert [(s["diagnosis"], s["thread"], s["ended"]) for s in domain["stalls"]] == [("reader", "report-reader", True)]
    assert of_kind(profile, "lag", "stall") == []


def test_stash_of_an_idle_thread(observe):
    profile, domain, truth = observe("idle", options=("--stall-objects=30",))
    assert_pages_exact(domain, truth)
    stalls = [(s["diagnosis"], s["thread"]) for s in domain["stalls"] if not s["ended"]]
    assert ("stash", "stash-keeper") in stalls, domain["stalls"]


def test_read_and_never_cleared(observe):
    """It grows, and nothing lags: nothing was retired."""
    profile, domain, truth = observe("histogram")
    assert (domain["retired"], truth["blocks_retired"]) == (0, 0)
    assert of_kind(profile, "lag", "stall") == []
    assert profile.growth() != []
    assert "Samples::record" in profile.growth()[0]["text"]


def test_closures_that_own_blocks(observe):
    """What comes back with a closure of 24 bytes is what it owns: a Vec's buffer, and the blocks that its pointers lead to."""
    profile, domain, truth = observe("closure")
    waiting_B = (truth["blocks_retired"] - truth["blocks_freed"]) * truth["block_bytes"]
    assert domain["retired"] == truth["closures"]
    assert waiting_B > 0
    # the buffers themselves: a word per block, and up to as much again that is reserved
    assert waiting_B <= domain["backlog_B"] <= waiting_B * 1.04 + 64 * domain["backlog_objects"]
    assert of_kind(profile, "lag", "stall")[0]["text"].find("report-reader") >= 0
