"""The configuration file of a simulator."""

import json

import pytest

from devices.simulator.config import ConfigError, load_config
from tests.devices.simulator.parts import profile

DEVICE = {
    "serial": "S-1",
    "seed": 11,
    "profile": profile().to_dict(),
    "skin": {"preset": "palms"},
}


def written(tmp_path, devices):
    path = tmp_path / "simulators.json"
    path.write_text(json.dumps({"devices": devices}))
    return path


def test_devices_are_read(tmp_path):
    (device,) = load_config(written(tmp_path, [DEVICE]))
    assert (device.serial, device.seed, device.preset) == ("S-1", 11, "palms")
    assert device.profile == profile()
    assert device.course_index == 0


@pytest.mark.parametrize(
    ("devices", "says"),
    [
        ([{**DEVICE, "skin": {"preset": "scales"}}], "no skin 'scales'"),
        ([{**DEVICE, "profile": {}}], "profile"),
        ([{"serial": "S-1"}], "S-1"),
        ([DEVICE, DEVICE], "S-1 more than once"),
    ],
)
def test_a_bad_entry_is_named(tmp_path, devices, says):
    with pytest.raises(ConfigError, match=says):
        load_config(written(tmp_path, devices))


def test_a_file_of_something_else_is_named(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("[]")
    with pytest.raises(ConfigError, match=r"other\.json"):
        load_config(path)
