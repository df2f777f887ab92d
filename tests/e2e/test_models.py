"""snomphone --model: each model takes what its row in the table of models says (docs/models.md)."""

import struct

import pytest

from peers import SipSocket
from programs import wait_until


def silent(*parts):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<SnomIPPhoneSilent state="relevant" document_id="t">' + "".join(parts)
            + "</SnomIPPhoneSilent>")


def fetch(fragments, after=10):
    return f'<fetch mil="{after}">snom://mb_nop#{fragments}</fetch>'


def notify(phone, body, event="xml", content_type="application/snomxml", source="127.0.0.1"):
    """Sends a NOTIFY to the phone; the status of its answer."""
    address = phone.wait_for("listening")["sip"].removeprefix("udp:")
    with SipSocket(address, source) as sip:
        return sip.ask(sip.request("NOTIFY", f"sip:{phone.user}@{address}",
                                   (f"Event: {event}", f"Content-Type: {content_type}",
                                    "Subscription-State: terminated"), body))


def new_phone(house, model, *more):
    return house.phone(house.snomd(), more=("--model", model, *more))


@pytest.mark.parametrize("model, place, number", [("D862", 3, 7), ("D785", 1, 5), ("D385", 12, 13)])
def test_silent_xml_presses_keys_and_lights_leds(house, model, place, number):
    phone = new_phone(house, model)
    led = f'<Led number="{number}" color="green">blinkfast</Led>'
    assert notify(phone, silent(led, fetch("key=1&amp;key=2"))) == 200
    wait_until(lambda: phone.state()["call"]["entry"] == "12", "both digits")
    key = phone.key(str(place))
    assert (key["led"], key["led_colour"], key["light"], key["label"]) == ("blinkfast", "green", "off", "")
    assert phone.state()["leds"] == [{"number": number, "place": f"P{place}", "state": "blinkfast", "colour": "green"}]
    assert notify(phone, silent(f'<Led number="{number}">Off</Led>')) == 200
    assert phone.key(str(place))["led"] == ""


def test_silent_xml_dials_sets_and_clears(house):
    snomd = house.snomd()
    other = house.phone(snomd, "1001")
    phone = house.phone(snomd, more=("--model", "D785"))
    assert notify(phone, silent(fetch("numberdial=1001"))) == 200
    other.wait_for_call("ringing")
    assert phone.state()["dialled"] == ["1001"]
    assert notify(phone, silent(fetch("key=F_CANCEL"))) == 200
    phone.wait_for_call("idle")
    assert notify(phone, silent(fetch("calllistclear=Dialed&amp;set:tone_scheme=GER&amp;set:user_pass1=geheim"))) == 200
    wait_until(lambda: len(phone.events("setting")) == 2, "both settings")
    state = phone.get("/state.json").body
    assert phone.state()["dialled"] == [] and phone.state()["settings"] == {"tone_scheme": "GER"}
    assert "geheim" not in state and "geheim" not in "\n".join(phone.out.items())
    assert "set:user_pass1=***" in phone.state()["last_xml"]


def test_reregister_and_reboot(house):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--model", "D862", "--reboot-time", "50"))
    events = house.events(snomd)
    mark = phone.out.mark()
    assert notify(phone, silent(fetch("reregister"))) == 200
    phone.wait_for("registered", since=mark)
    assert notify(phone, silent('<Led number="5">on</Led>', fetch("reboot"))) == 200
    phone.wait_for("rebooted")
    events.wait_for("registered", user="1000")
    assert phone.state()["leds"] == []
    mark = phone.out.mark()
    assert notify(phone, "", event="check-sync;reboot=true", content_type="text/plain") == 200
    phone.wait_for("rebooted", since=mark)


@pytest.mark.parametrize("model, page, run", [
    ("D862", 200, 200),
    ("snomD385/10.1.81.0", 200, 415),  # before silent XML
    ("870", 489, 489),                 # takes XML with xml_notify on only
])
def test_what_a_firmware_takes(house, model, page, run):
    phone = new_phone(house, model)
    assert notify(phone, "<SnomIPPhoneText><Title>Hello</Title><Text>there</Text></SnomIPPhoneText>") == page
    assert notify(phone, silent(fetch("key=1"))) == run
    assert ("Hello: there" in phone.state()["display"]) == (page == 200)


def test_old_firmware_takes_pages_with_xml_notify_on(house):
    phone = new_phone(house, "370")
    assert phone.get("/dummy.htm?settings=save&xml_notify=on").status == 200
    assert notify(phone, "<SnomIPPhoneText><Text>Hello</Text></SnomIPPhoneText>") == 200
    assert notify(phone, silent(fetch("key=1"))) == 415


def test_only_the_registrar_is_trusted(house):
    phone = new_phone(house, "D862")
    assert notify(phone, silent(fetch("key=1")), source="127.0.0.2") == 403
    assert phone.state()["xml_documents"] == 0


@pytest.mark.parametrize("body, content_type, status", [
    (silent(fetch("key=1")), "text/plain", 415),
    ("k=1", "application/snomxml", 400),
    ("<!DOCTYPE a [<!ENTITY b 'c'>]><SnomIPPhoneSilent/>", "application/snomxml", 400),
    ("<SnomIPPhoneSilent>" + "<a>" * 2000, "application/snomxml", 400),
    (silent(" " * 20000), "application/snomxml", 400),
])
def test_what_is_no_snom_xml_is_refused(house, body, content_type, status):
    phone = new_phone(house, "D862")
    assert notify(phone, body, content_type=content_type) == status
    assert notify(phone, silent(fetch("key=1"))) == 200


@pytest.mark.parametrize("status", [415, 405, 489, 501])
def test_a_phone_can_refuse_buttons_and_still_take_leds(house, status):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--model", "D862", "--fault", f"buttons={status}"))
    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test internal")
    phone.wait_for("buttons_refused", status=status)
    assert phone.key("2")["light"] == "off" and reply
    assert notify(phone, silent('<Led number="6" color="red">on</Led>')) == 200
    assert phone.key("2")["led"] == "on"


def test_a_phone_can_refuse_xml(house):
    phone = new_phone(house, "D862", "--fault", "xml=489")
    assert notify(phone, silent(fetch("key=1"))) == 489


def test_a_d8xx_has_no_remote_control_by_http(house):
    phone = new_phone(house, "D862")
    for page in ("command.htm?key=1", "command.htm?number=1001", "advanced_update.htm?reboot=Reboot",
                 "dummy.htm?settings=save&tone_scheme=GER", "minibrowser.htm?url=http%3A%2F%2Fh%2Fx", "screen.bmp"):
        assert phone.get(f"/{page}").status == 404, page
    assert phone.get("/index.htm").status == 200
    assert phone.state()["settings"] == {} and phone.state()["key_presses"] == 0


@pytest.mark.parametrize("model, keys", [("300", 4), ("370", 12), ("870", 15), ("D713", 4), ("D785", 24), ("D865", 40),
                                         ("D999", 12)])
def test_models_have_their_number_of_keys(house, model, keys):
    assert len(new_phone(house, model).state()["keys"]) == keys


def test_the_screen_is_a_picture(house):
    phone = new_phone(house, "D785")
    file = phone.get_bytes("/screen.bmp")
    size, start = struct.unpack_from("<I4xI", file, 2)
    width, height, planes, depth = struct.unpack_from("<iiHH", file, 18)
    assert file[:2] == b"BM" and (size, start, planes, depth) == (len(file), 54, 1, 24)
    assert len(file) == 54 + width * height * 3
