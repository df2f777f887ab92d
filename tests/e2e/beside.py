"""snomd beside something else that phones are registered with, or that are not registered at all (docs/beside.md): what
has to come of it whatever that is. Each kind makes a Neighbour, and runs the tests of BesideContract with it."""

import signal

from programs import wait_until

ACTION = "api+snom_bind_key 2 off DND 1000 example.test beside message notused"


class Neighbour:
    """snomd, and what it stands beside. Each kind makes `snomd` and says how a phone gets there."""

    transports = ("udp", "tcp")  # of phones
    reboot_time = 300  # ms, long enough to be seen
    silence = ("no answer within 0.7 s",)  # what may be said of a phone that has just fallen silent

    def new_phone(self, user, transport, more):
        """A virtual Snom of this user, whose address of record is in example.test."""
        raise NotImplementedError

    def phone(self, user="1000", transport="udp", more=()):
        """One that snomd knows."""
        before = len(self.snomd.phones())
        phone = self.new_phone(user, transport, more)
        wait_until(lambda: len(self.snomd.phones()) > before, f"snomd to know of the phone of {user}")
        return phone

    def knows(self, user):
        """Whether snomd knows where the user's phone is now."""
        return any(phone["user"] == user for phone in self.snomd.phones())

    def press(self, phone, key):
        """A person presses the key; what was bound to it is accepted."""
        phone.get(f"/command.htm?key=P{key}")
        assert phone.wait_for("press_answered")["status"] == 202

    def run(self, line):
        return self.snomd.api(line)


def reboot(phone):
    mark = phone.out.mark()
    phone.get("/advanced_update.htm?reboot=Reboot")
    phone.wait_for("rebooted", since=mark)


def light_press_and_reboot(beside, phone):
    """A key is lit, pressed, and there again after a reboot."""
    arguments = f"2 on DND 1000 example.test beside message {ACTION}"
    assert beside.run(f"snom_bind_key {arguments}") == f"+OK {arguments}"
    beside.press(phone, "2")
    phone.wait_for("button", key="2", light="off")
    reboot(phone)
    wait_until(lambda: phone.key("2")["label"] == "DND", "the key after the reboot")


class BesideContract:
    """The tests; they need a fixture `beside`, a Neighbour with answer_timeout_ms = 700 and xml_pause_ms = 50."""

    def test_a_lit_key_goes_dark_when_it_is_pressed(self, beside):
        for transport in beside.transports:
            phone = beside.phone(transport=transport)
            arguments = f"2 on DND 1000 example.test beside message {ACTION}"
            assert beside.run(f"snom_bind_key {arguments}") == f"+OK {arguments}"
            phone.wait_for("button", key="2", light="on", label="DND", number=ACTION)
            assert beside.snomd.buttons("1000@example.test")["2"]["state"] == "confirmed"
            beside.press(phone, "2")
            phone.wait_for("button", key="2", light="off")
            assert phone.wait_for("text")["text"].startswith("+OK 2 off DND")
            phone.stop()
            beside.forget("1000")

    def test_a_phone_that_reboots_gets_all_its_keys(self, beside):
        phone = beside.phone(more=("--reboot-time", str(beside.reboot_time)))
        assert beside.run("snom_button 1000@example.test 1 light=on label=Door 3 light=hold").startswith("+OK")
        reboot(phone)
        wait_until(lambda: phone.key("1")["label"] == "Door" and phone.key("3")["light"] == "hold",
                   "the keys after the reboot")

    def test_a_refusal_is_told_as_the_phone_said_it(self, beside):
        beside.phone()
        reply = beside.run("snom_bind_key 99 on DND 1000 example.test beside")
        assert reply.startswith("-ERR") and "404" in reply, reply
        beside.phone("1001", more=("--model", "D862", "--fault", "buttons=415,xml=489"))
        reply = beside.run("snom_bind_key 2 on DND 1001 example.test beside")
        assert reply.startswith("-ERR") and "4" in reply, reply

    def test_silence_is_told_within_the_limit(self, beside):
        phone = beside.phone()
        phone.send(signal.SIGSTOP)
        try:
            reply = beside.run("snom_bind_key 2 on DND 1000 example.test beside")
        finally:
            phone.send(signal.SIGCONT)
        assert reply.startswith("-ERR") and any(said in reply for said in beside.silence), reply

    def test_commands_go_by_notify(self, beside):
        phone = beside.phone(more=("--model", "D862"))
        assert beside.run("snom_command 1000 message Lunch") == "+OK 1000 message Lunch [notify]"
        assert "Lunch" in phone.state()["display"]
        assert beside.run("snom_command 1000 key 5") == "+OK 1000 key 5 [notify]"
        wait_until(lambda: phone.state()["call"]["entry"] == "5", "the digit")

    def test_who_is_not_known_is_told(self, beside):
        reply = beside.run("snom_bind_key 2 on DND 1000 example.test beside")
        assert reply.startswith("-ERR") and "not registered" in reply, reply

    def test_keys_of_a_phone_that_is_away_wait_for_it(self, beside):
        beside.phone()
        phone = beside.phone("1001")
        phone.stop()
        beside.forget("1001")
        reply = beside.run("snom_button 1001@example.test 4 light=on label=Later")
        assert "Later" in reply and not reply.startswith("-ERR"), reply
        again = beside.phone("1001")
        wait_until(lambda: again.key("4")["label"] == "Later", "the key that waited")


class SeveralContacts:
    """Of those who can have several phones of one user."""

    def test_two_contacts_both_get_the_key_and_are_told_of_each(self, beside):
        first, second = beside.phone(), beside.phone(transport=beside.transports[-1])
        reply = beside.run("snom_bind_key 2 on Both 1000 example.test beside")
        assert reply.startswith("+OK"), reply
        told = beside.snomd.buttons("1000@example.test")["2"]["contacts"]
        assert [(contact["state"], contact["status"]) for contact in told] == [("confirmed", 200)] * 2
        assert first.key("2")["label"] == second.key("2")["label"] == "Both"
