"""The store: nothing that was measured is lost, whatever the disk, the rights or another sonde do meanwhile."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess

import harness
from harness import (cleanup, contains, done, environment, equal, free_port, matches, ok, server_command, skip, sonde,
                     sonde_json, start, temporary_folder, wait_for_port, wait_until, write)

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


class Server:
    """Something to load; one for all tests."""

    def __init__(self):
        self.folder, self.port = temporary_folder(), free_port()
        self.process = start(server_command(self.folder, self.port), self.folder, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        wait_for_port(self.port)


def load_args(duration="300ms"):
    return ["load", "-t", "1", "-c", "2", "-d", duration, f":{server.port}/"]


def measure(folder, **kw):
    """One experiment more; its id."""
    result = sonde(folder, *load_args(), **kw)
    equal(result.status, 0, "a load is stored")
    return identifiers(folder, **kw)[0]


def identifiers(folder, **kw):
    """Newest first."""
    document, result = sonde_json(folder, "list", **kw)
    return [e["id"] for e in document["experiments"]] if document else [str(result)]


def database(folder):
    return os.path.join(folder, "store", "sonde.db")


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


# ---- stores that cannot be used ----

def test_read_only():
    folder = temporary_folder()
    first = measure(folder)
    store = os.path.join(folder, "store")
    os.chmod(database(folder), 0o444)
    os.chmod(store, 0o555)
    cleanup(os.chmod, store, 0o755)
    user = NOBODY if IS_ROOT else None
    listing = sonde(folder, "list", user=user)
    equal(listing.status, 0, "read-only store: list")
    contains(listing.out, first, "read-only store: list has the experiment")
    equal(sonde(folder, "show", user=user).status, 0, "read-only store: show")
    result = sonde(folder, *load_args(), user=user)
    equal(result.status, 5, "read-only store: load cannot, status 5")
    matches(result.err, r"read-only|cannot open|Permission denied", "read-only store: it says why")
    contains(result.err, "--store", "read-only store: and what would do")
    equal(sonde(folder, "tag", first, "name", user=user).status, 5, "read-only store: tag cannot, either")
    target = os.path.join(folder, "out")
    os.mkdir(target)
    os.chmod(target, 0o777)
    result = sonde(folder, "export", first, "-o", os.path.join(target, "x.sonde"), user=user)
    equal(result.status, 0, "read-only store: export out of it")


def test_damaged():
    folder = temporary_folder()
    os.mkdir(os.path.join(folder, "store"))
    write(database(folder), "this is no database at all\n" * 100)
    before = read_bytes(database(folder))
    for args in (["list"], ["show"], load_args(), ["tag", "@last", "x"], ["rm", "@last"]):
        result = sonde(folder, *args)
        equal(result.status, 5, f"garbage as store: {args[0]}: status 5")
        contains(result.err, "damaged or not a store", f"garbage as store: {args[0]}: the sentence")
        contains(result.err, "sonde.db", f"garbage as store: {args[0]}: which file")
    equal(read_bytes(database(folder)), before, "garbage as store: it is left as it was")
    folder = temporary_folder()
    measure(folder)
    with open(database(folder), "r+b") as f:
        f.seek(4096)
        f.write(os.urandom(os.path.getsize(database(folder)) - 4096))
    result = sonde(folder, "list")
    ok(result.status == 5, "a store with its middle overwritten: status 5", result)
    contains(result.err, "damaged", "a store with its middle overwritten: the sentence")


def test_foreign():
    folder = temporary_folder()
    os.mkdir(os.path.join(folder, "store"))
    with sqlite3.connect(database(folder)) as db:
        db.execute("CREATE TABLE address (name TEXT)")
    db.close()
    for args in (["list"], load_args()):
        result = sonde(folder, *args)
        equal(result.status, 5, f"somebody else's database: {args[0]}: status 5")
        contains(result.err, "not a store of sonde", f"somebody else's database: {args[0]}: the sentence")
    with sqlite3.connect(database(folder)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    db.close()
    equal(tables, ["address"], "somebody else's database: nothing is added to it")


def test_newer():
    folder = temporary_folder()
    measure(folder)
    with sqlite3.connect(database(folder)) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    for args in (["list"], ["show"], load_args()):
        result = sonde(folder, *args)
        equal(result.status, 5, f"a newer store: {args[0]}: status 5")
        contains(result.err, "newer sonde (store version 99", f"a newer store: {args[0]}: the sentence")


# ---- the disk fills up ----

def small_disk():
    """A folder whose store lies on a disk of 2 MB; None when it cannot be mounted here."""
    folder = temporary_folder()
    store = os.path.join(folder, "store")
    os.mkdir(store)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "sonde-test", store], capture_output=True)
    if mounted.returncode != 0:
        return None
    cleanup(subprocess.run, ["umount", "-l", store])
    return folder


def fill(folder):
    """Takes all that is left; the file to remove afterwards."""
    path = os.path.join(folder, "store", "filler")
    with open(path, "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"\0" * 4096)
        except OSError:
            pass
    return path


def test_full_disk():
    folder = small_disk() if IS_ROOT else None
    if folder is None:
        skip("a full disk", "cannot mount a small disk here")
        return
    first = measure(folder)
    process = start([harness.SONDE, *load_args("4s")], folder)
    ok(wait_until(lambda: count_seconds(folder) > 1), "full disk: a load is on")
    filler = fill(folder)
    _, err = process.communicate(timeout=60)
    equal(process.returncode, 5, "full in the middle: status 5")
    contains(err.decode(), "the disk is full", "full in the middle: the sentence")
    check_readable(folder, first, "full in the middle")
    result = sonde(folder, *load_args())
    equal(result.status, 5, "full from the start: status 5")
    contains(result.err, "the disk is full", "full from the start: the sentence")
    check_readable(folder, first, "full from the start")
    os.unlink(filler)
    check_readable(folder, first, "room again")
    listing, _ = sonde_json(folder, "list")
    states = [e["state"] for e in listing["experiments"]]
    ok("running" not in states and states[-1] == "done", "room again: none of them counts as running", states)
    equal(sonde(folder, *load_args()).status, 0, "room again: measuring goes on")


def check_readable(folder, first, what):
    listing, result = sonde_json(folder, "list")
    ok(listing is not None and first in [e["id"] for e in listing["experiments"]], f"{what}: the list has the one before", result)
    show = sonde(folder, "show", first)
    equal(show.status, 0, f"{what}: the one before can be looked at")


def count_seconds(folder):
    """Seconds of load that are stored so far, of all experiments."""
    try:
        db = sqlite3.connect(f"file:{database(folder)}?mode=ro", uri=True)
        with db:
            return db.execute("SELECT count(DISTINCT run || '.' || second) FROM load_second").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


# ---- several at once, and a sudden end ----

def test_two_at_once():
    folder = temporary_folder()
    both = [start([harness.SONDE, *load_args("1s")], folder) for _ in range(3)]
    for process in both:
        _, err = process.communicate(timeout=60)
        ok(process.returncode == 0, "three at once in a new store: status 0", err.decode())
    listing, _ = sonde_json(folder, "list")
    equal([e["state"] for e in listing["experiments"]], ["done"] * 3, "three at once: all are stored")
    for experiment in listing["experiments"]:
        document, _ = sonde_json(folder, "show", experiment["id"])
        ok(document["load"]["requests"] > 0, "three at once: each has its own load")


def test_kill():
    folder = temporary_folder()
    first = measure(folder)
    before = count_seconds(folder)
    process = start([harness.SONDE, *load_args("20s")], folder)
    ok(wait_until(lambda: count_seconds(folder) >= before + 2), "kill -9: two seconds are stored")
    listing, _ = sonde_json(folder, "list")
    equal([e["state"] for e in listing["experiments"]], ["running", "done"], "kill -9: before it, it is running")
    second = listing["experiments"][0]["id"]
    equal(sonde(folder, "rm", second).status, 5, "a running experiment cannot be removed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    listing, _ = sonde_json(folder, "list")
    equal([e["state"] for e in listing["experiments"]], ["interrupted", "done"], "kill -9: after it, interrupted")
    document, result = sonde_json(folder, "show", second)
    equal(result.status, 0, "kill -9: it can be looked at")
    ok(document is not None and document["load"] and document["load"]["requests"] > 0, "kill -9: with what was measured", result)
    equal(sonde(folder, "show", first).status, 0, "kill -9: the one before, too")
    equal(sonde(folder, "rm", second).status, 0, "and then it can be removed")


# ---- keeping ----

def test_keep():
    folder = temporary_folder()
    first, second = measure(folder), measure(folder)
    equal(identifiers(folder), [second, first], "list: newest first")
    equal(sonde(folder, "tag", first, "before").status, 0, "tag")
    equal(sonde(folder, "note", "before", "with the old kernel").status, 0, "note, by the tag")
    listing = sonde(folder, "list")
    for part in (first, second, "before", "with the old kernel"):
        contains(listing.out, part, f"list shows {part}")
    for word, right in (("@last", second), ("@-1", first), ("before", first), (first[:6], first), (first, first)):
        document, _ = sonde_json(folder, "show", word)
        ok(document is not None and json.dumps(document).find(right) >= 0, f"{word} means the right one")
    result = sonde(folder, "show", "befroe")
    equal(result.status, 5, "a name that is not there: status 5")
    contains(result.err, "did you mean 'before'?", "a name that is not there: the nearest")
    result = sonde(folder, "show", "@-7")
    equal(result.status, 5, "@-7 of two: status 5")
    equal(sonde(folder, "tag", "@last", "@x").status, 64, "a tag that looks like something else: status 64")
    equal(sonde(folder, "tag", "@last", "before").status, 0, "a tag moves")
    document, _ = sonde_json(folder, "show", "before")
    contains(json.dumps(document), second, "to the other one")
    equal(sonde(folder, "rm", first).status, 0, "rm")
    equal(identifiers(folder), [second], "rm removed that one only")
    equal(sonde(folder, "rm", "@last").status, 0, "rm of the last")
    result = sonde(folder, "show")
    equal(result.status, 5, "an empty store: status 5")
    matches(result.err, "sonde run|sonde load", "an empty store: what would fill it")


def test_export():
    folder, elsewhere = temporary_folder(), temporary_folder()
    first = measure(folder)
    measure(folder)
    sonde(folder, "tag", first, "base")
    path = os.path.join(elsewhere, "x.sonde")
    equal(sonde(folder, "export", first, "-o", path).status, 0, "export -o x.sonde")
    shutil.rmtree(os.path.join(folder, "store"))
    here, result = sonde_json(elsewhere, "show", "x.sonde", cwd=elsewhere)
    equal(result.status, 0, "show x.sonde, elsewhere, without the store")
    ok(here is not None and here["load"]["requests"] > 0 and first in json.dumps(here["experiment"]), "it is all there", result)
    ok(not os.path.exists(os.path.join(elsewhere, "store")), "looking at a file makes no store")
    equal(sorted(os.listdir(elsewhere)), ["x.sonde"], "nor anything else beside it")
    equal(sonde(elsewhere, "list").status, 0, "list without a store is an answer")
    result = sonde(elsewhere, "tag", path, "mine")
    equal(result.status, 5, "a file takes no tags: status 5")


def test_export_keeps_the_old():
    folder = temporary_folder()
    first = measure(folder)
    path = write(os.path.join(folder, "x.sonde"), "what was there before")
    equal(sonde(folder, "export", first, "-o", path).status, 0, "export over a file")
    equal(read_bytes(path + ".old"), b"what was there before", "the file before is kept as x.sonde.old")
    equal(sonde(folder, "show", path).status, 0, "and the new one opens")


def test_prefix():
    folder = temporary_folder()
    first = measure(folder)
    twin = first[:4] + ("2222" if first[4] != "2" else "3333")
    with sqlite3.connect(database(folder)) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(experiment)")][1:]
        db.execute(f"INSERT INTO experiment SELECT ?, {', '.join(columns)} FROM experiment", (twin,))
    db.close()
    result = sonde(folder, "show", first[:4])
    equal(result.status, 64, "an ambiguous prefix: status 64")
    for part in ("begins several ids", first, twin):
        contains(result.err, part, f"an ambiguous prefix: {part}")
    equal(sonde(folder, "rm", first[:4]).status, 64, "an ambiguous prefix: rm removes nothing")
    equal(sorted(identifiers(folder)), sorted([first, twin]), "both are still there")
    equal(sonde(folder, "show", first[:5]).status, 0, "one character more is enough")


# ---- where it is ----

def store_of(folder, *args, cwd=None, **env):
    """The path that `list` would look into."""
    document, result = sonde_json(folder, "list", *args, cwd=cwd, env={"SONDE_STORE": "", **env})
    return document["store"] if document else str(result)


def test_places():
    folder = os.path.realpath(temporary_folder())
    deep = os.path.join(folder, "work", "deep", "er")
    os.makedirs(deep)
    home = {"HOME": os.path.join(folder, "home"), "XDG_STATE_HOME": ""}
    equal(store_of(folder, cwd=deep, **home), os.path.join(folder, "home/.local/state/sonde"), "no repository: the home's state")
    state = {**home, "XDG_STATE_HOME": os.path.join(folder, "state")}
    equal(store_of(folder, cwd=deep, **state), os.path.join(folder, "state/sonde"), "no repository: XDG_STATE_HOME")
    os.mkdir(os.path.join(folder, "work", ".git"))
    equal(store_of(folder, cwd=deep, **state), os.path.join(folder, "work/.sonde"), "the root of the repository")
    result = sonde(folder, *load_args(), cwd=deep, env={"SONDE_STORE": "", **state})
    equal(result.status, 0, "a load makes it there")
    contains(result.err, f"made the store {folder}/work/.sonde", "and says so")
    equal(read_bytes(os.path.join(folder, "work/.sonde/.gitignore")), b"*\n", ".gitignore ignores all of it")
    result = sonde(folder, *load_args(), cwd=deep, env={"SONDE_STORE": "", **state})
    ok("made the store" not in result.err, "only once", result.err)
    os.mkdir(os.path.join(deep, ".sonde"))
    equal(store_of(folder, cwd=deep, **state), os.path.join(deep, ".sonde"), "the nearest .sonde upwards wins")
    one, other = os.path.join(folder, "one"), os.path.join(folder, "other")
    equal(store_of(folder, cwd=deep, **{**state, "SONDE_STORE": one}), one, "SONDE_STORE overrides")
    equal(sonde(folder, *load_args(), "--store", other, cwd=deep, env={"SONDE_STORE": one}).status, 0, "--store DIR")
    ok(os.path.exists(os.path.join(other, "sonde.db")) and not os.path.exists(one), "--store overrides SONDE_STORE")
    equal(sonde(folder, "list", "--store", one).status, 5, "a --store that is not there: status 5")
    plan = os.path.join(folder, "plans")
    os.mkdir(plan)
    write(os.path.join(plan, "sonde.yaml"), f"load: {{target: 'http://127.0.0.1:{server.port}', connections: 2, duration: 300ms}}\n")
    result = sonde(folder, "run", plan, cwd=folder, env={"SONDE_STORE": "", **state})
    equal(result.status, 0, "a plan elsewhere")
    ok(os.path.exists(os.path.join(plan, ".sonde", "sonde.db")), "its store is beside it", result)


def owners(folder):
    """Who owns what in the store, but for what comes and goes meanwhile."""
    found = {}
    for base, folders, files in os.walk(os.path.join(folder, "store")):
        for name in folders + files:
            with contextlib.suppress(FileNotFoundError):
                found[name] = os.stat(os.path.join(base, name)).st_uid
    return found


def test_sudo():
    if not IS_ROOT:
        skip("under sudo the store belongs to the user", "not root")
        return
    folder, port = temporary_folder(), free_port()
    sudo = {"SUDO_UID": "1000", "SUDO_GID": "1000"}
    process = start([harness.SONDE, "run", "--url", f":{port}/", "-c", "2", "-d", "20s", "--", *server_command(folder, port)],
                    folder, env=environment(folder, **sudo))
    ok(wait_until(lambda: count_seconds(folder) > 1), "under sudo: a run is on")
    found = owners(folder)
    equal({name: owner for name, owner in found.items() if owner != 1000}, {}, "under sudo: all of the store is the user's")
    equal(sonde(folder, "list", user=1000).status, 0, "under sudo: the user can look at it meanwhile")
    process.kill()
    process.wait()
    equal(sonde(folder, "tag", "@last", "mine", user=1000).status, 0, "after kill -9 under sudo: the user can go on with it")
    result = sonde(folder, *load_args(), env=sudo)
    equal(result.status, 0, "under sudo, again")
    equal({name: owner for name, owner in owners(folder).items() if owner != 1000}, {}, "under sudo, again: all is the user's")


def prepare():
    """Another user must be able to run it, wherever it was built."""
    if IS_ROOT:
        public = os.path.join(temporary_folder(), "sonde")
        shutil.copy(harness.SONDE, public)
        harness.SONDE = public


prepare()
server = Server()
test_places()
test_keep()
test_export()
test_export_keeps_the_old()
test_prefix()
test_two_at_once()
test_kill()
test_read_only()
test_damaged()
test_foreign()
test_newer()
test_sudo()
test_full_disk()
done()
