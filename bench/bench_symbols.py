#!/usr/bin/env python3
"""Names, inlined frames and lines of random addresses: sonde's DWARF reader beside llvm-symbolizer and addr2line.

    python3 bench/bench_symbols.py [--programs build/bench | --sonde build/sonde] [--count 10000] [--seed 1] [--show 3] FILE…

For each FILE with debug information: addresses drawn evenly from the bytes of its functions, resolved by bench/dwarf_lookup and by
both peers. Where the peers agree on a whole stack of frames (function, file, line), sonde's is compared with it, and what differs is
counted by class; then the time and memory of each. Figures, never a verdict.

Names are compared demangled and without what the tools add differently: the peers take the outermost function's from the symbol
table (arguments, ".cold"), sonde takes DWARF's, and puts namespaces before names that have no linkage name. What DWARF does not
name at all (_start, thunks) is counted apart: there sonde asks the symbol table too, but not in this program. With --sonde the names and
inlined frames (no lines) that the whole tool gives to a perf.data with a sample at each address are compared as well.
"""
import argparse
import bisect
import collections
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import peers
import perf_file

SUFFIX = re.compile(r"(\.(cold|part|isra|constprop|lto_priv|llvm|clone|localalias|\d+)(\.\d+)*)+$| \(\.[^)]*\)|\[clone [^]]*\]")
ABI_TAG = re.compile(r"\[abi:\w+\]")


def draw(path, count, seed):
    """Ascending addresses inside of sized function symbols."""
    symbols = set()
    for line in subprocess.run(["nm", "-S", "--defined-only", path], capture_output=True, text=True, check=True).stdout.splitlines():
        fields = line.split()
        if len(fields) >= 4 and fields[2] in "tTwWi" and int(fields[1], 16) > 0:
            symbols.add((int(fields[0], 16), int(fields[1], 16)))
    symbols = sorted(symbols)
    ends = list(itertools.accumulate(size for _, size in symbols))
    rng, drawn = random.Random(seed), set()
    if not ends:
        sys.exit(f"{path}: no function symbols")
    for _ in range(20 * count):
        if len(drawn) == min(count, ends[-1]):
            break
        at = rng.randrange(ends[-1])
        index = bisect.bisect_right(ends, at)
        start, size = symbols[index]
        drawn.add(start + at - (ends[index] - size))
    return sorted(drawn)


def run(command, addresses):
    """Its output, seconds, MiB."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as taken:
        given.write("".join(f"0x{a:x}\n" for a in addresses))
        given.seek(0)
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=given, stdout=taken, stderr=subprocess.PIPE, text=True)
        note = child.stderr.read()
        usage = os.wait4(child.pid, 0)[2]
        seconds = time.monotonic() - start
        child.returncode = 0
        taken.seek(0)
        return taken.read(), seconds, usage.ru_maxrss / 1024, note


def place(text):
    """'file:line[:column] [(discriminator N)]' as (file, line)."""
    text = text.split(" (discriminator")[0]
    match = re.match(r"(.*?):([0-9?]+)(?::[0-9?]+)?$", text)
    path, line = match.groups() if match else (text, "0")
    return ("" if path.startswith("?") else os.path.normpath(path)), int(line) if line.isdigit() else 0


def stacks_of_pairs(lines):
    return [(lines[i], *place(lines[i + 1])) for i in range(0, len(lines) - 1, 2)]


def parse_blocks(text, count):
    """llvm-symbolizer's and dwarf_lookup's: an empty line after each address."""
    blocks = text.split("\n\n")[:count]
    return [stacks_of_pairs(block.strip("\n").split("\n")) for block in blocks]


def parse_addr2line(text, count):
    """With -a: the address before each."""
    parts = re.split(r"^0x[0-9a-f]+\n", text, flags=re.M)[1:]
    assert len(parts) == count, (len(parts), count)
    return [stacks_of_pairs(part.rstrip("\n").split("\n")) for part in parts]


def demangle(stacks):
    """All their names at once, without what is added to them."""
    names = sorted({SUFFIX.sub("", frame[0]) for stack in stacks for frame in stack})
    shown = subprocess.run(["c++filt"], input="\n".join(names) + "\n", capture_output=True, text=True, check=True).stdout
    return dict(zip(names, shown.split("\n")))


def without_arguments(name):
    """'a::b<c(d)>(e) const [x]' as 'a::b<c(d)>'; 'operator()' stays."""
    name = ABI_TAG.sub("", SUFFIX.sub("", name)).rstrip()
    name = re.sub(r"( const| &+| volatile)+$", "", name)
    if not name.endswith(")") or name.endswith("operator()"):
        return name
    depth = 0
    for i in range(len(name) - 1, -1, -1):
        depth += (name[i] == ")") - (name[i] == "(")
        if depth == 0:
            return name[:i] if i > 0 else name
    return name


def base(name):
    """The last component, without template arguments."""
    name = without_arguments(name)
    depth, out = 0, []
    for i, c in enumerate(name):
        if c == "<" and not name[:i].endswith("operator") and not name[:i].endswith("operator<"):
            depth += 1
        elif c == ">" and depth > 0 and name[i - 1] != "-":
            depth -= 1
        elif depth == 0:
            out.append(c)
    plain = "".join(out)
    plain = plain.split("::")[-1]
    return plain.split(" ")[-1] if "operator" not in plain else plain[plain.index("operator"):]


def same_name(one, other, shown):
    one, other = SUFFIX.sub("", one), SUFFIX.sub("", other)
    if one == other or shown.get(one, one) == shown.get(other, other):
        return True
    one, other = shown.get(one, one), shown.get(other, other)
    return without_arguments(one) == without_arguments(other) or base(one) == base(other)


def difference(one, other, shown):
    """'' or the class of it."""
    if len(one) != len(other):
        return "fewer frames" if len(one) < len(other) else "more frames"
    for a, b in zip(one, other):
        if not same_name(a[0], b[0], shown):
            return "unnamed" if a[0] == "??" else "name"
    for i, (a, b) in enumerate(zip(one, other)):
        if a[1] != b[1]:
            return "file of " + ("the line" if i == 0 else "a call")
        if a[2] != b[2]:
            return "line" if i == 0 else "line of a call"
    return ""


def show(title, stack):
    for frame in stack:
        print(f"    {title:10} {frame[0][:100]}  {frame[1]}:{frame[2]}")


def find_segments(path):
    """(offset, address, size) of the executable ones."""
    text = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^  LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ [R ][W ]E", text, flags=re.M)
    return [tuple(int(number, 16) for number in numbers) for numbers in found]


def ask_sonde(sonde, path, addresses):
    """The stacks of names that sonde's report has, and seconds from a perf.data to the text."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        env = dict(os.environ, SONDE_STORE=os.path.join(folder, "store"), XDG_CACHE_HOME=os.path.join(folder, "cache"))
        perf_file.write_samples(data, os.path.abspath(path), find_segments(path), addresses)
        start = time.monotonic()
        subprocess.run([sonde, "import", data], env=env, capture_output=True, check=True)
        text = subprocess.run([sonde, "export", "@last", "perf-script"], env=env, capture_output=True, text=True, check=True).stdout
        seconds = time.monotonic() - start
    stacks = []
    for line in text.split("\n"):
        frame = re.match(r"\s+([0-9a-f]+) (.*) \(.*\)$", line)
        if frame:
            stacks[-1].append((frame.group(2), "", 0))
        elif line:
            stacks.append([])
    return stacks, seconds


def compare_whole(sonde, path, addresses, agreed, shown):
    """`agreed`: the peers' stack at each address, None where they differ or have no name."""
    stacks, seconds = ask_sonde(sonde, path, addresses)
    if len(stacks) != len(addresses):
        print(f"  through sonde: {len(stacks)} samples of {len(addresses)}")
        return
    classes = collections.Counter()
    for address, own, theirs in zip(addresses, stacks, agreed):
        if theirs is None:
            continue
        kind = difference(own, [(frame[0], "", 0) for frame in theirs], shown)
        classes[kind] += 1
        if kind and classes[kind] <= 3:
            one, other = next(((a[0], b[0]) for a, b in zip(own, theirs) if not same_name(a[0], b[0], shown)), ("", ""))
            print(f"  0x{address:x}: {kind}, {len(own)} and {len(theirs)} frames: {one} here, {shown.get(other, other)} there")
    count = sum(classes.values())
    print(f"  through sonde, names alone: {classes.pop('', 0)} of {count}"
          + "".join(f", {kind} {n}" for kind, n in classes.most_common()) + f"; {seconds:.3f} s from a perf.data to text")


def compare(path, addresses, args):
    count = len(addresses)
    tools = {
        "sonde": [os.path.join(args.programs, "dwarf_lookup"), path, str(args.threads)],
        "llvm-symbolizer": ["llvm-symbolizer", "--no-demangle", "-i", "-f", "-e", path],
        "addr2line": ["addr2line", "-a", "-i", "-f", "-e", path],
    }
    stacks, costs = {}, {}
    for name, command in tools.items():
        run(command, addresses[:10])  # the page cache
        text, seconds, mebibytes, note = run(command, addresses)
        stacks[name] = (parse_addr2line if name == "addr2line" else parse_blocks)(text, count)
        costs[name] = seconds, mebibytes, note.strip() if name == "sonde" else ""
    shown = demangle(itertools.chain(*stacks.values()))
    classes, shown_count = collections.Counter(), collections.Counter()
    agreed = tabled = 0
    alone, peers_say = collections.Counter(), []
    for address, own, llvm, gnu in zip(addresses, stacks["sonde"], stacks["llvm-symbolizer"], stacks["addr2line"]):
        alone["llvm-symbolizer"] += difference(own, llvm, shown) == ""
        alone["addr2line"] += difference(own, gnu, shown) == ""
        both = difference(gnu, llvm, shown) == "" and llvm[0][0] != "??"
        peers_say.append(llvm if both else None)
        if not both:
            continue
        kind = difference(own, llvm, shown)
        if kind == "unnamed":
            tabled += 1
            continue
        agreed += 1
        if kind == "":
            continue
        classes[kind] += 1
        shown_count[kind] += 1
        if shown_count[kind] <= args.show:
            print(f"  0x{address:x}: {kind}")
            show("sonde", own)
            show("llvm", llvm)
            show("addr2line", gnu)
    different = sum(classes.values())
    print(f"{path}: {count} addresses; the peers agree on {agreed}, sonde with them on {agreed - different} "
          f"({100 * (agreed - different) / max(agreed, 1):.2f} %); {tabled} more have a name in the symbol table only")
    print("  differs: " + (", ".join(f"{kind} {n}" for kind, n in classes.most_common()) or "nothing"))
    print("  equal to one: " + ", ".join(f"{name} {100 * n / count:.2f} %" for name, n in alone.items()))
    for name, (seconds, mebibytes, note) in costs.items():
        print(f"  {name:16} {seconds:7.3f} s {mebibytes:7.0f} MiB  {note}")
    if args.sonde:
        compare_whole(os.path.abspath(args.sonde), path, addresses, peers_say, shown)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--programs", default="build/bench")
parser.add_argument("--sonde", help="the whole tool too; --programs is then bench/ beside it")
parser.add_argument("--count", type=int, default=10000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--show", type=int, default=3, help="examples of each class of difference")
parser.add_argument("files", nargs="+")
given = parser.parse_args()
if given.sonde:
    given.programs = os.path.join(os.path.dirname(os.path.abspath(given.sonde)), "bench")
peers.need("llvm-symbolizer", "addr2line", "nm", "c++filt")
for file in given.files:
    compare(file, draw(file, given.count, given.seed), given)
