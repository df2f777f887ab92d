"""What cannot be done is said, with what and why; nothing is promised that did not happen."""

import time

import pytest

from programs import TIME_FACTOR, wait_until


def refused(snomd, line, *words):
    reply = snomd.api(line)
    assert reply.startswith("-ERR"), reply
    for word in words:
        assert word in reply, f"no word of '{word}' in: {reply}"
    return reply


def test_a_user_who_is_not_registered(house):
    snomd = house.snomd()
    refused(snomd, "snom_bind_key 2 on DND 1000 example.test internal", "1000", "not registered")
    refused(snomd, "snom_command */1000 key enter", "1000", "not registered")


def test_a_profile_that_is_not_there_is_told_with_those_that_are(house):
    snomd, _ = house.house_of_phones("1000")
    refused(snomd, "snom_bind_key 2 on DND 1000 example.test external", "external", "internal")


def test_a_wrong_host(house):
    snomd, _ = house.house_of_phones("1000")
    refused(snomd, "snom_bind_key 2 on DND 1000 elsewhere.test internal", "elsewhere.test")


@pytest.mark.parametrize("arguments, words", [
    ("2 purple DND 1000 example.test internal", ["light", "purple"]),
    (r"2 on D\nN=x 1000 example.test internal", ["label"]),
    (r"2 on DND 1000 example.test internal message a\rb", ["action"]),
    ("'' on DND 1000 example.test internal", ["key"]),
    ("2 on DND 1000 example.test internal shout 1001", ["action_name", "shout"]),
    ("2 on DND 1000 example.test", ["<key> <light> <label>"]),
    ("", ["<key> <light> <label>"]),
])
def test_arguments_that_no_phone_understands_are_not_sent(house, arguments, words):
    snomd, phone = house.house_of_phones("1000")
    refused(snomd, f"snom_bind_key {arguments}".strip(), *words)
    assert phone.state()["documents"] == 0


def test_a_phone_that_refuses_is_told_with_its_status(house):
    snomd, _ = house.house_of_phones("1000")
    refused(snomd, "snom_bind_key 99 on DND 1000 example.test internal", "404")
    assert "99" not in snomd.buttons("1000@example.test")


def test_a_phone_that_says_nothing_is_told_within_the_limit(house):
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 700")
    sipp = house.sipp(snomd.sip())
    sipp.run("register", user="1000", domain="example.test", password="1234", expires="60")
    silent = sipp.listen("swallow_message")
    began = time.monotonic()
    refused(snomd, "snom_bind_key 2 on DND 1000 example.test internal", "no answer")
    assert 0.6 < time.monotonic() - began < 0.7 + 2 * TIME_FACTOR
    sipp.finish(silent)
    button = snomd.buttons("1000@example.test")["2"]
    assert button["state"] == "pending"
    assert "no answer" in button["contacts"][0]["reason"]


def test_a_silent_web_page_is_given_up_and_holds_nobody_up(house):
    snomd, phone = house.house_of_phones("1000", extra="[limits]\nweb_timeout_ms = 1500")
    silent = house.silent_web_server()
    events = house.events(snomd)
    began = time.monotonic()
    waiting = house.snomctl(snomd, "api", f"snom_command {silent.url} key enter")
    assert silent.asked.wait(5)

    # Other commands go on meanwhile.
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert snomd.api(f"snom_command {phone.page} key P3").startswith("+OK")
    assert waiting.running()

    assert waiting.ended() == 1
    assert 1.4 < time.monotonic() - began < 1.5 + 2 * TIME_FACTOR
    reply = waiting.out.items()[0]
    assert reply.startswith("-ERR") and "no answer" in reply, reply
    events.wait_for("command", reply=reply)


def test_a_password_shows_up_nowhere(house):
    snomd = house.snomd(extra="[limits]\nweb_timeout_ms = 500")
    phone = house.phone(snomd, more=("--web-auth", "basic", "--web-user", "admin", "--web-password", "s3cr3t-pin"))
    events = house.events(snomd)
    silent = house.silent_web_server()
    web = phone.page.removeprefix("http://")
    accepted = snomd.api(f"snom_command {web} key P1 admin s3cr3t-pin")
    assert accepted.startswith("+OK"), accepted
    for address in (silent.url, "127.0.0.1:9", "*/1001"):
        refused(snomd, f"snom_command {address} key P1 admin s3cr3t-pin")
    refused(snomd, f"snom_command {web} bogus P1 admin s3cr3t-pin")
    refused(snomd, f"snom_command {web} key P1 admin s3cr3t-pin-but-wrong", "401")
    wait_until(lambda: len([e for e in events.inbox.items() if e["event"] == "command"]) == 6, "six command events")
    for told in (accepted, str(events.inbox.items()), snomd.log(), "\n".join(phone.out.items()), phone.log()):
        assert "s3cr3t" not in told


@pytest.mark.parametrize("line, words", [
    ("snom_command", ["<ip|user> <command> <type>"]),
    ("snom_command */1000 key", ["<ip|user> <command> <type>"]),
    ("snom_command */1000 key enter admin", ["<ip|user> <command> <type>"]),
    ("snom_command */1000 dance enter", ["key", "action"]),
    ("snom_command */1000 action dance", ["dance", "reboot, reset, dialeddel, misseddel, receiveddel"]),
    ("snom_command */1000 key enter,x", ["type", "'x'"]),
    ("snom_dance", ["snom_dance"]),
])
def test_command_lines_that_mean_nothing(house, line, words):
    refused(house.snomd(), line, *words)
