#!/usr/bin/env python3
"""Writes a C file that holds a file's bytes as NAME[] and their number as NAME_bytes: embed_bytes.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
with open(target, "w", encoding="utf-8") as out:
    out.write(f"#include <stddef.h>\n\nextern const unsigned char {name}[];\nextern const size_t {name}_bytes;\n")
    # read as a header of 64-bit fields
    out.write(f"const unsigned char {name}[] __attribute__((aligned(8))) = {{\n")
    for at in range(0, len(data), 16):
        out.write("\t" + " ".join(f"{byte}," for byte in data[at:at + 16]) + "\n")
    out.write(f"}};\nconst size_t {name}_bytes = sizeof({name});\n")
