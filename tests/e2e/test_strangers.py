"""What whoever can send a packet may do: nothing that stops the others, and nothing to a third machine."""

import contextlib
import os
import re
import resource
import socket
import struct
import time

import pytest

from peers import SipSocket
from programs import TIME_FACTOR, wait_until


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status.read(), re.MULTILINE).group(1))


def stun_with_attributes(size):
    """A binding request of unknown attributes, the last of which says that it is longer than the datagram."""
    attributes = struct.pack("!HH", 6, 0) * ((size - 26) // 4) + struct.pack("!HHH", 6, 0xFFFE, 0xABCD)
    return struct.pack("!HH16s", 1, len(attributes), b"t" * 16) + attributes


@pytest.mark.skipif(TIME_FACTOR > 1, reason="a sanitizer's allocator keeps what was freed: its memory tells nothing")
def test_stun_costs_no_memory(house):
    snomd, phone = house.house_of_phones("1000")
    contact = re.search(r"sip:[^@]*@([^;>]*)", snomd.phones()[0]["contact"]).group(1)
    datagram = stun_with_attributes(1368)
    for program, address in ((snomd, snomd.sip()), (phone, contact)):
        with SipSocket(address) as stranger:
            def send(count, sip=stranger):
                for number in range(count):
                    sip.socket.send(datagram)
                    if number % 50 == 49:  # none is lost to a full buffer: the answer comes when it is empty
                        assert sip.ask(sip.request("OPTIONS", "sip:1000@example.test")) is not None
            send(10000)
            before = resident_kib(program.pid)
            send(90000)
            assert resident_kib(program.pid) - before < 4096
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert phone.key("2")["light"] == "on"


def seconds_of_processor(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_connections_leave_descriptors_for_http_and_nothing_spins(house):
    snomd, phone = house.house_of_phones("1000")
    resource.prlimit(snomd.pid, resource.RLIMIT_NOFILE, (256, 256))
    host, port = snomd.sip("tcp").rsplit(":", 1)
    with contextlib.ExitStack() as strangers:
        for _ in range(400):
            stranger = strangers.enter_context(socket.socket())
            stranger.setblocking(False)
            stranger.connect_ex((host, int(port)))
        wait_until(lambda: any("descriptors are in use" in line for line in snomd.err.items()), "a line in the log")
        before = seconds_of_processor(snomd.pid)
        time.sleep(1)
        assert seconds_of_processor(snomd.pid) - before < 0.3
        assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
        assert phone.key("2")["light"] == "on"
    with SipSocket(snomd.sip()) as sip:
        assert sip.ask(sip.request("OPTIONS", "sip:example.test")) == 200
