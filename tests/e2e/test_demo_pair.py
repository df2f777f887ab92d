"""The pair of examples on the seed's own page: a key is lit with an action; pressed, the action makes it dark again."""

import pytest


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_lit_key_goes_dark_when_it_is_pressed(house, transport):
    snomd, phone = house.house_of_phones("1000", transport=transport)
    events = house.events(snomd)

    action = "api+snom_bind_key 2 off DND 1000 example.test internal message notused"
    arguments = f"2 on DND 1000 example.test internal message {action}"
    assert snomd.api(f"snom_bind_key {arguments}") == f"+OK {arguments}"

    lit = phone.key("2")
    assert (lit["light"], lit["label"], lit["action"], lit["number"]) == ("on", "DND", "message", action)
    assert snomd.buttons("1000@example.test")["2"]["state"] == "confirmed"
    events.wait_for("button", key="2", light="on", confirmed=True)

    assert phone.get("/command.htm?key=P2").status == 200
    press = events.wait_for("press", key="2", accepted=True)
    assert press["action"] == action and press["address_of_record"] == "1000@example.test"
    assert press["output"].startswith("+OK 2 off DND")
    phone.wait_for("button", key="2", light="off")
    dark = phone.key("2")
    assert (dark["light"], dark["label"], dark["number"]) == ("off", "DND", "notused")
    # The command's output goes back to the phone, as FreeSWITCH does it.
    assert phone.wait_for("text")["text"].startswith("+OK 2 off DND")

    # The first action is not on the key any more; what is there now runs nothing.
    mark = events.mark()
    assert phone.get("/command.htm?key=P2").status == 200
    again = events.wait_for("press", since=mark)
    assert again["action"] == "notused" and not again["output"]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_key_pressed_by_snom_command_runs_its_action(house, transport):
    snomd, phone, other = house.house_of_phones("1000", "1001", transport=transport)
    assert snomd.api("snom_bind_key 5 on Light 1000 example.test internal message "
                     "api+snom_bind_key 6 hold There 1001 example.test internal").startswith("+OK")
    assert snomd.api("snom_command */1000 key P5").startswith("+OK")
    other.wait_for("button", key="6", light="hold", label="There")


def test_a_key_with_invite_calls(house):
    snomd, phone, other = house.house_of_phones("1000", "1001")
    assert snomd.api("snom_bind_key 1 pickup Door 1000 example.test internal invite 1001").startswith("+OK")
    phone.get("/command.htm?key=P1")
    other.wait_for_call("ringing")
    assert other.state()["call"]["peer"].find("1000") >= 0
    phone.get("/command.htm?RELEASE_ALL_CALLS")
    other.wait_for_call("idle")


def test_two_contacts_of_one_user_both_get_the_key(house):
    snomd = house.snomd()
    first, second = house.phone(snomd, "1000"), house.phone(snomd, "1000", transport="tcp")
    events = house.events(snomd)
    assert len(snomd.phones()) == 2
    assert snomd.api("snom_bind_key 3 on Both 1000 example.test internal").startswith("+OK")
    for phone in (first, second):
        phone.wait_for("button", key="3", light="on", label="Both")
    assert [contact["status"] for contact in events.wait_for("button")["contacts"]] == [200, 200]


def test_a_lone_action_name_is_dropped_as_the_original_did(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal message") == \
        "+OK 2 on DND 1000 example.test internal message"
    assert phone.key("2")["number"] == ""


def test_utf8_labels_and_quoted_blanks_arrive(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api("snom_bind_key 2 on 'Büro Süd ☎' 1000 example.test internal").startswith("+OK")
    assert phone.key("2")["label"] == "Büro Süd ☎"
