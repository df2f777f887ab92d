"""Keys that subscribe at a real Asterisk: lit by the states of custom devices behind a hint, pressed by the dialplan; and
snomphone with Asterisk's own notifier."""

import pytest

from asterisk import DOMAIN, USERS, wait_until

HINTS = "hints = true"
BLF = ("--model", "370", "--blf", f"2=sip:snom+{{user}}*2@{DOMAIN}", "--blf", f"12=sip:snom+{{user}}*12@{DOMAIN}",
       "--reboot-time", "50")


def subscribed(office, user="1000"):
    """A phone whose keys 2 and 12 are known to have subscribed."""
    snomd, phone = office.both(user, phone=BLF, more=HINTS)
    phone.wait_for("watched", key="2")
    phone.wait_for("watched", key="12")
    wait_until(lambda: all(snomd.api(f"snom_button {user}@{DOMAIN} {key} light=off").endswith("[subscription sent]")
                           for key in (2, 12)), "the subscriptions to be listed")
    return snomd, phone


def shows(phone, light, key="2"):
    wait_until(lambda: phone.key(key)["light"] == light, f"key {key} to show {light}")


@pytest.mark.parametrize("wanted,shown", [
    ("on", "on"), ("hold", "hold"), ("pickup", "pickup"), ("message", "pickup"), ("park", "hold"), ("offline", "on"),
    ("error", "hold"), ("seized", "on"), ("record", "on"),
])
def test_each_light_comes_to_a_key_that_subscribed(office, wanted, shown):
    snomd, phone = subscribed(office)
    events = office.events(snomd)
    assert snomd.api(f"snom_bind_key 2 {wanted} DND 1000 {DOMAIN} office") == (
        f"+OK 2 {wanted} DND 1000 {DOMAIN} office [subscription sent]")
    shows(phone, shown)
    assert phone.key("12")["light"] == "off", "the other one is left as it was"
    assert events.wait_for("button", key="2")["contacts"][0]["channel"] == "subscription"
    snomd.api(f"snom_clear 1000@{DOMAIN}")
    shows(phone, "off")


def test_keys_whose_names_differ_in_a_dash_alone_are_two(own_asterisk, monkeypatch):
    """In Asterisk's dialplan snom+1000-12 and snom+10001-2 are one extension: key addresses have no dash there."""
    monkeypatch.setitem(USERS, "10001", "9753")
    office = own_asterisk()
    snomd, phone = subscribed(office)
    other = office.phone("10001", *BLF)
    other.wait_for("watched", key="2")
    snomd.api(f"snom_button 1000@{DOMAIN} 12 light=on")
    shows(phone, "on", "12")
    assert other.key("2")["light"] == "off"


def test_a_key_is_right_from_its_subscription_on(office):
    snomd, phone = subscribed(office)
    snomd.api(f"snom_button 1000@{DOMAIN} 2 light=hold")
    shows(phone, "hold")
    mark = phone.out.mark()
    assert phone.get("/advanced_update.htm?reboot=Reboot").status == 200
    phone.wait_for("rebooted", since=mark)
    first = phone.wait_for("watched", key="2", since=mark)
    assert first["light"] == "hold"


def test_it_stays_right_while_snomd_restarts(office):
    snomd, phone = subscribed(office)
    snomd.api(f"snom_button 1000@{DOMAIN} 2 light=on")
    shows(phone, "on")
    snomd.stop()
    assert phone.key("2")["light"] == "on"
    snomd = office.snomd(more=HINTS)
    wait_until(lambda: snomd.api(f"snom_button 1000@{DOMAIN} 2 light=hold").endswith("[subscription sent]"), "its subscription")
    shows(phone, "hold")


def test_a_press_runs_what_is_bound(office):
    snomd, phone = subscribed(office)
    events = office.events(snomd)
    action = f"api+snom_button 1000@{DOMAIN} 12 light=hold"
    snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message {action}")
    phone.get("/press?key=P2")
    assert events.wait_for("press", key="2", accepted=True)["action"] == action
    shows(phone, "hold", "12")
    phone.wait_for("call", direction="out", status=603)
    phone.wait_for_call("idle")
    assert sum(event["event"] == "press" for event in events.inbox.items()) == 1


def test_a_key_that_calls_is_sent_on(office):
    snomd, phone = subscribed(office)
    other = office.phone("1001", "--answer-after", "0")
    snomd.api(f"snom_bind_key 2 on Bob 1000 {DOMAIN} office invite 1001")
    phone.get("/press?key=P2")
    other.wait_for_call("talking")
    phone.wait_for_call("talking")
    phone.get("/command.htm?RELEASE_ALL_CALLS")


def test_a_key_without_anything_and_another_phones(office):
    snomd, phone = subscribed(office)
    events = office.events(snomd)
    phone.get("/press?key=P2")
    assert events.wait_for("press", key="2")["accepted"] is False
    phone.wait_for("call", direction="out", status=404)
    stranger = office.phone("1001", "--model", "370", "--blf", f"2=sip:snom+1000*2@{DOMAIN}")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message api+snom_button 1000@{DOMAIN} 12 light=on")
    stranger.get("/press?key=P2")
    assert events.wait_for("press", address_of_record=f"1001@{DOMAIN}")["accepted"] is False
    stranger.wait_for("call", direction="out", status=403)
    assert phone.key("12")["light"] == "off"


def test_a_key_shows_another_phones_calls_by_asterisks_own_notifier(office):
    """No snomd: the virtual phone as any BLF key at a hint of Asterisk's."""
    phone = office.phone("1000", "--model", "370", "--blf", f"2=sip:1001@{DOMAIN}")
    phone.wait_for("watched", key="2", state="terminated")
    other = office.phone("1001")
    mark = phone.out.mark()
    answer = office.asterisk.manager.ask("Originate", Channel="PJSIP/1001", Application="Wait", Data="20", Async="true")
    assert answer["Response"] == "Success", answer
    phone.wait_for("watched", since=mark, key="2", state="early", light="pickup")
    other.wait_for_call("ringing")
    other.get("/command.htm?key=enter")
    phone.wait_for("watched", since=mark, key="2", state="confirmed", light="on")
    other.get("/command.htm?RELEASE_ALL_CALLS")
    phone.wait_for("watched", since=mark, key="2", state="terminated", light="off")
