# SPDX-License-Identifier: GPL-2.0-or-later
"""A private copy of this machine, with systemd as its first process: what a recipe does to it is gone afterwards.

The copy is an overlay over / in name spaces of its own. No unit of the machine itself is started but the journal."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

import lgsys

SYSTEMD = "/usr/lib/systemd/systemd"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UNITS = "/usr/lib/systemd/system"

# $1: an empty directory. $2: a directory of a cgroup2 file system. Any failure ends it, with a word on stderr.
START = r"""
set -e
M=$1 R=$1/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$M"
mkdir "$M/upper" "$M/work" "$R"
mount -t overlay overlay -o "lowerdir=/,upperdir=$M/upper,workdir=$M/work" "$R"
mount -t proc proc "$R/proc"
mount -o bind "$R/proc/sys" "$R/proc/sys"
mount -o remount,bind,ro "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"
mount -t tmpfs tmpfs "$R/run"
mount -t tmpfs tmpfs "$R/dev"
for d in null zero full random urandom tty; do
   touch "$R/dev/$d"
   mount -o bind "/dev/$d" "$R/dev/$d"
done
mkdir "$R/dev/shm" "$R/dev/pts"
mount -t tmpfs tmpfs "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
rm -rf "$R"/etc/systemd/system "$R"/usr/lib/systemd/system-generators
rm -rf "$R$UNITS"/*.target.wants "$R"/var/log/journal "$R"/var/lib/soak
mkdir -p "$R/etc/systemd/system" "$R$UNITS/sysinit.target.wants"
ln -s ../systemd-journald.service "$R$UNITS/sysinit.target.wants/"
echo $$ >"$2/cgroup.procs"
exec unshare --cgroup sh -ec '
   mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
   exec env -i container=leakgrow PATH="$PATH" chroot "$1" "$0" --system --unit=basic.target --show-status=0' "$SYSTEMD" "$R"
"""


class Machine:
    """start() skips, with the reason, what this machine or its privileges do not allow; stop() leaves nothing behind."""

    def __init__(self, place):
        self.place, self.group, self.process = place, None, None

    def _make_group(self):
        """A control group for the machine's processes, in whatever cgroup2 file system there is, or in one that we mount."""
        with open("/proc/mounts") as f:
            mounted = [line.split()[1] for line in f if line.split()[2] == "cgroup2"]
        if not mounted:
            (self.place / "cgroup2").mkdir()
            if subprocess.run(["mount", "-t", "cgroup2", "cgroup2", str(self.place / "cgroup2")], capture_output=True).returncode != 0:
                pytest.skip("control groups cannot be mounted here")
            mounted = [str(self.place / "cgroup2")]
        group = pathlib.Path(mounted[0], f"leakgrow-machine-{os.getpid()}")
        try:
            group.mkdir()
        except OSError as error:
            pytest.skip(f"control groups cannot be made here: {error}")
        self.group = group

    def start(self):
        if os.geteuid() != 0:
            pytest.skip("a private machine needs root")
        if not os.path.exists(SYSTEMD):
            pytest.skip("systemd is not installed")
        self._make_group()
        (self.place / "machine").mkdir()
        with open(self.place / "machine.log", "w") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "sh", "-c", START, "sh", str(self.place / "machine"),
                 str(self.group)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=lgsys.clean_env(PATH=PATH, SYSTEMD=SYSTEMD, UNITS=UNITS))
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            if self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"):
                return self
            time.sleep(0.1)
        pytest.skip("systemd does not start in name spaces here: " + (self.place / "machine.log").read_text().strip()[-300:])

    def _first(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else "0"

    def run(self, *command, timeout=120):
        return subprocess.run(["nsenter", "--target", self._first(), "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd", *map(str, command)], capture_output=True, text=True,
                              timeout=timeout, env=lgsys.clean_env(PATH=PATH, HOME="/root"))

    def write(self, path, text, mode=0o644):
        """A file of the machine, whose directory exists."""
        inside = pathlib.Path(f"/proc/{self._first()}/root{path}")
        inside.write_text(text)
        inside.chmod(mode)

    def stop(self):
        if self.process:
            first = self._first() if self.process.poll() is None else "0"
            if first != "0":
                os.kill(int(first), signal.SIGKILL)  # and with it all its processes and mounts
            lgsys.kill_group(self.process)
        if self.group:
            lgsys.wait_until(lambda: not self._processes(), 30, "the end of the machine")
            for directory, _, _ in os.walk(self.group, topdown=False):
                os.rmdir(directory)
        if (self.place / "cgroup2").is_dir():
            subprocess.run(["umount", "-l", str(self.place / "cgroup2")], capture_output=True)
        shutil.rmtree(self.place / "machine", ignore_errors=True)

    def _processes(self):
        return any((pathlib.Path(d) / "cgroup.procs").read_text() for d, _, _ in os.walk(self.group))
