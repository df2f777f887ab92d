"""Keys that subscribe at an Asterisk: against a double (asterisk_double.py, which is no Asterisk); tests/asterisk_real has the
same with a real one."""

import pytest

from asterisk_office import Office
from programs import wait_until

HINTS = "hints = true"
BLF = ("--model", "370", "--blf", "2=sip:snom+{user}*2@example.test")


@pytest.fixture
def office(house):
    return Office(house)


def subscribed(office, **more):
    """A phone whose key 2 is known to have subscribed."""
    snomd, phone = office.both(phone=BLF, more=HINTS + "\nlist_s = 1", **more)
    phone.wait_for("watched", key="2")
    wait_until(lambda: snomd.api("snom_button 1000@example.test 2 light=off").endswith("[subscription sent]"),
               "the subscription to be listed")
    return snomd, phone


def presses(events):
    return sum(event["event"] == "press" for event in events.inbox.items())


@pytest.mark.parametrize("wanted,shown", [("on", "on"), ("hold", "hold"), ("pickup", "pickup"), ("park", "hold"), ("record", "on")])
def test_a_key_shows_its_light(office, wanted, shown):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    assert snomd.api(f"snom_bind_key 2 {wanted} DND 1000 example.test office") == (
        f"+OK 2 {wanted} DND 1000 example.test office [subscription sent]")
    wait_until(lambda: phone.key("2")["light"] == shown, f"the key to show {shown}")
    told = events.wait_for("button", address_of_record="1000@example.test")
    assert told["contacts"][0]["channel"] == "subscription" and told["contacts"][0]["lost"] == "label"
    snomd.api("snom_clear 1000@example.test 2")
    wait_until(lambda: phone.key("2")["light"] == "off", "the key to be dark")


def test_a_caller_is_told_to_be_lost(office):
    snomd, _ = subscribed(office)
    events = office.house.events(snomd)
    snomd.api("snom_button 1000@example.test 2 light=pickup caller=Ada")
    assert events.wait_for("button", key="2")["contacts"][0]["lost"] == "caller"


def test_other_keys_and_phones_are_lit_as_ever(office):
    snomd, phone = subscribed(office)
    other = office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    assert snomd.api("snom_button 1000@example.test 3 light=on label=Three").endswith("[sent]")
    phone.wait_for("button", key="3", light="on", label="Three")
    assert snomd.api("snom_button 1001@example.test 2 light=on").endswith("[sent]")
    other.wait_for("button", key="2", light="on")


def test_a_key_that_did_not_subscribe_is_told_its_address(office):
    snomd, _ = office.both(more=HINTS, extra='[[channel]]\nkeys = "subscription"\n')
    assert snomd.api("snom_button 1000@example.test 2 light=on") == (
        "-ERR key 2 of 1000@example.test not set: it has not subscribed to sip:snom+1000*2@example.test")


def test_one_that_subscribes_later_gets_what_is_wanted(office):
    snomd = office.snomd(more=HINTS + "\nlist_s = 1")
    wait_until(lambda: snomd.api("snom_button 1000 2 light=hold").startswith("+OK"), "the account to be known")
    phone = office.phone("1000", *BLF)
    wait_until(lambda: phone.key("2")["light"] == "hold", "the light that waited")


def test_a_call_to_a_key_presses_it(office):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    action = "api+snom_button 1000@example.test 2 light=off"
    snomd.api(f"snom_bind_key 2 on DND 1000 example.test office message {action}")
    wait_until(lambda: phone.key("2")["light"] == "on", "the light")
    phone.get("/press?key=P2")
    press = events.wait_for("press", key="2", accepted=True)
    assert press["action"] == action and press["address_of_record"] == "1000@example.test"
    wait_until(lambda: phone.key("2")["light"] == "off", "what the press did")
    phone.wait_for("call", direction="out", status=603)


def test_a_key_that_calls_is_sent_on(office):
    snomd, phone = subscribed(office)
    other = office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    snomd.api("snom_bind_key 2 on Bob 1000 example.test office invite 1001")
    phone.get("/press?key=P2")
    other.wait_for_call("ringing")


def test_a_key_without_anything_is_not_found(office):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    phone.get("/press?key=P2")
    assert events.wait_for("press", key="2")["accepted"] is False
    phone.wait_for("call", direction="out", status=404)


def test_another_phones_key_is_not_pressed(office):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    snomd.api("snom_bind_key 2 on DND 1000 example.test office message api+snom_button 1000@example.test 3 light=on")
    stranger = office.phone("1001", "--model", "370", "--blf", "2=sip:snom+1000*2@example.test")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    stranger.get("/press?key=P2")
    press = events.wait_for("press", address_of_record="1001@example.test")
    assert press["accepted"] is False
    stranger.wait_for("call", direction="out", status=403)
    assert "3" not in snomd.buttons("1000@example.test")


def test_an_event_that_a_phone_forged_presses_nothing(office):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    snomd.api("snom_bind_key 2 on DND 1000 example.test office message api+snom_button 1000@example.test 3 light=on")
    # No such channel; and one of a call to somebody else.
    office.asterisk.forge_press("snom+1000*2", "PJSIP/1000-0000beef")
    office.asterisk.calls["PJSIP/1000-0000cafe"] = {"text": "", "peer": None, "endpoint": "1000", "extension": "1001"}
    office.asterisk.forge_press("snom+1000*2", "PJSIP/1000-0000cafe")
    phone.get("/press?key=P2")
    assert events.wait_for("press", key="2")["accepted"] is True, "the true one, which came last"
    assert presses(events) == 1
    assert "PJSIP/1000-0000cafe" in office.asterisk.calls, "a call of somebody else is left alone"


def test_a_call_presses_once(office):
    snomd, phone = subscribed(office)
    events = office.house.events(snomd)
    snomd.api("snom_bind_key 2 on DND 1000 example.test office message api+snom_button 1000@example.test 3 light=on")
    channel = "PJSIP/1000-0000aaaa"
    office.asterisk.calls[channel] = {"text": "", "peer": None, "endpoint": "1000", "extension": "snom+1000*2"}
    office.asterisk._on_Hangup = lambda _session, answer, *_: answer(True, "Channel Hungup")  # it is slow to end
    for _ in range(3):
        office.asterisk.forge_press("snom+1000*2", channel)
    events.wait_for("press", key="2")
    assert snomd.api("snom_button 1000@example.test 4 light=on").startswith("+OK"), "behind the other two"
    assert presses(events) == 1


def test_who_may_not_list_subscriptions_is_told_so(office):
    office.asterisk._on_PJSIPShowSubscriptionsInbound = lambda _session, answer, *_: answer(False, "Permission denied")
    snomd, _ = office.both(more=HINTS)
    snomd.err.wait_for(lambda line: "does not list its subscriptions" in line and "Permission denied" in line, "a line of the log")
