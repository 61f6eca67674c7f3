# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/SOAK.md for systemd and GitHub Actions run as they are written, but for the length of the night: in a private copy of
this machine whose first process is systemd, typed in by root as an administrator would."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

import lgsys
from lgmachine import Machine

SERVICE = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *volatile last;
static char *keep(size_t n) { char *p = malloc(n); memset(p, 1, n); return p; }
int main(int argc, char **argv)
{
   int leaks = access("leaks", F_OK) == 0;
   for (int n = 0;; n++) {
      for (int i = 0; i < 50; i++) { char *p = keep(200); last = p; free(p); }
      if (leaks) last = keep(500);
      usleep(1000);
   }
}
"""
SECONDS = 6


def blocks(heading, fence):
    text = pathlib.Path(lgsys.SOURCE, "docs", "SOAK.md").read_text()
    return re.findall(rf"^```{fence}\n(.*?)^```", text[text.index(heading):], flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A machine with leakgrow in its path, and the script and the service of the recipe where it says they are."""
    m = Machine(tmp_path_factory.mktemp("machine"))
    try:
        m.start()
        said = m.run("sh", "-ec", f"""
            mkdir -p /opt/leakgrow
            cp -a {lgsys.BUILD}/vg-lib /opt/leakgrow/
            for file in /opt/leakgrow/vg-lib/*leakgrow*; do cp --remove-destination {lgsys.BUILD}/vg-lib/${{file##*/}} "$file"; done
            cp {lgsys.BUILD}/lg_check {lgsys.BUILD}/lg_print /usr/local/bin/""")
        assert said.returncode == 0, said.stderr
        m.write("/usr/local/bin/valgrind", f"#!/bin/sh\nVALGRIND_LIB=/opt/leakgrow/vg-lib exec {lgsys.peer_valgrind()} \"$@\"\n", 0o755)
        m.write("/usr/local/bin/soak.sh", blocks("## A plain script", "sh")[0])
        m.write("/root/service.c", SERVICE)
        m.write("/usr/local/bin/my-load", "#!/bin/sh\nexec sleep 60\n", 0o755)
        compiler = os.environ.get("CC") or "gcc"
        built = m.run("sh", "-c", f"cd /root && {compiler} -g -O1 -o /usr/local/bin/my-service service.c")
        assert built.returncode == 0, built.stderr
        yield m
    finally:
        m.stop()


def test_systemd_finds_nothing_wrong(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    service, timer = blocks("## systemd", "")[:2]
    script = re.search(r"^ExecStart=/bin/sh (\S+)", service, flags=re.MULTILINE)[1]
    (tmp_path / "soak.sh").write_text(blocks("## A plain script", "sh")[0])
    (tmp_path / "soak.service").write_text(service.replace(script, str(tmp_path / "soak.sh")))
    (tmp_path / "soak.timer").write_text(timer)
    for unit in ("soak.service", "soak.timer"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True)
        assert done.returncode == 0 and "soak" not in done.stderr, done.stderr


def show(machine, unit, name):
    return machine.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()


def ended(machine):
    """The service has run, again: how systemd names the result, and the status of the script."""
    lgsys.wait_until(lambda: show(machine, "soak.service", "ActiveState") in ("inactive", "failed")
                     and show(machine, "soak.service", "ExecMainExitTimestampMonotonic") != "0", 90, "the end of the night")
    return show(machine, "soak.service", "Result"), int(show(machine, "soak.service", "ExecMainStatus"))


def test_systemd(machine):
    """The commands of the page, one after the other; then the timer starts a night of its own, with a service that leaks."""
    service, timer, commands = blocks("## systemd", "")[:3]
    night = re.search(r"/var/lib/soak (\d+) ", service)[1]
    assert int(night) >= 3600
    machine.write("/etc/systemd/system/soak.service", service.replace(f" {night} ", f" {SECONDS} "))
    machine.write("/etc/systemd/system/soak.timer", timer)
    *before, last = commands.splitlines()
    for command in before:
        done = machine.run(*shlex.split(command))
        assert done.returncode == 0 or "status" in command, done.stderr
    assert "22:00:00" in show(machine, "soak.timer", "NextElapseUSecRealtime")
    assert show(machine, "soak.timer", "UnitFileState") == "enabled"
    assert ended(machine) == ("success", 0), machine.run("systemctl", "status", "soak.service").stdout
    shown = machine.run(*shlex.split(last)).stdout
    assert re.search(r"^\d{4}-\d\d-\d\d  pass ", shown, flags=re.MULTILINE), shown
    assert "lg_check: pass" in machine.run("journalctl", "-u", "soak.service").stdout

    machine.write("/leaks", "")  # where systemd runs it
    assert machine.run("sh", "-ec", """mkdir /etc/systemd/system/soak.timer.d
        printf '[Timer]\nOnCalendar=*:*:0/2\nAccuracySec=1\n' >/etc/systemd/system/soak.timer.d/soon.conf
        systemctl daemon-reload
        systemctl restart soak.timer""").returncode == 0
    lgsys.wait_until(lambda: show(machine, "soak.service", "ActiveState") == "activating", 30, "the timer's hour")
    machine.run("systemctl", "stop", "soak.timer")
    assert ended(machine) == ("exit-code", 1)
    assert show(machine, "soak.service", "ActiveState") == "failed"
    assert "keep (service.c:6) keeps growing" in machine.run("journalctl", "-u", "soak.service").stdout
    assert re.search(r"^\d{4}-\d\d-\d\d  fail .* keep ", machine.run(*shlex.split(last)).stdout, flags=re.MULTILINE)


def steps_of_workflow():
    """The YAML says what GitHub's schema wants of these keys."""
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load(blocks("## GitHub Actions", "yaml")[0])
    assert set(workflow) == {"name", True, "jobs"}  # YAML 1.1 reads the key `on` as true
    assert set(workflow[True]) <= {"schedule", "workflow_dispatch", "push", "pull_request"}
    for schedule in workflow[True]["schedule"]:
        assert re.fullmatch(r"(\S+ ){4}\S+", schedule["cron"])
    job = workflow["jobs"]["soak"]
    assert isinstance(job["timeout-minutes"], int) and job["runs-on"]
    for step in job["steps"]:
        assert set(step) <= {"uses", "run", "if", "with", "name", "env"} and ("uses" in step) != ("run" in step)
        assert "uses" not in step or re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
    return job["steps"]


# What the runner does with a step: its own shell and environment; sudo asks nothing. Packages are not downloaded here: they are there.
RUNNER = {"/usr/local/bin/sudo": """#!/bin/sh
case $* in
"apt-get update") ;;
"apt-get install -y "*) shift 3; exec dpkg-query --show "$@" ;;
*) exec "$@" ;;
esac
""", "/root/runner": """#!/bin/sh
cd "$GITHUB_WORKSPACE" && exec bash -e "$1"
"""}


@pytest.fixture(scope="module")
def tarball(machine):
    """leakgrow's own, in the machine. What the machine had of leakgrow is gone, for the recipe installs it."""
    if lgsys.peer_valgrind() != "/usr/bin/valgrind":
        pytest.skip("the recipe is for the Valgrind that the distribution has")
    name = "leakgrow-0"
    made = machine.run("sh", "-ec", f"""rm -f /usr/local/bin/valgrind /usr/local/bin/lg_*
        make -s -C {lgsys.BUILD} distdir distdir=/root/{name} >/root/distdir.log 2>&1
        cd /root && tar -czf {name}.tar.gz {name}""")
    assert made.returncode == 0, made.stderr
    return f"/root/{name}.tar.gz"


@pytest.mark.parametrize("leaks", [False, True])
def test_github_actions(machine, tarball, leaks):
    """All steps of the job in their order, in a checkout of the service's repository. leakgrow is built once."""
    steps = steps_of_workflow()
    for path, text in RUNNER.items():
        machine.write(path, text, 0o755)
    work = f"/home/work-{leaks}"
    assert machine.run("sh", "-ec", f"""mkdir -p {work}/origin/ci && cd {work}/origin
        cp /root/service.c . && cp /usr/local/bin/soak.sh ci/ && cp /usr/local/bin/my-load load && cp {tarball} ci/
        printf 'service: service.c\n\t$(CC) -g -O1 -o $@ service.c\n' >Makefile
        {'touch leaks' if leaks else ''}
        git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm a""").returncode == 0
    env = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": f"{work}/soak/soak", "GITHUB_STEP_SUMMARY": f"{work}/summary",
           "GITHUB_OUTPUT": f"{work}/output", "GITHUB_ENV": f"{work}/env"}
    failed = None
    for step in steps:
        if failed and step.get("if") != "always()":
            continue
        if "configure" in step.get("run", "") and machine.run("test", "-x", "/usr/local/bin/lg_check").returncode == 0:
            continue
        if "run" in step:
            machine.write("/root/step.sh", step["run"].replace(" 3600 ", f" {SECONDS} "))
            done = machine.run("env", *(f"{k}={v}" for k, v in env.items()), "/root/runner", "/root/step.sh", timeout=500)
        elif step["uses"].startswith("actions/checkout@"):
            done = machine.run("git", "clone", "-q", f"{work}/origin", env["GITHUB_WORKSPACE"])
        else:
            assert step["uses"].startswith("actions/upload-artifact@")
            done = machine.run("find", f"{env['GITHUB_WORKSPACE']}/{step['with']['path']}", "-name", "leakgrow.out.*", "-size", "+1k")
            assert done.stdout.count("leakgrow.out.") == 1
        if done.returncode != 0:
            assert failed is None, done.stderr
            failed = step["run"], done
    summary = machine.run("cat", f"{work}/summary").stdout
    if leaks:
        command, done = failed
        assert "soak.sh" in command and done.returncode == 1 and "keep (service.c:6) keeps growing" in done.stdout
        assert "leakgrow: fail" in summary and "keep" in summary
    else:
        assert failed is None, failed
        assert "leakgrow: pass" in summary
