"""Patients of the demo in the middle of a course, with what was held so far."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.models import Role, Site
from clinic.selectors.site_time import site_day
from sessions_app.demo.clinic import Person, patient_build
from sessions_app.demo.lots import lots_for
from sessions_app.demo.past import session_past
from sessions_app.demo.treatment import electrodes_build, member, prescribe
from sessions_app.models import Prescription
from sessions_app.services.proposing import course_touched
from sessions_app.services.scheduling import session_schedule


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit so many days ago, with what was measured and tolerated there."""

    days_ago: int
    score: int
    ua: int | None = None
    wet_days: int | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A patient under way: visits so far, and when today's is."""

    person: Person
    sessions: int
    measure: str
    visits: tuple[Visit, ...]
    at: dt.time


_PALMS = (
    *((days, 4, 3) for days in (63, 61, 59)),
    *((days, 3, 2) for days in (56, 54, 52, 49)),
    *((days, 2, 1) for days in (47, 45, 42)),
    *((days, 2, 0) for days in (39, 35, 32, 28)),
    *((days, 1, 0) for days in (21, 14, 7)),
)
BEGUN = (
    Begun(
        Person(
            "D-1006",
            "Haddad",
            "Leila",
            "Ms",
            dt.date(1997, 3, 3),
            "female",
            [],
            "HH-PALM",
            "Primary palmar hyperhidrosis",
        ),
        30,
        "HDSS",
        tuple(Visit(days, score, wet_days=wet) for days, score, wet in _PALMS),
        dt.time(11, 30),
    ),
    Begun(
        Person(
            "D-1007",
            "Novak",
            "Tomas",
            "Mr",
            dt.date(1981, 10, 12),
            "male",
            [],
            "LE-DEX40",
            "Lateral epicondylitis, right",
        ),
        6,
        "NPRS",
        (Visit(7, 6), Visit(5, 5), Visit(3, 4)),
        dt.time(12, 0),
    ),
)


def courses_build(site: Site) -> None:
    """Every course under way with its visit of today; idempotent."""
    for begun in BEGUN:
        _build(site, begun)


def _build(site: Site, begun: Begun) -> None:
    patient = patient_build(site, begun.person)
    if patient.prescriptions.exists():
        return
    by = member(site, Role.PRESCRIBER)
    order = prescribe(patient, begun.person, by, electrodes_build(), begun.sessions)
    _held(order, begun.measure, begun.visits)
    course_touched(number=order.number)
    session = session_schedule(
        prescription=order, due_on=site_day(site), due_at=begun.at, by=by
    )
    for leg in session.legs.all():
        lots_for(leg, by)


def _held(order: Prescription, measure: str, visits: Sequence[Visit]) -> None:
    today = site_day(order.site)
    for visit in visits:
        session_past(
            order,
            today - dt.timedelta(days=visit.days_ago),
            ua=visit.ua,
            hdss=visit.score if measure == "HDSS" else None,
            nprs=visit.score if measure == "NPRS" else None,
            wet_days=visit.wet_days,
        )
