"""Lists of many phones: written piece by piece, whatever the reader does, while everything else goes on."""

import concurrent.futures
import http.client
import json
import socket
import time

import pytest

from programs import LIMIT, TIME_FACTOR, wait_until

PHONES = 1500
KEYS = 12  # of a phone; their text is 10 MB in all, more than any socket takes at once


def memory(snomd):
    """Bytes that it has in memory now."""
    with open(f"/proc/{snomd.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


@pytest.fixture
def snomd(house):
    """snomd with the keys of many phones, none of which is registered."""
    snomd = house.snomd(users={str(user): "1234" for user in range(1000, 1000 + PHONES)})
    keys = " ".join(f"{key} light=on label=Line{key} number={key:0200} action=invite" for key in range(1, KEYS + 1))

    def set_keys(first):
        connection = http.client.HTTPConnection(snomd.listening["http", ""], timeout=LIMIT)
        for user in range(first, 1000 + PHONES, 8):
            connection.request("POST", "/v1/command", f"snom_button {user}@example.test {keys}")
            assert connection.getresponse().read().startswith(b"+OK")
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(set_keys, range(1000, 1008)))
    return snomd


def ask(snomd, path="/v1/buttons", version="1.1", method="GET", source="127.0.0.1"):
    """A connection on which a list was asked for."""
    host, port = snomd.listening["http", ""].rsplit(":", 1)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # little is on its way when nobody reads
    client.settimeout(LIMIT)
    client.bind((source, 0))
    client.connect((host, int(port)))
    client.sendall(f"{method} {path} HTTP/{version}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return client


def rest(client):
    got = b""
    while more := client.recv(65536):
        got += more
    client.close()
    return got


def check_buttons(text):
    told = json.loads(text)["phones"]
    assert [phone["address_of_record"] for phone in told] == [f"{user}@example.test" for user in range(1000, 1000 + PHONES)]
    for phone in told:
        assert [key["key"] for key in phone["buttons"]] == [str(key) for key in range(1, KEYS + 1)]


def test_a_long_list_leaves_no_memory_behind(snomd):
    snomd.request("GET", "/v1/phones")
    before = memory(snomd)
    for _ in range(3):
        answer = snomd.request("GET", "/v1/buttons")
        assert answer.headers["Transfer-Encoding"] == "chunked"
        check_buttons(answer.body)
    if TIME_FACTOR == 1:  # a sanitizer's allocator keeps what was freed
        assert memory(snomd) - before < 8_000_000


def test_a_slow_reader_gets_all_of_it_and_holds_nobody_up(snomd):
    before = memory(snomd)
    slow = ask(snomd)
    got = slow.recv(1000)
    time.sleep(1)
    assert snomd.api("snom_button 1000@example.test 1 light=off").startswith("+OK")
    snomd.request("GET", "/v1/phones")
    if TIME_FACTOR == 1:
        assert memory(snomd) - before < 8_000_000
    for _ in range(50):
        got += slow.recv(2000)
        time.sleep(0.01)
    head, body = (got + rest(slow)).split(b"\r\n\r\n", 1)
    assert b"Transfer-Encoding: chunked" in head
    text = b""
    while body:
        size, body = body.split(b"\r\n", 1)
        length = int(size, 16)
        assert body[length:length + 2] == b"\r\n"
        text, body = text + body[:length], body[length + 2:]
    assert length == 0
    check_buttons(text)


def test_readers_that_never_read_keep_little_in_memory_and_their_places_for_a_time(house, snomd):
    before = memory(snomd)
    idle = [ask(snomd, source=f"127.0.0.{2 + n // 16}") for n in range(63)]  # one more is left for the others
    wait_until(lambda: snomd.request("GET", "/v1/buttons").status == 200, "a list beside those that nobody reads")
    if TIME_FACTOR == 1:
        assert memory(snomd) - before < 63 * 1_000_000
    idle.append(ask(snomd, source="127.0.0.6"))
    wait_until(lambda: snomd.request("GET", "/v1/buttons").status == 503, "the list that is too many to be refused")
    for client in idle:
        client.close()
    wait_until(lambda: snomd.request("GET", "/v1/buttons").status == 200, "places for lists again")


def test_who_does_not_read_keeps_only_himself_from_lists(snomd):
    idle = [ask(snomd, source="127.0.0.2") for _ in range(16)]
    for client in idle:
        assert client.recv(1) == b"H"  # his list is under way
    refused = ask(snomd, source="127.0.0.2")
    assert b"too many lists from 127.0.0.2: 16 are open, which is the limit for one address" in rest(refused)
    assert snomd.request("GET", "/v1/buttons").status == 200
    for client in idle:
        client.close()
    wait_until(lambda: rest(ask(snomd, source="127.0.0.2")).startswith(b"HTTP/1.1 200 "), "places for lists again")


def test_http_1_0_and_head(snomd):
    head, body = rest(ask(snomd, version="1.0")).split(b"\r\n\r\n", 1)
    assert b"chunked" not in head and b"Connection: close" in head
    check_buttons(body)
    head = rest(ask(snomd, method="HEAD"))
    assert f"Content-Length: {len(body)}\r\n".encode() in head and head.endswith(b"\r\n\r\n")


def test_a_list_under_way_is_broken_off_when_snomd_ends(snomd):
    slow = ask(snomd)
    got = slow.recv(1000)
    begin = time.monotonic()
    snomd.stop()
    assert time.monotonic() - begin < 2 * TIME_FACTOR
    got += rest(slow)
    assert not got.endswith(b"\r\n0\r\n\r\n")
