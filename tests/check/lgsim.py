# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles of programs that never ran: a place is a function of time, a run is a list of places.

Everything is computed, nothing is random: sim.write(path, places, ...) gives the same bytes each time.
"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"))
from lgfile import Writer  # noqa: E402

MAIN = ("main", "service.c", 10)
SERVE = ("serve", "service.c", 50)


class Place:
    """An account. `end(i)` is what it holds at the end of interval i, in blocks of `size` bytes; `churn` blocks come and go in
    every interval on top; `fall(i)` is the lowest it gets in the interval, if lower. Of spans (kind "s") and tasks ("t") the
    blocks are open instances of the context's last label, declared at service.c:7; `misuse` counts per interval what was against
    the rules."""

    def __init__(self, name, end, size=100, churn=0, fall=None, frames=None, kind="h", context=(), line=1, obj="/usr/bin/service",
                 misuse=None):
        self.end, self.size, self.churn, self.fall, self.kind, self.context = end, size, churn, fall, kind, context
        self.misuse = misuse or {}
        if kind in "st":
            self.size = 1
        self.frames = [(f if isinstance(f, tuple) else (f, "service.c", line)) + (obj,) for f in frames or [name, SERVE, MAIN]]


def flat(blocks):
    return lambda i: blocks


def linear(per_interval, start=0):
    return lambda i: start + (i + 1) * per_interval


def sawtooth(high, period, leak=0):
    return lambda i: (i % period) * high // period + i * leak


def warm_up(top, tau):
    return lambda i: int(top * (1 - 2.718281828 ** (-(i + 1) / tau)))


# A service's ordinary work, so that no run is idle.
WORK = Place("reply", flat(0), churn=50)


def write(path, places, n=100, width=100, ticks=10, unit="ms", end=("exit", 0), active=lambda i: True, cut=0, damage=None,
          counters=(), work=WORK):
    """n intervals of `width` units. end: what the `z` line says, or None. cut: bytes taken off the end of the file. damage: a
    transaction whose checksum is broken."""
    places = [*places, work] if work else list(places)
    with open(path, "wb") as out:
        w = Writer(out, unit=unit, base=width, args=("./service",))
        now = [0] * len(places)
        allocs = frees = allocated = 0
        for i in range(n):
            w.begin((i + 1) * width)
            floor = ceiling = live = 0
            blk = [0, 0, 0]
            for k, p in enumerate(places):
                context = 0
                for label in p.context:
                    context = w.define("x", context, label)
                account = w.account(w.stack(*p.frames), context, p.kind)
                if p.kind in "st" and i == 0:
                    w.line("u", account, w.define("s", "service.c"), 7)
                for name, per in p.misuse.items():
                    w.line("m", account, name, (i + 1) * per)
                before, after = now[k], p.end(i) if active(i) else now[k]
                churn = p.churn if active(i) else 0
                low = min(before, after, p.fall(i)) if p.fall and active(i) else min(before, after)
                high = max(before, after) + churn
                now[k] = after
                births, deaths = max(after - low, 0) + churn, max(before - low, 0) + churn
                if (before, low, high) != (after, after, after):
                    w.line("i", account, i, 0, low * p.size, high * p.size, after * p.size, low, high, after, births, deaths,
                           births * p.size, 0)
                    if births > churn:
                        w.line("v", account, i, 0, births - churn, (births - churn) * p.size)
                if p.kind == "h":
                    allocs, frees, allocated = allocs + births, frees + deaths, allocated + births * p.size
                    floor, ceiling, live = floor + low * p.size, ceiling + high * p.size, live + after * p.size
                    blk = [blk[0] + low, blk[1] + high, blk[2] + after]
            done = sum(ticks for k in range(i + 1) if active(k))
            w.total(i, 0, (i + 1) * width, live, blk[2], floor, ceiling, blk[0], blk[1], allocs, frees, allocated, done)
            w.line("p", i * width + 1, ceiling, blk[1])
            if i == n - 1:
                for name, value in counters:
                    w.line("w", name, value)
                if end:
                    w.line("y", n * width, i)
                    w.event("exit" if end[0] == "exit" else "signal", n * width, live, blk[2], allocs, frees, allocated, done, has_rows=False)
                    w.line("z", end[0], n * width, end[1])
            w.commit()
    data = path.read_bytes()
    if damage is not None:
        at = data.index(b"\nc %d " % damage) + len(b"\nc %d " % damage)
        data = data[:at] + b"00000000" + data[at + 8:]
    path.write_bytes(data[:len(data) - cut])
    return str(path)
