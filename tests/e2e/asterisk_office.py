"""A house beside an Asterisk: the double, phones that register with it, and a snomd."""

from asterisk_double import AsteriskDouble
from programs import Phone, Snomd, wait_until

PROFILE = """[[profile]]
name = "office"
phones = "asterisk"
domain = "example.test"
ami = "127.0.0.1:{port}"
ami_user = "snomd"
ami_secret_file = "ami.secret"
{more}
[http]
listen = "127.0.0.1:0"
"""


class Office:
    def __init__(self, house):
        self.house = house
        self.asterisk = AsteriskDouble()
        house._closing.append(self.asterisk.stop)

    def snomd(self, more="", extra="", secret="amisecret"):
        (self.house.folder / "ami.secret").write_text(secret + "\n")
        path = self.house.folder / "snomd.toml"
        path.write_text(PROFILE.format(port=self.asterisk.ami_port, more=more) + extra)
        return self.house.keep(Snomd(path))

    def phone(self, user="1000", *more):
        return self.house.keep(Phone(self.asterisk.sip, user, "1234", "--domain", "example.test", *more)).registered()

    def both(self, user="1000", phone=(), **snomd):
        phone, snomd = self.phone(user, *phone), self.snomd(**snomd)
        wait_until(lambda: snomd.phones(), "the phone to be listed")
        return snomd, phone
