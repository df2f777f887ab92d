"""fuzz/run.py with targets of the test's own: what was found is told, with how to try it again, and the time is kept."""

import os
import subprocess
import sys
import time

import pytest

from programs import HOME, TIME_FACTOR

# A fuzzer as far as run.py knows one: it has a limit of time and a folder for what it finds.
TARGET = """#!/bin/sh
for argument; do
  case $argument in
    -artifact_prefix=*) folder=${argument#*=} ;;
    -max_total_time=*) seconds=${argument#*=} ;;
  esac
done
"""
QUIET = TARGET + 'sleep "$seconds"; echo "#12 DONE cov: 34 ft: 1"; echo "stat::number_of_executed_units: 1000" >&2\n'
BROKEN = TARGET + 'echo x > "${folder}crash-$$"; exit 77\n'
# The first time its input takes longer than the limit of the clock; alone it does so only when it is slow itself.
LATE = TARGET + """
[ -n "$seconds" ] || { [ -z "$SLOW_ITSELF" ] || exit 70; exit 0; }
sleep "$seconds"
echo x > "${folder}timeout-$$"
echo "stat::number_of_executed_units: 10" >&2
exit 70
"""
UNABLE = TARGET + "exit 1\n"


@pytest.fixture
def build(tmp_path):
    (tmp_path / "bin").mkdir()

    def add(name, script):
        program = tmp_path / "bin" / f"fuzz_{name}"
        program.write_text(script)
        program.chmod(0o755)

    def run(seconds, *only):
        return subprocess.run([sys.executable, HOME / "fuzz/run.py", "--build", tmp_path, str(seconds), *only],
                              capture_output=True, text=True, timeout=60 * TIME_FACTOR, check=False)

    run.add = add
    run.folder = tmp_path
    return run


def test_nothing_found_is_success_and_takes_the_time_given(build):
    for name in ("a", "b", "c", "d"):
        build.add(name, QUIET)
    began = time.monotonic()
    done = build(4)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stdout
    assert "fuzz: 4000 inputs, 4 targets, 0 findings" in done.stdout
    # Each has a quarter of the processors' time, a second at least; one after the other on one processor.
    assert took >= 4 / max(1, os.cpu_count()) * 0.5


def test_what_is_found_is_kept_and_told(build):
    build.add("good", QUIET)
    build.add("bad", BROKEN)
    done = build(2)
    assert done.returncode == 1
    found = sorted((build.folder / "found" / "bad").iterdir())
    assert found and all(f"{build.folder}/bin/fuzz_bad {file}" in done.stdout for file in found)
    assert f"cp {found[0]} fuzz/corpus/bad/" in done.stdout
    assert "0 found" in next(line for line in done.stdout.splitlines() if line.startswith("good "))


def test_what_was_late_is_tried_again_alone(build, monkeypatch):
    build.add("late", LATE)
    done = build(1)
    assert done.returncode == 0 and "0 found, 1 took long beside others only" in done.stdout, done.stdout
    assert [file.name[:7] for file in (build.folder / "found" / "late").iterdir()] == ["waited-"]
    monkeypatch.setenv("SLOW_ITSELF", "1")
    done = build(1)
    assert done.returncode == 1 and "1 found" in done.stdout, done.stdout


def test_a_target_that_cannot_run_is_no_success(build):
    build.add("unable", UNABLE)
    done = build(1)
    assert done.returncode == 1 and "could not be tried: ended with 1" in done.stdout


def test_an_unknown_target_is_named(build):
    build.add("a", QUIET)
    done = build(1, "b")
    assert done.returncode == 2 and "there is no target b (there is: a)" in done.stderr
