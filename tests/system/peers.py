# SPDX-License-Identifier: GPL-2.0-or-later
"""What dhat and massif say of a command, and an exact replay of its allocation calls.

All tools run a command in one and the same world: the same environment, the same directory, the same arguments. Programs
that copy their environment (bash, perl, python3) would see the name of the tool in LD_PRELOAD and VALGRIND_LIB, and their
totals would differ by the length of "massif" and "dhat". So every tool runs under the name "leakgrow" out of a directory
whose name has the same length: links to the real files.

How the peers count (Valgrind 3.19, read in their sources and confirmed by the replay):
  dhat    malloc(0) is a block of 1 byte, in totals and in the peak. A realloc of a block is one more block and its whole new
          size in the totals; live bytes move by the difference; there is no moment at which both copies count. realloc(p, 0)
          is a free. Of several equal peaks the last is kept ("t-gmax").
  massif  malloc(0) is a block of 0 bytes. Its peak is that of bytes asked for plus what the allocator rounds them up by
          ("mem_heap_extra_B", with --heap-admin=0), so mem_heap_B is given for that moment. A peak is noted when the first
          block after it is freed; if none is, the last snapshot holds it.
The trace (--trace-malloc=yes, printed by Valgrind's core, not by a tool) holds every call with its sizes."""
import json
import os
import re
import subprocess
from dataclasses import dataclass, field

import lgsys

TOOL_DIR_LETTERS = {"leakgrow": "l", "dhat": "d", "massif": "m"}


# What libc would free after the program's end is not the program's doing.
FAIR = ["--run-libc-freeres=no", "--run-cxx-freeres=no"]


class Peers:
    """Runs commands under leakgrow, dhat and massif in equal environments."""

    def __init__(self, work):
        self.work = os.path.join(str(work), "work")
        self.home = os.path.join(str(work), "home")  # programs see this directory only, and it does not change
        os.makedirs(self.work)
        os.makedirs(self.home)
        self.lib = {tool: self._link_lib(tool) for tool in TOOL_DIR_LETTERS}
        self.runs = 0
        same_addresses = ["setarch", "-R"]  # a container may forbid it; the second run of dhat tells whether it was needed
        allowed = subprocess.run([*same_addresses, "/bin/true"], stderr=subprocess.DEVNULL, timeout=30).returncode == 0
        self.prefix = same_addresses if allowed else []

    def _link_lib(self, tool):
        source = lgsys.tool_libdir() if tool == "leakgrow" else lgsys.peer_libdir()
        path = os.path.join(self.work, "lib-" + TOOL_DIR_LETTERS[tool])
        os.makedirs(path)
        arch = lgsys.PLATFORM
        names = {f"{tool}-{arch}": f"leakgrow-{arch}", f"vgpreload_{tool}-{arch}.so": f"vgpreload_leakgrow-{arch}.so"}
        for name in os.listdir(source):
            if name.startswith(("vgpreload_core", "default.supp")) or name.endswith(".xml"):
                names[name] = name
        for real, link in names.items():
            os.symlink(os.path.realpath(os.path.join(source, real)), os.path.join(path, link))
        return path

    def run(self, tool, options, command, env=None, stdin=None, cwd=None, timeout=300):
        """Runs the command under the tool; its output is dropped. Returns the path of the tool's log."""
        self.runs += 1
        log = os.path.join(self.work, f"{tool}.{self.runs}.log")
        world = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C", "TZ": "UTC", "VALGRIND_LIB": self.lib[tool]}
        world.update(env or {})
        full = [*self.prefix, lgsys.peer_valgrind(), "--tool=leakgrow", f"--log-file={log}", *FAIR, *options, *command]
        with open(stdin or os.devnull, "rb") as source, open(os.path.join(self.work, "stderr"), "wb") as err:
            code = lgsys.call(full, env=world, cwd=cwd or self.home, stdin=source, stdout=subprocess.DEVNULL, stderr=err,
                              timeout=timeout)
        if code != 0:
            with open(os.path.join(self.work, "stderr"), errors="replace") as f:
                raise AssertionError(f"{tool}: {command} ended with status {code}: {f.read()[-2000:]}")
        return log

    def dhat(self, command, **world):
        """Totals and t-gmax of dhat."""
        return self._dhat([], command, world)[0]

    def dhat_traced(self, command, **world):
        """The same, and the replay of the same run."""
        counts, log = self._dhat(["--trace-malloc=yes"], command, world)
        return counts, self._replay(log)

    def _dhat(self, options, command, world):
        out = os.path.join(self.work, "dhat.json")
        log = self.run("dhat", [f"--dhat-out-file={out}", *options], command, **world)
        with open(out) as f:
            points = json.load(f)["pps"]
        total = {key: sum(p[key] for p in points) for key in ("tb", "tbk", "gb", "gbk")}
        counts = Counts(total["tb"], total["tbk"], total["gb"], total["gbk"])
        return counts, log

    @staticmethod
    def _replay(log):
        replay = Replay()
        with open(log, errors="replace") as f:
            replay.feed(f)
        os.unlink(log)
        return replay

    def massif(self, command, **world):
        """Massif's peak, and the replay of the same run."""
        out = os.path.join(self.work, "massif.out")
        log = self.run("massif", [f"--massif-out-file={out}", "--time-unit=B", "--peak-inaccuracy=0.0", "--heap-admin=0",
                                  "--trace-malloc=yes"], command, **world)
        snapshots, values = [], {}
        with open(out) as f:
            for line in f:
                key, _, value = line.strip().partition("=")
                if key == "snapshot":
                    values = {}
                    snapshots.append(values)
                elif key in ("time", "mem_heap_B", "mem_heap_extra_B", "heap_tree"):
                    values[key] = value if key == "heap_tree" else int(value)
        peaks = [s for s in snapshots if s["heap_tree"] == "peak"] or snapshots[-1:]
        return MassifPeak(peaks[0]["mem_heap_B"], peaks[0]["mem_heap_extra_B"]), self._replay(log)

    def leakgrow(self, command, options=(), **world):
        """leakgrow's profile of the command, and the replay of the same run."""
        out = os.path.join(self.work, "leakgrow.out")
        log = self.run("leakgrow", [f"--leakgrow-out-file={out}", "--trace-malloc=yes", *options], command, **world)
        return lgsys.Profile(out), self._replay(log)


@dataclass(frozen=True)
class Counts:
    total_B: int
    total_blocks: int
    peak_B: int
    peak_blocks: int


@dataclass(frozen=True)
class MassifPeak:
    heap_B: int
    extra_B: int


_LINE = re.compile(r"--\d+-- (.*)")
_CALL = re.compile(r"(\w+)\(([^()]*)\)(?: = 0x([0-9A-Fa-f]+))?")
_ALLOC = {"malloc", "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "valloc", "builtin_new", "builtin_vec_new"}
_FREE = {"free", "cfree", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvRKSt9nothrow_t", "_ZdaPvRKSt9nothrow_t"}
_IGNORED = {"malloc_usable_size", "mallopt", "malloc_trim", "malloc_stats", "mallinfo", "zone"}


@dataclass
class _Curve:
    """Live bytes over time, with the number of blocks at the first and at the last moment of the maximum."""

    live: int = 0
    peak: int = 0
    before_frees: set = field(default_factory=set, repr=False, compare=False)  # live bytes when a block was about to be freed or to shrink
    first_blocks: int = 0
    last_blocks: int = 0

    def move(self, delta, blocks):
        if delta <= 0:
            self.before_frees.add(self.live)
        self.live += delta
        if self.live > self.peak:
            self.peak = self.live
            self.first_blocks = self.last_blocks = blocks
        elif self.live == self.peak and delta >= 0:
            self.last_blocks = blocks


@dataclass
class Replay:
    """Totals and peaks computed from the calls alone."""

    blocks: dict = field(default_factory=dict)
    total_B: int = 0
    total_blocks: int = 0
    reallocs: int = 0
    frees: int = 0
    zero_size: int = 0
    exact: _Curve = field(default_factory=_Curve)  # an empty block has no bytes
    rounded: _Curve = field(default_factory=_Curve)  # an empty block has one byte, as in dhat

    def dhat_counts(self):
        return Counts(self.total_B + self.zero_size, self.total_blocks, self.rounded.peak, self.rounded.last_blocks)

    def feed(self, lines):
        """Takes the trace. A line is one call with its result, but realloc(NULL, n) and realloc(p, 0) name the malloc or
        the free that they become on the same line, and a calloc that fails does not end its line."""
        for line in lines:
            m = _LINE.match(line)
            for fn, args, result in _CALL.findall(m[1]) if m else ():
                self._call(fn, args.split(","), int(result or "0", 16))

    def _call(self, fn, args, at):
        if fn in _ALLOC:
            self._alloc(at, int(args[0]))
        elif fn == "calloc":
            self._alloc(at, int(args[0]) * int(args[1]))
        elif fn == "memalign":
            self._alloc(at, int(args[1].split()[1]))
        elif fn == "realloc":
            if int(args[0], 16) != 0 and int(args[1]) != 0:
                self._realloc(int(args[0], 16), at, int(args[1]))
        elif fn in _FREE:
            self._free(int(args[0], 16))
        elif fn not in _IGNORED:
            raise AssertionError(f"the trace holds a call that the replay does not know: {fn}({args})")

    def _alloc(self, at, size):
        if at == 0:
            return  # it failed
        assert at not in self.blocks, "an address was given out twice"
        self.blocks[at] = size
        self.total_B += size
        self.total_blocks += 1
        self.zero_size += size == 0
        self.exact.move(size, len(self.blocks))
        self.rounded.move(max(size, 1), len(self.blocks))

    def _free(self, at):
        size = self.blocks.pop(at, None)
        if size is not None:
            self.frees += 1
            self.exact.move(-size, len(self.blocks))
            self.rounded.move(-max(size, 1), len(self.blocks))

    def _realloc(self, old, at, size):
        if at == 0 or old not in self.blocks:
            return
        was = self.blocks.pop(old)
        self.blocks[at] = size
        self.total_B += size
        self.total_blocks += 1
        self.reallocs += 1
        self.exact.move(size - was, len(self.blocks))
        self.rounded.move(size - max(was, 1), len(self.blocks))
