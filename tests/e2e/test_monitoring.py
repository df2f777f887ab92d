"""packaging/prometheus and packaging/grafana: that their own tools take them, and that snomd has what they look at."""

import json
import re
import shutil
import subprocess

import pytest

from certificates import Authority
from programs import HOME, LIMIT

RULES = HOME / "packaging" / "prometheus" / "snomd.rules.yml"
DASHBOARD = json.loads((HOME / "packaging" / "grafana" / "snomd.json").read_text())


def promtool(*arguments, cwd=None):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed here (package prometheus)")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=6 * LIMIT, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expressions():
    """What the dashboard asks, with Grafana's variables filled in."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")


def test_promtool_takes_the_rules():
    assert "10 rules found" in promtool("check", "rules", RULES)


def test_alerts_come_when_they_should_and_only_then():
    assert "SUCCESS" in promtool("test", "rules", "snomd.rules_test.yml", cwd=RULES.parent)


def test_what_the_dashboard_asks_is_promql(tmp_path):
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions())]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))  # JSON is YAML
    assert f"{len(rules)} rules found" in promtool("check", "rules", path)


def test_the_dashboard_is_one_for_grafana():
    panels = DASHBOARD["panels"]
    assert DASHBOARD["uid"] and DASHBOARD["schemaVersion"] >= 30
    assert len({panel["id"] for panel in panels}) == len(panels) > 8
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
        assert panel["datasource"]["uid"] == "${source}" and panel["title"] and panel["targets"]


def test_snomd_has_every_metric_that_is_looked_at(house):
    Authority(house.folder).issue("snomd")
    snomd = house.snomd(extra='[tls]\ncertificate_file = "snomd.pem"\nkey_file = "snomd.key"\n')
    house.phone(snomd)
    there = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", snomd.request("GET", "/metrics").body, re.MULTILINE):
        there.update({name: kind, **({f"{name}_bucket": kind} if kind == "histogram" else {})})
    asked = set(re.findall(r"\bsnomd_\w+", " ".join([RULES.read_text(), *expressions()])))
    assert asked and not asked - set(there)
