"""The page of a course: the next step shown with its reason, decided in one press."""

import datetime as dt
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from sessions_app.demo.past import session_past
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.models import Course, Prescription, Proposal, TreatmentSession
from sessions_app.selectors.courses import place_key
from sessions_app.services.ladders import ladders_load
from sessions_app.services.proposing import course_touched
from tests.factories import World, make_patient, make_world
from tests.sessions_app.web.test_ladders import save
from tests.visits import make_order

pytestmark = pytest.mark.django_db
PALMS = "palms both"


@pytest.fixture
def world() -> World:
    ladders_load()
    return make_world()


@pytest.fixture
def order(world) -> Prescription:
    """A palm that was dry at two visits running: a step down is proposed."""
    made = make_order(
        make_patient(world.here, family_name="Khan"), world.here, "HH-PALM"
    )
    past(made, (4, 2), hdss=1)
    return made


def past(order: Prescription, ago, **found) -> None:
    for days in ago:
        session_past(order, timezone.localdate() - dt.timedelta(days=days), **found)
    course_touched(number=order.number)


def as_(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def text(answer) -> str:
    return answer.content.decode()


def waiting(order: Prescription) -> Proposal:
    return Proposal.objects.get(course=order.number, decision="open", kind="step")


def page(world: World, order: Prescription, role: Role = Role.CLINICIAN) -> str:
    client = as_(world.here.staff[role])
    return text(client.get(reverse("course", args=[order.number])))


def post(world: World, order: Prescription, form_name: str, /, **form):
    path = reverse(f"course-{form_name}", args=[order.number])
    return as_(world.here.clinician).post(path, form)


def planned(order: Prescription) -> TreatmentSession:
    return TreatmentSession.objects.get(prescription=order, state="planned")


def test_the_page_says_where_the_course_stands_what_is_proposed_and_why(
    world, order
) -> None:
    shown = page(world, order)
    assert "Dry early: step down" in shown
    assert "Taper 2, session 1 of 4" in shown
    assert "HDSS 1 at 2 visits running: dry" in shown
    assert 'aria-current="step"' in shown
    assert "→ Proposed" in shown
    assert "HH-STEP v1" in shown
    assert "Accept and book" in shown


def test_one_press_accepts_and_books_the_proposed_day_and_time(world, order) -> None:
    day = dt.date.fromisoformat(waiting(order).result["dates"]["day"])
    form = {"proposal": waiting(order).pk, "book": "yes", "due_at": "09:00"}
    assert post(world, order, "accept", due_on=str(day), **form).status_code == 302
    session = planned(order)
    assert (session.due_on, session.due_at) == (day, dt.time(9, 0))
    shown = page(world, order)
    assert "Accepted" in shown
    assert world.here.clinician.name in shown
    assert "Nothing to decide now" in shown
    assert f"/sessions/{session.pk}/" in shown


def test_a_step_is_accepted_without_a_booking(world, order) -> None:
    post(world, order, "accept", proposal=waiting(order).pk, book="no")
    assert not TreatmentSession.objects.filter(state="planned").exists()
    assert Proposal.objects.get(decision="accepted").decided_by == world.here.clinician


@pytest.mark.parametrize(
    ("field", "value"), [("due_on", "soon"), ("due_at", "9"), ("due_on", "")]
)
def test_a_refused_booking_keeps_what_was_typed(world, order, field, value) -> None:
    proposal = waiting(order)
    form = {"due_on": "2031-05-05", "due_at": "13:45", field: value}
    answer = post(world, order, "accept", proposal=proposal.pk, book="yes", **form)
    shown = text(answer)
    assert answer.status_code == 422
    assert f'href="#{field}-accept-{proposal.pk}"' in shown
    kept = "13:45" if field == "due_on" else "2031-05-05"
    assert f'value="{kept}"' in shown
    assert waiting(order).pk == proposal.pk


def test_another_rung_a_hold_or_a_rejection_needs_words(world, order) -> None:
    proposal = waiting(order)
    bare = {"proposal": proposal.pk}
    answer = post(world, order, "change", **bare, change="rung:INDUCTION")
    assert f'href="#reason-change-{proposal.pk}"' in text(answer)
    assert 'value="rung:INDUCTION" selected' in text(answer)
    answer = post(world, order, "change", **bare, reason="Too wet at work")
    assert f'href="#change-change-{proposal.pk}"' in text(answer)
    assert "Too wet at work" in text(answer)
    answer = post(world, order, "reject", **bare, reason=" ")
    assert f'href="#reason-reject-{proposal.pk}"' in text(answer)
    assert waiting(order).pk == proposal.pk


def test_a_changed_step_shows_proposed_and_decided_side_by_side(world, order) -> None:
    proposal = waiting(order)
    form = {
        "proposal": proposal.pk,
        "change": "rung:TAPER_1",
        "reason": "Lives far away",
    }
    assert post(world, order, "change", **form).status_code == 302
    shown = page(world, order)
    assert "Lives far away" in shown
    assert "Changed" in shown
    assert "Taper 1, session 1" in shown


def test_a_rejected_step_stays_on_its_rung(world, order) -> None:
    post(world, order, "reject", proposal=waiting(order).pk, reason="Not believed")
    assert Proposal.objects.get(decision="rejected").reason == "Not believed"


def test_a_course_is_held_and_resumed_with_reasons(world, order) -> None:
    answer = post(world, order, "act", act="hold", place="", reason=" ")
    assert 'href="#reason-act"' in text(answer)
    answer = post(world, order, "act", act="", place="", reason="Flew to Lagos")
    assert 'href="#act-act"' in text(answer)
    assert "Flew to Lagos" in text(answer)
    post(world, order, "act", act="hold", place=PALMS, reason="Flew to Lagos")
    course = Course.objects.get(pk=order.number)
    assert course.state == Course.State.ON_HOLD
    post(world, order, "act", act="resume", place="", reason="Back again")
    shown = page(world, order)
    assert "Flew to Lagos" in shown
    assert "Back again" in shown


def test_a_stale_proposal_is_not_decided(world, order) -> None:
    old = waiting(order)
    past(order, (1,), hdss=4)
    answer = post(world, order, "accept", proposal=old.pk, book="no")
    assert answer.status_code == 409
    assert waiting(order).pk != old.pk


def test_two_places_of_one_visit_are_accepted_by_one_press(world) -> None:
    palms = leg_for("HH-PALM", electrodes_build())
    soles = replace(
        palms,
        body_site="soles",
        active_region="sole",
        return_region="sole",
        active_place="left sole",
        return_place="right sole",
    )
    legs = [palms, soles]
    made = make_order(make_patient(world.here), world.here, "HH-PALM", legs=legs)
    past(made, (4,), hdss=3)
    keys = {place_key(leg) for leg in made.legs.all()}
    assert len(keys) == 2
    rows = Proposal.objects.filter(course=made.number, decision="open", kind="step")
    day = rows[0].result["dates"]["day"]
    shown = page(world, made)
    assert "are due together" in shown
    form = {"proposal": [row.pk for row in rows], "book": "yes", "due_on": day}
    assert post(world, made, "accept", **form).status_code == 302
    assert planned(made).legs.count() == 2
    assert not rows.all().exists()


def test_another_version_of_the_ladder_is_followed_with_a_reason(world, order) -> None:
    save(world, **{"down.induction.cap": "24", "reason": "audit"})
    row = Course.objects.get(pk=order.number)
    newest = world.here.site.ladders.get()
    answer = post(world, order, "ladder", ladder=newest.pk, reason="")
    assert 'href="#reason-ladder"' in text(answer)
    assert f'value="{newest.pk}" selected' in text(answer)
    post(world, order, "ladder", ladder=newest.pk, reason="New policy")
    row.refresh_from_db()
    assert row.ladder == newest
    answer = post(world, order, "ladder", ladder="0", reason="x")
    assert 'href="#ladder-ladder"' in text(answer)


def test_who_may_only_look_is_offered_nothing_and_refused(world, order) -> None:
    shown = page(world, order, Role.AUDITOR)
    assert "Dry early" in shown
    assert "Accept" not in shown
    client = as_(world.here.staff[Role.AUDITOR])
    form = {
        "proposal": waiting(order).pk,
        "change": "hold",
        "act": "hold",
        "reason": "x",
    }
    for act in ("accept", "change", "reject", "act"):
        path = reverse(f"course-{act}", args=[order.number])
        assert client.post(path, form).status_code == 403
    engineer = as_(world.here.staff[Role.ENGINEER])
    assert engineer.get(reverse("course", args=[order.number])).status_code == 404


def test_a_course_of_another_site_does_not_exist(world, order) -> None:
    client = as_(world.other.clinician)
    assert client.get(reverse("course", args=[order.number])).status_code == 404
    for act in ("accept", "change", "reject", "act", "ladder"):
        path = reverse(f"course-{act}", args=[order.number])
        assert client.post(path, {"proposal": waiting(order).pk}).status_code == 404
    mine = make_order(make_patient(world.other), world.other, "HH-PALM")
    path = reverse("course-accept", args=[mine.number])
    assert client.post(path, {"proposal": waiting(order).pk}).status_code == 404


def test_to_do_names_the_steps_to_decide_and_counts_them(world, order) -> None:
    shown = text(as_(world.here.clinician).get(reverse("todo")))
    assert "Next steps to decide" in shown
    assert "KHAN" in shown
    assert reverse("course", args=[order.number]) in shown
    assert ">1<span" in shown
    other = text(as_(world.other.clinician).get(reverse("todo")))
    assert "Next steps to decide" not in other
    assert "app-menu__count" not in other


def test_the_record_of_a_signed_visit_offers_the_next_step(world, order) -> None:
    last = TreatmentSession.objects.filter(prescription=order).latest("number")
    shown = text(as_(world.here.clinician).get(f"/sessions/{last.pk}/"))
    assert "Next step" in shown
    assert reverse("course-accept", args=[order.number]) in shown


def test_patient_and_order_lead_to_the_course(world, order) -> None:
    client = as_(world.here.clinician)
    link = f'href="{reverse("course", args=[order.number])}"'
    assert link in text(client.get(reverse("patient", args=[order.patient_id])))
    assert link in text(client.get(reverse("prescription", args=[order.pk])))
