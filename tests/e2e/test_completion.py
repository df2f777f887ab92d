"""The tab key for snomctl: packaging/completion, with the running snomd's phones, keys and lights."""

import os
import pty
import select
import shutil
import socket
import subprocess
import time

import pytest

from programs import BIN, HOME, LIMIT

COMPLETION = HOME / "packaging" / "completion"


@pytest.fixture
def snomd(house):
    one = house.snomd(users={"1000": "1234", "1001": "1234"})
    for user, keys in {"1000": ("2", "P5"), "1001": ("7",)}.items():
        for key in keys:
            one.request("PUT", f"/v1/phones/{user}@example.test/buttons/{key}", body='{"light": "on"}')
    one.request("PUT", "/v1/groups/sales", body='{"members": ["1000"]}')
    return one


def environment(server):
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "SNOM_SERVER": server, "TERM": "dumb", "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8"}


def candidates(snomd, *words):
    done = subprocess.run([BIN / "snomctl", "complete", "--", *words], env=environment(snomd.server), capture_output=True,
                          text=True, timeout=LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.split()


def test_snomctl_says_what_its_words_may_become(snomd):
    assert candidates(snomd, "b") == ["bind-key", "button", "buttons"]
    assert candidates(snomd, "button", "") == ["1000@example.test", "1001@example.test", "@sales"]
    assert candidates(snomd, "button", "1000@example.test", "") == ["2", "P5"]
    assert candidates(snomd, "button", "1000@example.test", "2", "--light", "p") == ["park", "pickup"]
    assert candidates(snomd, "bind-key", "--profile", "") == ["internal"]


def test_a_snomd_that_never_answers_holds_up_nobody(house):
    listener = house.keep(socket.create_server(("127.0.0.1", 0)), stop=lambda: None)
    server = "http://127.0.0.1:%d" % listener.getsockname()[1]
    begin = time.monotonic()
    done = subprocess.run([BIN / "snomctl", "complete", "--", "button", ""], env=environment(server), capture_output=True,
                          text=True, timeout=LIMIT, check=False)
    listener.close()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - begin < LIMIT


class Terminal:
    """A shell in a pty, at which somebody types."""

    def __init__(self, command, environ):
        self.unread = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environ)

    def read_until(self, wanted):
        """What came, as far as that."""
        end = time.monotonic() + LIMIT
        while wanted not in self.unread:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"no {wanted!r} in what came: {self.unread!r}"
            self.unread += os.read(self.terminal, 4096).decode(errors="replace")
        seen, _, self.unread = self.unread.partition(wanted)
        return seen + wanted

    def type(self, text):
        os.write(self.terminal, text.encode())

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture
def bash(snomd):
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"],
                     {**environment(snomd.server), "PS1": "ready> ", "INPUTRC": "/dev/null"})
    shell.read_until("ready> ")
    shell.type(f"bind 'set enable-bracketed-paste off'; source '{COMPLETION}/snomctl.bash'; echo loa''ded\n")
    shell.read_until("loaded")
    shell.read_until("ready> ")
    yield shell
    shell.close()


@pytest.mark.parametrize("typed, becomes", [
    ("snomctl pho\t", "snomctl phones "),
    ("snomctl button 1000\t", "snomctl button 1000@example.test "),
    ("snomctl button 1000@ex\t", "snomctl button 1000@example.test "),
    ("snomctl button @s\t", "snomctl button @sales "),
    ("snomctl button 1000@example.test P\t", "snomctl button 1000@example.test P5 "),
    ("snomctl button 1001@example.test \t", "snomctl button 1001@example.test 7 "),
    ("snomctl button 1000@example.test 2 --light pi\t", "snomctl button 1000@example.test 2 --light pickup "),
    ("snomctl token add desk --role op\t", "snomctl token add desk --role operate "),
])
def test_bash_completes_words_phones_keys_and_lights(bash, typed, becomes):
    bash.type(typed)
    bash.read_until(becomes[-3:])  # it is there, however the terminal came to it: what runs says what stands there
    bash.type("\x01echo '<\x05>'\n")
    bash.read_until(f"\r\n<{becomes}>\r\n")


def test_bash_lists_what_is_possible(bash):
    bash.type("snomctl button \t\t")
    said = bash.read_until("sales")
    assert "1000@example.test" in said and "1001@example.test" in said


def test_bash_falls_back_to_files(bash, tmp_path):
    (tmp_path / "desk-of-the-office.toml").touch()
    bash.type(f"snomctl apply {tmp_path}/desk-\t")
    bash.read_until("desk-of-the-office.toml ")


def test_fish_completes_the_same(snomd):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed here")
    done = subprocess.run(["fish", "--no-config", "-c", f"source '{COMPLETION}/snomctl.fish'; complete -C'snomctl button 1000'"],
                          env={**environment(snomd.server), "HOME": str(COMPLETION)}, capture_output=True, text=True,
                          timeout=LIMIT, check=False)
    assert done.stdout.split() == ["1000@example.test"], done


def test_zsh_completes_the_same(snomd, tmp_path):
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed here")
    shell = Terminal(["zsh", "-f", "-i"], {**environment(snomd.server), "PS1": "ready> ", "HOME": str(tmp_path)})
    shell.read_until("ready> ")
    shell.type(f"fpath=('{COMPLETION}' $fpath); autoload -U compinit; compinit -u -D; echo loa''ded\n")
    shell.read_until("loaded")
    shell.type("snomctl button 1000\t")
    shell.read_until("1000@example.test ")
    shell.close()
