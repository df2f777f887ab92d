"""What the tests themselves rely on."""

import pytest

from conftest import MODULE, PREFIX
from freeswitch import FreeSwitch


def test_a_freeswitch_that_does_not_start_in_time_is_not_left_running(tmp_path):
    fs = FreeSwitch(PREFIX, tmp_path, MODULE)
    with pytest.raises(AssertionError, match="in vain: FreeSWITCH's event socket"):
        fs.started(timeout=0)
    assert fs.process.poll() is not None
