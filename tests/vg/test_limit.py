# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence from just before memory runs out."""
import os
import signal
import subprocess

import pytest

import lgsys
import vgclient

MIB = 1 << 20


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "limit.c")


def near_limit(profile):
    """Live bytes of the snapshots that were taken for nearing a limit."""
    with open(profile.path) as f:
        fields = [line.rstrip("\n").split(" ", 12) for line in f if line.startswith("e growth ")]
    return [(int(f[3]), f[12].partition(" ")[2]) for f in fields if "%" in f[12]]


def test_heap_limit(program, tmp_path):
    out = tmp_path / "out"
    command = lgsys.valgrind_command(out, ["--heap-limit=10M", "--growth-bytes=0", "--burst-bytes=0"], [program, "5000", "2000"])
    assert lgsys.call(command, stderr=subprocess.DEVNULL) == 0
    profile = lgsys.Profile(out)
    near = near_limit(profile)
    assert [words for _, words in near] == [f"{share}% of --heap-limit" for share in (90, 95)]
    for (live, _), share in zip(near, (90, 95)):
        assert 0 <= live - 10 * MIB * share // 100 < 4000
    assert len(vgclient.snapshots(profile, "growth")) == 2


@pytest.mark.parametrize("container", [False, True])
def test_oom_kill(program, tmp_path, container):
    """The kernel kills the process at its group's limit; the profile has everything up to the last share of it. A container sees its own
    group where that of the machine would be, and is told of the path that it has outside."""
    out = tmp_path / "out"
    with lgsys.memory_group(120 * MIB) as made:
        if not made:
            pytest.skip("no memory control group can be made here")
        group, parent, join = made
        command = lgsys.valgrind_command(out, ["--growth-bytes=0", "--burst-bytes=0"], [program, "100000", "4000"])
        if container:
            root = "/sys/fs/cgroup/memory" if parent.startswith("/sys/fs/cgroup/memory") else "/sys/fs/cgroup"
            command = ["unshare", "--mount", "sh", "-c", 'mount -o bind "$1" "$2" || exit 77; shift 2; exec "$@"', "sh", group, root, *command]
        with subprocess.Popen(command, preexec_fn=join, stderr=subprocess.DEVNULL, start_new_session=True) as process:
            status = process.wait(120)
        if container and status in (1, 77):
            pytest.skip("name spaces cannot be made here")
    assert status == -signal.SIGKILL
    profile = lgsys.Profile(out)
    assert profile.report["end"] == "running"
    near = near_limit(profile)
    assert [words for _, words in near][:1] == ["90% of the control group's memory"]
    last = vgclient.snapshots(profile, "growth")[-1]
    assert last["live_B"] == near[-1][0] > 10 * MIB


def test_first_process_of_a_container(programs, tmp_path):
    """The kernel keeps SIGTERM from a first process that does not handle it: a service that is stopped ends all the same, and tidily."""
    out = tmp_path / "out"
    command = lgsys.valgrind_command(out, [], [vgclient.build(programs, "monitor.c"), str(tmp_path / "stop")])
    unshare = ["unshare", "--pid", "--fork", "--mount-proc"]
    if os.geteuid() != 0 or subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        pytest.skip("name spaces cannot be made here")
    with open(tmp_path / "stderr", "w") as stderr:
        process = subprocess.Popen([*unshare, *command], stderr=stderr, start_new_session=True)
    try:
        lgsys.wait_until(lambda: out.exists() and out.stat().st_size > 5000, 60, "recording")
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
            os.kill(int(f.read()), signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    finally:
        lgsys.kill_group(process)
    said = (tmp_path / "stderr").read_text()
    assert "host stacktrace" not in said and "heap: " in said
    report = lgsys.Profile(out).report
    assert (report["end"], report["end_code"], report["pid"]) == ("signal", signal.SIGTERM, 1)
