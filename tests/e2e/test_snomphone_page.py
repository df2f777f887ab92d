"""snomphone's own page and the JSON behind it: what it shows, what it does, and who may ask."""

import http.client
import json
import re
import threading
import time
import urllib.parse

from programs import BIN, LIMIT, Inbox, Phone, Program, free_port, http_request, wait_until

JSON = {"Content-Type": "application/json"}


class Stream:
    """Server-sent events of the page: (name, data) each."""

    def __init__(self, house, page, path):
        self.inbox = Inbox()
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(page).netloc, timeout=LIMIT)
        self._connection.request("GET", path)
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()
        house._closing.append(self.close)

    def _read(self):
        name = ""
        try:
            for raw in self._answer:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    self.inbox.add((name, json.loads(line[5:])))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass
        self.inbox.close()

    def wait_for(self, wanted, what, since=0):
        """The first state for which wanted(state) is true."""
        return self.inbox.wait_for(lambda event: wanted(event[1]), what, since=since)[1]

    def close(self):
        self._connection.close()


class Page:
    """The page of some phones."""

    def __init__(self, address):
        self.address = address

    def get(self, path, headers=None):
        return http_request(self.address, "GET", path, headers=headers)

    def state(self, user):
        answer = self.get(f"/v1/phones/{user}")
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def post(self, user, action, headers=None, **body):
        return http_request(self.address, "POST", f"/v1/phones/{user}/{action}", json.dumps(body),
                            JSON if headers is None else headers)

    def does(self, user, action, **body):
        answer = self.post(user, action, **body)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def refuses(self, status, user, action, **body):
        """The problem document."""
        answer = self.post(user, action, **body)
        assert answer.status == status, answer
        assert answer.headers["Content-Type"] == "application/problem+json"
        return json.loads(answer.body)


def page_of(phone, user=None):
    address = phone.wait_for("listening", user=user or phone.user)["page"]
    return Page(address[:address.index("/phones/")])


def with_page(*more):
    return ("--page", "127.0.0.1:0", *more)


def key(state, place):
    return next(key for key in state["keys"] if key["place"] == place)


def test_a_key_that_is_bound_lights_on_the_page(house):
    snomd, phone = house.house_of_phones("1000", more=with_page("--model", "D865"))
    page = page_of(phone)
    stream = Stream(house, page.address, "/v1/events?phone=1000")
    first = stream.wait_for(lambda state: True, "the state at once")
    assert first["face"]["columns"] == [5, 5] and first["face"]["pages"] == 4
    assert key(first, "P2")["shown"] == {"rhythm": "off", "colour": ""}
    assert snomd.api("snom_button 1000@example.test 2 light=pickup color=green label=Door number=1001").startswith("+OK")
    state = stream.wait_for(lambda state: key(state, "P2")["light"] == "pickup", "the light")
    assert key(state, "P2")["shown"] == {"rhythm": "fast", "colour": "green"}
    assert key(state, "P2")["label"] == "Door"


def test_a_press_on_the_page_is_a_press_at_snomd(house):
    snomd, phone = house.house_of_phones("1000", more=with_page("--model", "D865"))
    page = page_of(phone)
    events = house.events(snomd)
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal message "
                     "api+snom_bind_key 2 off DND 1000 example.test internal").startswith("+OK")
    state = page.does("1000", "key-down", key="P2")
    assert state["keys_down"] == ["P2"]
    events.wait_for("press", key="2", accepted=True)
    phone.wait_for("button", key="2", light="off")
    assert phone.events("key") == []
    assert page.does("1000", "key-up", key="P2")["keys_down"] == []
    assert phone.wait_for("key", key="P2")["held_ms"] >= 0


def test_two_who_look_see_the_same(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    page = page_of(phone)
    streams = [Stream(house, page.address, "/v1/events?phone=1000") for _ in range(2)]
    page.does("1000", "volume", level=3)
    page.does("1000", "digits", digits="42#")
    page.does("1000", "handset", position="up")
    for stream in streams:
        stream.wait_for(lambda state: state["volume"] == 3, "the volume")
        stream.wait_for(lambda state: state["dialled"] == ["42#"] and state["handset"] == "up", "the call")
    # What the imitated page does is seen, too.
    phone.get("/command.htm?key=VOLUME_UP")
    for stream in streams:
        stream.wait_for(lambda state: state["volume"] == 4, "one louder")


def test_one_phone_calls_the_other_which_answers_holds_and_hangs_up(house):
    snomd = house.snomd()
    phones = [house.phone(snomd, user, more=with_page()) for user in ("1000", "1001")]
    first, second = (page_of(phone) for phone in phones)
    stream = Stream(house, second.address, "/v1/events?phone=1001")
    first.does("1000", "dial", number="1001")
    rings = stream.wait_for(lambda state: state["ringing"], "the other to ring")
    assert rings["call"]["peer"].find("1000") >= 0
    second.does("1001", "answer")
    wait_until(lambda: first.state("1000")["call"]["state"] == "talking", "both to talk")
    assert second.does("1001", "hold", on=True)["call"]["state"] == "held"
    wait_until(lambda: first.state("1000")["calls"][0]["held_by_peer"], "the first to hear of it")
    assert second.does("1001", "hold", on=False)["call"]["state"] == "talking"
    assert first.does("1000", "hang-up")["calls"] == []
    stream.wait_for(lambda state: state["call"]["state"] == "idle" and state["calls"] == [], "the end",
                    since=stream.inbox.mark() - 1)


def test_a_phone_reboots_and_leaves_the_line_and_comes_back(house):
    snomd, phone = house.house_of_phones("1000", more=with_page("--reboot-time", "200"))
    page = page_of(phone)
    assert page.does("1000", "reboot")["rebooting"]
    assert page.refuses(409, "1000", "volume", level=1)["detail"] == "the phone is rebooting"
    wait_until(lambda: page.state("1000")["registered"] and not page.state("1000")["rebooting"], "it to be back")
    assert page.does("1000", "line", on=False)["logged_off"]
    wait_until(lambda: snomd.phones() == [], "snomd to know")
    page.does("1000", "line", on=True)
    wait_until(lambda: len(snomd.phones()) == 1, "it to register again")


def test_errors_name_the_field(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    page = page_of(phone)
    problem = page.refuses(400, "1000", "press", key="P99")
    assert problem == {"title": "Bad Request", "status": 400, "detail": "'P99' is not a key of a snom370/8.7.5.35",
                       "field": "key"}
    assert page.refuses(400, "1000", "volume", level=16)["field"] == "level"
    assert page.refuses(400, "1000", "volume", level=1, loud=True)["field"] == "loud"
    assert page.refuses(404, "1005", "answer")["detail"] == "there is no phone of the user '1005' here"
    assert "expected press, key-down, " in page.refuses(404, "1000", "fly")["detail"]
    assert page.refuses(409, "1000", "answer")["detail"] == "the phone does not ring"
    assert page.get("/v1/phones/1000/answer").status == 405
    too_long = http_request(page.address, "POST", "/v1/phones/1000/dial", "x" * 17000, JSON)
    assert too_long.status == 413


def test_other_hosts_origins_and_forms_are_not_let_in(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    page = page_of(phone)
    port = urllib.parse.urlsplit(page.address).port
    for path in ("/", "/v1/phones", "/page/main.js"):
        assert page.get(path, {"Host": f"evil.example:{port}"}).status == 421
        assert page.get(path, {"Host": f"localhost:{port}"}).status == 200
        assert page.get(path, {"Origin": "http://evil.example"}).status == 403
    assert page.post("1000", "volume", level=1, headers={"Content-Type": "text/plain"}).status == 415
    assert page.post("1000", "volume", level=1, headers={**JSON, "Origin": "null"}).status == 403
    assert page.post("1000", "volume", level=1, headers={**JSON, "Origin": page.address}).status == 200
    assert page.get("/v1/phones").headers.get("Access-Control-Allow-Origin") is None


def test_the_page_is_whole_and_asks_nothing_from_elsewhere(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    page = page_of(phone)
    seen, waiting = set(), ["/", "/phones/1000", "/phones/1000,1001"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = page.get(path)
        assert answer.status == 200, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert page.get(path, {"If-None-Match": answer.headers["ETag"]}).status == 304
        elsewhere = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]+", answer.body)) - {"http://www.w3.org"}
        assert elsewhere == set(), f"{path}: {elsewhere}"
        if answer.headers["Content-Type"].startswith("text/html"):
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.body), "something inline"
        waiting += re.findall(r"""["'](/page/[\w.]+)["']""", answer.body)
        waiting += ["/page/" + name for name in re.findall(r"""["']\./([\w.]+)["']""", answer.body)]
    assert {"/page/main.js", "/page/face.css", "/page/texts_de.js", "/page/tokens.css"} <= seen
    assert page.get("/page/nothing.js").status == 404
    assert http_request(page.address, "POST", "/", "{}", JSON).status == 405


def test_the_imitated_page_is_as_it_was(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    for path in ("/phones/1000", "/page/main.js", "/v1/phones"):
        answer = phone.get(path)
        assert (answer.status, answer.body) == (404, "no such page\n")
    assert phone.state()["user"] == "1000" and "face" not in phone.state()


def test_one_port_shows_a_whole_fleet(house):
    users = {str(1000 + i): "1234" for i in range(60)}
    snomd = house.snomd(users=users)
    fleet = house.keep(Phone(snomd.sip(), "1000", "1234", "--domain", "example.test", "--count", "60",
                             *with_page()))
    addresses = {user: fleet.wait_for("listening", user=user)["page"] for user in users}
    page = page_of(fleet)
    assert addresses == {user: f"{page.address}/phones/{user}" for user in users}
    wait_until(lambda: json.loads(page.get("/v1/phones").body)["registered"] == 60, "all to be registered")
    cut = json.loads(page.get("/v1/phones?offset=50&limit=20").body)
    assert cut["total"] == 60 and [phone["user"] for phone in cut["phones"]] == [str(1050 + i) for i in range(10)]
    found = json.loads(page.get("/v1/phones?search=105").body)
    assert found["total"] == 10 and found["all"] == 60
    stream = Stream(house, page.address, "/v1/events")
    page.does("1007", "dial", number="1042")
    stream.inbox.wait_for(lambda event: event[0] == "phones" and any(
        phone["user"] == "1042" and phone["ringing"] for phone in event[1]), "1042 to ring in the list")
    assert json.loads(page.get("/v1/phones").body)["ringing"] == 1


def test_a_quiet_one_has_a_page_as_well(house):
    snomd = house.snomd()
    port = free_port()
    program = house.keep(Program("snomphone", [
        BIN / "snomphone", "--server", snomd.sip(), "--user", "1000", "--password", "1234", "--domain", "example.test",
        "--quiet", "--page", f"127.0.0.1:{port}"]))
    wait_until(lambda: _answers(port), "the page")
    page = Page(f"http://127.0.0.1:{port}")
    stream = Stream(house, page.address, "/v1/events?phone=1000")
    wait_until(lambda: page.state("1000")["registered"], "it to register")
    page.does("1000", "volume", level=2)
    stream.wait_for(lambda state: state["volume"] == 2, "the volume")
    assert program.out.items() == []


def _answers(port):
    try:
        return http_request(f"http://127.0.0.1:{port}", "GET", "/v1/phones").status == 200
    except OSError:
        return False


def test_it_ends_in_time_although_somebody_looks(house):
    _, phone = house.house_of_phones("1000", more=with_page())
    page = page_of(phone)
    streams = [Stream(house, page.address, "/v1/events?phone=1000"), Stream(house, page.address, "/v1/events")]
    page.does("1000", "key-down", key="P1")
    began = time.monotonic()
    phone.stop()
    assert time.monotonic() - began < 3
    for stream in streams:
        wait_until(lambda: stream.inbox._closed, "the stream to end")


def test_a_page_that_others_could_reach_is_refused(house):
    program = Program("snomphone", [BIN / "snomphone", "--server", "127.0.0.1:9", "--user", "1000", "--page", "0.0.0.0:8090"])
    house.keep(program, stop=lambda: program.running() and program.process.kill())
    assert program.ended() == 2
    program.logs("--page: '0.0.0.0' is not a loopback address: the page asks for no password")
