#!/usr/bin/env python3
"""Client CPU per request on HTTP/1.1 keep-alive: sonde, wrk, and the floors of epoll and io_uring, in turn on the same nginx.

    python3 bench/bench_cpu.py [--sonde build/sonde] [--rounds 5] [--seconds 4]

One client thread, 50 connections, one nginx worker. "whole" is user + system time of the whole command (sonde's has the keeper, the
store and the report in it); "threads" is that of the threads that send.

In flight is rate × mean latency (Little's law), and shows what the latencies of a closed loop at its limit are of. sonde and the
floors send the next request of a connection when they have read its answer: all 50 are in flight all the time, 50 / 130,000/s =
385 µs is the mean that there must be. wrk waits until epoll says that the connection can be written to: it reads a whole round of
answers, then sends a whole round of requests (strace -e read,write,epoll_wait shows 50 of one, 50 of the other). Its clock starts at
the write, so the time that a connection waits inside wrk, answered and not asked again, is in no latency: at 124,000/s and 232 µs only
29 of the 50 are in flight. Both stamps are honest, of different loads: sonde's mean × rate is the connections that it was told, wrk's
is not. (wrk's mean is taken after its correction, which adds samples: on a disturbed machine it claims more than 50 in flight.) Below
the client's limit the difference is gone; latencies are to be compared at a fixed rate (bench_pacing.py, bench_truth.py).
"""
import json

import peers

args = peers.arguments(__doc__)
peers.need("wrk")


def row(requests, seconds, whole_s, user_s, threads_s, mean, p50=None, p99=None):
    rate = requests / seconds
    return {"rate": rate, "whole": whole_s / requests, "user": user_s / requests, "threads": threads_s / requests,
            "in_flight": rate * mean, "mean": mean, "p50": p50, "p99": p99}


def measure_sonde():
    load, done = sonde.load("-t", 1, "-c", 50, "-d", f"{args.seconds}s", url)
    latency = load["latency"]
    return row(load["requests"], load["duration_ns"] / 1e9, done.cpu_s, done.user_s, load["client_cpu_ns"] / 1e9,
               latency["mean_ns"] / 1e9, latency["p50_ns"] / 1e9, latency["p99_ns"] / 1e9)


def measure_wrk():
    done = peers.run(peers.on_client_cpu("wrk", "--latency", "-t", 1, "-c", 50, "-d", f"{args.seconds:.0f}s", url))
    wrk = peers.parse_wrk(done.text)
    return row(wrk["requests"], wrk["requests"] / wrk["rate"], done.cpu_s, done.user_s, done.cpu_s, wrk["mean"], wrk["p50"],
               wrk["p99"])


def floor(name, *options):
    def measure():
        done = peers.run(peers.program(args, name, *options, "-c", 50, "-d", args.seconds, nginx.port))
        run = json.loads(done.text)
        cpu_s = (run["user_ns"] + run["system_ns"]) / 1e9
        return row(run["requests"], run["wall_ns"] / 1e9, done.cpu_s, done.user_s, cpu_s, run["latency_mean_ns"] / 1e9)
    return measure


measures = {"sonde": measure_sonde, "wrk": measure_wrk, "floor, epoll": floor("floor_epoll")}
if peers.has_program(args, "floor_uring"):
    measures["floor, io_uring, send(2)"] = floor("floor_uring", "-mtfs")
    measures["floor, io_uring, batched"] = floor("floor_uring", "-mtf")
with peers.Nginx() as nginx, peers.Sonde(args) as sonde:
    url = f"http://127.0.0.1:{nginx.port}/"
    rows = peers.alternate(measures, args.rounds)
print(f"medians of {args.rounds} alternations of {args.seconds:g} s, 1 thread, 50 connections, nginx with one worker")
print(f"{'':26}{'requests/s':>11}{'CPU/request':>13}{'its user':>10}{'threads':>10}{'mean':>8}{'p50':>8}{'p99':>8}{'in flight':>11}")
for name in measures:
    m = peers.medians(rows[name])
    latencies = "".join(f"{m[key] * 1e6:6.0f}us" if key in m else " " * 8 for key in ("mean", "p50", "p99"))
    print(f"{name:26}{m['rate']:11.0f}{m['whole'] * 1e6:11.2f}us{m['user'] * 1e6:8.2f}us{m['threads'] * 1e6:8.2f}us{latencies}"
          f"{m['in_flight']:11.1f}")
peers.print_ratios(rows, "sonde", "wrk", "whole", "CPU per request")
peers.print_ratios(rows, "sonde", "floor, epoll", "whole", "CPU per request")
peers.print_ratios(rows, "sonde", "floor, epoll", "threads", "CPU per request of the threads")
for name in measures:
    if "io_uring" in name:
        peers.print_ratios(rows, name, "floor, epoll", "threads", "CPU per request")
