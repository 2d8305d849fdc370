"""When requests go out: amounts, rates, stages, users, named loads, the warm-up that is found, what ends a run early.

A rate's schedule is read from --raw (intended times are the schedule itself, whatever the machine does), users from the
connections and cookies that the server saw. Most tests mostly wait, so they wait beside each other, each with a server of
its own.
"""
import csv
import functools
import itertools
import math
import os
import random
import re

from binomial import binomial_band
from harness import (contains, done, equal, free_port, matches, ok, side_by_side, skip, sonde, sonde_json, temporary_folder,
                     write)
from load_servers import NGINX, Nginx, Web, answer, check_document, echo, ended, load, load_at_once


def raw_rows(folder, name="raw.csv"):
    with open(os.path.join(folder, name), newline="") as f:
        return list(csv.DictReader(f))


def intended(rows):
    """Seconds since the first one, in order."""
    times = sorted(int(row["intended_ns"]) for row in rows)
    return [(t - times[0]) / 1e9 for t in times]


# ---- how much ----

def test_amounts(nginx):
    folder = temporary_folder()
    for args, count in ((["-n", "1"], 1), (["-n", "3", "-c", "7", "-t", "3"], 3), (["-n", "1000", "-c", "7", "-t", "2"], 1000),
                        (["-n", "300", "-R", "2000"], 300), (["-n", "101", "-u", "9"], 101),
                        (["-n", "500", "-c", "3", "--pipeline", "4"], 500)):
        nginx.forget()
        what = f"load {' '.join(args)}"
        document = load(folder, *args, f":{nginx.port}/", what=what)
        equal(document["requests"], count, f"{what}: as many answers")
        equal(len(nginx.settle(count)), count, f"{what}: as many requests at nginx")
        ok(document["duration_ns"] > 0, f"{what}: its elapsed time", document["duration_ns"])
    nginx.forget()
    document = load(folder, "-n", "1000000", "-R", "100", "-d", "500ms", f":{nginx.port}/", what="-n with a limit")
    equal(document["offered"], 50, "-n with a limit: the time ends it")


# ---- rates ----

def test_constant(nginx):
    folder = temporary_folder()
    load(folder, "-R", "500", "-d", "1s", "-t", "2", "--raw", "raw.csv", f":{nginx.port}/", what="constant")
    times = intended(raw_rows(folder))
    equal(len(times), 500, "constant: a row for each request")
    ok(all(abs(t - i / 500) < 1e-6 for i, t in enumerate(times)), "constant: one each 2 ms, of both threads together", times)


def exponential_distance(gaps, rate):
    """Kolmogorov-Smirnov: the greatest distance between the gaps' distribution and 1 - exp(-rate x)."""
    gaps, n = sorted(gaps), len(gaps)
    return max(max(abs(1 - math.exp(-rate * gap) - i / n), abs(1 - math.exp(-rate * gap) - (i + 1) / n))
               for i, gap in enumerate(gaps))


def test_poisson(nginx):
    folder = temporary_folder()
    nginx.forget()
    document = load(folder, "-R", "500", "--arrivals", "poisson", "-d", "2s", "-t", "2", "-c", "20", "--raw", "raw.csv",
                    f":{nginx.port}/", what="Poisson")
    times = intended(raw_rows(folder))
    gaps = [b - a for a, b in itertools.pairwise(times)]
    equal(len(times), document["offered"], "Poisson: a row for each request")
    equal(len(nginx.settle(len(times))), len(times), "Poisson: each goes out")
    # of a million runs one lies beyond these two
    low, high = 1000 - 5 * math.sqrt(1000), 1000 + 5 * math.sqrt(1000)
    ok(low <= len(times) <= high, f"Poisson: {low:.0f} to {high:.0f} in 2 s of 500/s", len(times))
    distance, limit = exponential_distance(gaps, 500), 2.69 / math.sqrt(len(gaps))
    ok(distance < limit, f"Poisson: the gaps are exponential (KS below {limit:.3f})", distance)
    ok(exponential_distance([0.002] * len(gaps), 500) > limit, "Poisson: and even ones would not be")


def due(rows):
    """Requests that were due, by second since the first one (which is due at the begin)."""
    counts = []
    for t in intended(rows):
        counts += [0] * (int(t) + 1 - len(counts))
        counts[int(t)] += 1
    return counts


def check_near(got, want, what):
    """Where a second ends inside a ramp, one request may fall to either side."""
    ok(len(got) == len(want) and all(abs(g - w) <= 1 for g, w in zip(got, want)), what, f" got {got}\nwant {want}")


def test_stages(nginx):
    folder = temporary_folder()
    nginx.forget()
    document = load(folder, "--stages", "400/s:2s,hold:500ms,100/s,hold:500ms", "-t", "2", "--raw", "raw.csv",
                    f":{nginx.port}/", what="stages")
    check_near(due(raw_rows(folder)), [100, 300, 250], "stages: ramp, hold and step, each second the integral of its rate")
    equal(len(nginx.settle(document["offered"])), document["offered"], "stages: as many at nginx")
    equal(document["duration_ns"], 3_000_000_000, "stages: as long as they take")
    schedules = (("begin with the warm-up", ["--stages", "400/s:2s,hold:1s", "--warmup", "1s"], [300, 400]),
                 ("go down to nothing and come back", ["--stages", "300/s,hold:1s,0/s,hold:1s,300/s:1s"], [300, 0, 150]),
                 ("begin at -R", ["-R", "200", "--stages", "hold:1s,0/s:1s"], [200, 100]),
                 ("of Poisson arrivals", ["--stages", "500/s:1s,hold:1s", "--arrivals", "poisson"], None))
    files = [os.path.join(folder, f"{i}.csv") for i in range(len(schedules))]
    documents = load_at_once(*((f"stages {what}", [*args, "--raw", file, f":{nginx.port}/"])
                               for file, (what, args, _) in zip(files, schedules)))
    for document, file, (what, _, want) in zip(documents, files, schedules):
        check_document(document, f"stages {what}")
        if want is not None:
            check_near(due(raw_rows(folder, file)), want, f"stages {what}")
    ok(abs(documents[3]["offered"] - 750) < 5 * math.sqrt(750), "a ramp of Poisson arrivals has its integral",
       documents[3]["offered"])
    for stages, sentence in (("400:1s,100/s", "/s"), ("hold", "is no stage"), ("5/s:", "is no stage"), ("", "is no stage")):
        result = sonde(folder, "load", "--stages", stages, f":{nginx.port}/", timeout=30)
        equal(result.status, 64, f"--stages '{stages}': status 64")
        contains(result.err, sentence, f"--stages '{stages}': what is wrong")


# ---- users ----

class Sessions:
    """Gives each one who has no cookie a session, and counts them."""

    def __init__(self):
        self.given = 0

    def __call__(self, asked):
        if "cookie" in asked.headers:
            return answer(b"known")
        self.given += 1
        return answer(b"new", headers=[("Set-Cookie", f"session=s{self.given}; Path=/"), ("Set-Cookie", "seen=yes")])


def by_connection(web):
    connections = {}
    for asked in web.asked:
        connections.setdefault(asked.connection, []).append(asked)
    return connections


def test_cookies(web):
    folder = temporary_folder()
    web.forget(Sessions())
    load(folder, "-u", "6", "--think", "50ms", "-d", "1s", "-t", "2", f":{web.port}/", what="users")
    connections = by_connection(web)
    equal((len(connections), web.reply.given), (6, 6), "users: a connection and a session each")
    jars = {number: {a.headers["Cookie"] for a in asked[1:]} for number, asked in connections.items()}
    ok(all(len(jar) == 1 for jar in jars.values()), "users: each keeps its own cookie", jars)
    equal(len(set().union(*jars.values())), 6, "users: and no two have the same")
    ok(all("seen=yes" in cookie for jar in jars.values() for cookie in jar), "users: all cookies of an answer", jars)
    ok(all(b.time_ns - a.time_ns >= 50e6 for asked in connections.values() for a, b in itertools.pairwise(asked)),
       "users: no pause is shorter than the thinking")
    web.forget(Sessions())
    load(folder, "-c", "3", "-n", "30", f":{web.port}/", what="connections")
    equal(web.reply.given, 30, "connections keep no cookies")
    web.forget(Sessions())
    load(folder, "-u", "2", "-n", "20", "--close", f":{web.port}/", what="users that close")
    equal((web.reply.given, len(by_connection(web))), (2, 20), "users keep their cookies over connections")


def test_thinking(web):
    folder = temporary_folder()
    web.forget(echo)
    load(folder, "-u", "40", "--think", "exp:100ms", "-d", "1500ms", f":{web.port}/", what="exponential thinking")
    gaps = [b.time_ns - a.time_ns for asked in by_connection(web).values() for a, b in itertools.pairwise(asked)]
    # lateness only adds: of exponential pauses 63 % are below the mean, of even ones none would be
    short = sum(gap < 100e6 for gap in gaps)
    low, high = binomial_band(len(gaps), 1 - math.exp(-1))
    ok(0.7 * low <= short <= high + 0.1 * len(gaps),
       f"exponential thinking: near {low} to {high} of {len(gaps)} below its mean", short)
    web.forget()
    load(folder, "-u", "20", "--think", "50ms..150ms", "-d", "1s", f":{web.port}/", what="uniform thinking")
    gaps = [b.time_ns - a.time_ns for asked in by_connection(web).values() for a, b in itertools.pairwise(asked)]
    ok(min(gaps) >= 50e6, "uniform thinking: never below its least", min(gaps))
    ok(len({gap // 10_000_000 for gap in gaps}) >= 8, "uniform thinking: spread", sorted(gaps))


def test_spawning(web):
    """Each user thinks longer than the run takes: its one request is its begin."""
    folder = temporary_folder()
    web.forget(echo)
    document = load(folder, "-u", "20", "-r", "20", "--think", "1m", "-d", "1500ms", "--raw", "raw.csv", f":{web.port}/",
                    what="spawn rate")
    equal((document["offered"], len(web.connections)), (20, 20), "spawn rate: 20 users with a connection each")
    times = intended(raw_rows(folder))
    ok(all(t >= i / 20 - 0.06 for i, t in enumerate(times)), "spawn rate: none before its time", times)
    web.forget()
    document = load(folder, "--stages", "10:1s,hold:500ms,15,hold:500ms", "--think", "1m", "--raw", "raw.csv",
                    f":{web.port}/", what="stages of users")
    equal((document["offered"], len(web.connections)), (15, 15), "stages of users: as many as the highest")
    times = intended(raw_rows(folder))
    ok(all(t >= (i / 10 - 0.11 if i < 10 else 1.5 - 0.2) for i, t in enumerate(times)),
       "stages of users: none before its time", times)
    web.forget()
    load(folder, "--stages", "8,hold:500ms,2,hold:1s", "--think", "20ms", f":{web.port}/", what="users leave")
    begin = min(a.time_ns for a in web.asked)
    # a user that leaves finishes what it does: half a second later the others are gone
    late = {a.connection for a in web.asked if a.time_ns > begin + 1e9}
    equal((len(web.connections), len(late)), (8, 2), "users leave when the stages go down")


# ---- named loads ----

class OneWorker:
    """Answers after 10 ms, and no sooner than 4 ms after the answer before: at most 250 a second, whoever asks."""

    def __init__(self, web):
        self.loop, self.free = web.loop, 0

    def __call__(self, asked):
        now = self.loop.time()
        self.free = max(self.free + 0.004, now + 0.010)
        return self.free - now, answer(b"served")


LOADS = """
name: one worker
load: {{target: "http://127.0.0.1:{port}", requests: [{{name: page, path: /}}]}}
loads:
  one: {{connections: 1}}
  two: {{connections: 2}}
  eight: {{connections: 8}}
  sixteen: {{connections: 16, duration: 1m}}
  paced: {{rate: 100/s, duration: 1s}}
"""
NAMES = ["one", "two", "eight", "sixteen", "paced"]


def load_rows(text):
    return [line.split()[0] for line in text.splitlines() if line.split()[:1] and line.split()[0] in NAMES]


def test_loads(web):
    folder = temporary_folder()
    web.forget(OneWorker(web))
    write(os.path.join(folder, "sonde.yaml"), LOADS.format(port=web.port))
    result = sonde(folder, "run", "--load", "all", "-d", "700ms")
    equal(result.status, 0, "--load all: it is measured, and -d holds for the loads that have their own")
    equal(load_rows(result.out), NAMES, "--load all: a row each, in the plan's order")
    lines = result.out.splitlines()
    marked = [i for i, line in enumerate(lines) if "throughput stops rising here" in line]
    ok(len(marked) == 1 and lines[marked[0] - 1].split()[0] == "sixteen", "--load all: a mark where throughput stops rising",
       result.out)
    result = sonde(folder, "run", "--more", "1")
    equal(load_rows(result.out), NAMES, "--more: all of the loads again")
    document, _ = sonde_json(folder, "show")
    equal(sorted(r["arm"] for r in document["runs"]), sorted(2 * NAMES), "--load all: the arms are named as the loads")
    document, result = sonde_json(folder, "run", "--load", "paced")
    equal((result.status, document["load"]["offered"]), (0, 100), "--load paced: that one alone")
    result = sonde(folder, "run", "--load", "pacde")
    equal(result.status, 64, "--load with a name that is none: status 64")
    contains(result.err, "did you mean 'paced'?", "--load with a name that is none: the nearest")
    write(os.path.join(folder, "sonde.yaml"), LOADS.format(port=web.port).split("loads:")[0])
    result = sonde(folder, "run", "--load", "all")
    equal(result.status, 64, "--load all of a plan without loads: status 64")


# ---- the warm-up that is found ----

def load_slow_at_first(slow):
    """A server that needs 800 ms for its first second, and then about 200, with more noise than a busy machine adds. Now and
    then that noise happens to look like a trend: it gets five draws."""
    noise = random.Random(1)

    def reply(asked):
        return (0.8 if asked.time_ns < slow.connections[0] + 1e9 else noise.uniform(0.16, 0.24)), answer(b"x")
    for _ in range(5):
        slow.forget(reply)
        document, = load_at_once(("slow at first", ["-R", "150", "-c", "150", "--warmup", "auto", "-d", "8s", f":{slow.port}/"]))
        if 1e9 <= document["warmup"]["cut_ns"] <= 3e9:
            break
    return document


def check_warmup(document):
    equal(document["offered"], ended(document), "warmup auto: offered = answered + what was not answered")
    equal(sum(second["requests"] for second in document["seconds"]), document["requests"],
          "warmup auto: the seconds behind the cut add up")


def test_warmup(web):
    document = load_slow_at_first(web)
    warmup, latency = document["warmup"], document["latency"]
    cut = warmup["cut_ns"]
    ok(1e9 <= cut <= 3e9, "warmup auto: the slow second is cut off", warmup)
    contains(warmup["findings"][0], "cut off", "warmup auto: it says so")
    equal(document["duration_ns"], 8_000_000_000 - cut, "warmup auto: the window begins behind the cut")
    ok(160e6 <= latency["p90_ns"] < 800e6, "warmup auto: and the slow answers are not in it", latency)
    check_warmup(document)


def test_no_warmup(web):
    web.forget(lambda asked: (0.010, answer(b"x")))
    steady, short = load_at_once(("steady", ["-R", "100", "--warmup", "auto", "-d", "5s", f":{web.port}/"]),
                                 ("too short", ["-R", "50", "--warmup", "auto", "-d", "1s", f":{web.port}/"]))
    ok(steady["warmup"]["cut_ns"] <= 2e9, "warmup auto: a steady server loses little or nothing", steady["warmup"])
    equal(short["warmup"]["cut_ns"], 0, "warmup auto: of what is too short nothing is cut")
    contains(short["warmup"]["findings"][0], "too short", "warmup auto: and it says so")
    check_warmup(steady)
    check_warmup(short)
    check_document(short, "warmup auto, too short")


# ---- what ends a run early, and what decides its status ----

def test_abort(nginx):
    folder = temporary_folder()
    result = sonde(folder, "load", "-R", "200", "-d", "20s", "--abort-on", "failures < 50", f":{nginx.port}/missing", timeout=15)
    equal(result.status, 1, "--abort-on: status 1")
    contains(result.err, "failures < 50", "--abort-on: it names what ended it")
    document, _ = sonde_json(folder, "show")
    counts = document["load"]
    ok(50 <= counts["offered"] < 2000, "--abort-on: what was measured is kept, and it ended early", counts["offered"])
    check_document(counts, "--abort-on")
    result = sonde(folder, "load", "-R", "200", "-d", "2500ms", "--abort-on", "rate > 100/s", "--abort-on", "failures < 5",
                   f":{nginx.port}/", timeout=15)
    equal(result.status, 0, "--abort-on that is not broken, at no time: status 0")


def test_thresholds(nginx):
    folder = temporary_folder()
    for thresholds, status, sentence in (
            (["failures == 0", "max < 10s", "GET /.p50 < 10s", "p50 > 1ns"], 0, ""),
            (["p50 > 10s"], 1, "p50 > 10s"),
            (["GET /.failures > 0"], 1, "GET /.failures > 0"),
            (["p99 < 10s"], 3, "too few answers"),
            (["p99 < 10s", "max < 1us"], 1, "max < 1us"),
            (["p98 < 1s"], 64, "p98"),
            (["PUT /.max < 1s"], 64, "PUT /")):
        args = [part for text in thresholds for part in ("--threshold", text)]
        result = sonde(folder, "load", "-R", "100", "-d", "300ms", *args, f":{nginx.port}/", timeout=30)
        equal(result.status, status, f"--threshold {thresholds}: status {status}")
        contains(result.err, sentence, f"--threshold {thresholds}: the sentence")


def test_lower_bounds(nginx):
    """Requests that were given up on are slower than any answer: no quantile pretends to know by how much."""
    folder = temporary_folder()
    nginx.forget()
    thread = nginx.freeze(60, 2)
    args = ("-R", "200", "-d", "1500ms", "--timeout", "500ms", "-c", "20", f":{nginx.port}/")
    result = sonde(folder, "load", "--threshold", "p90 < 400ms", *args, timeout=30)
    thread.join()
    nginx.settle(60)
    document, _ = sonde_json(folder, "show")
    counts = document["load"]
    check_document(counts, "freeze")
    equal(counts["offered"], 300, "freeze: the schedule goes on")
    ok(counts["errors"]["timeout"] > 150, "freeze: what is not answered in time has timed out", counts["errors"])
    equal(counts["latency"]["p90_ns"], None, "freeze: p90 is not known")
    ok(counts["lower_bounds"]["p90_ns"] >= 500e6, "freeze: and at least the timeout", counts["lower_bounds"])
    ok(re.search(r"≥ *[0-9.]+ m?s", result.out) is not None, "freeze: the text has the bound", result.out)
    equal(result.status, 1, "freeze: 'p90 < 400ms' is broken by a bound of 500 ms")
    nginx.forget()
    thread = nginx.freeze(60, 2)
    result = sonde(folder, "load", "--threshold", "p90 < 10s", *args, timeout=30)
    thread.join()
    equal(result.status, 3, "freeze: whether p90 is below 10 s is not known")


def test_drain(web):
    """Answers that come after the window belong to it; what never comes is waited for as long as the timeout."""
    folder = temporary_folder()
    web.forget(lambda asked: (0.6, answer(b"late")))
    document = load(folder, "-R", "100", "-c", "100", "-d", "500ms", f":{web.port}/", what="drain")
    equal((document["offered"], document["requests"]), (50, 50), "drain: late answers are answers")
    ok(document["latency"]["min_ns"] >= 600e6, "drain: as late as they were", document["latency"])
    web.forget(lambda asked: (60, b""))
    document = load(folder, "-R", "100", "-c", "100", "-d", "500ms", "--timeout", "1s", f":{web.port}/", what="never",
                    status=3)
    equal((document["requests"], document["errors"]["timeout"]), (0, 50), "never answered: timed out, each of them")
    web.forget(lambda asked: (0.001 if len(web.asked) % 2 else 60, answer(b"x")))
    for limit, status in (("500ms", 1), ("20s", 3)):
        result = sonde(folder, "load", "-R", "100", "-c", "100", "-d", "300ms", "--timeout", "1s", "--threshold",
                       f"max < {limit}", f":{web.port}/")
        equal(result.status, status, f"half of them never answered: 'max < {limit}': status {status}")
    equal(sonde(folder, "load", "-c", "2", "-d", "300ms", "--timeout", "500ms", f":{free_port()}/").status, 5,
          "nobody there: could not measure, status 5")


def main():
    tests = [functools.partial(test, Web()) for test in (test_cookies, test_thinking, test_spawning, test_warmup,
                                                           test_no_warmup, test_drain)]
    if NGINX:
        tests += [functools.partial(test, Nginx()) for test in (test_amounts, test_constant, test_poisson, test_stages, test_abort,
                                                                test_thresholds, test_lower_bounds)]
    else:
        skip("nginx as the other side", "no nginx here")
    side_by_side(*tests)
    test_loads(Web())  # alone: it measures where throughput stops rising
    done()


main()
