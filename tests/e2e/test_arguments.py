"""What the programs say of arguments that are wrong."""

import subprocess

import pytest

from programs import BIN, LIMIT, free_port

STEERING = "\x1b[31m\u202e"
SHOWN = "\\x1b[31m\\xe2\\x80\\xae"
RUN_WITH_HELP = "Run with --help for more information.\n"


def said(program, *arguments, environment=None):
    """Exit status and what it complained of; nothing else was said."""
    done = subprocess.run([BIN / program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT, check=False, env=environment)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize("program, arguments, status", [
    ("snomctl", ["phones", STEERING], 3), ("snomctl", ["group", "list", STEERING], 3), ("snomctl", [STEERING], 3),
    ("snomctl", ["export", "--format", STEERING], 3), ("snomctl", ["--server", f"ftp://{STEERING}", "health"], 3),
    ("snomd", ["--config", "x", STEERING], 2), ("snomd", ["--config", "x", "--log-level", STEERING], 2),
    ("snomphone", ["--server", "127.0.0.1", "--user", "1", STEERING], 2),
    ("snomphone", ["--server", "127.0.0.1", "--user", "1", "--model", STEERING], 2),
    ("snomphone", ["--server", f"{STEERING}", "--user", "1", "--domain", "x"], 1),
])
def test_they_do_not_steer_the_terminal(program, arguments, status):
    answer, text = said(program, *arguments)
    assert answer == status and SHOWN in text
    assert not [c for c in text if c != "\n" and (ord(c) < 32 or c == "\u202e")], text


def test_unknown_ones_are_named_in_their_order():
    assert said("snomctl", "phones", "b", "a", "--c") == (
        3, "The following arguments were not expected: b a --c\n" + RUN_WITH_HELP)
    assert said("snomd", "--config", "x", "b", "a") == (2, "The following arguments were not expected: b a\n" + RUN_WITH_HELP)


@pytest.mark.parametrize("arguments, missing", [(["buttons", "--bogus"], "phone is required"),
                                                (["bind-key", "--bogus"], "--key is required"),
                                                (["--bogus"], "A subcommand is required")])
def test_a_mistyped_option_is_named_beside_what_is_missing(arguments, missing):
    assert said("snomctl", *arguments) == (
        3, f"The following argument was not expected: --bogus\n{missing}\n{RUN_WITH_HELP}")


@pytest.mark.parametrize("arguments, argument, expected", [
    (["buttons", ""], "phone", "user@host"), (["probe", ""], "phone", "user@host"),
    (["group", "show", ""], "name", "the name of a group"), (["group", "delete", ""], "name", "the name of a group"),
    (["job", "show", ""], "id", "a job's id, as job list shows it"),
    (["job", "cancel", ""], "id", "a job's id, as job list shows it"),
    (["token", "revoke", ""], "name", "a name, as token list shows it"),
])
def test_an_empty_one_is_told_with_what_was_expected(arguments, argument, expected):
    assert said("snomctl", *arguments) == (3, f"{argument}: is empty (expected {expected})\n{RUN_WITH_HELP}")


def test_a_server_that_can_be_none_is_bad_usage():
    expected = "is not the address of an HTTP interface (expected http://HOST:PORT or https://HOST:PORT, as http://192.0.2.3:8080)\n"
    for server in ("ftp://127.0.0.1", "http://127.0.0.1:99999", "http://"):
        assert said("snomctl", "--server", server, "health") == (3, f"snomctl: --server: '{server}' {expected}")
    assert said("snomctl", "health", environment={"SNOM_SERVER": "x://y"}) == (3, f"snomctl: SNOM_SERVER: 'x://y' {expected}")


def test_a_press_server_that_can_be_none_is_refused(tmp_path):
    layout = tmp_path / "desk.toml"
    layout.write_text('[[group]]\nphones = ["1000@h"]\nmodel = "D862"\n[[group.key]]\nkey = "1"\nlight = "on"\n')
    for server in ("bogus", "192.0.2.3:8080", "ftp://192.0.2.3"):
        status, text = said("snomctl", "provision", layout, "--output", tmp_path / "out", "--press-server", server)
        assert status == 3 and text.startswith(f"snomctl: provision: --press-server: '{server}' is not the address of ")
    assert not (tmp_path / "out").exists()


def test_a_password_in_an_address_is_not_shown(house):
    nobody = f"http://u:sesame@127.0.0.1:{free_port()}"
    for arguments, environment in ((["--server", nobody, "health"], None), (["phones"], {"SNOM_SERVER": nobody}),
                                   (["phones", nobody], None), (["--server", nobody, "watch"], None),
                                   (["--server", "http://u:sesame@127.0.0.1:99999", "health"], None)):
        status, text = said("snomctl", *arguments, environment=environment)
        assert status in (2, 3) and "http://u:***@127.0.0.1:" in text and "sesame" not in text
    snomd = house.snomd()
    top = subprocess.run([BIN / "snomctl", "--server", snomd.server.replace("//", "//u:sesame@"), "top", "--once"],
                         capture_output=True, text=True, timeout=LIMIT, check=False)
    assert top.returncode == 0 and "http://u:***@127.0.0.1:" in top.stdout and "sesame" not in top.stdout + top.stderr
