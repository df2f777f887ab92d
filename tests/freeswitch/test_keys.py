"""Keys that survive: a phone's restart, the module's, FreeSWITCH's."""

import json

import pytest

from conftest import VirtualSnom, start_freeswitch
from freeswitch import wait_until


def buttons_since(phone, mark):
    """The newest state of each key that the phone was told of."""
    events = map(json.loads, phone.out.items()[mark:])
    return {event["key"]: event for event in events if event["event"] == "button"}


def set_three(fs, user="1000"):
    for key, light in (("2", "on"), ("3", "hold"), ("4", "off")):
        assert fs.api(f"snom_bind_key {key} {light} Key{key} {user} example.test internal").startswith("+OK")


def wait_for_keys(phone, expected, since):
    def there():
        seen = buttons_since(phone, since)
        return {key: (seen[key]["light"], seen[key]["label"]) for key in seen} == expected
    wait_until(there, f"the keys {expected}")


THREE = {"2": ("on", "Key2"), "3": ("hold", "Key3"), "4": ("off", "Key4")}


def test_a_property_changes_and_the_others_stay(fs, snom, virtual_snom):
    snom(confirm_delivery="true")
    phone = virtual_snom("1000")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal invite 9001").startswith("+OK")
    mark = phone.out.mark()
    assert fs.api("snom_button 1000@example.test 2 light=hold") == "+OK 1000@example.test 2 light=hold\n"
    event = phone.wait_for("button", since=mark)
    assert (event["light"], event["label"], event["number"]) == ("hold", "DND", "9001")
    listed = fs.api("snom_buttons 1000@example.test").splitlines()
    assert listed[0] == "+OK 1 key of 1000@example.test"
    assert listed[1].startswith("2 light=hold label=DND number=9001 action=invite state=confirmed set=")
    assert fs.api("snom_clear 1000@example.test all") == "+OK 1000@example.test all\n"
    assert fs.api("snom_buttons 1000@example.test") == "+OK 0 keys of 1000@example.test\n"


def test_a_phone_that_restarts_gets_its_keys_in_one_document(fs, snom, es, virtual_snom):
    snom(confirm_delivery="true")
    phone = virtual_snom("1000")
    set_three(fs)
    mark, heard = phone.out.mark(), es.mark()
    assert fs.api("snom_command */1000 action reboot").startswith("+OK")
    wait_for_keys(phone, THREE, mark)
    told = es.snom_event("keys", since=heard, Restore="true", Status="200")
    assert told["Key-Count"] == "3"


def test_a_refresh_brings_nothing(fs, snom, phone):
    snom(confirm_delivery="true")
    desk = phone("1000")
    set_three(fs)
    before = len(desk.buttons())
    desk.register()
    assert fs.api("snom_bind_key 5 on Last 1000 example.test internal").startswith("+OK")
    assert len(desk.buttons()) == before + 1


def test_keys_come_back_after_freeswitch_and_the_phone_were_restarted(tmp_path, address):
    where = address()
    first = start_freeswitch(tmp_path / "fs", snom_conf={"confirm-delivery": "true"})
    try:
        assert "+OK" in first.api("load mod_snom")
        phone = VirtualSnom(first, "1000", where).registered()
        try:
            set_three(first)
        finally:
            phone.stop()
    finally:
        first.stop()
    again = start_freeswitch(tmp_path / "fs", snom_conf={"confirm-delivery": "true"})
    try:
        assert "+OK" in again.api("load mod_snom")
        assert "3 keys of 1000@example.test" in again.api("snom_buttons 1000@example.test")
        phone = VirtualSnom(again, "1000", where)
        try:
            wait_for_keys(phone, THREE, 0)
        finally:
            phone.stop()
    finally:
        again.stop()


@pytest.mark.parametrize("confirm", ["true", "false"])
def test_keys_of_a_phone_that_is_away_wait_for_it(fs, snom, virtual_snom, confirm):
    snom(confirm_delivery=confirm)
    reply = fs.api("snom_button 1000@example.test 2 light=on label=Later")
    assert reply == "+OK 1000@example.test 2 light=on label=Later: pending, 1000@example.test is not registered\n"
    phone = virtual_snom("1000")
    event = phone.wait_for("button")
    assert (event["key"], event["light"], event["label"]) == ("2", "on", "Later")
