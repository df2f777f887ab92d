"""Each test has a house; what the programs in it said is shown upon failure."""

import pytest

from house import House
from programs import BIN

pytest.register_assert_rewrite("matrix")


def pytest_configure(config):
    missing = [name for name in ("snomd", "snomctl", "snomphone") if not (BIN / name).exists()]
    if missing:
        pytest.exit(f"{', '.join(missing)} not in {BIN}: './run build' first, or set SNOM_BIN_DIR", 2)


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
            report.sections.append((program.label, program.report()))
