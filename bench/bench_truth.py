#!/usr/bin/env python3
"""Freezes with a known truth: sonde, wrk and h2load against a server that SIGSTOP holds; and a quiet server beside a bare paced ping.

    python3 bench/bench_truth.py [--sonde build/sonde] [--rounds 5] [--seconds 4]

The server is frozen from outside (SIGSTOP, SIGCONT) and stamps the arrival of each request itself (delay_server).

A freeze in the middle: 10 s at 1,000 requests/s, frozen for 4 s. The law is P(L > x) = (F/T)(1 − x/F), F between the clock readings
around SIGSTOP and SIGCONT. The truth has the drain of the backlog in it: the k-th arrival that the server stamped against the k-th
time of an even schedule, which is laid so that 1 % of the arrivals come early, plus the quiet server's median. Nothing in it is the
client's word.
A freeze at the end: 15 s, frozen for the last 3.5 s until the run is over. The truth is the share that the server had not read before.
Quiet: the same rate on an undisturbed nginx; service times beside those of paced_ping (one connection, blocking).

wrk knows no rate and loads as fast as it can; h2load is told the rate, and prints mean and most.
"""
import json
import os
import signal
import subprocess
import threading
import time

import peers

args = peers.arguments(__doc__)
peers.need("wrk", "h2load")
RATE, CONNECTIONS = 1000, 50
NS = 1e9


class Freeze(threading.Thread):
    """SIGSTOP to `pid` after some seconds, SIGCONT after some more (None: on thaw()); the times as they were."""

    def __init__(self, pid, after, seconds):
        super().__init__()
        self.pid, self.after, self.seconds, self.may_thaw = pid, after, seconds, threading.Event()
        self.begin_ns = self.end_ns = None

    def run(self):
        time.sleep(self.after)
        os.kill(self.pid, signal.SIGSTOP)
        self.begin_ns = time.monotonic_ns()
        self.may_thaw.wait(self.seconds)
        self.end_ns = time.monotonic_ns()
        os.kill(self.pid, signal.SIGCONT)

    def thaw(self):
        self.may_thaw.set()
        self.join()


def frozen(after, seconds, measure):
    """(what measure(url) returns, the Freeze, the server's stamps)"""
    with peers.DelayServer(args, has_stamps=True) as server:
        freeze = Freeze(server.process.pid, after, seconds)
        freeze.start()
        try:
            result = measure(f"http://127.0.0.1:{server.port}/")
        finally:
            freeze.thaw()
    return result, freeze, server.stamps


def true_latencies(stamps):
    """Seconds, ascending."""
    offsets = sorted(stamp - k * NS / RATE for k, stamp in enumerate(stamps))
    begin = offsets[len(offsets) // 100]
    return [(offset - begin) / NS + base_s for offset in offsets]


def quantile(values, q):
    return values[min(int(q * len(values)), len(values) - 1)]


def law(seconds, freeze_s, q):
    return max(freeze_s * (1 - (1 - q) * seconds / freeze_s), 0)


def load_sonde(url, seconds, *options):
    load, _ = sonde.load("-t", 1, "-c", CONNECTIONS, "-R", RATE, "-d", f"{seconds}s", *options, url)
    return load


def load_wrk(url, seconds):
    return peers.parse_wrk(peers.run(peers.on_client_cpu("wrk", "--latency", "-t", 1, "-c", CONNECTIONS, "-d", f"{seconds}s",
                                                         url)).text)


def load_h2load(url, seconds):
    return peers.parse_h2load(peers.run(peers.on_client_cpu("h2load", "--h1", "-t", 1, "-c", CONNECTIONS, "--rps", RATE / CONNECTIONS,
                                                            "-D", seconds, url)).text)


def load_ping(seconds):
    return json.loads(peers.run(peers.program(args, "paced_ping", "-r", RATE, "-d", seconds, nginx.port)).text)


def measure_middle():
    load, freeze, stamps = frozen(3, 4, lambda url: load_sonde(url, 10))
    freeze_s = (freeze.end_ns - freeze.begin_ns) / NS
    truth = true_latencies(stamps)
    row = {"offered": load["offered"], "answered": load["requests"], "freeze": freeze_s}
    for q in (75, 90, 99):
        row[f"p{q}"] = load["latency"][f"p{q}_ns"] / NS
        row[f"law{q}"], row[f"truth{q}"] = law(10, freeze_s, q / 100), quantile(truth, q / 100)
        row[f"error{q}"] = row[f"p{q}"] / row[f"truth{q}"] - 1
    return row


def print_middle(rows):
    m = peers.medians(rows["sonde"])
    print(f"frozen for {m['freeze']:.3f} s of 10, {RATE} requests/s: medians of {args.rounds} alternations")
    print(f"{'':10}{'p75':>10}{'p90':>10}{'p99':>10}{'max':>10}{'mean':>10}{'requests':>10}")
    for name, key in (("law", "law"), ("truth", "truth"), ("sonde", "p")):
        print(f"{name:10}" + "".join(f"{m[f'{key}{q}']:9.3f}s" for q in (75, 90, 99)))
    print(f"  sonde / truth − 1: " + ", ".join(
        f"p{q} {m[f'error{q}']:+.2%} (worst {max((row[f'error{q}'] for row in rows['sonde']), key=abs):+.2%})" for q in (75, 90, 99)))
    print(f"  sonde offered {m['offered']:.0f}, answered {m['answered']:.0f}")
    wrk, h2load = peers.medians(rows["wrk"]), peers.medians(rows["h2load"])
    print(f"{'wrk':10}" + "".join(f"{wrk[f'p{q}']:9.3f}s" for q in (75, 90, 99)) +
          f"{wrk['max']:9.3f}s{wrk['mean']:9.3f}s{wrk['requests']:10.0f}")
    print(f"{'h2load':10}{'':30}{h2load['max']:9.3f}s{h2load['mean']:9.3f}s{h2load['requests']:10.0f}")


def measure_end():
    def measure(url):
        command = sonde.command("load", "-q", "--json", "-t", 1, "-c", CONNECTIONS, "-R", RATE, "-d", "15s", "--timeout", "4s", url)
        # its status may say REFUSED, which is an answer here
        return json.loads(subprocess.run(command, env=sonde.env, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout)

    load, freeze, stamps = frozen(11.5, None, measure)
    late = load["errors"]["timeout"] + load["errors"]["unanswered"]
    return {"offered": load["offered"], "late": late / load["offered"],
            "truth": 1 - sum(stamp < freeze.begin_ns for stamp in stamps) / load["offered"],
            "bound": (load["lower_bounds"].get("p99_ns") or 0) / NS, "p99": load["latency"]["p99_ns"],
            "verdict": load["verdict"], "reasons": load["reasons"]}


def print_end(rows):
    row = rows["sonde"][0]
    print("frozen for the last 3.5 s of 15 until after the end (--timeout 4s)")
    print(f"{'truth':10}{row['truth']:.2%} of {row['offered']} not read before the freeze")
    print(f"{'sonde':10}{row['late']:.2%} unanswered, p99 {row['p99']}, at least {row['bound']:.3f} s; {row['verdict']}")
    for reason in row["reasons"]:
        print(f"{'':10}{reason}")
    wrk, h2load = rows["wrk"][0], rows["h2load"][0]
    print(f"{'wrk':10}p75 {wrk['p75']:.6f} s, p99 {wrk['p99']:.6f} s, max {wrk['max']:.6f} s of {wrk['requests']} requests")
    print(f"{'h2load':10}mean {h2load['mean']:.6f} s, max {h2load['max']:.6f} s of {h2load['requests']} requests")


def measure_quiet_sonde():
    load = load_sonde(url, args.seconds)
    return {"service": load["service_time"]["p50_ns"] / 1e3, "response": load["latency"]["p50_ns"] / 1e3,
            "lag": load["send_lag"]["p50_ns"] / 1e3, "p99": load["service_time"]["p99_ns"] / 1e3}


def measure_quiet_ping():
    ping = load_ping(args.seconds)
    return {"service": ping["service_time"]["p50_ns"] / 1e3, "lag": ping["send_lag"]["p50_ns"] / 1e3,
            "p99": ping["service_time"]["p99_ns"] / 1e3}


def print_quiet(rows):
    m, ping = peers.medians(rows["sonde"]), peers.medians(rows["paced ping"])
    print(f"quiet server, {RATE} requests/s, medians of {args.rounds} alternations of {args.seconds:g} s, microseconds")
    print(f"  sonde       service p50 {m['service']:.1f}, p99 {m['p99']:.1f}; response p50 {m['response']:.1f}; send lag p50 {m['lag']:.1f}")
    print(f"  paced ping  service p50 {ping['service']:.1f}, p99 {ping['p99']:.1f}; send lag p50 {ping['lag']:.1f}")
    pairs = sorted(a["service"] - b["service"] for a, b in zip(rows["sonde"], rows["paced ping"]))
    print(f"  service p50, sonde − ping: median of pairs {peers.median(pairs):+.1f} ({pairs[0]:+.1f} to {pairs[-1]:+.1f})")
    extra = sorted(row["response"] - row["service"] - row["lag"] for row in rows["sonde"])
    print(f"  response p50 − service p50 − send lag p50: {peers.median(extra):+.1f} ({extra[0]:+.1f} to {extra[-1]:+.1f})")


with peers.Nginx() as nginx, peers.Sonde(args) as sonde:
    url = f"http://127.0.0.1:{nginx.port}/"
    quiet = peers.alternate({"sonde": measure_quiet_sonde, "paced ping": measure_quiet_ping}, args.rounds)
    print_quiet(quiet)
    base_s = peers.medians(quiet["sonde"])["service"] / 1e6
    print_middle(peers.alternate({"sonde": measure_middle, "wrk": lambda: frozen(3, 4, lambda url: load_wrk(url, 10))[0],
                                  "h2load": lambda: frozen(3, 4, lambda url: load_h2load(url, 10))[0]}, args.rounds, warm_up=False))
    print_end(peers.alternate({"sonde": measure_end, "wrk": lambda: frozen(11.5, 3.6, lambda url: load_wrk(url, 15))[0],
                               "h2load": lambda: frozen(11.5, 3.6, lambda url: load_h2load(url, 15))[0]}, 1, warm_up=False))
