"""Ten thousand keys of type BLF, which subscribe at snomd through Kamailio."""

import concurrent.futures

from beside_sources import BesideKamailioWithMany
from programs import TIME_FACTOR, wait_until
from watching_phones import LIMIT, WatchingPhones

KEYS = 10


def set_all(beside, light):
    """A command for each phone, so many at a time."""
    keys = " ".join(f"{key} light={light}" for key in range(1, KEYS + 1))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda user: beside.run(f"snom_button {user}@example.test {keys}"), beside.passwords))


def test_ten_thousand_keys_are_right_from_the_start_and_when_they_change(house):
    beside = BesideKamailioWithMany(house)
    kept = set_all(beside, "hold")  # while nobody is there
    assert not [reply for reply in kept if reply.startswith("-ERR")][:3]
    phones = house.keep(WatchingPhones(beside.kamailio.address, "example.test", beside.first, beside.count, KEYS))
    wait_until(lambda: phones.all_show("hold"), "all keys to show what was wanted before", LIMIT * TIME_FACTOR)
    changed = set_all(beside, "pickup")
    assert not [reply for reply in changed if not reply.endswith(" [subscription]")][:3]
    wait_until(lambda: phones.all_show("pickup"), "all keys to have changed", LIMIT * TIME_FACTOR)
