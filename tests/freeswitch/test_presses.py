"""What a MESSAGE from a phone may run, and what not."""

import pytest

from freeswitch import wait_until

BIND = "snom_bind_key 2 on DND 1000 example.test internal message "


def variable(fs, name):
    return fs.api(f"global_getvar {name}")


def bound(fs, desk, action):
    """Binds it; what the phone was told to send to."""
    count = len(desk.messages)
    assert fs.api(BIND + action).startswith("+OK")
    desk.wait_message(count + 1)
    return desk.buttons()[-1]["n"]


def quoted(target):
    return target.replace(" ", "%20")


def test_a_press_runs_what_was_bound_and_its_output_goes_back(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    reference = bound(fs, desk, "api+global_setvar pressed=yes")
    assert reference.startswith("snom+") and len(reference) == len("snom+") + 32
    assert desk.send_message(reference, "k=2\r\n") == 202
    press = es.snom_event("press", Accepted="true")
    assert (press["Address-Of-Record"], press["Key"]) == ("1000@example.test", "2")
    assert press["Action"] == "api+global_setvar pressed=yes"
    assert variable(fs, "pressed") == "yes"
    answer = desk.wait_message(2)
    assert answer["content-type"] == "text/plain;charset=utf-8" and answer.body.startswith("+OK")


def test_a_press_comes_again_and_again(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    reference = bound(fs, desk, "api+echo hello")
    for count in (1, 2, 3):
        mark = es.mark()
        assert desk.send_message(reference) == 202
        assert es.snom_event("press", since=mark)["Output"] == "hello"


@pytest.mark.parametrize("how", ["another user", "another user in the phone's name", "another address"])
def test_a_strangers_message_runs_nothing(fs, snom, es, phone, address, how):
    snom()
    desk = phone("1000")
    reference = bound(fs, desk, "api+global_setvar stranger=was_here")
    if how == "another user":
        phone("1001").send_message(reference)
    elif how == "another user in the phone's name":
        # Authenticated as 1001, From 1000, from an address where 1000 is not registered.
        phone("1001", address=address()).send_message(reference, from_user="1000", username="1001")
    else:
        phone("1000", register=False, address=address()).send_message(reference)
    press = es.snom_event("press")
    assert press["Accepted"] == "false", press
    assert variable(fs, "stranger") != "was_here"


def test_without_the_password_nothing_is_even_looked_at(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    reference = bound(fs, desk, "api+global_setvar stranger=was_here")
    assert desk.send_message(reference, authenticate=False) in (401, 407)
    assert desk.send_message(reference, password="wrong") in (401, 403, 407)
    assert fs.api("snom_bind_key 9 off last 1000 example.test internal").startswith("+OK")
    es.snom_event("button", Key="9")
    assert not [event for event in es.events() if event.get("Event-Subclass") == "snom::press"]
    assert variable(fs, "stranger") != "was_here"


@pytest.mark.parametrize("target", ["snom+global_setvar%20stranger=was_here", "snom+deadbeef", "snom+x"])
def test_a_command_is_no_reference(fs, snom, es, phone, target):
    snom()
    desk = phone("1000")
    bound(fs, desk, "api+global_setvar stranger=was_here")
    desk.send_message(target)
    assert es.snom_event("press")["Accepted"] == "false"
    assert variable(fs, "stranger") != "was_here"


def test_a_reference_ends_with_its_binding(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    old = bound(fs, desk, "api+global_setvar old=yes")
    new = bound(fs, desk, "api+global_setvar new=yes")
    es.wait_for(lambda e: e.get("Event-Subclass") == "snom::button" and e.get("Action", "").endswith("new=yes"), "button")
    desk.send_message(old)
    assert es.snom_event("press")["Accepted"] == "false"
    mark = es.mark()
    desk.send_message(new)
    assert es.snom_event("press", since=mark)["Accepted"] == "true"
    assert variable(fs, "old") != "yes" and variable(fs, "new") == "yes"


def test_an_action_that_takes_long_holds_nothing_up(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    slow = bound(fs, desk, "api+msleep 3000")
    assert desk.send_message(slow) == 202
    quick = bound(fs, desk, "api+echo quick")
    mark = es.mark()
    assert desk.send_message(quick) == 202
    assert es.snom_event("press", since=mark, timeout=2)["Output"] == "quick"


# ---- press-mode direct, and the api+ door -----------------------------------------------------------------------------

def test_direct_mode_sends_the_originals_bytes_and_freeswitch_runs_them(fs, snom, es, phone):
    snom(press_mode="direct")
    desk = phone("1000")
    action = bound(fs, desk, "api+global_setvar direct=yes")
    assert action == "api+global_setvar direct=yes"
    assert desk.send_message(quoted(action)) == 202
    press = es.snom_event("press", Accepted="true")
    assert (press["Key"], press["Action"]) == ("2", action)
    wait_until(lambda: variable(fs, "direct") == "yes", "the action to run")


def test_bound_to_the_door_only_what_was_bound_runs(fs, snom, es, phone):
    snom(press_mode="direct", api_door="bound")
    desk, other = phone("1000"), phone("1001")
    action = bound(fs, desk, "api+global_setvar door=opened")
    for sender, target in ((other, action), (desk, "api+global_setvar door=broken"), (other, "api+status")):
        mark = es.mark()
        sender.send_message(quoted(target))
        assert es.snom_event("press", since=mark)["Accepted"] == "false"
    assert variable(fs, "door") not in ("opened", "broken")
    desk.send_message(quoted(action))
    wait_until(lambda: variable(fs, "door") == "opened", "the bound action to run")


def test_behind_a_closed_door_nothing_runs_but_references_do(fs, snom, es, phone):
    snom(api_door="closed")
    desk = phone("1000")
    reference = bound(fs, desk, "api+global_setvar closed=no")
    desk.send_message("api+global_setvar%20closed=never")
    assert es.snom_event("press")["Reason"] == "the api+ door is closed (api-door)"
    mark = es.mark()
    desk.send_message(reference)
    assert es.snom_event("press", since=mark)["Accepted"] == "true"
    assert variable(fs, "closed") == "no"


def test_the_door_is_freeswitchs_own_unless_told_otherwise(fs, snom, phone):
    snom()
    desk = phone("1000")
    desk.send_message("api+global_setvar%20door=as_ever")
    wait_until(lambda: variable(fs, "door") == "as_ever", "FreeSWITCH to run it")
