"""Each command of snom_command on a phone of each family, over each channel that it has (docs/commands.md)."""

import struct
import urllib.request

import pytest

from programs import LIMIT, wait_until

# A phone of each family, the channel that is configured, and the one that it has to be.
PHONES = [
    ("370", "auto", "http"),
    ("870", "auto", "http"),
    ("D385", "auto", "http"),
    ("D385", "notify", "notify"),
    ("D785", "auto", "http"),
    ("D785", "notify", "notify"),
    ("D862", "auto", "notify"),
    ("D815", "auto", "notify"),
]


class Desk:
    """A phone that is controlled, and another one that it calls."""

    def __init__(self, house, model, configured, channel):
        extra = "[limits]\nxml_pause_ms = 50\n"
        if configured != "auto":
            extra += f'[[channel]]\nchannel = "{configured}"\n'
        pictures = house.folder / "pictures"
        pictures.mkdir()
        extra += '[pictures]\nfolder = "pictures"\n'
        self.snomd = house.snomd(extra=extra)
        self.other = house.phone(self.snomd, "1001")
        self.phone = house.phone(self.snomd, more=("--model", model, "--reboot-time", "50"))
        house.tell_webs(self.snomd, {"1000": self.phone.page}, {"extra": extra})
        self.pictures = pictures
        self.channel = channel
        self.old = model in ("370", "870")
        self.carried = " [notify]" if channel == "notify" else ""

    def do(self, command):
        assert self.snomd.api(f"snom_command 1000 {command}") == f"+OK 1000 {command}{self.carried}"

    def cannot(self, command):
        reply = self.snomd.api(f"snom_command 1000 {command}")
        assert reply.startswith(f"-ERR 1000 {command}"), reply
        return reply

    def talk(self):
        """The other one calls, and ENTER answers."""
        self.other.get("/command.htm?number=1000")
        self.phone.wait_for_call("ringing")
        self.do("key ENTER")
        self.phone.wait_for_call("talking")


@pytest.fixture(params=PHONES, ids=lambda p: f"{p[0]}-{p[2]}")
def desk(house, request):
    return Desk(house, *request.param)


def test_calls(desk):
    desk.do("dial 1001")
    desk.other.wait_for_call("ringing")
    desk.do("hangup")
    desk.phone.wait_for_call("idle")

    desk.talk()
    desk.do("dtmf 12#")
    wait_until(lambda: "".join(event["digits"] for event in desk.other.events("dtmf")) == "12#",
               "the tones at the other phone")
    desk.do("hold")
    desk.phone.wait_for_call("held")
    desk.do("hold")
    desk.phone.wait_for_call("talking")
    desk.do("hangup")
    desk.phone.wait_for_call("idle")


def test_transfer(desk):
    desk.talk()
    desk.do("transfer 67")
    answered = desk.phone.wait_for("transfer_answered")
    assert answered["peer"] == "67"


def test_keys_and_dnd(desk):
    desk.do("key 1;2,50;3,,60")
    wait_until(lambda: desk.phone.state()["call"]["entry"] == "123", "the digits in their order")
    desk.do("dnd")
    wait_until(lambda: desk.phone.state()["dnd"], "do not disturb")
    if desk.channel == "notify":
        assert "OFFHOOK does nothing when it comes as Snom XML" in desk.cannot("key OFFHOOK")


def test_identities(desk):
    mark = desk.phone.out.mark()
    desk.do("reregister")
    desk.phone.wait_for("registered", since=mark)
    desk.do("reregister 1")
    if desk.channel == "http":
        desk.do("logoff")
        desk.phone.wait_for("unregistered")
    else:
        assert "remove an identity" in desk.cannot("logoff")
        assert desk.snomd.phones()


def test_lists_settings_and_restarts(desk):
    desk.do("dial 1001")
    desk.other.wait_for_call("ringing")
    desk.do("hangup")
    desk.phone.wait_for_call("idle")
    assert desk.phone.state()["dialled"] == ["1001"]
    desk.do("action dialeddel")
    wait_until(lambda: desk.phone.state()["dialled"] == [], "an empty list")
    for name in ("misseddel", "receiveddel"):
        desk.do(f"action {name}")
    reply = desk.snomd.api("snom_command 1000 setting tone_scheme GER")
    assert reply == f"+OK 1000 setting tone_scheme{desk.carried}"
    wait_until(lambda: desk.phone.state()["settings"].get("tone_scheme") == "GER", "the setting")
    for name in ("reboot", "reset"):
        mark = desk.phone.out.mark()
        desk.do(f"action {name}")
        desk.phone.wait_for("rebooted", since=mark)
        desk.phone.wait_for("registered", since=mark)


def test_messages(desk):
    reply = desk.snomd.api("snom_command 1000 message Please call  back")
    if desk.old:  # takes pages with its setting xml_notify on only
        assert reply == ("-ERR 1000 message Please call  back [NOTIFY:489]: the phone answered 489 Bad Event (older "
                         "firmware takes Snom XML with its setting xml_notify on)")
        assert desk.snomd.api("snom_command 1000 setting xml_notify on").startswith("+OK")
        reply = desk.snomd.api("snom_command 1000 message Please call  back")
    assert reply == "+OK 1000 message Please call  back [notify]"
    assert "Please call  back" in desk.phone.state()["display"]


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def test_screen(desk):
    if desk.channel == "notify":
        assert "a picture of the screen comes by HTTP only" in desk.cannot("screen desk.png")
        assert desk.snomd.request("GET", "/v1/phones/1000@example.test/screen.png").status == 502
        return
    desk.do("screen desk.png")
    assert png_size((desk.pictures / "desk.png").read_bytes()) == (240, 160)
    assert [path.name for path in desk.pictures.iterdir()] == ["desk.png"]
    for file in ("../desk.png", "/desk.png", ".desk.png"):
        assert desk.snomd.api(f"snom_command 1000 screen {file}").startswith("-ERR file: ")


def test_screen_over_http(house):
    snomd, phone = house.house_of_phones("1000", more=("--model", "D785"))
    with urllib.request.urlopen(f"{snomd.server}/v1/phones/1000@example.test/screen.png", timeout=LIMIT) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        assert png_size(answer.read()) == (240, 160)
    assert snomd.api("snom_command 1000 screen desk.png") == (
        "-ERR 1000 screen desk.png: there is no folder for pictures (docs/commands.md)")
    assert snomd.request("GET", "/v1/phones/1009@example.test/screen.png").status == 502


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
