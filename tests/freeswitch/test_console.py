"""What fs_cli shows: help, tab completion, the state."""

import re

from freeswitch import wait_until


def completions(fs, line):
    return fs.api(f"console_complete {line}")


def test_help_tells_the_arguments(fs, snom):
    snom()
    # FreeSWITCH writes its list of commands in the background.
    for line in ("snom_bind_key,<key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]",
                 "snom_command,<ip|user> <command> <type> [<username> <password>]", "snom_status,"):
        wait_until(lambda line=line: line in fs.api("help"), f"help to tell {line}")


def test_tab_completes_keys_lights_users_and_profiles(fs, snom, phone):
    snom()
    phone("1000")
    wait_until(lambda: "1000" in completions(fs, "snom_command "), "word of the registration to come")
    assert re.search(r"\b15\b", completions(fs, "snom_bind_key "))
    assert "pickup" in completions(fs, "snom_bind_key 2 ")
    assert "1000" in completions(fs, "snom_bind_key 2 on DND ")
    assert "example.test" in completions(fs, "snom_bind_key 2 on DND 1000 ")
    assert "internal" in completions(fs, "snom_bind_key 2 on DND 1000 example.test ")
    assert "message" in completions(fs, "snom_bind_key 2 on DND 1000 example.test internal ")
    assert "*/1000" in completions(fs, "snom_command ")
    assert "key" in completions(fs, "snom_command */1000 ")
    assert "reboot" in completions(fs, "snom_command */1000 action ")


def test_status_counts(fs, snom, es, phone):
    snom(press_mode="direct", api_door="bound")
    phone("1000")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    es.snom_event("button", Key="2")
    fs.api("snom_command 1001 key enter")
    status = fs.api("snom_status")
    assert status.startswith("mod_snom 2.")
    assert "settings: press-mode direct, api-door bound, confirm-delivery false, delivery-timeout 5000 ms\n" in status
    assert "registered contacts: 1\n" in status
    assert "commands: 1 ok, 1 failed, 0 under way\n" in status
    assert "keys: 1 set, 0 sent and not told, 0 not set\n" in status
    assert "messages: 1 sent, 1 accepted, 0 refused, 0 unanswered" in status
