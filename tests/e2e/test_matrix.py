"""Each command of snom_command on a phone of each family (matrix.py), by snomd; and several phones at once."""

import urllib.request

import pytest

from matrix import PHONES, CommandMatrix, Desk, name_of, png_size
from programs import LIMIT


class SnomdDesk(Desk):
    def __init__(self, house, model, configured, channel):
        super().__init__(model, channel)
        extra = "[limits]\nxml_pause_ms = 50\n"
        if configured != "auto":
            extra += f'[[channel]]\nchannel = "{configured}"\n'
        self.pictures = house.folder / "pictures"
        self.pictures.mkdir()
        extra += '[pictures]\nfolder = "pictures"\n'
        self.snomd = house.snomd(extra=extra)
        self.other = house.phone(self.snomd, "1001")
        self.phone = house.phone(self.snomd, more=("--model", model, "--reboot-time", "50"))
        house.tell_webs(self.snomd, {"1000": self.phone.page}, {"extra": extra})

    def run(self, line):
        return self.snomd.api(line)

    def is_registered(self):
        return any(phone["user"] == "1000" for phone in self.snomd.phones())


@pytest.fixture(params=PHONES, ids=name_of)
def desk(house, request):
    return SnomdDesk(house, *request.param)


class TestMatrix(CommandMatrix):
    pass


def test_screen_over_http(house):
    snomd, phone = house.house_of_phones("1000", more=("--model", "D785"))
    with urllib.request.urlopen(f"{snomd.server}/v1/phones/1000@example.test/screen.png", timeout=LIMIT) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert png_size(answer.read()) == (240, 160)
    assert snomd.api("snom_command 1000 screen desk.png") == (
        "-ERR 1000 screen desk.png: there is no folder for pictures (docs/commands.md)")
    assert snomd.request("GET", "/v1/phones/1009@example.test/screen.png").status == 502
    house.phone(snomd, "1001", more=("--model", "D862"))
    assert snomd.request("GET", "/v1/phones/1001@example.test/screen.png").status == 502


def test_several_phones_answer_a_line_each(house):
    extra = '[[group]]\nname = "sales"\nmembers = ["1001", "1000@example.test"]\n'
    snomd, one, two = house.house_of_phones("1000", "1001", more=("--model", "D785"), extra=extra)
    done = snomd.snomctl("api", "snom_command 1001,1000,1009 key 5")
    assert done.stdout == "+OK 1001 key 5\n+OK 1000 key 5\n-ERR user '1009' not registered\n"
    assert done.returncode == 1
    assert snomd.snomctl("api", "snom_command sales key 6").stdout == (
        "+OK 1001 key 6\n+OK 1000@example.test key 6\n")
    assert snomd.api("snom_command * message Lunch") == (
        "+OK 1000@example.test message Lunch [notify]\n+OK 1001@example.test message Lunch [notify]")
    for phone in (one, two):
        state = phone.state()
        assert state["call"]["entry"] == "56" and "Lunch" in state["display"]


def test_passwords_show_up_nowhere(house):
    snomd, phone = house.house_of_phones("1000", more=("--model", "D785", "--web-auth", "digest", "--web-user", "admin",
                                                         "--web-password", "geheim"))
    events = house.events(snomd)
    assert snomd.api("snom_command 1000 setting user_pass1 geheim2 admin geheim") == "+OK 1000 setting user_pass1"
    assert events.wait_for("command")["command"] == "snom_command 1000 setting user_pass1"
    assert snomd.api("snom_command 1000 hangup admin geheim") == "+OK 1000 hangup"
    assert "geheim" not in snomd.log() and "geheim" not in str(events.inbox.items())
