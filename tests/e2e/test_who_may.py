"""Tokens with roles, and the audit log: snomd, snomctl and the file between them."""

import json
import os
import signal
import stat
import subprocess

import pytest

from programs import BIN, LIMIT, Events, Snomd, wait_until

ADMIN = "0123456789abcdef"  # the configuration's
KEY = "/v1/phones/1000@example.test/buttons/2"
HTTP = 'listen = "127.0.0.1:0"\ntokens_file = "tokens"\naudit_file = "audit.log"'


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def ask(snomd, token, method, path, body=None):
    answer = snomd.request(method, path, body=body, headers=bearer(token))
    return answer.status


def snomctl(snomd, token, *arguments):
    server = ["--server", snomd.server] if snomd else []
    return subprocess.run([BIN / "snomctl", *server, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=LIMIT, check=False, env={**os.environ, "SNOM_TOKEN": token or ""})


def added(snomd, token, *arguments):
    done = snomctl(snomd, token, "token", "add", *arguments)
    assert done.returncode == 0, done
    assert done.stdout.startswith("snom_") and done.stdout.count("\n") == 1, done
    return done.stdout.strip()


def audited(house):
    return [json.loads(line) for line in (house.folder / "audit.log").read_text().splitlines()]


def test_the_first_token_is_made_in_the_file_and_further_ones_over_http(house):
    snomd = house.snomd(http=HTTP)
    snomd.logs("nobody can use it (snomctl token add NAME --role admin --file")
    assert ask(snomd, None, "GET", "/v1/phones") == 401
    tokens = house.folder / "tokens"
    root = added(None, None, "root", "--role", "admin", "--file", str(tokens))
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    assert root not in tokens.read_text()
    wait_until(lambda: ask(snomd, root, "GET", "/v1/phones") == 200, "snomd to heed the file")
    desk = added(snomd, root, "desk", "--role", "operate")
    board = added(snomd, root, "board", "--role", "read", "--per-second", "50")
    listed = json.loads(snomctl(snomd, root, "token", "list", "--json").stdout)["tokens"]
    assert [(token["name"], token["role"], token["per_second"]) for token in listed] == [
        ("root", "admin", None), ("desk", "operate", None), ("board", "read", 50)]
    assert snomctl(None, None, "token", "list", "--file", str(tokens)).stdout == snomctl(snomd, root, "token", "list").stdout
    for token, wanted in ((None, (401, 401, 401)), (board, (200, 403, 403)), (desk, (200, 404, 403)), (root, (200, 404, 200))):
        assert (ask(snomd, token, "GET", "/v1/phones"),
                ask(snomd, token, "PUT", "/v1/phones/4711@example.test/buttons/2", '{"light": "on"}'),
                ask(snomd, token, "GET", "/v1/tokens")) == wanted
    # What snomctl says of it.
    refused = snomctl(snomd, board, "api", "snom_button 1000@example.test 2 light=on")
    assert (refused.returncode, refused.stderr.strip()) == (
        2, f"snomctl: {snomd.server} answered 403: this needs a token of the role operate: 'board' has the role read")
    again = snomctl(snomd, root, "token", "add", "desk", "--role", "read")
    assert (again.returncode, again.stderr.strip()) == (
        1, f"snomctl: {snomd.server} answered 409: there is a token 'desk' already")
    assert snomctl(snomd, desk, "token", "list").returncode == 2
    # Another snomd with the same file knows them, too.
    snomd.stop()
    snomd = house.keep(Snomd(snomd.config))
    assert ask(snomd, desk, "GET", "/v1/phones") == 200


def test_whoever_loses_the_token_may_do_nothing_any_more(house):
    tokens = str(house.folder / "tokens")
    root, eve, mallory = (added(None, None, name, "--role", role, "--file", tokens)
                          for name, role in (("root", "admin"), ("eve", "read"), ("mallory", "operate")))
    snomd = house.snomd(http=HTTP)
    events = Events(snomd.server, bearer(eve))
    house._closing.append(events.close)
    assert snomctl(snomd, root, "token", "revoke", "eve").stdout == "revoked 'eve'\n"
    assert ask(snomd, eve, "GET", "/v1/phones") == 401
    snomctl(snomd, root, "api", "snom_wiggle")  # the next event ends the stream
    wait_until(lambda: events.inbox._closed, "the stream of a revoked token to end")
    assert not events.inbox.items()
    assert snomctl(None, None, "token", "revoke", "mallory", "--file", tokens).returncode == 0
    wait_until(lambda: ask(snomd, mallory, "GET", "/v1/phones") == 401, "snomd to heed the file")
    assert snomctl(None, None, "token", "revoke", "mallory", "--file", tokens).returncode == 1
    # A broken file changes nothing.
    with open(tokens, "a", encoding="ascii") as file:
        file.write("root2 admin\n")
    mark = snomd.err.mark()
    snomd.send(signal.SIGHUP)
    snomd.err.wait_for(lambda line: "tokens:2: token 'root2': expected sha256/" in line, "word of it in the log", since=0)
    assert mark >= 0 and ask(snomd, root, "GET", "/v1/phones") == 200


@pytest.mark.parametrize("text, why", [
    ("alice admin\n", "tokens:1: token 'alice': expected sha256/ and 64 hex digits behind the role"),
    (None, "others may write to it, mode 0622 (expected 0600)")])
def test_a_file_that_cannot_be_used_is_no_start(house, text, why):
    config = house.configuration(http=HTTP)
    (house.folder / "tokens").write_text(text or "")
    (house.folder / "tokens").chmod(0o600 if text else 0o622)
    done = subprocess.run([BIN / "snomd", "--config", config], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 1
    assert "[http] tokens_file: " in done.stderr and why in done.stderr, done.stderr


def test_the_token_of_the_configuration_is_an_admins(house):
    (house.folder / "token").write_text(ADMIN + "\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"\ntokens_file = "tokens"')
    board = added(snomd, ADMIN, "board", "--role", "read")
    assert ask(snomd, ADMIN, "GET", "/v1/tokens") == 200
    assert ask(snomd, board, "GET", "/v1/phones") == 200
    # Wrong ones are heard for a while; then the token that somebody may guess is not even compared.
    statuses = [ask(snomd, f"guess{i}", "GET", "/v1/phones") for i in range(40)]
    assert statuses[:10] == [401] * 10 and 429 in statuses
    assert ask(snomd, board, "GET", "/v1/phones") == 200
    wait_until(lambda: ask(snomd, ADMIN, "GET", "/v1/phones") == 200, "the address to be heard again")


def test_without_a_file_there_are_no_tokens(house):
    snomd = house.snomd()
    done = snomctl(snomd, None, "token", "add", "alice", "--role", "read")
    assert (done.returncode, done.stderr.strip()) == (
        1, f"snomctl: {snomd.server} answered 404: this snomd keeps no tokens ([http] tokens_file of its configuration "
           "says where)")
    assert snomctl(snomd, None, "token", "add", "alice", "--role", "emperor").returncode == 3


def test_the_limits_of_a_token(house):
    tokens = str(house.folder / "tokens")
    slow = added(None, None, "slow", "--role", "operate", "--per-second", "1", "--max-body", "16", "--file", tokens)
    fast = added(None, None, "fast", "--role", "read", "--file", tokens)
    snomd = house.snomd(http=HTTP, extra="[limits]\nhttp_token_requests_per_second = 1000")
    assert ask(snomd, slow, "PATCH", KEY, '{"light": "on", "label": "x"}') == 413
    answer = wait_until(lambda: (lambda it: it.status == 429 and it)(
        snomd.request("GET", "/v1/phones", headers=bearer(slow))), "one a second to be exceeded")
    assert answer.headers["Retry-After"] == "1"
    assert "too many requests of the token 'slow'" in json.loads(answer.body)["detail"]
    assert [ask(snomd, fast, "GET", "/v1/phones") for _ in range(20)] == [200] * 20
    wait_until(lambda: ask(snomd, slow, "GET", "/v1/phones") == 200, "a second to be over")


def test_every_change_is_in_the_audit_log(house):
    tokens = str(house.folder / "tokens")
    desk = added(None, None, "desk", "--role", "operate", "--file", tokens)
    board = added(None, None, "board", "--role", "read", "--file", tokens)
    snomd = house.snomd(http=HTTP)
    house.phone(snomd)
    assert ask(snomd, desk, "PUT", KEY, '{"light": "on", "label": "Tür"}'.encode()) == 200
    snomctl(snomd, desk, "command", "--to", "1000", "--key", "P1", "--username", "admin", "--password-file", tokens)
    assert ask(snomd, desk, "PUT", KEY, '{"light": "bright"}') == 400
    assert ask(snomd, board, "DELETE", KEY) == 403
    assert ask(snomd, board, "GET", KEY) == 200
    lines = audited(house)
    assert [(line["who"], line["role"], line["method"], line["status"]) for line in lines] == [
        ("desk", "operate", "PUT", 200), ("desk", "operate", "POST", 200), ("desk", "operate", "PUT", 400),
        ("board", "read", "DELETE", 403)]
    assert json.loads(lines[0]["what"]) == {"light": "on", "label": "Tür"}
    assert lines[0]["path"] == KEY and lines[0]["from"].startswith("127.0.0.1:") and lines[0]["outcome"].startswith("+OK")
    assert lines[1]["what"] == "snom_command 1000 key P1"
    assert lines[2]["outcome"].startswith("key 2: light: 'bright'")
    text = (house.folder / "audit.log").read_text()
    assert "sha256/" not in text and desk not in text and board not in text and "admin" not in text
    assert stat.S_IMODE((house.folder / "audit.log").stat().st_mode) == 0o600
    # logrotate
    (house.folder / "audit.log").rename(house.folder / "audit.log.1")
    house.reload(snomd)
    assert ask(snomd, desk, "DELETE", KEY) == 200
    assert [line["method"] for line in audited(house)] == ["DELETE"]


def test_without_a_file_changes_are_lines_of_the_log(house):
    tokens = str(house.folder / "tokens")
    desk = added(None, None, "desk", "--role", "operate", "--file", tokens)
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntokens_file = "tokens"')
    assert ask(snomd, desk, "DELETE", "/v1/phones/4711@example.test/buttons") == 404
    line = snomd.err.wait_for(lambda text: " info audit {" in text, "the change in the log")
    assert json.loads(line[line.index("{"):])["who"] == "desk"


def test_what_presses_a_listed_phones_key_is_told_to_who_may_operate_only(house):
    """Whoever knows the reference presses the key, from the phone's address."""
    (house.folder / "secret").write_text("a-secret-of-sixteen-bytes\n")
    config = house.folder / "snomd.toml"
    config.write_text('[[profile]]\nname = "beside"\nphones = "listed"\nlisten = ["udp:127.0.0.1:0"]\ndomain = "example.test"\n'
                      f'[http]\n{HTTP}\npress_secret_file = "secret"\n[limits]\nanswer_timeout_ms = 200\n'
                      '[[user]]\nname = "1000"\ncontact = "sip:1000@127.0.0.1:9"\n')
    desk, board = (added(None, None, name, "--role", role, "--file", house.folder / "tokens")
                   for name, role in (("desk", "operate"), ("board", "read")))
    snomd = house.keep(Snomd(config))
    assert ask(snomd, desk, "PUT", KEY, json.dumps({"light": "on", "number": "1001", "action": "invite"})) == 200
    for path, keys in ((KEY, lambda shown: [shown]),
                       (KEY.rsplit("/", 1)[0], lambda shown: shown["buttons"])):
        (told,), (untold,) = (keys(json.loads(snomd.request("GET", path, headers=bearer(token)).body))
                              for token in (desk, board))
        assert told.pop("press").startswith("/press/")
        assert told == untold


def test_who_set_a_key_is_the_token_and_each_knows_what_he_is(house):
    tokens = str(house.folder / "tokens")
    root, desk, board = (added(None, None, name, "--role", role, "--file", tokens)
                         for name, role in (("root", "admin"), ("desk", "operate"), ("board", "read")))
    snomd = house.snomd(http=HTTP)
    for token, name, role in ((root, "root", "admin"), (desk, "desk", "operate"), (board, "board", "read")):
        assert json.loads(snomd.request("GET", "/v1/me", headers=bearer(token)).body) == {"name": name, "role": role}

    def set_by():
        return json.loads(snomd.request("GET", KEY, headers=bearer(board)).body)["set_by"]
    assert ask(snomd, desk, "PUT", KEY, '{"light": "on"}') == 200 and set_by() == "desk"
    assert ask(snomd, root, "PATCH", KEY.removesuffix("/2"), '{"2": {"label": "a"}}') == 200 and set_by() == "root"
    assert ask(snomd, desk, "PATCH", KEY.removesuffix("/2"), '[{"key": "2", "label": "b"}]') == 200 and set_by() == "desk"
    assert ask(snomd, root, "POST", "/v1/command", "snom_button 1000@example.test 2 label=c") == 200 and set_by() == "root"
    assert ask(snomd, root, "PUT", "/v1/groups/all", '{"members": ["1000"]}') == 201
    assert ask(snomd, desk, "POST", "/v1/groups/all/commands", "snom_button 2 label=d") == 200 and set_by() == "desk"
    begun = snomd.request("POST", "/v1/layouts/apply?format=csv", "phone,key,label\n1000@example.test,2,e\n", bearer(root))
    assert begun.status == 202
    wait_until(lambda: set_by() == "root", "the layout to be applied")


def test_where_no_token_is_wanted_whoever_can_connect_is_an_admin(house):
    snomd = house.snomd()
    assert json.loads(snomd.request("GET", "/v1/me").body) == {"name": None, "role": "admin"}
    assert ask(snomd, None, "PUT", KEY, '{"light": "on"}') == 200
    assert json.loads(snomd.request("GET", KEY).body)["set_by"] == "http"
