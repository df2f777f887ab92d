"""One FreeSWITCH for all tests but those that end it; the module is loaded anew for each, with the settings it needs.

SNOM_FREESWITCH_PREFIX, SNOM_MODULE and SNOM_BIN_DIR name what is tested: ./run test-freeswitch sets them."""

import itertools
import os
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))  # the virtual phone's handle

from programs import BIN, Phone, Program  # noqa: E402

from freeswitch import DOMAIN, USERS, FreeSwitch  # noqa: E402
from sip_phone import SipPhone  # noqa: E402
from web_page import WebPage  # noqa: E402

pytest.register_assert_rewrite("matrix")

PREFIX = os.environ.get("SNOM_FREESWITCH_PREFIX", "")
MODULE = os.environ.get("SNOM_MODULE", "")
ONE_CONTACT = "3000"  # a user whose new contact replaces the one before
WEB_USER, WEB_PASSWORD = "admin", "s3cret-of-1001"


def pytest_configure(config):
    if not PREFIX or not MODULE:
        pytest.exit("these tests are run by ./run test-freeswitch PREFIX", 2)


def demo_dialplan():
    """What is installed, less its <include>."""
    text = (HERE.parents[1] / "packaging/freeswitch/dialplan/default/01_snom.xml").read_text()
    return re.search(r"<include>(.*)</include>", text, re.DOTALL).group(1)


def start_freeswitch(folder, **options):
    options.setdefault("users", {**USERS, ONE_CONTACT: "1357"})
    options.setdefault("user_variables", {"1001": {"snom-web-user": WEB_USER, "snom-web-password": WEB_PASSWORD},
                                          ONE_CONTACT: {"sip-allow-multiple-registrations": "false"}})
    options.setdefault("dialplan", demo_dialplan())
    return FreeSwitch(PREFIX, folder, MODULE, **options).started()


@pytest.fixture(scope="session")
def freeswitch(tmp_path_factory):
    fs = start_freeswitch(tmp_path_factory.mktemp("freeswitch"), snom_conf={})
    yield fs
    fs.stop()


@pytest.fixture
def fs(request, freeswitch):
    """The FreeSWITCH that runs, without calls and registrations of other tests."""
    request.node.freeswitch = freeswitch
    assert freeswitch.process.poll() is None, "FreeSWITCH ended during an earlier test"
    freeswitch.api("hupall")
    return freeswitch


@pytest.fixture
def snom(fs):
    """snom(press_mode="direct", ...) loads the module with these settings, and without keys of earlier tests."""
    def load(**settings):
        settings.setdefault("store_file", "")
        fs.configure({name.replace("_", "-"): value for name, value in settings.items()})
        fs.api("reloadxml")
        fs.api("unload mod_snom")
        reply = fs.api("load mod_snom")
        assert "-ERR" not in reply, reply + fs.said()
    return load


@pytest.fixture
def es(fs):
    """An event socket that hears of this module's events."""
    connection = fs.connect()
    connection.subscribe("BACKGROUND_JOB", "CUSTOM", "snom::button", "snom::keys", "snom::press")
    yield connection
    connection.close()


@pytest.fixture
def phone(fs):
    """phone("1000", ...) is a bare SIP phone, registered unless told otherwise."""
    phones = []

    def make(user="1000", register=True, **options):
        made = SipPhone(fs, user, **options)
        phones.append(made)
        return made.register() if register else made
    yield make
    for made in phones:
        made.answer = 200
        if fs.process.poll() is None:
            made.register(expires=0)
        made.close()


# Several runs at once on one machine are in nets of their own.
NET = f"127.{os.getpid() % 200 + 50}"
ADDRESSES = (f"{NET}.{host // 250}.{host % 250 + 1}" for host in itertools.count())


@pytest.fixture
def address():
    """An address of loopback that nobody else uses: a registered phone's web page is on its port 80."""
    return lambda: next(ADDRESSES)


@pytest.fixture
def web_page():
    pages = []

    def make(*arguments, **options):
        pages.append(WebPage(*arguments, **options))
        return pages[-1]
    yield make
    for page in pages:
        page.close()


class VirtualSnom(Phone):
    """A snomphone at an address of its own, its web page where FreeSWITCH's module looks for it."""

    def __init__(self, fs, user, where, *more):
        self.user = user
        Program.__init__(self, f"snomphone {user}",
                         [BIN / "snomphone", "--server", f"127.0.0.1:{fs.sip_port}", "--user", user, "--password",
                          USERS[user], "--domain", DOMAIN, "--listen", where, "--web", where + ":80", *more])
        self.page = self.wait_for("listening", user=user)["web"]


@pytest.fixture
def virtual_snom(fs, address):
    """virtual_snom("1000") is a snomphone that is registered."""
    phones = []

    def make(user, *more):
        made = VirtualSnom(fs, user, address(), *more)
        phones.append(made)
        return made.registered()
    yield make
    for made in phones:
        made.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    running = getattr(item, "freeswitch", None)
    if report.failed and running:
        report.sections.append(("FreeSWITCH", running.said()))
