"""HTTP/2 servers that break RFC 9113, their frames made by hand. What they are sent is read only as far as it must be."""
import struct
import threading

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME_SIZE = 3, 4, 5
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STATUS_200, STATUS_204 = b"\x88", b"\x89"  # of HPACK's static table
CODES = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
         "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
         "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"]


def frame(kind, flags, stream, payload=b"", length=None):
    """`length`: what its head says, when that is not the truth."""
    return struct.pack(">I", len(payload) if length is None else length)[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", key, value) for key, value in pairs))


def literal(name, value):
    """A header that goes into no table."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def status(code):
    return literal(b":status", code)


def headers(stream, block=STATUS_200, flags=END_HEADERS | END_STREAM):
    return frame(HEADERS, flags, stream, block)


def data(stream, payload=b"hello", flags=END_STREAM):
    return frame(DATA, flags, stream, payload)


def good(stream):
    return headers(stream, flags=END_HEADERS) + data(stream)


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last, code=0):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


def window_update(stream, by):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", by))


class Session:
    """The server's side: acknowledges what must be, and yields requests by their streams."""

    def __init__(self, server, connection, first=settings()):
        self.server, self.connection, self.got = server, connection, b""
        connection.sendall(first)
        if self.take(len(PREFACE)) != PREFACE:
            raise ValueError("no HTTP/2")

    def take(self, count):
        while len(self.got) < count:
            got = self.connection.recv(65536)
            if not got:
                raise ValueError("the client has closed")
            self.got += got
        taken, self.got = self.got[:count], self.got[count:]
        return taken

    def send(self, *frames):
        self.connection.sendall(b"".join(frames))

    def frames(self):
        while True:
            head = self.take(9)
            payload = self.take(int.from_bytes(head[:3], "big"))
            kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            yield kind, flags, stream, payload

    def requests(self, with_body=True):
        """The stream of each request, when it is whole; else as soon as its headers are there."""
        for kind, flags, stream, _ in self.frames():
            if (kind in (HEADERS, DATA) and flags & END_STREAM) or (kind == HEADERS and not with_body):
                next(self.server.numbers)
                yield stream

    def swallow(self):
        for _ in self.frames():
            pass


def each(answer, first=settings(), closes=False):
    """Every request gets what answer(stream) makes."""
    def behave(server, connection):
        session = Session(server, connection, first)
        for stream in session.requests():
            session.send(answer(stream))
            if closes:
                return
    return behave


def sends_first(*frames):
    """These after the settings, whatever is asked; what is asked is answered well."""
    return each(good, settings() + b"".join(frames))


def window_closed(server, connection):
    """The body of a POST never gets through."""
    Session(server, connection, settings((INITIAL_WINDOW, 0))).swallow()


def early_answer(server, connection):
    """Before the body, which it does not want."""
    session = Session(server, connection, settings((INITIAL_WINDOW, 0)))
    for stream in session.requests(with_body=False):
        session.send(good(stream), reset(stream, 0))


def silent(_server, connection):
    while connection.recv(65536):
        pass


def leaves_after(count, last=None, code=0, closes=True):
    """GOAWAY after `count` answers of a connection; `last`: which stream it names, None = the last one answered."""
    def behave(server, connection):
        session = Session(server, connection)
        for i, stream in enumerate(session.requests(), 1):
            session.send(good(stream))
            if i == count:
                session.send(goaway(stream if last is None else last, code))
                if closes:
                    connection.shutdown(1)
                session.swallow()
    return behave


def leaves_gently(count):
    """GOAWAY after `count` answers of a connection, which refuses nothing; what is on its way is answered. Never closes."""
    def behave(server, connection):
        session = Session(server, connection)
        for i, stream in enumerate(session.requests(), 1):
            session.send(good(stream), goaway(2**31 - 1) if i == count else b"")
    return behave


def leaves_unanswered(closes):
    """A GOAWAY that covers the request, and then never an answer to it."""
    def behave(server, connection):
        session = Session(server, connection)
        for stream in session.requests():
            session.send(goaway(stream))
            if not closes:
                session.swallow()
            return
    return behave


def refuses_each(nth, code=7):
    """RST_STREAM for each nth request; all others are answered."""
    def behave(server, connection):
        session = Session(server, connection)
        for stream in session.requests():
            session.send(reset(stream, code) if next(server.connections) % nth == 0 else good(stream))
    return behave


def limit_raised_later(server, connection):
    """No streams, and what was sent before that was known is refused; a while later there may be some."""
    session, raised = Session(server, connection, settings((MAX_STREAMS, 0))), threading.Event()

    def raise_limit():
        session.send(settings((MAX_STREAMS, 3)))
        raised.set()
    threading.Timer(0.05, raise_limit).start()
    for stream in session.requests():
        session.send(good(stream) if raised.is_set() else reset(stream, 7))


def flood(part, first=settings()):
    """A request sets off an endless flood."""
    def behave(server, connection):
        connection.settimeout(None)
        session = Session(server, connection, first)
        for stream in session.requests():
            while True:
                session.send(part(stream) * 50)
    return behave


def continuation_flood(server, connection):
    session = Session(server, connection)
    for stream in session.requests():
        session.send(headers(stream, flags=0))
        while True:
            session.send(frame(CONTINUATION, 0, stream, literal(b"x-more", b"and more") * 10) * 10)


def cut_at_each_byte(server, connection):
    """Connection n closes after n - 1 bytes of the answer, round and round."""
    session = Session(server, connection)
    for stream in session.requests():
        answer = good(stream)
        session.send(answer[:(next(server.connections) - 1) % (len(answer) + 1)])
        connection.shutdown(1)
        session.swallow()
