"""Kamailio as the registrar of the virtual phone: what the phone does is not only what snomd understands."""

from peers import Kamailio, SipSocket
from programs import Phone


def registered_phone(house, kamailio, password="1234"):
    return house.keep(Phone(kamailio.address, "1000", password, "--domain", "example.test"))


def test_registers_takes_a_key_and_presses_it(house):
    kamailio = house.kamailio()
    phone = registered_phone(house, kamailio).registered()

    with SipSocket(kamailio.address) as sip:
        document = "k=2\r\nc=on\r\nl=DND\r\nn=open the door\r\na=message\r\n\r\nk=3\r\nc=hold\r\n"
        assert sip.ask(sip.request("MESSAGE", "sip:1000@example.test", ["Content-Type: application/x-buttons"], document)) \
            == 200
    phone.wait_for("button", key="2", light="on", label="DND")
    phone.wait_for("button", key="3", light="hold")

    phone.get("/command.htm?key=P2")
    phone.wait_for("press", key="2")
    assert phone.wait_for("press_answered")["status"] == 202


def test_a_bad_document_is_refused_through_the_proxy(house):
    kamailio = house.kamailio()
    phone = registered_phone(house, kamailio).registered()
    with SipSocket(kamailio.address) as sip:
        for document, status in (("c=on\r\n", 400), ("k=99\r\nc=on\r\n", 404)):
            assert sip.ask(sip.request("MESSAGE", "sip:1000@example.test", ["Content-Type: application/x-buttons"],
                                       document)) == status
    assert phone.state()["documents"] == 0


def test_logs_off_and_on_again(house):
    kamailio = house.kamailio()
    phone = registered_phone(house, kamailio).registered()
    phone.get("/command.htm?LOGOFFALL")
    phone.wait_for("unregistered")
    with SipSocket(kamailio.address) as sip:
        assert sip.ask(sip.request("MESSAGE", "sip:1000@example.test", ["Content-Type: application/x-buttons"],
                                   "k=2\r\nc=on\r\n")) == 480
    mark = phone.out.mark()
    phone.get("/command.htm?REREGISTER=1")
    phone.wait_for("registered", since=mark)


def test_a_wrong_password_is_told(house):
    phone = registered_phone(house, house.kamailio(), password="wrong")
    assert phone.wait_for("registration_failed")["status"] in (401, 403)
    assert not phone.state()["registered"]


def test_a_key_shows_another_phones_calls_by_kamailios_own_notifier(house):
    """Kamailio judges the virtual phone's SUBSCRIBE, and the virtual phone reads what pua_dialoginfo and presence make."""
    kamailio = house.keep(Kamailio(house.folder, "kamailio_presence.cfg"))
    kamailio.wait_ready()
    desk, other = (house.keep(Phone(kamailio.address, user, "1234", "--domain", "example.test", *more)).registered()
                   for user, more in (("1000", ("--model", "370", "--blf", "2=sip:1001@example.test")), ("1001", ())))
    # Of whom nothing is published Kamailio says nothing, in a NOTIFY without a body.
    kamailio.err.wait_for(lambda line: "NOTIFY" in line and "sip:1001@example.test" in line, "the subscription")
    desk.get("/press?key=P2")
    other.wait_for_call("ringing")
    desk.wait_for("watched", key="2", state="early", light="pickup")
    other.get("/command.htm?key=enter")
    desk.wait_for("watched", key="2", state="confirmed", light="on")
    mark = desk.out.mark()
    other.get("/command.htm?RELEASE_ALL_CALLS")
    desk.wait_for("watched", since=mark, key="2", state="terminated", light="off")
