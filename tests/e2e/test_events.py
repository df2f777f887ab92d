"""snomd's stream of events for who comes back: what he missed, and what is lost."""

import json

from programs import Snomd, wait_until


def commands(events):
    return [event["command"] for event in events.inbox.items() if event["event"] == "command"]


def test_who_comes_back_gets_what_he_missed(house):
    snomd = house.snomd()
    events = house.events(snomd)
    snomd.api("snom_one")
    events.wait_for("command", command="snom_one")
    last = events.last_id
    events.close()
    snomd.api("snom_two")
    snomd.api("snom_three")
    again = house.events(snomd, headers={"Last-Event-ID": last})
    snomd.api("snom_four")
    again.wait_for("command", command="snom_four")
    assert commands(again) == ["snom_two", "snom_three", "snom_four"]
    assert not [event for event in again.inbox.items() if event["event"] == "gap"]
    by_query = house.events(snomd, query=f"?last_event_id={last}&type=command")
    by_query.wait_for("command", command="snom_four")
    assert commands(by_query) == ["snom_two", "snom_three", "snom_four"]


def test_what_is_forgotten_is_said(house):
    snomd = house.snomd(extra="[limits]\nevents_kept = 2\n")
    events = house.events(snomd)
    wait_until(lambda: events.last_id, "the stream to begin")
    first = events.last_id
    for number in range(5):
        snomd.api(f"snom_{number}x")
    again = house.events(snomd, headers={"Last-Event-ID": first})
    again.wait_for("command", command="snom_4x")
    assert [event["event"] for event in again.inbox.items()] == ["gap", "command", "command"]
    assert again.inbox.items()[0] == {"event": "gap", "lost": 3, "why": "forgotten"}


def test_after_a_restart_the_id_is_of_another_run(house):
    snomd = house.snomd()
    events = house.events(snomd)
    snomd.api("snom_one")
    events.wait_for("command", command="snom_one")
    snomd.stop()
    anew = house.keep(Snomd(snomd.config))
    anew.api("snom_two")
    again = house.events(anew, headers={"Last-Event-ID": events.last_id})
    again.wait_for("command", command="snom_two")
    assert [event["event"] for event in again.inbox.items()] == ["gap", "command"]
    assert again.inbox.items()[0] == {"event": "gap", "lost": None, "why": "restarted"}


def test_only_events_of_one_phone_and_of_one_type(house):
    snomd = house.snomd()
    others = ",".join(f"{user}@example.test" for user in range(2000, 2099))
    one = house.events(snomd, query=f"?phone=1001@example.test,{others}&type=button,registered")
    for user in ("1000", "1001"):
        house.phone(snomd, user)
        snomd.api(f"snom_button {user}@example.test 2 light=on")
    one.wait_for("button", address_of_record="1001@example.test")
    assert [event["event"] for event in one.inbox.items()] == ["registered", "button"]
    refused = snomd.request("GET", "/v1/events?type=pressed")
    assert (refused.status, json.loads(refused.body)["field"]) == (400, "type")
    refused = snomd.request("GET", f"/v1/events?phone=1000@example.test,1001@example.test,{others}")
    assert (refused.status, json.loads(refused.body)["field"]) == (400, "phone")


def test_a_long_past_comes_whole(house):
    snomd = house.snomd()
    events = house.events(snomd)
    wait_until(lambda: events.last_id, "the stream to begin")
    first = events.last_id
    events.close()
    count = 3000  # more bytes than a stream has room for at a time
    for number in range(count):
        snomd.request("POST", "/v1/command", f"snom_buttons 1000@example.test {number} {'x' * 400}")
    again = house.events(snomd, headers={"Last-Event-ID": first})
    wait_until(lambda: len(again.inbox.items()) >= count, f"{count} events")
    assert [event["event"] for event in again.inbox.items()] == count * ["command"]
