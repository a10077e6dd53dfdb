"""The two ways out of a stop: not today, and a prescriber's signed answer."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role, Site, Staff
from clinic.selectors.site_time import site_day
from devices.core.programme import Programme
from sessions_app.demo.visiting import people_of, safe_answers
from sessions_app.domain.precheck import Answer
from sessions_app.domain.protocol import Steps
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PrescriberRequest, TreatmentSession
from sessions_app.selectors import checks
from sessions_app.selectors.checks import Step
from sessions_app.selectors.tasks import requests_open
from sessions_app.services.checking import (
    check_record,
    people_record,
    session_arrive,
    session_clear,
)
from sessions_app.services.requesting import (
    next_day,
    request_ask,
    request_decide,
    request_second,
    session_not_today,
)
from sessions_app.services.treating import session_prepare
from tests.factories import Place, make_staff, make_world
from tests.visits import Visit, make_visit

S = SessionState
OTHER = {"yes": "no", "no": "yes"}


def barred(place: Place, question: str = "heart", code: str = "HH-PALM") -> Visit:
    """A visit that an answer of the whole list bars."""
    visit = make_visit(place, code)
    session, by = visit.session, place.clinician
    session_arrive(
        session=session, by=by, version=session.version, people=people_of(session)
    )
    for tier in ("visit", "course"):
        said = safe_answers(session, tier)
        if question in said:
            said[question] = Answer(OTHER[said[question].answer], "as told")
        if step(session).value == tier:
            check_record(
                session=session,
                by=by,
                version=session.version,
                tier=tier,
                answers=said,
            )
    return visit


def step(session: TreatmentSession) -> Step:
    return checks.standing_of(session, site_day(session.site)).step


def ask(place: Place, visit: Visit, by: Staff | None = None) -> PrescriberRequest:
    session = visit.session
    return request_ask(
        session=session,
        by=by or place.clinician,
        version=session.version,
        question="Stable for years; may we?",
    )


def decide(
    place: Place, request: PrescriberRequest, *, by: Staff | None = None, **more: Any
) -> PrescriberRequest:
    version = TreatmentSession.objects.get(pk=request.session_id).version
    plain = {"version": version, "allow": True, "reason": "Looked at the letter"}
    return request_decide(
        request=request, by=by or place.prescriber, **{**plain, **more}
    )


@pytest.fixture
def place(db: None) -> Place:
    return make_world().here


def test_an_allowed_request_lets_the_clinician_clear(place: Place) -> None:
    visit = barred(place)
    request = ask(place, visit)
    assert request.findings[0]["code"] == "H7"
    assert step(visit.session) is Step.WAITING
    decide(place, request)
    assert step(visit.session) is Step.CLEAR
    assert visit.session.state == S.CHECKED_IN
    session_clear(
        session=visit.session, by=place.clinician, version=visit.session.version
    )
    event = visit.session.events.latest("id")
    assert event.data == {"request": str(request.pk)}


def test_a_declined_request_leaves_not_today(place: Place) -> None:
    visit = barred(place)
    decide(place, ask(place, visit), allow=False, reason="Refer to cardiology")
    assert step(visit.session) is Step.DECLINED
    with pytest.raises(Refusal, match="declined"):
        session_clear(
            session=visit.session, by=place.clinician, version=visit.session.version
        )
    with pytest.raises(Conflict):
        ask(place, visit)


def test_a_declined_request_holds_in_another_session_of_the_day(place: Place) -> None:
    visit = barred(place)
    decide(place, ask(place, visit), allow=False)
    first = visit.session
    other = TreatmentSession.objects.create(
        site=place.site,
        patient=visit.patient,
        prescription=first.prescription,
        number=first.number + 1,
        due_on=first.due_on,
        is_simulated=True,
        state=S.CHECKED_IN.value,
    )
    day = site_day(place.site)
    people_record(session=other, by=place.clinician, people=people_of(other))
    now = checks.standing_of(other, day)
    assert now.step is Step.DECLINED
    assert "In session 1 of HH-PALM today the prescriber declined" in (
        checks.elsewhere_text(other, now)
    )


@pytest.mark.parametrize("question", ["pregnant", "electrical"])
def test_no_prescriber_is_asked_about_what_nobody_may_override(
    place: Place, question: str
) -> None:
    visit = barred(place, question)
    with pytest.raises(Refusal, match="No prescriber can allow this"):
        ask(place, visit)
    assert not PrescriberRequest.objects.exists()


def test_a_second_question_about_the_same_stop_is_refused(place: Place) -> None:
    visit = barred(place)
    ask(place, visit)
    with pytest.raises(Conflict, match="nothing to ask"):
        ask(place, visit)


def test_a_request_is_decided_once(place: Place) -> None:
    request = ask(place, barred(place))
    decide(place, request)
    with pytest.raises(Conflict, match="has decided this: allowed"):
        decide(place, request, allow=False)


def test_only_a_prescriber_of_the_site_decides(place: Place) -> None:
    request = ask(place, barred(place))
    for by in (place.clinician, place.staff[Role.ADMINISTRATOR]):
        with pytest.raises(Forbidden):
            decide(place, request, by=by)
    with pytest.raises(Forbidden):
        decide(place, request, by=make_world().here.prescriber)


def test_a_decision_needs_a_reason(place: Place) -> None:
    with pytest.raises(Refusal, match="Write why"):
        decide(place, ask(place, barred(place)), reason=" ")


def test_a_visit_that_has_gone_on_is_not_decided(place: Place) -> None:
    visit = barred(place)
    request = ask(place, visit)
    with pytest.raises(Conflict, match="This page shows version"):
        decide(place, request, version=visit.session.version - 1)
    session_not_today(
        session=visit.session,
        by=place.clinician,
        version=visit.session.version,
        because="patient",
        words="went home",
    )
    with pytest.raises(Conflict):
        decide(place, request)
    assert list(requests_open(staff=place.prescriber)) == []


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland"])
def test_a_request_lapses_at_the_end_of_the_day_of_the_site(
    place: Place, zone: str
) -> None:
    Site.objects.filter(pk=place.site.pk).update(time_zone=zone)
    place.site.refresh_from_db()
    midnight = dt.datetime.combine(
        site_day(place.site) + dt.timedelta(days=1), dt.time(), ZoneInfo(zone)
    )
    visit = barred(place)
    request = ask(place, visit)
    assert request.expires_at == midnight
    with time_machine.travel(midnight, tick=False):
        with pytest.raises(Conflict, match="for its own day"):
            decide(place, request)
        assert list(requests_open(staff=place.prescriber)) == []
    just_before = midnight - dt.timedelta(seconds=1)
    with time_machine.travel(just_before, tick=False):
        assert list(requests_open(staff=place.prescriber)) == [request]
        decide(place, request)


def test_nobody_waits_for_a_question_that_lapsed(place: Place) -> None:
    visit = barred(place)
    request = ask(place, visit)
    PrescriberRequest.objects.filter(pk=request.pk).update(expires_at=timezone.now())
    assert step(visit.session) is Step.LAPSED
    PrescriberRequest.objects.filter(pk=request.pk).update(
        decision="allowed", decided_by=place.prescriber
    )
    assert step(visit.session) is Step.LAPSED


# -- a lower ceiling ------------------------------------------------------------


def test_a_lower_ceiling_is_a_limit_of_that_session(place: Place) -> None:
    visit = barred(place)
    decide(place, ask(place, visit), max_ua=6_000)
    session = visit.session
    session_clear(session=session, by=place.clinician, version=session.version)
    run = session_prepare(
        session=session,
        leg=session.legs.get(),
        stimulator=visit.stimulator,
        by=place.clinician,
        version=session.version,
    )
    programme = Programme.from_dict(run.programme)
    assert programme.window.ceiling_ua == 6_000
    assert programme.target_ua <= 6_000


@pytest.mark.parametrize("max_ua", [16_000, 0])
def test_an_override_never_raises_the_ceiling_nor_sets_one_that_cannot_run(
    place: Place, max_ua: int
) -> None:
    with pytest.raises(Refusal) as refused:
        decide(place, ask(place, barred(place)), max_ua=max_ua)
    assert refused.value.extra["field"] == "max_ua"


def test_without_report_of_pain_the_ceiling_is_halved(place: Place) -> None:
    request = ask(place, barred(place, "reports_pain"))
    for max_ua in (None, 7_501):
        with pytest.raises(Refusal, match=r"at most 7\.5 mA"):
            decide(place, request, max_ua=max_ua)
    assert decide(place, request, max_ua=7_500).max_ua == 7_500


def test_a_growing_current_is_halved_as_it_is_that_day(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(place, barred(place, "reports_pain"))
    spec = checks.spec_of(request.session.prescription)
    steps = Steps(6_000, 360_000, 2_000, 120_000, 2, 15_000, 960_000)
    growing = replace(spec, steps=steps)
    monkeypatch.setattr(checks, "spec_of", lambda order: growing)
    with pytest.raises(Refusal, match=r"at most 3\.0 mA"):
        decide(place, request, max_ua=3_001)
    assert decide(place, request, max_ua=3_000).max_ua == 3_000


# -- a second signature -----------------------------------------------------------


@pytest.fixture
def strict(place: Place) -> Place:
    place.site.policy = {"second_for_override": True}
    place.site.save()
    return place


def test_where_the_site_wants_two_one_signature_lets_nothing_start(
    strict: Place,
) -> None:
    visit = barred(strict)
    request = decide(strict, ask(strict, visit))
    version = visit.session.version
    assert step(visit.session) is Step.WAITING
    with pytest.raises(Refusal, match="another prescriber"):
        request_second(request=request, by=strict.prescriber, version=version)
    other = make_staff(strict.site, Role.PRESCRIBER)
    assert list(requests_open(staff=other)) == [request]
    request_second(request=request, by=other, version=version)
    assert step(visit.session) is Step.CLEAR
    with pytest.raises(Conflict, match="No second signature"):
        request_second(request=request, by=other, version=version)


def test_who_asked_neither_decides_nor_signs_second_where_two_are_wanted(
    strict: Place,
) -> None:
    visit = barred(strict)
    request = ask(strict, visit, by=strict.prescriber)
    with pytest.raises(Refusal, match="asked this yourself"):
        decide(strict, request)
    other = make_staff(strict.site, Role.PRESCRIBER)
    decide(strict, request, by=other)
    with pytest.raises(Refusal, match="another prescriber"):
        request_second(
            request=request, by=strict.prescriber, version=visit.session.version
        )


def test_where_one_is_enough_a_prescriber_may_decide_what_they_asked(
    place: Place,
) -> None:
    request = ask(place, barred(place), by=place.prescriber)
    assert decide(place, request).decided_by == place.prescriber


# -- not today --------------------------------------------------------------------


def leave(place: Place, visit: Visit, **more: Any) -> TreatmentSession | None:
    plain = {"because": "check", "words": "arrhythmia, to the GP"}
    return session_not_today(
        session=visit.session,
        by=place.clinician,
        version=visit.session.version,
        **{**plain, **more},
    )


def test_not_today_keeps_the_answers_and_books_the_next_when_asked(
    place: Place,
) -> None:
    visit = barred(place)
    day = next_day(visit.session)
    gap = checks.spec_of(visit.session.prescription).schedule.min_gap_days
    assert day == site_day(place.site) + dt.timedelta(days=gap)
    made = leave(place, visit, next_on=day)
    assert made is not None
    assert (made.due_on, made.due_at) == (day, visit.session.due_at)
    assert visit.session.state == S.NOT_TREATED
    assert visit.session.prechecks.count() == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [({"because": "mood"}, "because"), ({"words": " "}, "reason")],
)
def test_not_today_needs_a_reason_and_words(
    place: Place, more: dict[str, Any], field: str
) -> None:
    visit = barred(place)
    with pytest.raises(Refusal) as refused:
        leave(place, visit, **more)
    assert refused.value.extra["field"] == field


def test_a_next_visit_that_cannot_be_booked_leaves_the_visit_open(
    place: Place,
) -> None:
    visit = barred(place)
    expired = visit.session.prescription.expires_on + dt.timedelta(days=1)
    for day in (site_day(place.site), expired):
        with pytest.raises(Refusal):
            leave(place, visit, next_on=day)
    visit.session.refresh_from_db()
    assert visit.session.state == S.CHECKED_IN


# -- two at once ------------------------------------------------------------------


def test_of_two_prescribers_at_once_one_decides(live_db: Any) -> None:
    place = make_world().here
    other = make_staff(place.site, Role.PRESCRIBER)
    request = ask(place, barred(place))
    together = Barrier(2)

    def press(by: Staff, allow: bool) -> str:
        together.wait()
        try:
            return str(decide(place, request, by=by, allow=allow).decision)
        except Conflict as conflict:
            return conflict.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = [
            pool.submit(press, place.prescriber, True),
            pool.submit(press, other, False),
        ]
        found = {one.result() for one in answers}
    request.refresh_from_db()
    assert found == {"decided", request.decision}
    assert request.decided_by is not None
