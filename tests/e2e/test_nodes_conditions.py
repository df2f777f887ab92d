"""If-Match and If-None-Match at several snomd with one PostgreSQL: what counts is what is there, heard of or not."""

import contextlib
import json
import threading

import pytest

import postgres
from nodes import Cluster, labels
from programs import wait_until

pytestmark = pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here")
ALL = "/v1/phones/1000@example.test/buttons"
ONE = ALL + "/2"


@pytest.fixture
def cluster(house):
    made = Cluster(house, ["1000"], count=2)
    yield made
    made.close()


@contextlib.contextmanager
def nobody_hears(cluster):
    """Changes are kept, and no node is told of another one's: whoever looks waits until the end."""
    with cluster.server.unwritable("snomd.node_mail"):
        yield


def ask(node, method, path, body=None, **conditions):
    headers = {name.replace("_", "-"): value for name, value in conditions.items()}
    return node.request(method, path, None if body is None else json.dumps(body), headers)


def tag(answer):
    return answer.headers["ETag"]


def known(node, path, wanted):
    wait_until(lambda: node.request("GET", path).headers.get("ETag") == wanted, "both nodes to know the same")


def at_once(cluster, method, path, bodies, **conditions):
    """The answers of node1 and node2, which are asked at the same time."""
    begin = threading.Barrier(2)
    answers = {}

    def run(name, body):
        begin.wait()
        answers[name] = ask(cluster[name], method, path, body, **conditions)

    threads = [threading.Thread(target=run, args=each) for each in zip(("node1", "node2"), bodies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers["node1"], answers["node2"]


def test_of_two_who_change_a_key_at_two_nodes_at_once_one_does_and_the_other_is_told(cluster):
    now = tag(ask(cluster["node1"], "PUT", ONE, {"label": "as it was"}))
    known(cluster["node2"], ONE, now)
    won = {"node1": 0, "node2": 0}
    with nobody_hears(cluster):
        for round in range(50):
            bodies = [{"label": f"{name} {round}"} for name in won]
            answers = at_once(cluster, "PATCH", ONE, bodies, If_Match=now)
            assert sorted(answer.status for answer in answers) == [200, 412], (round, answers)
            first, second = sorted(answers, key=lambda answer: answer.status)
            assert tag(second) == tag(first) != now, (round, answers)
            now = tag(first)
            winner = json.loads(first.body)["button"]["label"]
            won[winner.split()[0]] += 1
            for node in cluster.nodes.values():
                assert labels(node, "1000") == {"2": winner}, "whoever was told knows why"
    assert sum(won.values()) == 50
    for node in cluster.nodes.values():
        known(node, ONE, now)


def test_a_node_that_has_not_heard_of_a_change_knows_of_it_when_it_counts(cluster):
    phone = cluster.phone("1000", "node1")
    old = tag(ask(cluster["node1"], "PUT", ONE, {"label": "as it was"}))
    known(cluster["node2"], ONE, old)
    with nobody_hears(cluster):
        new = tag(ask(cluster["node1"], "PATCH", ONE, {"label": "one"}, If_Match=old))
        for method, body, more in (("PATCH", {"label": "two"}, {"If_Match": old}), ("PUT", {"label": "two"}, {"If_Match": old}),
                                   ("DELETE", None, {"If_Match": old}), ("PUT", {"label": "two"}, {"If_None_Match": "*"})):
            answer = ask(cluster["node2"], method, ONE, body, **more)
            assert (answer.status, tag(answer)) == (412, new), (method, more)
        assert labels(cluster["node2"], "1000") == {"2": "one"}
    phone.wait_for("button", key="2", label="one")
    assert ask(cluster["node2"], "PATCH", ONE, {"label": "three"}, If_Match=new).status == 200
    phone.wait_for("button", key="2", label="three")
    assert [event["label"] for event in phone.events("button")] == ["as it was", "one", "three"]


def test_who_has_the_newest_tag_is_not_refused_by_a_node_that_has_not_heard_of_it(cluster):
    old = tag(ask(cluster["node1"], "PUT", ONE, {"label": "as it was"}))
    known(cluster["node2"], ONE, old)
    with nobody_hears(cluster):
        new = tag(ask(cluster["node1"], "PATCH", ONE, {"light": "on", "label": "one"}))
        answer = ask(cluster["node2"], "PATCH", ONE, {"label": "two"}, If_Match=new)
        assert answer.status == 200, answer
        button = json.loads(answer.body)["button"]
        assert (button["label"], button["light"]) == ("two", "on"), "what it leaves is as it is, not as it was"
        assert ask(cluster["node1"], "DELETE", ONE, If_Match=tag(answer)).status == 200
        assert ask(cluster["node2"], "PATCH", ONE, {"label": "x"}, If_Match="*").status == 412
        assert ask(cluster["node2"], "PUT", ONE, {"label": "y"}, If_None_Match="*").status == 200


def test_a_key_that_two_make_at_once_is_made_by_one(cluster):
    with nobody_hears(cluster):
        for key in range(1, 11):
            answers = at_once(cluster, "PUT", f"{ALL}/{key}", [{"label": "a"}, {"label": "b"}], If_None_Match="*")
            assert sorted(answer.status for answer in answers) == [200, 412], answers
            assert len({tag(answer) for answer in answers}) == 1


def test_a_list_is_all_or_nothing_by_the_tag_of_all_keys(cluster):
    ask(cluster["node1"], "PATCH", ALL, {str(key): {"label": "as it was"} for key in range(1, 4)})
    now = tag(ask(cluster["node1"], "GET", ALL))
    known(cluster["node2"], ALL, now)
    with nobody_hears(cluster):
        for round in range(10):
            bodies = [[{"key": str(key), "label": f"{name} {round}"} for key in range(1, 4)] for name in ("one", "two")]
            answers = at_once(cluster, "PATCH", ALL, bodies, If_Match=now)
            assert sorted(answer.status for answer in answers) == [200, 412], (round, answers)
            first, second = sorted(answers, key=lambda answer: answer.status)
            assert tag(first) is None and tag(second) != now
            now = tag(second)
            for node in cluster.nodes.values():
                assert tag(ask(node, "GET", ALL)) == now
                assert len(set(labels(node, "1000").values())) == 1, "nobody's are mixed with another one's"


def test_a_whole_list_clears_what_its_node_had_not_heard_of(cluster):
    ask(cluster["node1"], "PUT", ALL, [{"key": "1", "label": "one"}])
    first = tag(ask(cluster["node1"], "GET", ALL))
    known(cluster["node2"], ALL, first)
    with nobody_hears(cluster):
        ask(cluster["node1"], "PATCH", ALL, [{"key": "2", "label": "two"}, {"key": "3", "label": "three"}])
        assert ask(cluster["node2"], "PUT", ALL, [{"key": "1", "label": "x"}], If_Match=first).status == 412
        ask(cluster["node1"], "PUT", ALL + "/4", {"label": "four"})
        now = tag(ask(cluster["node1"], "GET", ALL))
        answer = ask(cluster["node2"], "PUT", ALL, [{"key": "1", "label": "alone"}], If_Match=now)
        assert answer.status == 200, answer
        assert [key["key"] for key in json.loads(answer.body)["buttons"]] == ["1", "2", "3", "4"]
        assert labels(cluster["node2"], "1000") == {"1": "alone"}
        alone = tag(ask(cluster["node2"], "GET", ALL))
        refused = ask(cluster["node1"], "PUT", ALL, [], If_Match=now)
        assert (refused.status, tag(refused)) == (412, alone)
    for node in cluster.nodes.values():
        known(node, ALL, alone)
    # A node that thinks that there is none.
    assert ask(cluster["node2"], "PUT", ALL, [], If_Match=alone).status == 200
    nothing = '"0-cbf29ce484222325"'  # the tag of no keys
    wait_until(lambda: cluster["node1"].request("GET", ALL).status == 404, "node1 to know that there is none")
    with nobody_hears(cluster):
        ask(cluster["node1"], "PUT", ONE, {"label": "new"})
        now = tag(ask(cluster["node1"], "GET", ALL))
        assert ask(cluster["node2"], "PUT", ALL, [], If_Match=nothing).status == 412
        assert ask(cluster["node2"], "PUT", ALL, [], If_Match=now).status == 200
        assert cluster["node2"].request("GET", ALL).status == 404


def test_a_node_that_cannot_ask_says_so_and_not_that_the_condition_does_not_hold(cluster):
    old = tag(ask(cluster["node1"], "PUT", ONE, {"label": "as it was"}))
    cluster.server.stop()
    try:
        for condition in ({"If_Match": old}, {"If_Match": '"1-1"'}, {"If_None_Match": "*"}):
            assert ask(cluster["node1"], "PATCH", ONE, {"label": "x"}, **condition).status == 502, condition
        answer = ask(cluster["node1"], "PATCH", ALL, [{"key": "2", "label": "x"}], If_Match='"1-1"')
        assert [key["status"] for key in json.loads(answer.body)["buttons"]] == [502]
        assert ask(cluster["node1"], "PUT", ALL, [], If_Match='"1-1"').status == 207
    finally:
        cluster.server.start()
    wait_until(lambda: ask(cluster["node2"], "PATCH", ONE, {"label": "y"}, If_Match=old).status == 200, "the store to be back")
    # It has the store back a moment later or earlier.
    wait_until(lambda: ask(cluster["node1"], "PATCH", ONE, {"label": "z"}, If_Match=old).status == 412, "it to ask again")
    assert labels(cluster["node1"], "1000") == {"2": "y"}


def test_what_is_wrong_with_a_change_leaves_nothing_of_it_in_the_servers_log(cluster):
    old = tag(ask(cluster["node1"], "PUT", ONE, {"label": "as it was"}))
    with cluster.server.unwritable("snomd.wanted_button"):
        answer = ask(cluster["node1"], "PATCH", ONE, {"number": "4711sesame"}, If_Match=old)
    assert answer.status == 502 and "statement timeout" in answer.body, answer
    log = (cluster.server.folder / "server.txt").read_text()
    assert "statement timeout" in log and "4711sesame" not in log
    assert ask(cluster["node1"], "PATCH", ONE, {"number": "4712"}, If_Match=old).status == 200
