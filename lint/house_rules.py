#!/usr/bin/env python3
"""The house's own rules that no compiler knows: which room may include what, and a few more.

Every rule carries samples that must be found and samples that must not; they are tried before any file is read, so that
a rule that can no longer fail fails itself.
"""
import os
import pathlib
import re
import sys
from dataclasses import dataclass
from typing import Callable, Iterator

import pages

Finding = tuple[int, str]  # line from 1, what is wrong

PROGRAMS = ("snomd", "snomctl", "snomphone")
ROOMS_BELOW = {
    "language": set(),
    "runtime": set(),
    "registration": {"language", "runtime"},
    "control": {"language", "runtime", "registration"},
    "nodes": set(),
    "file": set(),
    "access": {"language", "runtime", "file"},
    "tls": {"language", "runtime", "file"},
    "sip": {"language", "runtime", "registration", "control", "tls"},
    "http": {"language", "runtime", "control", "file", "tls"},
    "asterisk": {"language", "runtime", "registration", "control", "http"},
    "store": {"language", "runtime", "registration", "control", "nodes"},
    "cluster": {"language", "runtime", "registration", "control", "nodes", "store"},
    "picture": {"language", "runtime", "control"},
    "layout": {"language", "runtime", "control"},
    "phone": {"language", "runtime", "control", "file", "tls", "sip", "http"},
    "mod_snom": {"language", "runtime", "registration", "control", "file", "http", "store", "cluster", "picture"},
    **{program: {"language", "runtime", "registration", "control", "file", "access", "tls", "sip", "http", "asterisk", "store",
                "cluster", "phone", "picture", "layout"}
       for program in PROGRAMS},
}
MAX_LINES = 700
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def room_of(path: str) -> str:
    """The room of src/<room>/... or tests/<room>/...; empty for files that live in none."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] in ("src", "tests") else ""


def is_cpp(path: str) -> bool:
    return path.endswith((".h", ".cpp"))


def includes(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2)


def each_match(pattern: str, message: str) -> Callable[[str, str], Iterator[Finding]]:
    compiled = re.compile(pattern)

    def check(_path: str, text: str) -> Iterator[Finding]:
        for number, line in enumerate(text.split("\n"), 1):
            match = compiled.search(line)
            if match:
                yield number, message.format(match.group(0).strip())

    return check


def includes_only_in(prefixes: tuple[str, ...], rooms: set[str], who: str) -> Callable[[str, str], Iterator[Finding]]:
    """Headers that begin with one of the prefixes are for these rooms only."""

    def check(path: str, text: str) -> Iterator[Finding]:
        if not path.startswith(("src/", "tests/")) or room_of(path) in rooms:
            return
        for number, header in includes(text):
            if header.startswith(prefixes):
                yield number, f"<{header}>: {who}"

    return check


def rooms_look_down(path: str, text: str) -> Iterator[Finding]:
    room = room_of(path)
    if room not in ROOMS_BELOW:
        return
    for number, header in includes(text):
        other = header.split("/")[0]
        if "/" in header and other in ROOMS_BELOW and other != room and other not in ROOMS_BELOW[room]:
            yield number, f'"{header}": {room}/ may not use {other}/'


def floors_one_and_two_do_no_io(path: str, text: str) -> Iterator[Finding]:
    if not path.startswith(("src/language/", "src/registration/", "src/control/")):
        return
    outside = {"thread", "mutex", "condition_variable", "future", "iostream", "fstream", "filesystem", "cstdio",
               "unistd.h", "sys/socket.h"}
    for number, header in includes(text):
        if header in outside:
            yield number, f"<{header}>: language/, registration/ and control/ do no I/O and have no threads"
    yield from each_match(r"\w+_clock::now\(",
                          "{0}: in language/, registration/ and control/ the time is a parameter")(path, text)


def unit_tests_do_not_sleep(path: str, text: str) -> Iterator[Finding]:
    if path.startswith(("tests/language/", "tests/registration/", "tests/control/")):
        yield from each_match(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", "{0}: move the clock by hand")(
            path, text)


def files_stay_short(path: str, text: str) -> Iterator[Finding]:
    count = text.count("\n")
    if count > MAX_LINES and path.endswith((".h", ".cpp", ".py", ".cmake", "CMakeLists.txt", ".sh", "/run")):
        yield count, f"{count} lines: no file has more than {MAX_LINES}; split it by concept"


# Where JSON is parsed, each behind a limit of how deep it may be nested.
JSON_READERS = {"src/asterisk/read_json.cpp", "src/cluster/node_letter.cpp", "src/phone/hands.cpp",
                "src/snomctl/answer_json.cpp", "src/snomd/body_json.cpp"}


def json_is_read_no_deeper_than_the_stack(path: str, text: str) -> Iterator[Finding]:
    if not path.startswith("src/"):
        return
    if path not in JSON_READERS:
        yield from each_match(r"\bjson::(?:parse|sax_parse|from_\w+)\s*\(",
                              "'{0}': in src/snomd body_json() reads JSON; elsewhere ask language::is_json_too_deep() "
                              "first, and name the file in JSON_READERS")(path, text)
    elif not re.search(r"is_json_too_deep|excess_of_json", text):
        yield 1, "JSON is read here without a limit of how deep it may be nested"


def headers_guard_themselves(path: str, text: str) -> Iterator[Finding]:
    if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "no '#pragma once'"


THREAD_START = re.compile(r"\bstd::j?thread\s*(?:\w+\s*)?[({]\s*\[|\bthread_without_signals\(\s*\[|\bthread_\(\s*\[|"
                          r"\bthreads\.emplace_back\(|\bstd::async\(")
GUARD = re.compile(r"\bguarded(?:_or)?\(|\bcatch \(\.\.\.\)|\bcatch \(const std::exception&")
C_CALLBACK_NAMES = re.compile(r"CURLOPT_\w+FUNCTION, (\w+)|sqlite3_\w+_(?:handler|hook)\([^;]*?&(?:\w+::)*(\w+)|"
                              r"su_root_register\([^;]*?&(?:\w+::)*(\w+)")
SOFIA_CALLBACK = re.compile(r"^[^;{]*\((?:nta_\w+_magic_t|su_root_magic_t)\*[^;{]*\{$", re.MULTILINE)


def callbacks(text: str) -> Iterator[int]:
    """Where functions begin that a C library calls, as far as this file defines them."""
    for match in SOFIA_CALLBACK.finditer(text):
        yield match.end()
    for names in C_CALLBACK_NAMES.finditer(text):
        name = next(filter(None, names.groups()))
        for match in re.finditer(rf"^\S.*\b{name}\([^;{{}}]*\)[^;{{}}]*\{{$", text, re.MULTILINE):
            yield match.end()


def nothing_is_thrown_into_the_void(path: str, text: str) -> Iterator[Finding]:
    if not path.startswith("src/"):
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if THREAD_START.search(line) and not GUARD.search("\n".join(lines[number - 1:number + 4])):
            yield number, "a thread starts without runtime::guarded(): what it throws would end the process"
    for begin in callbacks(text):
        head = text.rfind("\n", 0, text.rfind("\n", 0, begin) + 1) + 1
        indent = len(text[head:]) - len(text[head:].lstrip(" "))
        body = text[begin:begin + re.search(rf"\n {{{indent}}}}}|\Z", text[begin:]).start()]
        if re.search(r"\w\(", body) and not GUARD.search(body):
            yield text.count("\n", 0, begin) + 1, ("a C library's callback without runtime::guarded(): what it throws would "
                                                   "leave through the library")


def cpp_only(check: Callable[[str, str], Iterator[Finding]]) -> Callable[[str, str], Iterator[Finding]]:
    return lambda path, text: check(path, text) if is_cpp(path) else iter(())


def cmake_only(check: Callable[[str, str], Iterator[Finding]]) -> Callable[[str, str], Iterator[Finding]]:
    return lambda path, text: check(path, text) if path.endswith(("CMakeLists.txt", ".cmake")) else iter(())


def not_in_itself(check: Callable[[str, str], Iterator[Finding]]) -> Callable[[str, str], Iterator[Finding]]:
    """This file spells out what it forbids."""
    return lambda path, text: iter(()) if path == "lint/house_rules.py" else check(path, text)


@dataclass(frozen=True)
class Rule:
    name: str
    check: Callable[[str, str], Iterator[Finding]]
    bad: list[tuple[str, str]]   # (path, text): must be found
    good: list[tuple[str, str]]  # must not


RULES = [
    Rule("rooms look down", cpp_only(rooms_look_down),
         bad=[("src/language/a.h", '#include "control/event.h"\n'),
              ("src/control/a.cpp", '#include "sip/server.h"\n'),
              ("src/sip/a.cpp", '#include "http/server.h"\n'),
              ("src/http/a.cpp", '#  include "sip/server.h"\n'),
              ("src/mod_snom/a.cpp", '#include "sip/server.h"\n'),
              ("src/snomd/a.cpp", '#include "snomctl/options.h"\n'),
              ("tests/control/a_test.cpp", '#include "http/server.h"\n')],
         good=[("src/control/a.cpp", '#include "language/button.h"\n#include "control/event.h"\n#include <string>\n'),
               ("src/phone/a.cpp", '#include "sip/server.h"\n#include "http/server.h"\n'),
               ("src/snomd/a.cpp", '#include "snomd/config.h"\n#include "sip/server.h"\n')]),
    Rule("sofia-sip stays in sip/", cpp_only(includes_only_in(("sofia-sip/", "sofia-resolv/"), {"sip"},
                                                              "only sip/ knows sofia-sip")),
         bad=[("src/phone/a.cpp", "#include <sofia-sip/nta.h>\n"), ("tests/snomd/a.cpp", "#include <sofia-sip/su.h>\n")],
         good=[("src/sip/a.cpp", "#include <sofia-sip/nta.h>\n"), ("bench/a.cpp", "#include <sofia-sip/nta.h>\n")]),
    Rule("Boost stays in http/ and tls/", cpp_only(includes_only_in(("boost/",), {"http", "tls"},
                                                                    "only http/ and tls/ know Boost")),
         bad=[("src/snomd/a.cpp", "#include <boost/asio.hpp>\n"), ("src/sip/a.h", "#include <boost/beast.hpp>\n")],
         good=[("src/http/a.cpp", "#include <boost/asio.hpp>\n"), ("src/tls/a.cpp", "#include <boost/asio.hpp>\n")]),
    Rule("libcurl stays in http/ and snomctl/", cpp_only(includes_only_in(("curl/",), {"http", "snomctl"},
                                                                          "only http/ and snomctl/ know libcurl")),
         bad=[("src/control/a.cpp", "#include <curl/curl.h>\n"), ("src/snomd/a.cpp", "#include <curl/curl.h>\n")],
         good=[("src/http/a.cpp", "#include <curl/curl.h>\n")]),
    Rule("SQLite stays in store/", cpp_only(includes_only_in(("sqlite3.h", "sqlite3ext.h"), {"store"},
                                                             "only store/ knows SQLite")),
         bad=[("src/control/a.cpp", "#include <sqlite3.h>\n"), ("tests/snomd/a.cpp", "#include <sqlite3.h>\n")],
         good=[("src/store/a.cpp", "#include <sqlite3.h>\n"), ("src/snomd/a.cpp", '#include "store/sql.h"\n')]),
    Rule("FreeSWITCH stays in mod_snom/", cpp_only(includes_only_in(("switch.h", "switch_"), {"mod_snom"},
                                                                    "only mod_snom/ knows FreeSWITCH")),
         bad=[("src/control/a.cpp", "#include <switch.h>\n"), ("src/snomd/a.cpp", "#include <switch_types.h>\n")],
         good=[("src/mod_snom/a.cpp", "#include <switch.h>\n"), ("src/control/a.cpp", '#include "control/commands/command_service.h"\n')]),
    Rule("spdlog stays in programs", cpp_only(includes_only_in(("spdlog/",), set(PROGRAMS), "only programs log")),
         bad=[("src/sip/a.cpp", "#include <spdlog/spdlog.h>\n"), ("src/language/a.h", "#include <spdlog/fmt/fmt.h>\n")],
         good=[("src/snomd/a.cpp", "#include <spdlog/spdlog.h>\n")]),
    Rule("SIP headers are read by accessor",
         cpp_only(each_match(r"->\s*sip_\w+", "'{0}': struct sip_s differs between sofia-sip 1.12.11 and 1.13 under one "
                                              "SONAME; use the accessor, sip_contact(sip)")),
         bad=[("src/sip/a.cpp", "  auto* contact = sip->sip_contact;\n"), ("src/sip/a.cpp", "if (message->sip_via) {}\n")],
         good=[("src/sip/a.cpp", "  auto* contact = sip_contact(sip)->m_url;\n")]),
    Rule("floors 1 and 2 do no I/O", cpp_only(floors_one_and_two_do_no_io),
         bad=[("src/language/a.cpp", "#include <fstream>\n"), ("src/control/a.cpp", "#include <thread>\n"),
              ("src/control/a.cpp", "  auto t = std::chrono::steady_clock::now();\n")],
         good=[("src/sip/a.cpp", "#include <thread>\n"), ("src/language/a.cpp", "#include <chrono>\n")]),
    Rule("unit tests of floors 1 and 2 do not sleep", cpp_only(unit_tests_do_not_sleep),
         bad=[("tests/control/a_test.cpp", "  std::this_thread::sleep_for(1ms);\n"),
              ("tests/language/a_test.cpp", "  usleep(10);\n")],
         good=[("tests/control/a_test.cpp", "  clock.advance(1ms);\n")]),
    Rule("no TAB in C++ files", cpp_only(each_match("\t", "a TAB: indent with blanks, write \\t in text")),
         bad=[("src/sip/a.cpp", "\tint a;\n")],
         good=[("src/sip/a.cpp", '  auto a = "\\t";\n')]),
    Rule("JSON is read no deeper than the stack", cpp_only(json_is_read_no_deeper_than_the_stack),
         bad=[("src/snomd/resources/a.cpp", "  const auto body = json::parse(request.body, nullptr, false);\n"),
              ("src/store/a.cpp", "  auto a = nlohmann::json::parse(text);\n"),
              ("src/snomd/body_json.cpp", "  return nlohmann::json::parse(body, nullptr, false);\n")],
         good=[("src/snomd/a.cpp", "  const auto body = body_json(request.body);\n"),
               ("src/phone/hands.cpp", "  if (is_json_too_deep(body)) return {};\n  json::parse(body);\n"),
               ("tests/snomd/a_test.cpp", "  json::parse(text);\n")]),
    Rule("headers guard themselves", headers_guard_themselves,
         bad=[("src/sip/a.h", "int a();\n"), ("src/sip/a.h", "// #pragma once\n")],
         good=[("src/sip/a.h", "#pragma once\nint a();\n"), ("src/sip/a.cpp", "int a();\n")]),
    Rule("files stay short", files_stay_short,
         bad=[("src/sip/a.cpp", "\n" * (MAX_LINES + 1)), ("tests/e2e/a.py", "\n" * (MAX_LINES + 1))],
         good=[("src/sip/a.cpp", "\n" * MAX_LINES), ("docs/a.md", "\n" * 2000)]),
    Rule("nothing is thrown into the void", cpp_only(nothing_is_thrown_into_the_void),
         bad=[("src/sip/a.cpp", "  thread_ = std::thread([this] { run(); });\n"),
              ("src/http/a.cpp", "  thread = thread_without_signals([] { run(); });\n"),
              ("src/store/a.cpp", "    : thread_([this] { run(); }) {}\n"),
              ("src/sip/a.cpp", "int A::on(nta_agent_magic_t* magic, msg_t* message) {\n  take(message);\n  return 0;\n}\n"),
              ("src/http/a.cpp", "int take(void* user) {\n  return keep(user);\n}\nvoid f() {\n"
                                 "  option(CURLOPT_WRITEFUNCTION, take);\n}\n")],
         good=[("src/sip/a.cpp", '  thread_ = std::thread([this] { guarded("a", [this] { run(); }); });\n'),
               ("src/sip/a.cpp", "  std::thread thread_;\n"),
               ("tests/sip/a.cpp", "  std::thread t([] { run(); });\n"),
               ("src/sip/a.cpp", 'int A::on(nta_agent_magic_t* magic, msg_t* message) {\n  guarded("a", [] { take(); });\n'
                                 "  return 0;\n}\n")]),
    Rule("sources are listed", cmake_only(each_match(r"(?i)file\s*\(\s*GLOB", "{0}: name the files, one by one")),
         bad=[("src/sip/CMakeLists.txt", "file(GLOB sources *.cpp)\n"), ("cmake/a.cmake", "FILE( GLOB_RECURSE a *.cpp)\n")],
         good=[("src/sip/CMakeLists.txt", "file(READ a b)\n")]),
    Rule("no path of one machine",
         not_in_itself(each_match(r"(?<![\w.$}~-])/(work|root|tmp|home/\w+|srv)/\w", "'{0}...': a path of one machine; ask "
                                  "the build, the environment or a temporary directory for it")),
         bad=[("src/snomd/a.cpp", 'auto a = "/work/main/a";\n'), ("tests/e2e/a.py", 'open("/tmp/a")\n'),
              ("docs/a.md", "cd /home/me/mod_snom\n")],
         good=[("src/snomd/a.cpp", "/// framework/api\n"), ("tests/a.py", '"http://h/network/x"\n'),
               ("docs/a.md", "/etc/snomd/token\n")]),
]

SKIPPED = {".git", "build", "__pycache__", ".cache", "node_modules"}


def files(root: pathlib.Path) -> Iterator[pathlib.Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(set(names) - SKIPPED):  # in a worktree .git is a file
            yield pathlib.Path(folder, name)


def self_test(rules: list[Rule]) -> list[str]:
    complaints = []
    for rule in rules:
        if not rule.bad or not rule.good:
            complaints.append(f"rule '{rule.name}' has no samples to try it with")
        for path, text in rule.bad:
            if not list(rule.check(path, text)):
                complaints.append(f"rule '{rule.name}' does not find its bad sample for {path}: {text[:60]!r}")
        for path, text in rule.good:
            if list(rule.check(path, text)):
                complaints.append(f"rule '{rule.name}' finds fault with its good sample for {path}: {text[:60]!r}")
    return complaints


def findings(root: pathlib.Path) -> Iterator[str]:
    for file in files(root):
        path = file.relative_to(root).as_posix()
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, or a test's bytes
        for rule in RULES:
            for line, message in rule.check(path, text):
                yield f"{path}:{line}: {message} [{rule.name}]"


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    complaints = self_test(RULES)
    for complaint in complaints:
        print(f"lint/house_rules.py: {complaint}")
    found = [*findings(root), *pages.complaints()]
    for line in found:
        print(line)
    return 1 if complaints or found else 0


if __name__ == "__main__":
    sys.exit(main())
