"""Servers that break TLS, or end it badly; and the certificates for them, made once a test by the openssl command."""
import os
import shutil
import socket
import ssl
import subprocess
import time

from bad_server import requests, swallow

HANDSHAKE_FAILURE, CERTIFICATE_REQUIRED = 40, 116
APPLICATION_DATA = b"\x17\x03\x03"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


def is_possible():
    return shutil.which("openssl") is not None


class Certificates:
    """An authority `ca`, which signed: server (127.0.0.1, ::1, localhost), other (a name that is not asked for), expired,
    client; and itself signed: selfsigned. Each is a pair of files."""

    def __init__(self, folder):
        self.folder = folder
        self.make("ca", None, "CA:TRUE", "DNS:ca.example")
        self.make("server", "ca", "CA:FALSE", "IP:127.0.0.1,IP:::1,DNS:localhost")
        self.make("other", "ca", "CA:FALSE", "DNS:other.example")
        self.make("expired", "ca", "CA:FALSE", "IP:127.0.0.1", days="-1")
        self.make("client", "ca", "CA:FALSE", "DNS:client.example")
        self.make("selfsigned", None, "CA:FALSE", "IP:127.0.0.1")

    def cert(self, name):
        return os.path.join(self.folder, name + ".pem")

    def key(self, name):
        return os.path.join(self.folder, name + ".key")

    def make(self, name, issuer, constraints, names, days="30"):
        request, extensions = os.path.join(self.folder, name + ".csr"), os.path.join(self.folder, name + ".ext")
        with open(extensions, "w") as f:
            f.write(f"basicConstraints={constraints}\nsubjectAltName={names}\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.key(name), "-out", request)
        signer = ["-signkey", self.key(name)] if issuer is None else ["-CA", self.cert(issuer), "-CAkey", self.key(issuer),
                                                                     "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signer, "-days", days, "-extfile", extensions, "-out", self.cert(name))

    def context(self, name="server", alpn=None, newest=None, asks_client=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert(name), self.key(name))
        if alpn is not None:
            context.set_alpn_protocols(alpn)
        if newest is not None:
            context.maximum_version = newest
        if asks_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.cert("ca"))
        return context


def secured(context, behave):
    """`behave` behind a handshake; with a close_notify at the end."""
    def serve(server, connection):
        with context.wrap_socket(connection, server_side=True) as inner:
            inner.settimeout(connection.gettimeout())
            behave(server, inner)
            inner.unwrap()
    return serve


def cut(context, behave):
    """`behave` behind a handshake; then the connection ends without a close_notify."""
    def serve(server, connection):
        inner = context.wrap_socket(connection, server_side=True)
        behave(server, inner)
        inner.shutdown(socket.SHUT_WR)
        time.sleep(0.1)  # closing with unread bytes would be a RST
        inner.close()
    return serve


def raw_behind_handshake(context, rubbish):
    """After the first request come bytes that no TLS made."""
    def serve(server, connection):
        inner = context.wrap_socket(connection, server_side=True)
        for _ in requests(server, inner):
            fd = os.dup(inner.fileno())
            os.write(fd, rubbish)
            os.close(fd)
            time.sleep(0.1)
            return
    return serve


def says(record, closes=True):
    """To the ClientHello."""
    def serve(server, connection):
        connection.recv(65536)
        connection.sendall(record)
        if closes:
            connection.shutdown(socket.SHUT_WR)
        swallow(server, connection)
    return serve


def alert(code):
    return b"\x15\x03\x03\x00\x02\x02" + bytes([code])


class CutHandshake:
    """A real server's side of the handshake, of which connection n gets the first bytes of `counts` in turn."""

    def __init__(self, context, counts):
        self.context, self.counts = context, counts

    def __call__(self, server, connection):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = self.context.wrap_bio(incoming, outgoing, server_side=True)
        left = self.counts[(next(server.connections) - 1) % len(self.counts)]
        while left > 0:
            got = connection.recv(65536)
            if not got:
                return
            incoming.write(got)
            try:
                inner.do_handshake()
            except ssl.SSLWantReadError:
                pass
            part = outgoing.read()[:left]
            connection.sendall(part)
            left -= len(part)
        connection.shutdown(socket.SHUT_WR)
        swallow(server, connection)
