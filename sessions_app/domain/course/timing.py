"""The next visit by the clock of the clinic, as a proposal."""

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from sessions_app.domain.calendar import in_utc
from sessions_app.domain.course.dates import VisitTime, time_of
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.plain import plain
from sessions_app.domain.course.proposal import ENGINE, Proposal

RULE_DAY, RULE_HOURS = "day", "hours_apart"


def propose_time(
    spec: LadderSpec,
    day: dt.date,
    *,
    clock: dt.time,
    zone: ZoneInfo,
    last_ended: dt.datetime | None,
    closures: Collection[dt.date] = (),
) -> Proposal:
    """The wall time of the visit of a step's day; later where the hours since the
    last one (aware end) or a closure ask for it."""
    found = time_of(
        spec, day, clock=clock, zone=zone, last_ended=last_ended, closures=closures
    )
    ended = None if last_ended is None else in_utc(last_ended).isoformat()
    inputs = {
        "kind": "date",
        "engine": ENGINE,
        "ladder": spec.to_dict(),
        "day": plain(day),
        "clock": clock.isoformat(),
        "zone": zone.key,
        "last_ended": ended,
        "closures": sorted(map(plain, closures)),
    }
    rule = RULE_HOURS if found.moved_days else RULE_DAY
    return Proposal(
        kind="date",
        rule=rule,
        rules=(rule,),
        engine=ENGINE,
        ladder=spec.code,
        ladder_version=spec.version,
        inputs=inputs,
        result={
            "local": found.at.isoformat(),
            "utc": in_utc(found.at).isoformat(),
            "moved_days": found.moved_days,
        },
        why=_why(spec, found, zone),
    )


def _why(spec: LadderSpec, found: VisitTime, zone: ZoneInfo) -> str:
    at = f"{found.at:%d-%b-%Y %H:%M} {zone.key}"
    if not found.moved_days:
        return at
    return (
        f"{at}, {found.moved_days} days later: at least {spec.visits.min_gap_hours}"
        " hours apart and on an open day"
    )
