"""What the checkers know about C text. Not a parser: it leans on the house style, which clang-format keeps."""

import os
import re

SOURCE_SUFFIXES = (".c", ".h")
CODE_FOLDERS = ("src", "tests", "examples", "bench")

# One alternative per thing that can hide another: a quote in a comment, a comment in a string.
_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


def list_sources(root, folders=CODE_FOLDERS, suffixes=SOURCE_SUFFIXES):
    """Paths of the C files under root/folders, relative to root, sorted."""
    found = []
    for folder in folders:
        for base, names, files in os.walk(os.path.join(root, folder)):
            names[:] = [name for name in names if not name.startswith((".", "build"))]
            found += [os.path.join(base, name) for name in files if name.endswith(suffixes)]
    return sorted(os.path.relpath(path, root) for path in found)


def read_source(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank_comments(text, strings=False):
    """The text with comments (and the insides of literals) turned into blanks; lines and columns stay."""

    def blank(match):
        token = match.group()
        if match.lastgroup == "comment":
            return re.sub(r"[^\n]", " ", token)
        if strings:
            return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]
        return token

    return _TOKEN.sub(blank, text)


def blank_directives(text):
    """The text without preprocessor lines and their continuations; expects comments blanked."""
    return re.sub(
        r"^[ \t]*#(?:\\\n|[^\n])*",
        lambda match: re.sub(r"[^\n]", " ", match.group()),
        text,
        flags=re.MULTILINE,
    )


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def find_includes(text):
    """(line, name, is_quoted) of each #include."""
    text = blank_comments(text)
    return [
        (line_of(text, match.start(1) if match[1] else match.start(2)), match[1] or match[2], bool(match[1]))
        for match in _INCLUDE.finditer(text)
    ]


def _function_name(head):
    """The name in a function's head, which may carry attributes: what stands before the last outer parenthesis."""
    head = re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", head, flags=re.DOTALL)
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(head[at], 0)
        if depth == 0 and head[at] == "(":
            name = re.search(r"(\w+)\s*$", head[:at])
            return name.group(1) if name else None
    return None


def find_functions(text):
    """(name, first line, last line) of each function body, from its head to its closing brace.

    A body opens with a brace at column 0 after a head that ends in a parenthesis, and ends at the next brace at
    column 0. A definition that opens on its head's line is in misplaced_bodies().
    """
    lines = blank_directives(blank_comments(text, strings=True)).split("\n")
    functions = []
    head_start, body = 0, None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            head = "\n".join(lines[head_start:number]).rstrip()
            if head.endswith(")"):
                first = next((i for i in range(head_start, number) if lines[i].strip()), number)
                body = (_function_name(head) or "?", first + 1)
        elif line.startswith("}"):
            if body:
                functions.append((body[0], body[1], number + 1))
            body, head_start = None, number + 1
        elif body is None and line.rstrip().endswith(";"):
            head_start = number + 1
    return functions


def misplaced_bodies(text):
    """Lines at which a function body opens beside its head, where find_functions() cannot see it."""
    lines = blank_directives(blank_comments(text, strings=True)).split("\n")
    opening = re.compile(r"[A-Za-z_][^=;{}]*\)\s*\{")
    return [number + 1 for number, line in enumerate(lines) if opening.match(line)]
