"""The pages' Markdown as a man page (man(7)): headings, paragraphs, lists, tables, code. A table's row becomes what its
first cell says with the others below it, since no terminal is as wide as a table of sentences."""
import re
import textwrap

WIDTH = 78
ESCAPES = {"\\": r"\e", "~": r"\(ti", "^": r"\(ha", "`": r"\(ga"}
INLINE = re.compile(r"(`+)(?P<code>.+?)\1|\*\*(?P<bold>.+?)\*\*|\[(?P<text>[^\]]*)\]\([^)\s]*\)")


def escape(text):
    return re.sub(r"[\\~^`]", lambda match: ESCAPES[match.group()], text)


def code(text):
    """As it is typed: minus and apostrophe are not those of a book."""
    return escape(text).replace("-", r"\-").replace("'", r"\(aq")


def inline(text):
    parts, end = [], 0
    for match in INLINE.finditer(text):
        parts.append(escape(text[end:match.start()]))
        if match["code"] is not None:
            parts.append(rf"\fB{code(match['code'])}\fR")
        elif match["bold"] is not None:
            parts.append(rf"\fB{inline(match['bold'])}\fR")
        else:
            parts.append(inline(match["text"]))
        end = match.end()
    return "".join(parts) + escape(text[end:])


def lines(text):
    """As lines of roff, none of which is a request by accident."""
    wrapped = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [(r"\&" + line if line[0] in ".'" else line) for line in wrapped]


class Page:
    def __init__(self, name, section, date, source, manual):
        self.out = [rf'.TH {name.upper()} {section} "{date}" "{source}" "{manual}"']
        self.fresh = True  # right behind a heading: a paragraph begins there by itself

    def text(self):
        return "\n".join(self.out) + "\n"

    def heading(self, level, text):
        self.out.append(f".SH {text.upper()}" if level == 1 else f".SS {inline(text)}")
        self.fresh = True

    def _begin(self):
        if not self.fresh:
            self.out.append(".PP")
        self.fresh = False

    def paragraph(self, text):
        self._begin()
        self.out += lines(inline(text))

    def item(self, text):
        self.out += [r".IP \(bu 2", *lines(inline(text))]
        self.fresh = False

    def term(self, term, text):
        """`term` is roff already."""
        self.out += [".TP", *lines(term), *lines(inline(text))]
        self.fresh = False

    def code(self, rows):
        self._begin()
        self.out += [".RS 4", ".EX", *((r"\&" if row[:1] in (".", "'") else "") + code(row) for row in rows), ".EE", ".RE"]

    def markdown(self, text, first_level):
        """A heading of `first_level` number signs is a section (.SH), deeper ones are subsections."""
        for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")):
            self._block(block.split("\n"), first_level)

    def _block(self, rows, first_level):
        if re.match(r"#+ ", rows[0]):
            signs, title = rows[0].split(" ", 1)
            self.heading(1 if len(signs) <= first_level else 2, title)
            rows = rows[1:]
        if not rows or rows[0].startswith("!["):
            return
        if rows[0].startswith("    "):
            self._code_block(rows)
        elif rows[0].startswith("|"):
            self._table(rows)
        elif re.match(r"- |\d+\. ", rows[0]):
            for item in re.split(r"\n(?:- |\d+\. )", "\n" + "\n".join(rows))[1:]:
                self.item(" ".join(item.split()))
        else:
            self.paragraph(" ".join(" ".join(rows).split()))

    def _code_block(self, rows):
        rows = [row[4:] for row in rows]
        if self.out[-2:] == [".EE", ".RE"]:  # an empty line in code
            del self.out[-2:]
            self.out += ["", *((r"\&" if row[:1] in (".", "'") else "") + code(row) for row in rows), ".EE", ".RE"]
        else:
            self.code(rows)

    def _table(self, rows):
        for row in rows[2:]:
            cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
            rest = "; ".join(cell for cell in cells[1:] if cell)
            self.term(inline(cells[0]) or r"\&", rest or r"-")
