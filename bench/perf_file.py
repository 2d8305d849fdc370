"""Reads and rewrites a perf.data (a file, not compressed, whose events have one layout), to find out why perf says what it says.

perf 6.1 keeps what a process had mapped before an exec, and takes the lowest of all mappings of a file for where the file begins; so whether
the new program's stacks come out depends on where the kernel happened to put the old one's libraries. tell_apart() writes a copy in which
what a process executes is a process of its own: behind its n-th exec its numbers are higher by n times APART.
"""
import bisect
import collections
import struct

APART = 10_000_000
MMAP, COMM, EXIT, FORK, SAMPLE, MMAP2, FIRST_OF_PERF = 1, 3, 4, 7, 9, 10, 64
AUXTRACE, TRACING_DATA, COMPRESSED, COMPRESSED2 = 71, 66, 81, 83
COMM_EXEC = 1 << 13
IP, TID, TIME, ID, CPU, STREAM_ID, STACK_USER, IDENTIFIER = 1, 2, 4, 0x40, 0x80, 0x200, 0x2000, 0x10000
BEHIND_STACK = (0x4000, 0x8000, 0x20000)  # weight, data source, transaction: 8 bytes each
SAMPLE_ID_ALL = 1 << 18


class Unknown(Exception):
    pass


class PerfFile:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = bytearray(f.read())
        magic, _, _, attr, _, self.begin, size = struct.unpack_from("<8s6Q", self.data)
        if magic != b"PERFILE2" or size == 0:
            raise Unknown("not a finished perf.data")
        self.end = self.begin + size
        self.sample_type, = struct.unpack_from("<Q", self.data, attr + 24)
        has_ids = struct.unpack_from("<Q", self.data, attr + 40)[0] & SAMPLE_ID_ALL
        self.stack_bytes, = struct.unpack_from("<I", self.data, attr + 88)
        # behind a record that is no sample, 8 bytes each
        self.trailer = [f for f in (TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER) if has_ids and self.sample_type & f]

    def records(self):
        """(type, misc, offset, size, time) of those that the kernel wrote, or perf in its stead."""
        at = self.begin
        while at < self.end:
            kind, misc, size = struct.unpack_from("<IHH", self.data, at)
            if size < 8 or kind in (AUXTRACE, TRACING_DATA, COMPRESSED, COMPRESSED2):
                raise Unknown("a trace, or compressed")
            if kind < FIRST_OF_PERF:
                where = self.find(kind, at, size, TIME)
                yield kind, misc, at, size, self.word(where) if where else 0
            at += size

    def word(self, at):
        return struct.unpack_from("<Q", self.data, at)[0]

    def pair(self, at):
        return struct.unpack_from("<II", self.data, at)

    def find(self, kind, at, size, flag):
        """Where a record has its TID or TIME; None if it has none."""
        if kind == SAMPLE:
            before = [f for f in (IDENTIFIER, IP, TID, TIME) if self.sample_type & f]
            return at + 8 + 8 * before.index(flag) if flag in before else None
        if flag not in self.trailer:
            return None
        return at + size - 8 * (len(self.trailer) - self.trailer.index(flag))

    def last_words(self):
        """{thread: the last word of each sample's stack copy, in order of time}; -1 where nothing was copied."""
        words = collections.defaultdict(list)
        if not self.sample_type & STACK_USER or self.sample_type >> 18:
            return words
        behind = 8 * sum(bool(self.sample_type & f) for f in BEHIND_STACK)
        for kind, _, at, size, time in self.records():
            if kind != SAMPLE:
                continue
            end = at + size - behind - 8  # how much was copied
            begin = end - self.stack_bytes
            copied = self.word(end) if begin > at and self.word(begin - 8) == self.stack_bytes else 0
            words[self.pair(self.find(kind, at, size, TID))[1]].append((time, self.word(begin + copied - 8) if copied >= 8 else -1))
        return {tid: [word for _, word in sorted(pairs, key=lambda pair: pair[0])] for tid, pairs in words.items()}

    def tell_apart(self, copy):
        """{new number: thread} in the copy; empty, and no copy, when nothing was executed."""
        execs, numbers = collections.defaultdict(list), {}
        for kind, misc, at, _, time in self.records():
            if kind == COMM and misc & COMM_EXEC:
                bisect.insort(execs[self.pair(at + 8)[0]], time)

        def renumber(pid_at, tid_at, time):
            pid, tid = self.pair(pid_at)[0], self.pair(tid_at)[0]
            more = APART * bisect.bisect_right(execs.get(pid, ()), time)
            if more:
                numbers[tid + more] = tid
                struct.pack_into("<I", self.data, pid_at, pid + more)
                struct.pack_into("<I", self.data, tid_at, tid + more)

        for kind, _, at, size, time in self.records() if execs else ():
            trailer = self.find(kind, at, size, TID)
            if kind in (MMAP, MMAP2, COMM):
                renumber(at + 8, at + 12, time)
            elif kind in (FORK, EXIT):  # process, parent, thread, parent's thread
                renumber(at + 8, at + 16, time)
                renumber(at + 12, at + 20, time)
            if trailer is not None:
                renumber(trailer, trailer + 4, time)
        if numbers:
            with open(copy, "wb") as f:
                f.write(self.data)
        return numbers


def write_samples(path, program, segments, addresses):
    """A perf.data with a sample at each address of a program, whose executable segments (offset, address, size) are mapped somewhere."""
    base, pid, page = 0x550000000000, 4711, 4096
    name = program.encode() + b"\0"
    name += b"\0" * (-len(name) % 8)
    records = struct.pack("<IHHII8s", COMM, 0, 24, pid, pid, b"program")
    for offset, address, size in segments:
        body = struct.pack("<IIQQQIIQQII", pid, pid, base + address - address % page, size + address % page, offset - offset % page,
                           0, 0, 0, 0, 5, 2) + name  # no device and inode; r-x, private
        records += struct.pack("<IHH", MMAP2, 2, 8 + len(body)) + body
    for number, address in enumerate(addresses):
        records += struct.pack("<IHHQIIQ", SAMPLE, 2, 32, base + address, pid, pid, 1_000_000 * (number + 1))
    attr = struct.pack("<IIQQQQQ", 1, 112, 0, 1_000_000, IP | TID | TIME, 0, 0).ljust(112, b"\0")  # a software event, cpu-clock
    entry = attr + struct.pack("<QQ", 0, 0)
    header = struct.pack("<8s8Q", b"PERFILE2", 104, len(entry), 104, len(entry), 104 + len(entry), len(records), 0, 0).ljust(104, b"\0")
    with open(path, "wb") as f:
        f.write(header + entry + records)
