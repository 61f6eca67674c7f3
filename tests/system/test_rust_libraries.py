# SPDX-License-Identifier: GPL-2.0-or-later
"""Libraries on crossbeam-epoch with leaks of their own or their users': metrics-util's AtomicBucket of 0.6 and of today, and a SkipMap
whose ranges lose references to entries."""
import pytest

import lgrust


def run(tmp_path, versions, name, *words):
    profile, truth = lgrust.run(tmp_path / "library.lg", lgrust.program(name, versions), "--rounds=1000", *words)
    domain = next(d for d in profile.report["domains"] if d["name"] == "crossbeam-epoch")
    return profile, domain, truth


def growing(profile):
    return [f for f in profile.findings if f["verdict"] == "growing"]


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_bucket_that_is_read_and_never_cleared(tmp_path, versions):
    profile, domain, truth = run(tmp_path, versions, "bucket", "never")
    first = growing(profile)[0]
    assert first["kind"] == "growth" and "AtomicBucket" in first["text"]
    assert first["live_blocks"] == truth["blocks_made"] - truth["blocks_freed"]
    assert domain["retired"] == 0 and [f for f in growing(profile) if f["kind"] in ("lag", "stall")] == []


@pytest.mark.parametrize("words", [("--scrape-ms=1", "--rounds=3000"), ("--rounds=600",)], ids=["often", "seldom"])
@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_bucket_that_is_cleared(tmp_path, versions, words):
    """Also while the bags of its threads are still filling with nodes of crossbeam's own queue."""
    profile, domain, _ = run(tmp_path, versions, "bucket", "cleared", *words)
    assert [f["text"] for f in growing(profile)] == []
    assert 0 < domain["freed"] <= domain["retired"]


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_bucket_that_is_cleared_beside_a_stalled_reader(tmp_path, versions):
    """What waits is one closure per clear; what it holds is followed to the blocks."""
    profile, domain, truth = run(tmp_path, versions, "bucket", "stalled")
    first = growing(profile)[0]
    assert first["kind"] in ("lag", "stall") and "report-reader" in first["text"]
    waiting_B = (truth["blocks_made"] - truth["blocks_freed"]) * truth["block_bytes"]
    assert 0.95 * waiting_B <= domain["backlog_B"] <= 1.05 * waiting_B + 64 * domain["backlog_objects"]


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_ranges_that_lose_entries(tmp_path, versions):
    """The entries were never retired: that is growth, not lag."""
    profile, domain, truth = run(tmp_path, versions, "epoch", "map")
    kinds = [f["kind"] for f in growing(profile)]
    assert kinds and set(kinds) == {"growth"}
    told = " ".join(growing(profile)[0]["text"].split())
    assert "SkipMap" in told or "change_map" in told, told
    assert domain["retired"] < truth["entries_made"]


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_single_entries_lose_nothing(tmp_path, versions):
    profile, _, _ = run(tmp_path, versions, "epoch", "map", "--fixed")
    assert [f["text"] for f in growing(profile)] == []
