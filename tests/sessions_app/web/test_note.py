"""The draft of a note says what is recorded and nothing more."""

import pytest

from devices.models import RunEvent
from sessions_app.models import Course, Proposal
from sessions_app.services.attended import minutes_state
from sessions_app.web.note import note_of
from tests.factories import make_world
from tests.sessions_app.harms import sign, treated

pytestmark = pytest.mark.django_db


def test_the_draft_has_pain_dose_skin_and_verdict(client) -> None:
    place = make_world().here
    visit, run = treated(place)
    RunEvent.objects.create(
        run=run, kind="pain", staff=place.clinician, data={"score": 3}
    )
    sign(place, visit, red="ERY-1")
    note = note_of(visit.session)
    assert "S: Pain during treatment, 0 to 10: 3." in note
    assert "both palms: 1.00 mA·min of 1.00 mA·min" in note
    assert "RED, left palm: tray" in note
    assert "Adverse events: ERY 1, Erythema" in note
    assert f"Signed by {place.clinician.name}" in note
    client.force_login(place.clinician)
    assert "Draft of the note" in client.get(visit.path).content.decode()


def test_constant_attendance_is_said_only_when_somebody_answers_for_it() -> None:
    place = make_world().here
    visit, _ = treated(place)
    assert "Constant attendance" not in note_of(visit.session)
    minutes_state(
        session=visit.session,
        code="97033",
        minutes=10,
        by=place.clinician,
        seen=None,
        reason="sat with her",
    )
    assert "Constant attendance" in note_of(visit.session)


def test_the_plan_names_the_step_that_this_visit_led_to_and_who_decided() -> None:
    place = make_world().here
    visit, _ = treated(place)
    order = visit.session.prescription
    course, _ = Course.objects.get_or_create(
        number=order.number,
        defaults={"site": place.site, "patient": visit.patient},
    )
    plain = {
        "course": course,
        "kind": Proposal.Kind.STEP,
        "rule": "x",
        "engine": "1",
        "inputs": {},
        "result": {"state": "on_hold"},
        "why": "dry",
    }
    Proposal.objects.create(**plain, after="session:another", body_site="soles")
    Proposal.objects.create(
        **plain, after=f"session:{visit.session.pk}", body_site="palms both"
    )
    note = note_of(visit.session)
    assert "P: palms both: Hold: no session until a person resumes (proposed," in note
    assert "soles" not in note
