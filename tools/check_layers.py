#!/usr/bin/env python3
"""Holds the includes of src/ against src/LAYERS.

usage: check_layers.py [ROOT]

Fails, naming file and line, on: an include that LAYERS does not allow, an include that is not written from the root
of src/, a folder that LAYERS does not know, two folders that use one base name, and a cycle among headers.
"""

import os
import re
import sys

from c_source import find_includes, list_sources, read_source


def read_layers(path):
    """({layer: set of what it may include, itself among them}, [complaints]) from a LAYERS file."""
    layers, complaints = {}, []
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines, 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        match = re.fullmatch(r"([\w.]+):\s*(\*|[\w ]*)", line)
        if not match:
            complaints.append(f"src/LAYERS:{number}: expected 'name: name name …', got '{line}'")
            continue
        name, allowed = match[1], match[2].split()
        if name in layers:
            complaints.append(f"src/LAYERS:{number}: '{name}' is listed twice")
        for other in allowed:
            if other != "*" and other not in layers:
                complaints.append(f"src/LAYERS:{number}: '{name}' names '{other}', which is not above this line")
        layers[name] = (set(layers) if allowed == ["*"] else set(allowed)) | {name}
    return layers, complaints


def layer_of(path):
    """The layer of a path relative to src/: its folder, or the file itself at the top."""
    return path.split("/")[0]


def check_includes(root, sources, layers):
    complaints = []
    for path in sources:
        layer = layer_of(path)
        if layer not in layers:
            complaints.append(f"src/{path}:1: src/LAYERS has no layer '{layer}'")
            continue
        allowed = layers[layer]
        for line, name, is_quoted in find_includes(read_source(root, "src/" + path)):
            where = f"src/{path}:{line}"
            target = layer_of(name)
            if not is_quoted:
                if name in sources:
                    complaints.append(f'{where}: ours are included with quotes: #include "{name}"')
            elif "/" not in name or ".." in name.split("/") or target not in layers:
                complaints.append(f'{where}: "{name}" is not written from the root of src/ ("folder/name.h")')
            elif target not in allowed:
                others = ", ".join(other for other in layers if other in allowed and other != layer) or "nothing"
                complaints.append(
                    f'{where}: {layer} may not include "{name}"; allowed: {others}, and {layer} itself (src/LAYERS)'
                )
    return complaints


def check_names(sources):
    """A base name is up to the first dot, so that X.bpf.c belongs to X."""
    homes, complaints = {}, []
    for path in sources:
        folder, name = os.path.split(path)
        base = name.split(".")[0]
        home = homes.setdefault(base, (folder, path))
        if home[0] != folder:
            complaints.append(f"src/{path}:1: the name '{base}' is taken by src/{home[1]}; base names are unique")
    return complaints


def check_cycles(root, sources):
    headers = [path for path in sources if path.endswith(".h")]
    includes = {
        path: [name for _, name, quoted in find_includes(read_source(root, "src/" + path)) if quoted and name in headers]
        for path in headers
    }
    complaints, done = [], set()

    def visit(path, trail):
        if path in trail:
            cycle = trail[trail.index(path):] + [path]
            complaints.append(f"src/{path}:1: headers include each other: {' → '.join(cycle)}")
        elif path not in done:
            for name in includes[path]:
                visit(name, trail + [path])
            done.add(path)

    for path in headers:
        visit(path, [])
    return complaints


def check(root):
    layers, complaints = read_layers(os.path.join(root, "src/LAYERS"))
    sources = [os.path.relpath(path, "src") for path in list_sources(root, ["src"])]
    if not sources:
        complaints.append("src: no C files found")
    complaints += check_includes(root, sources, layers) + check_names(sources) + check_cycles(root, sources)
    return complaints, len(sources)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    complaints, count = check(root)
    print("\n".join(complaints) if complaints else f"{count} files keep to src/LAYERS")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
