"""snomd is started and stopped while it is being used: it always ends in order. ./run soak-stop does it a thousand times."""

import http.client
import os
import random
import signal
import socket
import threading
import time

from programs import LIMIT, Snomd, http_request

ROUNDS = int(os.environ.get("SNOM_STOPS", "5"))
PHONE = "1000@example.test"


def sip_request(method, port, number):
    return (f"{method} sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bKs{number}\r\n"
            f"From: <sip:1000@example.test>;tag=t{number}\r\nTo: <sip:1000@example.test>\r\nCall-ID: c{number}\r\n"
            f"CSeq: {number} {method}\r\nMax-Forwards: 70\r\nContact: <sip:1000@127.0.0.1:{port}>\r\n"
            "Content-Length: 0\r\n\r\n").encode()


def use_sip(address, done):
    """Requests one after the other, a few in flight; whether they are answered does not matter."""
    host, port = address.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.02)
        number = 0
        while not done.is_set():
            number += 1
            try:
                s.sendto(sip_request(("REGISTER", "OPTIONS", "MESSAGE")[number % 3], s.getsockname()[1], number),
                         (host, int(port)))
                s.recv(65535)
            except OSError:
                pass


def use_http(server, done):
    paths = [("POST", "/v1/command", f"snom_button {PHONE} 2 light=on"), ("GET", "/v1/phones", None),
             ("POST", "/v1/command", "snom_command 127.0.0.1:9 key ENTER"), ("GET", f"/v1/phones/{PHONE}/buttons", None)]
    while not done.is_set():
        method, path, body = random.choice(paths)
        try:
            http_request(server, method, path, body)
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)


def watch(server, done):
    while not done.is_set():
        try:
            with socket.create_connection(("127.0.0.1", int(server.rsplit(":", 1)[1])), timeout=LIMIT) as s:
                s.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
                while not done.is_set() and s.recv(65535):
                    pass
        except OSError:
            time.sleep(0.005)


def test_it_ends_in_order_whenever_it_is_told_to(house):
    chance = random.Random(7)
    config = house.configuration(extra="[limits]\nanswer_timeout_ms = 300")
    for number in range(ROUNDS):
        snomd = Snomd(config)
        done = threading.Event()
        load = [threading.Thread(target=use, args=arguments, daemon=True) for use, *arguments in (
            (use_sip, snomd.sip(), done), (use_http, snomd.server, done), (use_http, snomd.server, done),
            (watch, snomd.server, done))]
        try:
            for user in load:
                user.start()
            time.sleep(chance.uniform(0, 0.15))
            if number % 4 == 0:
                snomd.send(signal.SIGHUP)
            snomd.send(signal.SIGTERM)
            status = snomd.ended(LIMIT)
        finally:
            done.set()
            if snomd.running():
                snomd.process.kill()
            for user in load:
                user.join(LIMIT)
        assert status == 0, f"round {number}: status {status}\n{snomd.report()}"
        said = snomd.log()
        assert "Sanitizer" not in said and "runtime error" not in said and " failed: " not in said, snomd.report()
