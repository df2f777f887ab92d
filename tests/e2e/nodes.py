"""Several snomd that share the phones of one PostgreSQL."""

import json

import postgres
from peers import Kamailio
from programs import Phone, Snomd, wait_until

DOOR = "127.0.0.2"
HOSTS = ("127.0.0.3", "127.0.0.4", "127.0.0.5")


class Cluster:
    """Nodes node1, node2, ... on addresses of their own; with `door` a Kamailio in front, as we hand it out."""

    def __init__(self, house, users, count=3, door=False, extra="", password=None, server=None, urls=()):
        """`password`: of all users; without it each has one of its own. `server`: a PostgreSQL, with the URL of each node."""
        self.urls = urls
        self.password = password
        self.house = house
        self.users = users
        self.extra = extra
        self.server = server or postgres.Postgres()
        self.names = [f"node{number}" for number in range(1, count + 1)]
        self.nodes = {}
        self.ports = {}
        self.door = None
        for name in self.names:
            self.start(name)
        if door:
            addresses = [self.nodes[name].sip() for name in self.names]
            self.door = house.keep(Kamailio.in_front(house.folder, DOOR, "example.test", addresses))
            self.door.wait_ready()

    def close(self):
        for node in self.nodes.values():
            if node.running():
                node.process.kill()
                node.process.wait()
        self.server.close()

    def start(self, name):
        """Again at the port that it had."""
        host = HOSTS[self.names.index(name)]
        url = self.urls[self.names.index(name)] if self.urls else self.server.url()
        folder = self.house.folder / name
        folder.mkdir(exist_ok=True)
        listen = ", ".join(f'"{kind}:{host}:{self.ports.get(name, 0)}"' for kind in ("udp", "tcp"))
        text = (f'[[profile]]\nname = "internal"\nlisten = [{listen}]\ndomain = "example.test"\n[http]\nlisten = "127.0.0.1:0"\n'
                f'[store]\nurl = "{url}"\n[nodes]\nname = "{name}"\n{self.extra}\n'
                + "".join(f'[[user]]\nname = "{user}"\npassword = "{self.secret(user)}"\n' for user in self.users))
        (folder / "snomd.toml").write_text(text)
        self.nodes[name] = self.house.keep(Snomd(folder / "snomd.toml"), stop=lambda: None)
        self.ports[name] = self.nodes[name].port()
        return self.nodes[name]

    def secret(self, user):
        return self.password or f"secret{user}"

    def __getitem__(self, name):
        return self.nodes[name]

    def phone(self, user, node=None, *more, transport="udp"):
        """A phone that is registered with this node, or comes through the door."""
        address = self.nodes[node].sip(transport) if node else self.door.address
        phone = Phone(address, user, self.secret(user), "--transport", transport, "--domain", "example.test", *more)
        self.house.keep(phone, stop=lambda: phone.running() and phone.stop()).registered()
        if node:
            wait_until(lambda: user in self.held(node), f"{node} to have the phone {user}")
        return phone

    def held(self, name):
        """The users whose phones this node speaks to."""
        return {phone["user"] for phone in self.nodes[name].phones() if "contact" in phone}

    def homes(self, user):
        return [name for name, node in self.nodes.items() if node.running() and user in self.held(name)]

    def home(self, user):
        wait_until(lambda: len(self.homes(user)) == 1, f"the phone {user} to have one node")
        return self.homes(user)[0]

    def wait_until_written(self, count):
        """Until so many phones can be found by another node when theirs dies."""
        written = "SELECT count(DISTINCT address_of_record) FROM snomd.registration WHERE NOT removed"
        wait_until(lambda: int(self.server.sql(written, "snomd")) >= count, f"{count} registrations to be written")


def labels(node, user):
    """Of the keys that a node wants of a phone."""
    return {key: button["label"] for key, button in node.buttons(f"{user}@example.test").items()}


def shown(phone):
    """What a phone shows: key -> (light, label)."""
    return {key["key"]: (key["light"], key["label"]) for key in json.loads(phone.get("/state.json").body)["keys"]}
