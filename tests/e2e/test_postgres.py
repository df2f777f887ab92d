"""snomd whose keys are in PostgreSQL: a real one, that goes, comes back, and is failed over from."""

import json
import subprocess
import threading
import time

import pytest

import postgres
from programs import BIN, LIMIT, Snomd, wait_until

pytestmark = pytest.mark.skipif(postgres.PROGRAMS is None, reason="there is no PostgreSQL here")
AWAY = "the store of keys is away: phones are served from memory, and no key can be changed"


@pytest.fixture
def server():
    one = postgres.Postgres()
    yield one
    one.close()


def store(url):
    return f'[store]\nurl = "{url}"'


def bind(snomd, key, label="DND", user="1000"):
    return snomd.api(f"snom_button {user}@example.test {key} light=on label={label}")


def ready(snomd):
    return snomd.request("GET", "/health/ready").status


def labels(snomd, user="1000"):
    answer = snomd.request("GET", f"/v1/phones/{user}@example.test/buttons")
    return {button["key"]: button["label"] for button in json.loads(answer.body)["buttons"]}


def test_keys_outlive_snomd_and_no_password_is_shown(house, server):
    snomd = house.snomd(extra=store(server.url()))
    phone = house.phone(snomd)
    assert bind(snomd, "2").startswith("+OK")
    phone.wait_for("button", key="2", light="on")
    assert server.sql("SELECT address_of_record, key, label FROM snomd.wanted_button", "snomd") == "1000@example.test|2|DND"
    status = json.loads(snomd.request("GET", "/v1/status").body)
    assert status["store"] == f"postgresql://{server.folder}/snomd" and status["store_away"] is None
    snomd.stop()
    again = house.keep(Snomd(snomd.config))
    assert labels(again) == {"2": "DND"}
    assert "sesame" not in snomd.log() + again.log()


def test_without_the_server_what_needs_no_change_goes_on(house, server):
    extra = store(server.url())
    snomd = house.snomd(extra=extra)
    phone = house.phone(snomd)
    assert snomd.api("snom_bind_key 2 on DND 1000 example.test internal message api+snom_phones").startswith("+OK")
    phone.wait_for("button", key="2", light="on")
    server.stop()
    wait_until(lambda: ready(snomd) == 503, "word that the store is away")
    assert json.loads(snomd.request("GET", "/health/ready").body)["detail"] == AWAY
    assert json.loads(snomd.request("GET", "/v1/status").body)["store_away"]
    begun = time.monotonic()
    refused = bind(snomd, "3")
    assert time.monotonic() - begun < 1
    assert refused.startswith("-ERR") and f"postgresql://{server.folder}/snomd" in refused
    # A press, and a phone that registers and gets its keys, need nothing of the server.
    events = house.events(snomd)
    phone.get("/command.htm?key=P2")
    events.wait_for("press", key="2", accepted=True)
    other = house.phone(snomd, "1001")
    assert other.running()
    mark = phone.out.mark()
    phone.get("/advanced_update.htm?reboot=Reboot")
    phone.wait_for("button", key="2", light="on", since=mark)
    server.start()
    wait_until(lambda: ready(snomd) == 200, "snomd to be ready again")
    assert bind(snomd, "3").startswith("+OK")
    wait_until(lambda: "keys can be kept again" in snomd.log(), "the log to say that all is well again")
    assert labels(snomd) == {"2": "DND", "3": "DND"}


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(house, server):
    snomd = house.snomd(extra=store(server.url()))
    house.phone(snomd)
    over = threading.Event()

    def kill_it():
        for _ in range(3):
            time.sleep(0.4)
            server.kill()
            server.start()
        over.set()
    killer = threading.Thread(target=kill_it)
    killer.start()
    acknowledged, refused, number = {}, 0, 0
    while not over.is_set():
        key, label = str(number % 20), f"n{number}"
        if bind(snomd, key, label).startswith("+OK"):
            acknowledged[key] = number
        else:
            refused += 1
        number += 1
    killer.join()
    wait_until(lambda: ready(snomd) == 200, "snomd to be ready again")
    shown = labels(snomd)
    for key, newest in acknowledged.items():
        assert int(shown[key][1:]) == newest, (key, newest, shown)
    # What was refused without being known is undone within seconds.
    wait_until(lambda: dict(line.split("|") for line in server.sql(
        "SELECT key, label FROM snomd.wanted_button", "snomd").splitlines()) == shown, "the table to be what snomd says")


def test_failover_to_a_standby(house, server):
    standby = postgres.Postgres(of=server)
    try:
        snomd = house.snomd(extra=store(server.url(standby, more="&target_session_attrs=read-write")))
        house.phone(snomd)
        assert bind(snomd, "1", "before").startswith("+OK")
        wait_until(lambda: standby.sql("SELECT count(*) FROM snomd.wanted_button", "snomd") == "1", "the standby to have it")
        server.kill()
        wait_until(lambda: ready(snomd) == 503, "word that the store is away")
        standby.promote()
        wait_until(lambda: ready(snomd) == 200, "snomd to have found the other server")
        assert bind(snomd, "2", "after").startswith("+OK")
        assert standby.sql("SELECT key, label FROM snomd.wanted_button ORDER BY key", "snomd") == "1|before\n2|after"
    finally:
        standby.close()


def test_a_second_snomd_is_refused(house, server):
    snomd = house.snomd(extra=store(server.url()))
    second = house.folder / "second.toml"
    second.write_text(snomd.config.read_text())
    done = subprocess.run([BIN / "snomd", "--config", second], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 1
    assert "in use by another program (snomd on this host, server process" in done.stderr
    assert "sesame" not in done.stderr


@pytest.mark.parametrize("line, said", [
    ('url = "mysql://db/snomd"', "a connection URI of libpq, such as postgresql://snomd@db.example.com/snomd"),
    ('url = "postgresql://snomd:sesame@db/snomd?nonsense=1"', "a connection URI of libpq"),
    ('path = "keys.db"\nurl = "postgresql://db/snomd"', "either this or path"),
])
def test_a_url_that_cannot_be_is_refused_without_its_password(house, line, said):
    config = house.configuration(extra=f"[store]\n{line}")
    done = subprocess.run([BIN / "snomd", "--check-config", "--config", config], capture_output=True, text=True, timeout=LIMIT,
                          check=False)
    assert done.returncode != 0 and said in done.stderr and "sesame" not in done.stderr


def copy(*arguments):
    return subprocess.run([BIN / "snomctl", "store", "copy", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_schema_that_is_no_store_is_not_copied_and_gets_no_tables(server, tmp_path):
    done = copy(server.url(), tmp_path / "keys.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"snomctl: store copy: postgresql://{server.folder}/snomd is no store of keys (expected a schema whose "
                           "tables snomd made): nothing was copied\n")
    assert server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'snomd'", "snomd") == "0"
    assert list(tmp_path.iterdir()) == []


def test_keys_are_carried_to_the_other_engine_and_back(house, server, tmp_path):
    snomd = house.snomd()
    house.phone(snomd)
    for key in range(1, 6):
        assert bind(snomd, str(key), f"'Tür {key}'").startswith("+OK")
    assert snomd.request("PUT", "/v1/groups/night", json.dumps({"members": ["1000", "1001"]})).status == 201
    file = house.folder / "snomd.db"
    busy = copy(file, server.url())
    assert busy.returncode == 2 and "in use by another program" in busy.stderr
    snomd.stop()
    done = copy(file, server.url())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"5 keys of 1 phones and 1 groups are in postgresql://{server.folder}/snomd\n"
    assert server.sql("SELECT members FROM snomd.phone_group", "snomd") == "{1000,1001}"
    again = copy(file, server.url())
    assert again.returncode == 3
    assert again.stderr.endswith("has 5 keys and 1 groups already; --overwrite has them replaced\n")
    assert copy(file, server.url(), "--overwrite").returncode == 0
    back = copy(server.url(), tmp_path / "back.db")
    assert (back.returncode, back.stdout) == (0, f"5 keys of 1 phones and 1 groups are in {tmp_path}/back.db\n")
    on_postgres = house.snomd(extra=store(server.url()))
    assert labels(on_postgres) == {str(key): f"Tür {key}" for key in range(1, 6)}
    missing = copy(tmp_path / "none.db", server.url())
    assert missing.returncode == 2 and not (tmp_path / "none.db").exists()
