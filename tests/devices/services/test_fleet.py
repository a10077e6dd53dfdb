"""A stimulator leaves use at once and comes back only by an engineer, with a reason."""

import pytest

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import AuditEntry, Role
from devices.models import Run
from devices.services.fleet import (
    stimulator_quarantine,
    stimulator_release,
    stimulator_take_out,
)
from tests.factories import make_run, make_stimulator, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def engineer(place):
    return place.staff[Role.ENGINEER]


def test_in_quarantine_it_takes_no_run_until_it_is_released(place, engineer) -> None:
    box = make_stimulator(place)
    stimulator_quarantine(stimulator=box, reason="counter differs", by=engineer)
    box.refresh_from_db()
    with pytest.raises(Conflict, match="counter differs"):
        make_run(place, stimulator=box)
    stimulator_release(stimulator=box, reason="counter exchanged", by=engineer)
    box.refresh_from_db()
    assert make_run(place, stimulator=box).state == "queued"


def test_who_did_it_and_why_is_in_the_audit(place, engineer) -> None:
    box = make_stimulator(place)
    stimulator_quarantine(stimulator=box, reason="hot", by=engineer)
    stimulator_release(stimulator=box, reason="fan cleaned", by=engineer)
    rows = AuditEntry.objects.filter(subject_id=str(box.pk)).order_by("id")
    assert [(row.action, row.staff, row.data["reason"]) for row in rows] == [
        ("stimulator.quarantine", engineer, "hot"),
        ("stimulator.release", engineer, "fan cleaned"),
    ]
    assert rows[1].data["quarantined_for"] == "hot"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ENGINEER])
def test_only_an_engineer_may(place, role) -> None:
    box = make_stimulator(place)
    with pytest.raises(Forbidden):
        stimulator_quarantine(stimulator=box, reason="hot", by=place.staff[role])
    with pytest.raises(Forbidden):
        stimulator_release(stimulator=box, reason="cold", by=place.staff[role])


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_without_a_usable_reason_nothing_changes(place, engineer, reason) -> None:
    box = make_stimulator(place)
    with pytest.raises(Refusal):
        stimulator_quarantine(stimulator=box, reason=reason, by=engineer)
    box.refresh_from_db()
    assert box.quarantined_at is None


def test_twice_is_a_conflict(place, engineer) -> None:
    box = make_stimulator(place)
    with pytest.raises(Conflict):
        stimulator_release(stimulator=box, reason="fine", by=engineer)
    stimulator_quarantine(stimulator=box, reason="hot", by=engineer)
    with pytest.raises(Conflict):
        stimulator_quarantine(stimulator=box, reason="hot", by=engineer)


def test_a_live_run_is_not_touched_and_the_first_reason_stands(place, engineer) -> None:
    box = make_stimulator(place)
    run = make_run(place, stimulator=box)
    assert stimulator_take_out(stimulator=box, reason="burn", by=place.clinician)
    assert not stimulator_take_out(stimulator=box, reason="again", by=place.clinician)
    box.refresh_from_db()
    assert box.quarantine_reason == "burn"
    assert Run.objects.get(pk=run.pk).stop_requested_at is None
