#!/usr/bin/env python3
"""Whole stacks of real servers under load: `sonde record` beside `perf record --call-graph dwarf,SIZE` at its smallest size that suffices.

    python3 bench/bench_stacks.py [--sonde build/sonde] [--seconds 10] [--frequency 499] [--servers "nginx,Node"] [--no-perf]

Each server is started, loaded, and profiled with -p and cpu-clock by both; by perf first: sonde may touch pages of a stack that the
server has not, so that the kernel can copy what lies above them, and perf would profit. Redis, nginx, PostgreSQL and Debian's python3 are
the distribution's builds, at -O2, which leaves out frame pointers; the C++ server is built here with -O2 -fomit-frame-pointer.

sonde: the shares of complete and joined stacks, the truncated by reason, and where they end; bytes are all that came through the rings,
divided by the samples. perf: sizes from the smallest on, until 99 % of the stacks are whole. Whole is a stack of `perf script
--max-stack 4096` whose outermost frame is a start of threads or programs (START below), or lies in libc above main, where a stripped libc
has no names; or that is of the kernel alone. Bytes are those of its PERF_RECORD_SAMPLEs. Figures, no verdict.
"""
import argparse
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

import peers
import servers

SIZES = [4096, 8192, 16384, 32768, 65528]
START = re.compile(r"_start|__libc_start_main\S*|__libc_start_call_main|_*clone3?|start_thread|_dl_start_user|ret_from_fork\S*|"
                   r"runtime\.(goexit|mstart|mcall|systemstack|morestack|rt0_go)\S*")
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")
ENOUGH = 0.99

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--seconds", type=float, default=10)
parser.add_argument("--frequency", type=int, default=499)
parser.add_argument("--servers", help="comma-separated, of: " + ", ".join(s.name for s in servers.ASKED + servers.OTHERS))
parser.add_argument("--no-perf", action="store_true")
parser.add_argument("--ends", type=int, default=5, help="of truncated stacks, as many of their outermost frames are shown")
args = parser.parse_args()
args.sonde = os.path.abspath(args.sonde)


def is_whole(frames):
    """frames: (function, module), leaf first"""
    function, module = frames[-1]
    if START.fullmatch(function.split("@")[0]) or "[kernel" in module or module.startswith("[guest"):
        return True
    return len(frames) > 1 and frames[-2][0] == "main" and os.path.basename(module).startswith("libc")


def read_stacks(text):
    """Of `perf script -F ip,sym,dso`: lists of (function, module), leaf first."""
    for part in text.split("\n\n"):
        frames = [(m.group(2), m.group(3)) for m in map(FRAME.match, part.splitlines()) if m and m.group(1) != "f" * 16]
        if frames:
            yield frames


def count_sample_bytes(path):
    """(PERF_RECORD_SAMPLEs, their bytes) of a perf.data: tools/perf/Documentation/perf.data-file-format.txt"""
    with open(path, "rb") as f:
        _, _, _, _, _, offset, size = struct.unpack("<8s6Q", f.read(56))
        end, count, total = offset + size, 0, 0
        while offset + 8 <= end:
            f.seek(offset)
            kind, _, length = struct.unpack("<IHH", f.read(8))
            if length < 8:
                break
            if kind == 9:
                count, total = count + 1, total + length
            offset += length
    return count, total


def measure_sonde(server, folder):
    env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"))
    with server.loaded(args.seconds + 3):
        peers.run([args.sonde, "record", "-q", "-e", "cpu-clock", "-F", str(args.frequency), "-p", str(server.pid), "-d",
                   f"{args.seconds}s"], env=env)
    profile = json.loads(peers.run([args.sonde, "report", "@last", "--json"], env=env).text)["profile"]
    ends = collections.Counter()
    if profile["truncated"] > 0 and args.ends > 0:
        for line in peers.run([args.sonde, "export", "@last", "folded"], env=env).text.splitlines():
            stack, count = line.rsplit(" ", 1)
            frames = stack.split(";")[1:]  # of a thread's name, then from the root on
            if frames and not START.fullmatch(frames[0].split("@")[0]):
                ends[";".join(frames[:2])] += int(count)
    return profile, ends


def measure_perf(server, folder, size):
    """samples, share of whole ones, bytes a sample; None when perf could not"""
    data = os.path.join(folder, "perf.data")
    with server.loaded(args.seconds + 3):
        done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(args.frequency), "--call-graph", f"dwarf,{size}", "-o",
                               data, "-p", ",".join(map(str, servers.tree(server.pid))), "--", "sleep", str(args.seconds)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            print(f"  perf record dwarf,{size}: {done.stderr.strip()}")
            return None
        # while the server lives: perf takes the vdso and the maps of generated code from it
        text = peers.run(["perf", "script", "-i", data, "--no-inline", "--max-stack", "4096", "-F", "ip,sym,dso"]).text
    stacks = list(read_stacks(text))
    count, total = count_sample_bytes(data)
    os.unlink(data)
    if not stacks:
        return None
    return len(stacks), sum(map(is_whole, stacks)) / len(stacks), total / count


def measure(kind):
    with tempfile.TemporaryDirectory(prefix="sonde-bench-", ignore_cleanup_errors=True) as folder:
        try:
            with kind(args, folder) as server:
                print(f"{server.name}: {server.what}", flush=True)
                sizes = {}
                for size in [] if args.no_perf else SIZES:
                    figures = measure_perf(server, folder, size)
                    if figures is None:
                        continue
                    sizes[size] = figures
                    print(f"  perf  dwarf,{size:<6}{figures[0]:7} samples, {figures[1]:7.2%} whole, {figures[2]:7.0f} bytes a sample",
                          flush=True)
                    if figures[1] >= ENOUGH:
                        break
                profile, ends = measure_sonde(server, folder)
                print_sonde(profile, ends)
                return profile, sizes
        except servers.Missing as missing:
            print(f"# SKIP {kind.name}: {missing}")
            return None


def print_sonde(profile, ends):
    count = max(profile["samples"], 1)
    print(f"  sonde           {profile['samples']:7} samples, {(profile['complete'] + profile['joined']) / count:7.2%} whole "
          f"({profile['joined'] / count:.1%} joined; {profile['audit_mismatches']} of {profile['audited']} joins wrong), "
          f"{profile['bytes_from_kernel'] / count:.0f} bytes a sample, {profile['lost']} lost")
    for reason, number in sorted(profile["truncations"].items(), key=lambda item: -item[1]):
        if number > 0:
            print(f"    truncated: {reason} {number / count:.2%}")
    for frames, number in ends.most_common(args.ends):
        print(f"      {number:5}  {frames[:120]}")
    sys.stdout.flush()


def print_table(rows):
    print(f"\n{'':16}{'whole':>9}{'joined':>9}{'wrong':>11}{'bytes':>9}   {'perf dwarf,':>11}{'whole':>9}{'bytes':>9}{'ratio':>8}")
    for name, (profile, sizes) in rows.items():
        count = max(profile["samples"], 1)
        mean = profile["bytes_from_kernel"] / count
        line = (f"{name:16}{(profile['complete'] + profile['joined']) / count:9.2%}{profile['joined'] / count:9.1%}"
                f"{profile['audit_mismatches']:5}/{profile['audited']:<5}{mean:9.0f}   ")
        if sizes:
            size, (_, share, total) = list(sizes.items())[-1]
            line += f"{size:>11}{share:9.2%}{total:9.0f}{mean / total:8.2f}{'' if share >= ENOUGH else '  (perf never suffices)'}"
        print(line)


if not args.no_perf:
    peers.need("perf")
wanted = args.servers.lower().split(",") if args.servers else None
rows = {}
for kind in servers.ASKED + servers.OTHERS:
    if wanted is None or kind.name.lower() in wanted:
        result = measure(kind)
        if result is not None:
            rows[kind.name] = result
print_table(rows)
