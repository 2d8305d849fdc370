#!/usr/bin/env python3
"""Each header under src/ compiles alone, so that whoever includes it needs to include nothing before it.

usage: check_headers.py [--root ROOT] CC [CFLAGS…]
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from c_source import list_sources


def compile_header(root, path, command):
    """The compiler's first complaint, or None. Included into an empty file: as a main file, a header would draw
    warnings that it never draws in use."""
    result = subprocess.run(
        [*command, "-I", "src", "-fsyntax-only", "-include", path, "-x", "c", os.devnull],
        cwd=root, capture_output=True, text=True, check=False,
    )
    if result.returncode == 0:
        return None
    errors = [line for line in result.stderr.splitlines() if "error" in line]
    return (errors or result.stderr.splitlines() or ["the compiler failed"])[0]


def check(root, command):
    # What BPF programs include among themselves (X.bpf.h) is compiled for another machine.
    headers = [path for path in list_sources(root, ["src"], (".h",)) if not path.endswith(".bpf.h")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compile_header(root, path, command), headers)
    complaints = [f"{path} does not compile alone: {error}" for path, error in zip(headers, results) if error]
    if not headers:
        complaints.append("src: no headers found")
    return complaints, len(headers)


def main():
    root, command = os.path.dirname(os.path.dirname(os.path.abspath(__file__))), sys.argv[1:]
    if command[:1] == ["--root"]:
        root, command = command[1], command[2:]
    if not command:
        print(__doc__, file=sys.stderr)
        return 64
    complaints, count = check(root, command)
    print("\n".join(complaints) if complaints else f"{count} headers compile alone")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
