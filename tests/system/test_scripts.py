"""What is sent: mixes, data files, bodies, expectations, files of requests, pasted curl lines, and wrk's Lua scripts.

A server of the test keeps what arrived; that is the truth.
"""
import base64
import collections
import csv
import itertools
import json
import os
import re
import urllib.parse

from binomial import binomial_band
from harness import SOURCE, contains, done, equal, matches, ok, sonde, temporary_folder, write
from load_servers import Web, answer, check_document, echo, load, run

SCRIPTS = os.path.join(SOURCE, "tests", "data", "scripts")


def plan(web, requests, more="iterations: 1"):
    return f"load:\n  target: http://127.0.0.1:{web.port}\n  connections: 4\n  {more}\n  requests:\n{requests}"


# ---- mixes ----

def test_mix(web):
    folder = temporary_folder()
    web.forget(echo)
    mix = "    - {name: a, path: /a, weight: 5}\n    - {name: b, path: /b, weight: 3}\n    - {path: /c, weight: 2}\n"
    _, counts = run(folder, plan(web, mix, "iterations: 1000\n  threads: 2"), what="mix")
    seen = collections.Counter(web.paths())
    for name, path, share in (("a", "/a", 500), ("b", "/b", 300), ("GET /c", "/c", 200)):
        equal(counts["names"][name]["requests"], seen[path], f"mix: {name} as the server saw it")
        ok(abs(seen[path] - share) <= 4, f"mix: {share} of 1000 are {path}, in exact shares", seen)
    equal(sum(seen.values()), 1000, "mix: all of them arrived")
    drawn = [path for path in web.paths()]
    ok(drawn[:10] != drawn[10:20] or drawn[:10] != drawn[20:30], "mix: not in a fixed turn", drawn[:30])


# ---- data files ----

ROWS = [("anna", "a b"), ("björn", "50% & more"), ("carl", 'say "hi", twice'), ("dora", "")]


def write_rows(folder):
    """The same rows in each format."""
    def table(name, separator):
        with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as f:
            csv.writer(f, delimiter=separator).writerows([("name", "text"), *ROWS])
    table("rows.csv", ",")
    table("rows.tsv", "\t")
    table("semicolon.csv", ";")
    table("bar.txt", "|")
    lines = "".join(json.dumps({"name": name, "text": text}) + "\n" for name, text in ROWS)
    write(os.path.join(folder, "rows.jsonl"), lines)


def test_formats(web):
    folder = temporary_folder()
    write_rows(folder)
    for args in (["rows.csv"], ["rows.tsv"], ["rows.jsonl"], ["semicolon.csv", "--separator", ";"],
                 ["bar.txt", "--separator", "|"], ["rows.tsv", "--separator", "tab"]):
        web.forget(echo)
        what = f"--data {' '.join(args)}"
        load(folder, "-c", "1", "--once", "--data", *args, "-b", "<${text}>", "-H", "X-Name: ${name}",
             f":{web.port}/${{name}}", what=what)
        equal([urllib.parse.unquote(path)[1:] for path in web.paths()], [name for name, _ in ROWS], f"{what}: in the path")
        equal([a.body.decode() for a in web.asked], [f"<{text}>" for _, text in ROWS], f"{what}: in the body")
        equal([a.headers["X-Name"].encode("latin-1").decode() for a in web.asked], [name for name, _ in ROWS],
              f"{what}: in a header")


def test_orders(web):
    folder = temporary_folder()
    write(os.path.join(folder, "n.csv"), "n\n" + "".join(f"{n}\n" for n in range(40)))
    url = f":{web.port}/${{n}}"

    def numbers():
        return [int(path[1:]) for path in web.paths()]
    web.forget(echo)
    load(folder, "-c", "1", "-n", "100", "--data", "n.csv", url, what="sequential")
    equal(numbers(), [n % 40 for n in range(100)], "sequential: in order, and round again")
    web.forget()
    load(folder, "-c", "8", "-t", "2", "-n", "80", "--data", "n.csv", "--order", "sequential", url, what="shared")
    equal(collections.Counter(numbers()), collections.Counter(list(range(40)) * 2), "sequential: shared by all connections")
    web.forget()
    load(folder, "-c", "8", "-t", "2", "--once", "--data", "n.csv", url, what="once")
    equal(sorted(numbers()), list(range(40)), "once: each row once, over 8 connections")
    web.forget()
    load(folder, "-c", "4", "-t", "2", "-n", "2000", "--data", "n.csv", "--order", "random", url, what="random")
    low, high = binomial_band(2000, 1 / 40)
    seen = collections.Counter(numbers())
    ok(len(seen) == 40 and all(low <= count <= high for count in seen.values()),
       f"random: each row {low} to {high} times of 2000", seen)
    ok(numbers()[:40] != list(range(40)), "random: not in order")
    web.forget()
    load(folder, "-u", "20", "-n", "200", "--data", "n.csv", "--order", "per_user", url, what="per_user")
    own = collections.defaultdict(set)
    for asked in web.asked:
        own[asked.connection].add(asked.path)
    ok(len(own) == 20 and all(len(rows) == 1 for rows in own.values()), "per_user: each keeps its row", dict(own))
    equal(len(set().union(*own.values())), 20, "per_user: and no two have the same")
    result = sonde(folder, "load", "-u", "41", "-n", "50", "--data", "n.csv", "--order", "per_user", url)
    equal(result.status, 64, "per_user: more users than rows: status 64")
    contains(result.err, "40 rows for 41 users", "per_user: the sentence")


def test_data_mistakes(web):
    folder = temporary_folder()
    write(os.path.join(folder, "one.csv"), "a;b;c\n1;2;3\n")
    write(os.path.join(folder, "ragged.csv"), "a,b\n1,2\n3\n")
    write(os.path.join(folder, "empty.csv"), "a,b\n")
    write(os.path.join(folder, "good.csv"), "a,b\n1,2\n")
    web.forget(echo)
    for data, path, parts in (("one.csv", "/${a}/${b}/${c}", ["one.csv"]),
                              ("ragged.csv", "/${a}", ["ragged.csv:3", "1 "]),
                              ("empty.csv", "/${a}", ["empty.csv"]),
                              ("good.csv", "/${z}", ["${z}", "a, b"])):
        args = ["--separator", ","] if data == "one.csv" else []
        result = sonde(folder, "load", "-n", "1", "--data", data, *args, f":{web.port}{path}", timeout=30)
        equal(result.status, 64, f"{data} {path}: status 64")
        for part in parts:
            contains(result.err, part, f"{data} {path}: the sentence has {part!r}")
    result = sonde(folder, "load", "-n", "1", "--data", "one.csv", "--separator", ",", f":{web.port}/${{a}}", timeout=30)
    contains(result.err, "';'", "one column where three are wanted: the separator that it looks like")
    result = sonde(folder, "load", "-n", "1", f":{web.port}/${{a}}", timeout=30)
    equal(result.status, 64, "a column without data: status 64")
    contains(result.err, "--data FILE", "a column without data: the sentence")
    for args in (["--data", "nowhere.csv"], ["--body-file", "nowhere.bin"], ["-s", "nowhere.lua"], ["--targets", "nowhere"]):
        result = sonde(folder, "load", "-n", "1", *args, f":{web.port}/", timeout=30)
        equal(result.status, 5, f"{args}: a file that is not there: status 5")
        contains(result.err, args[1], f"{args}: named")
    equal(len(web.asked), 0, "nothing was sent for any of them")


# ---- bodies ----

def test_bodies(web):
    folder = temporary_folder()
    raw = bytes(range(256)) * 300
    with open(os.path.join(folder, "raw.bin"), "wb") as f:
        f.write(raw)
    write(os.path.join(folder, "filled.json"), '{"n": ${n}, "price": "$5"}\n')
    write(os.path.join(folder, "n.csv"), "n\n7\n8\n")
    web.forget(echo)
    load(folder, "-c", "2", "-n", "4", "--body-file", "raw.bin", f":{web.port}/up", what="body file")
    equal({(a.method, a.body) for a in web.asked}, {("POST", raw)}, "a body file arrives as it is, each of its bytes")
    web.forget()
    load(folder, "-c", "1", "--once", "--data", "n.csv", "--body-file", "filled.json", "-X", "PUT", f":{web.port}/up",
         what="filled body file")
    equal([(a.method, json.loads(a.body)) for a in web.asked], [("PUT", {"n": n, "price": "$5"}) for n in (7, 8)],
          "columns are filled into a body file")
    web.forget()
    load(folder, "-c", "1", "-n", "1", "-X", "DELETE", "-H", "X-Empty:", "-H", "user-agent: probe/1", f":{web.port}/x?a=$b",
         what="-X -H")
    asked = web.asked[0]
    equal((asked.method, asked.path, asked.body), ("DELETE", "/x?a=$b", b""), "-X: the method, and no body")
    equal((asked.headers.get_all("X-Empty"), asked.headers.get_all("User-Agent")), ([""], ["probe/1"]), "-H: as typed, once")
    for args, sentence in ((["-b", "x", "--body-file", "raw.bin"], "body"), (["-X", "BAD METHOD"], "BAD METHOD"),
                           (["-H", "A: b\r\nC: d"], "header")):
        result = sonde(folder, "load", "-n", "1", *args, f":{web.port}/", timeout=30)
        equal(result.status, 64, f"{args}: status 64")
        contains(result.err, sentence, f"{args}: the sentence")


# ---- expectations ----

EXPECTATIONS = [
    ("status", "{status: 201}"), ("status of a good one", "{status: 200}"),
    ("header", "{headers: {X-Kind: wanted}}"), ("header that is there", "{headers: {x-kind: test, X-Empty: }}"),
    ("header that is not there", "{headers: {X-Other: }}"),
    ("text", "{body: 'farewell'}"), ("text that is there", "{body: 'hello, world'}"),
    ("pattern", "{matches: '^hello, [0-9]+$'}"), ("pattern that fits", "{matches: '^hello, [a-z]+$'}"),
    ("size", "{size: 11}"), ("size that fits", "{size: 12}"), ("size in a range", "{size: [10, 1k]}"),
    ("size out of its range", "{size: [13, 1k]}"),
    ("all of them", "{status: 200, headers: {X-Kind: test}, body: hello, matches: 'w.rld', size: 12}"),
    ("one of them", "{status: 200, headers: {X-Kind: test}, body: hello, matches: 'w.rld', size: 13}"),
]
UNMET = {"status", "header", "header that is not there", "text", "pattern", "size", "size out of its range", "one of them"}


def test_expectations(web):
    folder = temporary_folder()
    web.forget(lambda asked: answer(b"hello, world", headers=[("X-Kind", "a test"), ("X-Empty", "")]))
    requests = "".join(f"    - {{name: {name}, path: /x, expect: {expect}}}\n" for name, expect in EXPECTATIONS)
    document, counts = run(folder, plan(web, requests, f"iterations: {10 * len(EXPECTATIONS)}"), what="expectations")
    for name, _ in EXPECTATIONS:
        named = counts["names"][name]
        ok(named["requests"] > 0, f"expectations: {name} was asked", named)
        equal(named["errors"]["expect"], named["requests"] if name in UNMET else 0, f"expectations: {name}")
        equal(named["errors"]["status"], 0, f"expectations: {name} is no failure of the status")
    failures = {failure["name"]: failure for failure in counts["failures"]}
    equal(set(failures), UNMET, "expectations: the failures name them")
    ok(all(failure["error"] == "expect" and failure["text"] for failure in failures.values()),
       "expectations: each with an example", failures)
    web.forget(lambda asked: answer(b"gone", 410))
    document = load(folder, "-n", "5", "--expect-status", "410", f":{web.port}/", what="410")
    equal((document["success_ratio"], document["errors"]["status"]), (1, 0), "an expected 410 is good")
    document = load(folder, "-n", "5", "--expect-body", "here", f":{web.port}/", what="body of a 410")
    equal(sum(document["errors"].values()), 5, "a failed request is in one class only")
    document = load(folder, "-n", "5", "--expect-status", "410", "--expect-regex", "^g(o|a)ne$", f":{web.port}/", what="regex")
    equal(document["success_ratio"], 1, "--expect-regex")


# ---- files of requests ----

def test_targets(web):
    folder = temporary_folder()
    write(os.path.join(folder, "body.txt"), "from a file")
    base = f"http://127.0.0.1:{web.port}"
    write(os.path.join(folder, "targets.http"), f"""# a comment
GET {base}/first?q=1
X-One: 1
X-Two: two

POST {base}/second
Content-Type: text/plain
@body.txt

DELETE {base}/third
""")
    wanted = [("GET", "/first?q=1", b""), ("POST", "/second", b"from a file"), ("DELETE", "/third", b"")]
    web.forget(echo)
    document = load(folder, "-c", "1", "-n", "7", "--targets", "targets.http", "-H", "X-Two: general", "-H", "X-All: yes",
                    what="vegeta, http")
    equal([(a.method, a.path, a.body) for a in web.asked], list(itertools.islice(itertools.cycle(wanted), 7)),
          "vegeta, http: in order, and round again")
    first, second = web.asked[:2]
    equal((first.headers["X-One"], first.headers.get_all("X-Two"), first.headers["X-All"]), ("1", ["two"], "yes"),
          "vegeta, http: its own header wins over -H")
    equal((second.headers.get_all("X-Two"), second.headers["Content-Type"]), (["general"], "text/plain"),
          "vegeta, http: headers belong to one request")
    equal(sorted(document["names"]), ["DELETE /third", "GET /first", "POST /second"], "vegeta, http: names without the query")
    lines = [{"method": "GET", "url": f"{base}/first?q=1", "header": {"X-One": ["1"], "X-Many": ["a", "b"]}},
             {"method": "POST", "url": f"{base}/second", "body": base64.b64encode(b"from a file").decode()},
             {"method": "DELETE", "url": f"{base}/third"}]
    write(os.path.join(folder, "targets.json"), "".join(json.dumps(line) + "\n" for line in lines))
    web.forget()
    load(folder, "-c", "1", "-n", "3", "--targets", "targets.json", what="vegeta, json")
    equal([(a.method, a.path, a.body) for a in web.asked], wanted, "vegeta, json: the same requests")
    equal(web.asked[0].headers.get_all("X-Many"), ["a", "b"], "vegeta, json: a header with two values")
    write(os.path.join(folder, "paths"), "/a\n/b?x=1\n")
    web.forget()
    document = load(folder, "-c", "1", "-R", "100", "-d", "200ms", "--targets", "paths", "--expect-body", "nothing",
                    f":{web.port}", what="paths")
    equal(web.paths(), ["/a", "/b?x=1"] * 10, "a path a line, at a rate")
    equal(document["errors"]["expect"], 20, "and expectations hold for all")
    for text, args, sentence in (("/a\n", [], "no server"), (f"GET {base}/\nGET http://other.example/\n", [], "other.example"),
                                 (f"GET {base}/\nX-One\n", [], "targets:2"), ("", [], "targets"),
                                 ("/a\n", ["-X", "PUT", f":{web.port}"], "-H")):
        write(os.path.join(folder, "targets"), text)
        result = sonde(folder, "load", "-n", "1", "--targets", "targets", *args, timeout=30)
        equal(result.status, 64, f"targets {text!r} {args}: status 64")
        contains(result.err, sentence, f"targets {text!r} {args}: the sentence")


def test_replay(web):
    folder = temporary_folder()
    base = f"http://127.0.0.1:{web.port}"
    times = [0, 100, 100, 250.5, 900]
    write(os.path.join(folder, "timing.txt"), "".join(f"{ms}\t{base}/at/{i}\n" for i, ms in enumerate(times)))
    for speed in (1, 3):
        web.forget(echo)
        document = load(folder, "-c", "4", "--replay", "timing.txt", "--speed", speed, "--raw", "raw.csv", what=f"speed {speed}")
        equal((document["offered"], document["requests"]), (5, 5), f"speed {speed}: each once")
        equal(sorted(web.paths()), [f"/at/{i}" for i in range(5)], f"speed {speed}: each path")
        with open(os.path.join(folder, "raw.csv"), newline="") as f:
            rows = sorted(int(row["intended_ns"]) for row in csv.DictReader(f))
        ok(all(abs((t - rows[0]) / 1e6 - ms / speed) < 0.01 for t, ms in zip(rows, times)), f"speed {speed}: at its times", rows)
    write(os.path.join(folder, "timing.txt"), "0\t/a\n5\t/b\n")
    web.forget()
    load(folder, "-c", "1", "--replay", "timing.txt", f":{web.port}", what="paths of a replay")
    equal(web.paths(), ["/a", "/b"], "paths of a replay")
    for text, sentence in (("10\t/a\n5\t/b\n", "timing.txt:2"), ("soon\t/a\n", "timing.txt:1"), ("", "timing.txt")):
        write(os.path.join(folder, "timing.txt"), text)
        result = sonde(folder, "load", "--replay", "timing.txt", f":{web.port}", timeout=30)
        equal(result.status, 64, f"timing file {text!r}: status 64")
        contains(result.err, sentence, f"timing file {text!r}: the sentence")


CHROME = """curl 'http://127.0.0.1:{port}/api/items?page=2' \\
  -H 'accept: application/json, text/plain, */*' \\
  -H 'accept-language: en-US,en;q=0.9' \\
  -H 'content-type: application/json' \\
  -b 'sid=abc; theme=dark' \\
  -H 'sec-ch-ua: "Chromium";v="124", "Not-A.Brand";v="99"' \\
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \\
  --data-raw $'{{"name":"it\\'s","n":1}}' \\
  --compressed"""


def test_curl(web):
    folder = temporary_folder()
    web.forget(echo)
    load(folder, "-c", "1", "-n", "2", "--curl", CHROME.format(port=web.port), what="Chrome's curl line")
    asked = web.asked[0]
    equal((asked.method, asked.path), ("POST", "/api/items?page=2"), "Chrome's curl line: method and path")
    equal(json.loads(asked.body), {"name": "it's", "n": 1}, "Chrome's curl line: the body")
    equal([asked.headers[name] for name in ("content-type", "cookie", "sec-ch-ua", "user-agent")],
          ["application/json", "sid=abc; theme=dark", '"Chromium";v="124", "Not-A.Brand";v="99"',
           "Mozilla/5.0 (X11; Linux x86_64)"], "Chrome's curl line: its headers")
    equal(asked.headers.get_all("accept"), ["application/json, text/plain, */*"], "Chrome's curl line: one of each")
    web.forget()
    load(folder, "-c", "1", "-n", "1", "--curl", CHROME.format(port=web.port), "-X", "PUT", "-H", "Accept: text/html",
         "-b", "own", what="over a curl line")
    asked = web.asked[0]
    equal((asked.method, asked.body, asked.headers.get_all("accept")), ("PUT", b"own", ["text/html"]),
          "options of sonde take the place of what a curl line says")
    web.forget()
    load(folder, "-n", "1", "-c", "1", "--curl", f"curl -sS -G -d a=1 --data-urlencode 'b=x y' localhost:{web.port}/q -u me:pw",
         "--connect-to", f"127.0.0.1:{web.port}", what="curl -G")
    asked = web.asked[0]
    equal((asked.method, asked.path), ("GET", "/q?a=1&b=x%20y"), "curl -G: the query")
    equal(asked.headers["Authorization"], "Basic " + base64.b64encode(b"me:pw").decode(), "curl -u: basic authorization")
    for line, sentence in (("wget http://x/", "curl"), ("curl 'http://x/", "is never closed"), ("curl -H", "-H"),
                           ("curl", "URL")):
        result = sonde(folder, "load", "-n", "1", "--curl", line, timeout=30)
        equal(result.status, 64, f"--curl {line!r}: status 64")
        contains(result.err, sentence, f"--curl {line!r}: the sentence")


# ---- wrk's scripts ----

def script(name):
    return os.path.join(SCRIPTS, name)


def test_simple_scripts(web):
    folder, url = temporary_folder(), f"http://127.0.0.1:{web.port}/base"
    web.forget(echo)
    load(folder, "-t", "1", "-c", "1", "-n", "20", "-s", script("counter.lua"), url, what="counter.lua")
    equal(web.paths(), [f"/item/{i}" for i in range(20)], "counter.lua: another path each time")
    equal([a.headers["X-Number"] for a in web.asked], [str(i) for i in range(20)], "counter.lua: another header each time")
    web.forget()
    load(folder, "-t", "2", "-c", "4", "-n", "40", "-s", script("counter.lua"), url, what="counter.lua, 2 threads")
    ok(max(collections.Counter(web.paths()).values()) == 2, "counter.lua: each thread has a state of its own", web.paths())
    web.forget()
    load(folder, "-t", "1", "-c", "2", "-n", "6", "-s", script("post.lua"), url, what="post.lua")
    equal({(a.method, a.path, a.body, a.headers["Content-Type"]) for a in web.asked},
          {("POST", "/base", b"name=value", "application/x-www-form-urlencoded")}, "post.lua: method, body and header")
    web.forget(lambda asked: answer(b"" if asked.method == "HEAD" else b"x"))
    document = load(folder, "-t", "1", "-c", "1", "-d", "300ms", "-s", script("pipeline.lua"), url, what="pipeline.lua")
    equal([(a.method, a.path, a.body) for a in web.asked][:3],
          [("GET", "/a", b""), ("HEAD", "/b", b""), ("POST", "/c", b"1\x002")], "pipeline.lua: three requests at once")
    equal(document["depth"], 3, "pipeline.lua: and they are known")
    # three may go out in the instant after the window has closed
    ok(0 <= len(web.asked) - document["requests"] <= 3, "pipeline.lua: each of them counts", document["requests"])
    for args in (["-n", "30"], ["-R", "30", "-d", "300ms"]):
        result = sonde(folder, "load", "-t", "1", "-c", "1", *args, "-s", script("pipeline.lua"), url, timeout=30)
        equal(result.status, 64, f"pipeline.lua {' '.join(args)}: status 64")
        contains(result.err, "3 requests at a time", f"pipeline.lua {' '.join(args)}: what is not counted so")
    web.forget(echo)
    load(folder, "-t", "1", "-c", "1", "-n", "4", "-X", "PUT", "-b", "given", "-H", "X-Own: 1", "-s", script("counter.lua"), url,
         what="options under a script")
    equal({(a.method, a.body, a.headers["X-Own"]) for a in web.asked}, {("PUT", b"given", "1")},
          "-X, -b and -H are wrk.method, wrk.body and wrk.headers")


def test_answering_scripts(web):
    folder, url = temporary_folder(), f"http://127.0.0.1:{web.port}/base"

    def login(asked):
        if asked.path == "/login":
            return answer(b"welcome", headers=[("X-Token", "t-17")])
        return answer(b"secret", 200 if asked.headers.get_all("X-Token") == ["t-17"] else 401)
    web.forget(login)
    document = load(folder, "-t", "1", "-c", "1", "-n", "10", "-s", script("login.lua"), url, what="login.lua")
    equal(web.paths(), ["/login"] + ["/private"] * 9, "login.lua: a token from the first answer, and then the private page")
    equal(document["success_ratio"], 1, "login.lua: all good")
    web.forget(echo)
    document = load(folder, "-t", "1", "-c", "1", "-n", "8", "-s", script("pause.lua"), url, what="pause.lua")
    gaps = [b.time_ns - a.time_ns for a, b in itertools.pairwise(web.asked)]
    ok(all(gap >= 10e6 for gap in gaps), "pause.lua: no request before its delay", gaps)
    ok(document["latency"]["p50_ns"] is None or document["latency"]["min_ns"] < 10e6, "pause.lua: delays are not latency",
       document["latency"])
    web.forget()
    document = load(folder, "-t", "2", "-c", "2", "-d", "20s", "-s", script("stop.lua"), url, what="stop.lua", timeout=15)
    ok(6 <= document["requests"] <= 8, "stop.lua: each thread ends at its third answer", document["requests"])
    web.forget()
    load(folder, "-t", "2", "-c", "2", "-n", "10", "-s", script("address.lua"), f"http://localhost:{web.port}/",
         what="address.lua")
    equal(len(web.asked), 10, "address.lua: the address that setup() has chosen")
    result = sonde(folder, "load", "-t", "2", "-c", "2", "-n", "10", "-s", script("threads.lua"), url)
    contains(result.err, "total is ", "threads.lua: done() sees the values of each thread, and its error is said")


def test_done(web):
    """What done() is given is what the JSON says, in wrk's units."""
    folder = temporary_folder()
    web.forget(lambda asked: answer(b"gone", 404) if len(web.asked) % 10 == 0 else (0.002, answer(b"fine")))
    result = sonde(folder, "load", "-t", "2", "-c", "4", "-n", "400", "-s", script("report.lua"), "--json", f":{web.port}/", "--",
                   os.path.join(folder, "report.txt"))
    document = json.loads(result.out)
    check_document(document, "report.lua")
    with open(os.path.join(folder, "report.txt")) as f:
        text = f.read()
    latency = document["latency"]

    def numbers(pattern):
        found = re.search(pattern, text, re.M)
        return [float(n) for n in found.groups()] if found else None
    equal(numbers(r"^duration (\d+) requests (\d+) bytes (\d+)$"),
          [document["duration_ns"] // 1000, document["requests"], document["bytes_in"]], "done(): duration, requests, bytes")
    equal(numbers(r"^errors (\d+) (\d+) (\d+) (\d+) (\d+)$"), [0, 0, 0, document["errors"]["status"], 0], "done(): the errors")
    ok(document["errors"]["status"] > 0, "done(): there are some")
    least, greatest, mean = numbers(r"^latency (\d+) (\d+) ([0-9.]+)")
    equal([least, greatest], [latency["min_ns"] // 1000, latency["max_ns"] // 1000], "done(): least and greatest latency")
    ok(abs(mean - latency["mean_ns"] / 1000) <= 1, "done(): the mean", (mean, latency["mean_ns"]))
    for word, key in (("p50", "p50_ns"), ("p90", "p90_ns")):
        ok(abs(numbers(rf"^{word} (\d+)$")[0] - latency[key] / 1000) <= 1, f"done(): {word}", (text, latency[key]))
    counts = [int(n) for n in re.findall(r"^\d+: \d+ x (\d+)$", text, re.M)]
    equal((len(counts), sum(counts)), (numbers(r"^distinct (\d+)$")[0], document["requests"]),
          "done(): latency(i) runs over all of them")


def test_script_mistakes(web):
    folder = temporary_folder()
    url = f":{web.port}/"
    for text, sentence in (("function request(", "bad.lua"), ("error('on purpose')", "on purpose"),
                           ("function request() return wrk.frmat() end", "frmat"), ("function request() return 5 end", "request"),
                           ("function init() local x = nil; x.y = 1 end", "bad.lua:1")):
        write(os.path.join(folder, "bad.lua"), text)
        result = sonde(folder, "load", "-n", "5", "-c", "1", "-s", "bad.lua", url, timeout=30)
        ok(result.status in (5, 64), f"{text!r}: status 5 or 64", result)
        contains(result.err, sentence, f"{text!r}: the sentence")
    result = sonde(folder, "load", "-n", "5", url, "--", "argument", timeout=30)
    equal(result.status, 64, "arguments without a script: status 64")
    matches(result.err, "arguments of a script: -s FILE", "arguments without a script: the sentence")


def tests():
    web = Web()
    test_mix(web)
    test_formats(web)
    test_orders(web)
    test_data_mistakes(web)
    test_bodies(web)
    test_expectations(web)
    test_targets(web)
    test_replay(web)
    test_curl(web)
    test_simple_scripts(web)
    test_answering_scripts(web)
    test_done(web)
    test_script_mistakes(web)


tests()
done()
