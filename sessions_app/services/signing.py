"""The signature under a session: skin looked at, dose read, electrodes cleaned."""

import uuid
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import DoseRecord, SkinCheck, TreatmentSession
from sessions_app.selectors.diagnostics import diagnostic_of
from sessions_app.selectors.harm import Electrode, electrodes_of, reusable
from sessions_app.services.adjuncts import adjuncts_require
from sessions_app.services.collecting import collecting_require_ended
from sessions_app.services.harm import Seen, answers_of, skin_checks_write
from sessions_app.services.proposing import course_touched
from sessions_app.services.results import signed_follow
from sessions_app.services.transitions import session_transition

S = SessionState
NOTE_CHARS = 400


def session_sign(
    *,
    session: TreatmentSession,
    by: Staff,
    version: int,
    seen: Sequence[Seen],
    cleaned: Collection[uuid.UUID] = (),
    skin_note: str = "",
) -> None:
    """Sign the record; complete or partial by its basis.

    `seen` is what was found under each electrode that had current, `cleaned` the
    reusable electrode types whose decontamination was done. Findings are adverse
    events, with all that follows from them, in the same transaction. Raises
    Refusal that names the first electrode not looked at or not cleaned, or the first
    step beside the current of which nothing is said, Conflict for a stale page or a
    dose that is not recorded yet.
    """
    require(by, "session.sign", session.site)
    electrodes = electrodes_of(session)
    doses = _doses(session)
    beside = adjuncts_require(session)
    answers_of(electrodes, seen)
    done = _cleaned(electrodes, set(cleaned))
    collecting_require_ended(session)
    note = skin_note.strip()
    if len(note) > NOTE_CHARS:
        raise Refusal(
            "note_long",
            f"{len(note)} characters; at most {NOTE_CHARS}. Shorten the note.",
            field="skin_note",
        )
    with transaction.atomic():
        session_transition(
            session=session,
            sources=(S.TO_SIGN,),
            target=S.COMPLETED if _is_whole(session, doses) else S.PARTIAL,
            by=by,
            version=version,
            columns={"signed_by": by, "signed_at": timezone.now(), "skin_note": note},
            data={
                "doses": [dose.pk for dose in doses],
                "cleaned": done,
                "adjuncts": beside,
            },
        )
        skin_checks_write(
            electrodes=electrodes, moment=SkinCheck.Moment.AFTER, seen=seen, by=by
        )
        course_touched(number=session.prescription.number)
        signed_follow(session=session, by=by)


def _doses(session: TreatmentSession) -> list[DoseRecord]:
    doses = [
        dose
        for leg in session.legs.all()
        for dose in leg.doses.filter(superseded_by__isnull=True)
    ]
    if not doses:
        raise Conflict("no_dose", "The dose is not recorded yet; wait a moment.")
    return doses


def _is_whole(session: TreatmentSession, doses: Sequence[DoseRecord]) -> bool:
    complete = {dose.leg_id for dose in doses if dose.completeness == "complete"}
    if diagnostic_of(session.prescription):
        # Each place of a test is a test of its own: one that is whole is a test.
        return bool(complete)
    return all(leg.pk in complete for leg in session.legs.all())


def _cleaned(
    electrodes: list[Electrode], ticked: set[uuid.UUID]
) -> list[dict[str, str]]:
    """What the record says of each reusable electrode that was used."""
    done = []
    for kind in reusable(electrodes):
        if kind.pk not in ticked:
            raise Refusal(
                "not_cleaned",
                f"{kind.name}: {kind.decontamination}. Tick it when it is done.",
                field=f"cleaned-{kind.pk}",
            )
        done.append({"electrode": kind.name, "cycle": kind.decontamination})
    return done
