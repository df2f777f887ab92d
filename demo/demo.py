#!/usr/bin/env python3
"""./run demo: snomd and two virtual phones on free loopback ports, and what one can do with them, step by step.

With --once it ends by itself, with status 0 if everything was as promised. Without, it stays until Ctrl-C, so that the
addresses it prints can be tried by hand.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HOME = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("SNOM_BIN_DIR", HOME / "build" / "bin"))
LIMIT = 15.0  # seconds that any single thing may take
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


class Failure(Exception):
    pass


def style(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def say(text=""):
    print(text, flush=True)


def step(title):
    say()
    say(style("1", title))


def seen(text):
    say("   " + text)


def expect(truth, what):
    if not truth:
        raise Failure(what)


def until(question, what):
    """Asks until the answer is true, within the limit; that answer."""
    end = time.monotonic() + LIMIT
    while True:
        answer = question()
        if answer:
            return answer
        expect(time.monotonic() < end, f"waited {LIMIT:.0f} s in vain: {what}")
        time.sleep(0.05)


def free_tcp_ports():
    """The first of two neighbours that nobody uses now."""
    def pair():
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            try:
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            except (OSError, OverflowError):
                return None
            return first.getsockname()[1]
    return until(pair, "two free ports beside one another")


class Program:
    """One of our programs; its standard output is read in the background, its log kept in a file."""

    def __init__(self, name, arguments, folder, label):
        self.label = label
        self.log = folder / f"{label.replace(' ', '-')}.log"
        self.lines = []
        self.process = subprocess.Popen([BIN / name, *arguments], stdout=subprocess.PIPE, stderr=self.log.open("w"),
                                        stdin=subprocess.DEVNULL, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def line(self, wanted, what):
        def find():
            expect(self.process.poll() is None, f"{self.label} ended: {self.log.read_text().strip()}")
            return next((line for line in list(self.lines) if wanted(line)), None)
        return until(find, what)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Phone:
    """One of the two phones of the program."""

    def __init__(self, user, web, program):
        self.user = user
        self.program = program
        self.page = f"http://{web}"

    def wait_for(self, name):
        def is_it(line):
            event = json.loads(line)
            return event["event"] == name and event["user"] == self.user
        return json.loads(self.program.line(is_it, f"phone {self.user}: {name}"))

    def get(self, path):
        with urllib.request.urlopen(self.page + path, timeout=LIMIT) as answer:
            return answer.read().decode()

    def state(self):
        return json.loads(self.get("/state.json"))

    def key(self, name):
        for key in self.state()["keys"]:
            if str(key["key"]) == name:
                return key
        return {"key": name, "light": "off", "label": "", "number": "", "action": ""}

    def call(self):
        return self.state()["call"]["state"]

    def show_key(self, name):
        key = self.key(name)
        lit = (key["light"] or "off") != "off"
        lamp = style("31;1", "(*)") if lit else "( )"
        does = f", a press does {key['action']} {key['number']}" if key["number"] else ", a press does nothing"
        seen(f"phone {self.user}, key {name}: {lamp} {key['label'] or ''}{does}")


class Demo:
    def __init__(self, folder, stack):
        self.folder = folder
        port = free_tcp_ports()
        webs = {"1000": f"127.0.0.1:{port}", "1001": f"127.0.0.1:{port + 1}"}
        config = folder / "snomd.toml"
        users = "".join(f'[[user]]\nname = "{user}"\npassword = "1234"\nweb = "http://{web}"\n' for user, web in webs.items())
        config.write_text('[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]\n'
                          'domain = "127.0.0.1"\n[http]\nlisten = "127.0.0.1:0"\n' + users)
        self.snomd = Program("snomd", ["--config", str(config)], folder, "snomd")
        stack.callback(self.snomd.stop)
        self.snomd.line(lambda line: line == "ready", "snomd to be ready")
        listening = [line.split() for line in self.snomd.lines if line.startswith("listening ")]
        self.sip = next(words[2].removeprefix("udp:") for words in listening if words[2].startswith("udp:"))
        self.server = "http://" + next(words[2] for words in listening if words[1] == "http")
        program = Program("snomphone", ["--server", self.sip, "--user", "1000", "--password", "1234", "--count", "2",
                                        "--model", "D735", "--web", f"127.0.0.1:{port}", "--page", "127.0.0.1:0"],
                          folder, "phones")
        stack.callback(program.stop)
        self.phones = {user: Phone(user, web, program) for user, web in webs.items()}
        for phone in self.phones.values():
            phone.wait_for("registered")
        page = self.phones["1000"].wait_for("listening")["page"]
        self.faces = page.removesuffix("1000") + ",".join(self.phones)

    def command(self, line, status=0):
        """Runs a command line with snomctl, as a person would, and checks its exit status."""
        quote = '"' if "'" in line else "'"
        seen(style("36", f"$ snomctl api {quote}{line}{quote}"))
        done = subprocess.run([BIN / "snomctl", "--server", self.server, "api", line], capture_output=True, text=True,
                              timeout=LIMIT)
        for text in (done.stdout + done.stderr).splitlines():
            seen(style("32" if text.startswith("+OK") else "33", text))
        expect(done.returncode == status, f"snomctl ended with {done.returncode}, not {status}")
        return done.stdout.strip()

    def play(self):
        first, second = self.phones["1000"], self.phones["1001"]

        step("1. A server and two virtual phones, all on this machine")
        seen(f"snomd       SIP {self.sip}, commands {self.server}")
        for phone in self.phones.values():
            state = phone.state()
            seen(f"phone {phone.user}  a Snom {state['model']}, its web page {phone.page}/")
        seen(f"            both, drawn to be pressed: {self.faces}")

        step("2. Light key 2 of phone 1000, and bind an action to it: to go dark again")
        self.command("snom_bind_key 2 on DND 1000 127.0.0.1 internal message "
                     "api+snom_bind_key 2 off DND 1000 127.0.0.1 internal message notused")
        expect(first.key("2")["light"] == "on" and first.key("2")["label"] == "DND", "key 2 is not lit and labelled")
        first.show_key("2")

        step("3. Somebody presses the key: the phone sends it back, and snomd runs what was bound")
        self.command("snom_command */1000 key P2")
        until(lambda: first.key("2")["light"] == "off", "key 2 to go dark")
        first.show_key("2")

        step("4. Phone 1001 calls 1000; a key sequence picks up, talks for a second, hangs up")
        second.get("/command.htm?number=1000")
        until(lambda: first.call() == "ringing", "phone 1000 to ring")
        seen("phone 1000 rings")
        self.command("snom_command */1000 key enter,50,1000;cancel,50")
        until(lambda: first.call() == "talking" and second.call() == "talking", "both phones to talk")
        seen("phone 1000 and phone 1001 talk")
        until(lambda: first.call() == "idle" and second.call() == "idle", "both phones to hang up")
        seen("both have hung up")

        step("5. What cannot be done is said")
        reply = self.command("snom_bind_key 2 on DND 1005 127.0.0.1 internal", status=1)
        expect(reply.startswith("-ERR") and "not registered" in reply, "no word of the missing registration")
        reply = self.command("snom_bind_key 2 purple DND 1000 127.0.0.1 internal", status=1)
        expect(reply.startswith("-ERR light"), "no word of the unknown light")
        reply = self.command("snom_command 127.0.0.1:9 key enter", status=1)
        expect("[HTTP:0]" in reply, "no word of the phone that is not there")

        step("6. A key each that calls the other phone, to be pressed by you")
        for phone, other in ((first, second), (second, first)):
            self.command(f"snom_button {phone.user}@127.0.0.1 1 light=on color=green label='Call {other.user}' "
                         f"number={other.user} action=invite")
            expect(phone.key("1")["label"] == f"Call {other.user}", f"key 1 of {phone.user} has not its label")

    def addresses(self):
        ctl = f"{os.path.relpath(BIN / 'snomctl')} --server {self.server}"
        step("Everything was as promised. To try by hand, from another terminal:")
        seen(f"{ctl} phones")
        seen(f"{ctl} watch")
        seen(f"{ctl} api 'snom_bind_key 3 pickup Door 1001 127.0.0.1 internal invite 1000'")
        seen(f"{ctl} buttons 1001@127.0.0.1")
        seen(f"{ctl} api 'snom_command */1001 key P3'")
        for phone in self.phones.values():
            seen(f"{phone.page}/            (phone {phone.user}; what its keys show: {phone.page}/state.json)")
        step("All phones and their keys, to look at and to change, in a browser:")
        seen(style("36;1", f"{self.server}/"))
        step("Both phones, to look at and to press, in a browser:")
        seen(style("36;1", self.faces))
        seen("Click 'Call 1001' on the left one, and the right one rings; 'Answer' takes the call.")


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--once", action="store_true", help="end after the steps; status 0 if all was as promised")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="snom-demo-") as name, contextlib.ExitStack() as stack:
        try:
            demo = Demo(pathlib.Path(name), stack)
            demo.play()
            demo.addresses()
        except Failure as failure:
            say()
            say(style("31", f"Not as promised: {failure}"))
            for log in sorted(pathlib.Path(name).glob("*.log")):
                say(f"--- {log.stem}\n{log.read_text()[-2000:]}")
            return 1
        if not options.once:
            say()
            say("Ctrl-C ends it all.")
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
