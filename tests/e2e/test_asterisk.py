"""snomd beside an Asterisk: against a double (asterisk_double.py, which is no Asterisk); tests/asterisk_real has a real one."""

import json
import socket

import pytest

from asterisk_office import Office
from programs import free_port, wait_until


@pytest.fixture
def office(house):
    return Office(house)


def test_a_phone_that_is_registered_there_gets_a_light(office):
    snomd, phone = office.both()
    listed = snomd.phones()[0]
    assert listed["user"] == "1000" and listed["profile"] == "office"
    assert listed["user_agent"].startswith("snom")
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    assert reply == "+OK 2 on DND 1000 example.test office message notused [sent]"
    phone.wait_for("button", key="2", light="on", label="DND")
    assert snomd.buttons("1000@example.test")["2"]["contacts"][0]["status"] == 0


def test_one_who_registers_later_gets_what_is_wanted_of_it(office):
    snomd = office.snomd()
    wait_until(lambda: snomd.api("snom_button 1000 2 light=on label=DND").startswith("+OK"), "the account to be known")
    phone = office.phone()
    phone.wait_for("button", key="2", light="on", label="DND")


def asked(office, wanted):
    return len([action for action, _ in office.asterisk.sent if action == wanted])


def test_one_who_registers_is_asked_for_by_himself(office):
    snomd, _ = office.both()
    lists = asked(office, "PJSIPShowContacts")
    office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "the second phone to be known")
    assert (asked(office, "DBGet"), asked(office, "PJSIPShowContacts")) == (1, lists)


def test_one_who_registers_is_listed_where_asterisk_keeps_contacts_elsewhere(office):
    office.asterisk.contacts_in_database = False
    snomd, _ = office.both()
    office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "the second phone to be known")


def test_one_who_left_is_not_registered(office):
    snomd, phone = office.both()
    events = office.house.events(snomd)
    phone.stop()
    events.wait_for("unregistered")
    assert snomd.phones() == []
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test office").startswith("-ERR user")


def test_many_keys_go_in_parts_that_are_whole_keys(office):
    snomd, phone = office.both()
    labels = {str(key): f"Label of the key number {key}, quite long" for key in range(1, 13)}
    keys = " ".join(f"{key} light=on label='{label}'" for key, label in labels.items())
    reply = snomd.api(f"snom_button 1000 {keys}")
    assert reply.startswith("+OK") and reply.endswith("[sent]"), reply
    for key, label in labels.items():
        phone.wait_for("button", key=key, label=label)
    assert len([action for action, _ in office.asterisk.sent if action == "MessageSend"]) > 1


def test_a_key_of_a_list_that_was_only_sent_is_not_said_to_be_there(office):
    snomd, phone = office.both()
    answer = snomd.request("PUT", "/v1/phones/1000@example.test/buttons", body='[{"key": "2", "label": "DND"}]')
    phone.wait_for("button", key="2", label="DND")
    (key,) = json.loads(answer.body)["buttons"]
    assert (answer.status, key["status"], key["ok"], key["button"]["state"]) == (200, 202, True, "pending")
    assert key["detail"] == "sent, and nobody tells what the phone says of it"


def test_snom_command_goes_by_notify(office):
    snomd, phone = office.both(phone=("--model", "D862"), extra='[[channel]]\nchannel = "notify"\n')
    snomd.api("snom_bind_key 1 on One 1000 example.test office message notused")
    reply = snomd.api("snom_command */1000 key P1")
    assert reply.startswith("+OK") and "[notify sent]" in reply, reply
    phone.wait_for("key", key="P1")


def test_a_silent_connection_comes_back_and_the_keys_with_it(office):
    snomd, phone = office.both()
    snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    phone.wait_for("button", key="2", light="on")
    office.asterisk.stop_manager()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's manager" in line, "a line of the log")
    reply = snomd.api("snom_bind_key 3 on Three 1000 example.test office message notused")
    assert reply.startswith("-ERR key 3") and "no connection to Asterisk's manager" in reply, reply
    mark = phone.out.mark()
    office.asterisk.start_manager()
    phone.wait_for("button", since=mark, key="2", light="on")
    phone.wait_for("button", since=mark, key="3", light="on", label="Three")


def test_a_restart_that_shows_in_a_later_expiration_only_brings_the_keys_back(office):
    office.asterisk.endpoints = ("1000",)
    snomd, phone = office.both(more="list_s = 1")
    snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    phone.wait_for("button", key="2", light="on")
    mark = phone.out.mark()
    for contact in office.asterisk.contacts.values():
        contact["ExpirationTime"] = str(int(contact["ExpirationTime"]) + 100)
    phone.wait_for("button", since=mark, key="2", light="on")


def test_one_that_asterisk_does_not_reach_is_offline_and_gets_its_keys_when_it_is_back(office):
    snomd, phone = office.both(more="list_s = 1")
    office.asterisk.unreachable.add("1000")
    office.asterisk.event(("Event", "ContactStatus"), ("ContactStatus", "Unreachable"), ("AOR", "1000"))
    wait_until(lambda: "offline" in snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused"),
               "the phone to be offline")
    office.asterisk.unreachable.clear()
    phone.wait_for("button", key="2", light="on")


def test_a_wrong_secret_is_said_and_is_in_no_log(office):
    snomd = office.snomd(secret="not the right one")
    line = snomd.err.wait_for(lambda text: "refuses the login" in text, "a line of the log")
    assert "ami_user 'snomd': Authentication failed" in line
    assert "not the right one" not in snomd.log()


def test_an_event_that_a_phone_forged_makes_nobody_registered(office):
    snomd, _ = office.both()
    office.asterisk.raw_event("Event: UserEvent\r\nExten: x\r\n\r\nEvent: ContactList\r\nObjectName: 1001;@0\r\n"
                              "Endpoint: 1001\r\nUri: sip:mallory@127.0.0.1:9\r\n\r\n"
                              "Event: ContactStatus\r\nURI: sip:mallory@127.0.0.1:9\r\nContactStatus: NonQualified\r\n"
                              "AOR: 1001\r\n\r\n")
    lists = asked(office, "PJSIPShowContacts")
    wait_until(lambda: asked(office, "PJSIPShowContacts") > lists, "the list to be asked for")
    assert [phone["user"] for phone in snomd.phones()] == ["1000"]


def test_snomd_ends_while_asterisk_is_silent(office):
    snomd, _ = office.both()
    snomd.stop()


def test_a_press_is_a_call_that_the_dialplan_tells_of(office):
    snomd, phone = office.both(more='feature_prefix = "*90"')
    events = office.house.events(snomd)
    action = "api+snom_bind_key 2 off DND 1000 example.test office message notused"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test office message {action}").startswith("+OK")
    key = phone.wait_for("button", key="2", light="on")
    assert key["action"] == "invite" and key["number"].startswith("*90") and len(key["number"]) == 23
    assert snomd.buttons("1000@example.test")["2"]["number"] == action
    assert phone.get("/command.htm?key=P2").status == 200
    press = events.wait_for("press", key="2", accepted=True)
    assert press["action"] == action and press["address_of_record"] == "1000@example.test"
    phone.wait_for("button", key="2", light="off")
    phone.wait_for_call("idle")


def test_a_code_is_good_for_the_phone_that_it_was_told_and_once_bound(office):
    snomd, phone = office.both(more='feature_prefix = "*90"')
    office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    events = office.house.events(snomd)
    action = "api+snom_bind_key 3 on Pressed 1000 example.test office message notused"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test office message {action}").startswith("+OK")
    code = phone.wait_for("button", key="2")["number"]
    mark = events.mark()
    office.asterisk.forge_press(code, "PJSIP/1001-00000009")
    office.asterisk.forge_press(code, "PJSIP/nobody-00000009")
    office.asterisk.forge_press("*90" + "1" * 20)
    refused = events.wait_for("press", since=mark, address_of_record="1001@example.test")
    assert refused["accepted"] is False
    assert events.wait_for("press", since=mark, address_of_record="1000@example.test")["accepted"] is False
    assert phone.key("3")["light"] != "on"
    office.asterisk.forge_press(code)
    phone.wait_for("button", key="3", light="on")


def test_many_wrong_codes_are_not_looked_at(office):
    snomd, phone = office.both(more='feature_prefix = "*90"')
    events = office.house.events(snomd)
    for number in range(300):
        office.asterisk.forge_press(f"*90{number:020}")
    line = snomd.err.wait_for(lambda text: "wrong press codes" in text, "a line of the log")
    assert "profile office: more than 100 wrong press codes within a second" in line
    assert len([event for event in events.inbox.items() if event["event"] == "press"]) <= 200


@pytest.fixture
def hep(office):
    """Settings of a profile that takes copies, and the double sends them."""
    office.asterisk.hep_port = free_port(socket.SOCK_DGRAM)
    return f'hep = "udp:127.0.0.1:{office.asterisk.hep_port}"'


def test_with_copies_the_phones_answer_is_told(office, hep):
    snomd, phone = office.both(more=hep)
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    assert reply == "+OK 2 on DND 1000 example.test office message notused"
    assert snomd.buttons("1000@example.test")["2"]["state"] == "confirmed"
    assert phone.key("2")["light"] == "on"


def test_with_copies_a_refusal_is_one(office, hep):
    snomd, _ = office.both(more=hep, phone=("--fault", "buttons=488"))
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    assert reply.startswith("-ERR key 2") and "488" in reply, reply


def test_with_copies_silence_is_silence(office, hep):
    snomd, phone = office.both(more=hep, extra="[limits]\nanswer_timeout_ms = 500\n")
    phone.process.kill()
    phone.ended()
    office.house._closing.remove(phone.stop)
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    assert reply.startswith("-ERR key 2") and "no answer within 0.5 s" in reply, reply


def test_where_no_copies_come_nothing_more_is_told(office, hep):
    office.asterisk.hep_port = None
    snomd, phone = office.both(more=hep, extra="[limits]\nanswer_timeout_ms = 500\n")
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused").endswith("[sent]")
    assert phone.key("2")["light"] == "on"


def test_with_copies_what_asterisk_does_not_answer_was_not_sent(office, hep):
    snomd, _ = office.both(more=hep, extra="[limits]\nanswer_timeout_ms = 500\n")
    office.asterisk._on_MessageSend = lambda *_: None
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused")
    assert reply.startswith("-ERR key 2") and "no answer of Asterisk's manager within 0.5 s" in reply, reply


def test_copies_without_the_password_are_none(office, hep):
    (office.house.folder / "hep.password").write_text("hush\n")
    snomd, phone = office.both(more=hep + '\nhep_password_file = "hep.password"',
                               extra="[limits]\nanswer_timeout_ms = 500\n")
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test office message notused").endswith("[sent]")
    office.asterisk.hep_password = "hush"
    reply = snomd.api("snom_bind_key 3 on DND 1000 example.test office message notused")
    assert reply == "+OK 3 on DND 1000 example.test office message notused"


def test_an_endpoint_of_several_users_presses_the_keys_of_each(office):
    phones = {user: office.phone(user) for user in ("1002", "1003")}
    office.asterisk.endpoints = ("desk",)
    for contact in office.asterisk.contacts.values():
        contact["Endpoint"] = "desk"
    snomd = office.snomd(more='feature_prefix = "*90"')
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    for user, phone in phones.items():
        action = f"api+snom_button {user}@example.test 3 light=on"
        assert snomd.api(f"snom_bind_key 2 on DND {user} example.test office message {action}").startswith("+OK")
        office.asterisk.forge_press(phone.wait_for("button", key="2")["number"], "PJSIP/desk-00000009")
        phone.wait_for("button", key="3", light="on")
