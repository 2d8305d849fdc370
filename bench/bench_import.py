#!/usr/bin/env python3
"""The same perf.data through `sonde import` and `perf script`: are the stacks the same, and what do they cost?

    python3 bench/bench_import.py [--sonde build/sonde] [--data perf.data | -- COMMAND …] [--rounds 3] [--show CLASS]

Without --data the command (default: a Python program that sorts and parses) is recorded with
`perf record --call-graph dwarf,16384 -F 999`. Stacks are compared frame by frame, by module and address in the file, without inlined
frames (both have them at the same addresses). Every stack that differs is put into a class, and --show prints some of a class side by side.
Then the time and memory, children included, from perf.data to text with inlined frames: sonde with its own cache empty, and with it.
Figures, no verdict.
"""
import argparse
import collections
import ctypes
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import peers

DEFAULT = ["/usr/bin/python3", "-c", "import json, random\nfor i in range(40):\n"
           " json.dumps(json.loads(json.dumps(sorted(random.random() for _ in range(20000)))))"]

parser = argparse.ArgumentParser()
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--data")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--show")
parser.add_argument("--no-time", action="store_true")
parser.add_argument("command", nargs="*")
args = parser.parse_args()
peers.need("perf")
args.sonde = os.path.abspath(args.sonde)
folder = tempfile.mkdtemp()
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what a command leaves behind becomes ours
env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"), XDG_CACHE_HOME=os.path.join(folder, "cache"))

segments = {}


def to_svma(path, offset):
    """perf prints file offsets, sonde addresses as the file states them."""
    if path not in segments:
        segments[path] = []
        try:
            with open(path, "rb") as f:
                head = f.read(64)
                if head[:5] == b"\x7fELF\x02":
                    at, = struct.unpack_from("<Q", head, 32)
                    size, count = struct.unpack_from("<HH", head, 54)
                    f.seek(at)
                    table = f.read(size * count)
                    for i in range(count):
                        kind, _, start, vaddr, _, length = struct.unpack_from("<IIQQQQ", table, i * size)
                        if kind == 1:
                            segments[path].append((start, start + length, vaddr))
        except OSError:
            pass
    for start, end, vaddr in segments[path]:
        if start <= offset < end:
            return offset - start + vaddr
    return offset


HEAD = re.compile(r"^(\S.*?)\s+(\d+)\s+(?:\[\d+\]\s+)?[\d.]+:")
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")


def read_stacks(text, is_perf):
    """By thread, in order of time: lists of (module, address, name), leaf first."""
    threads = collections.defaultdict(list)
    stack = None
    for line in text.split("\n"):
        match = HEAD.match(line)
        if match:
            stack = []
            threads[int(match.group(2))].append(stack)
            continue
        match = FRAME.match(line)
        if not match or stack is None or match.group(3) == "inlined":
            continue
        address, name, module = int(match.group(1), 16), match.group(2), match.group(3)
        if address == 0xffffffffffffffff:  # perf's word for a return address that it could not read
            continue
        name = re.sub(r"\+0x[0-9a-f]+$", "", name)
        module = module.removesuffix(" (deleted)")
        if is_perf and module.startswith("/"):
            address = to_svma(module, address)
        if module.startswith("[kernel") or module.startswith("[guest.kernel") or address >> 63:
            module = "[kernel]"
            if is_perf and stack:  # a return address, where sonde has the call
                address -= 1
        stack.append((os.path.basename(module), address, name))
    return threads


ROOTS = ("_start", "clone", "__clone", "clone3", "__clone3", "_dl_start_user", "ret_from_fork_asm")


def key(frame):
    return frame[0], frame[1]


def classify(ours, theirs):
    common = 0
    while common < min(len(ours), len(theirs)) and key(ours[common]) == key(theirs[common]):
        common += 1
    if common == len(ours) == len(theirs):
        return "same"
    if common == len(ours) and common == len(theirs) - 1 and theirs[-1][0] == "[unknown]":
        return "perf adds an address outside of all code"
    if common == len(theirs):
        return f"perf stops early, in {theirs[-1][0] if theirs else 'nothing'}"
    if common == len(ours):
        return ("perf goes on behind the root" if ours and ours[-1][2].split("@")[0] in ROOTS
                else f"sonde stops early, in {ours[-1][0] if ours else 'nothing'}")
    before = ours[common - 1][0] if common else "the leaf"
    if ours[common][0] == theirs[common][0] and abs(ours[common][1] - theirs[common][1]) <= 1:
        return f"the address of a caller is another by one, below {before}"
    return f"they part behind {before}: {ours[common][0]} here, {theirs[common][0]} there"


def measure(command):
    """Seconds, CPU seconds, largest resident kB: of the command and of those it leaves behind, as perf does its addr2line."""
    begin = time.monotonic()
    with open(os.devnull, "w") as null, open(os.path.join(folder, "out"), "w") as out:
        child = subprocess.Popen(command, stdout=out, stderr=null, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        wall, usages = time.monotonic() - begin, [usage]
        child.returncode = os.waitstatus_to_exitcode(status)
        while True:
            try:
                usages.append(os.wait4(-1, 0)[2])
            except ChildProcessError:
                break
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {child.returncode}")
    return wall, sum(u.ru_utime + u.ru_stime for u in usages), sum(u.ru_maxrss for u in usages)


def compare(data):
    out = peers.run(["perf", "script", "-i", data, "--no-inline", "-F", "comm,tid,time,event,ip,sym,dso"])[0]
    theirs = read_stacks(out, True)
    peers.run([args.sonde, "import", data], env=env)
    out = peers.run([args.sonde, "export", "@last", "perf-script"], env=env)[0]
    ours = read_stacks(out, False)
    classes = collections.Counter()
    frames = [0, 0]
    shown = 0
    for tid in sorted(set(ours) | set(theirs)):
        if len(ours[tid]) != len(theirs[tid]):
            classes[f"thread {tid}: {len(ours[tid])} samples here, {len(theirs[tid])} there"] += 1
            continue
        for a, b in zip(ours[tid], theirs[tid]):
            name = classify(a, b)
            classes[name] += 1
            frames[0] += len(a)
            frames[1] += len(b)
            if args.show and args.show in name and shown < 3:
                shown += 1
                print(f"--- {name}")
                part = next((i for i, (x, y) in enumerate(zip(a, b)) if key(x) != key(y)), min(len(a), len(b)))
                for i in range(max(0, part - 4), min(max(len(a), len(b)), part + 6)):
                    left, right = (f"{s[i][1]:x} {s[i][2]} ({s[i][0]})" if i < len(s) else "" for s in (a, b))
                    print(f"{'  ' if left.split(' ')[0] == right.split(' ')[0] else '! '}{left[:62]:<64}{right[:62]}")
    total = sum(classes.values())
    print(f"{total} stacks, {frames[0]} frames from sonde, {frames[1]} from perf script")
    for name, count in classes.most_common():
        print(f"{count:8}  {100 * count / total:6.2f} %  {name}")


def time_both(data):
    folded = os.path.join(folder, "out.folded")
    commands = {
        "sonde flame -o x.folded, cache empty": [args.sonde, "flame", data, "-o", folded],
        "sonde flame -o x.folded, again": [args.sonde, "flame", data, "-o", folded],
        "perf script": ["perf", "script", "-i", data],
        "perf script --no-inline": ["perf", "script", "-i", data, "--no-inline"],
    }
    figures = {name: [] for name in commands}
    for _ in range(args.rounds):
        shutil.rmtree(env["XDG_CACHE_HOME"], ignore_errors=True)
        for name, command in commands.items():
            figures[name].append(measure(command))
    print(f"\n{'median of ' + str(args.rounds):<40}{'time':>10}{'CPU':>10}{'memory':>12}")
    for name, rounds in figures.items():
        wall, cpu, rss = (statistics.median(values) for values in zip(*rounds))
        print(f"{name:<40}{wall:9.2f}s{cpu:9.2f}s{rss / 1024:9.1f} MB")


try:
    data = args.data
    if data is None:
        data = os.path.join(folder, "perf.data")
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "--call-graph", "dwarf,16384", "-o", data, "--",
                        *(args.command or DEFAULT)], stdout=subprocess.DEVNULL, check=False)
    compare(data)
    if not args.no_time:
        time_both(data)
finally:
    shutil.rmtree(folder, ignore_errors=True)
