# SPDX-License-Identifier: GPL-2.0-or-later
"""Says a profile's intervals and stacks in short lines (docs/FORMAT.md, section 5b) where these can say the same."""
from seal import seal


def extremes(births, deaths, before):
    """Minimum and maximum in the order that a short line implies; each argument is blocks and bytes."""
    went_first = all(d <= b for d, b in zip(deaths, before))
    if went_first:
        return [(b - d, max(b, b - d + n)) for n, d, b in zip(births, deaths, before)]
    return [(min(b, b - d + n), b + n) for n, d, b in zip(births, deaths, before)]


def short(record, survivors, ages, end, index):
    """The `A` line for the numbers of an `i` line, or None. `survivors` by index, `ages` by bucket."""
    a, _, _, low_B, high_B, end_B, low, high, end_blk, births, died, births_B, resizes = record
    blk, B = (sum(change[k] for change in survivors.values()) for k in (0, 1))
    if blk != births - died or sum(ages.values()) != died or any(i > index for i in survivors):
        return None
    before, went_B = (end_blk - blk, end_B - B), births_B - B
    if min(*before, went_B) < 0 or (end.get(a, (0, 0)) != before):
        return None
    numbers = [a, births, births_B, died, went_B, *before]
    while len(numbers) > 2 and numbers[-1] == 0:
        numbers.pop()
    line = "A " + " ".join(map(str, numbers))
    if extremes((births, births_B), (died, went_B), before) != [(low, high), (low_B, high_B)]:
        line += f" m {low} {low_B} {high} {high_B}"
    if resizes:
        line += f" r {resizes}"
    old = [f" {i} {b} {n}" for i, (b, n) in sorted(survivors.items()) if i < index and (b or n)]
    aged = [f" {k} {n}" for k, n in sorted(ages.items()) if k and n]
    return line + (" v" + "".join(old) if old else "") + (" g" + "".join(aged) if aged else "")


def groups(numbers, n):
    return [numbers[i:i + n] for i in range(0, len(numbers), n)]


class Shortener:
    def __init__(self):
        self.end, self.stacks, self.count = {}, {}, {"A": 0, "K": 0}

    def stack(self, line):
        numbers = list(map(int, line.split()[1:]))
        stack, frames = numbers[0], numbers[2:]
        base = self.stacks.get(stack - 1, [])
        shared = 0
        while shared < min(len(base), len(frames)) and base[-1 - shared] == frames[-1 - shared]:
            shared += 1
        self.stacks[stack] = frames
        if shared == 0:
            return line
        self.count["K"] += 1
        return " ".join(["K", str(stack), str(stack - 1), str(shared), *map(str, frames[:len(frames) - shared])])

    def transaction(self, lines):
        """Replaces the `i` lines of the last `t` line's interval, and the `v` and `g` lines of their accounts."""
        interval = [line.split()[1:3] for line in lines if line.startswith("t ")][-1:]
        tagged = {tag: [list(map(int, line.split()[1:])) for line in lines if line.startswith(tag + " ")] for tag in "ivg"}
        replaced = {}
        for record in tagged["i"]:
            a, index, shift = record[:3]
            of = {tag: [n[1:] for n in tagged[tag] if n[0] == a] for tag in "ivg"}
            changes = [g for numbers in of["v"] for g in groups(numbers, 4)]
            if [[str(index), str(shift)]] == interval and len(of["i"]) == 1 and all(g[1] == shift for g in changes):
                survivors = {}
                for i, _, blk, B in changes:
                    was = survivors.get(i, (0, 0))
                    survivors[i] = (was[0] + blk, was[1] + B)
                ages = dict(groups([n for numbers in of["g"] for n in numbers], 2))
                line = short(record, survivors, ages, self.end, index)
                if line:
                    replaced[a] = line
            self.end[a] = (record[8], record[5])
        out, t = [], max((i for i, line in enumerate(lines) if line.startswith("t ")), default=0)
        late = []
        for i, line in enumerate(lines):
            tag, account = line[:1], line.split()[1] if " " in line else ""
            if tag in "ivg" and account.isdigit() and int(account) in replaced:
                if tag == "i":
                    self.count["A"] += 1
                    (out if i > t else late).append(replaced[int(account)])
                continue
            out.append(self.stack(line) if tag == "k" else line)
            if i == t:
                out += late
        return out


def shorten(data):
    """Returns the profile in short lines, and how many of each kind it has."""
    s, out, lines = Shortener(), [], []
    for line in data.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        if line.startswith("c "):
            out += s.transaction(lines) + [line]
            lines = []
        else:
            lines.append(line)
    return seal("\n".join(out + lines + [""]).encode("utf-8", "surrogateescape")), s.count
