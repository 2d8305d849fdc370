"""Servers that break the rules, each in its own way: sonde says what happened, counts it once, and ends by itself.

Nearly all the runs wait, for a timeout or for an end, so many are made at once; they are judged one by one, in order.
"""
import concurrent.futures
import functools
import ssl
import subprocess

import bad_server as http1
import bad_server_h2 as h2
import bad_server_tls as tls
from bad_server import CHUNKED, GOOD, HEAD, PATIENCE_S, BadServer, answers, chunks, framed
from harness import Result, contains, done, equal, free_port, ok, skip, sonde, sonde_json, temporary_folder

WITHOUT_ANSWER = ("connect", "timeout", "protocol", "unanswered")
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

# How a server is loaded: its options, and how many requests that must be (None: as many as there is time for).
# SHORT where the timeout is what must come; what fails or answers by itself has LONG, also on a busy machine.
SHORT, LONG = "300ms", "5s"
AMOUNT = ("-c", "2", "-n", "6")
AT_ONCE = 8


def schedules(depth):
    return {
        "depth": (("-c", "1", "-n", "16", depth, "8"), 16),
        "users": (("-u", "3", "-d", "200ms"), None),
        "rate": (("-c", "2", "-d", "200ms", "-R", "100"), 20),
    }


SCHEDULES = {(): schedules("--pipeline"), ("--http2",): schedules("--streams")}

# (name, behaviour, the class of failure or None when the answers are good, what the reason holds, more options)
HTTP1 = [
    ("closes before the answer", answers(b"", closes=True), "protocol", "before the answer"),
    ("closes inside the head", answers(HEAD + b"Content-Le", closes=True), "protocol", "inside the answer"),
    ("closes inside the body", answers(HEAD + b"Content-Length: 100\r\n\r\nshort", closes=True), "protocol",
     "inside the answer"),
    ("never ends the body", framed(b"Content-Length: 100"), "timeout", "timeout after 300 ms"),
    ("closes inside a chunk", answers(CHUNKED + b"64\r\nshort", closes=True), "protocol", "inside the answer"),
    ("closes before the last chunk", answers(CHUNKED + b"5\r\nhello\r\n", closes=True), "protocol", "inside the answer"),
    ("closes inside the trailers", answers(CHUNKED + b"5\r\nhello\r\n0\r\nX: y\r\n", closes=True), "protocol", "inside the answer"),
    ("resets before the answer", http1.reset_before_answer, "protocol", "reset"),
    ("resets inside the answer", http1.reset_inside_answer, "protocol", "reset"),
    ("never answers", answers(), "timeout", "timeout after 300 ms"),
    ("never reads", http1.never_reads, "timeout", "timeout after 300 ms"),
    ("drips the body", http1.drip(HEAD + b"Content-Length: 1000\r\n\r\n", b"."), "timeout", "timeout after 300 ms"),
    ("drips the head", http1.drip(HEAD + b"X-Slow: ", b"."), "timeout", "timeout after 300 ms"),
    ("drips chunks", http1.drip(CHUNKED, b"1\r\n.\r\n"), "timeout", "timeout after 300 ms"),
    ("drips 100 Continue", http1.drip(b"", CONTINUE), "timeout", "timeout after 300 ms"),
    ("byte by byte", answers(*[GOOD[i:i + 1] for i in range(len(GOOD))], pause=0.001), None, ""),

    ("speaks no HTTP", answers(b"220 mail.example ESMTP\r\n", closes=True), "protocol", "status line"),
    ("sends noise", answers(bytes(range(256)) * 4), "protocol", "status line"),
    ("speaks HTTP/2", answers(h2.settings((h2.MAX_STREAMS, 100)), closes=True), "protocol", ""),
    ("speaks TLS", answers(tls.alert(tls.HANDSHAKE_FAILURE) + b"\n", closes=True), "protocol", "status line"),
    ("HTTP/1.2", answers(GOOD.replace(b"1.1", b"1.2")), "protocol", "status line"),
    ("HTTP/0.9", answers(b"<html>hello</html>\r\n", closes=True), "protocol", "status line"),
    ("status of two digits", answers(b"HTTP/1.1 20 OK\r\n\r\n"), "protocol", "status line"),
    ("status 099", answers(b"HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n"), "protocol", "bad status"),
    ("status 600", answers(b"HTTP/1.1 600 What\r\nContent-Length: 0\r\n\r\n"), "protocol", "bad status"),
    ("status 999", answers(b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), "protocol", "bad status"),
    ("101 unasked", answers(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), "protocol", "101"),
    ("500", answers(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "status", "500"),

    ("length of words", framed(b"Content-Length: five"), "protocol", "bad Content-Length"),
    ("length of nothing", framed(b"Content-Length:"), "protocol", "bad Content-Length"),
    ("length negative", framed(b"Content-Length: -5"), "protocol", "bad Content-Length"),
    ("length with a sign", framed(b"Content-Length: +5"), "protocol", "bad Content-Length"),
    ("length hexadecimal", framed(b"Content-Length: 0x5"), "protocol", "bad Content-Length"),
    ("length beyond 64 bits", framed(b"Content-Length: 99999999999999999999"), "protocol", "bad Content-Length"),
    ("length of a list", framed(b"Content-Length: 5, 6"), "protocol", "bad Content-Length"),
    ("length twice the same", framed(b"Content-Length: 5", b"Content-Length: 5"), None, ""),
    ("lengths in conflict", framed(b"Content-Length: 5", b"Content-Length: 6"), "protocol", "conflicting"),
    ("length and chunks", framed(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), "protocol",
     "both Content-Length"),
    ("chunks and length", framed(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"), "protocol",
     "both Content-Length"),
    ("length too short", framed(b"Content-Length: 3"), "protocol", "bytes after the end"),
    ("length huge", framed(b"Content-Length: 999999999999999999"), "timeout", "timeout after 300 ms"),

    ("chunk size of letters", chunks(b"xyz\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size of nothing", chunks(b"\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size negative", chunks(b"-5\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size with 0x", chunks(b"0x5\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size after a blank", chunks(b" 5\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size and words", chunks(b"5 bytes\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk size beyond 64 bits", chunks(b"fffffffffffffffff\r\n"), "protocol", "chunk size"),
    ("chunk size of 63 bits", chunks(b"7fffffffffffffff\r\nhello"), "protocol", "chunk size"),
    ("chunk size of 60 bits", chunks(b"fffffffffffffff\r\nhello"), "timeout", "timeout after 300 ms"),
    ("chunk line with LF alone", chunks(b"5\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk line with CR inside", chunks(b"5\r;x\r\nhello\r\n0\r\n\r\n"), "protocol", "chunk size"),
    ("chunk line of 300 bytes", chunks(b"5;" + b"x" * 300 + b"\r\nhello\r\n0\r\n\r\n"), "protocol", "over 256 bytes"),
    ("chunk without its end", chunks(b"3\r\nhello\r\n0\r\n\r\n"), "protocol", "CRLF after a chunk"),
    ("chunk shorter than said", chunks(b"7\r\nhello\r\n0\r\n\r\n"), "protocol", "CRLF after a chunk"),
    ("chunks without a last one", chunks(b"5\r\nhello\r\n"), "timeout", "timeout after 300 ms"),
    ("chunk extensions and trailers", chunks(b"5;a=b\r\nhello\r\n0;c\r\nX: y\r\n\r\n"), None, ""),
    ("chunked twice", framed(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), "protocol", "Transfer-Encoding"),
    ("chunked not last", framed(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), "protocol", "Transfer-Encoding"),
    ("encoding of nothing", framed(b"Transfer-Encoding:", body=b"0\r\n\r\n"), "protocol", "Transfer-Encoding"),
    ("chunks in HTTP/1.0", answers(CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n"), "protocol", "Transfer-Encoding"),
    ("endless chunks", http1.endless(CHUNKED, b"5\r\nhello\r\n" * 100), "timeout", "timeout after 300 ms"),
    ("endless trailers", http1.endless(CHUNKED + b"0\r\n", b"X-More: and more\r\n" * 100), "protocol", "over 64 KB"),

    ("header without a colon", framed(b"no colon here", b"Content-Length: 5"), "protocol", "bad header"),
    ("header without a name", framed(b": nameless", b"Content-Length: 5"), "protocol", "bad header"),
    ("blank before the colon", framed(b"Content-Length : 5"), "protocol", "bad header"),
    ("NUL in a name", framed(b"X-\0: y", b"Content-Length: 5"), "protocol", "bad header"),
    ("NUL in a value", framed(b"X: \0y", b"Content-Length: 5"), None, ""),
    ("folded length", framed(b"Content-Length:\r\n 5"), "protocol", "Content-Length"),
    ("endless header", http1.endless(HEAD, b"X-More: and more\r\n" * 100), "protocol", "over 64 KB"),
    ("endless header line", http1.endless(HEAD + b"X: ", b"x" * 4096), "protocol", "over 64 KB"),
    ("endless status line", http1.endless(b"HTTP/1.1 200 ", b"x" * 4096), "protocol", "over 64 KB"),
    ("header of 65 KB", framed(b"X-Big: " + b"x" * 66000, b"Content-Length: 5"), "protocol", "over 64 KB"),
    ("header of 60 KB", framed(b"X-Big: " + b"x" * 60000, b"Content-Length: 5"), None, ""),
    ("lines that end in LF", answers(b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"), None, ""),

    ("bytes after the answer", answers(GOOD + b"and more"), "protocol", "bytes after the end"),
    ("two answers for one request", answers(GOOD + GOOD), "protocol", "bytes after the end"),
    ("103 first", answers(EARLY_HINTS + GOOD), None, ""),
    ("100 first, apart", answers(CONTINUE, GOOD, pause=0.02), None, ""),
    ("103 twenty times", answers(EARLY_HINTS * 20 + GOOD), None, ""),
    ("100 with a body", answers(CONTINUE[:-2] + b"Content-Length: 5\r\n\r\nhello" + GOOD), "protocol", "status line"),
    ("endless 100", http1.endless(b"", CONTINUE * 100), "protocol", "over 64 KB"),
    ("100 and then the end", answers(CONTINUE, closes=True), "protocol", "inside the answer"),

    ("204", answers(b"HTTP/1.1 204 No Content\r\n\r\n"), None, ""),
    ("204 with a length", answers(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), None, ""),
    ("204 with a body", answers(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), "protocol", "bytes after the end"),
    ("304 with a length", answers(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"), None, ""),
    ("304 with a body", answers(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"), "protocol",
     "bytes after the end"),
    ("HEAD with a length", framed(b"Content-Length: 100", body=b""), None, "", "-X", "HEAD"),
    ("HEAD with chunks", framed(b"Transfer-Encoding: chunked", body=b""), None, "", "-X", "HEAD"),
    ("HEAD without either", framed(body=b""), None, "", "-X", "HEAD"),
    ("HEAD with a body", answers(GOOD), "protocol", "bytes after the end", "-X", "HEAD"),

    ("half-closes", http1.half_close(HEAD + b"\r\nuntil the end"), None, ""),
    ("half-closes inside the answer", http1.half_close(GOOD[:-1]), "protocol", "inside the answer"),
    ("half-closes with nothing", http1.half_close(b""), "protocol", "before the answer"),
    ("HTTP/1.0", answers(b"HTTP/1.0 200 OK\r\n\r\nold", closes=True), None, ""),
    ("Connection: close", http1.close_politely_every(1), None, ""),
    ("Connection: close each third", http1.close_politely_every(3), None, ""),
    ("Connection: close, but stays", framed(b"Connection: close", b"Content-Length: 5"), None, ""),
]


def each_code(code, name):
    """RST_STREAM before the answer; a reset without an error is none the less no answer; refused ones are sent again."""
    failure = "timeout" if name == "REFUSED_STREAM" else "protocol"
    reason = "timeout" if failure == "timeout" else name if code > 0 else "PROTOCOL_ERROR"
    return f"RST_STREAM {name}", h2.each(lambda stream: h2.reset(stream, code)), failure, reason


def each_h2(answer, first=h2.settings(), closes=False):
    return h2.each(answer, first, closes)


HTTP2 = [
    ("is silent", h2.silent, "timeout", "timeout after 300 ms"),
    ("speaks HTTP/1.1", answers(GOOD), "protocol", "SETTINGS"),
    ("answers without SETTINGS", each_h2(h2.good, b""), "protocol", "SETTINGS"),
    ("PING before SETTINGS", each_h2(h2.good, h2.frame(h2.PING, 0, 0, b"12345678")), "protocol", "SETTINGS"),
    ("closes before the answer", each_h2(lambda stream: b"", closes=True), "protocol", "before the answer"),
    ("closes inside the answer", each_h2(lambda stream: h2.headers(stream, flags=h2.END_HEADERS), closes=True), "protocol",
     "inside the answer"),
    ("never ends the answer", each_h2(lambda stream: h2.headers(stream, flags=h2.END_HEADERS)), "timeout", "timeout"),
    ("answers", each_h2(h2.good), None, ""),
    *[each_code(*code) for code in enumerate(h2.CODES)],
    ("RST_STREAM unknown", each_h2(lambda stream: h2.reset(stream, 0x77)), "protocol", ""),
    ("RST_STREAM inside the answer", each_h2(lambda stream: h2.headers(stream, flags=h2.END_HEADERS) + h2.reset(stream, 2)),
     "protocol", "INTERNAL_ERROR"),
    ("RST_STREAM after the answer", each_h2(lambda stream: h2.good(stream) + h2.reset(stream, 0)), None, ""),
    ("refuses each third", h2.refuses_each(3), None, ""),

    ("GOAWAY 0 at once", h2.leaves_unanswered(True), "protocol", "before the answer"),
    ("GOAWAY and no answer", h2.leaves_unanswered(False), "timeout", "timeout after 300 ms"),
    ("GOAWAY 0 for each", each_h2(lambda stream: h2.goaway(0), closes=True), "timeout", "timeout after 300 ms"),
    ("GOAWAY each third", h2.leaves_after(3), None, ""),
    ("GOAWAY each third, but stays", h2.leaves_after(3, closes=False), None, ""),
    ("GOAWAY each third, gently", h2.leaves_gently(3), None, ""),
    ("GOAWAY with an error", each_h2(lambda stream: h2.goaway(stream, 11), closes=True), "protocol", ""),

    ("window 0", h2.window_closed, "timeout", "timeout after 300 ms", "-b", "body"),
    ("answers before the body", h2.early_answer, None, "", "-b", "body"),
    ("window update of 0", h2.sends_first(h2.window_update(0, 0)), "protocol", ""),
    ("window update too large", h2.sends_first(h2.window_update(0, 2**31 - 1)), "protocol", "FLOW_CONTROL"),
    ("window beyond 31 bits", each_h2(h2.good, h2.settings((h2.INITIAL_WINDOW, 2**31))), "protocol", ""),
    ("no streams", each_h2(lambda stream: h2.reset(stream, 7), h2.settings((h2.MAX_STREAMS, 0))), "timeout", "timeout"),
    ("no streams at first", h2.limit_raised_later, None, ""),
    ("one stream", each_h2(h2.good, h2.settings((h2.MAX_STREAMS, 1))), None, ""),

    ("frame beyond the maximum", each_h2(lambda stream: h2.frame(h2.DATA, 0, stream, b"x" * 17000)), "protocol", "FRAME_SIZE"),
    ("frame of 16 MB", each_h2(lambda stream: h2.frame(h2.DATA, 0, stream, b"", 2**24 - 1)), "protocol", "FRAME_SIZE"),
    ("SETTINGS of 5 bytes", each_h2(h2.good, h2.frame(h2.SETTINGS, 0, 0, b"12345")), "protocol", "FRAME_SIZE"),
    ("SETTINGS of a stream", h2.sends_first(h2.frame(h2.SETTINGS, 0, 1)), "protocol", ""),
    ("maximum frame size of 1", each_h2(h2.good, h2.settings((h2.MAX_FRAME_SIZE, 1))), "protocol", ""),
    ("PING of 7 bytes", h2.sends_first(h2.frame(h2.PING, 0, 0, b"1234567")), "protocol", "FRAME_SIZE"),
    ("RST_STREAM of 3 bytes", each_h2(lambda stream: h2.frame(h2.RST_STREAM, 0, stream, b"123")), "protocol", "FRAME_SIZE"),
    ("RST_STREAM of stream 0", h2.sends_first(h2.reset(0, 0)), "protocol", ""),
    ("padding longer than its frame", each_h2(lambda stream: h2.frame(h2.HEADERS, 0xd, stream, b"\xff\x88")), "protocol", ""),
    ("PRIORITY", h2.sends_first(h2.frame(h2.PRIORITY, 0, 1, b"\0\0\0\0\x10")), None, ""),
    ("unknown frames", h2.sends_first(h2.frame(0x42, 0xff, 0, b"what"), h2.frame(0xff, 0, 7, b"")), None, ""),
    ("unknown settings", each_h2(h2.good, h2.settings((0x4242, 1), (0xffff, 2**32 - 1))), None, ""),

    ("CONTINUATION of nothing", each_h2(lambda stream: h2.frame(h2.CONTINUATION, 4, stream, b"\x88")), "protocol", ""),
    ("CONTINUATION flood", h2.continuation_flood, "protocol", ""),
    ("DATA amid the headers", each_h2(lambda stream: h2.headers(stream, flags=0) + h2.data(stream)), "protocol", ""),
    ("headers of 60 KB", each_h2(lambda stream: h2.headers(stream, b"\x88", 0) + b"".join(
        h2.frame(h2.CONTINUATION, 4 * (i == 3), stream, (b"\0\1x\x7f\x81\x75" + b"y" * 15104)) for i in range(4)) +
        h2.data(stream)), None, ""),
    ("header block of rubbish", each_h2(lambda stream: h2.headers(stream, b"\xff" * 20)), "protocol", "COMPRESSION"),
    ("header of a table that is empty", each_h2(lambda stream: h2.headers(stream, b"\xbe")), "protocol", "COMPRESSION"),
    ("no status", each_h2(lambda stream: h2.headers(stream, h2.literal(b"x", b"y"))), "protocol", "PROTOCOL_ERROR"),
    ("two statuses", each_h2(lambda stream: h2.headers(stream, b"\x88\x88")), "protocol", "PROTOCOL_ERROR"),
    ("status of letters", each_h2(lambda stream: h2.headers(stream, h2.status(b"abc"))), "protocol", "PROTOCOL_ERROR"),
    ("status of four digits", each_h2(lambda stream: h2.headers(stream, h2.status(b"2000"))), "protocol", "PROTOCOL_ERROR"),
    ("status 999", each_h2(lambda stream: h2.headers(stream, h2.status(b"999"))), "protocol", "bad status"),
    ("status 600", each_h2(lambda stream: h2.headers(stream, h2.status(b"600"))), "protocol", "bad status"),
    ("status 042", each_h2(lambda stream: h2.headers(stream, h2.status(b"042"))), "protocol", "bad status"),
    ("status 101", each_h2(lambda stream: h2.headers(stream, h2.status(b"101"))), "protocol", "PROTOCOL_ERROR"),
    ("status 100 and the end", each_h2(lambda stream: h2.headers(stream, h2.status(b"100"))), "protocol", "PROTOCOL_ERROR"),
    ("status 500", each_h2(lambda stream: h2.headers(stream, b"\x8e")), "status", "500"),
    ("a capital letter", each_h2(lambda stream: h2.headers(stream, b"\x88" + h2.literal(b"X", b"y"))), "protocol",
     "PROTOCOL_ERROR"),
    ("a connection header", each_h2(lambda stream: h2.headers(stream, b"\x88" + h2.literal(b"connection", b"close"))),
     "protocol", "PROTOCOL_ERROR"),
    ("103 first", each_h2(lambda stream: h2.headers(stream, h2.status(b"103"), 4) + h2.good(stream)), None, ""),
    ("endless 100", h2.flood(lambda stream: h2.headers(stream, h2.status(b"100"), 4)), "timeout", "timeout after 300 ms"),
    ("trailers", each_h2(lambda stream: h2.headers(stream, flags=4) + h2.data(stream, flags=0) +
                         h2.headers(stream, h2.literal(b"x", b"y"))), None, ""),
    ("trailers without an end", each_h2(lambda stream: h2.headers(stream, flags=4) + h2.data(stream, flags=0) +
                                        h2.headers(stream, h2.literal(b"x", b"y"), 4)), "protocol", "PROTOCOL_ERROR"),
    ("length too short", each_h2(lambda stream: h2.headers(stream, b"\x88" + h2.literal(b"content-length", b"3"), 4) +
                                 h2.data(stream)), "protocol", "PROTOCOL_ERROR"),
    ("length too long", each_h2(lambda stream: h2.headers(stream, b"\x88" + h2.literal(b"content-length", b"9"), 4) +
                                h2.data(stream)), "protocol", "PROTOCOL_ERROR"),
    ("204", each_h2(lambda stream: h2.headers(stream, h2.STATUS_204)), None, ""),
    ("HEAD with a length", each_h2(lambda stream: h2.headers(stream, b"\x88" + h2.literal(b"content-length", b"9"))), None, "",
     "-X", "HEAD"),
    ("HEAD with a body", each_h2(h2.good), "protocol", "PROTOCOL_ERROR", "-X", "HEAD"),

    ("DATA before the headers", each_h2(h2.data), "protocol", ""),
    ("DATA of stream 0", each_h2(lambda stream: h2.data(0)), "protocol", ""),
    ("DATA of a stream to come", each_h2(lambda stream: h2.data(stream + 100)), "protocol", ""),
    ("answers a stream to come", each_h2(lambda stream: h2.good(stream + 2)), "protocol", ""),
    ("answers twice", each_h2(lambda stream: h2.good(stream) + h2.good(stream)), None, ""),
    ("DATA behind the end", each_h2(lambda stream: h2.good(stream) + h2.data(stream)), None, ""),
    ("PUSH_PROMISE", each_h2(lambda stream: h2.frame(h2.PUSH_PROMISE, 4, stream, b"\0\0\0\2\x82\x84\x86")), "protocol", ""),
    ("a stream of its own", each_h2(lambda stream: h2.good(2)), "protocol", ""),

    ("a hundred PINGs", each_h2(lambda stream: h2.frame(h2.PING, 0, 0, b"12345678") * 100 + h2.good(stream)), None, ""),
    ("PING flood", h2.flood(lambda stream: h2.frame(h2.PING, 0, 0, b"12345678")), ("timeout", "protocol"), ""),
    ("SETTINGS flood", h2.flood(lambda stream: h2.settings((h2.MAX_STREAMS, 100))), ("timeout", "protocol"), ""),
    ("flood of empty DATA", h2.flood(lambda stream: h2.data(stream, b"", 0)), ("timeout", "protocol"), ""),
    ("flood of DATA", h2.flood(lambda stream: h2.headers(stream, flags=4)), ("timeout", "protocol"), ""),
]


def tls_cases(c):
    """Of TLS on its own, each with its options. Where no connection can be opened at all there is no result, but a sentence."""
    ca = ("--cacert", c.cert("ca"))
    good = answers(GOOD)
    secured, plain = tls.secured, c.context()
    h2_only = c.context(alpn=["h2"])
    handshake = [1, 5, 6, 60, 90, 130, 200, 500, 700, 800, 900]
    return [
        # (name, behaviour, failure, reason, options)
        ("answers", secured(plain, good), None, "", *ca),
        ("TLS 1.2", secured(c.context(newest=ssl.TLSVersion.TLSv1_2), good), None, "", *ca),
        ("a new connection for each", secured(plain, answers(GOOD, closes=True)), None, "", "--close", *ca),
        ("HTTP/2", secured(h2_only, h2.each(h2.good)), None, "", *ca),
        ("HTTP/2 wanted", secured(h2_only, h2.each(h2.good)), None, "", "--http2", *ca),
        ("self-signed, -k", secured(c.context("selfsigned"), good), None, "", "-k"),
        ("wrong name, -k", secured(c.context("other"), good), None, "", "-k"),
        ("wrong name, but --sni", secured(c.context("other"), good), None, "", "--sni", "other.example", *ca),
        ("expired, -k", secured(c.context("expired"), good), None, "", "-k"),
        ("client certificate", secured(c.context(asks_client=True), good), None, "", "--cert", c.cert("client"),
         "--key", c.key("client"), *ca),
        ("no client certificate", secured(c.context(asks_client=True), good), "protocol", "certificate required", *ca),
        ("speaks no HTTP", secured(plain, answers(b"220 mail.example ESMTP\r\n")), "protocol", "status line", *ca),
        ("closes before the answer", secured(plain, answers(b"", closes=True)), "protocol", "before the answer", *ca),
        ("closes inside the answer", secured(plain, answers(GOOD[:-1], closes=True)), "protocol", "inside the answer", *ca),
        ("until the end", secured(plain, answers(HEAD + b"\r\nuntil the end", closes=True)), None, "", *ca),
        ("until the end, cut", tls.cut(plain, answers(HEAD + b"\r\nuntil the end", closes=True)), "protocol",
         "inside the answer", *ca),
        ("cut after the answer", tls.cut(plain, answers(HEAD + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",
                                                        closes=True)), None, "", *ca),
        ("cut before the answer", tls.cut(plain, answers(b"", closes=True)), "protocol", "before the answer", *ca),
        ("rubbish behind the handshake", tls.raw_behind_handshake(plain, bytes(range(200)) * 4), "protocol", "TLS", *ca),
        ("a record that cannot be decrypted", tls.raw_behind_handshake(plain, tls.APPLICATION_DATA + b"\0\x20" + b"x" * 32),
         "protocol", "TLS", *ca),
        ("an alert in plain text", tls.raw_behind_handshake(plain, tls.alert(80)), "protocol", "TLS", *ca),
        ("plain text behind the handshake", tls.raw_behind_handshake(plain, GOOD), "protocol", "TLS", *ca),
        ("never answers", secured(plain, answers()), "timeout", "timeout after 300 ms", *ca),
    ]


def tls_refusals(c):
    """(name, behaviour, sentence, options): not one connection comes to be."""
    ca = ("--cacert", c.cert("ca"))
    good, plain = answers(GOOD), c.context()
    return [
        ("plain HTTP", tls.says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "does the server speak TLS?", *ca),
        ("a banner", lambda s, k: k.sendall(b"220 mail.example ESMTP\r\n"), "does the server speak TLS?", *ca),
        ("noise", tls.says(bytes(range(256))), "TLS", *ca),
        ("alert handshake_failure", tls.says(tls.alert(tls.HANDSHAKE_FAILURE)), "alert handshake failure", *ca),
        ("alert unrecognized_name", tls.says(tls.alert(112)), "alert unrecognized name", *ca),
        ("alert unknown", tls.says(tls.alert(200)), "alert", *ca),
        ("a warning only", tls.says(b"\x15\x03\x03\x00\x02\x01\x70"), "", *ca),
        ("closes at once", http1.close_at_once, "", *ca),
        ("resets at once", http1.reset_at_once, "reset", *ca),
        ("closes after the first flight", tls.says(b""), "", *ca),
        ("never answers", tls.says(b"", closes=False), "timed out", *ca),
        ("a record of 65535 bytes", tls.says(b"\x16\x03\x03\xff\xff" + b"x" * 1000), "TLS", *ca),
        ("self-signed", tls.secured(c.context("selfsigned"), good), "self-signed certificate", *ca),
        ("wrong name", tls.secured(c.context("other"), good), "certificate verify failed: IP address mismatch", *ca),
        ("expired", tls.secured(c.context("expired"), good), "certificate has expired", *ca),
        ("unknown authority", tls.secured(plain, good), "certificate verify failed"),
        ("no HTTP/2", tls.secured(plain, good), "did not choose HTTP/2", "--http2", *ca),
        ("HTTP/1.1 by ALPN", tls.secured(c.context(alpn=["http/1.1"]), good), "", "--http2", *ca),
        *[(f"closes after {n} bytes of the handshake", tls.CutHandshake(plain, [n]), "", *ca)
          for n in (1, 5, 6, 60, 126, 127, 128, 133, 150, 300, 600, 700)],
    ]


class Run:
    """A short load on a server of its own. `judge` is a function of the run when it is over."""

    def __init__(self, what, behave, judge, *options, timeout=LONG, url="http://127.0.0.1:{}/", shows=False):
        self.what, self.behave, self.judge, self.url, self.shows = what, behave, judge, url, shows
        self.options = ("-t", "1", "--timeout", timeout, *options)
        self.document, self.result, self.shown, self.port = None, None, "", 0

    def make(self):
        """The document, the result, and what `sonde show` says of it; the server is gone afterwards."""
        server, folder = BadServer(self.behave), temporary_folder()
        self.port = server.port
        try:
            self.document, self.result = sonde_json(folder, "load", *self.options, self.url.format(self.port),
                                                    timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.result = Result(None, "", f"it hangs: not over after {PATIENCE_S} s")
        server.end()
        if self.shows:
            self.shown = sonde(folder, "show").out


def make_and_judge(runs, at_once):
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for run, made in [(run, pool.submit(run.make)) for run in runs]:
            made.result()
            run.judge(run)


def check_identity(document, what):
    """One assertion for all of it: it is made of each of a thousand runs."""
    broken = [scope for scope, counts in [("in all", document), *document["names"].items()]
              if counts["offered"] != counts["requests"] + sum(counts["errors"][e] for e in WITHOUT_ANSWER)]
    broken += [key for key in ("offered", "requests")
               if sum(name[key] for name in document["names"].values()) != document[key]]
    broken += [key for key in ("offered", "requests") if sum(s[key] for s in document["seconds"]) != document[key]]
    equal(broken, [], f"{what}: offered = answered + what was not; names and seconds add up")


def with_result(check=lambda run: None):
    """The judge of a run that has to have a result, whose books balance; then check(run)."""
    def judge(run):
        if ok(run.document is not None, f"{run.what}: there is a result", run.result):
            check_identity(run.document, run.what)
            check(run)
    return judge


def check_class(document, what, failure, *also):
    """Everything ended in this way (of several possible ones: in these), or in one that is allowed `also`."""
    expected = (failure,) if isinstance(failure, str) else failure or ()
    others = {e: n for e, n in document["errors"].items() if e not in expected + also and n > 0}
    equal(others, {}, f"{what}: nothing but {failure or 'good answers'}")
    if failure is None or failure == "status":
        equal(document["requests"], document["offered"], f"{what}: all were answered")
    else:
        equal(document["requests"], 0, f"{what}: none was answered")
    ok(document["offered"] > 0, f"{what}: something was sent")


def timeout_for(failure):
    return SHORT if failure is not None and "timeout" in failure else LONG


def server_run(name, behave, failure, reason, *more, **kw):
    def check(run):
        equal(run.document["offered"], 6, f"{name}: as many requests as were asked for")
        check_class(run.document, name, failure)
        if failure is not None:
            contains(run.shown, reason, f"{name}: the reason is shown")
    return Run(name, behave, with_result(check), *AMOUNT, *more, timeout=timeout_for(failure), shows=failure is not None, **kw)


def schedule_runs(version, name, behave, failure, *more):
    """Other ways of sending: what is behind a bad answer in a pipeline shares its fate, or has one of its own."""
    def check(run, kind, count):
        document = run.document
        if count is not None:
            equal(document["offered"], count, f"{run.what}: as many requests as were asked for")
        if kind == "depth" and failure is not None:
            # the second of two answers is the next request's, as far as anybody can tell
            is_telling = name != "two answers for one request"
            ok(document["requests"] < count or failure == "status" or not is_telling, f"{run.what}: it was noticed",
               document["errors"])
        else:
            # a connection that breaks without having been of use rests; at a rate others come due meanwhile
            check_class(document, run.what, failure, *(("connect",) if failure is not None and kind == "rate" else ()))

    for kind, (options, count) in SCHEDULES[version].items():
        yield Run(f"{name}, {kind}", behave, with_result(functools.partial(check, kind=kind, count=count)), *options, *version,
                  *more, timeout=timeout_for(failure))


def at_once_runs():
    """Whether a request was on its way when the connection ended is chance; that there is an end and a reason is not."""
    def judge(run):
        if run.document is None or "errors" not in run.document:
            equal(run.result.status, 5, f"{run.what}: nothing could be measured")
            contains(run.result.err, "cannot connect to 127.0.0.1", f"{run.what}: the sentence")
        else:
            check_identity(run.document, run.what)
            check_class(run.document, run.what, ("connect", "protocol"))

    for behave, what in ((http1.close_at_once, "closes at once"), (http1.reset_at_once, "resets at once")):
        for version in ((), ("--http2",)):
            for kind in AMOUNT, *(options for options, _ in SCHEDULES[version].values()):
                yield Run(" ".join((what, *kind, *version)), behave, judge, *kind, *version, url=":{}/")


def cut_runs():
    """Connection n is closed after n bytes of the answer, with FIN or RST. The whole one is followed by a request that
    finds nobody: nothing said that the connection would end."""
    def check(run, rounds):
        equal((run.document["requests"], run.document["errors"]["protocol"]), (2, rounds - 2), f"{run.what}: how many were whole")

    for behave, length, version in ((http1.cut_at_each_byte(False), len(GOOD), ()), (http1.cut_at_each_byte(True), len(GOOD), ()),
                                    (h2.cut_at_each_byte, len(h2.good(1)), ("--http2",))):
        rounds = 2 * (length + 2)
        yield Run("cut at each byte " + " ".join(version), behave, with_result(functools.partial(check, rounds=rounds)),
                  "-c", "1", "-n", str(rounds), *version)


def too_early_runs():
    """Whose answer that is nobody can say; what counts is that the books balance and that there is an end."""
    for behave, what in ((http1.answer_first, "answers first"), (http1.answer_first_and_close, "answers first and closes")):
        for options in AMOUNT, *(options for options, _ in SCHEDULES[()].values()):
            yield Run(" ".join((what, *options)), behave, with_result(), *options, timeout=SHORT)


def tls_runs():
    certificates = tls.Certificates(temporary_folder())
    for name, *rest in tls_cases(certificates):
        yield server_run(f"TLS: {name}", *rest, url="https://127.0.0.1:{}/")

    def judge(run, sentence):
        equal(run.result.status, 5, f"{run.what}: status 5")
        contains(run.result.err, f"cannot connect to 127.0.0.1:{run.port}: ", f"{run.what}: the sentence")
        contains(run.result.err, sentence, f"{run.what}: and its reason")

    for name, behave, sentence, *more in tls_refusals(certificates):
        yield Run(f"TLS: {name}", behave, functools.partial(judge, sentence=sentence), *AMOUNT, *more, url="https://127.0.0.1:{}/",
                  timeout=SHORT if sentence == "timed out" else LONG)


def never_each_fifth(server, connection):
    for number in http1.requests(server, connection):
        if number % 5 == 0:
            connection.recv(65536)  # until the client gives up
            return
        connection.sendall(GOOD)


def censored_run():
    """Requests that nobody answered were slower than all that were: a quantile among them has a lower bound and no value."""
    def check(run):
        document, what = run.document, run.what
        latency, bounds = document["latency"], document["lower_bounds"]
        equal((document["offered"], document["errors"]["timeout"]), (400, 80), f"{what}: as many timeouts")
        ok(latency["p50_ns"] is not None and latency["p75_ns"] is not None, f"{what}: p75 is known", latency)
        equal((latency["p90_ns"], latency["p95_ns"]), (None, None), f"{what}: p90 and p95 are not")
        ok(bounds.get("p90_ns", 0) >= latency["max_ns"] and bounds.get("p95_ns", 0) >= bounds.get("p90_ns", 0),
           f"{what}: but that they are longer than any answer took", bounds)
        ok("p50_ns" not in bounds and "p75_ns" not in bounds, f"{what}: what is known needs no bound", bounds)

    return Run("each fifth never", never_each_fifth, with_result(check), "-R", "400", "-c", "64", "-d", "1s", timeout=SHORT)


def gone_runs():
    def check(run):
        equal(run.document["requests"], 20, f"{run.what}: what was answered stays answered")
        ok(run.document["errors"]["connect"] > 0, f"{run.what}: then nobody is there", run.document["errors"])
        contains(run.shown, "refused", f"{run.what}: and that is said")

    for number, options in enumerate((("-d", "300ms", "-c", "4"), ("-d", "300ms", "-c", "4", "-R", "200"))):
        yield Run("stops listening" + ", at a rate" * number, http1.good_for(20, http1.stop_listening), with_result(check),
                  *options, timeout=SHORT, shows=True)


def test_no_load_at_all():
    folder, port = temporary_folder(), free_port()
    for url, status, sentence in ((f":{port}/", 5, f"cannot connect to 127.0.0.1:{port}: connection refused"),
                                  ("http://no-such-host.invalid/", 5, "cannot resolve 'no-such-host.invalid'"),
                                  ("ftp://127.0.0.1/", 64, "ftp"),
                                  ("http://127.0.0.1:99999/", 64, "99999"),
                                  ("http://", 64, "")):
        result = sonde(folder, "load", "-d", "300ms", url, timeout=60)
        equal(result.status, status, f"{url}: status {status}")
        contains(result.err, sentence, f"{url}: the sentence")
        equal(result.out, "", f"{url}: no result is printed")


# Those whose way of breaking the rules may meet the way of sending.
SCHEDULED = {
    "closes before the answer", "closes inside the body", "resets before the answer", "resets inside the answer",
    "never answers", "drips the head", "speaks no HTTP", "500", "length too short", "length and chunks",
    "bytes after the answer", "two answers for one request", "endless header", "100 first, apart", "half-closes",
    "Connection: close", "Connection: close each third", "Connection: close, but stays",
    "is silent", "answers without SETTINGS", "RST_STREAM CANCEL", "RST_STREAM REFUSED_STREAM", "refuses each third",
    "GOAWAY and no answer", "GOAWAY 0 for each", "GOAWAY each third", "GOAWAY each third, but stays",
    "GOAWAY each third, gently", "window 0", "answers before the body", "no streams", "no streams at first", "one stream",
    "header block of rubbish", "status 999", "status 500", "PUSH_PROMISE", "answers twice", "never ends the answer",
}


def all_runs():
    for version, servers in ((), HTTP1), (("--http2",), HTTP2):
        for name, behave, failure, reason, *more in servers:
            yield server_run(" ".join((*version, name)), behave, failure, reason, *version, *more)
            if name in SCHEDULED:
                yield from schedule_runs(version, " ".join((*version, name)), behave, failure, *more)
    yield from at_once_runs()
    yield from cut_runs()
    yield from too_early_runs()
    if tls.is_possible():
        yield from tls_runs()
    else:
        skip("TLS", "no openssl command to make certificates with")


def main():
    make_and_judge(list(all_runs()), AT_ONCE)
    make_and_judge([censored_run(), *gone_runs()], 1)  # answers that have to come within the short timeout
    test_no_load_at_all()
    done()


main()
