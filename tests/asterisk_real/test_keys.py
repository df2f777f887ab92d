"""Lights on phones that are registered with a real Asterisk."""

import re
import time

from asterisk import DOMAIN, wait_until


def test_the_version_that_is_tested_is_said(shared_asterisk, record_property):
    version = shared_asterisk.cli("core show version").strip()
    record_property("version", version)
    print(version)
    # Where there is no network card it says so first.
    assert re.search(r"^Asterisk \d+", version, re.MULTILINE)


def test_a_light_is_sent(office):
    snomd, phone = office.both()
    listed = snomd.phones()[0]
    assert (listed["user"], listed["domain"], listed["profile"]) == ("1000", DOMAIN, "office")
    assert listed["user_agent"].startswith("snom")
    reply = snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message notused")
    assert reply == f"+OK 2 on DND 1000 {DOMAIN} office message notused [sent]"
    key = phone.wait_for("button", key="2", light="on")
    assert (key["label"], key["number"], key["action"]) == ("DND", "notused", "message")


def test_order_is_kept(office):
    snomd, phone = office.both()
    for number in range(100):
        assert snomd.api(f"snom_bind_key 2 on L{number} 1000 {DOMAIN} office").startswith("+OK")
    phone.wait_for("button", label="L99")
    labels = [event["label"] for event in phone.events("button")]
    assert labels == sorted(labels, key=lambda label: int(label[1:]))


def test_a_dozen_keys_in_parts(office):
    snomd, phone = office.both()
    labels = {str(key): f'Label of the key number {key}, "quite" long' for key in range(1, 13)}
    keys = " ".join(f"{key} light=on label='{label}'" for key, label in labels.items())
    reply = snomd.api(f"snom_button 1000 {keys}")
    assert reply.startswith("+OK") and reply.endswith("[sent]"), reply
    for key, label in labels.items():
        phone.wait_for("button", key=key, label=label)


def test_a_phone_that_registers_gets_its_keys(office):
    snomd = office.snomd()
    wait_until(lambda: snomd.api("snom_button 1000 2 light=on label=DND").startswith("+OK"), "the account to be known")
    begin = time.monotonic()
    office.phone().wait_for("button", key="2", light="on", label="DND")
    assert time.monotonic() - begin < 5


def test_two_contacts_both_get_it(office):
    first, second = office.phone(), office.phone()
    snomd = office.snomd()
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").endswith("[sent]")
    first.wait_for("button", key="2", light="on")
    second.wait_for("button", key="2", light="on")


def test_one_who_left_is_not_registered(office):
    snomd, phone = office.both()
    events = office.events(snomd)
    phone.stop()
    events.wait_for("unregistered")
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").startswith("-ERR user")


def test_a_reboot_brings_the_keys_back(office):
    snomd, phone = office.both()
    snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office")
    phone.wait_for("button", key="2", light="on")
    phone.process.kill()  # it says no goodbye
    phone.ended()
    office._closing.remove(phone.stop)
    office.phone().wait_for("button", key="2", light="on", label="DND")
    office.asterisk.cli("database deltree registrar")
    office.asterisk.cli("module reload res_pjsip.so")


def test_over_tcp(office):
    snomd, phone = office.both(phone=("--transport", "tcp"))
    assert snomd.phones()[0]["transport"] == "tcp"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office").endswith("[sent]")
    phone.wait_for("button", key="2", light="on")
