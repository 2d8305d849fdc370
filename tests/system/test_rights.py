"""An ordinary user on a machine that allows less: what can be measured is measured, what cannot is said with its remedy.

Needs root, to become an ordinary user and to set kernel.perf_event_paranoid for a moment.
"""
import json
import os
import shutil
import subprocess

import harness
from harness import (cleanup, contains, done, equal, free_port, is_alive, matches, ok, processes_with, server_command, skip,
                     skip_all, sonde, sonde_json, start, temporary_folder, wait_for_port)
from perf_filter import build_filter

USER = 1000
PARANOID = "/proc/sys/kernel/perf_event_paranoid"

# What the kernel itself does for this user: two tries to sample one's own CPU time, with and without the kernel's part.
PROBE = r"""
import ctypes, platform, struct
number = {"x86_64": 298, "aarch64": 241}[platform.machine()]
def try_open(flags):
    attr = bytearray(128)
    struct.pack_into("=IIQQQQQ", attr, 0, 1, 128, 0, 1000000, 1, 0, flags)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(number, (ctypes.c_char * 128).from_buffer(attr), 0, -1, -1, 0)
    return "yes" if fd >= 0 else "no"
print(try_open(1), try_open(1 | 1 << 5))
"""


def user_folder():
    folder = temporary_folder()
    os.chown(folder, USER, USER)
    return folder


def set_paranoid(value):
    with open(PARANOID, "w") as f:
        f.write(f"{value}\n")


def read_paranoid():
    with open(PARANOID) as f:
        return int(f.read())


def run_args(port, word):
    return ["run", "--json", "--url", f":{port}/", "-c", "4", "-d", "1s", "--", *server_command(servers, port, "plain", word)]


def check_run(folder, what, has_profile, wrapper=()):
    """A run goes on whatever the rights, and CPU per request is there."""
    port, word = free_port(), f"rights-{what.replace(' ', '-')}-{os.getpid()}"
    result = sonde(folder, *run_args(port, word), user=USER, wrapper=wrapper)
    equal(result.status, 0, f"{what}: run ends with status 0")
    document = json.loads(result.out or "{}")
    ok(document.get("load", {}).get("requests", 0) > 0, f"{what}: there are answers", result)
    lines = [line for line in result.err.splitlines() if "no profile" in line]
    equal(len(lines), 0 if has_profile else 1, f"{what}: a missing profile is said in one line")
    if not has_profile:
        check_remedy(lines[0] if lines else "", what)
    shown = sonde(folder, "show", user=USER)
    matches(shown.out, r"CPU.*request|cpu_per_request", f"{what}: CPU per request is there")
    report = sonde(folder, "report", user=USER)
    equal(report.status, 0 if has_profile else 5, f"{what}: report")
    ok(not processes_with(word), f"{what}: nothing is left behind")


def check_remedy(line, what):
    matches(line, r"sudo sysctl kernel\.perf_event_paranoid=1|docker run --cap-add PERFMON|sudo sonde", f"{what}: with what would grant it")


def check_record(folder, what, has_profile, wrapper=()):
    word = f"recorded-{os.getpid()}"
    command = ["sh", "-c", f": {word}; exit 7"]
    result = sonde(folder, "record", "--", *command, user=USER, wrapper=wrapper)
    if has_profile:
        equal(result.status, 7, f"{what}: record CMD passes its status on")
        return
    equal(result.status, 125, f"{what}: record CMD ends with status 125")
    check_remedy(result.err, f"{what}: record CMD")
    ok(not processes_with(word), f"{what}: record CMD leaves nothing behind")
    own = start(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "sleep", "60"], folder)
    result = sonde(folder, "record", "-p", own.pid, "-d", "300ms", user=USER, wrapper=wrapper)
    equal(result.status, 5, f"{what}: record -p ends with status 5")
    check_remedy(result.err, f"{what}: record -p")
    ok(is_alive(own.pid), f"{what}: record -p leaves the process alone")


def test_paranoid(value):
    what = f"perf_event_paranoid {value}"
    set_paranoid(value)
    probe = subprocess.run(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "/usr/bin/python3", "-c", PROBE],
                           capture_output=True, text=True)
    answers = probe.stdout.split()
    if not ok(len(answers) == 2, f"{what}: the kernel was asked", probe.stderr):
        return
    print(f"# {what}: this kernel lets a user sample the kernel: {answers[0]}, user code alone: {answers[1]}")
    folder, has_profile = user_folder(), answers[1] == "yes"
    check_run(folder, what, has_profile)
    check_record(folder, what, has_profile)
    if has_profile:
        document, _ = sonde_json(folder, "report", user=USER)
        hidden = document["profile"]["kernel_hidden_ns"] if document else None
        ok(hidden is not None and (hidden > 0 or answers[0] == "yes"), f"{what}: kernel time that is hidden is counted", hidden)


def test_filter():
    what, folder = "seccomp filter", user_folder()
    try:
        launcher = build_filter(temporary_folder())
    except (FileNotFoundError, subprocess.CalledProcessError):
        skip(what, "no C compiler")
        return
    # sonde's own children are sampled by stopping them: test_profile_rights.py
    check_run(folder, what, True, wrapper=[launcher])
    check_record(folder, what, True, wrapper=[launcher])
    result = sonde(folder, "doctor", user=USER, wrapper=[launcher])
    ok(result.status in (0, 1, 3) and "perf" in result.out, f"{what}: doctor says so", result)


def test_other_users_process():
    folder, port = user_folder(), free_port()
    owner = start(server_command(servers, port, "plain", "of-root"), servers)
    wait_for_port(port)
    for target in (owner.pid, f":{port}"):
        result = sonde(folder, "record", "-p", target, "-d", "300ms", user=USER)
        equal(result.status, 5, f"root's process as user, -p {target}: status 5")
        matches(result.err, r"another user|not allowed|sudo", f"root's process as user, -p {target}: the sentence")
    result = sonde(folder, "run", "--url", f":{port}/", "-p", owner.pid, "-c", "2", "-d", "300ms", user=USER)
    equal(result.status, 0, "root's process as user, run -p PID: the load is measured")
    matches(result.err, "no profile", "root's process as user, run -p PID: and what is missing is said")
    ok(is_alive(owner.pid), "root's process is left alone")


def prepare():
    if os.geteuid() != 0:
        skip_all("not root")
    if shutil.which("setpriv") is None or not os.path.exists("/usr/bin/python3"):
        skip_all("no setpriv or no /usr/bin/python3")
    public = os.path.join(temporary_folder(), "sonde")  # where every user can run it
    shutil.copy(harness.SONDE, public)
    harness.SONDE = public


prepare()
servers = temporary_folder()
server_command(servers, 1)  # written by root, run by the user
before = read_paranoid()
cleanup(set_paranoid, before)
try:
    for paranoid in (4, 2):
        test_paranoid(paranoid)
    test_filter()
    test_other_users_process()
finally:
    set_paranoid(before)
equal(read_paranoid(), before, "perf_event_paranoid is as it was")
done()
