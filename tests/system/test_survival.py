"""Nothing that sonde starts outlives it, and nothing that was measured is lost, however either of them ends."""
import os
import signal
import sqlite3
import time

from harness import (SONDE, cleanup, contains, done, end, environment, equal, free_port, is_alive, matches, ok,
                     processes_with, server_command, sonde, sonde_json, start, temporary_folder, wait_for_port, wait_until, write)


def run_args(port, command, duration="30s", *more):
    return ["run", "--url", f":{port}/", "-c", "4", "-d", duration, *more, "--", *command]


def measuring(folder):
    """The measured window has begun and its first second is stored."""
    path = os.path.join(folder, "store", "sonde.db")
    if not os.path.exists(path):
        return False
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        try:
            return db.execute("SELECT count(*) FROM load_second").fetchone()[0] > 0
        except sqlite3.OperationalError:
            return False


def states(folder):
    with sqlite3.connect(os.path.join(folder, "store", "sonde.db")) as db:
        return db.execute("SELECT state, failure FROM run ORDER BY number").fetchall()


def test_kill_of_sonde(mode):
    folder, port, word = temporary_folder(), free_port(), f"survivor-{mode}-{os.getpid()}"
    process = start([SONDE, *run_args(port, server_command(folder, port, mode, word))], folder)
    if not ok(wait_until(lambda: measuring(folder), 30), f"{mode}: under load",
              process.stderr.read() if process.poll() is not None else ""):
        return
    pids = [p for p in processes_with(word) if p != process.pid]
    ok(len(pids) > 0, f"{mode}: the service runs")
    process.send_signal(signal.SIGKILL)
    process.wait()
    ok(wait_until(lambda: not any(is_alive(p) for p in pids)), f"{mode}: kill -9 of sonde leaves no process behind")
    ok(not processes_with(word), f"{mode}: nor another one of the same name")
    listing = sonde(folder, "list")
    contains(listing.out, "interrupted", f"{mode}: the run reads as interrupted")
    show = sonde(folder, "show")
    equal(show.status, 0, f"{mode}: and what was measured can be looked at")


def test_interrupt(phase):
    folder, port, word = temporary_folder(), free_port(), f"interrupted-{phase}-{os.getpid()}"
    mode = "never-answers" if phase == "start" else "plain"
    more = ["--warmup", "20s"] if phase == "warm-up" else []
    process = start([SONDE, *run_args(port, server_command(folder, port, mode, word), "30s", *more)], folder)
    if phase == "measure":
        wait_until(lambda: measuring(folder), 30)
    else:
        wait_until(lambda: processes_with(word), 20)
        if phase == "warm-up":
            wait_for_port(port)
        time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    equal(process.returncode, 130, f"Ctrl-C in {phase}: exit status 130")
    contains(err.decode(), "interrupted", f"Ctrl-C in {phase}: says so")
    ok(wait_until(lambda: not processes_with(word)), f"Ctrl-C in {phase}: no process left")
    equal(states(folder)[0][0], "interrupted", f"Ctrl-C in {phase}: the store knows")
    if phase == "measure":
        contains(out.decode(), "requests/s", "Ctrl-C in measure: what was measured is shown")


def test_dying_service():
    folder, port = temporary_folder(), free_port()
    result = sonde(folder, *run_args(port, server_command(folder, port, "dies"), "20s"))
    equal(result.status, 5, "a service that dies half-way: status 5")
    contains(result.err, "was ended by signal 9", "it says how it ended")
    contains(result.out, "requests/s", "what was measured is shown")
    equal(states(folder)[0][0], "failed", "the store knows")


def test_services_that_do_not_come_up():
    folder, port = temporary_folder(), free_port()
    ready = ["--ready", f":{port}/ready"]
    result = sonde(folder, *run_args(port, server_command(folder, port, "exit-at-once"), "1s"))
    equal(result.status, 5, "exits at once: status 5")
    matches(result.err, r"ended with status 3.*\n?.*no configuration found", "its last lines are shown")
    write(os.path.join(folder, "sonde.yaml"), f"""
services:
  - name: web
    command: {' '.join(server_command(folder, port, '500'))}
    ready: {{http: "http://127.0.0.1:{port}/", attempts: 3, every: 100ms}}
load: {{target: "http://127.0.0.1:{port}", duration: 1s}}
""")
    result = sonde(folder, "run", folder)
    equal(result.status, 5, "answers 500: status 5")
    contains(result.err, "status 500", "the answer that was no answer is named")
    result = sonde(folder, "run", "--url", f":{port}/", "--", "./not-there")
    equal(result.status, 5, "a missing command: status 5")
    contains(result.err, "not-there", "it is named")
    plain = write(os.path.join(folder, "plain.sh"), "#!/bin/sh\nexit 0\n", 0o644)
    result = sonde(folder, "run", "--url", f":{port}/", "--", plain)
    equal(result.status, 5, "a command without run bit: status 5")
    contains(result.err, "plain.sh", "it is named, too")
    ok(ready, "options")


def test_ignored_term():
    folder, port, word = temporary_folder(), free_port(), f"stubborn-{os.getpid()}"
    write(os.path.join(folder, "sonde.yaml"), f"""
services:
  - name: web
    command: {' '.join(server_command(folder, port, 'ignore-term', word))}
    ready: {{tcp: ":{port}"}}
    stop: {{signal: TERM, grace: 300ms}}
load: {{target: "http://127.0.0.1:{port}", connections: 2, duration: 1s}}
""")
    result = sonde(folder, "run", folder)
    equal(result.status, 0, "a service that ignores SIGTERM: the run is good")
    contains(result.err, "was killed", "that it was killed is said")
    ok(wait_until(lambda: not processes_with(word)), "and it is gone")


def test_taken_port():
    folder, port = temporary_folder(), free_port()
    holder = start(server_command(folder, port, "plain", "port-holder"), folder)
    wait_for_port(port)
    result = sonde(folder, *run_args(port, server_command(folder, port), "1s"))
    equal(result.status, 5, "a taken port: status 5")
    contains(result.err, f"pid {holder.pid}", "the process that holds it is named")
    ok(is_alive(holder.pid), "and left alone")
    attached = sonde(folder, "run", "--url", f":{port}/", "-p", f":{port}", "-d", "1s", "-c", "2")
    equal(attached.status, 0, "-p :PORT attaches to it")
    ok(is_alive(holder.pid), "and never stops it")


def test_build():
    folder, port = temporary_folder(), free_port()
    write(os.path.join(folder, "sonde.yaml"), f"""
services:
  - name: web
    command: ./server
    build: "echo compiling; echo 'main.c:3: no such thing' >&2; exit 1"
load: {{target: "http://127.0.0.1:{port}", duration: 1s}}
""")
    result = sonde(folder, "run", folder)
    equal(result.status, 5, "a build that fails: status 5")
    contains(result.err, "main.c:3: no such thing", "its last lines are shown")


def test_closed_descriptors():
    """A closed stdin, stdout or stderr must not be taken by a socket of sonde's own."""
    folder, port = temporary_folder(), free_port()
    start(server_command(folder, port, "plain", "closed-descriptors"), folder)
    wait_for_port(port)
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        command = f"{SONDE} load -q -c 2 -d 300ms :{port}/ {closed}"
        process = start(["sh", "-c", command], folder)
        ok(wait_until(lambda: process.poll() is not None, 30), f"load {closed}: ends")
        listing, _ = sonde_json(folder, "list")
        equal(listing["experiments"][0]["state"], "done", f"load {closed}: and is stored")
    process = start(["sh", "-c", f"{SONDE} record -q cat <&-"], folder)
    ok(wait_until(lambda: process.poll() is not None, 30), "record cat <&-: ends")


def test_more():
    folder, port = temporary_folder(), free_port()
    args = run_args(port, server_command(folder, port), "300ms")
    equal(sonde(folder, *args).status, 0, "an experiment of one pair")
    more = sonde(folder, "run", "--more", "2", cwd="/")
    equal(more.status, 0, "--more from another folder")
    listing, _ = sonde_json(folder, "list")
    equal(listing["experiments"][0]["runs"], 3, "--more 2: three runs")
    refused = sonde(folder, "run", "--more", "1", "-c", "3")
    equal(refused.status, 64, "--more with options of the load is refused")


def test_mistakes_before_anything_starts():
    folder, port, word = temporary_folder(), free_port(), f"not-started-{os.getpid()}"
    result = sonde(folder, "run", "--url", f":{port}/", "--data", "not-there.csv", "--",
                   *server_command(folder, port, "plain", word))
    contains(result.err, "not-there.csv", "a data file that is not there is named")
    ok(not os.path.exists(os.path.join(folder, "store")), "and nothing was started or stored")


for server_mode in ("plain", "daemon"):
    test_kill_of_sonde(server_mode)
for interrupted_phase in ("start", "warm-up", "measure"):
    test_interrupt(interrupted_phase)
test_dying_service()
test_services_that_do_not_come_up()
test_ignored_term()
test_taken_port()
test_build()
test_closed_descriptors()
test_more()
test_mistakes_before_anything_starts()
done()
