"""A fresh minimal Debian in a folder, with a network of its own that has nothing but loopback, and what is run in it."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 30 * float(os.environ.get("SNOM_TIME_FACTOR", "1"))
# Made while packages are installed, by whatever is installed: no package's own.
PASSING = ("/dev/", "/proc/", "/sys/", "/run/", "/tmp/", "/packages/", "/var/cache/", "/var/lib/apt/", "/var/lib/dpkg/", "/var/log/",
           "/etc/ld.so.cache", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-",
           "/etc/subgid-", "/var/lib/systemd/deb-systemd-helper-enabled/")


class Machine:
    def __init__(self, root, packages):
        self.root = root
        self.packages = packages  # folder of folders: what is installed from
        # Holds the network, and ends with us.
        self.network = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.network.stdout.readline() == b"up\n"

    def close(self):
        self.network.stdin.close()
        self.network.wait(LIMIT)

    def inside(self, *command):
        """On its loopback, in its root."""
        return ["nsenter", f"--net=/proc/{self.network.pid}/ns/net", "chroot", self.root, *command]

    def run(self, *command, status=0, user=None):
        if user:
            command = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command)
        done = subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=LIMIT, check=False,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"})
        assert status is None or done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def apt(self, *arguments):
        """With the world's network, in a mount namespace that has what packages' scripts need."""
        script = 'mount --bind "$1" "$0/packages" && mount -t proc proc "$0/proc" && shift && exec chroot "$0" "$@"'
        (self.root / "packages").mkdir(exist_ok=True)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, self.root, self.packages, "apt-get", "-y", "-q",
             "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *arguments],
            capture_output=True, text=True, timeout=600, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, f"apt-get {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def install(self, folder, *more):
        """All packages of a folder but those for a debugger and for FreeSWITCH, by their files."""
        files = [f"/packages/{folder}/{file.name}" for file in sorted((self.packages / folder).glob("*.deb"))
                 if file.name.startswith(("snomd_", "snomphone_"))]
        assert len(files) == 2, files
        return self.apt(*more, "install", *files)

    def files(self):
        """All there is, but what passes."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            for name in folders + names:
                path = "/" + os.path.relpath(os.path.join(folder, name), self.root)
                if not (path + "/").startswith(PASSING):
                    found.add(path)
        return found

    def text(self, path):
        return (self.root / path.lstrip("/")).read_text()

    def stat(self, path):
        return os.stat(self.root / path.lstrip("/"))

    def service(self, unit="lib/systemd/system/snomd.service"):
        return Service(self, self.root / unit)


class Process:
    """Its output is read in the background."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self._reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self._reader.start()

    def wait_for(self, wanted, since=0):
        end = time.monotonic() + LIMIT
        while True:
            for line in self.lines[since:]:
                if wanted(line):
                    return line
            assert time.monotonic() < end and self.process.poll() is None, f"did not come; what came: {self.lines}"
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self._reader.join(LIMIT)


def listening_socket(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.bind(str(path))
    path.chmod(0o777)
    return one


class Service(Process):
    """snomd as its unit starts it, ready when this returns."""

    def __init__(self, machine, unit):
        self.manager = listening_socket(machine.root / "run/notify")
        self.journald = listening_socket(machine.root / "run/systemd/journal/socket")
        self.entries = []
        super().__init__(["nsenter", f"--net=/proc/{machine.network.pid}/ns/net", sys.executable, HERE / "unit_process.py",
                          machine.root, unit, "NOTIFY_SOCKET=/run/notify"])
        self.told("READY=1")

    def told(self, line):
        self.manager.settimeout(0.2)
        end = time.monotonic() + LIMIT
        while True:
            assert time.monotonic() < end and self.process.poll() is None, f"{line} was not told: {self.lines}"
            try:
                if line in self.manager.recv(4096).decode().split("\n"):
                    return
            except TimeoutError:
                pass

    def journal(self):
        """All entries with their fields so far."""
        self.journald.setblocking(False)
        try:
            while True:
                lines = self.journald.recv(1 << 18).decode().splitlines()
                self.entries.append(dict(line.split("=", 1) for line in lines))
        except BlockingIOError:
            return self.entries

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        self.told("READY=1")

    def stop(self):
        self.manager.close()
        status = super().stop()
        self.journal()
        self.journald.close()
        return status


class Phone(Process):
    def __init__(self, machine, user, password):
        super().__init__(machine.inside("snomphone", "--server", "127.0.0.1:5060", "--user", user, "--password", password))
        self.wait_for_event("registered")

    def wait_for_event(self, name, **fields):
        def wanted(line):
            event = json.loads(line)
            return event["event"] == name and all(event.get(key) == value for key, value in fields.items())
        return json.loads(self.wait_for(wanted))


def fresh(base, folder, packages):
    """A machine copied from the tree that debootstrap made."""
    root = folder / "machine"
    subprocess.run(["cp", "-a", "--reflink=auto", base, root], check=True, timeout=300)
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")  # no service is started behind our back
    policy.chmod(0o755)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    shutil.copy("/etc/hosts", root / "etc/hosts")
    return Machine(root, packages)
