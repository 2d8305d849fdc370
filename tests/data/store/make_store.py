#!/usr/bin/env python3
"""Makes a store with known contents, for golden tests of the commands that look into one.

usage: make_store.py DIR [EXPERIMENT…]     (DIR/sonde.db; DIR ending in .sonde: a single file)

Nothing is drawn and no clock is read: the same words make the same store. The schema is the one of src/store/schema.sql.

    gateway   b4s3r6n8  a `run` of two arms, 6 pairs: zero-copy answers 20 % more and costs 15 % less CPU per request
    single    m2n3p4q5  a `load` of one run, with failures, tagged `before`, with a note
    profile   r5t6v7w8  a `record`
    code      h5j6k7m8  a `record` with code, source, an inlined function, and a library without symbols
    broken    x7y8z9a2  a `run` whose service did not start
    empty     e2f3g4h5  a `run` that ended before its first run
    later     c9d8e7f6  a `load` of one run of the same name as `single`
    open      p3q4r5s6  a `load` in open loop over TLS, with the generator's seconds and requests never answered
    loads     v2w3x4y5  a `run --load all`: light, medium, heavy
    machine   q2r7s3t8  a `run` of one run of 12 s with what all lenses saw: monitors with a peak, threads, counters, system calls
"""

import json
import os
import re
import sqlite3
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STORE = os.path.join(HERE, "..", "..", "..", "src", "store")
WALL_NS = 1_795_000_000 * 10**9  # 2026-11-18
SECOND_NS = 10**9
MS = 10**6
PERIOD_NS = 5025125

ENVIRONMENT = {
    "sonde": "0.1.0", "host": "lab", "kernel": "6.1.0", "machine": "x86_64", "boot_id": "11111111-2222-3333-4444-555555555555",
    "system": "Debian GNU/Linux 12", "cpu_model": "Example CPU", "cpus": 2, "memory": "8000000 kB", "governor": "performance",
    "perf_event_paranoid": "2", "git_revision": "0123456789abcdef0123456789abcdef01234567", "git_dirty": True, "git_diff": "",
}


def zigzag(value):
    rest = (value << 1) ^ (value >> 63)
    out = bytearray()
    while len(out) < 8 and rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def slot_of(value):
    bucket = max(value.bit_length() - 11, 0)
    return (bucket + 1) * 1024 + (value >> bucket) - 1024


def histogram(values):
    """(HdrHistogram V2 payload, sum, min, max) of {ns: count}; model/histogram.h has the layout."""
    slots = {}
    for value, count in values.items():
        slots[slot_of(value)] = slots.get(slot_of(value), 0) + count
    body, at = b"", 0
    for slot in sorted(slots):
        gap = slot - at
        body += zigzag(-gap if gap > 1 else 0) if gap > 0 else b""
        body += zigzag(slots[slot])
        at = slot + 1
    header = struct.pack(">IIIIQQd", 0x1C849313, len(body), 0, 3, 1, 3600 * 10**9, 1.0)
    return header + body, sum(v * n for v, n in values.items()), min(values), max(values)


def leb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Maker:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        with open(os.path.join(STORE, "store.h"), encoding="utf-8") as file:
            version = re.search(r"STORE_VERSION = (\d+)", file.read()).group(1)
        with open(os.path.join(STORE, "schema.sql"), encoding="utf-8") as file:
            self.db.executescript(f"BEGIN; {file.read()} PRAGMA user_version={version};")
        self.key = 0

    def insert(self, table, **columns):
        names = ", ".join(columns)
        self.db.execute(f"INSERT INTO {table}({names}) VALUES({', '.join('?' * len(columns))})", list(columns.values()))

    def experiment(self, ident, kind, name, hour, state="done", **more):
        self.insert(
            "experiment", id=ident, kind=kind, name=name, state=state, created_wall_ns=WALL_NS + hour * 3600 * SECOND_NS,
            environment=json.dumps(ENVIRONMENT), seed=7, owner_pid=1, owner_start=1, owner_boot="gone", **more)
        self.hour = hour

    def run(self, experiment, number, arm, place, pair, state="done", failure="", validity="VALID", reasons="", measured=True,
            seconds=2):
        self.key += 1
        self.begin = (self.key * 100) * SECOND_NS
        self.insert(
            "run", key=self.key, experiment=experiment, number=number, arm=arm, arm_place=place, pair=pair, state=state,
            started_wall_ns=WALL_NS + (self.hour * 3600 + number * 10) * SECOND_NS, failure=failure,
            validity=validity, reasons=reasons)
        phases = [("start", -2, -1), ("warm-up", -1, 0), ("measure", 0, seconds), ("drain", seconds, seconds + 0.1),
                  ("stop", seconds + 0.1, seconds + 0.2)]
        for name, begin, end in phases if measured else phases[:1]:
            self.insert("phase", run=self.key, name=name, begin_ns=self.begin + int(begin * SECOND_NS),
                        end_ns=self.begin + int(end * SECOND_NS))

    def metrics(self, **values):
        for name, value in values.items():
            self.insert("metric", run=self.key, name=name, scope="", value=value)

    def load(self, names, per_second, latency_ns, failures=(), seconds=2, **summary):
        """Seconds of `per_second` answers: 60 % at latency_ns, 38 % at twice, 2 % at eight times that."""
        for i, name in enumerate(names):
            self.insert("request_name", run=self.key, id=i, name=name, method="GET")
        failed = {cls: count for cls, _, count in failures}
        for second in range(seconds):
            for i in range(len(names)):
                self._second(second, i, per_second // len(names), latency_ns, failed if (second, i) == (0, 0) else {})
        values = {
            "url": "http://127.0.0.1:8080/", "mode": "closed", "connections": 10, "threads": 2, "rate_hz": 0,
            "timeout_ns": 30 * SECOND_NS, "begin_ns": self.begin, "end_ns": self.begin + seconds * SECOND_NS,
            "client_cpu_ns": seconds * SECOND_NS // 10, "client_wait_ns": MS, "in_flight_max": 10, "reconnects": 0,
            "schedule": "10 connections", "depth": 1, "protocol": "HTTP/1.1", "tls_cipher": "", "resolve_ns": 0, "connects": 10,
            "tls_resumed": 0, "resent": 0, "cut_seconds": 0, "warmup": ""}
        self.insert("load_summary", run=self.key, **values | summary)
        for i in range(len(names)):
            bad = failed.get("status", 0) if i == 0 else 0
            self.insert("load_status", run=self.key, name=i, status=200, count=per_second // len(names) * seconds - bad)
            if bad > 0:
                self.insert("load_status", run=self.key, name=i, status=503, count=bad)
        for cls, text, count in failures:
            self.insert("load_failure", run=self.key, name=0, **{"class": cls}, text=text, count=count,
                        first_ns=self.begin + MS, last_ns=self.begin + SECOND_NS)

    def _second(self, second, name, answers, latency_ns, failed):
        slow = answers // 50
        fast = answers * 6 // 10
        values = {latency_ns: fast, latency_ns * 2: answers - fast - slow, latency_ns * 8: slow}
        columns = {cls: failed.get(cls, 0) for cls in ("connect", "timeout", "protocol", "unanswered", "status", "expect")}
        lost = sum(columns[cls] for cls in ("connect", "timeout", "protocol", "unanswered"))
        aged = columns["timeout"] + columns["unanswered"]
        columns |= self._blob("response", values) | self._blob("service", {})
        columns |= self._blob("censored", {30 * SECOND_NS: aged} if aged > 0 else {})
        self.insert(
            "load_second", run=self.key, second=second, name=name, offered=answers + lost, answered=answers, completed=answers,
            bytes_in=answers * 200, bytes_out=answers * 80, **columns)

    @staticmethod
    def _blob(name, values):
        blob, total, least, most = histogram(values) if values else (None, 0, 0, 0)
        return {name: blob, f"{name}_sum_ns": total, f"{name}_min_ns": least, f"{name}_max_ns": most}

    def times(self, **kinds):
        """load_histogram: send_lag={ns: count}, …"""
        for kind, values in kinds.items():
            blob, total, least, most = histogram(values)
            self.insert("load_histogram", run=self.key, kind=kind, data=blob, sum_ns=total, min_ns=least, max_ns=most)

    def generator(self, seconds, **columns):
        """load_thread_second: two threads that do the same in every second."""
        for second in range(seconds):
            for thread in range(2):
                self.insert("load_thread_second", run=self.key, second=second, thread=thread, sent=500, longest_pass_ns=MS, **columns)

    def series(self, cpu, rss):
        rows = [("process.cpu_ratio", "", "ratio", cpu), ("process.rss", "", "bytes", rss),
                ("process.faults_major", "", "per_s", 0), ("cpu.user_ratio", "cpu0", "ratio", cpu / 2)]
        for i, (name, scope, unit, value) in enumerate(rows):
            self.insert("series", run=self.key, id=i, name=name, scope=scope, unit=unit)
            for second in (1, 2):
                self.insert("point", run=self.key, series=i, time_ns=self.begin + second * SECOND_NS,
                            value=value * (1 + second / 10))

    def long_series(self, rows):
        """rows: (name, scope, unit, [value a second])"""
        for i, (name, scope, unit, values) in enumerate(rows):
            self.insert("series", run=self.key, id=i, name=name, scope=scope, unit=unit)
            for second, value in enumerate(values, 1):
                self.insert("point", run=self.key, series=i, time_ns=self.begin + second * SECOND_NS, value=value)

    def lists(self, table, columns, rows):
        """Rows of a table that are kept in an order: task, counter, syscall, syscall_error, lens."""
        for i, row in enumerate(rows):
            self.insert(table, run=self.key, id=i, **dict(zip(columns.split(), row)))

    def profile(self, stacks):
        """stacks: {("main", "serve", "parse"): samples}; the thread is called gateway."""
        profile = Profile("/opt/gateway", "gateway.c")
        for functions, samples in stacks.items():
            frames = [profile.frame(name, 0x1000 + 16 * i, 10 * (i + 1))
                      for name in functions for i in [profile.place(name)]]
            profile.samples(frames, samples)
        self.store_profile(profile)

    def store_profile(self, profile):
        count = sum(count for _, count in profile.stacks)
        cut = sum(count for root, count in profile.roots if root == 1)
        self.insert(
            "profile", run=self.key, sampler="perf_event", stacks_from=profile.stacks_from, frequency_hz=199, samples=count,
            complete=count - cut, joined=0, truncated=cut, audited=0, audit_mismatches=0, lost=0, throttled=0, kernel_hidden=0,
            kernel_hidden_ns=0, bytes_from_kernel=count * 200, stack_bytes=0, cpu_ns=count * PERIOD_NS, stops=0, stop_ns=0)
        self.insert("profile_event", run=self.key, id=0, name="cpu-clock", period=PERIOD_NS, is_clock=1)
        if cut > 0:
            self.insert("profile_truncation", run=self.key, reason="no_rule", count=cut)
        chunk = b""
        for i, stack in enumerate(stack for stack, count in profile.stacks for _ in range(count)):
            chunk += leb(0 if i == 0 else MS) + leb(0) + leb(stack) + leb(0) + leb(1 + i % 2)
        self.insert("sample_chunk", run=self.key, begin_ns=self.begin, count=count, data=chunk, form=3)
        self.insert("thread", run=self.key, id=0, pid=4711, tid=4711, comm=profile.string("gateway"),
                    role=profile.string("gateway"))
        for (module, svma, function, file, line, depth), frame in profile.frames.items():
            self.insert("frame", run=self.key, id=frame, module=module, svma=svma, function=function, file=file, line=line,
                        inline_depth=depth)
        for (parent, frame), node in profile.nodes.items():
            self.insert("stack", run=self.key, id=node, parent=parent, frame=frame)
        for i, (path, flags, trouble) in enumerate(profile.modules):
            self.insert("module", run=self.key, id=i, path=profile.string(path), kind=0, build_id=None, flags=flags,
                        trouble=profile.string(trouble))
        for i, (name, svma, code, lines) in enumerate(profile.codes):
            self.insert("profile_code", run=self.key, id=i, module=0, function=profile.string(name), svma=svma, code=code)
            for offset, function, line in lines:
                self.insert("profile_code_line", run=self.key, id=offset + 1000 * i, code=i, offset=offset,
                            function=profile.string(function), file=profile.string(profile.file), line=line)
        for i, (first_line, text) in enumerate(profile.sources):
            self.insert("profile_source", run=self.key, id=i, file=profile.string(profile.file), first_line=first_line,
                        text=profile.string(text))
        for i, text in enumerate(profile.strings):
            self.insert("profile_string", run=self.key, id=i, text=text)


class Profile:
    """The tables of one, as src/model/profile_data.h has them; most of it happens in one module and one file."""

    def __init__(self, module, file, flags=0, trouble="", stacks_from="fp"):
        self.file, self.stacks_from = file, stacks_from
        self.strings, self.names = [""], []
        self.modules = [(module, flags, trouble)]
        self.frames, self.nodes, self.stacks, self.roots = {}, {}, [], []
        self.codes, self.sources = [], []

    def string(self, text):
        if text not in self.strings:
            self.strings.append(text)
        return self.strings.index(text)

    def place(self, name):
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def frame(self, name, svma, line, depth=0, module=0):
        file = self.string(self.file) if line > 0 else 0
        key = (module, svma, self.string(name), file, line, depth)
        return self.frames.setdefault(key, len(self.frames))

    def samples(self, frames, count, root=0):
        """frames: callers first."""
        stack = root
        for frame in frames:
            stack = self.nodes.setdefault((stack, frame), len(self.nodes) + 8)
        self.stacks.append((stack, count))
        self.roots.append((root, count))


def make_gateway(maker):
    maker.experiment("b4s3r6n8", "run", "gateway", 1, command_line="sonde run", plan="name: gateway\n", plan_path="sonde.yaml",
                     primary_metric="cpu_per_request")
    number = 0
    for pair in range(1, 7):
        for place, arm in sorted(enumerate(("proxy", "zero-copy")), key=lambda one: (one[0] + pair) % 2):
            number += 1
            is_fast, jitter = arm == "zero-copy", 1 + (pair - 3) / 200
            rate, cpu_ns = (4800 if is_fast else 4000) * jitter, (85000 if is_fast else 100000) / jitter
            latency = 1 * MS if is_fast else 1200000
            maker.run("b4s3r6n8", number, arm, place, pair)
            maker.metrics(rate_rps=rate, latency_p50=latency, latency_p95=2 * latency, latency_p99=8 * latency,
                          latency_mean=1.52 * latency, latency_max=8 * latency, success_ratio=1.0, failures_per_request=0.0,
                          cpu_per_request=cpu_ns, cpu_mean=rate * cpu_ns / 1e9, requests=rate * 2)
            maker.load(["hello", "hash"], 4800 if is_fast else 4000, latency)
            maker.series(rate * cpu_ns / 1e9, 20 * 10**6)
            base = {("main", "serve", "parse"): 30, ("main", "serve", "write"): 20}
            maker.profile(base | ({} if is_fast else {("main", "serve", "copy"): 25}))


def make_single(maker):
    maker.experiment("m2n3p4q5", "load", "127.0.0.1:8080", 0, command_line="sonde load :8080/", primary_metric="cpu_per_request")
    maker.run("m2n3p4q5", 1, "default", 0, 1, validity="SUSPECT", reasons="the generator used 95 % of its CPUs\n")
    maker.metrics(rate_rps=2000, latency_p50=2 * MS, latency_p99=16 * MS, success_ratio=0.99)
    maker.load(["GET /"], 2000, 2 * MS, [("status", "status 503", 30), ("timeout", "no answer within 30s", 10)])
    maker.insert("tag", name="before", experiment="m2n3p4q5", rest="")
    maker.insert("note", experiment="m2n3p4q5", wall_ns=WALL_NS + 60 * SECOND_NS, text="before the new allocator")


def make_profile(maker):
    maker.experiment("r5t6v7w8", "record", "./gateway", 2, command_line="sonde record ./gateway", primary_metric="cpu_per_request")
    maker.run("r5t6v7w8", 1, "default", 0, 1, validity=None)
    maker.profile({("main", "serve", "parse"): 60, ("main", "serve"): 10, ("main", "idle"): 30})


# gcc's x86-64 for the loop of SUM below; next() is inlined, the call goes to libc's memcpy.
SUM_SVMA = 0x1140
SUM_CODE = bytes.fromhex("53" "31db" "4885f6" "740d" "0fb607" "48ffc7" "01c3" "48ffce" "75f3" "89df" "e8e0feffff" "89d8" "5b" "c3")
SUM_LINES = [(0, "sum", 9), (3, "sum", 12), (8, "next", 4), (14, "sum", 13), (16, "sum", 12), (21, "sum", 15), (28, "sum", 16)]
SUM_SOURCE = """#include "sum.h"

static inline unsigned next(const unsigned char **at)
{	return *(*at)++; }


/* The checksum of a message: the sum of its bytes, which is
 * good for nothing. */
unsigned sum(const unsigned char *at, size_t count)
{
	unsigned sum = 0;
	for (; count > 0; count--)
		sum += next(&at);

	flush(sum);
	return sum;
}
"""


def make_code(maker):
    maker.experiment("h5j6k7m8", "record", "./checksum", 8, command_line="sonde record ./checksum",
                     primary_metric="cpu_per_request")
    maker.run("h5j6k7m8", 1, "default", 0, 1, validity=None)
    profile = Profile("/opt/checksum", "src/sum.c", flags=1, stacks_from="dwarf")
    profile.modules.append(("/lib/x86_64-linux-gnu/libc.so.6", 4, "stripped; install libc6-dbg for its names"))
    main = profile.frame("main", 0x1090, 0)
    for svma, line, inlined, count in [(0x1148, 13, 4, 40), (0x114b, 13, 4, 10), (0x114e, 13, 0, 25), (0x1150, 12, 0, 5)]:
        frames = [main, profile.frame("sum", svma, line)]
        profile.samples(frames + ([profile.frame("next", svma, inlined, 1)] if inlined > 0 else []), count)
    call = profile.frame("sum", 0x115b, 15)
    profile.samples([main, call, profile.frame("", 0x9a3f0, 0, module=1)], 12)
    profile.samples([profile.frame("", 0x9a3f0, 0, module=1)], 3, root=1)
    profile.samples([profile.frame("log::write(char const*)", 0x2010, 0)], 3)
    profile.samples([profile.frame("net::write(int, void*)", 0x2050, 0)], 2)
    profile.codes.append(("sum", SUM_SVMA, SUM_CODE, SUM_LINES))
    profile.sources.append((1, SUM_SOURCE))
    maker.store_profile(profile)


def make_broken(maker):
    maker.experiment("x7y8z9a2", "run", "gateway", 3, state="failed", command_line="sonde run", primary_metric="cpu_per_request")
    maker.run("x7y8z9a2", 1, "proxy", 0, 1, state="failed", validity=None, measured=False,
              failure="service gateway ended with status 1 before it was ready; it wrote last:\nbind: Address already in use")


def make_empty(maker):
    maker.experiment("e2f3g4h5", "run", "gateway", 5, state="failed", command_line="sonde run", primary_metric="cpu_per_request")


def make_later(maker):
    maker.experiment("c9d8e7f6", "load", "127.0.0.1:8080", 4, command_line="sonde load :8080/", primary_metric="cpu_per_request")
    maker.run("c9d8e7f6", 1, "default", 0, 1)
    maker.metrics(rate_rps=2500, latency_p50=1500000, latency_p99=12 * MS, success_ratio=1.0)
    maker.load(["GET /"], 2500, 1500000)


def make_open(maker):
    maker.experiment("p3q4r5s6", "load", "127.0.0.1:8443", 6, command_line="sonde load -R 2000 --warmup auto https://127.0.0.1:8443/",
                     primary_metric="cpu_per_request")
    maker.run("p3q4r5s6", 1, "default", 0, 1)
    maker.metrics(rate_rps=2000, latency_p50=2 * MS, success_ratio=0.997)
    maker.load(["hello", "upload"], 2000, 2 * MS, [("timeout", "no answer within 30s", 31)], seconds=2, mode="open",
               url="https://127.0.0.1:8443/", rate_hz=2000, connections=100, schedule="2,000/s Poisson over at most 100 connections",
               protocol="HTTP/2", tls_cipher="TLSv1.3 TLS_AES_256_GCM_SHA384", resolve_ns=300000, connects=104, reconnects=4,
               tls_resumed=4, resent=2, in_flight_max=57, cut_seconds=3, warmup="throughput after 2.4 s")
    maker.times(send_lag={8000: 3900, 120000: 100}, connect={80000: 104}, tls={900000: 104}, first_byte={1800000: 4000},
                transfer={40000: 4000})
    maker.generator(2, in_flight=20, waiting=3, cpu_ns=SECOND_NS // 20, wait_ns=MS, lag_p50_ns=8000, lag_max_ns=120000)


def make_loads(maker):
    maker.experiment("v2w3x4y5", "run", "gateway", 7, command_line="sonde run --load all", plan="name: gateway\n",
                     plan_path="sonde.yaml", primary_metric="cpu_per_request")
    loads = [("light", 10, 4000, MS), ("medium", 50, 8000, 2 * MS), ("heavy", 500, 8200, 20 * MS)]
    for place, (arm, connections, rate, latency) in enumerate(loads):
        maker.run("v2w3x4y5", place + 1, arm, place, 1)
        maker.metrics(rate_rps=rate, latency_p50=latency, latency_p99=8 * latency, cpu_per_request=100000 - 5000 * place)
        maker.load(["hello"], rate, latency, connections=connections, schedule=f"{connections} connections")


def make_machine(maker):
    maker.experiment("q2r7s3t8", "run", "gateway", 9, command_line="sonde run --syscalls", plan="name: gateway\n",
                     plan_path="sonde.yaml", primary_metric="cpu_per_request")
    maker.run("q2r7s3t8", 1, "gateway", 0, 1, seconds=12)
    maker.metrics(rate_rps=4000, latency_p50=MS, success_ratio=1.0, cpu_per_request=120000)
    maker.load(["hello"], 4000, MS, seconds=12)
    busy = [0.4] * 8 + [0.5, 0.9, 0.5, 0.4]
    maker.long_series([
        ("cpu.user_ratio", "cpu0", "ratio", busy), ("cpu.user_ratio", "cpu1", "ratio", [0.1] * 12),
        ("network.in_bytes", "lo", "per_s", [1.5e6] * 12), ("network.retransmits", "host", "per_s", [0] * 12),
        ("pressure.cpu_some_ratio", "host", "ratio", [0.01 * second for second in range(12)]),
        ("process.cpu_ratio", "", "ratio", busy), ("process.cpu_ratio", "sonde", "ratio", [0.2] * 12),
        ("process.faults_major", "", "per_s", [0] * 12), ("process.read_bytes", "", "per_s", [48000] * 12),
        ("process.rss", "", "bytes", [20e6 + 1e5 * second for second in range(12)]),
        ("process.switches_involuntary", "", "per_s", [3] * 12), ("process.switches_voluntary", "", "per_s", [8000] * 11 + [9200])])
    maker.lists("task", "pid tid name role cpus cpu_ns user_ns system_ns wait_ns switches_voluntary switches_involuntary"
                " faults_minor faults_major read_bytes write_bytes",
                [(9, 10, "load", "sonde", "1", 2 * SECOND_NS, SECOND_NS, SECOND_NS, MS, 48000, 12, 0, 0, 0, 0),
                 (4711, 4711, "gateway", "gateway", "0-1", 5 * SECOND_NS, 3 * SECOND_NS, 2 * SECOND_NS, 600 * MS, 96000, 36, 40, 0,
                  0, 4096),
                 (4711, 4712, "flusher", "gateway", "", None, None, None, None, None, None, 0, 0, 0, 0)])
    maker.lists("counter", "name is_time state value enabled_ns running_ns",
                [("task-clock", 1, "counted", 5e9, 5 * SECOND_NS, 5 * SECOND_NS),
                 ("context-switches", 0, "counted", 96036, 5 * SECOND_NS, 5 * SECOND_NS),
                 ("cycles", 0, "not supported", 0, 0, 0)])
    maker.insert("syscall_trace", run=maker.key, method="bpf", window_ns=12 * SECOND_NS, lost=0, cost_per_call_ns=180)
    maker.lists("syscall", "pid tid comm role number name calls errors open wall_ns cpu_ns min_ns max_ns",
                [(4711, 4711, "gateway", "gateway", 1, "write", 48000, 0, 0, 400 * MS, 380 * MS, 5000, 90000),
                 (4711, 4712, "flusher", "gateway", 202, "futex", 40, 10, 1, 11 * SECOND_NS, None, 900, 300 * MS)])
    maker.lists("syscall_error", "tid number error count", [(4712, 202, 110, 4), (4712, 202, 11, 6)])
    maker.lists("lens", "name is_on cpu_ns stop_ns service_cpu_ns text",
                [("monitors", 1, 36 * MS, 0, 0, "1 s, 12 series"), ("syscalls", 1, 2 * MS, 0, 48040 * 180, "bpf, 180 ns a call"),
                 ("profile", 0, 0, 0, 0, "--no-profile")])


EXPERIMENTS = {"single": make_single, "gateway": make_gateway, "profile": make_profile, "code": make_code, "broken": make_broken,
               "empty": make_empty, "later": make_later, "open": make_open, "loads": make_loads,
               "machine": make_machine}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    path, names = sys.argv[1], sys.argv[2:]
    unknown = [name for name in names if name not in EXPERIMENTS]
    if unknown:
        sys.exit(f"make_store.py: no experiment {' '.join(unknown)}; there are {', '.join(EXPERIMENTS)}")
    if not path.endswith(".sonde"):
        os.makedirs(path, exist_ok=True)
        path = os.path.join(path, "sonde.db")
    maker = Maker(path)
    for name in names:
        EXPERIMENTS[name](maker)
    maker.db.execute("COMMIT")
    maker.db.close()


if __name__ == "__main__":
    main()
