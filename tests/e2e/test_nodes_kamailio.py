"""Kamailio in front of three snomd, with the configuration that we hand out (packaging/kamailio/nodes): each phone has its
node, and finds another one when that dies."""

import os
import signal
import time

import pytest

from peers import Kamailio, SipSocket
from programs import Phone, Snomd, wait_until

KAMAILIO = "127.0.0.2"
NODES = ("127.0.0.3", "127.0.0.4", "127.0.0.5")
USERS = [str(number) for number in range(1000, 1012)]


class Nodes:
    def __init__(self, house):
        self.house = house
        self.nodes = {}
        self.ports = {}
        for host in NODES:
            self.start(host)
        self.door = house.keep(Kamailio.in_front(house.folder, KAMAILIO, "example.test", [self.address(host) for host in NODES]))
        self.door.wait_ready()

    def address(self, host):
        return self.nodes[host].sip()

    def start(self, host):
        """Again at the port that it had."""
        folder = self.house.folder / host
        folder.mkdir(exist_ok=True)
        listen = ", ".join(f'"{kind}:{host}:{self.ports.get(host, 0)}"' for kind in ("udp", "tcp"))
        text = (f'[[profile]]\nname = "internal"\nlisten = [{listen}]\ndomain = "example.test"\n[http]\nlisten = "127.0.0.1:0"\n'
                + "".join(f'[[user]]\nname = "{user}"\npassword = "secret{user}"\n' for user in USERS))
        (folder / "snomd.toml").write_text(text)
        self.nodes[host] = self.house.keep(Snomd(folder / "snomd.toml"), stop=lambda: None)
        self.ports[host] = self.nodes[host].port()
        self.house._closing.append(lambda node=self.nodes[host]: node.running() and node.stop())
        return self.nodes[host]

    def phone(self, user, transport="udp"):
        return self.house.keep(Phone(self.door.address, user, f"secret{user}", "--transport", transport, "--domain",
                                     "example.test")).registered()

    def homes(self):
        """Of each user those nodes that know a registration."""
        found = {user: [] for user in USERS}
        for host, node in self.nodes.items():
            for phone in node.phones() if node.running() else ():
                found[phone["user"]].append(host)
        return found

    def home(self, user):
        [host] = self.homes()[user]
        return host


@pytest.fixture
def nodes(house):
    return Nodes(house)


def register_again(phone):
    """As the phone does by itself some time later."""
    mark = phone.out.mark()
    phone.get("/command.htm?REREGISTER=1")
    phone.wait_for("registered", since=mark)


def test_each_phone_has_one_node_and_all_nodes_have_phones(nodes):
    phones = [nodes.phone(user) for user in USERS]
    before = nodes.homes()
    assert all(len(hosts) == 1 for hosts in before.values()), before
    assert {host for [host] in before.values()} == set(NODES)
    for phone in phones:
        register_again(phone)
    assert nodes.homes() == before


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_keys_come_through_the_door_and_presses_go_back_to_the_same_node(nodes, transport):
    phone = nodes.phone("1003", transport)
    snomd = nodes.nodes[nodes.home("1003")]
    reply = snomd.api("snom_bind_key 2 on Door 1003 example.test internal message open")
    assert reply.startswith("+OK"), reply
    phone.wait_for("button", key="2", light="on", label="Door")
    phone.get("/command.htm?key=P2")
    assert phone.wait_for("press_answered")["status"] == 202


def test_nothing_is_repeated_to_a_silent_phone_when_its_node_may_have_given_it_away(nodes):
    phone = nodes.phone("1003")
    snomd = nodes.nodes[nodes.home("1003")]
    phone.process.send_signal(signal.SIGSTOP)
    try:
        reply = snomd.api("snom_bind_key 2 on Door 1003 example.test internal message open")
        assert " 408" in reply, f"it is Kamailio that gave up, long before snomd would: {reply}"
    finally:
        phone.process.send_signal(signal.SIGCONT)


def test_a_node_that_dies_is_out_within_five_seconds_and_its_phones_are_shared(nodes):
    phones = {user: nodes.phone(user) for user in USERS}
    before = {user: host for user, [host] in nodes.homes().items()}
    died = nodes.nodes[NODES[0]]
    died.process.kill()
    at = time.monotonic()
    died.process.wait()
    # Nothing but time takes it out: nobody sends to it meanwhile.
    time.sleep(5 - (time.monotonic() - at))
    with SipSocket(nodes.door.address) as sip:
        for user in [user for user, host in before.items() if host == NODES[0]]:
            asked = time.monotonic()
            name = f"sip:{user}@example.test"
            assert sip.ask(sip.request("REGISTER", "sip:example.test", [f"Contact: <{name}>"], sender=name), 3) == 401
            assert time.monotonic() - asked < 0.9, "the dead node was asked first"
    for phone in phones.values():
        register_again(phone)
    after = {user: host for user, [host] in nodes.homes().items()}
    assert {user: host for user, host in after.items() if before[user] != NODES[0]} == \
           {user: host for user, host in before.items() if host != NODES[0]}, "the others stay"
    moved = {after[user] for user, host in before.items() if host == NODES[0]}
    assert moved == set(NODES[1:]), (before, after)

    nodes.start(NODES[0])
    wait_until(lambda: register_again(phones[min(user for user, host in before.items() if host == NODES[0])]) or
               nodes.nodes[NODES[0]].phones(), "the node to be in again")


def test_a_register_finds_another_node_before_the_dead_one_is_out(nodes):
    phone = nodes.phone("1000")
    home = nodes.nodes[nodes.home("1000")]
    os.kill(home.pid, signal.SIGSTOP)
    try:
        register_again(phone)
        others = [node for node in nodes.nodes.values() if node is not home]
        assert [seen["user"] for node in others for seen in node.phones()] == ["1000"]
    finally:
        os.kill(home.pid, signal.SIGCONT)


def test_a_register_with_a_tag_that_somebody_made_up_goes_nowhere(nodes):
    """It would come to a node with the Path that he wrote: what goes to that phone later went through the door to whom he names."""
    to, path = "sip:1000@example.test", f"Path: <sip:{nodes.door.address};lr;received=sip:192.0.2.99:7>"
    with SipSocket(nodes.door.address) as sip:
        way = [f"Route: <sip:{nodes.door.address};lr>, <sip:{nodes.address(NODES[0])};lr>", path,
               f"Contact: <sip:1000@{sip.address}>"]
        sent = sip.request("REGISTER", "sip:example.test", way, sender=to).decode().replace(f"To: <{to}>", f"To: <{to}>;tag=made-up")
        assert sip.ask(sent.encode(), 3) == 403


def test_strangers_go_nowhere(nodes):
    with SipSocket(nodes.door.address) as sip:
        ours, other = "sip:1000@example.test", "sip:1000@other.test"
        assert sip.ask(sip.request("REGISTER", "sip:other.test", sender=other), 3) == 403
        assert sip.ask(sip.request("NOTIFY", ours, sender=ours), 3) == 405
        route = [f"Route: <sip:{nodes.door.address};lr>, <sip:{sip.address};lr>"]
        assert sip.ask(sip.request("MESSAGE", ours, route, sender=ours), 3) == 401, "the way is the node's, not the sender's"
