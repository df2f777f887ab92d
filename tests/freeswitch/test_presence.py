"""Keys of type BLF, which subscribe to their addresses at FreeSWITCH itself and call them when they are pressed."""

import pytest

from freeswitch import wait_until

BLF = ("--model", "370", "--blf", "2=sip:snom+{user}-2@example.test")


def light(desk, key="2"):
    return desk.key(key)["light"]


def shows(desk, wanted):
    wait_until(lambda: light(desk) == wanted, f"the key to show {wanted}")


@pytest.mark.parametrize("wanted,shown", [
    ("on", "on"), ("hold", "hold"), ("pickup", "pickup"), ("message", "pickup"), ("park", "hold"), ("offline", "on"),
    ("error", "hold"), ("seized", "on"), ("record", "on"),
])
def test_each_light_comes_to_a_key_that_subscribed(fs, snom, virtual_snom, wanted, shown):
    snom()
    desk = virtual_snom("1000", *BLF)
    desk.wait_for("watched", key="2", state="terminated")
    assert fs.api(f"snom_bind_key 2 {wanted} DND 1000 example.test internal").startswith("+OK")
    shows(desk, shown)
    assert fs.api("snom_bind_key 2 off DND 1000 example.test internal").startswith("+OK")
    shows(desk, "off")


def test_a_key_that_subscribes_is_told_what_it_shows(fs, snom, virtual_snom):
    snom()
    # snom_bind_key is for phones that are registered; this is kept for one that is not.
    kept = fs.api("snom_button 1000@example.test 2 light=hold label=DND")
    assert not kept.startswith("-ERR"), kept
    desk = virtual_snom("1000", *BLF)
    shows(desk, "hold")


def test_the_event_names_the_way(fs, snom, es, virtual_snom):
    snom()
    desk = virtual_snom("1000", *BLF)
    desk.wait_for("watched", key="2")
    fs.api("snom_button 1000@example.test 2 light=pickup caller=Ada")
    told = es.snom_event("button", Key="2")
    assert told["Contact-1-Channel"] == "subscription"
    shown = desk.wait_for("watched", key="2", state="early")
    assert shown["caller"] == "Ada"


def test_a_press_runs_what_is_bound(fs, snom, es, virtual_snom):
    snom()
    desk = virtual_snom("1000", *BLF)
    desk.wait_for("watched", key="2")
    fs.api("snom_bind_key 2 on DND 1000 example.test internal message api+global_setvar blf=pressed")
    shows(desk, "on")
    desk.get("/press?key=P2")
    press = es.snom_event("press", Accepted="true")
    assert (press["Address-Of-Record"], press["Key"]) == ("1000@example.test", "2")
    wait_until(lambda: fs.api("global_getvar blf") == "pressed", "the action to run")
    ended = desk.wait_for("call", direction="out", status=487)
    assert ended["peer"].startswith("sip:snom+1000-2@")


def test_a_key_that_calls_is_sent_on(fs, snom, virtual_snom):
    snom()
    desk, other = virtual_snom("1000", *BLF), virtual_snom("1001")
    desk.wait_for("watched", key="2")
    fs.api("snom_bind_key 2 on Bob 1000 example.test internal invite 1001")
    shows(desk, "on")
    desk.get("/press?key=P2")
    other.wait_for_call("ringing")


def test_a_key_shows_another_phones_calls_by_freeswitchs_own_notifier(fs, virtual_snom):
    """No mod_snom: the virtual phone as any BLF key at mod_sofia."""
    desk, other = virtual_snom("1000", "--model", "370", "--blf", "2=sip:1001@example.test"), virtual_snom("1001")
    desk.wait_for("watched", key="2", state="terminated")
    mark = desk.out.mark()
    fs.api("bgapi originate user/1001@example.test &park()")
    other.wait_for_call("ringing")
    desk.wait_for("watched", since=mark, key="2", state="early", light="pickup")
    other.get("/command.htm?key=enter")
    desk.wait_for("watched", since=mark, key="2", state="confirmed", light="on")
    other.get("/command.htm?RELEASE_ALL_CALLS")
    desk.wait_for("watched", since=mark, key="2", state="terminated", light="off")


def test_another_phones_key_is_not_pressed(fs, snom, es, virtual_snom):
    snom()
    virtual_snom("1000")
    stranger = virtual_snom("1001", "--model", "370", "--blf", "2=sip:snom+1000-2@example.test")
    fs.api("snom_bind_key 2 on DND 1000 example.test internal message api+global_setvar blf=stolen")
    stranger.get("/press?key=P2")
    press = es.snom_event("press")
    assert press["Accepted"] == "false" and press["Reason"] == "another phone's key"
    stranger.wait_for("call", direction="out", status=403)
    assert fs.api("global_getvar blf") != "stolen"
