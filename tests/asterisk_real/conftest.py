"""One Asterisk for all tests but those that end it; a snomd for each test. `./run test-asterisk` sets SNOM_ASTERISK_PREFIX
and SNOM_BIN_DIR."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))  # the programs' handles

from programs import Events, Phone, Snomd  # noqa: E402

from asterisk import DOMAIN, SECRET, USERS, Asterisk, wait_until  # noqa: E402

PROFILE = """[[profile]]
name = "office"
phones = "asterisk"
domain = "{domain}"
ami = "127.0.0.1:{port}"
ami_user = "snomd"
ami_secret_file = "ami.secret"
{more}
[http]
listen = "{http}"
"""


class Office:
    """An Asterisk, and what a test starts beside it."""

    def __init__(self, asterisk, folder):
        self.asterisk = asterisk
        self.folder = folder
        self.programs = []
        self._closing = []

    def snomd(self, more="", extra="", secret=SECRET, listed=True, http="127.0.0.1:0"):
        (self.folder / "ami.secret").write_text(secret + "\n")
        path = self.folder / "snomd.toml"
        path.write_text(PROFILE.format(domain=DOMAIN, port=self.asterisk.ami_port, more=more,
                                       http=http) + extra)
        snomd = self.keep(Snomd(path))
        if listed:
            phones = [program for program in self.programs if isinstance(program, Phone) and program.running()]
            wait_until(lambda: len(snomd.phones()) == len(phones), "the phones to be listed")
        return snomd

    def phone(self, user="1000", *more):
        phone = Phone(self.asterisk.sip, user, USERS[user], "--domain", DOMAIN, *more)
        return self.keep(phone).registered()

    def both(self, user="1000", phone=(), **snomd):
        phone = self.phone(user, *phone)
        return self.snomd(**snomd), phone

    def events(self, snomd):
        events = Events(snomd.server)
        self._closing.append(events.close)
        return events

    def keep(self, program):
        self.programs.append(program)
        self._closing.append(program.stop)
        return program

    def close(self):
        failures = []
        for stop in reversed(self._closing):
            try:
                stop()
            except AssertionError as failure:
                failures.append(str(failure))
        assert not failures, failures


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    office = item.funcargs.get("office")
    if report.failed and office is not None:
        report.sections += [(program.label, program.report()) for program in office.programs]
        report.sections.append(("Asterisk", office.asterisk.said()))


@pytest.fixture(scope="session")
def prefix():
    return pathlib.Path(os.environ["SNOM_ASTERISK_PREFIX"])


@pytest.fixture(scope="session")
def shared_asterisk(prefix, tmp_path_factory):
    asterisk = Asterisk(prefix, tmp_path_factory.mktemp("asterisk")).start()
    yield asterisk
    asterisk.stop()


@pytest.fixture
def office(shared_asterisk, tmp_path):
    office = Office(shared_asterisk, tmp_path)
    yield office
    office.close()
    wait_until(lambda: "No Contacts" in shared_asterisk.manager.ask("PJSIPShowContacts").get("Message", ""),
               "no phone of the last test to be registered")


@pytest.fixture
def own_asterisk(prefix, tmp_path):
    """For tests that end it or need another configuration: starts one with these values; an Office."""
    offices = []

    def start(**values):
        (tmp_path / "asterisk").mkdir()
        asterisk = Asterisk(prefix, tmp_path / "asterisk", values=values).start()
        offices.append(Office(asterisk, tmp_path))
        return offices[-1]

    yield start
    for office in offices:
        try:
            office.close()
        finally:
            office.asterisk.stop()
