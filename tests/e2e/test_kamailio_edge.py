"""Kamailio as an edge proxy between the phone and snomd (RFC 3327): keys find their way back, and presses arrive."""

from programs import Phone


def test_a_phone_behind_an_edge_proxy_gets_its_keys_and_presses_them(house):
    snomd = house.snomd(users={"1000": "1234"})
    edge = house.kamailio("kamailio_edge.cfg", SNOMD=snomd.port())
    phone = house.keep(Phone(edge.address, "1000", "1234", "--domain", "example.test")).registered()
    [registered] = snomd.phones()
    assert registered["network"] == edge.address

    reply = snomd.api("snom_bind_key 2 on DND 1000 example.test internal message open")
    assert reply.startswith("+OK"), reply
    phone.wait_for("button", key="2", light="on", label="DND")
    phone.get("/command.htm?key=P2")
    assert phone.wait_for("press_answered")["status"] == 202

    # The page at the address that the REGISTER came from would be the proxy's.
    reply = snomd.api("snom_command 1000 key F_HOLD")
    assert reply.startswith("-ERR 1000 key F_HOLD: its page is not asked: "), reply
