"""What the test of the warnings runs: the servers of examples/servers, and sonde on them.

A Run is one `sonde run`, with the warnings that `sonde show --json` has of it and how much CPU other programs took
meanwhile: of what depends on idle CPUs, a machine that others use shows nothing either way.
"""
import os
import shlex
import shutil
import subprocess
import sys
import time

from harness import SOURCE, free_port, ok, skip, sonde, sonde_json, temporary_folder

OTHERS_CPUS = 0.3  # CPUs that other programs used: more than so much disturbs
STEAL = 0.01
# What others make fire by taking CPUs and the disk, and what they keep from firing. Nobody but the two themselves makes
# generator and service share a core, so that one has no excuse when they are bound apart.
CAUSED_BY_OTHERS = {"tail_latency", "slow_maximum", "run_queue", "involuntary_switches", "disk_saturated"}
HIDDEN_BY_OTHERS = {"single_core", "shared_cores", "waiting", "lock_contention", "disk_saturated"}
TRUE_WITH_OTHERS = CAUSED_BY_OTHERS | {"shared_cores", "steal"}

# The kernel counts retransmits and full listen queues for a whole network namespace: a run gets one of its own.
OWN_NETWORK = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")


def find_network():
    """What a run is started with to have a network of its own; nothing without the rights or the tools."""
    try:
        return OWN_NETWORK if subprocess.run([*OWN_NETWORK, "true"], capture_output=True).returncode == 0 else ()
    except OSError:
        return ()


class Run:
    def __init__(self, document, result, env=None):
        self.result, self.document, self.env = result, document or {}, env
        self.warnings = [w for arm in self.document.get("arms", []) for w in arm.get("warnings", [])]
        self.codes = {w["code"] for w in self.warnings}
        self.lenses = {lens["name"]: lens for lens in self.document.get("lenses", [])}
        self.others_cpus = self.mean("cpu.busy_ratio/host") * os.cpu_count() - self.mean("process.cpu_ratio") - \
            self.mean("process.cpu_ratio/sonde")

    def mean(self, series):
        return self.document.get("monitors", {}).get(series, {}).get("mean") or 0

    def is_whole(self):
        """A run that did not come to its end has no warnings either."""
        return self.result.status == 0 and bool(self.document.get("arms"))

    def disturbance(self):
        """What the machine did to the run; "" for nothing."""
        if self.mean("cpu.steal_ratio/host") > STEAL:
            return f"the hypervisor took {self.mean('cpu.steal_ratio/host') * 100:.0f} % of the CPU time"
        if self.others_cpus > OTHERS_CPUS:
            return f"other programs used {self.others_cpus:.1f} CPUs"
        return ""

    def __str__(self):
        lines = [f"{w['code']} {w['strength']:.2f}: {w['text']} | {w['evidence']}" for w in self.warnings]
        lines.append(f"others used {self.others_cpus:.2f} CPUs")
        return "\n".join(lines if self.is_whole() else [*lines, str(self.result)])


class Servers:
    """Builds them, runs sonde on them; each runs once with the same options, and again when it is asked to."""

    def __init__(self):
        self.folder = temporary_folder()
        self.path = os.path.join(self.folder, "servers")
        shutil.copytree(os.path.join(SOURCE, "examples", "servers"), self.path)
        subprocess.run(["make", "-s", "-k", "-j2", "-B", "all", "debug"], cwd=self.path, stderr=sys.stdout)
        self.network = find_network()
        self.runs = {}

    def program(self, name):
        return os.path.join(self.path, name)

    def is_there(self, name):
        """What the compiler cannot make (a sanitizer, for one) is not."""
        return os.path.exists(self.program(name))

    def run(self, name, options, shell="", again=False, store="store"):
        """`sonde run OPTIONS -- NAME PORT`; `shell`: what a shell does before it becomes the server."""
        key = (name, options, shell)
        if again or key not in self.runs:
            port = free_port()
            command = [self.program(name), str(port)]
            if shell:
                command = ["sh", "-c", f"{shell} && exec {shlex.join(command)}"]
            url = f"http://127.0.0.1:{port}/"
            self.runs[key] = self.measure("--url", url, *options.split(), "--", *command, store=store)
        return self.runs[key]

    def measure(self, *arguments, wrapper=(), store="store"):
        env = {"SONDE_STORE": os.path.join(self.folder, store)}
        result = sonde(self.folder, "run", "-q", *arguments, wrapper=(*self.network, *wrapper), env=env)
        return Run(sonde_json(self.folder, "show", env=env)[0], result, env)


def wait_for_quiet(seconds=4):
    """Until the CPUs are mostly idle, or so long: the second try is the better one then."""
    def read():
        with open("/proc/stat") as file:
            times = [int(n) for n in file.readline().split()[1:9]]
        return sum(times), times[3] + times[4]

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = read()
        time.sleep(1)
        now = read()
        if (now[1] - before[1]) * os.cpu_count() > (now[0] - before[0]) * (os.cpu_count() - OTHERS_CPUS):
            return


def judge(what, run, is_right, is_excused=False):
    """`run(again)` twice if it has to. Where others used the CPUs, no verdict on what that excuses."""
    for again in (False, True):
        got = run(again)
        if is_right(got):
            return ok(True, what)
        if not again and got.disturbance():
            wait_for_quiet()
    if is_excused and got.disturbance():
        return skip(what, got.disturbance())
    return ok(False, what, got)


def fires(code, what, run):
    return judge(f"{code} fires: {what}", run, lambda got: code in got.codes, code in HIDDEN_BY_OTHERS)


def silent(code, what, run):
    return judge(f"{code} is silent: {what}", run, lambda got: got.is_whole() and code not in got.codes,
                 code in CAUSED_BY_OTHERS)


def all_silent(what, run):
    """No warning but those that are true of a machine with others on it."""
    def is_right(got):
        return got.is_whole() and not got.codes - (TRUE_WITH_OTHERS if got.disturbance() else set())
    return judge(f"nothing fires: {what}", run, is_right)
