# SPDX-License-Identifier: GPL-2.0-or-later
"""The Rust programs do what the other tests take for granted: with the flaw something stays open, mended nothing does. By their
own ground truth, without Valgrind."""
from concurrent.futures import ThreadPoolExecutor

import pytest

import lgrust

REQUESTS = 300


def pair(versions, name, *words):
    """The ground truth of a program with its flaw and of the mended one, which run at the same time: they mostly sleep."""
    path = lgrust.program(name, versions)
    with ThreadPoolExecutor() as pool:
        flawed, fixed = pool.map(lambda more: lgrust.native(path, *words, *more), [[], ["--fixed"]])
    return flawed, fixed


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
@pytest.mark.parametrize("layer", ["count", "fmt"])
@pytest.mark.parametrize("scenario", ["current", "local", "unordered"])
def test_spans(versions, scenario, layer):
    flawed, fixed = pair(versions, "spans", scenario, f"--layer={layer}", f"--requests={REQUESTS}")
    assert fixed["spans_opened"] >= 2 * REQUESTS and 0 <= fixed["spans_opened"] - fixed["spans_closed"] <= 16
    assert flawed["spans_opened"] - flawed["spans_closed"] > REQUESTS / 4


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
@pytest.mark.parametrize("runtime", ["current", "multi"])
def test_tasks(versions, runtime):
    words = [f"--runtime={runtime}", f"--requests={REQUESTS}"]
    flawed, fixed = pair(versions, "tasks", "heartbeat", *words)
    assert flawed["heartbeats_spawned"] == REQUESTS + 1 and flawed["heartbeats_finished"] == 0
    assert fixed["tasks_spawned"] == fixed["tasks_finished"] + 1 == 2 * REQUESTS + 1
    flawed, fixed = pair(versions, "tasks", "channel", *words)
    assert flawed["events_sent"] - flawed["events_received"] > REQUESTS
    assert fixed["events_sent"] - fixed["events_received"] <= 66
    flawed, fixed = pair(versions, "tasks", "joinmap", *words)
    assert flawed["tasks_held"] == flawed["tasks_finished"] == REQUESTS * 11 // 10
    assert fixed["tasks_held"] == 0 and fixed["tasks_finished"] == fixed["tasks_spawned"] == REQUESTS * 11 // 10


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_epoch(versions):
    rounds = f"--rounds={REQUESTS}"
    flawed, fixed = pair(versions, "epoch", "map", rounds)
    assert flawed["entries_made"] - flawed["entries_freed"] > 2 * (fixed["entries_made"] - fixed["entries_freed"])
    flawed, fixed = pair(versions, "epoch", "reader", rounds)
    assert flawed["nodes_retired"] - flawed["nodes_freed"] > 0.5 * flawed["nodes_retired"]
    assert fixed["nodes_retired"] - fixed["nodes_freed"] < 1000
    late, healthy = pair(versions, "epoch", "reader", "--late", rounds)
    assert max(t["nodes_retired"] - t["nodes_freed"] for t in (late, healthy)) < 1000
    flawed, fixed = pair(versions, "epoch", "histogram", rounds)
    assert flawed["blocks_retired"] == 0 and fixed["blocks_retired"] >= 0.8 * fixed["blocks_made"]
    flawed, fixed = pair(versions, "epoch", "closure", rounds)
    assert flawed["blocks_retired"] - flawed["blocks_freed"] > 0.5 * flawed["blocks_retired"]
    assert fixed["blocks_freed"] > 0.5 * fixed["blocks_retired"]


@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_bucket(versions):
    path = lgrust.program("bucket", versions)
    with ThreadPoolExecutor() as pool:
        never, cleared, stalled = pool.map(lambda scenario: lgrust.native(path, scenario, f"--rounds={REQUESTS}"),
                                           ["never", "cleared", "stalled"])
    assert never["blocks_made"] - never["blocks_freed"] == -(-never["values_pushed"] // 64)
    assert cleared["values_read"] == cleared["values_pushed"] and cleared["blocks_freed"] > 0.5 * cleared["blocks_made"]
    assert stalled["blocks_freed"] < 0.1 * stalled["blocks_made"]
