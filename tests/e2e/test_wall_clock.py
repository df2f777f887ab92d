"""The wall clock jumps while programs run: nobody ends, and nothing under way notices."""

import signal
import struct
import time

import pytest

from programs import BIN, LIMIT

PHONE = "1000@example.test"
DAY = 86400
CLOCK = BIN.parent / "test-libraries" / "libwall_clock.so"


@pytest.fixture
def set_ahead(tmp_path, monkeypatch):
    """Sets the wall clock of all programs that the test starts so many seconds ahead of the real one."""
    assert CLOCK.exists(), f"{CLOCK} is not built"
    file = tmp_path / "wall-clock"
    file.write_bytes(bytes(8))
    monkeypatch.setenv("SNOM_WALL_CLOCK", str(file))
    monkeypatch.setenv("LD_PRELOAD", str(CLOCK))
    # AddressSanitizer wants to be the first library; the clock may be before it.
    monkeypatch.setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0")

    def ahead(seconds):
        with open(file, "r+b", buffering=0) as clock:  # in place: the programs have it mapped
            clock.write(struct.pack("=q", seconds))
    return ahead


@pytest.mark.parametrize("jumps", [
    pytest.param([10, -10, 7300], id="as-it-was-reported"),
    pytest.param([-20], id="backwards"),
    pytest.param([30], id="forwards"),
    pytest.param([-7300, 0], id="a-machine-that-boots-without-a-clock"),
    pytest.param([1 / 24, -1 / 24], id="an-hour"),
])
def test_phones_and_commands_go_on(house, set_ahead, jumps):
    set_ahead(-7300 * DAY if jumps[0] == -7300 else 0)
    snomd, phone = house.house_of_phones("1000")
    events = house.events(snomd)
    for number, jump in enumerate(jumps):
        # A key is on its way when it happens: what waits for its answer is what ended the process.
        assert snomd.api(f"snom_button {PHONE} 2 light=on label=Before{number}").startswith("+OK")
        set_ahead(int(jump * DAY))
        assert snomd.api(f"snom_button {PHONE} 2 light=off label=After{number}").startswith("+OK")
        assert phone.key("2")["label"] == f"After{number}"
        assert snomd.api("snom_command 1000 key ENTER").startswith("+OK")
        # The next turn of sofia-sip's timer, for retransmissions, comes within 64 * T1 at most.
        mark = events.mark()
        phone.get("/advanced_update.htm?reboot=Reboot")
        events.wait_for("registered", since=mark, user="1000")
        time.sleep(0.7)
        assert snomd.running() and phone.running()
    assert len(snomd.phones()) == 1


def test_a_silent_phone_is_told_in_time(house, set_ahead):
    snomd, phone = house.house_of_phones("1000", extra="[limits]\nanswer_timeout_ms = 1000")
    phone.send(signal.SIGSTOP)
    command = house.snomctl(snomd, "api", f"snom_button {PHONE} 2 light=on")
    time.sleep(0.2)
    set_ahead(-20 * DAY)
    status = command.ended(LIMIT)
    phone.send(signal.SIGCONT)
    assert status == 1
    assert "no answer" in "\n".join(command.out.items()), command.report()
    assert snomd.running()
