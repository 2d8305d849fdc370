"""The load generator against real servers, whose own account of what they were asked is the truth.

Closed and open loop, the mix, thresholds, a freeze, what arrives, and the command line. Other files hold the schedules,
the requests and scripts, and the outputs.
"""
import csv
import os
import urllib.parse

from binomial import binomial_band
from harness import contains, done, equal, free_port, matches, ok, skip, sonde, sonde_json, temporary_folder, write
from load_servers import ERROR_KEYS, LATENCY_KEYS, NGINX, Nginx, Web, check_document, load

LOAD_KEYS = ("schema url mode duration_ns offered requests errors success_ratio rate_rps offered_rps bytes_in "
             "bytes_in_per_s latency lower_bounds service_time send_lag status client_cpu_ns verdict reasons names "
             "seconds").split()


# ---- nginx ----

def test_closed_loop(nginx):
    folder = temporary_folder()
    nginx.forget()
    document = load(folder, "-t", "2", "-c", "8", "-d", "1s", f":{nginx.port}/hello", what="closed loop")
    for key in LOAD_KEYS:
        ok(key in document, f"--json has {key}")
    for key in ERROR_KEYS:
        ok(key in document["errors"], f"--json has errors.{key}")
    for key in LATENCY_KEYS:
        ok(key in document["latency"] and key in document["service_time"], f"--json has latency.{key}, service_time.{key}")
    equal(document["schema"], "sonde.load/1", "its schema")
    equal(document["mode"], "closed", "its mode")
    contains(document["url"], f"127.0.0.1:{nginx.port}", "its URL")
    equal(document["errors"], dict.fromkeys(ERROR_KEYS, 0), "closed loop: no errors")
    # one per connection may go out in the instant after the window has closed: answered, and not measured
    beyond = len(nginx.settle(document["requests"])) - document["offered"]
    ok(0 <= beyond <= 8, "closed loop: nginx answered as many as were offered", f"{beyond} more")
    equal(document["status"], {"200": document["requests"]}, "closed loop: the status map")
    equal(document["success_ratio"], 1, "closed loop: all good")
    ok(document["bytes_in"] >= document["requests"] * len("hello\n"), "closed loop: bytes came in", document["bytes_in"])
    ok(set(nginx.lines()) == {"GET /hello 200 -"}, "closed loop: what nginx was asked", set(nginx.lines()))
    ok(sonde(folder, "show").status == 0, "closed loop: it is stored")


def test_open_loop(nginx):
    nginx.forget()
    document = load(temporary_folder(), "-t", "2", "-c", "10", "-R", "500", "-d", "2s", f":{nginx.port}/hello",
                    what="open loop")
    equal(document["mode"], "open", "open loop: its mode")
    equal(document["offered"], 1000, "open loop: 500/s for 2 s are 1000 requests")
    equal(document["requests"], 1000, "open loop: all are answered")
    equal(len(nginx.settle(1000)), 1000, "open loop: nginx saw exactly these")
    for key in ("p50_ns", "p99_ns", "max_ns"):
        ok(key in document["send_lag"], f"open loop: send_lag.{key}")
    ok(abs(document["offered_rps"] - 500) < 1, "open loop: the offered rate", document["offered_rps"])
    offered = [s["offered"] for s in document["seconds"]]  # one that is due at a second's end may be booked in the next
    ok(sum(offered) == 1000 and all(abs(n - 500) <= 1 for n in offered[:2]), "open loop: 500 in each second", offered)


def test_warm_up(nginx):
    nginx.forget()
    document = load(temporary_folder(), "-c", "4", "-R", "400", "--warmup", "1s", "-d", "1s", f":{nginx.port}/hello",
                    what="warm-up")
    equal(document["offered"], 400, "warm-up: only the window counts")
    equal(len(nginx.settle(800)), 800, "warm-up: the server saw both")


def test_statuses(nginx):
    document = load(temporary_folder(), "-c", "2", "-d", "500ms", f":{nginx.port}/missing", what="404")
    equal(document["errors"]["status"], document["requests"], "404: each is a failure")
    equal(document["status"], {"404": document["requests"]}, "404: the status map")
    equal(document["success_ratio"], 0, "404: none is good")


def plan(folder, nginx, load_lines, thresholds="[]"):
    write(os.path.join(folder, "sonde.yaml"), f"""
load:
  target: http://127.0.0.1:{nginx.port}
  connections: 4
  duration: 1s
{load_lines}
thresholds: {thresholds}
""")


WEIGHTED = """
  requests:
    - {name: often, path: /often, weight: 3}
    - {name: rare, path: /rare, weight: 1}
    - {name: missing, path: /missing, weight: 1, expect: {status: 404}}
"""


def test_weights(nginx):
    folder = temporary_folder()
    plan(folder, nginx, "  rate: 2000/s\n" + WEIGHTED)
    nginx.forget()
    document, result = sonde_json(folder, "run", folder)
    equal(result.status, 0, "weights: status 0")
    if not ok(document is not None and document.get("load"), "weights: show's JSON has the load", result):
        return
    names, lines = document["load"]["names"], nginx.settle(2000)
    check_document(document["load"], "weights")
    equal(sum(n["offered"] for n in names.values()), 2000, "weights: 2000/s for a second")
    for name, path in (("often", "/often"), ("rare", "/rare"), ("missing", "/missing")):
        equal(names[name]["requests"], sum(f" {path} " in line for line in lines), f"weights: {name} as nginx saw it")
    low, high = binomial_band(2000, 0.6)
    ok(low <= names["often"]["requests"] <= high, f"weights: 3 of 5 are {low} to {high} of 2000", names["often"]["requests"])
    low, high = binomial_band(2000, 0.2)
    ok(low <= names["rare"]["requests"] <= high, f"weights: 1 of 5 are {low} to {high} of 2000", names["rare"]["requests"])
    equal(names["missing"]["errors"]["status"] + names["missing"]["errors"]["expect"], 0, "weights: an expected 404 is good")


def test_thresholds(nginx):
    for thresholds, status, sentence in (
            ('["failures == 0", "max < 10s", "success >= 99%"]', 0, ""),
            ('["max < 1us"]', 1, 'threshold "max < 1us" breached'),
            ('["failures == 0", "rate >= 10000000/s"]', 1, "rate"),
            ('["often.max < 1us"]', 1, "often.max")):
        folder = temporary_folder()
        plan(folder, nginx, WEIGHTED, thresholds)
        result = sonde(folder, "run", folder, "-d", "500ms")
        equal(result.status, status, f"thresholds {thresholds}: status {status}")
        contains(result.err, sentence, f"thresholds {thresholds}: the sentence")
    folder = temporary_folder()
    plan(folder, nginx, "  rate: 100/s\n" + WEIGHTED, '["p99.9 < 10s"]')
    result = sonde(folder, "run", folder, "-d", "500ms")
    equal(result.status, 3, "a threshold on what was not earned: no answer, status 3")
    contains(result.err, "too few answers", "a threshold on what was not earned: the sentence")


def test_csv(nginx):
    folder = temporary_folder()
    result = sonde(folder, "load", "-c", "2", "-d", "1s", "--csv", os.path.join(folder, "run"), f":{nginx.port}/hello")
    equal(result.status, 0, "--csv: status 0")
    document, _ = sonde_json(folder, "show")
    for part in ("stats", "stats_history", "failures", "exceptions"):
        ok(os.path.exists(os.path.join(folder, f"run_{part}.csv")), f"--csv writes run_{part}.csv")
    with open(os.path.join(folder, "run_stats.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    equal([row["Name"] for row in rows][-1:], ["Aggregated"], "--csv: the last row is the total")
    ok(all(int(row["Request Count"]) == document["load"]["requests"] for row in rows), "--csv: the same requests", rows)


def test_freeze(nginx):
    """A server that stands still for 1.5 s: in open loop each request that should have gone out in it has waited."""
    nginx.forget()

    thread = nginx.freeze(300, 1.5)
    document = load(temporary_folder(), "-c", "10", "-R", "400", "-d", "4s", f":{nginx.port}/hello", what="freeze")
    thread.join()
    latency = document["latency"]
    equal(document["offered"], 1600, "freeze: the schedule goes on")
    equal(document["requests"], 1600, "freeze: and nothing is lost")
    ok(latency["p99_ns"] is not None and latency["p99_ns"] >= 1e9, "freeze: p99 of the response is above 1 s", latency)
    ok(latency["p90_ns"] >= 5e8, "freeze: p90 of the response is above half a second", latency)
    ok(1.4e9 <= latency["max_ns"], "freeze: the longest waited as long as the server stood still", latency)
    ok(document["service_time"]["p90_ns"] < latency["p90_ns"], "freeze: the service time would have hidden it",
       document["service_time"])


# ---- what arrives ----

def test_request(echo):
    folder = temporary_folder()
    echo.forget()
    document = load(folder, "-c", "2", "-R", "20", "-d", "500ms", "-H", "X-Probe: a b", "-H", "Content-Type: text/plain",
                    "--body", 'he said "${nothing}"', f":{echo.port}/p?q=1", what="POST")
    equal(len(echo.asked), document["offered"], "POST: all arrived")
    method, path, headers, body = echo.asked[0][:4]
    equal((method, path), ("POST", "/p?q=1"), "POST: method and path")
    equal(body, b'he said "${nothing}"', "POST: the body, as it was typed")
    equal((headers["X-Probe"], headers["Content-Type"]), ("a b", "text/plain"), "POST: the headers")
    equal(headers["Host"], f"127.0.0.1:{echo.port}", "POST: the host")
    echo.forget()
    load(folder, "-t", "1", "-c", "1", "-R", "10", "-d", "500ms", "--method", "PUT", "--body", "x", "-H", "Host: else.example",
         f":{echo.port}/", what="PUT")
    equal((echo.asked[0][0], echo.asked[0][2].get_all("Host")), ("PUT", ["else.example"]), "PUT: method and host replaced")


def test_data(echo):
    folder = temporary_folder()
    rows = [("10.0.0.1", "plain"), ("10.0.0.2", "two words"), ("::1", "50% & more"), ("", 'quoted "so", yes'), ("z", "ä/ö?#")]
    data = os.path.join(folder, "rows.csv")
    with open(data, "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([("ip", "text"), *rows])
    echo.forget()
    document = load(folder, "-c", "1", "-t", "1", "--once", "--data", data, f":{echo.port}/log", what="--once")
    equal(document["requests"], len(rows), "--once: a request for each row")
    got = [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query, keep_blank_values=True)) for path in
           echo.paths()]
    equal(got, [{"ip": ip, "text": text} for ip, text in rows], "--data: each value arrives, in order, as a parameter")
    echo.forget()
    load(folder, "-c", "1", "-t", "1", "--once", "--data", data, "--body", '{"t": "${text}"}', "-H", "X-IP: <${ip}>",
         f":{echo.port}/at/${{text}}", what="columns")
    equal([urllib.parse.unquote(path) for path in echo.paths()], ["/at/" + text for _, text in rows],
          "columns: in the path, encoded")
    equal([asked.body.decode() for asked in echo.asked], ['{"t": "%s"}' % text for _, text in rows],
          "columns: in the body, as they are")
    equal([asked.headers["X-IP"] for asked in echo.asked], [f"<{ip}>" for ip, _ in rows], "columns: in a header")
    echo.forget()
    document = load(folder, "-c", "4", "-t", "2", "--once", "--data", data, f":{echo.port}/", what="--once, 4 connections")
    equal(sorted(path for path in echo.paths()), sorted(set(path for path in echo.paths())),
          "--once, 4 connections: no row twice")
    equal(len(echo.asked), len(rows), "--once, 4 connections: no row left out")
    echo.forget()
    document = load(folder, "-c", "1", "-t", "1", "-R", "20", "-d", "500ms", "--data", data, f":{echo.port}/", what="round")
    equal(document["requests"], 10, "without --once the rows come round again")
    equal(len(set(path for path in echo.paths())), len(rows), "and all of them come")


# ---- the command line ----

def test_usage():
    folder, port = temporary_folder(), free_port()
    for args, sentence in (
            (["-t", "2m"], "-t is threads; -d 2m"),
            (["--connection", "5"], "did you mean --connections?"),
            (["-n", "5", "--once"], "--once sends each data line once"),
            (["-u", "5", "-c", "5"], "each user has a connection of its own"),
            (["-c", "none"], "-c must be a whole number"),
            (["-d", "soon"], "-d must be a duration like"),
            (["-d", "0"], "-d"),
            (["-R", "0"], "-R must be a rate above 0"),
            (["-H", "nonsense"], "'Name: value'"),
            (["--once"], "data")):
        result = sonde(folder, "load", *args, f":{port}/", timeout=30)
        equal(result.status, 64, f"load {' '.join(args)}: status 64")
        contains(result.err, sentence, f"load {' '.join(args)}: what would be right")
    result = sonde(folder, "load")
    equal(result.status, 64, "load without a URL: status 64")
    matches(result.err, "a URL is missing", "load without a URL: the sentence")


def test_one_connection(nginx):
    document = load(temporary_folder(), "-c", "1", "-d", "300ms", f"http://127.0.0.1:{nginx.port}", what="-c 1")
    ok(document["requests"] > 0, "-c 1 works with wrk's two threads")


def test_rows_and_rates(echo):
    """Fewer rows than threads end; a rate that no machine keeps is refused before anything is sent."""
    folder = temporary_folder()
    write(os.path.join(folder, "one.csv"), "a\n1\n")
    document = load(folder, "--once", "-R", "20", "-t", "2", "--data", "one.csv",
                    f"http://127.0.0.1:{echo.port}/?x=${{a}}", what="one row, two threads, open loop", timeout=30)
    equal(document["requests"], 1, "one row, two threads, open loop: one request")
    equal(sonde(folder, "load", "-R", "1e9", "-d", "1s", f":{echo.port}/").status, 64, "a rate of 1e9 is refused")
    text = sonde(folder, "load", "-q", "-d", "300ms", f":{echo.port}/").out
    ok("CPU per request" not in text, "load alone prints no figures of services that it does not watch", text)


test_usage()
echo_server = Web()
test_rows_and_rates(echo_server)
test_request(echo_server)
test_data(echo_server)
if NGINX:
    web = Nginx()
    test_closed_loop(web)
    test_open_loop(web)
    test_warm_up(web)
    test_statuses(web)
    test_weights(web)
    test_thresholds(web)
    test_csv(web)
    test_freeze(web)
    test_one_connection(web)
else:
    skip("nginx as the other side", "no nginx here")
done()
