"""Counters against perf stat, and against programs that do a known number of things.

tests/system/programs/count.c is counter_set alone; bounded.c does exactly what it is told.
"""
import json
import os
import shutil
import subprocess

import harness
from harness import cleanup, contains, done, equal, matches, ok, skip, skip_all, start, temporary_folder
from perf_filter import build_filter

USER = 1000
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
FIXED = ("setarch", "-R")  # addresses
PARANOID = "/proc/sys/kernel/perf_event_paranoid"
CALLS = "syscalls:sys_enter_getppid"
PROGRAMS = os.path.join(harness.SOURCE, "tests", "system", "programs")


def build(folder, name):
    path, compiler = os.path.join(folder, name), os.environ.get("CC", "cc").split()
    if shutil.which(compiler[0]) is None:
        skip_all("no C compiler")
    subprocess.run([*compiler, "-O1", "-o", path, os.path.join(PROGRAMS, name + ".c"), "-lpthread"], check=True)
    os.chmod(path, 0o755)
    return path


def read_answer(text):
    document = json.loads(text.splitlines()[-1])
    document["by_name"] = {counter["name"]: counter for counter in document.get("counters", [])}
    return document


def count(*args, wrapper=()):
    result = subprocess.run([*wrapper, counter_program, *[str(a) for a in args]], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=120)
    return read_answer(result.stdout)


def value(document, name):
    counter = document["by_name"].get(name, {})
    return counter.get("value") if counter.get("state") == "counted" else None


def perf(events, *command, wrapper=()):
    """{event: value} as perf stat -x, prints it; None for what it did not count."""
    path = os.path.join(folder, "perf.csv")
    subprocess.run([*wrapper, "perf", "stat", "-x,", "-o", path, "-e", ",".join(events), "--", *command], capture_output=True, timeout=120)
    values = {}
    with open(path) as file:
        for line in file:
            fields = line.strip().split(",")
            if len(fields) > 3 and not line.startswith("#"):
                values[fields[2]] = None if fields[0].startswith("<") else float(fields[0])
    return values


class Window:
    """count on something that is up, from here to end()."""

    def __init__(self, *args, wrapper=()):
        self.process = subprocess.Popen([*wrapper, counter_program, *[str(a) for a in args]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline().strip()

    def end(self):
        rest, _ = self.process.communicate(timeout=60)
        return read_answer(rest or self.first)


def begin_program(*command):
    """A program that has said "here" and waits to be told."""
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cleanup(harness_end, process)
    equal(process.stdout.readline().strip(), "here", f"{os.path.basename(command[0])} {' '.join(map(str, command[1:]))} is up")
    return process


def harness_end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def test_pages():
    """Without randomized addresses a program's start takes the same pages every time."""
    faults = [value(count("-e", "page-faults", "--", bounded, f"pages={pages}", wrapper=FIXED), "page-faults")
              for pages in (0, 3000)]
    equal(faults[1] - faults[0], 3000, "page faults: exactly as many more as pages are touched")
    if has_perf:
        equal(perf(["page-faults"], bounded, "pages=3000", wrapper=FIXED)["page-faults"], faults[1],
              "page faults: as perf stat, from the exec on")


def test_calls():
    if not has_tracepoints:
        skip("system calls are exact", "no tracepoints")
        return
    cases = [
        ("calls=1000", 1000, "of one thread"),
        ("calls=100 threads=20", 100 * 21, "of its threads"),
        ("calls=100 forks=10", 100 * 11, "of its children"),
        ("calls=100 forks=5 threads=7", 100 * 13, "of both"),
        ("calls=100 execs=5", 100 * 6, "of children that exec"),
        ("calls=5 short=200", 5 * 201, "of short-lived children"),
    ]
    for words, want, what in cases:
        got = value(count("-e", CALLS, "--", bounded, *words.split()), CALLS)
        equal(got, want, f"system calls {what}")
        if has_perf:
            equal(perf([CALLS], bounded, *words.split())[CALLS], got, f"system calls {what}: as perf stat")


def test_running():
    """A process that is up, with its threads; what it makes afterwards counts too, what it did before does not."""
    if not has_tracepoints:
        skip("system calls of a running process", "no tracepoints")
        return
    process = begin_program(bounded, "calls=100", "threads=12", "forks=8", "short=20", "wait")
    window = Window("-p", process.pid, "-e", f"{CALLS},page-faults,task-clock,context-switches,cpu-migrations")
    equal(window.first, "ready", "a running process: counters are open")
    process.communicate("\n", timeout=60)
    document = window.end()
    equal(value(document, CALLS), 100 * (1 + 12 + 8 + 20), "a running process: all threads, all children, then and later")
    clock = document["by_name"]["task-clock"]
    ok(clock["value"] > 0 and clock["unit"] == "ns", "a running process: its clock", clock)
    ok(abs(clock["value"] - clock["enabled_ns"]) < 0.02 * clock["enabled_ns"] + 1e6, "a running process: which is the enabled time",
       clock)


def test_churn():
    """Threads that come and go while the counters are opened: none is missed, and at moderate pace none counts twice."""
    if not has_tracepoints:
        skip("threads that come and go", "no tracepoints")
        return
    for every_us, is_exact in ((50000, True), (500, False)):
        process = begin_program(churn, every_us, 300, 1000)
        window = Window("-p", process.pid, "-e", CALLS)
        output, _ = process.communicate("\n", timeout=60)
        callers, got = int(output), value(window.end(), CALLS)
        print(f"# a thread every {every_us} us: {callers} called, {got / 1000:.0f} counted")
        ok(got == 1000 * callers if is_exact else got >= 1000 * callers,
           f"a thread every {every_us} us: {'each counts once' if is_exact else 'none is missed'}", f"{got} of {callers} x 1000")


def test_clock():
    events = "task-clock,cpu-clock"
    document = count("-e", events, "--", bounded, "burn_ms=400")
    got = value(document, "task-clock")
    ok(abs(got / 1e6 - 400) < 12, "task-clock: the CPU time that was burnt", got)
    ok(0.1 < document["by_name"]["task-clock"]["cpus_utilized"] < 1.1, "CPUs utilized", document["by_name"]["task-clock"])
    if has_perf:
        theirs = perf(["task-clock"], bounded, "burn_ms=400")["task-clock"]
        ok(abs(got / 1e6 - theirs) < 12, "task-clock: as perf stat", f"{got / 1e6} and perf's {theirs} ms")


def test_machine():
    cpus = os.cpu_count()
    events = "cpu-clock,context-switches" + (f",{CALLS}" if has_tracepoints else "")
    document = count("-a", "-e", events, "--", bounded, "calls=2000", "forks=3", "burn_ms=200")
    clock = value(document, "cpu-clock")
    ok(abs(clock / document["elapsed_ns"] - cpus) < 0.1 * cpus, "whole machine: a clock a CPU", document)
    ok(value(document, "context-switches") > 0, "whole machine: switches", document)
    if has_tracepoints:
        got = value(document, CALLS)
        ok(8000 <= got < 8000 + 50000, "whole machine: system calls of everybody", got)
    if os.path.isdir("/sys/bus/event_source/devices/msr"):
        document = count("-a", "-e", "msr/tsc/", "--", "sleep", "0.1")
        ok(value(document, "msr/tsc/") is None or value(document, "msr/tsc/") > 1e6, "whole machine: a device's own event", document)


def test_states():
    events = ["cycles", "instructions", "L1-dcache-load-misses", "page-faults"]
    document = count("-e", ",".join(events + ["no_such_device/event=1/"]), "--", bounded, "pages=10")
    equal(document["by_name"]["no_such_device/event=1/"]["state"], "not supported", "a device that is not there is a state")
    if has_perf:
        theirs = perf(events, bounded, "pages=10")
        for name in events:
            equal(document["by_name"][name]["state"] == "counted", theirs[name] is not None, f"{name}: there or not, as perf says")
    defaults = count("--", bounded, "pages=10")
    names = [counter["name"] for counter in defaults["counters"]]
    equal(names[:8], ["task-clock", "context-switches", "cpu-migrations", "page-faults", "cycles", "instructions", "branches",
                      "branch-misses"], "perf stat's own events by default")
    contains(count("-e", "page-fault", "--", "true").get("error", ""), "page-faults", "a wrong name gets the nearest")
    contains(count("-p", 2 ** 22 - 1, "-e", "page-faults").get("error", ""), "no process", "a process that is not there")


def set_paranoid(value_):
    with open(PARANOID, "w") as file:
        file.write(f"{value_}\n")


def read_paranoid():
    with open(PARANOID) as file:
        return int(file.read())


def kernel_allows(flags):
    """What the kernel itself does for the user: bit 5 excludes the kernel's part."""
    code = f"""
import ctypes, platform, struct
number = {{"x86_64": 298, "aarch64": 241}}[platform.machine()]
attr = bytearray(128)
struct.pack_into("=IIQQQQQ", attr, 0, 1, 128, 2, 0, 0, 0, {flags})
libc = ctypes.CDLL(None, use_errno=True)
print("yes" if libc.syscall(number, (ctypes.c_char * 128).from_buffer(attr), 0, -1, -1, 0) >= 0 else "no")
"""
    return subprocess.run([*AS_USER, "/usr/bin/python3", "-c", code], capture_output=True, text=True).stdout.strip() == "yes"


def check_user(value_):
    what = f"uid {USER} at perf_event_paranoid {value_}"
    set_paranoid(value_)
    has_kernel, has_user = kernel_allows(1), kernel_allows(1 | 1 << 5)
    print(f"# {what}: the kernel allows all code: {has_kernel}, user code: {has_user}")
    document = count("-e", "task-clock,page-faults,context-switches", "--", bounded, "pages=500", wrapper=AS_USER)
    if not has_user:
        contains(document.get("error", ""), "sudo sysctl kernel.perf_event_paranoid=1", f"{what}: refused, with what mends it")
        return
    faults = "page-faults" if has_kernel else "page-faults:u"
    ok(value(document, "task-clock") > 0, f"{what}: the clock is there", document)
    ok((value(document, faults) or 0) >= 500, f"{what}: {faults}", document)
    if not has_kernel:
        equal(document["by_name"]["context-switches"]["state"], "not permitted", f"{what}: what only the kernel does")
        matches(document["refusal"], r"sudo sysctl kernel\.perf_event_paranoid=1", f"{what}: and why")
        if has_perf:
            theirs = perf_as_user(["page-faults"])
            ok(faults in theirs, f"{what}: named as perf names it", theirs)
    if value_ > 0:
        document = count("-a", "-e", "context-switches", "--", "true", wrapper=AS_USER)
        contains(document.get("error", ""), "whole machine", f"{what}: the machine is not for this user")
    document = count("-p", str(own.pid), "-e", "page-faults", wrapper=AS_USER)
    contains(document.get("error", ""), "not this user's", f"{what}: nor is root's process")


def perf_as_user(events):
    result = subprocess.run([*AS_USER, "perf", "stat", "-x,", "-e", ",".join(events), "--", bounded, "pages=1"], capture_output=True,
                            text=True)
    return [line.split(",")[2] for line in result.stderr.splitlines() if line.count(",") > 3]


def test_rights():
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        skip("as an ordinary user", "not root, or no setpriv")
        return
    before = read_paranoid()
    cleanup(set_paranoid, before)
    try:
        for paranoid in (4, 2, 1):
            check_user(paranoid)
    finally:
        set_paranoid(before)
    equal(read_paranoid(), before, "perf_event_paranoid is as it was")
    try:
        launcher = build_filter(temporary_folder())
    except (OSError, subprocess.CalledProcessError) as problem:
        skip("under a seccomp filter", str(problem))
        return
    document = count("-e", "task-clock,page-faults", "--", "true", wrapper=[launcher])
    contains(document.get("error", ""), "seccomp", "under a seccomp filter: refused, and why")


def read_elapsed(*args):
    result = harness.sonde(folder, "stat", *args)
    text = result.out + result.err
    return [float(line.split()[0]) for line in text.splitlines() if line.endswith("seconds time elapsed")]


def test_elapsed():
    """A window is as long as what it is for: no ticks of a tenth of a second behind it. The best of five: others want the CPU, too."""
    times = [time for _ in range(5) for time in read_elapsed("-e", "task-clock", "sleep", "0.02")]
    if ok(len(times) == 5, "sonde stat tells the time that a command took", times):
        ok(min(times) >= 0.02, "none is shorter than what the command slept", times)
        ok(min(times) < 0.1, "its end is seen when it comes", times)
    times = [time for _ in range(5) for time in read_elapsed("-p", str(own.pid), "-e", "task-clock", "0.15", "2")]
    if ok(len(times) == 5, "and that of two intervals", times):
        ok(min(times) >= 0.3, "none is shorter", times)
        ok(min(times) < 0.4, "the last ends the window", times)


folder = temporary_folder()
counter_program = os.path.join(os.environ.get("SONDE_BUILD", os.path.join(harness.SOURCE, "build")), "tests", "system", "count")
if not os.path.exists(counter_program):
    skip_all(f"there is no {counter_program}")
shutil.copy(counter_program, os.path.join(folder, "count"))  # where every user can run it
counter_program = os.path.join(folder, "count")
bounded, churn = build(folder, "bounded"), build(folder, "churn")
if "error" in count("-e", "page-faults", "--", "true"):
    skip_all("this user may not count")
has_perf = shutil.which("perf") is not None and perf(["task-clock"], "true").get("task-clock") is not None
has_tracepoints = value(count("-e", CALLS, "--", "true"), CALLS) is not None
own = start(["sleep", "60"], folder)
print(f"# perf: {has_perf}, tracepoints: {has_tracepoints}")
test_pages()
test_calls()
test_running()
test_churn()
test_clock()
test_machine()
test_states()
test_rights()
test_elapsed()
done()
