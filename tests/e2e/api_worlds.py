"""snomds in the states in which they give each answer that docs/openapi.json has, and clients that ask them."""

import collections
import http.client
import json
import socket
import subprocess
import threading

import postgres
from house import House
from programs import BIN, LIMIT, Snomd, wait_until

Answer = collections.namedtuple("Answer", "status headers body")
PHONE = "/v1/phones/1000@example.test"
TOKENS = {"root": ("admin", ()), "desk": ("operate", ()), "board": ("read", ()),
          "slow": ("admin", ("--per-second", "1")), "small": ("admin", ("--max-body", "10"))}
STRANGER = "127.0.0.9"


def ask(snomd, method, path, body=None, headers=None, source=None):
    host, port = snomd.listening["http", ""].rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT, source_address=source and (source, 0))
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        endless = answer.headers.get("Content-Type") == "text/event-stream" and method != "HEAD"
        return Answer(answer.status, answer.headers, b"" if endless else answer.read())
    finally:
        connection.close()


class Raw:
    """A client that sends the bytes it is told."""

    def __init__(self, snomd):
        host, port = snomd.listening["http", ""].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=LIMIT)

    def send(self, text):
        self.socket.sendall(text.encode())
        return self

    def answer(self):
        with self.socket:
            answer = http.client.HTTPResponse(self.socket)
            answer.begin()
            return Answer(answer.status, answer.headers, answer.read())


class Worlds:
    """Each is made when it is first asked for; all end together."""

    def __init__(self, folder):
        self._folder = folder
        self._houses = {}
        self.tokens = {}

    def house(self, name):
        if name not in self._houses:
            (self._folder / name).mkdir()
            self._houses[name] = House(self._folder / name)
        return self._houses[name]

    def close(self):
        complaints = []
        for house in reversed(self._houses.values()):
            try:
                house.close()
            except AssertionError as error:
                complaints.append(str(error))
        assert not complaints, "; ".join(complaints)

    def _snomd(self, name, **configuration):
        house = self.house(name)
        for program in house.programs:
            if isinstance(program, Snomd):
                return program
        return house.snomd(**configuration)

    def open(self):
        """Wants no token and keeps none. 1000 is a phone, 1001 is away, "sales" is a group of the configuration."""
        house = self.house("open")
        if not house.programs:
            snomd, _ = house.house_of_phones("1000", more=("--model", "D785"), extra=(
                '[[group]]\nname = "sales"\nmembers = ["1000"]\n[limits]\nhttp_idle_s = 1\nhttp_event_streams = 1\n'))
            assert ask(snomd, "PUT", PHONE + "/buttons/1", {"light": "on"}).status == 200
        return self._snomd("open")

    def guarded(self):
        """Wants tokens; TOKENS are those that there are."""
        if not self.tokens:
            file = self.house("guarded").folder / "tokens"
            for name, (role, limits) in TOKENS.items():
                done = subprocess.run([BIN / "snomctl", "token", "add", name, "--role", role, *limits, "--file", file],
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=True)
                self.tokens[name] = done.stdout.strip()
        return self._snomd("guarded", http='listen = "127.0.0.1:0"\ntokens_file = "tokens"')

    def bearer(self, name):
        self.guarded()
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def ask_guarded(self, name, method, path, body=None):
        return ask(self.guarded(), method, path, body, self.bearer(name))

    def full(self):
        """The one connection that it takes is in use; the caller lets it go."""
        snomd = self._snomd("full", extra="[limits]\nhttp_connections_per_address = 1\n")
        wait_until(lambda: _has_place(snomd), "the connection of the one before to be gone")
        return snomd, Raw(snomd)

    def refusing(self):
        """1001 has a key, and takes no document any more; 1000 answers so late that it counts as silent."""
        house = self.house("refusing")
        if not house.programs:
            snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 300\n")
            assert ask(snomd, "PUT", "/v1/phones/1001@example.test/buttons/1", {"light": "on"}).status == 200
            house.phone(snomd, "1001", more=("--fault", "buttons=500"))
            house.phone(snomd, "1000", more=("--fault", "delay=20000"))
        return self._snomd("refusing")

    def without_store(self, method, path, body, headers):
        """The answer of a node whose PostgreSQL has gone."""
        server = postgres.Postgres()
        try:
            snomd = self.house("without_store").snomd(
                extra=f'[nodes]\nname = "node1"\n[store]\nurl = "{server.url()}"\n')
            server.kill()
            return ask(snomd, method, path, body, headers)
        finally:
            server.close()

    def stopping(self, method, path, body):
        """The answer to a request that is under way while snomd ends."""
        house = House(self._folder / "stopping")
        house.folder.mkdir(exist_ok=True)
        try:
            snomd = house.snomd()
            assert ask(snomd, "PUT", PHONE + "/buttons/1", {"light": "on"}).status == 200
            house.phone(snomd, more=("--fault", "delay=20000"))
            answers = []
            asking = threading.Thread(target=lambda: answers.append(ask(snomd, method, path, body)))
            asking.start()
            kept = b'snomd_store_changes_total{outcome="kept"} 2\n'
            wait_until(lambda: kept in ask(snomd, "GET", "/metrics").body, "the change to be kept, and on its way")
            snomd.stop()
            asking.join(LIMIT)
            return answers[0]
        finally:
            house.close()

    def away(self, method, path, body=None):
        """The answer while the store's file is away."""
        snomd = self.open()
        file = self.house("open").folder / "snomd.db"
        file.rename(file.with_name("away.db"))
        try:
            return ask(snomd, method, path, body)
        finally:
            file.with_name("away.db").rename(file)

    def with_broken_tokens(self, method, path, body=None):
        self.guarded()
        file = self.house("guarded").folder / "tokens"
        kept = file.read_text()
        file.write_text("this is no token\n")
        try:
            return self.ask_guarded("root", method, path, body)
        finally:
            file.write_text(kept)

    def listed(self):
        """Knows one phone by its address, which presses by HTTP; the phone's key 2 is bound."""
        house = self.house("listed")
        if not house.programs:
            (house.folder / "secret").write_text("a-secret-of-many-characters\n")
            path = house.folder / "snomd.toml"
            path.write_text('[[profile]]\nname = "desks"\nphones = "listed"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "example.test"\n'
                            '[http]\nlisten = "127.0.0.1:0"\npress_secret_file = "secret"\n'
                            '[[user]]\nname = "1000"\ncontact = "sip:1000@127.0.0.1:9"\n')
            snomd = house.keep(Snomd(path))
            bound = ask(snomd, "PUT", PHONE + "/buttons/2", {"light": "on", "action": "message", "number": "open"})
            assert bound.status == 200, bound
        return self._snomd("listed")

    def press(self, source=None):
        snomd = self.listed()
        path = json.loads(ask(snomd, "GET", PHONE + "/buttons/2").body)["press"]
        return ask(snomd, "GET", path, source=source)


def _has_place(snomd):
    try:
        return ask(snomd, "GET", "/health/live").status == 200
    except (OSError, http.client.HTTPException):
        return False
