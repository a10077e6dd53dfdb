"""What a course has added up to: dose by window, drugs by place, who had the anode.

Every dose counts at its upper bound, whatever its evidence.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sessions_app.domain.limits import Cumulative, Exposure, charge_text

WEEK_DAYS = 7
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Given:
    """One dose: the session it belongs to, its place and its drugs by code.

    `red_anode_nc` flowed while the place of the red lead was the anode,
    `black_anode_nc` while the poles were turned.
    """

    session: str
    day: dt.date
    upper_nc: int
    place: str = ""
    drugs: tuple[str, ...] = ()
    red_place: str = ""
    black_place: str = ""
    red_anode_nc: int = 0
    black_anode_nc: int = 0


@dataclass(frozen=True, slots=True)
class Caps:
    """The most charge of each window, nC; None where nothing caps it."""

    session_nc: int | None = None
    day_nc: int | None = None
    week_nc: int | None = None
    course_nc: int | None = None


@dataclass(frozen=True, slots=True)
class AnodeTurn:
    """Who gets the anode next, with what each had so far."""

    place: str
    why: str


def cumulative(
    given: Iterable[Given], caps: Caps, *, day: dt.date, session: str = ""
) -> tuple[Cumulative, ...]:
    """What was given in each window that has a cap, before a treatment on a day.

    The week is the seven days that end with the day; doses after it do not count.
    """
    past = [one for one in given if one.day <= day]
    week = day - dt.timedelta(days=WEEK_DAYS - 1)
    to_day = f"the seven days to {day:%d-%b-%Y}"
    windows = (
        (caps.session_nc, "this session", [o for o in past if o.session == session]),
        (caps.day_nc, "this day", [o for o in past if o.day == day]),
        (caps.week_nc, to_day, [o for o in past if o.day >= week]),
        (caps.course_nc, "this course", past),
    )
    return tuple(
        Cumulative(cap, sum(one.upper_nc for one in counted), name)
        for cap, name, counted in windows
        if cap is not None
    )


def exposure(
    given: Iterable[Given],
    code: str,
    *,
    place: str,
    day: dt.date,
    alike: Collection[str] = (),
    within_days: int = YEAR_DAYS,
) -> Exposure:
    """Sessions in which a drug may have gone in at a place, over the past year.

    `alike` has the codes that count as the same, for example every steroid. A
    session in which nothing flowed does not count; one of several runs counts once.
    """
    since = day - dt.timedelta(days=within_days)
    codes = {code, *alike}
    sessions = {
        one.session
        for one in given
        if one.place == place
        and since < one.day <= day
        and one.upper_nc > 0
        and codes.intersection(one.drugs)
    }
    return Exposure(code, len(sessions), f"{len(sessions)} since {since:%d-%b-%Y}")


def anode_totals(given: Iterable[Given]) -> dict[str, int]:
    """Charge that each place had as the anode, nC, places in order of appearance."""
    totals: dict[str, int] = {}
    for one in given:
        for place, charge in (
            (one.red_place, one.red_anode_nc),
            (one.black_place, one.black_anode_nc),
        ):
            totals[place] = totals.get(place, 0) + charge
    return totals


def next_anode(given: Iterable[Given], places: tuple[str, str]) -> AnodeTurn:
    """The place that had less charge as the anode so far gets it next.

    Of equals the one that did not begin as the anode last time; without a past
    the first. For tap water only: a drug decides its own pole.
    """
    past = sorted(given, key=lambda one: one.day)
    totals = anode_totals(past)
    first, second = (totals.get(place, 0) for place in places)
    began = [one.red_place for one in past][-1:]
    turn = second < first or (second == first and began == [places[0]])
    one, other = charge_text(first), charge_text(second)
    why = f"{places[0]} had {one} as the anode, {places[1]} had {other}"
    return AnodeTurn(places[turn], why)
