"""Each light by each channel that lights a key, its press, its label, and what it shows after a reboot: on a virtual phone of
every family, which is registered with snomd or with a Kamailio before it."""

import pytest

from beside import reboot
from beside_sources import BesideKamailio
from programs import wait_until

# What a key shows of each light that is wanted (docs/subscriptions.md, docs/xml-keys.md, docs/commands.md).
BLF = {"on": "on", "hold": "hold", "pickup": "pickup", "park": "hold", "message": "pickup", "offline": "on", "error": "hold",
       "seized": "on", "record": "on", "off": "off"}
XML = {**{light: light for light in BLF}, "offline": "on", "error": "hold"}
LED = {"on": "on", "hold": "blinkslow", "pickup": "blinkfast", "park": "blinkslow", "message": "blink", "offline": "on",
       "error": "blinkslow", "seized": "on", "record": "blink", "off": ""}
FAMILIES = ["1*", "200", "370", "715", "870", "D120", "D385", "D785", "D862"]
WITH_LEDS = ["D120", "D385", "D785", "D862"]
WITH_XML = ["D385", "D785", "D862"]


def settings(channel):
    return {"buttons": "", "led": '[[channel]]\nkeys = "led"\n'}.get(channel, '[[channel]]\nkeys = "subscription"\n')


class AtSnomd:
    profile = "internal"

    def __init__(self, house, extra):
        self.house = house
        self.snomd = house.snomd(extra=extra)

    def phone(self, more):
        return self.house.phone(self.snomd, more=more)


class BehindKamailio:
    profile = "beside"

    def __init__(self, house, extra):
        self.beside = BesideKamailio(house, extra=extra)
        self.house, self.snomd = house, self.beside.snomd

    def phone(self, more):
        return self.beside.phone(more=more)


def key_of(channel, house):
    """Options of snomphone by which its second key is of the type that the channel wants."""
    if channel == "blf":
        return ["--blf", "2=sip:snom+{user}-2@example.test"]
    if channel != "xml":
        return []
    layout = house.folder / "desk.csv"
    layout.write_text("phone,key,label,model,keys\n1000@example.test,2,First,D785,xml\n")
    return ["--provision", str(house.folder / "phones" / "1000@example.test.xml")]


def second_key(phone):
    """By its place: until a key of a settings file is told something, it has no other name."""
    return next(key for key in phone.state()["keys"] if key["place"] == "P2")


def rebooted(world, phone, model):
    """By its page, and where it has none, by NOTIFY."""
    if not model.startswith("D8"):
        return reboot(phone)
    mark = phone.out.mark()
    world.snomd.api("snom_command 1000@example.test action reboot")
    phone.wait_for("rebooted", since=mark)


@pytest.mark.parametrize("where,channel,model", [
    *((AtSnomd, channel, model) for channel, models in (("buttons", FAMILIES), ("led", WITH_LEDS), ("blf", FAMILIES), ("xml", WITH_XML))
      for model in models),
    *((BehindKamailio, channel, model) for channel, model in (("buttons", "370"), ("led", "D785"), ("blf", "370"), ("blf", "D862"),
                                                              ("xml", "D862"))),
], ids=lambda value: {AtSnomd: "snomd", BehindKamailio: "kamailio"}.get(value, str(value)))
def test_each_light_the_press_the_label_and_a_reboot(house, where, channel, model):
    world = where(house, settings(channel))
    options = key_of(channel, house)
    if channel == "xml":
        made = world.snomd.snomctl("provision", house.folder / "desk.csv", "--output", house.folder / "phones")
        assert made.returncode == 0, made.stderr
    model = {"1*": "190"}.get(model, model)
    phone = world.phone(["--model", model, "--reboot-time", "300", *options])
    if options:
        phone.wait_for("watched", place="P2")
    shown = {"buttons": {light: light for light in BLF}, "led": LED, "blf": BLF, "xml": XML}[channel]
    mark = {"buttons": "", "led": " [notify]"}.get(channel, " [subscription]")
    for light in BLF:
        line = f"2 {light} {light}! 1000 example.test {world.profile} message api+global"
        assert world.snomd.api(f"snom_bind_key {line}") == f"+OK {line}{mark}"
        key = second_key(phone)
        assert (key["led"] if channel == "led" else key["light"]) == shown[light], (light, key)
        if channel in ("buttons", "xml"):
            assert key["label"] == f"{light}!"

    events = world.house.events(world.snomd)
    action = "api+snom_button 1000@example.test 2 light=hold"
    world.snomd.api(f"snom_bind_key 2 on Pressed 1000 example.test {world.profile} message {action}")
    if channel != "led":  # which carries no action
        phone.get("/press?key=P2")
        press = events.wait_for("press", accepted=True)
        assert press["key"] == "2" and press["action"] == action
        wait_until(lambda: second_key(phone)["light"] == shown["hold"], "what the press did")
    else:
        world.snomd.api("snom_button 1000@example.test 2 light=hold")
    rebooted(world, phone, model)
    wait_until(lambda: second_key(phone)["led" if channel == "led" else "light"] == shown["hold"], "the light after the reboot")
    if channel in ("buttons", "xml"):
        wait_until(lambda: second_key(phone)["label"] == "Pressed", "the label after the reboot")
