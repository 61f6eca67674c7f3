#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes those profiles of this directory that are too long to be written by hand: make_golden.py DIRECTORY.

leak.lg    60 intervals: 100 bytes stay per tick, 10 ticks per interval, under churn of 50 kB; a cache fills for six intervals and
           then is constant. Marks, a peak, exit. All numbers can be computed in the head.
names.lg   names that are no UTF-8 or hold control characters, nested contexts, a mapping, a snapshot without rows, `l`, a signal.
killed.lg  30 intervals, constant but for a burst of 8 MB that no interval's end saw; then the file ends within a transaction.
reclaim.lg reclamation: see domains.py.
brief.lg   40 intervals in short lines: a block of 100 bytes stays per interval; of a queue of three blocks the oldest is replaced; a hundred
           blocks come and go, at most four at a time; a buffer grows by reallocs and is given back every tenth interval.
"""
import os
import sys

from domains import reclaim
from lgfile import Writer

LEAK = (("malloc_wrapper", "util.c", 12), ("remember_request", "server.c", 120), ("serve", "server.c", 80),
        ("main", "server.c", 30))
CACHE = (("cache_fill", "cache.c", 44), ("serve", "server.c", 85), ("main", "server.c", 30))
CHURN = (("format_reply", "reply.c", 200), ("serve", "server.c", 90), ("main", "server.c", 30))


def leak(out):
    w = Writer(out, args=("./server", "--port", "7000"), desc="one leak under churn")
    allocs = frees = allocated = 0
    for i in range(60):
        w.begin((i + 1) * 10)
        a, c, h = (w.account(w.stack(*s)) for s in (LEAK, CACHE, CHURN))
        cache = min(i + 1, 6) * 10000
        grew = i < 6
        leaked_before, leaked = i * 1000, (i + 1) * 1000
        allocs += 10 + 100 + grew
        frees += 100
        allocated += 1000 + 50000 + 10000 * grew
        live, blk = leaked + cache, (i + 1) * 10 + min(i + 1, 6)
        before = leaked_before + cache - 10000 * grew
        w.total(i, 0, (i + 1) * 10, live, blk, before, live + 50000, i * 10 + min(i, 6), blk + 100, allocs, frees,
                allocated, (i + 1) * 10)
        w.line("i", a, i, 0, leaked_before, leaked, leaked, i * 10, (i + 1) * 10, (i + 1) * 10, 10, 0, 1000, 0)
        w.line("v", a, i, 0, 10, 1000)
        if grew:
            w.line("i", c, i, 0, cache - 10000, cache, cache, i, i + 1, i + 1, 1, 0, 10000, 0)
            w.line("v", c, i, 0, 1, 10000)
        w.line("i", h, i, 0, 0, 50000, 0, 0, 100, 0, 100, 100, 50000, 0)
        w.line("g", h, 0, 100)
        w.line("p", (i + 1) * 10 - 1, live + 50000, blk + 100)
        w.line("q", h, 50000, 100)
        if i == 29:
            w.event("mark", 300, live, blk, allocs, frees, allocated, 300, ((a, leaked, 300), (c, cache, 6)), b"half time")
        if i == 59:
            w.line("y", 600, 59)
            w.event("exit", 600, live, blk, allocs, frees, allocated, 600, ((a, leaked, 600), (c, cache, 6)))
            w.line("w", "double-free", 2)
            w.line("w", "bogus-free", 0)
            w.line("z", "exit", 600, 3)
        w.commit()


def killed(out):
    w = Writer(out, args=("./burst",), base=100)
    for i in range(30):
        w.begin((i + 1) * 100)
        base = w.account(w.stack(("load_config", "config.c", 7), ("main", "burst.c", 9)))
        burst = w.account(w.stack(("render_backtrace", "error.c", 70), ("fail", "error.c", 20), ("main", "burst.c", 22)))
        peak = 8000000 if i == 20 else 0
        allocs, frees = 5 + 8 * (i >= 20), 8 * (i >= 20)
        w.total(i, 0, (i + 1) * 100, 500000, 5, 0 if i == 0 else 500000, 500000 + peak, 0 if i == 0 else 5,
                5 + (8 if peak else 0), allocs, frees, 500000 + 8000000 * (i >= 20))
        if i == 0:
            w.line("i", base, 0, 0, 0, 500000, 500000, 0, 5, 5, 5, 0, 500000, 0)
            w.line("v", base, 0, 0, 5, 500000)
            w.line("p", 50, 500000, 5)
        if peak:
            w.line("i", burst, i, 0, 0, peak, 0, 0, 8, 0, 8, 8, peak, 0)
            w.line("g", burst, 0, 8)
            w.line("p", 2050, 500000 + peak, 13)
            w.line("q", burst, peak, 8)
            w.event("burst", 2050, 500000 + peak, 13, 13, 0, 500000 + peak, 0, ((base, 500000, 5), (burst, peak, 8)))
        w.commit()
    out.write(b"b 31 3100\nt 30 0 3050 5000")


def names(out):
    w = Writer(out, args=(b"./\xff\xfeodd", b"--name=\\x1b[31mred", b"tab\\x09new\\nline", b"back\\\\slash", b""))
    w.begin(10)
    outer = w.define("x", 0, b"requ\xc3\xa9te")
    inner = w.define("x", outer, b"POST \xed\xa0\x80 /upload \xf0\x9f\x92\xbe")
    new = w.stack((b"operator new[](unsigned long)", b"", 0, b"/usr/lib/libstdc++.so.6"),
                  (b"ns::\xc3\x9cber<int, std::vector<char> >::add(int)", b"\xc3\xbcber.cc", 3, b"/opt/\xff/bin"),
                  (b"???", b"", 0, b""))
    evil = w.stack((b"evil\\x1b]0;title\\x07", b"a\xc2\x9bb.c", 1, b""))
    a, b, m = w.account(new, inner), w.account(evil), w.account(evil, outer, "m")
    w.total(0, 0, 10, 30, 2, 0, 40, 0, 3, 3, 1, 40)
    w.line("i", a, 0, 0, 0, 20, 20, 0, 1, 1, 1, 0, 20, 0)
    w.line("i", b, 0, 0, 0, 20, 10, 0, 2, 1, 2, 1, 20, 0)
    w.line("i", m, 0, 0, 0, 8192, 8192, 0, 1, 1, 1, 0, 8192, 0)
    w.line("p", 8, 40, 3)
    w.event("mark", 5, 30, 2, 3, 1, 40, 0, ((a, 20, 1), (b, 10, 1)), b"caf\xe9 \\x1b[2J\xe2\x82\xac")
    w.event("mark", 6, 30, 2, 3, 1, 40, name=b"", has_rows=False)
    w.line("l", b, 4, 1, 20, 2)
    w.line("w", b"caf\xe9", 7)
    w.line("z", "signal", 12, 11)
    w.commit()


DESCENT = tuple(("descend", "walk.c", 20) for _ in range(12)) + (("walk", "walk.c", 40), ("main", "walk.c", 60))


def brief(out, short=True):
    """The same in long lines otherwise."""
    w = Writer(out, args=("./walk",), desc="forty intervals in short lines")

    def stacks():
        kept = w.stack(("keep", "walk.c", 10), *DESCENT)
        ids = [w.frame("replace", "walk.c", 12)], [w.frame("pass_by", "walk.c", 14)], [w.frame("grow", "walk.c", 16), *[w.frame(*DESCENT[0])] * 3]
        for own in ids:
            if short:
                w.count["k"] += 1
                w.line("K", w.count["k"], kept, 14, *own)
            else:
                w.define("k", len(own) + 14, *own, *(w.frame(*f) for f in DESCENT))
        return [w.account(kept + i) for i in range(4)]

    peak = 0
    for i in range(40):
        w.begin((i + 1) * 10)
        keep, queue, passing, buffer = stacks() if i == 0 else (1, 2, 3, 4)
        n, grown = min(i, 3), i % 10
        freed = grown == 9
        before = i * 100 + n * 50 + grown * 1000
        live = (i + 1) * 100 + min(i + 1, 3) * 50 + (0 if freed else (grown + 1) * 1000)
        blk = i + 1 + min(i + 1, 3) + (not freed)
        tens, rest = divmod(i + 1, 10)
        allocs = (i + 1) * 103 - tens
        allocated = (i + 1) * 1150 + tens * 45000 + rest * (rest + 1) * 500
        w.total(i, 0, (i + 1) * 10, live, blk, min(before, live), max(before, live) + 40, min(i + n + (grown > 0), blk),
                blk + 4, allocs, allocs - blk, allocated)
        if short:
            w.line("A", keep, 1, 100, *((0, 0, i, i * 100) if i else ()))
            if i < 3:
                w.line("A", queue, 1, 50, *((0, 0, i, i * 50) if i else ()))
            else:
                w.line("A", queue, 1, 50, 1, 50, 3, 150, "v", i - 3, -1, -50, "g", 2, 1)
            w.line("A", passing, 100, 1000, 100, 1000, 0, 0, "m", 0, 0, 4, 40)
            if grown == 0:
                w.line("A", buffer, 1, 1000)
            elif not freed:
                w.line("A", buffer, 0, (grown + 1) * 1000, 0, grown * 1000, 1, grown * 1000, "m", 1, grown * 1000, 1, (grown + 1) * 1000,
                       "r", 1, "v", i - grown, 0, 1000)
            else:
                w.line("A", buffer, 0, 0, 1, 9000, 1, 9000, "v", i - 9, -1, -9000, "g", 5, 1)
        else:
            w.line("i", keep, i, 0, i * 100, (i + 1) * 100, (i + 1) * 100, i, i + 1, i + 1, 1, 0, 100, 0)
            w.line("v", keep, i, 0, 1, 100)
            after = min(i + 1, 3)
            w.line("i", queue, i, 0, *((100, 150, 150, 2, 3, 3, 1, 1) if i >= 3 else (i * 50, after * 50, after * 50, i, after, after, 1, 0)), 50, 0)
            w.line("v", queue, *((i - 3, 0, -1, -50) if i >= 3 else ()), i, 0, 1, 50)
            if i >= 3:
                w.line("g", queue, 2, 1)
            w.line("i", passing, i, 0, 0, 40, 0, 0, 4, 0, 100, 100, 1000, 0)
            w.line("g", passing, 0, 100)
            if grown == 0:
                w.line("i", buffer, i, 0, 0, 1000, 1000, 0, 1, 1, 1, 0, 1000, 0)
                w.line("v", buffer, i, 0, 1, 1000)
            elif not freed:
                w.line("i", buffer, i, 0, grown * 1000, (grown + 1) * 1000, (grown + 1) * 1000, 1, 1, 1, 0, 0, (grown + 1) * 1000, 1)
                w.line("v", buffer, i - grown, 0, 0, 1000)
            else:
                w.line("i", buffer, i, 0, 0, 9000, 0, 0, 1, 0, 0, 1, 0, 0)
                w.line("v", buffer, i - 9, 0, -1, -9000)
                w.line("g", buffer, 5, 1)
        if live + 40 > peak:
            peak = live + 40
            w.line("p", i * 10 + 9, peak, blk + 4)
            w.line("q", passing, 40, 4)
        if i == 39:
            w.line("z", "exit", 400, 0)
        w.commit()


if __name__ == "__main__":
    for name, make in (("leak.lg", leak), ("killed.lg", killed), ("names.lg", names), ("reclaim.lg", reclaim), ("brief.lg", brief)):
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            make(f)
