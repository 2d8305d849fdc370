#!/usr/bin/env python3
"""How often `sonde prove` is wrong, and how often it sees 5 %: proofs of the gateway on this machine.

    python3 bench/bench_proofs.py [--sonde build/sonde] [--null 40] [--slow 10] [--state FILE] [--percent 5]

A/A proofs put a commit of the gateway against itself (1 s of warm-up, 3 s measured, at most 20 pairs); slow ones put it against a patch
that spins in a function of its own for 5 % of the CPU time per request. How long an iteration takes depends on what runs beside it (up
to twice as long where the generator has the sibling thread of the service's core), so a first proof of a loop four times as long says
what one costs in place. Each result is a line of FILE at once, so a bench that was ended goes on where it was. Printed: verdicts, wall
time, and for the slow ones whether the function that spins is named first. Takes about two hours for all. Figures, no verdict.
"""
import argparse
import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "gateway")
SPIN = """
static __attribute__((noinline)) void spin_injected(void)
{
	for (volatile int i = 0; i < %d; i++)
		;
}

static struct exec_job *call_function("""
CALL = "	if (call->function->runtime == FUNCTION_EXEC)\n		return runtime_exec_call(&worker->exec, call);\n"
LOOP = """
#include <stdio.h>
#include <time.h>
int main(void)
{
	struct timespec a, b;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (volatile int i = 0; i < 100000000; i++)
		;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	printf("%f", ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e8);
	return 0;
}
"""

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
parser.add_argument("--null", type=int, default=40, help="A/A proofs")
parser.add_argument("--slow", type=int, default=10, help="proofs against the patch that spins")
parser.add_argument("--percent", type=float, default=5)
parser.add_argument("--state", help="file of the results so far; a folder of the same name with .d keeps the store")
parser.add_argument("--port", type=int, default=18490)
args = parser.parse_args()
args.sonde = os.path.abspath(args.sonde)


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-C", folder, *words], check=True,
                   stdout=subprocess.DEVNULL)


def make_repository(folder):
    """The gateway in a repository of its own."""
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns(".sonde", "gateway", "*.so"))
    with open(os.path.join(folder, ".gitignore"), "w") as file:
        file.write("gateway\n*.so\n.sonde\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "the gateway")


def make_patch(folder, iterations):
    path = os.path.join(folder, "worker.c")
    with open(path) as file:
        before = file.read()
    after = before.replace("\nstatic struct exec_job *call_function(", SPIN % iterations, 1)
    after = after.replace(CALL, "	spin_injected();\n" + CALL, 1)
    if "spin_injected();\n" not in after:
        sys.exit("the gateway's worker.c is not as this bench knows it")
    with open(path, "w") as file:
        file.write(after)
    patch = subprocess.run(["git", "-C", folder, "diff"], check=True, capture_output=True, text=True).stdout
    with open(path, "w") as file:
        file.write(before)
    with open(folder + ".patch", "w") as file:
        file.write(patch)
    return folder + ".patch"


def prove(folder, store, *sides):
    begin = time.time()
    command = [args.sonde, "prove", folder, *sides, "--arm", "zero-copy", "--var", f"port={args.port}", "--warmup", "1s", "-d", "3s",
               "--store", store, "--quiet", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stderr}")
    result = json.loads(done.stdout)
    primary = next(m for m in result["comparison"]["metrics"] if m["name"] == "cpu_per_request" and m["scope"] == "")
    return result, primary, time.time() - begin


def measure_cpu_per_request(folder, store):
    """ns, of one run."""
    done = subprocess.run([args.sonde, "run", folder, "--var", f"port={args.port}", "--quick", "--store", store, "--quiet", "--json"],
                          capture_output=True, text=True)
    arms = {arm["name"]: arm for arm in json.loads(done.stdout)["arms"]}
    return next(m["median"] for m in arms["zero-copy"]["metrics"] if m["name"] == "cpu_per_request" and m["scope"] == "")


def measure_loop(folder):
    """ns of an iteration of the loop that spins."""
    source, program = os.path.join(folder, "loop.c"), os.path.join(folder, "loop")
    with open(source, "w") as file:
        file.write(LOOP)
    subprocess.run(["cc", "-O2", "-o", program, source], check=True)
    return float(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def find_first_function(result, store):
    done = subprocess.run([args.sonde, "compare", f"{result['experiment']}/{result['sides'][0]['name']}",
                           f"{result['experiment']}/{result['sides'][1]['name']}", "--json", "--store", store], capture_output=True,
                          text=True)
    rows = json.loads(done.stdout)["functions"]["functions"] if done.stdout.startswith("{") else []
    return rows[0]["name"] if rows and rows[0]["is_significant"] else ""


def one(kind, folder, store, patch):
    result, primary, seconds = prove(folder, store, "rev:main", "rev:main" if kind == "null" else f"patch:{patch}")
    line = {"kind": kind, "experiment": result["experiment"], "verdict": result["verdict"], "pairs": result["pairs"],
            "rejected": result["rejected"], "seconds": seconds,
            "ratio": primary["ratio"], "lo": primary["lo"], "hi": primary["hi"], "delta": primary.get("delta")}
    if kind == "slow":
        line["first"] = find_first_function(result, store)
    return line


def report(kind, lines):
    lines = [line for line in lines if line["kind"] == kind]
    if not lines:
        return
    verdicts = collections.Counter(line["verdict"] for line in lines)
    print(f"{'A/A' if kind == 'null' else 'slower'}: {len(lines)} proofs: " + ", ".join(f"{n} {v}" for v, n in verdicts.most_common()))
    print(f"  pairs: {statistics.median(line['pairs'] for line in lines):.0f} in the median, at most {max(line['pairs'] for line in lines)}; "
          f"{sum(line['rejected'] for line in lines)} thrown away; {sum(line['seconds'] for line in lines) / 60:.0f} min in all, "
          f"{statistics.median(line['seconds'] for line in lines):.0f} s a proof")
    changes = sorted(100 * (line["ratio"] - 1) for line in lines)
    print(f"  estimates: {changes[0]:+.2f} to {changes[-1]:+.2f} %, median {statistics.median(changes):+.2f} %")
    if kind == "slow":
        named = sum(line["first"] == "spin_injected" for line in lines)
        print(f"  the function that spins is named first in {named} of {len(lines)}")


def main():
    keep = args.state is not None
    base = os.path.abspath(args.state) + ".d" if keep else tempfile.mkdtemp(prefix="sonde-proofs-")
    folder, store = os.path.join(base, "gateway"), os.path.join(base, "store")
    os.makedirs(base, exist_ok=True)
    if not os.path.isdir(folder):
        make_repository(folder)
    lines = []
    if keep and os.path.exists(args.state):
        with open(args.state) as file:
            lines = [json.loads(line) for line in file if line.strip()]
    patch = folder + ".patch"
    if not os.path.exists(patch):
        cpu, loop = measure_cpu_per_request(folder, store), measure_loop(base)
        many = round(4 * cpu * args.percent / 100 / loop)
        _, primary, _ = prove(folder, store, "rev:main", f"patch:{make_patch(folder, many)}")
        few = round(many * args.percent / 100 / (primary["ratio"] - 1))
        make_patch(folder, few)
        print(f"CPU per request {cpu / 1000:.2f} us, an iteration {loop:.2f} ns alone; {many} of them cost {100 * (primary['ratio'] - 1):.1f} %: "
              f"{few} for {args.percent:g} %", flush=True)
    have = collections.Counter(line["kind"] for line in lines)
    for kind, wanted in (("slow", args.slow), ("null", args.null)):
        for _ in range(wanted - have[kind]):
            line = one(kind, folder, store, patch)
            lines.append(line)
            if keep:
                with open(args.state, "a") as file:
                    file.write(json.dumps(line) + "\n")
            print(f"{kind} {line['verdict']} {100 * (line['ratio'] - 1):+.2f} % ({100 * (line['lo'] - 1):+.2f} … {100 * (line['hi'] - 1):+.2f})"
                  f" {line['pairs']} pairs {line['seconds']:.0f} s {line.get('first', '')}", flush=True)
    report("null", lines)
    report("slow", lines)
    if not keep:
        shutil.rmtree(base)


main()
