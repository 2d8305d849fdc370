#!/usr/bin/env python3
"""User memory per connection: the slope between 1,000 and 18,000 connections of sonde, wrk and h2load, in turn.

    python3 bench/bench_memory.py [--sonde build/sonde] [--rounds 5] [--seconds 12]

The server (delay_server) takes 3 s for an answer, so that connections lie idle, each with a request under way; "open loop" is sonde
at 100 requests/s over as many connections, nearly all without one. Memory is the most that was seen during the run of the private
pages of the command's whole process tree (Private_Clean + Private_Dirty of smaps_rollup; sonde's has its keeper), every half second,
and its resident set, over the connections that the server counted. Memory of the kernel (sockets) is not in it, and the same for all.
TLS apart: nginx, 500 and 3,000 connections, HTTP/1.1, and sonde's open loop only where the others are loading.
"""
import os
import subprocess
import time

import peers

args = peers.arguments(__doc__, seconds=12)
peers.need("wrk", "h2load", "openssl")
PLAIN, TLS = (1000, 18000), (500, 3000)
SECONDS = f"{args.seconds:.0f}"


def tree(pid):
    pids = [pid]
    for parent in pids:
        try:
            for thread in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{thread}/children") as f:
                    pids += map(int, f.read().split())
        except OSError:
            pass  # it has ended
    return pids


def read_memory(pid):
    """(private, resident) bytes"""
    sums = {"Private_Clean": 0, "Private_Dirty": 0, "Rss": 0}
    for member in tree(pid):
        try:
            with open(f"/proc/{member}/smaps_rollup") as f:
                for line in f.readlines()[1:]:
                    key, value = line.split(":")
                    if key in sums:
                        sums[key] += int(value.split()[0]) * 1024
        except OSError:
            pass
    return sums["Private_Clean"] + sums["Private_Dirty"], sums["Rss"]


def measure_peak(command):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                               env=sonde.env)
    peak = (0, 0)
    while process.poll() is None:
        peak = tuple(max(pair) for pair in zip(peak, read_memory(process.pid)))
        time.sleep(0.5)
    if process.returncode not in (0, 3):  # 3: REFUSED, which is no matter here
        raise RuntimeError(f"{command}: status {process.returncode}\n{process.stderr.read()}")
    return peak


def commands(count, url, is_tls):
    load = ["load", "-q", "-t", 1, "-c", count, "-d", f"{SECONDS}s", "--timeout", "10s"] + (["-k", "--http1.1"] if is_tls else [])
    return {"sonde": sonde.command(*load, url),
            "sonde, open loop": sonde.command(*load, "-R", 100, url),
            "wrk": peers.on_client_cpu("wrk", "-t", 1, "-c", count, "-d", SECONDS, "--timeout", 10, url),
            "h2load": peers.on_client_cpu("h2load", "--h1", "-t", 1, "-c", count, "-D", SECONDS, url)}


def measure_plain(name, count):
    with peers.DelayServer(args, 3000) as server:
        peak = measure_peak(commands(count, f"http://127.0.0.1:{server.port}/", False)[name])
    return peak, server.connections_max


def measure_tls(name, count):
    with peers.Nginx() as nginx:
        return measure_peak(commands(count, f"https://127.0.0.1:{nginx.tls_port}/", True)[name]), count


def measure_slope(measure, name, counts):
    (low, low_count), (high, high_count) = (measure(name, count) for count in counts)
    step = max(high_count - low_count, 1)
    return {"private": (high[0] - low[0]) / step, "resident": (high[1] - low[1]) / step, "low": low[0], "high": high[0],
            "connections": high_count}


with peers.Sonde(args) as sonde:
    for what, measure, counts in (("plain HTTP/1.1", measure_plain, PLAIN), ("HTTP/1.1 in TLS", measure_tls, TLS)):
        rows = peers.alternate({name: lambda name=name: measure_slope(measure, name, counts) for name in commands(1, "", False)},
                               args.rounds, warm_up=False)
        print(f"{what}, medians of {args.rounds} alternations")
        print(f"{'':20}{'bytes/connection':>18}{'resident':>10}{f'at {counts[0]}':>14}{f'at {counts[1]}':>14}{'connections':>13}")
        for name in rows:
            m = peers.medians(rows[name])
            print(f"{name:20}{m['private']:18.0f}{m['resident']:10.0f}{m['low'] / 2**20:11.1f}MiB{m['high'] / 2**20:11.1f}MiB"
                  f"{m['connections']:13.0f}")
