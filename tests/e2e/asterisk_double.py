"""This is no Asterisk: it plays back what an Asterisk 22.10.1 said (its manager's texts), and brings MESSAGEs and NOTIFYs
to phones over UDP as that one did. `./run test-asterisk PREFIX` tries the same on a real one."""

import base64
import contextlib
import hashlib
import json
import re
import socket
import struct
import threading
import time

USER, SECRET = "snomd", "amisecret"


def value_of(text, name):
    """A header field's value in a SIP message."""
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", text, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else ""


def unescaped(value):
    """What Asterisk makes of a variable: it divides at commas, and takes quotes and backslashes away."""
    text, items, escaped = "", [], False
    for character in value:
        if escaped:
            text, escaped = text + character, False
        elif character == "\\":
            escaped = True
        elif character == ",":
            items.append(text)
            text = ""
        elif character != '"':
            text += character
    return items + [text]


class AsteriskDouble:
    def __init__(self, secret=SECRET, endpoints=("1000", "1001")):
        self.secret = secret
        self.endpoints = endpoints
        self.devices = {}
        self.subscriptions = {}  # Call-ID -> what a NOTIFY needs, and whose key
        self.calls = {}  # channel -> a call to a key that the dialplan holds
        self.contacts = {}  # URI -> fields of the list
        self.contacts_in_database = True  # where sorcery.conf keeps them unless an administrator says otherwise
        self.sip_answers = []  # (CSeq's method, status) of phones
        self.sent = []  # (action, fields)
        self.unreachable = set()
        self.hep_port = None  # where copies of SIP go, as res_hep sends them
        self.hep_password = ""
        self._cseq = 0
        self._lock = threading.RLock()
        self._sessions = []
        self._closing = False
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.sip = "127.0.0.1:%d" % self._udp.getsockname()[1]
        threading.Thread(target=self._serve_sip, daemon=True).start()
        self._listener = None
        self.ami_port = 0
        self.start_manager()

    # The manager.

    def start_manager(self):
        self._listener = socket.create_server(("127.0.0.1", self.ami_port), reuse_port=False)
        self.ami_port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop_manager(self):
        """As at an end of Asterisk: the connections are closed, and no more are taken."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for session in self._sessions:
                with contextlib.suppress(OSError):
                    session.shutdown(socket.SHUT_RDWR)
            self._sessions.clear()

    def stop(self):
        self._closing = True
        self.stop_manager()
        self._udp.close()

    def _accept(self, listener):
        while True:
            try:
                session, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(session,), daemon=True).start()

    def _serve(self, session):
        with contextlib.suppress(OSError):
            session.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            fields = []
            for raw in session.makefile("rb"):
                line = raw.decode(errors="replace").rstrip("\r\n")
                if not line:
                    self._take(session, fields)
                    fields = []
                    continue
                assert len(raw) <= 1024, "Asterisk says 'line too long'"
                name, _, value = line.partition(":")
                fields.append((name, value.strip()))

    def _say(self, session, *lines):
        session.sendall("".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n")

    def event(self, *lines):
        """To everybody who is logged in."""
        with self._lock:
            for session in self._sessions:
                with contextlib.suppress(OSError):
                    self._say(session, *lines)

    def raw_event(self, text):
        with self._lock:
            for session in self._sessions:
                with contextlib.suppress(OSError):
                    session.sendall(text.encode())

    def _take(self, session, fields):
        said = dict(reversed(fields))
        action, name = said.get("Action", ""), said.get("ActionID", "")

        def answer(ok, message, *more):
            self._say(session, ("Response", "Success" if ok else "Error"), ("ActionID", name), *more,
                      ("Message", message))

        if action == "Login":
            if (said.get("Username"), said.get("Secret")) != (USER, self.secret):
                answer(False, "Authentication failed")
                session.close()
                return
            answer(True, "Authentication accepted")
            self._say(session, ("Event", "FullyBooted"), ("Privilege", "system,all"), ("Uptime", "1"),
                      ("LastReload", "1"), ("Status", "Fully Booted"))
            with self._lock:
                self._sessions.append(session)
            return
        handler = getattr(self, "_on_" + action, None)
        if handler is None:
            return answer(False, f"Invalid/unknown command: {action}. Use Action: ListCommands to show available commands.")
        with self._lock:
            self.sent.append((action, fields))
            handler(session, answer, name, said, fields)

    def _on_PJSIPShowContacts(self, session, answer, name, _said, _fields):
        if not self.contacts:
            return answer(False, "No Contacts found")
        answer(True, "A listing of Contacts follows, presented as ContactList events", ("EventList", "start"))
        for contact in self.contacts.values():
            status = "Unreachable" if contact["ObjectName"].split(";")[0] in self.unreachable else contact["Status"]
            self._say(session, ("Event", "ContactList"), ("ActionID", name),
                      *{**contact, "Status": status}.items())
        self._say(session, ("Event", "ContactListComplete"), ("ActionID", name), ("EventList", "Complete"),
                  ("ListItems", len(self.contacts)))

    def _on_DBGet(self, session, answer, name, said, _fields):
        contact = next((fields for fields in self.contacts.values()
                        if said["Family"] == "registrar/contact" and fields["ObjectName"] == said["Key"]), None)
        if contact is None or not self.contacts_in_database:
            return answer(False, "Database entry not found")
        kept = {"via_addr": "ViaAddr", "qualify_timeout": "QualifyTimeout", "qualify_2xx_only": "Qualify2xxOnly",
                "call_id": "CallId", "reg_server": "RegServer", "prune_on_boot": "PruneOnBoot", "path": "Path",
                "endpoint": "Endpoint", "via_port": "ViaPort", "authenticate_qualify": "AuthenticateQualify", "uri": "Uri",
                "qualify_frequency": "QualifyFrequency", "user_agent": "UserAgent", "expiration_time": "ExpirationTime",
                "outbound_proxy": "OutboundProxy"}
        answer(True, "Result will follow", ("EventList", "start"))
        self._say(session, ("Event", "DBGetResponse"), ("Family", said["Family"]), ("Key", said["Key"]),
                  ("Val", json.dumps({key: contact[field] for key, field in kept.items()}, separators=(",", ":"))),
                  ("ActionID", name))
        self._say(session, ("Event", "DBGetComplete"), ("ActionID", name), ("EventList", "Complete"), ("ListItems", 1))

    def _on_PJSIPShowEndpoints(self, session, answer, name, _said, _fields):
        answer(True, "A listing of Endpoints follows, presented as EndpointList events", ("EventList", "start"))
        for endpoint in self.endpoints:
            self._say(session, ("Event", "EndpointList"), ("ActionID", name), ("ObjectType", "endpoint"),
                      ("ObjectName", endpoint), ("Transport", ""), ("Aor", endpoint), ("Auths", endpoint),
                      ("OutboundAuths", ""), ("DeviceState", "Not in use"), ("ActiveChannels", "0"))
        self._say(session, ("Event", "EndpointListComplete"), ("ActionID", name), ("EventList", "Complete"),
                  ("ListItems", len(self.endpoints)))

    def _on_MessageSend(self, _session, answer, _name, said, fields):
        endpoint, _, uri = said["Destination"].removeprefix("pjsip:").partition("/")
        if endpoint not in self.endpoints:
            return answer(False, "Message failed to send.")
        headers = [variable.partition("=")[::2] for name, line in fields if name == "Variable"
                   for variable in unescaped(line)]
        body = base64.b64decode(said["Base64Body"])
        self._request("MESSAGE", uri, said["From"], said["To"], headers, body)
        answer(True, "Message successfully sent")

    def _on_PJSIPNotify(self, _session, answer, _name, said, fields):
        variables = [variable.partition("=")[::2] for name, line in fields if name == "Variable"
                     for variable in unescaped(line)]
        body = "\r\n".join(value for name, value in variables if name == "Content").encode()
        headers = [(name, value) for name, value in variables if name != "Content"]
        headers.append(("Subscription-State", "terminated"))
        uris = [said["URI"]] if "URI" in said else [uri for uri, contact in self.contacts.items()
                                                    if contact["Endpoint"] == said["Endpoint"]]
        for uri in uris:
            self._request("NOTIFY", uri, "sip:asterisk@127.0.0.1", uri, headers, body)
        answer(True, "NOTIFY sent")

    def _on_PJSIPShowSubscriptionsInbound(self, session, answer, name, _said, _fields):
        answer(True, "Following are Events for each inbound Subscription", ("EventList", "start"))
        for call_id, one in self.subscriptions.items():
            self._say(session, ("Event", "InboundSubscriptionDetail"), ("ActionID", name), ("Role", "Notifier"),
                      ("Endpoint", one["endpoint"]), ("Callid", call_id), ("State", "ACTIVE"), ("Callerid", "Unknown"),
                      ("SubscriptionType", "extension_state"), ("Extension", one["extension"]),
                      ("ExtensionStates", "Unknown"))
        self._say(session, ("Event", "InboundSubscriptionDetailComplete"), ("ActionID", name), ("EventList", "Complete"),
                  ("ListItems", len(self.subscriptions)))

    def _on_Setvar(self, _session, answer, _name, said, _fields):
        answer(True, "Variable Set")
        self.set_device(said["Variable"].removeprefix("DEVICE_STATE(").removesuffix(")"), said["Value"])

    def _on_Hangup(self, _session, answer, _name, said, _fields):
        call = self.calls.pop(said["Channel"], None)
        if call is None:
            return answer(False, "No such channel")
        self._answer(call["text"], call["peer"], {"16": "603 Decline", "1": "404 Not Found", "21": "403 Forbidden"}[said["Cause"]])
        answer(True, "Channel Hungup")

    def _on_Redirect(self, _session, answer, _name, said, _fields):
        """A real one would call the phone itself: the caller does, as with other calls to phones here."""
        called = [uri for uri, contact in self.contacts.items() if contact["Endpoint"] == said["Exten"]]
        if said["Channel"] not in self.calls or said["Context"] != "phones":
            return answer(False, "Channel does not exist")
        call = self.calls.pop(said["Channel"])
        self._answer(call["text"], call["peer"], "302 Moved Temporarily", f"Contact: <{called[-1]}>")
        answer(True, "Redirect successful")

    def _on_Getvar(self, _session, answer, _name, said, _fields):
        if "Channel" in said:
            call = self.calls.get(said["Channel"])
            if call is None:
                return answer(False, "No such channel")
            value = {"EXTEN": call["extension"], "CONTEXT": "phones", "CHANNEL(endpoint)": call["endpoint"]}[said["Variable"]]
            return answer(True, "Result will follow", ("Variable", said["Variable"]), ("Value", value))
        device = said["Variable"].removeprefix("DEVICE_STATE(").removesuffix(")")
        default = "UNKNOWN" if device.startswith("Custom:") else "NOT_INUSE"
        answer(True, "Result will follow", ("Variable", said["Variable"]),
               ("Value", self.devices.get(device, default)))

    def set_device(self, device, state):
        with self._lock:
            self.devices[device] = state
        self.event(("Event", "DeviceStateChange"), ("Privilege", "call,all"), ("Device", device), ("State", state))
        for one in list(self.subscriptions.values()):
            if device == "Custom:" + one["extension"]:
                self._notify(one)

    # SIP, without any authentication.

    def _request(self, method, uri, sender, to, headers, body):
        self._cseq += 1
        host, _, port = re.sub(r"^sip:(?:[^@]*@)?([^;>]*).*", r"\1", uri).partition(":")
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self.sip};rport;branch=z9hG4bK{self._cseq}double",
                 "Max-Forwards: 70", f"From: <{sender}>;tag=double{self._cseq}", f"To: <{to}>",
                 f"Call-ID: double-{self._cseq}", f"CSeq: {self._cseq} {method}"]
        lines += [f"{name}: {value}" for name, value in headers] + [f"Content-Length: {len(body)}"]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self._copy(request)
        self._udp.sendto(request, (host, int(port or 5060)))

    def _copy(self, sip):
        if self.hep_port is None:
            return

        def chunk(kind, value):
            return struct.pack(">HHH", 0, kind, len(value) + 6) + value

        chunks = b"".join([chunk(1, b"\x02"), chunk(2, b"\x11"), chunk(3, b"\x7f\0\0\x01"), chunk(4, b"\x7f\0\0\x01"),
                           chunk(7, b"\x13\xc4"), chunk(8, b"\x13\xc4"), chunk(9, b"\0" * 4), chunk(10, b"\0" * 4),
                           chunk(11, b"\x01"), chunk(12, b"\0\0\0\x01")]
                          + ([chunk(14, self.hep_password.encode())] if self.hep_password else [])
                          + [chunk(15, sip), chunk(17, b"correlation")])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"HEP3" + struct.pack(">H", len(chunks) + 6) + chunks, ("127.0.0.1", self.hep_port))

    def _serve_sip(self):
        while True:
            try:
                data, peer = self._udp.recvfrom(65536)
            except OSError:
                return
            text = data.decode(errors="replace")
            self._copy(data)
            if text.startswith("SIP/2.0 "):
                self.sip_answers.append((value_of(text, "CSeq").split()[-1], int(text.split()[1])))
            elif text.startswith("REGISTER "):
                self._register(text, peer)
            elif text.startswith("INVITE "):
                self._invited(text, peer)
            elif text.startswith("SUBSCRIBE "):
                self._subscribed(text, peer)

    def _answer(self, text, peer, status, *more):
        lines = [f"SIP/2.0 {status}"]
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            value = value_of(text, name) or value_of(text, name[0])
            lines.append(f"{name}: {value}" + (";tag=double" if name == "To" else ""))
        lines += [*more, "Content-Length: 0"]
        self._udp.sendto("\r\n".join(lines).encode() + b"\r\n\r\n", peer)

    def _register(self, text, peer):
        aor = re.search(r"sip:([^@>]+)@", value_of(text, "To") or value_of(text, "t")).group(1)
        contact = value_of(text, "Contact") or value_of(text, "m")
        uri = re.search(r"<([^>]+)>", contact)
        expires = int((re.search(r"expires=(\d+)", contact) or re.search(r"Expires:\s*(\d+)", text)).group(1))
        if uri is None:
            uri, expires = None, 0
        with self._lock:
            if expires == 0:
                gone = [key for key, fields in self.contacts.items()
                        if fields["Endpoint"] == aor and (uri is None or key == uri.group(1))]
                for key in gone:
                    del self.contacts[key]
                changed = [(key, "Removed") for key in gone]
            else:
                key = uri.group(1)
                known = self.contacts.get(key)
                changed = [] if known else [(key, "NonQualified")]
                self.contacts[key] = {
                    "ObjectType": "contact", "ObjectName": f"{aor};@{hashlib.md5(key.encode()).hexdigest()}",
                    "ViaAddr": peer[0], "QualifyTimeout": "3.000000", "Qualify2xxOnly": "false",
                    # It goes on listing the Call-ID of the first.
                    "CallId": known["CallId"] if known else value_of(text, "Call-ID") or value_of(text, "i"),
                    "RegServer": "", "PruneOnBoot": "no", "Path": "", "Endpoint": aor, "ViaPort": str(peer[1]),
                    "AuthenticateQualify": "no", "Uri": key, "QualifyFrequency": "0",
                    "UserAgent": value_of(text, "User-Agent"), "ExpirationTime": str(int(time.time()) + expires),
                    "OutboundProxy": "", "Status": "NonQualified", "RoundtripUsec": "N/A"}
        more = [f"Contact: <{uri.group(1)}>;expires={expires}"] if uri and expires else []
        self._answer(text, peer, "200 OK", *more)
        for key, status in changed:
            self.event(("Event", "ContactStatus"), ("Privilege", "system,all"), ("URI", key), ("ContactStatus", status),
                       ("AOR", aor), ("EndpointName", aor), ("RoundtripUsec", "0"))

    def _subscribed(self, text, peer):
        """The hint `_s[n]om+.` = `Custom:${EXTEN}`."""
        extension = re.match(r"SUBSCRIBE sip:([^@]+)@", text).group(1).replace("%2A", "*")
        call_id = value_of(text, "Call-ID") or value_of(text, "i")
        expires = int(value_of(text, "Expires"))
        if not extension.startswith("snom+"):
            return self._answer(text, peer, "404 Not Found")
        self._answer(text, peer, "200 OK", f"Expires: {expires}", f"Contact: <sip:{self.sip}>")
        with self._lock:
            one = self.subscriptions.setdefault(call_id, {
                "endpoint": re.search(r"sip:([^@>]+)@", value_of(text, "From")).group(1), "extension": extension,
                "call_id": call_id, "from": value_of(text, "To") + ";tag=double", "to": value_of(text, "From"),
                "contact": re.search(r"<([^>]+)>", value_of(text, "Contact")).group(1), "version": 0, "cseq": 0, "peer": peer})
            if expires == 0:
                del self.subscriptions[call_id]
            self._notify(one, "active;expires=3600" if expires else "terminated;reason=timeout")

    def _notify(self, one, state="active;expires=3600"):
        device = self.devices.get("Custom:" + one["extension"], "UNKNOWN")
        dialog = {"RINGING": "early", "INUSE": "confirmed", "BUSY": "confirmed", "ONHOLD": "confirmed"}.get(device, "terminated")
        hold = '<local><target uri="sip:double"><param pname="+sip.rendering" pvalue="no"/></target></local>' * (device == "ONHOLD")
        ring = ' direction="recipient"' * (device == "RINGING")
        body = ('<?xml version="1.0" encoding="UTF-8"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
                f'version="{one["version"]}" state="full" entity="sip:{self.sip}"><dialog id="{one["extension"]}"{ring}>'
                f"<state>{dialog}</state>{hold}</dialog></dialog-info>\n").encode()
        one["version"] += 1
        one["cseq"] += 1
        self._cseq += 1
        lines = [f"NOTIFY {one['contact']} SIP/2.0", f"Via: SIP/2.0/UDP {self.sip};rport;branch=z9hG4bK{self._cseq}double",
                 "Max-Forwards: 70", f"From: {one['from']}", f"To: {one['to']}", f"Call-ID: {one['call_id']}",
                 f"CSeq: {one['cseq']} NOTIFY", "Event: dialog", f"Subscription-State: {state}",
                 f"Contact: <sip:{self.sip}>", "Content-Type: application/dialog-info+xml", f"Content-Length: {len(body)}"]
        self._udp.sendto("\r\n".join(lines).encode() + b"\r\n\r\n" + body, one["peer"])

    def _called_key(self, text, peer, caller, extension):
        """The dialplan's `_s[n]om+.`: UserEvent(SnomPress), Wait(5), Hangup(16)."""
        channel = f"PJSIP/{caller}-{len(self.calls) + self._cseq:08x}"
        self.calls[channel] = {"text": text, "peer": peer, "endpoint": caller, "extension": extension}
        self.forge_press(extension, channel)

    def forge_press(self, exten, channel="PJSIP/1000-00000009"):
        """What a phone can have a real one write."""
        self.event(("Event", "UserEvent"), ("Privilege", "user,all"), ("Channel", channel), ("Context", "phones"),
                   ("Exten", exten), ("Priority", "1"), ("UserEvent", "SnomPress"))

    def _invited(self, text, peer):
        """The dialplan's `_*90.`: UserEvent(SnomPress), Hangup(16). A call to a phone, which a real one would make itself, is
        the caller's: phones follow."""
        caller = re.search(r"sip:([^@>]+)@", value_of(text, "From") or value_of(text, "f")).group(1)
        exten = re.match(r"INVITE sip:([^@]+)@", text).group(1).replace("%2A", "*")
        if exten.startswith("snom+"):
            if all(call["text"] != text for call in self.calls.values()):  # it was not repeated
                self._cseq += 1
                self._called_key(text, peer, caller, exten)
            return
        called = [uri for uri, contact in self.contacts.items() if contact["Endpoint"] == exten]
        if called:
            self._answer(text, peer, "302 Moved Temporarily", f"Contact: <{called[-1]}>")
            return
        self.event(("Event", "UserEvent"), ("Privilege", "user,all"), ("Channel", f"PJSIP/{caller}-00000001"),
                   ("ChannelState", "4"), ("Context", "phones"), ("Exten", exten), ("Priority", "1"),
                   ("UserEvent", "SnomPress"))
        self._answer(text, peer, "603 Decline")
