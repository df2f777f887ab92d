"""cmake --install puts things where FreeSWITCH keeps its own, and leaves a configuration that is there alone."""

import os
import pathlib
import subprocess

from freeswitch import wait_until

BUILD = os.environ.get("SNOM_MODULE_BUILD", "")


def install(destination):
    subprocess.run(["cmake", "--install", BUILD, "--component", "freeswitch"], check=True, capture_output=True,
                   env={**os.environ, "DESTDIR": str(destination)}, timeout=60)


def folder(name):
    said = subprocess.run(["pkg-config", f"--variable={name}", "freeswitch"], check=True, capture_output=True, text=True)
    return said.stdout.strip().lstrip("/")


def test_module_configuration_and_demo_dialplan_are_installed(tmp_path):
    install(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in pathlib.Path(tmp_path).rglob("*") if path.is_file()}
    configuration = folder("confdir")
    assert files == {f"{folder('modulesdir')}/mod_snom.so", f"{configuration}/autoload_configs/snom.conf.xml",
                     f"{configuration}/dialplan/default/01_snom.xml"}


def test_a_second_installation_keeps_a_changed_configuration(tmp_path):
    install(tmp_path)
    changed = tmp_path / folder("confdir") / "autoload_configs/snom.conf.xml"
    changed.write_text("<!-- mine -->")
    install(tmp_path)
    assert changed.read_text() == "<!-- mine -->"


def test_the_installed_configuration_is_the_defaults(fs, snom):
    """Every parameter in the file as it comes is known, and has the value that it has without a file."""
    import re
    from conftest import HERE
    text = (HERE.parents[1] / "packaging/freeswitch/autoload_configs/snom.conf.xml").read_text()
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    settings = dict(re.findall(r'<param name="([^"]+)" value="([^"]+)"/>', text))
    snom(**{name.replace("-", "_"): value for name, value in settings.items()})
    as_installed = fs.api("snom_status").split("\n")[2]
    snom()
    assert fs.api("snom_status").split("\n")[2] == as_installed and "press-mode reference" in as_installed


def test_a_wrong_setting_refuses_the_load_and_the_log_says_why(fs):
    fs.configure({"press-mode": "backwards"})
    fs.api("reloadxml")
    fs.api("unload mod_snom")
    assert "-ERR" in fs.api("load mod_snom")
    wait_until(lambda: "mod_snom: snom.conf.xml: press-mode: 'backwards' (expected reference or direct)" in fs.log(),
               "word of it in the log")
    assert fs.maps("mod_snom.so") == []
