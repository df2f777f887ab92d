"""Keys as resources: PUT, PATCH and DELETE on snomd's HTTP interface, and what the phone makes of them."""

import json

from programs import wait_until

TOKEN = "0123456789abcdef"
ONE = "/v1/phones/1000@example.test/buttons/2"
ALL = "/v1/phones/1000@example.test/buttons"


def ask(snomd, method, path, body=None, token=True):
    headers = {"Authorization": f"Bearer {TOKEN}"} if token else {}
    answer = snomd.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
    return answer.status, json.loads(answer.body)


def with_token(house):
    (house.folder / "token").write_text(TOKEN + "\n")
    return house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')


def test_a_key_is_put_changed_and_deleted_on_a_phone(house):
    snomd = with_token(house)
    phone = house.phone(snomd)
    status, answer = ask(snomd, "PUT", ONE, {"light": "on", "colour": "green", "label": "Nächste Tür", "number": "9001"})
    assert (status, answer["ok"], answer["button"]["state"]) == (200, True, "confirmed"), answer
    assert phone.key("2")["label"] == "Nächste Tür"
    status, answer = ask(snomd, "PATCH", ONE, {"light": "off"})
    assert (phone.key("2")["light"], phone.key("2")["label"]) == ("off", "Nächste Tür")
    assert ask(snomd, "GET", ONE)[1]["light"] == "off"
    assert ask(snomd, "DELETE", ONE)[0] == 200
    wait_until(lambda: phone.key("2")["label"] == "", "the key to be dark")
    assert ask(snomd, "GET", ONE)[0] == 404


def test_several_keys_go_in_one_message(house):
    snomd = with_token(house)
    phone = house.phone(snomd)
    before = phone.state()["documents"]
    status, answer = ask(snomd, "PATCH", ALL, {str(key): {"label": f"Line {key}"} for key in range(1, 13)})
    assert status == 200, answer
    assert phone.state()["documents"] == before + 1
    assert [phone.key(str(key))["label"] for key in (1, 12)] == ["Line 1", "Line 12"]
    status, answer = ask(snomd, "GET", "/v1/phones/1000@example.test")
    assert (answer["keys"], len(answer["contacts"]), answer["contacts"][0]["user"]) == (12, 1, "1000")


def test_what_is_wrong_is_a_problem_document(house):
    snomd = with_token(house)
    house.phone(snomd)
    status, answer = ask(snomd, "PUT", ONE, {"lihgt": "on"})
    assert (status, answer["field"], answer["status"], answer["title"]) == (400, "lihgt", 400, "Bad Request")
    status, answer = ask(snomd, "PUT", ALL + "/99", {"light": "on"})
    assert (status, answer["detail"]) == (502, "key 99 of 1000@example.test not set: phone answered 404 No Such Key")
    status, answer = ask(snomd, "POST", ONE)
    assert status == 405
    status, answer = ask(snomd, "PUT", ONE, {"light": "on"}, token=False)
    assert status == 401 and "button" not in answer
    for path in ("/health/live", "/health/ready"):
        assert ask(snomd, "GET", path, token=False)[0] == 200
    status, answer = ask(snomd, "GET", "/v1/phones/a%2Fb@example.test/buttons")
    assert (status, answer["detail"]) == (404, "no phone 'a/b@example.test' (expected user@host, registered or with keys set)")
