"""The tcp driver passes the suite that every driver must pass."""

from pathlib import Path
from typing import Any

from tests.devices.drivers.conformance import Conformance
from tests.devices.drivers.rig import rig


class TestTcpDriver(Conformance):
    def bench(self, state: Path, **changes: Any):
        return rig(state, **changes)
