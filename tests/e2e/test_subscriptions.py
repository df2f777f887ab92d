"""Keys that subscribe to their lights: with SIPp as the phone, whose scenarios are written from RFC 6665 and RFC 4235, and
with virtual phones."""

import socket

import pytest

from programs import Snomd, free_port, wait_until

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


BLF = ("--model", "370", "--blf", "2=sip:snom+{user}-2@example.test", "--reboot-time", "50")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_virtual_phone_shows_its_light_and_presses(house, transport):
    snomd = house.snomd()
    events = house.events(snomd)
    phone = house.phone(snomd, transport=transport, more=BLF)
    phone.wait_for("watched", key="2", state="terminated", version=0)
    assert snomd.api("snom_bind_key 2 hold DND 1000 example.test internal message api+snom_button 1000@example.test 2 "
                     "light=off") == ("+OK 2 hold DND 1000 example.test internal message api+snom_button "
                                      "1000@example.test 2 light=off [subscription]")
    assert phone.key("2")["light"] == "hold"
    assert events.wait_for("button", key="2")["contacts"][0]["lost"] == "label"

    phone.get("/press?key=P2")
    press = events.wait_for("press", address_of_record="1000@example.test", key="2")
    assert press["accepted"]
    wait_until(lambda: phone.key("2")["light"] == "off", "what the press did to the key")
    ended = phone.wait_for("call", direction="out", status=487)
    assert ended["peer"].startswith("sip:snom+1000-2@")
    wait_until(lambda: phone.call() == "idle", "the phone to be idle again")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_virtual_phone_that_restarts_subscribes_anew(house, transport):
    snomd = house.snomd(extra='[[channel]]\nkeys = "subscription"\n')
    phone = house.phone(snomd, transport=transport, more=BLF)
    phone.wait_for("watched", key="2", version=0)
    assert snomd.api("snom_button 1000@example.test 2 light=pickup caller=Ada").endswith(" [subscription]")
    mark = phone.out.mark()
    assert phone.get("/advanced_update.htm?reboot=Reboot").status == 200
    phone.wait_for("rebooted", since=mark)
    shown = phone.wait_for("watched", key="2", state="early", version=0, since=mark)
    assert shown["light"] == "pickup" and shown["caller"] == "Ada"
    assert snomd.api("snom_button 1000@example.test 2 light=on").endswith(" [subscription]")
    assert phone.key("2")["light"] == "on"


LIST = ("--model", "370", *(part for key in (1, 2, 3) for part in ("--blf", f"{key}=sip:snom+{{user}}-{key}@example.test")),
        "--blf-list", "sip:snom+{user}-*@example.test", "--reboot-time", "50")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_virtual_phones_keys_are_one_subscription(house, transport):
    snomd = house.snomd(extra='[[channel]]\nkeys = "subscription"\n')
    snomd.api("snom_button 1000@example.test 1 light=hold 2 light=on")
    phone = house.phone(snomd, transport=transport, more=LIST)
    wait_until(lambda: [phone.key(key)["light"] for key in "12"] == ["hold", "on"], "the first state of all keys")
    assert snomd.api("snom_button 1000@example.test 1 light=off 3 light=pickup caller=Ada").endswith(" [subscription]")
    assert [phone.key(key)["light"] for key in "123"] == ["off", "on", "pickup"]
    shown = phone.wait_for("watched", key="3")
    assert shown["caller"] == "Ada" and shown["uri"] == "sip:snom+1000-3@example.test"

    mark = phone.out.mark()
    assert phone.get("/advanced_update.htm?reboot=Reboot").status == 200
    phone.wait_for("rebooted", since=mark)
    phone.wait_for("watched", key="3", state="early", version=0, since=mark)
    assert snomd.api("snom_button 1000@example.test 2 light=hold").endswith(" [subscription]")
    assert phone.key("2")["light"] == "hold"


def test_a_list_of_sixty_keys_comes_in_parts(house):
    keys = range(1, 61)
    snomd = house.snomd(extra='[[channel]]\nkeys = "subscription"\n')
    for first in (1, 31):
        snomd.api("snom_button 1000@example.test " + " ".join(f"{key} light=on" for key in range(first, first + 30)))
    assert len(snomd.buttons("1000@example.test")) == 60
    phone = house.phone(snomd, more=(
        "--model", "D862", "--expansion-keys", "60", "--blf-list", "sip:snom+{user}-*@example.test",
        *(part for key in keys for part in ("--blf", f"EK{key - 1}=sip:snom+{{user}}-{key}@example.test"))))
    wait_until(lambda: all(contact["state"] == "confirmed" and contact["channel"] == "subscription"
                           for button in snomd.buttons("1000@example.test").values() for contact in button["contacts"]),
               "all keys to be confirmed")
    lit = {event["key"] for event in phone.events("watched") if event["light"] == "on"}
    assert len(lit) == 60
    assert snomd.api("snom_button 1000@example.test 60 light=off").endswith(" [subscription]")


def test_a_key_that_calls_is_sent_on(house):
    snomd, phone, other = house.house_of_phones("1000", "1001", more=BLF)
    phone.wait_for("watched", key="2", version=0)
    assert snomd.api("snom_button 1000@example.test 2 light=on number=1001").endswith(" [subscription]")
    phone.get("/press?key=P2")
    other.wait_for_call("ringing")
    other.get("/command.htm?key=enter")
    phone.wait_for_call("talking")


def test_after_a_restart_of_snomd_the_keys_come_back(house):
    port = free_port(socket.SOCK_DGRAM)
    config = house.configuration(transports=())
    config.write_text(config.read_text().replace("listen = []", f'listen = ["udp:127.0.0.1:{port}"]')
                      + "[subscriptions]\nmin_expires_s = 1\nmax_expires_s = 2\ndefault_expires_s = 2\n")
    snomd = house.keep(Snomd(config))
    phone = house.phone(snomd, more=BLF)
    phone.wait_for("watched", key="2", version=0)
    assert snomd.api("snom_button 1000@example.test 2 light=hold").endswith(" [subscription]")
    snomd.stop()
    mark = phone.out.mark()
    snomd = house.keep(Snomd(config))
    shown = phone.wait_for("watched", key="2", since=mark)
    assert shown["light"] == "hold" and shown["version"] == 0
