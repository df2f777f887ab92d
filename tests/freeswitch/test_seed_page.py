"""The page of the original module, played: its demo dialplan, a key's press, a call picked up from outside."""

import pytest

from freeswitch import wait_until


def conference_has(fs, user):
    return f"/{user}@" in fs.api("conference 3000 list") or f";{user};" in fs.api("conference 3000 list")


@pytest.mark.parametrize("press_mode, number", [("reference", "snom+"), ("direct", "api+uuid_transfer ")])
def test_key_2_lights_and_its_press_moves_the_call_into_the_conference(fs, snom, es, virtual_snom, press_mode, number):
    snom(press_mode=press_mode)
    desk = virtual_snom("1000")
    desk.get("/command.htm?number=9000")
    told = es.snom_event("button", Key="2", Light="on", Confirmed="true")
    assert told["Address-Of-Record"] == "1000@example.test"
    key = desk.key("2")
    assert (key["light"], key["label"], key["action"]) == ("on", "DND", "message")
    assert key["number"].startswith(number)

    mark = es.mark()
    assert fs.api("snom_command */1000 key P2") == "+OK */1000 key P2\n"
    press = es.snom_event("press", since=mark, Key="2")
    assert press["Accepted"] == "true" and press["Action"].startswith("api+uuid_transfer ")
    wait_until(lambda: conference_has(fs, "1000"), "1000 to be in conference 3000")
    es.snom_event("button", since=mark, Key="2", Light="off", Confirmed="true")
    assert desk.key("2")["light"] == "off"
    desk.wait_for_call("talking")
    desk.get("/command.htm?key=cancel")
    desk.wait_for_call("idle")


def test_a_ringing_call_is_picked_up_from_outside(fs, snom, virtual_snom):
    snom()
    caller, desk = virtual_snom("1000"), virtual_snom("2000")
    caller.get("/command.htm?number=2000")
    desk.wait_for_call("ringing")
    assert fs.api("snom_command */2000 key enter") == "+OK */2000 key enter\n"
    desk.wait_for_call("talking")
    caller.wait_for_call("talking")
    assert fs.api("snom_command */2000@example.test key cancel").startswith("+OK")
    caller.wait_for_call("idle")


def test_a_sequence_of_keys_is_pressed_in_its_time(fs, snom, virtual_snom):
    snom()
    caller, desk = virtual_snom("1000"), virtual_snom("2000")
    caller.get("/command.htm?number=2000")
    desk.wait_for_call("ringing")
    assert fs.api("snom_command internal/2000 key enter,50,1000;cancel,50,100").startswith("+OK")
    desk.wait_for_call("talking")
    desk.wait_for_call("idle")
    desk.wait_for("key", key="CANCEL")
    assert [event["key"] for event in desk.events("key")] == ["ENTER", "CANCEL"]


def test_a_reboot_from_outside(fs, snom, virtual_snom):
    snom()
    desk = virtual_snom("1000", "--reboot-time", "200")
    mark = desk.out.mark()
    assert fs.api("snom_command */1000 action reboot") == "+OK */1000 action reboot\n"
    desk.wait_for("registered", since=mark)


def test_the_line_of_the_dialplan_answers_to_a_caller_from_the_dialplan(fs, snom, phone):
    snom()
    desk = phone("1000")
    line = "2 on 'Do not disturb' 1000 example.test internal message notused"
    assert fs.api(f"expand echo ${{snom_bind_key({line})}}").strip() == f"+OK {line}"
    assert desk.wait_message().body == "k=2\r\nc=on\r\nl=Do not disturb\r\nn=notused\r\na=message\r\n"
