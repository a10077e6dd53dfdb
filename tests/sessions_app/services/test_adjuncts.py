"""A step beside the current is told before the signature; rows only grow."""

import pytest
from django.db import ProgrammingError, transaction

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from sessions_app.demo.clinician import sign as demo_sign
from sessions_app.models import AdjunctDone, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_of, adjuncts_open
from sessions_app.services.adjuncts import adjunct_record
from tests.factories import make_world
from tests.sessions_app.beside import GIVEN, with_sound
from tests.sessions_app.harms import sign, treated

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def visit(place, monkeypatch):
    return with_sound(place, monkeypatch)


def record(here, visit, **more):
    plain = {"place": 1, "by": here.clinician, "done": True, "figures": GIVEN}
    return adjunct_record(session=visit.session, **{**plain, **more})


def test_nobody_signs_before_the_step_is_told(place, visit) -> None:
    with pytest.raises(Refusal, match="ultrasound: record it") as refused:
        sign(place, visit)
    assert refused.value.extra["field"] == "done-1"
    row = record(place, visit)
    sign(place, visit)
    visit.session.refresh_from_db()
    assert visit.session.state == "completed"
    assert visit.session.events.last().data["adjuncts"] == [row.pk]
    assert AuditEntry.objects.filter(action="adjunct.record", staff=place.clinician)


def test_not_done_says_why_and_is_signed_too(place, visit) -> None:
    with pytest.raises(Refusal, match="why it was not done"):
        record(place, visit, done=False, figures={})
    row = record(place, visit, done=False, figures={}, note="head is in repair")
    assert (row.done, row.figures, row.by) == (False, {}, place.clinician)
    sign(place, visit)


def test_the_newest_row_holds_and_none_is_changed(place, visit) -> None:
    first = record(place, visit)
    record(place, visit, figures=GIVEN | {"minutes": 4})
    (beside,) = adjuncts_of(visit.session)
    assert [row.figures["minutes"] for row in beside.rows] == [5, 4]
    assert beside.standing is not None
    assert beside.standing.figures["minutes"] == 4
    with pytest.raises(ProgrammingError, match="permission"), transaction.atomic():
        AdjunctDone.objects.filter(pk=first.pk).update(note="x")


def test_what_is_refused_leaves_no_row(place, visit) -> None:
    with pytest.raises(Refusal, match="over the protocol's") as refused:
        record(place, visit, figures=GIVEN | {"mw_cm2": 900})
    assert refused.value.extra["field"] == "note"
    with pytest.raises(Refusal, match="no 2"):
        record(place, visit, place=2)
    with pytest.raises(Refusal, match="at most 200"):
        record(place, visit, note="x" * 201)
    with pytest.raises(Forbidden):
        record(place, visit, by=place.staff[Role.AUDITOR])
    assert not AdjunctDone.objects.exists()


@pytest.mark.parametrize("state", ["cleared", "treating", "completed"])
def test_a_step_after_the_current_waits_for_its_end(place, visit, state) -> None:
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=state)
    with pytest.raises(Conflict, match="after the current"):
        record(place, visit)


def test_a_step_before_the_current_can_be_told_before_it(place, monkeypatch) -> None:
    visit = with_sound(place, monkeypatch, says="Before each session.")
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state="cleared")
    assert record(place, visit).done


def test_the_demo_tells_its_steps_and_invents_no_figure(place, visit) -> None:
    visit.session.refresh_from_db()
    demo_sign(visit.session, place.clinician)
    (row,) = AdjunctDone.objects.all()
    assert not row.done
    assert row.note == "The protocol gives no figures."


def test_a_protocol_without_steps_asks_for_none(place) -> None:
    visit, _ = treated(place)
    assert adjuncts_open(visit.session) == []
    sign(place, visit)
