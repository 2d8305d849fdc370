#!/usr/bin/env python3
"""Writes a C file that holds a text file as one string: embed_text.py NAME INPUT OUTPUT.

The string is split line by line, because compilers need not take literals over 4095 bytes in one piece; they are joined.
"""
import sys

name, source, target = sys.argv[1:]
with open(source, encoding="utf-8") as f:
    lines = f.read().splitlines()
with open(target, "w", encoding="utf-8") as out:
    out.write(f"extern const char {name}[];\nconst char {name}[] =\n")
    for line in lines:
        escaped = line.replace("\\", "\\\\").replace('"', '\\"')
        out.write(f'\t"{escaped}\\n"\n')
    out.write("\t;\n")
