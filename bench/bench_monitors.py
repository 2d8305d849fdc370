#!/usr/bin/env python3
"""What watching costs: `sonde stat -p` beside `pidstat -t -u -r -w -d`, `mpstat` and `iostat` on a service of many threads.

    python3 bench/bench_monitors.py [--sonde build/sonde] [--threads 200] [--seconds 10] [--rounds 3] [--intervals 1,0.1]

The service has so many threads, each of which works a little every 10 ms on CPU 0; who watches is on CPU 1. CPU time of the watcher,
its children included, divided by the time that it watched; what a start costs is taken away: a watch of one interval is measured as
well. sonde reads all its series in that time (process, threads, CPUs, disks, memory, pressure, network, sockets), where the three tools
together print the tables of theirs. Figures, no verdict.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import peers

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--threads", type=int, default=200)
parser.add_argument("--seconds", type=int, default=10)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--intervals", default="1,0.1")
args = parser.parse_args()
args.sonde = os.path.abspath(args.sonde)
peers.need("taskset", "cc")
if os.cpu_count() < 2:
    print("# SKIP the service and the watcher need a CPU each")
    sys.exit(77)

SERVICE = r"""
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static void *work(void *none)
{
	struct timespec nap = {0, 10000000};
	volatile unsigned long sum = 0;
	for (;;) {
		for (int i = 0; i < 2000; i++)
			sum += (unsigned long)i;
		nanosleep(&nap, NULL);
	}
	return none;
}
int main(int argc, char **argv)
{
	(void)argc;
	for (int i = 1; i < atoi(argv[1]); i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, NULL);
	}
	alarm(600);
	work(NULL);
	return 0;
}
"""


def watch(command, env):
    """CPU seconds of the command, its children included."""
    child = subprocess.Popen(["taskset", "-c", "1", *command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime


def measure(make, interval, env):
    """Share of a core: a long watch less a short one."""
    counts = [max(2, round(args.seconds / interval)), 1]
    long, short = [statistics.median(watch(make(interval, count), env) for _ in range(args.rounds)) for count in counts]
    return (long - short) / ((counts[0] - 1) * interval)


with tempfile.TemporaryDirectory() as folder:
    source, program = os.path.join(folder, "service.c"), os.path.join(folder, "service")
    with open(source, "w") as file:
        file.write(SERVICE)
    subprocess.run(["cc", "-O1", "-pthread", "-o", program, source], check=True)
    service = subprocess.Popen(["taskset", "-c", "0", program, str(args.threads)])
    env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"))
    watchers = {
        "sonde": lambda interval, count: [args.sonde, "stat", "-q", "-p", str(service.pid), str(interval), str(count)],
        "pidstat -t": lambda interval, count: ["pidstat", "-t", "-u", "-r", "-w", "-d", "-p", str(service.pid), str(int(interval)), str(count)],
        "mpstat": lambda interval, count: ["mpstat", "-P", "ALL", str(int(interval)), str(count)],
        "iostat": lambda interval, count: ["iostat", "-x", str(int(interval)), str(count)],
    }
    try:
        time.sleep(1)
        for interval in map(float, args.intervals.split(",")):
            for name, make in watchers.items():
                if name != "sonde" and (interval < 1 or not peers.has(name.split()[0])):
                    continue
                print(f"{args.threads} threads, every {interval:g} s: {name:<10} {measure(make, interval, env) * 100:6.3f} % of a core", flush=True)
    finally:
        service.kill()
        service.wait()
