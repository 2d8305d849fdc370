"""sonde's tables of tasks, CPUs and disks are held against sysstat's own programs, on the same data, to the last digit.

/proc is copied two or three times while a program with busy, sleeping, writing and forking threads runs; a second set
of copies is made up, with every counter moving. pidstat, mpstat and iostat run in a mount namespace where a copy hangs
over /proc (and over what they read of /sys); when one sleeps between two reports, the next copy is mounted and it is
woken. `sonde stat --root` reads the same copies.

Intended differences, checked as such: in the row of a process with several threads, %wait and the switches are the sum
of its threads' rows; pidstat shows the first thread's.
"""
import ctypes
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

from harness import done, equal, ok, skip_all, sonde, start, temporary_folder, write

TOOLS = ("pidstat", "mpstat", "iostat")
BIND = 4096  # MS_BIND of mount(2)
TIME_COLUMNS = 11
NEVER = "1000"  # seconds until a report that is not asked for

# --- in the namespace: one of sysstat's programs, over the copies one after the other ---


def mount_over(folder):
    libc = ctypes.CDLL(None, use_errno=True)
    for part, place in (("proc", "/proc"), ("block", "/sys/block"), ("cpu", "/sys/devices/system/cpu")):
        source = os.path.join(folder, part)
        if os.path.isdir(source) and libc.mount(source.encode(), place.encode(), None, BIND, None) != 0:
            raise OSError(ctypes.get_errno(), f"mount {source} over {place}")


def run_inside(out, folders, command):
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)  # the real one, also later

    def is_asleep(pid):
        with open(os.open(f"{pid}/stat", os.O_RDONLY, dir_fd=proc)) as f:
            name, rest = f.read().rsplit(")", 1)
        return name.endswith(f"({command[0]}") and rest.split()[0] == "S"

    mount_over(folders[0])
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
        os.execvp(command[0], command)
    for folder in folders[1:]:
        while not is_asleep(pid):
            time.sleep(0.001)
        mount_over(folder)
        os.kill(pid, signal.SIGALRM)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


# --- copies of the real thing ---

LOAD = r'''
import ctypes, hashlib, os, sys, threading, time
libc = ctypes.CDLL(None)
block = b"x" * (4 << 20)
def named(name, work):
    def run():
        libc.prctl(15, name.encode())
        while True: work()
    threading.Thread(target=run, daemon=True).start()
def write():
    with open(sys.argv[1], "wb") as f:
        f.write(block)
        f.flush()
        os.fsync(f.fileno())
        f.truncate(0)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
if os.fork() == 0:
    while True:
        if os.fork() == 0:
            hashlib.sha256(block)
            os._exit(0)
        os.wait()
for i in range(3): named(f"spin {i}", lambda: hashlib.sha256(block))
for i in range(8): named(f"sleeper{i}", lambda: time.sleep(0.01))
named("idle (one)", lambda: time.sleep(1000))
named("writer", write)
print("up", flush=True)
while True:
    t = threading.Thread(target=hashlib.sha256, args=(block,))
    t.start()
    t.join()
'''


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def save(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def copy_files(source, target, names):
    for name in names:
        try:
            save(os.path.join(target, name), read_bytes(os.path.join(source, name)))
        except OSError:
            if name != "io":
                raise


def copy_process(pid, target):
    """True when its files tell of the same threads: they are not read at one moment."""
    source = f"/proc/{pid}"
    copy_files(source, target, ("stat", "status", "schedstat", "statm", "comm", "cmdline", "io"))
    tids = os.listdir(f"{source}/task")
    for tid in tids:
        task = f"{target}/task/{tid}"
        copy_files(f"{source}/task/{tid}", task, ("stat", "status", "schedstat", "io"))
        if tid == pid:  # two names of one thing
            copy_files(target, task, ("status", "schedstat"))
        os.symlink("../../fd", f"{task}/fd")
    os.makedirs(f"{target}/fd")
    try:
        for fd in os.listdir(f"{source}/fd"):
            save(f"{target}/fd/{fd}", "")
    except OSError:
        os.rmdir(f"{target}/fd")
    counts = {int(read_bytes(f"{target}/stat").rsplit(b")", 1)[1].split()[17])}
    for tid in tids:
        counts.add(int(re.search(rb"^Threads:\s*(\d+)", read_bytes(f"{target}/task/{tid}/status"), re.M).group(1)))
    return counts == {len(tids)}


def copy_processes(proc):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        target = os.path.join(proc, pid)
        for _ in range(20):
            try:
                is_whole = copy_process(pid, target)
            except OSError:  # it ended
                is_whole = False
            if is_whole:
                break
            shutil.rmtree(target, True)


def make_block(folder, diskstats):
    """/sys/block as iostat reads it: the same numbers as in diskstats, of whole disks."""
    names = [line.split()[2] for line in diskstats.splitlines()]
    for line in diskstats.splitlines():
        fields = line.split()
        parents = [n for n in names if n != fields[2] and re.fullmatch(re.escape(n) + r"p?\d+", fields[2])]
        if not parents or fields[2].startswith("loop"):
            save(os.path.join(folder, "block", fields[2], "stat"), " ".join(fields[3:]) + "\n")


def copy_machine(folder):
    proc = os.path.join(folder, "proc")
    os.makedirs(proc)
    copy_files("/proc", proc, ("uptime", "stat", "meminfo", "loadavg", "diskstats"))
    make_block(folder, read_bytes(f"{proc}/diskstats").decode())
    copy_processes(proc)


# --- made-up ones, where everything moves ---

STATUS = "Name:\tx\nTgid:\t{pid}\nPid:\t{tid}\nPPid:\t1\nUid:\t{uid}\t{euid}\t{euid}\t{euid}\nThreads:\t{threads}\n" \
         "voluntary_ctxt_switches:\t{voluntary}\nnonvoluntary_ctxt_switches:\t{involuntary}\n"


class Task:
    """A process's or a thread's counters; grow() moves them."""

    def __init__(self, dice, name):
        self.dice, self.name = dice, name
        self.start = dice.randrange(1000, 10**6)
        self.counters = {key: dice.randrange(0, 10**5) for key in (
            "minflt", "majflt", "utime", "stime", "blkio", "voluntary", "involuntary", "read", "write", "cancelled")}
        self.counters["gtime"] = self.counters["utime"] // 3
        self.counters["wait"] = dice.randrange(0, 10**12)
        self.vsz, self.rss, self.cpu = 0, 0, 0
        self.grow(10)

    def grow(self, most):
        for key in self.counters:
            if self.dice.random() < 0.7:
                self.counters[key] += self.dice.randrange(0, most * (10**7 if key == "wait" else 1))
        self.counters["gtime"] = min(self.counters["gtime"], self.counters["utime"])
        self.vsz, self.rss = self.dice.randrange(1 << 20, 1 << 33), self.dice.randrange(100, 10**5)
        self.cpu = self.dice.randrange(0, 6)

    def write(self, folder, process, pid, tid):
        c = self.counters
        stat = [0] * 53
        stat[4], stat[10], stat[12], stat[14], stat[15] = 1, c["minflt"], c["majflt"], c["utime"], c["stime"]
        stat[20], stat[22], stat[23], stat[24] = len(process.threads), self.start, self.vsz, self.rss
        stat[39], stat[42], stat[43] = self.cpu, c["blkio"], c["gtime"]
        save(f"{folder}/stat", f"{tid} ({self.name}) S " + " ".join(str(n) for n in stat[4:]) + "\n")
        save(f"{folder}/schedstat", f"{c['utime'] * 10**7} {c['wait']} {c['voluntary']}\n")
        save(f"{folder}/status", STATUS.format(
            pid=pid, tid=tid, threads=len(process.threads), uid=process.uid, euid=process.uid + 1,
            voluntary=c["voluntary"], involuntary=c["involuntary"]))
        if process.has_io:
            save(f"{folder}/io", "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: {read}\nwrite_bytes: {write}\n"
                 "cancelled_write_bytes: {cancelled}\n".format(**c))


class Process:
    def __init__(self, dice, pid):
        self.pid, self.dice = pid, dice
        self.uid, self.fds, self.has_io = dice.choice((0, 1000, 65534, 4000000)), dice.randrange(0, 40), pid % 5 != 0
        self.whole = Task(dice, dice.choice(("nginx", "a) b (c", "kworker/0:1-ev", "x" * 15, "50% ,\"")))
        self.threads = {pid: Task(dice, self.whole.name)}
        for i in range(dice.choice((0, 0, 0, 1, 3, 8))):
            self.threads[pid + 1 + i] = Task(dice, f"thread {i}")

    def grow(self):
        for task in (self.whole, *self.threads.values()):
            task.grow(self.dice.choice((1, 30, 500)))
        self.fds += self.dice.randrange(0, 3)
        if len(self.threads) > 3:
            del self.threads[self.pid + 2]
            self.threads[self.pid + 20] = Task(self.dice, "new one")

    def write(self, proc):
        folder = f"{proc}/{self.pid}"
        self.whole.write(folder, self, self.pid, self.pid)
        for name in ("schedstat", "status"):  # of the first thread, in the kernel's files as well
            os.remove(f"{folder}/{name}")
        for tid, task in self.threads.items():
            task.write(f"{folder}/task/{tid}", self, self.pid, tid)
            os.symlink("../../fd", f"{folder}/task/{tid}/fd")
        copy_files(f"{folder}/task/{self.pid}", folder, ("schedstat", "status"))
        os.makedirs(f"{folder}/fd")
        for fd in range(self.fds):
            save(f"{folder}/fd/{fd}", "")


class Machine:
    """CPUs that come, go, stand still, lose iowait and begin anew; disks that are idle, new, and taken out and in."""

    def __init__(self, seed):
        self.dice = dice = random.Random(seed)
        self.hundredths = dice.randrange(10**5, 10**8)
        self.processes = {pid: Process(dice, pid) for pid in range(100, 1300, 60)}
        self.cpus = [[dice.randrange(0, 10**7) for _ in range(10)] for _ in range(6)]
        for cpu in self.cpus:
            cpu[8], cpu[9] = cpu[0] // 2, cpu[1] // 2
        self.online = {0, 1, 2, 3, 5}
        self.disks = {name: [dice.randrange(0, 10**6) for _ in range(17)] for name in
                      ("vda", "vda1", "vda2", "sdb", "nvme0n1", "nvme0n1p1", "dm-0", "zram0")}
        self.disks["loop0"] = [0] * 17
        self.disks["sdb"][3] = 2**32 - 5  # wraps

    def grow(self):
        dice = self.dice
        self.hundredths += dice.choice((1, 99, 100, 101, 517, 6000))
        for pid in sorted(self.processes)[1::2]:
            self.processes[pid].grow()
        del self.processes[max(self.processes)]
        self.processes[40] = Process(dice, 40)
        for cpu in (0, 2, 3, 5):
            self.cpus[cpu] = [n + dice.randrange(0, 300) for n in self.cpus[cpu]]
            self.cpus[cpu][8] = min(self.cpus[cpu][8], self.cpus[cpu][0])
        self.cpus[2][4] -= 400  # iowait that became idle time
        self.cpus[3][3:5] = [50, 7]  # was offline meanwhile
        self.cpus[5][8] += 500  # guest time ahead of user time
        self.online = self.online ^ {4, 5} if 4 not in self.online else self.online
        for name, disk in self.disks.items():
            if name not in ("dm-0", "loop0"):
                self.disks[name] = [n + dice.randrange(0, 5000) for n in disk]
        self.disks["sdb"][3] %= 2**32
        self.disks["zram0"] = [dice.randrange(1, 50) for _ in range(17)]
        self.disks["sdz"] = [dice.randrange(1, 50) for _ in range(17)]

    def write(self, folder):
        proc = f"{folder}/proc"
        save(f"{proc}/uptime", f"{self.hundredths // 100}.{self.hundredths % 100:02} 1.00\n")
        save(f"{proc}/meminfo", "MemTotal:       16123456 kB\nMemFree: 1 kB\n")
        total = [sum(column) for column in zip(*(self.cpus[cpu] for cpu in self.online))]
        lines = ["cpu  " + " ".join(map(str, total))]
        lines += [f"cpu{cpu} " + " ".join(map(str, self.cpus[cpu])) for cpu in sorted(self.online)]
        save(f"{proc}/stat", "\n".join([*lines, "ctxt 1", "btime 1700000000", "processes 1", "procs_running 1",
                                        "procs_blocked 0"]) + "\n")
        diskstats = "".join(f" 1 {i} {name} {' '.join(map(str, numbers))}\n"
                            for i, (name, numbers) in enumerate(self.disks.items()))
        save(f"{proc}/diskstats", diskstats)
        make_block(folder, diskstats)
        for cpu in range(6):
            os.makedirs(f"{folder}/cpu/cpu{cpu}")
        for process in self.processes.values():
            process.write(proc)


# --- both sides, as lists of tables: lists of lines without their times ---


def split_tables(text):
    blocks = [block.splitlines() for block in text.split("\n\n")]
    blocks = [[line for line in block if line] for block in blocks]
    return [block for block in blocks if block and not block[0].startswith(("Linux ", "Average:"))]


def without_times(tables, command):
    if command[0] == "iostat":
        return tables
    return [[line[TIME_COLUMNS:] for line in table] for table in tables]


def run_sysstat(folder, copies, command):
    out = os.path.join(folder, "out")
    first = command[0] == "iostat"  # its first report is of the time since boot
    count = str(len(copies) - 1 + first)
    env = {**os.environ, "S_TIME_FORMAT": "ISO", "LC_ALL": "C", "S_COLORS": "never"}
    result = subprocess.run(["unshare", "--mount", sys.executable, os.path.abspath(__file__), "--inside", out, *copies,
                             "--", *command, NEVER, count], env=env, capture_output=True, timeout=60)
    if not ok(result.returncode == 0, f"{' '.join(command)} runs", result.stderr.decode(errors="replace")):
        return []
    with open(out) as f:
        tables = split_tables(f.read())
    return without_times(tables[len(tables) // (len(copies)):] if first else tables, command)


def run_sonde(folder, copies, command):
    roots = [word for copy in copies for word in ("--root", copy)]
    result = sonde(folder, "stat", "--like", " ".join(command), *roots, env={"LC_ALL": "C"})
    ok(result.status == 0, f"sonde stat --like '{' '.join(command)}'", result)
    return without_times(split_tables(result.out), command)


def compare_text(folder, copies, command):
    """Titles, widths, order and every digit."""
    theirs, ours = run_sysstat(folder, copies, command), run_sonde(folder, copies, command)
    what = " ".join(command)
    rows = sum(len(table) - 1 for table in theirs)
    ok(rows > 0, f"{what}: {rows} rows")
    equal(len(ours), len(theirs), f"{what}: as many tables")
    for i, (our, their) in enumerate(zip(ours, theirs)):
        differing = [f"sonde {o!r}\nsysst {t!r}" for o, t in zip(our, their) if o != t]
        ok(our == their, f"{what}: table {i} is equal", f"{len(our)} and {len(their)} lines\n" + "\n".join(differing[:5]))


# --- where the row of a process differs on purpose ---

SUMMED = ("%wait", "cswch/s", "nvcswch/s")


def read_rows(table):
    """{(process, thread): {title: text}} in the order of the rows; thread "-" is the process."""
    titles, rows, process = table[0].split(), {}, None
    for line in table[1:]:
        row = dict(zip(titles, line.split(None, len(titles) - 1)))
        if row.get("TGID", "-") != "-":
            process = row["TGID"]
        key = (process, row["TID"]) if "TID" in row else (row["PID"], "-")
        row["Command"] = re.sub(r"^(\|__|\(.*\)__)", "", row["Command"]) if key[1] != "-" else row["Command"]
        row.pop("TGID", None)
        if "TID" not in row:
            row["line"] = line
        rows[key] = row
    return rows


def several_threads(copy):
    proc = os.path.join(copy, "proc")
    return {pid for pid in os.listdir(proc) if pid.isdigit() and len(os.listdir(f"{proc}/{pid}/task")) > 1}


def compare_rows(folder, copies, command):
    theirs, ours = run_sysstat(folder, copies, command), run_sonde(folder, copies, command)
    what = " ".join(command)
    equal(len(ours), len(theirs), f"{what}: as many tables")
    equal([t[0] for t in ours], [t[0] for t in theirs], f"{what}: titles and widths")
    for i, (our, their) in enumerate(zip(ours, theirs)):
        several = several_threads(copies[1 + i * (len(copies) - 1) // len(theirs)])
        our, their = read_rows(our), read_rows(their)
        more = [key for key in our if key not in their]
        ok(all(key[0] in several and key[1] == "-" for key in more),
           f"{what}: table {i}, rows that pidstat leaves out are of processes whose other threads switched", more)
        equal([key for key in our if key in their], list(their), f"{what}: table {i}, all rows of pidstat, in its order")
        for key in filter(our.__contains__, their):
            if key[0] in several and key[1] == "-":
                for title in (*SUMMED, "line"):
                    their[key].pop(title, None)
                    our[key].pop(title, None)
        differing = [f"sonde {our[key]}\nsysst {their[key]}" for key in their if our.get(key) != their[key]]
        ok(not differing, f"{what}: table {i}, {len(their)} rows are equal", "\n".join(differing[:5]))


def check_sums(folder, copies, seconds):
    """A process's row against its threads'. All rows are asked for: none is left out as idle."""
    checked = 0
    for table in run_sonde(folder, copies, ["pidstat", "-u", "-w", "-t", "-p", "ALL"]):
        rows = read_rows(table)
        for title in filter(table[0].split().__contains__, SUMMED):
            for pid in several_threads(copies[1]):
                threads = [float(row[title]) for key, row in rows.items() if key[0] == pid and key[1] != "-"]
                got = float(rows[pid, "-"][title])
                # a time is cut to ticks of 10 ms, of each thread and of the sum
                allowed = 0.006 * (len(threads) + 1) + (len(threads) / seconds if title == "%wait" else 0)
                if sum(threads) > 0:
                    checked += 1
                if abs(got - sum(threads)) > allowed:
                    ok(False, f"{title} of process {pid}", f"{got} is not the sum of {threads}")
    ok(checked > 0, f"%wait and switches of processes are the sums of their threads ({checked} of them)")


def compare_all(folder, copies):
    for command in ("pidstat -r", "pidstat -d", "pidstat -v", "pidstat -r -t", "pidstat -d -t", "pidstat -v -t",
                    "pidstat -t -r -d -v", "mpstat -P ALL", "iostat -x", "iostat -c", "iostat -d -x", "iostat -x -p"):
        compare_text(folder, copies, command.split())
    for command in ("pidstat", "pidstat -u -t", "pidstat -w", "pidstat -w -t", "pidstat -p ALL -u -w -t"):
        compare_rows(folder, copies, command.split())


def find_seconds(copies):
    return [float(read_bytes(f"{copy}/proc/uptime").split()[0]) for copy in copies]


def main():
    if os.geteuid() != 0:
        skip_all("needs root: mounts over /proc in a namespace of its own")
    for tool in (*TOOLS, "unshare"):
        if shutil.which(tool) is None:
            skip_all(f"{tool} is not installed (apt-get install sysstat)")
    version = subprocess.run(["pidstat", "-V"], capture_output=True).stdout.decode()
    if not re.search(r"version 12\.[67]\.", version):
        skip_all(f"formulas and columns are those of sysstat 12.6: {version.splitlines()[0]}")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        skip_all("no mount namespaces here")
    folder = temporary_folder()

    load = start(["/usr/bin/python3", write(os.path.join(folder, "load.py"), LOAD), os.path.join(folder, "data")], folder)
    ok(load.stdout.readline() == b"up\n", "the load is up")
    copies = [os.path.join(folder, f"copy{i}") for i in range(3)]
    for i, copy in enumerate(copies):
        if i > 0:
            time.sleep(2)  # for something to happen; no time is asserted
        os.killpg(load.pid, signal.SIGSTOP)  # its threads come and go too fast to be copied
        copy_machine(copy)
        os.killpg(load.pid, signal.SIGCONT)
    compare_all(folder, copies)
    seconds = find_seconds(copies)
    check_sums(folder, copies[:2], seconds[1] - seconds[0])

    for seed in range(3):
        machine = Machine(seed)
        copies = [os.path.join(folder, f"seed{seed}-{i}") for i in range(2)]
        machine.write(copies[0])
        machine.grow()
        machine.write(copies[1])
        compare_all(folder, copies)
        seconds = find_seconds(copies)
        check_sums(folder, copies, seconds[1] - seconds[0])
    done()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        split = sys.argv.index("--")
        run_inside(sys.argv[2], sys.argv[3:split], sys.argv[split + 1:])
    main()
