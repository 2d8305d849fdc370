"""Tracks a real service in a git repository: no baseline, accepted, slowed down, refused, forced, and back again.

The service is examples/servers/healthy, whose work of a request is planted: 50 us, then 100 us.
"""
import os
import shutil
import signal
import subprocess

from harness import (SONDE, SOURCE, contains, done, environment, equal, free_port, matches, ok, skip_all, sonde, sonde_json, start,
                     temporary_folder, wait_until, write)

PLAN = """name: healthy
services:
  - name: server
    command: ./healthy ${port}
    build: make -s
    ready: {tcp: ":${port}"}
load: {target: "http://127.0.0.1:${port}/", connections: 4, rate: 1000/s, warmup: 200ms, duration: 1s}
profile: false
vars: {port: PORT}
repeat: 6
"""
MAKEFILE = "healthy: healthy.c serve.c serve.h\n\t$(CC) -O2 -g -pthread -D_GNU_SOURCE -o $@ healthy.c serve.c\n"


def git(folder, *args):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *args], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_repository():
    folder = temporary_folder()
    for name in ("healthy.c", "serve.c", "serve.h"):
        shutil.copy(os.path.join(SOURCE, "examples", "servers", name), folder)
    write(os.path.join(folder, "Makefile"), MAKEFILE)
    write(os.path.join(folder, "sonde.yaml"), PLAN.replace("PORT", str(free_port())))
    write(os.path.join(folder, ".gitignore"), "healthy\nstore\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def set_work(folder, microseconds):
    with open(os.path.join(folder, "healthy.c"), encoding="utf-8") as f:
        text = f.read()
    at = text.index("serve_work(") + len("serve_work(")
    write(os.path.join(folder, "healthy.c"), text[:at] + str(microseconds) + text[text.index(")", at):])
    git(folder, "commit", "-qam", f"{microseconds} us")


def revision(folder):
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True,
                          text=True).stdout.strip()


def test_loop(folder):
    first = sonde(folder, "track", "-q")
    equal(first.status, 4, "without a baseline the status is 4")
    contains(first.out, "nothing was accepted as the baseline of 'healthy' yet", "which is said")
    contains(first.out, "CPU per request", "with the figures")
    equal(sonde(folder, "accept").status, 64, "nothing is accepted without a reason")
    accepted = sonde(folder, "accept", "--note", "first")
    equal(accepted.status, 0, "it is accepted")
    base = revision(folder)

    set_work(folder, 100)
    slow, result = sonde_json(folder, "track", "-q")
    equal(result.status, 1, "twice the work: the status is 1")
    equal(slow and slow["answer"], "INVESTIGATE", "INVESTIGATE")
    equal(slow and slow["verdict"], "REGRESSED", "by the primary metric")
    equal(slow and slow["baseline"]["revision"], base, "against the commit that was accepted")
    equal(slow and slow["history"]["points"][-1]["revision"], revision(folder), "of the commit that is there")
    equal(slow and len(slow["history"]["points"]), 2, "two points of history")
    cpu = [m for m in slow["arms"][0]["metrics"] if m["name"] == "cpu_per_request" and m["scope"] == ""][0] if slow else {}
    ok(1.3 < cpu.get("ratio", 0) < 3, "by about what was planted", cpu)

    refused = sonde(folder, "accept", "--note", "oops")
    equal(refused.status, 1, "what REGRESSED is not accepted")
    contains(refused.err, "CPU per request REGRESSED", "and the reason is named")
    forced = sonde(folder, "accept", "--force", "--note", "it signs now")
    equal(forced.status, 0, "with --force it is")
    contains(forced.out, "to go back: ", "and how to go back is said")

    set_work(folder, 50)
    better = sonde(folder, "track", "-q", "--kv")
    equal(better.status, 0, "half the work again: KEEP")
    matches(better.out, r"^requests_per_sec=\d+\.\d\d \([+-]\d+\.\d%\)$", "lines for scripts")
    matches(better.out, r"^cpu_us_per_request=\d+\.\d\d \(-\d+\.\d%\)$", "with the change")
    contains(better.out, "answer=KEEP\n", "and the answer")

    log = sonde(folder, "track", "--log").out
    contains(log, "it signs now", "the log says why")
    contains(log, "REGRESSED, forced", "and that it was forced")


def test_removed(folder):
    baseline = sonde_json(folder, "track", "--log")[0]["accepted"][0]["experiment"]
    equal(sonde(folder, "rm", baseline).status, 5, "a baseline is not removed")
    equal(sonde(folder, "rm", baseline, "--force").status, 0, "unless it is forced")
    gone = sonde(folder, "track", "--no-run")
    equal(gone.status, 4, "then there is none")
    contains(gone.out, f"the baseline {baseline} was removed from the store", "and it is named")


def test_interrupted(folder):
    """What was measured before Ctrl-C is kept and shown, and is no baseline."""
    process = start([SONDE, "track"], folder, env=environment(folder), cwd=folder)
    before = len(sonde_json(folder, "list")[0]["experiments"])

    def has_measured():
        document = sonde_json(folder, "show", "@last")[0]
        return document is not None and any(run["state"] == "done" for run in document["runs"]) and \
            len(sonde_json(folder, "list")[0]["experiments"]) >= before and document["state"] == "running"
    ok(wait_until(has_measured, 30), "a run is through")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    equal(process.returncode, 130, "interrupted: 130")
    contains(out.decode(), "CPU per request", "what was measured is shown")
    refused = sonde(folder, "accept", "--note", "half of it")
    equal(refused.status, 64, "half an experiment is no baseline")
    contains(refused.err, "was interrupted", "because it was interrupted")


def main():
    if shutil.which("git") is None or shutil.which("make") is None:
        skip_all("needs git and make")
    folder = make_repository()
    test_loop(folder)
    test_removed(folder)
    test_interrupted(folder)
    done()


main()
