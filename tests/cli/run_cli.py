#!/usr/bin/env python3
"""Runs golden-file cases of the command line; tests/cli/README.md is the manual.

usage: run_cli.py --sonde BINARY [--update] CASE.cmd…      (TAP on stdout)
"""

import argparse
import difflib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 60
SKIP_STATUS = 77

ID = r"[0-9a-hjkmnp-tv-z]{8}"
NUMBER = r"(?<![\w.,])[+-]?\d[\d,]*(?:\.\d+)?"

# What differs from run to run, in the order of replacing: group in `# keep:`, pattern, replacement.
MASKS = [
    ("dates", re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d\b)?"), "<date>"),
    ("dates", re.compile(r"\b\d\d:\d\d:\d\d\b"), "<clock>"),
    # As util/fmt writes them: a measured time has a blank before its unit, "-d 10s" in a help text has none.
    ("times", re.compile(NUMBER + r" (ns|us|ms|s)\b"), "<time>"),
    ("times", re.compile(r"(?<!\w)\d+(m\d\ds|h\d\dm)\b"), "<time>"),
    ("times", re.compile(r'("\w+_ns": ?)\d+'), r"\1<time>"),
    ("times", re.compile(NUMBER + r" ?/s\b"), "<rate>"),
    ("pids", re.compile(r'(\bpid |"pid": ?)\d+', re.IGNORECASE), r"\1<pid>"),
    ("ports", re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+"), r"\1:<port>"),
]
GROUPS = ("dates", "times", "ids", "pids", "ports")


def stored_ids(folder):
    """The ids in the stores below a folder: whatever has an id's shape in a column called id."""
    found = set()
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                found |= ids_in_database(os.path.join(base, name))
            except sqlite3.Error:
                continue
    return found


def ids_in_database(path):
    with open(path, "rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            return set()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = set()
        for table in tables:
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            if "id" in columns:
                found |= {str(row[0]) for row in database.execute(f'SELECT id FROM "{table}"')}
        return {value for value in found if re.fullmatch(ID, value)}
    finally:
        database.close()


def mask_ids(line, ids):
    """Ids that the stores know, and what can only be one: eight of its letters, digits and letters mixed."""

    def replace(match):
        token = match.group()
        is_mixed = re.search(r"\d", token) and re.search(r"[a-z]", token)
        return "<id>" if token in ids or is_mixed else token

    return re.sub(r"(?<!\w)" + ID + r"(?!\w)", replace, line)


def mask(text, paths, ids, keep=()):
    """The text with everything replaced that differs from run to run. A line in which a number was replaced has its
    blanks squeezed, because columns move with the width of the number."""
    for path, name in paths:
        text = text.replace(path, name)
    lines = []
    for line in text.split("\n"):
        masked = line
        for group, pattern, replacement in MASKS:
            if group not in keep:
                masked = pattern.sub(replacement, masked)
        if masked != line:
            masked = re.sub(r" {2,}", " ", masked).rstrip()
        lines.append(masked if "ids" in keep else mask_ids(masked, ids))
    return "\n".join(lines)


def read_text(path, default):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return default


def write_golden(path, text, default):
    if text != default:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    elif os.path.exists(path):
        os.unlink(path)


class Case:
    def __init__(self, path):
        self.path = path
        self.stem = path[: -len(".cmd")]
        self.name = os.path.basename(self.stem)
        self.script = read_text(path, "")
        kept = re.match(r"# keep:(.*)", self.script)
        self.keep = kept[1].split() if kept else []
        unknown = [word for word in self.keep if word not in GROUPS]
        if unknown:
            raise SystemExit(f"{path}:1: cannot keep {' '.join(unknown)}; there are {', '.join(GROUPS)}")

    def expected(self):
        return {
            "stdout": read_text(self.stem + ".stdout", ""),
            "stderr": read_text(self.stem + ".stderr", ""),
            "status": read_text(self.stem + ".status", "0\n"),
        }

    def update(self, actual):
        write_golden(self.stem + ".stdout", actual["stdout"], "")
        write_golden(self.stem + ".stderr", actual["stderr"], "")
        write_golden(self.stem + ".status", actual["status"], "0\n")

    def run(self, sonde):
        """(status, masked results, complaint or None)"""
        with tempfile.TemporaryDirectory(prefix="sonde-cli-") as top:
            top = os.path.realpath(top)
            for name in ("work", "home", "state"):
                os.mkdir(os.path.join(top, name))
            status, out, err, complaint = self._execute(top, sonde)
            data = os.path.join(os.path.dirname(HERE), "data")
            paths = [(top, "<tmp>"), (data, "<data>"), (sonde, "sonde")]
            ids = stored_ids(top)
            results = {
                "stdout": mask(out, paths, ids, self.keep),
                "stderr": mask(err, paths, ids, self.keep),
                "status": f"{status}\n",
            }
            return status, results, complaint

    def _execute(self, top, sonde):
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "SONDE": sonde,
            "SONDE_STORE": os.path.join(top, "store"),
            "DATA": os.path.join(os.path.dirname(HERE), "data"),
            "HOME": os.path.join(top, "home"),
            "XDG_STATE_HOME": os.path.join(top, "state"),
            "TMPDIR": top,
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "LC_ALL": "C",
            "TZ": "UTC",
        }
        env.update({key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")})
        # Files, not pipes: a process that is left behind and holds a pipe open would hang us instead of failing.
        out_path, err_path = os.path.join(top, "stdout"), os.path.join(top, "stderr")
        with open(out_path, "wb") as out, open(err_path, "wb") as err:
            process = subprocess.Popen(
                ["sh", "-c", self.script, self.name], cwd=os.path.join(top, "work"), env=env,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            )
            complaint = None
            try:
                status = process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                complaint, status = f"still running after {TIMEOUT_S} s", "timeout"
            if kill_group(process.pid) and complaint is None:
                complaint = "a process was left behind"
            process.wait()
        outputs = []
        for path in (out_path, err_path):
            with open(path, encoding="utf-8", errors="backslashreplace") as file:
                outputs.append(file.read())
        return status, *outputs, complaint


def kill_group(group):
    """Ends what is left of a process group; True if there was something."""
    try:
        os.killpg(group, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def report(self, passed, what, details=()):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {what}")
        for line in details:
            print("#", line)


def check_case(case, sonde, update, tap):
    status, actual, complaint = case.run(sonde)
    expected = case.expected()
    if status == SKIP_STATUS and expected["status"] != f"{SKIP_STATUS}\n":
        reason = (actual["stderr"].strip().split("\n")[-1]) or "no reason given"
        tap.report(True, f"{case.name} # SKIP {reason}")
        return
    tap.report(complaint is None, f"{case.name}: ends cleanly", [complaint] if complaint else [])
    if update and complaint is None:
        case.update(actual)
        expected = actual
    for part in ("status", "stdout", "stderr"):
        difference = list(
            difflib.unified_diff(
                expected[part].split("\n"), actual[part].split("\n"),
                f"expected {case.name}.{part}", f"actual {part}", lineterm="", n=2,
            )
        )
        tap.report(not difference, f"{case.name}: {part}", difference)


def main():
    parser = argparse.ArgumentParser(description="Runs golden-file cases of the command line.")
    parser.add_argument("--sonde", required=True, help="the binary under test")
    parser.add_argument("--update", action="store_true", help="write what happens as what is expected")
    parser.add_argument("cases", nargs="+", metavar="CASE.cmd")
    options = parser.parse_args()
    for path in options.cases:
        if not path.endswith(".cmd") or not os.path.exists(path):
            parser.error(f"'{path}' is not a .cmd file")
    sonde = os.path.abspath(options.sonde)
    tap = Tap()
    for path in options.cases:
        check_case(Case(path), sonde, options.update, tap)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
