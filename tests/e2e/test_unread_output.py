"""Standard output and standard error that nobody reads, reads late, or that are closed."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from programs import BIN, LIMIT, TIME_FACTOR, free_port, http_request, wait_until

NULL = "/dev/null"


class SmallPipe:
    """Holds no more than 4096 bytes."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)

    def given(self):
        """Only the program has its end from now on."""
        os.close(self.writer)
        self.writer = None

    def lines_until(self, is_last):
        """What comes, up to a line that is the last."""
        lines = []
        with os.fdopen(self.reader, errors="replace") as text:
            self.reader = None
            for line in text:
                lines.append(line.rstrip("\n"))
                if is_last(lines[-1]):
                    break
        return lines

    def close(self):
        for end in (self.reader, self.writer):
            if end is not None:
                os.close(end)


@pytest.fixture(name="pipe")
def small_pipe():
    pipe = SmallPipe()
    yield pipe
    pipe.close()


@pytest.fixture(name="start")
def started():
    """Starts a process that is gone when the test ends."""
    processes = []

    def start(command, **streams):
        processes.append(subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, **streams))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait(LIMIT)


def ends_at_once(process):
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) == 0
    assert time.monotonic() - began < 3 * TIME_FACTOR


def command(port, line):
    return http_request(f"http://127.0.0.1:{port}", "POST", "/v1/command", line).body.strip()


def snomd_that_logs_into(pipe, house, start):
    """Ready, and the port of its HTTP interface."""
    port = free_port()
    config = house.configuration(http=f'listen = "127.0.0.1:{port}"')
    snomd = start([BIN / "snomd", "--config", config, "--log-level", "debug"], stdout=subprocess.PIPE, stderr=pipe.writer)
    pipe.given()
    with snomd.stdout as out:
        assert any(line == b"ready\n" for line in out)
    return snomd, port


def test_a_log_that_nobody_reads_stops_nothing(house, pipe, start):
    snomd, port = snomd_that_logs_into(pipe, house, start)
    for _ in range(200):
        assert command(port, "snom_buttons 1000@example.test").startswith("+OK 0 keys of 1000@example.test")
    ends_at_once(snomd)


def test_a_log_that_is_read_late_is_whole(house, pipe, start):
    _, port = snomd_that_logs_into(pipe, house, start)
    for number in range(200):
        command(port, f"snom_buttons {number}@example.test")
    lines = pipe.lines_until(lambda line: " 199@example.test" in line)
    found = [number for line in lines for number in range(200) if f" {number}@example.test" in line]
    assert sorted(set(found)) == list(range(200)) and found == sorted(found)
    assert not any("lost" in line for line in lines)


def test_a_start_that_fails_ends_though_nobody_reads_why(house, pipe, start):
    while True:  # until it is full
        try:
            os.set_blocking(pipe.writer, False)
            os.write(pipe.writer, b".")
        except BlockingIOError:
            break
    os.set_blocking(pipe.writer, True)
    config = house.configuration()
    config.write_text(config.read_text() + "[telephone]\n")
    snomd = start([BIN / "snomd", "--config", config], stdout=subprocess.DEVNULL, stderr=pipe.writer)
    assert snomd.wait(LIMIT) == 2


def phones_that_tell_into(pipe, house, start):
    users = {str(user): "1234" for user in range(1000, 1100)}
    snomd = house.snomd(users=users)
    phones = start([BIN / "snomphone", "--server", snomd.sip(), "--user", "1000", "--count", len(users), "--password",
                    "1234", "--domain", "example.test"], stdout=pipe.writer, stderr=subprocess.DEVNULL)
    pipe.given()
    wait_until(lambda: len(snomd.phones()) == len(users), "all phones to register")
    return snomd, phones, users


def test_phones_register_and_end_though_nobody_reads_their_events(house, pipe, start):
    snomd, phones, users = phones_that_tell_into(pipe, house, start)
    assert snomd.api("snom_button 1099@example.test 1 label=Door").startswith("+OK")
    ends_at_once(phones)
    wait_until(lambda: not snomd.phones(), "the phones to log off")


def test_events_of_phones_wait_for_a_late_reader(house, pipe, start):
    _, phones, users = phones_that_tell_into(pipe, house, start)
    phones.send_signal(signal.SIGTERM)
    events = [json.loads(line) for line in pipe.lines_until(lambda line: False)]
    assert phones.wait(LIMIT) == 0
    assert events[0]["event"] == "listening"
    for name in ("registered", "unregistered"):
        assert sorted(event["user"] for event in events if event["event"] == name) == sorted(users)


@pytest.mark.parametrize("program", ["snomd", "snomctl", "snomphone"])
def test_closed_standard_descriptors_are_no_file_of_the_program(house, start, program):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        command_line = {"snomd": ["--config", house.configuration()],
                        "snomctl": ["--server", f"http://127.0.0.1:{port}", "watch"],
                        "snomphone": ["--server", f"127.0.0.1:{port}", "--user", "1000", "--password", "1234"]}[program]
        process = start(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', BIN / program, *command_line])
        wait_until(lambda: any("socket:" in what for what in open_in(process).values()), f"{program} to open sockets")
        opened = open_in(process)
        assert [opened[number] for number in ("0", "1", "2")] == [NULL, NULL, NULL]


def open_in(process):
    """Descriptors of a process, and what they are."""
    opened = {}
    folder = f"/proc/{process.pid}/fd"
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            opened[name] = os.readlink(f"{folder}/{name}")
    return opened
