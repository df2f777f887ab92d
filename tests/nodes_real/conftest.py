"""Three snomd, PostgreSQL and Kamailio, with thousands of virtual phones: ./run test-nodes sets SNOM_BIN_DIR."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))  # the programs' handles

from house import House  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--phones", type=int, default=2000, help="virtual phones (2000)")
    parser.addoption("--kills", type=int, default=8, help="how often a node is killed under load (8)")
    parser.addoption("--pause", type=float, default=30, help="seconds that a node is stopped (30)")


@pytest.fixture
def house(request, tmp_path):
    house = House(tmp_path)
    request.node.house = house
    yield house
    house.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    house = getattr(item, "house", None)
    if report.failed and house:
        for program in house.programs:
            report.sections.append((program.label, program.report()[-20000:]))
