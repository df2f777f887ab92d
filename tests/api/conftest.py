"""A house for each test, as those of tests/e2e have it. `./run test-api` sets SNOM_BIN_DIR."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))  # the programs' handles

from house import House  # noqa: E402


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.close()
