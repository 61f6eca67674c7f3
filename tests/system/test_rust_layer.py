# SPDX-License-Identifier: GPL-2.0-or-later
"""Rust programs that use the crate leakgrow, with its layer of tracing and its labels for tokio's tasks."""
import pytest

import lgrust


def groups(profile, kind):
    return {g["label"]: (g["opened"], g["closed"]) for g in profile.report["census"] if g["kind"] == kind}


def run(tmp_path, versions, build, *words):
    profile, truth = lgrust.run(tmp_path / "annotated.lg", lgrust.program("annotated", versions, build), *words)
    assert profile.counter("bad-request") == 0
    return profile, truth, [f for f in profile.findings if f["verdict"] == "growing"]


# With names, hooks and layer see the same spans; without, the layer alone does.
@pytest.mark.parametrize("build", ["release", "stripped"])
@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_layer_counts_each_span_once(tmp_path, versions, build):
    profile, truth, growing = run(tmp_path, versions, build, "local", "--requests=2500")
    spans = groups(profile, "span")
    assert tuple(map(sum, zip(*spans.values()))) == (truth["spans_opened"], truth["spans_closed"]) and len(spans) == 2
    assert growing[0]["kind"] == "span-discipline" and 'span "handle_request" (service.rs:' in growing[0]["text"]


@pytest.mark.parametrize("build", ["release", "stripped"])
@pytest.mark.parametrize("versions", lgrust.VERSIONS)
def test_layer_of_a_mended_program(tmp_path, versions, build):
    profile, truth, growing = run(tmp_path, versions, build, "unordered", "--requests=2500", "--fixed")
    assert tuple(map(sum, zip(*groups(profile, "span").values()))) == (truth["spans_opened"], truth["spans_closed"])
    assert growing == []


@pytest.mark.parametrize("build", lgrust.BUILDS)
def test_labelled_tasks_are_counted_once(tmp_path, build):
    profile, truth, growing = run(tmp_path, "current", build, "heartbeat", "--requests=2000")
    assert groups(profile, "task") == {"client heartbeat": (truth["heartbeats_spawned"], truth["heartbeats_finished"]),
                                       "request": (2000, 2000)}
    assert growing[0]["kind"] == "census" and '"client heartbeat" (annotated.rs:' in growing[0]["text"]
    assert 0.9 < growing[0]["slope_per_tick"] < 1.1


def test_labelled_tasks_that_end(tmp_path):
    profile, truth, growing = run(tmp_path, "current", "release", "heartbeat", "--requests=2000", "--fixed")
    assert groups(profile, "task")["client heartbeat"] == (2000, 2000) and truth["heartbeats_finished"] == 2000
    assert growing == []


@pytest.mark.parametrize("build", ["release", "stripped"])
def test_scope_and_ticks(tmp_path, build):
    profile, truth, growing = run(tmp_path, "current", build, "work", "--requests=1500")
    assert profile.report["totals"]["ticks"] == truth["requests"]
    assert growing[0]["context"] == ["remember"] and growing[0]["slope_B_per_tick"] > 0


def test_scope_of_a_mended_program(tmp_path):
    assert run(tmp_path, "current", "release", "work", "--requests=1500", "--fixed")[2] == []
