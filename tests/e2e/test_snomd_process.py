"""snomd as a process: its configuration, its signals, who may command it."""

import json
import os
import signal
import subprocess
import time

import pytest

from programs import BIN, LIMIT, TIME_FACTOR, Phone, wait_until


def start_with(house, text):
    """Exit status and what it said, of a snomd that is not to start."""
    path = house.folder / "bad.toml"
    path.write_text(text)
    done = subprocess.run([BIN / "snomd", "--config", path], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert "ready" not in done.stdout
    return done.returncode, done.stderr


GOOD = '[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "example.test"\n[http]\nlisten = "127.0.0.1:0"\n'


@pytest.mark.parametrize("text, line, words", [
    (GOOD + "[[user]\n", 7, []),
    (GOOD + '[[user]]\nname = "1000"\n', 7, ["password"]),
    (GOOD + '[[user]]\nname = "1000"\npassword = 1234\n', 9, ["password"]),
    (GOOD + '[[user]]\nname = "1000"\npassword = "1"\ncolour = "red"\n', 10, ["colour"]),
    (GOOD + "[limits]\nanswer_timeout_ms = -1\n", 8, ["answer_timeout_ms"]),
    (GOOD + '[telephone]\n', 7, ["telephone"]),
])
def test_a_bad_configuration_is_told_with_its_line(house, text, line, words):
    status, said = start_with(house, text)
    assert status == 2
    assert f"bad.toml:{line}:" in said, said
    for word in words:
        assert word in said


@pytest.mark.parametrize("text", ['[http]\n"\\u001b[2J\\u009b2J" = 1\n', '[http]\nlisten = "127.0.0.1:0\\u001b[2J\\u009b2J"\n'],
                         ids=["configuration", "address"])
def test_what_a_configuration_holds_does_not_steer_the_terminal(house, text):
    status, said = start_with(house, GOOD.partition("[http]")[0] + text)
    assert status in (1, 2) and "\\x1b[2J\\xc2\\x9b2J" in said
    assert said.endswith("\n") and "\x1b" not in said and "\x9b" not in said


def test_a_file_that_is_not_there(house):
    done = subprocess.run([BIN / "snomd", "--config", house.folder / "none.toml"], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2 and "none.toml" in done.stderr


@pytest.mark.parametrize("broken", ["[" + "a." * 50000 + "a]\n", "x = " + "[" * 100000, "x = " + "{ a = " * 50000],
                         ids=["dots", "arrays", "tables"])
def test_a_configuration_nested_to_death_is_told_with_its_line(house, broken):
    assert start_with(house, GOOD + broken) == (
        2, f"snomd: {house.folder}/bad.toml:7: nested too deep (at most 16 levels are possible)\n")


def test_a_command_line_without_a_configuration(house):
    for arguments in ([], ["--config"], ["--no-such-option"], ["--config", "x", "--log-level", "loud"]):
        done = subprocess.run([BIN / "snomd", *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
        assert done.returncode == 2 and done.stderr, arguments
    assert subprocess.run([BIN / "snomd", "--version"], capture_output=True, timeout=LIMIT, check=False).returncode == 0


def test_only_regular_files_are_read(house):
    """A FIFO would be waited for, and /dev/zero has no end."""
    fifo = house.folder / "fifo"
    os.mkfifo(fifo)
    for name, kind in ((fifo, "a FIFO"), ("/dev/zero", "a device"), (house.folder, "a folder")):
        done = subprocess.run([BIN / "snomd", "--config", name], capture_output=True, text=True, timeout=LIMIT,
                              check=False)
        assert (done.returncode, done.stderr) == (2, f"snomd: {name}: is {kind} (expected a regular file)\n")
        status, said = start_with(house, GOOD + f'[[web_credentials]]\nusername = "a"\npassword_file = "{name}"\n')
        assert status == 2 and f"bad.toml:9: [[web_credentials]] password_file: " in said and kind in said
        status, said = start_with(house, GOOD + f'[web]\nverify = "pin"\npin_file = "{name}"\n')
        assert status == 1 and "[web] pin_file: " in said and kind in said
        status, said = start_with(house, GOOD + f'token_file = "{name}"\n')
        assert status == 2 and "bad.toml:7: [http] token_file: " in said and kind in said


@pytest.mark.parametrize("broken, words", [
    ("[" + "a." * 50000 + "a]\n", "nested too deep"),
    ('[[web_credentials]]\nusername = "a"\npassword_file = "/dev/zero"\n', "/dev/zero: is a device"),
], ids=["nested", "endless"])
def test_a_file_that_breaks_readers_changes_nothing_at_sighup(house, broken, words):
    snomd, _ = house.house_of_phones("1000")
    good = snomd.config.read_text()
    snomd.config.write_text(good + broken)
    snomd.send(signal.SIGHUP)
    wait_until(lambda: words in snomd.log() and "the users stay as they were" in snomd.log(), "the complaint")
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    snomd.stop()


def test_sighup_says_what_needs_a_restart(house):
    snomd, _ = house.house_of_phones("1000")
    said = "which need a restart: "
    snomd.config.write_text(snomd.config.read_text() + "[registrar]\nmin_expires_s = 77\n[restore]\nper_second = 7\n")
    house.reload(snomd)
    wait_until(lambda: said in snomd.log(), "the settings that are not heeded")
    line = next(line for line in snomd.log().splitlines() if said in line)
    assert " warning " in line and str(snomd.config) in line
    assert line.endswith(said + "[restore] per_second, [registrar] min_expires_s")
    snomd.stop()


def test_an_address_that_is_none_is_a_bad_configuration(house):
    status, said = start_with(house, GOOD.replace("udp:127.0.0.1:0", "sctp:127.0.0.1:0"))
    assert status == 2 and ":3: [[profile]] listen: " in said and "sctp:127.0.0.1:0" in said
    status, said = start_with(house, GOOD.replace('listen = "127.0.0.1:0"', 'listen = "127.0.0.1"'))
    assert status == 2 and ":6: [http] listen: " in said and "'127.0.0.1'" in said


def test_an_address_that_cannot_be_bound_is_named(house):
    snomd = house.snomd()
    status, said = start_with(house, GOOD.replace("udp:127.0.0.1:0", f"udp:{snomd.sip()}"))
    assert status == 1 and snomd.sip() in said
    status, said = start_with(house, GOOD.replace('listen = "127.0.0.1:0"', f'listen = "{snomd.listening["http", ""]}"'))
    assert status == 1 and snomd.listening["http", ""] in said


def test_sigterm_ends_it_within_two_seconds_however_silent_phones_are(house):
    snomd, _ = house.house_of_phones("1000")
    silent = house.silent_web_server()
    waiting = house.snomctl(snomd, "api", f"snom_command {silent.url} key enter")
    events = house.events(snomd)
    assert silent.asked.wait(LIMIT)
    began = time.monotonic()
    snomd.send(signal.SIGTERM)
    assert snomd.ended() == 0
    assert time.monotonic() - began < 2 * TIME_FACTOR
    assert waiting.ended() in (1, 2)
    events.close()


def test_sighup_reads_the_users_again(house):
    snomd = house.snomd()
    first = house.phone(snomd, "1000")
    other = house.keep(Phone(snomd.sip(), "2000", "abc", "--domain", "example.test"))
    assert other.wait_for("registration_failed")["status"] in (401, 403)
    events = house.events(snomd)

    house.configuration(users={"2000": "abc"})
    house.reload(snomd)
    assert events.wait_for("unregistered", user="1000")["why"] == "user removed"
    other.get("/command.htm?REREGISTER=1")
    events.wait_for("registered", user="2000")
    assert [phone["user"] for phone in snomd.phones()] == ["2000"]
    assert first.running()


def test_sighup_with_a_broken_file_changes_nothing(house):
    snomd = house.snomd()
    house.phone(snomd, "1000")
    (house.folder / "snomd.toml").write_text("[[user]\n")
    told = house.reload(snomd)
    assert "snomd.toml:1:" in told
    assert len(snomd.phones()) == 1


TOKEN = "a-token-of-enough-length"


def with_token(house):
    (house.folder / "token").write_text(TOKEN + "\n")
    return house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')


def test_off_loopback_it_wants_a_token(house):
    status, said = start_with(house, GOOD.replace('listen = "127.0.0.1:0"', 'listen = "0.0.0.0:0"'))
    assert status == 2 and "token" in said


@pytest.mark.parametrize("method, path", [("POST", "/v1/command"), ("GET", "/v1/phones"), ("GET", "/v1/events"),
                                          ("GET", "/v1/phones/1000@example.test/buttons")])
def test_with_a_token_every_request_wants_it(house, method, path):
    snomd = with_token(house)
    body = "snom_dance" if method == "POST" else None
    unknown, wrong = 'Bearer realm="snomd"', 'Bearer realm="snomd", error="invalid_token"'
    for headers, challenge in (({}, unknown), ({"Authorization": "Bearer wrong"}, wrong),
                               ({"Authorization": f"Basic {TOKEN}"}, unknown)):
        refused = snomd.request(method, path, body, headers)
        assert refused.status == 401 and refused.headers["WWW-Authenticate"] == challenge
    if path != "/v1/events":
        assert snomd.request(method, path, body, {"Authorization": f"Bearer {TOKEN}"}).status in (200, 404)
    assert TOKEN not in snomd.log()


def test_the_stream_of_events_with_its_token(house):
    snomd = with_token(house)
    events = house.events(snomd, {"Authorization": f"Bearer {TOKEN}"})
    house.phone(snomd, "1000")
    events.wait_for("registered", user="1000")


def test_commands_over_plain_http(house):
    snomd, _ = house.house_of_phones("1000")
    line = "snom_bind_key 2 on DND 1000 example.test internal"
    answer = snomd.request("POST", "/v1/command", line)
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body == "+OK 2 on DND 1000 example.test internal\n"
    answer = snomd.request("POST", "/v1/command", line, {"Accept": "application/json"})
    assert json.loads(answer.body)["ok"] is True
    assert snomd.request("GET", "/v1/command").status == 405
    assert snomd.request("GET", "/v1/nothing").status == 404
    assert snomd.request("GET", "/v1/phones/9999@example.test/buttons").status == 404


def test_a_web_page_of_another_origin_gets_nothing_done(house):
    snomd, phone = house.house_of_phones("1000")
    line = "snom_bind_key 2 on DND 1000 example.test internal"
    for headers in ({"Origin": "http://evil.test"}, {"Host": "evil.test"}):
        assert snomd.request("POST", "/v1/command", line, headers).status == 403
    # The target's own authority counts, not the header beside it (RFC 9112 section 3.2.2).
    named_here = {"Host": "localhost"}
    assert snomd.request("POST", "http://evil.test/v1/command", line, named_here).status == 403
    assert snomd.request("POST", "http://localhost@evil.test/v1/command", line, named_here).status == 400
    assert phone.state()["documents"] == 0
    assert snomd.request("GET", "http://localhost/v1/phones", None, {"Host": "evil.test"}).status == 200


def test_a_phone_that_forgets_to_come_back_expires(house):
    snomd = house.snomd(extra="[registrar]\nmin_expires_s = 1")
    events = house.events(snomd)
    sipp = house.sipp(snomd.sip())
    sipp.run("register", user="1000", domain="example.test", password="1234", expires="1")
    assert events.wait_for("unregistered", user="1000")["why"] == "expired"
    wait_until(lambda: snomd.phones() == [], "nobody to be registered")
