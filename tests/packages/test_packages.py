"""What an administrator does with the packages, in a fresh Debian: installs them, starts the service, lights a key,
upgrades, purges. Each test goes on where the one before ended."""

import os
import pathlib
import re
import shutil
import stat
import time

import machine as machines
import pytest

BASE = pathlib.Path(os.environ["SNOM_CHROOT"])
PACKAGES = pathlib.Path(os.environ["SNOM_PACKAGES"])  # with the folders before and now
USER = '\n[[user]]\nname = "1000"\npassword = "secret-of-1000"\n'
LIGHT = "snom_bind_key 2 on DND 1000 127.0.0.1 internal"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("debian")
    one = machines.fresh(BASE, folder, PACKAGES)
    one.apt("update")
    yield one
    one.close()
    shutil.rmtree(folder)


@pytest.fixture
def service(machine):
    one = machine.service()
    yield one
    assert one.stop() == 0, one.lines


@pytest.fixture
def phone(machine, service):
    one = machines.Phone(machine, "1000", "secret-of-1000")
    yield one
    one.stop()


def mode(machine, path):
    found = machine.stat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


@pytest.fixture(scope="module")
def installed(machine):
    """The packages of the earlier commit; and which files were there before them."""
    # apt removes neither of these again once it has installed them for another, since it and libc6 can use them.
    machine.apt("install", "adduser", "libidn2-0")
    before = machine.files()
    machine.install("before")
    return before


def test_installation_makes_a_user_and_a_token_that_only_root_and_the_group_read(machine, installed):
    passwd = re.search(r"^snomd:x:(\d+):(\d+):", machine.text("/etc/passwd"), re.MULTILINE)
    user, group = int(passwd[1]), int(passwd[2])
    assert 0 < user < 1000
    assert mode(machine, "/etc/snomd") == (0o750, 0, group)
    assert mode(machine, "/etc/snomd/snomd.toml") == (0o640, 0, group)
    assert mode(machine, "/etc/snomd/token") == (0o640, 0, group)
    assert mode(machine, "/var/lib/snomd") == (0o750, user, group)
    assert re.fullmatch(r"[A-Za-z0-9_-]{40}\n", machine.text("/etc/snomd/token"))
    assert machine.run("snomd", "--check-config", "--config", "/etc/snomd/snomd.toml").startswith("/etc/snomd/snomd.toml is right")


def test_it_serves_as_installed_and_snomctl_finds_it_for_root_and_the_group_only(machine, installed, service):
    machine.run("useradd", "--no-create-home", "--groups", "snomd", "alice")
    machine.run("useradd", "--no-create-home", "visitor")
    assert machine.run("snomctl", "phones") == machine.run("snomctl", "phones", user="alice")
    refused = machine.run("snomctl", "phones", user="visitor", status=2)
    assert "401" in refused and "is for root and the service's group" in refused, refused
    assert "WRONG no phone is registered" in machine.run("snomctl", "doctor", status=1)
    for user in ("alice", "visitor"):
        machine.run("userdel", user)


def test_the_seeds_key_is_lit_on_a_phone_from_its_package(machine, installed, service):
    with open(machine.root / "etc/snomd/snomd.toml", "a", encoding="utf-8") as configuration:
        configuration.write(USER)
    service.reload()
    phone = machines.Phone(machine, "1000", "secret-of-1000")
    assert machine.run("snomctl", "api", LIGHT).startswith("+OK")
    lit = phone.wait_for_event("button", key="2")
    assert (lit["light"], lit["label"]) == ("on", "DND"), lit
    phone.stop()
    keys = machine.stat("/var/lib/snomd/keys.db")
    assert stat.S_IMODE(keys.st_mode) == 0o600


def test_a_token_that_root_adds_to_the_file_is_the_services(machine, installed, service):
    said = machine.run("snomctl", "token", "add", "board", "--role", "read", "--file", "/var/lib/snomd/tokens")
    token = re.search(r"^snom_\S+$", said, re.MULTILINE)[0]
    end = time.monotonic() + machines.LIMIT
    while "board" not in machine.run("snomctl", "token", "list"):
        assert time.monotonic() < end
    assert machine.run("env", f"SNOM_TOKEN={token}", "snomctl", "phones")


def test_an_upgrade_keeps_configuration_token_and_keys(machine, installed):
    kept = {path: machine.text(path) for path in ("/etc/snomd/snomd.toml", "/etc/snomd/token", "/var/lib/snomd/tokens")}
    before = machine.run("dpkg-query", "-W", "-f", "${Version}", "snomd")
    machine.install("now", "-o", "Dpkg::Options::=--force-confold")
    after = machine.run("dpkg-query", "-W", "-f", "${Version}", "snomd")
    machine.run("dpkg", "--compare-versions", before, "lt", after)
    assert {path: machine.text(path) for path in kept} == kept
    assert mode(machine, "/etc/snomd/snomd.toml")[0] == 0o640


def test_it_runs_as_the_unit_says(machine, installed, service):
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    user = re.search(r"^snomd:x:(\d+):", machine.text("/etc/passwd"), re.MULTILINE)[1]
    assert re.search(rf"^Uid:\t{user}\t{user}\t{user}\t{user}$", status, re.MULTILINE)
    for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
        assert re.search(rf"^Cap{kind}:\t0000000000000400$", status, re.MULTILINE), status  # CAP_NET_BIND_SERVICE
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    assert service.journal() and not [entry for entry in service.journal() if entry["PRIORITY"] < "6"], service.entries
    assert not [line for line in service.lines if "error" in line or "warn" in line], service.lines


def test_after_the_upgrade_a_phone_gets_the_key_that_was_set_before(machine, installed, service, phone):
    lit = phone.wait_for_event("button", key="2")
    assert (lit["light"], lit["label"]) == ("on", "DND"), lit
    events = {entry.get("SNOM_EVENT") for entry in service.journal() if entry.get("SNOM_PHONE") == "1000@127.0.0.1"}
    assert "registered" in events, service.entries
    assert "DND" in machine.run("snomctl", "buttons", "1000@127.0.0.1")


def test_a_downgrade_keeps_them_too(machine, installed):
    machine.install("before", "--allow-downgrades", "-o", "Dpkg::Options::=--force-confold")
    service = machine.service()
    assert "DND" in machine.run("snomctl", "buttons", "1000@127.0.0.1")
    assert service.stop() == 0


def test_purge_leaves_nothing(machine, installed):
    machine.apt("purge", "snomd", "snomphone")
    machine.apt("autoremove", "--purge")
    assert sorted(machine.files() - installed) == []
    for file in ("passwd", "group", "shadow", "gshadow"):
        assert "snomd" not in machine.text(f"/etc/{file}")
    assert "snom" not in machine.run("dpkg-query", "-W", "-f", "${Package}\n")
