"""A thousand phones on one UDP socket, as cheap as Python can: register, answer each MESSAGE with 200, count keys."""

import hashlib
import multiprocessing
import re
import secrets
import socket
import time

PASSWORD = "bench"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Phones:
    """Runs in a process of its own, so that answering does not compete with sending for one Python."""

    def __init__(self, server, domain, users):
        self._arguments = (server, domain, list(users))
        self.registered = multiprocessing.Value("i", 0)
        self.keys = multiprocessing.Value("i", 0)  # lamps in all documents: one may set several keys
        self.last = multiprocessing.Value("d", 0.0)
        self._process = multiprocessing.Process(target=self._run, daemon=True)
        self._process.start()

    def _run(self):
        server, domain, users = self._arguments
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.bind(("127.0.0.1", 0))
        self.host, self.port = sock.getsockname()
        sock.settimeout(1)
        for user in users:
            self._register(sock, server, domain, user)
            self.registered.value += 1
        sock.settimeout(None)
        seen = set()
        while True:
            data, peer = sock.recvfrom(65535)
            if not data.startswith(b"MESSAGE"):
                continue
            head, _, body = data.partition(b"\r\n\r\n")
            headers = head.split(b"\r\n")
            answer = [b"SIP/2.0 200 OK"]
            call = b""
            for line in headers[1:]:
                name = line[:5].lower()
                if name.startswith((b"via", b"from", b"cseq")):
                    answer.append(line)
                elif name.startswith(b"to:"):
                    answer.append(line + b";tag=1")
                elif name == b"call-":
                    answer.append(line)
                    call = line
            answer.append(b"Content-Length: 0\r\n\r\n")
            sock.sendto(b"\r\n".join(answer), peer)
            if call not in seen:  # else it came again
                seen.add(call)
                self.keys.value += body.count(b"\nk=") + body.startswith(b"k=")
                self.last.value = time.monotonic()

    def _register(self, sock, server, domain, user):
        call_id, authorization = secrets.token_hex(8), ""
        for sequence in (1, 2):
            uri = f"sip:{domain}"
            request = (f"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK"
                       f"{secrets.token_hex(8)};rport\r\nFrom: <sip:{user}@{domain}>;tag={secrets.token_hex(4)}\r\n"
                       f"To: <sip:{user}@{domain}>\r\nCall-ID: {call_id}\r\nCSeq: {sequence} REGISTER\r\n"
                       f"Contact: <sip:{user}@{self.host}:{self.port};line={user}>\r\nExpires: 3600\r\nMax-Forwards: 70\r\n"
                       f"User-Agent: snom370/8.7.5.35\r\n{authorization}Content-Length: 0\r\n\r\n")
            answer = ""
            while f"{sequence} REGISTER" not in answer or answer.startswith("SIP/2.0 1"):
                if not answer:
                    sock.sendto(request.encode(), server)
                try:
                    answer = sock.recv(65535).decode()
                except socket.timeout:
                    answer = ""
            if answer.startswith("SIP/2.0 200"):
                return
            challenge = re.search(r"WWW-Authenticate: (.*)", answer).group(1)
            field = dict(re.findall(r'(\w+)="?([^",\r]+)"?', challenge))
            a1 = md5(f"{user}:{field['realm']}:{PASSWORD}")
            digest = md5(f"{a1}:{field['nonce']}:00000001:c:auth:{md5(f'REGISTER:{uri}')}")
            authorization = (f'Authorization: Digest username="{user}", realm="{field["realm"]}", nonce="{field["nonce"]}"'
                             f', uri="{uri}", response="{digest}", algorithm=MD5, cnonce="c", qop=auth, nc=00000001\r\n')
        raise RuntimeError(f"{user} could not register: {answer}")

    def stop(self):
        self._process.terminate()
        self._process.join()
