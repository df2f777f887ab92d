"""Contacts as mod_sofia has them: two, quoted, just made, gone."""

import time

from conftest import ONE_CONTACT
from freeswitch import wait_until


def test_two_contacts_both_get_the_key_and_both_pages_are_asked(fs, snom, es, phone, address, web_page):
    snom()
    places = address(), address()
    desks = [phone("1000", address=where) for where in places]
    pages = [web_page(where) for where in places]
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    for desk in desks:
        desk.wait_message()
    told = es.snom_event("button", Key="2", Confirmed="true")
    assert told["Contact-Count"] == "2" and told["Contact-1-Status"] == told["Contact-2-Status"] == "200"
    assert fs.api("snom_command */1000 key 1") == "+OK */1000 key 1\n"
    assert [page.paths() for page in pages] == [["/command.htm?key=1"]] * 2


def test_one_of_two_contacts_may_refuse(fs, snom, es, phone):
    snom(confirm_delivery="true")
    phone("1000")
    phone("1000", answer=486)
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    told = es.snom_event("button", Key="2")
    assert sorted((told["Contact-1-Status"], told["Contact-2-Status"])) == ["200", "486"]


def test_a_quote_in_a_contact_is_no_trouble(fs, snom, es, phone, address, web_page):
    snom()
    where = address()
    page = web_page(where)
    desk = phone("1000", address=where, contact="\"O'Hara \\\"Desk\\\"\" <sip:{user}@{host}:{port};line='x'>")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert desk.wait_message().uri == desk.contact.split("<")[1].rstrip(">")
    es.snom_event("button", Key="2", Confirmed="true")
    assert fs.api("snom_command */1000 key 1") == "+OK */1000 key 1\n"
    assert page.paths() == ["/command.htm?key=1"]


def test_a_registration_counts_from_its_first_moment(fs, snom, phone, address, web_page):
    snom()
    where = address()
    web_page(where)
    desk = phone("1000", address=where)  # returns with the 200 of the REGISTER
    assert fs.api("snom_command */1000 key 1") == "+OK */1000 key 1\n"
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert desk.wait_message().uri == desk.contact.strip("<>")


def test_a_phone_that_was_registered_before_the_module_came_is_known(fs, snom, phone):
    desk = phone("1000")
    time.sleep(1.5)  # mod_sofia's table is written in batches
    snom()
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    desk.wait_message()
    assert "registered contacts: 1\n" in fs.api("snom_status")


def test_who_has_logged_off_is_not_registered_from_that_moment(fs, snom, phone):
    snom()
    desk = phone("1000")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    desk.register(expires=0)
    reply = fs.api("snom_bind_key 2 on DND 1000 example.test internal")
    assert reply == "-ERR user '1000@example.test' not registered on profile 'internal'\n"


def test_refreshing_a_registration_keeps_one_contact(fs, snom, es, phone):
    snom()
    desk = phone("1000")
    for _ in range(3):
        desk.register()
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    assert es.snom_event("button", Key="2", Confirmed="true")["Contact-Count"] == "1"


def test_keys_come_back_to_a_phone_that_starts_anew_after_a_reload_too(fs, snom, phone, tmp_path):
    snom(store_file=str(tmp_path / "keys.db"))
    desk = phone("1000")
    assert fs.api("snom_bind_key 2 on DND 1000 example.test internal").startswith("+OK")
    desk.wait_message()
    snom(store_file=str(tmp_path / "keys.db"))
    assert "2" in fs.api("snom_buttons 1000@example.test")
    count = len(desk.messages)
    desk.start_anew().register()
    message = desk.wait_message(count + 1)
    assert message.body.startswith("k=2\r\nc=on\r\nl=DND\r\n")


def test_a_contact_that_another_replaced_is_gone_and_what_it_alone_showed_is_not_run(fs, snom, es, phone):
    snom(confirm_delivery="true", delivery_timeout="500")
    bind = f"snom_bind_key 2 on DND {ONE_CONTACT} example.test internal message api+global_setvar replaced="
    before = phone(ONE_CONTACT)
    assert fs.api(bind + "old").startswith("+OK")
    old = before.buttons()[-1]["n"]
    after = phone(ONE_CONTACT)  # mod_sofia's table has it alone, and no event says so
    before.answer = 403
    fs.api(bind + "new")
    after.wait_message()

    def is_refused():
        mark = es.mark()
        after.send_message(old, "k=2\r\n")
        return es.snom_event("press", since=mark)["Accepted"] == "false"
    wait_until(is_refused, "the end of the old reference")
    # The module has read mod_sofia's whole table only now, and a phone of the test before may be leaving it still.
    wait_until(lambda: "registered contacts: 1\n" in fs.api("snom_status"), "one contact alone")
