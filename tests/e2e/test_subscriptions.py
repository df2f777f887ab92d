"""Keys that subscribe to their lights: with SIPp as the phone, whose scenarios are written from RFC 6665 and RFC 4235."""

import pytest

from programs import wait_until

PHONE = {"user": "1000", "domain": "example.test", "password": "1234"}
KEY = {"key": "snom+1000-2", **PHONE}
TRANSPORTS = ["udp", "tcp"]


def channel_of_key(snomd, key="2"):
    """By which channel the phone has the key, once it has; else nothing."""
    for contact in snomd.buttons("1000@example.test")[key]["contacts"]:
        if contact["state"] == "confirmed":
            return contact["channel"]
    return None


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_key_subscribes_is_lit_refreshes_and_ends(house, transport):
    snomd = house.snomd(extra='[[channel]]\nkeys = "subscription"\n')
    assert snomd.api("snom_button 1000@example.test 2 light=on label=DND").endswith("is not registered")
    sipp = house.sipp(snomd.sip(transport), transport)
    sipp.run("register", expires="600", **PHONE)
    assert channel_of_key(snomd) is None, "it waits for its subscription"

    events = house.events(snomd)
    phone = sipp.start("subscribe", **KEY)
    wait_until(lambda: channel_of_key(snomd) == "subscription", "the first NOTIFY to be answered")
    assert snomd.api("snom_button 1000@example.test 2 light=hold") == (
        "+OK 1000@example.test 2 light=hold [subscription]")
    sipp.finish(phone)
    told = events.wait_for("button", address_of_record="1000@example.test")
    assert told["confirmed"] and told["contacts"][0]["channel"] == "subscription"
    assert told["contacts"][0]["lost"] == "label"
    # Its subscription has ended: the next light waits for another one.
    assert snomd.api("snom_button 1000@example.test 2 light=off") == (
        "-ERR key 2 of 1000@example.test not set: it has not subscribed to sip:snom+1000-2@example.test")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_phone_that_forgot_its_subscription_has_none(house, transport):
    snomd = house.snomd(extra='[[channel]]\nkeys = "subscription"\n')
    sipp = house.sipp(snomd.sip(transport), transport)
    sipp.run("register", expires="600", **PHONE)
    snomd.api("snom_button 1000@example.test 2 light=off label=x")
    phone = sipp.start("subscribe_forget", **KEY)
    wait_until(lambda: channel_of_key(snomd) == "subscription", "the first NOTIFY to be answered")
    assert snomd.api("snom_button 1000@example.test 2 light=on") == (
        "-ERR key 2 of 1000@example.test not set: it knows nothing of its subscription any more (481)")
    sipp.finish(phone)
    assert snomd.buttons("1000@example.test")["2"]["state"] == "pending", "it is wanted still"


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("answer,more", [
    (403, {"key": "snom+1001-2"}),                # another phone's key
    (404, {"key": "1000"}),                       # no key
    (404, {"key": "snom+1000-=32"}),              # not the one address of key 2
    (423, {"expires": "10"}),
    (401, {"password": "wrong"}),
])
def test_what_may_not_be_subscribed_to_is_refused(house, transport, answer, more):
    snomd = house.snomd()
    sipp = house.sipp(snomd.sip(transport), transport)
    sipp.run("subscribe_once", answer=answer, **{**KEY, "event": "dialog", "expires": "600", **more})
    assert snomd.running()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_call_to_a_key_presses_it(house, transport):
    snomd, other = house.house_of_phones("1001")
    sipp = house.sipp(snomd.sip(transport), transport)
    sipp.run("register", expires="600", **PHONE)
    action = "api+snom_bind_key 3 on Seen 1001 example.test internal"
    snomd.api(f"snom_button 1000@example.test 2 light=on action=message number='{action}'")
    events = house.events(snomd)
    sipp.run("press_by_call", **KEY)
    press = events.wait_for("press", address_of_record="1000@example.test")
    assert press["accepted"] and press["key"] == "2" and press["action"] == action
    other.wait_for("button", key="3", light="on", label="Seen")

    sipp.run("press_by_call", answer=404, **{**KEY, "key": "snom+1000-5"})
    sipp.run("press_by_call", answer=403, **{**KEY, "key": "snom+1001-3"})
