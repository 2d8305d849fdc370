#!/usr/bin/env python3
"""The end of `make test`: failures with their output, every skip with its reason, and one line of counts.

usage: test_summary.py NAME=TESTLOG.json… [--skipped NAME=REASON]…
       test_summary.py --try-again TESTLOG.json      the names of those that deserve a second try

Each TESTLOG.json is what `meson test` leaves in meson-logs/; a test counts once in each build that ran it. A log that
is missing or empty is a failure: its build did not get as far as a test. again.json beside it is of a second try of what
failed: a test that passes there is listed as unsteady, and counts as passed. Who crashed, or was reported by a sanitizer,
has no second try. Status 1 if anything failed.
"""

import json
import os
import re
import sys

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP", "IGNORED")
SHOWN_LINES = 40


def read_log(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def output_of(test):
    return [line for line in (test.get("stdout", "") + "\n" + test.get("stderr", "")).split("\n") if line.strip()]


def skip_reason(test):
    """What the test says itself: TAP's directive, else its last words."""
    lines = output_of(test)
    for line in lines:
        if found := re.search(r"#\s*SKIP\S*\s*(.*)", line, re.IGNORECASE):
            return found[1].strip() or "no reason given"
    return lines[-1].strip() if lines else "no reason given"


def partial_skips(test):
    """Points of a TAP test that passed otherwise."""
    found = re.findall(r"^ok\b\s*\d*\s*-?\s*(.*?)\s*#\s*SKIP\S*[ \t]*(.*)$", test.get("stdout", ""), re.I | re.M)
    return [f"{what}: {reason.strip() or 'no reason given'}" for what, reason in found]


def short_name(test):
    """meson's "project:suite / name" without the project and the suite."""
    return test["name"].split(" / ")[-1]


def has_failed(test):
    return test["result"] not in PASSED + SKIPPED


def may_try_again(test):
    """Points that failed, or time that ran out; a crash by chance is a crash."""
    text = test.get("stdout", "") + test.get("stderr", "")
    is_reported = re.search(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:", text) is not None
    return test["result"] == "TIMEOUT" or test["result"] == "FAIL" and test["returncode"] in (0, 1) and not is_reported


def failed_points(test):
    return re.findall(r"^not ok\b\s*\d*\s*-?\s*(.*)$", test.get("stdout", ""), re.M)


def print_failure(build, test, title="FAILED {}"):
    print("\n" + title.format(f"{build}: {short_name(test)} ({test['result'].lower()})"))
    lines = output_of(test)
    # The points that failed, wherever they are, then the end, where a crash or a sanitizer speaks.
    shown = [line for line in lines[:-SHOWN_LINES] if line.lstrip().startswith("not ok")][:SHOWN_LINES]
    for line in shown + lines[-SHOWN_LINES:]:
        print("  ", line)


class Summary:
    def __init__(self):
        self.passed, self.failed, self.skips, self.notes, self.unsteady = 0, 0, [], [], []

    def add_log(self, build, path):
        tests = read_log(path)
        again = {test["name"]: test for test in read_log(os.path.join(os.path.dirname(path), "again.json"))}
        if not tests:
            print(f"\nFAILED {build}: no test ran; it did not build, or {path} was not written")
            self.failed += 1
        for test in tests:
            second = again.get(test["name"])
            if has_failed(test) and may_try_again(test) and second is not None and not has_failed(second):
                self.unsteady.append(f"{build}: {short_name(test)}: {'; '.join(failed_points(test)) or test['result'].lower()}")
                test = second
            if test["result"] in PASSED:
                self.passed += 1
                self.notes += [f"{build}: {short_name(test)}: {skip}" for skip in partial_skips(test)]
            elif test["result"] in SKIPPED:
                self.skips.append(f"{build}: {short_name(test)}: {skip_reason(test)}")
            else:
                self.failed += 1
                print_failure(build, test)

    def print(self):
        if self.skips:
            print("\nskipped:")
            print("\n".join("   " + skip for skip in self.skips))
        if self.notes:
            print("\npassed, but for points that were skipped:")
            print("\n".join("   " + note for note in self.notes))
        if self.unsteady:
            print("\nfailed first, and passed alone:")
            print("\n".join("   " + test for test in self.unsteady))
        print(f"\n{self.passed} passed, {self.failed} failed, {len(self.skips)} skipped", flush=True)


def main():
    summary, arguments = Summary(), sys.argv[1:]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 64
    if arguments[0] == "--try-again":
        print("".join(short_name(test) + "\n" for test in read_log(arguments[1]) if has_failed(test) and may_try_again(test)), end="")
        return 0
    while arguments:
        argument = arguments.pop(0)
        if argument == "--skipped":
            summary.skips.append(arguments.pop(0).replace("=", ": ", 1))
        else:
            summary.add_log(*argument.split("=", 1))
    summary.print()
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
