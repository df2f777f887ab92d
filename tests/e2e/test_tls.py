"""SIP and HTTP over TLS: one store of certificates, what is spoken and what is not, and who is trusted."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

from certificates import Authority, openssl
from programs import BIN, LIMIT, TIME_FACTOR, Phone, http_request, wait_until

LISTENING, ESTABLISHED = "0A", "01"  # in /proc/net/tcp
TRANSPORTS = ("udp", "tcp", "tls")
BOUND = "snom_bind_key 2 on DND 1000 example.test internal message hello"


@pytest.fixture
def authority(house):
    return Authority(house.folder)


def configured(house, authority, names="IP:127.0.0.1,DNS:localhost", days=10, tls="", extra="", **more):
    """snomd with TLS, its certificate issued by this authority."""
    authority.issue("snomd", names, days)
    more.setdefault("transports", TRANSPORTS)
    return house.snomd(extra=f'[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n{tls}\n{extra}', **more)


def trusting(authority):
    return "--ca-file", str(authority.file)


def s_client(address, *more, stdin=""):
    """What openssl says of a connection."""
    return subprocess.run(["openssl", "s_client", "-connect", address, *more], input=stdin, capture_output=True, text=True,
                          timeout=LIMIT, check=False)


def connected(address, *more):
    said = s_client(address, *more)
    return "Cipher is (NONE)" not in said.stdout and "Cipher is" in said.stdout


def test_a_key_is_lit_and_pressed_over_tls(house, authority):
    snomd = configured(house, authority)
    phone = house.phone(snomd, transport="tls", more=trusting(authority))
    assert "transport=tls" in snomd.phones()[0]["contact"]
    assert snomd.api(BOUND).startswith("+OK")
    phone.wait_for("button", key="2", light="on", label="DND")
    phone.get("/command.htm?key=P2")
    phone.wait_for("press", key="2")
    assert phone.wait_for("press_answered")["status"] == 202


def test_a_phone_that_comes_back_gets_its_keys_over_tls(house, authority):
    snomd = configured(house, authority)
    phone = house.phone(snomd, transport="tls", more=trusting(authority))
    assert snomd.api(BOUND).startswith("+OK")
    phone.wait_for("button", key="2", light="on")
    phone.stop()
    phone = house.phone(snomd, transport="tls", more=trusting(authority))
    phone.wait_for("button", key="2", light="on", label="DND")


def test_a_call_between_phones_is_redirected_over_tls(house, authority):
    snomd = configured(house, authority)
    certificate, key = authority.issue("phone")
    more = (*trusting(authority), "--certificate", str(certificate), "--key", str(key), "--answer-after", "50")
    caller = house.phone(snomd, "1000", "tls", more)
    callee = house.phone(snomd, "1001", "tls", more)
    caller.get("/command.htm?number=1001")
    callee.wait_for_call("talking")
    caller.wait_for_call("talking")
    caller.get("/command.htm?key=CANCEL")
    callee.wait_for_call("idle")


def test_a_callee_that_nobody_vouches_for_is_not_called(house, authority):
    snomd = configured(house, authority)
    caller = house.phone(snomd, "1000", "tls", trusting(authority))
    callee = house.phone(snomd, "1001", "tls", (*trusting(authority), "--answer-after", "50"))  # its own certificate
    caller.get("/command.htm?number=1001")
    assert caller.wait_for("call", state="ended")["status"] == 503
    assert not callee.events("call")


@pytest.mark.parametrize("names, days, why", [
    ("DNS:other.example", 10, "TLS: certificate not trusted: it is not for"),
    ("IP:127.0.0.1", -1, "TLS: certificate not trusted: certificate has expired"),
])
def test_a_phone_tells_a_wrong_server_nothing(house, authority, names, days, why):
    snomd = configured(house, authority, names, days)
    phone = house.keep(Phone(snomd.sip("tls"), "1000", "1234", "--transport", "tls", "--domain", "example.test",
                             *trusting(authority)))
    failed = phone.wait_for("registration_failed")
    assert failed["reason"].startswith(why), failed
    assert failed["status"] == 0
    assert not snomd.phones()


def test_a_phone_trusts_nobody_whose_issuer_it_does_not_know(house, authority):
    snomd = configured(house, authority)
    stranger = Authority(house.folder, "stranger")
    phone = house.keep(Phone(snomd.sip("tls"), "1000", "1234", "--transport", "tls", "--domain", "example.test",
                             *trusting(stranger)))
    assert phone.wait_for("registration_failed")["reason"].startswith("TLS: certificate not trusted: ")


def test_versions_and_ciphers(house, authority):
    snomd = configured(house, authority, http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"')
    for address in (snomd.sip("tls"), snomd.listening["https", ""]):
        assert connected(address, "-tls1_3")
        assert connected(address, "-tls1_2")
        weak = ("-cipher", "ALL:@SECLEVEL=0")
        assert not connected(address, "-tls1_1", *weak)
        assert not connected(address, "-tls1", *weak)
        for cipher in ("AES128-SHA", "AES128-GCM-SHA256", "NULL", "ADH", "aNULL"):
            assert not connected(address, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"), cipher
        assert connected(address, "-tls1_2", "-cipher", "ECDHE+AESGCM")


def https_too(house, authority, **more):
    """snomd with TLS, and where it speaks it: SIP, commands, settings."""
    (house.folder / "phones").mkdir()
    settings = '[provisioning]\nhttps_listen = "127.0.0.1:0"\nfolder = "phones"\n'
    snomd = configured(house, authority, http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"',
                       extra=settings + more.pop("extra", ""), **more)
    provisioning = next(line.split("https://")[1] for line in snomd.out.items() if "provisioning https://" in line)
    return snomd, (snomd.sip("tls"), snomd.listening["https", ""], provisioning)


def early_data_allowed(address, session):
    """Bytes, as the ticket says that comes behind the handshake and is written to the file."""
    with subprocess.Popen(["openssl", "s_client", "-connect", address, "-tls1_3", "-sess_out", session],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
        try:
            wait_until(lambda: session.exists() and "END SSL SESSION" in session.read_text(), "the ticket")
        finally:
            client.kill()
    text = openssl("sess_id", "-in", session, "-noout", "-text").stdout
    return int(re.search(r"Max Early Data: (\d+)", text)[1])


def test_what_is_spoken_has_no_known_weakness(house, authority):
    snomd, addresses = https_too(house, authority)
    for address in addresses:
        said = s_client(address, "-tls1_2", "-CAfile", authority.file, "-status").stdout
        assert "Secure Renegotiation IS supported" in said  # RFC 5746
        assert "Compression: NONE" in said  # CRIME
        assert "Extended master secret: yes" in said  # RFC 7627
        assert "Server Temp Key: X25519" in said or "Server Temp Key: ECDH" in said
        assert "Verify return code: 0 (ok)" in said
        assert early_data_allowed(address, house.folder / f"{address}.session") == 0  # none, so that none is replayed (RFC 8446 section 8)
        # Somebody in between who makes a client fall back to 1.2 is found out (RFC 7507).
        fallen = s_client(address, "-fallback_scsv", "-tls1_2")
        assert "inappropriate fallback" in fallen.stderr and "Cipher is (NONE)" in fallen.stdout, fallen.stderr
        for group in ("X25519", "P-256"):
            assert connected(address, "-groups", group), group
        for more in (("-tls1_2", "-cipher", "DHE:@SECLEVEL=0"), ("-tls1_2", "-cipher", "RC4:3DES:EXPORT:@SECLEVEL=0"),
                     ("-tls1_2", "-cipher", "PSK:SRP:@SECLEVEL=0")):
            assert not connected(address, *more), more
    assert snomd.request("GET", "/health/live").status == 200


@pytest.mark.parametrize("names, days, why", [
    ("DNS:other.example", 10, "IP address mismatch"),
    ("IP:127.0.0.1", -1, "certificate has expired"),
])
def test_a_wrong_certificate_is_seen_by_whoever_looks(house, authority, names, days, why):
    _, addresses = https_too(house, authority, names=names, days=days)
    for address in addresses:
        said = s_client(address, "-CAfile", authority.file, "-verify_ip", "127.0.0.1", "-verify_return_error")
        assert why in said.stdout + said.stderr, said
        assert "Cipher is (NONE)" in said.stdout or said.returncode != 0


def test_a_thousand_https_connections(house, authority):
    limits = "[limits]\nhttp_connections = 1100\nhttp_connections_per_address = 1100\n"
    snomd, (_, https, _) = https_too(house, authority, extra=limits)
    context = ssl.create_default_context(cafile=authority.file)
    connections = []
    try:
        for _ in range(1000):
            raw = socket.create_connection(tuple(https.split(":")), LIMIT)
            connections.append(context.wrap_socket(raw, server_hostname="127.0.0.1"))
        for connection in (connections[0], connections[500], connections[999]):
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert 'snomd_tls_connections{protocol="http",direction="in"} 1000\n' in snomd.request("GET", "/metrics").body
    finally:
        for connection in connections:
            connection.close()


def test_renegotiation_is_refused(house, authority):
    snomd = configured(house, authority, http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"')
    for address in (snomd.sip("tls"), snomd.listening["https", ""]):
        said = s_client(address, "-tls1_2", "-legacy_renegotiation", stdin="R\n")
        assert "RENEGOTIATING" in said.stdout + said.stderr
        assert "no renegotiation" in said.stderr or "handshake failure" in said.stderr, said.stderr


def test_a_certificate_is_exchanged_without_a_break(house, authority):
    snomd = configured(house, authority, http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"')
    phone = house.phone(snomd, transport="tls", more=trusting(authority))
    before = ssl.get_server_certificate(tuple(snomd.sip("tls").split(":")))
    authority.issue("snomd")
    house.reload(snomd)
    for address in (snomd.sip("tls"), snomd.listening["https", ""]):
        wait_until(lambda a=address: ssl.get_server_certificate(tuple(a.split(":"))) != before, "the new certificate")
    assert snomd.api(BOUND).startswith("+OK")  # over the connection that was there
    phone.wait_for("button", key="2", light="on")
    assert len(phone.events("registered")) == 1

    now = ssl.get_server_certificate(tuple(snomd.sip("tls").split(":")))
    (house.folder / "snomd.key").write_text("no key\n")
    snomd.send(signal.SIGHUP)
    snomd.logs("expected PEM texts")
    assert ssl.get_server_certificate(tuple(snomd.sip("tls").split(":"))) == now


def test_a_thousand_connections(house, authority):
    snomd = configured(house, authority, extra="[limits]\nsip_connections_per_address = 2000\n")
    host, port = snomd.sip("tls").split(":")
    context = ssl.create_default_context(cafile=authority.file)
    connections = []
    try:
        for _ in range(1000):
            raw = socket.create_connection((host, int(port)), LIMIT)
            connections.append(context.wrap_socket(raw, server_hostname="127.0.0.1"))
        phone = house.phone(snomd, transport="tls", more=trusting(authority))
        assert snomd.api(BOUND).startswith("+OK")
        phone.wait_for("button", key="2", light="on")
        for i, connection in enumerate((connections[0], connections[500], connections[999])):
            connection.sendall(f"OPTIONS sip:example.test SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK{i}\r\n"
                               f"From: <sip:x@example.test>;tag=a\r\nTo: <sip:example.test>\r\nCall-ID: c{i}\r\n"
                               "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode())
            assert connection.recv(4096).startswith(b"SIP/2.0 200 ")
    finally:
        for connection in connections:
            connection.close()


def test_limits_of_connections_hold(house, authority):
    snomd = configured(house, authority, extra="[limits]\nsip_connections_per_address = 3\n")
    host, port = snomd.sip("tls").split(":")
    context = ssl.create_default_context(cafile=authority.file)
    held = [context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host) for _ in range(3)]
    with pytest.raises(OSError):
        context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host)
    snomd.logs("sip_connections_per_address")
    for connection in held:
        connection.close()


def test_slow_handshakes_hold_nobody_up(house, authority):
    snomd = configured(house, authority)
    host, port = snomd.sip("tls").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(b"\x16\x03\x01\x02\x00")  # a hello that does not go on
        began = time.monotonic()
        phone = house.phone(snomd, transport="tls", more=trusting(authority))
        assert snomd.api(BOUND).startswith("+OK")
        phone.wait_for("button", key="2", light="on")
        assert time.monotonic() - began < 3 * TIME_FACTOR
        for connection in slow:
            connection.settimeout(10 * TIME_FACTOR)
            try:
                while connection.recv(4096):
                    pass
            except ConnectionError:
                pass
    finally:
        for connection in slow:
            connection.close()


def test_client_certificates_are_wanted_when_it_is_said(house, authority):
    snomd = configured(house, authority, tls=f'client_ca_file = "{authority.file.name}"',
                       http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"')
    without = house.keep(Phone(snomd.sip("tls"), "1000", "1234", "--transport", "tls", "--domain", "example.test",
                               *trusting(authority)))
    without.wait_for("registration_failed")
    certificate, key = authority.issue("phone")
    house.phone(snomd, "1001", "tls", (*trusting(authority), "--certificate", str(certificate), "--key", str(key)))
    assert [phone["user"] for phone in snomd.phones()] == ["1001"]
    # HTTP asks nobody for one.
    https = "https://" + snomd.listening["https", ""]
    assert http_request(https, "GET", "/health/live").status == 200


def test_a_wrong_password_over_tls_is_told_with_the_phones_address(house, authority):
    snomd = configured(house, authority)
    house.keep(Phone(snomd.sip("tls"), "1000", "wrong", "--transport", "tls", "--domain", "example.test",
                     *trusting(authority)))
    line = snomd.logs("wrong password")
    assert "refused REGISTER from 127.0.0.1:" in line and "(tls)" in line, line


def inner_sockets(snomd, state):
    """Local and remote ports of snomd's sockets on 127.0.0.1 in this state that are none of its public listeners'; anybody
    on the machine can read them."""
    sockets = {os.readlink(f"/proc/{snomd.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{snomd.pid}/fd")
               if os.path.islink(f"/proc/{snomd.pid}/fd/{fd}")}
    outer = {int(address.rsplit(":", 1)[1]) for address in snomd.listening.values()}
    found = []
    for line in open(f"/proc/{snomd.pid}/net/tcp").read().splitlines()[1:]:
        words = line.split()
        local, remote = (int(word.split(":")[1], 16) for word in words[1:3])
        if words[3] == state and f"socket:[{words[9]}]" in sockets and not {local, remote} & outer:
            found.append((local, remote))
    return found


def says_nothing_to(source, port, via):
    """Who is at `source` is heard by nobody at this port of 127.0.0.1."""
    with socket.socket() as stranger:
        stranger.bind(source)
        stranger.settimeout(LIMIT)
        stranger.connect(("127.0.0.1", port))
        stranger.sendall(f"OPTIONS sip:example.test SIP/2.0\r\nVia: SIP/2.0/{via} 127.0.0.1:9;branch=z9hG4bKx\r\n"
                         "From: <sip:x@example.test>;tag=a\r\nTo: <sip:example.test>\r\nCall-ID: c\r\n"
                         "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n".encode())
        stranger.settimeout(2)
        try:
            return stranger.recv(4096) == b""
        except ConnectionError:
            return True


def test_nobody_gets_in_by_the_inner_door(house, authority):
    """The library's own listener, behind TLS, is for TLS only."""
    snomd = configured(house, authority, transports=("tls",))
    inner = [local for local, _ in inner_sockets(snomd, LISTENING)]
    assert inner
    for port in inner:
        for via in ("TLS", "TCP"):
            assert says_nothing_to(("127.0.0.1", 0), port, via)


def test_nobody_is_taken_for_one_who_came_over_tls_because_his_port_is_the_same(house, authority):
    """Each that came over TLS is known by a port of 127.0.0.1. That port of 127.0.0.2 is anybody's."""
    snomd = configured(house, authority, transports=("tls",))
    inner = [local for local, _ in inner_sockets(snomd, LISTENING)]
    host, port = snomd.sip("tls").rsplit(":", 1)
    client = ssl.create_default_context(cafile=authority.file)
    with socket.create_connection((host, int(port)), LIMIT) as bare, client.wrap_socket(bare, server_hostname=host):
        doors = wait_until(lambda: [pair for pair in inner_sockets(snomd, ESTABLISHED) if pair[1] in inner], "the inner connection")
        for own, door in doors:
            assert says_nothing_to(("127.0.0.2", own), door, "TLS")


# -- HTTP

def https_snomd(house, authority):
    (house.folder / "token").write_text("0123456789abcdef-admin\n")
    return configured(house, authority, http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"\ntoken_file = "token"')


def test_snomctl_speaks_https(house, authority):
    snomd = https_snomd(house, authority)
    https = "https://" + snomd.listening["https", ""]
    environment = {**os.environ, "SNOM_TOKEN": "0123456789abcdef-admin"}

    def snomctl(*arguments):
        return subprocess.run([BIN / "snomctl", "--server", https, *arguments], capture_output=True, text=True,
                              timeout=LIMIT, check=False, env=environment)
    assert snomctl("--ca-file", authority.file, "phones").returncode == 0
    refused = snomctl("phones")
    assert refused.returncode == 2
    assert "is not trusted (--ca-file names whose it has to be)" in refused.stderr
    assert snomctl("--ca-file", house.folder / "none.pem", "phones").returncode == 3
    with_stranger = snomctl("--ca-file", Authority(house.folder, "stranger").file, "phones")
    assert with_stranger.returncode == 2 and "nothing was sent there" in with_stranger.stderr


def test_the_page_and_events_come_over_https(house, authority):
    snomd = https_snomd(house, authority)
    https = "https://" + snomd.listening["https", ""]
    token = {"Authorization": "Bearer 0123456789abcdef-admin"}
    assert "<html" in http_request(https, "GET", "/").body
    assert http_request(https, "GET", "/v1/phones").status == 401
    assert json.loads(http_request(https, "GET", "/v1/phones", headers=token).body) == {"phones": []}
    stream = subprocess.Popen(["curl", "-sN", "--cacert", authority.file, "-H", f"Authorization: {token['Authorization']}",
                               https + "/v1/events"], stdout=subprocess.PIPE, text=True)
    try:
        phone = house.phone(snomd, transport="tls", more=trusting(authority))
        for line in stream.stdout:
            if line.startswith("event: register"):
                break
        assert phone.running()
    finally:
        stream.kill()
        stream.wait()
        stream.stdout.close()


def machines_address():
    """One that is not loopback; None in a namespace without."""
    said = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    return next((address for address in said if ":" not in address), None)


def test_plain_http_from_elsewhere_leads_to_https_and_never_with_a_token(house, authority):
    address = machines_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    (house.folder / "token").write_text("0123456789abcdef-admin\n")
    snomd = configured(house, authority, http=f'listen = "{address}:0"\nhttps_listen = "{address}:0"\ntoken_file = "token"')
    https = "https://" + snomd.listening["https", ""]
    led = http_request(snomd.server, "GET", "/")
    assert (led.status, led.headers["Location"]) == (308, https + "/")
    led = http_request(snomd.server, "GET", "/v1/phones?state=ok")
    assert (led.status, led.headers["Location"]) == (308, https + "/v1/phones?state=ok")
    for method, path in (("GET", "/v1/phones"), ("GET", "/"), ("POST", "/v1/command")):
        refused = http_request(snomd.server, method, path, headers={"Authorization": "Bearer 0123456789abcdef-admin"})
        assert refused.status == 403 and "Location" not in refused.headers, (method, path)
        assert "make a new one" in refused.body
    assert http_request(snomd.server, "POST", "/v1/command", body="snom_list").status == 403
    assert http_request(snomd.server, "GET", "/health/live").status == 200
    assert http_request(https, "GET", "/v1/phones", headers={"Authorization": "Bearer 0123456789abcdef-admin"}).status == 200


def test_snomctl_warns_of_a_token_in_the_clear(house, authority):
    address = machines_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    (house.folder / "token").write_text("0123456789abcdef-admin\n")
    snomd = house.snomd(http=f'listen = "{address}:0"\ntoken_file = "token"')
    done = subprocess.run([BIN / "snomctl", "--server", snomd.server, "--token-file", house.folder / "token", "phones"],
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0
    assert done.stderr == f"snomctl: warning: the token goes to {snomd.server} unencrypted; https hides it\n"


def test_the_doctor_looks_at_the_certificate(house, authority):
    for days, said in ((10, "ok|look"), (60, "ok"), (-1, "WRONG")):
        snomd = configured(house, authority, days=days)
        certificate = json.loads(snomd.request("GET", "/v1/status").body)["certificate"]
        assert certificate["names"] == ["localhost", "127.0.0.1"]
        assert days < 0 or certificate["days_left"] in (days - 1, days)
        [line] = [line for line in snomd.snomctl("doctor").stdout.split("\n") if "snomd's certificate" in line]
        assert line.split()[0] in said.split("|"), line
        snomd.stop()


# -- configuration

@pytest.mark.parametrize("text, said", [
    ('[tls]\ncertificate_file = "snomd.pem"\n', "[tls] needs key_file"),
    ('[tls]\ncertificate_file = "snomd.pem"\nkey_file = "authority.key"\n', "it is not the key of the certificate"),
    ('[tls]\nclient_ca_file = "authority.pem"\n', "expected certificate_file and key_file beside it"),
    ("", "expected [tls] with certificate_file and key_file for listen"),
])
def test_what_is_wrong_with_the_configuration_is_said(house, authority, text, said):
    authority.issue("snomd")
    path = house.configuration(transports=("tls",), extra=text)
    done = subprocess.run([BIN / "snomd", "--check-config", "--config", path], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.returncode == 2
    assert said in done.stderr, done.stderr


