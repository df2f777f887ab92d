"""snomctl top in a terminal of the test's own: what it shows, that it follows the terminal's size, and that the terminal is
what it was, however it ends."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

import pytest

from programs import BIN, LIMIT, free_port, wait_until

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?25h\x1b[?1049l"


class Terminal:
    """A terminal with snomctl top in it, as far as it has to be one: the latest frame, and whether it was given back."""

    def __init__(self, server, *arguments, size=(24, 100)):
        self.ours, self.theirs = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.theirs)
        self.process = subprocess.Popen([BIN / "snomctl", "--server", server, "top", *arguments], stdin=self.theirs,
                                        stdout=self.theirs, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.text = ""
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while some := os.read(self.ours, 65536):
                with self._lock:
                    self.text += some.decode(errors="replace")
        except OSError:
            pass  # nobody has the other end any more

    def resize(self, rows, columns):
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def frames(self):
        with self._lock:
            drawn = [part for part in self.text.split("\x1b[H")[1:] if "\x1b[J" in part]
        return [re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", part.split("\x1b[J")[0]).replace("\r", "").split("\n") for part in drawn]

    def wait_for(self, words, what):
        wait_until(lambda: any(words in line for line in (self.frames() or [[]])[-1]), f"{what}; seen: {self.frames()[-1:]}")
        return self.frames()[-1]

    def press(self, key):
        os.write(self.ours, key.encode())

    def ended(self):
        status = self.process.wait(LIMIT)
        wait_until(lambda: LEAVE in self.text, "the terminal to be given back")
        return status

    def is_as_before(self):
        wait_until(lambda: self.text.count(ENTER) == self.text.count(LEAVE), "its last words to be read")
        return termios.tcgetattr(self.theirs) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LIMIT)
        self.process.stderr.close()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal():
    made = []

    def start(*arguments, **more):
        made.append(Terminal(*arguments, **more))
        return made[-1]
    yield start
    for one in made:
        one.close()


def test_it_shows_phones_rates_what_is_wrong_and_what_happens(house, terminal):
    snomd, _ = house.house_of_phones("1000", more=("--model", "D785"))
    assert snomd.request("PATCH", "/v1/phones/1000@example.test/buttons/99", '{"light": "on"}').status == 502
    assert snomd.request("PUT", "/v1/phones/1001@example.test/buttons/2", '{"light": "on"}').status == 200
    shown = terminal(snomd.server, "--interval", "0.2")
    frame = shown.wait_for("1 ok", "the phones by state")
    assert snomd.server in frame[0] and "up 0" not in frame[1]
    assert any("1 away" in line and "phones      2:" in line for line in frame), frame
    assert frame[-1] == "q ends" and len(frame) == 24

    def commanded():
        snomd.api("snom_button 1000@example.test 2 light=on")
        return any(re.search(r"[1-9]\d*\.\d commands", line) for line in shown.frames()[-1])
    wait_until(commanded, "a rate of commands")
    shown.wait_for("1000@example.test key 2: on", "what happens")
    shown.press("q")
    assert shown.ended() == 0 and shown.is_as_before()
    assert shown.process.stderr.read() == ""


def test_phones_with_which_something_is_wrong_are_named(house, terminal):
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 300")
    assert snomd.request("PUT", "/v1/phones/1000@example.test/buttons/2", '{"light": "on"}').status == 200
    house.phone(snomd, more=("--fault", "delay=20000"))
    frame = terminal(snomd.server, "--interval", "0.2").wait_for("1 silent", "the silent phone")
    assert any(line.startswith("1000@example.test  silent") for line in frame), frame


def test_it_follows_the_terminals_size(house, terminal):
    shown = terminal(house.snomd().server, size=(24, 100))
    assert len(shown.wait_for("q ends", "a frame")) == 24
    shown.resize(8, 30)
    os.kill(shown.process.pid, signal.SIGWINCH)  # as the kernel does in a foreground process group
    wait_until(lambda: len(shown.frames()[-1]) <= 8, "a smaller frame")
    assert all(len(line) <= 30 for line in shown.frames()[-1]), shown.frames()[-1]


@pytest.mark.parametrize("how, status", [
    ("q", 0), ("\x03", 0), (signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGABRT, -signal.SIGABRT),
    (signal.SIGSEGV, -signal.SIGSEGV)])
def test_the_terminal_is_what_it_was_however_it_ends(house, terminal, how, status):
    shown = terminal(house.snomd().server)
    shown.wait_for("q ends", "a frame")
    assert not termios.tcgetattr(shown.theirs)[3] & termios.ECHO
    if isinstance(how, str):
        shown.press(how)
    else:
        os.kill(shown.process.pid, how)
    assert shown.ended() == status and shown.is_as_before()


def test_it_may_be_stopped_and_goes_on(house, terminal):
    shown = terminal(house.snomd().server)
    shown.wait_for("q ends", "a frame")
    shown.press("\x1a")
    wait_until(lambda: os.waitpid(shown.process.pid, os.WUNTRACED | os.WNOHANG)[1], "it to stop")
    assert shown.is_as_before()
    os.kill(shown.process.pid, signal.SIGCONT)
    wait_until(lambda: shown.text.count(ENTER) == 2, "its screen again")
    shown.press("q")
    assert shown.ended() == 0 and shown.is_as_before()


def test_a_snomd_that_goes_is_waited_for(house, terminal):
    snomd = house.snomd(http=f'listen = "127.0.0.1:{free_port()}"')
    shown = terminal(snomd.server, "--interval", "0.2")
    shown.wait_for("waiting", "a frame")
    snomd.stop()
    frame = shown.wait_for("NOT REACHED", "word that it is gone")
    assert "cannot reach snomd" in frame[1]
    house.keep(type(snomd)(snomd.config))
    wait_until(lambda: "NOT REACHED" not in shown.frames()[-1][0], "it to be there again")
    shown.press("q")
    assert shown.ended() == 0 and shown.is_as_before()


def test_where_there_is_no_terminal_it_is_one_text(house):
    snomd, _ = house.house_of_phones("1000")
    for arguments in (("top",), ("top", "--once", "--interval", "0.2")):
        done = snomd.snomctl(*arguments)
        lines = done.stdout.splitlines()
        assert done.returncode == 0 and "\x1b" not in done.stdout, done
        assert lines[1] == "phones      1: 0 silent, 0 refused, 0 pending, 1 ok, 0 away", lines
        assert re.fullmatch(r"deliveries  \d+\.\d accepted, \d+\.\d refused, \d+\.\d silent a second", lines[2]), lines
        assert re.fullmatch(r"others      \d+\.\d presses, \d+\.\d registrations, \d+\.\d commands a second", lines[3]), lines
        assert lines[4].startswith("waiting     0 restores"), lines
        assert lines[6] == "all phones that are there show what they should"


def test_what_cannot_be_reached_or_may_not_be_seen_says_so(house):
    done = subprocess.run([BIN / "snomctl", "--server", f"http://127.0.0.1:{free_port()}", "top", "--once"],
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 2 and "cannot reach snomd" in done.stderr
    (house.folder / "token").write_text("0123456789abcdef\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    done = snomd.snomctl("top", "--once")
    assert done.returncode == 2 and "answered 401" in done.stderr
