"""Pages from the check-in to the clearance, by what is to be done next."""

from typing import Any

from clinic.models import Patient
from clinic.selectors.consent import facts_in_force
from clinic.selectors.site_time import site_day
from sessions_app.domain.precheck import Finding, Question
from sessions_app.models import (
    PreCheck,
    PrescriberRequest,
    Prescription,
    TreatmentSession,
    VisitPeople,
)
from sessions_app.selectors import beside_checks, checks
from sessions_app.selectors.checks import Standing, Step, Tier
from sessions_app.selectors.tasks import requests_of
from sessions_app.services.requesting import NOT_TODAY, next_day

Page = tuple[str, dict[str, Any]]

WORD_OF_LEVEL = {
    "hard_never": ("high", "Never"),
    "hard": ("high", "Stop"),
    "hold": ("medium", "Hold"),
    "prec": ("low", "Care"),
}


def check_page(session: TreatmentSession) -> Page:
    """The page of a checked-in session."""
    now = checks.standing_of(session, site_day(session.site))
    if now.step is Step.PEOPLE:
        return "checks/people.jinja", people_fields(session) | exits(session)
    if now.step is Step.CONSENT:
        return "checks/consent.jinja", consent_of(session.prescription) | exits(session)
    if now.step in {Step.VISIT, Step.COURSE}:
        return _questions(session, now)
    return _decided(session, now)


def _questions(session: TreatmentSession, now: Standing) -> Page:
    tier = Tier.VISIT if now.step is Step.VISIT else Tier.COURSE
    day = site_day(session.site)
    context = {
        "tier": tier.value,
        "questions": question_rows(checks.questions_of(session, tier, day)),
        "spared": beside_checks.facts_shown(session, day),
        "noted": beside_checks.noted_before(session) if tier is Tier.VISIT else [],
        "said": {},
        "notes": {},
    }
    return f"checks/{tier.value}.jinja", context | exits(session)


def question_rows(asked: tuple[Question, ...]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "text": one.text, "unsafe": one.unsafe, "number": number}
        for number, one in enumerate(asked, start=1)
    ]


def _decided(session: TreatmentSession, now: Standing) -> Page:
    context = exits(session) | {
        "step": now.step.value,
        "elsewhere": checks.elsewhere_text(session, now),
        "findings": finding_rows(now.barred),
        "call": call_rows(session),
        "question": "",
        **request_facts(now.request),
    }
    template = "waiting" if now.step is Step.WAITING else now.step.value
    if now.step in {Step.NEVER, Step.DECLINED, Step.LAPSED}:
        template = "not_today"
    return f"checks/{template}.jinja", context | {"open_not_treated": True}


def finding_rows(row: PreCheck | None) -> list[dict[str, str]]:
    """Findings with their word and priority, the worst first."""
    if row is None:
        return []
    order = list(WORD_OF_LEVEL)
    found = sorted(checks.findings_in(row), key=lambda one: order.index(one.level))
    return [_finding_row(one) for one in found]


def _finding_row(one: Finding) -> dict[str, str]:
    priority, word = WORD_OF_LEVEL[one.level]
    if one.prescriber:
        priority, word = "medium", "Prescriber"
    return {"code": one.code, "text": one.text, "priority": priority, "word": word}


def request_facts(request: PrescriberRequest | None) -> dict[str, Any]:
    if request is None:
        return {"request_row": None, "wants_second": False}
    return {"request_row": request, "wants_second": checks.needs_second(request)}


def call_rows(session: TreatmentSession) -> list[str]:
    """Whom to call: who signed the course first, then the site's prescribers."""
    signed = session.prescription.signed_by
    names = [signed.name] if signed else []
    others = beside_checks.prescribers_of(session.site)
    return names + [one.name for one in others if one.name not in names]


def people_fields(session: TreatmentSession) -> dict[str, Any]:
    """The form about who came along; nothing in it is preselected."""
    day = site_day(session.site)
    gap = checks.people_gap(session, day)
    return {
        "interpreters": VisitPeople.Interpreter.choices,
        "chaperones": [
            choice
            for choice in VisitPeople.Chaperone.choices
            if choice[0] != VisitPeople.Chaperone.NOT_ASKED
        ],
        "escort_needed": checks.escort_needed(session, day),
        "chaperone_needed": checks.chaperone_needed(session),
        "people_gap": gap[1] if gap and checks.people_of(session) else "",
        "people": {},
    }


def consent_of(order: Prescription) -> dict[str, Any]:
    """Consents that do not stand for a course, and where they are asked for."""
    missing = checks.consents_missing(order, site_day(order.site))
    return {"missing": [one.text for one in missing], "course": order.number}


def before_treatment(patient: Patient) -> dict[str, Any]:
    """What the patient's page says of facts, consents and questions."""
    day = site_day(patient.site)
    orders = Prescription.objects.filter(patient=patient, replaced_by__isnull=True)
    rows = orders.select_related("adoption__protocol").order_by("-written_at")
    return {
        "requests": requests_of(patient.pk),
        "facts_held": facts_in_force(patient=patient, day=day),
        "courses": [(one.adoption.protocol.code, one.number) for one in rows],
    }


def exits(session: TreatmentSession) -> dict[str, Any]:
    """What the form “Not today” shows."""
    return {
        "reasons": list(NOT_TODAY.items()),
        "next_on": next_day(session).isoformat(),
        "because": "",
        "reason": "",
        "book": False,
        "open_not_treated": False,
    }
