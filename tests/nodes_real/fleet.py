"""Thousands of virtual phones, what each of them shows, and whether a key ever went back."""

import json
import threading

from programs import BIN, Program


class Fleet:
    """Phones of users counting up from `first`, in one process. Labels are numbers: of a key they only grow."""

    def __init__(self, house, server, first, count, password, *more):
        self.first = first
        self.count = count
        self.shown = {}  # (user, key) -> label
        self.back = []   # what went back
        self._read = 0
        self._registered = 0
        self._lock = threading.Lock()
        self.program = house.keep(Program(f"snomphone {first}", [
            BIN / "snomphone", "--server", server, "--user", str(first), "--count", str(count), "--password", password,
            "--domain", "example.test", "--rate", "1000", *more]))

    def look(self):
        """Takes what the phones have told since."""
        with self._lock:
            lines = self.program.out.items()
            for line in lines[self._read:]:
                if not line.startswith("{"):
                    continue
                event = json.loads(line)
                if event["event"] == "registered":
                    self._registered += 1
                if event["event"] == "button" and event.get("label", "").isdigit():
                    place = (event["user"], event["key"])
                    before = self.shown.get(place, "0")
                    if int(event["label"]) < int(before):
                        self.back.append((place, before, event["label"]))
                    self.shown[place] = event["label"]
            self._read = len(lines)
        return self

    def registered(self):
        self.look()
        return self._registered

    def users(self):
        return [str(self.first + number) for number in range(self.count)]
