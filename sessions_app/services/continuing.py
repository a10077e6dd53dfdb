"""The rest of an interrupted treatment, given under a signed proposal."""

from django.db import transaction

from clinic.errors import Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from devices.models import Run, Stimulator
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Leg, TreatmentSession
from sessions_app.selectors.doses import rest_proposal
from sessions_app.services.course_gate import require_treats
from sessions_app.services.gates import require_ready
from sessions_app.services.lots import LotsChosen, lots_check, lots_use
from sessions_app.services.scheduling import require_open
from sessions_app.services.transitions import session_transition
from sessions_app.services.treating import leg_run_create
from sessions_app.services.weighing import leg_claim

# Looked at and asked again before the rest; each must be ticked by a person.
FRESH_CHECKS: dict[str, str] = {
    "skin_whole": "Skin under both electrodes whole, no blister, no burn",
    "no_pain": "No pain where the electrodes were",
    "agrees": "The patient agrees to have the rest now",
}


def session_continue(
    *,
    session: TreatmentSession,
    leg: Leg,
    stimulator: Stimulator,
    by: Staff,
    version: int,
    ticked: set[str],
    lots: LotsChosen | None = None,
) -> Run:
    """Sign the proposal for a place's rest and send it to a stimulator, any one.

    The total over all runs, at upper bounds, never passes the prescription. Raises
    Refusal for a check that is missing, for a rest that may not be given and why,
    and for any limit; Conflict when the session moved on.
    """
    require(by, "session.treat", session.site)
    missing = [name for name in FRESH_CHECKS if name not in ticked]
    if missing:
        raise Refusal(
            "check_missing",
            f"Not ticked: {FRESH_CHECKS[missing[0]]}. If it does not hold, sign the "
            "session as it is.",
            field=f"{missing[0]}-{leg.order}",
        )
    today = site_day(session.site)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
        require_open(session.prescription, today)
        require_ready(session)
        require_treats(session.prescription, [leg.prescribed], today)
        rest = rest_proposal(leg=leg)
        if rest is None or not rest.allowed:
            raise Refusal("no_rest", f"The rest may not be given: {rest and rest.why}.")
        uses = lots_check(leg=leg, chosen=lots or LotsChosen(), day=today)
        weighed = leg_claim(leg=leg, day=today, box=stimulator, rest=rest)
        weighed.require()
        told = {"nc": rest.remaining_nc, "ms": rest.remaining_ms, "why": rest.why}
        session_transition(
            session=session,
            sources=(SessionState.TO_SIGN,),
            target=SessionState.TREATING,
            by=by,
            version=version,
            data={"rest": told, "leg": leg.order, "ticked": sorted(ticked)},
        )
        run = leg_run_create(leg=leg, weighed=weighed, box=stimulator, by=by)
        lots_use(leg=leg, uses=uses, by=by)
        audit_record(
            action="session.continue",
            subject=session,
            by=by,
            site=session.site,
            data={"rest": told, "run": str(run.pk)},
        )
    return run
