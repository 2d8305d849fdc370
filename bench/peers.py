"""What the benchmarks share: servers on a core of their own, a command's CPU, the peers' figures, and the alternation of rounds.

Every benchmark has nginx (one worker) or another server on CPU 0 and the clients on CPU 1; prints medians over the rounds, absolute
values, and the peer beside sonde from the same rounds. Figures, never a verdict.
"""
import argparse
import collections
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SERVER_CPU, CLIENT_CPU = 0, 1

NGINX_CONF = """
worker_processes 1; worker_rlimit_nofile 60000; daemon off; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 25000; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 1000000000; keepalive_timeout 1h;
  ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; # the same for all clients
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; http2_max_concurrent_streams 256;
  server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{h2c_port} backlog=4096 http2;
    listen 127.0.0.1:{tls_port} backlog=4096 ssl http2; location / {{ return 200 "hello world"; }} }} }}
"""


def arguments(description, **defaults):
    """The options of all benchmarks; args.sonde and args.programs are absolute."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sonde", default=os.environ.get("SONDE", "build/sonde"))
    parser.add_argument("--programs", help="folder of the programs that bench/ builds (bench beside sonde)")
    parser.add_argument("--rounds", type=int, default=defaults.get("rounds", 5))
    parser.add_argument("--seconds", type=float, default=defaults.get("seconds", 4))
    args = parser.parse_args()
    args.sonde = os.path.abspath(args.sonde)
    args.programs = os.path.abspath(args.programs or os.path.join(os.path.dirname(args.sonde), "bench"))
    need("nginx", "taskset")
    # ten thousands of connections: as many descriptors as this process may hand down
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, 60000), max(hard, 60000)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return args


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None and not os.path.exists(f"/usr/sbin/{tool}"):
            print(f"# SKIP {tool} is not installed")
            sys.exit(77)


def has(tool):
    return shutil.which(tool) is not None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """with Nginx() as nginx: … nginx.port (HTTP/1.1), h2c_port (HTTP/2 in the clear), tls_port (either, by ALPN)"""

    def __init__(self, cpu=SERVER_CPU):
        self.cpu, self.folder = cpu, tempfile.mkdtemp(prefix="sonde-bench-")
        self.port, self.h2c_port, self.tls_port = free_port(), free_port(), free_port()

    def __enter__(self):
        conf = os.path.join(self.folder, "nginx.conf")
        with open(conf, "w") as f:
            f.write(NGINX_CONF.format(**vars(self)))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem"],
                       check=True, capture_output=True)
        self.process = subprocess.Popen(["taskset", "-c", str(self.cpu), shutil.which("nginx") or "/usr/sbin/nginx",
                                         "-c", conf, "-p", self.folder])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def worker(self):
        """pid of the one process that answers"""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return int(f.read().split()[0])

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class DelayServer:
    """with DelayServer(args, milliseconds) as server: … server.port; afterwards connections_max, and stamps when asked for"""

    def __init__(self, args, milliseconds=0, has_stamps=False):
        self.stamps = []
        self.stamp_file = tempfile.NamedTemporaryFile(prefix="sonde-bench-") if has_stamps else None
        self.command = ["taskset", "-c", str(SERVER_CPU), os.path.join(args.programs, "delay_server"), "-d", str(milliseconds)]
        self.command += ["-s", self.stamp_file.name] if has_stamps else []

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.connections_max = int(self.process.communicate(timeout=20)[0])
        if self.stamp_file is not None:
            with self.stamp_file as f:
                self.stamps = [int(line) for line in f]


Done = collections.namedtuple("Done", "text cpu_s user_s wall_s")


def run(command, **kw):
    """Standard output, CPU seconds of the command and of all that it waited for, wall seconds."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **kw)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    user = after.ru_utime - before.ru_utime
    return Done(done.stdout, user + after.ru_stime - before.ru_stime, user, wall)


def on_client_cpu(*command):
    return ["taskset", "-c", str(CLIENT_CPU), *map(str, command)]


def program(args, name, *options):
    return on_client_cpu(os.path.join(args.programs, name), *options)


def has_program(args, name):
    return os.path.exists(os.path.join(args.programs, name))


class Sonde:
    """with Sonde(args) as sonde: sonde.load(…) — each with the same throw-away store"""

    def __init__(self, args):
        self.path = args.sonde

    def __enter__(self):
        self.store = tempfile.TemporaryDirectory(prefix="sonde-bench-")
        self.env = dict(os.environ, SONDE_STORE=self.store.name)
        return self

    def __exit__(self, *_):
        self.store.cleanup()

    def command(self, *options):
        return on_client_cpu(self.path, *options)

    def load(self, *options):
        """(its JSON, Done)"""
        done = run(self.command("load", "-q", "--json", *options), env=self.env)
        return json.loads(done.text), done


def wrk_seconds(text):
    """wrk's and h2load's "1.23ms" to seconds."""
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]


def parse_wrk(text):
    return {"requests": int(re.search(r"(\d+) requests in", text).group(1)),
            "rate": float(re.search(r"Requests/sec:\s+([0-9.]+)", text).group(1)),
            "mean": wrk_seconds(re.search(r"^\s+Latency\s+(\S+)", text, re.M).group(1)),
            **{f"p{q}": wrk_seconds(re.search(rf"^\s+{q}%\s+(\S+)", text, re.M).group(1)) for q in (50, 75, 90, 99)},
            "max": wrk_seconds(re.search(r"^\s+Latency\s+\S+\s+\S+\s+(\S+)", text, re.M).group(1))}


def parse_h2load(text):
    times = re.search(r"time for request:\s+(\S+)\s+(\S+)\s+(\S+)", text).groups()
    return {"requests": int(re.search(r"requests: \d+ total, \d+ started, (\d+) done", text).group(1)),
            "failed": int(re.search(r"(\d+) failed", text).group(1)),
            "rate": float(re.search(r"finished in [^,]+, ([0-9.]+) req/s", text).group(1)),
            "max": wrk_seconds(times[1]), "mean": wrk_seconds(times[2])}


def alternate(measures, rounds, warm_up=True):
    """{name: [row of each round]} of {name: function() → {key: value}}; in a random order each round, the first round left out."""
    order, rows, rng = list(measures), {name: [] for name in measures}, random.Random(1)
    for round_ in range(-1 if warm_up else 0, rounds):
        rng.shuffle(order)
        for name in order:
            row = measures[name]()
            if round_ >= 0:
                rows[name].append(row)
    return rows


def medians(rows):
    return {key: statistics.median(row[key] for row in rows) for key in rows[0] if rows[0][key] is not None}


def print_ratios(rows, name, peer, key, what):
    """The ratio pair by pair, which cancels what disturbed a round as a whole."""
    pairs = sorted(a[key] / b[key] for a, b in zip(rows[name], rows[peer]))
    print(f"  {name} / {peer}, {what}: median of {len(pairs)} pairs {statistics.median(pairs):.3f} "
          f"({pairs[0]:.3f} to {pairs[-1]:.3f})")


def median(values):
    return statistics.median(values)
