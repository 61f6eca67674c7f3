#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a large profile to standard output: make_big.py LINES [ACCOUNTS].

It looks like that of a long run whose rewriting never succeeded: each transaction is one interval, in which a tenth of the
accounts moved. Intervals get wider as the run goes on.
"""
import random
import sys

from lgfile import Writer


def main(lines, accounts):
    rng = random.Random(1)
    w = Writer(sys.stdout.buffer, args=("./big",))
    written, base, shift = 0, 0, 0
    w.begin(1)
    ids = [w.account(w.stack((f"allocate_{i % 700}", f"part_{i % 90}.c", i), ("step", f"step_{i % 40}.c", i % 300),
                             (f"caller_{i % 250}", "caller.c", i % 900), ("main", "main.c", 1))) for i in range(accounts)]
    w.total(0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    w.commit()
    while written < lines:
        width = 1 << shift
        if base // width >= 200:
            shift += 1
            continue
        index, time = base // width, (base + width) * 10
        w.begin(time)
        w.total(index, shift, time, 10 ** 8, 10 ** 5, 9 * 10 ** 7, 2 * 10 ** 8, 10 ** 4, 10 ** 6, base * 1000, base * 990,
                base * 64000, base)
        for a in rng.sample(ids, max(1, accounts // 10)):
            size, n = rng.randrange(10, 10 ** 6), rng.randrange(1, 5000)
            w.line("i", a, index, shift, size // 2, size * 2, size, n // 2, n * 2, n, n * 3, n * 3, size * 3, 0)
            w.line("v", a, index, shift, n // 3, size // 3, max(0, index - 1), shift, -(n // 9), -(size // 9))
            written += 2
        w.commit()
        base += width if rng.random() < 0.02 else 0
    w.begin(time)
    w.line("z", "exit", time, 0)
    w.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20000)
