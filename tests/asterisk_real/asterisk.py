"""Starts the Asterisk at a prefix with a configuration of our own, and speaks to its manager."""

import contextlib
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

DOMAIN = "example.test"
LIMIT = 15  # seconds, for anything that should happen at once
USERS = {"1000": "1234", "1001": "5678", "2000": "2468"}
SECRET = "amisecret"
ARI_PASSWORD = "arisecret"


def free_port(*kinds):
    """A port that nobody uses now, by none of the kinds of socket."""
    while True:
        port = 0
        with contextlib.ExitStack() as probes:
            try:
                for kind in kinds:
                    probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                    probe.bind(("127.0.0.1", port))
                    port = probe.getsockname()[1]
            except OSError:
                continue
        return port


def wait_until(question, what, timeout=LIMIT):
    """Asks until the answer is true; that answer."""
    end = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"waited {timeout} s in vain: {what}"
        time.sleep(0.02)


class Manager:
    """One connection to the manager, for the test's own part. Thread-safe."""

    def __init__(self, port, user="test", secret=SECRET):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self._socket.settimeout(None)
        self._messages = []
        self._changed = threading.Condition()
        self._closed = False
        self._last = 0
        threading.Thread(target=self._read, daemon=True).start()
        answer = self.ask("Login", Username=user, Secret=secret)
        assert answer.get("Response") == "Success", answer

    def _read(self):
        message = {}
        try:
            for raw in self._socket.makefile("rb"):
                line = raw.decode(errors="replace").rstrip("\r\n")
                name, colon, value = line.partition(":")
                if not line and message:
                    with self._changed:
                        self._messages.append(message)
                        self._changed.notify_all()
                    message = {}
                elif colon:
                    message.setdefault(name, value.strip())
        except OSError:
            pass
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def mark(self):
        with self._changed:
            return len(self._messages)

    def messages(self, since=0):
        with self._changed:
            return self._messages[since:]

    def wait_for(self, wanted, what, timeout=LIMIT, since=0):
        end = time.monotonic() + timeout
        with self._changed:
            seen = since
            while True:
                for message in self._messages[seen:]:
                    if wanted(message):
                        return message
                seen = len(self._messages)
                left = end - time.monotonic()
                assert left > 0 and not self._closed, f"{what} did not come; messages: {self._messages[since:][-5:]}"
                self._changed.wait(left)

    def ask(self, action, *lines, **fields):
        """The response to an action; further lines as they are written."""
        with self._changed:
            self._last += 1
            name = f"test-{self._last}"
        text = [f"Action: {action}", f"ActionID: {name}"] + [f"{key}: {value}" for key, value in fields.items()]
        self._socket.sendall("\r\n".join(text + list(lines)).encode() + b"\r\n\r\n")
        return self.wait_for(lambda m: m.get("ActionID") == name and "Response" in m, f"the response to {action}")

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def data_folder(prefix):
    """Where its documentation is, without which it does not start."""
    for folder in (prefix / "var/lib/asterisk", prefix / "share/asterisk", pathlib.Path("/var/lib/asterisk")):
        if (folder / "documentation").is_dir():
            return folder
    raise AssertionError(f"{prefix}: no folder 'documentation' of Asterisk's")


class Asterisk:
    """An Asterisk in a folder of its own. Ended by its process id."""

    def __init__(self, prefix, folder, users=None, files=None, values=None):
        self.prefix = pathlib.Path(prefix)
        self.folder = pathlib.Path(folder)
        self.users = dict(USERS if users is None else users)
        self.ami_port = free_port(socket.SOCK_STREAM)
        self.http_port = free_port(socket.SOCK_STREAM)
        self.sip_port = free_port(socket.SOCK_DGRAM, socket.SOCK_STREAM)
        self.sip = f"127.0.0.1:{self.sip_port}"
        rtp = min(free_port(socket.SOCK_DGRAM) & ~1, 64000)
        phones = "\n".join((HERE / "phone.conf").read_text().replace("@USER@", user).replace("@PASSWORD@", password)
                           for user, password in self.users.items())
        self._values = {"FOLDER": self.folder, "PREFIX": self.prefix, "DATA": data_folder(self.prefix), "AMI_PORT": self.ami_port,
                        "HTTP_PORT": self.http_port, "SIP_PORT": self.sip_port, "RTP_FIRST": rtp,
                        "RTP_LAST": rtp + 400, "DOMAIN": DOMAIN, "PHONES": phones, "SECRET": SECRET,
                        "ARI_PASSWORD": ARI_PASSWORD, "HEP": "enabled = no", "DIALPLAN": "",
                        "SNOMD_READ": "system,call,reporting,agent,user,security",
                        "SNOMD_WRITE": "system,call,reporting,message", **(values or {})}
        for name in ("etc", "lib", "log", "run", "spool", "keys"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._files = dict(files or {})
        self.process = None
        self._managers = []

    def configure(self, **values):
        """Fills in etc.conf: sections `[file NAME]` become files."""
        self._values.update(values)
        text = (HERE / "etc.conf").read_text()
        for name, value in self._values.items():
            text = text.replace(f"@{name}@", str(value))
        for part in text.split("[file ")[1:]:
            name, _, content = part.partition("]\n")
            (self.folder / "etc" / name).write_text(content)
        for name, content in self._files.items():
            (self.folder / "etc" / name).write_text(content)

    def start(self, timeout=60):
        """Starts it, and waits until it has. One that does not get there is ended."""
        self.configure()
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen([str(self.prefix / "sbin/asterisk"), "-f", "-C",
                                         str(self.folder / "etc/asterisk.conf")],
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
                                        cwd=self.folder)
        try:
            def ready():
                assert self.process.poll() is None, f"Asterisk ended by itself: {self.said()}"
                with contextlib.suppress(OSError, AssertionError):
                    return self.connect()
            manager = wait_until(ready, "Asterisk's manager", timeout)
            manager.wait_for(lambda m: m.get("Event") == "FullyBooted", "Asterisk to have booted", timeout)
            self.manager = manager
        except BaseException:
            with contextlib.suppress(AssertionError):  # why it did not start is what is told
                self.stop(timeout=10)
            raise
        return self

    def connect(self):
        self._managers.append(Manager(self.ami_port))
        return self._managers[-1]

    def cli(self, line):
        done = subprocess.run([str(self.prefix / "sbin/asterisk"), "-C", str(self.folder / "etc/asterisk.conf"), "-rx",
                               line], capture_output=True, text=True, timeout=LIMIT, check=False)
        return done.stdout

    def said(self):
        log = self.folder / "log/full"
        text = (self.folder / "output").read_text(errors="replace")[-4000:]
        return text + (log.read_text(errors="replace")[-8000:] if log.exists() else "")

    def stop(self, timeout=30):
        """Asks it to end. A crash, or no end at all, is a failure."""
        if self.process is None:
            return
        status = self.process.poll()
        if status is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"Asterisk did not end within {timeout} s: {self.said()}") from None
        for manager in self._managers:
            manager.close()
        self._managers.clear()
        self.output.close()
        self.process = None
        assert status == 0, f"Asterisk ended with status {status}: {self.said()}"

    def restart(self):
        self.stop()
        return self.start()
