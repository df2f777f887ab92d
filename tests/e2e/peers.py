"""Peers of other makes, and web servers that behave badly on purpose. All on loopback, all on free ports."""

import contextlib
import http.server
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import threading

from programs import LIMIT, Program, free_port, wait_until

HERE = pathlib.Path(__file__).resolve().parent
PACKAGING = HERE.parents[1] / "packaging"


def udp_port_is_bound(port):
    """Whether some process has this UDP port; read from the kernel's table, so that nothing has to be sent."""
    with open("/proc/net/udp", encoding="ascii") as table:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(table)[1:])


def free_media_ports():
    """The first of a few UDP ports in a row (SIPp binds its third for video), where the kernel gives none to anybody."""
    for _ in range(1000):
        first = random.randrange(10000, 32000, 4)
        with contextlib.ExitStack() as probes:
            try:
                for port in range(first, first + 4):
                    probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("there are no four free UDP ports in a row")


class Sipp:
    """SIPp as a phone with one address of its own: runs one scenario after the other from there."""

    def __init__(self, house, server, transport="udp"):
        self._house = house
        self.server = server
        self.transport = transport
        self._count = 0
        self.port = free_port(socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)

    def start(self, scenario, answer=None, user="", password="", **keys):
        """Starts sipp/<scenario>.xml; keys are what its [words] stand for, `answer` the last status if not the written."""
        text = (HERE / "sipp" / f"{scenario}.xml").read_text()
        if answer:
            before, _, after = text.rpartition('<recv response="')
            text = f'{before}<recv response="{answer}"{after.partition(chr(34))[2]}'
        self._count += 1
        file = self._house.folder / f"{self._count}-{scenario}.xml"
        file.write_text(text)
        keys["user"] = user
        more = [part for key, value in keys.items() for part in ("-key", key, value)]
        process = Program(
            f"sipp {scenario}",
            [shutil.which("sipp") or "sipp", self.server, "-sf", file,
             "-t", "u1" if self.transport == "udp" else "t1", "-i", "127.0.0.1", "-p", self.port,
             "-ci", "127.0.0.1", "-cp", free_port(socket.SOCK_DGRAM), "-mi", "127.0.0.1", "-mp", free_media_ports(),
             "-m", 1, "-nostdin", "-au", user, "-ap", password, "-default_behaviors", "all,-bye", "-timeout", f"{int(LIMIT)}s", "-timeout_error",
             "-trace_err", "-error_file", file.with_suffix(".err"), *more],
            cwd=self._house.folder)
        self._house.keep(process, stop=lambda: process.running() and process.process.kill())
        return process

    def listen(self, scenario, **keys):
        """Starts a scenario that begins with a request from the other side; it can be sent now."""
        process = self.start(scenario, **keys)
        wait_until(lambda: udp_port_is_bound(self.port), f"sipp to listen on UDP port {self.port}")
        return process

    def finish(self, process):
        """The scenario went to its end as written."""
        status = process.ended(LIMIT + 5)
        for errors in sorted(self._house.folder.glob("*.err")):
            process.err.add(errors.read_text(errors="replace"))
        assert status == 0, f"{process.label} ended with {status}"

    def run(self, scenario, **keys):
        self.finish(self.start(scenario, **keys))


def nodes_list(nodes):
    """The list that we hand out, with these three addresses."""
    text = (PACKAGING / "kamailio" / "nodes" / "nodes.list").read_text()
    for number, address in enumerate(nodes, 11):
        text = text.replace(f"192.0.2.{number}:5060", address)
    assert "192.0.2." not in text, text
    return text


class Kamailio(Program):
    """Kamailio with one of the configurations beside this file, which say what it does; values are put in by name."""

    def __init__(self, folder, config="kamailio.cfg", **values):
        port = free_port(socket.SOCK_DGRAM)
        text = (HERE / config).read_text().replace("PORT", str(port))
        for name, value in values.items():
            text = text.replace(name, str(value))
        work = pathlib.Path(folder, "kamailio")
        work.mkdir()
        file = work / "kamailio.cfg"
        file.write_text(text)
        self._start(work, file, f"127.0.0.1:{port}")

    @classmethod
    def in_front(cls, folder, host, domain, nodes):
        """With the configuration that we hand out for several nodes (packaging/kamailio/nodes); `nodes`: their addresses."""
        kamailio = cls.__new__(cls)
        work = pathlib.Path(folder, "kamailio")
        work.mkdir()
        file = work / "nodes.list"
        file.write_text(nodes_list(nodes))
        address = f"{host}:{free_port(socket.SOCK_DGRAM)}"
        values = {"KAMAILIO_UDP": f"udp:{address}", "KAMAILIO_TCP": f"tcp:{address}", "KAMAILIO_URI": f'"sip:{address}"',
                  "DOMAIN": f'"{domain}"', "NODES": f'"{file}"'}
        defines = [part for name, value in values.items() for part in ("-A", f"{name}={value}")]
        kamailio._start(work, PACKAGING / "kamailio" / "nodes" / "kamailio.cfg", address, *defines)
        return kamailio

    @classmethod
    def packaged(cls, folder, host, domain, snomd, snomd_host, port=None, passwords=None, memory_mb=32, **more):
        """With the very configuration that we hand out (packaging/kamailio), at an address of its own. `passwords`: of its users
        in place of the two that stand there."""
        kamailio = cls.__new__(cls)
        work = pathlib.Path(folder, "kamailio")
        work.mkdir(exist_ok=True)
        address = f"{host}:{port or free_port(socket.SOCK_DGRAM)}"
        values = {"KAMAILIO_UDP": f"udp:{address}", "KAMAILIO_TCP": f"tcp:{address}", "DOMAIN": f'"{domain}"',
                  "SNOMD": f'"{snomd}"', "SNOMD_HOST": f'"{snomd_host}"', "KAMAILIO_URI": f'"sip:{address}"', **more}
        defines = [part for name, value in values.items() for part in ("-A", f"{name}={value}")]
        config = PACKAGING / "kamailio" / "kamailio.cfg"
        if passwords:
            text, first, second = config.read_text(), '    $sht(passwords=>1000) = "1234";\n', '    $sht(passwords=>1001) = "5678";\n'
            assert first + second in text
            config = work / "kamailio.cfg"
            config.write_text(text.replace(first + second, "".join(f'    $sht(passwords=>{user}) = "{password}";\n'
                                                                   for user, password in passwords.items())))
        kamailio._start(work, config, address, *defines, memory_mb=memory_mb)
        return kamailio

    def _start(self, work, config, address, *more, memory_mb=32):
        self.address = address
        program = os.environ.get("SNOM_KAMAILIO") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        assert program, "kamailio is not installed: './run test' installs it (packaging/debian-packages)"
        super().__init__("kamailio", [program, "-f", config, "-DD", "-E", "-m", memory_mb, "-M", "8", "-n", "1",
                                      "-Y", work, "-w", work, "-P", work / "pid", *more],
                         own_group=True)

    def stop(self, expected=(0,)):
        """Kamailio 5.6.3 with TCP waits at times for itself for ever when it ends, all its processes in a signal's handler:
        that is its own affair, and not waited for."""
        if self.running():
            self.send(signal.SIGTERM)
        try:
            status = self.ended(2)
            assert status in expected, f"{self.label} ended with status {status}, expected {expected}"
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.ended()

    def wait_ready(self):
        with SipSocket(self.address) as sip:
            wait_until(lambda: sip.ask(sip.request("OPTIONS", f"sip:{self.address}"), 0.3), "Kamailio to answer OPTIONS")


class SipSocket:
    """A bare UDP socket that writes SIP by hand."""

    def __init__(self, server, source="127.0.0.1"):
        host, port = server.rsplit(":", 1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect((host, int(port)))
        self.address = "%s:%d" % self.socket.getsockname()
        self._count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, method, uri, headers=(), body="", sender=None):
        self._count += 1
        lines = [f"{method} {uri} SIP/2.0",
                 f"Via: SIP/2.0/UDP {self.address};branch=z9hG4bK-{id(self)}-{self._count};rport",
                 "Max-Forwards: 70",
                 f"From: <{sender or f'sip:tester@{self.address}'}>;tag={self._count}",
                 f"To: <{sender if sender and method == 'REGISTER' else uri}>",
                 f"Call-ID: {id(self)}-{self._count}@127.0.0.1",
                 f"CSeq: {self._count} {method}",
                 *headers,
                 f"Content-Length: {len(body.encode())}"]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def ask(self, request, timeout=None):
        """Sends bytes; the status of the final answer, None when there is none in time."""
        self.socket.settimeout(timeout or LIMIT)
        try:
            self.socket.send(request)
            while True:
                first = self.socket.recv(65535).split(b"\r\n", 1)[0].split()
                if first and first[0] == b"SIP/2.0" and first[1][:1] != b"1":
                    return int(first[1])
        except (TimeoutError, ConnectionRefusedError):
            return None


class Nat:
    """Stands between one phone and a SIP server as a router with NAT does: outside the phone has this router's address, and
    only the server that it spoke to gets in there. UDP."""

    def __init__(self, server, inside="127.0.0.4", outside="127.0.0.5"):
        host, port = server.rsplit(":", 1)
        self._server = (host, int(port))
        self._inside, self._outside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._inside.bind((inside, 0))
        self._outside.bind((outside, 0))
        self._phone = None
        self.address = "%s:%d" % self._inside.getsockname()  # what the phone takes for its server
        self.outside = "%s:%d" % self._outside.getsockname()  # what the server takes for the phone
        threading.Thread(target=self._out, daemon=True).start()
        threading.Thread(target=self._in, daemon=True).start()

    def _out(self):
        with contextlib.suppress(OSError):
            while True:
                packet, self._phone = self._inside.recvfrom(65535)
                self._outside.sendto(packet, self._server)

    def _in(self):
        with contextlib.suppress(OSError):
            while True:
                packet, source = self._outside.recvfrom(65535)
                if source == self._server and self._phone:
                    self._inside.sendto(packet, self._phone)

    def close(self):
        for sock in (self._inside, self._outside):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class SilentWebServer:
    """A phone's web page that takes connections and requests, and never answers."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        self._connections = []
        self.asked = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        with contextlib.suppress(OSError):
            while connection.recv(4096):
                self.asked.set()

    def close(self):
        for sock in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


class WebServer:
    """A phone's web page that answers as told, and keeps what it was asked for."""

    def __init__(self, status=200, headers=()):
        outer = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers)))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self._server.server_address[1]
        self.url = "http://" + self.address
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
