"""This is no Asterisk: the part of ARI that snomd uses, for the double of asterisk_double.py; what it says was said by an
Asterisk 22.10.1."""

import base64
import contextlib
import hashlib
import json
import socket
import threading
import urllib.parse

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class AriDouble:
    def __init__(self, asterisk, user="snomd", password="arisecret"):
        self.asterisk = asterisk
        self.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.requests = []  # (method, path)
        self.subscribed = False
        self.refusals = 0  # of subscriptions that are still to come
        self._sockets = []
        self._all = []
        self._lock = threading.Lock()
        self.port = 0
        self.start()

    def start(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._all:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._all.clear()
            self._sockets.clear()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._all.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError, ValueError):
            stream = connection.makefile("rb")
            while True:
                line = stream.readline()
                if not line:
                    return
                method, path, _ = line.decode().split()
                headers = {}
                while (line := stream.readline().decode().strip()):
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", 0)))
                self.requests.append((method, path))
                if headers.get("authorization") != self.credentials:
                    self._answer(connection, "401 Unauthorized", {"error": "Unauthorized"})
                elif path.startswith("/ari/events") and "sec-websocket-key" in headers:
                    key = hashlib.sha1((headers["sec-websocket-key"] + MAGIC).encode()).digest()
                    connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                        f"Sec-WebSocket-Accept: {base64.b64encode(key).decode()}\r\n\r\n").encode())
                    with self._lock:
                        self._sockets.append(connection)
                    while stream.read(1):
                        pass
                    return
                elif "/subscription" in path and self.refusals > 0:
                    self.refusals -= 1
                    self._answer(connection, "500 Internal Server Error", {"message": "Allocation failed"})
                elif "/subscription" in path:
                    self.subscribed = method == "POST"
                    self._answer(connection, "200 OK", {"name": "snomd-office"})
                elif path == "/ari/endpoints/sendMessage" and method == "PUT":
                    self._send(connection, json.loads(body))
                else:
                    self._answer(connection, "404 Not Found", {"message": "Resource not found"})

    @staticmethod
    def _answer(connection, status, body=None):
        text = json.dumps(body).encode() if body is not None else b""
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                           .encode() + text)

    def _send(self, connection, message):
        endpoint, _, uri = message["to"].removeprefix("pjsip:").partition("/")
        if endpoint not in self.asterisk.endpoints:
            return self._answer(connection, "404 Not Found", {"message": "Endpoint not found"})
        self.asterisk._request("MESSAGE", uri, message["from"], uri, list(message["variables"].items()),
                               message["body"].encode())
        self._answer(connection, "202 Accepted")

    def text(self, endpoint, target, body):
        """A text that an endpoint sent, told as Asterisk tells it of one that it has authenticated."""
        event = json.dumps({"type": "TextMessageReceived", "message": {
            "from": f'"{endpoint}" <sip:{endpoint}@example.test>', "to": f"pjsip:{urllib.parse.quote(target)}@127.0.0.1",
            "body": body, "variables": {}}, "endpoint": {"technology": "PJSIP", "resource": endpoint, "state": "online",
                                                         "channel_ids": []}, "application": "snomd-office"}).encode()
        head = bytes([0x81]) + (bytes([len(event)]) if len(event) < 126 else bytes([126]) + len(event).to_bytes(2, "big"))
        with self._lock:
            for connection in self._sockets:
                connection.sendall(head + event)
