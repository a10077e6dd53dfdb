"""A burn of grade 2 stops the course and takes the stimulator out of use, at once."""

import datetime as dt
import json

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from devices.models import Run
from devices.services.fleet import stimulator_release
from sessions_app.models import (
    AdverseEvent,
    Delivery,
    Incident,
    SkinCheck,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.harm import incidents_seen, log_is_whole
from sessions_app.services.harm import event_record, skin_check_during
from sessions_app.services.incidents import incident_decide, run_log
from sessions_app.services.loans import home_device_recall
from tests.factories import make_run, make_world
from tests.sessions_app.harms import answers, flowing, of_text, sign, treated
from tests.sessions_app.services.test_loans import lend
from tests.visits import make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


def burn(place) -> tuple[Incident, Run]:
    visit, run = treated(place)
    sign(place, visit, red="BRN-2")
    return Incident.objects.get(event__session=visit.session), run


def test_the_course_is_stopped_by_whoever_saw_it(place) -> None:
    incident, _ = burn(place)
    order = incident.prescription
    assert order.stopped_at is not None
    assert order.stop_reason.startswith("Incident: BRN 2")
    stop = AuditEntry.objects.get(action="prescription.stop")
    assert (stop.staff, stop.subject_id) == (place.clinician, str(order.pk))


@pytest.mark.parametrize(("found", "opens"), [("BRN-1", 0), ("BRN-2", 1), ("VES-3", 0)])
def test_only_a_burn_of_grade_2_opens_one(place, found, opens) -> None:
    visit, _ = treated(place)
    sign(place, visit, black=found)
    assert Incident.objects.count() == opens


def test_the_stimulator_takes_no_run_until_an_engineer_releases_it(place) -> None:
    incident, run = burn(place)
    box = incident.stimulator
    assert box == run.stimulator
    with pytest.raises(Conflict, match="in quarantine: Incident: BRN 2"):
        make_run(place, stimulator=box)
    stimulator_release(
        stimulator=box, by=place.staff[Role.ENGINEER], reason="checked, in order"
    )
    box.refresh_from_db()
    assert make_run(place, stimulator=box)


def test_the_log_of_the_run_is_copied_with_its_seal(place) -> None:
    incident, run = burn(place)
    log = incident.device_log
    assert (log["run"], log["device_counter_nc"]) == (str(run.pk), 60_000_000)
    assert [event["kind"] for event in log["events"]] == [
        event.kind for event in run.events.order_by("id")
    ]
    assert log_is_whole(incident)
    incident.device_log["device_counter_nc"] = 1
    assert not log_is_whole(incident)


def test_a_copied_log_survives_whatever_a_device_says(place) -> None:
    _, run = treated(place)
    run.events.create(run=run, kind="device_note", data={"volts": 1.5, "é": [None]})
    assert json.loads(json.dumps(run_log(run)))["events"][-1]["data"]["volts"] == 1.5


def test_prescribers_are_told_at_once(place) -> None:
    incident, _ = burn(place)
    task = Task.objects.get(kind="incident")
    assert task.for_role == Role.PRESCRIBER
    assert task.due_at <= timezone.now()
    assert task.link == f"/incidents/{incident.pk}/"
    assert task.patient == incident.event.patient


def test_nothing_flows_on_into_a_burn(place) -> None:
    visit, run = flowing(place)
    skin_check_during(
        session=visit.session, run=run, by=place.clinician, seen=answers(red="BRN-2")
    )
    incident = Incident.objects.get()
    assert incident.stimulator == run.stimulator
    assert incident.device_log["trace"] is None
    run.refresh_from_db()
    assert (run.state, run.stop_cause) == ("running", "incident")
    assert run.stop_requested_at is not None


@pytest.mark.parametrize(
    "fails", ["stimulator_take_out", "task_make", "audit_record", "_course_stop"]
)
def test_a_failure_inside_leaves_nothing(place, monkeypatch, fails) -> None:
    visit, run = treated(place)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(fails)

    monkeypatch.setattr(f"sessions_app.services.incidents.{fails}", broken)
    with pytest.raises(RuntimeError):
        sign(place, visit, red="BRN-2")
    assert not AdverseEvent.objects.exists()
    assert not Incident.objects.exists()
    assert not SkinCheck.objects.exists()
    assert not Task.objects.exists()
    visit.session.refresh_from_db()
    run.stimulator.refresh_from_db()
    order = visit.session.prescription
    order.refresh_from_db()
    assert (visit.session.state, order.stopped_at) == ("to_sign", None)
    assert run.stimulator.quarantined_at is None


def test_a_correction_opens_no_second_one(place) -> None:
    incident, _ = burn(place)
    event_record(
        session=incident.event.session,
        by=place.clinician,
        finding=of_text("BRN-3"),
        onset_at=timezone.now(),
        noticed="phone",
        supersedes=incident.event,
    )
    assert Incident.objects.count() == 1


def test_a_second_burn_of_a_stopped_course_is_an_incident_too(place) -> None:
    incident, _ = burn(place)
    event_record(
        session=incident.event.session,
        by=place.clinician,
        finding=of_text("BRN-2"),
        onset_at=timezone.now(),
        noticed="phone",
    )
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.ENGINEER])
def test_a_prescriber_or_an_engineer_decides_once(place, role) -> None:
    incident, _ = burn(place)
    decide = {"incident": incident, "by": place.staff[role], "reportable": True}
    incident_decide(**decide, decision="Yellow Card sent")
    incident.refresh_from_db()
    assert (incident.reportable, incident.decided_by) == (True, place.staff[role])
    task = Task.objects.get(kind="incident")
    assert task.outcome == "Reportable. Yellow Card sent"
    with pytest.raises(Conflict):
        incident_decide(**decide, decision="again")


def test_a_decision_needs_an_answer_words_and_the_right(place) -> None:
    incident, _ = burn(place)
    prescriber = place.prescriber
    with pytest.raises(Refusal, match="Choose"):
        incident_decide(incident=incident, by=prescriber, reportable=None, decision="x")
    with pytest.raises(Refusal, match="why"):
        incident_decide(incident=incident, by=prescriber, reportable=False, decision="")
    with pytest.raises(Forbidden):
        incident_decide(
            incident=incident, by=place.clinician, reportable=False, decision="x"
        )


def test_another_site_sees_no_incident(world) -> None:
    incident, _ = burn(world.here)
    assert list(incidents_seen(staff=world.here.staff[Role.ENGINEER])) == [incident]
    for role in Role:
        assert not incidents_seen(staff=world.other.staff[role]).exists()


def burn_of_a_delivery(place, **told) -> Incident:
    """A burn of a session that a person entered an hour ago."""
    visit = make_visit(place)
    began = timezone.now() - dt.timedelta(hours=1)
    Delivery.objects.create(
        leg=visit.session.legs.get(),
        why="no network",
        happened_at=began,
        ended_at=began + dt.timedelta(minutes=20),
        by=place.clinician,
        **told,
    )
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state="completed")
    visit.session.refresh_from_db()
    event_record(
        session=visit.session,
        by=place.clinician,
        finding=of_text("BRN-2"),
        onset_at=timezone.now(),
        noticed="phone",
    )
    return Incident.objects.get()


def test_a_home_device_that_burnt_is_recalled_and_fetched(place) -> None:
    loan = lend(place, make_visit(place).session.prescription)
    incident = burn_of_a_delivery(
        place, source="home", loan=loan, counter_nc=70_000_000, serial="SN1"
    )
    loan.device.refresh_from_db()
    assert loan.device.recall_reason.startswith("Incident: BRN 2")
    task = Task.objects.get(kind="loan")
    assert task.patient == loan.patient
    assert "is recalled: Incident: BRN 2" in task.text
    (known,) = incident.device_log["deliveries"]
    assert (known["home_device"], known["counter_nc"]) == (
        str(loan.device),
        70_000_000,
    )
    assert log_is_whole(incident)


def test_a_home_device_out_of_use_already_keeps_its_reason(place) -> None:
    loan = lend(place, make_visit(place).session.prescription)
    home_device_recall(device=loan.device, by=place.clinician, reason="cracked")
    burn_of_a_delivery(place, source="home", loan=loan)
    loan.device.refresh_from_db()
    assert loan.device.recall_reason == "cracked"


def test_a_stimulator_entered_by_its_serial_is_out_of_use(world) -> None:
    place = world.here
    box = make_visit(place).stimulator
    incident = burn_of_a_delivery(place, source="hand", serial=box.serial.lower())
    box.refresh_from_db()
    assert incident.stimulator == box
    assert box.quarantine_reason.startswith("Incident: BRN 2")


def test_a_serial_of_another_site_takes_nothing_out(world) -> None:
    box = make_visit(world.other).stimulator
    incident = burn_of_a_delivery(world.here, source="hand", serial=box.serial)
    box.refresh_from_db()
    assert (incident.stimulator, box.quarantined_at) == (None, None)
    assert incident.device_log["deliveries"][0]["serial"] == box.serial


def test_a_recall_that_fails_leaves_no_burn(place, monkeypatch) -> None:
    loan = lend(place, make_visit(place).session.prescription)

    def broken(**_: object) -> None:
        raise RuntimeError("recall")

    monkeypatch.setattr("sessions_app.services.incidents.home_device_take_out", broken)
    with pytest.raises(RuntimeError):
        burn_of_a_delivery(place, source="home", loan=loan)
    assert not AdverseEvent.objects.exists()
    assert not Incident.objects.exists()
