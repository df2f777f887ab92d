"""Phones without a web page, and phones that refuse x-buttons: NOTIFY with Snom XML, through a real mod_sofia."""

import pytest

from conftest import WEB_PASSWORD, WEB_USER
from programs import wait_until


def test_a_d862_is_controlled_by_notify(fs, snom, virtual_snom):
    snom(xml_pause=50)
    desk = virtual_snom("1000", "--model", "D862")
    assert fs.api("snom_command 1000 key 1;2;3") == "+OK 1000 key 1;2;3 [notify sent]\n"
    wait_until(lambda: desk.state()["call"]["entry"] == "123", "the digits in their order")
    assert fs.api("snom_command 1000 dnd") == "+OK 1000 dnd [notify sent]\n"
    wait_until(lambda: desk.state()["dnd"], "do not disturb")
    assert fs.api("snom_command 1000 setting tone_scheme GER") == "+OK 1000 setting tone_scheme [notify sent]\n"
    wait_until(lambda: desk.state()["settings"].get("tone_scheme") == "GER", "the setting")
    assert fs.api("snom_command 1000 message Hello there") == "+OK 1000 message Hello there [notify sent]\n"
    wait_until(lambda: "Hello there" in desk.state()["display"], "the message")
    mark = desk.out.mark()
    assert fs.api("snom_command 1000 reregister") == "+OK 1000 reregister [notify sent]\n"
    desk.wait_for("registered", since=mark)
    assert fs.api("snom_command 1000 logoff").startswith("-ERR 1000 logoff: Snom XML can only remove an identity")


def test_a_d785_is_controlled_by_http_unless_configured(fs, snom, virtual_snom):
    snom()
    desk = virtual_snom("1000", "--model", "D785")
    assert fs.api("snom_command 1000 key 1") == "+OK 1000 key 1\n"
    snom(channel="model:D785=notify")
    assert fs.api("snom_command 1000 key 2") == "+OK 1000 key 2 [notify sent]\n"
    wait_until(lambda: desk.state()["call"]["entry"] == "12", "both digits")


def test_several_phones_answer_a_line_each(fs, snom, virtual_snom):
    snom(xml_pause=50)
    phones = [virtual_snom("1000", "--model", "D785"), virtual_snom("1001", "--model", "D862")]
    fs.wait_for_contacts(2)
    assert fs.api("snom_command 1001,1000,nobody key 5") == (
        "+OK 1001 key 5 [notify sent]\n+OK 1000 key 5\n-ERR user 'nobody' not registered\n")
    for phone in phones:
        wait_until(lambda phone=phone: phone.state()["call"]["entry"] == "5", "the digit")
    for everybody in ("*", "*/*", "internal/*", "*@example.test"):
        assert fs.api(f"snom_command {everybody} message Lunch") == (
            "+OK 1000@example.test message Lunch [notify sent]\n+OK 1001@example.test message Lunch [notify sent]\n")
    for phone in phones:
        wait_until(lambda phone=phone: "Lunch" in phone.state()["display"], "the message")
    for nobody in ("*@elsewhere.test", "external/*"):
        assert fs.api(f"snom_command {nobody} message Lunch").startswith("-ERR ")


def test_a_group_of_the_directory_is_its_members(fs, snom, virtual_snom):
    snom(xml_pause=50)
    # The page of 1001 wants what stands in the directory entry of 1001.
    one = virtual_snom("1001", "--model", "D785", "--web-auth", "digest", "--web-user", WEB_USER, "--web-password",
                       WEB_PASSWORD)
    fs.wait_for_contacts(1)
    line = "+OK 1001@example.test key 5\n"
    nobody = "-ERR user '{}@example.test' not registered\n"
    assert fs.api("snom_command sales key 5") == line + nobody.format("1000")
    two = virtual_snom("1000", "--model", "D862")
    fs.wait_for_contacts(2)
    line += "+OK 1000@example.test key 5 [notify sent]\n"
    for name in ("sales@example.test", "sales", "1001@example.test,sales"):
        assert fs.api(f"snom_command {name} key 5") == line
    for phone, count in ((one, 4), (two, 3)):
        wait_until(lambda phone=phone, count=count: len(phone.events("key")) == count, "the keys")
    # A group of users that are no pointers.
    assert sorted(fs.api("snom_command default message Lunch").splitlines()) == [
        "+OK 1000@example.test message Lunch [notify sent]", "+OK 1001@example.test message Lunch [notify sent]",
        nobody.format("2000").strip(), nobody.format("3000").strip()]
    for name in ("nobody", "sales@elsewhere.test"):
        assert fs.api(f"snom_command {name} key 5") == f"-ERR user '{name}' not registered\n"


def test_a_phone_that_refuses_buttons_gets_its_light(fs, snom, es, virtual_snom):
    snom(confirm_delivery="true")
    desk = virtual_snom("1000", "--model", "D862", "--fault", "buttons=415")
    line = "2 pickup DND 1000 example.test internal"
    assert fs.api(f"snom_bind_key {line}") == f"+OK {line} [notify sent]\n"
    told = es.snom_event("button", Key="2")
    assert (told["Contact-1-Channel"], told["Contact-1-Lost"]) == ("notify", "label")
    wait_until(lambda: desk.key("2")["led"] == "blinkfast", "the LED")


LIGHTS = {"on": "on", "hold": "blinkslow", "pickup": "blinkfast", "park": "blinkslow", "message": "blink", "offline": "on",
          "error": "blinkslow", "seized": "on", "record": "blink", "off": ""}


@pytest.mark.parametrize("model", ["190", "200", "370", "715", "870", "D120", "D385", "D785", "D862"])
def test_each_light_comes_to_a_phone_of_each_family(fs, snom, virtual_snom, model):
    snom(confirm_delivery="true")
    desk = virtual_snom("1000", "--model", model)
    for light in LIGHTS:
        line = f"2 {light} {light}! 1000 example.test internal message api+version"
        assert fs.api(f"snom_bind_key {line}") == f"+OK {line}\n"
        key = desk.key("2")
        assert (key["light"], key["label"]) == (light, f"{light}!")


@pytest.mark.parametrize("model", ["D120", "D385", "D785", "D862"])
def test_each_light_comes_as_a_led(fs, snom, virtual_snom, model):
    snom(confirm_delivery="true")
    desk = virtual_snom("1000", "--model", model, "--fault", "buttons=415")
    for light, led in LIGHTS.items():
        line = f"2 {light} DND 1000 example.test internal"
        assert fs.api(f"snom_bind_key {line}") == f"+OK {line} [notify sent]\n"
        wait_until(lambda: desk.key("2")["led"] == led, f"the LED of {light}")
