"""./run bench asterisk: keys a second through a real Asterisk's manager, beside a bare client of it that sends the same."""

import base64
import os
import pathlib
import socket
import statistics
import sys
import tempfile
import time

HOME = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME / "tests" / "asterisk_real"))

COUNT = 1000
IN_FLIGHT = 50
PROFILE = """[[profile]]
name = "office"
phones = "asterisk"
domain = "127.0.0.1"
ami = "127.0.0.1:{port}"
ami_user = "snomd"
ami_secret_file = "ami.secret"
resend = "off"
[http]
listen = "127.0.0.1:0"
[store]
path = ""
"""


def bare_rate(port, secret, contacts, seconds):
    """Documents a second that a bare client has Asterisk send, so many at a time."""
    body = base64.b64encode(b"k=1\r\nl=on\r\nd=Line1\r\nn=api+snom_bind_key 1 off x 1000 127.0.0.1 internal\r\na=message\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(f"Action: Login\r\nUsername: snomd\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
        said = b""
        while b"accepted" not in said:
            said = connection.recv(65536)
        actions = [f"Action: MessageSend\r\nActionID: x\r\nDestination: pjsip:{user}/{uri}\r\nTo: sip:{user}@127.0.0.1\r\n"
                   f"From: sip:{user}@127.0.0.1\r\nVariable: Content-Type=application/x-buttons\r\nBase64Body: ".encode()
                   + body + b"\r\n\r\n" for user, uri in contacts]
        sent = answered = 0
        rest = b""
        begin = time.monotonic()
        while time.monotonic() - begin < seconds or answered < sent:
            batch = []
            while sent - answered + len(batch) < IN_FLIGHT and time.monotonic() - begin < seconds:
                batch.append(actions[(sent + len(batch)) % len(actions)])
            if batch:
                connection.sendall(b"".join(batch))
                sent += len(batch)
            rest += connection.recv(65536)
            answered += rest.count(b"Response: ")
            rest = rest[-9:] if not rest.endswith(b"\n") else b""
        return answered / (time.monotonic() - begin)


def bench(tools, rounds):
    prefix = os.environ.get("SNOM_ASTERISK_PREFIX")
    if not prefix:
        print("asterisk: SNOM_ASTERISK_PREFIX names no Asterisk: not measured")
        return
    from asterisk import SECRET, Asterisk  # what the tests with a real one are made of
    users = {str(user): tools.PASSWORD for user in range(1000, 1000 + COUNT)}
    ours, theirs, p99 = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        asterisk = Asterisk(prefix, pathlib.Path(folder) / "asterisk", users=users).start(120)
        try:
            with tools.phones(asterisk.sip, COUNT, "--domain", "127.0.0.1"):
                tools.wait_for(lambda: len(contacts(asterisk)) == COUNT, 120, f"{COUNT} phones to register")
                known = contacts(asterisk)
                snomd = tools.Snomd(folder)
                (pathlib.Path(folder) / "ami.secret").write_text(SECRET + "\n")
                snomd.config.write_text(PROFILE.format(port=asterisk.ami_port))
                begin = time.monotonic()
                with snomd.running():
                    while snomd.phones() != COUNT:
                        if time.monotonic() - begin > 60:
                            sys.exit("bench: the phones were not listed within 60 s")
                        time.sleep(0.01)
                    listed = time.monotonic() - begin
                    lines = [line.replace(" internal", " office") for line in tools.bind_lines(COUNT)]
                    tools.load(snomd.http, lines, IN_FLIGHT, 1, folder)
                    for _ in range(rounds):
                        result = tools.load(snomd.http, lines, IN_FLIGHT, 5, folder)
                        ours.append(result["per_second"])
                        p99.append(result["p99_ms"])
                        theirs.append(bare_rate(asterisk.ami_port, SECRET, known, 5))
        finally:
            asterisk.stop()
    tools.tell("asterisk", ours, f"bound and sent to {COUNT:,} virtual phones through Asterisk's manager, {IN_FLIGHT} in flight:",
               theirs, "a bare client of the manager:", "a second", "0.8 of it", [a / b for a, b in zip(ours, theirs)])
    tools.figure("asterisk, slowest of a hundred", statistics.median(p99), "ms", "less")
    tools.figure("asterisk, contacts listed at the start", listed, "s", "less")
    print(f"      slowest of a hundred: {statistics.median(p99):.1f} ms; {COUNT:,} contacts listed {listed:.2f} s after the start")


def contacts(asterisk):
    """(endpoint, URI) of all that are registered."""
    mark = asterisk.manager.mark()
    answer = asterisk.manager.ask("PJSIPShowContacts")
    if answer.get("EventList") != "start":
        return []
    asterisk.manager.wait_for(lambda m: m.get("Event") == "ContactListComplete", "the list", since=mark)
    return [(m["Endpoint"], m["Uri"]) for m in asterisk.manager.messages(mark) if m.get("Event") == "ContactList"]
