"""curl against the virtual phone's web page, as people use it against a real one."""

import json
import shutil
import subprocess

import pytest

from programs import LIMIT, wait_until


def curl(*arguments):
    """Status and body."""
    program = shutil.which("curl")
    assert program, "curl is not installed: './run test' installs it (packaging/debian-packages)"
    done = subprocess.run([program, "--silent", "--show-error", "--noproxy", "*", "--max-time", str(LIMIT),
                           "--write-out", "\n%{http_code}", *arguments], capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.mark.parametrize("kind, scheme, other", [("basic", "basic", "digest"), ("digest", "digest", "basic"),
                                                 ("digest-sha256", "digest", "basic")])
def test_the_page_asks_for_a_password(house, kind, scheme, other):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--web-auth", kind, "--web-user", "admin", "--web-password", "0000"))
    page = f"{phone.page}/command.htm?key=P1"
    assert curl(page)[0] == 401
    assert curl(f"--{scheme}", "--user", "admin:0000", page)[0] == 200
    assert curl(f"--{scheme}", "--user", "admin:wrong", page)[0] == 401
    assert curl(f"--{scheme}", "--user", "someone:0000", page)[0] == 401
    assert curl(f"--{other}", "--user", "admin:0000", page)[0] == 401
    assert len(phone.events("key")) == 1

    # And so does snom_command.
    web = phone.page.removeprefix("http://")
    assert snomd.api(f"snom_command {web} key P1 admin 0000") == f"+OK {web} key P1"
    assert "401" in snomd.api(f"snom_command {web} key P1 admin wrong")
    assert "401" in snomd.api(f"snom_command {web} key P1")


def test_without_a_password_anybody_presses(house):
    _, phone = house.house_of_phones("1000")
    assert curl(f"{phone.page}/command.htm?key=P1")[0] == 200
    phone.wait_for("key", key="P1")
    assert curl(f"{phone.page}/nothing.htm")[0] == 404


def test_keys_are_pressed_in_order_in_either_case_and_encoded(house):
    _, phone = house.house_of_phones("1000")
    assert curl(f"{phone.page}/command.htm?key=%23%3B%2A,,10;p2,20,30")[0] == 200
    phone.wait_for("key", key="P2")
    assert [event["key"] for event in phone.events("key")] == ["#", "*", "P2"]
    assert phone.events("key")[-1]["held_ms"] >= 20


def test_a_key_that_the_model_has_not_is_refused_whole(house):
    _, phone = house.house_of_phones("1000")
    assert curl(f"{phone.page}/command.htm?key=P1;P99")[0] == 400
    assert phone.events("key") == []


def test_state_is_json(house):
    snomd, phone = house.house_of_phones("1000")
    status, body = curl(f"{phone.page}/state.json")
    state = json.loads(body)
    assert status == 200 and state["user"] == "1000" and state["registered"] and len(state["keys"]) == 12


def test_the_line_logs_off_and_on(house):
    snomd, phone = house.house_of_phones("1000")
    assert curl(f"{phone.page}/command.htm?LOGOFFLINE=1")[0] == 200
    wait_until(lambda: snomd.phones() == [], "the phone to be gone")
    assert curl(f"{phone.page}/command.htm?REREGISTER=1")[0] == 200
    wait_until(lambda: len(snomd.phones()) == 1, "the phone to be back")


def test_what_snom_command_asks_for_arrives_as_the_original_sent_it(house):
    snomd, phone = house.house_of_phones("1000")
    page = house.web_server()
    for typed, asked in (("key enter", "/command.htm?key=enter"),
                         ("key enter,50,5000;cancel,50,1000", "/command.htm?key=enter%2C50%2C5000%3Bcancel%2C50%2C1000"),
                         ("KEY #", "/command.htm?key=%23"),
                         ("action Reboot", "/advanced_update.htm?reboot=Reboot"),
                         ("action reset", "/advanced_update.htm?reset=Reset"),
                         ("action dialeddel", "/index.htm?dialeddel=0"),
                         ("action misseddel", "/index.htm?misseddel=0"),
                         ("action receiveddel", "/index.htm?receiveddel=0")):
        assert snomd.api(f"snom_command {page.address} {typed}") == f"+OK {page.address} {typed}"
        assert page.requests[-1][0] == asked
    assert not any("Authorization" in headers for _, headers in page.requests)


@pytest.mark.parametrize("status", [202, 204, 404, 500])
def test_any_other_status_is_an_error_with_that_status(house, status):
    snomd, page = house.snomd(), house.web_server(status=status)
    reply = snomd.api(f"snom_command {page.address} key enter")
    assert reply.startswith("-ERR") and f"[HTTP:{status}]" in reply


def test_redirects_are_followed(house):
    snomd, phone = house.house_of_phones("1000")
    page = house.web_server(status=302, headers=[("Location", f"{phone.page}/command.htm?key=P7")])
    assert snomd.api(f"snom_command {page.address} key P1").startswith("+OK")
    phone.wait_for("key", key="P7")
