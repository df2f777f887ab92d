"""Asterisk restarted, gone, or not letting snomd in."""

from asterisk import DOMAIN


def test_asterisk_is_restarted(own_asterisk):
    office = own_asterisk()
    snomd, phone = office.both(phone=("--expires", "60"))
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").endswith("[sent]")
    phone.wait_for("button", key="2", light="on")
    mark = phone.out.mark()
    office.asterisk.stop()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's manager" in line, "a line of the log")
    reply = snomd.api(f"snom_bind_key 3 on Three 1000 {DOMAIN} office")
    assert reply.startswith("-ERR key 3") and "no connection to Asterisk's manager" in reply, reply
    office.asterisk.start()
    phone.wait_for("button", since=mark, timeout=40, key="2", light="on")
    phone.wait_for("button", since=mark, key="3", light="on", label="Three")


def test_a_wrong_secret(office):
    snomd = office.snomd(secret="not the right one", listed=False)
    line = snomd.err.wait_for(lambda text: "refuses the login" in text, "a line of the log")
    assert "Authentication failed" in line and "not the right one" not in snomd.log()
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").startswith("-ERR user")


def test_too_few_rights_are_said(own_asterisk):
    office = own_asterisk(SNOMD_WRITE="call")
    snomd = office.snomd(listed=False)
    line = snomd.err.wait_for(lambda text: "does not list its contacts" in text, "a line of the log", timeout=20)
    assert "Permission denied" in line
