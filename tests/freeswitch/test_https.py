"""Phones that want https: at their port 80 they answer 307, and their certificates are their own."""

import pytest

from conftest import DOMAIN, USERS, WEB_PASSWORD, WEB_USER
from programs import BIN, Phone, Program, wait_until


class HttpsSnom(Phone):
    """A snomphone whose page is on https, with the password that the directory has for user 1001."""

    def __init__(self, fs, where, *more):
        self.user = "1001"
        Program.__init__(self, "snomphone 1001",
                         [BIN / "snomphone", "--server", f"127.0.0.1:{fs.sip_port}", "--user", "1001", "--password",
                          USERS["1001"], "--domain", DOMAIN, "--listen", where, "--web", f"https://{where}:443",
                          "--web-redirect", f"{where}:80", "--web-auth", "digest-sha256", "--web-user", WEB_USER,
                          "--web-password", WEB_PASSWORD, *more])
        self.page = self.wait_for("listening", user=self.user)["web"]


@pytest.fixture
def https_snom(fs, address):
    where = address()
    phones = []

    def make(*more):
        while phones:
            phones.pop().stop()  # one at a time, always at the same address
        phones.append(HttpsSnom(fs, where, *more))
        return phones[-1].registered()
    yield make
    for made in phones:
        made.stop()


def test_a_phones_own_certificate_is_not_trusted_without_more(fs, snom, https_snom):
    snom()
    phone = https_snom()
    assert fs.api("snom_command */1001 key P1").startswith(
        "-ERR */1001 key P1 [HTTP:0]: TLS certificate not trusted: self-signed")
    assert not phone.events("key")


def test_a_pinned_certificate_is_trusted_and_a_changed_one_refused(fs, snom, https_snom, tmp_path):
    pins = tmp_path / "pins"
    snom(http_verify="pin", http_pin_file=str(pins))
    phone = https_snom()
    assert fs.api("snom_command */1001 key P1") == "+OK */1001 key P1\n"
    phone.wait_for("key", key="P1")
    assert pins.read_text().startswith(f"1001@{DOMAIN} sha256/")
    other = https_snom()
    reply = fs.api("snom_command */1001 key P1")
    assert "TLS certificate has changed" in reply and f"remove the line of '1001@{DOMAIN}' from {pins}" in reply
    assert not other.events("key")
    assert WEB_PASSWORD not in fs.log()


def test_verification_is_off_only_by_name(fs, snom, https_snom):
    snom(http_verify="off")
    https_snom("--fault", "web-certificate=expired")
    assert fs.api("snom_command */1001 key P1") == "+OK */1001 key P1\n"
    wait_until(lambda: "not verified (verify is off)" in fs.log(), "the log to say so")
