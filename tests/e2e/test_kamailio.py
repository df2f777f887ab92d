"""Kamailio as the registrar of the virtual phone: what the phone does is not only what snomd understands."""

from peers import SipSocket
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
