"""From the check-in to the clearance: answers of this visit, people, consents."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Consent, Patient, Role
from clinic.selectors.site_time import site_day
from clinic.services.consent import consent_withdraw
from clinic.services.facts import fact_end, fact_record
from sessions_app.demo.visiting import consents_give, people_of, safe_answers
from sessions_app.domain.precheck import Answer
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PreCheck, Prescription, TreatmentSession
from sessions_app.selectors import beside_checks, checks
from sessions_app.selectors.checks import Step
from sessions_app.services.checking import (
    People,
    check_record,
    people_record,
    session_arrive,
    session_clear,
)
from sessions_app.services.gates import require_ready
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.treating import session_prepare
from tests.factories import Place, make_world
from tests.visits import Visit, clear, make_visit

pytestmark = pytest.mark.django_db
S = SessionState


@pytest.fixture
def place() -> Place:
    return make_world().here


@pytest.fixture
def visit(place: Place) -> Visit:
    return make_visit(place)


def arrive(visit: Visit, place: Place) -> TreatmentSession:
    session = visit.session
    session_arrive(
        session=session,
        by=place.clinician,
        version=session.version,
        people=people_of(session),
    )
    return session


def answer(
    session: TreatmentSession, place: Place, tier: str, **unsafe: str
) -> PreCheck:
    """Answer a tier safely, but for `unsafe` questions with their notes."""
    said = safe_answers(session, tier)
    other = {"yes": "no", "no": "yes"}
    said |= {
        name: Answer(other[said[name].answer], note) for name, note in unsafe.items()
    }
    return check_record(
        session=session,
        by=place.clinician,
        version=session.version,
        tier=tier,
        answers=said,
    )


def step(session: TreatmentSession) -> Step:
    return checks.standing_of(session, site_day(session.site)).step


def asked(session: TreatmentSession, tier: str = "visit") -> set[str]:
    rows = checks.questions_of(session, tier, site_day(session.site))
    return {one.name for one in rows}


def next_session(visit: Visit, place: Place) -> TreatmentSession:
    """Another session of the course, today, after the first was left."""
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=S.COMPLETED.value)
    session = TreatmentSession.objects.create(
        site=place.site,
        patient=visit.patient,
        prescription=visit.session.prescription,
        number=visit.session.number + 1,
        due_on=visit.session.due_on,
        is_simulated=True,
    )
    session_arrive(
        session=session,
        by=place.clinician,
        version=session.version,
        people=people_of(session),
    )
    return session


def test_the_first_session_asks_both_tiers_and_then_clears(
    place: Place, visit: Visit
) -> None:
    session = arrive(visit, place)
    assert step(session) is Step.VISIT
    assert answer(session, place, "visit").outcome == "clear"
    assert (step(session), session.state) == (Step.COURSE, S.CHECKED_IN)
    assert answer(session, place, "course").outcome == "clear"
    assert session.state == S.CLEARED
    assert PreCheck.objects.filter(session=session, by=place.clinician).count() == 2


def test_the_next_session_starts_without_any_answer_and_asks_six(
    place: Place, visit: Visit
) -> None:
    clear(visit, place.clinician)
    session = next_session(visit, place)
    assert step(session) is Step.VISIT
    assert not session.prechecks.exists()
    answer(session, place, "visit")
    assert session.state == S.CLEARED


@pytest.mark.parametrize("question", ["implant", "health_same", "sensation", "bare"])
def test_any_changed_answer_asks_the_whole_list_again(
    place: Place, visit: Visit, question: str
) -> None:
    clear(visit, place.clinician)
    session = next_session(visit, place)
    row = answer(session, place, "visit", **{question: ""})
    assert row.outcome == "changed"
    assert step(session) is Step.COURSE
    answer(session, place, "course")
    assert session.state == S.CLEARED


def test_a_list_that_barred_is_asked_again_at_the_next_visit(
    place: Place, visit: Visit
) -> None:
    session = arrive(visit, place)
    answer(session, place, "visit")
    answer(session, place, "course", heart="atrial fibrillation")
    assert step(session) is Step.BARRED
    later = next_session(visit, place)
    answer(later, place, "visit")
    assert step(later) is Step.COURSE


def test_what_nobody_may_override_is_not_asked_away_in_another_session(
    place: Place, visit: Visit
) -> None:
    first = arrive(visit, place)
    answer(first, place, "visit", pregnant="as told")
    assert step(first) is Step.NEVER
    session = next_session(visit, place)
    assert step(session) is Step.NEVER
    with pytest.raises(Refusal, match="In session 1 of HH-PALM today an answer bars"):
        answer(session, place, "visit")
    TreatmentSession.objects.filter(pk=first.pk).update(state="entered_in_error")
    assert step(session) is Step.VISIT


def test_what_is_told_in_another_session_bars_one_that_was_cleared(
    place: Place, visit: Visit
) -> None:
    clear(visit, place.clinician)
    answer(next_session(visit, place), place, "visit", pregnant="as told")
    with pytest.raises(Refusal, match="it holds here too"):
        require_ready(visit.session)


def test_a_bar_of_another_day_is_asked_anew(place: Place, visit: Visit) -> None:
    answer(arrive(visit, place), place, "visit", pregnant="as told")
    session = next_session(visit, place)
    tomorrow = site_day(place.site) + dt.timedelta(days=1)
    assert checks.standing_of(session, tomorrow).step is Step.VISIT


def test_a_precaution_needs_words_and_is_kept(place: Place, visit: Visit) -> None:
    session = arrive(visit, place)
    answer(session, place, "visit")
    with pytest.raises(Refusal, match="Write what it is") as refused:
        answer(session, place, "course", healing=" ")
    assert refused.value.extra["missing"] == ["healing"]
    row = answer(session, place, "course", healing="insulin; looked at twice")
    assert row.outcome == "noted"
    assert row.findings[0]["code"] == "P1"
    assert session.state == S.CLEARED
    assert [one.code for one in beside_checks.noted_before(session)] == ["P1"]


@pytest.mark.parametrize(
    ("tier", "question", "then"),
    [
        ("visit", "pregnant", Step.NEVER),
        ("course", "electrical", Step.NEVER),
        ("course", "skin_fit", Step.BARRED),
        ("course", "metal_in_path", Step.BARRED),
        ("course", "heart", Step.BARRED),
        ("course", "tumour", Step.BARRED),
        ("course", "reports_pain", Step.BARRED),
        ("course", "thrombosis", Step.BARRED),
        ("course", "room_clear", Step.BARRED),
    ],
)
def test_a_hard_answer_bars_and_nothing_clears_it(
    place: Place, visit: Visit, tier: str, question: str, then: Step
) -> None:
    session = arrive(visit, place)
    if tier == "course":
        answer(session, place, "visit")
    assert answer(session, place, tier, **{question: "so"}).outcome == "barred"
    assert step(session) is then
    with pytest.raises(Refusal, match="bars treatment"):
        session_clear(session=session, by=place.clinician, version=session.version)
    for again in ("visit", "course"):
        with pytest.raises(Conflict, match="not to be answered now"):
            answer(session, place, again)
    session.refresh_from_db()
    assert session.state == S.CHECKED_IN


def test_a_reaction_that_is_left_holds_with_all_the_rest(
    place: Place, visit: Visit
) -> None:
    session = arrive(visit, place)
    answer(session, place, "visit", reaction="")
    row = answer(session, place, "course", skin_fit="blister")
    assert [one["code"] for one in row.findings] == ["P6", "H5"]
    assert step(session) is Step.BARRED


def test_a_missing_answer_is_named_and_nothing_is_kept(
    place: Place, visit: Visit
) -> None:
    session = arrive(visit, place)
    said = safe_answers(session, "visit")
    del said["pregnant"]
    with pytest.raises(Refusal) as refused:
        check_record(
            session=session,
            by=place.clinician,
            version=session.version,
            tier="visit",
            answers=said,
        )
    assert refused.value.extra["missing"] == ["pregnant"]
    assert not session.prechecks.exists()
    # The page that is shown again can be sent again.
    answer(session, place, "visit")


def test_answers_from_a_stale_page_or_of_other_questions_are_refused(
    place: Place, visit: Visit
) -> None:
    session = arrive(visit, place)
    said = safe_answers(session, "visit")
    for version, more, kind in (
        (session.version - 1, {}, Conflict),
        (session.version, {"all": Answer("no")}, Refusal),
    ):
        with pytest.raises(kind):
            check_record(
                session=session,
                by=place.clinician,
                version=version,
                tier="visit",
                answers={**said, **more},
            )
    assert not PreCheck.objects.exists()


def test_answers_are_never_changed(place: Place, visit: Visit) -> None:
    session = arrive(visit, place)
    row = answer(session, place, "visit")
    with pytest.raises(DatabaseError), transaction.atomic():
        PreCheck.objects.filter(pk=row.pk).update(outcome="clear")


def test_answers_of_yesterday_are_asked_anew(place: Place, visit: Visit) -> None:
    clear(visit, place.clinician)
    session = visit.session
    with time_machine.travel(timezone.now() + dt.timedelta(days=1), tick=False):
        with pytest.raises(Refusal, match="were answered on"):
            prepare(visit, place)
        TreatmentSession.objects.filter(pk=session.pk).update(state=S.CHECKED_IN.value)
        assert step(session) is Step.VISIT


def prepare(visit: Visit, place: Place) -> Any:
    return session_prepare(
        session=visit.session,
        leg=visit.session.legs.get(),
        stimulator=visit.stimulator,
        by=place.clinician,
        version=visit.session.version,
    )


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.ENGINEER, Role.AUDITOR])
def test_only_who_treats_answers_and_clears(
    place: Place, visit: Visit, role: Role
) -> None:
    session, by = arrive(visit, place), place.staff[role]
    said = safe_answers(session, "visit")
    acts: list[Callable[[], Any]] = [
        lambda: check_record(
            session=session, by=by, version=session.version, tier="visit", answers=said
        ),
        lambda: session_clear(session=session, by=by, version=session.version),
        lambda: people_record(session=session, by=by, people=people_of(session)),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


# -- pregnancy, gender ---------------------------------------------------------


def test_pregnancy_is_spared_by_a_valid_fact_only(place: Place, visit: Visit) -> None:
    today = site_day(place.site)
    session = visit.session
    assert "pregnant" in asked(session)
    plain = {"patient": visit.patient, "by": place.clinician, "says": "test seen"}
    fact_record(kind="condition", dated_on=today, **plain)
    assert "pregnant" in asked(session)
    fact = fact_record(
        kind="pregnancy_ruled_out", dated_on=today, valid_until=today, **plain
    )
    assert "pregnant" not in asked(session)
    tomorrow = today + dt.timedelta(days=1)
    later = checks.questions_of(session, "visit", tomorrow)
    assert "pregnant" in {one.name for one in later}
    fact_end(fact=fact, by=place.clinician)
    assert "pregnant" in asked(session)


def test_gender_changes_nothing_that_is_asked_or_found(
    place: Place, visit: Visit
) -> None:
    session, day = visit.session, site_day(place.site)
    found = set()
    for gender in Patient.Gender.values:
        session.patient.gender = gender
        session.patient.save()
        fresh = TreatmentSession.objects.get(pk=session.pk)
        found.add(
            (
                checks.context_of(fresh, day),
                checks.questions_of(fresh, "visit", day),
                checks.questions_of(fresh, "course", day),
            )
        )
    assert len(found) == 1


# -- consent at each gate --------------------------------------------------------


def test_a_withdrawal_blocks_the_next_step_at_once(place: Place, visit: Visit) -> None:
    session = arrive(visit, place)
    consent = Consent.objects.get(patient=visit.patient, kind="treatment")
    consent_withdraw(consent=consent, by=place.clinician, reason="no more")
    assert step(session) is Step.CONSENT
    with pytest.raises(Refusal, match="withdrawn on"):
        answer(session, place, "visit")
    consents_give(session.prescription, place.clinician)
    answer(session, place, "visit")
    answer(session, place, "course")
    again = Consent.objects.get(patient=visit.patient, withdrawn_at__isnull=True)
    consent_withdraw(consent=again, by=place.clinician, reason="no more")
    with pytest.raises(Refusal, match="Consent to treatment: withdrawn"):
        prepare(visit, place)


@pytest.mark.parametrize(
    ("field", "was", "says"),
    [
        ("drug", "lidocaine", "for lidocaine, now tap water"),
        ("body_site", "both soles", "without both palms"),
        ("device_kind", "home device", "for home device, now"),
    ],
)
def test_a_changed_drug_place_or_device_asks_again(
    place: Place, visit: Visit, field: str, was: str, says: str
) -> None:
    old = Consent.objects.get(patient=visit.patient, kind="treatment")
    columns = ("drug", "body_site", "device_kind")
    plain = {name: getattr(old, name) for name in columns}
    consent_withdraw(consent=old, by=place.clinician, reason="a test")
    copied = ("site", "patient", "course", "kind", "text", "given_by", "giver_name")
    Consent.objects.create(
        **{name: getattr(old, name) for name in copied},
        **plain | {field: was},
        recorded_by=place.clinician,
    )
    (missing,) = checks.consents_missing(
        visit.session.prescription, site_day(place.site)
    )
    assert says in missing.why


def test_a_photograph_is_never_asked_for_treatment(place: Place, visit: Visit) -> None:
    assert "photo" not in checks.kinds_of(visit.session.prescription)
    drug = make_visit(place, "LE-DEX40").session.prescription
    assert set(checks.kinds_of(drug)) == {"treatment", "off_label"}


# -- people ------------------------------------------------------------------------

NOBODY = People(interpreter="not_needed")


def test_a_missing_interpreter_bars_until_one_is_there(
    place: Place, visit: Visit
) -> None:
    session = visit.session
    session_arrive(
        session=session,
        by=place.clinician,
        version=session.version,
        people=People(interpreter="missing"),
    )
    assert step(session) is Step.PEOPLE
    with pytest.raises(Refusal, match="interpreter"):
        answer(session, place, "visit")
    people_record(
        session=session, by=place.clinician, people=People(interpreter="phone")
    )
    assert step(session) is Step.VISIT


def test_who_leaves_after_the_checks_bars_the_start(place: Place, visit: Visit) -> None:
    clear(visit, place.clinician)
    people_record(
        session=visit.session,
        by=place.clinician,
        people=People(interpreter="missing"),
    )
    with pytest.raises(Refusal, match="interpreter"):
        prepare(visit, place)


def test_a_minor_comes_with_somebody_who_is_named(place: Place) -> None:
    born = dt.date(timezone.localdate().year - 10, 1, 1)
    visit = make_visit(place, "SWEAT-CF", born_on=born)
    by = place.clinician
    for people in (NOBODY, People(interpreter="not_needed", escort_name="Sara")):
        with pytest.raises(Refusal, match="minor"):
            people_record(session=visit.session, by=by, people=people)
    people_record(session=visit.session, by=by, people=people_of(visit.session))
    assert checks.people_gap(visit.session, site_day(place.site)) is None


def test_a_chaperone_is_offered_where_the_site_says(place: Place, visit: Visit) -> None:
    place.site.policy = {"chaperone_regions": ["palm"]}
    place.site.save()
    session = TreatmentSession.objects.get(pk=visit.session.pk)
    people_record(session=session, by=place.clinician, people=NOBODY)
    gap = checks.people_gap(session, site_day(place.site))
    assert gap is not None
    assert gap[0] == "chaperone"
    with pytest.raises(Refusal, match="chaperone's name"):
        people_record(
            session=session,
            by=place.clinician,
            people=People(interpreter="not_needed", chaperone="present"),
        )
    declined = People(interpreter="not_needed", chaperone="declined")
    people_record(session=session, by=place.clinician, people=declined)
    assert checks.people_gap(session, site_day(place.site)) is None


def test_two_sites_do_not_share_answers(place: Place, visit: Visit) -> None:
    """The whole list of one course never stands for another's."""
    clear(visit, place.clinician)
    other = make_world().other
    stranger = make_visit(other)
    session = arrive(stranger, other)
    answer(session, other, "visit")
    assert step(session) is Step.COURSE
    assert Prescription.objects.filter(site=other.site).count() == 1


def test_the_next_session_is_scheduled_without_answers(
    place: Place, visit: Visit
) -> None:
    clear(visit, place.clinician)
    made = session_schedule(
        prescription=visit.session.prescription,
        due_on=visit.session.due_on + dt.timedelta(days=5),
        by=place.clinician,
    )
    assert not made.prechecks.exists()
    assert checks.people_of(made) is None
