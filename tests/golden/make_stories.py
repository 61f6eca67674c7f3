#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes profiles of services with spans and tasks, as the tool would: make_stories.py DIRECTORY. 60 intervals of 100 ms, ten requests each.

tasks.lg     every request makes a client whose Default spawns a heartbeat that nobody ends: one task per request.
spantree.lg  a span's guard is held across await: each new span becomes the child of the last one, none is ever closed. The bytes are in
             pages that double; children of another label leak with it.
labels.lg    jobs are spawned from 40 places, each of which leaves three of them behind: only the label as a whole grows.
calm.lg      the same service without a flaw: requests, queries inside them, workers, a heartbeat that ends.
"""
import os
import sys

from lgfile import Writer

N, WIDTH, TICKS = 60, 100, 10
OBJ = "/usr/bin/service"
MAIN, SERVE = ("service::main", "src/main.rs", 12), ("service::serve", "src/server.rs", 40)
REQUEST = ("service::handle_request", "src/server.rs", 88)
SPAWN = ("tokio::task::spawn::spawn", "tokio/src/task/spawn.rs", 166)
SPAN_NEW = ("tracing::span::Span::new", "tracing/src/span.rs", 437)
HEARTBEAT = (SPAWN, ("service::client::HeartbeatTask::new", "src/client.rs", 31),
             ("service::client::Client::with_heartbeat", "src/client.rs", 57), REQUEST, SERVE, MAIN)


class Account:
    """`end(i)`: blocks at the end of interval i; `churn` blocks come and go in each interval on top."""

    def __init__(self, kind, context, stack, end, size=1, churn=0, place=None, misuse=None):
        self.kind, self.context, self.stack, self.end, self.size, self.churn = kind, context, stack, end, size, churn
        self.place, self.misuse = place, misuse or {}


def leak(per):
    return lambda i: (i + 1) * per


def flat(n):
    return lambda i: n


def doubling(i):
    return 1 << (i.bit_length() + 2)


def reply(churn=400):
    return Account("h", ("request",), (("service::reply::render", "src/reply.rs", 9), REQUEST, SERVE, MAIN), flat(0), 512, churn)


def requests(**kwargs):
    return Account("s", ("request",), (SPAN_NEW, REQUEST, SERVE, MAIN), kwargs.pop("end", flat(2)), churn=10,
                   place=("src/server.rs", 87), **kwargs)


def write(out, desc, accounts, coverage):
    w = Writer(out, base=WIDTH, args=("./service",), desc=desc)
    known, now = set(), [0] * len(accounts)
    allocs = frees = allocated = 0
    for i in range(N):
        w.begin((i + 1) * WIDTH)
        floor = ceiling = live = 0
        blk = [0, 0, 0]
        for k, a in enumerate(accounts):
            context = 0
            for label in a.context:
                context = w.define("x", context, label)
            account = w.account(w.stack(*[frame + (OBJ,) for frame in a.stack]), context, a.kind)
            if a.place and account not in known:
                w.line("u", account, w.define("s", a.place[0]), a.place[1])
            known.add(account)
            before, after = now[k], a.end(i)
            now[k] = after
            low, high = min(before, after), max(before, after) + a.churn
            births, deaths = after - low + a.churn, before - low + a.churn
            if births or deaths:
                w.line("i", account, i, 0, low * a.size, high * a.size, after * a.size, low, high, after, births, deaths,
                       births * a.size, 0)
            if births > a.churn:
                w.line("v", account, i, 0, births - a.churn, (births - a.churn) * a.size)
            if deaths:
                w.line("g", account, 0, deaths)
            for name, per in sorted(a.misuse.items()):
                w.line("m", account, name, (i + 1) * per)
            if a.kind == "h":
                allocs, frees, allocated = allocs + births, frees + deaths, allocated + births * a.size
                floor, ceiling, live = floor + low * a.size, ceiling + high * a.size, live + after * a.size
                blk = [blk[0] + low, blk[1] + high, blk[2] + after]
        for name, text in coverage(i):
            w.line("j", name, text)
        w.total(i, 0, (i + 1) * WIDTH, live, blk[2], floor, ceiling, blk[0], blk[1], allocs, frees, allocated, (i + 1) * TICKS)
        w.line("p", i * WIDTH + 1, ceiling, blk[1])
        if i == N - 1:
            w.line("y", N * WIDTH, i)
            w.event("exit", N * WIDTH, live, blk[2], allocs, frees, allocated, N * TICKS, has_rows=False)
            w.line("z", "exit", N * WIDTH, 0)
        w.commit()


def tokio(i):
    return (("tokio", "1 of 1 hooks, %d calls" % (50 * (i + 1))), ("tracing", "5 of 5 hooks, %d calls" % (60 * (i + 1))))


def tasks(out):
    workers = (SPAWN, ("service::start_workers", "src/server.rs", 20), MAIN)
    write(out, "a heartbeat per request that nobody ends", [
        reply(), requests(),
        Account("h", ("request",), HEARTBEAT, leak(10), 384),
        Account("t", ("service::client::heartbeat",), HEARTBEAT, leak(10), place=("src/client.rs", 33)),
        Account("h", ("service::client::heartbeat",), (("service::client::beat", "src/client.rs", 71), MAIN), flat(4), 4096),
        Account("t", ("service::worker",), workers, flat(8)),
        Account("h", (), workers, flat(8), 1024),
    ], tokio)


def spantree(out):
    write(out, "a guard held across await", [
        reply(),
        requests(end=leak(10), misuse={"suspended": 10, "order": 1}),
        Account("s", ("request", "query"), (SPAN_NEW, ("service::db::query", "src/db.rs", 14), REQUEST, SERVE, MAIN), leak(30),
                place=("src/db.rs", 13), misuse={"foreign": 29}),
        Account("h", ("request",), (("sharded_slab::page::Shared::allocate", "", 0), SPAN_NEW, REQUEST, SERVE, MAIN), doubling, 2048),
    ], tokio)


def labels(out):
    write(out, "jobs that stay, spawned from 40 places", [
        reply(),
        *(Account("t", ("job",), (SPAWN, ("service::jobs::job%02d" % k, "src/jobs.rs", 10 * k + 10), SERVE, MAIN),
                  lambda i, k=k: 3 if i * 40 >= k * 55 else 0, place=("src/jobs.rs", 3)) for k in range(40)),
    ], lambda i: (("tokio", "1 of 1 hooks, %d calls" % (50 * (i + 1))), ("tracing", "stripped: no Rust names")))


def calm(out):
    write(out, "nothing wrong", [
        reply(),
        requests(),
        Account("s", ("request", "query"), (SPAN_NEW, ("service::db::query", "src/db.rs", 14), REQUEST, SERVE, MAIN), flat(1),
                churn=30, place=("src/db.rs", 13)),
        Account("h", ("request", "query"), (("service::db::row", "src/db.rs", 30), REQUEST, SERVE, MAIN), flat(3), 700, churn=60),
        Account("t", ("service::client::heartbeat",), HEARTBEAT, flat(2), churn=10, place=("src/client.rs", 33)),
        Account("h", (), (("service::config::load", "src/config.rs", 5), MAIN), flat(40), 1000),
    ], tokio)


if __name__ == "__main__":
    for name, make in (("tasks.lg", tasks), ("spantree.lg", spantree), ("labels.lg", labels), ("calm.lg", calm)):
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            make(f)
