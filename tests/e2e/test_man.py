"""The man pages, as the packages have them: made of docs/ and of what the programs say of themselves, all of it."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from programs import BIN, HOME, LIMIT

PAGES = ("snomd.8", "snomd.toml.5", "snomctl.1", "snomphone.1")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, HOME / "packaging" / "man" / "make_pages.py", "--programs", BIN, "--output", folder],
                   check=True, timeout=6 * LIMIT, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})
    return folder


def plain(page):
    """Without what roff adds: for looking words up."""
    return re.sub(r"\\f[BRI]", "", page.read_text()).replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\(ti", "~")


def test_there_is_a_page_for_each_program_and_for_the_configuration(pages):
    assert sorted(page.name for page in pages.iterdir()) == sorted(PAGES)
    for page in PAGES:
        name = page.rsplit(".", 1)[0]
        text = (pages / page).read_text()
        assert text.startswith(f'.TH {name.upper()} {page[-1]} "2026-01-01" "mod_snom ')
        assert re.search(rf"^\.SH NAME\n{re.escape(name)} - ", text, re.MULTILINE)
        assert "{docs/" not in text and "](" not in text and "`" not in text


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_finds_no_fault(pages, page):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed here")
    done = subprocess.run(["mandoc", "-T", "lint", pages / page], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("page", PAGES)
def test_man_warns_of_nothing(pages, page):
    if not shutil.which("man") or not shutil.which("groff"):
        pytest.skip("man or groff is not installed here")
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", pages / page], capture_output=True, text=True,
                          timeout=LIMIT, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANPAGER": "cat"})
    assert done.returncode == 0 and done.stderr == "" and len(done.stdout) > 1000, done.stderr


def help_of(program, *words):
    done = subprocess.run([BIN / program, *words, "--help"], capture_output=True, text=True, timeout=LIMIT, check=True)
    return done.stdout


def words_below(program, *words):
    """All words of a program, with those below them."""
    found, inside = [words], False
    for line in help_of(program, *words).splitlines():
        inside = line == "Subcommands:" or (inside and line.startswith("  "))
        word = re.match(r"  ([a-z][a-z-]*)", line)
        if inside and word:
            found += words_below(program, *words, word[1])
    return found


@pytest.mark.parametrize("program, page", [("snomd", "snomd.8"), ("snomctl", "snomctl.1"), ("snomphone", "snomphone.1")])
def test_every_word_and_option_of_a_program_is_in_its_page(pages, program, page):
    text = plain(pages / page)
    for words in words_below(program):
        if words:
            assert " ".join((program, *words)) in text
        for option in re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", help_of(program, *words), re.MULTILINE):
            assert re.search(rf"^(?:-\w, )?{option}\b", text, re.MULTILINE), f"{page} has no {option} of {words}"


def settings_of(table, tmp_path):
    """What the reader of the configuration itself says that this table may have."""
    path = tmp_path / "snomd.toml"
    path.write_text(f"{table}\nnosuch = 1\n" if table else "nosuch = 1\n")
    done = subprocess.run([BIN / "snomd", "--check-config", "--config", path], capture_output=True, text=True, timeout=LIMIT,
                          check=False)
    found = re.search(r"has no setting 'nosuch' \(it has (.+)\)", done.stderr)
    return found and found[1].split(", ")


def test_every_setting_that_is_read_is_in_the_page_of_the_configuration(pages, tmp_path):
    text = plain(pages / "snomd.toml.5")
    profile = '[[profile]]\nname = "a"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "a"\n'
    seen = 0
    for table in settings_of("", tmp_path):
        known = next(filter(None, (settings_of(header, tmp_path) for header in
                                   (f"[[{table}]]", f"[{table}]", f"{profile}[[{table}]]", f"{profile}[{table}]"))), None)
        assert known, f"the reader does not tell what [{table}] has"
        assert re.search(rf"\[{table}\]", text), f"snomd.toml.5 has no [{table}]"
        for setting in known:
            assert re.search(rf"\b{setting}\b", text), f"snomd.toml.5 has no {setting} of [{table}]"
            seen += 1
    assert seen > 60
