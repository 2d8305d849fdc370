"""A small C server in a git repository of its own, with a plan that builds it: what prove and gate are tested on."""
import hashlib
import os
import shutil
import sqlite3
import subprocess

from harness import SOURCE, environment, free_port, write

# One multiplication waits for the one before; serve_work(50) is 32500 of them. What is added is a function of its own.
EXTRA = """\
__attribute__((noinline)) static void check_signature(void)
{
	uint64_t value = extra_sink;

	for (unsigned i = 0; i < 80000; i++)
		value = value * UINT64_C(6364136223846793005) + 1442695040888963407;
	extra_sink = value;
}
"""
SERVER = """\
#include <stdint.h>
#include <string.h>

#include "serve.h"

static volatile uint64_t extra_sink;
static const char *mode = "plain";

%(extra)s
static int answer(void)
{
	serve_work(strcmp(mode, "double") == 0 ? 200 : 50);
	%(call)s;
	if (strcmp(mode, "mute") == 0)
		serve_sleep(3600u * 1000000);
	return strcmp(mode, "broken") == 0 ? 500 : 200;
}

int main(int argc, char **argv)
{
	if (argc > 2)
		mode = argv[2];
	return serve_main(&(struct serve){.answer = answer}, argc > 2 ? 2 : argc, argv);
}
"""
MAKEFILE = """\
server: server.c serve.c serve.h
	$(CC) -O2 -g -D_GNU_SOURCE -o server server.c serve.c -lpthread
"""
PLAN = """\
name: toy
services:
  - name: server
    command: ./server ${port} ${mode}
    build: make -s
    ready: {tcp: "127.0.0.1:${port}", every: 20ms, attempts: 500}
    stop: {grace: 2s}
load: {target: "http://127.0.0.1:${port}", connections: 2, timeout: 2s, warmup: WARMUP, duration: WINDOW}
profile: PROFILE
vars: {port: PORT}
arms: {plain: {mode: plain}, double: {mode: double}}
"""


def git(path, *args, check=True):
    """Without taking locks, so that looking does not refresh the index."""
    env = environment(path, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, GIT_OPTIONAL_LOCKS="0",
                      GIT_AUTHOR_NAME="Somebody", GIT_AUTHOR_EMAIL="somebody@example.org",
                      GIT_COMMITTER_NAME="Somebody", GIT_COMMITTER_EMAIL="somebody@example.org")
    return subprocess.run(["git", *args], cwd=path, env=env, stdin=subprocess.DEVNULL, check=check, capture_output=True,
                          text=True)


def write_server(path, is_slow=False, comment=""):
    text = SERVER % {"extra": EXTRA if is_slow else "", "call": "check_signature()" if is_slow else "(void)extra_sink"}
    write(os.path.join(path, "server.c"), text + (f"/* {comment} */\n" if comment else ""))


def commit(path, message):
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", message)
    return git(path, "rev-parse", "HEAD").stdout.strip()


def make(folder, name="repository", warmup="300ms", window="700ms", profile="true"):
    """With one commit, of the quick server."""
    path = os.path.join(folder, name)
    os.mkdir(path)
    for source in ("serve.c", "serve.h"):
        shutil.copy(os.path.join(SOURCE, "examples", "servers", source), path)
    write_server(path)
    write(os.path.join(path, "Makefile"), MAKEFILE)
    write(os.path.join(path, ".gitignore"), "server\n*.log\n")
    plan = PLAN.replace("PORT", str(free_port())).replace("WARMUP", warmup).replace("WINDOW", window)
    write(os.path.join(path, "sonde.yaml"), plan.replace("PROFILE", profile))
    git(path, "init", "-q", "-b", "main", ".")
    commit(path, "A server")
    return path


def fingerprint(path):
    """Each file and folder, .git included: kind, mode, times and contents; and what git says of it."""
    found = {}
    for folder, names, files in os.walk(path):
        for name in [".", *names, *files]:
            place = os.path.normpath(os.path.join(folder, name))
            status = os.lstat(place)
            content = ""
            if os.path.islink(place):
                content = os.readlink(place)
            elif os.path.isfile(place):
                with open(place, "rb") as f:
                    content = hashlib.sha256(f.read()).hexdigest()
            found[place] = (status.st_mode, status.st_mtime_ns, content)
    for command in (["status", "--porcelain", "--ignored"], ["stash", "list"], ["worktree", "list"], ["for-each-ref"],
                    ["count-objects", "-v"], ["ls-files", "--stage"]):
        found[" ".join(command)] = git(path, *command).stdout
    return found


def query(folder, sql, *args):
    with sqlite3.connect(f"file:{os.path.join(folder, 'store', 'sonde.db')}?mode=ro", uri=True) as db:
        return db.execute(sql, args).fetchall()


def trees(folder):
    """Folders that sides were built in and that were not removed."""
    path = os.path.join(folder, "store", "trees")
    return os.listdir(path) if os.path.isdir(path) else []
