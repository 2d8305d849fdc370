#!/usr/bin/env python3
"""Calls that do not belong here, or not in this place.

usage: check_banned.py [ROOT]

Everywhere: functions with a safer form. Under src/, outside cmd/ and main.c: printing and exiting, because only
cmd/ talks to the user and chooses exit statuses (the rest returns an errno and a sentence, see util/err.h).
"""

import os
import re
import sys

from c_source import blank_comments, line_of, list_sources, read_source

INSTEAD = {
    "strcpy": "strbuf or snprintf",
    "strcat": "strbuf",
    "sprintf": "strbuf or snprintf",
    "vsprintf": "strbuf or vsnprintf",
    "strtok": "util/parse",
    "atoi": "util/parse",
    "alloca": "an arena",
}
PRINTING = re.compile(r"(?<![\w.>])(?:(printf|vprintf|puts|putchar|perror|exit)\s*\(|(stdout|stderr)\b)")
BANNED = re.compile(r"(?<![\w.>])(?:__builtin_)?(%s)\s*\(" % "|".join(INSTEAD))

# A frame whose size is known only when it runs is what the unwinder has to get right.
MAY_ALLOCA = ("tests/unit/test_unwinder.c", "tests/system/programs/")

# Out of memory is the one thing that nobody above can report.
MAY_PRINT = ("src/cmd/", "src/main.c", "src/util/alloc.c")


def check(root):
    complaints = []
    sources = list_sources(root)
    if not sources:
        complaints.append("no C files found")
    for path in sources:
        text = blank_comments(read_source(root, path), strings=True)
        for match in BANNED.finditer(text):
            where = f"{path}:{line_of(text, match.start(1))}"
            if match[1] == "alloca" and path.startswith(MAY_ALLOCA):
                continue
            complaints.append(f"{where}: {match[1]}() is banned; use {INSTEAD[match[1]]}")
        if path.startswith("src/") and not path.startswith(MAY_PRINT):
            for match in PRINTING.finditer(text):
                where = f"{path}:{line_of(text, match.start())}"
                complaints.append(f"{where}: {match[1] or match[2]}: only cmd/ prints and exits")
    return complaints, len(sources)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    complaints, count = check(root)
    print("\n".join(complaints) if complaints else f"{count} files without banned calls")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
