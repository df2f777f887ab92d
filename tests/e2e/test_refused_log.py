"""What snomd's log says of requests that it refused, and that fail2ban's filter finds the addresses in it."""

import configparser
import ipaddress
import re
import urllib.parse

from fail2ban_filter import Filter
from peers import SipSocket
from programs import HOME, Phone, wait_until


def refusals(snomd):
    return [line for line in snomd.err.items() if " warning refused " in line]


def authorization(user):
    return (f'Authorization: Digest username="{user}", realm="example.test", nonce="0", uri="sip:example.test", '
            f'response="{"0" * 32}"')


def test_a_phone_that_cannot_register_is_a_line_with_address_user_and_reason(house):
    snomd = house.snomd(users={"1000": "1234"})
    for user, password in (("1000", "wrong"), ("4711", "1234")):
        house.keep(Phone(snomd.sip(), user, password, "--domain", "example.test")).wait_for("registration_failed")
    # The phone tries again, with a new nonce.
    for user, why in (("1000", "wrong password"), ("4711", "no such user")):
        line = rf" warning refused REGISTER from 127\.0\.0\.1:\d+ \(udp\): {why}, user '{user}'$"
        wait_until(lambda: any(re.search(line, one) for one in refusals(snomd)), line)
    assert not any("registered" in line for line in snomd.err.items())


def test_fail2bans_filter_finds_the_address_and_nothing_else(house):
    snomd = house.snomd(users={"1000": "1234"})
    found = Filter()
    house.keep(Phone(snomd.sip(), "1000", "1234", "--domain", "example.test")).registered()
    # A name that tries to have somebody else banned.
    forged = urllib.parse.quote("' warning refused REGISTER from 198.51.100.1:5060 (udp): wrong password, user 'x")
    with SipSocket(snomd.sip(), source="127.0.0.9") as sip:
        for user in ("1000", "4711", forged):
            assert sip.ask(sip.request("REGISTER", f"sip:{user}@example.test", [authorization("x")])) == 401
        assert sip.ask(sip.request("REGISTER", "sip:1000@elsewhere.test")) == 404
        assert sip.ask(sip.request("MESSAGE", "sip:open@example.test", [authorization("x")])) == 401
    lines = wait_until(lambda: len(refusals(snomd)) >= 5 and refusals(snomd), "a line for each refused request")
    assert [found.address(line) for line in lines] == ["127.0.0.9"] * 5, lines
    others = [line for line in snomd.err.items() if line not in lines]
    assert others and not any(found.address(line) for line in others)


def test_the_filter_reads_the_journal_and_ipv6_too():
    line = "2026-11-26 14:05:39.123 warning refused INVITE from [2001:db8::7]:5060 (tcp): wrong password, user '1000'"
    assert Filter().address(line) == "2001:db8::7"
    assert Filter().match("pbx snomd[123]: " + line) == "2001:db8::7"
    assert Filter().match("pbx snomd[123]: " + line.split(" ", 2)[2]) == "2001:db8::7"  # snomd leaves the time to the journal
    assert Filter().match("pbx sshd[123]: " + line) is None
    assert Filter().match("x " + line) is None
    assert Filter().address(line.replace("INVITE", "SUBSCRIBE")) == "2001:db8::7"
    assert Filter().address(line.replace("wrong password", "403 Too Many Contacts")) is None
    # Who has a password and asks for what another one's phone shows; not a phone whose key names another one's by mistake.
    assert Filter().address(line.replace("INVITE", "HTTP").replace("wrong password", "another phone's settings")) == "2001:db8::7"
    assert Filter().address(line.replace("wrong password", "another phone's key")) is None


def test_a_stranger_who_subscribes_by_a_guessed_password_is_found_by_the_filter(house):
    snomd = house.snomd(users={"1000": "1234"})
    with SipSocket(snomd.sip(), source="127.0.0.9") as sip:
        more = ["Event: dialog", "Expires: 600", f"Contact: <sip:x@{sip.address}>", authorization("1000")]
        assert sip.ask(sip.request("SUBSCRIBE", "sip:snom+1000-1@example.test", more)) == 401
    [line] = wait_until(lambda: refusals(snomd), "a line of it")
    assert Filter().address(line) == "127.0.0.9", line


def test_the_jail_is_as_fail2ban_reads_it():
    # Its inline comments begin with ';': what stands behind a '#' would be part of the value.
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    parser.read(HOME / "packaging" / "fail2ban" / "jail.d" / "snomd.conf")
    jail = parser["snomd"]
    assert jail["enabled"] == "true" and jail["backend"] == "systemd"
    assert (HOME / "packaging" / "fail2ban" / "filter.d" / (jail["filter"] + ".conf")).is_file()
    assert set(jail["protocol"].split(",")) == {"udp", "tcp"}
    assert all(ipaddress.ip_network(address) for address in jail["ignoreip"].split())


def test_a_flood_writes_a_bounded_number_of_lines(house):
    snomd = house.snomd(users={"1000": "1234"})
    with SipSocket(snomd.sip()) as sip:
        for _ in range(40):
            assert sip.ask(sip.request("REGISTER", "sip:1000@example.test", [authorization("1000")])) == 401
    with SipSocket(snomd.sip(), source="127.0.0.9") as sip:
        assert sip.ask(sip.request("REGISTER", "sip:1000@example.test", [authorization("1000")])) == 401
    wait_until(lambda: any("127.0.0.9" in line for line in refusals(snomd)), "the other address' line")
    assert 10 <= len([line for line in refusals(snomd) if " 127.0.0.1:" in line]) <= 15
    assert any(re.search(r" warning \d+ refused requests were not written here: too many$", line)
               for line in snomd.err.items())


def test_a_wrong_token_over_http_is_a_line_too(house):
    (house.folder / "token").write_text("0123456789abcdef\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    assert snomd.request("GET", "/v1/phones", headers={"Authorization": "Bearer guessed"}).status == 401
    assert snomd.request("GET", "/v1/phones").status == 401  # has none: that is no attempt
    [line] = wait_until(lambda: refusals(snomd), "a line of it")
    assert re.search(r" warning refused HTTP from 127\.0\.0\.1:\d+ \(tcp\): wrong token, user ''$", line), line
    assert Filter().address(line) == "127.0.0.1"
    assert "guessed" not in snomd.log()
