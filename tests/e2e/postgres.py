"""PostgreSQL servers of a test's own: from Debian's packages, on a Unix socket, in a folder of the test's."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from programs import LIMIT, wait_until

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: path.parent.name) \
    if pathlib.Path("/usr/lib/postgresql").is_dir() else None
IS_ROOT = os.geteuid() == 0
# PostgreSQL refuses to run as root.
AS_ITS_USER = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if IS_ROOT else []


class Postgres:
    """One server. `of`: another, whose standby this is (streaming replication). `before`: a command that runs it somewhere, where
    it listens to TCP, too."""

    def __init__(self, of=None, before=()):
        self.before = list(before)
        # The path of a Unix socket is short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snom-pg-", dir="/tmp"))
        self.folder.chmod(0o777)
        self.data = self.folder / "data"
        self.process = None
        if of is None:
            self._run("initdb", "-D", self.data, "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
            if before:
                with open(self.data / "pg_hba.conf", "a", encoding="utf-8") as rules:
                    rules.write("host all all all trust\n")
            self.start()
            self.sql("CREATE ROLE snomd LOGIN PASSWORD 'sesame'")
            self.sql("CREATE DATABASE snomd")
            self.sql("CREATE SCHEMA snomd AUTHORIZATION snomd", "snomd")
            self.sql("ALTER ROLE snomd SET search_path = snomd")
        else:
            self._run("pg_basebackup", "-D", self.data, "-h", of.folder, "-U", "admin", "-R", "-c", "fast")
            self.start()

    def _run(self, program, *arguments):
        done = subprocess.run([*AS_ITS_USER, PROGRAMS / program, *arguments], capture_output=True, text=True, cwd=self.folder,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stderr

    def start(self):
        log = open(self.folder / "server.txt", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [*self.before, *AS_ITS_USER, PROGRAMS / "postgres", "-D", self.data, "-k", self.folder, "-c",
             "listen_addresses=" + ("*" if self.before else "")],
            stdout=log, stderr=log, cwd=self.folder)
        log.close()
        wait_until(lambda: self._psql("SELECT 1", "postgres").returncode == 0, "PostgreSQL to answer", timeout=6 * LIMIT)

    def _psql(self, statement, database):
        return subprocess.run([PROGRAMS / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U",
                               "admin", "-d", database, "-c", statement], capture_output=True, text=True, timeout=60, check=False)

    def sql(self, statement, database="postgres"):
        done = self._psql(statement, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @contextlib.contextmanager
    def unwritable(self, table, database="snomd"):
        """Whoever writes to the table waits until the end; it can be read."""
        session = subprocess.Popen([PROGRAMS / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U",
                                    "admin", "-d", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        session.stdin.write(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT 'locked';\n")
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            session.communicate("COMMIT;\n", timeout=60)
        assert session.returncode == 0

    def url(self, *others, more=""):
        hosts = ",".join(str(server.folder) for server in (self, *others))
        return f"postgresql://snomd:sesame@/snomd?host={hosts}{more}"

    def kill(self):
        """kill -9 of the server; its sessions see that it has gone and end."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False).stdout
        self.process.kill()
        self.process.wait()
        for child in children.split():
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)

    def stop(self):
        """As `systemctl stop`: sessions are ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    def promote(self):
        self.sql("SELECT pg_promote()")

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)
