#!/usr/bin/env python3
"""Makes the corpora of fuzz_dwarf and fuzz_dwarf_line from the fixtures in this folder (objcopy takes the sections out).

    tests/data/dwarf/make_corpus.py      after generate.sh
"""
import os
import subprocess
import tempfile

SECTIONS = ["info", "types", "abbrev", "str", "line", "line_str", "ranges", "rnglists", "addr", "str_offsets", "aranges", "cu_index"]
# input: files and what they are (0 main, 1 alternate, 2 package, 3 dwo)
INPUTS = {
    "gcc2": [("gcc2", 0)], "gcc5": [("gcc5", 0)], "gcc_wide": [("gcc_wide", 0)], "narrow": [("narrow", 0)],
    "clang4": [("clang4", 0)], "clang5": [("clang5", 0)], "nested": [("nested", 0)],
    "gcc_dwz": [("gcc_dwz", 0), ("gcc_common", 1)],
    "gcc_split4": [("gcc_split4", 0), ("gcc_split4.shop.dwo", 3)],
    "clang_split4": [("clang_split4", 0), ("clang_split4.dwp", 2)],
    "clang_split5": [("clang_split5", 0), ("clang_split5.dwp", 2)],
}
LINES = ["gcc2", "gcc5", "gcc_wide", "clang4", "clang5"]
here = os.path.dirname(os.path.abspath(__file__))


def section(file, name):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["objcopy", "-O", "binary", "--set-section-flags", f"{name}=alloc", "--only-section", name,
                        os.path.join(here, file), out.name], check=True, stderr=subprocess.DEVNULL)
        return open(out.name, "rb").read()


def write(target, name, data):
    folder = os.path.join(here, "..", "fuzz", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


for name, files in INPUTS.items():
    parts = []
    for file, which in files:
        for kind, short in enumerate(SECTIONS):
            data = section(file, f".debug_{short}" + (".dwo" if which >= 2 and short != "cu_index" else ""))
            if data:
                parts.append(bytes([kind + 16 * which]) + len(data).to_bytes(3, "little") + data)
    write("fuzz_dwarf", name, b"".join(parts))
for name in LINES:
    write("fuzz_dwarf_line", name, section(name, ".debug_line"))
