"""snomctl towards a server that is no snomd, and what it shows of what strangers sent."""

import resource
import socket
import subprocess
import threading

import pytest

from programs import BIN, LIMIT, TIME_FACTOR

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
STEERING = "\x1b[2J\x07\u009b2J\u202e"
MOST = 4 << 30  # bytes that an answer without end has


class HostileServer:
    """Answers each connection with these bytes; then, until the client goes, with more of them."""

    def __init__(self, answer, more=b""):
        self.answer, self.more, self.sent = answer, more, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(65536)
                    client.sendall(self.answer)
                    while self.more and self.sent < MOST:
                        client.sendall(self.more)
                        self.sent += len(self.more)
                except OSError:
                    pass

    def close(self):
        self._listener.close()


@pytest.fixture
def hostile():
    servers = []

    def start(answer, more=b""):
        servers.append(HostileServer(answer, more))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


def with_little_memory():
    """2 GiB of address space, in the new process. A sanitizer takes terabytes of it for itself."""
    if TIME_FACTOR == 1:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def snomctl(server, *arguments):
    return subprocess.run([BIN / "snomctl", "--server", server.url, *arguments], stdin=subprocess.DEVNULL, timeout=3 * LIMIT,
                          capture_output=True, text=True, errors="replace", check=False,
                          preexec_fn=with_little_memory)


def commands(folder):
    layout = folder / "desk.toml"
    layout.write_text('[[group]]\nphones = ["1000@h"]\n[[group.key]]\nkey = "1"\nlight = "on"\n')
    return [("phones",), ("phones", "--json"), ("buttons", "1000@h"), ("buttons", "1000@h", "--json"), ("apply", layout),
            ("export",), ("api", "snom_wiggle"), ("watch",), ("watch", "--json")]


ANSWERS = {
    "deep list": (HEAD + 100_000 * b"[" + 100_000 * b"]", b""),
    "deep object": (HEAD + 100_000 * b'{"phones":' + b"1" + 100_000 * b"}", b""),
    "deep list of phones": (HEAD + b'{"phones":[' + 100_000 * b"[" + 100_000 * b"]" + b"]}", b""),
    "no object": (HEAD + b"[1]", b""),
    "phones that are none": (HEAD + b'{"phones":1,"buttons":"x"}', b""),
    "event that is no object": (EVENTS + b"event: press\ndata: [1]\n\n", b""),
    "deep event": (EVENTS + b"event: press\ndata: " + 100_000 * b'{"a":' + b"1" + 100_000 * b"}" + b"\n\n", b""),
    "gigabytes": (HEAD + b'{"phones":[', b'"' + 65533 * b"x" + b'",'),
    "gigabytes of nothing": (HEAD, 65536 * b" "),
    "gigabytes of small values": (HEAD + b'{"phones":[', 32768 * b"0,"),
    "gigabytes of an event": (EVENTS, b"data: " + 65529 * b"x" + b"\n"),
    "gigabytes of headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + 1000 * b"x" + b"\r\n"),
    "gigabytes of trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
                              b"X-More: " + 1000 * b"x" + b"\r\n"),
    "gigabytes of a refusal": (b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n", 65536 * b"x"),
    "no HTTP": (b"hello\r\n\r\n", b""),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_hostile_answer_is_a_clear_error_within_limits(hostile, tmp_path, kind):
    server = hostile(*ANSWERS[kind])
    for arguments in commands(tmp_path):
        server.sent = 0
        done = snomctl(server, *arguments)
        assert done.returncode == 2, (arguments, done.returncode, done.stderr[-300:])
        assert done.stderr.startswith("snomctl: ") and done.stderr.count("\n") == 1, (arguments, done.stderr[-300:])
        assert server.sent < 300 << 20, arguments


@pytest.mark.parametrize("arguments", [("phones",), ("buttons", "1000@h"), ("watch",), ("api", "x"), ("apply",)])
def test_what_strangers_sent_does_not_steer_the_terminal(hostile, tmp_path, arguments):
    word = STEERING.replace("\x1b", "\\u001b").replace("\x07", "\\u0007")
    phone = (f'{{"user":"{word}","domain":"h","user_agent":"{word}","address_of_record":"{word}","web":"{word}",'
             f'"buttons":[],"key":"1","label":"{word}","number":"{word}","state":"{word}"}}')
    answer = {"phones": f'{{"phones":[{phone}]}}', "buttons": f'{{"buttons":[{phone}]}}',
              "watch": f"event: {STEERING}\ndata: {phone}\n\n", "api": f"+OK {STEERING}\n-ERR {STEERING}\n",
              "apply": f'{{"error":"{word}"}}'}[arguments[0]].encode()
    if arguments == ("apply",):
        arguments = ("apply", str(commands(tmp_path)[4][1]))
        head = b"HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n"
    else:
        head = EVENTS if arguments[0] == "watch" else HEAD
    done = snomctl(hostile(head + answer), *arguments)
    said = done.stdout + done.stderr
    assert "\\x1b[2J\\x07\\xc2\\x9b2J\\xe2\\x80\\xae" in said
    assert not [c for c in said if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e")], said


@pytest.mark.parametrize("phones", ["[1]", "[{}]", '[{"address_of_record":"1000@h"}]',
                                    '[{"address_of_record":"1000@h","buttons":[1]}]',
                                    '[{"address_of_record":"1000@h","buttons":[{"label":"x"}]}]'])
def test_what_is_no_list_of_keys_is_not_exported(hostile, tmp_path, phones):
    server = hostile(HEAD + f'{{"phones":{phones}}}'.encode())
    for arguments in (("export",), ("apply", commands(tmp_path)[4][1])):
        done = snomctl(server, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "snomctl: what answered is not snomd: of its phones not each has a name and keys\n"


def test_json_and_csv_stay_exact(hostile):
    label = "a\u202eb\u009bc"
    button = f'{{"key":"1","light":"on","label":"{label}","number":"4711","action":null,"caller":null,"number_hidden":false}}'
    server = hostile(HEAD + f'{{"phones":[{{"address_of_record":"1000@h","buttons":[{button}]}}],"buttons":[{button}]}}'.encode())
    assert label in snomctl(server, "buttons", "1000@h", "--json").stdout
    assert label in snomctl(server, "export", "--format", "csv").stdout
    assert '"a\\u202Eb\\u009Bc"' in snomctl(server, "export").stdout  # which is the same, and steers no terminal


def test_a_line_of_standard_input_has_an_end():
    """What is no text at all ends snomctl within little memory."""
    with open("/dev/zero", "rb") as zeros:
        done = subprocess.run([BIN / "snomctl", "--server", "http://127.0.0.1:1", "api", "-"], stdin=zeros, timeout=LIMIT,
                              capture_output=True, text=True, check=False,
                              preexec_fn=with_little_memory)
    assert done.returncode == 3 and done.stderr == "snomctl: api: a line of standard input has more than 1048576 bytes\n"
