"""Profiles for an ordinary user: what perf_event refuses is sampled by stopping threads, and nobody notices.

Nobody: not who is sent signals, waits in a system call, is stopped and continued, replaces its program, is debugged, or
outlives a sonde that is killed. Where nothing can be measured, that is said with what would help. Needs root, to become
an ordinary user and to set kernel.perf_event_paranoid for a moment. Who disturbs at a random moment is found by repeating:
`--long` (the suite stress) does so more often.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import harness
from harness import (cleanup, contains, done, end, equal, free_port, matches, ok, processes_with,
                     server_command, skip, skip_all, sonde, sonde_json, start, temporary_folder, wait_until)
from perf_filter import build_filter

USER = 1000
REPEAT = 4 if "--long" in sys.argv[1:] else 1
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
PARANOID = "/proc/sys/kernel/perf_event_paranoid"
YAMA = "/proc/sys/kernel/yama/ptrace_scope"
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


def read_number(path):
    with open(path) as f:
        return int(f.read())


def set_paranoid(value):
    with open(PARANOID, "w") as f:
        f.write(f"{value}\n")


def as_user(*args, wrapper=(), **kw):
    return sonde(FOLDER, *args, user=USER, wrapper=wrapper, **kw)


def threads_of(pid):
    """[(tid, state, tracer)] of what lives."""
    found = []
    for tid in os.listdir(f"/proc/{pid}/task") if os.path.exists(f"/proc/{pid}/task") else ():
        try:
            with open(f"/proc/{pid}/task/{tid}/status") as f:
                text = f.read()
        except OSError:
            continue
        found.append((int(tid), re.search(r"^State:\s+(\S)", text, re.M).group(1),
                      int(re.search(r"^TracerPid:\s+(\d+)", text, re.M).group(1))))
    return found


def held(pid):
    """Threads that are stopped or traced."""
    return [thread for thread in threads_of(pid) if thread[1] in "Tt" or thread[2] != 0]


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def is_free(pid, what):
    """Neither stopped nor traced, and running on."""
    ok(not wait_until(lambda: not held(pid)) is False, f"{what}: nothing is stopped or traced", held(pid))
    before = cpu_ticks(pid)
    ok(wait_until(lambda: cpu_ticks(pid) > before + 5), f"{what}: it runs on")


def quality(what):
    document, result = sonde_json(FOLDER, "report", user=USER)
    ok(document is not None, f"{what}: there is a profile", result)
    return document["profile"] if document else {}


# ---- what is allowed, and what is said ----

def test_hidden_kernel():
    """paranoid 2: perf_event for user code; the kernel's time is a line of its own."""
    command = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64k", "count=60000"]
    result = as_user("record", "--", *command)
    equal(result.status, 0, "paranoid 2: status 0")
    shown = as_user("report")
    contains(shown.out.splitlines()[0], "perf_event", "paranoid 2: by perf_event")
    contains(shown.out.splitlines()[0], "kernel hidden", "paranoid 2: the quality line says what is hidden")
    matches(shown.out, r"^\* +\d+\.\d % .*\[kernel, hidden\]", "paranoid 2: and the kernel's time is a line")
    contains(shown.out, "sudo sysctl kernel.perf_event_paranoid=1", "paranoid 2: with what would show it")


def test_filter():
    """Under the filter, record and run: by ptrace, which the quality line says with what it cost."""
    result = as_user("record", "--", RESTLESS, "burn", 700, wrapper=WITHOUT_PERF)
    equal(result.status, 0, "filter: record")
    profile = quality("filter: record")
    equal(profile.get("sampler"), "ptrace", "filter: record names its sampler")
    ok(profile.get("truncated", 9) <= 1, "filter: record has whole stacks, but for one before the program is known", profile)
    line = as_user("report").out.splitlines()[0]
    matches(line, r"ptrace.*stopped threads for \d[\d.]* % of the time", "filter: and the line says what that cost")
    port, word = free_port(), f"profile-rights-{os.getpid()}"
    service = ["sh", "-c", f'"$@" & exec {RESTLESS} burn 100000', "sh", *server_command(SERVERS, port, word=word)]
    result = as_user("run", "--url", f":{port}/", "-c", 2, "-d", "1s", "--", *service, wrapper=WITHOUT_PERF)
    equal(result.status, 0, "filter: run")
    profile = quality("filter: run")
    equal(profile.get("sampler"), "ptrace", "filter: run names its sampler")
    ok(profile.get("samples", 0) > 0, "filter: run has samples", profile)
    equal(processes_with(word), [], "filter: run leaves nothing behind")


def refused(what, status, pattern, *args, wrapper=()):
    result = as_user(*args, wrapper=wrapper)
    equal(result.status, status, f"{what}: status {status}")
    matches(result.err, pattern, f"{what}: the sentence")
    ok(len(result.err.strip().splitlines()) <= 2, f"{what}: and not many", result.err)


def test_refusals():
    own = start([*AS_USER, RESTLESS, "burn", 100000], FOLDER)
    other = start([RESTLESS, "burn", 100000], FOLDER)
    stored = as_user("list").out.count("\n")
    word = f"never-run-{os.getpid()}"
    container = r"seccomp.*--cap-add"
    refused("no perf, no ptrace: record CMD", 125, container, "record", "--", "sh", "-c", f": {word}; sleep 60",
            wrapper=WITHOUT_PTRACE)
    refused("no perf, no ptrace: record -p", 5, container, "record", "-p", own.pid, "-d", "1s", wrapper=WITHOUT_PTRACE)
    refused("no perf: root's process", 5, "", "record", "-p", other.pid, "-d", "1s", wrapper=WITHOUT_PERF)
    refused("no perf: the whole machine", 5, container, "record", "-a", "-d", "1s", wrapper=WITHOUT_PERF)
    refused("root's process", 5, r"not this user's.*sudo sonde.*", "record", "-p", other.pid, "-d", "1s")
    refused("process 1", 5, r"not this user's.*sudo sonde", "record", "-p", 1, "-d", "1s")
    refused("the whole machine", 5, r"whole machine: sudo sonde.*sudo sysctl kernel.perf_event_paranoid=", "record", "-a",
            "-d", "1s")
    refused("no such process", 5, r"no process has the pid", "record", "-p", 4194304, "-d", "1s")
    equal(processes_with(word), [], "refusals leave no process")
    for process in own, other:
        is_free(process.pid, "refusals leave alone whom they are about")
        end(process)
    ok(as_user("list").out.count("\n") >= stored, "refusals leave the store readable")


# ---- nobody notices ----

def test_restless():
    for what, *args in (("signals", 700 * REPEAT), ("execs", 10 * REPEAT), ("vforks", 40 * REPEAT), ("kills", 15 * REPEAT),
                        ("stops", 20 * REPEAT), ("threads", 100 * REPEAT, 20)):
        result = as_user("record", "-q", "-F", 1000, "--", RESTLESS, what, *args, wrapper=WITHOUT_PERF, timeout=60)
        equal(result.status, 0, f"{what}: nothing amiss")
        print("# " + result.out.strip())
        if what in ("signals", "execs", "stops", "threads"):
            ok(quality(what).get("samples", 0) > 0, f"{what}: while it was sampled")
    result = as_user("record", "-q", "-F", 1000, "--", RESTLESS, "epolls", 1500 * REPEAT, wrapper=WITHOUT_PERF)
    waits, interrupted = map(int, re.findall(r"\d+", result.out))
    samples = quality("epolls").get("samples", 0)
    ok(samples > 0, "epolls: there are samples")
    ok(interrupted <= 1 + samples // 20, "epolls: hardly any wait is interrupted", f"{interrupted} of {waits}, {samples} samples")


def test_debugged():
    """Whom somebody else traces is not sampled, and the other one's work is not disturbed."""
    for tool, command in (("strace", ["strace", "-f", "-qq", "-e", "trace=none", "-o", "/dev/null"]),
                          ("gdb", ["gdb", "-q", "-batch", "-ex", "break burn", "-ex", "run", "-ex", "bt 1", "-ex", "delete",
                                   "-ex", "continue", "--args"])):
        if shutil.which(tool) is None:
            skip(f"under {tool}", f"no {tool}")
            continue
        result = as_user("record", "-q", "--", *command, RESTLESS, "threads", 4, 200, wrapper=WITHOUT_PERF)
        equal(result.status, 0, f"under {tool}: status 0")
        contains(result.out, "joined 4", f"under {tool}: the program ends as ever")


def recording(*args):
    return start([*AS_USER, *WITHOUT_PERF, harness.SONDE, "record", *args], FOLDER)


def test_killed():
    """-p on one's own process, which lives on; where Yama forbids that, only commands."""
    if os.path.exists(YAMA) and read_number(YAMA) > 0:
        skip("sonde is killed while it samples", "ptrace_scope allows one's own children only")
        return
    target = start([*AS_USER, RESTLESS, "threads", 100, 100000], FOLDER)
    for number, name in ((signal.SIGKILL, "kill -9"), (signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")):
        amiss = 0
        for i in range(2 * REPEAT):
            recorder = recording("-F", 1000, "-p", target.pid)
            time.sleep(0.5 + 0.07 * i)
            recorder.send_signal(number)
            recorder.wait(timeout=30)
            amiss += recorder.returncode != (-9 if number == signal.SIGKILL else 0)
        equal(amiss, 0, f"{name} while it samples: each ends as it should")
        is_free(target.pid, f"{name} while it samples")
    result = as_user("record", "-F", 1000, "-p", target.pid, "-d", "1s", wrapper=WITHOUT_PERF)
    equal(result.status, 0, "a window: status 0")
    is_free(target.pid, "a window that ends")
    recorder = recording("-p", target.pid)
    time.sleep(0.5)
    end(target)
    equal(recorder.wait(timeout=30), 0, "the target dies: the window ends with it")


def test_stopped():
    """Stopped and continued from outside: all threads stand still until they are continued."""
    if os.path.exists(YAMA) and read_number(YAMA) > 0:
        skip("a target that is stopped", "ptrace_scope allows one's own children only")
        return
    target = start([*AS_USER, RESTLESS, "threads", 8, 100000], FOLDER)
    recorder = recording("-F", 1000, "-p", target.pid)
    time.sleep(0.7)
    stood = ran = 0
    for i in range(10 * REPEAT):
        os.kill(target.pid, signal.SIGSTOP)
        stood += bool(wait_until(lambda: all(state == "T" for _, state, _ in threads_of(target.pid)), 5))
        before = cpu_ticks(target.pid)
        time.sleep(0.03)
        ran += cpu_ticks(target.pid) > before + 1
        os.kill(target.pid, signal.SIGCONT)
        time.sleep(0.01 + 0.005 * (i % 7))
    equal(stood, 10 * REPEAT, "stopped while sampled: all threads stand still")
    equal(ran, 0, "stopped while sampled: until they are continued")
    os.kill(target.pid, signal.SIGSTOP)
    recorder.send_signal(signal.SIGKILL)
    recorder.wait()
    ok(wait_until(lambda: all(state == "T" and tracer == 0 for _, state, tracer in threads_of(target.pid))),
       "sonde is killed meanwhile: the stop stays", threads_of(target.pid))
    os.kill(target.pid, signal.SIGCONT)
    is_free(target.pid, "and ends when it is continued")
    end(target)


def test_killed_with_command():
    """What sonde started ends with it, whatever ends it."""
    for number, name in ((signal.SIGKILL, "kill -9"), (signal.SIGINT, "Ctrl-C")):
        recorder = recording("-q", "-F", 1000, "--", RESTLESS, "threads", 50, 100001)
        ok(wait_until(lambda: processes_with("50 100001")), f"{name}, a command: it runs")
        time.sleep(0.7)
        recorder.send_signal(number)
        recorder.wait(timeout=30)
        ok(wait_until(lambda: not processes_with("50 100001")), f"{name}, a command: it is ended", processes_with("50 100001"))


def prepare():
    if os.geteuid() != 0:
        skip_all("not root")
    if shutil.which("setpriv") is None or shutil.which(os.environ.get("CC", "cc").split()[0]) is None:
        skip_all("no setpriv or no C compiler")
    public = os.path.join(SERVERS, "sonde")  # where every user can run it
    shutil.copy(harness.SONDE, public)
    harness.SONDE = public
    path = os.path.join(SERVERS, "restless")
    subprocess.run([*os.environ.get("CC", "cc").split(), "-O1", "-g", "-D_GNU_SOURCE", "-pthread", "-o", path,
                    os.path.join(PROGRAMS, "restless.c")], check=True)
    return path


SERVERS, FOLDER = temporary_folder(), temporary_folder()
RESTLESS = prepare()
os.chown(FOLDER, USER, USER)
server_command(SERVERS, 1)
WITHOUT_PERF, WITHOUT_PTRACE = [build_filter(SERVERS)], [
    "env", "ASAN_OPTIONS=detect_leaks=0", build_filter(SERVERS, "ptrace", name="without_ptrace")]  # a leak checker traces
before = read_number(PARANOID)
cleanup(set_paranoid, before)
set_paranoid(2)
test_hidden_kernel()
test_filter()
test_refusals()
test_restless()
test_debugged()
test_killed()
test_stopped()
test_killed_with_command()
equal(processes_with(RESTLESS), [], "no process is left")
done()
