"""What is said for simulated patients: consents, people, answers to the checks."""

from clinic.errors import Refusal
from clinic.models import Consent, Staff
from clinic.selectors.consent import minor_under
from clinic.selectors.site_time import site_day
from clinic.services.consent import Giving
from sessions_app.domain.precheck import Answer
from sessions_app.models import (
    PreCheck,
    Prescription,
    TreatmentSession,
    VisitPeople,
)
from sessions_app.selectors import checks
from sessions_app.services.checking import People, check_record, session_arrive
from sessions_app.services.consenting import course_consent

GUARDIAN = "Simulated guardian"


def consents_give(order: Prescription, by: Staff) -> None:
    """Record every consent that the course of a simulated patient still needs.

    Raises Refusal for a real patient, for whom somebody has to ask.
    """
    if not order.patient.is_simulated:
        raise Refusal("real_patient", "Only a simulated patient consents like this.")
    for one in checks.consents_missing(order, site_day(order.site)):
        course_consent(order=order, kind=one.kind, giving=_giving(order), by=by)


def _giving(order: Prescription) -> Giving:
    age = order.patient.age_on(site_day(order.site))
    if age >= minor_under(order.site):
        return Giving(given_by=Consent.By.PATIENT)
    return Giving(
        given_by=Consent.By.GUARDIAN,
        giver_name=GUARDIAN,
        relation="Parent",
        evidence="Simulated birth certificate seen",
    )


def people_of(session: TreatmentSession) -> People:
    """Everybody whom the visit of a simulated patient needs."""
    escorted = checks.escort_needed(session, site_day(session.site))
    intimate = checks.chaperone_needed(session)
    chaperone = VisitPeople.Chaperone
    return People(
        interpreter=VisitPeople.Interpreter.NOT_NEEDED,
        escort_name=GUARDIAN if escorted else "",
        escort_relation="Parent" if escorted else "",
        chaperone=chaperone.PRESENT if intimate else chaperone.NOT_ASKED,
        chaperone_name="Simulated chaperone" if intimate else "",
    )


def safe_answers(session: TreatmentSession, tier: str) -> dict[str, Answer]:
    """The answers with which nothing stands against treatment."""
    asked = checks.questions_of(session, tier, site_day(session.site))
    return {one.name: Answer(one.safe) for one in asked}


def clear(session: TreatmentSession, nurse: Staff) -> None:
    """Check in with who came along, and answer all that is asked."""
    session_arrive(
        session=session, by=nurse, version=session.version, people=people_of(session)
    )
    answer(session, nurse)


def answer(session: TreatmentSession, nurse: Staff) -> None:
    """Answer the questions that are due so that the session is cleared."""
    for tier in (PreCheck.Tier.VISIT, PreCheck.Tier.COURSE):
        now = checks.standing_of(session, site_day(session.site))
        if now.step.value == tier.value:
            check_record(
                session=session,
                by=nurse,
                version=session.version,
                tier=tier,
                answers=safe_answers(session, tier),
            )
