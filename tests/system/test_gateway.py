#!/usr/bin/env python3
"""examples/gateway against real sockets: both modes give the same bytes, survive their workers, and leak nothing.

TAP on standard output; exit status 0, 1, or 77 when the gateway cannot be built here. It is built in a temporary copy.
GATEWAY_CFLAGS in the environment replaces its compiler flags ("-O1 -g -fsanitize=address,undefined").
"""
import contextlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "gateway")
MODES = ("proxy", "zero-copy")
PATIENCE_S = 20  # for what should be there in milliseconds
FUNCTIONS = """\
/api/hello  native  hello              handler
/api/echo   native  echo               handler
/api/hash   native  hash               handler
/api/cat    exec    functions/cat.sh   handler
/api/name   exec    name.sh            some-handler
/api/fail   exec    functions/fail.sh  handler
/api/big    exec    functions/big.sh   handler
/api/slow   exec    functions/slow.sh  1
/api/stuck  exec    functions/slow.sh  60
/api/crash  native  crash              handler
"""
PROGRAMS = {
    "cat.sh": "#!/bin/sh\nexec cat\n",
    "name.sh": '#!/bin/sh\necho "$# $1"\n',
    "fail.sh": "#!/bin/sh\necho partial answer\nexit 3\n",
    "big.sh": "#!/bin/sh\nexec head -c 1048577 /dev/zero\n",
    "slow.sh": '#!/bin/sh\nsleep "$1"\necho done\n',
}
CRASH = """\
#include <stdlib.h>
#include "../function.h"
int handler(const char *body, size_t size, struct function_output *output);
int handler(const char *body, size_t size, struct function_output *output)
{
	(void)body;
	(void)size;
	(void)output;
	_Exit(9);
}
"""


# ---- processes ----

def children(pid):
    """The living children of a process."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
            if int(fields[1]) == pid and fields[0] != b"Z":
                found.append(int(entry))
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def descriptor_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def wait_until(condition):
    """True as soon as the condition holds, False when patience is over."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Gateway:
    """A running gateway. Used as a context, it is gone afterwards, whatever happened."""

    def __init__(self, folder, mode, *options):
        self.log_path = os.path.join(folder, f"{mode}-{time.monotonic_ns()}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["./gateway", "--port", "0", "--mode", mode, "--functions", "test.conf", *options],
                cwd=folder, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        self.mode = mode
        self.pid = self.process.pid
        self.line = self.process.stdout.readline().decode()
        match = re.fullmatch(r"gateway: listening on 127\.0\.0\.1:(\d+), (\d+) workers?, mode (\S+)\n", self.line)
        if not match:
            self.end()
            raise AssertionError(f"it said {self.line!r} and {self.log()!r}")
        self.port = int(match[1])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.end()

    def end(self):
        workers = children(self.pid)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        for worker in workers:
            if is_alive(worker):
                os.kill(worker, signal.SIGKILL)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def workers(self):
        return children(self.pid)

    def descriptor_counts(self):
        return [descriptor_count(pid) for pid in (self.pid, *self.workers())]

    def connect(self, receive_bytes=0):
        connection = socket.socket()
        connection.settimeout(PATIENCE_S)
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.connect(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(connection)


class Connection:
    """A client's socket that remembers every byte it got."""

    def __init__(self, raw):
        self.raw = raw
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.raw.close()

    def send(self, data):
        self.raw.sendall(data)

    def shut(self):
        self.raw.shutdown(socket.SHUT_WR)

    def read_to_end(self):
        """Everything up to the end of the stream; a reset connection is not an end."""
        while data := self.raw.recv(65536):
            self.got += data
        return self.got

    def read_answer(self, has_body=True):
        """One more answer, as its bytes; fewer when the stream ends."""
        start = len(self.got)
        while (head_end := self.got.find(b"\r\n\r\n", start)) < 0:
            if not self._read():
                return self.got[start:]
        length = re.search(rb"Content-Length: (\d+)", self.got[start:head_end])
        size = int(length[1]) if has_body and length else 0
        while len(self.got) < head_end + 4 + size:
            if not self._read():
                break
        assert len(self.got) <= head_end + 4 + size, "more than one answer"
        return self.got[start:]

    def _read(self):
        data = self.raw.recv(65536)
        self.got += data
        return len(data) > 0


def request(path, body=None, *lines, method=None, version="1.1", close=False):
    """A request's bytes."""
    head = [f"{method or ('GET' if body is None else 'POST')} {path} HTTP/{version}", "Host: x", *lines]
    if body is not None:
        head.append(f"Content-Length: {len(body)}")
    if close:
        head.append("Connection: close")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (body or b"")


CLOSING = request("/api/hello", close=True)
PATTERN = bytes(i * 7 % 251 for i in range(251)) * 4000  # about 1 MB, not text


# ---- scenarios: what a client does; the result is every byte it got, and the statuses that should be in there ----

def exchange(data):
    """Send all at once, read to the end."""
    def scenario(gateway):
        with gateway.connect() as connection:
            connection.send(data)
            return connection.read_to_end()
    return scenario


def keep_alive(gateway):
    with gateway.connect() as connection:
        for data in (request("/health"), request("/api/hello"), request("/api/echo", b"abc"),
                     request("/api/hash", b"x" * 1000), request("/nowhere"), request("/api/cat", b"meow"),
                     request("/health"), request("/api/echo", b"")):
            connection.send(data)
            connection.read_answer()
        connection.send(CLOSING)
        return connection.read_to_end()


def old_keep_alive(gateway):
    with gateway.connect() as connection:
        connection.send(request("/api/hello", None, "Connection: keep-alive", version="1.0"))
        connection.read_answer()
        connection.send(request("/api/hello", version="1.0"))
        return connection.read_to_end()


def head_only(gateway):
    with gateway.connect() as connection:
        connection.send(request("/api/hello", method="HEAD"))
        connection.read_answer(has_body=False)
        connection.send(CLOSING)
        return connection.read_to_end()


def byte_by_byte(gateway):
    with gateway.connect() as connection:
        for byte in request("/api/hello", b"slowly") + request("/api/echo", b"and again", close=True):
            connection.send(bytes([byte]))
            time.sleep(0.001)
        return connection.read_to_end()


def slow_body(gateway):
    data = request("/api/echo", PATTERN[:5000], close=True)
    with gateway.connect() as connection:
        connection.send(data[:-4000])
        time.sleep(0.1)
        connection.send(data[-4000:])
        return connection.read_to_end()


def waits_to_continue(gateway):
    data = request("/api/echo", b"go on", "Expect: 100-continue", close=True)
    with gateway.connect() as connection:
        connection.send(data[:-5])
        while b"\r\n\r\n" not in connection.got:
            connection.got += connection.raw.recv(1)
        connection.send(data[-5:])
        return connection.read_to_end()


def reads_late(gateway):
    """Answers of 4 MB for a client that does not read at first: more than the socket takes at once."""
    with gateway.connect(receive_bytes=1 << 18) as connection:
        sender = threading.Thread(target=connection.send, args=(
            request("/api/echo", PATTERN) * 3 + request("/api/echo", PATTERN, close=True),))
        sender.start()
        time.sleep(0.3)
        got = connection.read_to_end()
        sender.join()
        return got


def half_closed(data):
    def scenario(gateway):
        with gateway.connect() as connection:
            connection.send(data)
            connection.shut()
            return connection.read_to_end()
    return scenario


def malformed(line):
    return exchange(b"GET /api/hello HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")


LONG_LINE = b"X-Long: " + b"x" * 8192
SCENARIOS = [
    ("keep-alive", [200, 200, 200, 200, 404, 200, 200, 200, 200], keep_alive),
    ("close", [200], exchange(CLOSING)),
    ("HTTP/1.0", [200], exchange(request("/api/hello", version="1.0"))),
    ("HTTP/1.0 keep-alive", [200, 200], old_keep_alive),
    ("HEAD", [200, 200], head_only),
    ("query and absolute target", [200, 200],
     exchange(request("/api/hello?x=1") + request("http://x/api/hello", close=True))),
    ("health, close", [200], exchange(request("/health", close=True))),
    ("POST", [200], exchange(request("/api/hello", b"Ada", close=True))),
    ("POST of a megabyte", [200], exchange(request("/api/echo", PATTERN, close=True))),
    ("POST of the largest body", [200], exchange(request("/api/echo", b"x" * (1 << 20), close=True))),
    ("pipelined", [200] * 91, exchange(b"".join(
        request("/api/hello") + request("/api/echo", b"e%d" % i) + request("/health") for i in range(30)) + CLOSING)),
    ("pipelined, all kinds", [200, 404, 405, 200, 500, 405, 200, 200], exchange(
        request("/api/hello") + request("/nowhere", b"lost") + request("/health", b"x") + request("/api/cat", b"c") +
        request("/api/fail") + request("/api/echo", method="DELETE") + request("/api/hash", b"h") + CLOSING)),
    ("pipelined, a hundred kilobytes", [200] * 1201, exchange(request("/api/echo", b"12345") * 1200 + CLOSING)),
    ("pipelined, then malformed", [200, 200, 400], exchange(
        request("/api/hello") * 2 + b"no request\r\n\r\n" + request("/api/hello") * 9)),
    ("unknown route", [404], exchange(request("/api/hell", close=True))),
    ("unknown route, with a body", [404, 200], exchange(request("/nowhere", PATTERN) + CLOSING)),
    ("wrong method", [405], exchange(request("/api/hello", method="PUT", close=True))),
    ("wrong method on /health", [405], exchange(request("/health", b"x", close=True))),
    ("oversized body", [413], exchange(
        b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n" + PATTERN)),
    ("oversized body, absurdly", [413], malformed(b"Content-Length: " + b"9" * 100)),
    ("oversized header", [431], malformed(LONG_LINE)),
    ("oversized request line", [431], exchange(b"GET /" + b"x" * 9000)),
    ("oversized header on the second request", [200, 431], exchange(
        request("/api/hello") + b"GET / HTTP/1.1\r\n" + LONG_LINE)),
    ("malformed: no request line", [400], exchange(b"hello?\r\n")),
    ("malformed: no version", [400], exchange(b"GET /api/hello\r\nHost: x\r\n\r\n")),
    ("malformed: target", [400], exchange(b"GET api/hello HTTP/1.1\r\nHost: x\r\n\r\n")),
    ("malformed: bare LF", [400], exchange(b"GET /api/hello HTTP/1.1\nHost: x\n\n")),
    ("malformed: no Host", [400], exchange(b"GET /api/hello HTTP/1.1\r\n\r\n")),
    ("malformed: two Hosts", [400], malformed(b"Host: y")),
    ("malformed: no colon", [400], malformed(b"nonsense")),
    ("malformed: space before the colon", [400], malformed(b"X : y")),
    ("malformed: folded line", [400], malformed(b"X: y\r\n z")),
    ("malformed: NUL in a header", [400], malformed(b"X: a\0b")),
    ("malformed: length", [400], malformed(b"Content-Length: -1")),
    ("malformed: two lengths", [400], malformed(b"Content-Length: 1\r\nContent-Length: 1")),
    ("malformed: length and coding", [400], malformed(b"Content-Length: 1\r\nTransfer-Encoding: chunked")),
    ("no length", [411], malformed(b"Transfer-Encoding: chunked")),
    ("HTTP/2.0", [505], exchange(b"GET / HTTP/2.0\r\n\r\n")),
    ("slow client, byte by byte", [200, 200], byte_by_byte),
    ("slow body", [200], slow_body),
    ("100-continue", [100, 200], waits_to_continue),
    ("a client that reads late", [200] * 4, reads_late),
    ("half-closed", [200], half_closed(request("/api/hello"))),
    ("half-closed, pipelined", [200, 200, 404], half_closed(
        request("/api/hello") + request("/api/echo", b"x" * 70000) + request("/nowhere"))),
    ("half-closed while the function runs", [200, 200], half_closed(request("/api/slow") + request("/api/hello"))),
    ("half-closed in a request", [200], half_closed(request("/api/hello") + b"GET /api/hello HTT")),
    ("half-closed in a body", [], half_closed(request("/api/echo", b"12345")[:-1])),
    ("half-closed at once", [], half_closed(b"")),
    ("408 in the header", [408], exchange(b"GET /api/hello HTTP/1.1\r\nHost")),
    ("408 in the body", [408], exchange(request("/api/echo", b"12345")[:-1])),
    ("408 in the second request", [200, 408], exchange(request("/api/hello") + b"G")),
    ("exec: handler is the argument", [200], exchange(request("/api/name", close=True))),
    ("exec: a megabyte through a program", [200], exchange(request("/api/cat", PATTERN, close=True))),
    ("exec: failure", [500, 200], exchange(request("/api/fail") + CLOSING)),
    ("exec: too much output", [500, 200], exchange(request("/api/big") + CLOSING)),
    ("exec: too late", [504, 200], exchange(request("/api/stuck") + CLOSING)),
    ("exec: more programs than run at a time", [200] * 40, lambda gateway: b"".join(
        in_parallel([lambda: exchange(request("/api/slow", close=True))(gateway)] * 40))),
]


def in_parallel(calls):
    """Runs the calls at the same time; their results, or the first exception."""
    results = [None] * len(calls)
    failures = []

    def run(index):
        try:
            results[index] = calls[index]()
        except Exception as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def statuses(data):
    return [int(number) for number in re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", data)]


# ---- tests ----

TESTS = []


def test(name):
    def register(function):
        TESTS.append((name, function))
        return function
    return register


def expect(is_true, text):
    if not is_true:
        raise AssertionError(text)


def add_scenario_tests():
    def make(expected, scenario):
        def run(lab):
            one, other = in_parallel([lambda g=g: scenario(g) for g in lab.shared])
            expect(statuses(one) == expected, f"proxy gave {statuses(one)}, not {expected}: {one[:300]!r}")
            expect(one == other, f"proxy gave {one[:300]!r}, zero-copy {other[:300]!r}")
        return run
    for name, expected, scenario in SCENARIOS:
        TESTS.append((f"identical: {name}", make(expected, scenario)))


@test("answers are what they should be")
def test_answers(lab):
    for gateway in lab.shared:
        got = exchange(request("/api/hello", b"Ada", close=True))(gateway)
        expect(got == b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60\r\n"
               b"Connection: close\r\n\r\n" b'{"greeting": "hello, Ada", "bytes": 3, "crc32": "%08x"}\n' % zlib.crc32(b"Ada"), got)
        expect(exchange(request("/api/echo", PATTERN, close=True))(gateway).endswith(b"\r\n\r\n" + PATTERN), "echo")
        expect(exchange(request("/api/cat", PATTERN, close=True))(gateway).endswith(b"\r\n\r\n" + PATTERN), "cat")
        expect(exchange(request("/api/name", close=True))(gateway).endswith(b"\r\n\r\n1 some-handler\n"), "name")
        expect(b"\r\nAllow: GET, HEAD\r\n" in exchange(request("/health", b"", close=True))(gateway), "Allow")
        expect(exchange(request("/health", close=True))(gateway).endswith(b"\r\n\r\nok\n"), "health")


@test("workers have their name and serve round-robin")
def test_names(lab):
    for gateway in lab.shared:
        expect(len(gateway.workers()) == 2, gateway.workers())
        for pid in gateway.workers():
            with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                expect(comm.read() == "gateway-worker\n", "comm")
        with gateway.connect() as one, gateway.connect() as other:
            one.send(request("/api/slow"))
            other.send(request("/api/slow"))
            expect(wait_until(lambda g=gateway: all(children(pid) for pid in g.workers())), "one worker has both")
            expect(statuses(one.read_answer() + other.read_answer()) == [200, 200], "slow")


@test("the connection is the gateway's (proxy) or the worker's (zero-copy), which answers /health too")
def test_who_holds(lab):
    for gateway in lab.shared:
        with gateway.connect() as connection:
            expect(wait_until(lambda g=gateway: settled(g)), "the counts do not settle")
            before = gateway.descriptor_counts()
            connection.send(request("/api/hello"))
            connection.read_answer()
            after = gateway.descriptor_counts()
            change = [b - a for a, b in zip(before, after)]
            if gateway.mode == "proxy":
                expect(change == [0, 0, 0], change)
            else:
                expect(change[0] == -1 and sorted(change[1:]) == [0, 1], change)
            connection.send(request("/health"))
            expect(connection.read_answer().endswith(b"\r\n\r\nok\n"), "health")


@test("503 with Retry-After when all queues are full, and the connection stays")
def test_busy(lab):
    answers = []
    for mode in MODES:
        with Gateway(lab.folder, mode, "--workers", "1", "--queue", "1") as gateway, \
                gateway.connect() as slow, gateway.connect() as other:
            slow.send(request("/api/slow", close=True))
            expect(wait_until(lambda g=gateway: children(g.workers()[0])), "the slow function does not run")
            other.send(request("/api/echo", b"still here"))
            answers.append(other.read_answer())
            expect(b"\r\nRetry-After: 1\r\n" in answers[-1] and statuses(answers[-1]) == [503], answers[-1])
            expect(statuses(slow.read_to_end()) == [200], "slow")
            slow.raw.close()

            def is_free(connection=other):
                connection.send(request("/api/hello"))
                return statuses(connection.read_answer()) == [200]
            expect(wait_until(is_free), "the queue stays full")
    expect(answers[0] == answers[1], answers)


def kill_working_worker(gateway):
    """Kills the worker whose program runs; returns its program's pid."""
    expect(wait_until(lambda: any(children(pid) for pid in gateway.workers())), "no program runs")
    worker = next(pid for pid in gateway.workers() if children(pid))
    program = children(worker)[0]
    os.kill(worker, signal.SIGKILL)
    return worker, program


@test("a worker is killed: 502 (proxy) or a closed connection (zero-copy), a new one serves, no program is left")
def test_death(lab):
    for mode in MODES:
        with Gateway(lab.folder, mode) as gateway, gateway.connect() as connection:
            connection.send(request("/api/hello") + request("/api/slow"))
            connection.read_answer()
            before = gateway.workers()
            worker, program = kill_working_worker(gateway)
            if mode == "proxy":
                answer = connection.read_answer()
                expect(statuses(answer) == [502] and b"close" not in answer, answer)
                connection.send(request("/api/hello"))
                expect(statuses(connection.read_answer()) == [200], "the connection did not survive")
            else:
                size = len(connection.got)
                with contextlib.suppress(ConnectionResetError):
                    connection.read_to_end()
                expect(len(connection.got) == size, connection.got)
            expect(wait_until(lambda g=gateway, w=worker: len(g.workers()) == 2 and w not in g.workers()),
                   "it was not replaced")
            expect(wait_until(lambda p=program: not is_alive(p)), "its program lives on")
            survivor = (set(before) - {worker}).pop()
            os.kill(survivor, signal.SIGSTOP)  # so that only the new one can answer
            try:
                answers = []
                for _ in range(PATIENCE_S):  # the new one is seen before it takes work
                    with contextlib.ExitStack() as stack:
                        others = [stack.enter_context(gateway.connect()) for _ in range(2)]
                        for other in others:
                            other.send(request("/api/hello"))
                        readable = select.select([other.raw for other in others], [], [], 1)[0]
                        answers = [statuses(other.read_answer()) for other in others if other.raw in readable]
                    if answers:
                        break
                expect(answers == [[200]], f"the new worker gave {answers}")
            finally:
                os.kill(survivor, signal.SIGCONT)
            expect(f"worker {worker} ended (signal 9)" in gateway.log(), gateway.log())


@test("a function that ends its worker is one failed request, also again and again")
def test_crash(lab):
    for mode in MODES:
        with Gateway(lab.folder, mode) as gateway:
            for deaths in range(1, 5):
                with gateway.connect() as connection:
                    connection.send(request("/api/crash", close=True))
                    got = connection.read_to_end()
                expect(statuses(got) == ([502] if mode == "proxy" else []), got)
                expect(wait_until(lambda g=gateway, n=deaths: g.log().count(" ended (status 9)") == n
                                  and len(g.workers()) == 2), f"it was not replaced: {gateway.log()}")
            expect(statuses(exchange(CLOSING)(gateway)) == [200], "it does not serve")


@test("a client that leaves: its program is ended (zero-copy), its answer dropped (proxy), others are served")
def test_leaver(lab):
    for gateway in lab.shared:
        expect(wait_until(lambda g=gateway: settled(g)), "the counts do not settle")
        before = gateway.descriptor_counts()
        with gateway.connect() as connection:
            connection.send(request("/api/slow"))
            expect(wait_until(lambda g=gateway: any(children(pid) for pid in g.workers())), "no program runs")
            connection.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        expect(statuses(exchange(CLOSING)(gateway)) == [200], "it does not serve")
        expect(wait_until(lambda g=gateway: not any(children(pid) for pid in g.workers())), "its program stays")
        expect(wait_until(lambda g=gateway, b=before: g.descriptor_counts() == b), "a descriptor stays")


def settled(gateway):
    """Whether nothing has changed for a while, so that what is counted next belongs to what is done next."""
    before = gateway.descriptor_counts()
    time.sleep(0.05)
    return before == gateway.descriptor_counts()


def many_requests(gateway, connections, per_connection):
    """Of each connection: half one by one, half pipelined; a third is reset, a third half-closed, a third closed."""
    answered = 0
    for number in range(connections):
        with gateway.connect() as connection:
            for _ in range(per_connection // 2):
                connection.send(request("/api/hello", b"x"))
                answered += connection.read_answer().startswith(b"HTTP/1.1 200 ")
            connection.got = b""
            connection.send(request("/api/echo", b"y") * (per_connection - per_connection // 2))
            if number % 3 == 0:
                connection.shut()
            while connection.got.count(b"HTTP/1.1 200 ") < per_connection - per_connection // 2:
                data = connection.raw.recv(65536)
                if not data:
                    break
                connection.got += data
            answered += connection.got.count(b"HTTP/1.1 200 ")
            if number % 3 == 1:
                connection.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return answered


def make_leak_test(index):
    def run(lab):
        gateway = lab.shared[index]
        expect(wait_until(lambda: settled(gateway)), "the counts do not settle")
        before, workers = gateway.descriptor_counts(), gateway.workers()
        answered = sum(in_parallel([lambda: many_requests(gateway, 50, 98)] * 4))
        for path in ("/api/cat", "/api/fail", "/nowhere", "/health") * 100:
            answered += len(statuses(exchange(request(path, close=True))(gateway)))
        expect(answered == 20000, f"{answered} of 20000 answered")
        expect(gateway.workers() == workers, "a worker died")
        expect(wait_until(lambda: gateway.descriptor_counts() == before),
               f"descriptors were {before}, are {gateway.descriptor_counts()}")
    return run


for _index, _mode in enumerate(MODES):
    TESTS.append((f"20,000 requests leave no descriptor open: {_mode}", make_leak_test(_index)))


@test("SIGINT and SIGTERM end it with status 0, all its workers, their programs and what those started")
def test_end(lab):
    for mode in MODES:
        for number in (signal.SIGINT, signal.SIGTERM):
            with Gateway(lab.folder, mode) as gateway, gateway.connect() as connection:
                connection.send(request("/api/stuck"))
                expect(wait_until(lambda g=gateway: any(children(pid) for pid in g.workers())), "no program runs")
                workers = gateway.workers()
                programs = [program for pid in workers for program in children(pid)]
                expect(wait_until(lambda p=programs[0]: children(p)), "the program has not started its own")
                programs += children(programs[0])
                gateway.process.send_signal(number)
                expect(gateway.process.wait(PATIENCE_S) == 0, gateway.process.returncode)
                expect(not any(is_alive(pid) for pid in workers + programs), "something was left")
                expect(gateway.log() == "", gateway.log())


@test("kill -9 of the gateway ends its workers")
def test_kill(lab):
    for mode in MODES:
        with Gateway(lab.folder, mode) as gateway:
            workers = gateway.workers()
            expect(len(workers) == 2, workers)
            gateway.process.kill()
            gateway.process.wait()
            expect(wait_until(lambda w=workers: not any(is_alive(pid) for pid in w)), "a worker was left")


def refusal(lab, *arguments):
    """Runs a gateway that should not start; its status and its sentence."""
    done = subprocess.run(["./gateway", *arguments], cwd=lab.folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
    expect(done.stdout == b"", done.stdout)
    return done.returncode, done.stderr.decode()


@test("a taken port: a clear sentence, status 1")
def test_taken_port(lab):
    port = str(lab.shared[0].port)
    got = refusal(lab, "--port", port, "--functions", "test.conf")
    expect(got == (1, f"gateway: cannot listen on 127.0.0.1 port {port}: Address already in use\n"), got)


@test("bad options: a clear sentence, status 64")
def test_options(lab):
    for arguments, sentence in (
            (["--port", "70000"], "--port 70000: should be a number from 0 to 65535"),
            (["--workers", "0"], "--workers 0: should be a number from 1 to 64"),
            (["--workers", "two"], "--workers two: should be a number from 1 to 64"),
            (["--mode", "fast"], "--mode fast: there are proxy and zero-copy"),
            (["--port"], "--port needs a value; see --help"),
            (["--prot", "1"], "unknown option --prot; see --help"),
            (["8080"], "'8080' is no option; see --help"),
            (["--functions", "nowhere.conf"],
             "cannot read the function file nowhere.conf: No such file or directory")):
        got = refusal(lab, *arguments)
        expect(got == (64, f"gateway: {sentence}\n"), got)
    got = refusal(lab, "--functions", "test.conf", "--listen", "localhost")
    expect(got[0] == 1 and "--listen localhost: should be an address" in got[1], got)


@test("a bad function file: file, line and what is wrong, status 64")
def test_function_file(lab):
    path = os.path.join(lab.folder, "bad.conf")
    good = "# routes\n\n/api/hello native hello handler # fine\n"
    for line, sentence in (
            ("/a native hello", "bad.conf:4: too few words; a line is ROUTE RUNTIME MODULE HANDLER"),
            ("/a native hello handler more", "bad.conf:4: too many words"),
            ("a native hello handler", "bad.conf:4: route 'a' should be a path"),
            ("/api/hello native echo handler", "bad.conf:4: route /api/hello is already taken above"),
            ("/health native hello handler", "bad.conf:4: route /health is the gateway's own"),
            ("/a python hello handler", "bad.conf:4: unknown runtime 'python': there are native and exec"),
            ("/a native nowhere handler", "bad.conf:4: cannot load ./functions/nowhere.so"),
            ("/a native hello nothing", "bad.conf:4: ./functions/hello.so has no function 'nothing'"),
            ("/a exec functions/nowhere.sh h", "bad.conf:4: no program ./functions/nowhere.sh: No such file"),
            ("/a exec functions/hello.c h", "bad.conf:4: no program ./functions/hello.c: Permission denied"),
            ("/" + "a" * 500 + " native hello handler", "bad.conf:4: '/aaaaaaaaaaaaaaaaaaa…' is longer than"),
            ("".join(f"/{i} native hello handler\n" for i in range(64)), "bad.conf:67: more than 64 functions")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(good + line + "\n")
        status, got = refusal(lab, "--functions", "bad.conf")
        expect(status == 64 and got.startswith(f"gateway: {sentence}") and got.count("\n") == 1, (status, got))
    with open(path, "w", encoding="utf-8") as file:
        file.write("# nothing\n")
    got = refusal(lab, "--functions", "bad.conf")
    expect(got == (64, "gateway: bad.conf:1: no function in this file\n"), got)


@test("the shipped function file works")
def test_shipped(lab):
    for mode in MODES:
        with Gateway(lab.folder, mode, "--functions", os.path.join(lab.folder, "functions.conf")) as gateway:
            got = exchange(request("/api/now", close=True))(gateway)
            expect(re.search(rb"\r\n\r\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$", got), got)
            expect(statuses(exchange(request("/api/hash", b"x", close=True))(gateway)) == [200], "hash")


add_scenario_tests()


@test("no process had anything else to say")
def test_logs(lab):
    for gateway in lab.shared:
        expect(len(gateway.workers()) == 2, gateway.workers())
        gateway.end()
        expect(gateway.process.returncode == 0, gateway.process.returncode)
    for name in os.listdir(lab.folder):
        if not name.endswith(".log"):
            continue
        with open(os.path.join(lab.folder, name), encoding="utf-8", errors="replace") as log:
            text = log.read()
        wrong = [line for line in text.splitlines() if not re.match(r"gateway: worker \d+ ended \(", line)]
        expect(not wrong, text)


# ---- the run ----

class Lab:
    """A built copy of the gateway and one running gateway per mode, shared by the tests that do it no harm."""

    def __init__(self, folder):
        self.folder = folder
        self.shared = []

    def build(self):
        for name, text in PROGRAMS.items():
            path = os.path.join(self.folder, "functions", name)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            os.chmod(path, 0o755)
        with open(os.path.join(self.folder, "functions", "crash.c"), "w", encoding="ascii") as file:
            file.write(CRASH)
        with open(os.path.join(self.folder, "test.conf"), "w", encoding="ascii") as file:
            file.write(FUNCTIONS)
        command = ["make", "-s", "all", "functions/crash.so"]
        if os.environ.get("GATEWAY_CFLAGS"):
            command.append("CFLAGS=" + os.environ["GATEWAY_CFLAGS"])
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode == 0, done.stdout.decode(errors="replace")


def run_tests(lab):
    is_good = True
    with contextlib.ExitStack() as stack:
        for mode in MODES:
            lab.shared.append(stack.enter_context(
                Gateway(lab.folder, mode, "--request-timeout", "1", "--exec-timeout", "2")))
        for number, (name, function) in enumerate(TESTS, 2):
            try:
                function(lab)
                print(f"ok {number} - {name}", flush=True)
            except Exception as failure:  # pylint: disable=broad-except
                is_good = False
                print(f"not ok {number} - {name}")
                for line in f"{type(failure).__name__}: {failure}".splitlines():
                    print(f"# {line}", flush=True)
    return is_good


def main():
    if not shutil.which("make") or not shutil.which(os.environ.get("CC", "cc")):
        print("1..0 # SKIP no make or no C compiler")
        print("# SKIP no make or no C compiler")
        return 77
    with tempfile.TemporaryDirectory(prefix="sonde-gateway-") as folder:
        copy = os.path.join(folder, "gateway")
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("*.so", "gateway", ".sonde"))
        lab = Lab(copy)
        is_built, output = lab.build()
        print(f"1..{len(TESTS) + 1}", flush=True)
        print(("ok" if is_built and not output else "not ok") + " 1 - builds without a warning")
        if output:
            print("".join(f"# {line}\n" for line in output.splitlines()), end="")
        return 0 if is_built and run_tests(lab) and not output else 1


if __name__ == "__main__":
    sys.exit(main())
