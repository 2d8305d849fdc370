"""`stat` as a whole: of commands, of what is up, of the machine; what it prints where, what it counts, and how it ends.

Counts are held against programs that know their own (programs/spends.c); single events, system calls and the tables of pidstat, mpstat
and iostat have tests of their own. A machine that is busy with other things makes shares of time wrong, so a share may be tried again.
"""
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import harness
from harness import (cleanup, contains, done, end, environment, equal, free_port, is_alive, matches, ok, processes_with, server_command, skip,
                     skip_all, sonde, sonde_json, start, temporary_folder, wait_for_port, wait_until)
from perf_filter import build_filter

USER = 1000
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
PARANOID = "/proc/sys/kernel/perf_event_paranoid"
PROGRAM = os.path.join(harness.SOURCE, "tests", "system", "programs", "spends.c")
CC = os.environ.get("CC", "cc").split()
TITLES = "    time      CPU     user"


def build(folder):
    program = os.path.join(folder, "spends")
    made = subprocess.run([*CC, "-O1", "-D_GNU_SOURCE", PROGRAM, "-o", program, "-pthread"], capture_output=True, text=True)
    if made.returncode != 0:
        skip_all("no compiler: " + made.stderr.strip().split("\n")[-1])
    os.chmod(program, 0o755)
    return program


def stat_json(*args, **kw):
    """The document of `stat --json`, and the result; what the command prints goes before it."""
    path = os.path.join(kw.pop("folder", FOLDER), "stat.json")
    if os.path.exists(path):
        os.unlink(path)
    result = sonde(os.path.dirname(path), "stat", f"--json={path}", *args, **kw)
    if not os.path.exists(path):
        return {}, result
    with open(path) as f:
        return json.load(f), result


def value(document, name):
    for counter in document.get("counters", []):
        if counter["name"].split(":")[0] == name:
            return counter["value"]
    return None


def is_within(got, want, ratio, least=0.0):
    return got is not None and abs(got - want) <= max(want * ratio, least)


def until_right(what, attempt, tries=4):
    """attempt() returns whether it is right, and what it saw."""
    seen = []
    for _ in range(tries):
        right, detail = attempt()
        if right:
            return ok(True, what)
        seen.append(detail)
    return ok(False, what, "\n".join(str(detail) for detail in seen))


# ---- a command ----

def test_command():
    result = sonde(FOLDER, "stat", "--", "sh", "-c", "echo from the command; exit 3")
    equal(result.status, 3, "CMD: its status")
    equal(result.out, "from the command\n", "CMD: its output alone")
    for part in ("task-clock", "context-switches", "page-faults", "seconds time elapsed", "seconds user", "seconds sys", "threads: sh", "where ",
                 "stored as "):
        contains(result.err, part, f"CMD: {part.strip()} on standard error")
    ok("measure ·" not in result.err, "CMD: no progress between", result.err)
    equal(sonde(FOLDER, "stat", "sh", "-c", "kill -TERM $$").status, 128 + signal.SIGTERM, "CMD: the signal that ended it")
    equal(sonde(FOLDER, "stat", "-e", "page-faults", "true").status, 0, "CMD without --")
    equal(sonde(FOLDER, "stat", "-q", "--", "./no-such-program").status, 125, "CMD that is not there")
    result = sonde(FOLDER, "stat", "-d", "300ms", "sleep", "60")
    equal(result.status, 128 + signal.SIGINT, "CMD that is cut short")
    contains(result.err, "seconds time elapsed", "CMD that is cut short: what was seen")


def test_next_command():
    """What is to be typed next works as it stands, whatever the store is called."""
    store = os.path.join(FOLDER, "a store")
    result = sonde(FOLDER, "stat", "--store", store, "true")
    line = re.search(r"^next +(sonde [^·\n]*)", result.err, re.M)
    if ok(line is not None, "there is a next command", result):
        words = line.group(1).replace("sonde ", f"{harness.SONDE} ", 1)
        contains(words, f"--store '{store}'", "it names the store")
        shown = subprocess.run(["sh", "-c", words], cwd=FOLDER, env=environment(FOLDER), capture_output=True, text=True)
        equal(shown.returncode, 0, "and works")
    contains(result.err, f"in {store}\n", "the store is named")
    result = sonde(FOLDER, "stat", "true")
    ok("--store" not in result.err, "a store that is found needs no option", result.err)


def test_output():
    for name in ("stat.txt", "stat.txt"):
        result = sonde(FOLDER, "stat", "-o", name, "--", "sh", "-c", "echo one; echo two >&2")
        equal((result.status, result.out, result.err), (0, "one\n", "two\n"), "-o: the command's own")
    for name in ("stat.txt", "stat.txt.old"):
        with open(os.path.join(FOLDER, name)) as f:
            contains(f.read(), "page-faults", f"-o: {name}")
    result = sonde(FOLDER, "stat", "-o", "made.json", "true")
    with open(os.path.join(FOLDER, "made.json")) as f:
        equal(json.load(f)["schema"].split("/")[0], "sonde.show", "-o NAME.json: JSON")
    sonde(FOLDER, "stat", "-o", "made.csv", "-e", "page-faults,task-clock", "true")
    with open(os.path.join(FOLDER, "made.csv"), newline="") as f:
        rows = list(csv.reader(f))
    equal([row[1:2] for row in rows], [["event"], ["page-faults"], ["task-clock"]], "-o NAME.csv: what was counted")
    ok(float(rows[1][2]) > 10, "-o NAME.csv: and how often", rows)
    document, result = stat_json("--", *SPENDS, "user_ms=300")
    equal(result.status, 0, "--json: status")
    for key in ("counters", "tasks", "lenses", "monitors", "runs", "environment"):
        ok(document.get(key), f"--json: {key}")
    equal({lens["name"] for lens in document["lenses"]}, {"monitors", "profile", "syscalls", "counters"}, "--json: the lenses")
    equal({lens["name"] for lens in document["lenses"] if lens["is_on"]}, {"monitors", "counters"}, "--json: which were on")
    result = sonde(FOLDER, "stat", "--json", "-p", SLEEPER.pid, "-d", "200ms")
    equal(json.loads(result.out)["kind"], "stat", "--json: on standard output, alone")
    result = sonde(FOLDER, "stat", "-p", SLEEPER.pid, "-d", "200ms")
    ok("measure" not in result.err + result.out, "no progress where nobody looks", result)


# ---- what it counts ----

def test_counts():
    def touch_pages():
        truth = "import mmap,sys\nm=mmap.mmap(-1,4096*3000)\nm.madvise(mmap.MADV_NOHUGEPAGE)\nfor i in range(int(sys.argv[1])): m[i*4096]=1"
        counts = [value(stat_json("-e", "page-faults", "--", sys.executable, "-c", truth, n)[0], "page-faults") for n in (0, 2500)]
        return abs(counts[1] - counts[0] - 2500) <= 60, counts

    until_right("page faults: so many more as pages were touched", touch_pages)

    def sleeps():
        document, result = stat_json("-e", "context-switches", "--", *SPENDS, "sleeps=200")
        counted, truth = value(document, "context-switches"), json.loads(result.out)
        return truth["voluntary"] <= counted <= truth["voluntary"] + 100 and counted >= 200, (counted, truth)

    until_right("context switches of 200 sleeps", sleeps)

    def times():
        document, result = stat_json("--", *SPENDS, "user_ms=300", "system_ms=150")
        truth = json.loads(result.out)
        spent = truth["user_s"] + truth["system_s"]
        user, system = (find_seconds(what) for what in ("user", "sys"))
        clock = (value(document, "task-clock") or 0) / 1e9
        return (is_within(clock, spent, 0.05) and is_within(user, truth["user_s"], 0.1) and is_within(system, truth["system_s"], 0.1),
                (clock, user, system, truth))

    def find_seconds(what):
        result = sonde(FOLDER, "stat", "--", *SPENDS, "user_ms=300", "system_ms=150")
        found = re.search(rf"([\d.]+) seconds {what}$", result.err, re.M)
        return float(found.group(1)) if found else None

    until_right("task-clock, user and system time", times)

    def children():
        result = sonde(FOLDER, "stat", "--", *SPENDS, "children=30", "child_ms=10")
        truth = json.loads(result.out)
        spent = truth["user_s"] + truth["system_s"]
        clock = re.search(r"([\d,.]+) msec task-clock", result.err)
        seconds = [float(found) for found in re.findall(r"([\d.]+) seconds (?:user|sys)$", result.err, re.M)]
        clock = float(clock.group(1).replace(",", "")) / 1000 if clock else 0
        return is_within(clock, spent, 0.1) and is_within(sum(seconds), spent, 0.1) and spent > 0.29, (clock, seconds, spent)

    until_right("children that live for 10 ms are in the totals", children)


def test_threads():
    def try_threads():
        document, result = stat_json("--", *SPENDS, "threads=4", "thread_ms=60", "stay_ms=700")
        truth = json.loads(result.out)["threads"]
        seen = {task["name"]: task["cpu_ns"] / 1e9 for task in document.get("tasks", [])}
        return all(is_within(seen.get(name), spent, 0.05, 0.005) for name, spent in truth.items()), (seen, truth)

    until_right("each thread by its name, with its CPU time", try_threads)
    document, _ = stat_json("--", *SPENDS, "threads=4", "thread_ms=60", "stay_ms=700")
    equal({task["role"] for task in document["tasks"]}, {"service"}, "and its role, also when it has ended")
    result = sonde(FOLDER, "show", "@last", "--threads")
    for i in range(1, 5):
        contains(result.out, f"spender {i}", f"show --threads: spender {i}")

    def ended():
        document, _ = stat_json("-I", "100", "--", "sh", "-c", f"{SPENDS[0]} user_ms=400; sleep 0.5; true")
        seen = [task for task in document.get("tasks", []) if task["name"] == "spends"]
        return len(seen) == 1 and seen[0]["role"] == "service" and seen[0]["cpu_ns"] > 1e8, document.get("tasks")

    until_right("a child that has ended is in the table, with its role", ended)
    document, _ = stat_json("-e", "page-faults", "true")
    ok(all(task["role"] == "service" for task in document["tasks"]), "of a command that ends at once there is nobody else's thread",
       document["tasks"])


# ---- what is up ----

def data_lines(text):
    return [line for line in text.splitlines() if re.match(r" *\d+\.\d s ", line)]


def test_intervals():
    result = sonde(FOLDER, "stat", "-p", SLEEPER.pid, "0.2", "3")
    equal(result.status, 0, "-p PID 0.2 3: status")
    equal(len(data_lines(result.out)), 3, "-p PID 0.2 3: three lines")
    equal(sum(line.startswith(TITLES) for line in result.out.splitlines()), 1, "-p PID 0.2 3: and titles")
    ok(is_alive(SLEEPER.pid), "-p: it is left alone")
    result = sonde(FOLDER, "stat", "-p", SLEEPER.pid, "--csv", "0.2", "3")
    rows = list(csv.reader(result.out.splitlines()))
    equal((len(rows), {len(row) for row in rows}), (4, {14}), "--csv: the same")
    for title in ("process.rss_bytes", "process.cpu_ratio", "process.switches_voluntary_per_s", "process.threads_count"):
        ok(title in rows[0], f"--csv: {title}", rows[0])
    ok(int(float(rows[1][rows[0].index("process.rss_bytes")])) > 100000, "--csv: a number", rows)
    result = sonde(FOLDER, "stat", "-p", SLEEPER.pid, "100ms", "2")
    equal(len(data_lines(result.out)), 2, "an interval of 100 ms")
    result = sonde(FOLDER, "stat", "-I", "200", "--", "sh", "-c", "sleep 1; echo done; exit 4")
    equal((result.status, result.out), (4, "done\n"), "-I beside a command: its own")
    ok(3 <= len(data_lines(result.err)) <= 5, "-I beside a command: lines on standard error", result.err)
    result = sonde(FOLDER, "stat", "-e", "task-clock,page-faults", "-I", "200", "--", *SPENDS, "user_ms=500")
    found = [float(count) for count in re.findall(r" (\d+)  task-clock \(ns\)$", result.err, re.M)]
    ok(len(found) >= 2 and all(count < 0.45e9 for count in found), "-e with -I: counts of each interval, not sums", result.err)
    result = sonde(FOLDER, "stat", "-x", ",", "-e", "page-faults", "-p", SLEEPER.pid, "0.1", "2")
    rows = list(csv.reader(result.out.splitlines()))
    equal([row[1:] for row in rows], [["event", "count"], ["page-faults", "0"], ["page-faults", "0"]], "-x , with -e")


def test_targets():
    port = free_port()
    server = start(server_command(FOLDER, port, "plain", "stat-target"), FOLDER)
    wait_for_port(port)
    result = sonde(FOLDER, "stat", "-p", f":{port}", "0.2", "2")
    equal((result.status, len(data_lines(result.out))), (0, 2), "-p :PORT")
    named = os.path.join(FOLDER, "stat-by-name")
    shutil.copy("/usr/bin/sleep", named)
    process = start([named, "60"], FOLDER)
    result = sonde(FOLDER, "stat", "-p", "stat-by-name", "-d", "200ms")
    equal(result.status, 0, "-p NAME")
    contains(result.out, "threads: stat-by-name", "-p NAME: and what it is called")
    second = start([named, "60"], FOLDER)
    result = sonde(FOLDER, "stat", "-p", "stat-by-name", "-d", "200ms")
    equal(result.status, 64, "-p NAME of two")
    ok(str(process.pid) in result.err and str(second.pid) in result.err, "-p NAME of two: which they are", result.err)
    for target, sentence in (("no-such-name", "no process is named"), ("4194304", "no process has the pid"), (f":{free_port()}", "no process listens")):
        result = sonde(FOLDER, "stat", "-p", target, "-d", "1s")
        equal(result.status, 5, f"-p {target}: status 5")
        contains(result.err, sentence, f"-p {target}: the sentence")
    begun = time.monotonic()
    result = sonde(FOLDER, "stat", "-p", SLEEPER.pid, "-e", "page-faults,context-switches", "--", "sh", "-c", "echo window; sleep 1; exit 6")
    equal(result.status, 0, "-p … -- CMD: what it ends with is not what was watched")
    ok(0.9 < time.monotonic() - begun < 30, "-p … -- CMD: the window is its life")
    contains(result.out, "window\n", "-p … -- CMD: it is run")
    contains(result.out, "context-switches", "-p … -- CMD: what was counted")
    for process in (second, process, server):
        end(process)


def is_running():
    """An experiment of this store is, and was not a moment ago."""
    document, _ = sonde_json(FOLDER, "list")
    return any(experiment["state"] == "running" for experiment in document["experiments"])


def interrupt(what, status, *args):
    process = start([harness.SONDE, "stat", "-p", SLEEPER.pid, *args], FOLDER)
    wait_until(is_running)
    time.sleep(0.5)  # the window has begun; were it not so, its end would be the same
    process.send_signal(signal.SIGINT)
    text = process.communicate(timeout=30)[0].decode()
    equal(process.returncode, status, f"SIGINT {what}: status {status}")
    contains(text, "seconds time elapsed", f"SIGINT {what}: what was seen")
    ok(is_alive(SLEEPER.pid), f"SIGINT {what}: the target runs on")


def test_ends():
    interrupt("without a duration", 0)
    interrupt("with one", 130, "-d", "60s")
    interrupt("with a count", 130, "0.2", "500")
    interrupt("with an interval", 0, "0.2")
    process = start(["sleep", "1"], FOLDER)
    result = sonde(FOLDER, "stat", "-p", process.pid, "-d", "60s", timeout=40)
    equal(result.status, 0, "a target that ends early: status")
    matches(result.err, r"ended after \d\.\d s of 60\.0 s", "a target that ends early: it is said")
    process = start(["sleep", "60"], FOLDER)
    watcher = start([harness.SONDE, "stat", "-p", process.pid, "0.2"], FOLDER)
    line = watcher.stdout.readline().decode()
    ok(line.startswith(TITLES), "kill -9: it watches", line)
    children = find_children(watcher.pid)
    watcher.kill()
    watcher.wait()
    ok(wait_until(lambda: not any(is_alive(child) for child in children)), "kill -9: nothing is left", children)
    ok(is_alive(process.pid) and not is_traced(process.pid), "kill -9: the target runs on")
    word = f"stat-killed-{os.getpid()}"
    watcher = start([harness.SONDE, "stat", "--", "sh", "-c", f": {word}; sleep 60; true"], FOLDER)
    wait_until(lambda: len(processes_with(f": {word}")) >= 2)
    watcher.kill()
    watcher.wait()
    ok(wait_until(lambda: not processes_with(word)), "kill -9: its own command is gone", processes_with(word))


def find_children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(child) for child in f.read().split()]


def is_traced(pid):
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return "TracerPid:\t0" not in text or "State:\tT" in text


# ---- the machine ----

def test_machine():
    result = sonde(FOLDER, "stat", "-a", "0.2", "2")
    equal(result.status, 0, "-a: status")
    contains(result.out.splitlines()[0], "available", "-a: the machine's titles")
    equal(len(data_lines(result.out)), 2, "-a: lines")
    contains(result.out, "cpu-clock", "-a: counts")
    contains(result.out, "time elapsed", "-a: the window")
    ok("seconds user" not in result.out, "-a: no times of a service, for there is none", result.out)
    spender = start([*SPENDS, "user_ms=60000"], FOLDER)
    document, result = stat_json("-a", "-d", "1s")
    ok(any(task["name"] == "spends" and task["cpu_ns"] > 1e7 for task in document.get("tasks", [])), "-a: other people's threads", result)
    end(spender)
    result = sonde(FOLDER, "stat", "--like", "mpstat", "0.2", "2")
    equal(result.status, 0, "--like mpstat: status")
    ok(result.out.count("%idle") == 3 and "Average:" in result.out, "--like mpstat: two tables, and their average", result.out)
    equal(result.err, "", "--like mpstat: nothing else")
    result = sonde(FOLDER, "stat", "--like", "mpstat", "--json", "0.2", "1")
    equal([json.loads(line)["like"] for line in result.out.splitlines()], ["mpstat -P ALL"] * 2, "--like mpstat --json: a table a line")
    sonde(FOLDER, "stat", "--like", "mpstat", "--json=tables.json", "0.2", "1")
    with open(os.path.join(FOLDER, "tables.json")) as f:
        ok(all(json.loads(line) for line in f), "--like mpstat --json=FILE: there")


# ---- runs and profiles hold them, too ----

def test_other_commands():
    port = free_port()
    result = sonde(FOLDER, "run", "--url", f":{port}/", "-c", "2", "-d", "500ms", "--counters=page-faults,task-clock", "--syscalls", "--",
                   *server_command(FOLDER, port, "plain", "stat-run"))
    equal(result.status, 0, "run --counters --syscalls: status")
    document, _ = sonde_json(FOLDER, "show", "@last")
    ok((value(document, "task-clock") or 0) > 1e6, "run --counters: stored", document.get("counters"))
    if "no system calls" in result.err:
        skip("run --syscalls: stored", result.err.strip().splitlines()[-1])
    else:
        ok(any(row["calls"] > 10 for row in document["syscalls"]["rows"]), "run --syscalls: stored")
    result = sonde(FOLDER, "record", "--counters", "--", *SPENDS, "user_ms=100")
    equal(result.status, 0, "record --counters: status")
    document, _ = sonde_json(FOLDER, "show", "@last")
    ok((value(document, "task-clock") or 0) > 9e7, "record --counters: stored", document.get("counters"))
    result = sonde(FOLDER, "run", "--counters=no-such-event", "--url", f":{port}/", "--", "true")
    equal(result.status, 64, "run --counters=no-such-event: status 64")


# ---- an ordinary user ----

def as_user(*args, folder=None, wrapper=()):
    return sonde(folder or USER_FOLDER, *args, user=USER, wrapper=wrapper)


def set_paranoid(value):
    with open(PARANOID, "w") as f:
        f.write(f"{value}\n")


def check_user_command(what, has_counts, wrapper=()):
    result = as_user("stat", "--", "sh", "-c", f"{SPENDS[0]} user_ms=100 stay_ms=300 >/dev/null; exit 3", wrapper=wrapper)
    equal(result.status, 3, f"{what}: the command's status")
    contains(result.err, "time elapsed", f"{what}: the window")
    contains(result.err, "threads: sh", f"{what}: the table")
    contains(result.err, "spends", f"{what}: and who is in it")
    user = re.search(r"([\d.]+) seconds user", result.err)
    ok(user is not None and float(user.group(1)) > 0.08, f"{what}: CPU time of the children", result.err)
    if has_counts:
        matches(result.err, r"\d msec task-clock", f"{what}: what can be counted is")
    else:
        matches(result.err, r"sonde: no counters: .*(seccomp|perf_event)", f"{what}: what cannot be counted is said")
    result = as_user("stat", "-e", "task-clock", "true", wrapper=wrapper)
    equal(result.status, 0 if has_counts else 125, f"{what}: events by name")


def test_rights():
    global SPENDS
    public = temporary_folder()
    shutil.copy(harness.SONDE, os.path.join(public, "sonde"))
    before, own = harness.SONDE, SPENDS
    harness.SONDE = os.path.join(public, "sonde")
    SPENDS = [shutil.copy(SPENDS[0], os.path.join(public, "spends"))]
    with open(PARANOID) as f:
        paranoid = f.read().strip()
    cleanup(set_paranoid, paranoid)
    try:
        set_paranoid(2)
        check_user_command("paranoid 2", True)
        try:
            check_user_command("perf_event refused", False, wrapper=[build_filter(public)])
        except (FileNotFoundError, subprocess.CalledProcessError):
            skip("perf_event refused", "no C compiler")
    finally:
        set_paranoid(paranoid)
    result = as_user("stat", "-p", SLEEPER.pid, "0.2", "2")
    equal(result.status, 0, "root's process as user: status")
    equal(len(data_lines(result.out)), 2, "root's process as user: what is visible is shown")
    columns = data_lines(result.out)[-1].split()
    ok("-" in columns and columns[2] != "-", "root's process as user: CPU, but no storage I/O", result.out)
    matches(result.err, r"no counters: .*\n(.*\n)*.*not for this user", "root's process as user: and what is not is said")
    result = as_user("stat", "-p", SLEEPER.pid, "-e", "page-faults", "-d", "200ms")
    equal(result.status, 5, "root's process as user, -e: status 5")
    ok(is_alive(SLEEPER.pid), "root's process is left alone")
    harness.SONDE, SPENDS = before, own


FOLDER = temporary_folder()
SPENDS = [build(FOLDER)]
SLEEPER = start(["sleep", "1000"], FOLDER)
test_command()
test_next_command()
test_output()
test_counts()
test_threads()
test_intervals()
test_targets()
test_ends()
test_machine()
test_other_commands()
if os.geteuid() != 0 or shutil.which("setpriv") is None:
    skip("an ordinary user", "not root, or no setpriv")
else:
    USER_FOLDER = temporary_folder()
    os.chown(USER_FOLDER, USER, USER)
    test_rights()
done()
