"""What has a screen and keys, on a terminal of known size: `report -i`, `top` and `stat --live`; and that the terminal
is as it was at the end, however that comes."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from harness import (SONDE, SOURCE, contains, done, environment, equal, is_alive, ok, skip, sonde, temporary_folder,
                     wait_until, write)

BEGIN, END = "\x1b[?1049h", "\x1b[?1049l"
SPIN = """
import sys, threading, time
def hot(n): return sum(range(n))
def work(end):
    while time.time() < end: hot(2000)
open(sys.argv[2], "w").write(str(__import__("os").getpid()))
work(time.time() + float(sys.argv[1]))
"""


class Screen:
    """A program on a terminal of its own, which it controls; the picture that it showed last."""

    def __init__(self, folder, *args, rows=12, columns=80):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave, self.text = slave, ""
        variables = environment(folder, TERM="xterm")
        variables.pop("COLUMNS")
        self.process = subprocess.Popen(
            [SONDE, *args], cwd=folder, env=variables, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.05):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.text += data.decode(errors="replace")

    def picture(self):
        """The lines of the last whole picture."""
        self.read()
        whole = self.text.rpartition("\x1b[J")[0]
        return whole.rpartition("\x1b[H")[2].replace("\x1b[K", "").replace("\r", "").split("\n")

    def wait(self, part, what, seconds=20):
        wait_until(lambda: any(part in line for line in self.picture()), seconds)
        contains("\n".join(self.picture()), part, what)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def check_end(self, what, status=None, is_last=True):
        """The program ends, and the terminal is what it was; behind the screen there may be words."""
        wait_until(lambda: self.read() or self.process.poll() is not None, 20)
        wait_until(lambda: self.read() or END in self.text, 20)
        if status is not None:
            equal(self.process.poll(), status, f"{what}: status")
        ok(self.process.poll() is not None, f"{what}: it ends")
        ok(BEGIN in self.text and (self.text.rstrip().endswith(END) if is_last else END in self.text), f"{what}: the screen before is back",
           repr(self.text[-80:]))
        ok("\x1b[?25h" in self.text.rpartition(BEGIN)[2], f"{what}: and the cursor")
        wait_until(lambda: termios.tcgetattr(self.slave) == self.before, 20)
        equal(termios.tcgetattr(self.slave), self.before, f"{what}: and the terminal's settings")
        os.close(self.slave)
        os.close(self.master)


def make_store(folder):
    subprocess.run([sys.executable, os.path.join(SOURCE, "tests/data/store/make_store.py"), os.path.join(folder, "store"), "profile"],
                   check=True)


def test_report():
    folder = temporary_folder()
    make_store(folder)
    screen = Screen(folder, "report", "-i")
    screen.wait("call tree", "report -i: the tree")
    lines = screen.picture()
    equal(len(lines), 12, "report -i: as many lines as rows")
    contains(lines[0], "100 samples", "report -i: the quality line first")
    contains(lines[3], "- gateway", "report -i: the thread, opened")
    screen.press("\x1b[B\x1b[B\x1b[C")
    screen.wait("parse", "report -i: arrows move and open")
    screen.press("/idle\r")
    screen.wait(">", "report -i: there is a selection")
    wait_until(lambda: any(line.startswith(">") and "idle" in line for line in screen.picture()), 20)
    ok(any(line.startswith(">") and "idle" in line for line in screen.picture()), "report -i: search", screen.picture())
    screen.press("c")
    screen.wait("callers of idle", "report -i: callers")
    screen.press("\x7fi")
    screen.wait("turned over", "report -i: back, and turned over")
    screen.resize(5, 30)
    wait_until(lambda: len(screen.picture()) == 5, 20)
    ok(all(len(line) <= 30 for line in screen.picture()), "report -i: a smaller terminal", screen.picture())
    screen.resize(30, 120)
    wait_until(lambda: len(screen.picture()) == 30, 20)
    equal(len(screen.picture()), 30, "report -i: a larger one")
    screen.press("q")
    screen.check_end("report -i: q", 0)


def test_ends():
    folder = temporary_folder()
    make_store(folder)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL", "SIGSEGV"):
        screen = Screen(folder, "report", "-i")
        screen.wait("call tree", f"{name}: it is there")
        screen.process.send_signal(getattr(signal, name))
        screen.check_end(name)
    screen = Screen(folder, "report", "-i")
    screen.wait("call tree", "Ctrl-C: it is there")
    screen.press("\x03")
    screen.check_end("Ctrl-C")
    screen = Screen(folder, "report", "-i")
    screen.wait("call tree", "hanging up: it is there")
    os.close(screen.slave)
    os.close(screen.master)
    ok(wait_until(lambda: screen.process.poll() is not None, 20), "hanging up: it ends")


def start_top(folder, *options):
    write(os.path.join(folder, "spin.py"), SPIN)
    return Screen(folder, "top", "-d", "200ms", *options, "--", sys.executable, "spin.py", "60", "pid", columns=100)


def read_pid(folder):
    with open(os.path.join(folder, "pid"), encoding="ascii") as file:
        return int(file.read())


def test_top():
    folder = temporary_folder()
    screen = start_top(folder)
    screen.wait("by self", "top: the picture")
    screen.wait(" samples at 199 Hz", "top: the quality line")
    wait_until(lambda: any("%" in line and line.startswith(">") for line in screen.picture()), 20)
    screen.press("t")
    screen.wait("by total", "top: t")
    screen.press("f")
    screen.wait("all threads", "top: f")
    screen.press("\x1b[B\r")
    screen.wait("thread ", "top: one thread")
    screen.press("p")
    screen.wait("paused", "top: p")
    time.sleep(0.5)
    before = screen.picture()
    time.sleep(0.7)
    equal(screen.picture(), before, "top: paused, the picture stands still")
    screen.press("\r")
    screen.wait("callers of", "top: Enter")
    screen.press("\x1b")
    screen.wait("by total", "top: Escape")
    screen.resize(4, 20)
    wait_until(lambda: len(screen.picture()) == 4, 20)
    ok(all(len(line) <= 20 for line in screen.picture()), "top: a small terminal", screen.picture())
    screen.press("q")
    screen.check_end("top: q", 0)
    ok(wait_until(lambda: not is_alive(read_pid(folder)), 20), "top: what it started is gone")
    screen = start_top(folder)
    screen.wait("by self", "top: the picture")
    screen.process.kill()
    screen.check_end("top: killed")
    ok(wait_until(lambda: not is_alive(read_pid(folder)), 20), "top: killed, what it started is gone")


def test_top_tables():
    folder = temporary_folder()
    write(os.path.join(folder, "spin.py"), SPIN)
    result = sonde(folder, "top", "-n", "2", "-d", "300ms", "--rows", "3", "--", sys.executable, "spin.py", "60", "pid")
    equal(result.status, 0, "top -n: status")
    equal(result.out.count(" samples at 199 Hz"), 2, "top -n: two tables")
    equal(len(result.out.splitlines()), 2 * 5 + 1, "top -n: of three functions each")
    ok(not is_alive(read_pid(folder)), "top -n: what it started is gone")
    result = sonde(folder, "top", "--", sys.executable, "spin.py", "0.5", "pid")
    equal(result.status, 0, "top: it ends with the command")
    process = subprocess.Popen([sys.executable, "spin.py", "60", "pid"], cwd=folder)
    result = sonde(folder, "top", "-n", "1", "-d", "300ms", "-p", str(process.pid))
    equal(result.status, 0, "top -p: status")
    ok(process.poll() is None, "top -p: what it attached to goes on")
    process.kill()
    process.wait()
    result = sonde(folder, "top", "-p", str(process.pid))
    equal(result.status, 5, "top -p: nobody")


def test_stat_live():
    folder = temporary_folder()
    write(os.path.join(folder, "spin.py"), SPIN)
    spinner = subprocess.Popen([sys.executable, "spin.py", "120", "pid"], cwd=folder)
    screen = Screen(folder, "stat", "--live", "-p", str(spinner.pid), "0.2", rows=14, columns=110)
    screen.wait("processes by CPU", "stat --live: the picture")
    screen.wait("machine: busy", "stat --live: the machine")
    screen.wait("watched: CPU", "stat --live: what is watched")
    screen.wait("cpu0", "stat --live: each CPU")
    screen.wait(str(spinner.pid), "stat --live: the process")
    equal(len(screen.picture()), 14, "stat --live: as many lines as rows")
    for key, name in (("m", "memory"), ("w", "waiting"), ("i", "I/O"), ("c", "CPU")):
        screen.press(key)
        screen.wait(f"processes by {name}", f"stat --live: {key}")
    screen.press("t")
    screen.wait("threads by CPU", "stat --live: t")
    screen.press("p")
    screen.wait("PAUSED", "stat --live: p")
    before = screen.picture()
    time.sleep(0.7)
    equal(screen.picture(), before, "stat --live: paused, the picture stands still")
    screen.press("m")
    screen.wait("threads by memory", "stat --live: paused, it can be sorted")
    equal(screen.picture()[1:5], before[1:5], "stat --live: what it is sorted of is the same")
    screen.press(" ")
    wait_until(lambda: not any("PAUSED" in line for line in screen.picture()), 20)
    screen.resize(4, 20)
    wait_until(lambda: len(screen.picture()) == 4, 20)
    ok(all(len(line) <= 20 for line in screen.picture()), "stat --live: a small terminal", screen.picture())
    screen.press("q")
    screen.check_end("stat --live: q", 0, is_last=False)
    contains(screen.text.rpartition(END)[2], "seconds time elapsed", "stat --live: what was seen, behind the screen")
    contains(screen.text.rpartition(END)[2], "stored as", "stat --live: and where it is")
    ok(spinner.poll() is None, "stat --live: what was watched goes on")
    for name in ("SIGTERM", "SIGKILL"):
        screen = Screen(folder, "stat", "--live", "-p", str(spinner.pid), "0.2")
        screen.wait("machine: busy", f"stat --live, {name}: it is there")
        screen.process.send_signal(getattr(signal, name))
        screen.check_end(f"stat --live, {name}", is_last=False)
    ok(spinner.poll() is None, "stat --live, killed: what was watched goes on")
    spinner.kill()
    spinner.wait()


def test_stat_live_others():
    folder = temporary_folder()
    write(os.path.join(folder, "spin.py"), SPIN)
    screen = Screen(folder, "stat", "--live", "-a", "0.2", rows=20, columns=100)
    screen.wait("machine · ", "stat --live -a: the picture")
    wait_until(lambda: sum(line[:8].strip().isdigit() for line in screen.picture()) > 3, 20)
    ok(sum(line[:8].strip().isdigit() for line in screen.picture()) > 3, "stat --live -a: others' processes", screen.picture())
    screen.press("\x03")
    screen.check_end("stat --live -a: Ctrl-C", 0, is_last=False)
    screen = Screen(folder, "stat", "--live", "-d", "3s", "-a", "0.5")
    screen.wait("machine: busy", "stat --live -d: it is there")
    screen.check_end("stat --live -d: it ends by itself", 0, is_last=False)
    screen = Screen(folder, "stat", "--live", "-I", "200", "--", sys.executable, "spin.py", "60", "pid", columns=100)
    screen.wait("watched: CPU", "stat --live CMD: the picture")
    screen.press("q")
    screen.check_end("stat --live CMD: q", is_last=False)
    ok(wait_until(lambda: not is_alive(read_pid(folder)), 20), "stat --live CMD: what it started is gone")
    screen = Screen(folder, "stat", "--live", "-p", "no-such-process")
    screen.check_end("stat --live of nobody", 5, is_last=False)
    contains(screen.text.rpartition(END)[2], "no process is named", "stat --live of nobody: the sentence is behind the screen")


test_report()
test_ends()
test_stat_live()
test_stat_live_others()
probe = temporary_folder()
if sonde(probe, "record", "-q", "-d", "100ms", "--", "true").status == 0:
    test_top()
    test_top_tables()
else:
    skip("top", "there is no profile here")
done()
