#!/usr/bin/env python3
"""What recording costs: `sonde record -F 999` beside `perf record --call-graph dwarf,32768 -F 999` on a loaded server of one worker.

    python3 bench/bench_recorder.py [--sonde build/sonde] [--rounds 5] [--seconds 8] [--frequency 999] [--servers uvicorn,nginx]

The server is on CPU 0, its client and the recorder on CPU 1; both record with cpu-clock. Each round measures the server without a
recorder, under sonde and under perf, in a random order; the recorder is up before the load begins, and ends by SIGINT when that is over.

CPU time of the recorder, its children included. start: until the load begins, 1.5 s after it. recording: while the load lasts; sonde's has
the unwinding in it, and the machine's monitors. after: until it has exited; sonde's is naming and storing; perf's is its own end and
`perf script --no-inline`, which unwinds and names (without the lines and inlined functions that sonde gives). What the kernel does in
its interrupts is the server's time: it is in the throughput and in the server's CPU time per request, which says it on a busy machine,
too. Ratios are pair by pair. Figures, no verdict.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import servers

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=8)
parser.add_argument("--frequency", type=int, default=999)
parser.add_argument("--stack", type=int, default=32768, help="perf's copies, bytes")
parser.add_argument("--servers", default="uvicorn,nginx")
args = parser.parse_args()
args.sonde = os.path.abspath(args.sonde)
peers.need("perf", "taskset")
if os.cpu_count() < 2:
    print("# SKIP the server and its client need a CPU each")
    sys.exit(77)
PERF_SCRIPT = ["perf", "script", "--no-inline", "--max-stack", "4096", "-F", "comm,tid,time,ip,sym,dso"]


def read_cpu(pid):
    """Seconds of CPU time of the process and its descendants: of each its process-wide clock, as clock_getcpuclockid(3) makes it."""
    total = 0
    for each in servers.tree(pid):
        try:
            total += time.clock_gettime((~each << 3) | 2)
        except OSError:
            pass
    return total


def load(server):
    """{rate: requests per second, request: the server's CPU time of each, seconds}"""
    before = read_cpu(server.worker())
    done = peers.run(peers.on_client_cpu(args.sonde, "load", "-q", "--json", "-t", 1, "-c", server.connections, "-d", f"{args.seconds}s",
                                         server.urls()[0]), env=dict(os.environ, SONDE_STORE=os.path.join(server.folder, "load")))
    result = json.loads(done.text)
    return {"rate": result["requests"] / result["duration_ns"] * 1e9,
            "request": (read_cpu(server.worker()) - before) / result["requests"]}


def record(server, command, env):
    """What load() says; start, recording and after in seconds of CPU; wait, the wall seconds of after"""
    recorder = subprocess.Popen(peers.on_client_cpu(*command), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    start = read_cpu(recorder.pid)
    row = load(server)
    cpu = read_cpu(recorder.pid)
    begin = time.monotonic()
    recorder.send_signal(signal.SIGINT)
    error = recorder.stderr.read()
    _, status, usage = os.wait4(recorder.pid, 0)
    recorder.returncode = os.waitstatus_to_exitcode(status)
    if recorder.returncode not in (0, -signal.SIGINT):  # perf ends itself by the signal
        raise RuntimeError(f"{command}: status {recorder.returncode}\n{error}")
    row.update(start=start, recording=cpu - start, after=usage.ru_utime + usage.ru_stime - cpu, wait=time.monotonic() - begin)
    return row


def measure_sonde(server):
    env = dict(os.environ, SONDE_STORE=os.path.join(server.folder, "store"))
    row = record(server, [args.sonde, "record", "-q", "-e", "cpu-clock", "-F", args.frequency, "-p", server.worker()], env)
    profile = json.loads(peers.run([args.sonde, "report", "@last", "--json"], env=env).text)["profile"]
    row.update(samples=profile["samples"], lost=profile["lost"], bytes=profile["bytes_from_kernel"],
               whole=(profile["complete"] + profile["joined"]) / max(profile["samples"], 1))
    return row


def measure_perf(server):
    data = os.path.join(server.folder, "perf.data")
    row = record(server, ["perf", "record", "-q", "-e", "cpu-clock", "-F", args.frequency, "--call-graph", f"dwarf,{args.stack}",
                          "-o", data, "-p", server.worker()], None)
    done = peers.run(peers.on_client_cpu(*PERF_SCRIPT, "-i", data))
    row["after"] += done.cpu_s
    row["wait"] += done.wall_s
    lost = peers.run(["perf", "report", "-i", data, "--stats"]).text
    row.update(samples=done.text.count("\n\n"), bytes=os.path.getsize(data),
               lost=sum(int(line.split(":")[1].split()[0]) for line in lost.splitlines() if "LOST_SAMPLES events" in line))
    os.unlink(data)
    return row


def spread(values, scale=1, digits=1):
    values = [value * scale for value in values]
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def print_costs(rows):
    print(f"  {'':6}{'samples':>9}{'lost':>6}{'bytes':>8}{'whole':>9}{'start':>10}{'recording, us a sample':>26}{'after, ms':>24}"
          f"{'exit takes, s':>24}")
    for name in ("sonde", "perf"):
        samples = [max(row["samples"], 1) for row in rows[name]]
        whole = f"{statistics.median(row['whole'] for row in rows[name]):9.2%}" if name == "sonde" else " " * 9
        print(f"  {name:6}{statistics.median(samples):9.0f}{sum(row['lost'] for row in rows[name]):6}"
              f"{statistics.median(row['bytes'] / n for row, n in zip(rows[name], samples)):8.0f}{whole}"
              f"{statistics.median(row['start'] for row in rows[name]) * 1e3:7.0f} ms"
              f"{spread([row['recording'] / n for row, n in zip(rows[name], samples)], 1e6):>26}"
              f"{spread([row['after'] for row in rows[name]], 1e3, 0):>24}{spread([row['wait'] for row in rows[name]], 1, 2):>24}")


def measure(kind):
    with tempfile.TemporaryDirectory(prefix="sonde-bench-", ignore_cleanup_errors=True) as folder:
        try:
            with kind(args, folder) as server:
                load(server)
                rows = peers.alternate({"none": lambda: load(server), "sonde": lambda: measure_sonde(server),
                                        "perf": lambda: measure_perf(server)}, args.rounds)
                print(f"{server.name}: {server.what}; {args.rounds} rounds of {args.seconds:g} s at {args.frequency} Hz")
        except servers.Missing as missing:
            print(f"# SKIP {kind.name}: {missing}")
            return
    for name in rows:
        print(f"  {name:7} requests/s {spread([row['rate'] for row in rows[name]], 1, 0):28} server's CPU a request, us "
              f"{spread([row['request'] for row in rows[name]], 1e6)}")
    for key, what in (("rate", "throughput"), ("request", "the server's CPU a request")):
        peers.print_ratios(rows, "sonde", "none", key, what)
        peers.print_ratios(rows, "perf", "none", key, what)
    print_costs(rows)
    sys.stdout.flush()


for kind in servers.ASKED + servers.OTHERS:
    kind.cpu = peers.SERVER_CPU
    if kind.name.lower() in args.servers.lower().split(","):
        measure(kind)
