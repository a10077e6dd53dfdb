"""What pages show beside the questions before current."""

import datetime as dt

from clinic.models import PatientFact, Role, Site, Staff
from clinic.selectors.consent import facts_in_force
from clinic.selectors.site_time import site_day
from sessions_app.domain.precheck import Finding
from sessions_app.domain.questions import EACH_VISIT, course_questions
from sessions_app.models import PreCheck, TreatmentSession
from sessions_app.selectors.checks import Outcome, Tier, context_of, findings_in


def facts_shown(session: TreatmentSession, day: dt.date) -> list[PatientFact]:
    """Facts in force: those that spare a question, and those to know when asking."""
    return facts_in_force(patient=session.patient, day=day)


def texts_of_questions(session: TreatmentSession) -> dict[str, str]:
    """Every question that the session may ask, by name."""
    context = context_of(session, site_day(session.site))
    asked = (*EACH_VISIT, *course_questions(context))
    return {one.name: one.text for one in asked}


def noted_before(session: TreatmentSession) -> list[Finding]:
    """Precautions of the newest whole list of the course."""
    row = (
        PreCheck.objects.filter(
            tier=Tier.COURSE,
            outcome=Outcome.NOTED,
            session__prescription__number=session.prescription.number,
            session__patient=session.patient_id,
        )
        .order_by("-id")
        .first()
    )
    return findings_in(row) if row is not None else []


def prescribers_of(site: Site) -> list[Staff]:
    return list(
        Staff.objects.filter(
            is_active=True,
            memberships__site=site,
            memberships__role=Role.PRESCRIBER,
        ).order_by("name")
    )
