"""snomctl probe: what a phone does is found out with somebody who looks at it. Here that is the test, which sees what the
page of the virtual phone shows."""

import json
import random
import re
import subprocess
import threading
import urllib.parse

import pytest

from programs import BIN, LIMIT, http_request, wait_until

LIGHTS = ["on", "pickup", "hold", "park", "message", "offline", "error", "seized", "record"]
RHYTHM = {"on": "steady", "pickup": "fast", "hold": "slow", "park": "slow", "message": "medium", "offline": "steady",
          "error": "slow", "seized": "steady", "record": "medium"}


class Looker:
    """Answers what somebody would who looks at the phone, and presses it when asked to: by the page of snomphone, since the
    phone's own may be one of those that answer nothing."""

    def __init__(self, phone, page):
        self.phone, self.page = phone, page

    def state(self):
        return json.loads(http_request(self.page, "GET", f"/v1/phones/{self.phone.user}").body)

    def key(self, place):
        return next(key for key in self.state()["keys"] if key["place"] == place)

    def look(self, place):
        shown = self.key(place)["shown"]
        return "dark" if shown["rhythm"] == "off" else f"{shown['rhythm']} {shown['colour']}"

    def press(self, key):
        answer = http_request(self.page, "POST", f"/v1/phones/{self.phone.user}/press", json.dumps({"key": key}),
                              {"Content-Type": "application/json"})
        assert answer.status == 200, answer

    def answer(self, identity):
        if identity == "reboot.by-hand":
            answer = http_request(self.page, "POST", f"/v1/phones/{self.phone.user}/reboot", json.dumps({"factory_reset": False}),
                                  {"Content-Type": "application/json"})
            assert answer.status == 200, answer
            return "done"
        if identity.startswith(("buttons.light", "buttons.color", "reboot")):
            return self.look("P2")
        if identity == "buttons.label":
            return "yes" if self.key("P2")["label"] == "Probe" else "no"
        if identity == "buttons.press":
            self.press("P2")
            return "done"
        if identity == "buttons.call":
            mark = self.phone.out.mark()
            self.press("P2")
            self.phone.wait_for("call", since=mark)
            return "yes"
        lit = [led for led in self.state()["leds"] if led["place"]]
        if re.fullmatch(r"led\.\d+", identity):
            return lit[0]["place"][1:] if lit else "none"
        if identity.startswith("led.color."):
            return f"steady {lit[0]['colour']}"
        if identity.startswith("blf."):
            return self.look("P3")
        raise AssertionError(f"a question that nobody expects: {identity}")


def phone_with(house, snomd, *more):
    phone = house.phone(snomd, more=("--page", "127.0.0.1:0", "--reboot-time", "20", *more))
    page = urllib.parse.urlsplit(phone.wait_for("listening")["page"])
    return phone, f"http://{page.netloc}"


def probe(snomd, looker, *arguments):
    """Runs the probe and answers it; its exit status and all that it said."""
    process = subprocess.Popen([BIN / "snomctl", "--server", snomd.server, "probe", "1000@example.test", "--key", "2",
                                *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    watchdog = threading.Timer(6 * LIMIT, process.kill)
    watchdog.start()
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            question = re.search(r"\[([a-z0-9.-]+)\]\n$", line)
            if question:
                process.stdin.write(looker.answer(question[1]) + "\n")
                process.stdin.flush()
        return process.wait(LIMIT), "".join(said), process.stderr.read()
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def facts(report):
    """The lines of a report, by what they say."""
    lines = report.split("\nThe row for")[0].split("\n")
    return {line[:40].strip(): line[40:].strip() for line in lines if len(line) > 40}


def row(report):
    return re.search(r"models\.csv:\n\n(.*)\n", report)[1].split("|")


# What no document tells, and either way of it.
MODELS = ["370", "D335", "D785", "D862", "D865", "snom820/8.7.5.35"]


def hidden_behaviour(seed, model):
    """One of the ways in which a phone of this model may be, as snomphone's options, and what is to be found of it."""
    dice = random.Random(seed)
    silent = model not in ("370", "snom820/8.7.5.35")
    options, faults, quirks = ["--model", model], [], []
    buttons = dice.choice(["yes", "yes", "refused", "ignored"])
    if buttons == "refused":
        status = dice.choice([405, 415, 489, 501])
        faults.append(f"buttons={status}")
    elif buttons == "ignored":
        status = 200
        quirks.append("ignore=buttons")
    else:
        status = 200
    dark = dice.sample(["seized", "record", "park"], dice.randrange(0, 3))
    if dark:
        quirks.append("dark=" + "+".join(dark))
    colours = dice.choice([["red", "green", "orange"], ["red", "green"], ["green"]])
    quirks.append("colours=" + "+".join(colours))
    labels = dice.choice([True, False])
    if not labels:
        quirks.append("ignore=labels")
    survives = dice.choice([True, False])
    if survives:
        quirks.append("survives-reboot")
    unknown = dice.choice([404, 200])
    if unknown == 200:
        faults.append("unknown-key=200")
    press = dice.choice(["x-buttons", "text", "none"])
    options += ["--press-type", press]
    leds = dice.choice(["yes", "refused", "ignored"]) if silent else "unknown to it"
    offset = dice.choice([0, 1, 2, 5, 9])
    if leds == "refused":
        faults.append("xml=489")
    elif leds == "ignored":
        quirks.append("ignore=leds")
    elif leds == "yes":
        quirks.append(f"led-offset={offset}")
    blf = dice.choice([True, False])
    options += ["--blf", "3=sip:snom+{user}-3@example.test"]
    if not blf:
        quirks.append("ignore=blf")
    web = dice.choice([True, False])
    if not web:
        faults.append("web-status=404")
    if faults:
        options += ["--fault", ",".join(faults)]
    if quirks:
        options += ["--quirk", ",".join(quirks)]
    return options, {"buttons": buttons, "status": status, "dark": dark, "colours": colours, "labels": labels,
                     "survives": survives, "unknown": unknown, "press": press, "leds": leds, "offset": offset, "blf": blf,
                     "web": web, "silent": silent}


@pytest.mark.parametrize("seed, model", list(enumerate(MODELS)) + [(100 + i, model) for i, model in enumerate(MODELS)])
def test_every_hidden_behaviour_is_found(house, seed, model):
    options, hidden = hidden_behaviour(seed, model)
    snomd = house.snomd(extra="[limits]\nxml_pause_ms = 0\nanswer_timeout_ms = 2000\n")
    phone, page = phone_with(house, snomd, *options)
    house.tell_webs(snomd, {"1000": phone.page}, {"extra": "[limits]\nxml_pause_ms = 0\nanswer_timeout_ms = 2000\n"})
    if hidden["blf"]:
        phone.wait_for("watched", key="3")
    looker = Looker(phone, page)
    report_file = house.folder / "report.txt"
    status, said, errors = probe(snomd, looker, "--blf-key", "3", "--place", "P2", "--reboot", "--reboot-limit", "20", "--output", report_file)
    assert (status, errors) == (0, ""), (said, errors, hidden)
    report = report_file.read_text()
    found = facts(report)
    yes_or_no = {True: "yes", False: "no"}

    assert found["x-buttons light a key"] == ("yes" if hidden["buttons"] == "yes" else "no"), report
    assert found["its answer"]  # of the last of both; the one of x-buttons is among what was tried
    assert re.search(rf"^buttons light=on +{hidden['status']} ", report, re.MULTILINE), report
    if hidden["buttons"] != "refused":
        assert found["its answer for a key that it has not"] == str(hidden["unknown"]), report
    if hidden["buttons"] == "yes":
        default = hidden["colours"][0] if len(hidden["colours"]) < 3 else None
        for light in LIGHTS:
            seen = found[f"light {light}"]
            if light in hidden["dark"]:
                assert seen == "dark", (light, report)
            else:
                assert seen.split()[0] == RHYTHM[light], (light, report)
                assert default is None or seen.split()[1] == default, (light, report)
        for colour in ("red", "green", "orange"):
            assert re.search(rf"^  colour {colour} +{colour if colour in hidden['colours'] else hidden['colours'][0]}$", report,
                             re.MULTILINE), (colour, report)
        assert found["the label is shown"] == yes_or_no[hidden["labels"]], report
        assert found["a=message sends a MESSAGE"] == "yes", report
        content = {"x-buttons": "application/x-buttons", "text": "text/plain", "none": "none"}[hidden["press"]]
        assert found["its Content-Type"] == content and found["its body"] == ("none" if content == "none" else "k=2\\r\\n")
        assert found["a=invite calls"] == "yes", report
        assert found["lights survive a reboot"] == yes_or_no[hidden["survives"]], report
    assert row(report)[18:20] == ["yes" if hidden["buttons"] == "yes" else "no", "F probe"]
    assert found["LEDs by NOTIFY"] == ("yes" if hidden["leds"] == "yes" else "no"), report
    if hidden["leds"] == "yes":
        assert found["number of P1's LED"] == str(hidden["offset"]), report
        assert row(report)[8:10] == [str(hidden["offset"]), "F probe"]
    assert found["keys that subscribe"] == yes_or_no[hidden["blf"]], report
    assert found["remote control by HTTP"] == yes_or_no[hidden["web"] and not model.startswith("D8")], report
    assert row(report)[0] == looker.state()["model"] and row(report)[17] == "F probe" and len(row(report)) == 20

    from_afar = {"its page presses a key": "not known", "a NOTIFY presses a key": "not known"}
    if hidden["buttons"] == "yes":
        if model.startswith("D8"):
            from_afar["a NOTIFY presses a key"] = yes_or_no[hidden["leds"] != "refused"]
        else:
            from_afar["its page presses a key"] = yes_or_no[hidden["web"]]
    assert {name: found[name] for name in from_afar} == from_afar, (said, report)

    # Nothing that tells whose phone it is, and everything is put back.
    for secret in ("1000", "1234", "example.test", "127.0.0.1"):
        assert secret not in report, (secret, report)
    assert looker.state()["leds"] == []
    key = looker.key("P2")
    assert (key["light"], key["label"], key["number"]) == ("off", "", ""), key
    assert snomd.buttons("1000@example.test") == {}, "nothing of it is kept"


def test_what_is_wanted_of_other_keys_stays_and_a_wanted_key_is_left_alone(house):
    snomd = house.snomd()
    phone, page = phone_with(house, snomd, "--model", "370")
    snomd.api("snom_button 1000@example.test 2 light=on label=Mine")
    status, _, errors = probe(snomd, Looker(phone, page))
    assert status == 3 and errors == ("snomctl: probe: key 2 of 1000@example.test is set: take one that is not (--key, "
                                      "--blf-key), or snom_clear it\n")
    assert phone.key("2")["label"] == "Mine"
    assert snomd.snomctl("probe", "1001@example.test").returncode == 2


@pytest.mark.parametrize("place", ["2", "P", "P2;", "EKO", "P1000"])
def test_what_is_no_place_is_refused_before_anything_is_sent(house, place):
    snomd = house.snomd()
    phone, page = phone_with(house, snomd, "--model", "370")
    status, _, errors = probe(snomd, Looker(phone, page), "--place", place)
    assert status == 3 and errors == (f"snomctl: probe: --place: '{place}' is no place of a key (expected such as P2, or EK0 on "
                                      "an expansion module)\n")
    assert not phone.events("button")


def test_an_answers_file_stands_for_the_person_and_use_sets_the_channel(house):
    snomd = house.snomd()
    phone_with(house, snomd, "--model", "D862", "--quirk", "ignore=buttons")
    answers = house.folder / "answers"
    answers.write_text("# what somebody saw\nbuttons.light.on: dark\nbuttons.label: no\nled.5: 1\nled.color.red: steady red\n"
                       "led.color.green: steady green\n")
    report = house.folder / "report.txt"
    configuration = snomd.config.read_text()
    snomd.config.chmod(0o640)  # as the package has it: the service reads it by its group
    done = snomd.snomctl("probe", "1000@example.test", "--key", "2", "--answers", answers, "--output", report, "--use",
                         snomd.config)
    assert done.returncode == 0, done
    assert "has keys = \"led\", channel = \"notify\" for the D862 now" in done.stdout
    assert snomd.config.read_text() == configuration + (
        '\n[[channel]]  # snomctl probe, firmware 10.1.226.13\nmodel = "D862"\nchannel = "notify"\nkeys = "led"\n')
    assert snomd.config.stat().st_mode & 0o777 == 0o640
    house.reload(snomd)
    assert snomd.api("snom_button 1000@example.test 1 light=on").endswith(" [notify]")
    assert row(report.read_text())[8:12] == ["5", "F probe", "red green", "F probe"]

    # A second one changes that entry in its place.
    done = snomd.snomctl("clear", "1000@example.test", "all")
    answers.write_text("buttons.light.on: steady red\n")
    done = snomd.snomctl("probe", "1000@example.test", "--key", "2", "--answers", answers, "--output", report, "--use",
                         snomd.config)
    assert done.returncode == 0, done
    assert snomd.config.read_text() == configuration + (
        '\n[[channel]]  # snomctl probe, firmware 10.1.226.13\nmodel = "D862"\nchannel = "notify"\nkeys = "auto"\n')

    answers.write_text("buttons.light.on: purple\n")
    wrong = snomd.snomctl("probe", "1000@example.test", "--key", "2", "--answers", answers, "--output", report)
    assert wrong.returncode == 1 and wrong.stderr.startswith("snomctl: probe: buttons.light.on: expected dark, steady"), wrong
    answers.write_text("buttons.light.on\n")
    wrong = snomd.snomctl("probe", "1000@example.test", "--key", "2", "--answers", answers)
    assert wrong.returncode == 3 and ":1: expected a question and its answer" in wrong.stderr, wrong


def test_whoever_interrupts_it_gets_the_phone_back_as_it_was(house):
    snomd = house.snomd()
    phone, _ = phone_with(house, snomd, "--model", "370")
    process = subprocess.Popen([BIN / "snomctl", "--server", snomd.server, "probe", "1000@example.test", "--key", "2"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: phone.key("2")["light"] == "on", "the first trial")
        process.send_signal(2)
        out, errors = process.communicate(timeout=LIMIT)
    finally:
        process.kill()
    assert process.returncode == 1, (out, errors)
    assert (phone.key("2")["light"], phone.key("2")["label"]) == ("off", "")


def test_a_press_of_a_trial_is_its_phones_in_whatever_case_that_is_named(house):
    snomd = house.snomd()
    phone, page = phone_with(house, snomd)
    trial = {"channel": "buttons", "key": "2", "light": "on", "number": "tried", "action": "message"}
    assert snomd.request("POST", "/v1/phones/1000@EXAMPLE.test/trials", body=json.dumps(trial)).status == 200
    Looker(phone, page).press("P2")
    for name in ("1000@example.test", "1000@EXAMPLE.test"):
        wait_until(lambda: json.loads(snomd.request("GET", f"/v1/phones/{name}/trials").body)["press"], f"the press of {name}")
    assert snomd.request("GET", "/v1/phones/nobody/trials").status == 404
