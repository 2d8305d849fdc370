#!/usr/bin/env python3
"""`sonde record` beside `perf record -g` on the same server under the same load: do the hottest functions agree?

    python3 bench/bench_profile.py [--sonde build/sonde] [--seconds 6]

The gateway of examples/ (proxy, two workers) under `sonde load`; both profilers run one after the other at 199 Hz on all its processes.
Prints the ten hottest functions of each with their self shares; figures, no verdict.
"""
import argparse
import json
import os
import re
import subprocess
import tempfile
import time

import peers

parser = argparse.ArgumentParser()
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--seconds", type=int, default=6)
args = parser.parse_args()
peers.need("perf")
args.sonde = os.path.abspath(args.sonde)
gateway = os.path.join(os.path.dirname(__file__), "..", "examples", "gateway")
subprocess.run(["make", "-s", "-C", gateway], check=True)


def tree(pid):
    pids = [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                        pids.append(int(entry))
            except OSError:
                pass
    return pids


with tempfile.TemporaryDirectory() as folder:
    port = peers.free_port()
    server = subprocess.Popen(["./gateway", "--port", str(port), "--workers", "2", "--mode", "proxy", "--functions",
                               "functions.conf"], cwd=gateway, stdout=subprocess.DEVNULL)
    time.sleep(1)
    env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"))
    load = subprocess.Popen([args.sonde, "load", "-q", "-c", "32", "-d", f"{3 * args.seconds + 10}s",
                             f":{port}/api/hash"], env=dict(env, SONDE_STORE=os.path.join(folder, "load")),
                            stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        data = os.path.join(folder, "perf.data")
        peers.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "199", "-g", "-o", data, "-p",
                   ",".join(map(str, tree(server.pid))), "--", "sleep", str(args.seconds)])
        peers.run([args.sonde, "record", "-q", "-e", "cpu-clock", "-F", "199", "-p", str(server.pid), "-d",
                   f"{args.seconds}s"], env=env)
        out = peers.run(["perf", "report", "-i", data, "--no-children", "-g", "none", "--stdio", "-F",
                               "overhead,symbol", "-q"])
        theirs = [(m.group(2).strip(), float(m.group(1))) for m in
                  re.finditer(r"^\s*([0-9.]+)%\s+\[.\]\s+(\S.*?)(?:\s+-\s+-)?\s*$", out, re.M)]
        out = peers.run([args.sonde, "report", "--json"], env=env)
        report = json.loads(out)
    finally:
        for process in (load, server):
            process.terminate()
            process.wait()
total = sum(f["self"] for f in report["functions"])
mine = [(f["name"], 100 * f["self"] / total) for f in report["functions"]]
print(f"{'sonde record':<44}{'self':>7}   {'perf record -g':<44}{'self':>7}")
for (a, share_a), (b, share_b) in zip(mine[:10], theirs[:10]):
    print(f"{a[:42]:<44}{share_a:6.2f}%   {b[:42]:<44}{share_b:6.2f}%")
top = {name for name, _ in theirs[:10]}
print(f"of perf's ten hottest, {len([n for n, _ in mine[:12] if n in top])} are among sonde's twelve hottest")
