"""What benchmarks share: a packaged nginx on a core of its own, and the resources that a finished command used."""
import os
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

NGINX_CONF = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ return 200 "hello world"; }} }} }}
"""


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None and not os.path.exists(f"/usr/sbin/{tool}"):
            print(f"# SKIP {tool} is not installed")
            sys.exit(77)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """with Nginx(cpu=0) as nginx: … nginx.port"""

    def __init__(self, cpu):
        self.cpu, self.port, self.folder = cpu, free_port(), tempfile.mkdtemp(prefix="sonde-bench-")

    def __enter__(self):
        conf = os.path.join(self.folder, "nginx.conf")
        with open(conf, "w") as f:
            f.write(NGINX_CONF.format(folder=self.folder, port=self.port))
        self.process = subprocess.Popen(["taskset", "-c", str(self.cpu), shutil.which("nginx") or "/usr/sbin/nginx",
                                         "-c", conf, "-p", self.folder])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("nginx did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(command, **kw):
    """(stdout, user + system CPU seconds of the command and all that it waited for, wall seconds)"""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **kw)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def wrk_seconds(text):
    """wrk's "1.23ms" to seconds."""
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[unit]


def parse_wrk(text):
    return {"requests": int(re.search(r"(\d+) requests in", text).group(1)),
            "rate": float(re.search(r"Requests/sec:\s+([0-9.]+)", text).group(1)),
            "p50": wrk_seconds(re.search(r"^\s+50%\s+(\S+)", text, re.M).group(1)),
            "p99": wrk_seconds(re.search(r"^\s+99%\s+(\S+)", text, re.M).group(1))}


def median(values):
    return statistics.median(values)
