"""Simulators get their addresses; a fast clock never stands beside a real one."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.factories import make_stimulator, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def ports(tmp_path):
    def write(serial: str):
        path = tmp_path / "ports.json"
        path.write_text(json.dumps({serial: ["127.0.0.1", 4321], "_control": ["x", 1]}))
        return path

    return write


def test_a_simulated_stimulator_gets_its_address(ports) -> None:
    box = make_stimulator(make_world().here)
    call_command("point_simulators", str(ports(box.serial)))
    box.refresh_from_db()
    assert (box.host, box.port) == ("127.0.0.1", 4321)


def test_a_real_stimulator_is_never_pointed_elsewhere(ports) -> None:
    box = make_stimulator(make_world().here, is_simulated=False)
    before = (box.host, box.port)
    call_command("point_simulators", str(ports(box.serial)))
    box.refresh_from_db()
    assert (box.host, box.port) == before


def test_another_speed_is_refused_beside_a_real_stimulator(ports, settings) -> None:
    box = make_stimulator(make_world().here, is_simulated=False)
    settings.SPEED = 10
    with pytest.raises(CommandError, match="Speed 10 is refused"):
        call_command("point_simulators", str(ports(box.serial)))
