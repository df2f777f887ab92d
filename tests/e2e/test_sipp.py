"""SIPp as a phone against snomd."""

import pytest

from programs import wait_until

PHONE = {"user": "1000", "domain": "example.test", "password": "1234"}
ACTION = "api+snom_bind_key 3 on Seen 1001 example.test internal"
PRESS = {"action": ACTION.replace(" ", "%20"), "key": "2"}


def test_registers_takes_a_key_and_presses_it(house):
    snomd, other = house.house_of_phones("1001")
    events = house.events(snomd)
    sipp = house.sipp(snomd.sip())

    sipp.run("register", expires="600", **PHONE)
    phone = next(phone for phone in snomd.phones() if phone["user"] == "1000")
    assert phone["user_agent"] == "snom370/8.4.35" and phone["network"] == f"127.0.0.1:{sipp.port}"
    assert 0 < phone["expires"] <= 600

    taking = sipp.listen("take_buttons")
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test internal message {ACTION}").startswith("+OK")
    sipp.finish(taking)

    sipp.run("press", **PRESS, **PHONE)
    assert events.wait_for("press", accepted=True)["key"] == "2"
    other.wait_for("button", key="3", light="on", label="Seen")


def test_registers_over_tcp_and_takes_itself_out_again(house):
    snomd = house.snomd()
    sipp = house.sipp(snomd.sip("tcp"), "tcp")
    events = house.events(snomd)
    sipp.run("register", expires="600", **PHONE)
    assert events.wait_for("registered", user="1000")["transport"] == "tcp"
    sipp.run("register", expires="0", **PHONE)
    assert events.wait_for("unregistered", user="1000")["why"] == "removed"
    assert snomd.phones() == []


def test_a_wrong_password_does_not_register(house):
    snomd = house.snomd()
    house.sipp(snomd.sip()).run("register", expires="600", answer=401, **{**PHONE, "password": "wrong"})
    assert snomd.phones() == []


def test_too_short_a_registration_is_refused(house):
    snomd = house.snomd()
    house.sipp(snomd.sip()).run("register", expires="5", answer=423, **PHONE)
    assert snomd.phones() == []


@pytest.mark.parametrize("action", [
    ACTION.replace("1001", "1002"),                   # not quite what was bound
    "api+snom_command */1001 key enter",              # a command nobody bound
    ACTION.removeprefix("api+"),
    "1001",
])
def test_a_press_of_what_was_not_bound_is_refused(house, action):
    snomd, other = house.house_of_phones("1001")
    events = house.events(snomd)
    sipp = house.sipp(snomd.sip())
    sipp.run("register", expires="600", **PHONE)
    taking = sipp.listen("take_buttons")
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test internal message {ACTION}").startswith("+OK")
    sipp.finish(taking)

    sipp.run("press", answer=403, action=action.replace(" ", "%20"), key="2", **PHONE)
    refused = events.wait_for("press", accepted=False)
    assert refused["action"] == action and refused["why"]
    assert other.state()["documents"] == 0 and other.state()["key_presses"] == 0


def test_a_key_bound_to_one_phone_cannot_be_pressed_by_another(house):
    snomd, owner = house.house_of_phones("1000")
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test internal message {ACTION}").startswith("+OK")
    thief = house.sipp(snomd.sip())
    other = {"user": "1001", "domain": "example.test", "password": "5678"}
    thief.run("register", expires="600", **other)
    events = house.events(snomd)
    thief.run("press", answer=403, **PRESS, **other)
    assert events.wait_for("press", accepted=False)["address_of_record"] == "1001@example.test"


def test_a_press_with_a_wrong_password_is_challenged_again(house):
    snomd, _ = house.house_of_phones("1000")
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test internal message {ACTION}").startswith("+OK")
    house.sipp(snomd.sip()).run("press", answer=401, **PRESS, **{**PHONE, "password": "wrong"})
    wait_until(lambda: snomd.running(), "snomd to be there")


def test_a_phone_that_answers_404_is_told_so(house):
    snomd = house.snomd()
    sipp = house.sipp(snomd.sip())
    sipp.run("register", expires="600", **PHONE)
    refusing = sipp.listen("refuse_message")
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test internal")
    sipp.finish(refusing)
    assert reply.startswith("-ERR") and "404" in reply
    assert snomd.buttons("1000@example.test") == {}
