"""System calls of a program that knows its own (programs/calls.c): counted exactly, by BPF and by ptrace.

Also against strace, which must come to the same counts; the CPU's part of a call against the program's own clock; and what a traced
program may meet: signals, job control, an exec from a second thread, a sonde that is killed. Root, for BPF; as an ordinary user BPF is
refused with the command that would grant it, and ptrace counts all the same.
"""
import collections
import json
import os
import re
import shutil
import signal
import subprocess

import harness
from harness import contains, done, equal, is_alive, ok, skip, skip_all, sonde, start, temporary_folder, wait_until
from perf_filter import build_filter

USER = 1000
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
CC = os.environ.get("CC", "cc").split()
# How many there are is a matter of timing: who waits for a thread that has ended already does not call.
BY_TIMING = {"futex", "madvise", "munmap", "mmap", "mprotect", "brk", "restart_syscall"}


def build(folder):
    program = os.path.join(folder, "calls")
    made = subprocess.run([*CC, "-O2", "-g", "-D_GNU_SOURCE", os.path.join(PROGRAMS, "calls.c"), "-o", program, "-pthread"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        skip_all("no compiler: " + made.stderr.strip().split("\n")[-1])
    return program


class Counted:
    """What `sonde stat --syscalls` says of a command."""

    def __init__(self, method, *command, **kw):
        self.path = os.path.join(kw.pop("folder", FOLDER), "syscalls.json")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.result = sonde(FOLDER, "stat", "--syscalls=ptrace" if method == "ptrace" else "--syscalls", f"--json={self.path}",
                            *command, **kw)
        self.read()

    def read(self):
        self.table, self.calls, self.errors, self.by_errno = None, collections.Counter(), collections.Counter(), collections.Counter()
        if not os.path.exists(self.path) or os.path.getsize(self.path) == 0:
            return
        with open(self.path) as f:
            self.table = json.load(f)["syscalls"]
        for row in self.table["rows"]:
            self.calls[row["name"]] += row["calls"]
            self.errors[row["name"]] += row["errors"]
        for row in self.table["errors"]:
            self.by_errno[row["name"], row["error"]] += row["count"]

    def sum(self, name, key):
        return sum(row[key] for row in self.table["rows"] if row["name"] == name)


def check_counts(method, counted):
    """Against what the program prints."""
    if not ok(counted.table is not None, f"{method}: a table", counted.result):
        return
    out = counted.result.out
    equal(counted.result.status, 0, f"{method}: the program's own status")
    for name, calls, errors in re.findall(r"^truth (\w+) (\d+) (\d+)$", out, re.M):
        equal((counted.calls[name], counted.errors[name]), (int(calls), int(errors)), f"{method}: {name}, every call and error")
    for name, error, count in re.findall(r"^error (\w+) (\w+) (\d+)$", out, re.M):
        equal(counted.by_errno[name, error], int(count), f"{method}: {name} failed with {error} so often")
    equal(counted.table["method"], method, f"{method}: is named")
    equal(counted.table["lost"], 0, f"{method}: nothing is lost")
    callers = [row for row in counted.table["rows"] if row["name"] == "getppid" and row["calls"] > 0]
    equal(len(callers), 4, f"{method}: a row for each thread")
    equal(len({row["pid"] for row in callers}), 1, f"{method}: of one process")
    children = {row["pid"] for row in counted.table["rows"] if row["name"] == "getuid" and row["calls"] > 0}
    equal(len(children), 3, f"{method}: a row for each child")
    equal({row["comm"] for row in counted.table["rows"]}, {"calls"}, f"{method}: by name")
    ok(all(row["min_ns"] <= row["max_ns"] <= row["wall_ns"] for row in counted.table["rows"] if row["calls"] > 0),
       f"{method}: the shortest, the longest and all of them are in order", counted.table["rows"])
    slept = int(re.search(r"^slept (\d+)$", out, re.M).group(1))
    ok(counted.sum("clock_nanosleep", "wall_ns") >= slept, f"{method}: sleep takes as long as was slept")


def check_cpu(counted):
    busy = int(re.search(r"^busy (\d+)$", counted.result.out, re.M).group(1))
    cpu, wall = counted.sum("readv", "cpu_ns"), counted.sum("readv", "wall_ns")
    ok(abs(cpu - busy) <= busy / 5, "the CPU's part of a busy call is what the program's own clock says", f"{cpu} of {wall}, {busy}")
    ok(cpu <= wall, "and no more than the call took")
    cpu, wall = counted.sum("clock_nanosleep", "cpu_ns"), counted.sum("clock_nanosleep", "wall_ns")
    ok(cpu * 10 < wall, "sleep takes next to no CPU", f"{cpu} of {wall}")
    ok(counted.table["cost_per_call_ns"] > 0, "what counting costs is measured")


def check_strace(program, tables):
    """Sonde's count has one read more, in which the program was held before its exec; strace tries PATH itself, so it counts one exec."""
    if shutil.which("strace") is None:
        return skip("strace comes to the same counts", "no strace (apt install strace)")
    path = os.path.join(FOLDER, "strace.txt")
    traced = subprocess.run(["strace", "-c", "-f", "-o", path, program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if traced.returncode != 0:
        return skip("strace comes to the same counts", "strace may not: " + traced.stderr.strip().split("\n")[-1])
    theirs = collections.Counter()
    with open(path) as f:
        for calls, errors, name in re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(\d+)? +(\w+)$", f.read(), re.M):
            theirs[name] = (int(calls), int(errors or 0))
    theirs.pop("total")
    for counted in tables:
        if counted.table is None:
            continue
        ours = {name: (calls, counted.errors[name]) for name, calls in counted.calls.items() if calls > 0}
        ours["read"] = (ours["read"][0] - 1, ours["read"][1])
        for names in (ours, theirs):
            for name in BY_TIMING | {"execve"}:
                names.pop(name, None)
        equal(ours, dict(theirs), f"strace -c -f comes to the same counts as {counted.table['method']}")


# ---- what a traced program may meet ----

def state_of(pid):
    with open(f"/proc/{pid}/status") as f:
        text = f.read()
    return re.search(r"^State:\s+(\S)", text, re.M).group(1), int(re.search(r"^TracerPid:\s+(\d+)", text, re.M).group(1))


def start_waiting(program):
    process = start([program, "wait"], FOLDER)
    process.stdout.read(1)
    return process


def attach(method, process, name):
    """A sonde that traces until it is ended."""
    path = os.path.join(FOLDER, name)
    tracer = start([harness.SONDE, "stat", "--syscalls=ptrace" if method == "ptrace" else "--syscalls", f"--json={path}", "-p",
                    process.pid], FOLDER)
    return tracer, path


def check_signals(program):
    process = start_waiting(program)
    tracer, path = attach("ptrace", process, "signals.json")
    ok(wait_until(lambda: state_of(process.pid)[1] != 0), "ptrace attaches to what runs")
    for _ in range(50):
        process.send_signal(signal.SIGUSR1)
        process.stdout.read(1)
    ok(True, "fifty signals are answered")
    process.send_signal(signal.SIGSTOP)
    ok(wait_until(lambda: state_of(process.pid)[0] in "tT"), "it can be stopped")
    process.send_signal(signal.SIGUSR1)
    ok(state_of(process.pid)[0] in "tT", "and stays so")
    process.send_signal(signal.SIGCONT)
    equal(process.stdout.read(1), b"!", "and goes on")
    process.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(process.pid)[0] in "tT")
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)
    ok(wait_until(lambda: state_of(process.pid) == ("T", 0)), "one that is stopped stays so when sonde ends", state_of(process.pid))
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGUSR1)
    equal(process.stdout.read(1), b"!", "and lives")
    with open(path) as f:
        rows = json.load(f)["syscalls"]["rows"]
    calls = {row["name"]: row["calls"] for row in rows}
    # what is under way when the tracer lets go has not returned: it is no call yet, as in strace -c
    ok(calls.get("write") in (50, 51), "each signal's call is counted, but for one that had not returned", calls)
    ok(calls.get("rt_sigreturn") in (50, 51), "and the return to what it interrupted, but for where it was stopped", calls)
    process.kill()


def check_kill(program):
    process = start_waiting(program)
    tracer, _ = attach("ptrace", process, "kill.json")
    wait_until(lambda: state_of(process.pid)[1] != 0)
    for _ in range(5):
        process.send_signal(signal.SIGUSR1)
        process.stdout.read(1)
    tracer.kill()
    tracer.wait()
    ok(wait_until(lambda: state_of(process.pid)[1] == 0), "a sonde that is killed lets go")
    ok(is_alive(process.pid) and state_of(process.pid)[0] in "RSD", "nobody stays stopped", state_of(process.pid))
    process.send_signal(signal.SIGUSR1)
    equal(process.stdout.read(1), b"!", "the program goes on")
    process.kill()


def check_busy(program):
    """Who is traced already cannot be traced again."""
    if shutil.which("strace") is None:
        return skip("a program that is traced already", "no strace")
    process = start_waiting(program)
    other = start(["strace", "-o", "/dev/null", "-p", process.pid], FOLDER)
    if wait_until(lambda: state_of(process.pid)[1] != 0):
        counted = Counted("ptrace", "-p", process.pid, "--", "true")
        ok(counted.result.status != 0, "a program that is traced already is refused")
        contains(counted.result.err, "is traced by process", "and by whom is said")
    other.terminate()
    other.wait()
    process.kill()


def check_exec(program, method):
    counted = Counted(method, "--", program, "exec")
    if not ok(counted.table is not None, f"{method}: an exec from a second thread", counted.result):
        return
    equal((counted.calls["getppid"], counted.calls["getuid"]), (30, 30), f"{method}: calls before and after it")
    pids = {row["pid"] for row in counted.table["rows"]}
    tids = {row["tid"] for row in counted.table["rows"] if row["name"] == "getuid"}
    equal(tids, pids, f"{method}: by the id that it took over")


def check_attached(program):
    """BPF, of what runs already."""
    process = start_waiting(program)
    counted = Counted("bpf", "-p", process.pid, "--", "sh", "-c", f"sleep 1; for i in 1 2 3 4 5; do kill -USR1 {process.pid}; sleep 0.2; done")
    if ok(counted.table is not None, "bpf: attaches to what runs", counted.result):
        equal((counted.calls["rt_sigreturn"], counted.calls["write"]), (5, 5), "bpf: what it does meanwhile")
        equal({row["pid"] for row in counted.table["rows"]}, {process.pid}, "bpf: and nobody else")
    process.kill()


def check_user(program):
    path = os.path.join(FOLDER, "user")
    os.mkdir(path)
    os.chmod(path, 0o777)
    counted = Counted("bpf", "--", program, folder=path, user=USER, env={"SONDE_STORE": os.path.join(path, "store")})
    if counted.table is not None:
        skip("an ordinary user is refused", "BPF is free for all here")
    else:
        ok(counted.result.status in (5, 125), "an ordinary user is refused", counted.result)
        contains(counted.result.err, "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep", "with the command that grants the rights")
        contains(counted.result.err, "--syscalls=ptrace", "and the way without them")
    check_counts("ptrace", Counted("ptrace", "--", program, folder=path, user=USER, env={"SONDE_STORE": os.path.join(path, "store")}))


def check_one_tracer():
    """Where the samples are taken by ptrace, it has the threads: system calls are not had, with a sentence, and the samples are."""
    try:
        launcher = build_filter(temporary_folder())
    except (OSError, subprocess.CalledProcessError) as problem:
        skip("samples and system calls by ptrace", str(problem))
        return
    spin = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    result = sonde(FOLDER, "record", "--syscalls=ptrace", "python3", "-c", spin, wrapper=[launcher])
    contains(result.err, "no system calls: ptrace takes the samples here", "one tracer: the system calls are left out, and why")
    contains(result.err, " 0 lost", "one tracer: no sample is lost to the other")


if os.getuid() != 0:
    skip_all("not root: BPF and other users' processes")
FOLDER = temporary_folder()
PROGRAM = build(FOLDER)
by_bpf = Counted("bpf", "--", PROGRAM)
HAS_BPF = by_bpf.table is not None or "BPF" not in by_bpf.result.err
if HAS_BPF:
    check_counts("bpf", by_bpf)
    if by_bpf.table is not None:
        check_cpu(by_bpf)
    check_exec(PROGRAM, "bpf")
    check_attached(PROGRAM)
else:
    skip("counting by BPF", by_bpf.result.err.strip())
by_ptrace = Counted("ptrace", "--", PROGRAM)
if by_ptrace.table is None and "may not be traced" in by_ptrace.result.err:
    skip("counting by ptrace", by_ptrace.result.err.strip())
else:
    check_counts("ptrace", by_ptrace)
    check_strace(PROGRAM, (by_bpf, by_ptrace))
    check_exec(PROGRAM, "ptrace")
    check_signals(PROGRAM)
    check_kill(PROGRAM)
    check_busy(PROGRAM)
    check_user(PROGRAM)
    check_one_tracer()
done()
