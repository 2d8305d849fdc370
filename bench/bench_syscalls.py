#!/usr/bin/env python3
"""What counting system calls costs a loaded nginx of one worker: `sonde stat --syscalls` beside perf trace, strace -c, and --syscalls=ptrace.

    python3 bench/bench_syscalls.py [--sonde build/sonde] [--rounds 5] [--seconds 4]

The worker is on CPU 0; wrk (or sonde load, where that is not installed) and the tracer on CPU 1. Each round measures the server
alone and under each tracer, in a random order. The tracer is attached before the load begins, and ended by SIGINT when that is over.

loss: of the requests per second, against the server alone in the same round. of strace's: that loss beside strace's in the same round;
the target for sonde's BPF is a tenth. CPU a request: the worker's, kernel's part included; it says the same on a busy machine, where
requests per second say little. by CPU: the loss that this means for a worker that has a CPU to itself. Figures, no verdict.
"""
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time

import peers
import servers

args = peers.arguments(__doc__, rounds=5, seconds=4)
CONNECTIONS = 20
STRACE = "of strace's"


def read_cpu(pid):
    """Seconds of the process-wide clock, as clock_getcpuclockid(3) makes it."""
    return time.clock_gettime((~pid << 3) | 2)


def load(nginx, folder):
    """{rate: requests per second, cpu: the worker's CPU time of each, seconds}"""
    url, before = f"http://127.0.0.1:{nginx.port}/", read_cpu(nginx.worker())
    if peers.has("wrk"):
        done = peers.run(peers.on_client_cpu("wrk", "-t", 1, "-c", CONNECTIONS, "-d", f"{max(round(args.seconds), 1)}s", "--latency", url))
        result = peers.parse_wrk(done.text)
    else:
        done = peers.run(peers.on_client_cpu(args.sonde, "load", "-q", "--json", "-t", 1, "-c", CONNECTIONS, "-d", f"{args.seconds}s",
                                             url), env=dict(os.environ, SONDE_STORE=os.path.join(folder, "load")))
        result = json.loads(done.text)
        result["rate"] = result["requests"] / result["duration_ns"] * 1e9
    return {"rate": result["rate"], "cpu": (read_cpu(nginx.worker()) - before) / result["requests"]}


def traced(nginx, folder, *command):
    """What load() says, under the tracer."""
    tracer = subprocess.Popen(peers.on_client_cpu(*command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=dict(os.environ, SONDE_STORE=os.path.join(folder, "store")))
    time.sleep(1.5)
    if tracer.poll() is not None:
        raise servers.Missing(f"{command[0]} ended: {tracer.stderr.read().decode().strip()}")
    row = load(nginx, folder)
    tracer.send_signal(signal.SIGINT)
    tracer.communicate(timeout=60)
    return row


def count(nginx, folder, option):
    """... and what sonde counted."""
    path = os.path.join(folder, "syscalls.json")
    row = traced(nginx, folder, args.sonde, "stat", option, f"--json={path}", "-p", nginx.worker())
    with open(path) as f:
        table = json.load(f)["syscalls"]
    row.update(lost=table["lost"], cost=table["cost_per_call_ns"],
               calls=sum(each["calls"] for each in table["rows"]) / (row["rate"] * args.seconds))
    return row


def spread(values, scale=1, digits=1):
    values = [value * scale for value in values]
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def print_rows(rows):
    print(f"  {'':13}{'requests/s':>25}{'loss, %':>24}{STRACE:>24}{'CPU a request, us':>22}{'by CPU, %':>22}{STRACE:>24}")
    for name, own in rows.items():
        line = f"  {name:13}{spread([row['rate'] for row in own], 1, 0):>25}"
        for columns, lose in (((24, 24), lambda row, alone: 1 - row["rate"] / alone["rate"]),
                              ((22, 24), lambda row, alone: 1 - alone["cpu"] / row["cpu"])):
            if columns[0] == 22:
                line += f"{spread([row['cpu'] for row in own], 1e6):>22}"
            loss = [lose(row, alone) for row, alone in zip(own, rows["none"])]
            line += f"{spread(loss, 100):>{columns[0]}}"
            theirs = [lose(row, alone) for row, alone in zip(rows.get("strace -c", ()), rows["none"])]
            line += f"{spread([a / b for a, b in zip(loss, theirs)], 1, 3) if theirs else '':>{columns[1]}}"
        print(line)
    for name in ("sonde", "sonde ptrace"):
        own = rows[name]
        cost = statistics.median(row["cost"] for row in own)
        print(f"  {name}: {statistics.median(row['calls'] for row in own):.2f} calls a request, lost {sum(row['lost'] for row in own)}"
              + (f"; says that counting costs {cost:.0f} ns a call" if cost > 0 else ""))


def main():
    with tempfile.TemporaryDirectory(prefix="sonde-bench-", ignore_cleanup_errors=True) as folder, peers.Nginx() as nginx:
        worker = nginx.worker()
        load(nginx, folder)
        measures = {
            "none": lambda: load(nginx, folder),
            "sonde": lambda: count(nginx, folder, "--syscalls"),
            "sonde ptrace": lambda: count(nginx, folder, "--syscalls=ptrace"),
        }
        if peers.has("perf"):
            measures["perf trace -s"] = lambda: traced(nginx, folder, "perf", "trace", "-s", "-p", worker)
        if peers.has("strace"):
            measures["strace -c"] = lambda: traced(nginx, folder, "strace", "-c", "-f", "-p", worker)
        try:
            rows = peers.alternate(measures, args.rounds)
        except servers.Missing as missing:
            print(f"# SKIP {missing}")
            return
    print(f"nginx, one worker, {CONNECTIONS} connections; {args.rounds} rounds of {args.seconds:g} s")
    print_rows(rows)


main()
