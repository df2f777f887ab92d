"""Phones' pages over https: which certificates are trusted, redirects to https, and credentials from the configuration."""

import contextlib
import socket
import ssl
import stat
import subprocess
import threading
import time
import urllib.parse

import pytest

from programs import BIN, LIMIT, TIME_FACTOR, free_port

HTTPS = "https://127.0.0.1:0"
PIN = '[web]\nverify = "pin"\npin_file = "pins"\n'
OFF = '[web]\nverify = "off"\n'
LOCKED = ("--web-auth", "digest", "--web-user", "admin", "--web-password", "geheim")


def certificate_of(page):
    address = urllib.parse.urlsplit(page)
    return ssl.get_server_certificate((address.hostname, address.port))


def credentials(password="geheim", **whose):
    lines = [f'{key} = "{value}"' for key, value in whose.items()]
    return "\n".join(["[[web_credentials]]", *lines, 'username = "admin"', f'password = "{password}"', ""])


def house_with(house, extra, *more, web=HTTPS, user="1000", page="page"):
    """snomd with this configuration, and a phone whose page it knows."""
    snomd = house.snomd(extra=extra)
    phone = house.phone(snomd, user, more=more, web=web)
    house.tell_webs(snomd, {user: getattr(phone, page)}, {"extra": extra})
    return snomd, phone


def test_a_phones_own_certificate_is_not_trusted_without_more(house):
    snomd, phone = house_with(house, "")
    assert snomd.api("snom_command 1000 key P1") == (
        "-ERR 1000 key P1 [HTTP:0]: TLS certificate not trusted: self-signed, as phones' own are (they can be pinned, or "
        "named in a CA file)")
    assert not phone.events("key")


@pytest.mark.parametrize("fault, said", [
    (None, None),
    ("expired", "TLS certificate not trusted: it has expired"),
    ("foreign", "TLS certificate not trusted: it is for another host"),
])
def test_a_certificate_of_the_ca_file_is_trusted_if_it_is_for_the_host_and_valid(house, fault, said):
    more = ("--fault", f"web-certificate={fault}") if fault else ()
    registrar = house.snomd()
    phone = house.phone(registrar, more=more, web=HTTPS)
    registrar.stop()  # its memory of keys is for one at a time
    (house.folder / "ca.pem").write_text(certificate_of(phone.page))
    snomd = house.snomd(extra='[web]\nca_file = "ca.pem"\n')
    line = f"{phone.page} key P1"
    assert snomd.api(f"snom_command {line}") == (f"-ERR {line} [HTTP:0]: {said}" if said else f"+OK {line}")
    if said:
        assert not phone.events("key")
    else:
        phone.wait_for("key", key="P1")


def test_a_certificate_is_pinned_on_first_use_and_a_changed_one_refused(house):
    snomd, phone = house_with(house, PIN, "--fault", "web-certificate=expired")
    for _ in range(2):
        assert snomd.api("snom_command 1000 key P1") == "+OK 1000 key P1"
    pins = house.folder / "pins"
    assert stat.S_IMODE(pins.stat().st_mode) == 0o600
    name, pin = pins.read_text().split()
    assert name == "1000@example.test" and pin.startswith("sha256/")
    met = [line for line in snomd.err.items() if "met for the first time" in line]
    assert len(met) == 1 and "'1000@example.test'" in met[0] and pin in met[0]

    # The same user with another certificate: a new phone, or somebody who pretends to be it.
    phone.stop()
    other = house.phone(snomd, web=HTTPS)
    house.tell_webs(snomd, {"1000": other.page}, {"extra": PIN})
    reply = snomd.api("snom_command 1000 key P1")
    assert reply.startswith("-ERR 1000 key P1 [HTTP:0]: TLS certificate has changed: it is not the one that was pinned "
                            f"for '1000@example.test' (if that is right, remove the line of '1000@example.test' from {pins}; "
                            "it has sha256/")
    assert not other.events("key")

    pins.write_text("")
    assert snomd.api("snom_command 1000 key P1") == "+OK 1000 key P1"
    assert pins.read_text().startswith("1000@example.test sha256/") and pin not in pins.read_text()


def test_pins_outlive_snomd(house):
    snomd, phone = house_with(house, PIN)
    line = f"{phone.page} key P1"
    assert snomd.api(f"snom_command {line}") == f"+OK {line}"
    before = (house.folder / "pins").read_text()
    assert before.startswith(phone.page.removeprefix("https://") + " sha256/")
    snomd.stop()
    again = house.snomd(extra=PIN)
    assert again.api(f"snom_command {line}") == f"+OK {line}"
    assert (house.folder / "pins").read_text() == before
    (house.folder / "pins").write_text(before.split()[0] + " sha256/" + 64 * "0" + "\n")
    assert "TLS certificate has changed" in again.api(f"snom_command {line}")


def test_a_pin_file_that_cannot_be_used_is_said_at_the_start(house):
    config = house.configuration(extra='[web]\nverify = "pin"\npin_file = "nowhere/pins"\n')
    done = subprocess.run([BIN / "snomd", "--config", config], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("snomd: [web] pin_file: ")
    assert "nowhere/pins: the file of pinned certificates cannot be written: No such file" in done.stderr


def test_verification_is_off_only_by_name_and_the_log_says_so(house):
    snomd, _ = house_with(house, OFF, "--fault", "web-certificate=expired")
    assert snomd.api("snom_command 1000 key P1") == "+OK 1000 key P1"
    assert any("not verified (verify is off)" in line for line in snomd.err.items())


def test_a_phone_that_wants_https_gets_the_credentials_there(house):
    more = (*LOCKED, "--web-redirect", "127.0.0.1:0")
    snomd, phone = house_with(house, PIN + credentials(user="1000"), *more, page="redirecting_page")
    assert phone.redirecting_page.startswith("http://")
    assert snomd.api("snom_command 1000 key P1") == "+OK 1000 key P1"
    phone.wait_for("key", key="P1")


def test_credentials_of_the_configuration_are_for_a_user_a_model_or_all(house):
    snomd = house.snomd()
    phones = {"1000": house.phone(snomd, "1000", more=LOCKED),
              "1001": house.phone(snomd, "1001", more=("--model", "D385", *LOCKED))}
    webs = {user: phone.page for user, phone in phones.items()}
    events = house.events(snomd)

    def tell(extra):
        house.tell_webs(snomd, webs, {"extra": extra})  # SIGHUP reads credentials again
        return [snomd.api(f"snom_command {user} key P1").removeprefix(f"-ERR {user} key P1 ") for user in sorted(webs)]

    wants = "[HTTP:401]: the phone wants a user name and password"
    refused = "[HTTP:401]: the phone refused the configured user name and password"
    assert tell("") == [wants, wants]
    assert tell(credentials()) == ["+OK 1000 key P1", "+OK 1001 key P1"]
    assert tell(credentials(user="1000")) == ["+OK 1000 key P1", wants]
    assert tell(credentials(model="D385")) == [wants, "+OK 1001 key P1"]
    assert tell(credentials() + credentials("falsch", user="1000")) == [refused, "+OK 1001 key P1"]

    # Those given in a command win.
    assert snomd.api("snom_command 1000 key P1 admin geheim") == "+OK 1000 key P1"
    assert snomd.api("snom_command 1001 key P1 admin falsch") == (
        "-ERR 1001 key P1 [HTTP:401]: the phone refused the user name and password")

    # Whoever may give commands could name a server of his own: an address gets none of them.
    assert tell(credentials())[0] == "+OK 1000 key P1"
    address = phones["1000"].page.removeprefix("http://")
    assert snomd.api(f"snom_command {address} key P1") == f"-ERR {address} key P1 {wants}"

    events.wait_for("command", reply=f"-ERR {address} key P1 {wants}")
    for text in (snomd.log(), str(events.inbox.items())):
        assert "geheim" not in text and "falsch" not in text


def test_broken_credentials_change_nothing(house):
    snomd, _ = house_with(house, credentials(), *LOCKED, web="127.0.0.1:0")
    config = house.folder / "snomd.toml"
    config.write_text(config.read_text() + "[[web_credentials]]\nuser = 7\n")
    mark = snomd.err.mark()
    snomd.send(1)
    said = snomd.err.wait_for(lambda line: "snomd.toml:" in line, "word of the broken file", since=mark)
    assert "[[web_credentials]]" in said and "geheim" not in said
    assert snomd.api("snom_command 1000 key P1") == "+OK 1000 key P1"


class BadServer:
    """For each connection: reads a request (or not), then does what it is told to."""

    def __init__(self, do, read=True):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._do, self._read, self._open = do, read, True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            if self._read:
                connection.recv(65536)
            for part in self._do():
                if not self._open:
                    return
                connection.sendall(part)

    def close(self):
        self._open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def drip():
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + 1000 * b"x":
        yield bytes([byte])
        time.sleep(1)


def silence():
    while True:
        time.sleep(0.1)
        yield b""


@pytest.mark.parametrize("scheme, read, do, said", [
    ("http", True, drip, "no answer within 700 ms"),
    ("http", True, lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n", 10485760 * b"x"],
     "answer longer than 65536 bytes"),
    ("http", True, lambda: [b"HTTP/1.1 200 OK\r\n\r\n", 10485760 * b"x"], "answer longer than 65536 bytes"),
    ("http", True, lambda: [b"HTTP/1.1 307 There\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"],
     "redirected to an address that is neither http nor https"),
    ("http", True, lambda: [b"HTTP/1.1 307 There\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"], "too many redirects"),
    ("http", True, lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"],
     "connection closed in the middle of the answer"),
    ("http", True, lambda: [], "connection closed without an answer"),
    ("http", True, lambda: [b"\x00\x01garbage\r\n\r\n"], "what came back is no HTTP/1.1"),
    ("https", False, silence, "TLS handshake not finished within 700 ms"),
    ("https", False, lambda: [b"garbage that is no TLS\r\n"], "TLS handshake failed (is it an https port?)"),
], ids=["drips", "announces 10 MB", "sends 10 MB", "redirects to ftp", "redirects to itself", "ends early", "says nothing",
        "garbage", "stalls in TLS", "no TLS"])
def test_a_page_that_behaves_badly_ends_in_time_with_its_own_error(house, scheme, read, do, said):
    snomd = house.snomd(extra="[limits]\nweb_timeout_ms = 700\nweb_connect_timeout_ms = 700\n" + OFF)
    page = BadServer(do, read)
    try:
        begin = time.monotonic()
        line = f"{scheme}://{page.address} key P1"
        assert snomd.api(f"snom_command {line} admin geheim") == f"-ERR {line} [HTTP:0]: {said}"
        assert time.monotonic() - begin < LIMIT / 2
    finally:
        page.close()


def most_memory(pid):
    """The most that a process ever had in memory, in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


@pytest.mark.skipif(TIME_FACTOR > 1, reason="a sanitizer's allocator keeps what was freed: its memory tells nothing")
def test_however_long_answers_are_snomd_keeps_no_more_of_them_than_its_limit(house):
    snomd = house.snomd()
    page = BadServer(lambda: [b"HTTP/1.1 200 OK\r\n\r\n", 10485760 * b"x"])
    try:
        snomd.api(f"snom_command {page.address} key P1")
        before = most_memory(snomd.pid)
        for _ in range(20):
            assert "answer longer than 65536 bytes" in snomd.api(f"snom_command {page.address} key P1")
        assert most_memory(snomd.pid) - before < 4 * 1024 * 1024
    finally:
        page.close()


def test_snomphone_says_what_is_wrong_with_its_web_options():
    for arguments, said in [
            (("--web", "https://127.0.0.1"), "--web: '127.0.0.1' is not HOST:PORT (as 127.0.0.1:8081)"),
            (("--web", "127.0.0.1:0", "--web-redirect", "127.0.0.1:0"),
             "--web-redirect: needs --web https://HOST:PORT, where it redirects to"),
            (("--web", HTTPS, "--web-redirect", "x"), "--web-redirect: 'x' is not HOST:PORT (as 127.0.0.1:8081)"),
            (("--fault", "web-certificate=good"),
             "--fault: 'web-certificate=good': expected web-certificate=expired or web-certificate=foreign")]:
        done = subprocess.run([BIN / "snomphone", "--server", f"127.0.0.1:{free_port()}", "--user", "1000", *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)
        assert done.returncode == 2 and said in done.stderr
