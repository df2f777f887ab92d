"""The closing line of ./run test: it counts what ran, and no failure can hide from it."""

import subprocess
import sys

from programs import HOME

GOOD = '<testsuites><testsuite name="S"><testcase name="a" status="run" result="completed"/></testsuite></testsuites>'
BAD = ('<testsuites><testsuite name="S"><testcase name="a" status="run" result="completed"/>'
       '<testcase name="b" status="run" result="completed"><failure message="x"/></testcase></testsuite></testsuites>')
SKIPPED = '<testsuites><testsuite name="S"><testcase name="a" status="run" result="skipped"/></testsuite></testsuites>'


def tally(folder, programs, pytest_cases, exit_codes=(0, 0)):
    """programs: name -> (ctest's status, GoogleTest's file or None)."""
    gtest = folder / "gtest"
    gtest.mkdir()
    rows = ""
    for name, (status, text) in programs.items():
        rows += f'<testcase name="{name}" status="{status}"/>'
        if text is not None:
            (gtest / f"{name}.xml").write_text(text)
    (folder / "ctest.xml").write_text(f"<testsuite>{rows}</testsuite>")
    (folder / "pytest.xml").write_text(f"<testsuites><testsuite>{pytest_cases}</testsuite></testsuites>")
    done = subprocess.run([sys.executable, HOME / "tests" / "tally.py", "--ctest", folder / "ctest.xml", "--gtest", gtest,
                           "--pytest", folder / "pytest.xml", "--exit-codes", *map(str, exit_codes)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip()


def test_sums_both_kinds(tmp_path):
    assert tally(tmp_path, {"a": ("run", GOOD), "b": ("run", SKIPPED)}, '<testcase name="x"/><testcase name="y"/>') == \
        (0, "3 passed, 0 failed, 1 skipped")


def test_a_failed_case_is_one_failure(tmp_path):
    assert tally(tmp_path, {"a": ("fail", BAD)}, '<testcase name="x"/>', (8, 0)) == (1, "2 passed, 1 failed")


def test_pytest_failures_and_errors_count(tmp_path):
    assert tally(tmp_path, {"a": ("run", GOOD)},
                 '<testcase><failure/></testcase><testcase><error/></testcase><testcase><skipped/></testcase>', (0, 1)) == \
        (1, "1 passed, 2 failed, 1 skipped")


def test_a_crash_leaves_no_file_and_is_a_failure(tmp_path):
    assert tally(tmp_path, {"a": ("run", GOOD), "b": ("fail", None)}, '<testcase name="x"/>', (8, 0)) == \
        (1, "2 passed, 1 failed")


def test_a_crash_beside_a_failed_case_is_not_hidden_by_it(tmp_path):
    assert tally(tmp_path, {"a": ("fail", BAD), "b": ("fail", None)}, '<testcase name="x"/>', (8, 0)) == \
        (1, "2 passed, 2 failed")


def test_nothing_run_is_a_failure(tmp_path):
    assert tally(tmp_path, {}, "")[0] == 1


def test_an_exit_status_without_a_failed_case_is_a_failure(tmp_path):
    assert tally(tmp_path, {"a": ("run", GOOD)}, '<testcase name="x"/>', (0, 3)) == (1, "2 passed, 1 failed")
