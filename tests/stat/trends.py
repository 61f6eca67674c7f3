# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/TRENDS.md: TRENDS.in.md with its @name@ lines replaced by tables made from rates.tsv.

usage: trends.py rates.tsv TRENDS.in.md"""
import math
import sys

SHAPES = "flat linear accelerating saturating step burst sawtooth plateau lag batches doubling fluctuating".split()
CLASSES = {"B": "bounded", "S": "steady", "I": "irregular", "O": "open"}


class Row:
    def __init__(self, table, name, cls, counts):
        self.table, self.name, self.cls, self.counts = table, name, cls, counts
        (self.runs, self.growing, self.inconclusive, self.due, self.found, self.unsure, self.slopes, self.covered) = counts[:8]
        self.shares = [counts[8 + 3 * k : 11 + 3 * k] for k in range(4)]
        self.shapes = counts[20:]

    def __add__(self, other):
        return Row(self.table, self.name, self.cls, [a + b for a, b in zip(self.counts, other.counts)])


def percent(hits, n, digits=1):
    return f"{100 * hits / n:.{digits}f}" if n else "-"


def interval(hits, n, digits):
    """95 % interval of a proportion (Wilson)."""
    if not n:
        return "-"
    z = 1.96
    p = hits / n
    centre = p + z * z / (2 * n)
    arm = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = (max(0.0, (centre - arm) / (1 + z * z / n)), min(1.0, (centre + arm) / (1 + z * z / n)))
    return f"{100 * low:.{digits}f} .. {100 * high:.{digits}f}"


def total(rows):
    rows = list(rows)
    result = rows[0]
    for row in rows[1:]:
        result = result + row
    return result


def shapes(row):
    best = sorted(((n, name) for n, name in zip(row.shapes, SHAPES) if n * 5 >= row.runs), reverse=True)
    return ", ".join(f"{name} {round(100 * n / row.runs)}" for n, name in best)


def goals(rows):
    main = [r for r in rows if r.table == "main"]
    bounded, steady, irregular = (total(r for r in main if r.cls == c) for c in "BSI")
    without = total(r for r in main if r.cls == "B" and r.name != "plateau_long")

    def met(value, goal, proven=True):
        return f"**missed** (goal {goal})" if not value else "met" if proven else f"met (goal {goal}), not proven"

    yield "| | measured % | 95 % interval | n | |"
    yield "|---|---|---|---|---|"
    for name, r in (("bounded accounts called growing", bounded), ("the same without `plateau_long`", without)):
        yield (f"| {name} | {percent(r.growing, r.runs, 3)} | {interval(r.growing, r.runs, 3)} | {r.runs} "
               f"| {met(r.growing * 2000 <= r.runs, '0.05', float(interval(r.growing, r.runs, 3).split()[-1]) <= 0.05)} |")
    yield (f"| bounded accounts called inconclusive | {percent(bounded.inconclusive, bounded.runs, 2)} "
           f"| {interval(bounded.inconclusive, bounded.runs, 2)} | {bounded.runs} "
           f"| {met(bounded.inconclusive * 100 <= 3 * bounded.runs, '3')} |")
    for name, r, goal in (("steady leaks that were due, found", steady, 99), ("irregular leaks that were due, found", irregular, 95)):
        yield (f"| {name} | {percent(r.found, r.due, 2)} | {interval(r.found, r.due, 2)} | {r.due} "
               f"| {met(r.found * 100 >= goal * r.due, goal)} |")
    for name, r in (("steady leaks that were due, inconclusive", steady), ("irregular leaks that were due, inconclusive", irregular)):
        yield (f"| {name} | {percent(r.unsure, r.due, 2)} | {interval(r.unsure, r.due, 2)} | {r.due} "
               f"| {met(r.unsure * 100 <= 3 * r.due, '3')} |")
    growing = total(r for r in main if r.cls in "SI")
    yield (f"| slopes whose interval holds the truth | {percent(growing.covered, growing.slopes, 1)} "
           f"| {interval(growing.covered, growing.slopes, 1)} | {growing.slopes} | 95 promised |")


def bounded_table(rows):
    yield "| behaviour | growing % | of | inconclusive % | shape % |"
    yield "|---|---|---|---|---|"
    for r in rows:
        if r.table == "main" and r.cls == "B":
            yield f"| {r.name} | {percent(r.growing, r.runs, 2)} | {r.runs} | {percent(r.inconclusive, r.runs)} | {shapes(r)} |"


def growing_table(rows):
    yield "| behaviour | class | due | found % | inconclusive % | leak below 1 % | 1 .. 5 % | 5 .. 20 % | above 20 % | slope held % | shape % |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for r in rows:
        if r.table == "main" and r.cls != "B":
            by_share = " | ".join(f"{percent(f, n, 0)} / {percent(u, n, 0)} ({n})" if n else "" for n, f, u in r.shares)
            found = (f"{r.due} | {percent(r.found, r.due)} | {percent(r.unsure, r.due)}" if r.due * 10 >= r.runs
                     else f"of {r.runs} | {percent(r.growing, r.runs)} | {percent(r.inconclusive, r.runs)}")
            yield f"| {r.name} | {CLASSES[r.cls]} | {found} | {by_share} | {percent(r.covered, r.slopes, 0)} | {shapes(r)} |"


def short_table(rows):
    yield "| intervals | bounded called growing % | inconclusive % | n | steady leaks found % | inconclusive % | n |"
    yield "|---|---|---|---|---|---|---|"
    for table in dict.fromkeys(r.table for r in rows if r.table.startswith("short")):
        b, s = (total(r for r in rows if r.table == table and r.cls == c) for c in "BS")
        yield (f"| {table[6:]} | {percent(b.growing, b.runs, 3)} | {percent(b.inconclusive, b.runs)} | {b.runs} "
               f"| {percent(s.found, s.due)} | {percent(s.unsure, s.due)} | {s.due} |")


def halved_table(rows):
    yield "| intervals were halved | bounded called growing % | 95 % interval | n |"
    yield "|---|---|---|---|"
    for table in dict.fromkeys(r.table for r in rows if r.table.startswith("halved")):
        b = total(r for r in rows if r.table == table)
        yield f"| {table[7:]} | {percent(b.growing, b.runs, 3)} | {interval(b.growing, b.runs, 3)} | {b.runs} |"


def sums_table(rows):
    yield "| sum of | growing % | inconclusive % | n | leak 1 .. 5 % of the sum: found % | 5 .. 20 % | above 20 % |"
    yield "|---|---|---|---|---|---|---|"
    for r in rows:
        if r.table == "sums":
            shares = " | ".join(f"{percent(f, n, 0)} ({n})" if n else "" for n, f, _ in r.shares[1:])
            yield f"| {r.name} | {percent(r.growing, r.runs, 2)} | {percent(r.inconclusive, r.runs)} | {r.runs} | {shares} |"


def main():
    rows = []
    seed = ""
    with open(sys.argv[1], encoding="ascii") as f:
        for line in f:
            if line.startswith("#"):
                seed = line[1:].strip()
                continue
            fields = line.rstrip("\n").split("\t")
            rows.append(Row(fields[0], fields[1], fields[2], [int(x) for x in fields[3:]]))
    tables = {"@goals@": goals, "@bounded@": bounded_table, "@growing@": growing_table, "@short@": short_table,
              "@halved@": halved_table, "@sums@": sums_table, "@seed@": lambda _: [f"Measured with {seed}."]}
    with open(sys.argv[2], encoding="utf-8") as f:
        for line in f:
            print("\n".join(tables[line.strip()](rows)) if line.strip() in tables else line, end="\n" if line.strip() in tables else "")


main()
