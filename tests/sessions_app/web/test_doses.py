"""The record page: swapped leads, the rest, both by form and inside one's site."""

import pytest

from devices.core.run_lifecycle import EndReason
from devices.models import Run
from sessions_app.models import DoseRecord
from sessions_app.services.continuing import FRESH_CHECKS
from sessions_app.services.recording import run_record
from tests.factories import make_world
from tests.sessions_app.services.test_recording import ended, prepared

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def visit(world):
    """28 of 40 mA·min of dexamethasone, then the operator stopped."""
    made, run = prepared(world.here)
    ended(run, EndReason.OPERATOR, 28 * MA_MIN, 7, 4000)
    run_record(run_id=run.pk)
    made.session.refresh_from_db()
    return made


@pytest.fixture
def nurse(client, world):
    client.force_login(world.here.clinician)
    return client


def text(answer) -> str:
    return answer.content.decode()


def swap(client, visit, **form):
    dose = DoseRecord.objects.order_by("-pk")[0]
    plain = {"extent": "whole", "noticed_by": "Sam Field", "swap_reason": "photo"}
    return client.post(f"{visit.path}doses/{dose.pk}/swap", {**plain, **form})


def go_on(client, visit, **form):
    plain = {
        "version": visit.session.version,
        "leg": 1,
        "stimulator": visit.stimulator.pk,
        **dict.fromkeys(FRESH_CHECKS, "yes"),
        **visit.lot_form,
    }
    return client.post(f"{visit.path}rest", {**plain, **form})


def test_the_record_says_that_somebody_only_commanded_the_pole(nurse, visit) -> None:
    page = text(nurse.get(visit.path))
    assert "Commanded, nobody looked" in page
    assert "Left of right lateral epicondyle: 12.00 mA·min" in page


def test_a_part_is_told_in_minutes_and_seconds(nurse, visit) -> None:
    answer = swap(nurse, visit, extent="part", **{"from": "1:00", "to": "3:30"})
    assert answer.status_code == 302
    new = DoseRecord.objects.get(superseded_by__isnull=True)
    assert new.swapped == [[60_000, 210_000]]
    assert new.credits[0]["wrong_pole_nc"] == 10 * MA_MIN
    page = text(nurse.get(visit.path))
    assert "✕ Leads swapped" in page
    assert "Corrected later" in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"extent": ""}, "extent"),
        ({"extent": "part", "from": "1:75", "to": "2"}, "from"),
        ({"extent": "part", "from": "5:00", "to": "9:00"}, "from"),
        ({"noticed_by": ""}, "noticed_by"),
        ({"swap_reason": ""}, "swap_reason"),
    ],
)
def test_a_wrong_swap_is_refused_at_its_field_and_changes_nothing(
    nurse, visit, form, field
) -> None:
    answer = swap(nurse, visit, **form)
    assert answer.status_code == 422
    assert f'href="#{field}-' in text(answer)
    assert DoseRecord.objects.count() == 1


def test_the_rest_is_prepared_from_the_page(nurse, visit) -> None:
    assert go_on(nurse, visit).status_code == 302
    assert Run.objects.count() == 2
    visit.session.refresh_from_db()
    assert visit.session.state == "treating"


def test_a_missing_look_is_refused_at_its_tick(nurse, visit) -> None:
    answer = go_on(nurse, visit, skin_whole="")
    assert answer.status_code == 422
    assert 'href="#skin_whole-1"' in text(answer)
    assert Run.objects.count() == 1


def test_another_site_corrects_and_continues_nothing(client, visit, world) -> None:
    client.force_login(world.other.clinician)
    assert swap(client, visit).status_code == 404
    assert go_on(client, visit).status_code == 404


def test_the_patient_page_adds_up_the_course(nurse, visit) -> None:
    page = text(nurse.get(f"/patients/{visit.patient.pk}/"))
    assert "at most 28.0 mA·min" in page
    assert "1 sessions in a year of at most" in page


def test_a_dose_at_the_wrong_pole_is_said_not_to_count(nurse, world) -> None:
    made, run = prepared(world.here)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    run_record(run_id=run.pk)
    patient = f"/patients/{made.patient.pk}/"
    assert "does not count" not in text(nurse.get(patient))
    swap(nurse, made)
    assert "does not count" in text(nurse.get(patient))
    assert "Attempted, does not count" in text(nurse.get(made.path))
