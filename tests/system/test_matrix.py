#!/usr/bin/env python3
"""A matrix against a server whose delay is planted: all arms in one table, a chosen part, and what is expected of two."""
import os
import re

from harness import contains, done, equal, free_port, matches, ok, sonde, sonde_json, temporary_folder, write

# Sleeping scales: twice the connections answer twice as much, and the ratio of two delays is that of the answers.
SERVER = """\
import http.server, socketserver, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_GET(self):
        time.sleep(float(sys.argv[2]) / 1000)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *arguments):
        pass

class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PLAN = """\
name: sleeper
services:
  - name: sleeper
    command: python3 server.py ${port} ${delay}
    ready: {tcp: "127.0.0.1:${port}", every: 20ms, attempts: 500}
load: {target: "http://127.0.0.1:${port}", connections: "${connections}", duration: 300ms}
profile: false
vars: {port: PORT, limit: 10000}
arms: {slow: {delay: 40}, fast: {delay: 4}}
matrix: {connections: [1, 2, 4]}
thresholds:
  - mean < ${limit}ms
  - mean fast connections=4 / slow connections=4 < 0.5
  - mean fast connections=4 - slow connections=4 < -5ms
  - rate fast connections=4 / slow connections=4 < 2
"""

folder = temporary_folder()
write(os.path.join(folder, "server.py"), SERVER)
write(os.path.join(folder, "sonde.yaml"), PLAN.replace("PORT", str(free_port())))


def run(*args, **kw):
    return sonde(folder, "run", "-q", *args, cwd=folder, **kw)


def test_all():
    result = run()
    equal(result.status, 0, "a matrix is measured; what is open is no failure")
    rows = re.findall(r"^ *(slow|fast|40|4) +([124]) +[\d.,]+ ", result.out, re.M)
    equal(len(rows), 6, "a row for each of six arms")
    matches(result.out, r"^delay +connections +requests/s", "under their variables")
    equal(result.out.count("throughput against connections"), 2, "how throughput grows, for each delay")
    contains(result.out, "OPEN mean fast connections=4 / slow connections=4 < 0.5: 0.", "one pair leaves it open")
    contains(result.out, "sonde run --more 5", "and says what it would take")


def test_strict():
    result = run("--only", "connections=4", "--strict")
    equal(result.status, 3, "with --strict it is no answer")
    ok(" against " not in result.out, "a chosen part has no axis")


def test_more():
    result = sonde(folder, "run", "-q", "--more", "5", cwd=folder)
    equal(result.status, 1, "what is refuted is a bad answer")
    out = re.sub(r"\s+", " ", result.out)
    matches(out, r"CONFIRMED mean fast connections=4 / slow connections=4 < 0\.5: 0\.\d+ \(0\.\d+ … 0\.\d+\), 6 pairs",
            "a ratio that was planted")
    matches(out, r"CONFIRMED mean fast connections=4 - slow connections=4 < -5ms: -\d", "so is the difference")
    matches(out, r"REFUTED rate fast connections=4 / slow connections=4 < 2: \d", "what is not so is refuted")
    document, _ = sonde_json(folder, "show", "@last", cwd=folder)
    equal({run["arm"] for run in document["runs"]}, {"slow connections=4", "fast connections=4"},
          "--more repeats the chosen part")


def test_json():
    document, result = sonde_json(folder, "run", "-q", "--only", "connections=4", "--var", "limit=1", cwd=folder)
    equal(result.status, 1, "a threshold with a variable is judged")
    contains(result.err, 'threshold "mean < 1ms" breached by slow connections=4', "as the arm sees it")
    equal([h["verdict"] for h in document["hypotheses"]], ["OPEN"] * 3, "hypotheses are in the document")
    ok(document["hypotheses"][0]["lo"] is None and 0 < document["hypotheses"][0]["estimate"] < 1, "as far as they are known",
       document["hypotheses"])


def main():
    test_all()
    test_strict()
    test_more()
    test_json()
    done()


main()
