"""Many virtual phones in one program, whose keys subscribe, and what those keys show by what the phones say themselves."""

import json
import threading

from programs import BIN, Inbox, Program

LIMIT = 240  # seconds, for all of them


class Lights(Inbox):
    """What all keys show; other lines are kept as ever."""

    def __init__(self):
        super().__init__()
        self._lights = {}
        self._lock = threading.Lock()

    def add(self, item):
        if not item.startswith('{"event":"watched"'):
            return super().add(item)
        event = json.loads(item)
        with self._lock:
            self._lights[event["user"], event["key"]] = event["light"]

    def count(self, light):
        with self._lock:
            return sum(shown == light for shown in self._lights.values())


class WatchingPhones(Program):
    """`keys` keys of type BLF at each of `count` phones, of users from `first` on, password 1234."""

    def __init__(self, server, domain, first, count, keys):
        self.keys = count * keys
        blf = [part for key in range(1, keys + 1) for part in ("--blf", f"{key}=sip:snom+{{user}}-{key}@{domain}")]
        super().__init__(f"{count} snomphones", [BIN / "snomphone", "--server", server, "--user", first, "--count", count,
                                                 "--password", "1234", "--domain", domain, *blf], out=Lights())

    def all_show(self, light):
        return self.out.count(light) == self.keys
