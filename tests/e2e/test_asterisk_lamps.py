"""Keys that show the state of an Asterisk's devices ([[lamp]]), against the double, which is no Asterisk."""

import pytest

from asterisk_office import Office
from programs import wait_until

LAMPS = """[[lamp]]
device = "Custom:DND1000"
key = "1000@example.test 2"
label = "DND"
[[lamp]]
device = "park:701@parkedcalls"
key = "1000@example.test 3"
label = "701"
who = true
[[lamp]]
device = "PJSIP/1001"
key = "1000@example.test 4"
lights = { INUSE = "record" }
"""


@pytest.fixture
def office(house):
    return Office(house)


def test_lights_are_right_from_the_start_and_follow(office):
    office.asterisk.devices["Custom:DND1000"] = "INUSE"
    phone = office.phone()
    office.snomd(extra=LAMPS)
    assert phone.wait_for("button", key="2")["light"] == "on"
    office.asterisk.set_device("Custom:DND1000", "NOT_INUSE")
    phone.wait_for("button", key="2", light="off", label="DND")
    office.asterisk.set_device("PJSIP/1001", "RINGING")
    phone.wait_for("button", key="4", light="pickup")
    office.asterisk.set_device("PJSIP/1001", "INUSE")
    phone.wait_for("button", key="4", light="record")


def test_the_label_says_who_is_parked(office):
    phone = office.phone()
    snomd = office.snomd(extra=LAMPS)
    phone.wait_for("button", key="3", light="off", label="701")
    office.asterisk.devices["park:701@parkedcalls"] = "INUSE"
    office.asterisk.event(("Event", "ParkedCall"), ("Privilege", "call,all"), ("ParkeeCallerIDNum", "2000"),
                          ("ParkeeCallerIDName", "Alice"), ("Parkinglot", "default"), ("ParkingSpace", "701"))
    phone.wait_for("button", key="3", light="park", label="701 Alice")
    office.asterisk.set_device("park:701@parkedcalls", "NOT_INUSE")
    phone.wait_for("button", key="3", light="off", label="701")
    assert snomd.buttons("1000@example.test")["3"]["set_by"] == "lamp park:701@parkedcalls"


def test_what_changed_while_the_connection_was_lost_is_shown(office):
    phone = office.phone()
    snomd = office.snomd(extra=LAMPS)
    phone.wait_for("button", key="2", light="off")
    office.asterisk.stop_manager()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's manager" in line, "a line of the log")
    office.asterisk.devices["Custom:DND1000"] = "INUSE"
    office.asterisk.start_manager()
    phone.wait_for("button", key="2", light="on")


def test_an_event_that_a_phone_forged_lights_nothing(office):
    phone = office.phone()
    office.snomd(extra=LAMPS)
    phone.wait_for("button", key="2", light="off")
    questions = len([action for action, _ in office.asterisk.sent if action == "Getvar"])
    office.asterisk.event(("Event", "DeviceStateChange"), ("Device", "Custom:DND1000"), ("State", "INUSE"))
    wait_until(lambda: len([action for action, _ in office.asterisk.sent if action == "Getvar"]) > questions,
               "the state to be asked for")
    assert phone.key("2")["light"] == "off"


def test_a_phone_that_is_away_gets_its_lights_when_it_comes(office):
    office.asterisk.devices["Custom:DND1000"] = "INUSE"
    snomd = office.snomd(extra=LAMPS)
    wait_until(lambda: snomd.buttons("1000@example.test").get("2"), "the key to be wanted")
    office.phone().wait_for("button", key="2", light="on", label="DND")
