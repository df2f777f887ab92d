"""What several snomd promise together, under load, while they are killed, stopped and cut off."""

import json
import random
import signal
import threading
import time

import pytest

import postgres
from fleet import Fleet
from nodes import Cluster
from programs import http_request, wait_until

pytestmark = pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here")
SECRET = "sesame"
RIGHT_WITHIN = 10  # seconds


class Load:
    """Sets keys of all phones by all nodes, each key by one thread, with numbers that grow. A number that was
    acknowledged is `kept`."""

    base = 0

    def __init__(self, cluster, users, threads=8, rate=150):
        self.cluster = cluster
        # Those of a later load are greater.
        self.first = Load.base
        Load.base += 100000
        self.kept = {}
        self.tried = {}
        self.acknowledged = 0
        self.failed = 0
        self.unknown = 0
        self.wrong = []
        self._pause = threads / rate
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(users[part::threads], part)) for part in range(threads)]
        for thread in self._threads:
            thread.start()

    def _run(self, users, seed):
        chance = random.Random(seed)
        number = self.first
        while not self._stopping.is_set():
            number += 1
            user = chance.choice(users)
            name = chance.choice(self.cluster.names)
            self.tried[user] = number
            try:
                line = f"snom_button {user}@example.test 2 light=on label={number}"
                reply = http_request(self.cluster[name].server, "POST", "/v1/command", line, timeout=15).body
            except OSError:
                reply = ""
            if reply.startswith("+OK"):
                self.kept[user] = number
                self.acknowledged += 1
                self.unknown += "is not known" in reply
            else:
                self.failed += 1
                # Whether it is kept nobody knows; what comes next is to be behind it.
                time.sleep(0.3)
            self._stopping.wait(self._pause)

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        return self

    def told(self):
        return f"{self.acknowledged} acknowledged ({self.unknown} without the phone's word), {self.failed} not"


def in_store(cluster):
    rows = cluster.server.sql("SELECT address_of_record, label FROM snomd.wanted_button WHERE key = '2'", "snomd")
    return {row.split("@")[0]: row.split("|")[1] for row in rows.splitlines()}


def lost(cluster, load):
    """Keys that were acknowledged, and are older in the store."""
    store = in_store(cluster)
    return {user: (number, store.get(user)) for user, number in load.kept.items() if int(store.get(user, "0")) < number}


def wrong(cluster, fleet):
    """Phones that do not show what the store has."""
    fleet.look()
    store = in_store(cluster)
    return {user: (label, fleet.shown.get((user, "2"))) for user, label in store.items()
            if fleet.shown.get((user, "2")) != label}


def homes(cluster):
    """How many phones each node says that it speaks to."""
    return {name: json.loads(node.request("GET", "/v1/status").body)["node"]["phones"]
            for name, node in cluster.nodes.items() if node.running()}


@pytest.fixture
def world(house, request):
    count = request.config.getoption("--phones")
    users = [str(10000 + number) for number in range(count)]
    cluster = Cluster(house, users, door=True, password=SECRET)
    fleet = Fleet(house, cluster.door.address, 10000, count, SECRET)
    wait_until(lambda: fleet.registered() >= count, f"{count} phones to be registered", timeout=120)
    wait_until(lambda: sum(homes(cluster).values()) == count, "each phone to have a node", timeout=30)
    cluster.wait_until_written(count)
    print(f"\n{count} phones: {homes(cluster)}")
    yield cluster, fleet, users
    cluster.close()


def settle(cluster, fleet, since, what):
    """All phones are right, in time."""
    wait_until(lambda: not wrong(cluster, fleet), f"{what}: every phone to show its newest key",
               timeout=max(1, since + RIGHT_WITHIN - time.monotonic()) + 20)
    took = time.monotonic() - since
    assert took < RIGHT_WITHIN, f"{what}: it took {took:.1f} s until all phones were right"
    assert not fleet.back, f"{what}: keys went back: {fleet.back[:5]}"
    return took


def test_keys_set_anywhere_are_on_every_phone(world):
    cluster, fleet, users = world
    load = Load(cluster, users)
    time.sleep(10)
    load.stop()
    settle(cluster, fleet, time.monotonic(), "load alone")
    print(load.told())
    assert load.acknowledged > 200 and not load.failed and not load.unknown
    assert not lost(cluster, load)


def test_killed_nodes_lose_no_key_and_their_phones_are_right_soon(world, request):
    cluster, fleet, users = world
    slowest = 0.0
    for turn in range(request.config.getoption("--kills")):
        name = cluster.names[turn % 3]
        load = Load(cluster, users)
        time.sleep(1 + random.random())
        cluster[name].process.kill()
        killed = time.monotonic()
        cluster[name].process.wait()
        time.sleep(1)
        load.stop()
        took = settle(cluster, fleet, killed, f"kill {turn + 1} ({name})")
        slowest = max(slowest, took)
        assert not lost(cluster, load)
        print(f"kill {turn + 1} of {name}: all right after {took:.1f} s; {load.told()}; {homes(cluster)}")
        cluster.start(name)
        wait_until(lambda name=name: cluster[name].request("GET", "/health/ready").status == 200, f"{name} to be back")
    print(f"the slowest took {slowest:.1f} s")


def test_postgresql_is_killed_and_comes_back(world):
    cluster, fleet, users = world
    load = Load(cluster, users)
    time.sleep(2)
    cluster.server.kill()
    time.sleep(3)
    refused = http_request(cluster["node1"].server, "POST", "/v1/command",
                           f"snom_button {users[0]}@example.test 3 light=on", timeout=15).body
    assert refused.startswith("-ERR"), refused
    cluster.server.start()
    back = time.monotonic()
    for name in cluster.names:
        wait_until(lambda name=name: cluster[name].request("GET", "/health/ready").status == 200, f"{name} to be ready")
    load.stop()
    took = settle(cluster, fleet, back, "PostgreSQL is back")
    assert not lost(cluster, load)
    print(f"all right {took:.1f} s after PostgreSQL was back; {load.told()}; {homes(cluster)}")


def test_a_stopped_node_that_goes_on_owns_nothing_and_sends_nothing_old(world, request):
    cluster, fleet, users = world
    assert homes(cluster)["node2"] > 0
    load = Load(cluster, users)
    time.sleep(2)
    cluster["node2"].send(signal.SIGSTOP)
    stopped = time.monotonic()
    # What is asked of the stopped one itself waits for its limit.
    time.sleep(request.config.getoption("--pause"))
    others = [homes_of for name, homes_of in _homes_of_others(cluster, "node2").items()]
    assert sum(others) == len(users), "all phones are others'"
    cluster["node2"].send(signal.SIGCONT)
    went_on = time.monotonic()
    # Phones come back to it only by registering there.
    assert homes(cluster)["node2"] == 0
    load.stop()
    settle(cluster, fleet, went_on, "it went on")
    assert not lost(cluster, load)
    print(f"stopped for {went_on - stopped:.0f} s; {load.told()}; {homes(cluster)}")


def _homes_of_others(cluster, without):
    found = {}
    for name, node in cluster.nodes.items():
        if name != without:
            found[name] = json.loads(node.request("GET", "/v1/status").body)["node"]["phones"]
    return found


def test_two_values_at_once_are_one_everywhere(world):
    cluster, fleet, users = world
    for turn in range(1, 31):
        threads = [threading.Thread(target=http_request, args=(cluster[name].server, "POST", "/v1/command",
                                    f"snom_button {users[0]}@example.test 2 light=on label={turn * 10 + number}"))
                   for number, name in enumerate(cluster.names)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def ends():
        fleet.look()
        seen = {cluster[name].buttons(f"{users[0]}@example.test")["2"]["label"] for name in cluster.names}
        return seen | {fleet.shown[users[0], "2"], in_store(cluster)[users[0]]}

    wait_until(lambda: len(ends()) == 1, "one value everywhere")
