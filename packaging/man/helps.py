"""What a program's --help says, as a part of its man page."""
import itertools
import re
import subprocess

SECTION = re.compile(r"^(?:  )?(Options|Subcommands|Positionals):$")
ENTRY = re.compile(r"^ {2,4}(-?\S.*?)(?: {2,}(\S.*))?$")
MORE = re.compile(r"^ {20,}(\S.*)$")


def ask(program, *words):
    """Its help. The program is run by its own name, which it repeats."""
    done = subprocess.run([program.name, *words, "--help"], executable=program, capture_output=True, text=True, timeout=60,
                          check=True)
    return done.stdout


class Help:
    def __init__(self, text):
        self.summary, self.usage, self.footer = "", "", ""
        self.entries = {"Options": [], "Subcommands": [], "Positionals": []}  # (name, what it is)
        self._read(text.rstrip("\n").split("\n"))

    def _read(self, rows):
        section, before, after = None, [], []
        for row in rows:
            if row.startswith("Usage:"):
                self.usage = row.removeprefix("Usage:").strip()
            elif SECTION.match(row):
                section = self.entries[SECTION.match(row).group(1)]
            elif section and MORE.match(row):
                name, what = section[-1]
                section[-1] = (name, f"{what} {row.strip()}".strip())
            elif section is not None and ENTRY.match(row) and not row.strip().startswith("["):
                section.append((ENTRY.match(row).group(1), ENTRY.match(row).group(2) or ""))
            elif row.startswith("[") or row.strip().startswith("[Exactly"):
                continue
            elif section is None and not self.usage:
                before.append(row)
            elif row.strip() or after:
                section = None if row[:1] not in ("", " ") else section
                after.append(row)
        self.summary = " ".join(before).strip()
        self.footer = "\n".join(after).strip("\n")


def term(name, roff):
    """'--role TEXT:{a,b} REQUIRED': what is typed bold, what stands for something not."""
    words = name.replace(",--", ", --").split(" ")
    typed = list(itertools.takewhile(lambda word: word.startswith("-"), words)) or words[:1]
    rest = " ".join(words[len(typed):]).replace(" REQUIRED", " (required)").replace("REQUIRED", "(required)")
    return (", ".join(rf"\fB{roff.code(word.rstrip(','))}\fR" for word in typed) + (" " + roff.code(rest) if rest else ""))
