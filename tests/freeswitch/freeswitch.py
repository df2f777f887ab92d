"""Starts the FreeSWITCH at a prefix with a configuration of our own, and speaks to its event socket."""

import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
HOME = HERE.parents[1]
DOMAIN = "example.test"
LIMIT = 15  # seconds, for anything that should happen at once

USERS = {"1000": "1234", "1001": "5678", "2000": "2468"}


def free_port(*kinds):
    """A port that nobody uses now, by none of the kinds of socket."""
    while True:
        port = 0
        with contextlib.ExitStack() as probes:
            try:
                for kind in kinds:
                    probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                    probe.bind(("127.0.0.1", port))
                    port = probe.getsockname()[1]
            except OSError:
                continue
        return port


def wait_until(question, what, timeout=LIMIT):
    """Asks until the answer is true; that answer."""
    end = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {timeout} s in vain: {what}"
        time.sleep(0.02)


class EventSocket:
    """One connection to mod_event_socket: api, bgapi, and the events that were asked for. Thread-safe."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self._socket.settimeout(None)
        self._replies = collections.deque()
        self._events = []
        self._changed = threading.Condition()
        self._send_lock = threading.Lock()
        self._closed = False
        threading.Thread(target=self._read, daemon=True).start()
        self._take_reply(LIMIT)  # auth/request
        assert self.command("auth test").get("Reply-Text", "").startswith("+OK"), "the event socket refused us"

    def _read(self):
        stream = self._socket.makefile("rb")
        try:
            while True:
                message = self._read_message(stream)
                if message is None:
                    break
                with self._changed:
                    if message.get("Content-Type") == "text/event-plain":
                        self._events.append(self._event(message["_body"]))
                    else:
                        self._replies.append(message)
                    self._changed.notify_all()
        except OSError:
            pass
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @staticmethod
    def _headers(lines):
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip(), value.strip())
        return headers

    def _read_message(self, stream):
        lines = []
        while True:
            line = stream.readline()
            if not line:
                return None
            line = line.decode(errors="replace").rstrip("\n")
            if not line:
                break
            lines.append(line)
        message = self._headers(lines)
        length = int(message.get("Content-Length", 0))
        message["_body"] = stream.read(length).decode(errors="replace") if length else ""
        return message

    def _event(self, text):
        head, _, body = text.partition("\n\n")
        event = {name: urllib.parse.unquote(value) for name, value in self._headers(head.split("\n")).items()}
        if "Content-Length" in event:
            event["_body"] = body
        return event

    def _take_reply(self, timeout):
        with self._changed:
            assert self._changed.wait_for(lambda: self._replies or self._closed, timeout), "no reply on the event socket"
            assert self._replies, "the event socket was closed"
            return self._replies.popleft()

    def command(self, line, timeout=LIMIT):
        with self._send_lock:
            self._socket.sendall(line.encode() + b"\n\n")
            return self._take_reply(timeout)

    def api(self, line, timeout=LIMIT):
        """What the API command wrote, as it is."""
        return self.command("api " + line, timeout)["_body"]

    def bgapi(self, line):
        """Starts it in the background; the job's UUID."""
        return self.command("bgapi " + line)["Job-UUID"]

    def job(self, uuid, timeout=LIMIT):
        """What a background job wrote."""
        return self.wait_for(lambda e: e.get("Event-Name") == "BACKGROUND_JOB" and e.get("Job-UUID") == uuid,
                             f"the end of job {uuid}", timeout)["_body"]

    def subscribe(self, *names):
        reply = self.command("event plain " + " ".join(names))
        assert reply["Reply-Text"].startswith("+OK"), reply

    def events(self):
        with self._changed:
            return list(self._events)

    def mark(self):
        with self._changed:
            return len(self._events)

    def wait_for(self, wanted, what, timeout=LIMIT, since=0):
        """The first event since `since` for which wanted(event) is true."""
        end = time.monotonic() + timeout
        with self._changed:
            seen = since
            while True:
                for event in self._events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self._events)
                left = end - time.monotonic()
                assert left > 0 and not self._closed, f"{what} did not come; events: {self._events[since:][-5:]}"
                self._changed.wait(left)

    def snom_event(self, subclass, timeout=LIMIT, since=0, **fields):
        """The next CUSTOM snom::<subclass> event with these headers (underscores stand for hyphens)."""
        wanted = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.wait_for(lambda e: e.get("Event-Subclass") == f"snom::{subclass}"
                             and all(e.get(name) == value for name, value in wanted.items()),
                             f"snom::{subclass} {wanted}", timeout, since)

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()


class FreeSwitch:
    """A FreeSWITCH in a folder of its own. Ended by its process id."""

    def __init__(self, prefix, folder, module=None, users=None, snom_conf=None, dialplan="", auth_messages=True,
                 switch_conf="", user_variables=None, log_level="info"):
        self.prefix = pathlib.Path(prefix)
        self.folder = pathlib.Path(folder)
        self.users = dict(USERS if users is None else users)
        self.event_port = free_port(socket.SOCK_STREAM)
        self.sip_port = free_port(socket.SOCK_DGRAM, socket.SOCK_STREAM)
        self.sip = ("127.0.0.1", self.sip_port)
        rtp = free_port(socket.SOCK_DGRAM) & ~1
        rtp = min(rtp, 64000)
        people = "\n".join(
            f'<user id="{name}"><params><param name="password" value="{password}"/>'
            + "".join(f'<param name="{key}" value="{value}"/>'
                      for key, value in (user_variables or {}).get(name, {}).items())
            + "</params></user>" for name, password in self.users.items())
        values = {"FOLDER": self.folder, "LOG_LEVEL": log_level, "EVENT_PORT": self.event_port,
                  "SIP_PORT": self.sip_port, "DOMAIN": DOMAIN, "RTP_FIRST": rtp, "RTP_LAST": rtp + 400,
                  "AUTH_MESSAGES": "true" if auth_messages else "false", "USERS": people, "DIALPLAN": dialplan,
                  "SWITCH_CONF": switch_conf, "SNOM_CONF": ""}
        self._values = values
        for name in ("conf", "log", "run", "db", "mod", "scripts", "storage", "cache", "temp", "sounds"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.configure(snom_conf)
        # Its own modules, and ours beside them in place of the original.
        modules = self.prefix / "lib/freeswitch/mod"
        wanted = re.findall(r'<load module="(\w+)"', (HERE / "freeswitch.xml").read_text())
        lacking = [name for name in wanted if not (modules / f"{name}.so").exists()]
        assert not lacking, f"{modules} lacks {', '.join(lacking)}: these tests load them"
        for file in modules.glob("*.so"):
            if module is None or file.name != "mod_snom.so":
                link = self.folder / "mod" / file.name
                link.unlink(missing_ok=True)
                link.symlink_to(file)
        if module is not None:
            self.install(module)
        command = [str(self.prefix / "bin/freeswitch"), "-nf", "-nonat", "-np"]
        for option in ("conf", "log", "run", "db", "mod", "scripts", "storage", "cache", "temp", "sounds"):
            command += [f"-{option}", str(self.folder / option)]
        self.output = open(self.folder / "output", "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=subprocess.STDOUT, cwd=self.folder)
        self._sockets = []

    def configure(self, snom_conf):
        """Writes the configuration; a running FreeSWITCH reads it upon `reloadxml`."""
        text = (HERE / "freeswitch.xml").read_text()
        if snom_conf is not None:
            settings = "".join(f'<param name="{k}" value="{v}"/>' for k, v in snom_conf.items())
            self._values["SNOM_CONF"] = (f'<configuration name="snom.conf"><settings>{settings}</settings>'
                                         "</configuration>")
        for name, value in self._values.items():
            text = text.replace(f"@{name}@", str(value))
        (self.folder / "conf/freeswitch.xml").write_text(text)

    def install(self, module):
        """Puts the module file there as an installation does: a new file under the old name."""
        fresh = self.folder / "mod/mod_snom.so.new"
        fresh.write_bytes(pathlib.Path(module).read_bytes())
        fresh.chmod(0o755)
        fresh.rename(self.folder / "mod/mod_snom.so")

    def started(self, timeout=60):
        """Waits until it is. One that does not get there is ended, since nobody gets hold of it to stop it."""
        try:
            self._wait_until_started(timeout)
        except BaseException:
            with contextlib.suppress(AssertionError):  # why it did not start is what is told
                self.stop(timeout=10)
            raise
        return self

    def _wait_until_started(self, timeout):
        def ready():
            assert self.process.poll() is None, f"FreeSWITCH ended by itself: {self.said()}"
            try:
                with socket.create_connection(("127.0.0.1", self.event_port), timeout=1):
                    return True
            except OSError:
                return False
        wait_until(ready, "FreeSWITCH's event socket", timeout)
        es = self.connect()
        wait_until(lambda: "RUNNING" in es.api("sofia status"), "sofia's profile to run", timeout)
        wait_until(lambda: "is ready" in es.api("status"), "FreeSWITCH to be ready", timeout)

    def connect(self):
        self._sockets.append(EventSocket(self.event_port))
        return self._sockets[-1]

    def api(self, line, timeout=LIMIT):
        if not hasattr(self, "_control"):
            self._control = self.connect()
        return self._control.api(line, timeout)

    def wait_for_contacts(self, count):
        """Until the module knows so many: mod_sofia answers a REGISTER before it tells of it."""
        wait_until(lambda: f"registered contacts: {count}\n" in self.api("snom_status"),
                   f"the module to know {count} registered contacts")

    def said(self):
        log = self.folder / "log/freeswitch.log"
        text = (self.folder / "output").read_text(errors="replace")[-4000:]
        return text + (log.read_text(errors="replace")[-8000:] if log.exists() else "")

    def log(self):
        return (self.folder / "log/freeswitch.log").read_text(errors="replace")

    def memory_kb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def maps(self, name):
        return [line for line in pathlib.Path(f"/proc/{self.process.pid}/maps").read_text().splitlines() if name in line]

    def stop(self, timeout=60):
        """Asks it to end; how many seconds that took. A crash, or no end at all, is a failure."""
        begin = time.monotonic()
        status = self.process.poll()
        if status is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"FreeSWITCH did not end within {timeout} s: {self.said()}") from None
            finally:
                for es in self._sockets:
                    es.close()
        assert status == 0, f"FreeSWITCH ended with status {status}: {self.said()}"
        return time.monotonic() - begin
