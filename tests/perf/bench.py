# SPDX-License-Identifier: GPL-2.0-or-later
"""What leakgrow costs, beside none, massif, dhat, memcheck and heaptrack.

Runs every workload under every tool in turn, round after round, so that whatever else the machine does falls on all of them.
Measured is the processor time (user and system) of the whole process from its start to its end, by wait4. From the rounds
come medians, and for each tool the median of its differences to `none` in the same round: its overhead. The last column is
leakgrow's overhead in parts of massif's.

Usage: bench.py [--rounds=N] [--only=NAME,...] [--tools=NAME,...] [--json=FILE] [--update=FILE.md]
LG_BUILDDIR and LG_VALGRIND say where this tree's tool is; CC and CXX compile the programs."""
import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("LG_BUILDDIR") or os.getcwd()
VALGRIND = os.environ.get("LG_VALGRIND") or os.path.join(BUILD, "vg-in-place")
TOOLS = {
    "none": [VALGRIND, "--tool=none"],
    "none-sp": [VALGRIND, "--tool=none", "--vex-iropt-register-updates=sp-at-mem-access"],
    "leakgrow": [VALGRIND, "--tool=leakgrow", "--leakgrow-out-file={tmp}/leakgrow.out"],
    "leakgrow-nohooks": [VALGRIND, "--tool=leakgrow", "--hooks=no", "--leakgrow-out-file={tmp}/leakgrow.out"],
    "massif": [VALGRIND, "--tool=massif", "--massif-out-file={tmp}/massif.out"],
    "massif-ms": [VALGRIND, "--tool=massif", "--time-unit=ms", "--massif-out-file={tmp}/massif.out"],
    "massif-B": [VALGRIND, "--tool=massif", "--time-unit=B", "--massif-out-file={tmp}/massif.out"],
    "dhat": [VALGRIND, "--tool=dhat", "--dhat-out-file={tmp}/dhat.out"],
    "memcheck": [VALGRIND, "--tool=memcheck"],
    "heaptrack": ["heaptrack", "-o", "{tmp}/heaptrack.out"],  # no Valgrind tool: the program runs natively
}
DEFAULT_TOOLS = "none,none-sp,leakgrow,massif,massif-B,massif-ms,dhat,memcheck,heaptrack"
TIMEOUT_S = 600
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0",
       "PYTHONDONTWRITEBYTECODE": "1"}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

SQL = """create table t(a integer primary key, b text, c real);
create index i on t(b);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 25000)
  insert into t select x, hex(x * 7919 % 10007) || 'abc', x * 1.5 from n;
select b, count(*) from t group by substr(b, 1, 2) order by 2 desc limit 5;
delete from t where a % 3 = 0;
"""
PYTHON = """
import re
table = {}
for i in range(9000):
    words = re.findall("[a-z0-9]+", "request %d of user %d for /item/%d" % (i, i % 97, i % 1009))
    table[i % 2000] = [w.upper() for w in words]
    text = ",".join("%s=%d" % (w, len(w)) for w in words)
print(len(table), len(text))
"""


class Workload:
    """A command. `serve` is for servers: it is called with the port and makes the load; the server then ends."""

    def __init__(self, name, command, stdin=None, serve=None, port=None):
        self.name, self.command, self.stdin, self.serve, self.port = name, command, stdin, serve, port


def compile_programs(tmp):
    cc, cxx = os.environ.get("CC", "gcc").split(), os.environ.get("CXX", "g++").split()
    for name, compiler in (("churn.c", cc), ("paths.c", cc), ("pairs.c", cc), ("threads.c", cc), ("compute.c", cc), ("deep.cpp", cxx)):
        subprocess.run([*compiler, "-O2", "-g", "-fno-optimize-sibling-calls", os.path.join(HERE, name), "-o", os.path.join(tmp, name.split(".")[0]), "-lpthread"],
                       check=True)


def cc1():
    """gcc's compiler proper."""
    return subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True, check=True).stdout.strip()


def redis_cli(port, *words):
    done = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def redis_load(port):
    subprocess.run(["redis-benchmark", "-p", str(port), "-c", "10", "-n", "15000", "-r", "20000", "-d", "100", "-q", "-t",
                    "set,get,lpush"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT_S)
    redis_cli(port, "SHUTDOWN", "NOSAVE")


def rust_workloads():
    """Programs of tests/rust, built with the newest tokio and tracing; none without cargo."""
    if not shutil.which("cargo"):
        return []
    os.environ.setdefault("LG_BUILDDIR", os.getcwd())
    sys.path.insert(0, os.path.join(HERE, "..", "system"))
    import lgrust
    spans, tasks = (lgrust.program(name, "current", "release") for name in ("spans", "tasks"))
    return [
        Workload("tracing", [spans, "local", "--layer=count", "--fixed", "--requests=30000"]),
        Workload("tokio", [tasks, "joinmap", "--runtime=multi", "--fixed", "--requests=20000"]),
    ]


def workloads(tmp):
    compile_programs(tmp)
    paths = {}
    for name, text in (("script.sql", SQL), ("script.py", PYTHON)):
        paths[name] = os.path.join(tmp, name)
        with open(paths[name], "w") as f:
            f.write(text)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    redis = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tmp]
    every = [
        Workload("churn", [os.path.join(tmp, "churn")]),
        Workload("paths", [os.path.join(tmp, "paths")]),
        Workload("deep24", [os.path.join(tmp, "deep"), "1300", "22"]),
        Workload("deep60", [os.path.join(tmp, "deep"), "400", "61"]),
        Workload("python3", ["/usr/bin/python3", "-S", paths["script.py"]]),
        Workload("sqlite3", ["/usr/bin/sqlite3", ":memory:"], stdin=paths["script.sql"]),
        Workload("redis", redis, serve=redis_load, port=port),
        Workload("cc1", [cc1(), "-quiet", "-O2", os.path.join(HERE, "compute.c"), "-o", os.path.join(tmp, "compute.s")]),
        Workload("live5M", [os.path.join(tmp, "churn"), "5000000", "5000000", "48"]),
        Workload("threads", [os.path.join(tmp, "threads")]),
        Workload("compute", [os.path.join(tmp, "compute")]),
        Workload("true", ["/bin/true"]),
    ]
    return [w for w in every if shutil.which(w.command[0])]


def run_once(workload, options, tmp):
    """Processor seconds and peak resident MiB of one run."""
    command = [*(o.format(tmp=tmp) for o in options), *workload.command]
    with open(workload.stdin or os.devnull, "rb") as source, open(os.path.join(tmp, "stderr"), "wb") as err:
        process = subprocess.Popen(command, env=ENV, stdin=source, stdout=subprocess.DEVNULL, stderr=err, cwd=tmp,
                                   start_new_session=True)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
        signal.alarm(TIMEOUT_S)
        if workload.serve:
            end = time.monotonic() + 60
            while redis_cli(workload.port, "PING") != "PONG":
                if time.monotonic() > end:
                    os.killpg(process.pid, signal.SIGKILL)
                    raise SystemExit(f"bench: {workload.name} does not answer")
                time.sleep(0.1)
            workload.serve(workload.port)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        signal.alarm(0)
    if process.returncode != 0:
        with open(os.path.join(tmp, "stderr"), errors="replace") as f:
            raise SystemExit(f"bench: {' '.join(command)}: status {process.returncode}\n{f.read()[-2000:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(chosen, tools, rounds, tmp):
    """{workload: {tool: [(seconds, MiB), ...]}}, one entry per round."""
    result = {w.name: {t: [] for t in tools} for w in chosen}
    for r in range(rounds):
        for w in chosen:
            for k in range(len(tools)):
                tool = tools[(k + r) % len(tools)]
                result[w.name][tool].append(run_once(w, TOOLS[tool], tmp))
            print(f"round {r + 1}: {w.name}: " + ", ".join(f"{t} {result[w.name][t][-1][0]:.2f}" for t in tools), file=sys.stderr)
    return result


def overhead(samples, tool):
    return statistics.median(a[0] - b[0] for a, b in zip(samples[tool], samples["none"]))


def version(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return f"{command[0]}: absent"


def machine():
    cpu = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return [f"{cpu}, {os.cpu_count()} processors, Linux {platform.release()}; load average {os.getloadavg()[0]:.1f} at the start",
            "; ".join([version("valgrind", "--version"), version("gcc", "--version"), version("/usr/bin/python3", "--version"),
                       "sqlite3 " + version("sqlite3", "--version").split(" ")[0],
                       " ".join(version("redis-server", "--version").split(" ")[:3]), version("heaptrack", "--version")])]


def table(result, tools, rounds, about):
    lines = [*(f"- {a}" for a in about), f"- {rounds} interleaved rounds; processor seconds, medians", ""]
    show_ratio = {"none", "leakgrow", "massif"} <= set(tools)
    head = ["workload", *tools] + ([f"{t} / none" for t in tools if t != "none"] if "none" in tools else [])
    head += ["leakgrow's overhead / massif's"] if show_ratio else []
    lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name, samples in result.items():
        median = {t: statistics.median(s[0] for s in samples[t]) for t in tools}
        row = [name, *(f"{median[t]:.2f}" for t in tools)]
        if "none" in tools:
            row += [f"{median[t] / median['none']:.2f}" for t in tools if t != "none"]
        if show_ratio:
            ours, massifs = overhead(samples, "leakgrow"), overhead(samples, "massif")
            row.append(f"{ours:+.2f} s / {massifs:+.2f} s" + (f" = {ours / massifs:.2f}" if massifs > 0.02 else ""))
        lines.append("| " + " | ".join(row) + " |")
    lines += ["", "Peak resident memory (MiB, medians, Valgrind included):", "", "| workload | " + " | ".join(tools) + " |",
              "|" + "---|" * (len(tools) + 1)]
    for name, samples in result.items():
        lines.append(f"| {name} | " + " | ".join(f"{statistics.median(s[1] for s in samples[t]):.0f}" for t in tools) + " |")
    return "\n".join(lines) + "\n"


def update(path, text, begin=BEGIN, end=END):
    """Puts the text between the two markers of a page."""
    with open(path) as f:
        page = f.read()
    before, rest = page.split(begin)
    with open(path, "w") as f:
        f.write(before + begin + "\n" + text + end + rest.split(end)[1])


def main():
    arguments = argparse.ArgumentParser(description="What leakgrow costs, beside other tools.")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", help="workloads, with commas")
    arguments.add_argument("--tools", default=DEFAULT_TOOLS, help=f"tools, with commas, out of {', '.join(TOOLS)}")
    arguments.add_argument("--json", help="file for every single measurement")
    arguments.add_argument("--update", help="page whose measured part is replaced")
    options = arguments.parse_args()
    tools = options.tools.split(",")
    if options.rounds < 1 or not set(tools) <= set(TOOLS):
        arguments.error(f"at least one round, and tools out of {', '.join(TOOLS)}")
    for t in [t for t in tools if not shutil.which(TOOLS[t][0])]:
        print(f"bench: {TOOLS[t][0]} is not installed: {t} is left out", file=sys.stderr)
        tools.remove(t)
    with tempfile.TemporaryDirectory() as tmp:
        only = set(options.only.split(",")) if options.only else None
        every = workloads(tmp) + (rust_workloads() if only is None or only & {"tracing", "tokio"} else [])
        chosen = [w for w in every if only is None or w.name in only]
        about = machine()
        result = measure(chosen, tools, options.rounds, tmp)
    text = table(result, tools, options.rounds, about)
    print(text, end="")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"about": about, "seconds_and_MiB": result}, f, indent=1)
    if options.update:
        update(options.update, text)


if __name__ == "__main__":
    main()
