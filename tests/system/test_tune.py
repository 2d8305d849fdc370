"""tune on this machine: sets, puts back, also after a failed command, a signal, and kill -9; refuses without rights.

Needs root. Whatever happens, the settings are as they were at the end.
"""
import json
import os
import shutil
import signal
import subprocess

import harness
from harness import cleanup, contains, done, environment, equal, matches, ok, skip_all, sonde, temporary_folder, wait_until

USER = 1000
STATE = "/run/sonde/tune.json"
PARANOID, KPTR = "/proc/sys/kernel/perf_event_paranoid", "/proc/sys/kernel/kptr_restrict"


def read(path):
    with open(path) as file:
        return file.read().strip()


def set_value(path, value):
    with open(path, "w") as file:
        file.write(f"{value}\n")


def tune(*args, user=None):
    return sonde(folder, "tune", *args, user=user)


def settings():
    return {item["name"]: item for item in json.loads(tune("--json").out)["settings"]}


def make_noisy():
    set_value(PARANOID, 3)
    set_value(KPTR, 2)


def start_tuned(*command):
    """tune --apply -- COMMAND, as soon as that runs."""
    mark = os.path.join(folder, "mark")
    if os.path.exists(mark):
        os.unlink(mark)
    process = subprocess.Popen([harness.SONDE, "tune", "--apply", "--", "sh", "-c", f"echo $$ > {mark}; {' '.join(command)}"],
                               env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    cleanup(end, process)
    ok(wait_until(lambda: os.path.exists(mark) and read(mark)), "the command runs", process.poll())
    return process, int(read(mark))


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def test_looking():
    make_noisy()
    result = tune()
    equal(result.status, 0, "tune alone: status")
    contains(result.out, "sudo sysctl kernel.perf_event_paranoid=1", "tune alone: the command for it")
    equal((read(PARANOID), read(KPTR)), ("3", "2"), "tune alone: changes nothing")
    items = settings()
    equal(items["kptr_restrict"]["state"], "noisy", "JSON: what is noisy")
    equal((items["kptr_restrict"]["value"], items["kptr_restrict"]["wanted"]), ("2", "0"), "JSON: the value, and a better one")


def test_applying():
    make_noisy()
    result = tune("--apply")
    equal(result.status, 0, "--apply: status")
    equal((read(PARANOID), read(KPTR)), ("1", "0"), "--apply: sets")
    contains(result.err, "perf_event_paranoid 3 → 1", "--apply: says what")
    contains(tune().out, "was 3", "tune then shows what it was")
    item = settings()["perf_event_paranoid"]
    equal((item["state"], item["before"]), ("set", "3"), "JSON: what is set")
    set_value(KPTR, 1)
    tune("--apply")
    equal(read(KPTR), "0", "--apply again: sets what is noisy by now")
    result = tune("--restore")
    equal(result.status, 0, "--restore: status")
    equal((read(PARANOID), read(KPTR)), ("3", "2"), "--restore: the first values that were remembered")
    ok(not os.path.exists(STATE), "--restore: nothing is remembered any more")
    contains(tune("--restore").err, "nothing to put back", "--restore again")


def test_command():
    make_noisy()
    for script, status, what in (("exit 7", 7, "fails"), ("kill -9 $$", 137, "is killed"), ("true", 0, "ends well")):
        result = tune("--apply", "--", "sh", "-c", f"cat {PARANOID} {KPTR}; {script}")
        equal(result.out.split(), ["1", "0"], f"a command that {what}: runs while it is tuned")
        equal(result.status, status, f"a command that {what}: its status")
        equal((read(PARANOID), read(KPTR)), ("3", "2"), f"a command that {what}: all is put back")
    result = tune("--apply", "--", "./no-such-program")
    equal(result.status, 5, "no such command: status")
    equal(read(PARANOID), "3", "no such command: nothing is set")
    ok(not os.path.exists(STATE), "nothing is remembered")


def test_signals():
    make_noisy()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process, _ = start_tuned("exec sleep 60")
        equal(read(PARANOID), "1", f"{number.name}: is tuned before")
        process.send_signal(number)
        process.communicate(timeout=20)
        equal(process.returncode, 128 + number, f"{number.name}: is passed on, and so is the status")
        equal((read(PARANOID), read(KPTR)), ("3", "2"), f"{number.name}: all is put back")
    process, _ = start_tuned("trap '' INT; exec sleep 0.5")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    equal(process.returncode, 0, "a command that ignores Ctrl-C ends in its own time")
    equal(read(PARANOID), "3", "and all is put back then")


def test_kill():
    make_noisy()
    process, child = start_tuned("exec sleep 60")
    result = tune("--restore")
    equal(result.status, 5, "--restore while a command is tuned: status")
    contains(result.err, "another sonde tune", "--restore while a command is tuned: why not")
    equal(read(PARANOID), "1", "--restore while a command is tuned: nothing is put back")
    process.kill()
    process.communicate(timeout=20)
    equal((read(PARANOID), read(KPTR)), ("1", "0"), "kill -9: stays set")
    ok(wait_until(lambda: not harness.is_alive(child)), "kill -9: the command ends")
    ok(os.path.exists(STATE), "kill -9: the former values are remembered")
    item = settings()["perf_event_paranoid"]
    equal((item["state"], item["before"]), ("set", "3"), "kill -9: tune still knows")
    equal(tune("--apply").status, 0, "kill -9, then --apply: status")
    equal(tune("--restore").status, 0, "kill -9, then --restore: status")
    equal((read(PARANOID), read(KPTR)), ("3", "2"), "kill -9, then --restore: all is mended")


def test_others():
    """What somebody sets meanwhile stays; what is of an earlier boot is not believed."""
    make_noisy()
    tune("--apply")
    set_value(KPTR, 1)
    result = tune("--restore")
    contains(result.err, "kptr_restrict was changed by somebody since", "changed meanwhile: is said")
    equal((read(PARANOID), read(KPTR)), ("3", "1"), "changed meanwhile: stays")
    tune("--apply")
    with open(STATE) as file:
        document = json.load(file)
    document["boot_id"] = "00000000-0000-0000-0000-000000000000"
    with open(STATE, "w") as file:
        json.dump(document, file)
    contains(tune("--restore").err, "nothing to put back", "of an earlier boot: nothing to put back")
    equal(read(PARANOID), "1", "of an earlier boot: nothing is put back")
    with open(STATE, "w") as file:
        file.write("{")
    result = tune("--restore")
    equal(result.status, 5, "a damaged file: status")
    contains(result.err, "remove the file", "a damaged file: what to do")
    os.unlink(STATE)


def test_user():
    make_noisy()
    result = tune(user=USER)
    equal(result.status, 0, "an ordinary user: may look")
    contains(result.out, "sudo sysctl kernel.perf_event_paranoid=1", "an ordinary user: the command for it")
    for runtime in ({}, {"XDG_RUNTIME_DIR": folder}):
        result = sonde(folder, "tune", "--apply", user=USER, env=runtime)
        equal(result.status, 5, "an ordinary user, --apply: nothing could be set")
        matches(result.err, r"perf_event_paranoid cannot be set to 1 .*sudo sysctl", "an ordinary user, --apply: with what would")
        result = sonde(folder, "tune", "--apply", "--", "echo", "started", user=USER, env=runtime)
        equal((result.status, result.out), (5, ""), "an ordinary user, --apply -- COMMAND: it is not started")
    equal(read(PARANOID), "3", "an ordinary user: nothing is changed")
    tune("--apply")
    contains(tune(user=USER).out, "was 3", "an ordinary user sees what root has set")
    result = tune("--restore", user=USER)
    equal(result.status, 5, "an ordinary user, --restore: status")
    contains(result.err, "sudo sonde tune --restore", "an ordinary user, --restore: who could")
    equal(read(PARANOID), "1", "an ordinary user, --restore: nothing is put back")
    tune("--restore")


if os.geteuid() != 0 or shutil.which("setpriv") is None:
    skip_all("not root, or no setpriv")
if os.path.exists(STATE):
    skip_all("this machine is tuned: sonde tune --restore")
folder = temporary_folder()
os.chmod(folder, 0o777)
public = os.path.join(folder, "sonde")  # where every user can run it
shutil.copy(harness.SONDE, public)
harness.SONDE = public
before = {item["name"]: item["value"] for item in settings().values()}
paranoid, kptr = read(PARANOID), read(KPTR)
for path, was in ((PARANOID, paranoid), (KPTR, kptr)):
    cleanup(set_value, path, was)
cleanup(lambda: os.path.exists(STATE) and (tune("--restore"), os.path.exists(STATE) and os.unlink(STATE)))
for part in (test_looking, test_applying, test_command, test_signals, test_kill, test_others, test_user):
    part()
set_value(PARANOID, paranoid)
set_value(KPTR, kptr)
equal({item["name"]: item["value"] for item in settings().values()}, before, "everything is as it was")
ok(not os.path.exists(STATE), "and nothing is remembered")
done()
