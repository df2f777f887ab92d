"""Messages that are hard to read (RFC 4475) to snomd and to a virtual phone, over UDP and TCP: each gets the answer that it
must, or silence, and the next sound request is served as if nothing had been."""

import hashlib
import itertools
import re
import socket
import time

import pytest

import torture
from house import House
from programs import LIMIT, wait_until

_numbers = itertools.count(1)

SILENCE = 0.3  # seconds without an answer that count as none, when a sound request sent behind it has been answered


class Peer:
    """One socket that sends a message and collects what comes back."""

    def __init__(self, transport, server):
        host, port = server.rsplit(":", 1)
        self.server = server
        self.proto = transport.upper()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect((host, int(port)))
        self.here = "%s:%d" % self.socket.getsockname()
        self.received = b""
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def look(self, seconds):
        self.socket.settimeout(seconds)
        try:
            part = self.socket.recv(65535)
        except TimeoutError:
            return
        except ConnectionError:
            part = b""
        self.ended = self.ended or (not part and self.proto == "TCP")
        self.received += part

    def ask(self, text):
        """The first answer to a request of this peer's own, as text; "" when none comes."""
        call_id = re.search(r"Call-ID: (\S+)", text)[1].encode()
        self.received = b""
        self.socket.send(text.encode())
        end = time.monotonic() + LIMIT
        while not self.ended and time.monotonic() < end:
            if call_id in self.received and b"\r\n\r\n" in self.received:
                return self.received.decode()
            self.look(0.05)
        return ""

    def request(self, method, uri, *headers):
        number = next(_numbers)
        return "\r\n".join((f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/{self.proto} {self.here};rport;branch=z9hG4bK-t{number}",
                            "Max-Forwards: 70", f"From: <sip:1000@example.test>;tag={number}", "To: <sip:1000@example.test>",
                            f"Call-ID: sound-{number}", f"CSeq: {number} {method}", *headers, "Content-Length: 0", "", ""))

    def register(self, user, password, domain, contact, expires=60):
        headers = (f"Contact: {contact}", f"Expires: {expires}")
        challenge = self.ask(self.request("REGISTER", f"sip:{domain}", *headers))
        realm, nonce = (re.search(rf'{name}="([^"]*)"', challenge)[1] for name in ("realm", "nonce"))
        algorithm = hashlib.sha256 if "SHA-256" in challenge.split("\r\nWWW-Authenticate:")[1].split("\r\n")[0] else hashlib.md5

        def hashed(text):
            return algorithm(text.encode()).hexdigest()

        name = "SHA-256" if algorithm is hashlib.sha256 else "MD5"
        response = hashed(f"{hashed(f'{user}:{realm}:{password}')}:{nonce}:00000001:1a2b:auth:"
                          f"{hashed(f'REGISTER:sip:{domain}')}")
        return self.ask(self.request(
            "REGISTER", f"sip:{domain}", *headers,
            f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="sip:{domain}", '
            f'response="{response}", algorithm={name}, cnonce="1a2b", qop=auth, nc=00000001'))

    @classmethod
    def sound_request_is_served(cls, transport, server, uri):
        with cls(transport, server) as peer:
            return peer.ask(peer.request("OPTIONS", uri)).startswith("SIP/2.0 200 ")

    def statuses(self, call_id):
        """Of the answers to the message with this Call-ID, provisional 100s left out; in order, repetitions once."""
        found = []
        for start in re.finditer(rb"SIP/2\.0 (\d{3}) ", self.received):
            message = self.received[start.start():].split(b"\r\n\r\n", 1)[0]
            if call_id in message and start[1] != b"100" and int(start[1]) not in found:
                found.append(int(start[1]))
        return found

    def first_status(self, call_id, wait):
        """The first answer; None when none came within the time or the connection ended without."""
        end = time.monotonic() + wait
        while not self.ended and not self.statuses(call_id) and time.monotonic() < end:
            self.look(0.05)
        return (self.statuses(call_id) or [None])[0]


def try_one(one, transport, server, uri, to, expected):
    """Sends it and judges the answer."""
    expected = one.stream if one.stream and transport == "tcp" else expected
    with Peer(transport, server) as peer:
        text, call_id = one.filled(peer.proto, peer.here, uri, to, server)
        peer.socket.send(text)
        status = peer.first_status(call_id, LIMIT if None not in expected else SILENCE)
        assert status in expected, f"{one.name} (RFC 4475 {one.section}): {status}, expected one of {expected}"
        if one.answers > 1 and transport == "tcp":
            wait_until(lambda: peer.look(0.05) or peer.received.count(b"SIP/2.0 200") == one.answers,
                       "an answer to each message of a stream")
        elif one.answers > 1:
            peer.look(SILENCE)
            assert peer.received.count(b"SIP/2.0 200") == 1, "what is behind a datagram's message is passed over"
        assert Peer.sound_request_is_served(transport, server, uri)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("torture"))
    yield house
    house.close()


@pytest.fixture(scope="module")
def snomd(house):
    return house.snomd()


@pytest.fixture(scope="module")
def phones(house, snomd):
    """One that registered over UDP, one over TCP."""
    return {"udp": house.phone(snomd, "1000"), "tcp": house.phone(snomd, "1001", "tcp")}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("one", torture.ALL, ids=lambda one: one.name)
def test_snomd_answers_as_it_must(snomd, transport, one):
    try_one(one, transport, snomd.sip(transport), "sip:1001@example.test", "sip:1001@example.test", one.server)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("one", torture.ALL, ids=lambda one: one.name)
def test_a_phone_answers_as_it_must(phones, transport, one):
    phone = phones[transport]
    address = phone.wait_for("listening")["sip"].removeprefix(transport + ":")
    try_one(one, transport, address, f"sip:{phone.user}@{address}", f"sip:{phone.user}@example.test", one.phone)
    assert phone.get("/command.htm?RELEASE_ALL_CALLS").status == 200


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("section, contact, listed", [
    ("3.3.12", "sip:+19725552222@$here;unheard", "<sip:+19725552222@$here>;unheard"),
    ("3.3.13", "<sip:+19725552222@$here;unheard>", "<sip:+19725552222@$here;unheard>"),
    ("3.3.14", "<sip:user@$here?Route=%3Csip:elsewhere.example.test%3E>",
     "<sip:user@$here?Route=%3Csip:elsewhere.example.test%3E>")])
def test_contacts_are_registered_as_they_are_meant(snomd, transport, section, contact, listed):
    with Peer(transport, snomd.sip(transport)) as peer:
        answer = peer.register("1000", "1234", "example.test", contact.replace("$here", peer.here))
        assert answer.startswith("SIP/2.0 200 "), section
        uri, parameters = listed.replace("$here", peer.here).split(">")
        own = [line for line in answer.split("\r\n") if line.startswith("Contact: ") and uri in line]
        assert len(own) == 1 and own[0].startswith(f"Contact: {uri}>"), (section, answer)
        assert peer.register("1000", "1234", "example.test", contact.replace("$here", peer.here), 0).startswith("SIP/2.0 200 ")
