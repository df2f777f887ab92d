"""What the module's configuration file and its page say is what the module reads."""

import re
import xml.etree.ElementTree

from programs import HOME


def test_every_parameter_of_the_module_stands_in_its_file_and_on_its_page():
    source = (HOME / "src" / "mod_snom" / "settings.cpp").read_text()
    known = set(re.findall(r'if \(name == "([a-z-]+)"\)', source))
    assert {"press-mode", "store-file"} < known
    told = re.search(r'there is no parameter.*?\)"', source, re.DOTALL).group()
    file = xml.etree.ElementTree.parse(HOME / "packaging" / "freeswitch" / "autoload_configs" / "snom.conf.xml")
    page = (HOME / "docs" / "freeswitch.md").read_text()
    assert {parameter.get("name") for parameter in file.iter("param")} == known
    for name in known:
        assert name in told and f"`{name}`" in page, name
