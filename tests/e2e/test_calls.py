"""Calls between two virtual phones, and keys pressed from outside while they ring."""

import time

import pytest


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_key_answers_a_ringing_call(house, transport):
    snomd, phone, caller = house.house_of_phones("1000", "1001", transport=transport)
    caller.get("/command.htm?number=1000")
    phone.wait_for_call("ringing")
    assert snomd.api("snom_command */1000 key ENTER") == "+OK */1000 key ENTER"
    phone.wait_for_call("talking")
    caller.wait_for_call("talking")
    assert snomd.api("snom_command internal/1000@example.test key cancel").startswith("+OK")
    phone.wait_for_call("idle")
    caller.wait_for_call("idle")


def test_a_key_sequence_answers_waits_and_hangs_up(house):
    snomd, phone, caller = house.house_of_phones("1000", "1001")
    caller.get("/command.htm?number=1000")
    phone.wait_for_call("ringing")
    began = time.monotonic()
    assert snomd.api("snom_command */1000 key enter,50,1000;cancel,50,100").startswith("+OK")
    phone.wait_for_call("talking")
    phone.wait_for_call("idle")
    assert time.monotonic() - began >= 1.0  # the pause between the keys was kept
    caller.wait_for_call("idle")
    phone.wait_for("key", key="CANCEL")
    assert [event["key"] for event in phone.events("key")] == ["ENTER", "CANCEL"]


def test_a_call_to_nobody_is_told(house):
    _, caller = house.house_of_phones("1000")
    caller.get("/command.htm?number=1001")
    caller.wait_for("call", state="ended", status=480)
    mark = caller.out.mark()
    caller.get("/command.htm?number=1009")
    caller.wait_for("call", state="ended", status=404, since=mark)


def test_the_call_lists_are_cleared_by_action(house):
    snomd, phone, caller = house.house_of_phones("1000", "1001")
    caller.get("/command.htm?number=1000")
    phone.wait_for_call("ringing")
    caller.get("/command.htm?RELEASE_ALL_CALLS")
    phone.wait_for_call("idle")
    assert len(phone.state()["missed"]) == 1 and len(caller.state()["dialled"]) == 1
    assert snomd.api("snom_command */1000 action MissedDel") == "+OK */1000 action MissedDel"
    assert phone.state()["missed"] == []
    assert snomd.api("snom_command */1001 action DialedDel").startswith("+OK")
    assert caller.state()["dialled"] == []


def test_a_phone_that_rebooted_gets_its_keys_back(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    mark = phone.out.mark()
    assert snomd.api("snom_command */1000 action reboot").startswith("+OK")
    phone.wait_for("rebooting")
    phone.wait_for("registered", since=mark)
    button = phone.wait_for("button", since=mark)
    assert button["key"] == "2" and button["light"] == "on" and button["label"] == "DND"
