"""Each command of snom_command (matrix.py), beside each neighbour that phones may be registered with, or listed."""

import functools

import pytest

from beside_sources import (KAMAILIO, SNOMD, BesideAsterisk, BesideKamailio, BesideKamailioThatCopiesNothing,
                            BesideKamailioThatTellsOfRegistrations, Listed)
from matrix import CommandMatrix, Desk
from peers import Kamailio
from programs import wait_until

# A phone for each channel; test_matrix.py has one of each family.
PHONES = [("370", "auto", "http"), ("D385", "notify", "notify"), ("D862", "auto", "notify")]


def listed_at_a_pbx(house, extra):
    """Their PBX is somebody else's: it knows nothing of snomd, and snomd nothing of it."""
    pbx = house.keep(Kamailio.packaged(house.folder, KAMAILIO, "example.test", f"sip:{SNOMD}:9", SNOMD, NO_COPIES="1"))
    pbx.wait_ready()
    return Listed(house, extra, registrar=pbx.address)


NEIGHBOURS = {"copied": BesideKamailio, "unknown": BesideKamailioThatCopiesNothing,
              "subscribed": BesideKamailioThatTellsOfRegistrations, "asterisk": BesideAsterisk,
              "asterisk-hep": functools.partial(BesideAsterisk, copies=True), "listed": listed_at_a_pbx}


class BesideDesk(Desk):
    def __init__(self, house, neighbour, model, configured, channel):
        super().__init__(model, channel)
        if neighbour == "asterisk":
            self.notify_mark = self.carried = " [notify sent]"
            self.is_told = False
        extra = "" if configured == "auto" else f'[[channel]]\nchannel = "{configured}"\n'
        self.pictures = house.folder / "pictures"
        self.pictures.mkdir()
        self.beside = NEIGHBOURS[neighbour](house, extra + '[pictures]\nfolder = "pictures"\n')
        self.other = self.beside.phone("1001").registered()
        self.phone = self.beside.phone("1000", more=("--model", model, "--reboot-time", "50")).registered()
        self.beside.tell_web(self.phone)

    def run(self, line):
        return self.beside.run(line)

    def is_registered(self):
        return self.beside.knows("1000")

    def wait_until_known(self):
        wait_until(self.is_registered, "snomd to know of the phone")


@pytest.fixture(params=[(neighbour, *row) for neighbour in NEIGHBOURS for row in PHONES
                        if row[2] == "notify" or not neighbour.startswith("asterisk")],
                ids=lambda row: f"{row[0]}-{row[1]}-{row[3]}")
def desk(house, request):
    return BesideDesk(house, *request.param)


class TestMatrix(CommandMatrix):
    pass
