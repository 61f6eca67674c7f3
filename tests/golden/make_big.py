#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a large profile to standard output: make_big.py LINES [ACCOUNTS [many|one]].

many: like a long run whose rewriting never succeeded. Each transaction is one interval, in which a tenth of the accounts moved.
      Intervals get wider as the run goes on.
one:  like a profile just rewritten: all in one transaction, each account in each interval.
"""
import random
import sys

from lgfile import Writer


def accounts_of(w, n):
    return [w.account(w.stack((f"allocate_{i % 700}", f"part_{i % 90}.c", i), ("step", f"step_{i % 40}.c", i % 300),
                              (f"caller_{i % 250}", "caller.c", i % 900), ("main", "main.c", 1))) for i in range(n)]


def record(w, rng, account, index, shift):
    size, n = rng.randrange(10, 10 ** 6), rng.randrange(1, 5000)
    w.line("i", account, index, shift, size // 2, size * 2, size, n // 2, n * 2, n, n * 3, n * 3, size * 3, 0)
    w.line("v", account, index, shift, n // 3, size // 3, max(0, index - 1), shift, -(n // 9), -(size // 9))


def total(w, index, shift):
    end = (index + 1) << shift
    w.total(index, shift, end * 10, 10 ** 8, 10 ** 5, 9 * 10 ** 7, 2 * 10 ** 8, 10 ** 4, 10 ** 6, end * 1000, end * 990,
            end * 64000, end)


def many(w, rng, lines, ids):
    written, base, shift = 0, 0, 0
    while written < lines:
        width = 1 << shift
        if base // width >= 200:
            shift += 1
            continue
        w.begin((base + width) * 10)
        total(w, base // width, shift)
        for a in rng.sample(ids, max(1, len(ids) // 10)):
            record(w, rng, a, base // width, shift)
            written += 2
        w.commit()
        base += width if rng.random() < 0.02 else 0


def one(w, rng, lines, ids):
    w.begin(10)
    intervals = min(200, max(1, lines // (2 * len(ids))))
    for index in range(intervals):
        total(w, index, 5)
    for a in ids:
        for index in range(intervals):
            record(w, rng, a, index, 5)
    w.commit()


def main(lines, accounts, shape):
    w = Writer(sys.stdout.buffer, args=("./big",))
    w.begin(1)
    ids = accounts_of(w, accounts)
    w.total(0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    w.commit()
    {"many": many, "one": one}[shape](w, random.Random(1), lines, ids)
    w.begin(10 ** 9)
    w.line("z", "exit", 10 ** 9, 0)
    w.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20000, sys.argv[3] if len(sys.argv) > 3 else "many")
