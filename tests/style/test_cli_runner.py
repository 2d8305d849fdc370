"""The golden-file runner: what it masks, and that a difference, a stray process and a wrong status fail."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.path.join(HERE, "..", "cli", "run_cli.py")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

import run_cli  # noqa: E402
from tap import Tap  # noqa: E402


def masked(text, keep=(), ids=()):
    return run_cli.mask(text, [("/tmp/x", "<tmp>")], set(ids), keep)


def run_case(folder, files, *options):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    sonde = os.path.join(folder, "sonde-bin")
    with open(sonde, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\necho "$@"\n')
    os.chmod(sonde, stat.S_IRWXU)
    result = subprocess.run(
        [sys.executable, RUNNER, "--sonde", sonde, *options, os.path.join(folder, "case.cmd")],
        capture_output=True, text=True, check=False,
    )
    return result.returncode, result.stdout


def test_masks(tap):
    same = [
        "help: -d 10s, at most 64 connections, -t 2",
        "expected database spawned measured",
        "12345678 bytes in 100 %",
    ]
    for text in same:
        tap.equal(masked(text), text, f"stays: {text}")
    changes = {
        "p99   3.42 ms  p50     412 ns": "p99 <time> p50 <time>",
        "took 2m05s": "took <time>",
        '"p99_ns": 3420000, "p999_ns": null': '"p99_ns": <time>, "p999_ns": null',
        "1,234.5/s": "<rate>",
        "stored k3m5s7tz.2 in /tmp/x/store": "stored <id>.2 in <tmp>/store",
        "2026-11-21 01:12:24 and 2026-11-21T01:12:24.5Z": "<date> and <date>",
        "pid 4711 on 127.0.0.1:8080": "pid <pid> on 127.0.0.1:<port>",
    }
    for text, want in changes.items():
        tap.equal(masked(text), want, f"masked: {text}")
        tap.equal(masked(want), want, f"masking twice changes nothing: {want}")
    tap.equal(masked("12.5 ms k3m5s7tz", keep=["times", "ids"]), "12.5 ms k3m5s7tz", "kept on request")
    tap.equal(masked("abcdefgh", ids=["abcdefgh"]), "<id>", "an id without a digit that a store knows")


def test_store(tap):
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(os.path.join(folder, "db"))
        database.execute("CREATE TABLE experiment (id TEXT, name TEXT)")
        database.execute("INSERT INTO experiment VALUES ('abcdefgh', 'expected')")
        database.commit()
        database.close()
        tap.equal(run_cli.stored_ids(folder), {"abcdefgh"}, "ids come from the column called id")


def test_cases(tap):
    script = 'printf "hi\\n"; "$SONDE" load; echo oops >&2; exit 3\n'
    good = {"case.cmd": script, "case.stdout": "hi\nload\n", "case.stderr": "oops\n", "case.status": "3\n"}
    for name, text in {"case.stdout": "hello\nload\n", "case.stderr": "", "case.status": "0\n"}.items():
        with tempfile.TemporaryDirectory() as folder:
            status, out = run_case(folder, {**good, name: text})
            tap.ok(status == 1 and out.count("not ok") == 1, f"a difference in {name} fails", out)
    with tempfile.TemporaryDirectory() as folder:
        status, out = run_case(folder, good)
        tap.ok(status == 0 and "1..4" in out, "no difference passes", out)
    with tempfile.TemporaryDirectory() as folder:
        status, out = run_case(folder, {"case.cmd": script, "case.stdout": "old\n"}, "--update")
        again, out = run_case(folder, {"case.cmd": script})
        tap.ok(status == 0 and again == 0, "--update writes what then passes", out)
    with tempfile.TemporaryDirectory() as folder:
        status, out = run_case(folder, {"case.cmd": "sleep 50 &\n"})
        tap.ok(status == 1 and "left behind" in out, "a process left behind fails", out)
    with tempfile.TemporaryDirectory() as folder:
        status, out = run_case(folder, {"case.cmd": "echo no perf here >&2; exit 77\n"})
        tap.ok(status == 0 and "# SKIP no perf here" in out, "77 skips with the reason", out)
    with tempfile.TemporaryDirectory() as folder:
        status, out = run_case(folder, {"case.cmd": "# keep: tmies\n"})
        tap.ok(status != 0 and "1..0" not in out, "an unknown group fails", out)


if __name__ == "__main__":
    points = Tap()
    test_masks(points)
    test_store(points)
    test_cases(points)
    sys.exit(points.done())
