"""snomd beside a real OpenSIPS with the very configuration that we hand out (packaging/opensips). Debian has no OpenSIPS:
`./run test-proxy PREFIX` runs these with one that is installed elsewhere, and sets SNOM_PROXY_PREFIX."""

import os
import pathlib

import pytest

from beside import BesideContract, SeveralContacts, light_press_and_reboot
from beside_sources import KAMAILIO as PROXY
from beside_sources import SNOMD, STRANGER, BesideKamailio
from peers import PACKAGING, SipSocket
from programs import Phone, Program, wait_until
from test_beside_kamailio import SHORT_SUBSCRIPTIONS, lit_and_pressed, made_up_tag, request, restart_snomd


class OpenSips(Program):
    """At an address of its own; what its administrator puts in is put in."""

    def __init__(self, folder, snomd, port):
        prefix = pathlib.Path(os.environ["SNOM_PROXY_PREFIX"])
        self.address = f"{PROXY}:{port}"
        work = pathlib.Path(folder, "opensips")
        work.mkdir(exist_ok=True)
        text = (PACKAGING / "opensips" / "opensips.cfg").read_text()
        modules = next(prefix.glob("lib*/opensips/modules"))
        for ours, theirs in (("/usr/lib/x86_64-linux-gnu/opensips/modules", str(modules)), ("192.0.2.2:5060", self.address),
                             ("192.0.2.2", PROXY), ("192.0.2.3:5060", snomd), ("192.0.2.3", SNOMD),
                             ("example.com", "example.test")):
            assert ours in text, ours
            text = text.replace(ours, theirs)
        config = work / "opensips.cfg"
        config.write_text("stderror_enabled=yes\nsyslog_enabled=no\n" + text)
        super().__init__("opensips", [prefix / "sbin" / "opensips", "-F", "-f", config, "-m", "64", "-M", "8", "-w", work,
                                      "-P", work / "pid"], own_group=True)

    def wait_ready(self):
        with SipSocket(self.address) as sip:
            wait_until(lambda: sip.ask(sip.request("OPTIONS", f"sip:{self.address}"), 0.3), "OpenSIPS to answer OPTIONS")


class BesideOpenSips(BesideKamailio):
    """It passes on copies of REGISTERs, with Path: the same neighbour by another make."""

    def start_kamailio(self):
        self.kamailio = self.house.keep(OpenSips(self.house.folder, self.snomd.sip(profile="beside"), self.port))
        self.kamailio.wait_ready()


@pytest.fixture
def beside(house):
    return BesideOpenSips(house)


class TestBesideOpenSips(BesideContract, SeveralContacts):
    pass


def test_a_copy_that_comes_while_snomd_is_away_is_made_up_for_by_the_next(beside):
    beside.phone(more=("--reboot-time", "100"))
    beside.run("snom_button 1000@example.test 1 light=on label=Door")
    restart_snomd(beside)
    again = beside.phone()
    wait_until(lambda: again.key("1")["label"] == "Door", "the key that was kept")


def test_a_phone_behind_nat_is_reached_where_opensips_saw_it(beside):
    nat = beside.house.nat(beside.kamailio.address)
    phone = beside.house.keep(Phone(nat.address, "1000", "1234", "--domain", "example.test", "--reboot-time", "300"))
    wait_until(beside.snomd.phones, "snomd to know of the phone")
    light_press_and_reboot(beside, phone)


def test_nobody_is_whom_he_only_says_he_is(beside):
    beside.phone()
    beside.run("snom_bind_key 2 on DND 1000 example.test beside message open")
    with SipSocket(beside.kamailio.address, STRANGER) as sip:
        lie = ["P-Asserted-Identity: <sip:1000@example.test>"]
        for user in ("1000", "nobody"):
            assert sip.ask(request(sip, "MESSAGE", "sip:open@example.test", user, lie)) == 407
    assert beside.snomd.buttons("1000@example.test")["2"]["light"] == "on"


@pytest.mark.parametrize("transport", ("udp", "tcp"))
def test_a_key_that_subscribes_through_opensips_is_lit_and_pressed(house, transport):
    lit_and_pressed(BesideOpenSips(house, extra=SHORT_SUBSCRIPTIONS), transport)


def test_nobody_else_watches_a_key_through_opensips(house):
    beside = BesideOpenSips(house)
    beside.phone()
    spy = beside.phone("1001", more=("--blf", "2=sip:snom+1000-2@example.test"))
    assert "another phone's key, user '1001'" in beside.snomd.logs("refused SUBSCRIBE")
    assert beside.run("snom_button 1000@example.test 2 light=on label=Secret").startswith("+OK")
    assert not spy.events("watched")


def test_nobody_gets_to_snomd_by_a_tag_that_he_made_up(beside):
    made_up_tag(beside)


def test_another_phones_number_rings_through_it(beside):
    """It stays the registrar that phones telephone by."""
    caller, callee = beside.phone(), beside.phone("1001")
    caller.get("/command.htm?number=1001")
    callee.wait_for_call("ringing")
