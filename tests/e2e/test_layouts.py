"""snomctl apply and export: the keys of many phones by one file; snomctl button and clear."""

import os
import pty
import subprocess

import pytest

from programs import BIN, LIMIT, Phone, free_port, wait_until

TOML = """[[group]]
name = "reception"
phones = ["1000..1001@example.test"]

[[group.key]]
key = 1
light = "on"
color = "green"
label = "Front door"
number = "4711"
action = "invite"

[[group.key]]
key = "2"
label = "it's \\"night\\""
number = "api+snom_bind_key 2 off x 1000 example.test internal"
action = "message"
"""
CSV = ("phone,key,light,color,label,number,action\n"
       "1000..1001@example.test,1,on,green,Front door,4711,invite\n"
       "1000..1001@example.test,2,,,\"it's \"\"night\"\"\",api+snom_bind_key 2 off x 1000 example.test internal,message\n")


def layout(house, text, name="desk.toml"):
    path = house.folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name, text", [("desk.toml", TOML), ("desk.csv", CSV)])
def test_a_layout_reaches_all_its_phones_with_one_document_each(house, name, text):
    snomd, *phones = house.house_of_phones("1000", "1001")
    file = layout(house, text, name)
    dry = snomd.snomctl("apply", "--dry-run", file)
    assert dry.returncode == 1 and dry.stdout.endswith(f"4 keys of 2 phones would change; 0 keys are as {file} says\n"), dry
    assert "1001@example.test key 1 (new): light 'on', color 'green', label 'Front door'" in dry.stdout
    assert [phone.state()["documents"] for phone in phones] == [0, 0] and snomd.buttons("1000@example.test") == {}

    done = snomd.snomctl("apply", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n") == ["PHONE              CONFIRMED  PENDING  FAILED",
                                       "1000@example.test  2          0        0",
                                       "1001@example.test  2          0        0",
                                       "all                4          0        0", ""]
    for phone in phones:
        door, night = phone.key("1"), phone.key("2")
        assert (door["light"], door["colour"], door["label"], door["number"], door["action"]) == \
            ("on", "green", "Front door", "4711", "invite")
        assert night["label"] == "it's \"night\""
        assert phone.state()["documents"] == 1

    # What is so already is not sent again; what somebody else changed is, and only that.
    again = snomd.snomctl("apply", file)
    assert (again.returncode, again.stdout) == (0, f"nothing to change: 4 keys are as {file} says\n")
    snomd.api("snom_button 1001@example.test 2 label=Changed light=hold")
    dry = snomd.snomctl("apply", "--dry-run", file)
    assert dry.stdout == ("1001@example.test key 2: label 'Changed' -> 'it's \"night\"'\n"
                          f"1 key of 1 phone would change; 3 keys are as {file} says\n")
    assert snomd.snomctl("apply", file).returncode == 0
    assert (phones[1].key("2")["label"], phones[1].key("2")["light"]) == ("it's \"night\"", "hold")
    assert [phone.state()["documents"] for phone in phones] == [1, 3]


def test_phones_that_are_away_or_refuse_are_told_apart(house):
    snomd, phone = house.house_of_phones("1000")
    away = layout(house, TOML)
    done = snomd.snomctl("apply", away)
    assert done.returncode == 1, done
    assert done.stdout.split("\n")[1:4] == ["1000@example.test  2          0        0",
                                            "1001@example.test  0          2        0       not registered",
                                            "all                2          2        0"]
    refused = layout(house, "phone,key,label\n1000@example.test,99,Nowhere\n1000@example.test,1,New\n"
                            "4711@example.test,1,Nobody\n", "bad.csv")
    done = snomd.snomctl("apply", refused)
    assert done.returncode == 2, done
    rows = done.stdout.split("\n")
    assert rows[1].startswith("1000@example.test  0          0        2") and "phone answered 404" in rows[1]
    assert rows[2].startswith("4711@example.test  0          0        1") and "not registered" in rows[2]
    # What went with it is taken back, on the phone too.
    wait_until(lambda: phone.key("1")["label"] == "Front door", "the phone to have its old key again")
    # The one that was away gets it when it comes.
    late = house.phone(snomd, "1001")
    assert late.wait_for("button", key="1")["label"] == "Front door"


def test_a_bad_file_changes_nothing(house):
    snomd, phone = house.house_of_phones("1000")
    bad = layout(house, TOML.replace('"green"', '"blue"').replace('"invite"', '"call"'))
    done = snomd.snomctl("apply", bad)
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.split("\n") == [
        f"{bad}:8: color: 'blue' is not a colour (expected red, green, orange, local, remote)",
        f"{bad}:11: action: 'call' is not an action name (expected invite, message)",
        "snomctl: apply: nothing was applied", ""]
    assert snomd.snomctl("apply", house.folder / "none.toml").returncode == 3
    assert "neither in .toml nor in .csv" in snomd.snomctl("apply", layout(house, TOML, "desk.txt")).stderr
    assert phone.state()["documents"] == 0


def test_files_that_break_readers_are_refused(house):
    snomd, _ = house.house_of_phones("1000")
    deep = layout(house, "[" + "a." * 50000 + "a]\n", "deep.toml")
    done = snomd.snomctl("apply", deep)
    assert (done.returncode, done.stdout) == (3, "") and f"{deep}:1: nested too deep" in done.stderr
    fifo = house.folder / "fifo.toml"
    os.mkfifo(fifo)
    done = snomd.snomctl("apply", fifo)
    assert (done.returncode, done.stderr) == (3, f"snomctl: apply: {fifo}: is a FIFO (expected a regular file)\n")
    done = snomd.snomctl("--token-file", "/dev/zero", "phones")
    assert (done.returncode, done.stderr) == (3, "snomctl: --token-file: /dev/zero: is a device (expected a regular file)\n")
    done = snomd.snomctl("command", "--to", "1000", "--key", "enter", "--username", "a", "--password-file", house.folder)
    assert done.returncode == 3 and f"--password-file: {house.folder}: is a folder" in done.stderr


def test_nobody_there(house):
    done = subprocess.run([BIN / "snomctl", "--server", f"http://127.0.0.1:{free_port()}", "apply", layout(house, TOML)],
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 2 and "cannot reach snomd" in done.stderr


@pytest.mark.parametrize("form", ["toml", "csv"])
def test_what_is_exported_is_what_is_there(house, form):
    snomd, *_ = house.house_of_phones("1000", "1001")
    assert snomd.snomctl("apply", layout(house, TOML)).returncode == 0
    assert snomd.api("snom_button 1000@example.test EK0 light=pickup caller='Bob, \"B\"' label=Bob").startswith("-ERR")
    assert snomd.api("snom_button 1000@example.test 3 light=pickup caller='Bob, \"B\"' label='a\\\\b;c'").startswith("+OK")
    file = house.folder / f"kept.{form}"
    done = snomd.snomctl("export", "--format", form, "--output", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert snomd.snomctl("export", "--format", form).stdout == file.read_text()
    assert snomd.snomctl("apply", "--dry-run", file).stdout == f"nothing to change: 5 keys are as {file} says\n"

    # On an empty snomd the same file makes the same keys.
    before = [snomd.buttons(f"{user}@example.test") for user in ("1000", "1001")]
    for user in ("1000", "1001"):
        assert snomd.api(f"snom_clear {user}@example.test all").startswith("+OK")
    assert snomd.snomctl("apply", file).returncode == 0
    for user, buttons in zip(("1000", "1001"), before):
        now = snomd.buttons(f"{user}@example.test")
        assert now.keys() == buttons.keys()
        for name, key in buttons.items():
            same = ("set_at", "etag", "contacts")  # of this setting of the key
            assert {**key, **{of: now[name][of] for of in same}} == now[name]


def test_a_password_is_neither_exported_nor_overwritten(house):
    snomd, phone = house.house_of_phones("1000")
    action = "api+snom_command 127.0.0.1:9 key enter admin s3cret"
    assert snomd.api(f"snom_button 1000@example.test 2 label=Open number='{action}' action=message").startswith("+OK")
    file = house.folder / "kept.toml"
    done = snomd.snomctl("export", "--output", file)
    assert "s3cret" not in file.read_text() and "number_hidden = true" in file.read_text()
    assert "1 key has a password in the number" in done.stderr
    layout(house, file.read_text().replace("Open", "Close"), "kept.toml")
    assert snomd.snomctl("apply", file).returncode == 0
    assert (phone.key("2")["label"], phone.key("2")["number"]) == ("Close", action)
    # A snomd that has not got it is not given half of it.
    assert snomd.api("snom_clear 1000@example.test all").startswith("+OK")
    done = snomd.snomctl("apply", file)
    assert done.returncode == 3 and f"{file}:8: number: key 2 of 1000@example.test has a password" in done.stderr
    assert snomd.buttons("1000@example.test") == {}
    # With the password in the file it is set, and shown nowhere.
    whole = layout(house, f"phone,key,number,action\n1000@example.test,2,{action},message\n", "whole.csv")
    for more in (["--dry-run"], []):
        done = snomd.snomctl("apply", *more, whole)
        assert "s3cret" not in done.stdout + done.stderr
    assert phone.key("2")["number"] == action and "s3cret" not in snomd.log()


def on_a_terminal(command):
    """What a program writes to its standard error when that is a terminal."""
    try:
        here, there = pty.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to give (a pty: {error})")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=there)
    os.close(there)
    said = b""
    try:
        while True:
            part = os.read(here, 4096)
            if not part:
                break
            said += part
    except OSError:
        pass  # the terminal's other side was closed
    os.close(here)
    assert process.wait(LIMIT) == 0
    return said.decode()


def test_the_bar_is_for_terminals_only(house):
    snomd, *_ = house.house_of_phones("1000", "1001")
    file = layout(house, TOML)
    said = on_a_terminal([BIN / "snomctl", "--server", snomd.server, "apply", file])
    assert "1 of 2 phones" in said and "[" + "#" * 40 + "] 2 of 2 phones" in said
    assert snomd.api("snom_clear 1000@example.test all").startswith("+OK")
    assert snomd.snomctl("apply", file).stderr == ""


def test_many_phones_several_at_a_time(house):
    """A silent one holds up nobody but itself."""
    users = {str(user): "1" for user in range(3000, 3060)}
    snomd = house.snomd(users=users)  # the limit of an answer is long enough for phones on a busy machine
    house.keep(Phone(snomd.sip(), "3000", "1", "--domain", "example.test", "--count", 59))
    silent = house.keep(Phone(snomd.sip(), "3059", "1", "--domain", "example.test", "--fault", "drop=100"))
    silent.registered()
    events = house.events(snomd)
    while True:
        mark = events.mark()  # before the list is asked for: what comes in between is waited for no more
        if len(snomd.phones()) == 60:
            break
        events.wait_for("registered", since=mark)
    keys = "".join(f"3000..3059@example.test,{key},Line{key}\n" for key in range(1, 13))
    done = snomd.snomctl("apply", layout(house, "phone,key,label\n" + keys, "all.csv"))
    assert done.returncode == 1
    rows = done.stdout.split("\n")
    assert rows[-2].split() == ["all", str(59 * 12), "12", "0"]
    assert rows[-3].split(maxsplit=4) == ["3059@example.test", "0", "12", "0", "no answer within 5 s"]


def test_button_and_clear_as_words_of_snomctl(house):
    snomd, phone = house.house_of_phones("1000")
    done = snomd.snomctl("button", "1000@example.test", "2", "--light", "on", "--label", "Front door")
    assert (done.returncode, done.stdout) == (0, "+OK 1000@example.test 2 light=on label='Front door'\n")
    assert snomd.snomctl("button", "1000@example.test", "2", "--label", "").returncode == 0
    assert (phone.key("2")["light"], phone.key("2")["label"]) == ("on", "")
    assert snomd.snomctl("button", "1000@example.test", "2").returncode == 1
    assert snomd.snomctl("clear", "1000@example.test", "2").returncode == 0
    assert phone.key("2")["light"] == "off" and snomd.buttons("1000@example.test") == {}
