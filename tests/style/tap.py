"""TAP for the tests of our Python tools."""


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def ok(self, passed, what, details=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {' '.join(what.split())}")
        if not passed:
            print("\n".join(f"# {line}" for line in str(details).split("\n")))

    def equal(self, got, want, what):
        self.ok(got == want, what, f" got {got!r}\nwant {want!r}")

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
