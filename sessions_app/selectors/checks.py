"""Where a session stands before current: what is missing, asked, barred, allowed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils import timezone

from clinic.selectors.consent import consents_of, facts_in_force, minor_under
from clinic.selectors.site_time import site_day
from devices.core.programme import Programme
from sessions_app.catalogue import published_drugs
from sessions_app.domain import consenting
from sessions_app.domain.places import Region, path_of
from sessions_app.domain.precheck import (
    INTIMATE,
    Answer,
    Context,
    Fact,
    Finding,
    Level,
    Question,
    never,
)
from sessions_app.domain.protocol import PathClass, ProtocolSpec
from sessions_app.domain.questions import (
    EACH_VISIT,
    course_questions,
    visit_questions,
)
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    Leg,
    PreCheck,
    PrescriberRequest,
    Prescription,
    PrescriptionLeg,
    TreatmentSession,
    VisitPeople,
)
from sessions_app.selectors.ledger import flowed

Tier, Outcome = PreCheck.Tier, PreCheck.Outcome
Decision = PrescriberRequest.Decision


class Step(StrEnum):
    """What has to be done next before a checked-in session is cleared."""

    PEOPLE = "people"
    CONSENT = "consent"
    VISIT = "visit"
    COURSE = "course"
    NEVER = "never"
    BARRED = "barred"
    WAITING = "waiting"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Standing:
    """The step, and the rows that it rests on."""

    step: Step
    visit: PreCheck | None = None
    barred: PreCheck | None = None
    request: PrescriberRequest | None = None


# -- the session as the rules see it ------------------------------------------


def spec_of(order: Prescription) -> ProtocolSpec:
    """The protocol that the site treats by."""
    return ProtocolSpec.from_dict(order.adoption.spec)


def context_of(session: TreatmentSession, day: dt.date) -> Context:
    """What the record says about a session on a day. Gender is not read."""
    order, patient = session.prescription, session.patient
    spec, legs = spec_of(order), list(order.legs.all())
    facts = {fact.kind for fact in facts_in_force(patient=patient, day=day)}
    known = [published_drugs()[drug.code] for drug in spec.drugs]
    return Context(
        paths=_paths(legs, spec),
        regions=regions_of(legs),
        electrodes=frozenset(_electrode_kinds(legs)),
        age=patient.age_on(day),
        age_floor=spec.ages.floor,
        facts=frozenset(fact for fact in Fact if fact.value in facts),
        allergies=tuple(patient.allergies or ()),
        drugs=tuple(drug.name for drug in spec.drugs),
        allergens=tuple(name for drug in known for name in drug.allergens),
        conditions=frozenset(code for drug in known for code in drug.hard_conditions),
        sweat_test=spec.code.startswith("SWEAT"),
        days_since_drug=_days_since_drug(session, spec, day),
    )


def regions_of(legs: Iterable[PrescriptionLeg]) -> frozenset[Region]:
    """Regions of both electrodes; empty when any leg does not name them."""
    words = [word for leg in legs for word in (leg.active_region, leg.return_region)]
    return frozenset(map(Region, words)) if all(words) else frozenset()


def _paths(
    legs: list[PrescriptionLeg], spec: ProtocolSpec
) -> frozenset[PathClass | None]:
    if not regions_of(legs):
        return frozenset({spec.path})
    return frozenset(
        path_of(
            Region(leg.active_region),
            leg.active_side,
            Region(leg.return_region),
            leg.return_side,
        )
        for leg in legs
    )


def _electrode_kinds(legs: Iterable[PrescriptionLeg]) -> set[str]:
    return {
        electrode.kind
        for leg in legs
        for electrode in (leg.active_electrode, leg.return_electrode)
    }


def _days_since_drug(
    session: TreatmentSession, spec: ProtocolSpec, day: dt.date
) -> int | None:
    """Days since one of the drugs was last given, in any course."""
    codes = {drug.code for drug in spec.drugs}
    if not codes:
        return None
    given = [
        row.day
        for row in flowed(patient=session.patient)
        if codes & {drug["code"] for drug in _adopted(row.leg).get("drugs", ())}
    ]
    return (day - max(given)).days if given else None


def _adopted(leg: Any) -> dict[str, Any]:
    spec: dict[str, Any] = leg.session.prescription.adoption.spec
    return spec


# -- consent --------------------------------------------------------------------


def terms_of(order: Prescription) -> consenting.Terms:
    """What consent to a prescription covers, in words."""
    spec, legs = spec_of(order), list(order.legs.all())
    places = sorted({f"{leg.side} {leg.body_site}".strip() for leg in legs})
    kinds = " and ".join(sorted(_electrode_kinds(legs)))
    return consenting.Terms(
        drug=" + ".join(drug.name for drug in spec.drugs),
        body_site="; ".join(places),
        device_kind=f"{spec.waveform} stimulator, {kinds}",
    )


def kinds_of(order: Prescription) -> tuple[str, ...]:
    """Kinds of consent that gate a prescription."""
    spec = spec_of(order)
    return consenting.kinds_needed(spec.code, [drug.code for drug in spec.drugs])


def consents_missing(order: Prescription, day: dt.date) -> list[consenting.Missing]:
    """Consents that do not stand for a prescription on a day, each with its why."""
    given = [
        consenting.Given(
            kind=row.kind,
            terms=consenting.Terms(row.drug, row.body_site, row.device_kind),
            on=site_day(order.site, row.at),
            withdrawn_on=row.withdrawn_at and site_day(order.site, row.withdrawn_at),
        )
        for row in consents_of(patient=order.patient, course=order.number)
    ]
    months = int(order.site.policy.get("consent_months", consenting.CONSENT_MONTHS))
    return consenting.missing(kinds_of(order), terms_of(order), given, day, months)


# -- people ---------------------------------------------------------------------


def people_of(session: TreatmentSession) -> VisitPeople | None:
    """Who is with the patient: the newest row holds."""
    return session.people.order_by("-id").first()


def escort_needed(session: TreatmentSession, day: dt.date) -> bool:
    return session.patient.age_on(day) < minor_under(session.site)


def chaperone_needed(session: TreatmentSession) -> bool:
    """Whether a place is intimate, by itself or by the site's policy."""
    more = set(session.site.policy.get("chaperone_regions", ()))
    return bool(regions_of(session.prescription.legs.all()) & (INTIMATE | more))


def people_gap(session: TreatmentSession, day: dt.date) -> tuple[str, str] | None:
    """The field and the words of what keeps the people from being complete."""
    row = people_of(session)
    if row is None:
        return "interpreter", "Say whether an interpreter is needed."
    if row.interpreter == VisitPeople.Interpreter.MISSING:
        return "interpreter", "An interpreter is needed and is not there."
    if escort_needed(session, day) and not (row.escort_name and row.escort_relation):
        return (
            "escort_name",
            f"Under {minor_under(session.site)}: write who is with the patient.",
        )
    if chaperone_needed(session) and row.chaperone == VisitPeople.Chaperone.NOT_ASKED:
        return "chaperone", "Offer a chaperone, and note the answer."
    return None


# -- checks ---------------------------------------------------------------------


def questions_of(
    session: TreatmentSession, tier: str, day: dt.date
) -> tuple[Question, ...]:
    """What a tier asks about a session on a day."""
    ask = visit_questions if tier == Tier.VISIT else course_questions
    return ask(context_of(session, day))


def answers_in(row: PreCheck) -> dict[str, Answer]:
    return {name: Answer(**said) for name, said in row.answers.items()}


def findings_in(row: PreCheck) -> list[Finding]:
    return [
        Finding(one["code"], Level(one["level"]), one["text"], one["prescriber"])
        for one in row.findings
    ]


def visit_today(session: TreatmentSession, day: dt.date) -> PreCheck | None:
    """The newest answers of this visit, when they are from `day`: they go stale."""
    row = session.prechecks.filter(tier=Tier.VISIT).order_by("-id").first()
    return row if row is not None and site_day(session.site, row.at) == day else None


def course_due(session: TreatmentSession, visit: PreCheck) -> bool:
    """Whether the whole list has to be asked after the answers of `visit`."""
    done = session.prechecks.filter(tier=Tier.COURSE, id__gt=visit.pk).exists()
    return not done and course_open(session)


def course_open(session: TreatmentSession) -> bool:
    """Whether the course has no whole list, or an answer changed since.

    A list that barred treatment counts for its own session only: it opens the
    next one with the whole list again.
    """
    rows = PreCheck.objects.filter(
        session__prescription__number=session.prescription.number,
        session__patient=session.patient_id,
    ).exclude(session__state=SessionState.ENTERED_IN_ERROR.value)
    good = rows.filter(tier=Tier.COURSE, outcome__in=(Outcome.CLEAR, Outcome.NOTED))
    last = good.order_by("-id").first()
    if last is None:
        return True
    since = rows.filter(tier=Tier.VISIT, id__gt=last.pk)
    return any(_any_changed(row) for row in since)


def _any_changed(row: PreCheck) -> bool:
    unsafe = {one.name: one.unsafe for one in EACH_VISIT}
    said = answers_in(row)
    return any(said[name].answer == unsafe.get(name) for name in said)


def standing_of(session: TreatmentSession, day: dt.date) -> Standing:
    """Where a checked-in session stands on a day."""
    if people_gap(session, day) is not None:
        return Standing(Step.PEOPLE)
    if consents_missing(session.prescription, day):
        return Standing(Step.CONSENT)
    elsewhere = barred_elsewhere(session, day)
    if elsewhere is not None:
        return elsewhere
    visit = visit_today(session, day)
    if visit is None:
        return Standing(Step.VISIT)
    barred = _barred(session, visit)
    if barred is not None:
        return _at_the_bar(barred, visit)
    if course_due(session, visit):
        return Standing(Step.COURSE, visit)
    return Standing(Step.CLEAR, visit)


def _barred(session: TreatmentSession, visit: PreCheck) -> PreCheck | None:
    rows = session.prechecks.filter(id__gte=visit.pk, outcome=Outcome.BARRED)
    return rows.order_by("-id").first()


def barred_elsewhere(session: TreatmentSession, day: dt.date) -> Standing | None:
    """What another session of the patient settled on `day` for this one too.

    An answer that nobody may override, or that a prescriber declined, is not asked
    anew until it fits. A session entered in error settles nothing.
    """
    rows = (
        PreCheck.objects.filter(
            session__patient=session.patient_id,
            session__site=session.site_id,
            outcome=Outcome.BARRED,
        )
        .exclude(session=session.pk)
        .exclude(session__state=SessionState.ENTERED_IN_ERROR.value)
        .select_related("session__prescription__adoption__protocol", "session__site")
        .order_by("-id")
    )
    found = [_at_the_bar(row) for row in rows if site_day(session.site, row.at) == day]
    wanted = (Step.NEVER, Step.DECLINED)
    return next((one for step in wanted for one in found if one.step is step), None)


def elsewhere_text(session: TreatmentSession, now: Standing) -> str:
    """Which other session the bar of a standing is from; empty for its own."""
    if now.barred is None or now.barred.session_id == session.pk:
        return ""
    other = now.barred.session
    code = other.prescription.adoption.protocol.code
    what = (
        "the prescriber declined"
        if now.step is Step.DECLINED
        else "an answer bars treatment, and nobody can override it"
    )
    return f"In session {other.number} of {code} today {what}: it holds here too."


def _at_the_bar(barred: PreCheck, visit: PreCheck | None = None) -> Standing:
    request = barred.requests.order_by("-asked_at").first()
    step = _step_of_request(barred, request)
    return Standing(step, visit, barred, request)


def _step_of_request(barred: PreCheck, request: PrescriberRequest | None) -> Step:
    if never(findings_in(barred)):
        return Step.NEVER
    if request is None:
        return Step.BARRED
    if request.decision == Decision.DECLINED:
        return Step.DECLINED
    if settled(request):
        return Step.CLEAR
    return Step.LAPSED if lapsed(request) else Step.WAITING


def lapsed(request: PrescriberRequest) -> bool:
    return request.expires_at <= timezone.now()


def needs_second(request: PrescriberRequest) -> bool:
    """Whether an allowed request still waits for its second signature."""
    wanted = bool(request.session.site.policy.get("second_for_override"))
    allowed = request.decision == Decision.ALLOWED
    return wanted and allowed and request.seconded_by_id is None


def settled(request: PrescriberRequest) -> bool:
    """Allowed, by everybody who must sign, and still on its day."""
    allowed = request.decision == Decision.ALLOWED
    return allowed and not needs_second(request) and not lapsed(request)


def ceiling_of(session: TreatmentSession) -> int | None:
    """The lower ceiling that a prescriber set for this session, in µA."""
    rows = session.requests.filter(decision=Decision.ALLOWED, max_ua__isnull=False)
    ceilings = [row.max_ua for row in rows]
    return min(ceilings) if ceilings else None


def ceiling_in_visit(leg: Leg) -> int | None:
    """How high the newest run of a leg might go, in µA; None before the first."""
    tie = leg.leg_runs.select_related("run").order_by("-ordinal").first()
    if tie is None:
        return None
    return Programme.from_dict(tie.run.programme).window.ceiling_ua
