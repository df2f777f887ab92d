"""snomd beside Kamailio with the configuration that we hand out: copied REGISTERs with Path, presses with an asserted
identity; and what strangers try."""

import pytest

from beside import ACTION, BesideContract, SeveralContacts, light_press_and_reboot, reboot
from beside_sources import (KAMAILIO, STRANGER, BesideKamailio, BesideKamailioByTls, BesideKamailioByTlsThatCopiesNothing,
                            BesideKamailioByTlsThatTellsOfRegistrations,
                            BesideKamailioThatCopiesNothing, BesideKamailioThatTellsOfRegistrations)
from peers import SipSocket
from programs import Phone, Snomd, wait_until


@pytest.fixture
def beside(house):
    return BesideKamailio(house)


@pytest.fixture
def unknown(house):
    return BesideKamailioThatCopiesNothing(house)


@pytest.fixture
def subscribed(house):
    return BesideKamailioThatTellsOfRegistrations(house)


class TestBesideKamailio(BesideContract, SeveralContacts):
    pass


class TestBesideKamailioThatTellsOfRegistrations(BesideContract, SeveralContacts):
    @pytest.fixture
    def beside(self, subscribed):
        return subscribed


class TestBesideKamailioThatCopiesNothing(BesideContract):
    @pytest.fixture
    def beside(self, unknown):
        return unknown


class TestBesideKamailioByTls(BesideContract, SeveralContacts):
    @pytest.fixture
    def beside(self, house):
        return BesideKamailioByTls(house)


class TestBesideKamailioByTlsThatCopiesNothing(BesideContract):
    @pytest.fixture
    def beside(self, house):
        return BesideKamailioByTlsThatCopiesNothing(house)


class TestBesideKamailioByTlsThatTellsOfRegistrations(BesideContract, SeveralContacts):
    @pytest.fixture
    def beside(self, house):
        return BesideKamailioByTlsThatTellsOfRegistrations(house)


def test_a_kamailio_with_another_certificate_is_told_nothing(house):
    beside = BesideKamailioByTlsThatCopiesNothing(house, tls_name="other.test")
    beside.new_phone("1000", "tls", ())
    beside.snomd.logs("certificate not trusted: it is not for other.test")
    assert not beside.snomd.phones()


def test_one_that_kamailio_does_not_find_is_away_until_it_is(unknown):
    phone = unknown.phone()
    [known] = unknown.snomd.phones()
    assert known["contact"] == "sip:1000@example.test"
    events = unknown.house.events(unknown.snomd)
    phone.get("/command.htm?LOGOFFALL")
    assert events.wait_for("unregistered")["why"] == "silent"
    assert unknown.run("snom_bind_key 2 on A 1000 example.test beside").startswith("-ERR")
    kept = unknown.run("snom_button 1000@example.test 4 light=on label=Later")
    assert not kept.startswith("-ERR"), kept
    phone.get("/command.htm?REREGISTER=1")
    wait_until(lambda: phone.key("4")["label"] == "Later", "the key that waited")


def test_two_phones_of_one_user_are_one_to_who_does_not_know_them(unknown):
    first = unknown.phone()
    second = unknown.new_phone("1000", "udp", ())
    assert unknown.run("snom_bind_key 2 on Both 1000 example.test beside").startswith("+OK")
    assert len(unknown.snomd.phones()) == 1
    wait_until(lambda: first.key("2")["label"] == second.key("2")["label"] == "Both", "the key on both")


def test_what_kamailio_tells_of_a_registration_is_known_at_once_when_snomd_starts(subscribed):
    phone = subscribed.phone(more=("--model", "D862"))
    subscribed.run("snom_button 1000@example.test 1 light=on label=Door")
    before = subscribed.snomd.phones()
    assert before[0]["contact"].startswith("sip:1000@127.0.0.1:")
    assert before[0]["user_agent"].startswith("snomD862/")
    assert before[0]["network"] == subscribed.kamailio.address
    restart_snomd(subscribed)
    wait_until(subscribed.snomd.phones, "snomd to know of the phone")
    assert subscribed.snomd.phones()[0]["contact"] == before[0]["contact"]
    assert subscribed.run("snom_command 1000 message Lunch").startswith("+OK")
    assert "Lunch" in phone.state()["display"]


def test_a_kamailio_that_has_forgotten_is_subscribed_to_again(subscribed):
    subscribed.subscribe_s = 10
    restart_snomd(subscribed)
    subscribed.phone()
    subscribed.kamailio.stop()
    subscribed.start_kamailio()
    subscribed.phone("1001")
    assert "are not told" not in subscribed.snomd.log(), "it has forgotten, and that is no fault"


def test_a_stranger_tells_of_no_registration(subscribed):
    subscribed.phone()
    with SipSocket(subscribed.snomd.sip(profile="beside"), STRANGER) as sip:
        headers = ["Event: reg", "Subscription-State: active;expires=60", "Content-Type: application/reginfo+xml"]
        body = ('<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full"><registration '
                'aor="sip:1000@example.test" id="a" state="terminated"/></reginfo>')
        assert sip.ask(request(sip, "NOTIFY", "sip:snomd@example.test", "1000", headers, body)) == 403
    assert len(subscribed.snomd.phones()) == 1
    subscribed.snomd.logs("refused NOTIFY")


def restart_snomd(beside):
    """On the ports that it had."""
    beside.ports = [beside.snomd.sip(kind, "beside").rsplit(":", 1)[1] for kind in ("udp", "tcp")]
    beside.snomd.stop()
    beside.write()
    beside.snomd = beside.house.keep(Snomd(beside.path))


def test_the_registration_is_the_phones_own_and_leads_through_the_proxy(beside):
    phone = beside.phone(more=("--model", "D862"))
    [known] = beside.snomd.phones()
    assert known["network"] == beside.kamailio.address
    assert known["user_agent"].startswith("snomD862/")
    assert known["contact"].startswith("sip:1000@127.0.0.1:")
    assert phone.running()


def test_a_copy_that_comes_while_snomd_is_away_is_made_up_for_by_the_next(beside):
    beside.phone(more=("--reboot-time", "100"))
    beside.run("snom_button 1000@example.test 1 light=on label=Door")
    restart_snomd(beside)
    assert beside.run("snom_bind_key 2 on A 1000 example.test beside").startswith("-ERR")
    again = beside.phone()
    wait_until(lambda: again.key("1")["label"] == "Door", "the key that was kept")


ACTION_OPEN = "open"


@pytest.mark.parametrize("told", ["beside", "subscribed"])
def test_a_phone_behind_nat_is_reached_where_kamailio_saw_it(told, request):
    beside = request.getfixturevalue(told)
    nat = beside.house.nat(beside.kamailio.address)
    # It takes keys from its server's address only: that is the router's here, and no other way leads to it.
    phone = beside.house.keep(Phone(nat.address, "1000", "1234", "--domain", "example.test", "--reboot-time", "300"))
    wait_until(beside.snomd.phones, "snomd to know of the phone")
    [known] = beside.snomd.phones()
    assert known["network"] == beside.kamailio.address
    assert known["contact"].split("@")[1].split(";")[0] != nat.outside
    light_press_and_reboot(beside, phone)


def request(sip, method, uri, user, headers, body=""):
    text = sip.request(method, uri, headers, body).decode()
    return text.replace(f"<sip:tester@{sip.address}>", f"<sip:{user}@example.test>").encode()


def test_a_stranger_registers_nobody_and_presses_nothing(beside):
    phone = beside.phone()
    beside.run(f"snom_bind_key 2 on DND 1000 example.test beside message {ACTION_OPEN}")
    before = beside.snomd.phones()
    address = beside.snomd.sip(profile="beside")
    with SipSocket(address, STRANGER) as sip:
        lies = [["P-Asserted-Identity: <sip:1000@example.test>"],
                [f"Via: SIP/2.0/UDP {beside.kamailio.address};branch=z9hG4bKx;received={KAMAILIO}",
                 "P-Asserted-Identity: <sip:1000@example.test>"],
                [f"Path: <sip:{beside.kamailio.address};lr>", "Path: <sip:localhost;lr>"]]
        for lie in lies:
            contact = f"Contact: <sip:1000@{sip.address}>"
            assert sip.ask(request(sip, "REGISTER", "sip:example.test", "1000", [contact, *lie]).replace(
                b"To: <sip:example.test>", b"To: <sip:1000@example.test>")) == 403
            assert sip.ask(request(sip, "MESSAGE", "sip:open@example.test", "1000", lie)) == 403
    assert [known["contact"] for known in beside.snomd.phones()] == [known["contact"] for known in before]
    beside.snomd.logs("not from a trusted proxy, user '1000'")
    assert phone.key("2")["light"] == "on"


def test_through_kamailio_nobody_is_whom_he_only_says_he_is(beside):
    beside.phone()
    events = beside.house.events(beside.snomd)
    beside.run(f"snom_bind_key 2 on DND 1000 example.test beside message {ACTION_OPEN}")
    with SipSocket(beside.kamailio.address, STRANGER) as sip:
        assert_identity = ["P-Asserted-Identity: <sip:1000@example.test>"]
        assert sip.ask(request(sip, "MESSAGE", "sip:open@example.test", "1000", assert_identity)) == 407
        assert sip.ask(request(sip, "MESSAGE", "sip:open@example.test", "nobody", assert_identity)) == 407
        empty = ('Proxy-Authorization: Digest username="nobody", realm="example.test", nonce="x", uri="sip:a", '
                 'response="d41d8cd98f00b204e9800998ecf8427e"')
        assert sip.ask(request(sip, "MESSAGE", "sip:open@example.test", "nobody", [empty])) == 407
    other = beside.phone("1001")
    beside.run("snom_bind_key 3 on Own 1001 example.test beside message other")
    other.get("/command.htm?key=P3")
    assert events.wait_for("press", accepted=True)["address_of_record"] == "1001@example.test"


BLF = ("--model", "370", "--blf", "2=sip:snom+{user}-2@example.test", "--reboot-time", "300")


SHORT_SUBSCRIPTIONS = "[subscriptions]\nmin_expires_s = 1\nmax_expires_s = 3\ndefault_expires_s = 3\n"


@pytest.mark.parametrize("transport", ("udp", "tcp"))
def test_a_key_that_subscribes_through_kamailio_is_lit_and_pressed(house, transport):
    lit_and_pressed(BesideKamailio(house, extra=SHORT_SUBSCRIPTIONS), transport)


def lit_and_pressed(beside, transport):
    events = beside.house.events(beside.snomd)
    phone = beside.phone(transport=transport, more=BLF)
    phone.wait_for("watched", key="2", version=0)
    bound = "2 hold DND 1000 example.test beside message api+snom_button 1000@example.test 2 light=off"
    assert beside.run(f"snom_bind_key {bound}") == f"+OK {bound} [subscription]"
    assert phone.key("2")["light"] == "hold"
    phone.get("/press?key=P2")
    assert events.wait_for("press", address_of_record="1000@example.test", key="2")["accepted"]
    wait_until(lambda: phone.key("2")["light"] == "off", "what the press did to the key")
    # Refreshed within its dialog, which has to be proven once more, as often as it likes.
    mark = phone.out.mark()
    phone.wait_for("watched", key="2", since=mark, timeout=10)
    assert beside.run("snom_button 1000@example.test 2 light=on").endswith(" [subscription]")
    mark = phone.out.mark()
    reboot(phone)
    phone.wait_for("watched", key="2", version=0, light="on", since=mark)


def test_nobody_else_watches_or_presses_a_key_through_kamailio(house):
    beside = BesideKamailio(house)
    beside.phone()
    spy = beside.phone("1001", more=("--blf", "2=sip:snom+1000-2@example.test"))
    line = beside.snomd.logs("refused SUBSCRIBE")
    assert "another phone's key, user '1001'" in line
    assert beside.run("snom_button 1000@example.test 2 light=on label=Secret").startswith("+OK")
    assert not spy.events("watched")


def test_nobody_gets_to_snomd_through_kamailio_by_a_tag_that_he_made_up(beside):
    made_up_tag(beside)


def made_up_tag(beside):
    """What has a tag in To goes on with a dialog, and goes where its Route says: not to snomd under somebody's name."""
    phone = beside.phone()
    beside.run(f"snom_bind_key 2 on DND 1000 example.test beside message {ACTION_OPEN}")
    before = [known["contact"] for known in beside.snomd.phones()]
    events = beside.house.events(beside.snomd)
    snomd = beside.snomd.sip(profile="beside")
    lies = ["P-Asserted-Identity: <sip:1000@example.test>", f"Path: <sip:{beside.kamailio.address};lr>"]
    ways = {"sip:open@example.test": [f"Route: <sip:{beside.kamailio.address};lr>", f"Route: <sip:{snomd};lr>"],
            f"sip:open@{snomd}": [f"Route: <sip:{beside.kamailio.address};lr>"]}
    answers = []
    with SipSocket(beside.kamailio.address, STRANGER) as sip:
        for uri, way in ways.items():
            for method, more in (("MESSAGE", []), ("REGISTER", [f"Contact: <sip:1000@{sip.address}>", "Expires: 600"]),
                                 ("INVITE", [f"Contact: <sip:1000@{sip.address}>"])):
                sent = request(sip, method, uri, "1000", [*way, *lies, *more]).decode()
                sent = sent.replace(f"To: <{uri}>", "To: <sip:1000@example.test>;tag=made-up")
                answers.append((method, uri, sip.ask(sent.encode(), 3)))
    assert [known["contact"] for known in beside.snomd.phones()] == before, answers
    assert answers == [(method, uri, 403 if method == "REGISTER" else 481) for method, uri, _ in answers]
    beside.press(phone, "2")
    assert events.wait_for("press")["accepted"], "the phone's own is the first one"
    assert "refused REGISTER" not in beside.snomd.log(), "none of them got there"
