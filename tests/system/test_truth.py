"""Profiles of programs that know their own truth (programs/truth.h): shares in their bands, call paths exactly.

Shares: with n samples in k classes, the count of each class stays in the interval that Binomial(n, truth) does not leave
with probability 1 - 0.0001/k; all of them at once then with 99.99 % at least (Bonferroni). The truth is the CPU time that
the program measured around its own calls, in random order and of random length, so no period keeps step with it.

Paths: the program's own functions on each sampled stack, from its root on, are the beginning of one of the paths that
exist, so a leaf has all its callers, in order, two hundred of them if there are two hundred. What an asynchronous signal
interrupts is such a stack, too. Nothing else is allowed, not one sample.

One program at a time, because they take all the CPU time there is. `--long` (the suite stress) adds more ways of building
the same program, and a longer selftest.
"""
import bisect
import collections
import os
import re
import shutil
import subprocess
import sys

import harness
from binomial import binomial_band
from harness import done, equal, ok, skip, sonde, sonde_json, temporary_folder
from perf_filter import build_filter

HZ = 997
USER = 1000
IS_LONG = "--long" in sys.argv[1:]
PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
CC = os.environ.get("CC", "cc").split()
CXX = os.environ.get("CXX", "c++").split()
FLAGS = ["-O2", "-g", "-fomit-frame-pointer", "-D_GNU_SOURCE"]


# ---- building ----

def build(folder, name, source, *flags, compiler=CC):
    """The path of the program, or None where it cannot be built: no compiler, no static libc."""
    path = os.path.join(folder, name)
    try:
        made = subprocess.run([*compiler, *FLAGS, os.path.join(PROGRAMS, source), "-o", path, "-pthread", *flags],
                              capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return path if made.returncode == 0 else None


def symbols(path):
    """(sorted addresses, names) of a program's functions, for the samples of its stripped twin."""
    listed = subprocess.run(["nm", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    rows = sorted((int(row[0], 16), row[2]) for row in map(str.split, listed.splitlines()) if row[1] in "tTwWi")
    return [row[0] for row in rows], [row[1] for row in rows]


# ---- what sonde says ----

class Profile:
    """stacks: [(weight, functions from the root to the leaf)]"""

    def __init__(self, folder, command, twin=None, args=("-F", HZ), **kw):
        self.command = sonde(folder, "record", "-q", *args, *command, timeout=200, **kw)
        self.truth = collections.Counter()
        for name, ns in re.findall(r"^truth (\w+) (\d+)$", self.command.out, re.M):
            self.truth[name] += int(ns)
        document, _ = sonde_json(folder, "report", **{k: v for k, v in kw.items() if k == "user"})
        self.quality = document["profile"] if document else collections.defaultdict(int)
        script = sonde(folder, "export", "@last", "perf-script", timeout=200).out
        table = symbols(twin) if twin else None
        self.stacks = [self.read(block, os.path.basename(command[0]), table) for block in script.split("\n\n") if block.strip()]

    @staticmethod
    def read(block, program, table):
        head, *lines = block.splitlines()
        frames = []
        for address, name, module in re.findall(r"^\s+([0-9a-f]+) (.*) \((.*)\)$", "\n".join(lines), re.M):
            if table and os.path.basename(module) == program and name == "[unknown]":
                name = table[1][bisect.bisect_right(table[0], int(address, 16)) - 1]
            frames.append(name.split("+0x")[0].split("(")[0])
        return int(re.search(r":\s+(\d+) \S", head).group(1)), frames[::-1]


# ---- what is true ----

class Truth:
    """
    `paths`: class → the paths, as words, on which the program spends that class's time. `handler`: what an asynchronous
    signal puts on top of any of them. `cut`: classes whose callers cannot be had from a copy of the stack.
    """

    def __init__(self, paths, handler="", cut=()):
        self.paths = {name: [path.split() for path in ([value] if isinstance(value, str) else value)]
                      for name, value in paths.items()}
        self.handler, self.cut = handler.split(), cut
        self.index()

    def index(self):
        everything = [(name, path) for name, value in self.paths.items() for path in value]
        self.own = {function for _, path in everything for function in path} | set(self.handler)
        self.beginnings = {tuple(path[:i]): name for name, path in everything for i in range(1, len(path) + 1)}
        self.pieces = [(name, " " + " ".join(path) + " ") for name, path in everything]

    def without(self, names):
        """The same for a program that has no names for inlined functions."""
        clean = Truth({}, "", self.cut)
        clean.paths = {name: [[f for f in path if f not in names] for path in value] for name, value in self.paths.items()}
        clean.handler = [f for f in self.handler if f not in names]
        clean.index()
        return clean

    def judge(self, stack):
        """("whole", "cut", "wrong", or "" for a cut that has to be, class); the class "" is a path that leads to several."""
        own = [function for function in stack if function in self.own]
        name = None
        if self.handler and self.handler[0] in own:
            place = own.index(self.handler[0])
            name = self.handler[0]
            if own[place:] != self.handler[:len(own) - place]:
                return "wrong", name
            own = own[:place]
        if not own or tuple(own) in self.beginnings:
            return "whole", name or next((name for name in self.paths if name in own), "")
        words = " " + " ".join(own) + " "
        found = [piece for piece, path in self.pieces if words in path]
        if not found:
            return "wrong", ""
        return "" if found[0] in self.cut else "cut", name or found[0]


MAIN = "main run_one "
PATHS = Truth({
    "thirty": MAIN + "thirty truth_burn",
    "seventy": MAIN + "seventy truth_burn",
    "path_one": MAIN + "path_one shared_leaf truth_burn",
    "path_two": MAIN + "path_two shared_leaf truth_burn",
    "inline_host": MAIN + "inline_host inlined_outer inlined_inner truth_burn",
    "recurse": MAIN + "recurse " * 200 + "recursion_leaf truth_burn",
    "recurse_deep": MAIN + "recurse_deep " * 900 + "deep_leaf truth_burn",
    "with_alloca": MAIN + "with_alloca alloca_leaf truth_burn",
    "with_alignment": MAIN + "with_alignment aligned_leaf truth_burn",
    "with_large_frame": MAIN + "with_large_frame large_leaf truth_burn",
    "with_hole": MAIN + "with_hole hole_leaf truth_burn",
    "call_tiny": MAIN + "call_tiny tiny",
    "raise_one": MAIN + "raise_one on_alternate_stack alternate_leaf truth_burn",
    "fault_once": MAIN + "fault_once fault on_fault fault_leaf truth_burn",
    "context_entry": ["context_entry context_leaf truth_burn", MAIN + "switch_context"],
}, handler="on_signal handler_leaf truth_burn",
    # The kernel copies one stack, the one that runs: what a handler on another one interrupted is not in the copy. And it
    # copies up to the first page that is not there.
    cut=("raise_one", "with_hole"))
INLINED = ("truth_burn", "inlined_outer", "inlined_inner")

THREADS = Truth({
    "thread_thirty": "run_long thread_thirty truth_burn",
    "thread_seventy": "run_long thread_seventy truth_burn",
    "short_leaf": ["run_short short_leaf truth_burn", "main"],
})
FAMILY = Truth({
    "work_in_parent": "main work work_in_parent truth_burn",
    "work_in_child": "main fork_one work work_in_child truth_burn",
    "work_in_spawned": "main work work_in_spawned truth_burn",
})
LOADER = Truth({
    "plugin_calls_back": "main use_plugin plugin_calls_back called_back truth_burn",
    "plugin_one": "main use_plugin plugin_one truth_burn",
    "plugin_two": "main use_plugin plugin_two truth_burn",
})
THROW = "pass_through " * 20 + "thrower"
THROWS = Truth({
    "catcher": ["main catcher in_catch truth_burn", "main catcher " + THROW + " before_throw truth_burn"],
    "throw_late": "main throw_late " + THROW + " before_throw truth_burn",
    "throw_only": "main throw_only " + THROW + " before_throw truth_burn",
})
JOINS = Truth({
    "path_a": "main path_a wide_frame leaf_a truth_burn",
    "path_b": "main path_b wide_frame leaf_b truth_burn",
})


# ---- holding one against the other ----

def show(stack):
    """Repeated functions once, with their number."""
    out = []
    for function in stack:
        if out and out[-1][0] == function:
            out[-1][1] += 1
        else:
            out.append([function, 1])
    return ";".join(f"{function}×{count}" if count > 1 else function for function, count in out)


class Sorted:
    """The stacks of a profile by what they are in truth."""

    def __init__(self, profile, truth):
        self.counts, self.weights = collections.Counter(), collections.Counter()
        self.cut, self.allowed, self.wrong = collections.Counter(), 0, collections.Counter()
        for weight, stack in profile.stacks:
            verdict, name = truth.judge(stack)
            self.counts[name] += 1
            self.weights[name] += weight
            if verdict == "wrong":
                self.wrong[show(stack)] += 1
            elif verdict == "":
                self.allowed += 1
            elif verdict == "cut":
                self.cut[show(stack)] += 1


def check_paths(what, profile, found, wrong_most):
    def text(stacks):
        return "\n".join(f"{count} × {stack}" for stack, count in stacks.most_common(20))

    # What begins or ends while it is sampled; and where short copies are joined, what a program that goes on to something
    # else does until the sizes have followed: how fast that is depends on the machine, and sonde counts it.
    n, spare = len(profile.stacks), 2 + len(profile.stacks) / (25 if wrong_most > 0 else 500)
    wrong, cut, quality = sum(found.wrong.values()), sum(found.cut.values()), profile.quality
    ok(wrong <= wrong_most * n, f"{what}: of {n} stacks at most {wrong_most:.1%} do not exist", text(found.wrong))
    ok(cut <= spare, f"{what}: of {n} stacks at most {spare:.0f} lack callers", f"{cut}, {dict(quality['truncations'])}\n{text(found.cut)}")
    ok(quality["truncated"] <= found.allowed + spare, f"{what}: sonde knows that they are whole",
       f"{quality['truncated']} truncated, {found.allowed} of them as expected; {quality}")


def check_shares(what, profile, found):
    """Weighted, because a sampler that stops threads is late by what each sample says."""
    truth, counts, weights = profile.truth, found.counts, found.weights
    total = sum(truth.values())
    n = sum(counts[name] for name in truth)
    weight = sum(weights[name] for name in truth)
    if not ok(n >= 100 and total > 0, f"{what}: there are samples", f"{n}\n{profile.command}"):
        return
    outside = []
    for name, ns in truth.items():
        low, high = binomial_band(n, ns / total, 1 - 1e-4 / len(truth)) if ns < total else (n, n)
        taken = round(weights[name] / weight * n)
        if not low <= taken <= high:
            outside.append(f"{name}: {taken} of {n}, and {ns / total:.2%} of the time are {low} to {high}")
    ok(not outside, f"{what}: {len(truth)} shares of {n} samples are in their joint band", "\n".join(outside))


def check_coverage(what, profile):
    counted, total = profile.quality["cpu_ns"], sum(profile.truth.values())
    ok(abs(counted - total) <= 0.05 * total + 30e6, f"{what}: the counter saw the CPU time of the program",
       f"{counted} ns by the counter, {total} ns by the program")


def check(what, truth, command, has_shares=True, wrong_most=0.0, **kw):
    """`wrong_most`: what joined stacks may get wrong; sonde chooses their copies so that it is 0.5 % at most."""
    profile = Profile(kw.pop("folder", None) or temporary_folder(), command, **kw)
    equal(profile.command.status, 0, f"{what}: it ran")
    found = Sorted(profile, truth)
    check_paths(what, profile, found, wrong_most)
    if has_shares:
        check_shares(what, profile, found)
    check_coverage(what, profile)
    quality = profile.quality
    rest = len(profile.stacks) - sum(found.counts[name] for name in profile.truth)
    print(f"# {what}: {len(profile.stacks)} samples, {quality['complete']} complete, {quality['joined']} joined, {quality['truncated']} "
          f"truncated {dict(quality['truncations'])}, audited {quality['audited']}, {quality['audit_mismatches']} wrong; "
          f"{sum(found.wrong.values())} wrong in truth, {found.allowed + sum(found.cut.values())} cut, {rest} elsewhere; "
          f"{quality['bytes_from_kernel'] / max(1, quality['samples']):.0f} bytes a sample", flush=True)
    return profile, found


# ---- the programs ----

WHOLE = ("-F", HZ, "--stacks", "dwarf,65016")  # as much as the kernel copies; nothing is joined
SEVERAL = "abcdefghijkm"  # all kinds but contexts


def test_build(folder, name, *flags, is_stripped=False):
    """How a program is built does not matter."""
    path = build(folder, name.replace(" ", "-"), "paths.c", *flags)
    if path is None:
        skip(name, f"it cannot be built here: {' '.join(flags)}")
        return
    if not is_stripped:
        check(name, PATHS, [path, "1.5", SEVERAL], args=WHOLE)
        return
    stripped = path + "-stripped"
    subprocess.run(["strip", "-o", stripped, path], check=True)
    check(name, PATHS.without(INLINED), [stripped, "1.5", SEVERAL], twin=path, args=WHOLE)


def test_threads(folder):
    path = build(folder, "threads", "threads.c")
    check("threads", THREADS, [path, "3", "0"])
    # 10 ms is ten periods: what each loses before its first sample is half a period of ten
    profile, found = check("short threads", THREADS, [path, "0", "60", "10000"])
    expected, taken = profile.truth["short_leaf"] / 1e9 * HZ, found.counts["short_leaf"]
    ok(0.85 * expected <= taken <= 1.02 * expected + 10,
       "short threads: samples for their time, less what each loses before its first", f"{taken} samples, {expected:.0f} periods")
    profile, found = check("shortest threads", THREADS, [path, "0", "400", "300"], has_shares=False)
    gap = profile.quality["cpu_ns"] - profile.quality["samples"] * profile.quality["weight_ns"]
    ok(gap > 0.5 * profile.truth["short_leaf"], "shortest threads: what is too short to be sampled is known to be missing",
       f"{gap} ns missing, {profile.truth['short_leaf']} ns in threads of 0.3 ms")


def test_joins(folder):
    """
    A program made to be joined wrongly, for a moment after it has changed: what its audit says is what is wrong in truth,
    and when the audit has said it, joining ends.
    """
    path = build(folder, "joins", "joins.c")
    check("joins, whole copies", JOINS, [path, "1"], args=WHOLE)
    profile, found = check("joins", JOINS, [path, "6"], has_shares=False, wrong_most=0.1)
    quality, wrong = profile.quality, sum(found.wrong.values())
    low, high = binomial_band(quality["audited"], wrong / quality["joined"]) if 0 < wrong < quality["joined"] else (0, 0)
    ok(low <= quality["audit_mismatches"] <= high, "joins: the audit found as many as there are",
       f"{quality['audit_mismatches']} of {quality['audited']} audited, {low} to {high} expected; {wrong} of {quality['joined']} joined")
    last = profile.stacks[len(profile.stacks) * 5 // 6:]
    late = sum(JOINS.judge(stack)[0] == "wrong" for _, stack in last)
    ok(late <= 0.005 * len(last), "joins: and in the last second it is over", f"{late} of {len(last)}")


def test_user(folder, path, threads):
    """An ordinary user where perf_event_open is refused: the sampler that stops threads."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        skip("as a user, by ptrace", "not root, or no setpriv")
        return
    launcher = build_filter(folder)
    public = os.path.join(folder, "sonde")
    shutil.copy(harness.SONDE, public)
    harness.SONDE = public
    for what, truth, command in (("paths by ptrace", PATHS, [path, "3", SEVERAL]), ("threads by ptrace", THREADS, [threads, "3", "0"])):
        own = temporary_folder()
        os.chown(own, USER, USER)
        profile, _ = check(what, truth, command, folder=own, user=USER, wrapper=[launcher])
        equal(profile.quality["sampler"], "ptrace", f"{what}: by that sampler")
    own = temporary_folder()
    os.chown(own, USER, USER)
    test_selftest("selftest record by ptrace", "ptrace", folder=own, user=USER, wrapper=[launcher])


def test_others(folder):
    check("fork and exec", FAMILY, [build(folder, "family", "family.c"), "0", "0.15"], wrong_most=0.005)
    names = ("plugin_one", "plugin_two")
    plugins = [build(folder, f"{name}.so", "plugin.c", "-shared", "-fPIC", f"-DPLUGIN={name}") for name in names]
    check("dlopen", LOADER, [build(folder, "loader", "loader.c", "-ldl"), "2", *plugins], wrong_most=0.005)
    throws = build(folder, "throws", "throws.cpp", compiler=CXX)
    if throws is None:
        skip("exceptions", "no C++ compiler")
        return
    # where the unwinder puts the handler's registers in place, a few instructions have no rule that is true: 1 in 1000 here
    check("exceptions", THROWS, [throws, "2"], wrong_most=0.01)
    check("exceptions, whole copies", THROWS, [throws, "1"], args=WHOLE, wrong_most=0.005)


def test_selftest(what, sampler, **kw):
    """The same judgement, by sonde itself, on its own workload."""
    document, result = sonde_json(kw.pop("folder", None) or temporary_folder(), "selftest", "record", "-q", "-d",
                                  "5s" if IS_LONG else "3s", timeout=200, **kw)
    if not ok(document is not None, f"{what}: there is a result", result):
        return
    equal(result.status, 0 if document["within"] else 1, f"{what}: the status says whether it is true")
    equal((document["schema"], document["kind"], document["sampler"]), ("sonde.selftest/1", "record", sampler), f"{what}: of what")
    ok(document["within"], f"{what}: shares, call paths and CPU time are true", result)
    equal(len(document["shares"]), 10, f"{what}: all parts")
    print(f"# {what}: {document['paths']}", flush=True)


def main():
    folder = temporary_folder()
    paths = build(folder, "paths", "paths.c")
    if paths is None:
        harness.skip_all("no C compiler")
    check("paths", PATHS, [paths, "3", SEVERAL.replace("e", "")], wrong_most=0.005)
    check("paths, whole copies", PATHS, [paths, "2", SEVERAL], args=WHOLE)
    check("deep recursion", PATHS, [paths, "2", "ade"], wrong_most=0.005)
    check("contexts", PATHS, [paths, "1", "al"], wrong_most=0.005)
    test_build(folder, "static", "-static")
    test_build(folder, "stripped", is_stripped=True)
    test_build(folder, "frame pointers", "-fno-omit-frame-pointer")
    if IS_LONG:
        test_build(folder, "static-pie", "-static-pie")
        test_build(folder, "static stripped", "-static", is_stripped=True)
        test_build(folder, "O1", "-O1")
    check("returns", PATHS, [build(folder, "returns", "paths.c", "-fno-omit-frame-pointer"), "1.5", "dem"], args=WHOLE)
    test_threads(folder)
    test_others(folder)
    test_joins(folder)
    test_selftest("selftest record", "perf_event")
    test_user(folder, paths, os.path.join(folder, "threads"))
    done()


main()
