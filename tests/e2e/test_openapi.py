"""docs/openapi.json and the running snomd are the same: each request and status that the file has is produced here, and no
answer is one that the file has not. (That each route is in the file: tests/snomd/api_test.cpp. What other tests ask is
held to it, too: programs.py.)"""

import json
import re

import pytest

from api_worlds import PHONE, STRANGER, Raw, Worlds, ask
from described import description

NOBODY = "/v1/phones/4711@example.test"
AWAY = "/v1/phones/1001@example.test"
LAYOUT = "phone,key,light,label\n1000@example.test,3,on,Door\n"
CSV = {"Content-Type": "text/csv"}
STALE = {"If-Match": '"0-0"'}
VALUES = {"{file}": "main.js", "{model}": "D865", "{phone}": "1000@example.test", "{key}": "1", "{reference}": "0" * 32,
          "{job}": "none", "{group}": "sales", "{name}": "nobody"}
BODIES = {("POST", "/v1/command"): "snom_buttons 1000@example.test", ("POST", "/v1/tokens"): '{"name": "new", "role": "read"}',
          ("POST", "/v1/phones/{phone}/trials"): '{"channel": "buttons", "key": "2"}'}
# What the HTTP server says by itself is produced for each operation; a fault of snomd cannot be (tests/http/server_test.cpp
# makes its answer, which has the form of the others).
NOT_PRODUCED = {500}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    worlds = Worlds(tmp_path_factory.mktemp("worlds"))
    yield worlds
    worlds.close()


def path_of(path):
    return re.sub(r"\{\w+\}", lambda found: VALUES[found.group()], path)


def on(method, path, body=None, headers=None, world="open"):
    return lambda worlds: ask(getattr(worlds, world)(), method, path, body, headers)


def guarded(method, path, body=None, who="root"):
    return lambda worlds: worlds.ask_guarded(who, method, path, body)


def after(first, then):
    """What `then` answers once `first` was answered well."""
    def both(worlds):
        before = first(worlds)
        assert before.status < 300, before
        return then(worlds)
    return both


def with_tag(path):
    """The same once more, with the ETag of the first."""
    def twice(worlds):
        tag = ask(worlds.open(), "GET", path).headers["ETag"]
        return ask(worlds.open(), "GET", path, headers={"If-None-Match": tag})
    return twice


def with_job(method, path="/v1/layouts/jobs/"):
    def asked(worlds):
        begun = ask(worlds.open(), "POST", "/v1/layouts/apply", LAYOUT, CSV)
        assert begun.headers["Location"] == "/v1/layouts/jobs/" + json.loads(begun.body)["id"]
        return ask(worlds.open(), method, begun.headers["Location"])
    return asked


def too_many_presses(worlds):
    answers = [ask(worlds.listed(), "GET", "/press/" + "0" * 32) for _ in range(40)]
    return next(answer for answer in answers if answer.status == 429)


def too_many_streams(worlds):
    with Raw(worlds.open()).send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n").socket as stream:
        assert stream.recv(15) == b"HTTP/1.1 200 OK"
        return ask(worlds.open(), "GET", "/v1/events")


def too_many_jobs(worlds):
    """Of a phone that does not answer: four are applied at a time."""
    snomd = worlds.refusing()
    for number in range(20):
        answer = ask(snomd, "POST", "/v1/layouts/apply", f"phone,key,label\n1000@example.test,{number},Door {number}\n", CSV)
        if answer.status != 202:
            return answer
    raise AssertionError("as many are applied as are asked for")


ONE = PHONE + "/buttons/2"
ALL = PHONE + "/buttons"
TRIALS = PHONE + "/trials"
TRIAL = {"channel": "buttons", "key": "2", "light": "on"}
GROUP = "/v1/groups/night"
MEMBERS = {"members": ["1000"]}
WRONG = {"lihgt": "on"}
REFUSED_KEY = {"light": "on"}
# The answers that are of one operation. Each is (method, path of the file, status): who makes it.
PRODUCERS = {
    ("GET", "/", 200): on("GET", "/"),
    ("GET", "/", 304): with_tag("/"),
    ("GET", "/page/{file}", 200): on("GET", "/page/main.js"),
    ("GET", "/page/{file}", 304): with_tag("/page/main.js"),
    ("GET", "/page/{file}", 404): on("GET", "/page/none.js"),
    ("GET", "/health/live", 200): on("GET", "/health/live"),
    ("GET", "/health/ready", 200): on("GET", "/health/ready"),
    ("GET", "/v1/status", 200): on("GET", "/v1/status"),
    ("GET", "/v1/me", 200): on("GET", "/v1/me"),
    ("GET", "/v1/models", 200): on("GET", "/v1/models"),
    ("GET", "/v1/models/{model}", 200): on("GET", "/v1/models/D865"),
    ("GET", "/metrics", 200): on("GET", "/metrics"),
    ("POST", "/v1/command", 200): on("POST", "/v1/command", "snom_buttons 1000@example.test"),
    ("POST", "/v1/command", 400): on("POST", "/v1/command", "one\ntwo"),
    ("GET", "/v1/events", 200): on("GET", "/v1/events", headers={"Last-Event-ID": "none"}),
    ("GET", "/v1/events", 400): on("GET", "/v1/events?type=nonsense"),
    ("GET", "/v1/phones", 200): on("GET", "/v1/phones"),
    ("GET", "/v1/phones", 400): on("GET", "/v1/phones?state=nonsense"),
    ("GET", "/v1/phones/{phone}", 200): on("GET", PHONE),
    ("GET", "/v1/phones/{phone}", 404): on("GET", NOBODY),
    ("GET", "/v1/phones/{phone}/screen.png", 200): on("GET", PHONE + "/screen.png"),
    ("GET", "/v1/phones/{phone}/screen.png", 502): on("GET", AWAY + "/screen.png"),
    ("GET", "/v1/buttons", 200): on("GET", "/v1/buttons"),
    ("GET", "/v1/buttons", 400): on("GET", "/v1/buttons?limit=0"),
    ("GET", "/v1/phones/{phone}/buttons", 200): on("GET", ALL),
    ("GET", "/v1/phones/{phone}/buttons", 404): on("GET", NOBODY + "/buttons"),
    ("PUT", "/v1/phones/{phone}/buttons", 200): on("PUT", ALL, [{"key": "1", "light": "on"}]),
    ("PUT", "/v1/phones/{phone}/buttons", 207): on("PUT", ALL, [{"key": "1", "light": "on"}, {"key": "99", "light": "on"}]),
    ("PUT", "/v1/phones/{phone}/buttons", 400): on("PUT", ALL, [{"key": "1", **WRONG}]),
    ("PUT", "/v1/phones/{phone}/buttons", 404): on("PUT", NOBODY + "/buttons", [{"key": "1", "light": "on"}]),
    ("PUT", "/v1/phones/{phone}/buttons", 412): on("PUT", ALL, [{"key": "1", "light": "on"}], STALE),
    ("PUT", "/v1/phones/{phone}/buttons", 502): lambda worlds: worlds.without_store("PUT", ALL, [], {"If-Match": "*"}),
    ("PATCH", "/v1/phones/{phone}/buttons", 200): on("PATCH", ALL, {"1": {"label": "Night"}}),
    ("PATCH", "/v1/phones/{phone}/buttons", 207): on("PATCH", ALL, [{"key": "1", "light": "on"}, {"key": "99", "light": "on"}]),
    ("PATCH", "/v1/phones/{phone}/buttons", 400): on("PATCH", ALL, {"1": WRONG}),
    ("PATCH", "/v1/phones/{phone}/buttons", 404): on("PATCH", NOBODY + "/buttons", {"1": {"light": "on"}}),
    ("PATCH", "/v1/phones/{phone}/buttons", 412): on("PATCH", ALL, {"1": {"light": "on"}}, STALE),
    ("PATCH", "/v1/phones/{phone}/buttons", 502): on("PATCH", ALL, {"99": {"light": "on"}}),
    ("DELETE", "/v1/phones/{phone}/buttons", 200): after(on("PUT", ONE, {"light": "on"}), on("DELETE", ALL)),
    ("DELETE", "/v1/phones/{phone}/buttons", 400): on("DELETE", ALL, headers={"If-Match": "no tag"}),
    ("DELETE", "/v1/phones/{phone}/buttons", 404): on("DELETE", NOBODY + "/buttons"),
    ("DELETE", "/v1/phones/{phone}/buttons", 412): on("DELETE", ALL, headers=STALE),
    ("DELETE", "/v1/phones/{phone}/buttons", 502): on("DELETE", AWAY + "/buttons", world="refusing"),
    ("GET", "/v1/phones/{phone}/buttons/{key}", 200): after(on("PUT", ONE, {"light": "on"}), on("GET", ONE)),
    ("GET", "/v1/phones/{phone}/buttons/{key}", 404): on("GET", PHONE + "/buttons/42"),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 200): on("PUT", ONE, {"light": "on", "label": "Tür", "number": "9001"}),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 400): on("PUT", ONE, WRONG),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 404): on("PUT", NOBODY + "/buttons/2", {"light": "on"}),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 412): on("PUT", ONE, {"light": "on"}, STALE),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 502): on("PUT", PHONE + "/buttons/99", REFUSED_KEY),
    ("PATCH", "/v1/phones/{phone}/buttons/{key}", 200): on("PATCH", ONE, {"light": None}),
    ("PATCH", "/v1/phones/{phone}/buttons/{key}", 400): on("PATCH", ONE, [1]),
    ("PATCH", "/v1/phones/{phone}/buttons/{key}", 404): on("PATCH", NOBODY + "/buttons/2", {"light": "on"}),
    ("PATCH", "/v1/phones/{phone}/buttons/{key}", 412): on("PATCH", ONE, {"light": "on"}, STALE),
    ("PATCH", "/v1/phones/{phone}/buttons/{key}", 502): on("PATCH", PHONE + "/buttons/99", REFUSED_KEY),
    ("DELETE", "/v1/phones/{phone}/buttons/{key}", 200): after(on("PUT", ONE, {"light": "on"}), on("DELETE", ONE)),
    ("DELETE", "/v1/phones/{phone}/buttons/{key}", 400): on("DELETE", ONE, headers={"If-Match": "no tag"}),
    ("DELETE", "/v1/phones/{phone}/buttons/{key}", 404): on("DELETE", NOBODY + "/buttons/2"),
    ("DELETE", "/v1/phones/{phone}/buttons/{key}", 412): on("DELETE", ONE, headers=STALE),
    ("DELETE", "/v1/phones/{phone}/buttons/{key}", 502): on("DELETE", AWAY + "/buttons/1", world="refusing"),
    ("POST", "/v1/phones/{phone}/trials", 200): on("POST", TRIALS, TRIAL),
    ("POST", "/v1/phones/{phone}/trials", 400): on("POST", TRIALS, {"channel": "smoke"}),
    ("POST", "/v1/phones/{phone}/trials", 404): on("POST", "/v1/phones/nobody/trials", TRIAL),
    ("POST", "/v1/phones/{phone}/trials", 409): on("POST", AWAY + "/trials", TRIAL),
    ("GET", "/v1/phones/{phone}/trials", 200): on("GET", TRIALS),
    ("GET", "/v1/phones/{phone}/trials", 404): on("GET", "/v1/phones/nobody/trials"),
    ("DELETE", "/v1/phones/{phone}/trials/{key}", 200): on("DELETE", TRIALS + "/2"),
    ("DELETE", "/v1/phones/{phone}/trials/{key}", 404): on("DELETE", "/v1/phones/nobody/trials/2"),
    ("GET", "/press/{reference}", 200): Worlds.press,
    ("GET", "/press/{reference}", 403): lambda worlds: worlds.press(source=STRANGER),
    ("GET", "/press/{reference}", 404): on("GET", "/press/" + "0" * 32, world="listed"),
    ("GET", "/press/{reference}", 429): too_many_presses,
    ("POST", "/v1/layouts/compare", 200): on("POST", "/v1/layouts/compare", LAYOUT, CSV),
    ("POST", "/v1/layouts/compare", 400): on("POST", "/v1/layouts/compare", "phone,key,light\n1000@example.test,2,bright\n", CSV),
    ("POST", "/v1/layouts/apply", 202): on("POST", "/v1/layouts/apply", LAYOUT, CSV),
    ("POST", "/v1/layouts/apply", 400): on("POST", "/v1/layouts/apply", LAYOUT),
    ("GET", "/v1/layouts/jobs", 200): after(on("POST", "/v1/layouts/apply", LAYOUT, CSV), on("GET", "/v1/layouts/jobs")),
    ("GET", "/v1/layouts/jobs/{job}", 200): with_job("GET"),
    ("GET", "/v1/layouts/jobs/{job}", 400): on("GET", "/v1/layouts/jobs/none?limit=0"),
    ("GET", "/v1/layouts/jobs/{job}", 404): on("GET", "/v1/layouts/jobs/none"),
    ("DELETE", "/v1/layouts/jobs/{job}", 200): with_job("DELETE"),
    ("DELETE", "/v1/layouts/jobs/{job}", 404): on("DELETE", "/v1/layouts/jobs/none"),
    ("GET", "/v1/groups", 200): on("GET", "/v1/groups"),
    ("GET", "/v1/groups/{group}", 200): on("GET", "/v1/groups/sales"),
    ("GET", "/v1/groups/{group}", 404): on("GET", "/v1/groups/none"),
    ("PUT", "/v1/groups/{group}", 201): on("PUT", "/v1/groups/new", MEMBERS),
    ("PUT", "/v1/groups/{group}", 200): after(on("PUT", GROUP, MEMBERS), on("PUT", GROUP, MEMBERS)),
    ("PUT", "/v1/groups/{group}", 400): on("PUT", GROUP, {"members": []}),
    ("PUT", "/v1/groups/{group}", 409): on("PUT", "/v1/groups/sales", MEMBERS),
    ("DELETE", "/v1/groups/{group}", 200): after(on("PUT", GROUP, MEMBERS), on("DELETE", GROUP)),
    ("DELETE", "/v1/groups/{group}", 404): on("DELETE", "/v1/groups/none"),
    ("DELETE", "/v1/groups/{group}", 409): on("DELETE", "/v1/groups/sales"),
    ("POST", "/v1/groups/{group}/commands", 200): on("POST", "/v1/groups/sales/commands", "snom_button 2 light=on"),
    ("POST", "/v1/groups/{group}/commands", 400): on("POST", "/v1/groups/sales/commands", "snom_phones"),
    ("POST", "/v1/groups/{group}/commands", 404): on("POST", "/v1/groups/none/commands", "snom_button 2 light=on"),
    ("GET", "/v1/tokens", 200): guarded("GET", "/v1/tokens"),
    ("GET", "/v1/tokens", 404): on("GET", "/v1/tokens"),
    ("POST", "/v1/tokens", 201): guarded("POST", "/v1/tokens", {"name": "new", "role": "read", "per_second": 10}),
    ("POST", "/v1/tokens", 400): guarded("POST", "/v1/tokens", {"name": "other", "role": "king"}),
    ("POST", "/v1/tokens", 404): on("POST", "/v1/tokens", {"name": "other", "role": "read"}),
    ("POST", "/v1/tokens", 409): guarded("POST", "/v1/tokens", {"name": "board", "role": "read"}),
    ("DELETE", "/v1/tokens/{name}", 200): after(guarded("POST", "/v1/tokens", {"name": "gone", "role": "read"}),
                                                guarded("DELETE", "/v1/tokens/gone")),
    ("DELETE", "/v1/tokens/{name}", 404): guarded("DELETE", "/v1/tokens/nobody"),
}

# Further answers, which are another form of one above or come from another cause.
MORE = [
    ("POST", "/v1/command", 200, on("POST", "/v1/command", "snom_nonsense", {"Accept": "application/json"})),
    ("GET", "/v1/me", 200, guarded("GET", "/v1/me", who="board")),
    ("GET", "/v1/phones", 200, on("GET", "/v1/phones?state=ok,away&limit=1")),
    ("GET", "/v1/buttons", 200, on("GET", "/v1/buttons?search=example")),
    ("GET", "/v1/models/{model}", 200, on("GET", "/v1/models/none")),
    ("GET", "/page/{file}", 200, on("GET", "/page/icon.svg")),
    ("GET", "/page/{file}", 200, on("GET", "/page/wall.css")),
    ("GET", "/v1/events", 200, on("GET", "/v1/events?type=press,button&phone=1000@example.test&last_event_id=x")),
    ("POST", "/v1/layouts/apply", 400, on("POST", "/v1/layouts/apply?parallel=0", LAYOUT, CSV)),
    ("PATCH", "/v1/phones/{phone}/buttons", 200, on("PATCH", AWAY + "/buttons", [{"key": "1", "light": "on"}])),
    ("PATCH", "/v1/phones/{phone}/buttons", 207, on("PATCH", ALL, [{"key": "1", "light": "on"}], world="refusing")),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 400, on("PUT", ONE, {}, {"If-None-Match": "x"})),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 412,
     after(on("PUT", ONE, {}), on("PUT", ONE, {"light": "on"}, {"If-None-Match": "*"}))),
    ("GET", "/press/{reference}", 404, on("GET", "/press/" + "0" * 32)),
    ("GET", "/v1/events", 503, too_many_streams),
    ("POST", "/v1/layouts/apply", 503, too_many_jobs),
    ("PUT", "/v1/groups/{group}", 503, lambda worlds: worlds.away("PUT", GROUP, MEMBERS)),
    ("DELETE", "/v1/groups/{group}", 503,
     after(on("PUT", GROUP, MEMBERS), lambda worlds: worlds.away("DELETE", GROUP))),
    ("POST", "/v1/tokens", 503, lambda worlds: worlds.with_broken_tokens("POST", "/v1/tokens", {"name": "x", "role": "read"})),
    ("DELETE", "/v1/tokens/{name}", 503, lambda worlds: worlds.with_broken_tokens("DELETE", "/v1/tokens/board")),
    ("PATCH", "/v1/phones/{phone}/buttons", 503, lambda worlds: worlds.stopping("PATCH", ALL, {"1": {"label": "x"}})),
    ("PUT", "/v1/phones/{phone}/buttons/{key}", 503, lambda worlds: worlds.stopping("PUT", ONE, {"label": "x"})),
    ("DELETE", "/v1/phones/{phone}/buttons", 503, lambda worlds: worlds.stopping("DELETE", ALL, None)),
]


def too_low(worlds, method, path, role):
    """A token of a lower role; where any token will do, a request under another's name where none is wanted."""
    lower = {"operate": "board", "admin": "desk"}.get(role)
    if lower:
        return worlds.ask_guarded(lower, method, path, BODIES.get((method, path)))
    return ask(worlds.open(), method, path, headers={"Host": "elsewhere.example"})


def too_often(worlds, method, path):
    for _ in range(100):
        answer = worlds.ask_guarded("slow", method, path)
        if answer.status == 429:
            return answer
    raise AssertionError("a token that may ask once a second asked a hundred times")


def turned_away(worlds, method, path):
    snomd, in_use = worlds.full()
    with in_use.socket:
        return ask(snomd, method, path)


# Of any operation that has these: who makes it, of the operation's method, path and role.
EVERYWHERE = {
    "400": lambda worlds, method, path, role: ask(worlds.open(), method, path + "?nonsense=1"),
    "401": lambda worlds, method, path, role: ask(worlds.guarded(), method, path),
    "403": too_low,
    "413": lambda worlds, method, path, role: worlds.ask_guarded("small", method, path, "x" * 11),
    "429": lambda worlds, method, path, role: too_often(worlds, method, path),
    "503": lambda worlds, method, path, role: turned_away(worlds, method, path),
}

OPERATIONS = sorted(description().operations)
STATED = [(method, path, status) for method, path in OPERATIONS
          for status in description().responses(description().operations[method, path]) if status != "default"]


def name_of(value):
    return str(value) if isinstance(value, (str, int)) else ""


@pytest.mark.parametrize("method, path, status", STATED, ids=name_of)
def test_each_status_of_the_file_is_produced(worlds, method, path, status):
    produce = PRODUCERS.get((method, path, int(status)))
    if produce:
        answer = produce(worlds)
    else:
        assert status in EVERYWHERE, "nobody knows how to make this answer"
        role = description().operations[method, path]["x-role"]
        answer = EVERYWHERE[status](worlds, method, path_of(path), role)
    assert str(answer.status) == status, answer
    hold(method, path, answer)


@pytest.mark.parametrize("method, path, status, produce", MORE, ids=name_of)
def test_other_ways_to_a_status_are_as_the_file_says_too(worlds, method, path, status, produce):
    answer = produce(worlds)
    assert answer.status == status, answer
    hold(method, path, answer)


def test_no_producer_is_of_what_the_file_has_not():
    assert {(method, path, str(status)) for method, path, status in PRODUCERS} <= set(STATED)


def hold(method, path, answer):
    media = answer.headers.get("Content-Type", "")
    body = answer.body if media.startswith("image/") else answer.body.decode()
    description().hold(method, path_of(path), answer.status, answer.headers, body)


def raw(method, path, more, body=""):
    return f"{method} {path_of(path)} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n{body}"


UNREADABLE = {
    400: lambda method, path: raw(method, path, "X: one\r\n two\r\n"),
    413: lambda method, path: raw(method, path, "Content-Length: 1048577\r\n"),
    431: lambda method, path: raw(method, path, f"X: {'x' * 17000}\r\n"),
    501: lambda method, path: raw(method, path, "Transfer-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_what_the_http_server_refuses_is_as_the_file_says(worlds, method, path):
    stated = set(description().responses(description().operations[method, path])["default"]["x-statuses"])
    assert stated == {*UNREADABLE, 408, 503, *NOT_PRODUCED}
    for status, text in UNREADABLE.items():
        answer = Raw(worlds.open()).send(text(method, path)).answer()
        assert answer.status == status, answer
        hold(method, path, answer)
    answer = turned_away(worlds, method, path_of(path))
    assert answer.status == 503
    hold(method, path, answer)


def test_a_request_that_does_not_arrive_is_answered_as_the_file_says(worlds):
    begun = [(method, path, Raw(worlds.open()).send(f"{method} {path_of(path)} HTTP/1.1\r\n")) for method, path in OPERATIONS]
    for method, path, client in begun:
        answer = client.answer()
        assert answer.status == 408, (path, answer)
        hold(method, path, answer)


@pytest.mark.parametrize("path", sorted(description().document["paths"]))
def test_a_path_takes_the_methods_of_the_file_and_no_other(worlds, path):
    there = description().methods_of(path)
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        if method not in there:
            answer = ask(worlds.open(), method, path_of(path))
            assert answer.status == 405, (method, answer)
            hold(method, path, answer)


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "GET" and path != "/press/{reference}"])
def test_head_is_answered_as_get_is(worlds, path):
    # Of a path that is not there the same is said of both.
    get, head = (ask(worlds.open(), method, path_of(path)) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    hold("HEAD", path, head)


@pytest.mark.parametrize("path", ["/v1", "/v2/phones", "/v1/phones/", "/v1/layouts", "/v1/phones/1000@example.test/keys", "//"])
def test_what_the_file_has_not_is_not_there(worlds, path):
    answer = ask(worlds.open(), "GET", path)
    assert answer.status == 404
    hold("GET", path, answer)


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_parameters_are_those_of_the_file(worlds, method, path):
    """One that is not known is refused, and those that are known are named."""
    parameters = description().operations[method, path].get("parameters", [])
    stated = [description().resolved(one)["name"] for one in parameters if description().resolved(one)["in"] == "query"]
    body = () if method == "GET" else (LAYOUT, CSV)  # what needs no token has no body
    answer = ask(worlds.open(), method, path_of(path) + "?nonsense=1", *body)
    assert answer.status == 400, answer
    hold(method, path, answer)
    detail = json.loads(answer.body)["detail"]
    assert detail.startswith("'nonsense' is no parameter of this"), detail
    said = re.search(r"\(expected (.*)\)", detail)
    known = [name.removesuffix("...") for name in said.group(1).split(", ")] if said else []
    assert sorted(known) == sorted(stated)


def test_a_wrong_answer_would_be_noticed():
    """The check itself: what it has to find, it finds."""
    good = {"status": "live"}
    headers = {"Content-Type": "application/json"}
    description().hold("GET", "/health/live", 200, headers, json.dumps(good))
    for status, media, body in ((200, "application/json", {"status": "dead"}), (200, "application/json", {}),
                                (200, "application/json", {**good, "more": 1}), (200, "text/plain", good),
                                (404, "application/problem+json", good), (204, "application/json", good)):
        with pytest.raises(AssertionError):
            description().hold("GET", "/health/live", status, {"Content-Type": media}, json.dumps(body))
    with pytest.raises(AssertionError):
        description().hold("GET", "/health/live", 200, {**headers, "X-More": "1"}, json.dumps(good))
    gap = {"lost": 3, "why": "forgotten"}
    description().hold_event("gap", gap)
    for name, data in (("gaps", gap), ("gap", {**gap, "more": 1}), ("gap", {"lost": 3}), ("gap", {**gap, "why": "lazy"})):
        with pytest.raises(AssertionError):
            description().hold_event(name, data)
    with pytest.raises(AssertionError):
        description().hold("GET", "/none", 200, headers, json.dumps(good))
