"""Exports of one real run: each is what its reader takes, and they agree with each other."""
import csv
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from harness import (done, equal, free_port, ok, server_command, skip, sonde, sonde_json, start, temporary_folder,
                     wait_for_port)

SVG = "{http://www.w3.org/2000/svg}"
SPIN = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: sum(range(1000))\n"


def export(folder, run, form, path):
    result = sonde(folder, "export", run, form, "-o", os.path.join(folder, path))
    equal(result.status, 0, f"export {form}")
    return os.path.join(folder, path)


def read(path):
    with open(path, newline="") as f:
        return f.read()


def make_perf_script(document):
    """speedscope's stacks as `perf script` would print them, a sample per event."""
    frames, text = document["shared"]["frames"], []
    for profile in document["profiles"]:
        if profile["name"].startswith("[kernel, hidden"):
            continue
        for stack, ns in zip(profile["samples"], profile["weights"]):
            for _ in range(round(ns / WEIGHT)):
                text.append(f"{profile['name']} 1 1.000000: 1 cpu-clock: ")
                for frame in reversed(stack):
                    name, module = frames[frame]["name"], frames[frame].get("file", "")
                    module = {"[kernel]": "[kernel.kallsyms]", "[anon]": "//anon"}.get(module, module)
                    is_nameless = name in (f"[{frames[frame].get('file', '')}]", frames[frame].get("file", ""))
                    text.append(f"\t1234 {'[unknown]' if is_nameless else name} ({module})")
                text.append("")
    return "\n".join(text) + "\n"


def check_speedscope(folded, document):
    equal(document["$schema"], "https://www.speedscope.app/file-format-schema.json", "speedscope: the schema")
    for profile in document["profiles"]:
        equal(len(profile["samples"]), len(profile["weights"]), f"speedscope: {profile['name']}: a weight per stack")
        equal(profile["endValue"], sum(profile["weights"]), f"speedscope: {profile['name']}: as long as its weights")
    shown = sum(sum(p["weights"]) for p in document["profiles"] if not p["name"].startswith("[kernel, hidden"))
    equal(round(shown / WEIGHT), sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines()),
          "speedscope and folded have the same samples")


def check_folded(folded, document):
    lines = folded.splitlines()
    equal([line.rsplit(" ", 1)[0] for line in lines],
          sorted({line.rsplit(" ", 1)[0] for line in lines}, key=os.fsencode), "folded: each stack once, sorted")
    script = shutil.which(os.environ.get("STACKCOLLAPSE_PERF", "stackcollapse-perf.pl"))
    if script is None:
        skip("folded: the bytes of stackcollapse-perf.pl", "stackcollapse-perf.pl is not installed")
        return
    theirs = subprocess.run([script], input=os.fsencode(make_perf_script(document)), capture_output=True, timeout=60)
    equal(folded, os.fsdecode(theirs.stdout), "folded: the bytes of stackcollapse-perf.pl")


def check_pprof(path, samples):
    """Through `go tool pprof`, which checks a profile when it reads it."""
    go = shutil.which("go")
    if go is None:
        skip("pprof: go tool pprof reads it", "go is not installed")
        return
    run = [go, "tool", "pprof", "-symbolize=none"]
    raw = subprocess.run([*run, "-raw", path], capture_output=True, text=True, timeout=120)
    equal(raw.returncode, 0, "pprof: go tool pprof reads it")
    values = re.findall(r"^ +(\d+) +(\d+):", raw.stdout.partition("Samples:")[2].partition("Locations")[0], re.M)
    equal(sum(int(count) for count, _ in values), samples, "pprof: every sample")
    equal(sum(int(ns) for _, ns in values), samples * WEIGHT, "pprof: and the CPU time they stand for")
    ok(f"{samples:,} samples" in raw.stdout.partition("PeriodType")[0], "pprof: the quality line", raw.stdout[:300])


def check_firefox(path, samples):
    with gzip.open(path) as f:
        document = json.load(f)
    shared, threads = document["shared"], document["threads"]
    equal(sum(t["samples"]["length"] for t in threads), samples, "firefox: every sample")
    for table, columns in shared.items():
        if table != "stringArray":
            equal({len(c) for name, c in columns.items() if name != "length"}, {columns["length"]}, f"firefox: columns of {table}")
    ok(all(p is None or p < i for i, p in enumerate(shared["stackTable"]["prefix"])), "firefox: callers before callees")
    for table, column, limit in (("stackTable", "frame", "frameTable"), ("frameTable", "func", "funcTable"),
                                 ("funcTable", "resource", "resourceTable")):
        ok(all(0 <= i < shared[limit]["length"] for i in shared[table][column]), f"firefox: {table}.{column}")
    ok(all(s is None or 0 <= s < shared["stackTable"]["length"] for t in threads for s in t["samples"]["stack"]),
       "firefox: stacks of samples")
    ok(all(t["samples"]["time"] == sorted(t["samples"]["time"]) for t in threads), "firefox: samples in order")


def check_perf_script(text, folded, samples):
    equal(len(re.findall(r"^\S.*: +\d+ \S+: $", text, re.M)), samples, "perf-script: every sample")
    script = shutil.which(os.environ.get("STACKCOLLAPSE_PERF", "stackcollapse-perf.pl"))
    if script is None:
        skip("perf-script: stackcollapse-perf.pl reads it", "stackcollapse-perf.pl is not installed")
        return
    theirs = subprocess.run([script], input=os.fsencode(text), capture_output=True, timeout=60)
    counts = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) // WEIGHT for line in os.fsdecode(theirs.stdout).splitlines()}
    equal(counts, {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in folded.splitlines()},
          "perf-script: stackcollapse-perf.pl makes the folded export of it")


def check_svg(path, samples):
    root = ElementTree.parse(path).getroot()
    frames = root.findall(f"{SVG}g")
    ok(len(frames) > 2, "svg: it is XML with frames in it", len(frames))
    ok(f"{samples:,} samples" in "".join(t.text or "" for t in root.findall(f"{SVG}text")), "svg: the quality line")
    ok(all(g.find(f"{SVG}title").text for g in frames), "svg: each frame has a title")
    ok("http" not in read(path).replace("http://www.w3.org/", ""), "svg: nothing is fetched")


def test_profile():
    global WEIGHT
    folder = temporary_folder()
    result = sonde(folder, "record", "-F", "499", "-o", "recorded.folded", "--", sys.executable, "-c", SPIN)
    report, shown = sonde_json(folder, "report")
    if report is None or not report["profile"]["samples"]:
        skip("profiles", "record has no samples here: " + (result.err or shown.err).strip().replace("\n", " ")[:200])
        return
    WEIGHT = report["profile"]["weight_ns"]
    folded = read(export(folder, "@last", "folded", "x.folded"))
    document = json.loads(read(export(folder, "@last", "speedscope", "x.speedscope.json")))
    equal(sum(int(line.rsplit(" ", 1)[1]) for line in folded.splitlines()), report["profile"]["samples"],
          "folded: every sample")
    equal(read(os.path.join(folder, "recorded.folded")), folded, "record -o: what export writes")
    check_folded(folded, document)
    check_speedscope(folded, document)
    check_svg(export(folder, "@last", "svg", "x.svg"), report["profile"]["samples"])
    check_pprof(export(folder, "@last", "pprof", "x.pb.gz"), report["profile"]["samples"])
    check_firefox(export(folder, "@last", "firefox", "x.json.gz"), report["profile"]["samples"])
    check_perf_script(read(export(folder, "@last", "perf-script", "x.txt")), folded, report["profile"]["samples"])
    equal(read(export(folder, "@last", "svg", "y.svg")), read(os.path.join(folder, "x.svg")), "svg: the same bytes again")
    # Of `total` each stack counts once, of `self` each sample: the functions' own samples are all samples.
    own = sum(f["self"] for f in report["functions"] if not f["name"].startswith("[kernel, hidden"))
    equal(own, report["profile"]["samples"], "report: self adds up to the samples")


def test_load():
    folder, port = temporary_folder(), free_port()
    start(server_command(folder, port), folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_port(port)
    equal(sonde(folder, "load", "-t", "1", "-c", "2", "-d", "2s", f":{port}/").status, 0, "a load")
    document = json.loads(read(export(folder, "@last", "json", "x.json")))
    equal(document["schema"], "sonde.show/1", "json: the schema")
    load = document["load"]
    errors = sum(load["errors"][k] for k in ("connect", "timeout", "protocol", "unanswered"))
    equal(load["offered"], load["requests"] + errors, "json: offered is answered and not answered")
    equal(sum(s["requests"] for s in load["seconds"]), load["requests"], "json: the seconds add up")
    equal(sum(load["status"].values()), load["requests"], "json: the statuses add up")
    equal(sonde(folder, "export", "@last", "locust", "-o", os.path.join(folder, "l")).status, 0, "export locust")
    text = read(os.path.join(folder, "l_stats.csv"))
    equal(text.count("\n"), text.count("\r\n"), "locust: lines end in CRLF")
    rows = list(csv.DictReader(text.splitlines()))
    equal((rows[-1]["Type"], rows[-1]["Name"]), ("", "Aggregated"), "locust: the last row is the total")
    equal(int(rows[-1]["Request Count"]), load["offered"] - load["errors"]["unanswered"], "locust: its requests")
    ok(abs(float(rows[-1]["Max Response Time"]) - load["latency"]["max_ns"] / 1e6) < 1e-9, "locust: milliseconds", rows[-1])
    history = list(csv.DictReader(read(os.path.join(folder, "l_stats_history.csv")).splitlines()))
    equal(len(history), len(load["seconds"]), "locust: a row of history a second")
    equal(history[-1]["Total Request Count"], rows[-1]["Request Count"], "locust: the history ends at the total")


WEIGHT = 0
test_profile()
test_load()
done()
