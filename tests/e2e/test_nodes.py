"""Several snomd with one PostgreSQL: any may be given a command for any phone, and one speaks to a phone."""

import json
import signal
import subprocess
import threading
import time

import pytest

import postgres
from nodes import Cluster, labels
from programs import BIN, Snomd, wait_until

pytestmark = pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here")
USERS = ["1000", "1001", "1002"]


@pytest.fixture
def cluster(house):
    made = Cluster(house, USERS)
    yield made
    made.close()


def test_a_key_of_another_nodes_phone_is_confirmed_by_the_phone(cluster):
    phone = cluster.phone("1000", "node3")
    wait_until(lambda: cluster["node1"].api("snom_buttons 1000@example.test").endswith("(registered with node3)"),
               "node1 to know where the phone is")
    begun = time.monotonic()
    reply = cluster["node1"].api("snom_bind_key 2 on Far 1000 example.test internal")
    assert reply == "+OK 2 on Far 1000 example.test internal"
    assert time.monotonic() - begun < 2
    assert phone.wait_for("button", key="2", light="on", label="Far")
    for name in cluster.names:
        wait_until(lambda name=name: labels(cluster[name], "1000") == {"2": "Far"}, f"{name} to know the key")
    # The phone's node answers for it, and what others set comes in between.
    assert cluster["node3"].api("snom_button 1000@example.test 2 label=Near").startswith("+OK")
    assert cluster["node2"].api("snom_button 1000@example.test 2 label=Middle").startswith("+OK")
    phone.wait_for("button", key="2", label="Middle")
    assert [event["label"] for event in phone.events("button")] == ["Far", "Near", "Middle"]


def test_what_another_nodes_phone_refuses_is_told_and_taken_back(cluster):
    phone = cluster.phone("1000", "node2", "--fault", "buttons=403")
    wait_until(lambda: "node2" in cluster["node1"].api("snom_buttons 1000@example.test"), "node1 to know where it is")
    reply = cluster["node1"].api("snom_bind_key 2 on Far 1000 example.test internal")
    assert reply.startswith("-ERR key 2 of 1000@example.test not set: phone answered 403"), reply
    for name in cluster.names:
        wait_until(lambda name=name: labels(cluster[name], "1000") == {}, f"{name} to have forgotten the key")
    assert phone.running()


def changed(node, user, keys):
    """Of each key of a list its status, and what is said of it."""
    answer = node.request("PATCH", f"/v1/phones/{user}@example.test/buttons", json.dumps(keys))
    return [(key["status"], key.get("detail", "")) for key in json.loads(answer.body)["buttons"]]


def test_the_status_of_each_key_of_a_list_is_what_its_phone_said_at_any_node(cluster):
    cluster.phone("1000", "node1", "--fault", "buttons=403")
    cluster.phone("1001", "node1")
    silent = cluster.phone("1002", "node1")
    for user in USERS:
        wait_until(lambda user=user: "node1" in cluster["node2"].api(f"snom_buttons {user}@example.test"), "it to be known")
    silent.process.send_signal(signal.SIGSTOP)
    try:
        for name, light in (("node1", "on"), ("node2", "hold")):
            node, keys = cluster[name], [{"key": "2", "light": light}]
            refused = (502, "key 2 of 1000@example.test not set: phone answered 403 Forbidden")
            assert changed(node, "1000", keys) == [refused], name
            assert changed(node, "1001", [*keys, {"key": "3", "light": light}]) == [(200, ""), (200, "")], name
            assert [status for status, _ in changed(node, "1002", keys)] == [504], name
    finally:
        silent.process.send_signal(signal.SIGCONT)


def test_what_a_layout_did_to_another_nodes_phones_is_what_they_said(cluster):
    cluster.phone("1000", "node1", "--fault", "buttons=403")
    cluster.phone("1001", "node1")
    for user in ("1000", "1001"):
        wait_until(lambda user=user: "node1" in cluster["node2"].api(f"snom_buttons {user}@example.test"), "it to be known")
    csv = {"Content-Type": "text/csv"}
    layout = "phone,key,light,label\n1000..1002@example.test,2,on,Door\n"
    job = json.loads(cluster["node2"].request("POST", "/v1/layouts/apply", body=layout, headers=csv).body)

    def ended():
        now = json.loads(cluster["node2"].request("GET", f"/v1/layouts/jobs/{job['id']}").body)
        return now if now["state"] == "done" else None

    outcomes = wait_until(ended, "the layout to be applied")["outcomes"]
    assert [(phone["keys"][0]["outcome"], phone.get("why", "")) for phone in outcomes] == [
        ("failed", "phone answered 403 Forbidden"), ("confirmed", ""), ("pending", "not registered")]


def test_a_command_for_another_nodes_phone_is_run_there(cluster):
    phone = cluster.phone("1001", "node3", "--model", "D862")
    wait_until(lambda: "node3" in cluster["node1"].api("snom_buttons 1001@example.test"), "node1 to know where it is")
    assert cluster["node1"].api("snom_command 1001 key enter") == "+OK 1001 key enter [notify]"
    phone.wait_for("key", key="ENTER")
    # What it does not take is told as its own node would tell it.
    assert cluster["node1"].api("snom_command 1001 dial 99 admin wrong") == cluster["node3"].api("snom_command 1001 dial 99 admin wrong")
    assert "wrong" not in "".join(node.log() for node in cluster.nodes.values())


def test_a_press_runs_at_whichever_node_it_comes_to(cluster):
    pressed = cluster.phone("1000", "node1")
    lit = cluster.phone("1001", "node3")
    wait_until(lambda: "node3" in cluster["node1"].api("snom_buttons 1001@example.test"), "node1 to know where it is")
    bound = cluster["node2"].api("snom_bind_key 1 on Press 1000 example.test internal message "
                                 "api+snom_bind_key 5 on Pressed 1001 example.test internal")
    assert bound.startswith("+OK"), bound
    pressed.wait_for("button", key="1")
    pressed.get("/command.htm?key=P1")
    assert pressed.wait_for("press_answered")["status"] == 202
    lit.wait_for("button", key="5", label="Pressed")


def test_two_values_at_once_are_one_in_the_end_the_same_everywhere(cluster):
    phone = cluster.phone("1000", "node3")
    for name in ("node1", "node2"):
        wait_until(lambda name=name: "node3" in cluster[name].api("snom_buttons 1000@example.test"), "it to be known")
    replies = []

    def set_at(name, label):
        replies.append(cluster[name].api(f"snom_button 1000@example.test 2 light=on label={label}"))

    for turn in range(10):
        threads = [threading.Thread(target=set_at, args=(name, f"{name}-{turn}")) for name in cluster.names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(replies) == 30 and all(reply.startswith("+OK") for reply in replies), replies

    def ends():
        return {labels(cluster[name], "1000").get("2") for name in cluster.names} | {phone.key("2")["label"]}

    wait_until(lambda: len(ends()) == 1, "one value everywhere")
    assert ends() == {cluster.server.sql("SELECT label FROM snomd.wanted_button", "snomd")}


def test_a_phone_that_moves_has_one_node_and_gets_its_newest_keys_there(cluster, house):
    first = cluster.phone("1000", "node1")
    assert cluster["node1"].api("snom_button 1000@example.test 2 light=on label=A").startswith("+OK")
    first.process.send_signal(signal.SIGKILL)
    second = cluster.phone("1000", "node2")
    second.wait_for("button", key="2", label="A")
    wait_until(lambda: cluster.homes("1000") == ["node2"], "node1 to know that it is another's")
    assert cluster["node1"].api("snom_button 1000@example.test 2 label=B").startswith("+OK")
    second.wait_for("button", key="2", label="B")


def test_a_key_that_is_being_stored_while_its_phone_comes_is_sent_to_it(cluster):
    first = cluster.phone("1000", "node1")
    wait_until(lambda: "node1" in cluster["node2"].api("snom_buttons 1000@example.test"), "node2 to know where it is")
    replies = []
    with cluster.server.unwritable("snomd.wanted_button"):
        setting = threading.Thread(
            target=lambda: replies.append(cluster["node2"].api("snom_button 1000@example.test 4 light=on label=Moved")))
        setting.start()
        # It waits for the store by now.
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%wanted_button%'"
        wait_until(lambda: cluster.server.sql(blocked) != "0", "the key to be on its way to the store")
        first.process.send_signal(signal.SIGKILL)
        second = cluster.phone("1000", "node2")
    setting.join()
    assert replies == ["+OK 1000@example.test 4 light=on label=Moved"]
    assert second.wait_for("button", key="4", label="Moved")


def test_keys_of_phones_that_are_nowhere_wait_and_groups_are_the_same_everywhere(cluster):
    reply = cluster["node1"].api("snom_button 1002@example.test 3 light=on label=Later")
    assert reply.endswith("pending, 1002@example.test is not registered"), reply
    assert cluster["node1"].request("PUT", "/v1/groups/all", json.dumps({"members": ["1000", "1002"]})).status in (200, 201)
    wait_until(lambda: '"all"' in cluster["node2"].request("GET", "/v1/groups").body, "node2 to know the group")
    phone = cluster.phone("1002", "node2")
    phone.wait_for("button", key="3", label="Later")


def test_a_node_that_is_gone_is_told_and_its_keys_are_kept(cluster):
    cluster.phone("1000", "node3")
    wait_until(lambda: "node3" in cluster["node1"].api("snom_buttons 1000@example.test"), "node1 to know where it is")
    cluster["node3"].send(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        reply = cluster["node1"].api("snom_button 1000@example.test 2 light=on label=A", timeout=30)
        assert reply.startswith("+OK") and "stored; whether 1000@example.test shows it is not known: node3" in reply, reply
        assert time.monotonic() - begun < 9
        assert labels(cluster["node2"], "1000") == {"2": "A"}
    finally:
        cluster["node3"].send(signal.SIGCONT)


def test_without_the_store_no_phone_is_spoken_to_and_all_is_well_again(cluster):
    phone = cluster.phone("1000", "node1")
    assert cluster["node1"].api("snom_button 1000@example.test 2 light=on label=A").startswith("+OK")
    cluster.server.stop()
    wait_until(lambda: cluster["node1"].request("GET", "/health/ready").status == 503, "word that the store is away")
    assert cluster["node1"].api("snom_button 1000@example.test 2 label=B").startswith("-ERR")
    # A press is answered, whoever may speak to the phone.
    phone.get("/command.htm?REREGISTER=1")
    cluster.server.start()
    wait_until(lambda: cluster["node1"].request("GET", "/health/ready").status == 200, "the store to be back")
    wait_until(lambda: cluster["node1"].api("snom_button 1000@example.test 2 label=C").startswith("+OK"), "a key to be set")
    phone.wait_for("button", key="2", label="C")


@pytest.mark.parametrize(("more", "why"), [
    ('[nodes]\nname = "node1"', "[store] url, where all nodes have their keys"),
    ('[store]\nurl = "postgresql://db/snomd"\n[nodes]\nname = "a b"', "1 to 64 letters, digits, - _ ."),
    ('[store]\nurl = "postgresql://db/snomd"\n[nodes]\nnames = "a"', "names"),
    ('[store]\nurl = "postgresql://db/snomd"\n[nodes]', "name"),
])
def test_what_a_node_needs_is_said(house, more, why):
    config = house.configuration(extra=more)
    done = subprocess.run([BIN / "snomd", "--config", config, "--check-config"], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 2 and why in done.stderr, done


def test_a_name_is_one_nodes(cluster, house):
    config = house.folder / "node1" / "snomd.toml"
    twin = house.folder / "twin.toml"
    twin.write_text(config.read_text().replace(f':{cluster.ports["node1"]}"', ':0"'))
    done = subprocess.run([BIN / "snomd", "--config", twin], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "there is another node of the name 'node1'" in done.stderr, done.stderr
    alone = house.folder / "alone.toml"
    alone.write_text(twin.read_text().replace('[nodes]\nname = "node1"', ""))
    done = subprocess.run([BIN / "snomd", "--config", alone], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "in use by another program" in done.stderr, done.stderr


@pytest.fixture
def behind_a_door(house):
    made = Cluster(house, USERS, door=True)
    yield made
    made.close()


def test_a_dead_nodes_phones_are_anothers_within_ten_seconds_without_their_doing(behind_a_door):
    cluster = behind_a_door
    phones = {user: cluster.phone(user) for user in USERS}
    homes = {user: cluster.home(user) for user in USERS}
    cluster.wait_until_written(len(USERS))
    dead = homes["1000"]
    other = next(name for name in cluster.names if name != dead)
    for user in USERS:
        assert cluster[other].api(f"snom_button {user}@example.test 2 light=on label=before").startswith("+OK")
        phones[user].wait_for("button", key="2", label="before")
    mark = phones["1000"].out.mark()
    cluster[dead].process.kill()
    died = time.monotonic()
    assert cluster[other].api("snom_button 1000@example.test 2 label=after", timeout=30).startswith("+OK")
    phones["1000"].wait_for("button", key="2", label="after", timeout=20)
    assert time.monotonic() - died < 10
    wait_until(lambda: cluster.homes("1000"), "it to be another node's")
    wait_until(lambda: "(not registered)" not in cluster[other].api("snom_buttons 1000@example.test"), "that to be known")
    # From now on it is as before.
    assert cluster[other].api("snom_button 1000@example.test 3 light=on label=more") == \
        "+OK 1000@example.test 3 light=on label=more"
    registered = [line for line in phones["1000"].out.items()[mark:] if '"registered"' in line]
    assert not registered, "it did nothing"


def test_a_node_that_ends_hands_its_phones_over_before(behind_a_door):
    cluster = behind_a_door
    phone = cluster.phone("1000")
    home = cluster.home("1000")
    others = [name for name in cluster.names if name != home]
    assert cluster[home].api("snom_button 1000@example.test 2 light=on label=before").startswith("+OK")
    began = time.monotonic()
    cluster[home].send(signal.SIGTERM)
    wait_until(lambda: any("1000" in cluster.held(name) for name in others), "the phone to be another's")
    assert time.monotonic() - began < 5, "nobody waits for a lease to end"
    assert cluster[home].ended(timeout=10) == 0
    assert cluster[others[0]].api("snom_button 1000@example.test 2 label=after").startswith("+OK")
    phone.wait_for("button", key="2", label="after")


def test_a_phone_is_handed_over_with_its_registration_however_slowly_that_is_written(behind_a_door):
    cluster = behind_a_door
    with cluster.server.unwritable("snomd.registration"):
        phone = cluster.phone("1000")
        home = cluster.home("1000")
        others = [name for name in cluster.names if name != home]
        cluster[home].send(signal.SIGTERM)
        time.sleep(1)
    wait_until(lambda: any("1000" in cluster.held(name) for name in others), "the phone to be another's")
    assert cluster[others[0]].api("snom_button 1000@example.test 2 light=on label=A").startswith("+OK")
    phone.wait_for("button", key="2", label="A")


def test_a_node_says_what_it_is(cluster):
    cluster.phone("1000", "node1")
    wait_until(lambda: json.loads(cluster["node2"].request("GET", "/v1/status").body)["node"]["others"] ==
               [{"name": "node1", "phones": 1}, {"name": "node3", "phones": 0}], "node2 to know the others")
    node = json.loads(cluster["node1"].request("GET", "/v1/status").body)["node"]
    assert (node["name"], node["lease"], node["phones"]) == ("node1", True, 1)
    for line in ("snomd_node_lease 1\n", "snomd_node_phones 1\n", "snomd_nodes 3\n"):
        wait_until(lambda line=line: line in cluster["node1"].request("GET", "/metrics").body, line)
    cluster["node1"].api("snom_button 1000@example.test 2 light=on label=A")
    wait_until(lambda: labels(cluster["node2"], "1000"), "node2 to know the key")
    elsewhere = json.loads(cluster["node2"].request("GET", "/v1/phones/1000@example.test").body)
    assert (elsewhere["node"], elsewhere["contacts"]) == ("node1", [])


def test_one_snomd_alone_is_no_node(house):
    snomd = house.snomd()
    assert json.loads(snomd.request("GET", "/v1/status").body)["node"] is None
    assert "snomd_node" not in snomd.request("GET", "/metrics").body


def test_a_key_is_lit_and_pressed_through_any_node(behind_a_door):
    cluster = behind_a_door
    phone = cluster.phone("1000")
    cluster.home("1000")
    for name in cluster.names:
        wait_until(lambda name=name: "(not registered)" not in cluster[name].api("snom_buttons 1000@example.test"),
                   f"{name} to know where the phone is")
        mark = phone.out.mark()
        bound = cluster[name].api("snom_bind_key 2 on Demo 1000 example.test internal message "
                                  "api+snom_bind_key 2 off Demo 1000 example.test internal")
        assert bound.startswith("+OK"), bound
        phone.wait_for("button", key="2", light="on", since=mark)
        phone.get("/command.htm?key=P2")
        phone.wait_for("button", key="2", light="off", since=mark)
        assert phone.wait_for("press_answered", since=mark)["status"] == 202
