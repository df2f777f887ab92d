"""Several FreeSWITCHes, and a snomd, that share keys: nodes of one PostgreSQL."""

import signal
import subprocess

import pytest

import postgres
from conftest import VirtualSnom, start_freeswitch
from freeswitch import DOMAIN
from programs import BIN, Snomd, wait_until

pytestmark = pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here")


class Nodes:
    def __init__(self, folder, address):
        self.folder = folder
        self.address = address
        self.server = postgres.Postgres()
        self.programs = {}
        self.phones = []

    def freeswitch(self, name):
        folder = self.folder / name
        folder.mkdir()
        settings = {"store-url": self.server.url(), "node-name": name, "confirm-delivery": "true"}
        fs = self.programs[name] = start_freeswitch(folder, snom_conf=settings)
        reply = fs.api("load mod_snom")
        assert "-ERR" not in reply, reply + fs.said()
        wait_until(lambda: f"node: {name} speaks" in fs.api("snom_status"), f"{name} to be a node")
        return fs

    def phone(self, user, name):
        """Registered with that FreeSWITCH, and spoken to by it."""
        phone = VirtualSnom(self.programs[name], user, self.address())
        self.phones.append(phone)
        phone.registered()
        owner = ("SELECT l.node FROM snomd.node_phone p JOIN snomd.node_life l USING (epoch) "
                 f"WHERE address_of_record = '{user}@{DOMAIN}'")
        wait_until(lambda: self.server.sql(owner, "snomd") == name, f"{name} to have the phone {user}")
        return phone

    def known(self, user, name, at):
        """Until `at` knows that the phone is the other one's."""
        wait_until(lambda: f"(registered with {name})" in at(f"snom_buttons {user}@{DOMAIN}"), f"{user} to be known as {name}'s")

    def close(self):
        for phone in self.phones:
            phone.process.kill()
            phone.process.wait()
        for program in self.programs.values():
            if program.process.poll() is None:
                program.stop()
        self.server.close()


@pytest.fixture
def nodes(tmp_path, address):
    made = Nodes(tmp_path, address)
    yield made
    made.close()


def test_two_freeswitches_share_keys_and_one_goes_on_when_the_other_died(nodes):
    first, second = nodes.freeswitch("fs1"), nodes.freeswitch("fs2")
    near, far = nodes.phone("1000", "fs1"), nodes.phone("1001", "fs2")
    nodes.known("1001", "fs2", first.api)
    # A key is set at any of them; the phone's word comes back.
    assert first.api(f"snom_bind_key 2 on Far 1001 {DOMAIN} internal") == f"+OK 2 on Far 1001 {DOMAIN} internal\n"
    far.wait_for("button", key="2", light="on", label="Far")
    # So is a command, and a press.
    assert first.api("snom_command 1001 key enter").startswith("+OK 1001 key enter"), "run by fs2"
    far.wait_for("key", key="ENTER")
    bound = second.api(f"snom_bind_key 1 on Press 1000 {DOMAIN} internal message "
                       f"api+snom_bind_key 5 on Pressed 1001 {DOMAIN} internal")
    assert bound.startswith("+OK"), bound
    near.wait_for("button", key="1", label="Press")
    near.get("/command.htm?key=P1")
    far.wait_for("button", key="5", label="Pressed")
    # One dies; its phone registers with the other one, which knows its keys.
    second.process.send_signal(signal.SIGKILL)
    second.process.wait()
    far.process.kill()
    moved = nodes.phone("1001", "fs1")
    moved.wait_for("button", key="2", label="Far")
    moved.wait_for("button", key="5", label="Pressed")
    assert first.api(f"snom_button 1001@{DOMAIN} 2 label=Here") == f"+OK 1001@{DOMAIN} 2 label=Here\n"
    moved.wait_for("button", key="2", label="Here")


def test_a_snomd_sets_keys_of_phones_of_a_freeswitch(nodes):
    fs = nodes.freeswitch("fs1")
    config = nodes.folder / "snomd.toml"
    config.write_text(f'[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "{DOMAIN}"\n'
                      f'[http]\nlisten = "127.0.0.1:0"\n[store]\nurl = "{nodes.server.url()}"\n[nodes]\nname = "node1"\n'
                      '[[user]]\nname = "1005"\npassword = "1234"\n')
    snomd = Snomd(config)
    try:
        phone = nodes.phone("1000", "fs1")
        nodes.known("1000", "fs1", snomd.api)
        assert snomd.api(f"snom_button 1000@{DOMAIN} 2 light=on label=A") == f"+OK 1000@{DOMAIN} 2 light=on label=A"
        phone.wait_for("button", key="2", label="A")
        assert "2 light=on label=A" in fs.api(f"snom_buttons 1000@{DOMAIN}")
        assert ", node1 with 0 phones" in fs.api("snom_status")
    finally:
        snomd.stop()


def test_one_that_is_no_node_is_refused_beside_them(nodes):
    nodes.freeswitch("fs1")
    config = nodes.folder / "snomd.toml"
    config.write_text(f'[[profile]]\nname = "internal"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "{DOMAIN}"\n'
                      f'[http]\nlisten = "127.0.0.1:0"\n[store]\nurl = "{nodes.server.url()}"\n')
    done = subprocess.run([BIN / "snomd", "--config", config], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "in use by another program" in done.stderr, done.stderr
