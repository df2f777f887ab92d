"""FreeSWITCH 1.11's <interface-allowlist>: what it has to list for the module to work."""

import pytest

from conftest import start_freeswitch
from programs import wait_until
from sip_phone import SipPhone

# What docs/freeswitch.md says; mod_commands whole because these tests use more of it.
NEEDED = ["mod_snom", "mod_sofia.sofia.api", "mod_commands", "mod_dptools.eval.app"]


def allowlist(names):
    return "<interface-allowlist>" + "".join(f'<allow name="{name}"/>' for name in names) + "</interface-allowlist>"


@pytest.fixture
def own(tmp_path, request):
    started = []

    def start(names):
        fs = start_freeswitch(tmp_path, snom_conf={}, switch_conf=allowlist(names))
        started.append(fs)
        request.node.freeswitch = fs
        if not fs.api("version").startswith("FreeSWITCH Version 1.11"):
            pytest.skip("this FreeSWITCH has no interface-allowlist")
        fs.api("load mod_snom")
        return fs
    yield start
    for fs in started:
        fs.stop()


def test_with_what_the_documentation_lists_keys_are_bound_and_pressed(own):
    fs = own(NEEDED)
    es = fs.connect()
    es.subscribe("CUSTOM", "snom::button", "snom::press")
    desk = SipPhone(fs, "1000").register()
    assert fs.api("expand echo ${snom_bind_key(2 on DND 1000 example.test internal message api+echo hello)}").strip() == \
        "+OK 2 on DND 1000 example.test internal message api+echo hello"
    es.snom_event("button", Confirmed="true")
    assert desk.send_message(desk.buttons()[-1]["n"]) == 202
    assert es.snom_event("press")["Output"] == "hello"
    desk.close()


def test_without_the_module_in_it_the_commands_are_not_there_and_the_log_says_so(own):
    fs = own([name for name in NEEDED if name != "mod_snom"])
    assert "Command not found" in fs.api("snom_bind_key 2 on DND 1000 example.test internal")
    said = "Skipping API 'snom_bind_key' from mod_snom: not permitted by interface allowlist"
    wait_until(lambda: said in fs.log(), "the log to say why")
