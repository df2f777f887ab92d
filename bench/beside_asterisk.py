"""./run bench asterisk: keys a second through a real Asterisk's manager, and long ones through its ARI, each beside a bare
client that sends the same. ./run bench asterisk-many: a whole site of phones at it."""

import base64
import contextlib
import json
import os
import pathlib
import selectors
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HOME = pathlib.Path(__file__).resolve().parent.parent
for room in ("asterisk_real", "e2e"):
    sys.path.insert(0, str(HOME / "tests" / room))

COUNT = 1000
MANY = 10000
FIRST_OF_MANY = 10000
IN_FLIGHT = 50
PROFILE = """[[profile]]
name = "office"
phones = "asterisk"
domain = "127.0.0.1"
ami = "127.0.0.1:{port}"
ami_user = "snomd"
ami_secret_file = "ami.secret"
resend = "off"
{more}
[http]
listen = "127.0.0.1:0"
[store]
path = "{store}"
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


ARI = """ari = "127.0.0.1:{port}"
ari_user = "snomd"
ari_password_file = "ari.secret"
"""
LONG_LABEL = "x" * 900  # longer than a line of the manager: the document goes by ARI
ARI_CONNECTIONS = 8


def bare_ari_rate(port, password, contacts, seconds):
    """Documents a second that a bare client has Asterisk send through ARI, on connections that stay open."""
    body = f"k=1\r\nl=on\r\nd={LONG_LABEL}\r\nn=notused\r\na=message\r\n"
    credentials = base64.b64encode(f"snomd:{password}".encode()).decode()

    def request(user, uri):
        content = json.dumps({"to": f"pjsip:{user}/{uri}", "from": f"sip:{user}@127.0.0.1", "body": body,
                              "variables": {"Content-Type": "application/x-buttons"}}).encode()
        return (f"PUT /ari/endpoints/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {credentials}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n").encode() + content

    requests = [request(user, uri) for user, uri in contacts]
    answered = sent = 0
    with selectors.DefaultSelector() as ready:
        connections = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(ARI_CONNECTIONS)]
        begin = time.monotonic()
        try:
            for connection in connections:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(connection, selectors.EVENT_READ)
                connection.sendall(requests[sent % len(requests)])
                sent += 1
            while answered < sent:
                for key, _ in ready.select(30):
                    said = key.fileobj.recv(65536)
                    assert said.startswith(b"HTTP/1.1 202") and said.endswith(b"\r\n\r\n"), said
                    answered += 1
                    if time.monotonic() - begin < seconds:
                        key.fileobj.sendall(requests[sent % len(requests)])
                        sent += 1
        finally:
            for connection in connections:
                connection.close()
        return answered / (time.monotonic() - begin)


def bench(tools, rounds):
    prefix = os.environ.get("SNOM_ASTERISK_PREFIX")
    if not prefix:
        print("asterisk: SNOM_ASTERISK_PREFIX names no Asterisk: not measured")
        return
    from asterisk import ARI_PASSWORD, SECRET, Asterisk  # what the tests with a real one are made of
    users = {str(user): tools.PASSWORD for user in range(1000, 1000 + COUNT)}
    with tempfile.TemporaryDirectory() as folder:
        asterisk = Asterisk(prefix, pathlib.Path(folder) / "asterisk", users=users).start(120)
        try:
            with tools.phones(asterisk.sip, COUNT, "--domain", "127.0.0.1"):
                tools.wait_for(lambda: len(contacts(asterisk)) == COUNT, 120, f"{COUNT} phones to register")
                known = contacts(asterisk)
                (pathlib.Path(folder) / "ami.secret").write_text(SECRET + "\n")
                (pathlib.Path(folder) / "ari.secret").write_text(ARI_PASSWORD + "\n")
                lines = [line.replace(" internal", " office") for line in tools.bind_lines(COUNT)]
                measure(tools, rounds, folder, asterisk, "", lines, "asterisk", "manager",
                        lambda: bare_rate(asterisk.ami_port, SECRET, known, 5))
                long_lines = [f"snom_bind_key 1 on {LONG_LABEL} {user} 127.0.0.1 office message notused" for user in users]
                measure(tools, rounds, folder, asterisk, ARI.format(port=asterisk.http_port), long_lines, "asterisk ari", "ARI",
                        lambda: bare_ari_rate(asterisk.http_port, ARI_PASSWORD, known, 5))
        finally:
            asterisk.stop()


def measure(tools, rounds, folder, asterisk, more, lines, name, way, bare):
    """One snomd beside that Asterisk, taken in turns with a bare client."""
    ours, theirs, p99, cost, askers, bares = [], [], [], [], [], []
    snomd = tools.Snomd(folder)
    snomd.config.write_text(PROFILE.format(port=asterisk.ami_port, more=more, store=""))
    begin = time.monotonic()
    with snomd.running():
        while snomd.phones() != COUNT:
            if time.monotonic() - begin > 60:
                sys.exit("bench: the phones were not listed within 60 s")
            time.sleep(0.01)
        listed = time.monotonic() - begin
        tools.load(snomd.http, lines, IN_FLIGHT, 1, folder)
        for _ in range(rounds):
            before, asked = tools.processor_seconds(snomd.pid), tools.processor_seconds_of_children()
            result = tools.load(snomd.http, lines, IN_FLIGHT, 5, folder)
            cost.append(1000 * (tools.processor_seconds(snomd.pid) - before) / result["ok"])
            askers.append(1000 * (tools.processor_seconds_of_children() - asked) / result["ok"])
            ours.append(result["per_second"])
            p99.append(result["p99_ms"])
            before, begun = time.process_time(), time.monotonic()
            theirs.append(bare())
            bares.append(1000 * (time.process_time() - before) / (theirs[-1] * (time.monotonic() - begun)))
    tools.tell(name, ours, f"bound and sent to {COUNT:,} virtual phones through Asterisk's {way}, {IN_FLIGHT} in flight:",
               theirs, f"a bare client of its {way}:", "a second", "0.8 of it", [a / b for a, b in zip(ours, theirs)])
    tools.figure(f"{name}, slowest of a hundred", statistics.median(p99), "ms", "less")
    tools.figure(f"{name}, processor time of a key in snomd", statistics.median(cost), "ms", "less")
    tools.figure(f"{name}, contacts listed at the start", listed, "s", "less")
    print(f"      slowest of a hundred: {statistics.median(p99):.1f} ms; {COUNT:,} contacts listed {listed:.2f} s after the "
          f"start.\n      Processor time of a key: {statistics.median(cost):.3f} ms in snomd, {statistics.median(askers):.3f} ms in "
          f"what asks it by HTTP; {statistics.median(bares):.3f} ms in the bare client, which nobody asks", flush=True)


def bench_many(tools, rounds):
    """A whole site at an Asterisk: its phones come back and get their keys; snomd starts and learns who is registered."""
    prefix = os.environ.get("SNOM_ASTERISK_PREFIX")
    if not prefix:
        print("asterisk-many: SNOM_ASTERISK_PREFIX names no Asterisk: not measured")
        return
    from asterisk import SECRET, Asterisk
    users = {str(user): tools.PASSWORD for user in range(FIRST_OF_MANY, FIRST_OF_MANY + MANY)}
    with tempfile.TemporaryDirectory() as folder:
        asterisk = Asterisk(prefix, pathlib.Path(folder) / "asterisk", users=users).start(120)
        try:
            (pathlib.Path(folder) / "ami.secret").write_text(SECRET + "\n")
            with restore(tools, folder, asterisk, list(users)):
                list_all(tools, rounds, folder, asterisk)
        finally:
            asterisk.stop()


def restore(tools, folder, asterisk, users):
    """Phones that come at once get their keys; they stay until what is returned is closed."""
    snomd = tools.Snomd(folder)
    snomd.config.write_text(PROFILE.format(port=asterisk.ami_port, more="", store="keys.db"))
    lines = [tools.twelve_keys(user) for user in users]
    # Set while nobody is there, and snomd starts again: the site had no power.
    with snomd.running():
        tools.wait_for(lambda: is_known(snomd, users[-1]), 60, "Asterisk's accounts to be listed")
        tools.load(snomd.http, lines, 50, 110, folder, "--once")
    waits, silences, ready = {}, set(), threading.Event()
    with contextlib.ExitStack() as staying:
        with snomd.running():
            threading.Thread(target=tools.read_restores, args=(snomd.http, waits, silences, ready), daemon=True).start()
            ready.wait(10)
            begun = time.monotonic()
            comers = staying.enter_context(
                tools.Comers(folder, asterisk.sip, FIRST_OF_MANY, MANY, "--domain", "127.0.0.1").coming())
            while len(comers.shown) < MANY * 12:
                if time.monotonic() - begun > 300:
                    sys.exit(f"bench: after 300 s {len(comers.registered)} phones are registered, {snomd.phones()} of them listed, "
                             f"and {len(comers.shown)} keys shown")
                time.sleep(0.02)
                comers.look()
            after = time.monotonic() - comers.registered_at
        wrong = [key for key, shown in comers.shown.items() if shown != ("on", f"Line{key[1]}")]
        if wrong:
            sys.exit(f"bench: {len(wrong)} keys are wrong, such as {wrong[0]}")
        tools.figure("restore, beside Asterisk: the last has its keys after it registered", after, "s", "less")
        print(f"asterisk-many: {MANY:,} phones registered with Asterisk within {comers.registered_at - begun:.1f} s; all had their "
              f"12 keys, and the right ones, {after:.2f} s after the last registered (aim: as with the registrar inside, 1)",
              flush=True)
        return staying.pop_all()


def is_known(snomd, user):
    """Whether that user is one of Asterisk's: his key can be set, though he is away."""
    request = urllib.request.Request(f"http://{snomd.http}/v1/command", method="POST", headers={"Content-Type": "text/plain"},
                                     data=f"snom_button {user}@127.0.0.1 1 light=off".encode())
    with contextlib.suppress(urllib.error.HTTPError):
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().startswith(b"+OK")
    return False


def list_all(tools, rounds, folder, asterisk):
    took, theirs = [], []
    snomd = tools.Snomd(folder)
    snomd.config.write_text(PROFILE.format(port=asterisk.ami_port, more="", store=""))
    for _ in range(rounds):
        begin = time.monotonic()
        with snomd.running():
            tools.wait_for(lambda: snomd.phones() == MANY, 60, f"{MANY} contacts to be listed")
            took.append(time.monotonic() - begin)
        theirs.append(bare_list(asterisk.ami_port))
    tools.figure("asterisk-many, contacts listed at the start", statistics.median(took), "s", "less")
    print(f"asterisk-many: {MANY:,} contacts listed {statistics.median(took):.2f} s ({min(took):.2f} to {max(took):.2f}) after the "
          f"start of snomd; a bare client of the manager reads that list in {statistics.median(theirs):.2f} s. Aim: 5 s.",
          flush=True)


def bare_list(port):
    """Seconds from the question who is registered to the end of the answer."""
    from asterisk import SECRET
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(f"Action: Login\r\nUsername: snomd\r\nSecret: {SECRET}\r\nEvents: off\r\n\r\n".encode())
        while b"accepted" not in connection.recv(65536):
            pass
        begin = time.monotonic()
        connection.sendall(b"Action: PJSIPShowContacts\r\n\r\n")
        said = b""
        while b"Event: ContactListComplete" not in said:
            piece = connection.recv(1 << 20)
            if not piece:
                sys.exit("bench: Asterisk closed the connection")
            said = said[-100:] + piece
        return time.monotonic() - begin


def contacts(asterisk):
    """(endpoint, URI) of all that are registered."""
    mark = asterisk.manager.mark()
    answer = asterisk.manager.ask("PJSIPShowContacts")
    if answer.get("EventList") != "start":
        return []
    asterisk.manager.wait_for(lambda m: m.get("Event") == "ContactListComplete", "the list", since=mark)
    return [(m["Endpoint"], m["Uri"]) for m in asterisk.manager.messages(mark) if m.get("Event") == "ContactList"]
