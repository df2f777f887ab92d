"""snomctl provision: settings files for the phones of a layout; snomd serves them, virtual phones have their keys from them."""

import contextlib
import http.client
import socket
import ssl
import subprocess

import pytest

from certificates import Authority
from fail2ban_filter import Filter
from programs import BIN, LIMIT, Phone, Snomd, free_port, http_request, wait_until

TOML = """[[group]]
phones = ["1000..1001@example.test"]
model = "D862"

[[group.key]]
key = 1
label = "Front door"

[[group.key]]
key = "night"
place = "P3"
label = "Night & day"
"""


def layout(house, text, name="desk.toml"):
    path = house.folder / name
    path.write_text(text)
    return path


def provision(*arguments):
    """snomctl without any snomd."""
    return subprocess.run([BIN / "snomctl", "--server", "http://127.0.0.1:9", "provision", *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)


def provisioned(house, more="", **configuration):
    """snomd that serves the files of house.folder/phones, and where."""
    (house.folder / "phones").mkdir(exist_ok=True)
    snomd = house.snomd(extra=f'[provisioning]\nlisten = "127.0.0.1:0"\nfolder = "phones"\n{more}', **configuration)
    words = next(line.split() for line in snomd.out.items() if line.startswith("listening provisioning "))
    return snomd, words[2]


def test_files_are_written_as_a_whole_and_always_the_same(house):
    file, output = layout(house, TOML), house.folder / "phones"
    done = provision(file, "--output", output)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert done.stdout == f"4 keys of 2 phones in {output}: 2 written, 0 as before\n"
    assert sorted(path.name for path in output.iterdir()) == ["1000@example.test.xml", "1001@example.test.xml"]
    text = (output / "1000@example.test.xml").read_text()
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?>\n<settings>\n  <functionKeys>\n'
        '    <fkey idx="0" context="active" label="Front door" perm="">blf &lt;sip:snom+1000-1@example.test&gt;</fkey>\n'
        '    <fkey idx="2" context="active" label="Night &amp; day" perm="">'
        'blf &lt;sip:snom+1000-night@example.test&gt;</fkey>\n  </functionKeys>\n</settings>\n')
    again = provision(file, "--output", output)
    assert again.stdout == f"4 keys of 2 phones in {output}: 0 written, 2 as before\n"

    # With anything wrong, what is there stays as it is.
    layout(house, TOML.replace('"P3"', '"P33"'))
    wrong = provision(file, "--output", output, "--modules", "0")
    assert wrong.returncode == 3 and wrong.stdout == ""
    assert wrong.stderr.split("\n") == [
        f"{file}:9: place: P33 is not on 1000@example.test, a D862 with 0 modules (it has P1 to P32)",
        f"{file}:9: place: P33 is not on 1001@example.test, a D862 with 0 modules (it has P1 to P32)",
        "snomctl: provision: nothing was written", ""]
    assert (output / "1000@example.test.xml").read_text() == text
    assert len(list(output.iterdir())) == 2


def test_files_keep_their_modes_and_are_written_through_no_link(house):
    file, output = layout(house, TOML), house.folder / "phones"
    output.mkdir()
    other, mine, theirs = house.folder / "other", output / "1000@example.test.xml", output / "1001@example.test.xml"
    other.write_text("of somebody else")
    (output / "1001@example.test.xml.new").symlink_to(other)
    mine.write_text("before")
    mine.chmod(0o604)
    assert provision(file, "--output", output).returncode == 0
    assert other.read_text() == "of somebody else"
    assert "Front door" in mine.read_text() and "Front door" in theirs.read_text()
    assert mine.stat().st_mode & 0o777 == 0o604
    assert theirs.stat().st_mode & 0o777 == 0o640  # a first one, in which there may be the address of a press
    assert sorted(path.name for path in output.iterdir()) == [mine.name, theirs.name]


def test_who_asks_for_settings_takes_no_place_of_those_who_command(house):
    snomd, url = provisioned(house, more="[limits]\nhttp_connections = 4\nhttp_connections_per_address = 4\n")
    address = (url.split("//")[1].split(":")[0], int(url.rsplit(":", 1)[1]))
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            taken = stack.enter_context(socket.create_connection(address, timeout=LIMIT))
            taken.sendall(b"GET /settings/1000@example.test.xml HTTP/1.1\r\n")
        more = stack.enter_context(socket.create_connection(address, timeout=LIMIT))
        more.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert more.recv(100).startswith(b"HTTP/1.1 503 ")
        assert snomd.request("GET", "/v1/status").status == 200
    refused = wait_until(lambda: (answer := http_request(url, "POST", "/settings/", "x" * 1025)).status != 503 and answer,
                         "the places to be free")
    assert refused.status == 413


def test_a_file_that_cannot_be_read_is_told_in_the_log(house):
    snomd, url = provisioned(house)
    (house.folder / "phones" / "1000@example.test.xml").mkdir()
    phone = house.phone(snomd, more=("--model", "D862", "--provision", url + "/settings/{user}@example.test.xml"))
    assert "503" in phone.wait_for("settings_failed")["why"]
    assert "is a folder" in snomd.logs("settings cannot be read: ")


def test_what_cannot_be_known_or_written_is_said(house):
    file = layout(house, TOML.replace('model = "D862"\n', ""))
    unknown = provision(file, "--output", house.folder / "phones")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith(f"snomctl: provision: neither {file} nor --model says which Snom 1000@example.test is, and "
                                     "snomd cannot be asked: "), unknown.stderr
    assert not (house.folder / "phones").exists()
    elsewhere = provision(file, "--output", house.folder / "not" / "there", "--model", "370")
    assert elsewhere.returncode == 2 and "is no folder, and cannot be made one" in elsewhere.stderr
    assert provision(file, "--output", house.folder, "--model", "D999").returncode == 3
    assert provision(file, "--output", house.folder, "--model", "370", "--keys", "lamp").returncode == 3
    assert provision(file, "--output", house.folder, "--model", "370", "--names", "mac").stderr.startswith(
        f"{file}:4: mac: 1000@example.test has none here, and --names mac names files by it\n")


def test_models_that_nobody_says_are_those_that_registered(house):
    snomd = house.snomd()
    house.phone(snomd, "1000", more=("--model", "370"))
    file = layout(house, TOML.replace('model = "D862"\n', "").replace("1000..1001", "1000"))
    done = snomd.snomctl("provision", file, "--output", house.folder / "phones")
    assert done.returncode == 0, done
    assert '"Front door" perm="">button 1<' in (house.folder / "phones" / "1000@example.test.xml").read_text()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_phone_has_its_keys_from_the_file_that_snomd_serves(house, transport):
    snomd, url = provisioned(house)
    file = layout(house, TOML)
    assert snomd.snomctl("provision", file, "--output", house.folder / "phones").returncode == 0
    more = ("--model", "D862", "--reboot-time", "50", "--provision", url + "/settings/{user}@example.test.xml")
    phone = house.phone(snomd, transport=transport, more=more)
    assert phone.events("settings")[0]["keys"] == 2
    phone.wait_for("watched", uri="sip:snom+1000-1@example.test", version=0)
    phone.wait_for("watched", uri="sip:snom+1000-night@example.test", version=0)
    assert snomd.api("snom_button 1000@example.test night light=on") == (
        "+OK 1000@example.test night light=on [subscription]")
    assert (phone.key("P3")["light"], phone.key("P3")["label"], phone.key("P3")["type"]) == ("on", "Night & day", "blf")

    # Changed, and fetched again while the phone goes on.
    layout(house, TOML.replace("Night & day", "Dark").replace("key = 1", "key = 5"))
    assert snomd.snomctl("provision", file, "--output", house.folder / "phones").returncode == 0
    mark = phone.out.mark()
    assert snomd.api("snom_command 1000 provision") == "+OK 1000 provision [notify]"
    assert phone.wait_for("settings", since=mark)["changed"] == 1
    wait_until(lambda: phone.key("P3")["label"] == "Dark", "the new label")
    assert phone.key("P3")["light"] == "on", "a key that is the same keeps its light"
    phone.wait_for("watched", since=mark, uri="sip:snom+1000-5@example.test")
    assert not phone.events("rebooting")
    assert snomd.api("snom_button 1000@example.test 5 light=hold").endswith(" [subscription]")

    phone.get("/press?key=P5")  # nothing yet at that place
    mark = phone.out.mark()
    assert snomd.api("snom_command 1000 action reboot") == "+OK 1000 action reboot [notify]"
    phone.wait_for("settings", since=mark)
    wait_until(lambda: phone.key("P5")["light"] == "hold", "its light after the reboot")


def test_buttons_too(house):
    snomd, url = provisioned(house)
    file = layout(house, "phone,key,place,label,model\n1000@example.test,night,P2,Night,370\n", "desk.csv")
    assert snomd.snomctl("provision", file, "--output", house.folder / "phones").returncode == 0
    phone = house.phone(snomd, more=("--provision", url + "/settings/{user}@example.test.xml"))
    assert snomd.api("snom_bind_key night on Lit 1000 example.test internal").startswith("+OK")
    lit = phone.key("night")
    assert (lit["place"], lit["light"], lit["label"]) == ("P2", "on", "Lit")


def test_settings_are_for_the_phone_itself_only(house):
    snomd, url = provisioned(house)
    (house.folder / "phones" / "1000@example.test.xml").write_text("<settings/>")
    host = url.removeprefix("http://")

    def curl(path, *more):
        return subprocess.run(["curl", "-s", "-o", "/dev/stdout", "-w", "\n%{http_code}", *more, f"http://{host}{path}"],
                              capture_output=True, text=True, timeout=LIMIT, check=True).stdout.rsplit("\n", 1)

    own = "/settings/1000@example.test.xml"
    assert curl(own, "--digest", "-u", "1000:1234") == ["<settings/>", "200"]
    assert curl(own, "--digest", "-u", "1000@example.test:1234") == ["<settings/>", "200"]
    assert curl(own)[1] == "401"
    assert curl(own, "--basic", "-u", "1000:1234")[1] == "401", "a password that anybody could read is no proof"
    assert curl(own, "--digest", "-u", "1001:5678")[1] == "403"
    assert curl("/settings/1001@example.test.xml", "--digest", "-u", "1001:5678")[1] == "404", "there is no file"
    assert curl("/settings/000413AABBCC.xml")[1] == "404"
    assert curl("/v1/phones")[1] == "404", "nothing else is served there"
    assert curl(own, "-X", "POST", "-d", "x")[1] == "405"
    assert curl(own, "--digest", "-u", "1000:wrong")[1] == "401"
    snomd.err.wait_for(lambda line: "refused HTTP from 127.0.0.1:" in line and
                       "wrong password, user '1000'" in line, "a line that fail2ban reads")
    snomd.err.wait_for(lambda line: "another phone's settings, user '1001'" in line, "a line of the log")
    assert Filter().address(next(line for line in snomd.err.items() if "another phone's settings" in line)) == "127.0.0.1"
    # By one program, which on a machine with much to do is quicker than one more each second.
    again = [argument for _ in range(20) for argument in ("-o", "/dev/null", f"http://{host}{own}")]
    assert curl(own, "--digest", "-u", "1000:wrong", *again, "--next", "-s", "-o", "/dev/stdout", "-w", "\n%{http_code}",
                "--digest", "-u", "1000:1234")[1] == "429"
    assert "1234" not in snomd.log() and "wrong," not in snomd.log()

    # A new password counts at once.
    house.configuration(users={"1000": "new", "1001": "5678"},
                        extra='[provisioning]\nlisten = "127.0.0.1:0"\nfolder = "phones"\n')
    house.reload(snomd)
    wait_until(lambda: curl(own, "--digest", "-u", "1000:new")[1] == "200", "the new password to count")


def test_settings_by_https_with_the_certificate_that_all_have(house):
    authority = Authority(house.folder)
    authority.issue("snomd")
    (house.folder / "phones").mkdir()
    snomd = house.snomd(http='listen = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"',
                        extra='[provisioning]\nlisten = "127.0.0.1:0"\nhttps_listen = "127.0.0.1:0"\nfolder = "phones"\n'
                              '[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n')
    plain, url = (line.split()[2] for line in snomd.out.items() if line.startswith("listening provisioning "))
    assert plain.startswith("http://") and url.startswith("https://")
    (house.folder / "phones" / "1000@example.test.xml").write_text(
        '<functionKeys><fkey idx="1" label="DND">button 7</fkey></functionKeys>')
    address = url + "/settings/{user}@example.test.xml"
    phone = house.phone(snomd, more=("--provision", address, "--provision-ca", authority.file))
    assert phone.key("7")["place"] == "P2"
    distrustful = house.phone(snomd, "1001", more=("--provision", address))
    assert "TLS certificate not trusted" in distrustful.wait_for("settings_failed")["why"]
    # http is not spoken there, but beside it.
    connection = http.client.HTTPConnection(url.removeprefix("https://"), timeout=LIMIT)
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.request("GET", "/settings/1000@example.test.xml")
        connection.getresponse()
    assert http_request(plain, "GET", "/settings/1000@example.test.xml").status == 401

    def shown(at):
        host, port = at.removeprefix("https://").split(":")
        return ssl.get_server_certificate((host, int(port)))
    before = shown(url)
    assert before == shown(snomd.listening["https", ""])
    authority.issue("snomd")
    house.reload(snomd)
    wait_until(lambda: shown(url) != before, "the new certificate")
    assert shown(url) == shown(snomd.listening["https", ""])
    assert "need a restart" not in snomd.log()


def test_a_phone_without_settings_has_the_keys_of_its_model(house):
    snomd, url = provisioned(house)
    phone = house.phone(snomd, more=("--provision", url + "/settings/{user}@example.test.xml"))
    assert phone.wait_for("settings_failed")["why"] == "the server answered 404"
    assert snomd.api("snom_button 1000@example.test 2 light=on").startswith("+OK")
    assert phone.key("2")["light"] == "on"
    # From a file of this machine, too, which may come later.
    path = house.folder / "own.xml"
    other = house.phone(snomd, "1001", more=("--provision", str(path)))
    assert "own.xml" in other.wait_for("settings_failed")["why"]
    path.write_text('<settings><functionKeys><fkey idx="0">button 9</fkey></functionKeys></settings>')
    assert snomd.api("snom_command 1001 provision") == "+OK 1001 provision [notify]"
    wait_until(lambda: other.state()["keys"][0]["key"] == "9", "the key of the file")
    path.write_text("<settings>")
    assert snomd.api("snom_command 1001 provision") == "+OK 1001 provision [notify]"
    assert other.wait_for("settings_refused")["why"].startswith("settings: ")
    assert other.state()["keys"][0]["key"] == "9"


@pytest.mark.parametrize("more, error", [
    ('listen = "nowhere"\nfolder = "."\n', "[provisioning] listen"),
    ('listen = "127.0.0.1:0"\n', "folder"),
    ('listen = "127.0.0.1:0"\nfolder = "not-there"\n', "a folder that is there"),
    ('folder = "."\n', "[provisioning] needs listen"),
    ('https_listen = "nowhere"\nfolder = "."\n', "[provisioning] https_listen: expected ADDRESS:PORT"),
    ('https_listen = "127.0.0.1:0"\nfolder = "."\n', "https_listen: expected [tls] with certificate_file and key_file"),
])
def test_a_configuration_that_cannot_work_is_refused(house, more, error):
    config = house.configuration(extra="[provisioning]\n" + more)
    done = subprocess.run([BIN / "snomd", "--config", config], capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 2 and error in done.stderr, done


def test_a_pressed_action_url_runs_what_is_bound(house):
    """A phone that registers nowhere: its key asks for a page of snomd, whose address the settings file says."""
    (house.folder / "press-secret").write_text("0123456789abcdef0123\n")
    sip = free_port(socket.SOCK_DGRAM)
    config = house.folder / "snomd.toml"
    config.write_text(f"""[[profile]]
name = "internal"
phones = "listed"
listen = ["udp:127.0.0.1:0"]
domain = "example.test"
[http]
listen = "127.0.0.1:0"
press_secret_file = "press-secret"
[[user]]
name = "1000"
contact = "sip:1000@127.0.0.1:{sip}"
""")
    snomd = house.keep(Snomd(config))
    snomd.api("snom_button 1000@example.test 2 light=on number='api+snom_clear 1000@example.test all' action=message")
    file = layout(house, "phone,key,model,keys\n1000@example.test,2,370,url\n", "desk.csv")
    without = snomd.snomctl("provision", file, "--output", house.folder / "phones")
    assert without.returncode == 3 and "--press-server" in without.stderr
    done = snomd.snomctl("provision", file, "--output", house.folder / "phones", "--press-server", snomd.server)
    assert done.returncode == 0, done
    events = house.events(snomd)
    phone = house.keep(Phone(snomd.sip(), "1000", "1234", "--domain", "example.test", "--provision",
                             str(house.folder / "phones" / "1000@example.test.xml")))
    phone.wait_for("settings", keys=1)
    phone.get("/press?key=P2")
    assert phone.wait_for("press_answered", key="P2")["status"] == 200
    press = events.wait_for("press", address_of_record="1000@example.test", key="2")
    assert press["accepted"]
    assert "/press/" not in "\n".join(phone.out.items())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_xml_definition_shows_each_light_and_the_label_that_follows(house, transport):
    snomd, url = provisioned(house)
    file = layout(house, TOML.replace('model = "D862"', 'model = "D862"\nkeys = "xml"'))
    assert snomd.snomctl("provision", file, "--output", house.folder / "phones").returncode == 0
    events = house.events(snomd)
    phone = house.phone(snomd, transport=transport, more=("--model", "D862", "--provision",
                                                          url + "/settings/{user}@example.test.xml"))
    phone.wait_for("watched", uri="sip:snom+1000-night@example.test;show=all", version=0)
    for light, shown in [("park", "park"), ("message", "message"), ("record", "record"), ("seized", "seized"),
                         ("hold", "hold"), ("pickup", "pickup"), ("offline", "on"), ("error", "hold"), ("on", "on")]:
        assert snomd.api(f"snom_button 1000@example.test night light={light} label='{light} & more'").endswith(
            " [subscription]")
        key = phone.key("P3")
        assert (key["light"], key["label"]) == (shown, f"{light} & more")
    told = events.wait_for("button", key="night")
    assert told["contacts"][0]["channel"] == "subscription" and told["contacts"][0]["lost"] is None
    # A label alone is told, too.
    snomd.api("snom_button 1000@example.test night label=Alone")
    assert (phone.key("P3")["label"], phone.key("P3")["light"]) == ("Alone", "on")

    # It is pressed by a call.
    snomd.api("snom_button 1000@example.test night action=message number='api+snom_button 1000@example.test night light=off'")
    phone.get("/press?key=P3")
    assert events.wait_for("press", address_of_record="1000@example.test", key="night")["accepted"]
    wait_until(lambda: phone.key("P3")["light"] == "off", "what the press did to the key")
    wait_until(lambda: phone.call() == "idle", "the phone to be idle again")


def test_a_blf_key_beside_it_is_told_no_label(house):
    snomd = house.snomd()
    phone = house.phone(snomd, more=("--blf", "2=sip:snom+{user}-2@example.test"))
    phone.wait_for("watched", key="2", version=0)
    assert snomd.api("snom_button 1000@example.test 2 light=on label=One").endswith(" [subscription]")
    assert phone.wait_for("watched", light="on")["version"] == 1
    assert snomd.api("snom_button 1000@example.test 2 label=Two").endswith(" [subscription]")
    assert snomd.api("snom_button 1000@example.test 2 light=hold").endswith(" [subscription]")
    assert phone.wait_for("watched", light="hold")["version"] == 2, "a label is no news to it"
