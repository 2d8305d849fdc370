#!/usr/bin/env python3
"""Gates over a small C server in a git history made here: statuses, files for a CI, and git bisect run."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree

from harness import SONDE, contains, done, environment, equal, matches, ok, skip, skip_all, sonde, temporary_folder, write
from toy_repository import commit, git, make, query, trees, write_server

QUICK = ["-d", "200ms", "--warmup", "50ms", "-q"]
RUNS = "4"  # of each side against a baseline: the fewest that can have a verdict
STATUS = {"REGRESSED": 1, "IMPROVED": 0, "EQUIVALENT": 0, "INCONCLUSIVE": 3, None: 3}


def gate(folder, path, *args, **kw):
    return sonde(folder, "gate", *args, cwd=path, **kw)


def gate_json(folder, path, *args, **kw):
    file = os.path.join(folder, "gate.json")
    if os.path.exists(file):
        os.unlink(file)
    result = gate(folder, path, *args, f"--json={file}", **kw)
    try:
        with open(file) as f:
            return json.load(f), result
    except (OSError, ValueError):
        ok(False, f"{args}: JSON", result)
        return {}, result


def is_consistent(document, result, what):
    """Whatever the verdict is: status, document and page say the same."""
    verdict = document.get("verdict")
    equal((result.status, document.get("exit")), (STATUS[verdict], STATUS[verdict]), f"{what}: the status is that of {verdict}")
    contains(result.out, "\n" + (verdict or "NO VERDICT") + "\n", f"{what}: so is the page")


def is_annotation(line):
    return re.fullmatch(r"::(error|warning|notice)( [a-z]+=[^:,\r\n]*(,[a-z]+=[^:,\r\n]*)*)?::[^\r\n]*", line) is not None


def test_regressed(folder, path):
    summary = write(os.path.join(folder, "summary.md"), "another step's words\n")
    junit, markdown = os.path.join(folder, "junit.xml"), os.path.join(folder, "comment.md")
    document, result = gate_json(folder, path, "--against", "HEAD~1", "--pairs", "6", *QUICK,
                                 "--junit", junit, "--markdown", markdown, env={"GITHUB_STEP_SUMMARY": summary})
    equal(result.status, 1, "a commit that doubles the CPU time per request: status 1")
    equal((document.get("schema"), document.get("verdict"), document.get("exit")), ("sonde.gate/1", "REGRESSED", 1), "the document")
    equal((document["against"], document["base"]["label"], document["design"]["pairs"]), ("revision", "HEAD~1", 6), "what was compared")
    is_consistent(document, result, "regressed")
    matches(result.out, r"this gate: sees 5 % in ", "the gate's own power")
    root = xml.etree.ElementTree.parse(junit).getroot()
    suite = root.find("testsuite")
    cases = suite.findall("testcase")
    equal((suite.get("name"), int(suite.get("tests"))), ("toy", len(cases)), "JUnit: a suite with its cases")
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    ok("cpu_per_request" in failed and len(failed) == int(suite.get("failures")), "JUnit: what failed", failed)
    if shutil.which("xmllint"):
        equal(subprocess.run(["xmllint", "--noout", junit], check=False).returncode, 0, "JUnit: well-formed")
    else:
        skip("JUnit: well-formed", "needs xmllint")
    with open(summary) as f:
        text = f.read()
    ok(text.startswith("another step's words\n") and "REGRESSED" in text, "the step's summary is appended to", text)
    ok("50 % <more> ::error::" not in text and "\\<more\\>" in text, "with the commit's words escaped", text)
    with open(markdown) as f:
        contains(f.read(), "**CPU per request**", "Markdown for a comment")
    lines = [line for line in result.out.splitlines() if line.startswith("::")]
    ok(len(lines) >= 1 and all(is_annotation(line) for line in lines), "annotations, each a line of its own", result.out)
    ok(any(line.startswith("::error") for line in lines), "one of them is an error", lines)


def test_same(folder, path):
    document, result = gate_json(folder, path, "--against", "HEAD")
    equal((result.status, document.get("verdict"), document.get("exit")), (0, "EQUIVALENT", 0), "the same tree passes")
    contains(result.out, "there is nothing to measure", "and says that nothing was measured")
    junit = os.path.join(folder, "same.xml")
    gate(folder, path, "--against", "HEAD", "--junit", junit)
    ok(xml.etree.ElementTree.parse(junit).getroot().tag == "testsuites", "its JUnit file is whole, too")


def test_refusals(folder, path):
    git(folder, "clone", "-q", "--depth", "1", "file://" + path, "shallow")
    result = gate(folder, os.path.join(folder, "shallow"), "--against", "HEAD~1")
    equal(result.status, 5, "a shallow clone cannot be measured")
    contains(result.err, "git fetch --unshallow --tags origin '+refs/heads/*:refs/remotes/origin/*' (in CI: actions/checkout with fetch-depth: 0)", "the sentence that mends it")
    result = gate(folder, path, "--against", "nothing")
    equal(result.status, 5, "a revision that does not exist")
    contains(result.err, "no revision 'nothing'", "by name")
    equal(gate(folder, path, "--against", "nothing", "--bisect").status, 125, "--bisect: skipped")
    equal(gate(folder, path, "--bisect").status, 125, "no baseline with --bisect: skipped")
    equal(gate(folder, path, "--bisect", "--pairs").status, 125, "wrong usage with --bisect: skipped")
    with open(os.path.join(path, "server.c"), "a") as f:
        f.write("no C at all\n")
    result = gate(folder, path, "--against", "HEAD", *QUICK)
    equal(result.status, 5, "a tree that does not build")
    contains(result.err, "working tree: ", "which one it was")
    git(path, "checkout", "-q", "server.c")
    equal(trees(folder), [], "nothing is left of it")


def export_other(source, target, edit):
    shutil.copy(source, target)
    with sqlite3.connect(target) as db:
        edit(db)
    return target


def move(db):
    text, = db.execute("SELECT environment FROM experiment").fetchone()
    environment_ = json.loads(text)
    environment_.update(host="elsewhere", cpu_model="Another CPU", cpus=96)
    db.execute("UPDATE experiment SET environment = ?", (json.dumps(environment_),))


def test_baseline(folder, path):
    result = gate(folder, path, *QUICK)
    equal(result.status, 4, "without a baseline: status 4")
    contains(result.err, "nothing was accepted as the baseline of toy", "which is said")
    file = os.path.join(folder, "base.sonde")
    write(os.path.join(path, "one.yaml"), open(os.path.join(path, "sonde.yaml")).read().split("arms:")[0]
          .replace("vars: {", "vars: {mode: plain, ") + f"repeat: {RUNS}\n")
    result = sonde(folder, "run", "one.yaml", *QUICK, cwd=path)
    equal(result.status, 0, "runs for a baseline")
    sonde(folder, "export", "@last", "-o", file, cwd=path)
    document, result = gate_json(folder, path, "one.yaml", "--baseline", file, "--repeat", RUNS, *QUICK)
    is_consistent(document, result, "against a file, the same")
    equal((document.get("against"), document.get("notes")), ("file", []), "… without reservations")
    document, result = gate_json(folder, path, "one.yaml", "--baseline", file, "--repeat", RUNS, "--var", "mode=double", *QUICK)
    equal((document.get("verdict"), result.status), ("REGRESSED", 1), "against a file, more than twice as dear")
    before = query(folder, "SELECT count(*) FROM experiment")
    other = export_other(file, os.path.join(folder, "other.sonde"), move)
    result = gate(folder, path, "one.yaml", "--baseline", other, *QUICK)
    equal(result.status, 4, "another machine's file: status 4")
    contains(result.err, "elsewhere, Another CPU, 96 CPUs", "which machine that was")
    write(os.path.join(folder, "text.sonde"), "no store\n")
    for name in ("text.sonde", "nothing.sonde"):
        result = gate(folder, path, "one.yaml", "--baseline", os.path.join(folder, name), *QUICK)
        equal(result.status, 4, f"{name} is no baseline: status 4")
    equal(query(folder, "SELECT count(*) FROM experiment"), before, "nothing was measured for these answers")
    equal(sonde(folder, "accept", "@-2", "--note", "the first", cwd=path).status, 0, "the first runs are accepted")
    document, result = gate_json(folder, path, "one.yaml", "--repeat", RUNS, "--inconclusive", "rerun", *QUICK,
                                 env={"MALLOC_PERTURB_": "165"})  # what was released reads as rubbish
    is_consistent(document, result, "against what was accepted")
    equal("as many again" in result.err, len(query(folder, "SELECT key FROM run WHERE experiment = ?",
                                                   document["head"]["experiment"])) == 2 * int(RUNS), "rerun measures as much again, once")
    with sqlite3.connect(os.path.join(folder, "store", "sonde.db")) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM experiment WHERE id = (SELECT experiment FROM baseline)")
    result = gate(folder, path, "one.yaml", *QUICK)
    equal(result.status, 4, "a baseline that was removed: status 4")
    os.unlink(os.path.join(path, "one.yaml"))


def test_inconclusive(folder, path):
    """One pair can have no verdict, which is not what --inconclusive is about; and a threshold decides all the same."""
    with open(os.path.join(path, "serve.h"), "a") as f:
        f.write("/* no change */\n")
    for word in ("pass", "fail"):
        document, result = gate_json(folder, path, "--against", "HEAD", "--pairs", "1", "--inconclusive", word, *QUICK)
        equal((result.status, document.get("exit"), document.get("verdict")), (3, 3, None), f"--inconclusive {word}: no verdict")
    contains(result.out, "NO VERDICT", "the page says that there is none")
    junit = os.path.join(folder, "breached.xml")
    result = gate(folder, path, "--against", "HEAD", "--pairs", "1", "--threshold", "p50 < 1us", "--junit", junit, *QUICK,
                  env={"GITHUB_STEP_SUMMARY": os.path.join(folder, "breached.md")})
    equal(result.status, 1, "a threshold that is breached: status 1")
    contains(result.out, "\nFAILED\n", "… the page says it")
    contains(result.out, "::error title=toy%3A FAILED::a threshold of the plan was breached", "… and so does an annotation")
    failed = [case.get("name") for case in xml.etree.ElementTree.parse(junit).getroot().iter("testcase")
              if case.find("failure") is not None]
    equal(failed, ["gate"], "… and the JUnit file")
    git(path, "checkout", "-q", "serve.h")


def test_bad_services(folder, path):
    """A service that answers 500 to everything, and one that never answers: no crash, and a reason."""
    with open(os.path.join(path, "serve.h"), "a") as f:
        f.write("/* no change */\n")
    for mode in ("broken", "mute"):
        write(os.path.join(path, "bad.yaml"), open(os.path.join(path, "sonde.yaml")).read().split("arms:")[0]
              .replace("vars: {", f"vars: {{mode: {mode}, "))
        result = gate(folder, path, "bad.yaml", "--against", "HEAD", "--pairs", "1", "--timeout", "300ms", *QUICK)
        ok(result.status in (3, 5), f"{mode}: no answer", result)
        ok(result.status == 5 or "no verdict: " in result.out, f"{mode}: and why", result)
        equal(trees(folder), [], f"{mode}: nothing is left")
    os.unlink(os.path.join(path, "bad.yaml"))
    git(path, "checkout", "-q", "serve.h")


def test_bisect(folder):
    path = make(folder, "bisected", "50ms", "200ms", "false")
    good = git(path, "rev-parse", "HEAD").stdout.strip()
    culprit = None
    for number in range(2, 7):
        write_server(path, is_slow=number >= 5, comment=f"change {number}")
        last = commit(path, f"Change {number}")
        culprit = last if number == 5 else culprit
    git(path, "bisect", "start", last, good)
    env = environment(folder, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull)
    result = subprocess.run(["git", "bisect", "run", SONDE, "gate", "--against", good, "--bisect", "--delta", "20", "--pairs", "6",
                             "--inconclusive", "pass", "-q"], cwd=path, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=200, check=False)
    contains(result.stdout, f"{culprit} is the first bad commit", "git bisect run finds the commit")
    git(path, "bisect", "reset")


def test_selftest(folder, path):
    result = gate(folder, path, "--selftest", "--arm", "double", "--pairs", "6", *QUICK)
    rows = re.findall(r"^(good|BAD|open) +(the same twice|with a tenth more CPU time): ", result.out, re.M)
    equal([what for _, what in rows], ["the same twice", "with a tenth more CPU time"], "--selftest: both proofs are made")
    same, slower = [mark for mark, _ in rows]
    words = ("does not see a tenth more CPU time" if slower != "good" else
             {"good": "passes what is the same and fails what is slower", "open": "cannot say that the same is the same",
              "BAD": "calls the same program"}[same])
    contains(result.out, words, "--selftest: the sentence is that of its proofs")
    equal(result.status, 0 if same == slower == "good" else 3 if (same, slower) == ("open", "good") else 1,
          "--selftest: and so is the status")
    equal(len(query(folder, "SELECT 1 FROM arm WHERE name = 'slowed down'")), 1, "--selftest: the slowdown was measured")


def main():
    if shutil.which("git") is None or shutil.which("make") is None or shutil.which("cc") is None:
        skip_all("needs git, make and a C compiler")
    folder = temporary_folder()
    path = make(folder, profile="false")
    git(path, "commit", "-q", "--allow-empty", "-m", "50 % <more> ::error::to check")
    write_server(path, is_slow=True)
    commit(path, "Check signatures: 50 % <more> ::error::to check")
    test_regressed(folder, path)
    test_same(folder, path)
    test_refusals(folder, path)
    test_baseline(folder, path)
    test_inconclusive(folder, path)
    test_bad_services(folder, path)
    test_bisect(folder)
    test_selftest(folder, path)
    done()


main()
