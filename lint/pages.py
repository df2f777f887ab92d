#!/usr/bin/env python3
"""What the pages (*.md) mention exists: links and their anchors, paths, ./run's words, our commands, snomctl's, and in the
pages for whoever works on this the types of the code.

As house_rules.py does, it tries itself first: samples that must be found fault with, and samples that must not.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "docs", "bench", "fuzz", "lint", "words", "cmake", "packaging", "demo", ".ci")
SKIPPED = {".git", "build", "node_modules"}
# Misspelt on purpose, or FreeSWITCH's.
OTHERS_COMMANDS = {"snom_comand", "snom_status"}

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`|^ {4}(.+)$", re.MULTILINE)
A_PATH = re.compile(rf"(?<![\w./<-])((?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*<>-]+)")
A_SOURCE = re.compile(r"(?<![\w./<-])([a-z_]+/[\w/]+\.(?:h|cpp|csv))\b")  # as an #include names it
A_WORD = re.compile(r"(?<![\w/])\./run ([a-z][\w-]*)")
A_COMMAND = re.compile(r"(?<![\w/.])(snom_[a-z_]+)(?![\w.])")
SNOMCTL = re.compile(r"(?<![\w-])snomctl ([a-z][a-z-]+)")
A_TYPE = re.compile(r"^[A-Z][a-z]+(?:[A-Z][a-z]+)*$")


def anchors(text):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ +(.+?)\s*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class Tree:
    """What there is."""

    def __init__(self, root):
        self.root = root
        self.words = {file.stem for file in (root / "words").glob("*.sh")}
        self.commands = set()
        self.types = set()
        self.targets = {f"snom_{room.name}_test" for room in (root / "tests").iterdir()}
        for file in (root / "src").rglob("*.h"):
            text = file.read_text(encoding="utf-8")
            self.types.update(re.findall(r"\b(?:class|struct|enum class|using) (\w+)", text))
            if file.is_relative_to(root / "src" / "control"):
                self.commands.update(re.findall(r'"(snom_[a-z_]+)"', text))
        module = (root / "src" / "mod_snom" / "mod_snom.cpp").read_text(encoding="utf-8")
        self.commands.update(re.findall(r'SWITCH_ADD_APP\(\w+, "(snom_[a-z_]+)"', module))  # the dialplan's
        self.snomctl = set(re.findall(r'add_subcommand\("([a-z-]+)"', (root / "src/snomctl/main.cpp").read_text()))

    def has(self, path):
        path = re.sub(r"<[^>]*>", "*", path.rstrip(".,:;"))
        return any(self.root.glob(path)) if "*" in path else (self.root / path).exists()


def findings(tree, page, text):
    """page: its path from the root. Yields (line, what is wrong)."""
    where = (tree.root / page).parent

    def line(position):
        return text.count("\n", 0, position) + 1

    for match in LINK.finditer(text):
        target, _, anchor = match.group(1).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (where / target) if target else tree.root / page
        if not file.exists():
            yield line(match.start()), f"the link to {target} leads nowhere"
        elif anchor and file.suffix == ".md":
            there = text if not target else file.read_text(encoding="utf-8")
            if anchor not in anchors(there):
                yield line(match.start()), f"{target or 'this page'} has no heading for #{anchor}"
    for match in CODE.finditer(text):
        code = match.group(1) or match.group(2)
        for path in A_PATH.findall(code):
            if not tree.has(path):
                yield line(match.start()), f"there is no {path}"
        for path in A_SOURCE.findall(code):
            if not (tree.has(path) or tree.has("src/" + path)):
                yield line(match.start()), f"there is no {path} in src/"
        for word in A_WORD.findall(code):
            if word not in tree.words:
                yield line(match.start()), f"./run has no word {word}"
        for command in A_COMMAND.findall(code):
            if command not in tree.commands | tree.targets | OTHERS_COMMANDS:
                yield line(match.start()), f"there is no command {command}"
        for command in SNOMCTL.findall(code):
            if command not in tree.snomctl:
                yield line(match.start()), f"snomctl has no command {command}"
        is_ours = page == "docs/glossary.md" or page.startswith("docs/decisions/") or page == "docs/architecture.md"
        if is_ours and match.group(1) and A_TYPE.match(code) and code not in tree.types:
            yield line(match.start()), f"no type in src/ has the name {code}"


BAD = [("docs/a.md", "[x](nowhere.md)\n"), ("docs/a.md", "[x](snomd.md#no-such-heading)\n"), ("README.md", "`src/nothing.cpp`\n"),
       ("README.md", "    ./run dance\n"), ("README.md", "`snom_dance 1`\n"), ("README.md", "`snomctl dance`\n"),
       ("docs/glossary.md", "`NoSuchType`\n"), ("docs/a.md", "`control/no_such.h`\n"), ("README.md", "`tests/<room>/no*such`\n")]
GOOD = [("docs/a.md", "[x](snomd.md#http-interface) [y](https://example.com/#z)\n"), ("README.md", "`src/http/server.h` `http/server.h` `./run test`\n"),
        ("README.md", "    ./run demo --once\n`snom_bind_key 2` `snom_control_test` `snomctl apply x`\n"),
        ("docs/glossary.md", "`EventBus` `SIP`\n"),
        ("README.md", "`tests/<room>` `mod_snom.so` `snom.conf.xml`\n")]


def complaints():
    """Of this file itself, and of the pages."""
    tree = Tree(ROOT)
    for page, text in BAD:
        if not list(findings(tree, page, text)):
            yield f"lint/pages.py: does not find its bad sample {text!r}"
    for page, text in GOOD:
        for _, what in findings(tree, page, text):
            yield f"lint/pages.py: finds fault with its good sample {text!r}: {what}"
    for file in sorted(ROOT.rglob("*.md")):
        page = file.relative_to(ROOT)
        if SKIPPED.isdisjoint(page.parts):
            for number, what in findings(tree, page.as_posix(), file.read_text(encoding="utf-8")):
                yield f"{page}:{number}: {what} [pages]"
    listed = re.search(r"^words=\(([^)]*)\)", (ROOT / "run").read_text(), re.MULTILINE)
    if listed is None or set(listed.group(1).split()) != tree.words:
        yield "run: `words` and the files in words/ are not the same [pages]"


def main():
    found = list(complaints())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
