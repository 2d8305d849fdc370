#!/usr/bin/env python3
"""Each warning fires on a server with that fault planted (examples/servers/README.md), and is silent on a healthy one
under the same load. No time is asserted; what depends on idle CPUs gets no verdict on a machine that others use.

The first try of what needs little of the machine is made beside others of the kind. A try that is not right is repeated
alone, so company does not make a test fail.
"""
import concurrent.futures
import glob
import os
import re
import shlex
import shutil
import socket
import threading

from harness import SOURCE, cleanup, done, free_port, ok, skip, sonde, sonde_json, start, wait_for_port, write
from planted import Run, Servers, all_silent, fires, silent

OPEN = "-c 16 -R 500 -d 3s --syscalls"
CLOSED = "-c 16 -d 2s --syscalls"
DISK = "-c 32 -d 3s"
CLOSE = "-c 16 -d 2s --close --timeout 2s"
PTRACE = "-c 4 -R 100 -d 2s --syscalls=ptrace"
STEADY = "-c 4 -R 200 -d 36s"

NGINX = """
worker_processes 2;
daemon off;
pid nginx.pid;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_requests 100000000;
    server { listen 127.0.0.1:%d; root %s; }
}
"""


AT_ONCE = (
    # they wait
    (("slow_tail", OPEN), ("stall", OPEN), ("failing", OPEN), ("slow_upstream", OPEN), ("lossy", OPEN), ("chatty", PTRACE),
     ("healthy", PTRACE)),
    # what tells them, and the healthy one from them, is not how fast they are
    (("healthy_unoptimized", CLOSED), ("healthy_sanitized", CLOSED), ("file_lock", CLOSED)),
    (("small_backlog", CLOSE), ("healthy", CLOSE), ("healthy", DISK)),
)


def run_at_once(servers, runs):
    def run(name, options):
        servers.run(name, options, store=f"{name} {options}")

    with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
        list(pool.map(run, *zip(*runs)))


def planted(servers, code, name, load):
    fires(code, f"{name}, {load}", lambda again: servers.run(name, load, again=again))
    silent(code, f"healthy, {load}", lambda again: servers.run("healthy", load, again=again))


def check_open_loop(servers):
    for code, name in (("tail_latency", "slow_tail"), ("slow_maximum", "stall"), ("failures", "failing"),
                       ("run_queue", "crowded"), ("involuntary_switches", "crowded"), ("waiting", "slow_upstream")):
        planted(servers, code, name, OPEN)
    if "lossy: Operation not permitted" in servers.run("lossy", OPEN).result.err:
        skip("retransmits", "this kernel lets only root filter what a socket gets")
    else:
        planted(servers, "retransmits", "lossy", OPEN)
    all_silent(f"healthy, {OPEN}", lambda again: servers.run("healthy", OPEN, again=again))


def check_closed_loop(servers):
    planted(servers, "single_core", "single_thread", CLOSED)
    planted(servers, "listen_overflow", "small_backlog", CLOSE)
    for code, name in (("lock_contention", "lock_convoy"), ("file_lock", "file_lock")):
        lens = servers.run(name, CLOSED).lenses.get("syscalls", {"is_on": True})
        if lens["is_on"]:
            planted(servers, code, name, CLOSED)
        else:
            skip(code, f"no system calls were counted: {lens['text']}")


def check_disk(servers):
    run = servers.run("slow_disk", DISK)
    series = [key for key in run.document.get("monitors", {}) if key.startswith("disk.busy_ratio/")]
    busy = max(map(run.mean, series), default=0)
    if "disk_saturated" not in run.codes and busy < 0.9:
        skip("disk_saturated", f"the disk below the test's folder was busy {busy * 100:.0f} % of the time: too fast")
    else:
        planted(servers, "disk_saturated", "slow_disk", DISK)


def check_builds(servers):
    for name in ("healthy_unoptimized", "healthy_sanitized"):
        if servers.is_there(name):
            planted(servers, "debug_build", name, CLOSED)
        else:
            skip("debug_build", f"{name} cannot be built here")


def check_ptrace(servers):
    run = servers.run("chatty", PTRACE)
    if run.lenses.get("syscalls", {}).get("is_on"):
        planted(servers, "profiler_stops", "chatty", PTRACE)
    else:
        skip("profiler_stops", "ptrace is not allowed here")


def check_memory(leak, healthy):
    """They take long and next to no CPU, so they ran beside all the others."""
    fires("memory_growth", f"leak, {STEADY}", lambda again: leak.result())
    silent("memory_growth", f"healthy, {STEADY}", lambda again: healthy.result())


def check_shared_cores(servers):
    if os.cpu_count() < 2 or shutil.which("taskset") is None:
        return skip("shared_cores", "needs two CPUs and taskset")

    def run(wrapper, cpu):
        variables = ("--var", f"port={free_port()}", "--var", f"cpu={cpu}")
        return servers.measure(servers.program("shared_core.yaml"), *variables, wrapper=wrapper)

    fires("shared_cores", "healthy, it and the generator on CPU 0", lambda again: run(("taskset", "-c", "0"), 0))
    return silent("shared_cores", "healthy on CPU 1, the generator on the others", lambda again: run((), 1))


# ---- a CPU limit ----

CGROUP = "/sys/fs/cgroup"


def limit_cpu():
    """Makes a cgroup that may use a fifth of a CPU; its folder, or why there is none."""
    is_v2 = os.path.exists(os.path.join(CGROUP, "cgroup.subtree_control"))
    folder = os.path.join(CGROUP, "" if is_v2 else "cpu", f"sonde-test-{os.getpid()}")
    try:
        os.mkdir(folder)
        cleanup(os.rmdir, folder)
        limits = {"cpu.max": "20000 100000"} if is_v2 else {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "20000"}
        for name, value in limits.items():
            with open(os.path.join(folder, name), "w") as file:
                file.write(value)
    except OSError as error:
        return None, f"no cgroup with a CPU limit can be made: {error}"
    return folder, ""


def check_throttling(servers):
    folder, why = limit_cpu()
    if folder is None:
        return skip("throttling", why)
    shell = f"echo $$ > {folder}/cgroup.procs"
    fires("throttling", f"healthy with a fifth of a CPU, {CLOSED}",
          lambda again: servers.run("healthy", CLOSED, shell=shell, again=again))
    return silent("throttling", f"healthy, {CLOSED}", lambda again: servers.run("healthy", CLOSED, again=again))


# ---- servers that others wrote ----

def check_nginx(servers):
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        return skip("nothing fires: nginx", "nginx is not installed")
    folder = os.path.join(servers.folder, "nginx")
    os.mkdir(folder, 0o755)
    write(os.path.join(folder, "index.html"), "<p>hello</p>\n" * 100)

    def run(again):
        port = free_port()
        write(os.path.join(folder, "nginx.conf"), NGINX % (port, folder))
        command = (program, "-p", folder, "-c", "nginx.conf", "-e", "error.log")
        return servers.measure("--url", f"http://127.0.0.1:{port}/index.html", *OPEN.split(), "--", *command)

    return all_silent(f"nginx and a small file, {OPEN}", run)


def ask_redis(port, stop):
    """500 commands a second, each when the last one is answered."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        number = 0
        while not stop.wait(0.002):
            number += 1
            connection.sendall(b"SET key:%d value\r\nGET key:%d\r\n" % (number % 1000, number % 1000))
            connection.recv(4096)


def check_redis(servers):
    program = shutil.which("redis-server")
    if program is None:
        return skip("nothing fires: redis", "redis-server is not installed")
    port = free_port()
    start([program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], servers.folder)
    wait_for_port(port)
    stop = threading.Event()
    client = threading.Thread(target=ask_redis, args=(port, stop))
    client.start()

    def run(again):
        calls = ["--syscalls"] if os.geteuid() == 0 else []
        result = sonde(servers.folder, "stat", "-p", f":{port}", *calls, "-d", "3s")
        return Run(sonde_json(servers.folder, "show")[0], result)

    try:
        return all_silent("redis and 500 commands a second", run)
    finally:
        stop.set()
        client.join()


# ---- what to type next ----

def check_named_commands(folder):
    """Each command that the rules name has a verb of `sonde help` and options of its --help."""
    named = set()
    for path in glob.glob(os.path.join(SOURCE, "src", "view", "warning_*.c")):
        with open(path, encoding="utf-8") as file:
            named |= set(re.findall(r'"sonde ([a-z][^"]*)"', file.read()))
    verbs = set(re.findall(r"(?m)^  (\w+) ", sonde(folder, "help").out))
    wrong = []
    for command in named:
        verb, *words = command.split()
        options = re.findall(r"-[\w-]+", sonde(folder, verb, "--help").out) if verb in verbs else []
        wrong += [command for word in words if word.startswith("-") and word not in options]
        wrong += [command] if verb not in verbs else []
    ok(len(named) > 5 and not wrong, f"the {len(named)} commands that the rules name exist", wrong)


def check_next(servers):
    """What looks at a run works with the run that has the warning."""
    check_named_commands(servers.folder)
    tried, wrong = set(), []
    for run in servers.runs.values():
        for warning in run.warnings:
            _, verb, *words = shlex.split(warning["next"])
            if verb not in ("show", "report") or (warning["code"], verb) in tried:
                continue
            tried.add((warning["code"], verb))
            result = sonde(servers.folder, verb, run.document["experiment"], *words, env=run.env)
            wrong += [] if result.status == 0 and result.out else [f"{warning['next']}: {result}"]
    ok(tried and not wrong, f"what {len(tried)} warnings name to look at is there", wrong)


def main():
    servers = Servers()
    pool = concurrent.futures.ThreadPoolExecutor()
    leak, healthy = (pool.submit(servers.run, name, STEADY, store=name) for name in ("leak", "healthy"))
    for runs in AT_ONCE:
        run_at_once(servers, [run for run in runs if servers.is_there(run[0])])
    check_open_loop(servers)
    check_closed_loop(servers)
    check_disk(servers)
    check_builds(servers)
    check_ptrace(servers)
    check_shared_cores(servers)
    check_throttling(servers)
    check_nginx(servers)
    check_redis(servers)
    check_memory(leak, healthy)
    check_next(servers)
    for code, why in (("steal", "only a hypervisor takes CPU time away"), ("thermal", "a test heats no CPU"),
                      ("swapping", "a machine's swap is not a test's to fill")):
        skip(code, f"cannot be planted: {why}; the unit tests have it")
    done()


main()
