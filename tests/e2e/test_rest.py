"""Keys as resources: PUT, PATCH and DELETE on snomd's HTTP interface, and what the phone makes of them."""

import json
import threading

from programs import wait_until

TOKEN = "0123456789abcdef"
ONE = "/v1/phones/1000@example.test/buttons/2"
ALL = "/v1/phones/1000@example.test/buttons"


def ask(snomd, method, path, body=None, token=True, more=None):
    headers = {"Authorization": f"Bearer {TOKEN}"} if token else {}
    headers.update(more or {})
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


def test_a_phone_is_the_same_by_whatever_name_of_its_registrar(house):
    snomd = with_token(house)
    house.phone(snomd)
    for host in ("EXAMPLE.test", "127.0.0.1"):
        phone = f"/v1/phones/1000@{host}"
        status, answer = ask(snomd, "PUT", f"{phone}/buttons/2", {"label": host})
        assert (status, answer["button"]["label"]) == (200, host), answer
        etag = ask(snomd, "GET", f"{phone}/buttons/2")[1]["etag"]
        assert ask(snomd, "PATCH", f"{phone}/buttons/2", {"light": "on"}, more={"If-Match": etag})[0] == 200
        etag = snomd.request("GET", f"{phone}/buttons", headers={"Authorization": f"Bearer {TOKEN}"}).headers["ETag"]
        status, answer = ask(snomd, "PUT", f"{phone}/buttons", [{"key": "3", "label": host}], more={"If-Match": etag})
        assert (status, [(key["key"], key["status"]) for key in answer["buttons"]]) == (200, [("3", 200), ("2", 200)]), answer
        status, answer = ask(snomd, "GET", f"{phone}/buttons")
        assert (answer["address_of_record"], [key["label"] for key in answer["buttons"]]) == ("1000@example.test", [host])
        status, answer = ask(snomd, "GET", phone)
        assert (status, answer["address_of_record"], answer["keys"]) == (200, "1000@example.test", 1)


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


def test_the_second_operator_who_changes_a_key_is_told(house):
    snomd = with_token(house)
    phone = house.phone(snomd)
    ask(snomd, "PUT", ONE, {"label": "as it was"})
    seen = ask(snomd, "GET", ONE)[1]["etag"]
    assert ask(snomd, "PATCH", ONE, {"label": "first"}, more={"If-Match": seen})[0] == 200
    status, answer = ask(snomd, "PATCH", ONE, {"label": "second"}, more={"If-Match": seen})
    assert (status, answer["field"]) == (412, "If-Match"), answer
    assert phone.key("2")["label"] == "first"
    now = snomd.request("GET", ONE, headers={"Authorization": f"Bearer {TOKEN}"}).headers["ETag"]
    assert ask(snomd, "PATCH", ONE, {"label": "second"}, more={"If-Match": now})[0] == 200
    assert phone.key("2")["label"] == "second"


def test_who_clears_a_key_is_not_given_the_tag_of_another_who_sets_it_meanwhile(house):
    snomd = house.snomd()
    house.phone(snomd, more=["--fault", "delay=600"])
    snomd.request("PUT", ONE, body='{"label": "as it was"}')
    answers = []
    clearing = threading.Thread(target=lambda: answers.append(snomd.request("DELETE", ONE)))
    clearing.start()
    wait_until(lambda: snomd.request("GET", ONE).status == 404, "the key to be cleared")
    other = snomd.request("PUT", ONE, body='{"label": "another"}')
    clearing.join()
    assert (other.status, answers[0].status) == (200, 200)
    assert "etag" in {name.lower() for name in other.headers}
    assert "etag" not in {name.lower() for name in answers[0].headers}, "with it he would overwrite what he never saw"


def test_each_key_of_a_list_has_its_outcome(house):
    snomd = with_token(house)
    phone = house.phone(snomd)
    ask(snomd, "PUT", ONE, {"label": "as it was"})
    status, answer = ask(snomd, "PATCH", ALL, [{"key": "3", "label": "new"}, {"key": "99", "label": "none"}])
    assert (status, answer["ok"]) == (207, False), answer
    assert [(key["key"], key["status"]) for key in answer["buttons"]] == [("3", 200), ("99", 502)]
    assert answer["buttons"][1]["detail"] == "key 99 of 1000@example.test not set: phone answered 404 No Such Key"
    assert (phone.key("2")["label"], phone.key("3")["label"]) == ("as it was", "new")
    status, answer = ask(snomd, "PUT", ALL, [{"key": "3", "light": "on"}])
    assert (status, [(key["key"], key["status"]) for key in answer["buttons"]]) == (200, [("3", 200), ("2", 200)]), answer
    wait_until(lambda: phone.key("2")["label"] == "", "the key that the list does not name to be dark")
    assert (phone.key("3")["label"], phone.key("3")["light"]) == ("", "on")


def test_phones_are_found_and_what_is_wrong_comes_first(house):
    snomd = with_token(house)
    house.phone(snomd, more=("--fault", "drop=100"))
    house.phone(snomd, "1001")
    snomd_said = ask(snomd, "PUT", "/v1/phones/1001@example.test/buttons/2", {"label": "Night bell"})
    assert snomd_said[0] == 200
    assert ask(snomd, "PUT", ONE, {"light": "on"})[0] == 502
    status, answer = ask(snomd, "GET", "/v1/phones?limit=1")
    assert (status, answer["total"], answer["states"]["silent"], answer["states"]["ok"]) == (200, 2, 1, 1), answer
    assert (answer["phones"][0]["address_of_record"], answer["phones"][0]["state"]) == ("1000@example.test", "silent")
    answer = ask(snomd, "GET", f"/v1/phones?limit=1&cursor={answer['next']}")[1]
    assert ([one["address_of_record"] for one in answer["phones"]], answer["next"]) == (["1001@example.test"], None)
    answer = ask(snomd, "GET", "/v1/phones?search=night&state=ok")[1]
    assert [one["address_of_record"] for one in answer["phones"]] == ["1001@example.test"]
    (house.folder / "token").write_text(TOKEN + "\n")
    found = snomd.snomctl("--token-file", house.folder / "token", "phones", "--state", "silent,ok")
    rows = [line.split() for line in found.stdout.splitlines()]
    assert rows[0] == ["PHONE", "STATE", "MODEL", "KEYS", "PENDING", "FAILED", "NETWORK"], found
    assert [row[:2] for row in rows[1:]] == [["1000@example.test", "silent"], ["1001@example.test", "ok"]], found
    assert snomd.snomctl("--token-file", house.folder / "token", "phones", "--search", "nobody").stdout == "no such phone\n"


def test_a_group_outlives_snomd_and_gets_keys(house):
    (house.folder / "token").write_text(TOKEN + "\n")
    config = dict(http='listen = "127.0.0.1:0"\ntoken_file = "token"', extra='[[group]]\nname = "board"\nmembers = ["1001"]\n')
    snomd = house.snomd(**config)
    assert ask(snomd, "PUT", "/v1/groups/sales", {"members": ["1000", "1001@example.test"]})[0] == 201
    assert ask(snomd, "PUT", "/v1/groups/board", {"members": ["1000"]})[0] == 409
    snomd.stop()
    snomd = house.snomd(**config)
    status, answer = ask(snomd, "GET", "/v1/groups")
    assert [(group["name"], group["configured"]) for group in answer["groups"]] == [("board", True), ("sales", False)], answer
    phones = [house.phone(snomd, user) for user in ("1000", "1001")]
    token = {"Authorization": f"Bearer {TOKEN}"}
    answer = snomd.request("POST", "/v1/groups/sales/commands", body="snom_button 2 light=on label='Night bell'", headers=token)
    assert (answer.status, json.loads(answer.body)["ok"]) == (200, True), answer.body
    assert [phone.key("2")["label"] for phone in phones] == ["Night bell", "Night bell"]
    reply = snomd.request("POST", "/v1/command", body="snom_clear @sales 2", headers=token).body
    assert reply == "+OK 1000 2\n+OK 1001@example.test 2\n"


def test_a_group_of_too_many_is_wrong_and_not_to_be_tried_again(house):
    snomd = house.snomd()
    answer = snomd.request("PUT", "/v1/groups/all", body=json.dumps({"members": [str(user) for user in range(10001)]}))
    problem = json.loads(answer.body)
    assert (answer.status, problem["field"]) == (400, "members")
    assert problem["detail"] == "members: 10001 are too many (expected 10000 at most)"


def test_a_layout_is_compared_and_applied_over_http(house):
    snomd = with_token(house)
    phone = house.phone(snomd)
    token = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/csv"}
    layout = "phone,key,light,label\n1000..1001@example.test,2,on,Door\n1000@example.test,99,on,None\n"

    def post(path, body=layout):
        answer = snomd.request("POST", "/v1/layouts/" + path, body=body, headers=token)
        return answer.status, json.loads(answer.body)

    status, answer = post("compare")
    assert (status, answer["changing"]) == (200, {"phones": 2, "keys": 3}), answer
    assert phone.key("2")["label"] == ""
    status, job = post("apply", "phone,key,light\n1000@example.test,2,bright\n")
    assert (status, len(job["errors"])) == (400, 1), job
    status, job = post("apply")
    assert status == 202, job

    def ended():
        now = ask(snomd, "GET", f"/v1/layouts/jobs/{job['id']}")[1]
        return now if now["state"] == "done" else None

    now = wait_until(ended, "the layout to be applied")
    # Both keys of 1000 are one message, and one that it refuses is refused for both; 1001 is away.
    assert (now["keys"]["failed"], now["keys"]["pending"], now["keys"]["all"]) == (2, 1, 3), now
    assert now["outcomes"][0]["why"] == "phone answered 404 No Such Key", now
    assert now["outcomes"][1] == {"phone": "1001@example.test", "why": "not registered",
                                  "keys": [{"key": "2", "outcome": "pending"}]}
    # Another name of the phone's registrar is the same phone.
    assert post("compare", "phone,key,label\n1000@EXAMPLE.test,2,Gate\n")[1]["phones"][0]["phone"] == "1000@example.test"
    status, answer = post("compare", "phone,key,label\n1000@example.test,2,Gate\n1000@EXAMPLE.test,2,Yard\n")
    assert (status, answer["detail"]) == (400, "'1000@EXAMPLE.test' and '1000@example.test' are the same phone")
    job = post("apply", "phone,key,light,label\n1000@example.test,2,on,Door\n")[1]
    assert wait_until(ended, "the layout to be applied")["keys"]["confirmed"] == 1
    assert phone.key("2")["label"] == "Door"
