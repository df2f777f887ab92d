#!/usr/bin/env python3
"""Counts what the tests really did, from the files they left, and says it in one closing line.

A program that crashed left no GoogleTest file, or a half one: it counts as one failure. No tests at all is a failure too.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.notes = []

    def fail(self, note):
        self.failed += 1
        self.notes.append(note)

    def add_case(self, case, failure_tags, skipped):
        if any(case.find(tag) is not None for tag in failure_tags):
            self.failed += 1
        elif skipped:
            self.skipped += 1
        else:
            self.passed += 1


def read(path):
    try:
        return ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None


def add_gtest(tally, directory):
    """Adds the cases of every GoogleTest file; answers how many files told of at least one failed case."""
    files_with_failures = 0
    for path in sorted(pathlib.Path(directory).glob("*.xml")):
        root = read(path)
        if root is None:
            continue
        before = tally.failed
        for case in root.iter("testcase"):
            skipped = case.get("result") == "skipped" or case.get("status") == "notrun"
            tally.add_case(case, ("failure",), skipped)
        files_with_failures += tally.failed > before
    return files_with_failures


def add_ctest(tally, path, gtest_directory):
    """Programs that ctest saw fail although no case of theirs is known to have failed: crashes and time-outs."""
    root = read(path)
    if root is None or not list(root.iter("testcase")):
        tally.fail("ctest ran no test program")
        return
    files_with_failures = add_gtest(tally, gtest_directory)
    broken = [case.get("name") for case in root.iter("testcase") if case.get("status") not in ("run", "disabled")]
    for name in broken[files_with_failures:]:
        tally.fail(f"a test program crashed or took too long (failed programs: {', '.join(broken)})")


def add_pytest(tally, path):
    root = read(path)
    cases = [] if root is None else list(root.iter("testcase"))
    if not cases:
        tally.fail("pytest ran no test")
    for case in cases:
        tally.add_case(case, ("failure", "error"), case.find("skipped") is not None)


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--ctest", required=True, help="ctest's --output-junit file")
    parser.add_argument("--gtest", required=True, help="folder of GoogleTest's XML files")
    parser.add_argument("--pytest", required=True, help="pytest's --junit-xml file")
    parser.add_argument("--exit-codes", type=int, nargs="+", default=[], help="what ctest and pytest ended with")
    options = parser.parse_args(arguments)

    tally = Tally()
    add_ctest(tally, options.ctest, options.gtest)
    add_pytest(tally, options.pytest)
    if not tally.failed and any(options.exit_codes):
        tally.fail(f"ctest or pytest ended with a failure of its own (exit codes {options.exit_codes})")

    for note in tally.notes:
        print(f"tally: {note}", file=sys.stderr)
    sys.stderr.flush()
    closing = f"{tally.passed} passed, {tally.failed} failed"
    if tally.skipped:
        closing += f", {tally.skipped} skipped"
    print(closing)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
