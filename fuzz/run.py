#!/usr/bin/env python3
"""./run fuzz: every target for its share of the time, as many at once as there are processors.

What a target learns is kept in <build>/corpus/<target> and tried first the next time; what it does not stand is kept in
<build>/found/<target>.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

HOME = pathlib.Path(__file__).resolve().parent
# Whole servers are slower and have more to them than one parser: they get more of the time.
SHARES = {"snomd_sip": 6, "snomphone_sip": 6, "http_server": 3, "web_client": 3, "virtual_phone": 3,
          "snom_xml": 2, "web_socket": 2, "config": 2, "layout_toml": 2, "typed_commands": 2}
INPUT_TIMEOUT_S = 20     # of one input; those that take longer are findings
MEMORY_MB = 2048         # of one target
FINDINGS = 3             # of one target in one run: then it is left alone
LINE = re.compile(r"^#(\d+)\s.*?cov: (\d+)", re.MULTILINE)


class Trial:
    """One target's part of the run."""

    def __init__(self, program, build, seconds):
        self.name = program.name.removeprefix("fuzz_")
        self.program = program
        self.seconds = seconds
        self.found = []
        self.runs = 0
        self.covered = 0
        self.broken = ""  # why it could not be tried at all
        self.waited = 0   # inputs that took long only because the machine was busy
        self.learnt = build / "corpus" / self.name
        self.findings = build / "found" / self.name
        self.log = build / "found" / f"{self.name}.log"

    def command(self, seconds):
        command = [self.program, f"-max_total_time={seconds}", f"-timeout={INPUT_TIMEOUT_S}",
                   f"-report_slow_units={INPUT_TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MB}", "-max_len=16384", "-print_final_stats=1", "-verbosity=1",
                   f"-artifact_prefix={self.findings}/"]
        dictionary = HOME / "dictionaries" / self.name
        if dictionary.exists():
            command.append(f"-dict={dictionary}")
        return command + [self.learnt, HOME / "corpus" / self.name]

    def run(self, stop):
        self.learnt.mkdir(parents=True, exist_ok=True)
        self.findings.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        end = time.monotonic() + self.seconds
        while not stop.is_set() and len(self.found) < FINDINGS:
            left = round(end - time.monotonic())
            if left < 1 and self.runs:
                break
            before = set(self.findings.iterdir())
            code, said = self.run_once(max(1, left), stop)
            self.count(said)
            new = sorted(set(self.findings.iterdir()) - before)
            self.found += [file for file in new if self.is_finding(file)]
            if code != 0 and not new and not stop.is_set():
                # What was found before is in this folder already, or the program did not get as far as an input.
                names = re.findall(r"written to (\S+)", said)
                if names:
                    self.found += [pathlib.Path(name) for name in names]
                else:
                    self.broken = f"ended with {code}, see {self.log}"
                break
        return self

    def is_finding(self, file):
        """What took too long is judged once more, by the processor time it takes: the limit is one of the clock."""
        if not file.name.startswith(("timeout-", "slow-unit-")):
            return True
        with self.log.open("a") as log:
            again = subprocess.Popen([self.program, f"-timeout={10 * INPUT_TIMEOUT_S}", file], stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, cwd=self.findings)
            _, status, usage = os.wait4(again.pid, 0)
            again.returncode = os.waitstatus_to_exitcode(status)
        if again.returncode != 0 or usage.ru_utime + usage.ru_stime > INPUT_TIMEOUT_S / 2:
            return True
        self.waited += 1
        file.rename(file.with_name("waited-" + file.name))
        return False

    def run_once(self, seconds, stop):
        """The target is to end by itself; a while later it is ended."""
        options = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1",
                   "UBSAN_OPTIONS": "print_stacktrace=1"}
        with self.log.open("a+", errors="replace") as log:
            start = log.tell()
            process = subprocess.Popen(self.command(seconds), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                       cwd=self.findings, env={**options, **os.environ})
            last = time.monotonic() + seconds + 3 * INPUT_TIMEOUT_S
            while process.poll() is None:
                if stop.wait(0.2) or time.monotonic() > last:
                    process.kill()
                    process.wait()
            log.seek(start)
            return process.returncode, log.read()

    def count(self, said):
        done = re.findall(r"^stat::number_of_executed_units:\s+(\d+)", said, re.MULTILINE)
        steps = LINE.findall(said)
        self.runs += int(done[-1]) if done else int(steps[-1][0]) if steps else 0
        if steps:
            self.covered = int(steps[-1][1])

    def line(self):
        if self.broken:
            return f"{self.name:<18} could not be tried: {self.broken}"
        rate = self.runs / max(1, self.seconds)
        waited = f", {self.waited} took long beside others only" if self.waited else ""
        return f"{self.name:<18} {self.runs:>10} inputs, {rate:>8.0f} a second, {self.covered:>6} edges seen, " \
               f"{len(self.found)} found{waited}"


def shares(programs, seconds, at_once):
    """Seconds for each, so that the run ends with `seconds`; no target gets less than one."""
    names = [program.name.removeprefix("fuzz_") for program in programs]
    whole = sum(SHARES.get(name, 1) for name in names)
    return [min(seconds, max(1, seconds * at_once * SHARES.get(name, 1) // whole)) for name in names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("seconds", type=int, help="of the whole run")
    parser.add_argument("only", nargs="*", help="names of targets; all when none is given")
    options = parser.parse_args()
    options.build = options.build.resolve()
    programs = sorted((options.build / "bin").glob("fuzz_*"))
    known = {program.name.removeprefix("fuzz_") for program in programs}
    unknown = sorted(set(options.only) - known)
    if unknown or not programs:
        print(f"fuzz: there is no target {', '.join(unknown)} (there is: {', '.join(sorted(known))})", file=sys.stderr)
        return 2
    if options.only:
        programs = [p for p in programs if p.name.removeprefix("fuzz_") in options.only]

    at_once = os.cpu_count() or 1
    trials = [Trial(program, options.build, seconds)
              for program, seconds in zip(programs, shares(programs, options.seconds, at_once))]
    trials.sort(key=lambda trial: -trial.seconds)  # the longest first: the processors end together
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(trial.run, stop) for trial in trials]
        try:
            for one in concurrent.futures.as_completed(running):
                print(one.result().line(), flush=True)
        except BaseException:
            stop.set()
            for one in running:
                one.cancel()
            raise

    for trial in trials:
        for file in trial.found:
            print(f"fuzz: {trial.name} does not stand {file} (see {trial.log})\n"
                  f"  again:     {trial.program} {file}\n"
                  f"  for good:  cp {file} fuzz/corpus/{trial.name}/  (./run test tries it from then on)")
    bad = [trial for trial in trials if trial.found or trial.broken]
    print(f"fuzz: {sum(trial.runs for trial in trials)} inputs, {len(trials)} targets, "
          f"{sum(len(trial.found) for trial in trials)} findings")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
