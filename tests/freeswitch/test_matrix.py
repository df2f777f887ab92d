"""Each command of snom_command on a phone of each family (matrix.py), by mod_snom; calls between them go through
FreeSWITCH."""

import pytest

from freeswitch import wait_until
from matrix import PHONES, CommandMatrix, Desk, name_of


class FreeSwitchDesk(Desk):
    notify_mark = " [notify sent]"
    is_told = False  # mod_sofia tells nobody how a NOTIFY was answered
    transfer_to = "3000"
    transfer_status = 202

    def __init__(self, fs, virtual_snom, pictures, model, channel):
        super().__init__(model, channel)
        self.fs = fs
        self.pictures = pictures
        self.other = virtual_snom("1001")
        self.phone = virtual_snom("1000", "--model", model, "--reboot-time", "50")
        self.wait_until_known()

    def run(self, line):
        reply = self.fs.api(line)
        assert reply.endswith("\n"), reply
        return reply[:-1]

    def is_registered(self):
        # After a refresh the row is away for a moment: mod_sofia takes it out and writes it again, in batches.
        return wait_until(
            lambda: self.fs.api("sofia_contact 1000@example.test").startswith("sofia/internal/sip:1000@"), "the table")

    def wait_until_known(self):
        self.fs.wait_for_contacts(2)

    def is_transferred(self):
        return "1001" in self.fs.api("conference 3000 list") and self.other.call() == "talking"


@pytest.fixture(params=PHONES, ids=name_of)
def desk(fs, snom, virtual_snom, tmp_path, request):
    model, configured, channel = request.param
    snom(channel=configured, xml_pause=50, picture_folder=tmp_path)
    return FreeSwitchDesk(fs, virtual_snom, tmp_path, model, channel)


class TestMatrix(CommandMatrix):
    pass


# FreeSWITCH's own: the line that was typed, and mod_sofia's order to send a NOTIFY (docs/freeswitch.md).
EVENTS_OF_FREESWITCH = {"API", "BACKGROUND_JOB", "NOTIFY"}


def test_passwords_show_up_nowhere(fs, snom, es, virtual_snom):
    snom(xml_pause=50)
    es.subscribe("all")
    web = virtual_snom("1000", "--model", "D785", "--web-auth", "digest", "--web-user", "admin", "--web-password", "geheim")
    xml = virtual_snom("1001", "--model", "D862")
    fs.wait_for_contacts(2)
    assert fs.api("snom_command 1000 setting user_pass1 geheim2 admin geheim") == "+OK 1000 setting user_pass1\n"
    assert fs.api("snom_command 1001 setting user_pass1 geheim2") == "+OK 1001 setting user_pass1 [notify sent]\n"
    for phone in (web, xml):
        wait_until(lambda phone=phone: phone.events("setting"), "the setting")
    assert fs.api("snom_command 1000 hangup admin geheim") == "+OK 1000 hangup\n"
    assert fs.api("snom_command 1000 hangup admin geheim3") == (
        "-ERR 1000 hangup [HTTP:401]: the phone refused the user name and password\n")

    key = "2 on DND 1001 example.test internal message api+snom_command 1000 hangup"
    reply = fs.api(f"snom_bind_key {key} admin geheim")
    assert reply.startswith(f"+OK {key}") and "geheim" not in reply
    es.snom_event("button", Key="2")
    assert xml.get("/press?key=P2").status == 200
    assert es.snom_event("press")["Output"] == "+OK 1000 hangup"

    where = {event["Event-Name"] for event in es.events() if "geheim" in str(event)}
    assert where <= EVENTS_OF_FREESWITCH, where
    for said in (fs.log(), fs.api("snom_status"), fs.api("snom_buttons 1001@example.test")):
        assert "geheim" not in said
