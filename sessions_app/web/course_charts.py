"""Charts of a course as SVG, drawn by the server: one time axis for all of them.

Text beside each says the same; a table on the page has every figure.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clinic.jinja import date_text, dose_text
from sessions_app.selectors.course_summary import Given, Summary
from sessions_app.selectors.outcomes import Series

WIDTH, HEIGHT = 640, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 18, 24
_LABELS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """Days from left to right, the same for every chart of a course."""

    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        days = max((self.last - self.first).days, 1)
        inner = WIDTH - LEFT - RIGHT - 24
        return round(LEFT + 12 + inner * (day - self.first).days / days, 1)

    @property
    def ticks(self) -> list[dict[str, Any]]:
        """A few days with their dates, the first and the last among them."""
        days = (self.last - self.first).days
        steps = min(_LABELS - 1, days) or 1
        found = [
            self.first + dt.timedelta(days=days * n // steps) for n in range(steps + 1)
        ]
        return [
            {"x": self.x(day), "text": date_text(day)[:6], "end": n == steps}
            for n, day in enumerate(dict.fromkeys(found))
        ]


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws; `title` names it, `text` says what it shows."""

    title: str
    text: str
    axis: Axis
    top: str
    bottom: str
    points: list[dict[str, Any]] = field(default_factory=list)
    bars: list[dict[str, Any]] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def line(self) -> str:
        return " ".join(f"{one['x']},{one['y']}" for one in self.points)


def charts_of(summary: Summary, names: Mapping[str, str]) -> list[Chart]:
    """Doses first, then each measure and place, as `names` has it; none before
    anything is there."""
    days = [one.session.due_on for one in summary.given]
    days += [row.measured_on for one in summary.answers for row in one.series.rows]
    if not days:
        return []
    axis = Axis(min(days), max(days))
    doses = [_doses(axis, summary)] if summary.given else []
    return doses + [_series(axis, one.series, names) for one in summary.answers]


def _y(share: float) -> float:
    """From the bottom, 0, to the top, 1."""
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)


def _doses(axis: Axis, summary: Summary) -> Chart:
    most = max(max(one.prescribed_nc, one.upper_nc) for one in summary.given) or 1
    return Chart(
        title="Dose of each session",
        text=f"{len(summary.given)} sessions from {date_text(axis.first)} to "
        f"{date_text(axis.last)}: {dose_text(summary.measured_nc)} measured of "
        f"{dose_text(summary.prescribed_nc)} prescribed, at most "
        f"{dose_text(summary.upper_nc)}. The table below has each session.",
        axis=axis,
        top=dose_text(most),
        bottom="0",
        bars=[_bar(axis, one, most) for one in summary.given],
        marks=_marks(axis, summary),
    )


def _bar(axis: Axis, one: Given, most: int) -> dict[str, Any]:
    measured, upper = one.measured_nc / most, one.upper_nc / most
    return {
        "x": axis.x(one.session.due_on) - 5,
        "y": _y(measured),
        "height": round(_y(0) - _y(measured), 1),
        "guess_y": _y(upper),
        "guess_height": round(_y(measured) - _y(upper), 1),
        "target_y": _y(one.prescribed_nc / most),
    }


def _marks(axis: Axis, summary: Summary) -> list[dict[str, Any]]:
    """Harm as a triangle, a change of rung as a diamond; days outside are left."""
    days = {one.session_id: one.onset_at.date() for one in summary.events}
    due = {one.session.pk: one.session.due_on for one in summary.given}
    harm = [{"x": axis.x(due[key]), "kind": "harm"} for key in days if key in due]
    steps = [
        {"x": axis.x(day), "kind": "rung"}
        for day in changed_on(summary)
        if axis.first <= day <= axis.last
    ]
    return harm + steps


def changed_on(summary: Summary) -> list[dt.date]:
    """The days on which a decision put the course on another rung."""
    found, at = [], None
    for step in summary.steps:
        rung = ((step.decided or step.result) or {}).get("rung")
        if at is not None and rung != at and step.decided_at is not None:
            found.append(step.decided_at.date())
        at = rung
    return found


def _series(axis: Axis, series: Series, names: Mapping[str, str]) -> Chart:
    values = [series.value(row) for row in series.rows]
    low, high = _span(series, values)
    points = [
        {
            "x": axis.x(row.measured_on),
            "y": _y(float((value - low) / (high - low))),
            "text": f"{value.normalize():f}",
        }
        for row, value in zip(series.rows, values, strict=True)
    ]
    title = f"{series.measure.title}, {series.measure.better}"
    where = f", {names[series.place]}" if series.place else ""
    told = f"{values[0]:f}" if len(values) == 1 else f"{values[0]:f} to {values[-1]:f}"
    return Chart(
        title=f"{title}{where} ({series.unit})",
        text=f"{series.measure.title}{where}: {told} {series.unit} in {len(values)} "
        f"results; {series.measure.better}. The table below has each.",
        axis=axis,
        top=f"{high.normalize():f}",
        bottom=f"{low.normalize():f}",
        points=points,
    )


def _span(series: Series, values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The whole scale where it has ends, else from 0 to the highest."""
    low = series.measure.low or Decimal(0)
    high = series.measure.high
    if high is None or series.measure.code in ("WET_DAYS", "ROM"):
        high = max(*values, low + 1)
    return low, high
