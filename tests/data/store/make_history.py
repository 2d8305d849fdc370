#!/usr/bin/env python3
"""Makes a store in which one plan was run again and again, for golden tests of `track` and `accept`.

usage: make_history.py DIR WHAT…     each an experiment, a day after the one before: h0000001, h0000002, …

WHAT is the CPU time per request in microseconds, then what is special about it:

    100            six runs of one arm, scattered by half a percent
    100@6.18       with another kernel than 6.1.0
    100%there      on another machine
    100!failed     in another state than done
    100~SUSPECT    with another validity of the load than VALID
    100x2          of two runs
    100+2          of two arms, the second of which costs twice as much
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_store

PLAN = "name: gateway\nload: {target: \":8080\"}\n"


def add(maker, number, word):
    match = re.fullmatch(r"([\d.]+)(?:@([\d.]+))?(?:%(\w+))?(?:!(\w+))?(?:~(\w+))?(?:x(\d+))?(?:\+(\d+))?", word)
    if match is None:
        sys.exit(f"{word}: what is that?")
    cpu, kernel, host, state, validity, runs, arms = match.groups()
    ident = f"h{number:07}"
    make_store.ENVIRONMENT = {
        "sonde": "0.1.0", "host": host or "lab", "kernel": kernel or "6.1.0", "cpu_model": "Example CPU", "cpus": 2,
        "governor": "performance", "git_revision": f"{number:02x}" * 20}
    maker.experiment(ident, "run", "gateway", number * 24, state=state or "done", command_line="sonde track", plan=PLAN,
                     plan_path="sonde.yaml", primary_metric="cpu_per_request")
    place = 0
    for pair in range(1, int(runs or 6) + 1):
        for arm in range(int(arms or 1)):
            place += 1
            jitter = 1 + (pair - (int(runs or 6) + 1) / 2) / 1000
            maker.run(ident, place, ["default", "proxy", "zero-copy"][arm + (arms is not None)], arm, pair,
                      state=state or "done", validity=validity or "VALID")
            cost = float(cpu) * (1 + arm) * jitter
            maker.metrics(rate_rps=4000 / jitter, latency_p50=1200000, latency_p99=9600000, success_ratio=1.0,
                          cpu_per_request=cost * 1000)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    maker = make_store.Maker(os.path.join(sys.argv[1], "sonde.db"))
    for number, word in enumerate(sys.argv[2:], 1):
        add(maker, number, word)
    maker.db.execute("COMMIT")
    maker.db.close()


if __name__ == "__main__":
    main()
