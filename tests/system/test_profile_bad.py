"""What a profile cannot be made of, and what changes while it is made: sentences or counted losses, in bounded time and memory.

The damage is random and seeded: a failure names its seed. Meant for a build with sanitizers as well, which end sonde with
a status of their own.
"""
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

import harness
from harness import (SOURCE, Result, cleanup, contains, done, end, environment, equal, is_alive, matches, ok, processes_with, skip,
                     skip_all, sonde_json, start, temporary_folder, wait_until, write)
from perf_filter import build_filter

CC = os.environ.get("CC", "cc").split()
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
IMPORTS = os.path.join(SOURCE, "tests", "data", "import")
PATIENCE_S = 60
SANITIZER = 99  # the status that says so
MEMORY_MAX_MB = 1500  # a sanitizer doubles it; a sonde that believes a count of 2^32 is far above

FOLDER = temporary_folder()
ENVIRONMENT = environment(FOLDER, XDG_CACHE_HOME=os.path.join(FOLDER, "cache"),
                          ASAN_OPTIONS=f"exitcode={SANITIZER}", UBSAN_OPTIONS=f"exitcode={SANITIZER}:halt_on_error=1")


def run(*args, wrapper=(), stdin=None, folder=FOLDER, **env):
    """sonde to its end; status None when it does not come to one, or takes too much memory."""
    with open(os.path.join(FOLDER, "out"), "w+b") as out, open(os.path.join(FOLDER, "err"), "w+b") as err, \
            open(stdin or os.devnull, "rb") as given:
        process = subprocess.Popen([*wrapper, harness.SONDE, *map(str, args)], cwd=folder, env={**ENVIRONMENT, **env},
                                   stdin=given, stdout=out, stderr=err, start_new_session=True)
        status, megabytes = wait_for(process)
        out.seek(0)
        err.seek(0)
        result = Result(status, out.read().decode(errors="replace"), err.read().decode(errors="replace"))
        if megabytes > MEMORY_MAX_MB:
            result.status, result.err = None, f"{megabytes} MB were too many\n{result.err}"
        return result


def wait_for(process):
    """(status or None, MB that it or one of its children had at most)"""
    ended = wait_until(lambda: os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG), PATIENCE_S)
    if not ended:
        os.killpg(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode if ended else None, usage.ru_maxrss >> 10


def is_sound(result, *statuses):
    """Ended, by none of our faults, and with a sentence if it could not do it."""
    return result.status in statuses and "Sanitizer" not in result.err and "runtime error:" not in result.err and \
        (result.status == 0 or result.err.strip() != "")


def refused(what, status, pattern, *args, **kw):
    result = run(*args, **kw)
    ok(is_sound(result, status), f"{what}: status {status}", result)
    matches(result.err, pattern, f"{what}: the sentence")


def recorded(what, *args, least=1, status=0, **kw):
    """The profile's quality; there are samples."""
    result = run("record", "-q", *args, **kw)
    ok(is_sound(result, status), f"{what}: recorded", result)
    document, shown = sonde_json(FOLDER, "report", env=ENVIRONMENT)
    quality = document["profile"] if document else {}
    ok(quality.get("samples", 0) >= least, f"{what}: with samples", shown)
    return document or {"profile": {}, "functions": []}, result


def share(document, name):
    return sum(f["self"] for f in document["functions"] if f["name"].startswith(name)) / \
        max(1, sum(f["self"] for f in document["functions"]))


def build(name, source, *flags, text=None):
    path = os.path.join(FOLDER, name)
    subprocess.run([*CC, "-O2", "-g", "-D_GNU_SOURCE", "-pthread", "-o", path, *flags,
                    *(["-x", "c", "-"] if text else [os.path.join(PROGRAMS, source)])], input=text and text.encode(), check=True)
    return path


# ---- what is asked for ----

def test_options():
    burn = (RESTLESS, "burn", 50)
    for what, status, pattern, *args in (
            ("a stack copy of 8 bytes", 64, "dwarf,8: a stack copy has 512", "--call-graph", "dwarf,8"),
            ("a stack copy of abc", 64, "dwarf,abc: a stack copy", "--call-graph", "dwarf,abc"),
            ("a stack copy of nothing", 64, "a stack copy", "--call-graph", "dwarf,"),
            ("a frequency of 0", 64, "-F must be a rate above 0", "-F", "0"),
            ("a frequency beyond all kernels", 64, "samples per second", "-F", "1e9"),
            ("a period of 0", 64, "-c 0: a number", "-c", "0"),
            ("an event that is none", 64, "'nonsense' is not an event: cpu-clock", "-e", "nonsense"),
            ("an empty list of events", 64, "is not an event", "-e", ",,"),
            ("a tracepoint that is none", 125, "no tracepoint 'sched:nonsense'", "-e", "sched:nonsense"),
            ("too many events", 64, "18 events are too many", "-e", ",".join("abcdefghijklmnopqr")),
            ("a period of a nanosecond", 125, "too short for cpu-clock", "-c", "1")):
        refused(what, status, pattern, "record", *args, "--", *burn)
    for what, status, pattern, *args in (
            ("no such process", 5, "no process has the pid 4194304", "-p", 4194304),
            ("process 0", 64, "'0' is not a pid", "-p", 0),
            ("a name of nobody", 5, "no process is named", "-p", "no-such-program")):
        refused(what, status, pattern, "record", "-d", "200ms", *args)
    for what, pattern, *command in (
            ("a program that is none", "no such program in PATH", "nonexistent-program"),
            ("a folder as a program", "it is a directory", FOLDER)):
        refused(what, 125, pattern, "record", "--", *command)
    if run("record", "-e", "cycles", "--", *burn).status == 0:
        skip("cycles without counters", "this machine has hardware counters")
    else:
        refused("cycles without counters", 125, "no event 'cycles' to sample.*cpu-clock is there everywhere", "record", "-e",
                "cycles", "--", *burn)


def test_commands():
    for what, status, *command in (("one that ends at once", 0, "true"), ("one that fails", 3, "sh", "-c", "exit 3"),
                                   ("one that is killed", 137, "sh", "-c", "kill -9 $$"),
                                   ("a stack copy of an odd size", 0, RESTLESS, "burn", 50)):
        result = run("record", "-q", "--call-graph", "dwarf,1001", "--", *command)
        ok(is_sound(result, status), f"{what}: its status is passed on", result)
        contains(result.err, " samples at ", f"{what}: and there is a quality line")
    result = run("record", "-q", "--", "setsid", "-f", RESTLESS, "burn", 100002)
    ok(is_sound(result, 0), "one that leaves a daemon", result)
    equal(processes_with("burn 100002"), [], "one that leaves a daemon: it does not stay")
    recorded("two events", "-e", "page-faults,cpu-clock", "--", RESTLESS, "burn", 100)
    if os.path.exists("/sys/kernel/tracing/events/sched") or os.path.exists("/sys/kernel/debug/tracing/events/sched"):
        recorded("a tracepoint", "-e", "sched:sched_switch", "--", RESTLESS, "epolls", 200)


def test_interrupts():
    for count, statuses in ((1, (0,)), (2, (0, 130)), (3, (0, 130))):
        target = start([RESTLESS, "burn", 100000], FOLDER)
        recorder = start([harness.SONDE, "record", "-q", "-p", target.pid], FOLDER, env=ENVIRONMENT)
        time.sleep(1)
        for _ in range(count):
            recorder.send_signal(signal.SIGINT)
            time.sleep(0.05)
        recorder.wait(PATIENCE_S)
        ok(recorder.returncode in statuses, f"Ctrl-C, {count} times: there is an end", recorder.returncode)
        ok(is_alive(target.pid), f"Ctrl-C, {count} times: the target lives on")
        end(target)


def test_recorders():
    """Two of one process, and one of a sonde that records."""
    target = start([RESTLESS, "burn", 100000], FOLDER)
    first = start([harness.SONDE, "record", "-q", "-p", target.pid, "-d", "1500ms"], FOLDER,
                  env={**ENVIRONMENT, "SONDE_STORE": os.path.join(FOLDER, "other")}, stderr=subprocess.PIPE)
    document, _ = recorded("two sondes, one process", "-p", target.pid, "-d", "700ms", least=10)
    ok(share(document, "burn") > 0.5, "two sondes, one process: the second one's profile", document["functions"][:3])
    matches(first.communicate()[1].decode(), r"^sonde: [1-9]\d+ samples", "two sondes, one process: the first one's")
    end(target)
    recorded("a sonde that records", harness.SONDE, "record", "-q", RESTLESS, "burn", 300, least=10)


# ---- damaged programs that run ----

def read_sections(image):
    """{name: (offset, size, where its header is)} of those that a damage cannot stop the program with."""
    table, = struct.unpack_from("<Q", image, 0x28)
    count, names = struct.unpack_from("<HH", image, 0x3c)
    headers = [struct.unpack_from("<IIQQQQ", image, table + 64 * i) for i in range(count)]
    start_ = headers[names][4]
    return {image[start_ + h[0]:image.index(0, start_ + h[0])].decode(): (h[4], h[5], table + 64 * i)
            for i, h in enumerate(headers) if h[1] != 8}


def damage(image, kind, rng):
    image, sections = bytearray(image), read_sections(image)
    names = [n for n in sections if sections[n][1] and
             (n.startswith(".debug") or n in (".eh_frame", ".eh_frame_hdr", ".symtab", ".strtab", ".shstrtab"))]
    offset, size, header = sections[rng.choice(names)]
    if kind == "some bytes":
        for _ in range(20):
            image[offset + rng.randrange(size)] = rng.choice((0, 0xff, 0x7f, 0x80, rng.randrange(256)))
    elif kind == "many bytes":
        for offset, size, _ in (sections[n] for n in names):
            for _ in range(1 + size // 200):
                image[offset + rng.randrange(size)] = rng.randrange(256)
    elif kind == "huge numbers":
        for offset, size, _ in (sections[n] for n in names):
            at = rng.randrange(max(1, size - 16))
            image[offset + at:offset + min(size, at + 16)] = b"\xff" * (min(size, at + 16) - at)
    elif kind == "an empty section":
        image[offset:offset + size] = bytes(size)
    elif kind == "a section's header":
        struct.pack_into("<Q", image, header + rng.choice((8, 16, 24, 32, 48, 56)),
                         rng.choice((0, 1, len(image) - 1, 2**63 - 1, 2**64 - 1, rng.randrange(2**32))))
    elif kind == "the table of sections":
        at, form = rng.choice(((0x28, "<Q"), (0x3a, "<H"), (0x3c, "<H"), (0x3e, "<H")))
        struct.pack_into(form, image, at, rng.choice((1, 0xffff, rng.randrange(65536))))
    elif kind == "the build id":
        struct.pack_into("<I", image, sections[".note.gnu.build-id"][0] + rng.choice((0, 4, 8)),
                         rng.choice((0, 5, 0x7fffffff, 0xffffffff)))
    elif kind == "its end":
        del image[rng.randrange(sections[".debug_info"][0], len(image)):]
    return image


def test_damaged(seeds):
    with open(RESTLESS, "rb") as f:
        image = f.read()
    path = os.path.join(FOLDER, "damaged")
    for seed in seeds:
        for kind in ("some bytes", "many bytes", "huge numbers", "an empty section", "a section's header",
                     "the table of sections", "the build id", "its end"):
            if os.path.exists(path):
                os.unlink(path)
            with open(path, "wb") as f:
                f.write(damage(image, kind, random.Random(f"{seed} {kind}")))
            os.chmod(path, 0o755)
            shutil.rmtree(ENVIRONMENT["XDG_CACHE_HOME"], True)  # which is by build id
            what = f"damaged: {kind}, seed {seed}"
            recorded(what, "-F", 997, "--", path, "burn", 100, least=20)
            ok(is_sound(run("annotate", "burn"), 0, 5, 64), f"{what}: looked at")
    shutil.rmtree(ENVIRONMENT["XDG_CACHE_HOME"], True)


# ---- programs that change while they run ----

def test_moving():
    for what, change in (("deleted", os.unlink), ("replaced", lambda path: os.replace(shutil.copy("/bin/true", path + ".new"), path))):
        path = shutil.copy(RESTLESS, os.path.join(FOLDER, "moving"))
        target = start([path, "burn", 100000], FOLDER)
        wait_until(lambda: os.readlink(f"/proc/{target.pid}/exe") == path)
        recorder = start([harness.SONDE, "record", "-q", "-p", target.pid, "-d", "900ms"], FOLDER, env=ENVIRONMENT)
        time.sleep(0.4)
        change(path)
        equal(recorder.wait(PATIENCE_S), 0, f"{what} while it is profiled")
        document, _ = sonde_json(FOLDER, "report", env=ENVIRONMENT)
        ok(document and share(document, "burn") > 0.5, f"{what} while it is profiled: the names are those of what ran",
           document and document["functions"][:3])
        end(target)
    library = build("libcut.so", None, "-shared", "-fPIC", text=LIBRARY)
    loader = build("loader", None, "-ldl", text=LOADER)
    recorded("a library that is cut", "--", loader, library, 5000, least=5, status=128 + signal.SIGBUS)


LIBRARY = """
#include <stdint.h>
char padding[300000] = {1};
uint64_t spin(uint64_t value);
uint64_t spin(uint64_t value)
{
	for (int i = 0; i < 1000000; i++)
		value = value * 6364136223846793005u + 1;
	return value;
}
"""
# Runs code of a library for a while, then cuts the file to so many bytes and goes on.
LOADER = """
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	uint64_t (*spin)(uint64_t) = (uint64_t (*)(uint64_t))dlsym(dlopen(argv[argc - 2], RTLD_NOW), "spin");
	uint64_t value = 1;

	while (clock() < CLOCKS_PER_SEC / 5)
		value = spin(value);
	if (truncate(argv[1], atoi(argv[2])) < 0)
		return 1;
	while (clock() < CLOCKS_PER_SEC / 2)
		value = spin(value) + *(volatile char *)((char *)spin + 8192);
	return value == 0;
}
"""

# Children that all get one pid, of two programs by turns.
REUSE = """
import os, sys
pid = 0
for i in range(8):
    if pid:
        with open("/proc/sys/kernel/ns_last_pid", "w") as f:
            f.write(str(pid - 1))
    child = os.fork()
    if child == 0:
        os.execl(sys.argv[1 + i % 2], "child", "0.25")
    os.waitpid(child, 0)
    pid = pid or child
"""
CHILD = """
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
__attribute__((noinline)) uint64_t NAME(uint64_t value);
uint64_t NAME(uint64_t value)
{
	for (int i = 0; i < 100000; i++)
		value = value * 6364136223846793005u + 1;
	return value;
}
int main(int argc, char **argv)
{
	uint64_t value = 1;

	while (clock() < atof(argv[argc - 1]) * CLOCKS_PER_SEC)
		value = NAME(value);
	return value == 0;
}
"""


def test_reuse():
    if not os.access("/proc/sys/kernel/ns_last_pid", os.W_OK):
        skip("a pid that is used again", "ns_last_pid cannot be written")
        return
    script = write(os.path.join(FOLDER, "reuse.py"), REUSE)
    both = [build(name, None, "-no-pie", f"-DNAME=spin_{name}", text=CHILD) for name in ("odd", "even")]
    for what, wrapper in (("perf_event", ()), ("ptrace", (build_filter(FOLDER),))):
        document, _ = recorded(f"a pid that is used again, {what}", "--", "/usr/bin/python3", script, *both, wrapper=wrapper)
        equal(document["profile"].get("sampler"), what, f"a pid that is used again, {what}: the sampler")
        ok(share(document, "spin_odd") > 0.2 and share(document, "spin_even") > 0.2,
           f"a pid that is used again, {what}: each program has its names", document["functions"][:4])


MAPPINGS = """
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
__attribute__((noinline)) uint64_t spin(uint64_t value);
uint64_t spin(uint64_t value)
{
	for (int i = 0; i < 100000; i++)
		value = value * 6364136223846793005u + 1;
	return value;
}
int main(int argc, char **argv)
{
	int file = open(argv[argc - 1], O_RDONLY);
	uint64_t value = 1;

	for (int i = 0; i < 10000; i++)
		mmap(0, 4096, PROT_READ | (i % 2 ? PROT_EXEC : 0), MAP_PRIVATE, file, i % 2 * 4096);
	prctl(PR_SET_NAME, "\\033[31mred\\n;\\376");
	for (clock_t end = clock() + CLOCKS_PER_SEC / 3; clock() < end;)
		value = spin(value);
	return value == 0;
}
"""


def test_odd_processes():
    path = build("mappings", None, text=MAPPINGS)
    document, _ = recorded("10,000 mappings", "--", path, path, least=10)
    ok(share(document, "spin") > 0.1, "10,000 mappings: names", document["functions"][:3])
    ok("\033" not in run("report").out + run("script").out, "a thread's name that would paint the terminal: does not")
    deep = os.path.join(FOLDER, *["d" * 250] * 14)
    os.makedirs(deep)
    long = shutil.copy(RESTLESS, os.path.join(deep, "n" * 250))
    document, _ = recorded("a path of 3,800 characters", "--", long, "burn", 200, least=10)
    ok(share(document, "burn") > 0.5, "a path of 3,800 characters: names", document["functions"][:3])


# Makes code at run time, and then what is to stand in its perf map.
JIT = r"""
import ctypes, mmap, os, sys, threading, time
mode, path = sys.argv[1], sys.argv[2] + f"/perf-{os.getpid()}.map"
code = mmap.mmap(-1, 65536, prot=7)
code.write(b"\x48\xc7\xc1\x00\x00\x00\x04\x48\xff\xc9\x75\xfb\xc3")
address = ctypes.addressof(ctypes.c_char.from_buffer(code))
line = f"{address:x} 1000 jitted\n"
def grow():
    with open(path, "w", buffering=1) as f:
        for i in range(100000):
            f.write(f"{address + 0x2000 + i:x} 1 other{i}\n" if i != 500 else line)
            if i % 1000 == 0:
                f.write("ffffffffffff")
                time.sleep(0.002)
if mode == "fifo":
    os.mkfifo(path)
elif mode == "a folder":
    os.mkdir(path)
elif mode == "a link to /dev/zero":
    os.symlink("/dev/zero", path)
elif mode == "a file of 10 GB":
    with open(path, "w") as f:
        f.write(line)
        f.truncate(10 << 30)
elif mode == "garbage":
    with open(path, "wb") as f:
        f.write(b"\xff\x00" * 100000 + b"\n" + b"1" * 100000 + b"\nffffffffffffffff ffffffffffffffff x\n" + line.encode())
else:
    threading.Thread(target=grow, daemon=True).start()
spin, end = ctypes.CFUNCTYPE(None)(address), time.process_time() + 0.4
while time.process_time() < end:
    spin()
print(path, flush=True)
"""


def test_perf_maps():
    if os.uname().machine != "x86_64":
        skip("perf maps", "the code made at run time is x86-64's")
        return
    script = write(os.path.join(FOLDER, "jit.py"), JIT)
    for mode, is_named in (("growing", True), ("garbage", True), ("fifo", False), ("a folder", False),
                           ("a link to /dev/zero", False), ("a file of 10 GB", False)):
        result = run("record", "-q", "--", "/usr/bin/python3", script, mode, "/tmp")
        path = result.out.strip()
        if re.fullmatch(r"/tmp/perf-\d+\.map", path):
            (os.rmdir if os.path.isdir(path) else os.unlink)(path)
        ok(is_sound(result, 0), f"a perf map, {mode}: recorded", result)
        if is_named:
            contains(run("report").out, "jitted", f"a perf map, {mode}: the name")
        else:
            contains(result.err, "generated code without names", f"a perf map, {mode}: said to be missing")


# ---- files of others ----

def test_imports():
    names = sorted(n for n in os.listdir(IMPORTS) if n.endswith(".data") and os.path.isfile(os.path.join(IMPORTS, n)))
    path, amiss, refusals = os.path.join(FOLDER, "damaged.data"), [], 0
    for seed in range(24):
        rng = random.Random(seed)
        with open(os.path.join(IMPORTS, rng.choice(names)), "rb") as f:
            data = bytearray(f.read())
        if seed % 3 == 0:
            del data[rng.randrange(len(data)):]
        elif seed % 3 == 1:
            for _ in range(rng.choice((1, 5, 50))):
                bit = rng.randrange(len(data) * 8)
                data[bit // 8] ^= 1 << bit % 8
        else:
            struct.pack_into("<Q", data, rng.randrange(0, 104, 8), rng.choice((0, 1, len(data), 2**63, 2**64 - 1)))
        with open(path, "wb") as f:
            f.write(data)
        command = (("import", path), ("report", path), ("flame", "-", "-o", path + ".folded"))[seed // 3 % 3]
        result = run(*command, stdin=path)
        refusals += result.status != 0
        if not is_sound(result, 0, 5, 64):
            amiss.append(f"seed {seed}: {result}")
    ok(not amiss, "perf.data, cut and with flipped bits: read as far as it makes sense, or refused", "\n".join(amiss))
    ok(refusals > 0, "some of them are refused")
    with open(os.path.join(IMPORTS, "fp.data"), "rb") as f:
        data = f.read()
    write(os.path.join(FOLDER, "empty.data"), "")
    os.makedirs(os.path.join(FOLDER, "folder.data"))
    for what, pattern, content in (("wrong endianness", "big-endian", data[:8][::-1] + data[8:]),
                                   ("nothing but the magic", "perf.data", data[:8])):
        with open(path, "wb") as f:
            f.write(content)
        for command in ("import", path), ("flame", "-", "-o", path + ".folded"):
            refused(f"{command[0]}, {what}", 5 if what != "wrong endianness" else 64, pattern, *command, stdin=path)
    for what, pattern, name in (("an empty file", "is empty", "empty.data"), ("a folder", "cannot open", "folder.data"),
                                ("no file", "No such file", "nowhere.data"), ("a program", "is a program", RESTLESS)):
        refused(what, 5, pattern, "import", name)
    refused("an empty standard input", 5, "empty", "flame", "-")
    with open(path, "wb") as f:
        f.write(data[:len(data) * 9 // 10])
    result = run("report", path)
    ok(is_sound(result, 0) and "makes no sense from byte" in result.err, "a perf.data that is cut: said, with what is left", result)


# ---- the store ----

def test_store():
    mounted = os.path.join(FOLDER, "small")
    os.makedirs(mounted)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", mounted],
                                           capture_output=True).returncode != 0:
        skip("a disk that is full", "no tmpfs can be mounted")
        return
    cleanup(subprocess.run, ["umount", mounted])
    store = {"SONDE_STORE": os.path.join(mounted, "store")}
    burn = ("record", "-q", "--", RESTLESS, "burn", 100)
    equal(run(*burn, **store).status, 0, "a small disk: there is room")
    for left in 64, 16, 0:
        space = os.statvfs(mounted)
        with open(os.path.join(mounted, "fill"), "wb") as f:
            f.write(bytes(max(0, space.f_bavail * space.f_frsize - (left << 10))))
        result = run(*burn, **store)
        ok(is_sound(result, 0, 125), f"a disk with {left} kB left: a sentence", result)
        equal(processes_with(RESTLESS), [], f"a disk with {left} kB left: no process is left")
        os.unlink(os.path.join(mounted, "fill"))
    result = run("list", **store)
    ok(is_sound(result, 0) and " done" in result.out, "a disk that was full: what was stored before is there", result)
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    ok(is_sound(run("report", result.out.split("\n")[-2].split()[0], **store), 0), "a disk that cannot be written: report")
    refused("a disk that cannot be written: record", 125, "store", *burn, **store)


if os.geteuid() != 0:
    skip_all("not root")
if shutil.which(CC[0]) is None:
    skip_all("no C compiler")
RESTLESS = build("restless", "restless.c")
test_options()
test_commands()
test_interrupts()
test_recorders()
test_damaged([int(seed) for seed in sys.argv[1:]] or [1])
test_moving()
test_reuse()
test_odd_processes()
test_perf_maps()
test_imports()
test_store()
equal(processes_with(FOLDER), [], "no process is left")
done()
