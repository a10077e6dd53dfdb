"""One visit's treatment, from the check-in to the press of START."""

from dataclasses import dataclass, field

from django.db import transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.second_person import second_person
from devices.models import Run, Stimulator
from devices.services.runs import Channel, run_create, run_start_request
from sessions_app.domain.planning import Plan
from sessions_app.domain.poles import Pole, lead_of
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Leg, LegRun, Prescription, TreatmentSession
from sessions_app.selectors.doses import may_turn
from sessions_app.selectors.harm import is_first_session
from sessions_app.services.course_gate import require_treats
from sessions_app.services.current import Wish, current_decide, current_propose
from sessions_app.services.evaluating import Weighed
from sessions_app.services.gates import require_ready
from sessions_app.services.lots import (
    LotsChosen,
    lots_check,
    lots_require_fit,
    lots_use,
)
from sessions_app.services.poles import (
    pads_of,
    pads_require,
    poles_confirm,
    second_checker_required,
)
from sessions_app.services.scheduling import require_open
from sessions_app.services.transitions import session_transition

S = SessionState


def session_check_in(*, session: TreatmentSession, by: Staff, version: int) -> None:
    """The patient is here, and the prescription is still open."""
    require(by, "session.treat", session.site)
    require_open(session.prescription, site_day(session.site))
    session_transition(
        session=session,
        sources=(S.PLANNED,),
        target=S.CHECKED_IN,
        by=by,
        version=version,
    )


def session_not_treated(
    *, session: TreatmentSession, by: Staff, version: int, reason: str
) -> None:
    """Close a visit without treatment, or without the places that remain.

    What was answered and given stays. Raises Refusal without a reason.
    """
    require(by, "session.treat", session.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write why the patient is not treated today.")
    given = session.legs.filter(doses__isnull=False).exists()
    session_transition(
        session=session,
        sources=(S.CLEARED,) if given else (S.CHECKED_IN, S.CLEARED),
        target=S.TO_SIGN if given else S.NOT_TREATED,
        by=by,
        version=version,
        columns={"not_treated_reason": reason.strip()},
        data={"reason": reason.strip()},
    )


def session_prepare(
    *,
    session: TreatmentSession,
    leg: Leg,
    stimulator: Stimulator,
    by: Staff,
    version: int,
    lots: LotsChosen | None = None,
    turned: bool = False,
    wish: Wish | None = None,
) -> Run:
    """Claim a cleared session and send its programme to a stimulator.

    One winner: under a row lock on the patient every limit is evaluated again,
    with the ledger's upper bounds, and every drug needs a lot that may be used
    today; people, consents and answers must stand. The current goes up to what is
    proposed for today, or to a `wish` with its reason. Raises Refusal with the tightest
    limit and its arithmetic, or what is missing or unfit, Conflict when the
    session, patient or stimulator is taken. `turned` puts the red lead on the
    place of the return electrode, without a drug.
    """
    require(by, "session.treat", session.site)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
        order = session.prescription
        require_open(order, site_day(session.site))
        require_treats(order, [leg.prescribed], site_day(session.site))
        require_ready(session)
        _require_no_dose(leg)
        uses = lots_check(
            leg=leg, chosen=lots or LotsChosen(), day=site_day(session.site)
        )
        offer = current_propose(
            leg=leg, box=stimulator, day=site_day(session.site), wish=wish
        )
        offer.weighed.require()
        session_transition(
            session=session,
            sources=(S.CLEARED,),
            target=S.TREATING,
            by=by,
            version=version,
        )
        run = leg_run_create(
            leg=leg, weighed=offer.weighed, box=stimulator, by=by, turned=turned
        )
        current_decide(offer=offer, leg=leg, by=by)
        lots_use(leg=leg, uses=uses, by=by)
    return run


def _require_no_dose(leg: Leg) -> None:
    if leg.doses.exists():
        raise Conflict(
            "has_dose",
            f"Place {leg.order} had its dose; only the rest of one that was "
            "interrupted may follow, by its own proposal.",
        )


def leg_run_create(
    *, leg: Leg, weighed: Weighed, box: Stimulator, by: Staff, turned: bool = False
) -> Run:
    """A queued run of a place as weighed; call it with the claim of the session.

    `turned` puts the red lead on the place of the return electrode. Raises Refusal
    where a drug or the electrodes decide which lead goes where.
    """
    if turned and not may_turn(leg.prescribed):
        raise Refusal(
            "not_turned",
            "A drug, or two different electrodes, decide which lead goes where.",
        )
    plan = weighed.require()
    run = run_create(
        patient=leg.session.patient,
        stimulator=box,
        programme=plan.programme,
        channel=_channel(plan, leg.prescribed.drug_pole, turned=turned),
        responsible=by,
        first_session=is_first_session(leg.session),
    )
    LegRun.objects.create(
        leg=leg, run=run, ordinal=leg.leg_runs.count() + 1, plan=weighed.to_dict()
    )
    return run


def _channel(plan: Plan, pole: str, *, turned: bool) -> Channel:
    red, black = plan.layout.red, plan.layout.black
    if turned:
        red, black = black, red
    return Channel(
        red_place=red.place,
        red_electrode=red.electrode,
        red_mm2=red.area_mm2,
        black_place=black.place,
        black_electrode=black.electrode,
        black_mm2=black.area_mm2,
        red_drug=red.drug,
        black_drug=black.drug,
        drug_lead=lead_of(Pole(pole)).value if pole else "",
    )


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the clinician confirms at the chair, each by an act of its own.

    Without a drug one tick is for both leads; with one, somebody looks at each
    pad, and a second person too where the site's policy says so.
    """

    identity: bool
    electrodes: bool
    chair_code: str
    drug_pad: bool = False
    return_pad: bool = False
    second_email: str = ""
    second_password: str = field(default="", repr=False)


def session_start(
    *,
    session: TreatmentSession,
    run: Run,
    by: Staff,
    version: int,
    confirmation: Confirmation,
) -> None:
    """Press START: presence and confirmations proved, valid for 5 s from now.

    `version` is that of the run. Raises Refusal for what was not confirmed or a
    wrong chair code, Conflict for a stale page or a second start.
    """
    require(by, "run.control", session.site)
    if run.patient_id != session.patient_id:
        raise Conflict("other_patient", "That run belongs to another patient.")
    _require_identity(confirmation)
    pads = pads_of(run)
    if pads is None:
        _require_electrodes(confirmation)
        second = None
    else:
        pads_require(pads, drug=confirmation.drug_pad, back=confirmation.return_pad)
        second = _second(run, by, confirmation)
    with transaction.atomic():
        _require_still_allowed(session, run)
        # Only the one winning press may confirm.
        run_start_request(
            run=run, by=by, chair_code=confirmation.chair_code, version=version
        )
        if pads is not None:
            poles_confirm(run=run, pads=pads, by=by, second=second)


def _require_still_allowed(session: TreatmentSession, run: Run) -> None:
    """What allowed the claim must hold at the press, whatever came in between.

    Under the locks of those who withdraw a consent or stop the course: they come
    before this press and are seen, or wait for it.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=session.patient_id)
    order = (
        Prescription.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site", "adoption__protocol")
        .get(pk=session.prescription_id)
    )
    require_open(order, site_day(session.site))
    require_treats(order, [run.leg_run.leg.prescribed], site_day(session.site))
    require_ready(session)
    lots_require_fit(leg=run.leg_run.leg, day=site_day(session.site))


def _require_identity(confirmation: Confirmation) -> None:
    if not confirmation.identity:
        raise Refusal(
            "identity",
            "Let the patient say name and date of birth, compare, and tick.",
        )


def _require_electrodes(confirmation: Confirmation) -> None:
    if not confirmation.electrodes:
        raise Refusal(
            "electrodes",
            "Compare each lead, place and drug with the picture, and tick.",
        )


def _second(run: Run, by: Staff, confirmation: Confirmation) -> Staff | None:
    """The second checker where the policy of the site asks for one."""
    if not second_checker_required(run.site):
        return None
    return second_person(
        email=confirmation.second_email,
        password=confirmation.second_password,
        first=by,
        site=run.site,
        action="run.control",
    )
