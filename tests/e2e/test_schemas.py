"""The documents that phones are sent, which the unit tests hold to be these bytes, judged by grammars written from the
RFCs."""

import pathlib
import shutil
import subprocess

import pytest

LANGUAGE = pathlib.Path(__file__).resolve().parents[1] / "language"
DOCUMENTS = sorted([*(LANGUAGE / "golden").glob("*.dialog_info"), *(LANGUAGE / "golden").glob("*.pidf")])
GRAMMARS = {".dialog_info": "dialog-info.rng", ".pidf": "pidf.rng"}


def judge(grammar, document):
    xmllint = shutil.which("xmllint")
    assert xmllint, "xmllint is not installed: './run test' installs it (packaging/debian-packages)"
    return subprocess.run([xmllint, "--noout", "--nonet", "--relaxng", LANGUAGE / "schemas" / grammar, "-"],
                          input=document, capture_output=True, text=True, timeout=10, check=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_as_its_rfc_says(document):
    judged = judge(GRAMMARS[document.suffix], document.read_text())
    assert judged.returncode == 0, judged.stderr


@pytest.mark.parametrize("wrong", [
    ("<state>confirmed</state>", "<state>busy</state>"),
    ('state="full"', 'state="some"'),
    ('version="1"', 'version="4294967296"'),
    ('version="1"', ""),
    ("<state>confirmed</state>", "<local/><state>confirmed</state>"),
])
def test_the_grammar_refuses_what_is_none(wrong):
    text = (LANGUAGE / "golden" / "key_on.dialog_info").read_text()
    assert text.count(wrong[0]) == 1
    assert judge("dialog-info.rng", text.replace(*wrong)).returncode != 0


def test_there_are_documents():
    assert {path.suffix for path in DOCUMENTS} == set(GRAMMARS)
