# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes profiles (docs/FORMAT.md) for tests, independently of the tool's writer."""
import zlib


class Writer:
    """One profile. Lines are collected per transaction; commit() closes it."""

    def __init__(self, out, unit="ms", base=10, args=("./program",), desc="", heap_limit=0):
        self.out, self.lines, self.seq, self.ids, self.count = out, [], 0, {}, {}
        self.lines.append(b"leakgrow-profile 1\n")
        for name, value in (("pid", 1234), ("ppid", 1), ("tool", "0.1.0"), ("valgrind", "3.19.0"), ("unit", unit),
                            ("base", base), ("depth", 40), ("heap-limit", heap_limit), ("desc", desc)):
            self.line("h", name, value)
        for arg in args:
            self.line("h", "arg", arg)
        self.commit()

    def line(self, tag, *fields):
        """Fields are numbers, words, or bytes for text that is escaped already."""
        parts = [tag.encode()] + [f if isinstance(f, bytes) else str(f).encode() for f in fields]
        self.lines.append(b" ".join(parts) + b"\n")

    def begin(self, time):
        self.line("b", self.seq, time)

    def commit(self):
        data = b"".join(self.lines)
        self.out.write(data)
        self.out.write(b"c %d %08x\n" % (self.seq, zlib.crc32(data)))
        self.lines = []
        self.seq += 1

    def define(self, tag, *fields):
        """The id of a definition; written when it is new."""
        key = (tag, fields)
        if key not in self.ids:
            self.ids[key] = self.count[tag] = self.count.get(tag, 0) + 1
            self.line(tag, self.ids[key], *fields)
        return self.ids[key]

    def frame(self, fn, file, line, obj="/usr/bin/program", inlined=0):
        fn_id, obj_id = self.define("f", fn), self.define("o", obj) if obj else 0
        file_id = self.define("s", file) if file else 0
        return self.define("n", fn_id, obj_id, file_id, line, inlined)

    def stack(self, *frames):
        ids = [self.frame(*f) for f in frames]
        return self.define("k", len(ids), *ids)

    def account(self, stack, context=0, kind="h"):
        return self.define("a", kind, context, stack)

    def total(self, index, shift, time, live, blk, floor, ceiling, floor_blk, ceiling_blk, allocs, frees, allocated,
              ticks=0, rss=1000000, mapped=2000000, tool=60000000):
        self.line("t", index, shift, time, live, blk, floor, ceiling, floor_blk, ceiling_blk, allocs, frees, allocated,
                  ticks, rss, mapped, tool)

    def event(self, kind, time, live, blk, allocs, frees, allocated, ticks=0, rows=(), name=b"", has_rows=True):
        self.line("e", kind, time, live, blk, allocs, frees, allocated, ticks, 1000000, 2000000, 60000000,
                  1 if has_rows else 0, name)
        for account, B, n in rows:
            self.line("r", account, B, n)
