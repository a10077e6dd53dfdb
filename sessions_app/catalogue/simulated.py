"""Adoptions of every row for simulated patients, as data: never to treat by."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sessions_app.catalogue.published import published_entries, read
from sessions_app.domain.adoption import Entered, resolve
from sessions_app.domain.places import Region
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import ProtocolError, ProtocolSpec
from sessions_app.domain.strict import build


@dataclass(frozen=True, slots=True)
class SimulatedPad:
    """An electrode of a simulated treatment; `kind` as in `ElectrodeType.Kind`,
    `side` left, right or empty."""

    region: Region
    side: str
    kind: str
    area_mm2: int


@dataclass(frozen=True, slots=True)
class SimulatedAdoption:
    """What a row is adopted with, and on whom and where it is tried out.

    `entered` gives each value with its reason, as the source relied on; `tooth`
    is an FDI number, None elsewhere. The leading drug lies on `active`.
    """

    code: str
    age_years: int
    session_number: int
    active: SimulatedPad
    opposite: SimulatedPad
    active_pole: Pole
    tooth: int | None
    entered: Mapping[str, Entered]

    @property
    def spec(self) -> ProtocolSpec:
        """The protocol; raises `adoption.ResolveError` while a field is open."""
        return resolve(published_entries()[self.code], self.entered)


@cache
def simulated_adoptions() -> dict[str, SimulatedAdoption]:
    """The simulated adoption of each row that can be treated, by its code."""
    rows = read("simulated_adoptions.json")["adoptions"]
    return {row["code"]: _read(row) for row in rows}


def says() -> str:
    """What these adoptions are for, in one sentence to print beside them."""
    return str(read("simulated_adoptions.json")["says"])


def _read(row: dict[str, object]) -> SimulatedAdoption:
    given = row["entered"]
    if not isinstance(given, Mapping):
        raise ProtocolError(f"{row['code']}: entered is an object, not {given!r}")
    entered = {
        field: Entered(one["value"], one["source"]) for field, one in given.items()
    }
    return build(SimulatedAdoption, row, str(row["code"]), entered=entered)
