"""Each checker passes a good tree and fails, naming file and line, on each thing it is there to refuse."""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "..", "tools")
sys.path[:0] = [HERE, TOOLS]

import c_source  # noqa: E402
import wrap_comments  # noqa: E402
from tap import Tap  # noqa: E402

LAYERS = "util:\nmodel: util\nload: util model\ncmd: *\nmain.c: util cmd\n"
GOOD = {
    "src/LAYERS": LAYERS,
    "src/util/err.h": "#ifndef UTIL_ERR_H\n#define UTIL_ERR_H\nint err_set(int code);\n#endif\n",
    "src/util/err.c": '#include "util/err.h"\n\nint err_set(int code)\n{\n\treturn code;\n}\n',
    "src/load/load.c": '#include <stdio.h>\n\n#include "util/err.h"\n/* #include "cmd/cmd.h" */\n',
    "src/cmd/cmd_load.c": '#include "load/load.h"\n#include "util/err.h"\n',
    "src/load/load.h": '#include "model/run.h"\n',
    "src/model/run.h": "struct run;\n",
    "src/main.c": '#include "cmd/cmd.h"\n',
}


def run_tool(name, tree, *arguments):
    """(status, output) of a tool over GOOD with `tree` on top; a file set to None is left out."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**GOOD, **tree}.items():
            if text is None:
                continue
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        command = [sys.executable, os.path.join(TOOLS, name), *(a.replace("ROOT", root) for a in arguments or ["ROOT"])]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr


def expect(tap, what, name, tree, complaint, *arguments):
    """The tool fails and says `complaint`; with None it passes."""
    status, out = run_tool(name, tree, *arguments)
    if complaint is None:
        tap.ok(status == 0, f"{name} passes {what}", out)
    else:
        tap.ok(status == 1 and complaint in out and "Traceback" not in out, f"{name} refuses {what}", out)


def test_layers(tap):
    tool = "check_layers.py"
    expect(tap, "a good tree", tool, {}, None)
    expect(tap, "an upward include", tool, {"src/model/run.h": '\n#include "load/load.h"\n'},
           'src/model/run.h:2: model may not include "load/load.h"; allowed: util, and model itself')
    expect(tap, "a list that is not inherited", tool, {"src/LAYERS": LAYERS.replace("load: util model", "load: model")},
           "src/load/load.c:3: load may not include")
    expect(tap, "main.c reaching past cmd", tool, {"src/main.c": '#include "load/load.h"\n'}, "src/main.c:1: main.c may")
    expect(tap, "an include from its own folder", tool, {"src/load/worker.c": '#include "load.h"\n'},
           "not written from the root of src/")
    expect(tap, "an include through ..", tool, {"src/load/worker.c": '#include "load/../cmd/cmd.h"\n'},
           "not written from the root of src/")
    expect(tap, "ours in angle brackets", tool, {"src/load/worker.c": "#include <util/err.h>\n"}, "with quotes")
    expect(tap, "libbpf in angle brackets", tool, {"src/load/worker.c": "#include <bpf/libbpf.h>\n"}, None)
    expect(tap, "an unknown folder", tool, {"src/misc/x.c": ""}, "src/misc/x.c:1: src/LAYERS has no layer 'misc'")
    expect(tap, "a base name in two folders", tool, {"src/model/err.c": ""}, "base names are unique")
    expect(tap, "a base name in one folder", tool, {"src/load/load.bpf.c": ""}, None)
    expect(tap, "headers in a circle", tool,
           {"src/model/run.h": '#include "model/arm.h"\n', "src/model/arm.h": '#include "model/run.h"\n'},
           "headers include each other: model/run.h → model/arm.h → model/run.h")
    expect(tap, "a layer below itself", tool, {"src/LAYERS": LAYERS.replace("util:\n", "util: model\n")},
           "src/LAYERS:1: 'util' names 'model', which is not above")
    expect(tap, "an empty tree", tool, {path: None for path in GOOD if path.endswith((".c", ".h"))}, "no C files")


def function(name, lines):
    return f"static int {name}(int a,\n\t\tint b)\n{{\n" + "\ta++;\n" * (lines - 4) + "}\n"


def test_size(tap):
    tool, allow = "check_size.py", "tools/size_allow.txt"
    path = "src/load/big.c"
    expect(tap, "a good tree", tool, {}, None)
    expect(tap, "800 lines", tool, {path: "int x;\n" * 800}, None)
    expect(tap, "801 lines", tool, {path: "int x;\n" * 801}, f"{path}:1: the file has 801 lines")
    expect(tap, "100 lines of function", tool, {path: function("f", 100)}, None)
    expect(tap, "101 lines of function", tool, {path: "\n" + function("f", 101)}, f"{path}:2: f() has 101 lines")
    expect(tap, "a main.c of 121 lines", tool, {"src/main.c": "\n" * 121}, "main.c has 121 lines")
    expect(tap, "101 columns", tool, {path: "\n\t" + "x" * 93 + "\n"}, f"{path}:2: 101 columns")
    expect(tap, "100 columns", tool, {path: "\t" + "x" * 92 + "\n"}, None)
    expect(tap, "a long URL alone", tool, {path: " * https://example.org/" + "x" * 100 + "\n"}, None)
    expect(tap, "a body beside its head", tool, {path: "static int f(void) {\n\treturn 0;\n}\n"}, f"{path}:1: the opening")
    tree = {path: function("f", 120)}
    expect(tap, "an allowed function", tool, {**tree, allow: f"{path}:f 130 an opcode switch\n"}, None)
    expect(tap, "an allowed file", tool, {path: "int x;\n" * 810, allow: f"# why\n{path} 900 a table\n"}, None)
    expect(tap, "more than is allowed", tool, {**tree, allow: f"{path}:f 110 a switch\n"}, "120 lines, the limit is 110")
    expect(tap, "an allowance without a reason", tool, {**tree, allow: f"{path}:f 130\n"}, "the reason is not optional")
    expect(tap, "an allowance that nothing needs", tool, {allow: f"{path}:f 130 a switch\n"}, "remove it")
    status, out = run_tool(tool, {path: function("f", 61)})
    tap.ok(status == 0 and "warning: " + path in out, "check_size.py warns of 61 lines of function", out)


def test_banned(tap):
    tool, path = "check_banned.py", "src/load/x.c"
    expect(tap, "a good tree", tool, {}, None)
    for name in ("strcpy", "strcat", "sprintf", "strtok", "atoi", "alloca", "__builtin_alloca"):
        expect(tap, name, tool, {path: f"\n\t{name} (x);\n"}, f"{path}:2: ")
    expect(tap, "words in comments and strings", tool, {path: '/* atoi(x) */ // printf("x")\nx = "atoi(exit(";\n'}, None)
    expect(tap, "longer names", tool, {path: "snprintf(a); x->exit(1); strtok_r(a); my_printf(b); run.stdout = 1;\n"}, None)
    expect(tap, "printing below cmd/", tool, {path: 'fputs("x", stderr);\n'}, "stderr: only cmd/ prints")
    expect(tap, "exiting below cmd/", tool, {path: "exit(1);\n"}, "exit: only cmd/ prints and exits")
    expect(tap, "printing in cmd/", tool, {"src/cmd/cmd_x.c": "printf(x); fflush(stdout);\n"}, None)


def test_headers(tap):
    tool, arguments = "check_headers.py", ("--root", "ROOT", os.environ.get("CC", "cc"), "-std=gnu17")
    expect(tap, "a good tree", tool, {}, None, *arguments)
    expect(tap, "a header that needs another before it", tool, {"src/model/run.h": "int run_open(uint64_t id);\n"},
           "src/model/run.h does not compile alone", *arguments)


def test_functions(tap):
    text = (
        "struct a {\n\tint x;\n};\n\n#define M(x) \\\n\tdo { \\\n\t} while (0)\n\n"
        "__attribute__((format(printf, 1, 2)))\nint first(const char *f, ...)\n{\n\tchar c = '{';\n\treturn 0; /*\n} */\n}\n"
        "static const int table[] =\n{\n\t1,\n};\n"
        "struct a *second(void (*call)(int), int b)\n{\n}\n"
    )
    want = [("first", 9, 15), ("second", 20, 22)]
    tap.equal(c_source.find_functions(text), want, "functions are found, and nothing else")
    tap.equal(c_source.misplaced_bodies(text), [], "no body is misplaced")
    includes = c_source.find_includes('// #include "a.h"\n#  include "b/c.h"\n/*\n#include "d.h"\n*/\n#include <e.h>\n')
    tap.equal(includes, [(2, "b/c.h", True), (6, "e.h", False)], "includes are found outside comments")


def test_wrapping(tap):
    words = "word " * 25
    short = "/* short */\nint x; /* beside */\n"
    tap.equal(wrap_comments.wrap(short), short, "comments that fit stay")
    block = wrap_comments.wrap(f"/* {words}*/\nint x;\n")
    tap.ok(block.startswith("/*\n * word") and block.endswith("\n */\nint x;\n"), "a long comment becomes a block", block)
    tap.equal(wrap_comments.wrap(block), block, "wrapping twice changes nothing")
    tap.ok(all(len(line) <= 100 for line in block.split("\n")), "it fits", block)
    table = "/*\n * a          b\n *\t%s\n * %s\n */\n" % ("code();", words.strip())
    out = wrap_comments.wrap(table)
    tap.ok(" * a          b\n *\tcode();\n * word" in out, "tables and examples stay", out)
    beside = wrap_comments.wrap(f"\tint x; /* {'word ' * 17}*/\n")
    tap.equal(beside, f"\t/* {'word ' * 17}*/\n\tint x;\n", "a long comment beside code moves above it")
    macro = f"#define X \\\n\ty /* {words}*/ \\\n\tz\n"
    tap.equal(wrap_comments.wrap(macro), macro, "comments inside macros stay")
    text = f'x = "/* {words}*/";\n'
    tap.equal(wrap_comments.wrap(text), text, "strings stay")
    wide = wrap_comments.wrap("/* " + "x" * 92 + " 12 % */\n")
    tap.ok("12 %" in wide, "a number stays with its unit", wide)


def log_line(name, result, stdout="", stderr="", returncode=1):
    return json.dumps({"name": f"sonde:unit / {name}", "result": result, "stdout": stdout, "stderr": stderr,
                       "returncode": returncode}) + "\n"


def test_summary(tap):
    log = log_line("a", "OK", "ok 1 - x\nok 2 - y # SKIP no perf\n1..2\n") + log_line("b", "SKIP", "1..0 # SKIP no nginx\n")
    log += log_line("c", "SKIP", "", "needs root\n")
    status, out = run_tool("test_summary.py", {"log": log}, "plain=ROOT/log", "--skipped", "tsan=does not run")
    tap.equal(out.strip().split("\n")[-1], "1 passed, 0 failed, 3 skipped", "the last line counts")
    tap.ok(status == 0, "skips do not fail", out)
    for text in ("plain: b: no nginx", "plain: c: needs root", "tsan: does not run", "plain: a: y: no perf"):
        tap.ok(text in out, f"says why: {text}", out)
    for result in ("FAIL", "TIMEOUT", "ERROR", "UNEXPECTEDPASS", "INTERRUPT"):
        status, out = run_tool("test_summary.py", {"log": log_line("d", result, "not ok 1 - z\n")}, "plain=ROOT/log")
        tap.ok(status == 1 and "not ok 1 - z" in out and "\n0 passed, 1 failed, 0 skipped" in out, f"{result} fails", out)
    status, out = run_tool("test_summary.py", {}, "asan=ROOT/none")
    tap.ok(status == 1 and "FAILED asan" in out, "a build without tests fails", out)
    once, passes = log_line("e", "FAIL", "not ok 2 - one of a thousand\n"), log_line("e", "OK", "ok 1\n")
    status, out = run_tool("test_summary.py", {"log": once, "again.json": passes}, "plain=ROOT/log")
    tap.ok(status == 0 and "plain: e: one of a thousand" in out, "what passes the second time is listed", out)
    status, out = run_tool("test_summary.py", {"log": once, "again.json": once}, "plain=ROOT/log")
    tap.ok(status == 1 and "FAILED plain: e" in out, "what fails twice has failed", out)
    for crash in (log_line("e", "FAIL", "", "ERROR: AddressSanitizer: x\n"), log_line("e", "FAIL", "", returncode=-11)):
        status, out = run_tool("test_summary.py", {"log": crash, "again.json": passes}, "plain=ROOT/log")
        tap.ok(status == 1, "a crash has no second try", out)
        tap.equal(run_tool("test_summary.py", {"log": crash}, "--try-again", "ROOT/log"), (0, ""), "and is not named for one")
    tap.equal(run_tool("test_summary.py", {"log": once}, "--try-again", "ROOT/log"), (0, "e\n"), "points that failed have")


if __name__ == "__main__":
    points = Tap()
    for test in (test_layers, test_size, test_banned, test_headers, test_functions, test_wrapping, test_summary):
        test(points)
    sys.exit(points.done())
