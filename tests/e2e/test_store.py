"""Where snomd keeps its keys."""

import os
import shutil
import stat
import subprocess

import pytest

from programs import BIN, LIMIT, wait_until


def start_again(house, environment=None):
    """A second snomd that is not to start: its exit status and what it said."""
    config = house.folder / "second.toml"
    done = subprocess.run([BIN / "snomd", "--config", config], capture_output=True, text=True, timeout=LIMIT, check=False,
                          env=environment)
    assert "ready" not in done.stdout
    return done.returncode, done.stderr


GOOD = '[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "example.test"\n[http]\nlisten = "127.0.0.1:0"\n'


def test_the_file_is_beside_the_configuration_and_readable_by_its_owner_only(house):
    snomd = house.snomd()
    file = house.folder / "snomd.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    wait_until(lambda: f"keys are kept in {file}" in snomd.log(), "the log to say where keys are kept")
    snomd.stop()
    assert file.exists() and not (house.folder / "snomd.db-wal").exists()


def test_an_empty_path_keeps_no_file(house):
    snomd = house.snomd(extra='[store]\npath = ""')
    wait_until(lambda: "keys are kept in memory only ([store] path is empty)" in snomd.log(), "the log to say so")
    assert not list(house.folder.glob("*.db*"))


def test_a_second_snomd_on_the_same_file_is_refused(house):
    snomd = house.snomd()
    (house.folder / "second.toml").write_text(GOOD + '[store]\npath = "snomd.db"\n')
    status, said = start_again(house)
    assert status == 1
    assert f"snomd: [store] {house.folder}/snomd.db is in use by another program (process {snomd.pid})" in said
    snomd.stop()
    house.snomd(extra='[store]\npath = "snomd.db"')


def test_systemds_folder_is_used_and_named_when_it_is_not_there(house):
    (house.folder / "second.toml").write_text(GOOD)
    missing = house.folder / "state"
    status, said = start_again(house, {**os.environ, "STATE_DIRECTORY": str(missing)})
    assert status == 1
    assert f"{missing}/keys.db: the folder {missing} is not there" in said


def test_a_file_that_is_no_store_is_left_alone(house):
    (house.folder / "second.toml").write_text(GOOD + '[store]\npath = "second.toml"\n')
    status, said = start_again(house)
    assert status == 1 and "second.toml is not an SQLite file" in said
    assert (house.folder / "second.toml").read_text().startswith("[[profile]]")


def test_a_file_that_was_taken_away_is_told_and_no_key_is_promised(house):
    snomd, phone = house.house_of_phones("1000")
    file, away = house.folder / "snomd.db", house.folder / "away.db"
    assert snomd.api("snom_button 1000@example.test 1 label=one").startswith("+OK")
    file.rename(away)
    reply = snomd.api("snom_button 1000@example.test 2 label=two")
    assert reply.startswith("-ERR") and f"{file} was removed while it was in use" in reply
    away.rename(file)
    assert snomd.api("snom_button 1000@example.test 3 label=three").startswith("+OK")
    assert phone.key("3")["label"] == "three"
    snomd.stop()
    again = house.snomd()
    assert sorted(again.buttons("1000@example.test")) == ["1", "3"]


def copied(*arguments):
    done = subprocess.run([BIN / "snomctl", "store", "copy", *arguments], capture_output=True, text=True, timeout=6 * LIMIT,
                          check=False)
    assert done.stderr == "" or done.stderr.startswith("snomctl: store copy: ")
    return done.returncode, done.stdout + done.stderr.removeprefix("snomctl: store copy: ")


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def test_a_copied_store_stays_as_it_is(house, tmp_path):
    snomd = house.snomd()
    assert snomd.api("snom_button 1000@example.test 1 label=Door").startswith("+OK")
    snomd.stop()
    folder = tmp_path / "from"
    folder.mkdir()
    file = folder / "keys.db"
    shutil.copy(house.folder / "snomd.db", file)
    before = bytes_of(folder)
    assert copied(file, tmp_path / "other.db") == (0, f"1 keys of 1 phones and 0 groups are in {tmp_path}/other.db\n")
    assert bytes_of(folder) == before
    link = tmp_path / "link.db"
    link.symlink_to(file)
    for other in (file, link):
        assert copied(file, other) == (2, "FROM and TO are one store: nothing was copied (expected two)\n")


@pytest.mark.parametrize("text, why", [("", "is empty"), ("x", "is no store of keys")])
def test_what_is_no_store_is_not_copied_and_stays_as_it_is(tmp_path, text, why):
    file = tmp_path / "file"
    file.write_text(text)
    assert copied(file, tmp_path / "to.db") == (
        2, f"{file} {why} (expected a file of keys that snomd made, or postgresql://...): nothing was copied\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", text)]


@pytest.mark.parametrize("place", ["postgres//u:sesame@127.0.0.1:1/x", "postgresql:/u:sesame@127.0.0.1:1/x", "http://u:sesame@h", ""])
def test_a_place_that_is_neither_file_nor_url_is_told_without_its_password(tmp_path, place):
    for name, pair in (("FROM", (place, tmp_path / "a.db")), ("TO", (tmp_path / "a.db", place))):
        status, said = copied(*pair)
        assert status == 2 and said.startswith(f"{name}: ") and "(expected a file, or a connection URI of libpq" in said
        assert "sesame" not in said and list(tmp_path.iterdir()) == []
