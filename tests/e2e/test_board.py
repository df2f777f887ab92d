"""Keys that survive: properties that stay, several keys in one document, phones that reboot, are silent or away."""

import contextlib
import json
import os
import random
import resource
import subprocess
import threading

import pytest

from programs import LIMIT, TIME_FACTOR, Phone, Snomd, free_port, http_request, wait_until

PHONE = "1000@example.test"


def documents(phone):
    return phone.state()["documents"]


def reboot(phone):
    """As its page does it: it takes back its registration and comes back with a new Call-ID."""
    mark = phone.out.mark()
    phone.get("/advanced_update.htm?reboot=Reboot")
    phone.wait_for("rebooted", since=mark)
    return phone


def test_a_property_that_is_changed_leaves_the_others(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api(f"snom_button {PHONE} 2 light=on color=red label='Front door' number=4711 action=invite") == \
        f"+OK {PHONE} 2 light=on color=red label='Front door' number=4711 action=invite"
    assert snomd.api(f"snom_button {PHONE} 2 light=off").startswith("+OK")
    key = phone.key("2")
    assert (key["light"], key["colour"], key["label"], key["number"], key["action"]) == \
        ("off", "red", "Front door", "4711", "invite")
    # snom_bind_key still means the whole key.
    assert snomd.api("snom_bind_key 2 hold Park 1000 example.test internal").startswith("+OK")
    key = phone.key("2")
    assert (key["light"], key["label"], key["number"]) == ("hold", "Park", "") and not key["colour"]


def test_several_keys_are_one_document(house):
    snomd, phone = house.house_of_phones("1000")
    keys = " ".join(f"{key} light=on label=Line{key}" for key in range(1, 13))
    assert snomd.api(f"snom_button {PHONE} {keys}").startswith("+OK")
    assert documents(phone) == 1
    assert [key["label"] for key in phone.state()["keys"]] == [f"Line{key}" for key in range(1, 13)]


def test_keys_are_listed_and_cleared(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api(f"snom_button {PHONE} 3 light=on label='Two words' 10 light=hold").startswith("+OK")
    listed = snomd.api(f"snom_buttons {PHONE}").split("\n")
    assert listed[0] == f"+OK 2 keys of {PHONE}"
    assert listed[1].startswith("3 light=on label='Two words' state=confirmed set=2") and listed[1].endswith("by=http")
    assert listed[2].startswith("10 light=hold state=confirmed")

    assert snomd.api(f"snom_clear {PHONE} 3") == f"+OK {PHONE} 3"
    assert (phone.key("3")["light"], phone.key("3")["label"]) == ("off", "")
    assert list(snomd.buttons(PHONE)) == ["10"]
    assert snomd.api(f"snom_clear {PHONE} all").startswith("+OK")
    assert phone.key("10")["light"] == "off"
    assert snomd.api(f"snom_buttons {PHONE}") == f"+OK 0 keys of {PHONE}"
    # Forgotten for good: a reboot brings nothing back.
    before = documents(phone)
    events = house.events(snomd)
    reboot(phone)
    events.wait_for("registered")
    assert snomd.api(f"snom_button {PHONE} 4 light=on").startswith("+OK")
    assert documents(phone) == before + 1
    assert [key["light"] for key in phone.state()["keys"] if key["light"] != "off"] == ["on"]


def test_all_phones_and_their_keys_in_one_answer(house):
    snomd = house.snomd()
    house.phone(snomd, "1000")
    assert snomd.api(f"snom_button {PHONE} 2 light=on").startswith("+OK")
    assert snomd.api("snom_button 1001@example.test 3 label=Later").startswith("+OK")
    told = json.loads(snomd.request("GET", "/v1/buttons").body)["phones"]
    assert [(phone["address_of_record"], [(key["key"], key["state"]) for key in phone["buttons"]]) for phone in told] == \
        [(PHONE, [("2", "confirmed")]), ("1001@example.test", [("3", "pending")])]


def test_keys_of_a_phone_that_is_away_wait_for_it(house):
    snomd = house.snomd()
    events = house.events(snomd)
    assert snomd.api(f"snom_button {PHONE} 2 light=on label=Door") == \
        f"+OK {PHONE} 2 light=on label=Door: pending, {PHONE} is not registered"
    assert snomd.buttons(PHONE)["2"]["state"] == "pending"
    phone = house.phone(snomd)
    told = events.wait_for("keys", address_of_record=PHONE)
    assert (told["keys"], told["restore"], told["status"]) == (1, True, 200)
    assert phone.key("2")["label"] == "Door"
    assert snomd.buttons(PHONE)["2"]["state"] == "confirmed"


def test_a_user_who_does_not_exist_has_no_keys(house):
    snomd = house.snomd()
    assert snomd.api("snom_button 4711@example.test 2 light=on").startswith("-ERR user '4711@example.test' not registered")


def test_a_phone_that_reboots_gets_all_its_keys_in_one_document(house):
    snomd, phone = house.house_of_phones("1000", more=("--reboot-time", "100"))
    for key in range(1, 13):
        assert snomd.api(f"snom_button {PHONE} {key} light=on label=Line{key}").startswith("+OK")
    before = documents(phone)
    events = house.events(snomd)
    reboot(phone)
    told = events.wait_for("keys", restore=True)
    assert (told["keys"], told["status"]) == (12, 200)
    assert [key["label"] for key in phone.state()["keys"]] == [f"Line{key}" for key in range(1, 13)]
    assert documents(phone) == before + 1


def test_a_refresh_gets_nothing(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.api(f"snom_button {PHONE} 2 light=on").startswith("+OK")
    before = documents(phone)
    for _ in range(3):
        mark = phone.out.mark()
        phone.get("/command.htm?REREGISTER=1")
        phone.wait_for("registered", since=mark)
    # A command that comes after them is the next document.
    assert snomd.api(f"snom_button {PHONE} 3 light=on").startswith("+OK")
    assert documents(phone) == before + 1


def test_a_phone_whose_plug_is_pulled_in_the_middle_of_a_change(house):
    """It never answers, and comes back as another contact: that one has what the command wanted."""
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 1500")
    more = ("--domain", "example.test")
    first = Phone(snomd.sip(), "1000", "1234", *more, "--fault", "drop=100")
    house.keep(first, stop=lambda: first.running() and first.process.kill())
    first.registered()
    waiting = house.snomctl(snomd, "api", f"snom_button {PHONE} 2 light=on label=Door 3 light=off label=Gate")
    wait_until(lambda: snomd.buttons(PHONE), "the change to be under way")
    first.process.kill()
    first.ended()
    second = house.keep(Phone(snomd.sip(), "1000", "1234", *more)).registered()
    wait_until(lambda: {key["state"] for key in snomd.buttons(PHONE).values()} == {"confirmed"}, "the keys to be there")
    assert (second.key("2")["label"], second.key("3")["label"]) == ("Door", "Gate")
    assert documents(second) == 1
    # The one that was asked is gone: that is what the command is told, and nothing is taken back for it.
    assert waiting.ended() == 1
    assert waiting.out.items()[0] in [f"-ERR keys 2, 3 of {PHONE} not set: {why}"
                                      for why in ("connection refused", "no answer within 1.5 s")]
    assert snomd.buttons(PHONE)["2"]["label"] == "Door"


def test_a_phone_that_reboots_in_the_middle_of_a_change(house):
    """It is told of a key, but looks at it only when it has rebooted."""
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 1500\n[restore]\nfirst_retry_ms = 200")
    phone = house.phone(snomd, more=("--fault", "delay=300", "--reboot-time", "100"))
    assert snomd.api(f"snom_button {PHONE} 2 light=on label=Door").startswith("+OK")
    waiting = house.snomctl(snomd, "api", f"snom_button {PHONE} 2 light=off 3 light=on")
    wait_until(lambda: "3" in snomd.buttons(PHONE), "the change to be under way")
    reboot(phone)
    waiting.ended()

    def shown():
        return [(key["light"], key["label"]) for key in phone.state()["keys"][1:3]]

    wait_until(lambda: shown() == [("off", "Door"), ("on", "")], "the phone to show what is wanted")
    wait_until(lambda: {key["state"] for key in snomd.buttons(PHONE).values()} == {"confirmed"}, "snomd to know it")


def test_two_contacts_of_which_one_is_silent(house):
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 700\n[restore]\nfirst_retry_ms = 200\nlongest_retry_ms = 400")
    awake = house.phone(snomd)
    silent = house.phone(snomd, more=("--fault", "drop=100"))
    events = house.events(snomd)
    wait_until(lambda: len(snomd.phones()) == 2, "both contacts")
    assert snomd.api(f"snom_button {PHONE} 2 light=on label=Door").startswith("+OK")
    assert awake.key("2")["label"] == "Door" and silent.key("2")["label"] == ""
    key = snomd.buttons(PHONE)["2"]
    assert key["state"] == "confirmed"
    states = {contact["state"]: contact["reason"] for contact in key["contacts"]}
    assert states == {"confirmed": "OK", "pending": "no answer within 0.7 s"}
    # It is tried again and again, the other one is left alone.
    for _ in range(2):
        mark = events.mark()
        assert events.wait_for("keys", since=mark, restore=False)["status"] == 0
    assert documents(awake) == 1


def test_a_silent_phone_gets_what_it_missed_once_it_hears_again(house):
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 700\n[restore]\nfirst_retry_ms = 200\nlongest_retry_ms = 2000")
    sipp = house.sipp(snomd.sip())
    sipp.run("register", user="1000", domain="example.test", password="1234", expires="60")
    deaf = sipp.listen("swallow_message")
    action = "api+snom_bind_key 3 on Seen 1001 example.test internal"
    reply = snomd.api(f"snom_button {PHONE} 2 light=on label=DND number='{action}' action=message")
    assert reply == f"-ERR key 2 of {PHONE} not set: no answer within 0.7 s"
    events = house.events(snomd)
    sipp.finish(deaf)
    sipp.finish(sipp.listen("take_buttons"))
    events.wait_for("keys", status=200, restore=False)
    assert snomd.buttons(PHONE)["2"]["state"] == "confirmed"


def test_a_key_that_the_phone_has_not_does_not_keep_the_others_away(house):
    snomd, phone = house.house_of_phones("1000")
    reply = snomd.api(f"snom_button {PHONE} 2 label=Door 99 label=Nowhere")
    assert reply.startswith(f"-ERR keys 2, 99 of {PHONE} not set: phone answered 404"), reply
    # Refused as asked for: all of it is taken back, on the phone too.
    assert snomd.buttons(PHONE) == {}
    wait_until(lambda: phone.key("2")["label"] == "", "key 2 to be dark again")
    # Set while it was away, they are one key that it takes and one that it does not.
    phone.get("/command.htm?LOGOFFALL")
    wait_until(lambda: not snomd.phones(), "the phone to be away")
    assert snomd.api(f"snom_button {PHONE} 2 label=Door 99 label=Nowhere").startswith("+OK")
    phone.get("/command.htm?REREGISTER=1")
    wait_until(lambda: {name: key["state"] for name, key in snomd.buttons(PHONE).items()} ==
               {"2": "confirmed", "99": "failed"}, "one key to be confirmed and one failed")
    assert phone.key("2")["label"] == "Door"


@pytest.mark.parametrize("bytes_of_label, at_most", [(250, 1), (1000, 2)])
def test_a_document_much_longer_than_a_packet_reaches_a_phone_over_udp(house, bytes_of_label, at_most):
    """RFC 3261 section 18.1.1 would have it sent over TCP, which this phone does not take. More than a UDP datagram
    holds goes in parts."""
    snomd = house.snomd(transports=("udp",))
    phone = house.phone(snomd, more=("--expansion-keys", "24", "--reboot-time", "100"))
    for key in range(1, 37):
        label, number = f"{key:03}" + "x" * (bytes_of_label - 3), f"{key:03}" + "n" * (bytes_of_label - 3)
        assert snomd.api(f"snom_button {PHONE} {key} light=on label={label} number={number} action=invite").startswith("+OK")
    wanted = phone.state()["keys"]
    before = documents(phone)
    reboot(phone)
    wait_until(lambda: {key["state"] for key in snomd.buttons(PHONE).values()} == {"confirmed"}, "all keys to be back")
    assert phone.state()["keys"] == wanted
    assert all(len(key["label"]) == bytes_of_label for key in wanted)
    assert 1 <= documents(phone) - before <= at_most


class TestAFullDisk:
    """What cannot be kept is not promised: -ERR, the old state stands, and nothing has to be restarted afterwards."""

    def check(self, snomd, phone, fill, empty, words):
        assert snomd.api(f"snom_button {PHONE} 2 light=on label=Before").startswith("+OK")
        fill()
        refused = ""
        # What SQLite has reserved is used up first.
        for attempt in range(200):
            label = f"{attempt:04}" + "x" * 1000
            reply = snomd.api(f"snom_button {PHONE} 2 label={label} 3 label={label}")
            if reply.startswith("-ERR"):
                refused = reply
                break
            before = label
        assert refused.startswith(f"-ERR keys 2, 3 of {PHONE} not set: "), refused
        assert words in refused
        label = before if attempt else "Before"
        assert snomd.buttons(PHONE)["2"]["label"] == label
        assert phone.key("2")["label"] == label, "the phone was told what was not kept"
        # One more is refused just so, and room is enough to go on.
        assert snomd.api(f"snom_button {PHONE} 4 label={'y' * 1000}").startswith("-ERR")
        assert "4" not in snomd.buttons(PHONE)
        empty()
        assert snomd.api(f"snom_button {PHONE} 2 label=After").startswith("+OK")
        assert phone.key("2")["label"] == "After"

    def test_a_file_that_may_not_grow(self, house):
        snomd, phone = house.house_of_phones("1000")
        limit, hard = resource.prlimit(snomd.pid, resource.RLIMIT_FSIZE)
        self.check(snomd, phone, lambda: resource.prlimit(snomd.pid, resource.RLIMIT_FSIZE, (4096, hard)),
                   lambda: resource.prlimit(snomd.pid, resource.RLIMIT_FSIZE, (limit, hard)), "the file may not grow")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
    def test_a_small_file_system(self, house):
        folder = house.folder / "small"
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], capture_output=True, check=False)
        if mounted.returncode != 0:
            pytest.skip("a small file system cannot be mounted here")
        house._closing.append(lambda: subprocess.run(["umount", "-l", folder], check=True))
        ballast = folder / "ballast"

        def fill():
            file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
            with contextlib.suppress(OSError):
                while True:
                    os.write(file, b"0" * 4096)
            os.close(file)

        snomd, phone = house.house_of_phones("1000", extra=f'[store]\npath = "{folder}/keys.db"')
        self.check(snomd, phone, fill, ballast.unlink, "disk full")


class Hand:
    """Sets keys of one phone, one after the other, and remembers what it was promised."""

    def __init__(self, user, keys):
        self.user = user
        self.keys = keys
        self.promised = {}  # key -> label after the latest +OK
        self.possible = {}  # key -> labels asked for since then
        self._count = 0
        self.acknowledged = 0

    def go_on(self, server, stop):
        while not stop.is_set():
            self._count += 1
            asked = [self.keys[(self._count + n) % len(self.keys)] for n in range(1 + self._count % 3)]
            label = f"{self.user}-{self._count}"
            for key in asked:
                self.possible.setdefault(key, []).append(label)
            line = f"snom_button {self.user}@example.test " + " ".join(f"{key} label={label}" for key in asked)
            try:
                reply = http_request(server, "POST", "/v1/command", line).body
            except OSError:
                return
            except Exception as error:  # http.client: snomd died in the middle of its answer
                assert "http.client" in type(error).__module__, error
                return
            if reply.startswith("+OK"):
                self.acknowledged += 1
                for key in asked:
                    self.promised[key] = label
                    self.possible[key] = []

    def check(self, found):
        """`found`: key -> label. What was promised, or what was asked for after it."""
        for key in set(self.promised) | set(self.possible):
            label = found.get(key)
            fine = [self.promised.get(key), *self.possible.get(key, [])]
            assert label in fine, f"key {key} of {self.user} is {label!r}, expected one of {fine}"
            if label is not None:
                self.promised[key] = label
            self.possible[key] = []


def test_whatever_was_promised_is_there_after_kill_9(house):
    """snomd is killed under load, started again, and asked; then its phones come back and are asked. SNOM_KILLS=300 (or
    ./run soak-kill) does it more often."""
    kills = int(os.environ.get("SNOM_KILLS", "12"))
    users = [str(2000 + n) for n in range(8)]
    port, page = free_port(), None
    path = house.folder / "snomd.toml"
    text = (f'[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:{port}"]\ndomain = "example.test"\n'
            '[http]\nlisten = "127.0.0.1:0"\n[limits]\nanswer_timeout_ms = 1000\n')
    path.write_text(text + "".join(f'[[user]]\nname = "{user}"\npassword = "1"\n' for user in users))

    snomd = Snomd(path)
    house.programs.append(snomd)
    phones = house.keep(Phone(f"127.0.0.1:{port}", users[0], "1", "--domain", "example.test", "--count", len(users)))
    pages = {}
    for user in users:
        page = phones.wait_for("listening", user=user)["web"]
        pages[user] = page
        phones.wait_for("registered", user=user)
    hands = [Hand(user, [str(key) for key in range(1, 13)]) for user in users]
    chance = random.Random(4711)
    for round_number in range(kills):
        stop = threading.Event()
        workers = [threading.Thread(target=hand.go_on, args=(snomd.server, stop)) for hand in hands]
        for worker in workers:
            worker.start()
        stop.wait(chance.uniform(0.02, 0.5) * TIME_FACTOR)
        snomd.process.kill()
        snomd.ended()
        stop.set()
        for worker in workers:
            worker.join(LIMIT)
            assert not worker.is_alive()

        house.programs.remove(snomd)
        snomd = Snomd(path)
        house.programs.append(snomd)
        kept = {phone["address_of_record"]: {key["key"]: key["label"] for key in phone["buttons"]}
                for phone in json.loads(snomd.request("GET", "/v1/buttons").body)["phones"]}
        for hand in hands:
            hand.check(kept.get(f"{hand.user}@example.test", {}))
        # Every third time commands go on before the phones are back.
        if round_number % 3 == 2:
            continue
        for user in users:
            http_request(pages[user], "GET", "/command.htm?REREGISTER=1")

        def labels(user):
            shown = json.loads(http_request(pages[user], "GET", "/state.json").body)["keys"]
            return {key["key"]: key["label"] for key in shown if key["label"]}

        for user in users:
            wanted = kept.get(f"{user}@example.test", {})
            wait_until(lambda: labels(user) == wanted, f"the phone of {user} to show {wanted}; kill {round_number}")
    house.keep(snomd)
    acknowledged = sum(hand.acknowledged for hand in hands)
    print(f"{kills} kills, {acknowledged} changes were acknowledged")
    assert acknowledged > kills
