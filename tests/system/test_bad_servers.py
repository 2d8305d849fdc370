"""Servers that break the rules, each in its own way: sonde says what happened, counts it once, and ends by itself."""
import itertools
import socket
import struct
import threading
import time

from harness import contains, done, equal, free_port, ok, sonde, sonde_json, temporary_folder

WITHOUT_ANSWER = ("connect", "timeout", "protocol", "unanswered")
HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD = HEAD + b"Content-Length: 5\r\n\r\nhello"
PATIENCE_S = 20  # a run takes less than two seconds; beyond this it hangs


class BadServer:
    """Accepts on a port of its own; `behave(connection, requests)` has each connection in a thread."""

    def __init__(self, behave):
        self.behave, self.numbers = behave, itertools.count(1)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.is_over = False
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.is_over:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.behave(self, connection)
        except OSError:
            pass
        finally:
            connection.close()

    def end(self):
        self.is_over = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self.listener.close()


def requests(server, connection):
    """Yields the number of each request that came in, counted over all connections."""
    got = b""
    while True:
        while b"\r\n\r\n" not in got:
            data = connection.recv(65536)
            if not data:
                return
            got += data
        got = got.split(b"\r\n\r\n", 1)[1]
        yield next(server.numbers)


def answers(*parts, closes=False, pause=0.0):
    """Each request gets these bytes; between two parts a pause, so that they arrive apart."""
    def behave(server, connection):
        for _ in requests(server, connection):
            for i, part in enumerate(parts):
                if i > 0 and pause > 0:
                    time.sleep(pause)
                connection.sendall(part)
            if closes:
                return
    return behave


def close_at_once(_server, _connection):
    pass


def reset(server, connection):
    for _ in requests(server, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return


def endless_header(server, connection):
    for _ in requests(server, connection):
        connection.sendall(HEAD)
        while True:
            connection.sendall(b"X-More: and more\r\n" * 100)


def drip(server, connection):
    for _ in requests(server, connection):
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b".")
            time.sleep(0.05)


def drip_head(server, connection):
    for _ in requests(server, connection):
        for i in range(1000):
            connection.sendall((HEAD + b"X-Slow: " + b"." * 1000)[i:i + 1])
            time.sleep(0.05)


def answer_first(server, connection):
    connection.sendall(GOOD)
    for _ in requests(server, connection):
        connection.sendall(GOOD)


def answer_first_and_close(_server, connection):
    connection.sendall(GOOD)
    connection.recv(65536)


def half_close(server, connection):
    """The answer ends with the server's side of the connection; the other side stays open."""
    for _ in requests(server, connection):
        connection.sendall(HEAD + b"\r\nuntil the end")
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65536)
        return


def stops_listening(server, connection):
    """Answers twenty requests, then it is gone."""
    for number in requests(server, connection):
        if number > 20:
            server.end()
            return
        connection.sendall(GOOD)


# (name, behaviour, the class of failure or None when the answers are good, what the reason holds)
SERVERS = [
    ("closes at once", close_at_once, "protocol", ""),
    ("closes before the answer", answers(b"", closes=True), "protocol", "before the answer"),
    ("closes inside the head", answers(HEAD + b"Content-Le", closes=True), "protocol", "inside the answer"),
    ("closes inside the body", answers(HEAD + b"Content-Length: 100\r\n\r\nshort", closes=True), "protocol", "inside the answer"),
    ("closes inside a chunk", answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\n64\r\nshort", closes=True), "protocol",
     "inside the answer"),
    ("closes before the last chunk", answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", closes=True),
     "protocol", "inside the answer"),
    ("resets the connection", reset, "protocol", "reset"),
    ("speaks no HTTP", answers(b"220 mail.example ESMTP\r\n", closes=True), "protocol", "status line"),
    ("sends noise", answers(bytes(range(256)) * 4), "protocol", "status line"),
    ("HTTP/2 preface", answers(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\n", closes=True), "protocol", ""),
    ("status 999", answers(b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), "protocol", "bad status"),
    ("101 unasked", answers(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), "protocol", "101"),
    ("Content-Length: words", answers(HEAD + b"Content-Length: five\r\n\r\nhello"), "protocol", "bad Content-Length"),
    ("Content-Length: negative", answers(HEAD + b"Content-Length: -5\r\n\r\nhello"), "protocol", "bad Content-Length"),
    ("Content-Length: beyond 64 bits", answers(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"), "protocol",
     "bad Content-Length"),
    ("Content-Length: two", answers(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), "protocol", "conflicting"),
    ("Content-Length and chunks", answers(HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "protocol",
     "both Content-Length"),
    ("Content-Length: too short", answers(HEAD + b"Content-Length: 3\r\n\r\nhello"), "protocol", "bytes after the end"),
    ("Content-Length: too long", answers(HEAD + b"Content-Length: 100\r\n\r\nhello"), "timeout", "timeout after 300 ms"),
    ("chunk size of letters", answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n"), "protocol",
     "chunk size"),
    ("chunk size beyond 64 bits", answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"), "protocol",
     "chunk size"),
    ("chunk without its end", answers(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"), "protocol",
     "CRLF after a chunk"),
    ("header without a colon", answers(HEAD + b"no colon here\r\nContent-Length: 5\r\n\r\nhello"), "protocol", "bad header"),
    ("endless header", endless_header, "protocol", "over 64 KB"),
    ("header of 65 KB", answers(HEAD + b"X-Big: " + b"x" * 66000 + b"\r\nContent-Length: 5\r\n\r\nhello"), "protocol",
     "over 64 KB"),
    ("never answers", answers(), "timeout", "timeout after 300 ms"),
    ("drips the body", drip, "timeout", "timeout after 300 ms"),
    ("drips the head", drip_head, "timeout", "timeout after 300 ms"),
    ("bytes after the answer", answers(GOOD + b"and more"), "protocol", "bytes after the end"),
    ("two answers for one request", answers(GOOD + GOOD), "protocol", "bytes after the end"),
    ("header of 60 KB", answers(HEAD + b"X-Big: " + b"x" * 60000 + b"\r\nContent-Length: 5\r\n\r\nhello"), None, ""),
    ("half-closes", half_close, None, ""),
    ("103 first", answers(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + GOOD), None, ""),
    ("100 first, apart", answers(b"HTTP/1.1 100 Continue\r\n\r\n", GOOD, pause=0.02), None, ""),
    ("byte by byte", answers(*[GOOD[i:i + 1] for i in range(len(GOOD))], pause=0.001), None, ""),
    ("304 with a length", answers(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"), None, ""),
    ("204", answers(b"HTTP/1.1 204 No Content\r\n\r\n"), None, ""),
    ("HTTP/1.0", answers(b"HTTP/1.0 200 OK\r\n\r\nold", closes=True), None, ""),
    ("Connection: close", answers(HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello", closes=True), None, ""),
    ("500", answers(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "status", "500"),
]


def check_identity(document, what):
    for scope, counts in [("", document), *document["names"].items()]:
        equal(counts["offered"], counts["requests"] + sum(counts["errors"][e] for e in WITHOUT_ANSWER),
              f"{what}: offered = answered + what was not answered {scope}")


def run_against(behave, what, *more):
    """The document of a short load; the server is gone afterwards."""
    server, folder = BadServer(behave), temporary_folder()
    document, result = sonde_json(folder, "load", "-t", "1", "-c", "4", "-d", "300ms", "--timeout", "300ms", *more,
                                  f":{server.port}/", timeout=PATIENCE_S)
    server.end()
    if not ok(document is not None, f"{what}: there is a result", result):
        return None, ""
    check_identity(document, what)
    return document, sonde(folder, "show").out


def test_server(name, behave, failure, reason):
    document, shown = run_against(behave, name)
    if document is None:
        return
    errors = document["errors"]
    if failure is None:
        ok(document["requests"] > 0, f"{name}: answered", document["errors"])
        equal(sum(errors.values()), 0, f"{name}: and good")
        return
    others = {e: n for e, n in errors.items() if e != failure and n > 0}
    ok(errors[failure] > 0, f"{name}: counted as {failure}", errors)
    equal(others, {}, f"{name}: and as nothing else")
    equal(document["requests"], document["offered"] if failure == "status" else 0, f"{name}: how many were answered")
    contains(shown, reason, f"{name}: the reason is shown")


def test_open_loop(name, behave, failure):
    document, _ = run_against(behave, f"{name}, open loop", "-R", "100")
    if document is not None:
        equal(document["offered"], 30, f"{name}, open loop: the schedule goes on")
        if failure in ("protocol", "timeout"):
            equal(document["errors"][failure], 30, f"{name}, open loop: each is counted as {failure}")


def test_answers_before_the_request():
    """Whose answer that is nobody can say; what counts is that the books balance and that there is an end."""
    for behave, what in ((answer_first, "answers first"), (answer_first_and_close, "answers first and closes")):
        for more in ((), ("-R", "100")):
            run_against(behave, f"{what} {' '.join(more)}", *more)


def never_each_fifth(server, connection):
    for number in requests(server, connection):
        if number % 5 == 0:
            connection.recv(65536)  # until the client gives up
            return
        connection.sendall(GOOD)


def test_censored():
    """Requests that nobody answered were slower than all that were: a quantile among them has a lower bound and no value."""
    document, _ = run_against(never_each_fifth, "each fifth never", "-R", "400", "-c", "64", "-d", "1s")
    if document is None:
        return
    latency, bounds = document["latency"], document["lower_bounds"]
    equal((document["offered"], document["errors"]["timeout"]), (400, 80), "each fifth never: as many timeouts")
    ok(latency["p50_ns"] is not None and latency["p75_ns"] is not None, "each fifth never: p75 is known", latency)
    equal((latency["p90_ns"], latency["p95_ns"]), (None, None), "each fifth never: p90 and p95 are not")
    ok(bounds.get("p90_ns", 0) >= latency["max_ns"] and bounds.get("p95_ns", 0) >= bounds.get("p90_ns", 0),
       "each fifth never: but that they are longer than any answer took", bounds)
    ok("p50_ns" not in bounds and "p75_ns" not in bounds, "each fifth never: what is known needs no bound", bounds)


def test_head():
    document, _ = run_against(answers(HEAD + b"Content-Length: 100\r\n\r\n"), "HEAD", "--method", "HEAD")
    if document is not None:
        ok(document["requests"] > 0 and sum(document["errors"].values()) == 0, "HEAD: a length and no body is good",
           document["errors"])


def test_goes_away():
    document, shown = run_against(stops_listening, "stops listening")
    if document is not None:
        equal(document["requests"], 20, "stops listening: what was answered stays answered")
        ok(document["errors"]["connect"] > 0, "stops listening: then nobody is there", document["errors"])
        contains(shown, "refused", "stops listening: and that is said")


def test_no_load_at_all():
    folder, port = temporary_folder(), free_port()
    for url, status, sentence in ((f":{port}/", 5, f"cannot connect to 127.0.0.1:{port}: connection refused"),
                                  ("http://no-such-host.invalid/", 5, "cannot resolve 'no-such-host.invalid'"),
                                  ("https://127.0.0.1/", 64, "https"),
                                  ("ftp://127.0.0.1/", 64, "ftp"),
                                  ("http://127.0.0.1:99999/", 64, "99999"),
                                  ("http://", 64, "")):
        result = sonde(folder, "load", "-d", "300ms", url, timeout=60)
        equal(result.status, status, f"{url}: status {status}")
        contains(result.err, sentence, f"{url}: the sentence")
        equal(result.out, "", f"{url}: no result is printed")


for server in SERVERS:
    test_server(*server)
for server in SERVERS:
    if server[0] in ("closes before the answer", "resets the connection", "never answers", "bytes after the answer",
                     "Connection: close"):
        test_open_loop(*server[:3])
test_answers_before_the_request()
test_censored()
test_head()
test_goes_away()
test_no_load_at_all()
done()
