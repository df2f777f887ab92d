"""/metrics: what Prometheus reads of snomd, and that it is what happened."""

import contextlib
import re
import shutil
import socket
import ssl
import subprocess

import pytest

from certificates import Authority
from programs import LIMIT, Phone, wait_until

SAMPLE = re.compile(r'^([a-z_0-9]+)(\{.*\})? (\S+)$')
TOKEN = "0123456789abcdef"


def metrics(snomd, headers=None):
    answer = snomd.request("GET", "/metrics", headers=headers)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body


def trusting_all():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def samples(snomd):
    found = {}
    for line in metrics(snomd).splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            found[name + (labels or "")] = float(value)
    return found


def test_what_happens_is_counted(house):
    snomd, phone = house.house_of_phones("1000", more=("--model", "D785"))
    before = samples(snomd)
    assert before['snomd_registered_contacts{family="D7xx"}'] == 1
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal message api+snom_buttons 1000@example.test"
                     ).startswith("+OK")
    assert snomd.api("snom_button 1000@example.test 99 light=on").startswith("-ERR")
    assert snomd.api("snom_command 1000 key P2").startswith("+OK")
    wait_until(lambda: samples(snomd)['snomd_presses_total{outcome="accepted"}'] == 1, "the press")
    snomd.request("GET", "/v1/phones/4711@example.test/buttons")
    snomd.request("BREW", "/pot")
    after = samples(snomd)

    def grown(name):
        return after[name] - before.get(name, 0)
    assert grown('snomd_deliveries_total{channel="buttons",outcome="accepted"}') == 1
    assert grown('snomd_deliveries_total{channel="buttons",outcome="refused"}') == 1
    assert grown('snomd_deliveries_total{channel="http",outcome="accepted"}') >= 1
    assert grown('snomd_delivery_seconds_count{channel="buttons"}') == 2
    assert 0 < after['snomd_delivery_seconds_sum{channel="buttons"}'] < 2 * LIMIT
    assert grown('snomd_store_changes_total{outcome="kept"}') >= 2 and after["snomd_store_waiting"] == 0
    assert after["snomd_restores_waiting"] == 0
    assert grown('snomd_commands_total{command="snom_bind_key",outcome="ok"}') == 1
    assert grown('snomd_commands_total{command="snom_button",outcome="error"}') == 1
    assert grown('snomd_http_requests_total{method="POST",route="/v1/command",status="2xx"}') == 3
    assert grown('snomd_http_requests_total{method="GET",route="/v1/phones/{phone}/buttons",status="4xx"}') == 1
    assert grown('snomd_http_requests_total{method="other",route="other",status="4xx"}') == 1
    phone.stop()
    wait_until(lambda: samples(snomd)['snomd_registered_contacts{family="D7xx"}'] == 0, "the phone to be gone")


def test_refused_registrations_are_counted_by_reason(house):
    snomd = house.snomd()
    intruder = house.keep(Phone(snomd.sip(), "1000", "wrong", "--domain", "example.test"))
    name = 'snomd_sip_requests_refused_total{method="REGISTER",reason="wrong password"}'
    wait_until(lambda: samples(snomd).get(name, 0) >= 1, "the refusal to be counted")
    assert intruder.running()


def test_connections_over_tls_are_counted(house):
    Authority(house.folder).issue("snomd", "IP:127.0.0.1", days=10)
    snomd = house.snomd(transports=("udp", "tcp", "tls"), http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"',
                        extra='[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n')

    def counted(name, protocol, **labels):
        text = ",".join(f'{key}="{value}"' for key, value in {"protocol": protocol, "direction": "in", **labels}.items())
        return samples(snomd)[f"snomd_tls_{name}{{{text}}}"]
    addresses = {"sip": snomd.sip("tls"), "http": snomd.listening["https", ""]}
    for protocol, address in addresses.items():
        at = tuple(address.split(":"))
        with socket.create_connection(at, LIMIT) as raw, trusting_all().wrap_socket(raw):
            wait_until(lambda p=protocol: counted("connections", p) == 1, "the connection")
        wait_until(lambda p=protocol: counted("connections", p) == 0, "its end")
        assert counted("handshakes_total", protocol) == 1
        strict = ssl.create_default_context()
        strict.check_hostname = False
        for reason, attempt in {
                "certificate": lambda raw, strict=strict: strict.wrap_socket(raw),
                "handshake": lambda raw: raw.sendall(b"GET / HTTP/1.1\r\n\r\n") or raw.recv(100),
                "closed": lambda raw: None}.items():
            with socket.create_connection(at, LIMIT) as raw, contextlib.suppress(OSError):
                attempt(raw)
            wait_until(lambda p=protocol, r=reason: counted("refused_total", p, reason=r) == 1, reason)
        assert counted("handshakes_total", protocol) == 1 and counted("connections", protocol) == 0
    assert 9 < samples(snomd)["snomd_tls_certificate_left_seconds"] / 86400 <= 10


def test_the_token_is_wanted_here_too(house):
    (house.folder / "token").write_text(TOKEN + "\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    assert snomd.request("GET", "/metrics").status == 401
    text = metrics(snomd, {"Authorization": f"Bearer {TOKEN}"})
    assert 'snomd_http_requests_total{method="GET",route="/metrics",status="4xx"} 1\n' in text


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not here (Debian's package prometheus has it)")
def test_promtool_accepts_it(house):
    Authority(house.folder).issue("snomd", "IP:127.0.0.1", days=10)
    snomd = house.snomd(extra='[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n')
    house.phone(snomd)
    snomd.api("snom_button 1000@example.test 2 light=on")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics(snomd), capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
