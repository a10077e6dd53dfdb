"""What must stand before a prescription is signed and before current may flow."""

import datetime as dt
from dataclasses import replace

from clinic.errors import Refusal
from clinic.selectors.site_time import site_day
from devices.models import Run
from sessions_app.domain.precheck import by_record
from sessions_app.models import LegRun, PreCheck, Prescription, TreatmentSession
from sessions_app.selectors import checks
from sessions_app.services.course_gate import require_treats
from sessions_app.services.lots import lots_require_fit
from sessions_app.services.scheduling import require_open


def require_consent(order: Prescription, day: dt.date) -> None:
    """Raise Refusal that names each consent that does not stand for a course."""
    missing = checks.consents_missing(order, day)
    if missing:
        raise Refusal(
            "no_consent",
            f"{' '.join(one.text for one in missing)} Ask for it on the page "
            "“Consent” of the patient, then go on.",
            missing=[{"kind": one.kind, "why": one.why} for one in missing],
        )


def require_people(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal unless escort, interpreter and chaperone are as they must be."""
    gap = checks.people_gap(session, day)
    if gap is not None:
        field, text = gap
        raise Refusal("people", text, field=field)


def require_answers_of_today(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal when the newest answers are from an earlier day."""
    rows = PreCheck.objects.filter(session=session, tier=PreCheck.Tier.VISIT)
    newest = rows.order_by("-id").first()
    if newest is None:
        return
    asked = site_day(session.site, newest.at)
    if asked != day:
        raise Refusal(
            "stale_answers",
            f"The questions of the visit were answered on {asked:%d-%b-%Y}, today is "
            f"{day:%d-%b-%Y}. Close this visit as not treated and book another.",
        )


def require_nothing_new(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal for a bar that came into the record after the answers."""
    weighed = [
        one
        for row in PreCheck.objects.filter(session=session)
        for one in checks.findings_in(row)
    ]
    new = [
        one
        for one in by_record(checks.context_of(session, day))
        if one.bars and one not in weighed
    ]
    if new:
        raise Refusal(
            "record_changed",
            f"Since the questions were answered: {'; '.join(one.text for one in new)}. "
            "Close this visit as not treated.",
            codes=[one.code for one in new],
        )


def require_not_barred_elsewhere(session: TreatmentSession, day: dt.date) -> None:
    """Raise Refusal for a bar of the day that another session of the patient has."""
    now = checks.barred_elsewhere(session, day)
    if now is not None:
        raise Refusal(
            "barred_elsewhere",
            f"{checks.elsewhere_text(session, now)} Close this visit as not treated.",
            step=now.step.value,
        )


def require_record_allows_home(order: Prescription, day: dt.date) -> None:
    """Raise Refusal for what the record says against a current that is set alone."""
    visit = TreatmentSession(prescription=order, patient=order.patient)
    context = replace(checks.context_of(visit, day), self_set=True)
    bars = [one.text for one in by_record(context) if one.bars]
    if bars:
        raise Refusal("barred_at_home", f"Not to be lent: {'; '.join(bars)}.")


def require_ready(session: TreatmentSession) -> None:
    """Everything of the day that a person must have seen to before current flows."""
    day = site_day(session.site)
    require_people(session, day)
    require_consent(session.prescription, day)
    require_answers_of_today(session, day)
    require_not_barred_elsewhere(session, day)
    require_nothing_new(session, day)


def require_may_go_on(run: Run) -> None:
    """What stands before a start stands before a resume too; it is one.

    Raises Refusal for a course that was stopped or held, a consent that was
    withdrawn, a bar in the record, or a lot that was recalled, meanwhile.
    """
    tie = (
        LegRun.objects.filter(run=run)
        .select_related("leg__session__prescription__adoption__protocol")
        .first()
    )
    if tie is None:
        return
    session = tie.leg.session
    day = site_day(session.site)
    require_open(session.prescription, day)
    require_treats(session.prescription, [tie.leg.prescribed], day)
    require_ready(session)
    lots_require_fit(leg=tie.leg, day=day)
