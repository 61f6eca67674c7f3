# SPDX-License-Identifier: GPL-2.0-or-later
"""lg_check on real programs that do bounded work, as they are and with a leak that a preloaded library adds (leaker.c): a leak that gains
so much of the program's usual heap during the run.

The table of docs/SOAK.md: LG_GATE_RUNS=5 python3 -m pytest -s test_gate_programs.py, in the build directory."""
import collections
import os
import shutil
import subprocess

import pytest

import lgsys

HERE = os.path.join(lgsys.SOURCE, "tests", "system")
RUNS = int(os.environ.get("LG_GATE_RUNS", "0"))
SHARES = (1.0, 0.3, 0.1, 0.03, 0.01)
BLOCK_B = 64

PYTHON = """
import os, random
r = random.Random(4)
cache = {}
for i in range(120000):
    key = r.randrange(3000)
    cache[key] = [str(i), "v" * r.randrange(200)]
    if len(cache) > 1000:
        del cache[next(iter(cache))]
    if i % 10 == 0:
        os.write(1, b"x")
"""
PERL = """
$| = 1; srand(3);
for my $i (1 .. 150000) {
   $h{int(rand(4000))} = "v" x int(rand(120));
   if (keys(%h) > 1500) { delete $h{(keys %h)[0]} if $i % 50 == 0; delete $h{int(rand(4000))} for 1 .. 3; }
   print "x" if $i % 20 == 0;
}
"""
TCL = """
fconfigure stdout -buffering none
for {set i 0} {$i < 150000} {incr i} {
   dict set d k[expr {$i * 7919 % 1500}] [string repeat x [expr {$i * 31 % 200}]]
   if {$i % 20 == 0} { puts -nonewline x }
}
"""
SQL = "create table t(a integer primary key, b text);\n" + "".join(
    f"insert or replace into t select (abs(random()) % 400), hex(randomblob(60));\n"
    f"select count(*), max(b) from t where a > {i % 300};\n" for i in range(6000))


def script(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


def run_script(tmp_path, env, command, stdin=None):
    return lgsys.run(tmp_path / "profile", command, env=env, stdin=stdin)


def python3(tmp_path, env):
    return run_script(tmp_path, env, ["/usr/bin/python3", script(tmp_path, "work.py", PYTHON)])


def perl(tmp_path, env):
    return run_script(tmp_path, env, ["/usr/bin/perl", script(tmp_path, "work.pl", PERL)])


def tclsh(tmp_path, env):
    return run_script(tmp_path, env, ["/usr/bin/tclsh", script(tmp_path, "work.tcl", TCL)])


def sqlite3(tmp_path, env):
    (tmp_path / "work.db").unlink(missing_ok=True)
    return run_script(tmp_path, env, ["/usr/bin/sqlite3", str(tmp_path / "work.db")],
                      stdin=script(tmp_path, "work.sql", "pragma synchronous=off; pragma journal_mode=memory;\n" + SQL))


def git(tmp_path, env):
    """The same objects again and again."""
    repository = tmp_path / "repository"
    if not repository.exists():
        quiet = lgsys.clean_env(HOME=str(tmp_path), GIT_CONFIG_NOSYSTEM="1")
        subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True, env=quiet)
        stream = ""
        for n in range(40):
            text = f"{n} " + "line of text " * (20 + n)
            stream += f"blob\nmark :{n + 1}\ndata {len(text)}\n{text}\n"
        stream += "commit refs/heads/main\ncommitter A <a@example.org> 1600000000 +0000\ndata 2\nx\n" + "".join(
            f"M 100644 :{n + 1} f{n}\n" for n in range(40))
        subprocess.run(["git", "-C", str(repository), "fast-import", "--quiet"], input=stream.encode(), check=True, env=quiet)
    names = [f"main:f{(n * 7) % 40}" for n in range(16000)]
    return run_script(tmp_path, dict(env, HOME=str(tmp_path)), ["/usr/bin/git", "-C", str(repository), "cat-file", "--batch"],
                      stdin=script(tmp_path, "names", "\n".join(names) + "\n"))


def redis(tmp_path, env):
    port = lgsys.free_port()
    command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
               str(tmp_path), "--slowlog-log-slower-than", "-1"]

    def cli(*words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=60).stdout.strip()

    with lgsys.serving(tmp_path / "profile", command, env=env, ready=lambda: cli("PING") == "PONG"):
        subprocess.run(["redis-benchmark", "-p", str(port), "-c", "8", "-n", "50000", "-r", "500", "-d", "100", "-t", "set,get", "-q"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=240)
        cli("SHUTDOWN", "NOSAVE")
    return lgsys.Profile(tmp_path / "profile")


NGINX = """daemon off; master_process off; pid {place}/nginx.pid; error_log {place}/error.log; events {{ worker_connections 64; }}
http {{ access_log {place}/access.log; client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;
uwsgi_temp_path {place}/4; scgi_temp_path {place}/5; server {{ listen 127.0.0.1:{port}; location = /echo {{ return 200 "hello\\n"; }} }} }}
"""


def nginx(tmp_path, env):
    port = lgsys.free_port()
    command = ["/usr/sbin/nginx", "-p", str(tmp_path), "-c", script(tmp_path, "conf", NGINX.format(place=tmp_path, port=port))]

    def ask(*options):
        return subprocess.run(["ab", "-q", "-c", "4", *options, f"http://127.0.0.1:{port}/echo"], capture_output=True).returncode == 0

    with lgsys.serving(tmp_path / "profile", command, env=env, ready=lambda: ask("-n", "4")) as process:
        ask("-n", "40000")
        process.send_signal(3)
    return lgsys.Profile(tmp_path / "profile")


PROGRAMS = {"python3": python3, "perl": perl, "tclsh": tclsh, "sqlite3": sqlite3, "git": git, "redis-server": redis, "nginx": nginx}


def verdict(profile):
    run = subprocess.run([os.path.join(lgsys.BUILD, "lg_check"), profile.path], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout


@pytest.fixture(scope="module")
def leaker(tmp_path_factory):
    library = tmp_path_factory.mktemp("leaker") / "leaker.so"
    subprocess.run(["gcc", "-g", "-O1", "-fPIC", "-shared", "-o", library, os.path.join(HERE, "leaker.c"), "-ldl"], check=True, timeout=60)
    return str(library)


def environment(leaker, every=0, size=0):
    return lgsys.clean_env(LD_PRELOAD=leaker, **({"LEAK": f"{every} {size}"} if every else {}))


def chances(profile):
    """How often the program could have leaked: each time it did."""
    return sum(a["live_blocks"] for a in profile.report["accounts"] if a["stack"] and a["stack"][0]["fn"] == "keep_one")


def leak_for(heap_B, n_calls, share):
    """Every how many calls a leak of that share of the heap takes a block, and how large; None when there are too few."""
    blocks = max(20, int(heap_B * share / BLOCK_B))
    if n_calls < 40:
        return None
    blocks = min(blocks, n_calls)
    return n_calls // blocks, max(1, int(heap_B * share / blocks))


@pytest.mark.parametrize("name", PROGRAMS)
def test_bounded_passes_and_a_leak_of_a_tenth_does_not(name, tmp_path, leaker):
    if not shutil.which(name, path="/usr/sbin:/usr/bin") or (name == "nginx" and not shutil.which("ab")):
        pytest.skip(f"{name} is not installed")
    work = PROGRAMS[name]
    bounded = work(tmp_path, environment(leaker))
    assert lgsys.intervals(bounded) >= 64
    code, text = verdict(bounded)
    assert code != 1, text
    heap_B = bounded.report["totals"]["peak_B"]
    n_calls = chances(work(tmp_path, environment(leaker, 1, 1)))
    table = collections.Counter([("no leak", code)])
    for share in SHARES if RUNS else (0.1,):
        for _ in range(RUNS or 1):
            code, text = verdict(work(tmp_path, environment(leaker, *leak_for(heap_B, n_calls, share))))
            table[share, code] += 1
            assert code != 0 or share < 0.1, text
            assert code != 1 or "keep_one" in text, text
    for _ in range(max(RUNS - 1, 0)):
        code, text = verdict(work(tmp_path, environment(leaker)))
        assert code != 1, text
        table["no leak", code] += 1
    cells = [" / ".join(str(table[share, code]) for code in (1, 2, 0)) for share in (*SHARES, "no leak")]
    print(f"| {name} | {heap_B >> 10} KiB | {n_calls} | " + " | ".join(cells) + " |")
