#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Computes the checksums of hand-written profiles again, in place: seal.py FILE..."""
import sys
import zlib


def seal(data):
    done, since = [], b""
    for line in data.splitlines(keepends=True):
        if line.startswith(b"c "):
            sequence = line.split()[1]
            line = b"c %s %08x\n" % (sequence, zlib.crc32(since))
            since = b""
        else:
            since += line
        done.append(line)
    return b"".join(done)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with open(name, "rb") as f:
            data = f.read()
        with open(name, "wb") as f:
            f.write(seal(data))
