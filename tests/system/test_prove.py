#!/usr/bin/env python3
"""Proofs of a small C server in a git history made here. Verdicts are asserted of changes that noise cannot hide only."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

from harness import (SONDE, contains, done, equal, is_alive, matches, ok, processes_with, skip_all, sonde, start, temporary_folder,
                     wait_until, write)
from toy_repository import MAKEFILE, commit, fingerprint, git, make, query, trees, write_server

QUICK = ["-d", "200ms", "--warmup", "50ms", "-q", "--take-all"]


def prove(folder, path, *args, **kw):
    return sonde(folder, "prove", *args, cwd=path, **kw)


def prove_json(folder, path, *args, **kw):
    result = prove(folder, path, *args, "--json", **kw)
    try:
        return json.loads(result.out), result
    except ValueError:
        ok(False, f"{args}: JSON", result.err)
        return {"sides": [{}, {}], "comparison": {}}, result


def make_dirty(path):
    """Modified, staged, untracked and ignored files, and a stash."""
    write(os.path.join(path, "notes.txt"), "stashed\n")
    git(path, "stash", "push", "-q", "-u")
    write(os.path.join(path, "staged.txt"), "staged\n")
    git(path, "add", "staged.txt")
    write(os.path.join(path, "untracked.txt"), "untracked\n")
    write(os.path.join(path, "ignored.log"), "ignored\n")
    with open(os.path.join(path, "serve.h"), "a") as f:
        f.write("/* modified */\n")


def is_clean(folder, path, what):
    equal(trees(folder), [], f"{what}: no folder of a side is left")
    ok(not processes_with("./server " + port_of(path)), f"{what}: nothing is left running")


def port_of(path):
    with open(os.path.join(path, "sonde.yaml")) as f:
        return re.search(r"port: (\d+)\}", f.read()).group(1)


def test_revisions(folder, path):
    before = fingerprint(path)
    result = prove(folder, path, "HEAD~1", "HEAD", "--pairs", "6", "--take-all", "-q")
    equal(result.status, 1, "a commit that doubles the CPU time per request: status 1")
    matches(result.out, r"^REGRESSED\nCPU per request \+", "REGRESSED")
    matches(result.out, r"what moved: functions\n.*\n.*\n.*check_signature +server$", "the function that was added is named first")
    contains(result.out, '"Check signatures"', "the commits are named")
    equal(result.err.count("\n"), 1, "-q says where the store was made and nothing else")
    result = prove(folder, path, "HEAD", "HEAD~1", "--pairs", "6", "-d", "400ms", "--take-all", "-q")
    equal(result.status, 0, "the other way round: status 0")
    matches(result.out, r"^IMPROVED\nCPU per request -", "IMPROVED")
    after = fingerprint(path)
    equal([key for key in before if before[key] != after.get(key)], [], "the user's dirty tree is as it was: files, times, git")
    equal(sorted(set(after) - set(before)), [], "and nothing is new in it")
    is_clean(folder, path, "proofs of revisions")


def test_bare(folder, path):
    before = fingerprint(path)
    document, result = prove_json(folder, path, "--pairs", "1", *QUICK)
    equal(result.status, 3, "one pair is no verdict")
    equal([(s["kind"], s["word"], s["has_patch"]) for s in document["sides"]],
          [("rev", "rev:HEAD", False), ("tree", ".", True)], "bare: HEAD against the working tree")
    equal(set(document), {"schema", "experiment", "command", "verdict", "is_null", "sides", "pairs", "rejected", "measured_ns",
                          "looks", "end", "comparison"}, "the keys of the document")
    equal((document["schema"], document["command"], document["end"], document["pairs"]), ("sonde.prove/1", "prove", "pairs", 1),
          "and what they say")
    equal(document["comparison"].get("schema"), "sonde.compare/1", "with the comparison inside")
    patch, = query(folder, "SELECT patch FROM arm WHERE experiment = ? AND kind = 'tree'", document["experiment"])[0]
    for part in ("staged.txt", "untracked.txt", "/* modified */"):
        contains(patch, part, f"the patch in the store has {part}")
    ok("ignored" not in patch and "stashed" not in patch, "and neither what is ignored nor the stash", patch)
    equal(fingerprint(path), before, "the tree is as it was")


def test_sides(folder, path):
    write(os.path.join(folder, "faster.diff"),
          "--- a/serve.h\n+++ b/serve.h\n@@ -1,2 +1,3 @@\n /*\n+ * patched\n  * What the servers of this folder share, so that each "
          "of them is its flaw and little else: HTTP/1.1\n")
    cases = [(["arm:plain", "arm:double"], ["arm", "arm"]), (["plain", "double"], ["arm", "arm"]),
             (["var:mode=plain", "var:mode=double"], ["var", "var"]),
             (["plain", "cmd:./server ${port} double"], ["arm", "cmd"]),
             (["HEAD", "patch:../faster.diff"], ["rev", "patch"])]
    for words, kinds in cases:
        document, result = prove_json(folder, path, *words, "--pairs", "1", *QUICK)
        equal(([s.get("kind") for s in document["sides"]], result.status), (kinds, 3), f"sides {' '.join(words)}")
        equal((document.get("is_null"), document["comparison"].get("pair_count")), (False, 1), "… measured, no A/A proof")
    is_clean(folder, path, "sides")


def test_same(folder, path):
    document, result = prove_json(folder, path, "arm:plain", "arm:plain", "--pairs", "2", *QUICK)
    equal((document.get("is_null"), result.status), (True, 3), "the same arm twice is an A/A proof")
    equal([s.get("name") for s in document["sides"]], ["plain", "plain (2)"], "with names of their own")
    equal(query(folder, "SELECT is_null FROM proof WHERE experiment = ?", document["experiment"]), [(1,)], "so it is stored")
    rows = query(folder, "SELECT metric, pairs, plan FROM null_estimate WHERE scope = ''")
    ok(("cpu_per_request", 2, "toy") in rows, "what it found is kept for later thresholds", rows)
    document, _ = prove_json(folder, path, "arm:plain", "arm:double", "--pairs", "1", *QUICK)
    equal(query(folder, "SELECT metric, pairs, plan FROM null_estimate WHERE scope = ''"), rows, "of other proofs nothing is")


def pairs_of(folder):
    """Of the proof that is made now."""
    return query(folder, "SELECT max(pairs) FROM proof WHERE end = ''")[0][0] or 0


def test_interrupt(folder, path):
    process = start([SONDE, "prove", "HEAD~1", "HEAD", "--pairs", "20", *QUICK], folder, cwd=path)
    ok(wait_until(lambda: pairs_of(folder) >= 2, 40), "two pairs are made")
    process.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in process.communicate(timeout=30))
    equal(process.returncode, 130, "Ctrl-C in a proof: status 130")
    contains(out, "; interrupted", "what was measured is shown")
    (experiment, state, end, pairs), = query(folder, "SELECT e.id, e.state, p.end, p.pairs FROM experiment e JOIN proof p "
                                                     "ON p.experiment = e.id ORDER BY e.created_wall_ns DESC LIMIT 1")
    equal((state, end), ("interrupted", "interrupted"), "and stored as interrupted")
    ok(2 <= pairs < 20, "with the pairs that count", pairs)
    is_clean(folder, path, "interrupted")
    sonde(folder, "stat", "-q", "--", "true", cwd=path)  # a newer experiment, which is no proof
    more, result = prove_json(folder, path, "--continue", "--pairs", str(pairs + 2), "--take-all", "-q")
    equal((more.get("experiment"), more.get("pairs"), more.get("end")), (experiment, pairs + 2, "pairs"), "--continue adds pairs to it")
    ok(result.status in (0, 1, 3), "and answers", (result.status, result.err))
    counted = query(folder, "SELECT arm, count(*) FROM run WHERE experiment = ? AND state = 'done' AND rejected = '' GROUP BY arm",
                    experiment)
    metric = more["comparison"]["metrics"][0]
    ok((metric["n_base"], metric["n_head"]) == (pairs + 2, pairs + 2), "the figures are of all of them", (metric, counted))
    unpaired = query(folder, "SELECT pair, count(*) FROM run WHERE experiment = ? AND state = 'done' GROUP BY pair, arm "
                             "HAVING count(*) > 1", experiment)
    equal(unpaired, [], "and no run of the interrupted pair is taken for one of another")
    result = prove(folder, path, f"--continue={experiment}", "--pairs", "2")
    equal(result.status, 64, "fewer pairs than there are: wrong usage")
    contains(result.err, f"has {pairs + 2} pairs that count", "with the number")
    result = prove(folder, path, "--continue", "--var", "mode=double")
    equal(result.status, 64, "--continue takes the proof as it was")
    is_clean(folder, path, "continued")


def test_interrupt_early(folder, path):
    """Before there is a pair: in a build that takes long."""
    write(os.path.join(path, "Makefile"), MAKEFILE + "\t@sleep 1.25\n")
    process = start([SONDE, "prove", "HEAD", ".", "--pairs", "1", *QUICK], folder, cwd=path)
    ok(wait_until(lambda: trees(folder) and processes_with("sleep 1.25"), 30), "a side is being built")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    equal(process.returncode, 130, "Ctrl-C in a build: status 130")
    is_clean(folder, path, "interrupted in a build")
    more, result = prove_json(folder, path, "--continue", "--take-all", "-q")
    equal((more.get("pairs"), [s.get("kind") for s in more["sides"]]), (1, ["rev", "tree"]), "--continue makes its pairs")
    write(os.path.join(path, "Makefile"), MAKEFILE)


def test_time(folder, path):
    document, result = prove_json(folder, path, "plain", "double", "--max-time", "3s", *QUICK)
    equal(document.get("end"), "time", "--max-time ends it")
    ok(document.get("pairs", 20) < 20, "before the pairs are used up", document.get("pairs"))
    result = prove(folder, path, "plain", "double", "--max-time", "10ms", *QUICK)
    ok(result.status in (3, 5), "no time for a single pair is no answer", result)
    ok(len(result.err) > 0, "and says so", result)


def test_rejected(folder, path):
    """The machine is taken for the first seconds: those runs are rejected, and count nowhere."""
    burn = "import time\nend = time.monotonic() + 4\nwhile time.monotonic() < end: pass"
    burners = [start([sys.executable, "-c", burn], folder) for _ in range(2)]
    document, result = prove_json(folder, path, "plain", "double", "--pairs", "3", "-d", "400ms", "--warmup", "50ms", "-q")
    for burner in burners:
        burner.wait()
    rows = query(folder, "SELECT pair, arm, rejected FROM run WHERE experiment = ? AND state = 'done'", document.get("experiment"))
    bad = {pair for pair, _, why in rows if why}
    ok(len(bad) >= 1, "disturbed pairs are rejected", result)
    ok(all(bool(why) == (pair in bad) for pair, _, why in rows), "always both runs of a pair", rows)
    contains(result.err, "does not count:", "it is said")
    equal((document.get("rejected"), document.get("pairs")), (len(bad), len(rows) // 2 - len(bad)), "and counted")
    equal(document.get("pairs"), 3, "others were made in their place")
    for metric in document["comparison"]["metrics"]:
        if metric["name"] == "cpu_per_request" and metric["scope"] == "":
            equal((metric["n_base"], metric["n_head"]), (3, 3), "the figures are of those that count")
            base = sorted(v for v, in query(folder, "SELECT value FROM metric m JOIN run r ON r.key = m.run WHERE m.name = "
                                                    "'cpu_per_request' AND m.scope = '' AND r.rejected = '' AND r.arm = 'plain' "
                                                    "AND r.experiment = ?", document["experiment"]))
            ok(base and abs(base[1] / metric["base"] - 1) < 1e-9, "the median, too", (base, metric))


def test_hypothesis(folder, path):
    """A threshold on the change between the two sides decides, too."""
    result = prove(folder, path, "plain", "double", "--pairs", "6", "--threshold", "cpu double/plain < 0.5", *QUICK)
    equal(result.status, 1, "REFUTED: status 1")
    contains(result.err, "REFUTED cpu double/plain < 0.5", "and what it came to")


def refuses(folder, path, words, status, sentence, what):
    result = prove(folder, path, *words, *QUICK)
    equal(result.status, status, f"{what}: status {status}")
    contains(result.err, sentence, f"{what}: why")
    equal(trees(folder), [], f"{what}: nothing is left")
    return result


def test_refusals(folder, path):
    write(os.path.join(path, "Makefile"), "server:\n\t@echo no rule for the new server >&2; exit 3\n")
    result = refuses(folder, path, [], 5, "working tree: ", "a side that does not build")
    contains(result.err, "no rule for the new server", "with what the build said")
    write(os.path.join(path, "Makefile"), MAKEFILE)
    git(path, "branch", "faster-parser")
    refuses(folder, path, ["faster-parsre"], 5, "did you mean 'rev:faster-parser'?", "a revision that does not exist")
    refuses(folder, path, ["rev:faster-parsre"], 5, "did you mean 'faster-parser'?", "the same with rev:")
    refuses(folder, path, ["mode=double"], 64, "did you mean 'var:mode=double'?", "a variable without var:")
    refuses(folder, path, ["a", "b", "c"], 64, "a proof has two sides", "three sides")
    git(folder, "clone", "-q", "--depth", "1", "file://" + path, "shallow")
    refuses(folder, os.path.join(folder, "shallow"), ["rev:HEAD~1"], 5, "git fetch --unshallow", "a shallow clone")
    refuses(folder, os.path.join(folder, "shallow"), [], 5, "nothing changed: the working tree is HEAD", "nothing changed")
    plain = os.path.join(folder, "plain")
    os.mkdir(plain)
    shutil.copy(os.path.join(path, "sonde.yaml"), plain)
    refuses(folder, plain, [], 5, "is in no git repository", "no repository")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    refuses(folder, empty, [], 5, "no plan", "no plan")
    result = prove(folder, path, "--continue=nothing")
    equal(result.status, 5, "a proof that there is not")
    contains(result.err, "no run 'nothing'", "by name")
    subprocess.run(["make", "-s"], cwd=path, check=True)
    server = start(["./server", port_of(path)], folder, cwd=path)
    wait_until(lambda: processes_with("./server " + port_of(path)))
    result = refuses(folder, path, ["plain", "double"], 5, port_of(path), "a port in use")
    ok(is_alive(server.pid), "whoever has it is left alone", result)


def main():
    if shutil.which("git") is None or shutil.which("make") is None or shutil.which("cc") is None:
        skip_all("needs git, make and a C compiler")
    folder = temporary_folder()
    path = make(folder)
    write_server(path, is_slow=True)
    commit(path, "Check signatures")
    make_dirty(path)
    test_revisions(folder, path)
    test_bare(folder, path)
    test_sides(folder, path)
    test_same(folder, path)
    test_interrupt(folder, path)
    test_interrupt_early(folder, path)
    test_time(folder, path)
    test_rejected(folder, path)
    test_hypothesis(folder, path)
    test_refusals(folder, path)
    done()


main()
