# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways in which a night ends badly: what kills a process, and disks that fill up, are taken away or break, and come back."""
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import time
from contextlib import contextmanager

import pytest

import lgsys

MIB = 1 << 20
# Root without the privileges to write anywhere and beyond any limit. Another user could not reach a build in root's home.
ORDINARY = ["setpriv", "--bounding-set=-all"]
MARK_TICKS = 2000  # as in faults.c


class Service:
    """faults.c under the tool. Its progress is in a mapped file, and so known to the last tick however it dies."""

    def __init__(self, program, out, place, how="none", at=0, options=(), prefix=(), **popen):
        self.out, self.place = out, place
        place.mkdir(exist_ok=True)
        command = [*prefix, *lgsys.valgrind_command(out, options, [program, "3600", str(place / "progress"), how, str(at)])]
        with open(place / "stderr", "w") as stderr:
            self.process = subprocess.Popen(command, stderr=stderr, stdout=subprocess.DEVNULL, start_new_session=True, **popen)

    def _progress(self):
        try:
            return struct.unpack("4Q", (self.place / "progress").read_bytes())
        except (OSError, struct.error):
            return 0, 0, 0, 0

    @property
    def ticks(self):
        return self._progress()[0]

    @property
    def marked(self):
        """The last mark that the program knows to have been taken."""
        return self._progress()[1]

    @property
    def burst_B(self):
        return self._progress()[2]

    @property
    def burst_is_over(self):
        return self._progress()[3] == 1

    def works(self):
        lgsys.wait_until(lambda: self.ticks > 0 or self.process.poll() is not None, 60, "the first tick")

    def kill(self):
        lgsys.kill_group(self.process)

    def said(self):
        return lgsys.flat((self.place / "stderr").read_text())


def resident(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def memory_limit(limit):
    """Yields what a process calls to get this limit for its memory, and what waits for its death by it: of a control group where one
    can be made, else a watcher that kills from outside at the limit."""
    with lgsys.memory_group(limit) as made:
        if made:
            yield made[2], lambda process: process.wait(120)
            return

    def watch(process):
        while process.poll() is None:
            if resident(process.pid) > limit:
                process.kill()
            time.sleep(0.001)
        return process.returncode
    yield None, watch


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60)


class Disk:
    """A small file system of its own with a directory for profiles. begin() injects the fault, end() repairs it."""
    has_file = True  # the profile can be read while the fault lasts

    def __init__(self, place):
        self.place = place
        self.mounts = 0
        place.mkdir()
        if os.geteuid() != 0:
            pytest.skip("file systems can be mounted by root only")
        self.mount()
        self.profiles = place / "profiles"
        self.profiles.mkdir(exist_ok=True)
        self.out = self.profiles / "out"

    def needs(self, *command):
        """Skips, with the reason, what this machine cannot do."""
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        done = run(*command)
        if done.returncode != 0:
            pytest.skip(f"{' '.join(map(str, command))}: {(done.stderr.strip() or 'failed').splitlines()[0]}")

    def mount(self):
        self.needs("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.place)
        self.mounts += 1

    def image(self, size, *format):
        """A new image of a disk, formatted and mounted over whatever is there."""
        path = self.place.with_suffix(f".image{self.mounts}")
        with open(path, "wb") as f:
            f.truncate(size)
        self.needs(*format, path)
        self.needs("mount", "-o", "loop", path, self.place)
        self.mounts += 1
        path.unlink()  # the mount holds it

    def unmount(self):
        for _ in range(self.mounts):
            run("umount", "-l", self.place)


def fill(path):
    try:
        with open(path, "ab", buffering=0) as f:
            while f.write(bytes(1 << 20)) == 1 << 20:
                pass
    except OSError:
        pass


class Full(Disk):
    def begin(self):
        fill(self.place / "filler")

    def end(self):
        (self.place / "filler").unlink(missing_ok=True)


class Forbidden(Disk):
    """Nothing can be made or renamed in the directory."""

    def begin(self):
        self.profiles.chmod(0o555)

    def end(self):
        self.profiles.chmod(0o755)


class Moved(Disk):
    has_file = False

    def begin(self):
        self.profiles.rename(self.place / "hidden")

    def end(self):
        (self.place / "hidden").rename(self.profiles)


class Deleted(Disk):
    """Somebody cleans up: the directory and all that is in it are gone, until it is made anew."""
    has_file = False

    def begin(self):
        while self.profiles.exists():
            shutil.rmtree(self.profiles, ignore_errors=True)  # a new profile may be on its way into it

    def end(self):
        self.profiles.mkdir(exist_ok=True)


class CutOff(Disk):
    """Somebody truncates the file, as tools that rotate logs do. What is written next would stand behind a hole."""
    has_file = False

    def begin(self):
        os.truncate(self.out, self.out.stat().st_size // 2)

    def end(self):
        pass


class Quota(Disk):
    """A limit for what is below a directory, by the quota groups of btrfs."""

    def mount(self):
        self.image(256 * MIB, "mkfs.btrfs", "-q")
        self.needs("btrfs", "quota", "enable", self.place)
        self.needs("btrfs", "subvolume", "create", self.place / "profiles")
        self.needs("btrfs", "qgroup", "limit", "48M", self.place / "profiles")

    def begin(self):
        fill(self.profiles / "filler")

    def end(self):
        (self.profiles / "filler").unlink(missing_ok=True)
        run("btrfs", "filesystem", "sync", self.place)  # space comes back with the next commit


class Broken(Disk):
    """The kernel finds an error and makes the file system read-only, for good; then another one is mounted in its place."""

    def mount(self):
        self.image(64 * MIB, "mkfs.ext4", "-q")
        device = run("findmnt", "-n", "-o", "SOURCE", "--mountpoint", self.place).stdout.split()[-1]
        self.trigger = pathlib.Path("/sys/fs/ext4", os.path.basename(device), "trigger_fs_error")
        if not self.trigger.exists():
            pytest.skip("this kernel cannot be told that a file system has an error")
        self.needs("mount", "-o", "remount,errors=remount-ro", self.place)

    def begin(self):
        self.trigger.write_text("1")

    def end(self):
        run("umount", "-l", self.place)
        self.mounts -= 1
        self.mount()
        self.profiles.mkdir(exist_ok=True)


DISKS = {"full": Full, "read-only directory": Forbidden, "moved directory": Moved, "deleted directory": Deleted, "cut off": CutOff, "quota": Quota,
         "read-only file system": Broken}
