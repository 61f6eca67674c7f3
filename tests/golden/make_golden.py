#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes those profiles of this directory that are too long to be written by hand: make_golden.py DIRECTORY.

leak.lg    60 intervals: 100 bytes stay per tick, 10 ticks per interval, under churn of 50 kB; a cache fills for six intervals and
           then is constant. Marks, a peak, exit. All numbers can be computed in the head.
names.lg   names that are no UTF-8 or hold control characters, nested contexts, a mapping, a snapshot without rows, `l`, a signal.
killed.lg  30 intervals, constant but for a burst of 8 MB that no interval's end saw; then the file ends within a transaction.
reclaim.lg reclamation: see domains.py.
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


if __name__ == "__main__":
    for name, make in (("leak.lg", leak), ("killed.lg", killed), ("names.lg", names), ("reclaim.lg", reclaim)):
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            make(f)
