"""Profiles whose truth was planted: how the time is shared, whose it is, and what it is called."""
import os
import re
import shutil
import signal
import subprocess
import time

from binomial import binomial_band
from harness import (SONDE, SOURCE, contains, done, end, equal, is_alive, matches, ok, processes_with, skip_all, sonde, sonde_json, start,
                     temporary_folder, wait_until, write)

HZ = 997  # shares no factor with a timer
CC = os.environ.get("CC", "cc").split()
FRAMES = ["-O2", "-g", "-fno-omit-frame-pointer"]

LIBRARY = """
#include <stdint.h>
uint64_t spin_in_library(uint64_t value);
__attribute__((noinline)) uint64_t spin_in_library(uint64_t value)
{
	for (int i = 0; i < 1000000; i++)
		value = value * 6364136223846793005u + 1;
	return value;
}
"""
LOADER = """
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
int main(int argc, char **argv)
{
	void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	uint64_t (*spin)(uint64_t) = library ? (uint64_t (*)(uint64_t))dlsym(library, "spin_in_library") : NULL;
	uint64_t value = 1;

	if (spin == NULL)
		return 1;
	while (clock() < CLOCKS_PER_SEC / 2)
		value = spin(value);
	return value == 0;
}
"""
# A thread of its own for each tenth of a second, one after the other: a profiler must see the ones that come later.
THREADS = """
#include <pthread.h>
#include <stdint.h>
#include <time.h>
static void *spin_in_thread(void *result)
{
	struct timespec used = {0};
	uint64_t value = 1;

	while (used.tv_nsec < 100000000 && used.tv_sec == 0) {
		for (int i = 0; i < 100000; i++)
			value = value * 6364136223846793005u + 1;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	}
	*(volatile uint64_t *)result = value;
	return 0;
}
int main(int argc, char **argv)
{
	int count = argc > 1 ? 600 : 6;

	(void)argv;
	for (int i = 0; i < count; i++) {
		uint64_t result;
		pthread_t thread;

		if (pthread_create(&thread, 0, spin_in_thread, &result) != 0)
			return 1;
		pthread_join(thread, 0);
	}
	return 0;
}
"""


def build(folder, name, source, *flags):
    path = os.path.join(folder, name)
    subprocess.run([*CC, *FRAMES, "-x", "c", "-", "-o", path, *flags], input=source.encode(), check=True)
    return path


class Programs:
    def __init__(self):
        self.folder = temporary_folder()
        shutil.copytree(os.path.join(SOURCE, "examples", "servers"), os.path.join(self.folder, "servers"))
        subprocess.run(["make", "-s", "-B", "hot_function"], cwd=os.path.join(self.folder, "servers"), check=True)
        self.hot = os.path.join(self.folder, "servers", "hot_function")
        self.stripped = os.path.join(self.folder, "stripped")
        subprocess.run(["strip", "-o", self.stripped, self.hot], check=True)
        self.library = build(self.folder, "libspin.so", LIBRARY, "-shared", "-fPIC")
        self.loader = build(self.folder, "loader", LOADER, "-ldl")
        self.threads = build(self.folder, "threads", THREADS, "-pthread")


def record(folder, *args, what, status=0, **kw):
    """The report of a profile of the command."""
    result = sonde(folder, "record", "-F", HZ, *args, **kw)
    equal(result.status, status, f"{what}: status {status}")
    return report(folder, what, result)


def report(folder, what, result=None):
    document, shown = sonde_json(folder, "report")
    if not ok(document is not None and document["profile"]["samples"] > 0, f"{what}: there are samples", f"{result}\n{shown}"):
        done()
    quality = document["profile"]
    equal(quality["samples"], quality["complete"] + quality["joined"] + quality["truncated"],
          f"{what}: each stack is complete, joined or truncated")
    counted, sampled = quality["cpu_ns"], all_samples(document) * quality["weight_ns"]
    ok(abs(counted - sampled) <= 0.05 * counted + 20e6, f"{what}: the samples stand for the CPU time that a counter saw",
       f"{counted} ns counted, {sampled} ns sampled")
    equal(round(sum(f["self"] for f in document["functions"])), round(all_samples(document)),
          f"{what}: the functions' own samples are all samples")
    return document


def all_samples(document):
    """With the time in the kernel where that is hidden, in samples."""
    quality = document["profile"]
    return quality["samples"] + quality["kernel_hidden_ns"] / quality["weight_ns"]


def find(document, name):
    found = [f for f in document["functions"] if f["name"] == name]
    return found[0] if found else {"self": 0, "total": 0, "module": "", "file": "", "line": 0}


def check_shares(document, what):
    """Three of ten and seven of ten. Both at once stay in their bands with 99.99 %: the rest of the program is nothing."""
    thirty, seventy = find(document, "hot_thirty"), find(document, "hot_seventy")
    both = round(thirty["total"] + seventy["total"])
    rest = all_samples(document) - both
    ok(rest <= 0.05 * both + 10, f"{what}: nearly all of it is in the two functions", f"{rest} elsewhere, {both} there")
    for function, share in ((thirty, 0.3), (seventy, 0.7)):
        low, high = binomial_band(both, share, 1 - 1e-4 / 2)
        ok(low <= round(function["total"]) <= high, f"{what}: {share:.0%} of {both} samples are {low} to {high}", function)


def check_amount(document, seconds, what):
    """A sample for each period of CPU time; an eighth more or less is other people's noise, not ours."""
    taken = all_samples(document) / HZ
    ok(0.875 * seconds <= taken <= 1.125 * seconds + 0.1, f"{what}: {seconds} s of CPU time are as many samples", taken)


# ---- what is profiled ----

def test_shares(programs):
    document = record(temporary_folder(), programs.hot, "1.5", what="hot_function")
    check_shares(document, "hot_function")
    check_amount(document, 1.5, "hot_function")
    for key in ("samples weight_ns complete joined truncated lost frames frames_unsymbolized kernel_hidden_ns "
                "bytes_from_kernel frequency_hz event sampler stacks").split():
        ok(key in document["profile"], f"report --json has profile.{key}")
    equal(document["profile"]["frequency_hz"], HZ, "the frequency that was asked for")
    equal(document["profile"]["lost"], 0, "nothing is lost")
    ok(document["profile"]["complete"] >= 0.95 * document["profile"]["samples"], "with frame pointers the stacks are complete",
       document["profile"])
    seventy = find(document, "hot_seventy")
    equal(seventy["module"], "hot_function", "the module of a function")
    ok("file" in seventy and "line" in seventy, "there is room for its file and line", seventy)
    main = find(document, "main")
    ok(main["total"] >= 0.95 * document["profile"]["samples"] and main["self"] < 0.05 * main["total"],
       "main is above it all and does little itself", main)


def test_children(programs):
    document = record(temporary_folder(), programs.hot, "0.4", "3", what="forks")
    check_shares(document, "forks")
    check_amount(document, 1.2, "forks")
    busy = {t["pid"] for t in document["threads"] if t["samples"] > 0.1 * document["profile"]["samples"]}
    equal(len(busy), 3, "forks: each child is seen")
    document = record(temporary_folder(), "--", "sh", "-c", f"{programs.hot} 0.3 & {programs.hot} 0.3; wait", what="a shell's children")
    check_shares(document, "a shell's children")
    check_amount(document, 0.6, "a shell's children")


def test_threads(programs):
    folder = temporary_folder()
    document = record(folder, programs.threads, what="threads")
    check_amount(document, 0.6, "threads")
    equal(len([t for t in document["threads"] if t["samples"] > 0.05 * HZ]), 6, "threads: each is seen")
    spin = find(document, "spin_in_thread")
    ok(spin["self"] >= 0.9 * document["profile"]["samples"], "threads: in the function they run", spin)
    ok(document["profile"]["complete"] >= 0.9 * document["profile"]["samples"], "threads: their stacks are complete",
       document["profile"])
    process = start([programs.threads, "for long"], folder)
    document = record(folder, "-p", process.pid, "-d", "1s", what="-p, new threads")
    ok(document["profile"]["samples"] >= 0.3 * HZ, "-p, new threads: they are followed, however busy the machine is",
       document["profile"]["samples"])
    ok(len([t for t in document["threads"] if t["samples"] > 0.05 * HZ]) >= 3, "-p, new threads: each is seen",
       document["threads"])
    end(process)


def test_stripped(programs):
    document = record(temporary_folder(), programs.stripped, "0.5", what="stripped")
    ok(document["profile"]["frames_unsymbolized"] > 0, "stripped: unsymbolized frames are counted", document["profile"])
    own = [f for f in document["functions"] if f["module"] == "stripped" and f["self"] > 0]
    ok(own and all(re.fullmatch(r"stripped\+0x[0-9a-f]+", f["name"]) for f in own), "stripped: names are module+offset",
       [f["name"] for f in own])
    ok(sum(f["self"] for f in own) >= 0.9 * document["profile"]["samples"], "stripped: and the samples are all there")


def test_loaded_code(programs):
    document = record(temporary_folder(), programs.loader, programs.library, what="dlopen")
    spin = find(document, "spin_in_library")
    ok(spin["self"] >= 0.9 * document["profile"]["samples"], "dlopen: code that came later has its name", document["functions"][:5])
    equal(spin["module"], "libspin.so", "dlopen: and its module")


def test_deleted(programs):
    folder = temporary_folder()
    path = shutil.copy(programs.hot, os.path.join(folder, "vanishing"))
    process = start([path, "60"], folder)
    ok(wait_until(lambda: os.readlink(f"/proc/{process.pid}/exe") == path, 5), "deleted: it runs")
    os.unlink(path)
    document = record(folder, "-p", process.pid, "-d", "700ms", what="deleted")
    end(process)
    check_shares(document, "deleted")
    equal(find(document, "hot_seventy")["module"], "vanishing", "deleted: the module's name, without a mark")


# ---- -p ----

def test_attached(programs):
    folder = temporary_folder()
    own_name = f"hot{os.getpid()}"
    process = start([shutil.copy(programs.hot, os.path.join(folder, own_name)), "60"], folder)
    document = record(folder, "-p", process.pid, "-d", "1s", what="-p -d 1s")
    check_shares(document, "-p -d 1s")
    ok(document["profile"]["samples"] < 1.3 * HZ, "-p -d 1s: no more than a second", document["profile"]["samples"])
    document = record(folder, "-p", process.pid, "--", "sleep", "1", what="-p -- sleep 1")
    check_shares(document, "-p -- sleep 1")
    equal([t["comm"] for t in document["threads"] if t["samples"] > 0], [own_name],
          "-p -- sleep 1: the window's command is not profiled")
    ok(document["profile"]["samples"] < 1.5 * HZ, "-p -- sleep 1: the window ends with it", document["profile"]["samples"])
    ok(is_alive(process.pid), "-p: the process goes on")
    record(folder, "-p", own_name, "-d", "300ms", what="-p NAME")
    end(process)
    result = sonde(folder, "record", "-p", process.pid, "-d", "1s")
    equal(result.status, 5, "-p of a process that is gone: status 5")
    contains(result.err, str(process.pid), "-p of a process that is gone: it is named")
    result = sonde(folder, "record", "-p", "no-such-name", "-d", "1s")
    equal(result.status, 5, "-p of a name that nobody has: status 5")


def test_ends_meanwhile(programs):
    folder = temporary_folder()
    process = start([programs.hot, "0.7"], folder)  # and nobody asks for its status: it stays a zombie
    sonde_process = start([SONDE, "record", "-F", str(HZ), "-p", str(process.pid), "-d", "60s"], folder)
    if ok(wait_until(lambda: sonde_process.poll() is not None, 20), "-p of what ends by itself: the profile ends with it"):
        equal(sonde_process.returncode, 0, "-p of what ends by itself: status 0")
        check_shares(report(folder, "-p of what ends by itself"), "-p of what ends by itself")


def test_interrupt(programs):
    folder = temporary_folder()
    process = start([programs.hot, "60"], folder)
    sonde_process = start([SONDE, "record", "-F", str(HZ), "-p", str(process.pid)], folder)
    time.sleep(1)
    sonde_process.send_signal(signal.SIGINT)
    _, err = sonde_process.communicate(timeout=30)
    equal(sonde_process.returncode, 0, "Ctrl-C ends -p: status 0")
    contains(err.decode(), "stored as", "Ctrl-C ends -p: it is stored")
    check_shares(report(folder, "Ctrl-C ends -p"), "Ctrl-C ends -p")
    ok(is_alive(process.pid), "Ctrl-C ends -p: the process goes on")
    listing, _ = sonde_json(folder, "list")
    equal(listing["experiments"][0]["state"], "done", "Ctrl-C ends -p: that is its normal end")
    end(process)


def test_interrupted_command(programs):
    folder = temporary_folder()
    process = start([SONDE, "record", "-F", str(HZ), "--", programs.hot, "60"], folder)
    if not ok(wait_until(lambda: processes_with(f"{programs.hot} 60"), 10), "Ctrl-C ends a command: it runs"):
        return
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    equal(process.returncode, 130, "Ctrl-C ends a command: its own status, ended by SIGINT")
    contains(err.decode(), "stored as", "Ctrl-C ends a command: the profile is stored")
    ok(wait_until(lambda: not processes_with(f"{programs.hot} 60"), 10), "Ctrl-C ends a command: it is gone")
    check_shares(report(folder, "Ctrl-C ends a command"), "Ctrl-C ends a command")


# ---- the command's own ----

def test_status(programs):
    folder = temporary_folder()
    for command, status in ((["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["true"], 0), (["false"], 1),
                            (["sh", "-c", "kill -TERM $$"], 143)):
        result = sonde(folder, "record", "--", *command)
        equal(result.status, status, f"{' '.join(command)}: its status {status} is passed on")
    result = sonde(folder, "record", "./not-there")
    equal(result.status, 125, "a command that is not there: status 125")
    contains(result.err, "not-there", "a command that is not there: it is named")
    plain = write(os.path.join(folder, "plain"), "no program", 0o644)
    equal(sonde(folder, "record", plain).status, 125, "a file that cannot be run: status 125")
    equal(sonde(folder, "record").status, 64, "record alone: status 64")
    equal(sonde(folder, "record", "-p", os.getpid(), "-d", "300ms", "--", "sh", "-c", "exit 3").status, 0,
          "the status of a window's command is not passed on")
    ok(programs, "programs")


def test_streams(programs):
    folder = temporary_folder()
    result = subprocess.run([SONDE, "record", "--", "sh", "-c", "cat; echo warned >&2"], input=b"what came in", cwd=folder,
                            capture_output=True, timeout=60, env={**os.environ, "SONDE_STORE": os.path.join(folder, "store")})
    equal(result.stdout, b"what came in", "the command has sonde's input and output, and nobody else writes there")
    contains(result.stderr.decode(), "warned", "and its errors")
    document = record(folder, "-g", "--call-graph", "fp", programs.hot, "0.3", what="perf's options, without --")
    check_shares(document, "perf's options, without --")
    for args in (["--call-graph=lbr"], ["-e", "no-such-event"], ["-a", "-p", "1"]):
        result = sonde(folder, "record", *args, "--", "true")
        ok(result.status in (64, 125) and result.err.startswith("sonde"), f"record {' '.join(args)}: refused with a sentence",
           result)


def check_allowed():
    folder = temporary_folder()
    result = sonde(folder, "record", "--", "true")
    if result.status == 125 and "profiling is not" in result.err:
        skip_all(result.err.strip().splitlines()[-1])
    if subprocess.run(["sh", "-c", f"command -v make && command -v strip && command -v {CC[0]}"],
                      stdout=subprocess.DEVNULL).returncode != 0:
        skip_all("no make, no strip or no C compiler")
    ok(result.status == 0, "record true", result)
    matches(result.err, r"stored as \w+", "says where the profile is")


check_allowed()
built = Programs()
for test in (test_shares, test_children, test_threads, test_stripped, test_loaded_code, test_deleted, test_attached, test_ends_meanwhile,
             test_interrupt, test_interrupted_command, test_status, test_streams):
    test(built)
done()
