"""Keys that show the states of a real Asterisk's devices: Custom, a queue's pause, parking, a phone."""

from asterisk import DOMAIN, wait_until

LAMPS = f"""[[lamp]]
device = "Custom:DND1000"
key = "1000@{DOMAIN} 2"
label = "DND"
[[lamp]]
device = "Queue:support_pause_PJSIP/1001"
key = "1000@{DOMAIN} 3"
who = true
label = "Pause"
[[lamp]]
device = "park:701@parkedcalls"
key = "1000@{DOMAIN} 4"
who = true
label = "701"
[[lamp]]
device = "PJSIP/2000"
key = "1000@{DOMAIN} 5"
"""


def set_dnd(office, state):
    answer = office.asterisk.manager.ask("Setvar", Variable="DEVICE_STATE(Custom:DND1000)", Value=state)
    assert answer["Response"] == "Success", answer


def test_custom_states(office):
    set_dnd(office, "INUSE")
    phone = office.phone()
    office.snomd(extra=LAMPS)
    phone.wait_for("button", key="2", light="on", label="DND")
    phone.wait_for("button", key="5", light="offline")
    set_dnd(office, "NOT_INUSE")
    phone.wait_for("button", key="2", light="off")


def test_a_member_of_a_queue_is_paused(office):
    phone = office.phone()
    office.snomd(extra=LAMPS)
    phone.wait_for("button", key="3", light="off", label="Pause")
    office.asterisk.manager.ask("QueuePause", Queue="support", Interface="PJSIP/1001", Paused="true", Reason="lunch")
    phone.wait_for("button", key="3", light="on", label="Pause lunch")
    mark = phone.out.mark()
    office.asterisk.manager.ask("QueuePause", Queue="support", Interface="PJSIP/1001", Paused="false")
    phone.wait_for("button", since=mark, key="3", light="off", label="Pause")


def test_a_call_is_parked(office):
    phone, other = office.phone(), office.phone("2000", "--answer-after", "0")
    office.snomd(extra=LAMPS)
    phone.wait_for("button", key="4", light="off", label="701")
    phone.wait_for("button", key="5", light="off")
    mark = phone.out.mark()
    answer = office.asterisk.manager.ask("Originate", Channel="PJSIP/2000", Context="phones", Exten="700", Priority="1",
                                         CallerID="Alice <2000>", Async="true")
    assert answer["Response"] == "Success", answer
    phone.wait_for("button", since=mark, key="4", light="park")
    wait_until(lambda: phone.key("4")["label"].startswith("701 "), "the label to say who is parked")
    phone.wait_for("button", since=mark, key="5", light="on")
    other.get("/command.htm?RELEASE_ALL_CALLS")
    phone.wait_for("button", since=mark, key="4", light="off", label="701")


def test_after_a_restart_of_asterisk(own_asterisk):
    office = own_asterisk()
    phone = office.phone()
    snomd = office.snomd(extra=LAMPS)
    phone.wait_for("button", key="2", light="off")
    office.asterisk.stop()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's manager" in line, "a line of the log")
    mark = phone.out.mark()
    office.asterisk.configure()
    office.asterisk.start()
    set_dnd(office, "INUSE")
    phone.wait_for("button", since=mark, timeout=40, key="2", light="on", label="DND")
