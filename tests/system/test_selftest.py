"""`sonde selftest load`: the whole way, from the reference server's stamps to the stored errors.

How large the errors are is the machine's affair as well (other tests may run beside this one), and is not asserted.
What must hold on any machine: the counts of both sides, what a freeze does to the quantiles, what is stored, and that
no process stays. So these wait beside each other.
"""
import os
import signal
import sqlite3

from harness import (contains, done, equal, is_alive, ok, processes_with, side_by_side, sonde, sonde_json, start,
                     temporary_folder, wait_until, SONDE)

SCENARIOS = "constant two-point queue-50 queue-80 freeze freeze-end hang".split()
QUANTILES = [0.5, 0.75, 0.9, 0.99, 0.999]
FREEZE = [SONDE, "selftest", "load", "--scenario", "freeze", "-d", "10s"]  # to be ended before that


def servers(parent):
    """Reference servers that a sonde has started, by the name of the process."""
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as f:
            children = f.read().split()
        return [int(pid) for pid in children if open(f"/proc/{pid}/comm").read().strip() == "sonde-reference"]
    except OSError:
        return []


def quantile(scenario, q):
    return next(item for item in scenario["quantiles"] if item["q"] == q)


def test_all(folder):
    document, result = sonde_json(folder, "selftest", "load", "--quick", "-q", "--seed", 7)
    if not ok(document is not None and result.status in (0, 1), "it measures", result):
        return
    equal(result.status, 0 if document["within"] else 1, "the status says whether the ruler is within its limits")
    equal(document["schema"], "sonde.selftest/1", "JSON")
    equal([item["name"] for item in document["scenarios"]], SCENARIOS, "all scenarios")
    for item in document["scenarios"]:
        name = item["name"]
        equal([entry["q"] for entry in item["quantiles"]], QUANTILES, f"{name}: quantiles")
        if name != "hang":
            ok(item["offered"] == item["answered"] == item["served"] > 1000, f"{name}: both sides count the same", item)
        ok(quantile(item, 0.99)["truth_ns"] > 0, f"{name}: p99 is earned", item)
        ok(quantile(item, 0.999)["truth_ns"] is None, f"{name}: p99.9 is not", item)
        ok(item["ping"]["p50_ns"] > 0 and item["send_lag"]["p99_ns"] >= item["send_lag"]["p50_ns"] > 0,
           f"{name}: circumstances", item)
    by_name = {item["name"]: item for item in document["scenarios"]}
    ok(quantile(by_name["constant"], 0.5)["truth_ns"] >= 2_000_000, "a delay of 2 ms is never less", by_name["constant"])
    ok(quantile(by_name["two-point"], 0.99)["truth_ns"] >= 20_000_000, "the slow ones are slow", by_name["two-point"])
    equal((by_name["queue-50"]["late_ratio"], by_name["freeze"]["late_ratio"] is None), (None, False),
          "late is asked of freezes only")
    test_freezes(by_name)
    test_stored(folder, document)


def test_freezes(by_name):
    """3 s, frozen for 40 % of it: p99 is 1.17 s by the law, whatever the machine does besides."""
    freeze, end, hang = by_name["freeze"], by_name["freeze-end"], by_name["hang"]
    for q in (0.75, 0.9, 0.99):
        entry = quantile(freeze, q)
        ok(abs(entry["error_ratio"]) < 0.02, f"freeze: p{100 * q:g} within 2 % of the truth", entry)
        ok(entry["truth_ns"] >= entry["law_ns"] * 0.999 > 0, f"freeze: p{100 * q:g} is the law and the drain", entry)
    ok(quantile(freeze, 0.5)["law_ns"] is None, "freeze: p50 is not in the freeze", freeze)
    for item in (end, hang):
        ok(item["late_ratio"] >= 0.23, f"{item['name']}: at least 23 % are late", item)
        ok(abs(item["late_ratio"] - item["late_truth_ratio"]) < 0.02, f"{item['name']}: as many as in truth", item)
    ok(abs(quantile(end, 0.99)["error_ratio"]) < 0.02, "freeze-end: p99 within 2 % of the truth", end)
    bound = quantile(hang, 0.99)
    ok(bound["is_bound"] and 500_000_000 <= bound["measured_ns"] <= bound["truth_ns"] and bound["within"],
       "hang: p99 is bounded from below, by the timeout at least", bound)
    ok(hang["answered"] < hang["offered"], "hang: and some are never answered", hang)


def test_stored(folder, document):
    db = sqlite3.connect(os.path.join(folder, "store", "sonde.db"))
    row = db.execute("SELECT kind, rate_hz, boot_id, is_within, p50_error_ns, wall_ns FROM selftest").fetchall()
    boot = open("/proc/sys/kernel/random/boot_id").read().strip()
    equal(row, [("load", 1000.0, boot, int(document["within"]), document["p50_error_ns"], document["created_wall_ns"])],
          "it is stored")
    names = [name for name, in db.execute("SELECT scenario FROM selftest_scenario ORDER BY place")]
    equal(names, SCENARIOS, "… by scenario")
    stored = db.execute("SELECT scenario, quantile, truth_ns, measured_ns FROM selftest_quantile WHERE is_earned").fetchall()
    shown = [(item["name"], entry["q"], entry["truth_ns"], entry["measured_ns"]) for item in document["scenarios"]
             for entry in item["quantiles"] if entry["truth_ns"] is not None]
    equal(sorted(stored), sorted(shown), "… and by quantile, as shown")
    db.close()


def test_text(folder):
    result = sonde(folder, "selftest", "load", "--scenario", "constant", "-d", "2s", "-R", 500)
    ok(result.status in (0, 1), "one scenario in text", result)
    for part in ("constant: each answer after 2 ms", "p99", "send lag", "run-queue wait", "ruler error at 500/s: p50 "):
        contains(result.out, part, f"the text has {part!r}")
    contains(result.err, "selftest 1/1", "progress goes to stderr")
    contains(result.out, "not listed were not earned", "what is missing is said")


def test_wrong(folder):
    for args, part in ((("selftest",), "sonde selftest load"), (("selftest", "sampler"), "'sampler'"),
                       (("selftest", "load", "--scenario", "freez"), "freeze-end"),
                       (("selftest", "load", "-R", "5"), "from 10 to 100,000"),
                       (("selftest", "load", "-d", "10ms"), "a second at least")):
        result = sonde(folder, *args)
        equal((result.status, result.out), (64, ""), f"{' '.join(args)}: wrong usage")
        contains(result.err, part, "… with a sentence")


def start_freeze(folder):
    process = start(FREEZE, folder)
    found = wait_until(lambda: servers(process.pid))
    ok(found, "a reference server runs")
    return process, found


def test_interrupt(folder):
    process, found = start_freeze(folder)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    equal(process.returncode, 130, "Ctrl-C ends it")
    ok(not any(map(is_alive, found)), "… and its server", found)


def test_killed(folder):
    process, found = start_freeze(folder)
    process.kill()
    process.wait()
    ok(wait_until(lambda: not any(map(is_alive, found)) and not processes_with(" ".join(FREEZE))),
       "kill -9 leaves none behind", found)


def test_ends():
    folder = temporary_folder()
    test_interrupt(folder)
    test_killed(folder)


def test_words():
    folder = temporary_folder()
    test_text(folder)
    test_wrong(folder)


side_by_side(lambda: test_all(temporary_folder()), test_words, test_ends)
done()
