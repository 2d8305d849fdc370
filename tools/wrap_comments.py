#!/usr/bin/env python3
"""Wraps comments that reach past the column limit; touches no others. tools/format runs it before clang-format.

usage: wrap_comments.py FILE…

A paragraph of a comment with a line that is too long is filled again. What is indented inside the comment, or has
columns, stays as it is. A comment beside code whose line is too long moves to a line of its own above.
"""

import re
import sys
import textwrap

COLUMNS = 100
_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_ITEM = re.compile(r"(- |\d+\. )(?=\S)")


def width(line):
    return len(line.expandtabs(8))


def has_columns(line):
    return "\t" in line.lstrip() or "   " in line.strip()


def is_fixed(line):
    """Part of an example, a drawing or a table: not joined with its neighbours."""
    return bool(re.match(r"\s", line)) or has_columns(line)


def fill(paragraph, room):
    """A paragraph's lines, filled again if one of them needs more than `room`."""
    if not any(width(line) > room for line in paragraph) or has_columns(paragraph[0]):
        return paragraph
    indent = re.match(r"\s*", paragraph[0]).group()
    item = _ITEM.match(paragraph[0])
    hang = indent + "  " if indent else " " * len(item.group()) if item else ""
    text = " ".join(line.strip() for line in paragraph)
    text = re.sub(r"(\d) (?=%|[A-Za-z]{1,2}\b)", "\\1\u00a0", text)  # a number stays with its unit
    lines = textwrap.wrap(
        text, room - (width(indent) - len(indent)), initial_indent=indent, subsequent_indent=hang,
        expand_tabs=False, replace_whitespace=False, break_long_words=False, break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]


def split_paragraphs(lines):
    paragraphs = []
    for line in lines:
        continues_item = bool(paragraphs) and bool(_ITEM.match(paragraphs[-1][0])) and re.match(r" {2,3}\S", line)
        stands_alone = not line or (is_fixed(line) and not continues_item)
        starts = stands_alone or not paragraphs or not paragraphs[-1][0] or _ITEM.match(line)
        after_fixed = bool(paragraphs) and is_fixed(paragraphs[-1][0])
        if starts or after_fixed:
            paragraphs.append([line])
        else:
            paragraphs[-1].append(line)
    return paragraphs


def wrap_block(comment, indent):
    """A comment that has its lines for itself, with its paragraphs filled to the limit."""
    inner = comment[2:-2]
    lines = [re.sub(r"^\s*\* ?", "", line) if number else line.strip() for number, line in enumerate(inner.split("\n"))]
    lines = [line.rstrip() for line in lines]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    room = COLUMNS - width(indent) - 3
    filled = [line for paragraph in split_paragraphs(lines) for line in fill(paragraph, room)]
    body = "".join(f"{indent} *{' ' if line and line[0] != chr(9) else ''}{line}\n" for line in filled)
    return f"/*\n{body}{indent} */"


def wrap(text):
    out, done = [], 0
    for match in _TOKEN.finditer(text):
        if not match.group().startswith("/*"):
            continue
        line_start = text.rfind("\n", 0, match.start()) + 1
        line_end = text.find("\n", match.end())
        line_end = len(text) if line_end < 0 else line_end
        before, after = text[line_start:match.start()], text[match.end():line_end]
        whole = text[line_start:line_end]
        if after.strip() or not any(width(line) > COLUMNS for line in whole.split("\n")):
            continue
        indent = re.match(r"\s*", before).group()
        if not before.strip():
            out += [text[done:match.start()], wrap_block(match.group(), indent)]
        elif "\n" not in match.group() and line_start >= done:
            comment = match.group()
            if width(indent + comment) > COLUMNS:
                comment = wrap_block(comment, indent)
            out += [text[done:line_start], indent, comment, "\n", before.rstrip()]
        else:
            continue
        done = match.end()
    return "".join(out) + text[done:]


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        wrapped = wrap(text)
        if wrapped != text:
            with open(path, "w", encoding="utf-8") as file:
                file.write(wrapped)


if __name__ == "__main__":
    main()
