"""Ten thousand keys of type BLF, which subscribe at FreeSWITCH itself."""

import concurrent.futures

from conftest import start_freeswitch
from freeswitch import DOMAIN, wait_until
from watching_phones import WatchingPhones

FIRST, PHONES, KEYS = 10000, 1000, 10
CONNECTIONS = 8
LIMIT = 600  # seconds; mod_sofia writes each subscription into its table, some hundred a second


def set_all(fs, light):
    """A command for each phone, so many at a time; all of them are kept."""
    keys = " ".join(f"{key} light={light}" for key in range(1, KEYS + 1))

    def set_some(first):
        connection = fs.connect()
        return [connection.api(f"snom_button {user}@{DOMAIN} {keys}", timeout=60)
                for user in range(FIRST + first, FIRST + PHONES, CONNECTIONS)]

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        replies = [reply for some in pool.map(set_some, range(CONNECTIONS)) for reply in some]
    assert len(replies) == PHONES
    return replies


def test_ten_thousand_keys_are_right_from_the_start_and_when_they_change(tmp_path):
    users = {str(user): "1234" for user in range(FIRST, FIRST + PHONES)}
    fs = start_freeswitch(tmp_path, users=users, user_variables={}, snom_conf={"store-file": ""})
    try:
        assert "-ERR" not in fs.api("load mod_snom"), fs.said()
        kept = set_all(fs, "hold")  # while nobody is there
        assert not [reply for reply in kept if reply.startswith("-ERR")][:3]
        phones = WatchingPhones(f"127.0.0.1:{fs.sip_port}", DOMAIN, FIRST, PHONES, KEYS)
        try:
            wait_until(lambda: phones.all_show("hold"), "all keys to show what was wanted before", LIMIT)
            changed = set_all(fs, "pickup")
            assert not [reply for reply in changed if not reply.startswith("+OK")][:3]
            wait_until(lambda: phones.all_show("pickup"), "all keys to have changed", LIMIT)
        finally:
            phones.stop()
    finally:
        fs.stop()
