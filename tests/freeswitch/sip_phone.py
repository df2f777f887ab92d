"""A phone on a bare UDP socket, for what a well-behaved phone would not do: silence, refusals, odd contacts, and
MESSAGEs in other people's names."""

import hashlib
import re
import secrets
import socket
import threading
import time

from freeswitch import DOMAIN, LIMIT


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class SipMessage:
    def __init__(self, data):
        head, _, self.body = data.decode(errors="replace").partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.start = lines[0]
        self.headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers.append((name.strip().lower(), value.strip()))

    def __getitem__(self, name):
        return next((value for key, value in self.headers if key == name.lower()), "")

    @property
    def method(self):
        return "" if self.start.startswith("SIP/2.0") else self.start.split()[0]

    @property
    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def uri(self):
        return self.start.split()[1]

    def __repr__(self):
        return f"<{self.start} {self.body!r}>"


class SipPhone:
    """Answers each MESSAGE with `answer` (a status, 0 for silence) and keeps it in `messages`."""

    def __init__(self, freeswitch, user="1000", password=None, answer=200, contact=None, address="127.0.0.1"):
        self.fs = freeswitch
        self.user = user
        self.password = freeswitch.users.get(user) if password is None else password
        self.answer = answer
        self.messages = []
        self._responses = []
        self._changed = threading.Condition()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((address, 0))
        self.address = self._socket.getsockname()
        self.contact = (contact or "<sip:{user}@{host}:{port};line=abc>").format(
            user=user, host=self.address[0], port=self.address[1])
        self._call_id = secrets.token_hex(8)
        self._cseq = 0
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        seen = set()
        while self._open:
            try:
                data, peer = self._socket.recvfrom(65535)
            except OSError:
                return
            if len(data) < 20:
                continue
            message = SipMessage(data)
            if message.method:
                status = self.answer(message) if callable(self.answer) else self.answer
                if message.method == "OPTIONS":
                    status = 200
                if status:
                    self._socket.sendto(self._response(message, status), peer)
                key = (message["call-id"], message["cseq"])
                if key in seen:
                    continue  # a retransmission
                seen.add(key)
            with self._changed:
                if message.method == "MESSAGE":
                    self.messages.append(message)
                elif message.status:
                    self._responses.append(message)
                self._changed.notify_all()

    @staticmethod
    def _response(request, status):
        lines = [f"SIP/2.0 {status} {'OK' if status == 200 else 'No'}"]
        for name in ("via", "from", "to", "call-id", "cseq"):
            for key, value in request.headers:
                if key == name:
                    lines.append(f"{name}: {value}" + (";tag=phone" if name == "to" and "tag=" not in value else ""))
        return ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode()

    def _request(self, method, uri, to, authorization="", more="", body="", from_user=None, call_id=None):
        self._cseq += 1
        host, port = self.address
        sender = self.user if from_user is None else from_user
        text = (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
                f"From: <sip:{sender}@{DOMAIN}>;tag={secrets.token_hex(4)}\r\nTo: <{to}>\r\n"
                f"Call-ID: {call_id or self._call_id}\r\nCSeq: {self._cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"User-Agent: snom370/8.7.5.35\r\n{authorization}{more}Content-Length: {len(body.encode())}\r\n\r\n{body}")
        self._socket.sendto(text.encode(), self.fs.sip)
        wanted = f"{self._cseq} {method}"
        with self._changed:
            def answer():
                return next((r for r in self._responses if r["cseq"] == wanted and r.status >= 200), None)
            assert self._changed.wait_for(answer, LIMIT), f"no answer to {method} {uri}"
            return answer()

    def _authorization(self, response, method, uri, username=None, password=None):
        challenge = response["www-authenticate"] or response["proxy-authenticate"]
        name = "Authorization" if response["www-authenticate"] else "Proxy-Authorization"
        field = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        username = username or self.user
        password = self.password if password is None else password
        a1 = md5(f"{username}:{field['realm']}:{password}")
        cnonce = secrets.token_hex(4)
        digest = md5(f"{a1}:{field['nonce']}:00000001:{cnonce}:auth:{md5(f'{method}:{uri}')}")
        return (f'{name}: Digest username="{username}", realm="{field["realm"]}", nonce="{field["nonce"]}", uri="{uri}", '
                f'response="{digest}", algorithm=MD5, cnonce="{cnonce}", qop=auth, nc=00000001\r\n')

    def register(self, expires=600):
        uri = f"sip:{DOMAIN}"
        more = f"Contact: {self.contact}\r\nExpires: {expires}\r\n"
        response = self._request("REGISTER", uri, f"sip:{self.user}@{DOMAIN}", more=more)
        if response.status == 401:
            response = self._request("REGISTER", uri, f"sip:{self.user}@{DOMAIN}",
                                     self._authorization(response, "REGISTER", uri), more)
        assert response.status == 200, response
        return self

    def start_anew(self):
        """Forgets its registration, as a reboot does: the next one has another Call-ID."""
        self._call_id = secrets.token_hex(8)
        return self

    def send_message(self, target, body="", from_user=None, authenticate=True, username=None, password=None):
        """A MESSAGE to `target`@domain, as a press sends it; the final status."""
        uri = f"sip:{target}@{DOMAIN}"
        more = "Content-Type: text/plain\r\n"
        call_id = secrets.token_hex(8)
        response = self._request("MESSAGE", uri, uri, "", more, body, from_user, call_id)
        if response.status in (401, 407) and authenticate:
            authorization = self._authorization(response, "MESSAGE", uri, username, password)
            response = self._request("MESSAGE", uri, uri, authorization, more, body, from_user, call_id)
        return response.status

    def wait_message(self, count=1, timeout=LIMIT, wanted=lambda message: True):
        """Waits until `count` MESSAGEs came that are wanted; the last of them."""
        with self._changed:
            def enough():
                found = [message for message in self.messages if wanted(message)]
                return found[count - 1] if len(found) >= count else None
            assert self._changed.wait_for(enough, timeout), f"MESSAGE {count} did not come; came: {self.messages}"
            return enough()

    def buttons(self):
        """The lamps in the x-buttons documents that came, as dictionaries."""
        with self._changed:
            bodies = [m.body for m in self.messages if m["content-type"].startswith("application/x-buttons")]
        return [dict(line.split("=", 1) for line in body.split("\r\n") if "=" in line) for body in bodies]

    def close(self):
        self._open = False
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
