#!/usr/bin/env python3
"""./run check, ./run lint and ./run format: clang-format, clang-tidy and the house's own rules over the C++ files.

Formatting and clang-tidy's findings change with clang's version; both are defined for clang 14, which is Debian 12's.
With another version only the house rules are checked, and that is said.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import house_rules

CLANG = 14
ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("src", "tests", "bench", "fuzz")


def tool(name):
    """Path of clang tool `name` in the version that lint is defined for; None when only others are here."""
    for candidate in (f"{name}-{CLANG}", name):
        path = shutil.which(candidate)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            version = re.search(r"version (\d+)\.", said)
            if version and int(version.group(1)) == CLANG:
                return path
    return None


def cpp_files():
    return [f for room in ROOMS for f in house_rules.files(ROOT / room) if f.suffix in (".h", ".cpp")]


def format_in_place():
    clang_format = tool("clang-format")
    if not clang_format:
        print(f"format: clang-format {CLANG} (Debian 12's) is not here, and another version formats differently",
              file=sys.stderr)
        return 1
    return subprocess.run([clang_format, "-i", *cpp_files()], check=False).returncode


def check_format(clang_format):
    ran = subprocess.run([clang_format, "--dry-run", "-Werror", *cpp_files()], capture_output=True, text=True, check=False)
    if ran.returncode:
        print(ran.stderr.strip())
        print("lint: './run format' formats them")
    return ran.returncode == 0


def check_tidy(clang_tidy, build, only):
    commands = json.loads((build / "compile_commands.json").read_text())
    units = sorted({entry["file"] for entry in commands})
    # GCC's own option, which the module is built with and clang does not know.
    for entry in commands:
        entry["command"] = entry["command"].replace(" -fno-gnu-unique", "")
    (build / "lint").mkdir(exist_ok=True)
    (build / "lint/compile_commands.json").write_text(json.dumps(commands))
    units = [unit for unit in units if pathlib.Path(unit).is_relative_to(ROOT) and all(o in unit for o in only)]

    def tidy(unit):
        ran = subprocess.run([clang_tidy, "-p", build / "lint", "--quiet", "--extra-arg=-Wno-unknown-warning-option",
                              "--extra-arg=-Wno-unused-command-line-argument", unit],
                             capture_output=True, text=True, check=False)
        return ran.returncode == 0, (ran.stdout + ran.stderr if ran.returncode else "").strip()

    fine = True
    said = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for ok, output in pool.map(tidy, units):
            fine = fine and ok
            if output and output not in said:
                said.add(output)
                print(output, flush=True)
    if not units:
        print("lint: clang-tidy found nothing to read in compile_commands.json")
        return False
    return fine


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--format", action="store_true", help="format in place and end")
    parser.add_argument("--quick", action="store_true", help="the house rules and formatting only, without a build")
    parser.add_argument("--build", type=pathlib.Path, help="build directory with compile_commands.json")
    parser.add_argument("only", nargs="*", help="part of the paths that clang-tidy is to read; all when none is given")
    options = parser.parse_args()
    if options.format:
        return format_in_place()

    results = {"house rules": house_rules.main() == 0}
    clang_format, clang_tidy = tool("clang-format"), None if options.quick else tool("clang-tidy")
    if clang_format and (clang_tidy or options.quick):
        results["formatting"] = check_format(clang_format)
    if clang_format and clang_tidy:
        results["clang-tidy"] = check_tidy(clang_tidy, ROOT / options.build, options.only)
    if "formatting" not in results:
        what = "formatting is" if options.quick else "formatting and clang-tidy are"
        print(f"lint: {what} NOT checked: defined for clang {CLANG} (Debian 12)")
    for name, fine in results.items():
        print(f"lint: {name}: {'clean' if fine else 'see above'}")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
