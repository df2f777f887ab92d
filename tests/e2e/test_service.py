"""snomd as systemd has it: packaging/systemd/snomd.service, and what is told to the socket in NOTIFY_SOCKET."""

import contextlib
import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tomllib

import pytest

from programs import BIN, HOME, LIMIT, TIME_FACTOR, Phone, http_request, wait_until

UNIT = HOME / "packaging" / "systemd" / "snomd.service"
PACKAGED = HOME / "packaging" / "snomd" / "snomd.toml"
CONFIGURATION = """
[[profile]]
name = "internal"
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
domain = "example.test"
[http]
listen = "127.0.0.1:0"
"""
WATCHDOG_USEC = int(400_000 * TIME_FACTOR)


class Manager:
    """systemd's end of the protocol (sd_notify(3))."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self.socket.bind(self.path)

    def next(self, timeout=LIMIT):
        """The next datagram's fields; None when there is none in that time."""
        self.socket.settimeout(timeout)
        try:
            return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())
        except (TimeoutError, BlockingIOError):
            return None

    def wait_for(self, name):
        while True:
            fields = self.next()
            assert fields is not None, f"{name} was not told within {LIMIT:g} s"
            if name in fields:
                return fields


class Service:
    """snomd started as the unit does it: its command line, with the environment that systemd gives."""

    def __init__(self, folder, text=CONFIGURATION, watchdog=WATCHDOG_USEC, level="info"):
        self.manager = Manager(folder)
        self.file = folder / "snomd.toml"
        self.file.write_text(text)
        (folder / "state").mkdir()
        program, *arguments = unit("Service", "ExecStart")[0].split()
        assert program == "/usr/sbin/snomd"
        arguments[arguments.index("/etc/snomd/snomd.toml")] = str(self.file)
        self.process = subprocess.Popen(
            [BIN / "snomd", *arguments, "--log-level", level], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "NOTIFY_SOCKET": self.manager.path, "WATCHDOG_USEC": str(watchdog),
                 "STATE_DIRECTORY": str(folder / "state")})

    def http(self):
        """Where it listens: what it printed, read as far as "ready"."""
        printed = b""
        while b"ready\n" not in printed:
            assert select.select([self.process.stdout], [], [], LIMIT)[0], printed
            printed += os.read(self.process.stdout.fileno(), 4096)
        return "http://" + re.search(rb"listening http (\S+)", printed)[1].decode()

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        self.process.stdout.close()
        self.process.stderr.close()
        self.manager.socket.close()


@pytest.fixture
def service(tmp_path):
    started = []

    def start(**options):
        started.append(Service(tmp_path, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def unit(section, setting):
    """All values that the unit gives to a setting."""
    values, here = [], ""
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            here = line.strip("[]")
        elif here == section and line.startswith(setting + "="):
            values.append(line.split("=", 1)[1])
    return values


def test_ready_is_told_after_the_listeners_and_with_them(service):
    one = service()
    told = one.manager.next()
    assert told["READY"] == "1", told
    listener = re.search(r"http (127\.0\.0\.1:\d+)", told["STATUS"])[1]
    assert re.fullmatch(r"serving 0 users; listening: internal udp:\S+, internal tcp:\S+, http \S+", told["STATUS"])
    assert http_request("http://" + listener, "GET", "/health/live").status == 200  # at once, without another try


def test_what_cannot_listen_is_never_ready(service):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        one = service(text=CONFIGURATION.replace('"127.0.0.1:0"\n', f'"127.0.0.1:{taken.getsockname()[1]}"\n'))
        assert one.process.wait(LIMIT) == 1
    assert one.manager.next(timeout=0.1) is None


def test_reloading_and_stopping_are_told(service):
    one = service(text=CONFIGURATION + '[[user]]\nname = "1000"\npassword = "1"\n', watchdog=0)
    assert one.manager.next()["STATUS"].startswith("serving 1 users;")
    one.file.write_text(CONFIGURATION)
    one.process.send_signal(signal.SIGHUP)
    reloading = one.manager.next()
    assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) > 0
    ready = one.manager.next()
    assert ready["READY"] == "1" and ready["STATUS"].startswith("serving 0 users;")
    one.file.write_text("broken")
    one.process.send_signal(signal.SIGHUP)
    assert "RELOADING" in one.manager.next()
    refused = one.manager.next()
    assert refused["READY"] == "1"
    assert re.fullmatch(r"goes on as it was: \S+snomd\.toml:1: .*; " + re.escape(ready["STATUS"]), refused["STATUS"])
    one.file.write_text(CONFIGURATION)
    one.process.send_signal(signal.SIGHUP)
    assert "RELOADING" in one.manager.next()
    assert one.manager.next()["STATUS"] == ready["STATUS"]  # it is heeded again
    one.process.send_signal(signal.SIGTERM)
    assert one.manager.next()["STOPPING"] == "1"
    assert one.process.wait(LIMIT) == 0


def test_a_file_of_tokens_that_cannot_be_read_again_is_told(service, tmp_path):
    tokens = tmp_path / "tokens"
    one = service(text=CONFIGURATION + f'tokens_file = "{tokens}"\n')
    ready = one.manager.next()["STATUS"]
    tokens.write_text("broken")
    one.process.send_signal(signal.SIGHUP)
    assert "RELOADING" in one.manager.next()
    told = one.manager.next()["STATUS"]
    assert told.startswith(f"goes on as it was: [http] tokens_file: {tokens}") and told.endswith("; " + ready), told


@contextlib.contextmanager
def stopped(thread):
    """A single thread of a child process, as a debugger does it (ptrace(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    seize, interrupt, detach, any_thread = 0x4206, 0x4207, 17, 0x40000000
    if libc.ptrace(seize, thread, 0, 0) != 0:
        pytest.skip(f"this machine lets nobody stop a thread: {os.strerror(ctypes.get_errno())}")
    libc.ptrace(interrupt, thread, 0, 0)
    os.waitpid(thread, any_thread)
    try:
        yield
    finally:
        libc.ptrace(detach, thread, 0, 0)


def is_answered(server, method, path, body=None):
    try:
        return http_request(server, method, path, body, timeout=0.5 * TIME_FACTOR) is not None
    except TimeoutError:
        return False


def carries_out_commands(server, thread):
    """Whether commands wait for this thread, and what HTTP answers by itself does not."""
    with stopped(thread):
        by_itself = any(is_answered(server, "GET", "/nowhere") for _ in range(3))
        return by_itself and not any(is_answered(server, "POST", "/v1/command", "snom_status") for _ in range(3))


def test_the_watchdog_is_fed_by_the_thread_that_carries_out_commands(service):
    one = service(level="debug")
    server = one.http()
    for _ in range(3):
        one.manager.wait_for("WATCHDOG")
    threads = [int(thread) for thread in os.listdir(f"/proc/{one.process.pid}/task")]
    [thread] = [thread for thread in threads if carries_out_commands(server, thread)]
    with stopped(thread):
        while one.manager.next(timeout=0) is not None:
            pass
        assert one.manager.next(timeout=3 * WATCHDOG_USEC / 1e6) is None, "fed although it hangs"
        assert one.process.poll() is None
    assert one.manager.next(timeout=LIMIT) == {"WATCHDOG": "1"}


def test_nobody_feeds_where_nobody_waits(service):
    one = service(watchdog=0)
    assert "READY" in one.manager.next()
    assert one.manager.next(timeout=0.5) is None


class Journal:
    """journald's ends: what snomd writes to standard error, and, in a /run of snomd's own, the socket for entries with
    fields."""

    def __init__(self, folder, has_socket):
        self.run = folder / "run"
        (self.run / "systemd" / "journal").mkdir(parents=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        if has_socket:
            self.socket.bind(str(self.run / "systemd" / "journal" / "socket"))

    def snomd(self, path):
        """Starts it; where its standard error can be read."""
        namespace = ["unshare", "--user", "--map-root-user", "--mount"]
        if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode != 0:
            pytest.skip("this machine lets nobody have a mount namespace")
        read, write = os.pipe()
        stream = os.fstat(write)
        script = 'mount --bind "$0" /run && exec "$@"'
        process = subprocess.Popen([*namespace, "sh", "-c", script, self.run, BIN / "snomd", "--config", path],
                                   stdout=subprocess.PIPE, stderr=write,
                                   env={**os.environ, "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}"})
        os.close(write)
        return process, os.fdopen(read)

    def entries(self):
        """All that came so far."""
        found = []
        self.socket.setblocking(False)
        try:
            while True:
                found.append(dict(line.split("=", 1) for line in self.socket.recv(1 << 18).decode().splitlines()))
        except BlockingIOError:
            return found


def test_a_journal_without_its_socket_gets_priorities(tmp_path):
    path = tmp_path / "snomd.toml"
    path.write_text(CONFIGURATION)
    snomd, log = Journal(tmp_path, has_socket=False).snomd(path)
    with snomd, log:
        assert snomd.stdout.readline()
        snomd.send_signal(signal.SIGTERM)
        lines = log.read().splitlines()
    assert "<6>info stopped" in lines
    assert all(re.match(r"<[0-7]>(debug|info|warning|error) ", line) for line in lines), lines


def test_the_journal_gets_fields_and_no_secret(tmp_path):
    path = tmp_path / "snomd.toml"
    path.write_text(CONFIGURATION + '[[user]]\nname = "1000"\npassword = "secret-of-1000"\n')
    journal = Journal(tmp_path, has_socket=True)
    snomd, log = journal.snomd(path)
    entries = []

    def entry(**fields):
        def came():
            entries.extend(journal.entries())
            return next((one for one in entries if fields.items() <= one.items()), None)
        return wait_until(came, f"an entry with {fields}")
    with snomd, log:
        address = next(line.split()[2] for line in iter(snomd.stdout.readline, b"") if b"udp:" in line).decode()
        server = address.removeprefix("udp:")
        for password in ("secret-of-1000", "wrong-secret"):
            phone = Phone(server, "1000", password, "--domain", "example.test")
            try:
                phone.wait_for("registered" if password.startswith("secret") else "registration_failed")
            finally:
                phone.stop()
        registered = entry(SNOM_EVENT="registered", SNOM_PHONE="1000@example.test")
        assert registered["MESSAGE"].startswith("info registered {") and registered["PRIORITY"] == "6"
        refused = entry(SNOM_EVENT="refused")
        assert refused["MESSAGE"].startswith("warning refused REGISTER from 127.0.0.1:"), refused
        del refused["MESSAGE"]
        assert refused == {"PRIORITY": "4", "SYSLOG_IDENTIFIER": "snomd", "SNOM_EVENT": "refused", "SNOM_METHOD": "REGISTER",
                           "SNOM_USER": "1000", "SNOM_ADDRESS": "127.0.0.1", "SNOM_TRANSPORT": "udp",
                           "SNOM_REASON": "wrong password"}
        snomd.send_signal(signal.SIGTERM)
        entry(MESSAGE="info stopped", PRIORITY="6")
        assert log.read() == ""
    assert "secret" not in str(entries)


def test_the_fields_of_the_journal_are_those_of_the_manual():
    written = {field for path in (HOME / "src" / "snomd").rglob("*.cpp") for field in re.findall(r'"(SNOM_[A-Z]+)"', path.read_text())}
    section = (HOME / "docs" / "snomd.md").read_text().split("### In the journal")[1].split("\n## ")[0]
    assert written == set(re.findall(r"^\| `(SNOM_[A-Z]+)`", section, re.MULTILINE))


def check_config(path):
    done = subprocess.run([BIN / "snomd", "--check-config", "--config", path], capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    return done.returncode, done.stdout, done.stderr


def test_check_config_says_what_a_start_would_and_makes_nothing(tmp_path):
    path = tmp_path / "snomd.toml"
    path.write_text(CONFIGURATION)
    assert check_config(path) == (0, f"{path} is right (profiles: 1, users: 0, http: 127.0.0.1:0)\n", "")
    path.write_text(CONFIGURATION + "[telephone]\n")
    status, out, err = check_config(path)
    assert (status, out) == (2, "") and err.startswith(f"snomd: {path}:8: the file has no setting 'telephone'")
    assert [file.name for file in tmp_path.iterdir()] == ["snomd.toml"]
    # A file of tokens that is not there has none, and one that a start would refuse is not right.
    tokens = tmp_path / "tokens"
    path.write_text(CONFIGURATION + f'tokens_file = "{tokens}"\n')
    assert check_config(path)[0] == 0 and not tokens.exists()
    tokens.write_text("")
    tokens.chmod(0o666)
    status, out, err = check_config(path)
    assert (status, out) == (2, "") and err.startswith(f"snomd: [http] tokens_file: {tokens}: others may write to it"), err


def test_check_config_refuses_what_a_start_would(tmp_path):
    path = tmp_path / "snomd.toml"
    os.mkfifo(tmp_path / "fifo")
    for right, wrong, said in (
            ("udp:127.0.0.1:0", "udp:bad host:0", "listen: expected "),
            ('listen = "127.0.0.1:0"', 'listen = "bad host:0"', "[http] listen: expected ADDRESS:PORT"),
            ('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:0"\naudit_file = "fifo"',
             f"[http] audit_file: {tmp_path}/fifo: expected a regular file, or none yet"),
            ('listen = "127.0.0.1:0"', 'listen = "127.0.0.1:0"\naudit_file = "none/audit"',
             f"[http] audit_file: {tmp_path}/none/audit: No such file or directory"),
            ('path = ""', 'url = "postgresql://h/keys?sslmode=bogus"',
             "[store] url: expected sslmode as one of disable, allow, prefer, require, verify-ca, verify-full"),
            ('path = ""', 'url = "postgresql://h:0/keys"', "[store] url: expected port as a number from 1 to 65535")):
        text = CONFIGURATION if right in CONFIGURATION else CONFIGURATION + f"[store]\n{right}\n"
        assert right in text
        path.write_text(text.replace(right, wrong))
        status, out, err = check_config(path)
        assert (status, out) == (2, "") and said in err, err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["fifo", "snomd.toml"]


def test_check_config_refuses_files_and_addresses_in_the_words_of_a_start(tmp_path):
    path = tmp_path / "snomd.toml"
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("x" * 5000)
    (tmp_path / "pins").write_text("abc\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    http = 'listen = "127.0.0.1:0"'
    base = CONFIGURATION.replace("udp:127.0.0.1:0", f"udp:127.0.0.1:{port}")
    assert http in base and base != CONFIGURATION
    store = "" if "[store]" in base else '[store]\npath = "FILE"\n'
    for text, said in (
            (base + store.replace("FILE", "folder"), f"[store] {tmp_path}/folder is not a file: name a file for the keys"),
            (base + store.replace("FILE", "text"), f"[store] {tmp_path}/text is not an SQLite file: "),
            (base + '[web]\nverify = "pin"\npin_file = "pins"\n', f"[web] pin_file: {tmp_path}/pins:1: expected a phone's name"),
            (base + f'[[profile]]\nname = "two"\nlisten = ["udp:127.0.0.1:{port}"]\ndomain = "two.example"\n',
             f"[[profile]] two listen: udp:127.0.0.1:{port} is listened at by "),
            (base.replace(http, f'listen = "127.0.0.1:{port}"') + f'[provisioning]\nlisten = "127.0.0.1:{port}"\nfolder = "folder"\n',
             f"[provisioning] listen: 127.0.0.1:{port} is listened at by [http] listen already")):
        path.write_text(text)
        status, out, err = check_config(path)
        assert (status, out) == (2, "") and err.startswith(f"snomd: {said}"), err
        start = subprocess.run([BIN / "snomd", "--config", path], capture_output=True, text=True, timeout=LIMIT, check=False)
        assert start.returncode == 1 and err.splitlines()[-1] in start.stderr, start.stderr


def test_the_packaged_configuration_starts_on_loopback_only_and_snomctl_finds_it(service, tmp_path):
    text = PACKAGED.read_text()
    packaged = tomllib.loads(text)
    listening = [*packaged["profile"][0]["listen"], packaged["http"]["listen"]]
    assert all("127.0.0.1:" in address for address in listening)
    # Free ports and folders of this test's own; the rest as it is.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = text.replace("127.0.0.1:5060", "127.0.0.1:0").replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    (tmp_path / "token").write_text("a-token-made-at-installation\n")
    one = service(text=text.replace("/var/lib/snomd", str(tmp_path / "state")))
    assert "READY" in one.manager.next()
    os.set_blocking(one.process.stderr.fileno(), False)
    said = one.process.stderr.read().decode()
    assert "keys are kept in" in said and "warning" not in said, said

    def snomctl(*arguments, **environment):
        return subprocess.run([BIN / "snomctl", *arguments], capture_output=True, text=True, timeout=LIMIT, check=False,
                              env={"PATH": os.environ["PATH"], "SNOM_CONFIG": str(one.file), **environment})

    added = snomctl("token", "add", "alice", "--role", "read")
    assert added.returncode == 0, added
    assert json.loads(snomctl("phones", "--json").stdout) == {"phones": []}
    assert snomctl("--config", tmp_path / "none", "--server", f"http://127.0.0.1:{port}", "phones").returncode == 2
    # The token of this machine's snomd is for that one only.
    named = snomctl("--server", f"http://127.0.0.1:{port}", "phones")
    assert named.returncode == 2 and "401" in named.stderr, named
    assert snomctl("phones", SNOM_TOKEN=added.stdout.strip()).returncode == 0


def test_the_unit_is_one_for_systemd(tmp_path):
    """systemd-analyze, with the programs that the package installs in the place of those that are not here."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed here")
    text = UNIT.read_text().replace("/usr/sbin/snomd", str(BIN / "snomd"))
    assert text.count(str(BIN)) == 2
    path = tmp_path / "snomd.service"
    path.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True,
                          timeout=6 * LIMIT, check=False)
    complaints = [line for line in done.stderr.splitlines() if "snomd" in line]
    assert done.returncode == 0 and not complaints, done.stderr
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=15", path], capture_output=True,
                          text=True, timeout=6 * LIMIT, check=False)
    assert done.returncode == 0, done.stdout


def test_the_unit_is_the_service_that_is_promised():
    for setting, value in {"Type": "notify", "User": "snomd", "Restart": "on-failure", "StateDirectory": "snomd",
                           "AmbientCapabilities": "CAP_NET_BIND_SERVICE"}.items():
        assert unit("Service", setting) == [value]
    assert unit("Unit", "StartLimitBurst") and unit("Service", "WatchdogSec")
