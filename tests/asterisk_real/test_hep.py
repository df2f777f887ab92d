"""With copies of Asterisk's SIP (res_hep, res_hep_pjsip) the phone's own answer is told."""

import socket

import pytest

from asterisk import DOMAIN, free_port


@pytest.fixture
def hep(own_asterisk):
    """An Office with HEP, and the settings of a profile that takes it."""
    port = free_port(socket.SOCK_DGRAM)
    office = own_asterisk(HEP=f"enabled = yes\ncapture_address = 127.0.0.1:{port}\ncapture_id = 1\n"
                              "capture_password = hush\nuuid_type = call-id")
    (office.folder / "hep.password").write_text("hush\n")
    return office, f'hep = "udp:127.0.0.1:{port}"\nhep_password_file = "hep.password"'


def test_what_phones_say_is_told(hep):
    office, settings = hep
    phone, refusing = office.phone("1000"), office.phone("1001", "--fault", "buttons=603")
    leds = office.phone("2000", "--model", "D862")
    snomd = office.snomd(more=settings, extra="[limits]\nanswer_timeout_ms = 2000\n[[channel]]\nchannel = \"notify\"\n")

    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office") == f"+OK 2 on DND 1000 {DOMAIN} office"
    assert snomd.buttons(f"1000@{DOMAIN}")["2"]["state"] == "confirmed"
    assert phone.key("2")["light"] == "on"

    reply = snomd.api(f"snom_bind_key 2 on DND 1001 {DOMAIN} office")
    assert reply.startswith("-ERR key 2") and "603" in reply, reply
    assert "2" not in snomd.buttons(f"1001@{DOMAIN}")

    reply = snomd.api("snom_command */2000 key F1")
    assert reply.startswith("+OK") and "[notify]" in reply, reply
    leds.wait_for("key", key="F1")

    phone.process.kill()
    phone.ended()
    office._closing.remove(phone.stop)
    reply = snomd.api(f"snom_bind_key 2 off DND 1000 {DOMAIN} office")
    assert reply.startswith("-ERR key 2") and "no answer within 2 s" in reply, reply
    assert refusing.running()


def test_a_phone_that_does_not_know_x_buttons_gets_leds(hep):
    office, settings = hep
    phone = office.phone("1000", "--model", "D862", "--fault", "buttons=415")
    snomd = office.snomd(more=settings)
    reply = snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office")
    assert reply.startswith("+OK") and "[notify]" in reply, reply
    phone.wait_for("led")
