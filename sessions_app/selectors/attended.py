"""Acts at the chair, the minutes that they show, and those that somebody stated."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from devices.core.parts import Basis
from devices.models import RunEvent
from sessions_app.catalogue.codes import published_codes
from sessions_app.domain.attendance import Act, Span, spans
from sessions_app.domain.billing import attended_min
from sessions_app.domain.codes import Code
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import AttendedTime, SkinCheck, TreatmentSession

# A press of STOP is none: it is open on every screen, also far from the chair.
_RUN_ACTS = {
    "start_requested": "START",
    "adjust_requested": "Current adjusted",
    "hold_requested": "Hold",
    "resume_requested": "Resume",
    "pain": "Pain asked",
    "tingling": "Tingling asked",
    "skin_check": "Skin looked at",
}
# The state that a person moved a session to, and whether that prepares.
_STATE_ACTS = {
    SessionState.CHECKED_IN.value: ("Checked in", True),
    SessionState.CLEARED.value: ("Cleared", True),
    SessionState.TREATING.value: ("Prepared", True),
    SessionState.COMPLETED.value: ("Signed", False),
    SessionState.PARTIAL.value: ("Signed", False),
}
# A call by phone is no time at the chair.
_AT_CHAIR = (SkinCheck.Moment.BEFORE, SkinCheck.Moment.DURING, SkinCheck.Moment.AFTER)


@dataclass(frozen=True, slots=True)
class Attended:
    """Minutes of one code: what the acts show, and what was stated, if anything."""

    code: Code
    from_acts: int
    spans: tuple[Span, ...]
    rows: tuple[AttendedTime, ...]

    @property
    def standing(self) -> AttendedTime | None:
        return self.rows[-1] if self.rows else None

    @property
    def minutes(self) -> int:
        """What was stated; until then what the acts show."""
        return self.from_acts if self.standing is None else self.standing.minutes


def acts_of(session: TreatmentSession) -> list[Act]:
    """What people did with the patient in a session, by its time.

    `who` is the name; nothing that a stimulator or a process did is among them.
    """
    return sorted(_acts(session), key=lambda act: act.at_ms)


def minutes_of(session: TreatmentSession) -> list[Attended]:
    """One for each timed code of the session."""
    acts = acts_of(session)
    rows = list(session.attended.select_related("by").order_by("id"))
    return [
        _attended(code, acts, [row for row in rows if row.code == code.code])
        for code in codes_of(session)
    ]


def codes_of(session: TreatmentSession) -> tuple[Code, ...]:
    """The timed codes of a session, by its protocol."""
    spec = session.prescription.adoption.spec
    names = tuple(step["name"] for step in spec["adjuncts"])
    return published_codes().codes_for(names, timed=spec["basis"] != Basis.EVENT)


def attendance_stands(session: TreatmentSession) -> bool:
    """Whether somebody answers for minutes of constant attendance at the current."""
    return any(
        one.standing is not None and one.minutes > 0
        for one in minutes_of(session)
        if not one.code.beside
    )


def _attended(code: Code, acts: list[Act], rows: list[AttendedTime]) -> Attended:
    gap_ms = published_codes().attendance.longest_gap_ms
    # What somebody did beside the current shows in no act of its own.
    found = () if code.beside else spans(acts, gap_ms, preparation=code.preparation)
    minutes = attended_min((span.start_ms, span.end_ms) for span in found)
    return Attended(code, minutes, found, tuple(rows))


def _acts(session: TreatmentSession) -> Iterator[Act]:
    for event in session.events.filter(
        staff__isnull=False, to_state__in=_STATE_ACTS
    ).select_related("staff"):
        what, prepares = _STATE_ACTS[event.to_state]
        yield Act(_ms(event.at), event.staff.name, what, prepares)
    for person in session.people.select_related("by"):
        yield Act(_ms(person.at), person.by.name, "Who came along", True)
    for check in session.prechecks.select_related("by"):
        yield Act(_ms(check.at), check.by.name, "Questions answered", True)
    events = RunEvent.objects.filter(
        run__leg_run__leg__session=session, staff__isnull=False, kind__in=_RUN_ACTS
    )
    for told in events.select_related("staff"):
        who = told.staff.name if told.staff else ""
        yield Act(_ms(told.at), who, _RUN_ACTS[told.kind])
    looks = SkinCheck.objects.filter(leg__session=session, moment__in=_AT_CHAIR)
    for look in looks.select_related("by"):
        yield Act(_ms(look.at), look.by.name, f"Skin, {look.lead.upper()}")
    for row in session.adjuncts_done.select_related("by"):
        yield Act(_ms(row.at), row.by.name, row.name.capitalize())


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
