#!/usr/bin/env python3
"""Sizes of files, functions and lines.

usage: check_size.py [ROOT]

    .c file        400 lines warn, 800 fail; src/main.c 120
    function        60 lines warn, 100 fail
    line           100 columns (a tab is 8), except one that is only a URL

Also fails on a function whose opening brace is not alone at column 0, because its length would not be seen.

What has to be longer stands in tools/size_allow.txt, one entry per line: `path limit reason…` for a file or
`path:function limit reason…`. An entry without a reason, or one that nothing needs any more, fails too.
"""

import os
import re
import sys

from c_source import find_functions, list_sources, misplaced_bodies, read_source

FILE_SOFT, FILE_HARD = 400, 800
FUNCTION_SOFT, FUNCTION_HARD = 60, 100
MAIN_HARD = 120
COLUMNS = 100
ALLOW_PATH = "tools/size_allow.txt"


class Allowances:
    """tools/size_allow.txt, and which of its entries were needed."""

    def __init__(self, root):
        self.entries, self.complaints, self.used = {}, [], set()
        path = os.path.join(root, ALLOW_PATH)
        if not os.path.exists(path):
            return
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if line and not line.startswith("#"):
                    self._add(line.split(None, 2), f"{ALLOW_PATH}:{number}")

    def _add(self, fields, where):
        if len(fields) < 3 or not fields[1].isdigit():
            self.complaints.append(f"{where}: expected 'path[:function] limit reason…'; the reason is not optional")
        elif fields[0] in self.entries:
            self.complaints.append(f"{where}: '{fields[0]}' is listed twice")
        else:
            self.entries[fields[0]] = (int(fields[1]), where)

    def limit(self, key, size, hard):
        """The limit that holds for `key`, which has `size` lines."""
        if size <= hard or key not in self.entries:
            return hard
        self.used.add(key)
        return max(hard, self.entries[key][0])

    def unused(self):
        return [
            f"{where}: nothing needs the entry for '{key}' any more; remove it"
            for key, (_, where) in self.entries.items()
            if key not in self.used
        ]


def is_only_a_url(line):
    return re.fullmatch(r"[\s/*#]*<?https?://\S+", line) is not None


def check_columns(path, lines):
    return [
        f"{path}:{number}: {width} columns, the limit is {COLUMNS}"
        for number, line in enumerate(lines, 1)
        if (width := len(line.expandtabs(8))) > COLUMNS and not is_only_a_url(line)
    ]


def check_lengths(path, text, count, allowances):
    failures, warnings = [], []

    def judge(where, what, key, size, soft, hard):
        limit = allowances.limit(key, size, hard)
        if size > limit:
            failures.append(f"{where}: {what} has {size} lines, the limit is {limit}")
        elif soft < size <= hard:
            warnings.append(f"{where}: {what} has {size} lines, more than {soft}")

    if path == "src/main.c":
        if count > MAIN_HARD:
            failures.append(f"{path}:1: main.c has {count} lines, the limit is {MAIN_HARD}")
    elif path.endswith(".c"):
        judge(f"{path}:1", "the file", path, count, FILE_SOFT, FILE_HARD)
    for name, first, last in find_functions(text):
        judge(f"{path}:{first}", f"{name}()", f"{path}:{name}", last - first + 1, FUNCTION_SOFT, FUNCTION_HARD)
    return failures, warnings


def check(root):
    allowances = Allowances(root)
    sources = list_sources(root)
    failures, warnings = list(allowances.complaints), []
    if not sources:
        failures.append("no C files found")
    for path in sources:
        text = read_source(root, path)
        lines = text.splitlines()
        too_long, rather_long = check_lengths(path, text, len(lines), allowances)
        failures += too_long + check_columns(path, lines)
        failures += [f"{path}:{line}: the opening brace belongs on a line of its own" for line in misplaced_bodies(text)]
        warnings += rather_long
    return failures + allowances.unused(), warnings, len(sources)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    failures, warnings, count = check(root)
    for line in warnings:
        print("warning:", line)
    print("\n".join(failures) if failures else f"{count} files within their limits")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
