"""What snomd stands beside in these tests, each a Neighbour: Kamailio with the configuration that we hand out, and phones
that are listed by address. Kamailio, snomd and strangers have addresses of their own."""

import http.client
import socket
import urllib.parse

from asterisk_office import Office
from beside import Neighbour
from certificates import Authority
from peers import Kamailio
from programs import LIMIT, Phone, Snomd, free_port, wait_until

KAMAILIO = "127.0.0.2"
SNOMD = "127.0.0.3"
STRANGER = "127.0.0.9"
PASSWORDS = {"1000": "1234", "1001": "5678"}
NO_COPIES = {"NO_COPIES": "1"}
REG_EVENTS = {**NO_COPIES, "REG_EVENTS": "1"}


class AskedFor:
    """Phones of which nobody tells, whom snomd asks."""

    reboot_time = 3000
    silence = ("no answer within 0.7 s", "not registered")


class BesideKamailio(Neighbour):
    """It passes on copies of REGISTERs, with Path."""

    defines = {}
    profile = ""
    subscribe_s = 60
    tls_port = None
    answer_timeout_ms = 700
    passwords = PASSWORDS
    more_of_kamailio = {}

    def __init__(self, house, extra=""):
        self.house = house
        self.path = house.folder / "snomd.toml"
        self.extra = extra
        self.ports = (0, 0)  # of UDP and TCP
        self.webs = {}
        self.port = free_port(socket.SOCK_DGRAM)
        self.write()
        self.snomd = house.keep(Snomd(self.path))
        self.start_kamailio()

    def start_kamailio(self):
        self.kamailio = self.house.keep(Kamailio.packaged(self.house.folder, KAMAILIO, "example.test", self.uri(), SNOMD,
                                                          self.port, **self.more_of_kamailio, **self.defines))
        self.kamailio.wait_ready()

    def listen(self):
        return ", ".join(f'"{kind}:{SNOMD}:{port}"' for kind, port in zip(("udp", "tcp"), self.ports))

    def write(self):
        text = (f'[[profile]]\nname = "beside"\nphones = "proxy"\nlisten = [{self.listen()}]\ndomain = "example.test"\n'
                f'trusted = ["{KAMAILIO}"]\n{self.profile % {"port": self.port, "subscribe_s": self.subscribe_s, "tls_port": self.tls_port}}\n[http]\nlisten = "127.0.0.1:0"\n'
                f'[limits]\nanswer_timeout_ms = {self.answer_timeout_ms}\nxml_pause_ms = 50\n{self.extra}\n')
        for user in self.passwords:
            text += f'[[user]]\nname = "{user}"\n'
            if user in self.webs:
                text += f'web = "{self.webs[user]}"\n'
        self.path.write_text(text)

    def uri(self):
        return f"sip:{self.snomd.sip(profile='beside')}"

    def new_phone(self, user, transport, more):
        return self.house.keep(Phone(self.kamailio.address, user, PASSWORDS[user], "--transport", transport, "--domain",
                                     "example.test", *more)).registered()

    def tell_web(self, phone):
        """The page of a phone, which is not seen from here."""
        self.webs[phone.user] = phone.page
        self.write()
        self.house.reload(self.snomd)

    def forget(self, user):
        """A phone that ends has logged off."""
        wait_until(lambda: all(phone["user"] != user for phone in self.snomd.phones()), f"{user} to be gone")


class BesideKamailioWithMany(BesideKamailio):
    """A site of phones, all with one password."""

    answer_timeout_ms = 5000
    first, count = 10000, 1000
    passwords = {str(user): "1234" for user in range(first, first + count)}
    more_of_kamailio = {"passwords": passwords, "memory_mb": 512}


class BesideKamailioByTls(BesideKamailio):
    """Phones come to it by TLS, and so it comes to snomd, and snomd to it."""

    transports = ("tls",)
    more_defines = {}

    def __init__(self, house, extra="", tls_name="kamailio.test"):
        authority = Authority(house.folder)
        self.ca = authority.file
        authority.issue("snomd", f"IP:{SNOMD}")
        certificate, key = authority.issue("kamailio", f"DNS:kamailio.test,DNS:example.test,IP:{KAMAILIO}")
        self.tls_port = free_port()
        self.defines = {"KAMAILIO_TLS": f"tls:{KAMAILIO}:{self.tls_port}", "KAMAILIO_ADDRESS": KAMAILIO, "TLS_CERTIFICATE": f'"{certificate}"',
                        "TLS_KEY": f'"{key}"', "TLS_CA": f'"{self.ca}"', **self.more_defines}
        self.profile = self.profile + f'\ntls_name = "{tls_name}"'
        super().__init__(house, '[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n'
                                f'ca_file = "{self.ca.name}"\n{extra}')

    def listen(self):
        return f'"tls:{SNOMD}:{self.ports[0]}"'

    def uri(self):
        return f"sip:{self.snomd.sip('tls', 'beside')};transport=tls"

    def new_phone(self, user, transport, more):
        return self.house.keep(Phone(f"{KAMAILIO}:{self.tls_port}", user, PASSWORDS[user], "--transport", "tls", "--domain",
                                     "example.test", "--ca-file", str(self.ca), *more)).registered()


class BesideKamailioByTlsThatCopiesNothing(AskedFor, BesideKamailioByTls):
    """snomd calls it, by TLS."""

    more_defines = NO_COPIES
    profile = f'registrations = "unknown"\nvia = "tls:{KAMAILIO}:%(tls_port)s"\nask_every_s = 1'


class BesideKamailioByTlsThatTellsOfRegistrations(BesideKamailioByTls):
    """snomd subscribes at it, by TLS."""

    more_defines = REG_EVENTS
    profile = f'registrations = "subscribed"\nvia = "tls:{KAMAILIO}:%(tls_port)s"\nsubscribe_s = %(subscribe_s)s'


class BesideKamailioThatCopiesNothing(AskedFor, BesideKamailio):
    """It finds the phones; snomd asks by way of it whether they are there."""

    defines = NO_COPIES
    profile = f'registrations = "unknown"\nvia = "udp:{KAMAILIO}:%(port)s"\nask_every_s = 1'


class BesideKamailioThatTellsOfRegistrations(BesideKamailio):
    """It tells snomd of registrations by reg events (RFC 3680), and finds the way to contacts."""

    defines = REG_EVENTS
    profile = f'registrations = "subscribed"\nvia = "udp:{KAMAILIO}:%(port)s"\nsubscribe_s = %(subscribe_s)s'


class BesideAsterisk(Neighbour):
    """The double of an Asterisk. `copies`: it sends copies of its SIP (HEP), by which snomd knows how phones answer."""

    def __init__(self, house, extra="", copies=False):
        self.office = Office(house)
        more = ""
        if copies:
            self.office.asterisk.hep_port = free_port(socket.SOCK_DGRAM)
            more = f'hep = "udp:127.0.0.1:{self.office.asterisk.hep_port}"'
        self.snomd = self.office.snomd(more, f'[limits]\nanswer_timeout_ms = 700\nxml_pause_ms = 50\n{extra}')

    def new_phone(self, user, _transport, more):
        return self.office.phone(user, *more)

    def knows(self, user):
        """Asterisk lists the Call-ID of the first REGISTER: after a reboot it is another. snomd adds to it where it sees one."""
        contacts = self.office.asterisk.contacts
        return any(phone["user"] == user and phone["call_id"].split("#")[0] == contacts.get(phone["contact"], {}).get("CallId")
                   for phone in self.snomd.phones())

    def tell_web(self, phone):
        """Nothing is done by it: where a page is, Asterisk does not tell (docs/asterisk.md)."""


TOKEN = "0123456789abcdef"


class ListedSnomd(Snomd):
    """One that wants a token."""

    def request(self, method, path, body=None, headers=None, timeout=None):
        return super().request(method, path, body, {"Authorization": f"Bearer {TOKEN}", **(headers or {})}, timeout)

    def snomctl(self, *arguments, timeout=None):
        return super().snomctl("--token-file", str(self.config.with_name("token")), *arguments, timeout=timeout)


class Listed(AskedFor, Neighbour):
    """Phones that snomd knows by address. `registrar`: where they are registered to telephone; nobody is there if None."""

    def __init__(self, house, extra="", registrar=None):
        self.house = house
        self.extra = extra
        self.registrar = registrar
        self.filter_registrar = "off"  # of the phones
        self.contacts = {}
        (house.folder / "token").write_text(TOKEN + "\n")
        (house.folder / "press-secret").write_text("another-secret-of-its-own\n")
        self.path = house.folder / "snomd.toml"
        self.write()
        self.snomd = house.keep(ListedSnomd(self.path))

    def write(self):
        text = ('[[profile]]\nname = "beside"\nphones = "listed"\nlisten = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]\n'
                'domain = "example.test"\nask_every_s = 1\n[http]\nlisten = "127.0.0.1:0"\ntoken_file = "token"\n'
                'press_secret_file = "press-secret"\n[limits]\nanswer_timeout_ms = 700\nxml_pause_ms = 50\n'
                f'{self.extra}\n')
        for user, (contact, web) in self.contacts.items():
            text += f'[[user]]\nname = "{user}"\ncontact = "{contact}"\nweb = "{web}"\n'
        self.path.write_text(text)

    def new_phone(self, user, transport, more):
        server = self.registrar or f"127.0.0.1:{free_port()}"
        phone = self.house.keep(Phone(server, user, PASSWORDS[user], "--transport", transport, "--domain", "example.test",
                                      "--filter-registrar", self.filter_registrar, *more))
        kind, address = phone.wait_for("listening", user=user)["sip"].split(":", 1)
        self.contacts[user] = (f"sip:{user}@{address};transport={kind}", phone.page)
        self.write()
        self.house.reload(self.snomd)
        return phone

    def tell_web(self, _):
        """It is told with the contact: on a port of its own."""

    def forget(self, user):
        """A phone that ends is silent."""
        wait_until(lambda: all(phone["user"] != user for phone in self.snomd.phones()), f"{user} to be gone")

    def press(self, phone, key):
        assert self.get(self.path_of(phone.user, key)) == 200

    def path_of(self, user, key):
        return self.snomd.buttons(f"{user}@example.test")[key]["press"]

    def get(self, path, source="127.0.0.1", method="GET"):
        """As a phone does it, with no token."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.snomd.server).netloc, timeout=LIMIT,
                                                source_address=(source, 0))
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()
