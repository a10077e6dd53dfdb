"""Worked cases of visits, courses, outcomes and units."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sessions_app.casebook import inputs as given
from sessions_app.casebook.inputs import CaseError, Inputs, Kind
from sessions_app.domain.billing import Strategy, units
from sessions_app.domain.calendar import (
    Weekdays,
    elapsed,
    in_utc,
    pattern_of,
    series,
    window,
    zone_of,
)
from sessions_app.domain.outcomes import (
    Absolute,
    AtMost,
    Direction,
    Relative,
    Rule,
    decimal_of,
    respond,
)
from sessions_app.domain.spacing import Treated, min_gap
from sessions_app.domain.stepdown import Criteria, Ladder, evaluate, stages_of, walk

# The thresholds of the kind `evaluation`, which its rule states.
CRITERIA = Criteria(advance_score=2, advance_permille=500, extend_permille=250)


def _series(inputs: Inputs) -> dict[str, Any]:
    found = series(
        given.wall_time(inputs, "start_local"),
        zone_of(given.text(inputs, "zone")),
        given.made(inputs, "pattern", pattern_of),
        given.visits(inputs, "count"),
        given.days(inputs, "closures"),
    )
    return {
        "local": [visit.isoformat() for visit in found],
        "utc": [_utc_text(visit) for visit in found],
    }


def _utc_text(moment: dt.datetime) -> str:
    utc = in_utc(moment).replace(tzinfo=None)
    spec = "auto" if utc.second or utc.microsecond else "minutes"
    return f"{utc.isoformat(timespec=spec)}Z"


def _elapsed(inputs: Inputs) -> dict[str, Any]:
    return asdict(elapsed(_moment(inputs, "start"), _moment(inputs, "end")))


def _moment(inputs: Inputs, end: str) -> dt.datetime:
    fold = given.count(inputs, f"{end}_fold")
    if fold > 1:
        raise CaseError(f"{end}_fold is 0 or 1, not {fold}")
    zone = zone_of(given.text(inputs, "zone"))
    return given.wall_time(inputs, f"{end}_local").replace(tzinfo=zone, fold=fold)


def _ladder(inputs: Inputs) -> dict[str, Any]:
    ladder = Ladder(
        given.made(inputs, "stages", stages_of),
        given.whole(inputs, "fall_back_at"),
        given.count(inputs, "relapse_window_days"),
    )
    visits = walk(
        ladder,
        given.day(inputs, "start"),
        given.visits(inputs, "sessions"),
        given.numbered(inputs, "hdss_after"),
    )
    return {"sessions": [[visit.stage, visit.day.isoformat()] for visit in visits]}


def _evaluation(inputs: Inputs) -> dict[str, Any]:
    found = evaluate(
        CRITERIA,
        before=given.count(inputs, "before"),
        after=given.count(inputs, "after"),
        score=given.whole(inputs, "hdss_after"),
        extension_used=given.flag(inputs, "extension_used"),
    )
    return asdict(found)


def _window(inputs: Inputs) -> dict[str, Any]:
    found = window(
        given.days(inputs, "done"),
        next_from=given.day(inputs, "next_from"),
        weekdays=_weekdays(inputs),
        remaining=given.visits(inputs, "remaining"),
        window_days=given.whole(inputs, "window_days", least=1),
    )
    end = found.window_end
    return {
        **asdict(found),
        "planned": [day.isoformat() for day in found.planned],
        "window_end": None if end is None else end.isoformat(),
    }


def _weekdays(inputs: Inputs) -> Weekdays:
    return Weekdays(frozenset(given.wholes(inputs, "weekdays")))


def _min_gap(inputs: Inputs) -> dict[str, Any]:
    found = min_gap(
        [_treated(row) for row in given.items(inputs, "treatments")],
        given.count(inputs, "min_gap_days"),
        given.count(inputs, "sites_per_day"),
        given.day(inputs, "day"),
        given.text(inputs, "site"),
    )
    return {"allowed": found.allowed, "earliest": found.earliest.isoformat()}


def _treated(row: Any) -> Treated:
    if not isinstance(row, dict):
        raise CaseError(f"treatments: {row!r} is no object of day and site")
    given.only(row, ("day", "site"), "treatments")
    try:
        return Treated(given.day(row, "day"), given.text(row, "site"))
    except CaseError as error:
        raise CaseError(f"treatments: {error}") from error


def _response(inputs: Inputs) -> dict[str, Any]:
    found = respond(
        given.choice(inputs, "direction", Direction),
        decimal_of(given.text(inputs, "before"), "before"),
        decimal_of(given.text(inputs, "after"), "after"),
        _rule(given.mapping(inputs, "rule")),
    )
    return {"improvement": found.improvement_text, "responder": found.responder}


def _rule(data: Mapping[str, Any]) -> Rule:
    match data:
        case {"type": "absolute", "points": str(points)} if len(data) == 2:
            return Absolute(decimal_of(points, "rule.points"))
        case {"type": "relative", "permille": int()} if len(data) == 2:
            return Relative(given.count(data, "permille"))
        case {"type": "at_most", "value": str(value)} if len(data) == 2:
            return AtMost(decimal_of(value, "rule.value"))
    raise CaseError(
        "rule is absolute with points, relative with permille or at_most with value,"
        f" not {dict(data)!r}"
    )


def _units(inputs: Inputs) -> dict[str, Any]:
    found = units(
        given.choice(inputs, "strategy", Strategy), given.counted(inputs, "minutes")
    )
    return {"units": dict(found.units), "total": found.total}


KINDS: Mapping[str, Kind] = {
    "series": _series,
    "elapsed": _elapsed,
    "ladder": _ladder,
    "evaluation": _evaluation,
    "window": _window,
    "min_gap": _min_gap,
    "response": _response,
    "units": _units,
}
