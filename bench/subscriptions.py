"""./run bench subscriptions and resubscribe: lights by subscription beside lights by x-buttons, what a subscription takes of
memory, and how long after a restart of snomd all subscribed lights are right. `tools`: what ./run bench is made of."""

import contextlib
import json
import statistics
import sys
import tempfile
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
    many_subscriptions(tools, 1000, 10)


def settled_mb(tools, pid, least):
    """What is in memory once that has been the same for 3 s, and is not less than this."""
    before, same = 0.0, 0
    end = time.monotonic() + 180
    while same < 3:
        if time.monotonic() > end:
            sys.exit("bench: waited in vain for all keys to have subscribed")
        time.sleep(1)
        now = tools.resident_mb(pid)
        same = same + 1 if now >= least and abs(now - before) < 0.2 else 0
        before = now
    return before


def many_subscriptions(tools, count, keys):
    megabytes = []
    for options in ([], subscribed_keys(keys), subscribed_keys(keys, listed=True)):
        with tempfile.TemporaryDirectory() as folder:
            snomd = tools.Snomd(folder)
            snomd.write(count)
            with snomd.running(), tools.phones(snomd.sip, count, *options):
                snomd.wait_for_phones(count)
                megabytes.append(settled_mb(tools, snomd.pid, megabytes[0] + 0.2 if megabytes else 0))
    each, listed = ((megabytes[i] - megabytes[0]) * 1e6 / (count * keys) for i in (1, 2))
    tools.figure("subscriptions, memory each", each, "bytes", "less")
    tools.figure("subscriptions, memory of a list's key", listed, "bytes", "less")
    print(f"      {count * keys:,} subscriptions of {count:,} phones: {each:,.0f} bytes each. Aim: 1,500. By {count:,} lists: "
          f"{listed:,.0f} bytes a key.", flush=True)


def bench_resubscribe(tools, rounds):
    count, keys = 10000, 10
    lines = [f"snom_button {user}@127.0.0.1 {key} light=hold" for user in range(1000, 1000 + count)
             for key in range(1, keys + 1)]
    more = ('[registrar]\nmin_expires_s = 60\nmax_expires_s = 60\ndefault_expires_s = 60\n'
            '[subscriptions]\nmin_expires_s = 60\nmax_expires_s = 60\ndefault_expires_s = 60\n')
    for name, listed in (("singly", False), ("by lists", True)):
        took = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                snomd = tools.Snomd(folder)
                snomd.write(count, more=more)
                port = tools.free_port()
                snomd.config.write_text(snomd.config.read_text().replace("udp:127.0.0.1:0", f"udp:127.0.0.1:{port}"))
                with contextlib.ExitStack() as phones_up:
                    with snomd.running():
                        tools.load(snomd.http, lines, 50, 20, folder)
                        phones_up.enter_context(tools.phones(snomd.sip, count, *subscribed_keys(keys, listed)))
                        tools.wait_for(lambda snomd=snomd: all_shown_by(snomd, "subscription"), 300, "all keys to have subscribed")
                    with snomd.running():
                        start = time.monotonic()
                        tools.wait_for(lambda snomd=snomd: all_shown_by(snomd, "subscription"), 300,
                                 "all keys to have subscribed again")
                        took.append(time.monotonic() - start)
        tools.figure(f"resubscribe, {name}", statistics.median(took), "s", "less")
        print(f"resubscribe: {count:,} phones with {keys} keys each, {name}: all lights right {tools.spread(took)} s after the restart "
              "of snomd; phones renew within 54 s. Aim: 60.", flush=True)
