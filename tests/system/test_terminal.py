"""What is sent where: a narrow terminal, no colours, no terminal, and a reader that goes away."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios

from harness import (SONDE, contains, done, end, environment, equal, free_port, matches, ok, server_command, sonde, sonde_json,
                     start, temporary_folder, wait_for_port)

COLOR = re.compile(r"\x1b\[[0-9;]*m")
CLEAR = "\r\x1b[K"


class Terminal:
    """A terminal of so many columns; `read` gives all that a program has sent to it once its side is closed."""

    def __init__(self, columns):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        settings = termios.tcgetattr(self.slave)
        settings[1] &= ~termios.OPOST  # bytes as they were sent
        termios.tcsetattr(self.slave, termios.TCSANOW, settings)

    def read(self, process):
        os.close(self.slave)
        got = b""
        while select.select([self.master], [], [], 60)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other side is closed
                break
            if not data:
                break
            got += data
        os.close(self.master)
        process.wait(60)
        return got.decode()


def run_in(terminal, folder, *args, both=False, **env):
    """What sonde sent to its terminal; stdout goes there only when asked."""
    variables = environment(folder, **{"TERM": "xterm", **env})
    variables.pop("COLUMNS")  # the terminal itself says how wide it is
    process = subprocess.Popen([SONDE, *args], cwd=folder, env=variables, stdin=subprocess.DEVNULL, stderr=terminal.slave,
                               stdout=terminal.slave if both else subprocess.DEVNULL)
    return terminal.read(process), process.returncode


def load_args(duration="1s"):
    return ["load", "-t", "1", "-c", "2", "-d", duration, f":{port}/"]


def test_narrow():
    for columns in (20, 8, 200):
        text, status = run_in(Terminal(columns), temporary_folder(), *load_args("2500ms" if columns > 100 else "1s"))
        equal(status, 0, f"{columns} columns: status 0")
        shown = [part.split("\r")[0].split("\n")[0] for part in text.split(CLEAR)[1:]]
        lines = [COLOR.sub("", line) for line in shown if line and not line.startswith("sonde:")]
        ok(len(lines) >= 5, f"{columns} columns: there is a progress line, again and again", repr(text))
        ok(all(len(line) <= columns for line in lines), f"{columns} columns: never wider", max(lines, key=len, default=""))
        ok("\n" not in "".join(part for part in text.split(CLEAR)[1:] if not part.startswith("sonde:")),
           f"{columns} columns: it stays on its line", repr(text))
        ok(text.endswith(CLEAR) or text.endswith("\n"), f"{columns} columns: and is gone at the end", repr(text[-60:]))
    contains("".join(lines), "measure", "with room, the phase is named")
    contains("".join(lines), "requests/s", "with room, the rate is there")


def test_color():
    folder = temporary_folder()
    text, _ = run_in(Terminal(100), folder, *load_args(), both=True)
    equal(COLOR.findall(text), [], "NO_COLOR: no colour is sent, while measuring and after")
    text, _ = run_in(Terminal(100), folder, "show", both=True, NO_COLOR="")
    ok(COLOR.findall(text), "without NO_COLOR there is colour on a terminal", repr(text))
    text, _ = run_in(Terminal(100), folder, "show", both=True, NO_COLOR="", TERM="dumb")
    equal(COLOR.findall(text), [], "TERM=dumb: none")
    for command in ("show", "list", "report"):
        result = sonde(folder, command, env={"NO_COLOR": ""})
        ok("\x1b" not in result.out + result.err, f"{command} into a pipe: no escape at all", repr(result.out))


def test_width():
    folder = temporary_folder()
    sonde(folder, *load_args("500ms"))
    for columns in (60, 100):
        for command in ("show", "list"):
            text, status = run_in(Terminal(columns), folder, command, both=True)
            equal(status, 0, f"{command} in {columns} columns: status 0")
            wide = [line for line in text.splitlines() if len(line) > columns and " " in line.strip()[:columns]
                    and not re.search(r"https?://|/", line)]
            equal(wide, [], f"{command} in {columns} columns: lines fit")
    text, status = run_in(Terminal(20), folder, "show", both=True)
    equal(status, 0, "show in 20 columns: no crash")


def test_no_terminal():
    folder = temporary_folder()
    result = sonde(folder, *load_args(), env={"NO_COLOR": ""})
    equal(result.status, 0, "no terminal: status 0")
    ok("\r" not in result.err + result.out and "\x1b" not in result.err + result.out, "no terminal: plain lines", repr(result.err))
    ok(result.err.endswith("\n") and len(result.err.splitlines()) <= 5, "no terminal: few of them", result.err)
    matches(result.err, "^measure", "no terminal: the phase, once")
    quiet = sonde(folder, *load_args("300ms"), "-q")
    equal(quiet.err, "", "-q: nothing but the result")
    ok(quiet.out, "-q: and that is there")
    document, result = sonde_json(folder, *load_args("300ms"))
    ok(document is not None, "--json: stdout is the document alone", result)


def status_into(reader, folder, *args):
    """sonde | reader; sonde's status, as a shell has it, and its stderr."""
    sonde_process = start([SONDE, *args], folder)
    reader_process = subprocess.Popen(reader, stdin=sonde_process.stdout, stdout=subprocess.PIPE)
    sonde_process.stdout.close()
    out, _ = reader_process.communicate(timeout=60)
    err = sonde_process.stderr.read().decode()
    end_status = sonde_process.wait(60)
    return 128 - end_status if end_status < 0 else end_status, out.decode(), err


def test_run_without_a_plan():
    """What the experiment is called comes from the command line; its files are named, and are where that says."""
    folder, own_port = temporary_folder(), free_port()
    result = sonde(folder, "run", "--url", f":{own_port}/", "-c", "2", "-d", "1s", "--",
                   *server_command(folder, own_port, "plain", "plain-run"))
    equal(result.status, 0, "run --url … -- CMD: status 0")
    ok("cannot" not in result.err, "run --url … -- CMD: nothing went wrong on the way", result.err)
    for line in result.out.splitlines():
        if line.strip().startswith("flame graph:"):
            path = line.split(":", 1)[1].strip()
            ok(os.path.exists(path), f"the flame graph is where it says: {path}")


def test_reader_goes_away():
    """Dying by SIGPIPE or saying that nobody reads are both fine; losing the measurement is not."""
    folder = temporary_folder()
    sensible = (0, 5, 128 + signal.SIGPIPE)
    status, out, err = status_into(["head", "-1"], folder, *load_args())
    ok(status in sensible, "load | head -1: a sensible status", f"{status}\n{err}")
    equal(len(out.splitlines()), 1, "load | head -1: a line")
    for reader in (["true"], ["head", "-c", "1"]):
        for args in (["show"], ["show", "--json"], ["list"], load_args("300ms"), ["help"]):
            status, _, err = status_into(reader, folder, *args)
            ok(status in sensible, f"{args[0]} | {' '.join(reader)}: a sensible status", f"{status}\n{err}")
    listing, _ = sonde_json(folder, "list")
    equal([e["state"] for e in listing["experiments"]], ["done"] * 3, "what was measured is stored all the same")


def test_closed_descriptors():
    """Started with 0, 1 or 2 closed: no file of ours takes their place and gets what was meant for the terminal."""
    folder = temporary_folder()
    for redirection in (">&-", "2>&-", "<&-", "<&- >&- 2>&-"):
        done_ = subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", SONDE, *load_args("300ms")], cwd=folder,
                               env=environment(folder), capture_output=True, timeout=60)
        ok(done_.returncode in (0, 5), f"load {redirection}: a sensible status", done_)
    listing, result = sonde_json(folder, "list")
    ok(listing is not None and [e["state"] for e in listing["experiments"]] == ["done"] * 4, "all are stored, the store is whole",
       result)
    full = subprocess.run(["sh", "-c", '"$@" > /dev/full', "sh", SONDE, "show"], cwd=folder, env=environment(folder),
                          capture_output=True, timeout=60)
    equal(full.returncode, 5, "show > /dev/full: status 5")
    contains(full.stderr.decode(), "cannot write", "show > /dev/full: the sentence")


port, server_folder = free_port(), temporary_folder()
server = start(server_command(server_folder, port), server_folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wait_for_port(port)
test_narrow()
test_color()
test_width()
test_no_terminal()
test_run_without_a_plan()
test_reader_goes_away()
test_closed_descriptors()
end(server)
done()
