"""Servers that break the rules of HTTP/1.1, each in its own way, for the load generator to be held against.

A behaviour is a function of (server, connection); it has the connection in a thread of its own and returns to have it
closed. bad_server_tls.py and bad_server_h2.py build on it.
"""
import itertools
import socket
import struct
import threading
import time

PATIENCE_S = 30  # a run takes a second or two; beyond this it hangs

HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class BadServer:
    """Accepts on a port of its own; `behave(server, connection)` has each connection in a thread."""

    def __init__(self, behave):
        self.behave, self.numbers, self.connections = behave, itertools.count(1), itertools.count(1)
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
        except (OSError, ValueError):
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
    """Yields the number of each request that came in, counted over all connections; its body is read, too."""
    got = b""
    while True:
        while b"\r\n\r\n" not in got:
            data = connection.recv(65536)
            if not data:
                return
            got += data
        head, got = got.split(b"\r\n\r\n", 1)
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(got) < length:
            data = connection.recv(65536)
            if not data:
                return
            got += data
        got = got[length:]
        yield next(server.numbers)


def linger_off(connection):
    """What follows is a RST and not a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


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


def framed(*headers, body=b"hello"):
    return answers(HEAD + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body)


def chunks(body):
    return answers(CHUNKED + body)


def close_at_once(_server, _connection):
    pass


def reset_at_once(_server, connection):
    linger_off(connection)


def reset_before_answer(server, connection):
    for _ in requests(server, connection):
        linger_off(connection)
        return


def reset_inside_answer(server, connection):
    for _ in requests(server, connection):
        connection.sendall(GOOD[:-2])
        time.sleep(0.02)  # else the reset overtakes what was sent
        linger_off(connection)
        return


def never_reads(_server, connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    time.sleep(PATIENCE_S)


def endless(begin, part):
    """Never comes to an end; goes on as long as it is listened to."""
    def behave(server, connection):
        for _ in requests(server, connection):
            connection.sendall(begin)
            while True:
                connection.sendall(part)
    return behave


def drip(begin, part, pause=0.02):
    def behave(server, connection):
        for _ in requests(server, connection):
            connection.sendall(begin)
            while True:
                connection.sendall(part)
                time.sleep(pause)
    return behave


def answer_first(server, connection):
    connection.sendall(GOOD)
    for _ in requests(server, connection):
        connection.sendall(GOOD)


def answer_first_and_close(_server, connection):
    connection.sendall(GOOD)
    connection.recv(65536)


def half_close(answer):
    """The answer, then the end of the server's side; the other side stays open."""
    def behave(server, connection):
        for _ in requests(server, connection):
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)
            return
    return behave


def answers_in_turn(*turns, closes=False):
    """Request n gets the n-th bytes, round and round; on each connection one when it `closes`."""
    def behave(server, connection):
        for number in requests(server, connection):
            connection.sendall(turns[(number - 1) % len(turns)])
            if closes:
                return
    return behave


def good_for(count, then):
    """The first `count` requests are answered, on whatever connection; then `then` has it."""
    def behave(server, connection):
        for number in requests(server, connection):
            if number > count:
                then(server, connection)
                return
            connection.sendall(GOOD)
    return behave


def stop_listening(server, _connection):
    server.end()


def swallow(_server, connection):
    while connection.recv(65536):
        pass


def cut_at_each_byte(resets):
    """Connection n closes after n - 1 bytes of the answer, round and round."""
    def behave(server, connection):
        for _ in requests(server, connection):
            connection.sendall(GOOD[:(next(server.connections) - 1) % (len(GOOD) + 1)])
            if resets:
                time.sleep(0.005)  # else the reset overtakes what was sent
                linger_off(connection)
            return
    return behave


def close_politely_every(count):
    """Says so in every `count`-th answer of a connection, and does not look at what was sent behind it."""
    def behave(server, connection):
        for i, _ in enumerate(requests(server, connection), 1):
            if i % count == 0:
                connection.sendall(HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello")
                connection.shutdown(socket.SHUT_WR)
                swallow(server, connection)  # closing with unread bytes would be a RST
                return
            connection.sendall(GOOD)
    return behave
