"""./run bench subscriptions and resubscribe: lights by subscription beside lights by x-buttons, what a subscription takes of
memory, and how long after a restart of snomd all subscribed lights are right. `tools`: what ./run bench is made of."""

import contextlib
import json
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request


def subscribed_keys(count, listed=False):
    """Options of snomphone: its first keys are of type BLF; listed: they are one subscription."""
    keys = [part for key in range(1, count + 1) for part in ("--blf", f"{key}=sip:snom+{{user}}-{key}@127.0.0.1")]
    return keys + (["--blf-list", "sip:snom+{user}-*@127.0.0.1"] if listed else [])


def light_lines(count):
    """Each key of so many phones, with another light whenever its turn comes."""
    return [f"snom_button {user}@127.0.0.1 {key} light={light}" for light in ("on", "hold") for key in range(1, 13)
            for user in range(1000, 1000 + count)]


def all_shown_by(snomd, channel):
    """Whether all keys that are wanted are confirmed by this channel."""
    with urllib.request.urlopen(f"http://{snomd.http}/v1/buttons", timeout=120) as answer:
        phones = json.load(answer)["phones"]
    return all(any(contact["state"] == "confirmed" and contact["channel"] == channel for contact in button["contacts"])
               for phone in phones for button in phone["buttons"])


def bench(tools, rounds):
    """In memory only, so that it is the way to the phone that is measured, and not the disk."""
    count = 250
    lines = light_lines(count)
    rates = {"subscription": [], "buttons": []}
    for _ in range(rounds):
        for channel, options in (("subscription", subscribed_keys(12)), ("buttons", [])):
            with tempfile.TemporaryDirectory() as folder:
                snomd = tools.Snomd(folder)
                snomd.write(count, store="")
                with snomd.running():
                    tools.load(snomd.http, lines[:12 * count], 50, 5, folder)  # pending: the phones come to them
                    with tools.phones(snomd.sip, count, *options):
                        snomd.wait_for_phones(count)
                        tools.wait_for(lambda snomd=snomd, channel=channel: all_shown_by(snomd, channel), 120,
                                 f"all keys to be shown by {channel}")
                        rates[channel].append(tools.load(snomd.http, lines, 50, 5, folder)["per_second"])
    tools.tell("subscriptions", rates["subscription"], "lights changed and confirmed on 250 virtual phones by subscription, 50 in flight:",
         rates["buttons"], "by x-buttons:", "a second", "0.9 of it",
         [a / b for a, b in zip(rates["subscription"], rates["buttons"])])
    many_subscriptions(tools, 10000, 10)


WATCHED = re.compile(r'"event":"watched","user":"(\d+)","key":"(\d+)".*"light":"(\w+)"')
LIMIT = 300  # seconds, for ten thousand phones to have told or heard something


class Shown:
    """What the keys of virtual phones show, by what the phones say themselves: asking snomd for a hundred thousand keys time
    and again would be half of its work."""

    def __init__(self, phones):
        self._lights = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._read, args=(phones.stdout,), daemon=True).start()

    def _read(self, pipe):
        with contextlib.suppress(ValueError):  # it is closed
            for line in pipe:
                if found := WATCHED.search(line):
                    with self._lock:
                        self._lights[found[1], found[2]] = found[3]

    def forget(self):
        with self._lock:
            self._lights.clear()

    def count(self, light):
        """Keys that were told to show this since forget()."""
        with self._lock:
            return sum(shown == light for shown in self._lights.values())


@contextlib.contextmanager
def watching_phones(tools, server, count, options):
    with tools.phones(server, count, *options, stdout=subprocess.PIPE, quiet=False) as phones:
        yield Shown(phones)


def all_show(tools, shown, light, keys, what):
    tools.wait_for(lambda: shown.count(light) == keys, LIMIT, what + f" ({{}} of {keys} have)", lambda: shown.count(light))


def settled_mb(tools, pid):
    """What is in memory once that has been the same for 3 s."""
    before, same, end = 0.0, 0, time.monotonic() + 30
    while same < 3 and time.monotonic() < end:
        time.sleep(1)
        now = tools.resident_mb(pid)
        same = same + 1 if abs(now - before) < 0.2 else 0
        before = now
    return before


def many_subscriptions(tools, count, keys):
    megabytes = []
    for listed in (None, False, True):
        options = [] if listed is None else subscribed_keys(keys, listed)
        with tempfile.TemporaryDirectory() as folder:
            snomd = tools.Snomd(folder)
            snomd.write(count)
            with snomd.running():
                if listed:  # a list has the keys that are set
                    set_all(tools, snomd, count, keys, folder)
                with watching_phones(tools, snomd.sip, count, options) as shown:
                    snomd.wait_for_phones(count, LIMIT)
                    if listed is not None:
                        all_show(tools, shown, "hold" if listed else "off", count * keys, "all keys to have subscribed")
                    megabytes.append(settled_mb(tools, snomd.pid))
        if listed is None:  # the same, with keys that are set
            with tempfile.TemporaryDirectory() as folder:
                snomd = tools.Snomd(folder)
                snomd.write(count)
                with snomd.running():
                    set_all(tools, snomd, count, keys, folder)
                    with tools.phones(snomd.sip, count):
                        snomd.wait_for_phones(count, LIMIT)
                        megabytes.append(settled_mb(tools, snomd.pid))
    bare, with_keys, singly, by_lists = megabytes
    each, listed = (one * 1e6 / (count * keys) for one in (singly - bare, by_lists - with_keys))
    tools.figure("subscriptions, memory each", each, "bytes", "less")
    tools.figure("subscriptions, memory of a list's key", listed, "bytes", "less")
    print(f"      {count * keys:,} subscriptions of {count:,} phones: {each:,.0f} bytes each. Aim: 1,500. By {count:,} lists: "
          f"{listed:,.0f} bytes a key.", flush=True)


def set_all(tools, snomd, count, keys, folder):
    """All keys are wanted: a command for each phone."""
    lines = [f"snom_button {user}@127.0.0.1 " + " ".join(f"{key} light=hold" for key in range(1, keys + 1))
             for user in range(1000, 1000 + count)]
    tools.load(snomd.http, lines, 50, 60, folder, "--once")


def bench_resubscribe(tools, rounds):
    """Phones renew both registrations and subscriptions after 27 to 54 s: the least that snomd grants them."""
    count, keys = 10000, 10
    more = ('[registrar]\nmin_expires_s = 60\nmax_expires_s = 60\ndefault_expires_s = 60\n'
            '[subscriptions]\nmin_expires_s = 60\nmax_expires_s = 60\ndefault_expires_s = 60\n')
    for name, listed in (("singly", False), ("by lists", True)):
        first, took = [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                snomd = tools.Snomd(folder)
                snomd.write(count, more=more)
                port = tools.free_port()
                snomd.config.write_text(snomd.config.read_text().replace("udp:127.0.0.1:0", f"udp:127.0.0.1:{port}"))
                with contextlib.ExitStack() as phones_up:
                    with snomd.running():
                        set_all(tools, snomd, count, keys, folder)
                        start = time.monotonic()
                        shown = phones_up.enter_context(watching_phones(tools, snomd.sip, count, subscribed_keys(keys, listed)))
                        all_show(tools, shown, "hold", count * keys, "all keys to have subscribed")
                        first.append(time.monotonic() - start)
                    shown.forget()
                    with snomd.running():
                        start = time.monotonic()
                        all_show(tools, shown, "hold", count * keys, "all keys to have subscribed again")
                        took.append(time.monotonic() - start)
        tools.figure(f"resubscribe, {name}", statistics.median(took), "s", "less")
        print(f"resubscribe: {count:,} phones with {keys} keys each, {name}: all lights right {tools.spread(took)} s after the restart "
              f"of snomd; phones renew within 54 s. Aim: 60. All at once at the start: {tools.spread(first)} s.", flush=True)
