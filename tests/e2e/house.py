"""The house that a test sets up: it starts programs, and ends them all afterwards."""

import pathlib
import signal

from peers import Kamailio, Nat, SilentWebServer, Sipp, WebServer
from programs import BIN, Events, Phone, Program, Snomd

USERS = {"1000": "1234", "1001": "5678"}


class House:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.programs = []
        self._closing = []

    def configuration(self, users=None, transports=("udp", "tcp"), extra="", webs=None, http='listen = "127.0.0.1:0"'):
        """Writes snomd's configuration with free ports; its path."""
        listen = ", ".join(f'"{transport}:127.0.0.1:0"' for transport in transports)
        text = f'[[profile]]\nname = "internal"\nlisten = [{listen}]\ndomain = "example.test"\n[http]\n{http}\n{extra}\n'
        for name, password in (USERS if users is None else users).items():
            text += f'[[user]]\nname = "{name}"\npassword = "{password}"\n'
            if webs and name in webs:
                text += f'web = "{webs[name]}"\n'
        path = self.folder / "snomd.toml"
        path.write_text(text)
        return path

    def keep(self, program, stop=None):
        self.programs.append(program)
        self._closing.append(stop or program.stop)
        return program

    def snomd(self, **configuration):
        return self.keep(Snomd(self.configuration(**configuration)))

    def events(self, snomd, headers=None, query=""):
        events = Events(snomd.server, headers, query)
        self._closing.append(events.close)
        return events

    def phone(self, snomd, user="1000", transport="udp", more=(), web="127.0.0.1:0"):
        """A registered virtual Snom."""
        phone = self.keep(Phone(snomd.sip(transport), user, USERS[user], "--transport", transport, "--domain",
                                "example.test", *more, web=web))
        return phone.registered()

    def house_of_phones(self, *users, transport="udp", more=(), **configuration):
        """snomd, and a registered phone for each user, whose web pages snomd knows."""
        snomd = self.snomd(**configuration)
        phones = [self.phone(snomd, user, transport, more) for user in users]
        # The pages' ports are known only now; users are read again on SIGHUP.
        self.tell_webs(snomd, {phone.user: phone.page for phone in phones}, configuration)
        return snomd, *phones

    def tell_webs(self, snomd, webs, configuration=None):
        self.configuration(**{**(configuration or {}), "webs": webs})
        self.reload(snomd)

    def reload(self, snomd):
        """SIGHUP, and waits until it was heeded."""
        mark = snomd.err.mark()
        snomd.send(signal.SIGHUP)
        return snomd.err.wait_for(lambda line: "users" in line, "word of the reload in snomd's log", since=mark)

    def snomctl(self, snomd, *arguments):
        """snomctl that goes on while the test does something else."""
        program = Program("snomctl", [BIN / "snomctl", "--server", snomd.server, *arguments])
        return self.keep(program, stop=lambda: program.running() and program.process.kill())

    def nat(self, server):
        nat = Nat(server)
        self._closing.append(nat.close)
        return nat

    def silent_web_server(self):
        server = SilentWebServer()
        self._closing.append(server.close)
        return server

    def web_server(self, **arguments):
        server = WebServer(**arguments)
        self._closing.append(server.close)
        return server

    def sipp(self, server, transport="udp"):
        return Sipp(self, server, transport)

    def kamailio(self, config="kamailio.cfg", **values):
        kamailio = self.keep(Kamailio(self.folder, config, **values))
        kamailio.wait_ready()
        return kamailio

    def close(self):
        """Ends everything, the last first; all of it, whatever fails."""
        complaints = []
        while self._closing:
            try:
                self._closing.pop()()
            except AssertionError as error:
                complaints.append(str(error))
        assert not complaints, "; ".join(complaints)
