#!/usr/bin/env python3
"""Does a request leave when it is due? Send lag and the generator's CPU at 1,000 and 20,000 requests/s, on a core of its own and a busy one.

    python3 bench/bench_pacing.py [--sonde build/sonde] [--rounds 5] [--seconds 4]

"own" is what sonde says of itself: its clock before the send against the intended time. "seen" is what the server saw
(delay_server's stamps): how much later than on an even schedule a request arrived, the schedule laid so that 1 % come early. That needs
no word of the client's, holds the server's own wake-up, and is the same for h2load (--rps, one rate per connection) and for the bare
paced ping (one connection, clock_nanosleep; only where one connection can keep up). Busy: a program that does nothing but
count shares the client's core. CPU is that of the sending threads per second, sonde's whole command beside it.
"""
import json
import subprocess

import peers

args = peers.arguments(__doc__)
peers.need("h2load")
RATES = {1000: 10, 20000: 20}  # requests/s: connections


def lateness(stamps, rate):
    """Quantiles of arrival − even schedule, seconds."""
    offsets = sorted(stamp - k * 1e9 / rate for k, stamp in enumerate(stamps))
    begin = offsets[len(offsets) // 100]
    return {f"seen_p{q}": (offsets[len(offsets) * q // 100] - begin) / 1e9 for q in (50, 99)}


def seen(rate, command, env=None):
    """`command`: of the server's port"""
    with peers.DelayServer(args, has_stamps=True) as server:
        done = peers.run(command(server.port), env=env)
    stamps = server.stamps[rate // 2:]  # without the opening of connections and the first request
    return {**lateness(stamps, rate), "requests": len(server.stamps)}, done


def measure_sonde(rate):
    row, done = seen(rate, lambda port: sonde.command("load", "-q", "--json", "-t", 1, "-c", RATES[rate], "-R", rate, "-d",
                                                      f"{args.seconds}s", f"http://127.0.0.1:{port}/"), sonde.env)
    load = json.loads(done.text)
    lag = load["send_lag"]
    return {**row, "own_p50": lag["p50_ns"] / 1e9, "own_p99": lag["p99_ns"] / 1e9, "own_max": lag["max_ns"] / 1e9,
            "cpu": load["client_cpu_ns"] / load["duration_ns"], "whole": done.cpu_s / args.seconds}


def measure_h2load(rate):
    row, done = seen(rate, lambda port: peers.on_client_cpu("h2load", "--h1", "-t", 1, "-c", RATES[rate], "--rps",
                                                            rate / RATES[rate], "-D", f"{args.seconds:.0f}",
                                                            f"http://127.0.0.1:{port}/"))
    return {**row, "whole": done.cpu_s / args.seconds}


def measure_ping(rate):
    row, done = seen(rate, lambda port: peers.program(args, "paced_ping", "-r", rate, "-d", args.seconds, port))
    lag = json.loads(done.text)["send_lag"]
    return {**row, "own_p50": lag["p50_ns"] / 1e9, "own_p99": lag["p99_ns"] / 1e9, "whole": done.cpu_s / args.seconds}


def report(title, rate):
    measures = {"sonde": lambda: measure_sonde(rate), "h2load": lambda: measure_h2load(rate)}
    if rate == 1000:
        measures["paced ping"] = lambda: measure_ping(rate)
    rows = peers.alternate(measures, args.rounds)
    print(f"{title}, {rate} requests/s, medians of {args.rounds} alternations of {args.seconds:g} s")
    print(f"{'':14}{'own p50':>10}{'own p99':>10}{'own max':>10}{'seen p50':>10}{'seen p99':>10}{'CPU':>8}{'whole':>8}{'arrived':>9}")
    for name in rows:
        m = peers.medians(rows[name])
        times = "".join(f"{m[key] * 1e6:8.0f}us" if key in m else " " * 10 for key in
                        ("own_p50", "own_p99", "own_max", "seen_p50", "seen_p99"))
        cpu = "".join(f"{m[key]:8.1%}" if key in m else " " * 8 for key in ("cpu", "whole"))
        print(f"{name:14}{times}{cpu}{m['requests']:9.0f}")


with peers.Sonde(args) as sonde:
    for rate in RATES:
        report("a core of its own", rate)
    busy = subprocess.Popen(peers.on_client_cpu("python3", "-c", "while True: pass"))
    try:
        for rate in RATES:
            report("a busy core", rate)
    finally:
        busy.terminate()
        busy.wait()
