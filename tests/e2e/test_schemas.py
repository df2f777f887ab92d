"""The documents that phones are sent, which the unit tests hold to be these bytes, judged by grammars written from the
RFCs."""

import email
import email.policy
import pathlib
import re
import shutil
import subprocess

import pytest

LANGUAGE = pathlib.Path(__file__).resolve().parents[1] / "language"
GRAMMARS = {".dialog_info": "dialog-info.rng", ".pidf": "pidf.rng", ".rlmi": "rlmi.rng"}
TYPES = {"application/dialog-info+xml": "dialog-info.rng", "application/rlmi+xml": "rlmi.rng"}
DOCUMENTS = sorted(path for suffix in GRAMMARS for path in (LANGUAGE / "golden").glob("*" + suffix))


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


def test_each_part_of_a_list_is_as_its_rfc_says():
    """Taken apart by Python's own reader of MIME."""
    message = email.message_from_bytes((LANGUAGE / "golden" / "keys_full.related").read_bytes(),
                                       policy=email.policy.SMTP)
    assert message.get_content_type() == "multipart/related" and not message.defects
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["application/rlmi+xml"] + ["application/dialog-info+xml"] * 2
    assert message.get_param("start") == parts[0]["Content-ID"] and message.get_param("type") == "application/rlmi+xml"
    texts = [part.get_payload(decode=True).decode() for part in parts]
    for part, text in zip(parts, texts):
        assert not part.defects
        judged = judge(TYPES[part.get_content_type()], text)
        assert judged.returncode == 0, judged.stderr
    named = re.findall('cid="([^"]*)"', texts[0])
    assert [f"<{name}>" for name in named] == [part["Content-ID"] for part in parts[1:]]


@pytest.mark.parametrize("wrong", [
    ('fullState="true"', ""),
    ('fullState="true"', 'fullState="yes"'),
    ('version="0"', 'version="-1"'),
    ('state="active"', 'state="busy"'),
    (' id="1"', ""),
])
def test_the_grammar_of_lists_refuses_what_is_none(wrong):
    text = (LANGUAGE / "golden" / "keys_full.rlmi").read_text()
    assert text.count(wrong[0]) == 1
    assert judge("rlmi.rng", text.replace(*wrong)).returncode != 0


def test_there_are_documents():
    assert {path.suffix for path in DOCUMENTS} == set(GRAMMARS)
