#!/usr/bin/env python3
"""Writes a C table of the system calls' names by number, as <asm/unistd.h> has them for the compiler's machine.

usage: syscall_names.py OUTPUT CC [CFLAGS…]
"""
import re
import subprocess
import sys

PREFIX = "__NR_"
# Not calls: how many there are, and where a machine's own begin.
NOT_CALLS = {"syscalls", "arch_specific_syscall", "syscall_max"}


def read_macros(command):
    """{name: its text} of everything that <asm/unistd.h> defines."""
    done = subprocess.run([*command, "-E", "-dM", "-x", "c", "-"], input="#include <asm/unistd.h>\n", capture_output=True,
                          text=True, check=True)
    return dict(re.findall(r"^#define (__NR\w*) (.+)$", done.stdout, re.M))


def find_number(text, macros, depth=8):
    """Of '24', '__NR3264_fcntl', '(__NR_arch_specific_syscall + 1)'; None when it is none."""
    for _ in range(depth):
        text = re.sub(r"__NR\w*", lambda match: macros.get(match[0], match[0]), text)
    if not re.fullmatch(r"[\s()+0-9]+", text):
        return None
    return sum(int(number) for number in re.findall(r"\d+", text))


def main():
    target, command = sys.argv[1], sys.argv[2:]
    macros = read_macros(command)
    names = {}
    for macro, text in sorted(macros.items()):
        name, number = macro[len(PREFIX):], find_number(text, macros)
        if macro.startswith(PREFIX) and name not in NOT_CALLS and number is not None and number < 4096:
            names.setdefault(number, name)
    if not names:
        sys.exit("syscall_names.py: <asm/unistd.h> names no system calls")
    with open(target, "w", encoding="utf-8") as out:
        out.write("#include <stddef.h>\n\nextern const char *const syscall_names[];\nextern const size_t syscall_name_count;\n")
        out.write("const char *const syscall_names[] = {\n")
        for number, name in sorted(names.items()):
            out.write(f'\t[{number}] = "{name}",\n')
        out.write("};\nconst size_t syscall_name_count = sizeof(syscall_names) / sizeof(syscall_names[0]);\n")


if __name__ == "__main__":
    main()
