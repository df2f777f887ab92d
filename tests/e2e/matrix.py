"""Each command of snom_command on a phone of each family, over each channel that it has (docs/commands.md): what is done
and what has to come of it, whichever program runs the commands."""

import struct

from programs import wait_until

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


def name_of(row):
    return f"{row[0]}-{row[2]}"


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


class Desk:
    """A phone that is controlled, and another one that it calls: users 1000 and 1001. Each program has a desk of its own,
    which makes phone, other and the folder pictures."""

    notify_mark = " [notify]"  # the end of a reply when the phone was reached by NOTIFY
    is_told = True  # whether a reply to what went by NOTIFY waits for the phone's answer, and says what it was
    transfer_to = "67"
    transfer_status = 603  # what the other end of a call answers; virtual phones decline to be transferred

    def __init__(self, model, channel):
        self.channel = channel
        self.old = model in ("370", "870")
        self.carried = self.notify_mark if channel == "notify" else ""

    def run(self, line):
        """One line; its reply without the line end."""
        raise NotImplementedError

    def is_registered(self):
        raise NotImplementedError

    def wait_until_known(self):
        """Until both phones, which are registered, can be commanded."""

    def is_transferred(self):
        raise NotImplementedError

    def do(self, command):
        assert self.run(f"snom_command 1000 {command}") == f"+OK 1000 {command}{self.carried}"

    def cannot(self, command):
        reply = self.run(f"snom_command 1000 {command}")
        assert reply.startswith(f"-ERR 1000 {command}"), reply
        return reply

    def talk(self):
        """The other one calls, and ENTER answers."""
        self.other.get("/command.htm?number=1000")
        self.phone.wait_for_call("ringing")
        self.do("key ENTER")
        self.phone.wait_for_call("talking")
        self.other.wait_for_call("talking")


class CommandMatrix:
    """The tests; they need a fixture `desk` for each of PHONES."""

    def test_calls(self, desk):
        desk.do("dial 1001")
        desk.other.wait_for_call("ringing")
        desk.do("hangup")
        desk.phone.wait_for_call("idle")
        desk.other.wait_for_call("idle")

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

    def test_transfer(self, desk):
        desk.talk()
        desk.do(f"transfer {desk.transfer_to}")
        answered = desk.phone.wait_for("transfer_answered")
        assert (answered["peer"], answered["status"]) == (desk.transfer_to, desk.transfer_status)
        if desk.transfer_status == 202:
            desk.phone.wait_for_call("idle")
            wait_until(desk.is_transferred, "the other phone to be where it was transferred to")

    def test_keys_and_dnd(self, desk):
        desk.do("key 1;2,50;3,,60")
        wait_until(lambda: desk.phone.state()["call"]["entry"] == "123", "the digits in their order")
        desk.do("dnd")
        wait_until(lambda: desk.phone.state()["dnd"], "do not disturb")
        if desk.channel == "notify":
            assert "OFFHOOK does nothing when it comes as Snom XML" in desk.cannot("key OFFHOOK")

    def test_identities(self, desk):
        for command in ("reregister", "reregister 1"):
            mark = desk.phone.out.mark()
            desk.do(command)
            desk.phone.wait_for("registered", since=mark)
        if desk.channel == "http":
            desk.do("logoff")
            desk.phone.wait_for("unregistered")
        else:
            assert "remove an identity" in desk.cannot("logoff")
            assert desk.is_registered()

    def test_lists_settings_and_restarts(self, desk):
        desk.do("dial 1001")
        desk.other.wait_for_call("ringing")
        desk.do("hangup")
        desk.phone.wait_for_call("idle")
        assert desk.phone.state()["dialled"] == ["1001"]
        desk.do("action dialeddel")
        wait_until(lambda: desk.phone.state()["dialled"] == [], "an empty list")
        for name, list_name in (("misseddel", "missed"), ("receiveddel", "received")):
            desk.do(f"action {name}")
            desk.phone.wait_for("list_cleared", list=list_name)
        reply = desk.run("snom_command 1000 setting tone_scheme GER")
        assert reply == f"+OK 1000 setting tone_scheme{desk.carried}"
        wait_until(lambda: desk.phone.state()["settings"].get("tone_scheme") == "GER", "the setting")
        for name in ("reboot", "reset"):
            mark = desk.phone.out.mark()
            desk.do(f"action {name}")
            desk.phone.wait_for("rebooted", since=mark)
            desk.phone.wait_for("registered", since=mark)
            desk.wait_until_known()

    def test_messages(self, desk):
        message = "1000 message Please call  back"
        if desk.old:  # takes pages with its setting xml_notify on only
            reply = desk.run(f"snom_command {message}")
            desk.phone.wait_for("xml_refused", status=489)
            assert "Please call  back" not in desk.phone.state()["display"]
            if desk.is_told:
                assert reply == (f"-ERR {message} [NOTIFY:489]: the phone answered 489 Bad Event (older firmware takes "
                                 "Snom XML with its setting xml_notify on)")
            else:
                assert reply == f"+OK {message}{desk.notify_mark}"
            assert desk.run("snom_command 1000 setting xml_notify on") == "+OK 1000 setting xml_notify"
        assert desk.run(f"snom_command {message}") == f"+OK {message}{desk.notify_mark}"
        if not desk.is_told:
            desk.phone.wait_for("xml")
        assert "Please call  back" in desk.phone.state()["display"]

    def test_screen(self, desk):
        if desk.channel == "notify":
            assert "a picture of the screen comes by HTTP only" in desk.cannot("screen desk.png")
            assert list(desk.pictures.iterdir()) == []
            return
        desk.do("screen desk.png")
        assert png_size((desk.pictures / "desk.png").read_bytes()) == (240, 160)
        assert [path.name for path in desk.pictures.iterdir()] == ["desk.png"]
        for file in ("../desk.png", "/desk.png", ".desk.png"):
            assert desk.run(f"snom_command 1000 screen {file}").startswith("-ERR file: ")
