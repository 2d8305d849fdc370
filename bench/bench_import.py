#!/usr/bin/env python3
"""The same perf.data through `sonde import` and `perf script`: are the stacks the same, and what do they cost?

    python3 bench/bench_import.py [--sonde build/sonde] [--data perf.data | -- COMMAND …] [--rounds 3] [--show CLASS]

Without --data the command (default: a Python program that sorts and parses) is recorded with `perf record --call-graph dwarf,16384 -F 999`.
Stacks are compared frame by frame, by module and address in the file, without inlined frames (both have them at the same addresses). Every
stack that differs is put into a class, and --show prints some of a class side by side. What is known of perf 6.1 is held against each
(docs/decisions/0010-reading-perf-data.md): does the program have what perf's unwinder needs, does perf agree when it is told that what a
process executes is another process, is the caller's address the last word of the stack copy? The rest counts as unexplained.

Then the time and memory from perf.data to text with inlined frames, children included: sonde with its own cache empty, and with it; perf
script; and llvm-symbolizer for the program's different addresses alone. Figures, no verdict.
"""
import argparse
import bisect
import collections
import ctypes
import itertools
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
import perf_file

DEFAULT = ["/usr/bin/python3", "-c", "import json, random\nfor i in range(40):\n"
           " json.dumps(json.loads(json.dumps(sorted(random.random() for _ in range(20000)))))"]

parser = argparse.ArgumentParser()
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--data")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--show")
parser.add_argument("--no-time", action="store_true")
parser.add_argument("--no-inline", action="store_true", help="without perf script's own inlined frames, which take minutes")
parser.add_argument("command", nargs="*")
args = parser.parse_args()
peers.need("perf")
args.sonde = os.path.abspath(args.sonde)
folder = tempfile.mkdtemp()
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what a command leaves behind becomes ours
env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"), XDG_CACHE_HOME=os.path.join(folder, "cache"))

segments, sections, rules, paths = {}, {}, {}, {}


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


HEAD = re.compile(r"^(\S.*?|)\s+(\d+)\s+(?:\[\d+\]\s+)?[\d.]+:")
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
            paths[os.path.basename(module)] = module
        if module.startswith("[kernel") or module.startswith("[guest.kernel") or address >> 63:
            module = "[kernel]"
            if is_perf and stack:  # a return address, where sonde has the call
                address -= 1
        if re.fullmatch(r"(.*/)?perf-\d+\.map|//anon|anon|\[heap\]|\[stack\]|\[unknown\]", module):
            module = "no file"
        stack.append((os.path.basename(module), address, name))
    return threads


ROOTS = ("_start", "clone", "__clone", "clone3", "__clone3", "_dl_start_user", "ret_from_fork_asm")
EXPLAINED = "(explained) "


def key(frame):
    return frame[0], frame[1]


def get_sections(path):
    """Names of an ELF file's sections; nothing of what is none."""
    if path not in sections:
        done = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=False)
        sections[path] = set(re.findall(r"^\s+\[ *\d+\] (\S+)", done.stdout, flags=re.M))
    return sections[path]


def read_rules(path):
    """Rows of a file's call frame information: (address, end of the function, CFA, where rbp is), ascending."""
    rows, columns, end = [], [], 0
    for line in subprocess.run(["readelf", "--debug-dump=frames-interp", path], capture_output=True, text=True, check=False).stdout.split("\n"):
        function = re.search(r" FDE .* pc=([0-9a-f]+)\.\.([0-9a-f]+)", line)
        words = line.split()
        if function:
            end = int(function.group(2), 16)
            rows.append((int(function.group(1), 16), end, "", ""))
        elif words[:1] == ["LOC"]:
            columns = words
        elif end and len(words) == len(columns) > 1:
            row = dict(zip(columns, words))
            rows.append((int(row["LOC"], 16), end, row["CFA"], row.get("rbp", "")))
        elif not words:
            end = 0
    return sorted(rows, key=lambda row: row[:2])


def find_row(frame):
    """The row for a frame's address; an empty one where the file is not known, None where it has no rules."""
    path = paths.get(frame[0])
    if not path:
        return 0, 0, "", ""
    if path not in rules:
        rules[path] = read_rules(path)
    at = bisect.bisect_right(rules[path], frame[1], key=lambda row: row[0])
    return rules[path][at - 1] if at > 0 and rules[path][at - 1][1] > frame[1] else None


def is_popped(frame):
    """Whether rbp is said to be saved below rsp, from where it has been popped."""
    row = find_row(frame)
    cfa, rbp = (re.match(pattern, text) for pattern, text in zip((r"rsp\+(\d+)$", r"c-(\d+)$"), row[2:])) if row else (None, None)
    return bool(cfa and rbp and int(rbp.group(1)) > int(cfa.group(1)))


def explain_stop(last):
    """Why perf found no caller of its last frame, where that can be read off the file."""
    if last[0] == "no file":
        return EXPLAINED + "perf has no rules for code without a file"
    path = paths.get(last[0])
    if path and get_sections(path) and ".eh_frame_hdr" not in get_sections(path):
        return EXPLAINED + f"perf needs .eh_frame_hdr, and {last[0]} has none"
    return f"perf stops early, in {last[0]}"


def is_trampoline(one, other):
    return one[2] in ("__restore_rt", "restore") and one[0] == other[0] and one[1] == other[1] + 1


def classify(ours, theirs, last_word=None):
    """`last_word` of the stack copy; -1: nothing was copied, None: not known."""
    common = trampolines = 0
    while common < min(len(ours), len(theirs)):
        if is_trampoline(ours[common], theirs[common]):
            trampolines += 1
        elif key(ours[common]) != key(theirs[common]):
            break
        common += 1
    if common == len(ours) == len(theirs):
        return EXPLAINED + "a signal's trampoline was not called: perf takes one off its address all the same" if trampolines else "same"
    if common == len(ours) and common == len(theirs) - 1 and theirs[-1][0] == "no file":
        return "perf adds an address outside of all code"
    if common == len(theirs):
        if ours[common][0] == "no file" and len(ours) == common + 1:
            return EXPLAINED + "nothing is mapped at the leaf: perf leaves it out"
        if last_word and len(ours) == common + 1 and (ours[common][1] + 1 - last_word) % 4096 == 0:
            return EXPLAINED + "the caller's address is the last word of the stack copy, which perf does not read"
        if last_word == -1 and len(ours) == common + 1:
            return EXPLAINED + "nothing of the stack was copied: perf leaves out the leaf"
        if common == 2 and is_popped(ours[0]):
            return EXPLAINED + "the saved rbp lies below rsp, popped, and not in the copy: perf does not ask the register"
        return explain_stop(theirs[-1]) if theirs else "perf has nothing"
    if common == len(ours):
        return ("perf goes on behind the root" if ours and ours[-1][2].split("@")[0] in ROOTS
                else f"sonde stops early, in {ours[-1][0] if ours else 'nothing'}")
    before = ours[common - 1][0] if common else "the leaf"
    if ours[common][0] == theirs[common][0] and abs(ours[common][1] - theirs[common][1]) <= 1:
        return f"the address of a caller is another by one, below {before}"
    if not all(map(find_row, ours[:common])):
        return EXPLAINED + "through code without rules, where perf guesses"
    return f"they part behind {before}: {ours[common][0]} here, {theirs[common][0]} there"


def measure(command, stdin=None):
    """Seconds, CPU seconds: of the command and of those it leaves behind, as perf does its addr2line."""
    begin = time.monotonic()
    with open(os.devnull, "r+") as null, open(os.path.join(folder, "out"), "w") as out:
        child = subprocess.Popen(command, stdin=stdin or null, stdout=out, stderr=null, env=env)
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
    return wall, sum(u.ru_utime + u.ru_stime for u in usages)


def count_private(pid):
    """Bytes of memory that are nobody else's and no file's, of a process and its descendants."""
    total = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Anonymous:"))
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as f:
                total += sum(count_private(child) for child in f.read().split())
    except OSError:
        pass  # it ended
    return total


def measure_memory(command, stdin=None):
    """The most private memory at one time, looked at again and again: a run of its own, as the looking costs time."""
    most, begin = 0, time.monotonic()
    with open(os.devnull, "r+") as null, open(os.path.join(folder, "out"), "w") as out:
        child = subprocess.Popen(command, stdin=stdin or null, stdout=out, stderr=null, env=env)
        while child.poll() is None:
            most = max(most, count_private(child.pid))
            time.sleep(0.002 if time.monotonic() - begin < 2 else 0.2)
    return most


def script(data):
    return peers.run(["perf", "script", "-i", data, "--no-inline", "-F", "comm,tid,time,event,ip,sym,dso"])[0]


def read_evidence(data):
    """By thread: what perf says when each executed program is told as a process of its own, and the last words of the stack copies."""
    copy = os.path.join(folder, "told-apart.data")
    stacks = collections.defaultdict(list)
    try:
        file = perf_file.PerfFile(data)
        words, numbers = file.last_words(), file.tell_apart(copy)
    except (perf_file.Unknown, struct.error):
        return stacks, {}
    if numbers:
        for tid, found in sorted(read_stacks(script(copy), True).items()):  # ascending numbers are in the order of time
            stacks[numbers.get(tid, tid)] += found
    return stacks, words


def compare(data):
    theirs = read_stacks(script(data), True)
    told_apart, last_words = read_evidence(data)
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
        count = len(ours[tid])
        others = told_apart[tid] if len(told_apart[tid]) == count else theirs[tid]
        words = last_words[tid] if len(last_words.get(tid, ())) == count else [None] * count
        for a, b, c, word in zip(ours[tid], theirs[tid], others, words):
            name = classify(a, b, word)
            if name != "same" and c is not b:
                if classify(a, c) == "same":
                    name = EXPLAINED + "perf goes by maps of before an exec, and says the same without them"
                else:
                    name, b = classify(a, c, word), c
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
    unexplained = sum(count for name, count in classes.items() if name != "same" and not name.startswith(EXPLAINED))
    print(f"{total} stacks, {frames[0]} frames from sonde, {frames[1]} from perf script")
    for name, count in classes.most_common():
        print(f"{count:8}  {100 * count / total:6.2f} %  {name}")
    print(f"{unexplained:8}  {100 * unexplained / total:6.2f} %  unexplained")
    return ours


def write_addresses(ours):
    """The different addresses of the file that most frames are in, for llvm-symbolizer; its path, theirs, how many."""
    addresses = collections.defaultdict(set)
    for stacks in ours.values():
        for module, address, _ in itertools.chain.from_iterable(stacks):
            addresses[module].add(address)
    module = max((m for m in addresses if m in paths), key=lambda m: len(addresses[m]), default=None)
    if module is None or not peers.has("llvm-symbolizer"):
        return None
    path = os.path.join(folder, "addresses")
    with open(path, "w") as f:
        f.writelines(f"0x{address:x}\n" for address in sorted(addresses[module]))
    return paths[module], path, len(addresses[module])


def time_all(data, ours):
    folded = os.path.join(folder, "out.folded")
    commands = {
        "sonde flame -o x.folded, cache empty": [args.sonde, "flame", data, "-o", folded],
        "sonde flame -o x.folded, again": [args.sonde, "flame", data, "-o", folded],
        "perf script --no-inline": ["perf", "script", "-i", data, "--no-inline"],
        "perf script": ["perf", "script", "-i", data],
    }
    asked = write_addresses(ours)
    if asked:
        symbolizer = f"llvm-symbolizer, {asked[2]} addresses"
        commands[symbolizer] = ["llvm-symbolizer", "-i", "-f", f"--obj={asked[0]}"]
    if args.no_inline:
        del commands["perf script"]
    figures = collections.defaultdict(list)
    for round in range(args.rounds):
        shutil.rmtree(env["XDG_CACHE_HOME"], ignore_errors=True)
        for name, command in commands.items():
            if round == 0 or name != "perf script":  # it takes minutes
                with open(asked[1] if asked else os.devnull) as stdin:
                    figures[name].append(measure(command, stdin))
    shutil.rmtree(env["XDG_CACHE_HOME"], ignore_errors=True)
    print(f"\n{'median of ' + str(args.rounds) + ' (perf script: one)':<40}{'time':>10}{'CPU':>10}{'private memory':>18}")
    for name, rounds in figures.items():
        wall, cpu = (statistics.median(values) for values in zip(*rounds))
        with open(asked[1] if asked else os.devnull) as stdin:
            private = measure_memory(commands[name], stdin)
        print(f"{name:<40}{wall:9.2f}s{cpu:9.2f}s{private / 2**20:15.1f} MB")


try:
    data = args.data
    if data is None:
        data = os.path.join(folder, "perf.data")
        subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "999", "--call-graph", "dwarf,16384", "-o", data, "--",
                        *(args.command or DEFAULT)], stdout=subprocess.DEVNULL, check=False)
    found = compare(data)
    if not args.no_time:
        time_all(data, found)
finally:
    shutil.rmtree(folder, ignore_errors=True)
