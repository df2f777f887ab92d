"""./run bench beside: keys through Kamailio with Path, to virtual phones and to SIPp, beside SIPp's MESSAGEs through it.
`tools`: what ./run bench is made of."""

import contextlib
import socket
import statistics
import sys
import tempfile


def register_at(proxy, user, own_port):
    """A phone's REGISTER, by hand, from the port where its requests are to arrive, to a proxy that asks for no password."""
    host, port = proxy.split(":")
    request = (f"REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own_port};branch=z9hG4bK{user}\r\n"
               f"From: <sip:{user}@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: bench-{user}\r\n"
               f"CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:{user}@127.0.0.1:{own_port}>\r\nExpires: 3600\r\n"
               "User-Agent: snom370/8.7.5.35\r\nContent-Length: 0\r\n\r\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.bind(("127.0.0.1", own_port))
        s.connect((host, int(port)))
        s.send(request.encode())
        answer = s.recv(4096)
        if not answer.startswith(b"SIP/2.0 200"):
            sys.exit(f"bench: the proxy registers nobody: {answer[:60]}")


@contextlib.contextmanager
def running(tools, folder):
    """snomd (in memory only, so that it is the way through the proxy that is measured, and not the disk) beside Kamailio,
    which sends to SIPp what is for the user sipp; with the address of the proxy, and SIPp's port."""
    snomd = tools.Snomd(folder)
    snomd.write(0, store="", profile='phones = "proxy"\ntrusted = ["127.0.0.1"]\n')
    with snomd.running():
        port, sipp = tools.free_port(), tools.free_port()
        with tools.kamailio("kamailio_beside.cfg", folder, 512, PORT=port, SNOMD=snomd.sip.rsplit(":", 1)[1], SIPP=sipp):
            yield snomd, f"127.0.0.1:{port}", sipp


def bench(tools, rounds):
    count = 1000
    lines = tools.bind_lines(count)
    ours, same, theirs, p99 = [], [], [], []
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, \
            running(tools, one) as (snomd, proxy, _), running(tools, other) as (with_sipp, sipps_proxy, sipp), \
            tools.phones(proxy, count, "--domain", "127.0.0.1"):
        for user in range(1000, 1000 + count):
            register_at(sipps_proxy, user, sipp)
        snomd.wait_for_phones(count)
        with_sipp.wait_for_phones(count)
        tools.load(snomd.http, lines, 50, 1, one)
        for _ in range(rounds):
            result = tools.load(snomd.http, lines, 50, 5, one)
            ours.append(result["per_second"])
            p99.append(result["p99_ms"])
            with tools.sipp_phones(sipp):
                same.append(tools.load(with_sipp.http, lines, 50, 5, other)["per_second"])
            theirs.append(tools.sipp_rate(40000, 50, sipps_proxy, sipp, "sipp"))
    what = "bound, delivered and confirmed on 1,000 {} through Kamailio with Path, 50 in flight:"
    sipp_alone = "SIPp to SIPp through Kamailio:"
    tools.tell("beside", ours, what.format("virtual phones"), theirs, sipp_alone, "a second", "0.8 of it",
               [a / b for a, b in zip(ours, theirs)])
    tools.tell("beside", same, what.format("phones that SIPp is"), theirs, sipp_alone, "a second", "0.8 of it",
               [a / b for a, b in zip(same, theirs)], of=", to SIPp")
    tools.figure("beside, slowest of a hundred", statistics.median(p99), "ms", "less")
    print(f"      slowest of a hundred: {statistics.median(p99):.1f} ms")
