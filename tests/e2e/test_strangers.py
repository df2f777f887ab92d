"""What whoever can send a packet may do: nothing that stops the others, and nothing to a third machine."""

import re
import struct

from peers import SipSocket


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status.read(), re.MULTILINE).group(1))


def stun_with_attributes(size):
    """A binding request of unknown attributes, the last of which says that it is longer than the datagram."""
    attributes = struct.pack("!HH", 6, 0) * ((size - 26) // 4) + struct.pack("!HHH", 6, 0xFFFE, 0xABCD)
    return struct.pack("!HH16s", 1, len(attributes), b"t" * 16) + attributes


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
