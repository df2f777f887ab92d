"""snomctl doctor: what a person should look at when nothing lights."""

import subprocess

from programs import BIN, LIMIT, Phone, free_port, wait_until


def doctor(snomd, *expected):
    done = snomd.snomctl("doctor")
    assert done.returncode in expected, done
    assert done.stderr == ""
    return done.stdout


def test_without_a_snomd_it_says_how_to_find_out_why(house):
    snomd = house.snomd()
    snomd.stop()
    said = doctor(snomd, 2)
    assert said.startswith("WRONG cannot reach snomd at " + snomd.server)
    assert "systemctl status snomd" in said


def test_without_a_token_it_says_where_one_is_and_not_that_snomd_may_be_down(house):
    (house.folder / "token").write_text("0123456789abcdef\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    said = doctor(snomd, 2)
    assert said.startswith(f"WRONG {snomd.server} answered 401: ") and "sudo snomctl doctor" in said, said
    assert "systemctl" not in said


def test_a_configuration_that_is_no_toml_is_named(house):
    broken = house.folder / "broken.toml"
    broken.write_text("[http]\nlisten = \n")
    done = subprocess.run([BIN / "snomctl", "--config", broken, "doctor"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=LIMIT, check=False)
    assert done.stdout.startswith(f"WRONG {broken}:2: "), done


def test_it_names_what_is_wrong_and_what_to_do(house):
    snomd = house.snomd(users={"1000": "1234", "1001": "1234"})
    said = doctor(snomd, 1)
    assert f"ok    snomd 2.0.0 answers at {snomd.server}\n" in said
    assert "look  snomd listens for phones on this machine only: udp:127.0.0.1:" in said
    assert "WRONG no phone is registered\n" in said
    assert "ok    no request was refused since snomd started\n" in said
    house.keep(Phone(snomd.sip(), "1000", "wrong", "--domain", "example.test")).wait_for("registration_failed")
    wait_until(lambda: "refused lately" in doctor(snomd, 1), "the refusal")
    said = doctor(snomd, 1)
    assert "WRONG refused lately, wrong password: " in said and ", user '1000'\n" in said
    assert "the password on the phone's page" in said


def test_phones_keys_and_pages_are_looked_at(house):
    snomd, phone = house.house_of_phones("1000")
    snomd.request("PUT", "/v1/phones/1000@example.test/buttons/2", body='{"light": "on"}')
    said = doctor(snomd, 1)  # it listens on loopback only
    assert "ok    phones registered: 1\n" in said
    assert "ok    all phones have confirmed their keys\n" in said
    assert f"ok    the page of 1000@example.test answers at {phone.page}\n" in said
    assert f"ok    keys are kept in {house.folder}/snomd.db\n" in said
    assert f"{house.folder} has room" in said


def test_a_page_that_nobody_serves_is_named(house):
    nowhere = f"http://127.0.0.1:{free_port()}"
    snomd = house.snomd(webs={"1000": nowhere})
    house.phone(snomd)
    assert f"look  the page of 1000@example.test does not answer at {nowhere}: " in doctor(snomd, 1)
