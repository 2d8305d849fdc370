#!/usr/bin/env python3
"""Locust's job: 1,500 users, 200 new ones a second, three endpoints, no pauses; sonde and Locust's FastHttpUser in turn on the same nginx.

    python3 bench/bench_users.py [--sonde build/sonde] [--rounds 5] [--seconds 20]

Weights 3 : 2 : 1, one of the three a POST. CPU is user + system time of the whole command, so requests per CPU-second do not depend
on who had the faster core. Failures are those of the generator: the server refuses nothing.
"""
import csv
import json
import os
import tempfile

import peers

USERS, SPAWN = 1500, 200

PLAN = """
name: users
services:
  - name: nginx
    attach: {pid}
    profile: false
load:
  target: http://127.0.0.1:{port}
  users: {users}
  spawn_rate: {spawn}/s
  threads: 1
  duration: {seconds}s
  requests:
    - {{name: hello, path: /api/hello, weight: 3}}
    - {{name: items, path: "/api/items?limit=10", weight: 2}}
    - {{name: log, method: POST, path: /api/log, body: "a line of the log", weight: 1}}
"""

LOCUSTFILE = """
from locust import FastHttpUser, constant, task


class Client(FastHttpUser):
    wait_time = constant(0)

    @task(3)
    def hello(self):
        self.client.get("/api/hello")

    @task(2)
    def items(self):
        self.client.get("/api/items?limit=10")

    @task(1)
    def log(self):
        self.client.post("/api/log", data="a line of the log")
"""

args = peers.arguments(__doc__, seconds=20)
peers.need("locust")


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def row(requests, failures, done):
    return {"rate": requests / args.seconds, "failures": failures, "per_cpu": requests / done.cpu_s, "cpu": done.cpu_s / requests,
            "requests": requests}


def measure_sonde():
    plan = write("sonde.yaml", PLAN.format(pid=nginx.worker(), port=nginx.port, users=USERS, spawn=SPAWN, seconds=args.seconds))
    done = peers.run(sonde.command("run", "-q", plan), env=sonde.env)
    load = json.loads(peers.run(sonde.command("show", "@last", "--json"), env=sonde.env).text)["load"]
    return row(load["requests"], sum(load["errors"].values()), done)


def measure_locust():
    locustfile, prefix = write("locustfile.py", LOCUSTFILE), os.path.join(folder, "locust")
    done = peers.run(peers.on_client_cpu("locust", "-f", locustfile, "--headless", "--only-summary", "--csv", prefix,
                                         "--exit-code-on-error", 0, "-u", USERS, "-r", SPAWN, "-t", f"{args.seconds:.0f}s",
                                         "-H", f"http://127.0.0.1:{nginx.port}"))
    with open(f"{prefix}_stats.csv") as f:
        total = [line for line in csv.DictReader(f) if line["Name"] == "Aggregated"][0]
    return row(int(total["Request Count"]), int(total["Failure Count"]), done)


with peers.Nginx() as nginx, peers.Sonde(args) as sonde, tempfile.TemporaryDirectory(prefix="sonde-bench-") as folder:
    rows = peers.alternate({"sonde": measure_sonde, "Locust": measure_locust}, args.rounds, warm_up=False)
print(f"medians of {args.rounds} alternations of {args.seconds:g} s, {USERS} users, {SPAWN} more a second, three endpoints, one core")
print(f"{'':10}{'requests':>10}{'requests/s':>12}{'failures':>10}{'requests/CPU-second':>21}{'CPU/request':>14}")
for client in rows:
    m = peers.medians(rows[client])
    print(f"{client:10}{m['requests']:10.0f}{m['rate']:12.0f}{m['failures']:10.0f}{m['per_cpu']:21.0f}{m['cpu'] * 1e6:12.2f}us")
peers.print_ratios(rows, "sonde", "Locust", "per_cpu", "requests per client CPU-second")
