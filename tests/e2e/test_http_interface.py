"""snomd's HTTP interface towards clients that mean no good, or are many."""

import json
import signal
import socket
import time

import pytest

from programs import LIMIT, TIME_FACTOR, wait_until

TOKEN = "0123456789abcdef"


def with_token(house, limits=""):
    (house.folder / "token").write_text(TOKEN + "\n")
    return house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"', extra=limits)


def connect(snomd):
    host, port = snomd.listening["http", ""].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def answers(snomd, request):
    """All that is answered to these bytes until snomd closes the connection."""
    with connect(snomd) as client:
        client.sendall(request)
        got = b""
        while True:
            more = client.recv(65536)
            if not more:
                return got.decode()
            got += more


def memory(snomd):
    """Bytes that it has in memory now."""
    with open(f"/proc/{snomd.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def test_without_the_token_no_body_is_read(house):
    snomd = with_token(house)
    head = b"POST /v1/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048000\r\n\r\n"
    answer = answers(snomd, head)  # its body never comes
    assert answer.startswith("HTTP/1.1 401 ") and "Connection: close\r\n" in answer
    before = memory(snomd)
    clients = []
    for _ in range(200):
        client = connect(snomd)
        client.setblocking(False)
        clients.append(client)
        try:
            client.send(head + 500_000 * b"x")
        except BlockingIOError:
            pass
    assert snomd.request("GET", "/v1/phones", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
    if TIME_FACTOR == 1:  # a sanitizer's allocator keeps what was freed
        assert memory(snomd) - before < 20_000_000
    for client in clients:
        client.close()


def test_what_needs_no_token_has_no_body(house):
    snomd = with_token(house)
    for path, status in (("/health/live", 200), ("/health/ready", 200), (f"/press/{32 * '0'}", 404)):
        for body in ("Content-Length: 1048576", "Transfer-Encoding: chunked"):
            answer = answers(snomd, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{body}\r\n\r\n".encode())  # it never comes
            assert answer.startswith("HTTP/1.1 413 ") and "Connection: close\r\n" in answer, answer
        assert snomd.request("GET", path).status == status


@pytest.mark.parametrize("coding", ["xchunked", "chunked, identity", "identity", "chunked\r\nContent-Length: 5"])
def test_no_second_request_hides_in_a_body(house, coding):
    snomd = house.snomd()
    events = house.events(snomd)
    hidden = "POST /v1/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nsnom_dance"
    answer = answers(snomd, (f"POST /v1/command HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {coding}\r\n\r\n"
                             f"{hidden}").encode())
    assert answer.startswith(("HTTP/1.1 400 ", "HTTP/1.1 501 ")), answer
    assert answer.count("\r\nDate: ") == 1, answer
    snomd.api("snom_wiggle")
    events.wait_for("command", command="snom_wiggle")
    assert not [event for event in events.inbox.items() if event.get("command") == "snom_dance"]


def test_an_empty_chunked_body_that_comes_in_pieces(house):
    snomd = house.snomd()
    with connect(snomd) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in (b"POST /v1/command HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n", b"\r",
                      b"\n"):
            client.sendall(piece)
            time.sleep(0.1)  # a segment each
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert snomd.running()


def test_the_connection_that_is_too_many_is_told_why(house):
    snomd = house.snomd(extra="[limits]\nhttp_connections_per_address = 3\n")
    idle = [connect(snomd) for _ in range(3)]
    refused = snomd.request("GET", "/v1/phones")
    assert refused.status == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    why = "too many connections from 127.0.0.1: 3 are open, which is the limit for one address"
    assert json.loads(refused.body) == {"title": "Service Unavailable", "status": 503, "detail": why, "error": why}
    said = snomd.snomctl("phones")
    assert said.returncode == 2 and "too many connections from 127.0.0.1" in said.stderr
    snomd.err.wait_for(lambda line: " warning " in line and "too many connections" in line, "a word in the log")
    idle.pop().close()
    wait_until(lambda: snomd.request("GET", "/v1/phones").status == 200, "the place of the one that went")
    for client in idle:
        client.close()


def test_the_stream_of_events_that_is_too_many_is_told_why(house):
    snomd = house.snomd(extra="[limits]\nhttp_event_streams = 2\n")
    for _ in range(2):
        house.events(snomd)
    refused = snomd.request("GET", "/v1/events")
    assert refused.status == 503
    assert json.loads(refused.body)["detail"] == "too many event streams: 2 are open, which is the limit"
    assert snomd.request("GET", "/v1/phones").status == 200


def test_a_stream_of_events_ends_as_a_body_does_when_snomd_ends(house):
    snomd = house.snomd()
    with connect(snomd) as client:
        client.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while b": watching" not in got:
            got += client.recv(65536)
        snomd.send(signal.SIGTERM)
        while more := client.recv(65536):
            got += more
    assert got.endswith(b"\r\n0\r\n\r\n"), got


def test_head_works_where_get_does(house):
    snomd, phone = house.house_of_phones("1000")
    for path in ("/v1/phones", "/v1/buttons", "/v1/phones/1000@example.test/buttons"):
        got = snomd.request("GET", path)
        head = answers(snomd, f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert head.startswith(f"HTTP/1.1 {got.status} "), path
        assert f"Content-Type: {got.headers['Content-Type']}\r\n" in head, path
        assert "Content-Length: " in head and head.endswith("\r\n\r\n"), path
    head = answers(snomd, b"HEAD /v1/phones/1000/screen.png HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ") and "Content-Type: image/png\r\n" in head and head.endswith("\r\n\r\n")
    head = answers(snomd, b"HEAD /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ") and "Content-Type: text/event-stream\r\n" in head
    assert head.endswith("\r\n\r\n")
    refused = snomd.request("HEAD", "/v1/command")
    assert refused.status == 405 and refused.headers["Allow"] == "POST"
    assert snomd.request("POST", "/v1/phones", "").headers["Allow"] == "GET, HEAD"
    address = phone.page.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=LIMIT) as client:
        client.sendall(b"HEAD /state.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
