# SPDX-License-Identifier: GPL-2.0-or-later
"""lg_diff: what it calls new, gone, steeper, flatter and the same, across rebuilds."""
import json
import subprocess

import pytest

from lgsim import Place, flat, linear, write, os, SERVE, MAIN

LG_DIFF = os.environ.get("LG_BUILDDIR", ".") + "/lg_diff"
OK, INPUT, USAGE, OUTPUT = 0, 2, 3, 4


def lg_diff(*args, **kwargs):
    kwargs.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([LG_DIFF, *map(str, args)], stderr=subprocess.PIPE, timeout=120, env={"LC_ALL": "C"}, **kwargs)


def diff(tmp_path, old, now, **kwargs):
    """Places by function, as JSON."""
    write(tmp_path / "old.lg", old, **kwargs)
    write(tmp_path / "now.lg", now)
    run = lg_diff("--format=json", tmp_path / "old.lg", tmp_path / "now.lg")
    assert run.returncode == OK, run.stderr
    report = json.loads(run.stdout)
    assert report["format"] == "leakgrow-diff" and report["version"] == 1
    return {place["stack"][0]["fn"]: place for place in report["places"]}


def leak(name="remember", per=10, **kwargs):
    return Place(name, linear(per), **kwargs)


@pytest.mark.parametrize("old, now, status", [
    (10, 10, "same"), (10, 20, "steeper"), (20, 10, "flatter"), (0, 10, "steeper"), (10, 0, "flatter"), (None, 10, "new"),
    (10, None, "gone"), (100, 102, "same"), (100, 125, "steeper"),
])
def test_status(tmp_path, old, now, status):
    def places(per):
        return [] if per is None else [Place("remember", linear(per) if per else flat(500))]
    place = diff(tmp_path, places(old), places(now))["remember"]
    assert place["status"] == status
    assert (place["old"] is None, place["new"] is None) == (old is None, now is None)
    if old and now:
        assert place["old"]["slope_B_per_tick"] == pytest.approx(old * 10, rel=0.02)
        assert place["new"]["slope_B_per_tick"] == pytest.approx(now * 10, rel=0.02)


def test_undecided_before(tmp_path):
    assert diff(tmp_path, [leak()], [leak()], n=30)["remember"]["status"] == "unsure"


@pytest.mark.parametrize("now, match", [
    (dict(line=77), "same"),
    (dict(obj="/home/ci/build-77/service"), "same"),
    (dict(frames=[("remember.isra.0.cold", "service.c", 1), SERVE, MAIN]), "same"),
    (dict(frames=["remember", SERVE, SERVE, MAIN]), "same"),
    (dict(frames=["remember", "store_it", SERVE, MAIN]), "folded"),
    (dict(frames=["remember", MAIN]), "inlined"),
])
def test_matches_across_rebuilds(tmp_path, now, match):
    other = Place("reload", flat(10))  # knows serve, so that a frame left out is no unknown one
    place = diff(tmp_path, [leak(), other], [leak(**now), other])["remember" if "frames" not in now or "isra" not in str(now) else "remember"]
    assert (place["status"], place["match"]) == ("same", match)


@pytest.mark.parametrize("pair, same", [
    (("store::put::h0123456789abcdef", "store::put::hfedcba9876543210"), True),
    (("store[0123456789abcdef]::put", "store[aaaaaaaaaaaaaaaa]::put"), True),
    (("cache.part.0", "cache"), True),
    (("put(int)", "put(long)"), False),
    (("operator[](int)", "operator[](int)"), True),
])
def test_names(tmp_path, pair, same):
    places = diff(tmp_path, [leak(pair[0])], [leak(pair[1])])
    assert sorted(p["status"] for p in places.values() if p["stack"][0]["fn"] != "reply") == (["same"] if same else ["gone", "new"])


@pytest.mark.parametrize("old, now, same", [
    ("/lib/libx.so.1.2.3", "/usr/lib/libx.so.2", True),
    ("/b/target/debug/deps/svc-0123456789abcdef", "/c/svc-fedcba9876543210", True),
    ("/lib/libx.so", "/lib/liby.so", False),
])
def test_objects(tmp_path, old, now, same):
    places = diff(tmp_path, [leak(obj=old)], [leak(obj=now)])
    assert (places["remember"]["match"] == "same") == same


def test_ambiguous_inlining_is_no_match(tmp_path):
    """Two places of the new build could be the old one: both are new."""
    places = diff(tmp_path, [leak(frames=["remember", MAIN])],
                  [leak(frames=["remember", "get", SERVE, MAIN]), leak(frames=["remember", "put", SERVE, MAIN])])
    assert places["remember"]["match"] == "none"


def test_replaced_function_is_no_match(tmp_path):
    places = diff(tmp_path, [leak("old_way")], [leak("new_way")])
    assert (places["old_way"]["status"], places["new_way"]["status"]) == ("gone", "new")


def test_accounts_that_look_alike_are_one(tmp_path):
    places = diff(tmp_path, [leak(line=1), leak(line=2)], [leak(per=20)])
    assert places["remember"]["status"] == "same"


def test_text(tmp_path):
    write(tmp_path / "old.lg", [leak(), Place("cache_fill", flat(1000))])
    write(tmp_path / "now.lg", [leak(per=30), leak("forget", per=5), Place("cache_fill", flat(3000))])
    run = lg_diff(tmp_path / "old.lg", tmp_path / "now.lg")
    text = run.stdout.decode()
    assert run.returncode == OK
    assert "1 new, 1 steeper" in text
    assert "steeper than before: 300 B per tick" in text and "was 100 B per tick" in text
    assert "cache_fill (service.c:1): holds 293.0 KiB, was 97.7 KiB" in text
    assert text == lg_diff(tmp_path / "old.lg", tmp_path / "now.lg").stdout.decode()


def test_same_file_twice(tmp_path):
    file = write(tmp_path / "a.lg", [leak(), Place("cache_fill", flat(1000))])
    text = lg_diff(file, file).stdout.decode()
    assert "1 same" in text and "Nothing." in text


def test_top(tmp_path):
    write(tmp_path / "old.lg", [Place(f"f{k}", flat(10)) for k in range(30)])
    write(tmp_path / "now.lg", [Place(f"f{k}", flat(20 + k)) for k in range(30)])
    files = [tmp_path / "old.lg", tmp_path / "now.lg"]
    assert "and 10 more with smaller changes" in lg_diff(*files).stdout.decode()
    assert "and 27 more with smaller changes" in lg_diff("--top=3", *files).stdout.decode()
    assert len(json.loads(lg_diff("--top=3", "--format=json", *files).stdout)["places"]) == 3


def test_exit_status(tmp_path):
    good = write(tmp_path / "good.lg", [leak()])
    torn = write(tmp_path / "torn.lg", [leak()], cut=5)
    bad = write(tmp_path / "bad.lg", [leak()], damage=50)
    assert lg_diff(good, torn).returncode == OK
    run = lg_diff(good, bad)
    assert run.returncode == INPUT and run.stdout and b"damaged" in run.stderr
    assert lg_diff(good, tmp_path / "none").returncode == INPUT
    assert lg_diff(tmp_path / "none", good).returncode == INPUT
    for args in ([], [good], [good, good, good], ["--format=html", good, good], ["--top=x", good, good]):
        run = lg_diff(*args)
        assert run.returncode == USAGE and run.stdout == b"" and run.stderr.count(b"\n") == 1
    assert lg_diff("--help").returncode == OK
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            assert lg_diff(good, good, stdout=full).returncode == OUTPUT


def by_title(tmp_path, old, now):
    write(tmp_path / "old.lg", old)
    write(tmp_path / "now.lg", now)
    report = json.loads(lg_diff("--format=json", tmp_path / "old.lg", tmp_path / "now.lg").stdout)
    return {place["title"]: place for place in report["places"]}, lg_diff(tmp_path / "old.lg", tmp_path / "now.lg").stdout.decode()


def tasks(per, name="spawn_job", line=1):
    return Place(name, linear(per) if per else flat(9), kind="t", context=("job",), line=line)


def test_tasks_are_compared_by_number(tmp_path):
    places, text = by_title(tmp_path, [tasks(1)], [tasks(3, line=77)])
    job = places['task "job" (service.c:7)']
    assert (job["status"], job["about"], job["match"], job["context"]) == ("steeper", "label", "same", "task: job")
    assert job["old"]["slope_per_tick"] == pytest.approx(0.1, rel=0.02) and job["new"]["slope_per_tick"] == pytest.approx(0.3, rel=0.02)
    assert (job["new"]["held"], job["new"]["held_B"], job["new"]["slope_B_per_tick"]) == (297, 0, None)
    assert 'task "job" (service.c:7): steeper than before: 0.30 per tick' in text
    places, text = by_title(tmp_path, [tasks(0)], [tasks(1)])
    assert 'grows by 0.10 per tick' in text and places['task "job" (service.c:7)']["status"] == "steeper"
    places, text = by_title(tmp_path, [tasks(0)], [])
    assert "9 were open, there are none any more" in text


def test_use_against_the_rules_is_compared(tmp_path):
    wrong = Place("handle", flat(2), churn=5, kind="s", context=("request",), misuse={"suspended": 2})
    right = Place("handle", flat(2), churn=5, kind="s", context=("request",))
    for old, now, status, words in (([wrong], [wrong], "same", "breaks the rules, as before"),
                                    ([right], [wrong], "new", "breaks the rules, which it did not before"),
                                    ([wrong], [right], "gone", "is kept now")):
        places, text = by_title(tmp_path, old, now)
        assert places['use of "request" (service.c:7)']["status"] == status
        assert words in text
