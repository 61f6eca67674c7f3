# SPDX-License-Identifier: GPL-2.0-or-later
"""nginx as it is run: a daemon whose workers have another user. Every process has its own profile, and the fleet view shows them all.

LG_NGINX_SECONDS is how long the load lasts (default 6)."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

import pytest

import lgsys

NGINX, AB = shutil.which("nginx", path="/usr/sbin:/usr/bin"), shutil.which("ab")
pytestmark = [pytest.mark.skipif(not NGINX or not AB, reason="nginx or ab is not installed"),
              pytest.mark.skipif(os.geteuid() != 0, reason="workers of another user need root")]
SECONDS, WORKERS, USER = int(os.environ.get("LG_NGINX_SECONDS", "6")), 2, "www-data"

CONFIGURATION = """
worker_processes {workers};
daemon on;
user {user};
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 256; }}
http {{
   access_log {place}/access.log;
   client_body_temp_path {place}/t1; proxy_temp_path {place}/t2; fastcgi_temp_path {place}/t3;
   uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5;
   gzip on; gzip_min_length 100; gzip_types text/plain;
   server {{
      listen 127.0.0.1:{port};
      root {place}/www;
      location = /echo {{ return 200 "hello $request_id\\n"; }}
   }}
}}
"""


def load(port, path, seconds, *options):
    """Requests for so long; how many were answered, none wrongly."""
    done = subprocess.run([AB, "-q", "-t", str(seconds), "-n", "100000000", "-c", "8", *options, f"http://127.0.0.1:{port}{path}"],
                          capture_output=True, text=True, timeout=seconds + 60)
    lines = dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)
    assert int(lines["Failed requests"]) == 0, done.stdout
    return int(lines["Complete requests"])


@pytest.fixture(scope="module")
def place():
    """A directory that the workers' user reaches, too. pytest's own are closed again by the next pytest that starts."""
    with tempfile.TemporaryDirectory(prefix="leakgrow-nginx-") as name:
        path = pathlib.Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
def night(place):
    """nginx under load, stopped gracefully: the directory of profiles, and how many requests it answered."""
    profiles = place / "profiles"
    profiles.mkdir()
    shutil.chown(profiles, USER)
    (place / "www").mkdir()
    (place / "www" / "index.html").write_text("".join(f"{n}\n" for n in range(5000)))
    port = lgsys.free_port()
    (place / "nginx.conf").write_text(CONFIGURATION.format(workers=WORKERS, user=USER, place=place, port=port))
    command = lgsys.valgrind_command(f"{profiles}/leakgrow.out.%p", ["--trace-children=yes"], [NGINX, "-p", str(place), "-c", str(place / "nginx.conf")])
    with open(place / "stderr", "w") as stderr:
        assert lgsys.call(command, stdout=subprocess.DEVNULL, stderr=stderr, env=lgsys.clean_env()) == 0
    master = int((place / "nginx.pid").read_text())
    try:
        lgsys.wait_until(lambda: subprocess.run([AB, "-q", "-n", "1", f"http://127.0.0.1:{port}/echo"], capture_output=True).returncode == 0, 60, "an answer")
        answered = load(port, "/echo", SECONDS) + load(port, "/index.html", SECONDS // 2, "-k", "-H", "Accept-Encoding: gzip")
        os.kill(master, signal.SIGQUIT)
        lgsys.wait_until(lambda: not os.path.exists(f"/proc/{master}"), 60, "the master's end")
    finally:
        if os.path.exists(f"/proc/{master}"):
            os.kill(master, signal.SIGKILL)
    return profiles, answered, master


def fleet(*paths):
    done = subprocess.run([lgsys.LG_PRINT, "--format=json", *map(str, paths)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["processes"]


def test_every_process_has_its_profile(night):
    """The one that was started and became a daemon, the master, and the workers, which are another user's."""
    profiles, _, master = night
    rows = {row["pid"]: row for row in fleet(profiles)}
    workers = [pid for pid, row in rows.items() if row["ppid"] == master]
    assert len(rows) == WORKERS + 2 and len(workers) == WORKERS and master in rows
    assert sorted(os.listdir(profiles)) == sorted(f"leakgrow.out.{pid}" for pid in rows)
    assert all(row["end"] == "exit" and "nginx" in row["command"] for row in rows.values())
    groups = {0, pwd.getpwnam(USER).pw_gid}  # begun before or after the worker became the other user
    assert {os.stat(profiles / f"leakgrow.out.{pid}").st_gid for pid in workers} <= groups


def test_requests_are_in_the_workers(night):
    profiles, answered, master = night
    assert answered > 50 * SECONDS
    rows = {row["pid"]: row for row in fleet(profiles)}
    allocations = 0
    for pid, row in rows.items():
        report = lgsys.Profile(row["file"]).report
        if row["ppid"] == master:
            allocations += report["totals"]["allocs"]
            assert any("ngx_event_accept" in str(a["stack"]) or "nginx" in str(a["stack"]) for a in report["accounts"])
    assert allocations >= answered  # a connection's or request's pool is at least one


def test_nothing_grows(night):
    rows = fleet(night[0])
    assert [row["file"] for row in rows if row["verdict"] == "growing"] == []
    done = subprocess.run([os.path.join(lgsys.BUILD, "lg_check"), *(row["file"] for row in rows)], capture_output=True, text=True)
    assert done.returncode in (0, 2), done.stdout  # some processes live for a moment only


def test_text_is_one_line_per_process(night):
    text = subprocess.run([lgsys.LG_PRINT, str(night[0])], capture_output=True, text=True, timeout=60).stdout
    assert text.startswith(f"{WORKERS + 2} processes: 0 growing, ")
    assert text.count("nginx -p") == WORKERS + 2
