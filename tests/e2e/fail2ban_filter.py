"""packaging/fail2ban's filter, as fail2ban uses it."""

import configparser
import re

from programs import HOME

# What fail2ban 1.0 puts in for <HOST>.
HOST = (r"(?:\[?(?:(?:::f{4,6}:)?(?P<ip4>(?:\d{1,3}\.){3}\d{1,3})"
        r"|(?P<ip6>(?:[0-9a-fA-F]{1,4}::?|:){1,7}(?:[0-9a-fA-F]{1,4}|(?<=:):)))\]?|(?P<dns>[\w\-.^_]*\w))")


class Filter:
    """packaging/fail2ban/filter.d/snomd.conf as fail2ban uses it: the date is taken off, then the rest has to match."""

    def __init__(self):
        parser = configparser.ConfigParser()
        parser.read(HOME / "packaging" / "fail2ban" / "filter.d" / "snomd.conf")
        definition = parser["Definition"]
        date = definition["datepattern"]
        for conversion, digits in (("%Y", r"\d{4}"), ("%m", r"\d\d"), ("%d", r"\d\d"), ("%H", r"\d\d"), ("%M", r"\d\d"),
                                   ("%S", r"\d\d"), ("%f", r"\d{1,6}")):
            assert conversion in date
            date = date.replace(conversion, digits)
        self.date = re.compile(date)
        self.failure = re.compile(definition["failregex"].replace("<HOST>", HOST))

    def address(self, line):
        """The address that a line of the file would have banned."""
        assert self.date.search(line), f"fail2ban finds no date in {line!r}"
        return self.match(self.date.sub("", line, count=1))

    def match(self, text):
        found = self.failure.search(text)
        return found and (found["ip4"] or found["ip6"] or found["dns"])
