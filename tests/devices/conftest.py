"""Devices, sites and supervisors for the tests of the device plane.

pytest reads this file before Django is set up: models are imported in fixtures.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.simulators import Box, Simulators
from tests.stack import stack_environment
from tests.stores import WorkerStores

if TYPE_CHECKING:
    from tests.devices.leading import Leading
    from tests.factories import World

FAST = 20


@pytest.fixture(scope="session")
def simulators(
    stores: WorkerStores, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulators]:
    """Stimulators at real speed; one process for this worker."""
    home = tmp_path_factory.mktemp("simulators")
    host = Simulators(home, stack_environment(stores, home), count=150)
    yield host
    host.end()


@pytest.fixture(scope="session")
def fast_simulators(
    stores: WorkerStores, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Simulators]:
    """Stimulators whose therapy runs twenty times as fast."""
    home = tmp_path_factory.mktemp("fast-simulators")
    env = stack_environment(stores, home)
    host = Simulators(home, env, count=100, speed=FAST)
    yield host
    host.end()


@pytest.fixture
def box(simulators: Simulators) -> Box:
    return simulators.take()


@pytest.fixture
def fast_box(fast_simulators: Simulators) -> Box:
    return fast_simulators.take()


@pytest.fixture
def world(live_db: WorkerStores) -> "World":
    """Two sites, with real commits."""
    from tests.factories import make_world

    return make_world()


@pytest.fixture
def leading(live_db: WorkerStores) -> "Iterator[Leading]":
    """A supervision loop in this process."""
    from tests.devices.leading import Leading

    with Leading() as loop:
        yield loop
