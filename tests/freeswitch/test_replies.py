"""Every row of the tables of what the original answered: the same where that was right, -ERR with a reason elsewhere."""

import pytest

USAGE = "usage: snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]"
LIGHTS = "off, on, hold, pickup, park, message, offline, error, seized, record"


@pytest.mark.parametrize("arguments", ["", "2", "2 on DND 1000 example.test"])
def test_too_few_arguments_are_told_the_usage(fs, snom, arguments):
    snom()
    assert fs.api(f"snom_bind_key {arguments}") == f"-ERR {USAGE}\n"


@pytest.mark.parametrize("line, lines", [
    ("2 on DND 1000 example.test internal", "k=2\r\nc=on\r\nl=DND\r\n"),
    ("2 on DND 1000 example.test internal invite", "k=2\r\nc=on\r\nl=DND\r\n"),
    ("2 on DND 1000 example.test internal invite 0900  1", "k=2\r\nc=on\r\nl=DND\r\nn=0900  1\r\na=invite\r\n"),
    ("2 on 'Köln 2' 1000 example.test internal message a", "k=2\r\nc=on\r\nl=Köln 2\r\nn=a\r\na=message\r\n"),
    (r"2 on it\'s 1000 example.test internal", "k=2\r\nc=on\r\nl=it's\r\n"),
])
def test_a_bound_key_is_on_its_way(fs, snom, es, phone, line, lines):
    snom()
    desk = phone("1000")
    assert fs.api(f"snom_bind_key {line}") == f"+OK {line}\n"
    message = desk.wait_message()
    assert message.body.rstrip("\r\n") == lines.rstrip("\r\n")
    assert message["content-type"] == "application/x-buttons"
    assert message["from"].startswith("<sip:1000@example.test>") and desk.contact in message["to"]
    assert message.uri == desk.contact.strip("<>")
    es.snom_event("button", Key="2", Confirmed="true")


@pytest.mark.parametrize("line, why", [
    ("2 on DND 1001 example.test internal", "user '1001@example.test' not registered on profile 'internal'"),
    ("2 on DND 1000 elsewhere.test internal", "user '1000@elsewhere.test' not registered on profile 'internal'"),
    ("2 on DND 1000 example.test external", "unknown profile 'external' (profiles: internal)"),
    ("2 purple DND 1000 example.test internal", f"light: 'purple' is not a light (expected {LIGHTS})"),
    ("'' on DND 1000 example.test internal", "key: is empty (expected the number or name of a key, such as 2)"),
    (r"2 on DND\nn=0900 1000 example.test internal",
     r"label: 'DND ...' holds a control character (line ends, tabs and the like are not possible)"),
    ("2 on DND 1000 example.test internal call 1", "action_name: 'call' is not an action name (expected invite, message)"),
])
def test_what_cannot_be_done_says_why_and_sends_nothing(fs, snom, phone, line, why):
    snom()
    desk = phone("1000")
    assert fs.api(f"snom_bind_key {line}") == f"-ERR {why}\n"
    assert fs.api("snom_bind_key 9 off last 1000 example.test internal").startswith("+OK")
    desk.wait_message()
    assert [button["l"] for button in desk.buttons()] == ["last"]


@pytest.mark.parametrize("answer, reason", [(404, ""), (603, "")])
def test_a_phones_refusal_is_told_as_an_event(fs, snom, es, phone, answer, reason):
    snom()
    phone("1000", answer=answer)
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    told = es.snom_event("button", Key="2", Confirmed="false")
    assert told["Contact-1-Status"] == str(answer)
    assert told.get("Contact-1-Reason", "") == reason


def test_a_phones_silence_is_told_as_an_event(fs, snom, es, phone):
    snom(delivery_timeout=500)
    phone("1000", answer=0)
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    told = es.snom_event("button", Key="2", Confirmed="false")
    assert (told["Contact-1-Status"], told["Contact-1-Reason"]) == ("0", "no answer within 0.5 s")


def test_with_confirm_delivery_the_reply_waits_for_the_phone(fs, snom, phone):
    snom(confirm_delivery="true", delivery_timeout=1000)
    desk = phone("1000")
    line = "snom_bind_key 2 on DND 1000 example.test internal"
    assert fs.api(line) == "+OK 2 on DND 1000 example.test internal\n"
    assert len(desk.messages) == 1
    desk.answer = 404
    assert fs.api(line) == "-ERR key 2 of 1000@example.test not set: phone answered 404\n"
    desk.answer = 0
    assert fs.api(line) == "-ERR key 2 of 1000@example.test not set: no answer within 1 s\n"


# ---- snom_command -----------------------------------------------------------------------------------------------------

COMMAND_USAGE = "usage: snom_command <ip|user> <command> <type> [<username> <password>]"


@pytest.mark.parametrize("arguments, why", [
    ("", COMMAND_USAGE),
    ("1000", COMMAND_USAGE),
    ("1000 key", COMMAND_USAGE),
    ("1000 key enter admin", COMMAND_USAGE),
    ("1000 press enter", "command: not known (expected key, action, dial, dtmf, hangup, hold, transfer, dnd, logoff, "
                         "reregister, setting, message, screen or provision)"),
    ("1000 key enter", "user '1000' not registered"),
    ("*/1000@example.test key enter", "user '*/1000@example.test' not registered"),
    ("localhost key enter", "user 'localhost' not registered"),
    ("external/1000 key enter", "unknown profile 'external' (profiles: internal)"),
    ("127.0.0.1 action x",
     "action 'x' not supported (supported actions are reboot, reset, dialeddel, misseddel, receiveddel)"),
])
def test_a_command_that_cannot_be_sent_says_why(fs, snom, arguments, why):
    snom()
    assert fs.api(f"snom_command {arguments}") == f"-ERR {why}\n"


@pytest.mark.parametrize("typed, asked", [
    ("key enter", "/command.htm?key=enter"),
    ("KEY enter,50,5000;cancel,50,1000", "/command.htm?key=enter%2C50%2C5000%3Bcancel%2C50%2C1000"),
    ("key #", "/command.htm?key=%23"),
    ("action reboot", "/advanced_update.htm?reboot=Reboot"),
    ("action RESET", "/advanced_update.htm?reset=Reset"),
    ("action dialeddel", "/index.htm?dialeddel=0"),
    ("action MissedDel", "/index.htm?misseddel=0"),
    ("action receiveddel", "/index.htm?receiveddel=0"),
])
@pytest.mark.parametrize("by", ["address", "user"])
def test_a_command_asks_for_the_page_that_it_should(fs, snom, phone, address, web_page, typed, asked, by):
    snom()
    where = address()
    page = web_page(where)
    phone("1000", address=where)
    who = where if by == "address" else "*/1000"
    assert fs.api(f"snom_command {who} {typed}") == f"+OK {who} {typed}\n"
    assert page.paths() == [asked]


@pytest.mark.parametrize("who", ["1000", "1000@example.test", "*/1000", "*/1000@example.test", "internal/1000",
                                 "internal/1000@example.test", "example.test/1000"])
def test_every_way_to_name_a_user(fs, snom, phone, address, web_page, who):
    snom()
    where = address()
    page = web_page(where)
    phone("1000", address=where)
    assert fs.api(f"snom_command {who} key 1") == f"+OK {who} key 1\n"
    assert page.paths() == ["/command.htm?key=1"]


@pytest.mark.parametrize("status, why", [
    (202, "the phone answered 202 instead of 200"),
    (204, "the phone answered 204 instead of 200"),
    (401, "the phone wants a user name and password"),
    (403, "the phone forbids remote control"),
    (404, "the phone has no such page"),
    (500, "the phone answered 500 instead of 200"),
])
def test_a_status_other_than_200_is_an_error(fs, snom, web_page, status, why):
    snom()
    page = web_page("127.0.0.1", 0, status=status)
    assert fs.api(f"snom_command {page.address} key enter") == f"-ERR {page.address} key enter [HTTP:{status}]: {why}\n"


def test_a_redirect_is_followed(fs, snom, web_page):
    snom()
    page = web_page("127.0.0.1", 0, status=302, location="/other.htm")
    assert fs.api(f"snom_command {page.address} key enter") == f"+OK {page.address} key enter\n"
    assert page.paths() == ["/command.htm?key=enter", "/other.htm"]


def test_nobody_at_home(fs, snom, phone, address):
    snom()
    where = address()
    phone("1000", address=where)
    assert fs.api("snom_command */1000 key enter") == "-ERR */1000 key enter [HTTP:0]: connection refused\n"


def test_a_silent_page_has_its_limit(fs, snom, web_page):
    snom(http_total_timeout=700)
    page = web_page("127.0.0.1", 0, silent=True)
    reply = fs.api(f"snom_command {page.address} key enter")
    assert reply == f"-ERR {page.address} key enter [HTTP:0]: no answer within 700 ms\n"


# ---- credentials ------------------------------------------------------------------------------------------------------

def test_typed_credentials_are_sent_when_asked_for_and_never_shown(fs, snom, web_page):
    snom()
    page = web_page("127.0.0.1", 0, credentials=("admin", "open sesame"))
    assert fs.api(f"snom_command {page.address} key 1 admin open sesame") == f"+OK {page.address} key 1\n"
    assert [authorization for _, authorization in page.requests] == [None, page.basic()]
    reply = fs.api(f"snom_command {page.address} key 1 admin open barley")
    assert reply == f"-ERR {page.address} key 1 [HTTP:401]: the phone refused the user name and password\n"
    assert "sesame" not in fs.log() and "barley" not in fs.log()


def test_credentials_come_from_the_users_directory_entry(fs, snom, es, phone, address, web_page):
    from conftest import WEB_PASSWORD, WEB_USER
    snom()
    where = address()
    page = web_page(where, credentials=(WEB_USER, WEB_PASSWORD))
    phone("1001", address=where)
    assert fs.api("snom_command */1001 key 1") == "+OK */1001 key 1\n"
    assert page.requests[-1][1] == page.basic()
    typed = fs.api("snom_command */1001 key 1 admin wrong")
    assert typed == "-ERR */1001 key 1 [HTTP:401]: the phone refused the user name and password\n"
    assert WEB_PASSWORD not in fs.log() and WEB_PASSWORD not in fs.api("snom_status")


def test_no_credentials_go_to_an_address_that_is_no_users(fs, snom, phone, address, web_page):
    from conftest import WEB_PASSWORD, WEB_USER
    snom()
    where = address()
    page = web_page(where, credentials=(WEB_USER, WEB_PASSWORD))
    phone("1001", address=where)
    assert fs.api(f"snom_command {where} key 1").startswith(f"-ERR {where} key 1 [HTTP:401]")
    assert [authorization for _, authorization in page.requests] == [None]
