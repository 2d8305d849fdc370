#!/usr/bin/env python3
"""`sonde load` beside wrk on the same nginx, in turn: requests/s, p50, p99, and client CPU per request of both.

    python3 bench/bench_load.py [--sonde build/sonde] [--rounds 5] [--seconds 5]

nginx (one worker) has CPU 0, the clients CPU 1: one thread, 50 connections, HTTP/1.1 keep-alive. Client CPU is user + system of the
whole command: for sonde it includes the keeper, the store and the report. Medians over the rounds; figures, no verdict.
"""
import argparse
import json
import os
import tempfile

import peers

parser = argparse.ArgumentParser()
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=int, default=5)
args = parser.parse_args()
peers.need("nginx", "wrk", "taskset")
rows = {"sonde": [], "wrk": []}
with peers.Nginx(0) as nginx, tempfile.TemporaryDirectory() as store:
    url = f"http://127.0.0.1:{nginx.port}/"
    common = ["-t", "1", "-c", "50", "-d", f"{args.seconds}s"]
    env = dict(os.environ, SONDE_STORE=store)
    for round_ in range(args.rounds + 1):  # the first warms up
        out, cpu, _ = peers.run(["taskset", "-c", "1", args.sonde, "load", "-q", *common, "--json", url], env=env)
        load = json.loads(out)
        mine = {"rate": load["rate_rps"], "p50": load["latency"]["p50_ns"] / 1e9, "p99": load["latency"]["p99_ns"] / 1e9,
                "cpu": cpu / load["requests"], "threads_cpu": load["client_cpu_ns"] / 1e9 / load["requests"]}
        out, cpu, _ = peers.run(["taskset", "-c", "1", "wrk", "--latency", *common, url])
        theirs = peers.parse_wrk(out)
        theirs["cpu"] = theirs["threads_cpu"] = cpu / theirs["requests"]
        if round_ > 0:
            rows["sonde"].append(mine)
            rows["wrk"].append(theirs)
print(f"medians of {args.rounds} alternations of {args.seconds} s, 1 thread, 50 connections, nginx with one worker")
print(f"{'':8}{'requests/s':>12}{'p50':>10}{'p99':>10}{'CPU/request':>14}{'of its threads':>16}")
median = {}
for name, runs in rows.items():
    m = median[name] = {key: peers.median([run[key] for run in runs]) for key in runs[0]}
    print(f"{name:8}{m['rate']:12.0f}{m['p50'] * 1e6:8.0f}us{m['p99'] * 1e6:8.0f}us{m['cpu'] * 1e6:12.2f}us"
          f"{m['threads_cpu'] * 1e6:14.2f}us")
for key, what in (("rate", "requests/s"), ("p99", "p99"), ("cpu", "client CPU per request")):
    pairs = [a[key] / b[key] for a, b in zip(rows["sonde"], rows["wrk"])]
    print(f"sonde/wrk {what}: median of pairs {peers.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})")
