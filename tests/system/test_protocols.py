"""HTTP/1.1, HTTP/2, TLS and addresses against a real server: every request is answered exactly once, by both sides' books.

nginx closes each connection after 50 requests, in order: in the middle of pipelines, and of HTTP/2 sessions with a GOAWAY.
"""
import collections
import os
import shutil
import threading
import urllib.parse

import bad_server_tls as tls
from bad_server import HEAD, BadServer
from harness import (contains, done, end, equal, free_port, ok, skip, skip_all, sonde, sonde_json, start, temporary_folder,
                     wait_for_port, wait_until, write)

CONFIGURATION = """
worker_processes 2;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    log_format plain "$remote_addr $server_protocol $request_method $request_uri $host $ssl_session_reused $ssl_client_verify";
    access_log {folder}/access.log plain;
    keepalive_requests 50;
    ssl_certificate {server}; ssl_certificate_key {server_key};
    server {{
        listen 127.0.0.1:{plain}; {ipv6} listen unix:{folder}/nginx.sock;
        location / {{ return 200 "hello\\n"; }}
        location /missing {{ return 404 "nothing\\n"; }}
        location /body {{ client_body_buffer_size 64k; return 200 "hello\\n"; }}
    }}
    server {{ listen 127.0.0.1:{h2c} http2; http2_max_concurrent_streams 8; location / {{ return 200 "hello\\n"; }} }}
    server {{ listen 127.0.0.1:{secure} ssl http2; location / {{ return 200 "hello\\n"; }} }}
    server {{
        listen 127.0.0.1:{client} ssl; ssl_verify_client on; ssl_client_certificate {ca};
        location / {{ return 200 "hello\\n"; }}
    }}
}}
"""


def has_ipv6():
    try:
        with open("/proc/net/if_inet6") as f:
            return any(line.split()[-1] == "lo" for line in f)
    except OSError:
        return False


class Nginx:
    def __init__(self, folder, certificates):
        self.folder = folder
        self.plain, self.h2c, self.secure, self.client = (free_port() for _ in range(4))
        ports = {name: getattr(self, name) for name in ("plain", "h2c", "secure", "client")}
        path = write(os.path.join(folder, "nginx.conf"), CONFIGURATION.format(
            folder=folder, server=certificates.cert("server"), server_key=certificates.key("server"),
            ca=certificates.cert("ca"), ipv6=f"listen [::1]:{self.plain};" if has_ipv6() else "", **ports))
        self.process = start([NGINX, "-p", folder, "-e", os.path.join(folder, "error.log"), "-c", path], folder)
        self.is_up = all(wait_for_port(port) for port in ports.values())
        self.seen = 0

    def log(self, count):
        """The log's lines since the last call, once there are `count` of them: they are written after the answer is."""
        path = os.path.join(self.folder, "access.log")

        def read():
            with open(path) as f:
                return f.read().splitlines()[self.seen:]
        wait_until(lambda: len(read()) >= count, 5)
        lines = read()
        self.seen += len(lines)
        return lines


def load_all(what, url, count, *options, wanted=None, mode=("-n",)):
    """A fixed amount of work: all of it is answered well, and the server has seen each request once. The log's lines."""
    document, result = sonde_json(FOLDER, "load", "-t", "2", *(mode + ((str(count),) if mode == ("-n",) else ())), *options, url)
    if not ok(document is not None, f"{what}: there is a result", result):
        return None, []
    equal((document["offered"], document["requests"]), (count, count), f"{what}: {count} requests, each answered")
    equal({e: n for e, n in document["errors"].items() if n > 0}, wanted or {}, f"{what}: errors")
    lines = NGINX_SERVER.log(count)
    equal(len(lines), count, f"{what}: the server has seen as many")
    return document, lines


def protocols(lines):
    return collections.Counter(line.split()[1] for line in lines)


def test_http1():
    url = f"http://127.0.0.1:{NGINX_SERVER.plain}/"
    document, lines = load_all("keep-alive", url, 1000, "-c", "4")
    if document is not None:
        equal(protocols(lines), {"HTTP/1.1": 1000}, "keep-alive: HTTP/1.1")
        ok(document["connects"] >= 20, "keep-alive: nginx closes after 50", document["connects"])
        equal(document["resent"], 0, "keep-alive: nothing had to be sent again")
    document, _ = load_all("pipelining", url, 2000, "-c", "4", "--pipeline", "8")
    if document is not None:
        ok(document["resent"] > 0, "pipelining: what was behind the last answer of a connection was sent again",
           document["resent"])
    load_all("pipelining, one connection", url, 500, "-c", "1", "-t", "1", "--pipeline", "32")
    document, _ = load_all("a connection each", url, 300, "-c", "4", "--close")
    if document is not None:
        ok(document["connects"] >= 300, "a connection each: as many connections", document["connects"])
    load_all("users", url, 500, "-u", "7")
    load_all("at a rate", url, 500, "-c", "4", "-R", "500", "-d", "1s", mode=())
    load_all("at a rate, pipelined", url, 1000, "-c", "2", "--pipeline", "8", "-R", "1000", "-d", "1s", mode=())
    load_all("a rate and an amount", url, 200, "-c", "4", "-R", "1000")
    load_all("HEAD", url, 200, "-X", "HEAD")
    load_all("POST", f"{url}body", 200, "-b", "x" * 20000)
    load_all("404", f"{url}missing", 100, wanted={"status": 100})


def test_http2():
    plain, secure = f"http://127.0.0.1:{NGINX_SERVER.h2c}/", f"https://127.0.0.1:{NGINX_SERVER.secure}/"
    ca = ("--cacert", CERTIFICATES.cert("ca"))
    for what, url, options in (("h2c", plain, ("--http2",)), ("h2", secure, ca)):
        document, lines = load_all(what, url, 1000, "-c", "4", *options)
        if document is not None:
            equal(protocols(lines), {"HTTP/2.0": 1000}, f"{what}: HTTP/2")
            equal(document["protocol"], "HTTP/2", f"{what}: and sonde knows")
        document, _ = load_all(f"{what}, 8 streams", url, 2000, "-c", "4", "-m", "8", *options)
        if document is not None:
            ok(document["connects"] >= 40, f"{what}, 8 streams: sessions end after 50 requests", document["connects"])
        load_all(f"{what}, 100 streams", url, 1000, "-c", "1", "-t", "1", "-m", "100", *options)
        load_all(f"{what}, users", url, 500, "-u", "5", *options)
        load_all(f"{what}, at a rate", url, 500, "-c", "2", "-m", "8", "-R", "500", "-d", "1s", *options, mode=())
        document, _ = load_all(f"{what}, a connection each", url, 100, "-c", "2", "--close", *options)
        if document is not None:
            ok(document["connects"] >= 100, f"{what}, a connection each: as many connections", document["connects"])
        load_all(f"{what}, HEAD", url, 100, "-X", "HEAD", *options)
        load_all(f"{what}, POST", url, 100, "-b", "x" * 20000, *options)
    _, lines = load_all("HTTP/1.1 though h2 is offered", secure, 200, "--http1.1", *ca)
    equal(protocols(lines), {"HTTP/1.1": 200}, "HTTP/1.1 though h2 is offered: by the log")


def test_tls():
    url = f"https://127.0.0.1:{NGINX_SERVER.client}/"
    ca = ("--cacert", CERTIFICATES.cert("ca"))
    client = ("--cert", CERTIFICATES.cert("client"), "--key", CERTIFICATES.key("client"))
    _, lines = load_all("client certificate", url, 200, *ca, *client)
    equal({line.split()[-1] for line in lines}, {"SUCCESS"}, "client certificate: nginx has verified it")
    load_all("without a client certificate", url, 50, *ca, wanted={"status": 50})  # nginx says it in HTTP: 400
    document, lines = load_all("resumption", url, 100, "-c", "2", "-t", "1", "--close", *ca, *client)
    if document is not None:
        reused = sum(line.split()[-2] == "r" for line in lines)
        ok(reused >= 90, "resumption: all but the first handshakes were resumed", reused)
        ok(document["tls"]["resumed"] >= reused, "resumption: sonde counts as many", document["tls"])
    result = sonde(FOLDER, "load", "-n", "1", url)
    equal(result.status, 5, "an authority that is unknown: status 5")
    contains(result.err, "certificate verify failed", "an authority that is unknown: the sentence")


def test_addresses():
    port, path = NGINX_SERVER.plain, os.path.join(FOLDER, "nginx.sock")
    _, lines = load_all("Unix socket", f"unix:{path}:/over-unix", 200, "--pipeline", "4")
    equal({line.split()[0] for line in lines}, {"unix:"}, "Unix socket: by the log")
    _, lines = load_all("--unix-socket", "http://name.example/", 100, "--unix-socket", path)
    equal({line.split()[4] for line in lines}, {"name.example"}, "--unix-socket: the host stays the URL's")
    if has_ipv6():
        _, lines = load_all("IPv6", f"http://[::1]:{port}/", 200)
        equal({line.split()[0] for line in lines}, {"::1"}, "IPv6: by the log")
    else:
        skip("IPv6", "lo has no ::1")
    _, lines = load_all("a name with two addresses", f"http://localhost:{port}/", 100)
    _, lines = load_all("--connect-to", "http://name.example:81/", 100, "--connect-to", f"127.0.0.1:{port}")
    equal({line.split()[4] for line in lines}, {"name.example"}, "--connect-to: the host stays the URL's")
    sources = [f"127.0.0.{i}" for i in (2, 3, 4)]
    _, lines = load_all("--source", f"http://127.0.0.1:{port}/", 300, "-c", "6", *(a for s in sources for a in ("--source", s)))
    equal(sorted({line.split()[0] for line in lines}), sources, "--source: each was used")


def test_templates():
    values = ["plain", "a b", "ü", "50%", "x&y=z", "a/b?c#d", "\"quoted\"", ""] + [f"row {i}" for i in range(200)]
    path = write(os.path.join(FOLDER, "rows.csv"), "value,number\n" + "".join(
        '"{}",{}\n'.format(value.replace('"', '""'), i) for i, value in enumerate(values)))
    _, lines = load_all("templates", f"http://127.0.0.1:{NGINX_SERVER.plain}/q?v=${{value}}&n=${{number}}", len(values),
                        "--data", path, "--once", "-c", "4", mode=())
    got = sorted((int(query["n"][0]), query["v"][0]) for query in (
        urllib.parse.parse_qs(line.split()[3].split("?", 1)[1], keep_blank_values=True) for line in lines))
    equal(got, list(enumerate(values)), "templates: each row once, and its values arrive as they are")


def test_expectations():
    url = f"http://127.0.0.1:{NGINX_SERVER.plain}/"
    load_all("the expected body", url, 100, "--expect-body", "hell")
    load_all("another body", url, 100, "--expect-body", "heaven", wanted={"expect": 100})
    load_all("the expected expression", url, 100, "--expect-regex", "^h.l+o")
    load_all("another expression", url, 100, "--expect-regex", "^hello world", wanted={"expect": 100})
    load_all("404 as expected", f"{url}missing", 100, "--expect-status", "404")
    load_all("200 where 404 is expected", url, 100, "--expect-status", "404", wanted={"expect": 100})
    load_all("expectations of HTTP/2", f"http://127.0.0.1:{NGINX_SERVER.h2c}/", 100, "--http2", "-m", "4", "--expect-body",
             "hello")
    load_all("unmet ones of HTTP/2", f"http://127.0.0.1:{NGINX_SERVER.h2c}/", 100, "--http2", "-m", "4", "--expect-body",
             "heaven", wanted={"expect": 100})


class Sessions:
    """Gives a cookie to who has none, and closes each connection in order after some requests."""

    def __init__(self, closes_after):
        self.closes_after, self.lock, self.given, self.counts = closes_after, threading.Lock(), 0, collections.Counter()

    def __call__(self, server, connection):
        got, served = b"", 0
        while True:
            while b"\r\n\r\n" not in got:
                data = connection.recv(65536)
                if not data:
                    return
                got += data
            head, got = got.split(b"\r\n\r\n", 1)
            cookies = [line.split(b": ", 1)[1] for line in head.split(b"\r\n") if line.lower().startswith(b"cookie:")]
            served += 1
            more = b""
            with self.lock:
                if not cookies:
                    self.given += 1
                    more = b"Set-Cookie: session=%d; Path=/; HttpOnly\r\nSet-Cookie: elsewhere=1; Path=/other\r\n" % self.given
                else:
                    self.counts[b"; ".join(cookies).decode()] += 1
            is_last = served == self.closes_after
            if is_last:
                more += b"Connection: close\r\n"
            connection.sendall(HEAD + more + b"Content-Length: 5\r\n\r\nhello")
            if is_last:
                return


def test_cookies():
    for closes_after, what in ((0, "cookies"), (7, "cookies over several connections")):
        sessions = Sessions(closes_after)
        server = BadServer(sessions)
        document, result = sonde_json(FOLDER, "load", "-t", "2", "-u", "5", "-n", "200", f"http://127.0.0.1:{server.port}/a/b")
        server.end()
        if not ok(document is not None, f"{what}: there is a result", result):
            continue
        equal((document["requests"], sum(document["errors"].values())), (200, 0), f"{what}: all were answered")
        equal(sessions.given, 5, f"{what}: a session for each user")
        equal(sorted(sessions.counts), [f"session={i}" for i in range(1, 6)], f"{what}: which each keeps, and no other")
        equal(sum(sessions.counts.values()), 195, f"{what}: in every request but the first")


def no_cookies_without_users():
    sessions = Sessions(0)
    server = BadServer(sessions)
    sonde_json(FOLDER, "load", "-c", "2", "-n", "20", f":{server.port}/")
    server.end()
    equal((sessions.given, len(sessions.counts)), (20, 0), "connections that are no users keep no cookies")


NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
if NGINX is None:
    skip_all("nginx is missing: apt-get install nginx-light")
if not tls.is_possible():
    skip_all("no openssl command to make certificates with")
FOLDER = temporary_folder()
CERTIFICATES = tls.Certificates(FOLDER)
NGINX_SERVER = Nginx(FOLDER, CERTIFICATES)
if ok(NGINX_SERVER.is_up, "nginx answers"):
    test_http1()
    test_http2()
    test_tls()
    test_addresses()
    test_templates()
    test_expectations()
test_cookies()
no_cookies_without_users()
end(NGINX_SERVER.process)
done()
