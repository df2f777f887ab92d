#!/usr/bin/env python3
"""Makes the man pages when the programs are built: from docs/, from what the programs' --help says, and from a frame for
each page beside this file (snomd.8.md ...), so that nothing of it is written twice.

In a frame a line in braces stands for something else:
  {docs/snomd.md # Configuration}   that section of that page, with those below it; "only" behind it: without them
  {usage snomd}                     how its --help says it is called
  {options snomd}                   its options
  {words snomctl}                   its words, each with its own options and examples
"""
import argparse
import os
import pathlib
import re
import sys
import time

import helps
import roff

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MANUALS = {"1": "User Commands", "5": "File Formats", "8": "System Administration"}


def section_of(file, title, only):
    """(its level, its text without its heading)"""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    if not found:
        sys.exit(f"make_pages: {file} has no section '{title}'")
    level = len(found[1])
    end = re.search(r"^#+ " if only else rf"^#{{1,{level}}} ", text[found.end():], re.MULTILINE)
    return level, text[found.end():found.end() + end.start() if end else None]


class Maker:
    def __init__(self, programs, version, date):
        self.programs, self.version, self.date = programs, version, date

    def help(self, name, *words):
        return helps.Help(helps.ask(self.programs / name, *words))

    def make(self, frame):
        name, section = frame.name.removesuffix(".md").rsplit(".", 1)
        page = roff.Page(name, section, self.date, f"mod_snom {self.version}", MANUALS[section])
        for part in re.split(r"^(\{.+\})$", frame.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if part.startswith("{"):
                self.fill(page, part.strip("{}"))
            elif part.strip():
                page.markdown(part, first_level=1)
        return page.text()

    def fill(self, page, what):
        docs = re.fullmatch(r"(docs/\S+) # (.+?)( only)?", what)
        if docs:
            level, text = section_of(docs[1], docs[2], bool(docs[3]))
            page.markdown(text, first_level=level)
            return
        kind, name = what.split()
        {"usage": self.usage, "options": self.options, "words": self.words}[kind](page, name)

    def usage(self, page, name):
        page.paragraph(f"`{self.help(name).usage}`")

    def options(self, page, name):
        self.entries(page, self.help(name), "Options")

    @staticmethod
    def entries(page, said, kind):
        for option, text in said.entries[kind]:
            page.term(helps.term(option, roff), roff_text(text))

    def words(self, page, name, *before):
        for word, _ in self.help(name, *before).entries["Subcommands"]:
            said = self.help(name, *before, word)
            page.heading(2, f"`{said.usage.replace('[OPTIONS] ', '').replace(' [OPTIONS]', '')}`")
            page.paragraph(roff_text(said.summary))
            self.entries(page, said, "Positionals")
            said.entries["Options"] = [entry for entry in said.entries["Options"] if "--help" not in entry[0]]
            self.entries(page, said, "Options")
            if said.footer and not said.footer.startswith("Exit status"):
                page.code(said.footer.split("\n"))
            self.words(page, name, *before, word)


def roff_text(text):
    """What a program says has no Markdown in it."""
    return re.sub(r"([`*])", "", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of snomd, snomctl and snomphone")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder for the pages")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    version = re.search(r"^project\(mod_snom VERSION ([\d.]+)", cmake, re.MULTILINE)[1]
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    maker = Maker(options.programs.resolve(), version, date)
    for frame in sorted(HERE.glob("*.[158].md")):
        (options.output / frame.name.removesuffix(".md")).write_text(maker.make(frame), encoding="utf-8")


if __name__ == "__main__":
    main()
