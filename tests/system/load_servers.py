"""Servers that the tests of the load generator own, and what must hold for each of its documents.

nginx writes a line for each request that it answered; Web keeps what arrived, on which connection and when, and answers
as the test says. What they saw is the truth that sonde's numbers are held against.
"""
import asyncio
import collections
import concurrent.futures
import os
import shutil
import signal
import threading
import time

from harness import (cleanup, done, equal, free_port, ok, sonde_json, start, temporary_folder, wait_for_port, wait_until,
                     write)

NGINX = shutil.which("nginx") or (os.path.exists("/usr/sbin/nginx") and "/usr/sbin/nginx")

ERROR_KEYS = ("connect", "timeout", "protocol", "unanswered", "status", "expect")
WITHOUT_ANSWER = ERROR_KEYS[:4]
LATENCY_KEYS = "count min_ns mean_ns max_ns p50_ns p75_ns p90_ns p95_ns p99_ns p999_ns p9999_ns".split()


class Nginx:
    """A real nginx of our own: one worker, loopback, a line in access.log for each request."""

    def __init__(self):
        self.folder, self.port = temporary_folder(), free_port()
        self.log = os.path.join(self.folder, "access.log")
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        write(os.path.join(self.folder, "nginx.conf"), f"""
{user}
worker_processes 1;
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
events {{ worker_connections 512; }}
http {{
    {temporary}
    log_format asked '$request_method $request_uri $status $http_x_probe';
    access_log {self.log} asked;
    keepalive_requests 100000000;
    server {{
        listen 127.0.0.1:{self.port} backlog=512;
        location / {{ return 200 "hello\\n"; }}
        location /missing {{ return 404 "no\\n"; }}
    }}
}}
""")
        self.process = start([NGINX, "-c", os.path.join(self.folder, "nginx.conf"), "-e",
                              os.path.join(self.folder, "error.log")], self.folder)
        cleanup(self.thaw)
        wait_for_port(self.port)
        self.forget()

    def worker(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return int(f.read().split()[0])

    def thaw(self):
        if self.process.poll() is None:
            os.kill(self.worker(), signal.SIGCONT)

    def forget(self):
        os.truncate(self.log, 0)

    def lines(self):
        with open(self.log) as f:
            return f.read().splitlines()

    def settle(self, count):
        """A line is written after its answer was sent: waits for the last ones."""
        wait_until(lambda: len(self.lines()) >= count, 5)
        return self.lines()

    def freeze(self, after, seconds):
        """Stands still for `seconds` from the line `after` on; in a thread of its own, which is returned."""
        def work():
            if wait_until(lambda: len(self.lines()) >= after, 10):
                worker = self.worker()
                os.kill(worker, signal.SIGSTOP)
                time.sleep(seconds)
                os.kill(worker, signal.SIGCONT)
        thread = threading.Thread(target=work)
        thread.start()
        return thread


class Headers(dict):
    """By name in lower case; of lines with the same name all are kept."""

    def __getitem__(self, name):
        return self.get_all(name)[-1]

    def __contains__(self, name):
        return super().__contains__(name.lower())

    def get_all(self, name):
        return self.get(name.lower(), [])


Asked = collections.namedtuple("Asked", "method path headers body connection time_ns")


def answer(body=b"", status=200, headers=()):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} Test\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def echo(asked):
    return answer(b"you said " + asked.body)


class Web:
    """A server in a thread of the test. `reply` makes the bytes of the answer to what was asked, or (seconds, bytes): they
    are sent so much later. Keeps every request in `asked`, and the connections in `connections`."""

    def __init__(self, reply=echo):
        self.asked, self.connections, self.reply = [], [], reply
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(
            self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0, backlog=512))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        cleanup(self.close)

    def forget(self, reply=None):
        self.asked.clear()
        self.connections.clear()
        self.reply = reply or self.reply

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.server.close()

    def paths(self):
        return [asked.path for asked in self.asked]


class Connection(asyncio.Protocol):
    def __init__(self, web):
        self.web, self.number, self.bytes, self.transport = web, 0, b"", None

    def connection_made(self, transport):
        self.transport, self.number = transport, len(self.web.connections)
        self.web.connections.append(time.monotonic_ns())

    def data_received(self, data):
        self.bytes += data
        while self.take_request():
            pass

    def take_request(self):
        head, end, rest = self.bytes.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = Headers()
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        length = int(headers["content-length"]) if "content-length" in headers else 0
        if not end or len(rest) < length:
            return False
        self.bytes = rest[length:]
        method, path, _ = lines[0].split(" ")
        asked = Asked(method, path, headers, rest[:length], self.number, time.monotonic_ns())
        self.web.asked.append(asked)
        reply = self.web.reply(asked)
        if isinstance(reply, tuple):
            self.web.loop.call_later(reply[0], self.send, reply[1])
        else:
            self.send(reply)
        return True

    def send(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)


# ---- what must hold for every document ----

def ended(counts):
    """Requests that were answered, and those that were given up on."""
    return counts["requests"] + sum(counts["errors"][e] for e in WITHOUT_ANSWER)


def check_counts(counts, what):
    errors = counts["errors"]
    equal(counts["offered"], ended(counts), f"{what}: offered = answered + what was not answered")
    equal(sum(counts["status"].values()), counts["requests"], f"{what}: each answer has a status")
    equal(counts["latency"]["count"], counts["requests"], f"{what}: each answer has a latency")
    ok(errors["status"] + errors["expect"] <= counts["requests"], f"{what}: bad answers are answers")


def check_document(document, what):
    check_counts(document, what)
    names = document["names"].values()
    for name, counts in document["names"].items():
        check_counts(counts, f"{what}, {name}")
    for key in ("offered", "requests", "bytes_in"):
        equal(sum(n[key] for n in names), document[key], f"{what}: {key} of the names add up")
    for key in ERROR_KEYS:
        equal(sum(n["errors"][key] for n in names), document["errors"][key], f"{what}: {key} of the names add up")
    for key in ("offered", "requests"):
        equal(sum(s[key] for s in document["seconds"]), document[key], f"{what}: {key} of the seconds add up")
    statuses = {}
    for counts in names:
        for status, count in counts["status"].items():
            statuses[status] = statuses.get(status, 0) + count
    equal(statuses, document["status"], f"{what}: status of the names add up")
    latency = document["latency"]
    said = [latency[k] for k in LATENCY_KEYS if k.startswith("p") and latency[k] is not None]
    ok(latency["count"] == 0 or (
        latency["min_ns"] <= latency["mean_ns"] <= latency["max_ns"] and said == sorted(said) and
        all(latency["min_ns"] <= q <= latency["max_ns"] for q in said)), f"{what}: the latencies are in order", latency)


def check_result(result, document, what, status):
    equal(result.status, status, f"{what}: status {status}")
    if not ok(document is not None, f"{what}: prints JSON", result):
        done()


def load(folder, *args, what, status=0, **kw):
    """`sonde load … --json`, and what it says."""
    document, result = sonde_json(folder, "load", *args, **kw)
    check_result(result, document, what, status)
    check_document(document, what)
    return document


def load_at_once(*loads):
    """Several (what, [arguments]) side by side, each in a store of its own: for what no busy machine changes."""
    folders = [temporary_folder() for _ in loads]
    with concurrent.futures.ThreadPoolExecutor(len(loads)) as pool:
        results = list(pool.map(lambda i: sonde_json(folders[i], "load", *loads[i][1]), range(len(loads))))
    for (what, _), (document, result) in zip(loads, results):
        check_result(result, document, what, 0)
    return [document for document, _ in results]


def run(folder, plan, *args, what, status=0, **kw):
    """`sonde run … --json` of a plan; what it says, and its `load`."""
    write(os.path.join(folder, "sonde.yaml"), plan)
    document, result = sonde_json(folder, "run", *args, **kw)
    check_result(result, document, what, status)
    if document["load"] is not None:
        check_document(document["load"], what)
    return document, document["load"]
