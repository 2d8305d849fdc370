"""Real servers to be profiled: each is started, named, loaded for some seconds, and ended.

    with Uvicorn(args, folder) as server:
        with server.loaded(10):
            … server.pid …

A server whose program is missing raises Missing with what would have to be installed.
"""
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

import peers


class Missing(Exception):
    pass


def find(program, package):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        raise Missing(f"{program} is not installed ({package})")
    return path


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def build(command, what, **kw):
    done = subprocess.run(command, capture_output=True, text=True, **kw)
    if done.returncode != 0:
        raise Missing(f"{what} cannot be built: {done.stderr.strip().splitlines()[-1:]}")


def end(process, sign=signal.SIGTERM):
    process.send_signal(sign)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tree(pid):
    """The process and its descendants."""
    pids = [pid]
    for parent in pids:
        for path in glob.glob(f"/proc/{parent}/task/*/children"):
            try:
                with open(path) as f:
                    pids += map(int, f.read().split())
            except OSError:
                pass
    return pids


class Server:
    """What is common: a process with a port, and a client that sonde is unless the server is not one of HTTP."""
    name = what = None
    connections = 20
    cpu = None  # pinned there

    def __init__(self, args, folder):
        self.sonde, self.folder, self.port = args.sonde, folder, peers.free_port()

    def start(self, *command, **kw):
        pinned = [] if self.cpu is None else ["taskset", "-c", str(self.cpu)]
        kw.setdefault("stdout", subprocess.DEVNULL)
        self.process = subprocess.Popen([*pinned, *command], stdin=subprocess.DEVNULL, cwd=self.folder, **kw)
        self.pid = self.process.pid
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
            if self.process.poll() is not None:
                raise Missing(f"{command[0]} ended with {self.process.returncode}")
        end(self.process)
        raise Missing(f"{command[0]} does not answer")

    def __enter__(self):
        self.begin()
        return self

    def __exit__(self, *_):
        end(self.process)

    def begin(self):
        raise NotImplementedError

    def worker(self):
        """pid of the process that answers"""
        return self.pid

    def urls(self):
        return [f"http://127.0.0.1:{self.port}/"]

    def clients(self, seconds):
        """Commands that end by themselves."""
        urls = self.urls()
        return [[self.sonde, "load", "-q", *(["-k"] if url.startswith("https") else []), "-t", "1", "-c",
                 str(max(self.connections // len(urls), 1)), "-d", f"{seconds}s", url] for url in urls]

    @contextlib.contextmanager
    def loaded(self, seconds):
        env = dict(os.environ, SONDE_STORE=os.path.join(self.folder, "load"))
        clients = [subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL) for command in self.clients(seconds)]
        try:
            time.sleep(0.7)
            yield
        finally:
            for client in clients:
                end(client, signal.SIGKILL)


FASTAPI = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def answer():
    return {"hello": "world", "items": [{"id": i, "name": f"n{i}"} for i in range(20)]}
"""

ASGI = """
import json
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = json.dumps({"hello": "world", "items": [{"id": i, "name": f"n{i}"} for i in range(20)]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
"""


class Uvicorn(Server):
    name = "uvicorn"
    python, options, modules = "/usr/bin/python3", [], None

    def has(self, module):
        return subprocess.run([self.python, "-c", f"import {module}"], env=self.env, capture_output=True).returncode == 0

    def begin(self):
        self.env = dict(os.environ, **({"PYTHONPATH": self.modules} if self.modules else {}))
        if not self.has("uvicorn"):
            raise Missing(f"{self.python} has no uvicorn (python3-uvicorn)")
        has_fastapi = self.has("fastapi")
        write(self.folder, "app.py", FASTAPI if has_fastapi else ASGI)
        self.what = f"{self.python}{''.join(' ' + o for o in self.options)}, {'FastAPI' if has_fastapi else 'a bare application'}"
        self.start(self.python, *self.options, "-m", "uvicorn", "app:app", "--port", str(self.port), "--log-level", "warning",
                   "--no-access-log", env=self.env)


class UvicornPerf(Uvicorn):
    """A Python that writes a perf map (3.12 and later), with Debian's uvicorn, which is of Python alone."""
    name, options, modules = "python -X perf", ["-X", "perf"], "/usr/lib/python3/dist-packages"

    def begin(self):
        probe = "import sys; sys.exit(not getattr(sys, 'is_stack_trampoline_active', bool)())"
        found = [shutil.which(f"python3.{minor}") for minor in (14, 13, 12)]
        found += sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[2-9]*/bin/python3")))
        for self.python in filter(None, found):
            if subprocess.run([self.python, "-X", "perf", "-c", probe], capture_output=True).returncode == 0:
                return super().begin()
        raise Missing("no Python of 3.12 or later")


QUERY = r"""
\set aid random(1, 900000)
SELECT b.bid, count(*), avg(a.abalance) FROM pgbench_accounts a JOIN pgbench_branches b USING (bid)
  WHERE a.aid BETWEEN :aid AND :aid + 500 GROUP BY b.bid ORDER BY 2, 1;
"""


class Postgres(Server):
    name, connections = "PostgreSQL", 4

    def begin(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            raise Missing("postgres is not installed (postgresql)")
        self.bin, self.user = found[-1], []
        if os.getuid() == 0:  # which initdb refuses
            owner = pwd.getpwnam("postgres")
            self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            os.chmod(self.folder, 0o755)
            os.mkdir(os.path.join(self.folder, "pg"))
            os.chown(os.path.join(self.folder, "pg"), owner.pw_uid, owner.pw_gid)
        data = os.path.join(self.folder, "pg", "data")
        self.query = write(self.folder, "query.sql", QUERY)
        build([*self.user, f"{self.bin}/initdb", "-D", data], "a database", cwd="/")
        self.start(*self.user, f"{self.bin}/postgres", "-D", data, "-p", str(self.port), "-k", os.path.join(self.folder, "pg"),
                   stderr=subprocess.DEVNULL)
        self.at = ["-h", os.path.join(self.folder, "pg"), "-p", str(self.port)]
        for _ in range(100):  # it answers before it is ready
            if subprocess.run([*self.user, f"{self.bin}/pg_isready", *self.at], cwd="/", stdout=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.1)
        build([*self.user, f"{self.bin}/pgbench", *self.at, "-i", "-q", "-s", "10", "postgres"], "pgbench's tables", cwd="/")
        self.what = "pgbench: select-only, tpcb-like, a join; 4 clients"

    def clients(self, seconds):
        return [[*self.user, f"{self.bin}/pgbench", *self.at, "-n", "-c", str(self.connections), "-T", f"{seconds:.0f}", "-b",
                 "select-only@8", "-b", "tpcb-like@1", "-f", f"{self.query}@2", "postgres"]]

    def __exit__(self, *_):
        end(self.process, signal.SIGINT)  # a fast shutdown


class Redis(Server):
    name, program = "Redis", "redis-server"

    def begin(self):
        self.benchmark = find("redis-benchmark", "redis-tools")
        self.start(find(self.program, "redis-server"), "--port", str(self.port), "--save", "", "--appendonly", "no")
        self.what = "redis-benchmark: set, get, lrange, zadd, a Lua script"

    def clients(self, seconds):
        common = [self.benchmark, "-p", str(self.port), "-q", "-l", "-n", "100000"]
        lua = "local s = 0 for i = 1, 50 do s = s + #redis.call('get', KEYS[1]) end return s"
        set_up = f"redis-cli -p {self.port} set key value"
        if shutil.which("redis-cli"):
            subprocess.run(set_up.split(), stdout=subprocess.DEVNULL, check=True)
        return [["timeout", str(seconds), *common, "-c", "40", "-t", "set,get,lrange_100,zadd"],
                ["timeout", str(seconds), *common, "-c", "2", "eval", lua, "1", "key"]]


class Nginx(Server):
    name = "nginx"

    def begin(self):
        if not (peers.has("nginx") or os.path.exists("/usr/sbin/nginx")):
            raise Missing("nginx is not installed (nginx-light)")
        self.nginx = peers.Nginx(cpu="0" if self.cpu is not None else "0-%d" % (os.cpu_count() - 1))
        self.nginx.__enter__()
        self.process, self.pid, self.port = self.nginx.process, self.nginx.process.pid, self.nginx.port
        self.what = "one worker; half of the connections with TLS"

    def worker(self):
        return self.nginx.worker()

    def urls(self):
        return [f"http://127.0.0.1:{self.nginx.port}/", f"https://127.0.0.1:{self.nginx.tls_port}/"]

    def __exit__(self, *error):
        self.nginx.__exit__(*error)


NODE = """
const http = require('http'), zlib = require('zlib')
http.createServer(async (request, response) => {
  const items = []
  for (let i = 0; i < 200; i++) items.push({id: (i * 7919) % 200, name: 'n' + i})
  items.sort((a, b) => a.id - b.id)
  const text = await new Promise(done => setImmediate(() => done(JSON.stringify(items))))
  response.end(text.replace(/n(1\\d)/g, (all, digits) => digits))
}).listen(PORT, '127.0.0.1')
"""


class Node(Server):
    name = "Node"

    def begin(self):
        self.start(find("node", "nodejs"), "--perf-basic-prof", "--interpreted-frames-native-stack",
                   write(self.folder, "server.js", NODE.replace("PORT", str(self.port))))
        self.what = "--perf-basic-prof --interpreted-frames-native-stack: JSON, sort, regular expression"

    def __exit__(self, *error):
        super().__exit__(*error)
        with contextlib.suppress(OSError):
            os.unlink(f"/tmp/perf-{self.pid}.map")


class Cpp(Server):
    name = "C++"

    def begin(self):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cpp_server.cpp")
        program = os.path.join(self.folder, "cpp_server")
        build([find("c++", "g++"), "-std=c++17", "-O2", "-fomit-frame-pointer", "-pthread", source, "-o", program], "the C++ server")
        self.start(program, str(self.port))
        self.what = "-O2 -fomit-frame-pointer, 4 threads: map, regex, function objects, exceptions"


GO = """
package main

import ("encoding/json"; "net/http"; "sort")

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		m, names := map[string]int{}, []string{}
		for i := 0; i < 100; i++ { m[string(rune(65+i))] = i; names = append(names, string(rune(165-i))) }
		sort.Strings(names)
		json.NewEncoder(w).Encode(map[string]interface{}{"m": m, "names": names})
	})
	http.ListenAndServe("127.0.0.1:PORT", nil)
}
"""


class Go(Server):
    name = "Go"

    def begin(self):
        write(self.folder, "main.go", GO.replace("PORT", str(self.port)))
        program = os.path.join(self.folder, "go_server")
        build([find("go", "golang-go"), "build", "-ldflags=-s -w", "-o", program, "main.go"], "the Go server", cwd=self.folder,
              env=dict(os.environ, GO111MODULE="off", GOCACHE=os.path.join(self.folder, "cache")))
        self.start(program)
        self.what = "net/http, stripped (-s -w): JSON, sort"


LUA = r"""
local ffi = require("ffi")
ffi.cdef[[
typedef struct { uint16_t family, port; uint32_t address; char zero[8]; } address_in;
int socket(int, int, int); int setsockopt(int, int, int, const void *, unsigned);
int bind(int, const address_in *, unsigned); int listen(int, int); int accept(int, void *, void *);
long read(int, void *, unsigned long); long write(int, const void *, unsigned long); int close(int);
]]
local port, C = PORT, ffi.C
local fd = C.socket(2, 1, 0)
local address = ffi.new("address_in", {2, bit.bor(bit.rshift(port, 8), bit.lshift(bit.band(port, 255), 8)), 0x0100007f})
assert(C.bind(fd, address, 16) == 0 and C.listen(fd, 64) == 0)
local buffer = ffi.new("char[4096]")
while true do
  local client = C.accept(fd, nil, nil)
  while C.read(client, buffer, 4096) > 0 do
    local t, sum = {}, 0
    for i = 1, 300 do t[i] = i * 7919 % 300; sum = sum + t[i] end
    table.sort(t, function(a, b) return a < b end)
    local body = table.concat(t, ",") .. tostring(sum)
    body = body:gsub("1(%d)", "%1")
    local text = "HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
    C.write(client, text, #text)
  end
  C.close(client)
end
"""


class Luajit(Server):
    name, connections = "LuaJIT", 1

    def begin(self):
        self.start(find("luajit", "luajit"), write(self.folder, "server.lua", LUA.replace("PORT", str(self.port))))
        self.what = "one connection: tables, sort, gsub; traces without call frame information"


# of the first, 99 % of the stacks are to be whole; the others show limits
ASKED = [Uvicorn, Postgres, Redis, Nginx, Node, Cpp]
OTHERS = [UvicornPerf, Go, Luajit]
