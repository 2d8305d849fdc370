"""What the load generator writes: wrk's and wrk2's text, Locust's CSV files, HdrHistogram's two, seconds, raw rows, JSON.

All of one real load each, and they agree with its JSON: counts exactly, times to the digits of the format.
"""
import base64
import csv
import json
import math
import os
import re
import shutil
import struct
import subprocess
import zlib

from harness import (contains, done, equal, free_port, matches, ok, skip, sonde, sonde_json, temporary_folder, write)
from load_servers import NGINX, Nginx, Web, answer, check_document, ended, load

WRK = shutil.which("wrk")
LOCUST_PYTHON = "/usr/bin/python3"  # Debian's python3-locust


def read(folder, name):
    with open(os.path.join(folder, name), newline="") as f:
        return f.read()


def rows_of(folder, name):
    return list(csv.DictReader(read(folder, name).splitlines()))


# ---- one load, all files ----

ALL_FILES = ["--csv", "run", "--csv-full-history", "--seconds", "seconds.csv", "--hlog", "run.hlog", "--hgrm", "run.hgrm",
             "--raw", "raw.csv"]
TARGETS = "GET {base}/fast\n\nGET {base}/fast?x=1\n\nPOST {base}/slow\n\nGET {base}/gone\n\nGET {base}/never\n"


def reply(asked):
    name = asked.path[1:].split("?")[0]
    if name == "gone":
        return answer(b"gone", 410)
    if name == "never":
        return 60, b""
    return (0.03 if name == "slow" else 0), answer(b"x" * 100)


def make_all(web):
    folder = temporary_folder()
    web.forget(reply)
    write(os.path.join(folder, "targets"), TARGETS.format(base=f"http://127.0.0.1:{web.port}"))
    document = load(folder, "-t", "2", "-c", "60", "-R", "300", "-d", "2s", "--timeout", "500ms", "--targets", "targets",
                    *ALL_FILES, what="all files")
    equal((document["offered"], document["errors"]["timeout"], document["errors"]["status"]), (600, 120, 120),
          "all files: what was asked and what failed")
    return folder, document


def test_seconds(folder, document):
    rows = rows_of(folder, "seconds.csv")
    total = {key: sum(int(row[key]) for row in rows) for key in ("offered", "answered", "bytes_in", "bytes_out",
                                                                 *document["errors"])}
    equal(total["offered"], document["offered"], "seconds: offered adds up")
    equal(total["answered"], document["requests"], "seconds: answered adds up")
    equal((total["bytes_in"], total["bytes_out"]), (document["bytes_in"], document["bytes_out"]), "seconds: the bytes add up")
    equal({key: total[key] for key in document["errors"]}, document["errors"], "seconds: each class of errors adds up")
    equal([int(row["second"]) for row in rows], list(range(len(rows))), "seconds: a row each, from 0")
    equal(max(int(row["max_ns"] or 0) for row in rows), document["latency"]["max_ns"], "seconds: the greatest latency")
    exported = sonde(folder, "export", "@last", "seconds", "-o", "-")
    equal(exported.out, read(folder, "seconds.csv").replace("\r\n", "\n"), "seconds: export writes the same")


def test_raw(folder, document):
    rows = rows_of(folder, "raw.csv")
    equal(list(rows[0]), "run,name,intended_ns,sent_ns,first_byte_ns,last_byte_ns,status,error".split(","), "raw: its columns")
    equal(len(rows), document["offered"], "raw: a row for each request")
    answered = [row for row in rows if row["last_byte_ns"]]
    equal(len(answered), document["requests"], "raw: the answered ones")
    for error, count in document["errors"].items():
        equal(sum(row["error"] == error for row in rows), count, f"raw: errors of class {error}")
    equal({status: sum(row["status"] == status for row in answered) for status in document["status"]}, document["status"],
          "raw: the statuses")
    for name, counts in document["names"].items():
        equal(sum(row["name"] == name for row in rows), counts["offered"], f"raw: rows of {name}")
    ok(all(int(row["intended_ns"]) <= int(row["sent_ns"]) <= int(row["first_byte_ns"]) <= int(row["last_byte_ns"])
           for row in answered), "raw: due, sent, first byte, last byte, in this order")
    latencies = [int(row["last_byte_ns"]) - int(row["intended_ns"]) for row in answered]
    equal((min(latencies), max(latencies)), (document["latency"]["min_ns"], document["latency"]["max_ns"]),
          "raw: the least and the greatest latency are the JSON's")
    ok(abs(sum(latencies) / len(latencies) - document["latency"]["mean_ns"]) <= 1, "raw: and so is the mean",
       document["latency"]["mean_ns"])
    equal(document["latency"]["count"], len(latencies), "raw: as many latencies")
    # 120 of 600 were given up on after 500 ms, which is later than each answer: the median of all is the 300th answer
    median = sorted(latencies)[299]
    ok(abs(document["latency"]["p50_ns"] - median) <= median / 100, "raw: the median, within the histogram's cells",
       (document["latency"]["p50_ns"], median))


def locust_columns():
    """The header lines as Locust's own code has them, or None."""
    code = ("import json, locust.stats as s, locust.env as e\n"
            "c = s.StatsCSV(e.Environment(), s.PERCENTILES_TO_REPORT)\n"
            "import tempfile, os\n"
            "f = s.StatsCSVFileWriter(e.Environment(), s.PERCENTILES_TO_REPORT, os.path.join(tempfile.mkdtemp(dir='.'), 'x'))\n"
            "print(json.dumps({'stats': c.requests_csv_columns, 'stats_history': f.stats_history_csv_columns,\n"
            "  'failures': c.failures_columns, 'exceptions': c.exceptions_columns}))\n")
    if not os.path.exists(LOCUST_PYTHON):
        return None
    result = subprocess.run([LOCUST_PYTHON, "-W", "ignore", "-c", code], capture_output=True, timeout=60, cwd=temporary_folder())
    return json.loads(result.stdout) if result.returncode == 0 else None


def test_locust(folder, document):
    columns = locust_columns()
    for part in ("stats", "stats_history", "failures", "exceptions"):
        text = read(folder, f"run_{part}.csv")
        equal(text.count("\n"), text.count("\r\n"), f"locust: run_{part}.csv has the line ends of Python's csv")
        if columns is None:
            skip(f"locust: the columns of run_{part}.csv", "no Locust here")
        else:
            # later Locusts have two more columns for failures, behind these
            equal(text.splitlines()[0].split(",")[:len(columns[part])], columns[part],
                  f"locust: run_{part}.csv has the columns of Locust's code")
    stats = {row["Name"]: row for row in rows_of(folder, "run_stats.csv")}
    equal(set(stats), {*document["names"], "Aggregated"}, "locust: a row for each name, and the total")
    total = stats["Aggregated"]
    equal(int(total["Request Count"]), ended(document), "locust: its requests")
    equal(int(total["Failure Count"]), 240, "locust: its failures")
    equal(sum(int(row["Request Count"]) for name, row in stats.items() if name != "Aggregated"), ended(document),
          "locust: the names add up")
    ok(abs(float(total["Max Response Time"]) - document["latency"]["max_ns"] / 1e6) < 1e-9, "locust: milliseconds", total)
    ok(abs(float(total["Requests/s"]) - 300) < 1, "locust: per second", total)
    history = rows_of(folder, "run_stats_history.csv")
    names = {row["Name"] for row in history}
    equal(len(names), len(stats), "locust: --csv-full-history has each name")
    for name in names:
        own = [row for row in history if row["Name"] == name]
        counts = [int(row["Total Request Count"]) for row in own]
        ok(counts == sorted(counts) and counts[-1] == int(stats[name]["Request Count"]), f"locust: the history of {name}", counts)
        stamps = [int(row["Timestamp"]) for row in own]
        equal(stamps, list(range(stamps[0], stamps[0] + len(stamps))), f"locust: a row of {name} each second")
    failures = rows_of(folder, "run_failures.csv")
    equal(sum(int(row["Occurrences"]) for row in failures), 240, "locust: the failures add up")
    ok(all(row["Error"] for row in failures), "locust: each has its sentence", failures)


# ---- HdrHistogram ----

def read_packed(data):
    """Counts of a V2 payload: ZigZag LEB128, a negative one is a run of empty cells."""
    at, counts = 0, []
    while at < len(data):
        value = shift = 0
        for i in range(9):
            byte = data[at]
            at += 1
            if i == 8:
                value |= byte << shift
                break
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                break
        value = (value >> 1) ^ -(value & 1)
        counts += [0] * -value if value < 0 else [value]
    return counts


def decode_histogram(text):
    """{lowest value of the cell: count} of HdrHistogram's compressed V2 encoding."""
    data = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack_from(">ii", data)
    if cookie & ~0xf0 != 0x1c849304 or length != len(data) - 8:
        raise ValueError(f"cookie {cookie:x}, length {length} of {len(data) - 8}")
    data = zlib.decompress(data[8:])
    cookie, length, _, digits, lowest, _, ratio = struct.unpack_from(">iiiiqqd", data)
    if cookie & ~0xf0 != 0x1c849303 or length != len(data) - 40 or ratio != 1.0:
        raise ValueError(f"inner cookie {cookie:x}, length {length} of {len(data) - 40}, ratio {ratio}")
    unit = int(math.log2(lowest))
    half_magnitude = math.ceil(math.log2(2 * 10 ** digits)) - 1
    cells = {}
    for index, count in enumerate(read_packed(data[40:])):
        bucket, sub = (index >> half_magnitude) - 1, (index & ((1 << half_magnitude) - 1)) + (1 << half_magnitude)
        if bucket < 0:
            bucket, sub = 0, sub - (1 << half_magnitude)
        if count:
            cells[sub << (bucket + unit)] = count
    return cells


def test_hlog(folder, document):
    lines = read(folder, "run.hlog").splitlines()
    contains("\n".join(lines), "#[Histogram log format version 1.3]", "hlog: the version")
    equal([line for line in lines if not line.startswith("#")][0],
          '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"', "hlog: the line of titles")
    tagged = {}
    for line in lines:
        if line.startswith(("#", '"')):
            continue
        tag = ""
        if line.startswith("Tag="):
            tag, line = line[4:].split(",", 1)
        start, length, greatest, packed = line.split(",")
        tagged.setdefault(tag, []).append((float(start), float(length), float(greatest), decode_histogram(packed)))
    total = tagged.pop("")
    equal(sum(sum(cells.values()) for *_, cells in total), document["requests"], "hlog: as many latencies as answers")
    equal({tag.replace("%20", " "): sum(sum(cells.values()) for *_, cells in rows) for tag, rows in tagged.items()},
          {name: counts["requests"] for name, counts in document["names"].items()}, "hlog: and so for each tag")
    equal([start for start, *_ in total], [float(i) for i in range(len(total))], "hlog: an interval each second")
    greatest = max(row[2] for row in total)
    ok(abs(greatest - document["latency"]["max_ns"] / 1e6) <= 0.0006, "hlog: the greatest, in milliseconds", greatest)
    cell = max(value for *_, cells in total for value in cells)
    ok(cell <= document["latency"]["max_ns"] <= cell * 1.01, "hlog: and in its histogram, in nanoseconds", cell)
    for start, length, most, cells in total:
        ok(sum(cells.values()) == 0 or max(cells) <= most * 1e6 * 1.001, f"hlog: {start}: the interval's maximum", most)


def test_hgrm(folder, document):
    text = read(folder, "run.hgrm")
    rows = [[float(n) for n in line.split()] for line in text.splitlines() if re.match(r" *[0-9]", line)]
    values, quantiles, counts = zip(*(row[:3] for row in rows))
    ok(list(values) == sorted(values) and list(quantiles) == sorted(quantiles) and list(counts) == sorted(counts),
       "hgrm: it rises", text)
    equal((quantiles[-1], int(counts[-1])), (1.0, document["requests"]), "hgrm: it ends at all answers")
    matches(text, r"^#\[Mean    = +[0-9.]+, StdDeviation   = +[0-9.]+\]$", "hgrm: the mean")
    found = re.search(r"^#\[Max     = +([0-9.]+), Total count    = +(\d+)\]$", text, re.M)
    ok(found and int(found[2]) == document["requests"], "hgrm: the total", text)
    matches(text, r"^#\[Buckets = +\d+, SubBuckets     = +\d+\]$", "hgrm: the last line")


# ---- wrk's and wrk2's text ----

FIELD = r"-?(?:\d+(?:\.\d+)?|nan)(?:us|ms|s|m|h|k|M|G|T|KB|MB|GB|B|%)?"


def shape(text):
    """The text with each number (and its unit) as '#', runs of blanks before one as one blank, and of the URL the server."""
    return re.sub(r" +#", " #", re.sub(FIELD, "#", re.sub(r"(http://[0-9.:]+).*", r"\1", text)))


def widths(text):
    """Of the lines that wrk lines up."""
    return [len(line) for line in text.splitlines() if re.match(r"    (Latency|Req/Sec)  |  Thread| +\d+%", line)]


def test_wrk(nginx):
    folder = temporary_folder()
    for path, extra in (("/", []), ("/missing", []), ("/", ["--latency"])):
        args = ["-t", "2", "-c", "4", "-d", "1s", *extra, f"http://127.0.0.1:{nginx.port}{path}"]
        ours = sonde(folder, "load", "--format", "wrk", *args)
        what = f"wrk's text of {path} {' '.join(extra)}".strip()
        equal(ours.status, 0, f"{what}: status 0")
        theirs = subprocess.run([WRK, *args], capture_output=True, timeout=30, text=True).stdout
        equal(shape(ours.out), shape(theirs), f"{what}: as wrk's own, number for number")
        equal(widths(ours.out), widths(theirs), f"{what}: in its columns")
        document, _ = sonde_json(folder, "show")
        counts = document["load"]
        found = re.search(r"^  (\d+) requests in [0-9.]+s, ", ours.out, re.M)
        completed = sum(second["completed"] for second in counts["seconds"])
        equal(found and int(found[1]), completed, f"{what}: the requests that the window completed, as wrk counts")
        found = re.search(r"^Requests/sec: +([0-9.]+)$", ours.out, re.M)
        ok(found and abs(float(found[1]) - counts["rate_rps"]) <= 0.01 * counts["rate_rps"], f"{what}: the rate", ours.out)
        if path == "/missing":
            contains(ours.out, f"  Non-2xx or 3xx responses: {counts['requests']}\n", f"{what}: the failures")


WRK2 = r"""Running 1s test @ http://127\.0\.0\.1:\d+/?
  2 threads and 4 connections
(?:  Thread calibration: .*\n)*  Thread Stats   Avg      Stdev     Max   \+/- Stdev
    Latency +{n} +{n} +{n} +{n}
    Req/Sec +{n} +{n} +{n} +{n}
  Latency Distribution \(HdrHistogram - Recorded Latency\)
 50\.000% +{n}
 75\.000% +{n}
 90\.000% +{n}
 99\.000% +{n}
 99\.900% +{n}
 99\.990% +{n}
 99\.999% +{n}
100\.000% +{n}

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/\(1-Percentile\)

(?: +[0-9.]+ +[0-9.]+ +\d+ +(?:[0-9.]+|inf)\n)+#\[Mean    = +[0-9.]+, StdDeviation   = +[0-9.]+\]
#\[Max     = +[0-9.]+, Total count    = +(?:39\d|400)\]
#\[Buckets = +\d+, SubBuckets     = +\d+\]
-{{58}}
  (?:39\d|400) requests in 1\.00s, [0-9.]+[KM]?B read
Requests/sec: +[0-9.]+
Transfer/sec: +[0-9.]+[KM]?B
""".replace("{n}", FIELD).replace("{{", "{").replace("}}", "}")


def test_wrk2(nginx):
    result = sonde(temporary_folder(), "load", "--format", "wrk2", "-t", "2", "-c", "4", "-R", "400", "-d", "1s", "--latency",
                   f"http://127.0.0.1:{nginx.port}/")
    ok(re.fullmatch(WRK2, result.out) is not None, "wrk2's text", result.out)
    result = sonde(temporary_folder(), "load", "--format", "ab", "-n", "1", f":{nginx.port}/")
    equal(result.status, 64, "--format with a name that is none: status 64")
    contains(result.err, "sonde, wrk or wrk2", "--format with a name that is none: what there is")


# ---- files that are there already, and JSON to a file ----

def test_kept(nginx):
    folder = temporary_folder()
    names = ["run_stats.csv", "run_stats_history.csv", "seconds.csv", "run.hlog", "run.hgrm", "raw.csv", "x.json"]
    for name in names:
        write(os.path.join(folder, name), f"earlier {name}\n")
    os.symlink("raw.csv", os.path.join(folder, "raw-link.csv"))
    result = sonde(folder, "load", "-n", "20", *ALL_FILES, "--json=x.json", f":{nginx.port}/")
    equal((result.status, result.out), (0, ""), "--json=FILE: nothing on standard output")
    check_document(json.loads(read(folder, "x.json")), "--json=FILE")
    for name in names:
        equal(read(folder, name + ".old"), f"earlier {name}\n", f"{name}: the old one is kept")
        ok(not read(folder, name).startswith("earlier"), f"{name}: and the new one written")
    sonde(folder, "load", "-n", "20", "--raw", "raw-link.csv", f":{nginx.port}/")
    ok(os.path.islink(os.path.join(folder, "raw-link.csv")) and len(rows_of(folder, "raw.csv")) == 20, "raw: a link stays a link")
    os.mkfifo(os.path.join(folder, "pipe"))
    with subprocess.Popen(["cat", "pipe"], cwd=folder, stdout=subprocess.PIPE, text=True) as reader:
        result = sonde(folder, "load", "-n", "20", "--raw", "pipe", f":{nginx.port}/", timeout=30)
        equal(len(reader.communicate(timeout=30)[0].splitlines()), 21, "raw: a pipe is written to")
    result = sonde(folder, "load", "-n", "20", "--raw", "-", "--json=y.json", f":{nginx.port}/")
    equal(len(list(csv.DictReader(result.out.splitlines()))), 20, "raw: - is standard output")
    for args in (["--raw", "nowhere/x"], ["--hlog", "nowhere/x"], ["--csv", "nowhere/x"], ["--json=nowhere/x"]):
        result = sonde(folder, "load", "-n", "20", *args, f":{nginx.port}/")
        equal(result.status, 5, f"{args}: a folder that is not there: status 5")
        contains(result.err, "nowhere/x", f"{args}: named")
    result = sonde(folder, "load", "-n", "1", "--csv-full-history", f":{nginx.port}/")
    equal(result.status, 64, "--csv-full-history alone: status 64")


# ---- letters that mean different things to wrk, wrk2, Locust and curl ----

def test_clashes():
    folder, port = temporary_folder(), free_port()
    for args, sentence in (
            (["-t", "2m"], "-t is threads; -d 2m"),
            (["-r", "100"], "-r is the spawn rate of users (-u N); -R is requests per second"),
            (["-u", "5", "-R", "100"], "take one of them"),
            (["-u", "5", "-c", "5"], "-u and -c exclude each other"),
            (["-R", "100", "--think", "1s"], "nobody waits"),
            (["--think", "1s"], "-u N"),
            (["--arrivals", "poisson"], "-R RATE"),
            (["-R", "100", "--arrivals", "random"], "poisson"),
            (["-n", "5", "--once"], "take one of them"),
            (["--speed", "2"], "--replay"),
            (["--http1.1", "--http2"], "exclude each other"),
            (["--pipeline", "4", "--http2"], "-m N"),
            (["--users", "0"], "-u"),
            (["--timeout", "0"], "--timeout"),
            (["--warmup", "soon"], "--warmup"),
            (["--think", "5s..1s", "-u", "1"], "the shortest time, then the longest"),
            (["--user", "me:secret"], "--users"),
            (["--data-raw", "x"], "--data"),
            (["-H", "http://else/"], "the URL stands alone")):
        result = sonde(folder, "load", *args, f":{port}/", timeout=30)
        equal(result.status, 64, f"load {' '.join(args)}: status 64")
        contains(result.err, sentence, f"load {' '.join(args)}: what would be right")


def tests():
    test_clashes()
    folder, document = make_all(Web())
    test_seconds(folder, document)
    test_raw(folder, document)
    test_locust(folder, document)
    test_hlog(folder, document)
    test_hgrm(folder, document)
    if not NGINX:
        skip("nginx as the other side", "no nginx here")
        return
    nginx = Nginx()
    test_kept(nginx)
    test_wrk2(nginx)
    if WRK:
        test_wrk(nginx)
    else:
        skip("wrk's own text beside ours", "no wrk here")


tests()
done()
