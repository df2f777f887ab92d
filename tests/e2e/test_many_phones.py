"""Many virtual phones of one process: they share a socket, and ask for no more at a time than is answered."""

import re
import socket
import time

from programs import BIN, Program, wait_until

AT_A_TIME = 250


class SilentRegistrar:
    """Hears REGISTERs, and answers those that it is told to."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.heard = {}  # Call-ID -> the first of its requests, and who sent it

    def listen(self):
        """How many phones have asked."""
        while True:
            try:
                data, peer = self.socket.recvfrom(65536)
            except BlockingIOError:
                return len(self.heard)
            text = data.decode()
            self.heard.setdefault(re.search(r"^(?:Call-ID|i): *(\S+)", text, re.MULTILINE | re.IGNORECASE)[1], (text, peer))

    def accept(self, count):
        for text, peer in list(self.heard.values())[:count]:
            headers = [line for line in text.split("\r\n") if re.match(r"(Via|v|From|f|To|t|Call-ID|i|CSeq|Contact|m):", line, re.IGNORECASE)]
            self.socket.sendto(("SIP/2.0 200 OK\r\n" + "\r\n".join(headers) + "\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n").encode(), peer)


def test_no_more_registrations_are_under_way_than_are_answered(house):
    registrar = SilentRegistrar()
    start = time.monotonic()
    house.keep(Program("snomphone", [BIN / "snomphone", "--server", registrar.address, "--user", "1000", "--password", "1234", "--domain",
                                     "example.test", "--count", "400", "--rate", "1000", "--quiet"]))
    wait_until(lambda: registrar.listen() >= AT_A_TIME, "as many as may be under way")
    # All 400 would have asked within 0.4 s; one that is silent for five gives up its place.
    while time.monotonic() - start < 2.5:
        assert registrar.listen() == AT_A_TIME
        time.sleep(0.02)
    registrar.accept(10)
    wait_until(lambda: registrar.listen() >= AT_A_TIME + 10, "one more for each that was answered")
    registrar.socket.close()
