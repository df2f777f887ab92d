"""By which channel a phone is reached: keys as x-buttons or LEDs, commands by its web page or by NOTIFY."""

import pytest

from programs import wait_until


def test_a_phone_that_refuses_buttons_ends_with_the_right_led(house):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--model", "D862", "--fault", "buttons=415"))
    events = house.events(snomd)
    assert snomd.api("snom_bind_key 2 pickup DND 1000 example.test internal message api+x") == (
        "+OK 2 pickup DND 1000 example.test internal message api+x [notify]")
    event = events.wait_for("button", address_of_record="1000@example.test")
    assert event["confirmed"] and event["contacts"][0]["channel"] == "notify"
    assert event["contacts"][0]["lost"] == "label, action"
    key = phone.key("2")
    assert (key["led"], key["light"], key["label"]) == ("blinkfast", "off", "")
    assert phone.state()["leds"] == [{"number": 6, "place": "P2", "state": "blinkfast", "colour": ""}]

    # Remembered: the next key is not tried as x-buttons.
    refused = len(phone.events("buttons_refused"))
    assert snomd.api("snom_button 1000@example.test 3 light=on color=red").endswith(" [notify]")
    assert len(phone.events("buttons_refused")) == refused
    assert phone.key("3")["led_colour"] == "red"

    # After a restart it is asked again, and the lights come back.
    mark = events.mark()
    phone.get("/press?key=P1")
    assert snomd.api("snom_clear 1000@example.test 3").endswith(" [notify]")
    assert phone.key("3")["led"] == ""
    events.wait_for("button", since=mark, key="3")


def test_after_a_restart_leds_come_back(house):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--model", "D785", "--fault", "buttons=489", "--reboot-time", "50"))
    assert snomd.api("snom_button 1000@example.test 1 light=on").endswith(" [notify]")
    events = house.events(snomd)
    mark = phone.out.mark()
    assert phone.get("/advanced_update.htm?reboot=Reboot").status == 200
    phone.wait_for("rebooted", since=mark)
    assert events.wait_for("keys", restore=True)["channel"] == "notify"
    wait_until(lambda: phone.key("1")["led"] == "on", "the LED after the restart")


@pytest.mark.parametrize("model", ["D815", "snomD385/10.1.81.0", "370"])
def test_a_phone_whose_leds_are_not_known_is_refused_as_ever(house, model):
    snomd = house.snomd()
    house.phone(snomd, more=("--model", model, "--fault", "buttons=415"))
    assert snomd.api("snom_button 1000@example.test 2 light=on") == (
        "-ERR key 2 of 1000@example.test not set: phone answered 415 Unsupported Media Type")


def test_leds_at_once_where_configured(house):
    snomd = house.snomd(extra='[[channel]]\nmodel = "D862"\nkeys = "led"')
    phone = house.phone(snomd, more=("--model", "D862"))
    assert snomd.api("snom_button 1000@example.test 2 light=hold label=DND") == (
        "+OK 1000@example.test 2 light=hold label=DND [notify]")
    assert (phone.key("2")["led"], phone.key("2")["label"]) == ("blinkslow", "")


def test_a_phone_that_refuses_leds_too_is_an_error(house):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--model", "D862", "--fault", "buttons=415,xml=489"))
    assert snomd.api("snom_button 1000@example.test 2 light=on") == (
        "-ERR key 2 of 1000@example.test not set: phone answered 489 Bad Event (to a LED; to x-buttons 415)")
    assert phone.key("2")["led"] == ""


def test_what_two_phones_of_a_model_refused_the_third_is_not_asked_first(house):
    snomd = house.snomd(users={user: "1234" for user in ("1000", "1001", "1002")})
    phones = house.phone(snomd, more=("--model", "D862", "--fault", "buttons=415", "--count", "3"))
    for user in ("1001", "1002"):
        phones.wait_for("registered", user=user)
    for user, refused in [("1000", 1), ("1001", 2), ("1002", 2)]:
        assert snomd.api(f"snom_button {user}@example.test 2 light=on").endswith(" [notify]")
        phones.wait_for("led", user=user, place="P2")
        assert len(phones.events("buttons_refused")) == refused, user
