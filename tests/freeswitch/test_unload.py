"""Loading, unloading and shutting down, while phones and their pages are silent and while there is a lot to do."""

import pathlib
import threading
import time

import pytest

from conftest import MODULE, start_freeswitch
from freeswitch import wait_until
from sip_phone import SipPhone

RELOADS = 200
NAME = b"mod_snom "


def with_version(folder, version):
    """A copy of the module that calls itself by another version of the same length: the newer build of a reload."""
    data = pathlib.Path(MODULE).read_bytes()
    at = data.index(NAME + b"2.")
    end = at + len(NAME) + len(version)
    path = folder / f"mod_snom-{version}.so"
    path.write_bytes(data[:at] + NAME + version.encode() + data[end:])
    return path


def version(fs):
    return fs.api("snom_status").split("\n")[0].removeprefix("mod_snom ")


def unload(fs, force=False):
    """Unloads it; how many seconds that took."""
    begin = time.monotonic()
    reply = fs.api("unload -f mod_snom" if force else "unload mod_snom", timeout=60)
    assert reply.startswith("+OK"), reply
    return time.monotonic() - begin


def test_nothing_is_left_of_an_unloaded_module(fs, snom, phone):
    snom()
    phone("1000")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal message api+status").startswith("+OK")
    assert len(fs.maps("mod_snom.so")) > 0
    unload(fs)
    assert fs.maps("mod_snom.so") == []
    assert "Command not found" in fs.api("snom_status")
    wait_until(lambda: "snom_bind_key]" not in fs.api("console_complete snom_"), "the commands to be forgotten")
    assert "10" not in fs.api("console_complete snom_bind_key ")


def test_200_reloads_under_load_each_with_the_new_code(fs, snom, phone, tmp_path):
    snom()
    desk = phone("1000")
    versions = [f"2.{number}.0" for number in (1, 2)]
    modules = [with_version(tmp_path, name) for name in versions]
    stop = threading.Event()
    replies, complaints = {"+OK": 0, "-ERR": 0}, []

    def bind():
        es = fs.connect()
        while not stop.is_set():
            reply = es.api("snom_bind_key 2 on DND 1000 example.test internal message api+status")
            if reply[:4].strip() in replies:
                replies[reply[:4].strip()] += 1
            else:
                complaints.append(reply)
            time.sleep(0.002)
        es.close()

    def press():
        while not stop.is_set():
            desk.send_message("snom+deadbeef")

    callers = [threading.Thread(target=work) for work in (bind, bind, press)]
    for caller in callers:
        caller.start()
    try:
        for count in range(RELOADS):
            fs.install(modules[count % 2])
            # FreeSWITCH does not unload what is being called at that moment, and says so.
            wait_until(lambda: "+OK module loaded" in fs.api("reload mod_snom"), f"reload {count}")
            assert version(fs) == versions[count % 2]
            if count == 20:
                memory, threads = fs.memory_kb(), fs.threads()
    finally:
        stop.set()
        for caller in callers:
            caller.join()
        fs.install(MODULE)
    assert not complaints, complaints[:3]
    assert replies["+OK"] > RELOADS, replies
    wait_until(lambda: fs.threads() <= threads + 5, "threads of the load to end", 30)
    assert fs.memory_kb() - memory < 40_000, f"from {memory} kB to {fs.memory_kb()} kB"
    assert fs.api("unload mod_snom").startswith("+OK") and fs.api("load mod_snom").count("+OK")


@pytest.mark.parametrize("force", [False, True])
def test_a_phone_that_does_not_answer_its_message_holds_no_unload_up(fs, snom, phone, force):
    snom()
    desk = phone("1000", answer=0)
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    desk.wait_message()
    assert unload(fs, force) < 4  # forced, FreeSWITCH itself waits 1 s
    assert fs.maps("mod_snom.so") == []
    assert "+OK" in fs.api("load mod_snom")


def test_a_silent_page_holds_no_unload_up(fs, snom, web_page):
    snom(http_total_timeout=60000)
    page = web_page("127.0.0.1", 0, silent=True)
    es = fs.connect()
    es.subscribe("BACKGROUND_JOB")
    job = es.bgapi(f"snom_command {page.address} key enter")
    assert page.asked.wait(10)
    # Not forced, FreeSWITCH refuses at once while a command is being run.
    begin = time.monotonic()
    assert "in use" in fs.api("unload mod_snom")
    assert unload(fs, force=True) < 4
    assert time.monotonic() - begin < 5
    assert es.job(job) == "-ERR mod_snom is being unloaded\n"
    assert fs.maps("mod_snom.so") == []


@pytest.fixture
def own(tmp_path, request):
    """A FreeSWITCH of the test's own, to be shut down."""
    started = []

    def start(**settings):
        started.append(start_freeswitch(tmp_path, snom_conf=settings))
        request.node.freeswitch = started[0]
        assert "+OK" in started[0].api("load mod_snom")
        return started[0]
    yield start
    for fs in started:
        fs.stop()


def shut_down(fs):
    """Asks it to end; how many seconds that took."""
    return fs.stop(timeout=90)


def test_a_silent_page_does_not_hold_the_shutdown_up(own, tmp_path, web_page):
    fs = own(**{"http-total-timeout": "60000"})
    page = web_page("127.0.0.1", 0, silent=True)
    fs.connect().bgapi(f"snom_command {page.address} key enter")
    assert page.asked.wait(10)
    busy = shut_down(fs)
    (tmp_path / "idle").mkdir()
    idle = shut_down(start_freeswitch(tmp_path / "idle", snom_conf={}))
    assert busy < idle + 2, f"{busy:.1f} s with a silent page, {idle:.1f} s without the module"


def test_a_silent_phone_holds_the_shutdown_up_no_longer_than_mod_sofia_does_anyway(own, tmp_path):
    """mod_sofia ends when its transactions have: 32 s, or the profile's timer-T1X64, after a MESSAGE to a phone that is
    silent, whoever sent it."""
    with_module = own()
    (tmp_path / "other").mkdir()
    without = start_freeswitch(tmp_path / "other", snom_conf={})
    desks = [SipPhone(fs, "1000", answer=0).register() for fs in (with_module, without)]
    time.sleep(1.5)
    assert with_module.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    without.connect().command("sendevent SEND_MESSAGE\nprofile: internal\ncontent-type: text/plain\nuser: 1000\n"
                              "host: example.test\ncontent-length: 2\n\nhi")
    for desk in desks:
        desk.wait_message()
    took = {}
    enders = [threading.Thread(target=lambda fs=fs, name=name: took.update({name: shut_down(fs)}))
              for name, fs in (("with", with_module), ("without", without))]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
    for desk in desks:
        desk.close()
    assert took["with"] < took["without"] + 5, took
