# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles of programs that retire memory, for tests: heap accounts, their waiting parts and domains from one simulation.

All lines of an interval follow from what each simulated source did in it, so that every number in the report can be computed
by hand. A source allocates and retires `rate` objects per interval; each is freed when its domain says so."""
from lgfile import Writer

BASE = 10


def bucket(v):
    """The histogram's bucket of a value (docs/FORMAT.md section 5a)."""
    if v < 16:
        return v
    k = v.bit_length() - 1
    return 16 * (k - 3) + ((v >> (k - 4)) - 16)


class Track:
    """One account: exact bounds within the interval, as the tool keeps them."""

    def __init__(self, id):
        self.id, self.B, self.blk = id, 0, 0
        self.start()

    def start(self):
        self.lo_B = self.hi_B = self.B
        self.lo, self.hi = self.blk, self.blk
        self.births = self.deaths = self.births_B = 0

    def change(self, blk, B):
        self.blk += blk
        self.B += B
        self.lo_B, self.hi_B = min(self.lo_B, self.B), max(self.hi_B, self.B)
        self.lo, self.hi = min(self.lo, self.blk), max(self.hi, self.blk)
        self.births += max(blk, 0)
        self.births_B += max(B, 0)
        self.deaths += max(-blk, 0)

    def put(self, w, index, shift=0):
        if self.births or self.deaths:
            w.line("i", self.id, index, shift, self.lo_B, self.hi_B, self.B, self.lo, self.hi, self.blk, self.births,
                   self.deaths, self.births_B, 0)


class Domain:
    def __init__(self, sim, scheme, name, retire_stack, coverage=b""):
        w = sim.w
        self.sim, self.context = sim, w.define("x", 0, name)
        self.id = w.define("d", scheme, self.context, name)
        self.total = sim.track("r", 0, self.context)
        self.by_stack = sim.track("r", w.stack(*retire_stack), self.context)
        self.queue, self.hist, self.epoch, self.advances, self.pins = [], {}, 1, 0, 0
        if coverage:
            w.line("C", self.id, coverage)

    def retire(self, n, parts):
        """n objects now; parts: (heap account, bytes) of each."""
        B = sum(b for _, b in parts)
        for track in (self.total, self.by_stack):
            track.change(n, n * B)
        for heap, b in parts:
            heap.waiting.change(n, n * b)
        self.queue.append([self.sim.now, self.advances, n, parts])

    def free(self, n):
        """The n oldest."""
        while n > 0 and self.queue:
            first = self.queue[0]
            part = min(n, first[2])
            B = sum(b for _, b in first[3])
            for track in (self.total, self.by_stack):
                track.change(-part, -part * B)
            for heap, b in first[3]:
                heap.waiting.change(-part, -part * b)
                heap.change(-part, -part * b)
            us = (self.sim.now - first[0]) * 1000
            for metric, v in (("lag_ms", us), ("grace_ms", us), ("lag_epochs", self.advances - first[1])):
                counts = self.hist.setdefault(metric, [0, {}])
                counts[0] = max(counts[0], v)
                counts[1][bucket(v)] = counts[1].get(bucket(v), 0) + part
            first[2] -= part
            n -= part
            if first[2] == 0:
                self.queue.pop(0)

    def put(self, w, index):
        w.line("D", self.id, index, 0, self.epoch, self.advances, self.pins)
        for metric, (most, counts) in self.hist.items():
            w.line("H", self.id, metric, most, *[x for b in sorted(counts) for x in (b, counts[b])])


class Sim:
    """A program; step() ends an interval."""

    def __init__(self, out, args=("./program",), **kwargs):
        self.w, self.tracks, self.heap, self.domains, self.extra = Writer(out, args=args, base=BASE, **kwargs), [], [], [], []
        self.index = self.allocs = self.frees = self.allocated = self.peak = 0
        self.w.begin(BASE)
        self.live, self.blk = 0, 0

    @property
    def now(self):
        return self.index * BASE

    def track(self, kind, stack, context=0):
        t = Track(self.w.account(stack, context, kind))
        self.tracks.append(t)
        return t

    def account(self, *frames):
        """A heap account with its waiting part."""
        stack = self.w.stack(*frames)
        heap = self.track("h", stack)
        heap.waiting = self.track("w", stack)
        self.heap.append(heap)
        return heap

    def domain(self, *args, **kwargs):
        d = Domain(self, *args, **kwargs)
        self.domains.append(d)
        return d

    def step(self):
        w, heap = self.w, self.heap
        self.allocs += sum(t.births for t in heap)
        self.frees += sum(t.deaths for t in heap)
        self.allocated += sum(t.births_B for t in heap)
        self.live, self.blk = sum(t.B for t in heap), sum(t.blk for t in heap)
        w.total(self.index, 0, self.now + BASE, self.live, self.blk, sum(t.lo_B for t in heap), sum(t.hi_B for t in heap),
                sum(t.lo for t in heap), sum(t.hi for t in heap), self.allocs, self.frees, self.allocated)
        peak = sum(t.hi_B for t in heap)
        if peak > self.peak:
            self.peak = peak
            w.line("p", self.now + BASE - 1, peak, sum(t.hi for t in heap))
            for t in heap:
                w.line("q", t.id, t.hi_B, t.hi)
        for t in self.tracks:
            t.put(w, self.index)
            t.start()
        for d in self.domains:
            d.put(w, self.index)
        for line in self.extra:
            w.line(*line)
        self.extra = []
        w.commit()
        self.index += 1
        w.begin(self.now + BASE)

    def end(self):
        w = self.w
        w.line("y", self.now, self.index - 1)
        w.event("exit", self.now, self.live, self.blk, self.allocs, self.frees, self.allocated,
                rows=[(t.id, t.B, t.blk) for t in self.heap if t.blk])
        w.line("z", "exit", self.now, 0)
        w.commit()


NODE = (("Node::new", "queue.rs", 30), ("Queue::push", "queue.rs", 55), ("worker", "main.rs", 20))
BUFFER = (("Vec::with_capacity", "vec.rs", 4), ("Message::new", "message.rs", 12), ("worker", "main.rs", 21))
POP = (("crossbeam_epoch::guard::Guard::defer_destroy", "guard.rs", 270), ("Queue::pop", "queue.rs", 80), ("worker", "main.rs", 25))
SCAN = (("crossbeam_epoch::default::pin", "default.rs", 44), ("Reader::scan", "reader.rs", 40), ("report_loop", "main.rs", 60))
ENTRY = (("entry_new", "table.c", 12), ("table_replace", "table.c", 70), ("writer", "main.c", 9))
CALL_RCU = (("urcu_memb_call_rcu", "", 0, "/usr/lib/liburcu-memb.so.8"), ("table_replace", "table.c", 74), ("writer", "main.c", 9))
LATE = (("list_unlink", "list.c", 31), ("sweep", "list.c", 60), ("main", "main.c", 80))


def reclaim(out):
    """60 intervals of 10 ms. crossbeam-epoch: 100 objects of 64 + 1,000 bytes are retired per interval and freed in the next one, until
    thread 3 stays pinned at 150 ms. liburcu-memb: 50 objects of 128 bytes per interval, freed two intervals later. A third domain
    was held up from 100 ms to 200 ms by a thread that was then released."""
    sim = Sim(out, args=("./queue",), desc="a stalled reader, a healthy domain, a stall that ended")
    node, buffer, entry, late = (sim.account(*s) for s in (NODE, BUFFER, ENTRY, LATE))
    epoch = sim.domain("ebr", b"crossbeam-epoch", POP, b"events: 5 of 5 hooks; pins: exact")
    rcu = sim.domain("rcu", b"liburcu-memb", CALL_RCU)
    ended = sim.domain("hp", b"list", LATE)
    scan, since, stall = sim.w.stack(*SCAN), 150, 0
    for i in range(60):
        node.change(100, 6400)
        buffer.change(100, 100000)
        entry.change(50, 6400)
        late.change(20, 20 * 48)
        is_stalled = sim.now >= since
        if not is_stalled:
            epoch.free(100)
            epoch.epoch += 1
            epoch.advances += 1
            epoch.pins += 40
        epoch.retire(100, ((node, 64), (buffer, 1000)))
        if i >= 2:
            rcu.free(50)
        rcu.retire(50, ((entry, 128),))
        rcu.advances += 1
        rcu.epoch += 1
        if not 100 <= sim.now < 200:
            ended.free(1000)
        ended.retire(20, ((late, 48),))
        blocked = epoch.total
        if is_stalled:
            sim.extra.append(("F", epoch.id, 1, "reader", since, 0, 0, scan, blocked.blk, blocked.B, blocked.blk, blocked.B,
                              3, b"reader"))
        sim.extra.append(("P", epoch.id, 3, 1 + i, 5000 + (sim.now - since) * 1000 * is_stalled, 600000,
                          1000 + (sim.now - since) * 1000 * is_stalled, int(is_stalled), since if is_stalled else 0, 0, scan,
                          b"reader"))
        sim.extra.append(("P", epoch.id, 2, 400 * (1 + i), 300 * (1 + i), 600000, 12, 0, 0, 0, 0, b"worker"))
        if i == 20:
            sim.extra.append(("F", ended.id, 1, "stash", 100, 200, 0, 0, 0, 0, 200, 9600, 2, b"worker"))
        sim.step()
    sim.end()
