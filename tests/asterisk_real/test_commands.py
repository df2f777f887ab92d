"""snom_command and LEDs by NOTIFY through a real Asterisk."""

from asterisk import DOMAIN

NOTIFY = '[[channel]]\nchannel = "notify"\n'
LEDS = '[[channel]]\nkeys = "led"\nchannel = "notify"\n'


def test_a_key_is_pressed(office):
    snomd, phone = office.both(phone=("--model", "D862"), extra=NOTIFY)
    snomd.api(f"snom_bind_key 1 on One 1000 {DOMAIN} office message notused")
    reply = snomd.api("snom_command */1000 key P1")
    assert reply.startswith("+OK") and "[notify sent]" in reply, reply
    phone.wait_for("key", key="P1")


def test_leds_of_a_d862(office):
    snomd, phone = office.both(phone=("--model", "D862"), extra=LEDS)
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").startswith("+OK")
    led = phone.wait_for("led")
    assert led["state"].lower() == "on", led


def test_leds_change_in_order(office):
    snomd, phone = office.both(phone=("--model", "D862"), extra=LEDS)
    for number in range(40):
        assert snomd.api(f"snom_bind_key 2 {'on' if number % 2 == 0 else 'off'} L 1000 {DOMAIN} office").startswith("+OK")
    phone.wait_for("led")
    states = [event["state"].lower() for event in phone.events("led")]
    assert all(a != b for a, b in zip(states, states[1:])), states


def test_one_of_two_contacts_is_reached_by_its_uri(office):
    first, second = office.phone("1000", "--model", "D862"), office.phone("1000", "--model", "D862")
    snomd = office.snomd(extra=NOTIFY)
    reply = snomd.api("snom_command */1000 key F1")
    assert reply.startswith("+OK"), reply
    first.wait_for("key")
    second.wait_for("key")
    assert len(first.events("key")) == len(second.events("key")) == 1
