"""What is no SIP and no HTTP, or only half of it, gets a 4xx or silence and harms nobody."""

import contextlib
import random
import socket

import pytest

from peers import SipSocket

GARBAGE = [
    b"\r\n\r\n",
    b"\x00" * 500,
    b"REGISTER\r\n\r\n",
    b"REGISTER sip:example.test SIP/2.0\r\n\r\n",
    b"MESSAGE sip:1000@example.test SIP/2.0\r\nContent-Length: 99999999\r\n\r\nk=2",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCSeq: 1 MESSAGE\r\n\r\n",
    b"MESSAGE sip:% SIP/2.0\r\nVia: \xff\xfe\r\nFrom: <<>>\r\nTo: ;;;\r\nCSeq: -1 x\r\nCall-ID:\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"A" * 9000,
]


def bytes_at_random(count):
    source = random.Random(4711)
    start = b"REGISTER sip:example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
    for _ in range(count):
        spoilt = bytearray(start + source.randbytes(source.randrange(200)) + b"\r\n\r\n")
        for _ in range(source.randrange(20)):
            spoilt[source.randrange(len(spoilt))] = source.randrange(256)
        yield bytes(spoilt)


def send_over_tcp(address, data):
    host, port = address.rsplit(":", 1)
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 2) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.05)
        while connection.recv(4096):
            pass


def test_garbage_to_sip_harms_nobody(house):
    snomd, phone = house.house_of_phones("1000")
    with SipSocket(snomd.sip()) as sip:
        for data in [*GARBAGE, *bytes_at_random(500)]:
            with contextlib.suppress(ConnectionRefusedError):
                sip.socket.send(data)
        for data in [*GARBAGE, *bytes_at_random(30)]:
            send_over_tcp(snomd.sip("tcp"), data)
    with SipSocket(snomd.sip()) as sip:  # the answers to garbage go to where it came from: to the other one
        assert sip.ask(sip.request("OPTIONS", "sip:example.test")) == 200
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert phone.key("2")["light"] == "on"


def test_garbage_to_http_harms_nobody(house):
    snomd, phone = house.house_of_phones("1000")
    for address in (snomd.listening["http", ""], phone.page.removeprefix("http://")):
        for data in [*GARBAGE, *bytes_at_random(30)]:
            send_over_tcp(address, data)
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert phone.key("2")["light"] == "on"


@pytest.mark.parametrize("missing", ["From", "To", "Call-ID", "CSeq"])
def test_a_request_without_a_header_it_needs_gets_a_4xx_or_silence(house, missing):
    snomd = house.snomd()
    with SipSocket(snomd.sip()) as sip:
        whole = sip.request("MESSAGE", "sip:1000@example.test", ["Content-Type: text/plain"], "hello").decode()
        spoilt = "\r\n".join(line for line in whole.split("\r\n") if not line.startswith(f"{missing}:"))
        status = sip.ask(spoilt.encode(), 0.5)
        assert status is None or 400 <= status < 500
        assert sip.ask(sip.request("OPTIONS", "sip:example.test")) == 200


def test_unknown_methods_and_bodies_are_answered(house):
    snomd = house.snomd()
    with SipSocket(snomd.sip()) as sip:
        assert sip.ask(sip.request("DANCE", "sip:example.test")) in (405, 501)
        assert sip.ask(sip.request("MESSAGE", "sip:api%2Bx@example.test", ["Content-Type: text/plain"], "x")) == 401
        assert sip.ask(sip.request("INVITE", "sip:1000@example.test", ["Contact: <sip:a@127.0.0.1>"])) in (401, 407)


def test_a_buttons_document_from_a_stranger_is_not_taken_by_the_phone(house):
    """The phone heeds its registrar's address only; all of 127.0.0.0/8 is loopback."""
    snomd, phone = house.house_of_phones("1000")
    contact = snomd.phones()[0]["contact"]
    address = contact.split("@")[1].split(";")[0].rstrip(">")
    with SipSocket(address, source="127.0.0.2") as sip:
        status = sip.ask(sip.request("MESSAGE", contact, ["Content-Type: application/x-buttons"], "k=2\r\nc=on\r\n"))
    assert status == 403
    assert phone.state()["documents"] == 0
