"""Phones that are listed by address and register nowhere: they are asked by OPTIONS, and press by HTTP."""

import json

import pytest

from beside import BesideContract
from beside_sources import STRANGER, TOKEN, Listed, ListedSnomd


@pytest.fixture
def beside(house):
    return Listed(house)


class TestListed(BesideContract):
    pass


def test_what_a_phone_is_it_says_itself(beside):
    beside.phone(more=("--model", "D862"))
    [known] = beside.snomd.phones()
    assert known["user_agent"].startswith("snomD862/")
    assert known["contact"] == beside.contacts["1000"][0]


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


def test_a_phone_that_takes_nothing_of_others_says_so(beside):
    beside.registrar = f"{STRANGER}:5060"
    beside.filter_registrar = "on"
    beside.phone()
    reply = beside.run("snom_bind_key 2 on Door 1000 example.test beside")
    assert reply.startswith("-ERR") and "403" in reply, reply


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
