"""How snomd is, and what it knows of models."""

import json


def test_snomd_tells_how_it_is(house):
    snomd = house.snomd()
    phone = house.phone(snomd)
    snomd.request("PUT", "/v1/phones/1000@example.test/buttons/2", body='{"light": "on"}')
    assert phone.key("2")["light"] == "on"
    status = json.loads(snomd.request("GET", "/v1/status").body)
    assert status["version"].startswith("2.")
    assert {"profile": "internal", "transport": "udp", "address": snomd.sip("udp")} in status["listening"]
    assert {"profile": None, "transport": "http", "address": snomd.listening["http", ""]} in status["listening"]
    assert status["store"] == str(house.folder / "snomd.db")
    assert (status["registered"], status["phones"], status["watchers"]) == (1, 1, 0)
    assert status["deliveries"] == {"documents": 1, "accepted": 1, "refused": 0, "silent": 0, "restores": 0}
    assert status["uptime_s"] >= 0 and status["restores_waiting"] == 0


def test_what_a_led_does_not_carry_is_told_of_the_key(house):
    snomd = house.snomd()
    house.phone(snomd, more=("--model", "D735", "--fault", "buttons=415"))
    snomd.request("PUT", "/v1/phones/1000@example.test/buttons/2", body='{"light": "on", "label": "DND", "number": "9"}')
    contact = snomd.buttons("1000@example.test")["2"]["contacts"][0]
    assert (contact["channel"], contact["lost"]) == ("notify", "label, action")


def test_a_model_is_told_as_it_looks(house):
    snomd = house.snomd()
    model = json.loads(snomd.request("GET", "/v1/models/D865").body)
    assert (model["known"], model["keys"], model["columns"], model["labels"]) == (True, 40, [5, 5, 0], "display")
    assert json.loads(snomd.request("GET", "/v1/models/%2A").body)["row"] == "*"
