"""A step beside the current: done with its figures, or not done and why."""

from collections.abc import Mapping

from django.db import transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.domain.adjuncts import (
    NOTE_CHARS,
    AdjunctError,
    check_done,
    check_skipped,
    is_before,
)
from sessions_app.domain.protocol import Adjunct
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import AdjunctDone, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_of, adjuncts_open

S = SessionState


def adjunct_record(
    *,
    session: TreatmentSession,
    place: int,
    by: Staff,
    done: bool,
    figures: Mapping[str, int],
    note: str = "",
) -> AdjunctDone:
    """Record the step at `place` of the protocol; a newer row holds.

    `figures` by the names of `domain.adjuncts.ASKED`, in their stored units.
    Raises Refusal with `field` for a figure that is missing or cannot be, or
    without a reason where one is due; Conflict while the session takes no step.
    """
    require(by, "session.treat", session.site)
    step = _step(session, place)
    said = note.strip()
    _check(step, figures, said, done=done)
    with transaction.atomic():
        row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        _require_state(row, step)
        kept = AdjunctDone.objects.create(
            session=row,
            name=step.name,
            done=done,
            figures=dict(figures) if done else {},
            note=said,
            by=by,
        )
        audit_record(
            action="adjunct.record",
            subject=kept,
            by=by,
            site=row.site,
            data={"session": str(row.pk), "step": step.name, "done": done},
        )
    return kept


def adjuncts_require(session: TreatmentSession) -> list[int]:
    """Ids of the rows that hold, one for each step of the protocol.

    Raises Refusal that names the first step of which nothing is said.
    """
    for beside in adjuncts_open(session):
        raise Refusal(
            "adjunct_open",
            f"{beside.step.name}: record it as done with its figures, or say why it"
            " was not done; then sign.",
            field=f"done-{beside.place}",
        )
    rows = [beside.standing for beside in adjuncts_of(session)]
    return [row.pk for row in rows if row is not None]


def _step(session: TreatmentSession, place: int) -> Adjunct:
    steps = {beside.place: beside.step for beside in adjuncts_of(session)}
    if place not in steps:
        raise Refusal(
            "no_such_step",
            f"The protocol has {len(steps)} steps beside the current, no {place}.",
        )
    return steps[place]


def _check(step: Adjunct, figures: Mapping[str, int], note: str, *, done: bool) -> None:
    if len(note) > NOTE_CHARS:
        raise Refusal(
            "note_long",
            f"{len(note)} characters; at most {NOTE_CHARS}. Shorten the reason.",
            field="note",
        )
    try:
        if done:
            check_done(step, figures, note)
        else:
            check_skipped(step, note)
    except AdjunctError as error:
        raise Refusal("adjunct", str(error), field=error.field) from error


def _require_state(session: TreatmentSession, step: Adjunct) -> None:
    takes = {S.TO_SIGN}
    if is_before(step):
        takes |= {S.CLEARED, S.TREATING}
    if session.state not in takes:
        when = "before or after" if is_before(step) else "after"
        raise Conflict(
            "no_step_now",
            f"The session is {session.state.replace('_', ' ')}; {step.name} is recorded"
            f" {when} the current, until the session is signed.",
        )
