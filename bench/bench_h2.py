#!/usr/bin/env python3
"""Client CPU per request with HTTP/2 and with TLS: sonde, h2load, and the floor, in turn on the same nginx.

    python3 bench/bench_h2.py [--sonde build/sonde] [--rounds 5] [--seconds 4]

One client thread, one nginx worker, TLS 1.2 with one cipher suite for all. CPU is user + system time of the whole command. The floor
(floor_protocol.c) writes fixed requests, counts the ends of streams (HTTP/2) or bytes (HTTP/1.1), and does nothing else; its TLS is
OpenSSL, as everyone's here.
"""
import json

import peers

args = peers.arguments(__doc__)
peers.need("h2load", "openssl")
# name: (connections, in flight on each, TLS?, HTTP/2?)
JOBS = {
    "HTTP/2, 50 connections, 1 stream": (50, 1, False, True),
    "HTTP/2, 10 connections, 16 streams": (10, 16, False, True),
    "HTTP/2 in TLS, 50 connections, 1 stream": (50, 1, True, True),
    "HTTP/2 in TLS, 10 connections, 16 streams": (10, 16, True, True),
    "HTTP/1.1 in TLS, 50 connections": (50, 1, True, False),
}


def measure(client, job):
    connections, streams, is_tls, is_http2 = JOBS[job]
    port = nginx.tls_port if is_tls else nginx.h2c_port
    url = f"http{'s' if is_tls else ''}://127.0.0.1:{port}/"
    if client == "sonde":
        options = (["--http2", "--streams", streams] if is_http2 else ["--http1.1"]) + (["-k"] if is_tls else [])
        load, done = sonde.load("-t", 1, "-c", connections, "-d", f"{args.seconds}s", *options, url)
        requests, errors = load["requests"], sum(load["errors"].values())
        rate = load["rate_rps"]
    elif client == "h2load":
        options = ["-m", streams] if is_http2 else ["--h1"]
        done = peers.run(peers.on_client_cpu("h2load", "-t", 1, "-c", connections, "-D", f"{args.seconds:.0f}", *options, url))
        parsed = peers.parse_h2load(done.text)
        requests, errors, rate = parsed["requests"], parsed["failed"], parsed["rate"]
    else:
        options = (["-2"] if is_http2 else []) + (["-t"] if is_tls else [])
        done = peers.run(peers.program(args, "floor_protocol", *options, "-m", streams, "-c", connections, "-d", args.seconds, port))
        floor = json.loads(done.text)
        requests, errors, rate = floor["requests"], 0, floor["requests"] / floor["wall_ns"] * 1e9
    return {"cpu": done.cpu_s / requests, "user": done.user_s / requests, "rate": rate, "errors": errors}


with peers.Nginx() as nginx, peers.Sonde(args) as sonde:
    print(f"medians of {args.rounds} alternations of {args.seconds:g} s, 1 thread, nginx with one worker")
    for job in JOBS:
        rows = peers.alternate({client: lambda client=client: measure(client, job) for client in ("sonde", "h2load", "floor")},
                               args.rounds)
        print(f"{job:44}{'requests/s':>11}{'CPU/request':>14}{'its user':>11}{'errors':>8}")
        for client in rows:
            m = peers.medians(rows[client])
            print(f"  {client:42}{m['rate']:11.0f}{m['cpu'] * 1e6:12.2f}us{m['user'] * 1e6:9.2f}us{m['errors']:8.0f}")
        peers.print_ratios(rows, "sonde", "h2load", "cpu", "CPU per request")
        peers.print_ratios(rows, "sonde", "floor", "cpu", "CPU per request")
