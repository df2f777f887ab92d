"""Runs our programs and keeps what they say; every wait has a limit and says what it waited for."""

import collections
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

HOME = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SNOM_BIN_DIR", HOME / "build" / "bin"))
# Programs built with a sanitizer are slower; whoever runs the tests says by how much.
TIME_FACTOR = float(os.environ.get("SNOM_TIME_FACTOR", "1"))
LIMIT = 10 * TIME_FACTOR  # seconds, for anything that should happen at once

Reply = collections.namedtuple("Reply", "status headers body")


def free_port(kind=socket.SOCK_STREAM):
    """A port that nobody uses now, for peers that cannot tell which one they were given."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(question, what, timeout=None):
    """Asks until the answer is true; that answer."""
    end = time.monotonic() + (timeout or LIMIT)
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {timeout or LIMIT:g} s in vain: {what}"
        time.sleep(0.02)


def http_request(server, method, path, body=None, headers=None, timeout=None):
    """One request to "http://host:port" or https; redirects and errors are answers like any other."""
    address = urllib.parse.urlsplit(server)
    if address.scheme == "https":  # a virtual phone's page, whose certificate is its own
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout or LIMIT,
                                                 context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout or LIMIT)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


class Inbox:
    """Things that arrive on another thread, in order, and waiting for one of them."""

    def __init__(self):
        self._items = []
        self._closed = False
        self._changed = threading.Condition()

    def add(self, item):
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def items(self):
        with self._changed:
            return list(self._items)

    def mark(self):
        """What came up to now; wait_for(since=...) passes over it."""
        with self._changed:
            return len(self._items)

    def wait_for(self, wanted, what, timeout=None, since=0):
        """The first item since `since` for which wanted(item) is true."""
        end = time.monotonic() + (timeout or LIMIT)
        with self._changed:
            seen = since
            while True:
                for item in self._items[seen:]:
                    if wanted(item):
                        return item
                seen = len(self._items)
                left = end - time.monotonic()
                if left <= 0 or self._closed:
                    why = "its source ended" if self._closed else f"waited {timeout or LIMIT:g} s"
                    raise AssertionError(f"{what} did not come ({why}); what came: {self._items[since:]}")
                self._changed.wait(left)


def matches(event, name, fields):
    return event.get("event") == name and all(event.get(key) == value for key, value in fields.items())


class Program:
    """A process of ours; both its outputs are read in the background. Ended by its process id, within a limit."""

    def __init__(self, label, command, cwd=None, own_group=False, out=None):
        self.label = label
        self.out = out or Inbox()
        self.err = Inbox()
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=cwd, text=True, errors="replace",
                                        start_new_session=own_group)
        self.pid = self.process.pid
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                         for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(pipe, inbox):
        with pipe:  # a house is kept to the end of all tests, its programs' pipes are not
            for line in pipe:
                inbox.add(line.rstrip("\n"))
        inbox.close()

    def log(self):
        return "\n".join(self.err.items())

    def logs(self, text):
        """The line of the log that has this text, which may still be on its way here."""
        return self.err.wait_for(lambda line: text in line, f"{self.label} to log '{text}'")

    def running(self):
        return self.process.poll() is None

    def send(self, signal_number):
        self.process.send_signal(signal_number)

    def ended(self, timeout=None):
        """Its exit status, waiting for its end; all it said is then in out and err."""
        status = self.process.wait(timeout or LIMIT)
        for reader in self._readers:
            reader.join(LIMIT)
        return status

    def stop(self, expected=(0,)):
        """Ends it as an init system would. A status that is not expected, or no end at all, is a failure."""
        if self.running():
            self.send(signal.SIGTERM)
        try:
            status = self.ended(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.ended()
            raise AssertionError(f"{self.label} did not end {LIMIT:g} s after SIGTERM") from None
        assert status in expected, f"{self.label} ended with status {status}, expected {expected}"

    def report(self):
        lines = [f"$ {' '.join(self.command)}"]
        lines += [f"out  {line}" for line in self.out.items()[-200:]]
        lines += [f"err  {line}" for line in self.err.items()[-200:]]
        return "\n".join(lines)


class Events:
    """snomd's stream of events (server-sent events), each a dict with its name under "event", and each as docs/openapi.json
    has it: the first that is not makes wait_for() and close() fail."""

    def __init__(self, server, headers=None, query=""):
        address = urllib.parse.urlsplit(server)
        self.inbox = Inbox()
        self.fault = None
        self.last_id = None  # as a browser keeps it, for Last-Event-ID
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=LIMIT)
        self._connection.request("GET", "/v1/events" + query, headers=headers or {})
        self._socket = self._connection.sock  # the response takes it over
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.status
        assert self._answer.headers["Content-Type"].startswith("text/event-stream")
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name, data = "", []
        try:
            for raw in self._answer:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data.append(line[5:].strip())
                elif line.startswith("id:"):
                    self.last_id = line[3:].strip()
                elif not line and data:
                    value = json.loads("\n".join(data))
                    self._hold(name, value)
                    self.inbox.add({"event": name, **value})
                    name, data = "", []
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # the other end, or close(), ended it
        self.inbox.close()

    def _hold(self, name, value):
        from described import description  # which needs this file
        try:
            description().hold_event(name, value)
        except AssertionError as fault:
            self.fault = self.fault or fault

    def mark(self):
        return self.inbox.mark()

    def wait_for(self, name, timeout=None, since=0, **fields):
        found = self.inbox.wait_for(lambda event: matches(event, name, fields), f"event {name} {fields}", timeout, since)
        assert self.fault is None, self.fault
        return found

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._connection.close()
        assert self.fault is None, self.fault


class Snomd(Program):
    """snomd with a configuration of users, ready when the constructor returns."""

    def __init__(self, config, *more):
        self.config = config
        super().__init__("snomd", [BIN / "snomd", "--config", config, "--log-level", "debug", *more])
        self.out.wait_for(lambda line: line == "ready", "snomd's line 'ready'")
        self.listening = {}  # (profile, transport) -> host:port; ("http", ""), ("https", "") -> host:port
        for line in self.out.items():
            words = line.split()
            if words[0] == "listening" and words[1] in ("http", "https"):
                self.listening[words[1], ""] = words[2]
            elif words[0] == "listening":
                transport, address = words[2].split(":", 1)
                self.listening[words[1], transport] = address
        self.server = "http://" + self.listening["http", ""]

    def sip(self, transport="udp", profile="internal"):
        return self.listening[profile, transport]

    def port(self, transport="udp"):
        return int(self.sip(transport).rsplit(":", 1)[1])

    def request(self, method, path, body=None, headers=None, timeout=None):
        """The answer, which has to be one that docs/openapi.json has."""
        from described import description  # which needs this file
        answer = http_request(self.server, method, path, body, headers, timeout)
        description().hold(method, path, answer.status, answer.headers, answer.body)
        return answer

    def snomctl(self, *arguments, timeout=None):
        """Runs snomctl against this snomd: a CompletedProcess."""
        return subprocess.run([BIN / "snomctl", "--server", self.server, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=timeout or LIMIT, check=False)

    def api(self, line, timeout=None):
        """Runs a command line as a person would; its reply. Checks that the exit status says the same."""
        done = self.snomctl("api", line, timeout=timeout)
        assert done.returncode == (0 if done.stdout.startswith("+OK") else 1), done
        assert done.stdout.endswith("\n"), done
        return done.stdout[:-1]

    def phones(self):
        return json.loads(self.request("GET", "/v1/phones").body)["phones"]

    def buttons(self, address_of_record):
        answer = self.request("GET", f"/v1/phones/{address_of_record}/buttons")
        return {button["key"]: button for button in json.loads(answer.body)["buttons"]} if answer.status == 200 else {}


class Phone(Program):
    """A virtual Snom, or several; listening on its web page when the constructor returns."""

    def __init__(self, server, user="1000", password="1234", *more, web="127.0.0.1:0"):
        self.user = user
        super().__init__(f"snomphone {user}",
                         [BIN / "snomphone", "--server", server, "--user", user, "--password", password,
                          "--web", web, *more])
        listening = self.wait_for("listening", user=user)
        self.page = listening["web"]
        self.redirecting_page = listening.get("web_redirect")

    def _event(self, line):
        try:
            return json.loads(line)
        except ValueError:
            raise AssertionError(f"snomphone wrote a line that is no JSON: {line!r}") from None

    def wait_for(self, name, timeout=None, since=0, **fields):
        line = self.out.wait_for(lambda text: matches(self._event(text), name, fields), f"{self.label}: {name} {fields}",
                                 timeout, since)
        return self._event(line)

    def events(self, name):
        return [event for event in map(self._event, self.out.items()) if event["event"] == name]

    def registered(self):
        self.wait_for("registered", user=self.user)
        return self

    def get(self, path, headers=None):
        return http_request(self.page, "GET", path, headers=headers)

    def get_bytes(self, path):
        """A page that is no text."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.page).netloc, timeout=LIMIT)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def state(self):
        return json.loads(self.get("/state.json").body)

    def key(self, name):
        return next(key for key in self.state()["keys"] if key["key"] == name)

    def call(self):
        return self.state()["call"]["state"]

    def wait_for_call(self, state):
        wait_until(lambda: self.call() == state, f"{self.label}: a call that is {state}")
