# SPDX-License-Identifier: GPL-2.0-or-later
"""redis-server under load: new keys grow; overwriting the same keys, and an LRU limit, stay bounded.

Debian's redis-server is stripped, but it exports its functions for modules, so the path to the culprit has names."""
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
from contextlib import contextmanager

import pytest

import lgsys

pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")


@contextmanager
def redis(tmp_path, *settings, options=()):
    """A redis-server under leakgrow, run with these options of the tool; yields its port, ends it with SHUTDOWN."""
    port = lgsys.free_port()
    command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--daemonize", "no", "--dir", str(tmp_path), *settings]
    with lgsys.serving(tmp_path / "redis.lg", command, options, ready=lambda: cli(port, "PING") == "PONG") as process:
        yield port, process
        if process.poll() is None:
            cli(port, "SHUTDOWN", "NOSAVE")


def cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def benchmark(port, requests, keys, size):
    """SET on `keys` random keys, `requests` times, with values of `size` bytes."""
    subprocess.run(["redis-benchmark", "-p", str(port), "-c", "8", "-n", str(requests), "-r", str(keys), "-d", str(size), "-t",
                    "set", "-q"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=240)


def finished(tmp_path):
    with open(tmp_path / "redis.lg.stderr", errors="replace") as f:
        profile = lgsys.Profile(tmp_path / "redis.lg", f.read())
    assert profile.report["end"] == "exit"
    assert lgsys.intervals(profile) >= 64
    return profile


def assert_names_the_keyspace(profile):
    """The values, which are made when a command is read and are most of the bytes, come first; then what SET adds to the
    keyspace: the dict's entries and the copies of the keys."""
    growth = profile.growth()
    first = lgsys.functions(growth[0])
    assert "createStringObject" in first and "processMultibulkBuffer" in first, first
    assert "createStringObject" in growth[0]["text"].split(";")[0]
    paths = [lgsys.functions(f) for f in growth]
    assert any({"dictAddRaw", "dbAdd", "setKey", "setCommand"} <= set(p) for p in paths), paths
    assert any({"_sdsnewlen", "dbAdd", "setKey", "setCommand"} <= set(p) for p in paths), paths


def test_new_keys_grow(tmp_path):
    with redis(tmp_path) as (port, _):
        benchmark(port, 200000, 1000000000, 64)
    profile = finished(tmp_path)
    assert_names_the_keyspace(profile)
    assert profile.report["totals"]["live_B"] > 200000 * 64
    lgsys.assert_consistent(profile)


def test_overwriting_is_bounded(tmp_path):
    with redis(tmp_path) as (port, _):
        benchmark(port, 200000, 500, 64)
    profile = finished(tmp_path)
    assert profile.growth() == []
    lgsys.assert_consistent(profile)


def test_lru_limit_is_bounded(tmp_path):
    with redis(tmp_path, "--maxmemory", "2500kb", "--maxmemory-policy", "allkeys-lru") as (port, _):
        benchmark(port, 200000, 1000000000, 256)
        assert "evicted_keys:0" not in cli(port, "INFO", "stats")
    profile = finished(tmp_path)
    assert profile.growth() == []
    lgsys.assert_consistent(profile)


def slow_commands(port, seconds, new_keys):
    """A command that is slow every now and then, among SETs of 500 keys; and so many new keys with each."""
    with subprocess.Popen(["redis-benchmark", "-p", str(port), "-c", "4", "-l", "-r", "500", "-d", "100", "-t", "set", "-q"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            cli(port, "DEBUG", "SLEEP", "0.012")
            if new_keys:
                cli(port, "DEBUG", "POPULATE", str(new_keys), f"new{n}")
            n += 1
            time.sleep(0.05)
        load.kill()


def check(tmp_path, *options):
    done = subprocess.run([os.path.join(lgsys.BUILD, "lg_check"), *options, str(tmp_path / "redis.lg")], capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("new_keys, status", [(0, 0), (20, 1)])
def test_slow_log_that_fills_all_night(tmp_path, new_keys, status):
    """Nobody can see that it has a bound. The budget of docs/SOAK.md says so, and lets nothing else pass."""
    soak = pathlib.Path(lgsys.SOURCE, "docs", "SOAK.md").read_text()
    (tmp_path / "budget").write_text(re.search(r"^```\n(# SLOWLOG.*?)^```", soak, flags=re.MULTILINE | re.DOTALL)[1])
    with redis(tmp_path, "--slowlog-log-slower-than", "10000", "--slowlog-max-len", "4096", "--enable-debug-command", "yes") as (port, _):
        slow_commands(port, seconds=10, new_keys=new_keys)
        assert 40 < int(cli(port, "SLOWLOG", "LEN")) < 4096
    finished(tmp_path)
    code, text = check(tmp_path)
    assert code == 1 and "called by slowlogPushEntryIfNeeded" in text, text
    code, text = check(tmp_path, f"--budget={tmp_path}/budget")
    assert code == status, text
    assert "within the scope of budget line 2: " in text and not re.search("fail .*slowlog", text), text
    (tmp_path / "budget").write_text("function slowlogPushEntryIfNeeded growth <= 16 KiB per second\n"
                                     "function slowlogPushEntryIfNeeded live <= 4 KiB\n")
    assert check(tmp_path, f"--budget={tmp_path}/budget")[0] == 1


def test_background_save_has_a_profile_of_its_own(tmp_path):
    """BGSAVE forks: the child writes beside its parent's profile, not into it."""
    with redis(tmp_path) as (port, process):
        benchmark(port, 10000, 1000000000, 64)
        cli(port, "BGSAVE")
        benchmark(port, 30000, 1000000000, 64)
        lgsys.wait_until(lambda: "rdb_bgsave_in_progress:0" in cli(port, "INFO", "persistence"), 60, "BGSAVE's end")
        parent = process.pid
    assert os.path.getsize(tmp_path / "dump.rdb") > 0
    profile = finished(tmp_path)
    assert profile.report["pid"] == parent
    assert_names_the_keyspace(profile)
    children = [lgsys.Profile(path) for path in glob.glob(str(tmp_path / "redis.lg.[0-9]*"))]
    assert [child.report["end"] for child in children] == ["exit"]
    assert children[0].report["totals"]["allocs"] < profile.report["totals"]["allocs"]
    fleet = json.loads(subprocess.run([lgsys.LG_PRINT, "--format=json", str(tmp_path)], capture_output=True, text=True, timeout=60).stdout)
    assert [(row["pid"], row["verdict"]) for row in fleet["processes"]][0] == (parent, "growing")
    assert [row["ppid"] for row in fleet["processes"]][1:] == [parent]


def test_daemon(tmp_path):
    """--daemonize: the process that was started ends at once, its child serves. Both have a profile; the child's has all that is told of."""
    port = lgsys.free_port()
    command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "yes", "--dir", str(tmp_path),
               "--pidfile", str(tmp_path / "pid"), "--logfile", str(tmp_path / "log")]
    assert lgsys.call(lgsys.valgrind_command(tmp_path / "lg.%p", [], command), env=lgsys.clean_env(), stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL) == 0
    lgsys.wait_until(lambda: cli(port, "PING") == "PONG", 60, "the daemon")
    daemon = int((tmp_path / "pid").read_text())
    try:
        benchmark(port, 40000, 1000000000, 64)
    finally:
        cli(port, "SHUTDOWN", "NOSAVE")
    lgsys.wait_until(lambda: not os.path.exists(f"/proc/{daemon}"), 60, "the daemon's end")
    assert_names_the_keyspace(lgsys.Profile(tmp_path / f"lg.{daemon}"))
    text = subprocess.run([lgsys.LG_PRINT, str(tmp_path)], capture_output=True, text=True, timeout=60).stdout
    assert text.startswith("2 processes: 1 growing, 0 inconclusive, 1 bounded\n")
    assert text.splitlines()[3].split()[:2] == [str(daemon), "growing"]


def test_killed_from_outside(tmp_path):
    """kill -9 loses at most the interval in progress: the profile has the growth and says that it has no end."""
    with redis(tmp_path) as (port, process):
        benchmark(port, 40000, 1000000000, 64)
        keys = int(cli(port, "DBSIZE"))
        process.kill()
    profile = lgsys.Profile(tmp_path / "redis.lg")
    assert profile.report["end"] in ("running", "truncated")
    assert profile.report["totals"]["live_B"] > keys * 64
    assert_names_the_keyspace(profile)


def calls_of(port):
    """How often redis itself says that each command ran."""
    lines = [line for line in cli(port, "INFO", "commandstats").splitlines() if line.startswith("cmdstat_")]
    return {line.split(":")[0][len("cmdstat_"):].lower(): int(line.split("calls=")[1].split(",")[0]) for line in lines}


def test_commands_are_contexts(tmp_path):
    """--context-fn: the keyspace grows in the SET command, which is called as often as redis says. (*Command would do as well, and name
    the processCommand around all of them, too.)"""
    options = [f"--context-fn={name}Command" for name in ("set", "get", "lpush")]
    with redis(tmp_path, options=options) as (port, _):
        for i in range(50):
            cli(port, "LPUSH", "list", str(i))
            cli(port, "GET", "nothing")
        benchmark(port, 120000, 1000000000, 64)  # last: growth goes on to the end
        calls = calls_of(port)
    profile = finished(tmp_path)
    opened = {}
    for group in profile.report["census"]:
        assert group["open"] <= 1, group
        opened[group["label"]] = opened.get(group["label"], 0) + group["opened"]
    assert {n: opened[n + "Command"] for n in ("set", "lpush", "get")} == {n: calls[n] for n in ("set", "lpush", "get")}
    assert calls["set"] == 120000 and calls["lpush"] == 50
    in_set = sum(a["live_B"] for a in profile.report["accounts"] if "setCommand" in a["context"])
    in_others = sum(a["live_B"] for a in profile.report["accounts"] if a["context"] and "setCommand" not in a["context"])
    assert in_set > 120000 * 40 > 10 * in_others
    assert any("setCommand" in f["context"] for f in profile.growth()), [f["context"] for f in profile.growth()]
