"""A node that does not reach PostgreSQL any more, while it still reaches its phones."""

import os
import subprocess
import time

import pytest

import postgres
from fleet import Fleet
from nodes import Cluster
from programs import wait_until
from test_nodes_real import SECRET, Load, homes, lost, settle

pytestmark = [pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here"),
              pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces are root's to make")]
SPACE = "snom-nodes-pg"
LINKS = {"snom-pg-a": "10.233.1", "snom-pg-b": "10.233.2"}


def ip(*arguments, check=True):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20, check=False)
    if check and done.returncode != 0:
        pytest.skip(f"no network namespaces here: {done.stderr}")


@pytest.fixture
def space():
    """A namespace with two ways to it."""
    ip("netns", "add", SPACE)
    try:
        ip("-n", SPACE, "link", "set", "lo", "up")
        for name, network in LINKS.items():
            ip("link", "add", name, "type", "veth", "peer", "name", "peer", "netns", SPACE)
            ip("-n", SPACE, "link", "set", "peer", "name", name)
            ip("addr", "add", f"{network}.1/24", "dev", name)
            ip("-n", SPACE, "addr", "add", f"{network}.2/24", "dev", name)
            ip("link", "set", name, "up")
            ip("-n", SPACE, "link", "set", name, "up")
        yield SPACE
    finally:
        for name in LINKS:
            ip("link", "del", name, check=False)
        ip("netns", "del", SPACE, check=False)


def test_a_node_that_is_cut_off_speaks_to_nobody_until_it_is_back(house, space, request):
    server = postgres.Postgres(before=("ip", "netns", "exec", space))
    urls = [f"postgresql://snomd@10.233.{2 if number == 3 else 1}.2/snomd" for number in (1, 2, 3)]
    count = request.config.getoption("--phones")
    users = [str(10000 + number) for number in range(count)]
    cluster = Cluster(house, users, door=True, password=SECRET, server=server, urls=urls)
    try:
        fleet = Fleet(house, cluster.door.address, 10000, count, SECRET)
        wait_until(lambda: sum(homes(cluster).values()) == count, "each phone to have a node", timeout=120)
        assert homes(cluster)["node3"] > 0
        load = Load(cluster, users)
        time.sleep(2)
        ip("link", "set", "snom-pg-b", "down")
        cut = time.monotonic()
        time.sleep(1)
        load.stop()
        took = settle(cluster, fleet, cut, "the cut")
        wait_until(lambda: cluster["node3"].request("GET", "/health/ready").status == 503, "node3 to say that it is cut off")
        wait_until(lambda: homes(cluster)["node3"] == 0 and sum(homes(cluster).values()) == count, "its phones to be others'",
                   timeout=30)
        assert not lost(cluster, load)
        ip("link", "set", "snom-pg-b", "up")
        healed = time.monotonic()
        wait_until(lambda: cluster["node3"].request("GET", "/health/ready").status == 200, "node3 to be back", timeout=30)
        print(f"cut: all right after {took:.1f} s; node3 is back {time.monotonic() - healed:.1f} s after it was healed; "
              f"{load.told()}; {homes(cluster)}")
        load = Load(cluster, users)
        time.sleep(3)
        load.stop()
        settle(cluster, fleet, time.monotonic(), "healed")
        assert not lost(cluster, load)
    finally:
        cluster.close()
