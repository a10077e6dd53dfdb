"""Swapped leads found later: a new record, scored again; the old one stays."""

import pytest
from django.db import connection

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from devices.core.run_lifecycle import EndReason
from sessions_app.models import DoseRecord
from sessions_app.selectors.harm import electrodes_of
from sessions_app.services.correcting import dose_swap
from sessions_app.services.harm import Seen
from sessions_app.services.recording import run_record
from sessions_app.services.signing import session_sign
from tests.factories import make_world
from tests.sessions_app.services.test_recording import ended, prepared

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000
MINUTE = 60_000


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def dose(place):
    """40 mA·min of dexamethasone in ten minutes."""
    _, run = prepared(place)
    ended(run, EndReason.DOSE, 40 * MA_MIN, 10, 4000)
    return run_record(run_id=run.pk)


def swap(place, dose, swapped, **more) -> DoseRecord:
    plain = {
        "noticed_by": "Nadia Osei",
        "reason": "photo of the pads",
        "by": place.clinician,
    }
    return dose_swap(dose=dose, swapped=swapped, **{**plain, **more})


def test_minutes_at_the_wrong_pole_earn_nothing_and_burden_the_skin(
    place, dose
) -> None:
    new = swap(place, dose, [(2 * MINUTE, 5 * MINUTE)])
    assert new.credit_nc == 28 * MA_MIN
    assert new.credits[0]["wrong_pole_nc"] == 12 * MA_MIN
    assert (new.confirmed_nc, new.upper_nc) == (dose.confirmed_nc, dose.upper_nc)
    assert (new.red_anode_nc, new.black_anode_nc) == (
        dose.red_anode_nc,
        dose.black_anode_nc,
    )
    assert (new.pole_evidence, new.swapped) == ("corrected", [[120_000, 300_000]])
    assert "Nadia Osei" in new.reason


def test_a_dose_wholly_at_the_wrong_pole_does_not_count(place, dose) -> None:
    assert (dose.completeness, dose.counts) == ("complete", True)
    wrong = swap(place, dose, None)
    assert (wrong.completeness, wrong.counts) == ("attempted", False)
    back = swap(place, wrong, [])
    assert (back.completeness, back.counts) == ("complete", True)


@pytest.mark.parametrize(
    ("minutes", "verdict", "counts"),
    [(1, "complete", True), (2, "partial", True), (3, "attempted", False)],
)
def test_completeness_is_judged_by_the_charge_at_the_right_pole(
    place, dose, minutes, verdict, counts
) -> None:
    new = swap(place, dose, [(0, minutes * MINUTE)])
    assert (new.completeness, new.counts) == (verdict, counts)


def test_too_much_for_the_skin_stays_too_much_at_either_pole(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.DOSE, 48 * MA_MIN, 12, 4000)
    new = swap(place, run_record(run_id=run.pk), None)
    assert (new.completeness, new.counts, new.is_over) == ("over", False, True)


def test_a_signed_session_keeps_its_state(place, dose) -> None:
    session = dose.leg.session
    session.refresh_from_db()
    session_sign(
        session=session,
        by=place.clinician,
        version=session.version,
        seen=[Seen(one.key) for one in electrodes_of(session)],
    )
    swap(place, dose, None)
    session.refresh_from_db()
    assert session.state == "completed"


def test_the_first_record_stays_as_it_was(place, dose) -> None:
    new = swap(place, dose, None)
    assert new.supersedes == dose
    assert new.credit_nc == 0
    dose.refresh_from_db()
    assert (dose.credit_nc, dose.swapped) == (40 * MA_MIN, [])


def test_a_correction_can_be_corrected_and_taken_back(place, dose) -> None:
    wrong = swap(place, dose, None)
    back = swap(place, wrong, [])
    assert back.credit_nc == 40 * MA_MIN
    assert DoseRecord.objects.get(superseded_by__isnull=True) == back


def test_the_second_of_two_corrections_is_a_conflict(place, dose) -> None:
    swap(place, dose, None)
    with pytest.raises(Conflict, match="a moment ago"):
        swap(place, dose, [(0, MINUTE)])
    assert DoseRecord.objects.count() == 2


@pytest.mark.parametrize(
    "spans", [[(5 * MINUTE, 2 * MINUTE)], [(0, 11 * MINUTE)], [(-1, MINUTE)]]
)
def test_a_stretch_outside_the_run_is_refused(place, dose, spans) -> None:
    with pytest.raises(Refusal, match="lasted from 0:00 to 10:0"):
        swap(place, dose, spans)


@pytest.mark.parametrize(
    ("more", "says"),
    [({"noticed_by": ""}, "who noticed"), ({"reason": " "}, "how the swap is known")],
)
def test_a_correction_says_who_and_how(place, dose, more, says) -> None:
    with pytest.raises(Refusal, match=says):
        swap(place, dose, None, **more)


def test_without_a_trace_only_the_whole_can_be_told(place) -> None:
    _, run = prepared(place)
    ended(run, EndReason.REBOOT, 12 * MA_MIN, 0, 0)
    dose = run_record(run_id=run.pk)
    with pytest.raises(Refusal, match="whole run"):
        swap(place, dose, [(0, MINUTE)])
    assert swap(place, dose, None).credit_nc == 0


def test_tap_water_has_no_credit_to_score(place) -> None:
    _, run = prepared(place, "HH-PALM")
    ended(run, EndReason.TIME, 100 * MA_MIN, 10, 10_000)
    dose = run_record(run_id=run.pk)
    with pytest.raises(Refusal, match="No drug"):
        swap(place, dose, None)


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_does_not_treat_corrects_nothing(place, dose, role) -> None:
    with pytest.raises(Forbidden):
        swap(place, dose, None, by=place.staff[role])


def test_a_record_cannot_be_edited_in_place(dose) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('sessions_app_doserecord', 'UPDATE')"
        )
        assert cursor.fetchone() == (False,)
