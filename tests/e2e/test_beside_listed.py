"""Phones that are listed by address and register nowhere: they are asked by OPTIONS, and press by HTTP."""

import http.client
import json
import urllib.parse

import pytest

from beside import BesideContract, Neighbour
from programs import LIMIT, Phone, Snomd, free_port, wait_until

STRANGER = "127.0.0.9"

CONFIGURATION = """
[[profile]]
name = "beside"
phones = "listed"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
domain = "example.test"
ask_every_s = 1
[http]
listen = "127.0.0.1:0"
token_file = "token"
press_secret_file = "press-secret"
[limits]
answer_timeout_ms = 700
xml_pause_ms = 50
"""
TOKEN = "0123456789abcdef"


class ListedSnomd(Snomd):
    def request(self, method, path, body=None, headers=None, timeout=None):
        return super().request(method, path, body, {"Authorization": f"Bearer {TOKEN}", **(headers or {})}, timeout)

    def snomctl(self, *arguments, timeout=None):
        return super().snomctl("--token-file", str(self.config.with_name("token")), *arguments, timeout=timeout)


class Listed(Neighbour):
    reboot_time = 3000
    silence = ("no answer within 0.7 s", "not registered")

    def __init__(self, house):
        self.house = house
        self.contacts = {}
        (house.folder / "token").write_text(TOKEN + "\n")
        (house.folder / "press-secret").write_text("another-secret-of-its-own\n")
        self.path = house.folder / "snomd.toml"
        self.path.write_text(CONFIGURATION)
        self.snomd = house.keep(ListedSnomd(self.path))

    def list_them(self):
        users = "".join(f'[[user]]\nname = "{user}"\ncontact = "{contact}"\n'
                        for user, contact in self.contacts.items())
        self.path.write_text(CONFIGURATION + users)
        self.house.reload(self.snomd)

    def new_phone(self, user, transport, more):
        # Its own registrar is none of ours: there is nobody.
        phone = self.house.keep(Phone(f"127.0.0.1:{free_port()}", user, "1234", "--transport", transport, "--domain",
                                      "example.test", *more))
        kind, address = phone.wait_for("listening", user=user)["sip"].split(":", 1)
        self.contacts[user] = f"sip:{user}@{address};transport={kind}"
        self.list_them()
        return phone

    def forget(self, user):
        """A phone that ends is silent."""
        wait_until(lambda: all(phone["user"] != user for phone in self.snomd.phones()), f"{user} to be gone")

    def press(self, phone, key):
        assert self.get(self.path_of(phone.user, key)) == 200

    def path_of(self, user, key):
        return self.snomd.buttons(f"{user}@example.test")[key]["press"]

    def get(self, path, source="127.0.0.1", method="GET"):
        """As a phone does it, with no token."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.snomd.server).netloc, timeout=LIMIT,
                                                source_address=(source, 0))
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()


@pytest.fixture
def beside(house):
    return Listed(house)


class TestListed(BesideContract):
    pass


def test_what_a_phone_is_it_says_itself(beside):
    beside.phone(more=("--model", "D862"))
    [known] = beside.snomd.phones()
    assert known["user_agent"].startswith("snomD862/")
    assert known["contact"] == beside.contacts["1000"]


def test_a_press_counts_from_the_phones_address_only_and_with_its_reference(beside):
    beside.phone()
    events = beside.house.events(beside.snomd, {"Authorization": f"Bearer {TOKEN}"})
    beside.run("snom_bind_key 2 on Door 1000 example.test beside message open")
    path = beside.path_of("1000", "2")
    assert beside.get(path, STRANGER) == 403
    assert beside.get(path[:-1] + ("0" if path[-1] != "0" else "1")) == 404
    assert beside.get(path, method="POST") == 405
    assert beside.get(path, method="HEAD") == 405
    mark = events.mark()
    assert beside.get(path) == 200
    event = events.wait_for("press", since=mark)
    assert (event["address_of_record"], event["key"], event["action"], event["accepted"]) == (
        "1000@example.test", "2", "open", True)
    # Nothing else is there without a token.
    assert beside.get("/v1/phones") == 401
    assert beside.get("/press/../v1/phones") == 404


def test_whoever_guesses_is_held_up(beside):
    beside.phone()
    statuses = [beside.get(f"/press/{number:032x}") for number in range(15)]
    assert statuses[:10] == [404] * 10 and 429 in statuses[10:]


def test_a_press_is_the_same_after_a_restart(beside):
    beside.phone()
    beside.run("snom_bind_key 2 on Door 1000 example.test beside message open")
    path = beside.path_of("1000", "2")
    beside.snomd.stop()
    beside.snomd = beside.house.keep(ListedSnomd(beside.path))
    assert json.loads(beside.snomd.request("GET", "/v1/phones/1000@example.test/buttons").body)["buttons"][0]["press"] == path
    assert beside.get(path) == 200
