"""What system tests share: TAP, a store of their own, running sonde, finding and ending processes.

Tests are plain programs: `SONDE=build/sonde python3 tests/system/test_survival.py`. Exit status 0, 1, or 77 with a
`# SKIP reason` line. No time is asserted; waits are bounded, and what a test started is ended by its id. Points may come
from several threads (side_by_side).
"""
import atexit
import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = os.environ.get("SONDE_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SONDE = os.path.abspath(os.environ.get("SONDE", os.path.join(SOURCE, "build", "sonde")))

_count = 0
_failed = 0
_cleanups = []
_points = threading.Lock()
_reserved = []


def ok(condition, what, detail=""):
    global _count, _failed
    with _points:
        _count += 1
        print(("ok" if condition else "not ok") + f" {_count} - {what}", flush=True)
        if not condition:
            _failed += 1
            for line in str(detail).splitlines() or [""]:
                print(f"#   {line}", flush=True)
    return condition


def equal(got, want, what):
    return ok(got == want, what, f" got {got!r}\nwant {want!r}")


def contains(text, part, what):
    return ok(part in text, what, f"missing {part!r} in:\n{text}")


def matches(text, pattern, what):
    return ok(re.search(pattern, text, re.M) is not None, what, f"no match of {pattern!r} in:\n{text}")


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    print(f"# SKIP {reason}")
    run_cleanups()
    sys.exit(77)


def skip(what, reason):
    global _count
    with _points:
        _count += 1
        print(f"ok {_count} - {what} # SKIP {reason}", flush=True)


def side_by_side(*tests):
    """Runs functions that mostly wait, each in a thread, with servers and folders of its own. Not for what is measured."""
    with concurrent.futures.ThreadPoolExecutor(len(tests)) as pool:
        for future in [pool.submit(test) for test in tests]:
            future.result()  # an exception of a test is that of the program


def cleanup(function, *args):
    _cleanups.append((function, args))


def run_cleanups():
    while _cleanups:
        function, args = _cleanups.pop()
        try:
            function(*args)
        except OSError:
            pass


atexit.register(run_cleanups)  # also after an exception in a test


def done():
    run_cleanups()
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


def temporary_folder():
    path = tempfile.mkdtemp(prefix="sonde-test-")
    os.chmod(path, 0o755)
    cleanup(shutil.rmtree, path, True)
    return path


def free_port():
    """Kept bound until the program ends, so that nobody else is given it: neither another test nor an outgoing connection. A
    server can listen there as long as it sets SO_REUSEADDR, as servers do."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    _reserved.append(s)
    return s.getsockname()[1]


def environment(folder, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SONDE_")}
    env.update(SONDE_STORE=os.path.join(folder, "store"), NO_COLOR="1", COLUMNS="100", LC_ALL="C")
    env.update(more)
    return env


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return f"status {self.status}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def sonde(folder, *args, timeout=120, env=None, cwd=None, user=None, wrapper=()):
    """Runs sonde to its end in `folder`'s store."""
    command = [*wrapper, SONDE, *[str(a) for a in args]]
    if user is not None:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    done_ = subprocess.run(command, cwd=cwd or folder, env=environment(folder, **(env or {})), stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=timeout)
    return Result(done_.returncode, done_.stdout.decode(errors="replace"), done_.stderr.decode(errors="replace"))


def sonde_json(folder, *args, **kw):
    result = sonde(folder, *args, "--json", **kw)
    try:
        return json.loads(result.out), result
    except ValueError:
        return None, result


def start(command, folder, **kw):
    """Starts a process in its own session; it is ended at the end of the test."""
    process = subprocess.Popen([str(c) for c in command], cwd=kw.pop("cwd", folder), env=kw.pop("env", environment(folder)),
                               stdin=subprocess.DEVNULL, stdout=kw.pop("stdout", subprocess.PIPE),
                               stderr=kw.pop("stderr", subprocess.PIPE), start_new_session=True, **kw)
    cleanup(end, process)
    return process


def end(process):
    """Ends it and its process group (a server's workers): start() made it the leader of one."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass
    process.wait()


def is_alive(pid):
    """Alive and not a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    return condition()


def wait_for_port(port, seconds=20):
    def answers():
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    return wait_until(answers, seconds)


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def processes_with(text):
    """Pids of live processes whose command line holds `text`, without this one."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as f:
                    if text.encode() in f.read().replace(b"\0", b" ") and is_alive(int(entry)):
                        found.append(int(entry))
            except OSError:
                pass
    return found


# A small HTTP server for tests, in a process of its own; its command line holds a word that the test looks for.
SERVER = r'''
import http.server, os, signal, socketserver, sys, time
port, mode, word = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if mode == "daemon":
    if os.fork(): os._exit(0)
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork(): os._exit(0)
if mode == "ignore-term":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if mode == "exit-at-once":
    print("no configuration found", flush=True)
    sys.exit(3)
if mode == "never-answers":
    time.sleep(300)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0
    def do_GET(self):
        Handler.served += 1
        if mode == "dies" and Handler.served > 200:
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == "500":
            return self.answer(500, b"broken")
        self.answer(200, b"hello")
    do_POST = do_GET
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
print("serving", flush=True)
Server(("127.0.0.1", port), Handler).serve_forever()
'''


def server_command(folder, port, mode="plain", word="sonde-test-server"):
    path = os.path.join(folder, "server.py")
    if not os.path.exists(path):
        write(path, SERVER)
    return ["/usr/bin/python3", path, str(port), mode, word]
