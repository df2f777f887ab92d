"""The dialplan that is handed out (packaging/asterisk) on a real Asterisk: it lights keys by CURL() and by snomctl."""

import pathlib
import socket

import pytest

from asterisk import DOMAIN, free_port, wait_until
from programs import BIN

HANDED_OUT = pathlib.Path(__file__).resolve().parents[2] / "packaging/asterisk/extensions_snom.conf"


@pytest.fixture
def office(own_asterisk):
    """An Office whose phones have the dialplan, and snomd where it expects it."""
    port = free_port(socket.SOCK_STREAM)
    text = HANDED_OUT.read_text()
    for there, here in {"127.0.0.1:8080": f"127.0.0.1:{port}", "pbx.example": DOMAIN,
                        "/usr/bin/snomctl": str(BIN / "snomctl")}.items():
        assert there in text
        text = text.replace(there, here)
    office = own_asterisk(DIALPLAN=f"include => snom\n{text}")
    office.http = f"127.0.0.1:{port}"
    return office


def dial(snomd, phone, key, number):
    """Gives the phone's key that number to call, and presses it."""
    assert snomd.api(f"snom_bind_key {key} off Dial {phone.user} {DOMAIN} office invite '{number}'").startswith("+OK")
    phone.wait_for("button", key=str(key), number=number)
    assert phone.get(f"/command.htm?key=P{key}").status == 200


def again(phone, key):
    phone.wait_for_call("idle")
    assert phone.get(f"/command.htm?key=P{key}").status == 200


def test_do_not_disturb(office):
    phone = office.phone()
    snomd = office.snomd(http=office.http)
    dial(snomd, phone, 2, "*78")
    phone.wait_for("button", key="2", light="on")
    assert "INUSE" == office.asterisk.manager.ask("Getvar", Variable="DEVICE_STATE(Custom:DND1000)")["Value"]
    mark = phone.out.mark()
    again(phone, 2)
    phone.wait_for("button", since=mark, key="2", light="off")


def test_night_for_everybody_by_snomctl(office):
    phone, other = office.phone("1000"), office.phone("1001")
    snomd = office.snomd(http=office.http)
    dial(snomd, phone, 6, "*28")
    phone.wait_for("button", key="5", light="on")
    other.wait_for("button", key="5", light="on")


def test_a_pause_in_a_queue(office):
    phone = office.phone("1001")
    snomd = office.snomd(http=office.http)
    dial(snomd, phone, 6, "*46")
    phone.wait_for("button", key="3", light="on", label="Pause")
    again(phone, 6)
    phone.wait_for("button", key="3", light="off", label="Support")


def test_parking(office):
    phone, other = office.phone("1000"), office.phone("1001")
    snomd = office.snomd(http=office.http)
    dial(snomd, other, 6, "*85")
    phone.wait_for("button", key="4", light="park", label="701")
    manager = office.asterisk.manager
    wait_until(lambda: manager.ask("Getvar", Variable="DEVICE_STATE(park:701@parkedcalls)").get("Value") == "INUSE",
               "the space to be taken")
    other.get("/command.htm?RELEASE_ALL_CALLS")
    phone.wait_for("button", key="4", light="off", label="701")


def test_presses(office):
    phone = office.phone()
    snomd = office.snomd(http=office.http, more='feature_prefix = "*90"')
    action = f"api+snom_bind_key 2 off DND 1000 {DOMAIN} office message notused"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message {action}").startswith("+OK")
    phone.wait_for("button", key="2", light="on")
    phone.get("/command.htm?key=P2")
    phone.wait_for("button", key="2", light="off")
