"""snomctl: what it prints and what it ends with."""

import json
import pathlib
import re
import subprocess

from programs import BIN, LIMIT, free_port


def test_exit_status_tells_ok_from_error_from_nobody_there(house):
    snomd, _ = house.house_of_phones("1000")
    done = snomd.snomctl("api", "snom_bind_key 2 on DND 1000 example.test internal")
    assert (done.returncode, done.stdout) == (0, "+OK 2 on DND 1000 example.test internal\n")
    done = snomd.snomctl("api", "snom_bind_key 2 on DND 1001 example.test internal")
    assert done.returncode == 1 and done.stdout.startswith("-ERR")
    nowhere = f"http://127.0.0.1:{free_port()}"
    done = subprocess.run([BIN / "snomctl", "--server", nowhere, "api", "x"], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2 and done.stdout == "" and nowhere.removeprefix("http://") in done.stderr


def test_phones_and_buttons(house):
    snomd, _ = house.house_of_phones("1000")
    assert snomd.api("snom_bind_key 2 hold Park 1000 example.test internal invite 700").startswith("+OK")
    done = snomd.snomctl("phones")
    assert done.returncode == 0 and "1000@example.test" in done.stdout
    done = snomd.snomctl("buttons", "1000@example.test")
    assert done.returncode == 0 and "Park" in done.stdout and "hold" in done.stdout
    assert "1000" in json.dumps(json.loads(snomd.snomctl("phones", "--json").stdout))
    assert "Park" in json.dumps(json.loads(snomd.snomctl("buttons", "1000@example.test", "--json").stdout))
    for refused in (["buttons", "nobody@example.test"], ["phones", "--state", "bogus"]):
        assert snomd.snomctl(*refused).returncode == 1, refused


def test_named_options_for_those_who_do_not_think_in_positions(house):
    snomd, phone = house.house_of_phones("1000")
    done = snomd.snomctl("bind-key", "--key", "4", "--light", "on", "--label", "Two words", "--user", "1000", "--host",
                         "example.test", "--profile", "internal", "--action-name", "invite", "--action", "it's 1001")
    assert done.returncode == 0, done
    key = phone.key("4")
    assert (key["light"], key["label"], key["number"]) == ("on", "Two words", "it's 1001")
    assert snomd.snomctl("command", "--to", "*/1000", "--key", "P1").returncode == 0
    phone.wait_for("key", key="P1")


def test_an_option_stays_one_argument_whatever_is_in_it(house):
    """`^^,` at the start of a line would have it split at commas."""
    snomd, phone = house.house_of_phones("1000")
    done = snomd.snomctl("bind-key", "--key", "^^,1", "--label", "x", "--user", "1000", "--host", "example.test",
                         "--profile", "internal")
    assert done.stdout == "-ERR key ^^,1 of 1000@example.test not set: phone answered 404 No Such Key\n"
    phone.wait_for("buttons_refused", why="this phone has no key '^^,1'")
    assert snomd.api("snom_button 1000@example.test 1 label=y").startswith("+OK")
    assert snomd.snomctl("clear", "^^,1000@example.test,all,", "all").stdout.startswith("-ERR")
    assert phone.key("1")["label"] == "y"


def test_watch_shows_what_happens(house):
    snomd, _ = house.house_of_phones("1000")
    watch = house.snomctl(snomd, "watch", "--json")
    told = []

    def happened(line):
        told.append(json.loads(line))
        return "DND" in line

    # It takes a moment to be there: the command is given until it is seen.
    for _ in range(50):
        snomd.api("snom_bind_key 2 on DND 1000 example.test internal")
        if watch.out.items():
            break
    watch.out.wait_for(happened, "the button's event")


def test_watch_says_why_it_is_refused(house):
    snomd = house.snomd()
    refused = snomd.snomctl("watch", "--type", "bogus")
    assert refused.returncode == 1, refused
    assert re.search(r"^snomctl: http://\S+ answered 400: type: 'bogus' is none \(expected ", refused.stderr), refused.stderr


def test_help_of_api_is_the_manuals_usage_of_each_command():
    manual = (pathlib.Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    names = re.search(r"unknown command 'x' \(commands: (.*)\)", manual)[1].split(", ")
    done = subprocess.run([BIN / "snomctl", "api", "--help"], capture_output=True, text=True, timeout=LIMIT, check=False)
    shown = " ".join(done.stdout.split())
    for name in names:
        usage = re.search(rf"\n## [^\n]*\b{name}\b.*?\n    ({name} <.*?)\n", manual, re.DOTALL)[1]
        assert usage in shown, done.stdout


def test_help_names_the_commands(house):
    done = subprocess.run([BIN / "snomctl", "--help"], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0
    for word in ("api", "phones", "buttons", "watch", "bind-key", "command"):
        assert word in done.stdout
