"""The catalogue in plain lines: what may be adopted, what is locked, and by what.

Beside each row that can be treated stands its simulated adoption: the values by
which the row is tried out on a simulated patient.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sessions_app.catalogue import (
    SimulatedAdoption,
    published_entries,
    simulated_adoptions,
)
from sessions_app.catalogue.simulated import says as simulated_says
from sessions_app.domain.adoption import Entered
from sessions_app.domain.entry import (
    EMPTY,
    Entry,
    OpenField,
    Status,
    open_fields,
    status,
)
from sessions_app.domain.figures import FIGURES
from sessions_app.domain.places import place_text

INDENT = " " * 14


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands: its status, why it is no more, and how it is tried out;
    `tried` is None for a row that is not treated."""

    entry: Entry
    status: Status
    open: tuple[OpenField, ...]
    tried: SimulatedAdoption | None

    @property
    def lines(self) -> Iterator[str]:
        """The row and one line for each reason."""
        yield f"{self.entry.code:<12}  {self.status:<12} {self.entry.title}"
        if self.entry.reason:
            yield f"{INDENT}{self.entry.reason}"
        for one in self.open:
            mark = "locks" if one.safety else "to enter"
            known = one.why if one.why == EMPTY else f"{one.why} ({one.published})"
            yield f"{INDENT}{mark}: {one.label}: {known}"

    @property
    def adoption_lines(self) -> Iterator[str]:
        """How the row is tried out, one line for each value that is entered."""
        if self.tried is None:
            return
        tried = self.tried
        yield f"{tried.code:<12}  {_scene(tried)}"
        for field, given in tried.entered.items():
            yield f"{INDENT}{_value(field, given)}: {given.source}"


def rows() -> tuple[Row, ...]:
    """Every published row, in the order of the catalogue."""
    return tuple(
        Row(entry, status(entry), open_fields(entry), simulated_adoptions().get(code))
        for code, entry in published_entries().items()
    )


def report(checked: Iterable[Row]) -> Iterator[str]:
    """Every row, every simulated adoption, and the sum of each status."""
    checked = tuple(checked)
    for row in checked:
        yield from row.lines
    yield ""
    yield simulated_says()
    for row in checked:
        yield from row.adoption_lines
    yield ""
    yield closing_line(checked)


def closing_line(checked: Iterable[Row]) -> str:
    """``"46 rows: 2 adoptable, 41 locked, 1 record only, 2 refused"``."""
    found = Counter(row.status for row in checked)
    parts = ", ".join(f"{found[one]} {one}" for one in Status)
    return f"{found.total()} rows: {parts}"


def _scene(tried: SimulatedAdoption) -> str:
    active, opposite = (
        f"{place_text(pad.region, pad.side)} ({pad.kind}, {pad.area_mm2 / 100:g} cm²)"
        for pad in (tried.active, tried.opposite)
    )
    tooth = f", tooth {tried.tooth}" if tried.tooth else ""
    return (
        f"{tried.age_years} years: {active}{tooth} as {tried.active_pole},"
        f" {opposite} opposite"
    )


def _value(field: str, given: Entered) -> str:
    figure = FIGURES.get(field)
    if figure is not None:
        return f"{figure.label} {figure.text(given.value)}"
    if field == "drugs":
        picked = (f"{one['code']} {one['concentration']}" for one in given.value)
        return f"Drugs {' + '.join(picked)}"
    return f"{field} {given.value}"
