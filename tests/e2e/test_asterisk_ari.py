"""snomd with an Asterisk's ARI, against the doubles, which are no Asterisk."""

import pytest

from ari_double import AriDouble
from asterisk_office import Office
from programs import wait_until


@pytest.fixture
def office(house):
    office = Office(house)
    office.ari = AriDouble(office.asterisk)
    house._closing.append(office.ari.stop)
    (house.folder / "ari.password").write_text("arisecret\n")
    office.settings = (f'ari = "127.0.0.1:{office.ari.port}"\nari_user = "snomd"\nari_password_file = "ari.password"\n'
                       'texts = true\n')
    return office


def opened(snomd):
    snomd.err.wait_for(lambda line: "connected to Asterisk's ARI" in line, "a line of the log")


def messages(office):
    return len([action for action, _ in office.asterisk.sent if action == "MessageSend"])


def test_a_document_that_no_line_holds_goes_by_ari(office):
    snomd, phone = office.both(more=office.settings)
    opened(snomd)
    labels = {str(key): f"Label of the key number {key}, {'quite ' * 12}long" for key in range(1, 13)}
    reply = snomd.api("snom_button 1000 " + " ".join(f"{key} light=on label='{label}'" for key, label in labels.items()))
    assert reply.startswith("+OK") and reply.endswith("[sent]"), reply
    for key, label in labels.items():
        phone.wait_for("button", key=key, label=label)
    assert ("PUT", "/ari/endpoints/sendMessage") in office.ari.requests and messages(office) == 0
    long_label = "x" * 1000
    assert snomd.api(f"snom_button 1000 1 label={long_label}").startswith("+OK")
    phone.wait_for("button", key="1", label=long_label)
    assert snomd.api("snom_button 1000 1 label=short").startswith("+OK")
    assert messages(office) == 1


def test_without_ari_it_goes_in_parts(office):
    snomd, phone = office.both(more=office.settings)
    opened(snomd)
    office.ari.stop()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's ARI" in line, "a line of the log")
    labels = {str(key): f"Label of the key number {key}, {'quite ' * 12}long" for key in range(1, 13)}
    snomd.api("snom_button 1000 " + " ".join(f"{key} light=on label='{label}'" for key, label in labels.items()))
    for key, label in labels.items():
        phone.wait_for("button", key=key, label=label)
    assert messages(office) > 1
    mark = snomd.err.mark()
    office.ari.start()
    snomd.err.wait_for(lambda line: "connected to Asterisk's ARI" in line, "a line of the log", since=mark)


def test_a_text_is_a_press_of_who_sent_it(office):
    snomd, phone = office.both(more=office.settings)
    opened(snomd)
    wait_until(lambda: office.ari.subscribed, "the subscription")
    events = office.house.events(snomd)
    action = "api+snom_bind_key 2 off DND 1000 example.test office message notused"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 example.test office message {action}").startswith("+OK")
    assert phone.wait_for("button", key="2", light="on")["action"] == "message"
    office.phone("1001")
    wait_until(lambda: len(snomd.phones()) == 2, "both phones to be listed")
    office.ari.text("1001", action, "k=2\r\n")
    assert events.wait_for("press", address_of_record="1001@example.test")["accepted"] is False
    assert phone.key("2")["light"] == "on"
    office.ari.text("1000", action, "k=2\r\n")
    assert events.wait_for("press", address_of_record="1000@example.test", key="2")["accepted"] is True
    phone.wait_for("button", key="2", light="off")


def test_a_subscription_that_was_refused_is_asked_for_again(office):
    office.ari.refusals = 2
    snomd = office.snomd(more=office.settings)
    opened(snomd)
    lost = "profile office: texts of phones are lost: no subscription to them: ARI: 500 Allocation failed"
    snomd.err.wait_for(lambda line: lost in line, "a line of the log")
    wait_until(lambda: office.ari.subscribed, "the subscription")
    assert office.ari.refusals == 0 and snomd.log().count("texts of phones") == 1
    assert "no connection to Asterisk's ARI" not in snomd.log()


def test_the_subscription_is_taken_back(office):
    snomd = office.snomd(more=office.settings)
    opened(snomd)
    wait_until(lambda: office.ari.subscribed, "the subscription")
    snomd.stop()
    assert not office.ari.subscribed


def test_a_wrong_password_is_said_and_is_in_no_log(office):
    (office.house.folder / "ari.password").write_text("not the right one\n")
    snomd, phone = office.both(more=office.settings)
    line = snomd.err.wait_for(lambda text: "no connection to Asterisk's ARI" in text, "a line of the log")
    assert "it answered 401 Unauthorized" in line and "not the right one" not in snomd.log()
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test office").endswith("[sent]")
    phone.wait_for("button", key="2", light="on")
