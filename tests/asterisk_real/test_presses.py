"""Presses as calls to a feature code of a real Asterisk's dialplan."""

import pathlib
import re
import sys

from asterisk import DOMAIN, wait_until

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "freeswitch"))  # a phone on a bare socket

from sip_phone import SipPhone  # noqa: E402

PREFIX = 'feature_prefix = "*90"'


def bind(snomd, key, user, action):
    reply = snomd.api(f"snom_bind_key {key} on Key {user} {DOMAIN} office message {action}")
    assert reply.startswith("+OK"), reply


def test_a_press_runs_what_was_bound(office):
    snomd, phone = office.both(more=PREFIX)
    events = office.events(snomd)
    action = f"api+snom_bind_key 2 off DND 1000 {DOMAIN} office message notused"
    bind(snomd, 2, "1000", action)
    key = phone.wait_for("button", key="2", light="on")
    assert key["action"] == "invite" and re.fullmatch(r"\*90\d{20}", key["number"])
    assert phone.get("/command.htm?key=P2").status == 200
    press = events.wait_for("press", key="2", accepted=True)
    assert press["action"] == action
    phone.wait_for("button", key="2", light="off")
    phone.wait_for_call("idle")


def test_a_code_is_of_no_use_to_another_phone(office):
    first, second = office.phone("1000"), office.phone("1001")
    snomd = office.snomd(more=PREFIX)
    events = office.events(snomd)
    bind(snomd, 2, "1000", f"api+snom_bind_key 3 on Pressed 1000 {DOMAIN} office message notused")
    code = first.wait_for("button", key="2")["number"]
    # The other one dials it: its key is given that number to call.
    assert snomd.api(f"snom_bind_key 4 on Stolen 1001 {DOMAIN} office invite {code}").startswith("+OK")
    second.wait_for("button", key="4", number=code)
    second.get("/command.htm?key=P4")
    assert events.wait_for("press", address_of_record=f"1001@{DOMAIN}")["accepted"] is False
    assert first.key("3")["light"] != "on"


class Registrar:
    """What a bare phone has to know of who it registers with."""

    def __init__(self, asterisk):
        self.sip = ("127.0.0.1", asterisk.sip_port)
        self.users = asterisk.users


def test_an_event_that_a_phone_forges_makes_nobody_registered(office):
    """Asterisk writes a line end in a Request-URI raw: whole events of anybody's making."""
    snomd, phone = office.both(more=PREFIX)
    forger = SipPhone(Registrar(office.asterisk), "1001").register()
    office._closing.append(forger.close)
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    before = {(one["user"], one["contact"]) for one in snomd.phones()}
    mark = office.asterisk.manager.mark()
    uri = f"sip:*90%0D%0A%0D%0AEvent%3A%20ContactList%0D%0AEndpoint%3A%201000%0D%0AUri%3A%20sip%3Ax%40y%0D%0A%0D%0A@{DOMAIN}"
    call_id = "forged-call"
    more = f"Contact: {forger.contact}\r\n"
    response = forger._request("INVITE", uri, uri, more=more, call_id=call_id)
    forger._request("INVITE", uri, uri, forger._authorization(response, "INVITE", uri), more, call_id=call_id)
    office.asterisk.manager.wait_for(lambda m: m.get("Event") == "ContactList" and m.get("Uri") == "sip:x@y",
                                     "the forged event", since=mark)
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").startswith("+OK")
    assert {(one["user"], one["contact"]) for one in snomd.phones()} == before
    forger.register(expires=0)
