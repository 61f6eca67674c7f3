# SPDX-License-Identifier: GPL-2.0-or-later
"""The truth table of lg_check, case by case: what passes, what fails, what is not known, and what is said about it."""
import subprocess
import xml.dom.minidom

import pytest

from lgsim import Place, flat, linear, sawtooth, warm_up, write, os, SERVE, MAIN

LG_CHECK = os.environ.get("LG_BUILDDIR", ".") + "/lg_check"
PASS, GROWTH, UNKNOWN, USAGE, OUTPUT = 0, 1, 2, 3, 4

LEAK = Place("remember", linear(10), line=120)
CACHE = Place("cache_fill", flat(1000))
MIB = 1 << 20


def check(*args, **kwargs):
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("env", {"LC_ALL": "C"})
    run = subprocess.run([LG_CHECK, "--today=2026-11-21", *args], stderr=subprocess.PIPE, timeout=120, **kwargs)
    assert run.returncode >= 0, run.stderr
    return run


def expect(status, words, *args):
    run = check(*args)
    text = (run.stdout + run.stderr).decode()
    assert run.returncode == status, text
    for word in [words] if isinstance(words, str) else words:
        assert word in text
    return text


def budget(tmp_path, *lines):
    (tmp_path / "budget").write_text("".join(line + "\n" for line in lines))
    return "--budget=" + str(tmp_path / "budget")


@pytest.fixture
def sim(tmp_path):
    def make(*places, name="a.lg", **kwargs):
        return write(tmp_path / name, places, **kwargs)
    return make


def tasks(per=1, label="heartbeat", name="spawn_heartbeat", **kwargs):
    return Place(name, linear(per) if per else flat(5), kind="t", context=(label,), **kwargs)


def spans(misuse=None, label="request", end=None, **kwargs):
    return Place("handle", end or flat(2), churn=5, kind="s", context=(label,), misuse=misuse, **kwargs)


# ---- spans and tasks ----

def test_tasks_that_grow_fail(sim):
    expect(GROWTH, ['99 live tasks "heartbeat" (service.c:7), created at spawn_heartbeat', "+0.10 per tick"], sim(CACHE, tasks()))
    expect(PASS, "lg_check: pass", sim(CACHE, tasks(0), spans()))


def test_a_guard_held_across_await_fails(sim):
    file = sim(CACHE, spans({"suspended": 3}))
    expect(GROWTH, ['span "request" (service.c:7) was left entered when its task was suspended, 300 times',
                    "guard held across await"], file)
    expect(PASS, "lg_check: pass", sim(CACHE, spans({"unknown": 3, "unentered": 2, "reused": 1})))


def test_suppressions_by_label(sim, tmp_path):
    file = sim(CACHE, tasks(), spans({"order": 3}))
    both = ['suppress task "heart*" until 2027-01-31 because "ticket 1"', "suppress span request until 2027-01-31 because soon"]
    expect(PASS, ["suppressed until 2027-01-31 (ticket 1)", "suppressed until 2027-01-31 (soon)"], budget(tmp_path, *both), file)
    expect(GROWTH, "exited out of order", budget(tmp_path, both[0]), file)
    expect(GROWTH, "live tasks", budget(tmp_path, both[1]), file)
    expect(GROWTH, "live tasks", budget(tmp_path, "suppress span heartbeat until 2027-01-31 because kind", both[1]), file)
    expect(GROWTH, "live tasks", budget(tmp_path, "suppress function spawn_heartbeat until 2027-01-31 because no", both[1]), file)


def test_budgets_for_labels(sim, tmp_path):
    file = sim(CACHE, tasks(), spans())
    expect(PASS, "0.10 per tick", budget(tmp_path, "task heartbeat growth <= 0.2 per tick"), file)
    expect(PASS, "per second", budget(tmp_path, "task heartbeat growth <= 15 per second"), file)
    expect(GROWTH, "more than 0.05 per tick", budget(tmp_path, "task heartbeat growth <= 0.05 per tick"), file)
    expect(GROWTH, "99, more than 50", budget(tmp_path, "task heartbeat open <= 50", "task heartbeat growth <= 1 per tick"), file)
    expect(PASS, "99, at most 99", budget(tmp_path, "task heartbeat open <= 99", "task heartbeat growth <= 1 per tick"), file)
    expect(GROWTH, "live tasks", budget(tmp_path, "task heartbeat open <= 5000"), file)
    expect(GROWTH, "live tasks", budget(tmp_path, "task heartbeat growth <= 5000"), file)
    expect(GROWTH, "live tasks", budget(tmp_path, "total growth <= 1 GiB per tick"), file)
    expect(PASS, "7, at most 7", budget(tmp_path, "span request peak <= 7", "task heartbeat growth <= 1 per tick"), file)
    expect(GROWTH, "7, more than 6", budget(tmp_path, "span request peak <= 6", "task heartbeat growth <= 1 per tick"), file)
    expect(UNKNOWN, "no profile has a span of this label", budget(tmp_path, "span nothing open <= 6",
                                                                  "task heartbeat growth <= 1 per tick"), file)


def test_tasks_in_a_baseline(sim, tmp_path):
    base = str(tmp_path / "base")
    check("--write-baseline=" + base, sim(CACHE, tasks(), spans({"suspended": 1})))
    expect(PASS, ["known from the baseline, as fast as before: 0.10 per tick", "known from the baseline: span"], "--baseline=" + base,
           sim(CACHE, tasks(), spans({"suspended": 9}), name="b.lg"))
    expect(GROWTH, ["steeper than before: 0.30 per tick", "was 0.10 per tick"], "--baseline=" + base, sim(CACHE, tasks(3), name="b.lg"))
    expect(GROWTH, "not in the baseline", "--baseline=" + base, sim(CACHE, tasks(label="other"), name="b.lg"))
    expect(GROWTH, "not in the baseline", "--baseline=" + base, sim(CACHE, spans({"order": 1}, label="other"), name="b.lg"))


# ---- without a budget ----

def test_bounded_passes(sim):
    text = expect(PASS, "lg_check: pass", sim(CACHE))
    assert "no growth" in text


def test_growth_fails_and_is_named(sim):
    expect(GROWTH, ["fail", "remember (service.c:120) keeps growing", "called by serve < main", "per second", "100 B per tick"],
           sim(LEAK, CACHE))


def test_too_short_is_not_known(sim):
    expect(UNKNOWN, "the run is too short", sim(CACHE, n=12))


def test_growth_in_a_short_run_is_not_known(sim):
    expect(UNKNOWN, "the run is too short", sim(LEAK, n=30))


def test_no_end_is_not_known_unless_accepted(sim):
    file = sim(CACHE, end=None)
    expect(UNKNOWN, "there is no final snapshot", file)
    expect(PASS, "lg_check: pass", "--allow-truncated", file)


def test_torn_is_not_known_unless_accepted(sim):
    file = sim(CACHE, cut=7)
    expect(UNKNOWN, ["there is no final snapshot", "the last write was cut off"], file)
    expect(PASS, "lg_check: pass", "--allow-truncated", file)


def test_growth_fails_although_the_end_is_missing(sim):
    expect(GROWTH, ["remember", "there is no final snapshot"], sim(LEAK, end=None))


def test_damage_is_not_known_whatever_is_accepted(sim):
    expect(UNKNOWN, "the profile is damaged", "--allow-truncated", "--allow-idle", sim(CACHE, damage=80))


@pytest.mark.parametrize("signal, status", [(1, PASS), (2, PASS), (15, PASS), (6, UNKNOWN), (11, UNKNOWN), (0, PASS)])
def test_signals(sim, signal, status):
    file = sim(CACHE, end=("signal", signal))
    expect(status, "the profile does not say which" if signal == 0 else "signal" if status else "pass", file)
    expect(PASS, "pass", "--allow-truncated", file)


def test_became_another_program(sim):
    expect(PASS, "pass", sim(CACHE, end=("exec", 0)))


def test_malloc_that_was_not_replaced(sim):
    expect(UNKNOWN, "malloc was not replaced", sim(CACHE, counters=[("not-preloaded", 1)]))


def test_load_that_never_came(sim):
    file = sim(CACHE, active=lambda i: i < 5)
    expect(UNKNOWN, ["hardly used", "in 5 of 99 intervals"], file)
    expect(PASS, "pass", "--allow-idle", file)


def test_load_that_stopped_half_way_hides_a_leak(sim):
    """Nothing grows any more once no work is done. Ticks tell so; without them it is not known."""
    half = dict(active=lambda i: i < 50)
    expect(UNKNOWN, ["hardly used", "at a stretch"], sim(Place("remember", lambda i: min(i, 50) * 10), ticks=0, **half))
    expect(GROWTH, ["in step with the program's ticks", "hardly used"], sim(Place("remember", lambda i: min(i, 50) * 10), **half))


def test_undecided_account_of_weight(sim):
    """A table that doubles on time: its next doubling is not due yet."""
    table = Place("grow_table", lambda i: 64 << max(0, i // 2).bit_length())
    expect(UNKNOWN, "grow_table (service.c:1) may be growing", sim(table, n=110))


def test_unreadable(tmp_path):
    expect(UNKNOWN, "cannot open it", str(tmp_path / "none.lg"))
    (tmp_path / "empty").write_bytes(b"")
    expect(UNKNOWN, "the file is empty", str(tmp_path / "empty"))


def test_several_files_worst_counts(sim, tmp_path):
    good, leak, short = sim(CACHE, name="good.lg"), sim(LEAK, name="leak.lg"), sim(CACHE, name="short.lg", n=12)
    expect(PASS, "pass", good, good)
    expect(UNKNOWN, "short.lg: inconclusive", good, short)
    expect(UNKNOWN, "cannot open it", good, str(tmp_path / "none.lg"))
    expect(GROWTH, ["good.lg: pass", "short.lg: inconclusive", "leak.lg: fail"], good, short, leak)


# ---- traps ----

def test_trap_small_leak_in_a_large_heap(sim):
    """0.3 % of the heap in a night: a gate in percent passes it for months."""
    big = Place("load_index", flat(1000), size=MIB)
    leak = Place("remember", linear(300), size=100)
    expect(GROWTH, "remember", sim(big, leak))


def test_trap_percentage_and_absolute_gates_together(sim, tmp_path):
    """2 MiB more than last night, in a heap of 1 GiB: below any percentage, and below any number of bytes that does not fail every night."""
    big, leak_ = Place("load_index", flat(1000), size=MIB), Place("remember", linear(20), size=1000)
    amounts = ["total peak <= 1.1 GiB", "total live <= 1.1 GiB", "function remember live <= 10 MiB", "function remember growth <= 10 MiB"]
    expect(GROWTH, "remember", budget(tmp_path, *amounts), sim(big, leak_))


def test_trap_below_a_thousandth_of_the_heap(sim, tmp_path):
    """What grows by less is said, and fails when a budget asks for nothing at all."""
    big, leak_ = Place("load_index", flat(1000), size=MIB), Place("remember", linear(10), size=100)
    file = sim(big, leak_)
    expect(PASS, "1 of them grows by less than 1.0 MiB", file)
    expect(GROWTH, "100 B per tick", budget(tmp_path, "total growth <= 0 B per tick"), file)


def test_trap_expired_suppression(sim, tmp_path):
    """The day after, it excuses nothing, and says so even when nothing grows any more."""
    rule = budget(tmp_path, "suppress function * until 2026-11-21 because known")
    expect(PASS, "suppressed until 2026-11-21 (known)", "--today=2026-11-21", rule, sim(LEAK))
    expect(GROWTH, ["its suppression expired on 2026-11-21", "remember"], "--today=2026-11-22", rule, sim(LEAK))
    expect(GROWTH, "renew or remove it", "--today=2026-11-22", rule, sim(CACHE, name="b.lg"))


def test_trap_missing_data_reads_as_a_pass(sim, tmp_path):
    """No file, no ticks, no end, no load, no heap, no such function: nothing of that is a pass."""
    expect(UNKNOWN, "cannot open it", str(tmp_path / "none.lg"))
    expect(UNKNOWN, "no ticks", budget(tmp_path, "total growth <= 1 KiB per tick"), sim(CACHE, ticks=0))
    expect(UNKNOWN, "no final snapshot", sim(CACHE, end=None))
    expect(UNKNOWN, "hardly used", sim(CACHE, active=lambda i: i < 9))
    expect(UNKNOWN, "malloc was not replaced", sim(CACHE, counters=[("not-preloaded", 1)]))
    expect(UNKNOWN, "no profile has a function", budget(tmp_path, "function gone live <= 1 KiB"), sim(CACHE))


def other(blocks):
    """What merged accounts hold."""
    return Place("(other)", flat(blocks), frames=[("(other)", "", 0)], obj="")


def test_trap_leak_in_the_accounts_that_were_merged(sim):
    """A quarter of the heap that has lost its stacks may hide anything."""
    expect(UNKNOWN, "are in accounts that were merged into (other)", sim(CACHE, other(400)))
    expect(PASS, "pass", sim(CACHE, other(100), name="b.lg"))


def test_trap_absolute_budget_passes_a_leak(sim, tmp_path):
    """Any absolute limit is larger than what a leak gains in one night."""
    expect(GROWTH, ["total growth <= 100 MiB", "remember (service.c:120) keeps growing"],
           budget(tmp_path, "total growth <= 100 MiB", "total live <= 1 GiB", "total peak <= 1 GiB"), sim(LEAK))


def test_trap_line_through_a_sawtooth(sim):
    """A line fitted through a sawtooth that ends high has a slope; its floor has not."""
    expect(PASS, "pass", sim(Place("batch", sawtooth(5000, 7)), n=101))


def test_trap_leak_under_a_sawtooth(sim):
    """A sawtooth 100 times larger than the leak under it hides it from any comparison of first and last."""
    expect(GROWTH, "batch", sim(Place("batch", sawtooth(5000, 7, leak=5)), n=105))


@pytest.mark.parametrize("gain", [0.003, 0.03, 0.3, 1.0])
@pytest.mark.parametrize("waves", [2, 3, 4, 5, 6, 7, 10])
def test_trap_leak_under_few_waves(sim, waves, gain):
    """What lies under a few slow waves is not known; it is no pass."""
    period = 150 // waves
    place = Place("sessions", lambda i: (i % period) * 10000 // period + int(i * gain * 10000 / period))
    assert check(sim(place, n=151)).returncode in (UNKNOWN, GROWTH)
    level = Place("sessions", sawtooth(10000, period))
    expect(PASS, "pass", sim(level, n=151))


def test_few_waves_are_said(sim):
    place = Place("sessions", lambda i: (i % 30) * 300 + i * 20)
    expect(UNKNOWN, ["waves: sessions (service.c:1) may be growing: it rises and falls by up to 816.4 KiB, and the 4 lowest points of these "
                     "waves rise from 58.6 KiB to 234.4 KiB; a leak of up to 200 B per tick is not excluded",
                     "let the run last for twelve waves"],
           sim(place, n=151))


@pytest.mark.parametrize("gain", [0.03, 0.3])
def test_trap_leak_under_one_wave(sim, gain):
    """A daily wave in a run of a day and a half: one lowest point cannot be compared with any other."""
    sessions = Place("sessions", lambda i: int(abs((i + 20) % 100 - 50) * 200 + i * gain * 100))
    expect(UNKNOWN, ["sessions (service.c:1) may be growing", "the run shows less than two waves of it"], sim(CACHE, sessions, n=101))


def test_trap_leak_as_large_as_the_noise(sim, tmp_path):
    """Waves that never come back to the same level: what a line through all values says, a gate must not call bounded."""
    noise = [(i * 7919 % 61) * 40 for i in range(200)]
    bounded, leaky = Place("queue", lambda i: 3000 + noise[i]), Place("queue", lambda i: 3000 + noise[i] + i * 30)
    expect(PASS, "pass", sim(bounded, n=151))
    assert check(sim(leaky, n=151)).returncode in (UNKNOWN, GROWTH)


def test_a_place_that_stood_still_is_no_wave(sim):
    """One burst and one phase at another level: what stands still for a quarter of the run shows that nothing grows."""
    expect(PASS, "pass", sim(Place("burst", lambda i: 5000 if 30 <= i < 60 else 1000), n=151))
    expect(PASS, "pass", sim(Place("phases", lambda i: 1000 if i < 40 else 4000 if i < 90 else 2000), n=151))


def test_waves_within_a_budget(sim, tmp_path):
    """What is not excluded counts: it passes when all of it is within the limit of a rate, together with the rest."""
    place = Place("sessions", lambda i: (i % 30) * 300 + i * 20)  # 200 B per tick
    file = sim(place, n=151)
    expect(PASS, ["note         waves: within the scope of budget line 1: sessions", "at most 250 B per tick"],
           budget(tmp_path, "function sessions growth <= 250 B per tick"), file)
    expect(UNKNOWN, "too uncertain to be called at most 150 B per tick",
           budget(tmp_path, "function sessions growth <= 150 B per tick"), file)
    expect(UNKNOWN, "may be growing", budget(tmp_path, "function other growth <= 250 B per tick"), file)
    expect(UNKNOWN, "may be growing", budget(tmp_path, "total growth <= 1 GiB", "total live <= 1 GiB"), file)
    expect(UNKNOWN, "too uncertain to be called at most 250 B per tick", budget(tmp_path, "total growth <= 250 B per tick"),
           sim(place, Place("more", lambda i: (i % 30) * 300 + i * 20), n=151, name="b.lg"))
    expect(PASS, "pass", budget(tmp_path, "suppress function sessions until 2027-01-01 because daily"), file)


def test_trap_warm_up_longer_than_expected(sim):
    """A gate that skips the first tenth calls this growth."""
    assert check(sim(Place("cache_fill", warm_up(100000, 30)), n=100)).returncode in (PASS, UNKNOWN)
    expect(PASS, "pass", sim(Place("cache_fill", warm_up(100000, 10)), n=190))


def test_trap_leak_that_begins_late(sim):
    """Growth divided by the whole run is small; the rate while it grows is not."""
    expect(GROWTH, "remember", sim(CACHE, Place("remember", lambda i: max(0, i - 100) * 100), n=200))


def test_trap_missing_intervals_read_as_quiet(sim):
    """Half of the run has no records: that is no evidence of bounded memory."""
    expect(UNKNOWN, "nothing was recorded for", sim(CACHE, active=lambda i: i < 40 or i > 80))


def test_trap_constant_growth_of_blocks_of_size_zero_is_not_lost(sim):
    assert check(sim(Place("handles", linear(10), size=8))).returncode == GROWTH


# ---- budgets ----

def test_rates(sim, tmp_path):
    file = sim(LEAK)  # 1000 B per 100 ms and 10 ticks: 9.8 KiB per second, 100 B per tick
    expect(PASS, ["within the scope of budget line 1", "at most 11.7 KiB per second"],
           budget(tmp_path, "total growth <= 12000 B per second"), file)
    expect(GROWTH, "more than 9.0 KiB per second", budget(tmp_path, "total growth <= 9 KiB per second"), file)
    expect(PASS, "at most 120 B per tick", budget(tmp_path, "function remember growth <= 120 B per tick"), file)
    expect(GROWTH, "more than 50 B per tick", budget(tmp_path, "function serve growth <= 50 B per tick"), file)
    expect(GROWTH, "more than 0", budget(tmp_path, "function remem* growth <= 0 per tick"), file)


def test_rate_whose_interval_reaches_beyond(sim, tmp_path):
    uneven = Place("remember", lambda i: i * 10 + (i * 7919 % 13) * 3)
    expect(UNKNOWN, "too uncertain to be called at most", budget(tmp_path, "total growth <= 104 B per tick"), sim(uneven))


def test_growth_without_a_rule_fails(sim, tmp_path):
    other = Place("forget", linear(20))
    expect(GROWTH, "forget (service.c:1) keeps growing", budget(tmp_path, "function remember growth <= 1 MiB per second"),
           sim(LEAK, other))


def test_no_rule_at_all_is_the_strictest_budget(sim, tmp_path):
    expect(GROWTH, "remember", budget(tmp_path, "# nothing", ""), sim(LEAK))
    expect(PASS, "pass", budget(tmp_path), sim(CACHE))


def test_sum_of_many_small_leaks_is_the_total(sim, tmp_path):
    leaks = [Place(f"leak{k}", linear(10)) for k in range(5)]
    expect(GROWTH, "500 B per tick", budget(tmp_path, "total growth <= 400 B per tick"), sim(*leaks))
    expect(PASS, "500 B per tick", budget(tmp_path, "total growth <= 600 B per tick"), sim(*leaks))


def test_budget_per_tick_without_ticks(sim, tmp_path):
    for file in (sim(LEAK, ticks=0), sim(CACHE, ticks=0)):
        expect(UNKNOWN, "the program sent no ticks", budget(tmp_path, "total growth <= 1 MiB per tick"), file)


def test_budget_per_second_without_seconds(sim, tmp_path):
    expect(UNKNOWN, "the clock of this profile is not time", budget(tmp_path, "total growth <= 1 MiB per second"),
           sim(CACHE, unit="B"))


@pytest.mark.parametrize("rule, status", [
    ("function cache_fill live <= 100 KB", USAGE),
    ("function cache_fill live <= 98 KiB", PASS),
    ("function cache_fill live <= 97 KiB", GROWTH),
    ("function cache_fill peak <= 98 KiB", PASS),
    ("total live <= 98 KiB", PASS),
    ("total live <= 97 KiB", GROWTH),
    ("total peak <= 103 KiB", PASS),
    ("total peak <= 102 KiB", GROWTH),
    ("function serve peak <= 103 KiB", PASS),
    ("function serve growth <= 0", PASS),
])
def test_amounts(sim, tmp_path, rule, status):
    expect(status, "", budget(tmp_path, rule), sim(CACHE))  # 100,000 B, and 5,000 B of churn on top


def test_peak_of_a_sum_that_cannot_be_told(sim, tmp_path):
    """Two places that came and went in the same intervals: together, or one after the other?"""
    a, b = Place("parse", flat(0), churn=1000), Place("render", flat(0), churn=1000)
    file = sim(a, b)
    expect(UNKNOWN, "the history is too coarse", budget(tmp_path, "function serve peak <= 150 KB".replace("KB", "KiB")), file)
    expect(GROWTH, "more than", budget(tmp_path, "function serve peak <= 90 KiB"), file)
    expect(PASS, "at most", budget(tmp_path, "function serve peak <= 300 KiB"), file)


def test_contexts(sim, tmp_path):
    inner = Place("remember", linear(10), context=("POST", "upload"))
    file = sim(inner)
    for name in ("POST", "upload", '"POST > upload"', "up*"):
        expect(PASS, "at most", budget(tmp_path, f"context {name} growth <= 1 MiB per second"), file)
    expect(GROWTH, "no profile has a context of this name", budget(tmp_path, "context GET growth <= 1 MiB per second"), file)


def test_mapped_memory(sim, tmp_path):
    arena = Place("map_arena", linear(1), size=65536, kind="m", frames=["map_arena", MAIN])
    file = sim(CACHE, arena)
    expect(GROWTH, "memory mapped by map_arena", file)
    expect(PASS, "within the scope", budget(tmp_path, "mapped growth <= 10 MiB per second"), file)
    expect(GROWTH, "memory mapped by map_arena", budget(tmp_path, "total growth <= 10 MiB per second"), file)


def test_function_that_does_not_exist(sim, tmp_path):
    text = expect(PASS, "no profile has a function of this name", budget(tmp_path, "function gone growth <= 1 B per second"),
                  sim(CACHE))
    assert "note" in text
    expect(UNKNOWN, "no profile has a function of this name", budget(tmp_path, "function gone live <= 1 MiB"), sim(CACHE))
    expect(PASS, "pass", budget(tmp_path, "function cache_fill live <= 1 MiB"), sim(CACHE), sim(name="b.lg"))


def test_two_budgets_for_one_function(sim, tmp_path):
    expect(USAGE, ["budget:2: line 1 has a limit for the same already"],
           budget(tmp_path, "function cache_fill live <= 1 MiB", "function cache_fill live <= 2 MiB"), sim(CACHE))
    expect(GROWTH, ["at most 1.0 MiB", "more than 1.0 KiB"],
           budget(tmp_path, "function cache_fill live <= 1 MiB", "function cache_fill peak <= 1 KiB"), sim(CACHE))
    expect(GROWTH, ["at most 200 B per tick", "more than 1.0 KiB per second"],
           budget(tmp_path, "function remember growth <= 200 B per tick", "function remember growth <= 1 KiB per second"),
           sim(LEAK))


def test_requirements(sim, tmp_path):
    file = sim(CACHE)
    expect(UNKNOWN, "the budget requires 8 h, only 9.9 s could be judged", budget(tmp_path, "require duration 8 h"), file)
    expect(UNKNOWN, "requires 150 judged intervals, there were 99", budget(tmp_path, "require intervals 150"), file)
    expect(UNKNOWN, "requires 100,000 ticks, there were 990", budget(tmp_path, "require ticks 100000"), file)
    expect(PASS, "pass", budget(tmp_path, "require duration 9.5s", "require intervals 99", "require ticks 990"), file)
    expect(UNKNOWN, "the clock of this profile is not time", budget(tmp_path, "require duration 1 s"), sim(CACHE, unit="B"))


@pytest.mark.parametrize("line, words", [
    ("total", "growth, live or peak is expected, not the end of the line"),
    ("everything growth <= 0", "total, mapped, function, context, span, task, domain, suppress or require is expected, not everything"),
    ("total growth < 5 B", "<= is expected, not <"),
    ("total growth <= ", "a number of bytes is expected"),
    ("total growth <= -5 B", "a number of bytes is expected"),
    ("total growth <= 5", "a unit is expected"),
    ("total growth <= 5 MB", "a unit is expected (B, KiB, MiB, GiB, TiB), not MB"),
    ("total growth <= 1e9 B", "a unit is expected"),
    ("total growth <= 1.2345 B", "a number of bytes is expected"),
    ("total growth <= 9999999999999999 B", "a number of bytes is expected"),
    ("total growth <= 999999 TiB", "larger than 8 PiB"),
    ("total growth <= 5 B per day", "second or tick is expected, not day"),
    ("total live <= 5 B per second", "only growth can be per second or per tick"),
    ("total growth <= 5 B per second today", '"today" is not expected here'),
    ("mapped live <= 5 B", "of mapped memory only growth is measured"),
    ("function growth <= 5 B", "growth, live or peak is expected, not <="),
    ("function", "a name is missing"),
    ('function "" live <= 5 B', "a name is missing"),
    ('function "f live <= 5 B', "a quote is not closed"),
    ('function "f"live <= 5 B', "something follows a closing quote"),
    ('function "a\\b" live <= 5 B', "after a backslash only"),
    ("function f backlog <= 5 objects", "backlog is of reclamation domains"),
    ("function f lag <= 5 ms", "lag is of reclamation domains"),
    ("domain d growth <= 5 B", "backlog, peak or lag is expected, not growth"),
    ("domain d lag <= 5 ms", "p50, p95, p99 or max is expected, not <="),
    ("domain d lag p99 <= 5", "a unit is expected (us, ms, s, min), not the end of the line"),
    ("domain d lag p99 <= 5 h", "a unit is expected (us, ms, s, min), not h"),
    ("domain d lag max <= 99999999 s", "a number up to 10000000 is expected"),
    ("domain d backlog <= 5", "a unit is expected (B, KiB, MiB, GiB, TiB), not none"),
    ("domain d backlog <= x objects", "a number without a unit is expected"),
    ("domain d backlog <= 5 objects per tick", '"per" is not expected here'),
    ("domain", "a name is missing"),
    ("task t live <= 5", "spans and tasks are counted: open, not live"),
    ("span s open <= 5 KiB", '"KiB" is not expected here'),
    ("span s open <= 5KiB", "a number without a unit is expected"),
    ("span s open <= 5 per tick", "only growth can be per second or per tick"),
    ("total open <= 5 B", "growth, live or peak is expected, not open"),
    ("task t backlog <= 5", "backlog is of reclamation domains"),
    ("suppress total until 2027-01-01 because x", "function, context, span, task or domain is expected, not total"),
    ("suppress function f because x", "a suppression needs a date"),
    ("suppress function f until 2027-01-01", "a suppression needs a reason"),
    ("suppress function f until 2027-01-01 because", "the reason of the suppression is missing"),
    ('suppress function f until 2027-01-01 because "  "', "the reason of the suppression is missing"),
    ("suppress function f until 2027-02-29 because x", "a date is expected, as YYYY-MM-DD, not 2027-02-29"),
    ("suppress function f until 27-02-01 because x", "a date is expected"),
    ("suppress function f until tomorrow because x", "a date is expected"),
    ("suppress function f until 2027-01-01 because two words", '"words" is not expected here'),
    ("require duration 8", "a unit is expected (s, min, h, days)"),
    ("require duration 0 s", "0 requires nothing"),
    ("require intervals 1.5", "a whole number"),
    ("require luck 5", "duration, intervals or ticks is expected, not luck"),
    ("total growth <= 0\x01", "control character (code 1)"),
    ("total growth <= 0\r", "lines end with a newline alone"),
    ("total growth <= 0 # " + "x" * 9000, "longer than"),
    (" ".join("x" * 70), "more than 64 words"),
])
def test_mistakes_in_the_budget(sim, tmp_path, line, words):
    (tmp_path / "budget").write_bytes(b"# first\n\n" + line.encode() + b"\ntotal growth <= 0\n")
    run = check("--budget=" + str(tmp_path / "budget"), sim(CACHE))
    message = run.stderr.decode()
    assert run.returncode == USAGE
    assert run.stdout == b""
    assert f"{tmp_path}/budget:3: " in message and words in message
    assert message.count("\n") == 1 and message[:-1].isprintable()


def test_budget_file_that_cannot_be_read(sim, tmp_path):
    expect(USAGE, "cannot open it", "--budget=" + str(tmp_path / "none"), sim(CACHE))
    expect(USAGE, "cannot read it", "--budget=" + str(tmp_path), sim(CACHE))


# ---- suppressions ----

def test_suppression(sim, tmp_path):
    rule = 'suppress function remember until 2026-11-21 because "ticket 7: gone with the next release"'
    expect(PASS, "suppressed until 2026-11-21 (ticket 7: gone with the next release): remember (service.c:120) keeps growing",
           budget(tmp_path, rule), sim(LEAK))
    expect(GROWTH, ["its suppression expired on 2026-11-21", "and it grows still: ticket 7"], "--today=2026-11-22",
           budget(tmp_path, rule), sim(LEAK))
    expect(GROWTH, "renew or remove it", "--today=2026-11-22", budget(tmp_path, rule), sim(CACHE))
    assert "it is not needed" in expect(PASS, "note", budget(tmp_path, rule), sim(CACHE))


def test_suppression_excuses_only_its_own(sim, tmp_path):
    expect(GROWTH, ["suppressed until", "forget (service.c:1) keeps growing"],
           budget(tmp_path, "suppress function remember until 2027-01-01 because known"), sim(LEAK, Place("forget", linear(9))))


def test_suppressed_growth_is_not_in_the_total(sim, tmp_path):
    expect(PASS, "at most 1 B per tick",
           budget(tmp_path, "suppress function remember until 2027-01-01 because known", "total growth <= 1 B per tick"), sim(LEAK))


def test_suppression_does_not_excuse_missing_evidence(sim, tmp_path):
    expect(UNKNOWN, "too short", budget(tmp_path, "suppress function * until 2027-01-01 because all"), sim(LEAK, n=12))


def test_one_of_two_suppressions_still_holds(sim, tmp_path):
    text = expect(GROWTH, "suppressed until 2027-01-01",
                  budget(tmp_path, "suppress function remember until 2026-01-01 because old",
                         "suppress function serve until 2027-01-01 because new"), sim(LEAK))
    assert "expired on 2026-01-01" in text


def test_today_is_a_date(sim):
    for day in ("2026-13-01", "2026-1-1", "today", "2026-02-30", "2026-11-21x"):
        expect(USAGE, "a date is needed", "--today=" + day, sim(CACHE))


# ---- baseline ----

def both_baselines(tmp_path, old):
    """The profile itself, and what --write-baseline makes of it."""
    check("--write-baseline=" + str(tmp_path / "base"), old)
    return ["--baseline=" + old, "--baseline=" + str(tmp_path / "base")]


def leak(name="remember", per=10, line=120, frames=None, obj="/usr/bin/service"):
    return Place(name, linear(per), line=line, frames=frames, obj=obj)


def test_baseline_known_new_steeper_flatter(sim, tmp_path):
    for base in both_baselines(tmp_path, sim(LEAK, CACHE, name="old.lg")):
        expect(PASS, "known from the baseline, as fast as before", base, sim(LEAK, CACHE))
        expect(PASS, "known from the baseline, flatter than before", base, sim(leak(per=5)))
        expect(GROWTH, ["steeper than before: 200 B per tick", "was 100 B per tick"], base, sim(leak(per=20)))
        expect(GROWTH, "not in the baseline: forget", base, sim(LEAK, leak("forget", per=3)))
        expect(PASS, "no growth", base, sim(CACHE))
        expect(UNKNOWN, "too short", base, sim(LEAK, n=12))


@pytest.mark.parametrize("what, now", [
    ("lines moved", leak(line=999)),
    ("another directory", leak(obj="/opt/v2/bin/service")),
    ("a clone", leak(frames=[("remember.constprop.0", "service.c", 7), SERVE, MAIN])),
    ("inlined", leak(frames=[("remember", "service.c", 7), MAIN])),
    ("no longer inlined", leak(frames=["remember", "store", SERVE, MAIN])),
    ("recursion", leak(frames=["remember", SERVE, SERVE, SERVE, MAIN])),
])
def test_baseline_across_rebuilds(sim, tmp_path, what, now):
    for base in both_baselines(tmp_path, sim(LEAK, CACHE, name="old.lg")):
        expect(PASS, "known from the baseline", base, sim(now, CACHE))


@pytest.mark.parametrize("what, now", [
    ("another function", leak("forget")),
    ("another caller", leak(frames=["remember", "restore", MAIN])),
    ("another library", leak(frames=["remember", SERVE, MAIN], obj="/usr/lib/libother.so.1")),
    ("another context", Place("remember", linear(10), context=("GET",))),
])
def test_baseline_does_not_excuse_other_places(sim, tmp_path, what, now):
    for base in both_baselines(tmp_path, sim(LEAK, CACHE, name="old.lg")):
        expect(GROWTH, "not in the baseline", base, sim(now, CACHE))


def test_baseline_of_accounts_that_look_alike(sim, tmp_path):
    """Two lines of one function: what each of them does now is not to be compared with what both did before."""
    both = lambda per: [leak(per=per, line=120), leak(per=per, line=130)]  # noqa: E731
    for base in both_baselines(tmp_path, sim(*both(10), name="old.lg")):
        expect(PASS, "as fast as before: 200 B per tick (194 B to 206 B), was 200 B per tick", base, sim(*both(10)))
        expect(GROWTH, "steeper than before: 380 B per tick (369 B to 391 B), was 200 B per tick", base, sim(*both(19)))
        expect(PASS, "flatter than before", base, sim(leak(per=10)))


def test_baseline_of_another_clock(sim, tmp_path):
    for base in both_baselines(tmp_path, sim(LEAK, ticks=0, name="old.lg")):
        expect(UNKNOWN, "cannot be compared with before", base, sim(LEAK, ticks=0, unit="B"))


def test_baseline_that_was_too_short_excuses_nothing(sim, tmp_path):
    for base in both_baselines(tmp_path, sim(LEAK, n=12, name="old.lg")):
        expect(GROWTH, "not in the baseline", base, sim(LEAK))


def test_baseline_and_budget(sim, tmp_path):
    base = "--baseline=" + sim(LEAK, name="old.lg")
    expect(GROWTH, ["known from the baseline", "more than 50 B per tick"], base, budget(tmp_path, "total growth <= 50 B per tick"),
           sim(LEAK))
    expect(PASS, "within the scope of budget line 1", base, budget(tmp_path, "function forget growth <= 50 B per tick"),
           sim(LEAK, leak("forget", per=3)))


def test_baseline_is_repeatable_and_protected(sim, tmp_path):
    old = sim(LEAK, CACHE, leak("forget", per=3), name="old.lg")
    both_baselines(tmp_path, old)
    data = (tmp_path / "base").read_bytes()
    both_baselines(tmp_path, old)
    assert (tmp_path / "base").read_bytes() == data
    for bad in (data[:-1], data[:-20], data[:30], data.replace(b"remember", b"rememBer", 1), data + b"x\n",
                data.replace(b"baseline 1", b"baseline 2"), data.replace(b"\ng ", b"\ng 9"), data.replace(b"\nx", b"\ny")):
        (tmp_path / "bad").write_bytes(bad)
        expect(UNKNOWN, "the baseline cannot be used", "--baseline=" + str(tmp_path / "bad"), sim(LEAK))


def test_baseline_that_is_missing(sim, tmp_path):
    expect(UNKNOWN, "cannot open it", "--baseline=" + str(tmp_path / "none"), sim(CACHE))


# ---- output ----

def test_junit_and_markdown(sim, tmp_path):
    evil = Place("x", linear(10), frames=[(b"a<b>&\"'|*`\\x1b[31m\xff\xef\xbf\xbe]]>\\x0a<script>", b"f.c", 3), MAIN])
    junit, markdown = tmp_path / "j.xml", tmp_path / "m.md"
    run = check("--junit=" + str(junit), "--markdown=" + str(markdown), sim(evil, CACHE), sim(CACHE, n=12, name="short.lg"))
    assert run.returncode == GROWTH
    suites = xml.dom.minidom.parseString(junit.read_bytes()).documentElement
    assert suites.getAttribute("failures") == "1" and suites.getAttribute("errors") == "1"
    assert len(suites.getElementsByTagName("testcase")) == int(suites.getAttribute("tests"))
    failure = suites.getElementsByTagName("failure")[0]
    assert "keeps growing" in failure.getAttribute("message") and "a<b>&\"'|*`" in failure.getAttribute("message")
    text = markdown.read_text()
    assert "## leakgrow: fail" in text and "<script>" not in text and "\x1b" not in text
    for row in text.splitlines():
        if row.startswith("|"):
            assert row.replace("\\|", "").count("|") == 4
    assert b"\x1b" not in run.stdout


def test_nothing_of_an_old_file_is_left(sim, tmp_path):
    (tmp_path / "j.xml").write_text("x" * 100000)
    check("--junit=" + str(tmp_path / "j.xml"), sim(CACHE))
    xml.dom.minidom.parse(str(tmp_path / "j.xml"))
    assert [p.name for p in tmp_path.iterdir() if ".tmp." in p.name] == []


@pytest.mark.parametrize("option", ["--junit", "--markdown", "--write-baseline", "--history"])
def test_cannot_write(sim, tmp_path, option):
    (tmp_path / "file").write_text("")
    expect(OUTPUT, "cannot write", f"{option}={tmp_path}/file/below", sim(CACHE))
    if option != "--history" and os.path.exists("/dev/full"):
        expect(OUTPUT, "No space left", f"{option}=/dev/full", sim(CACHE))


def test_full_device(sim):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "wb") as full:
        run = check(sim(CACHE), stdout=full)
    assert run.returncode == OUTPUT


def test_usage(sim):
    expect(USAGE, "no file given")
    expect(USAGE, "--nonsense: unknown option", "--nonsense", sim(CACHE))
    expect(USAGE, "--budget=: a value is needed", "--budget=", sim(CACHE))
    expect(USAGE, "takes no value", "--allow-idle=yes", sim(CACHE))
    expect(USAGE, "--write-baseline takes one file, not 2", "--write-baseline=x", sim(CACHE), sim(CACHE))
    expect(PASS, "exit status", "--help")
    expect(PASS, "lg_check ", "--version")


def test_profiles_of_other_tests():
    golden = os.environ.get("LG_SRCDIR", ".") + "/tests/golden/"
    expect(GROWTH, "malloc_wrapper", golden + "leak.lg")
    expect(UNKNOWN, "inconclusive", golden + "killed.lg", golden + "names.lg", golden + "shift.lg", golden + "tiny.lg")
