"""Lines of a home diary: a signed session each, at the bound of the loan's caps."""

import datetime as dt

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Consent, Role
from sessions_app.domain.harm import finding
from sessions_app.models import AdverseEvent, DoseRecord, Loan, Prescription
from sessions_app.services.diaries import Entry, diary_enter
from tests.factories import make_world
from tests.sessions_app.services.test_loans import lend
from tests.visits import make_visit

pytestmark = pytest.mark.django_db

MA_MIN = 60_000_000
NOON = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def clock(monkeypatch):
    """The product's clock, at noon until somebody sets it."""
    hands = {"now": NOON}
    monkeypatch.setattr(timezone, "now", lambda: hands["now"])
    return hands


@pytest.fixture
def place(clock):
    return make_world().here


@pytest.fixture
def loan(place, clock) -> Loan:
    """Signed and lent at noon; it is an hour later."""
    made = lend(place, make_visit(place).session.prescription)
    clock["now"] = NOON + dt.timedelta(hours=1)
    return made


def line(**more) -> Entry:
    plain = {
        "happened_at": NOON + dt.timedelta(minutes=5),
        "flow_ms": 600_000,
        "ua": 8_000,
        "skin": "a little red, gone after an hour",
    }
    return Entry(**{**plain, **more})


def enter(place, loan, entry=None, by=None) -> DoseRecord:
    return diary_enter(loan=loan, entry=entry or line(), by=by or place.clinician)


class TestTold:
    def test_a_line_is_a_signed_session_delivered_at_home(self, place, loan) -> None:
        dose = enter(place, loan)
        session = dose.leg.session
        assert (session.prescription, session.number) == (loan.prescription, 2)
        assert (session.state, session.signed_by) == ("partial", place.clinician)
        assert "a little red" in session.skin_note
        assert (dose.delivery.source, dose.delivery.loan) == ("home", loan)
        assert (dose.evidence, dose.is_estimate) == ("diary", True)

    def test_without_a_log_the_caps_are_the_bound(self, place, loan) -> None:
        dose = enter(place, loan)
        assert dose.confirmed_nc == 80 * MA_MIN
        assert dose.upper_nc == 150 * MA_MIN

    def test_without_a_current_the_taught_one_is_the_estimate(self, place, loan):
        assert enter(place, loan, line(ua=None)).confirmed_nc == 80 * MA_MIN

    def test_a_logged_total_is_the_bound(self, place, loan) -> None:
        dose = enter(place, loan, line(counter_nc=70 * MA_MIN))
        assert (dose.evidence, dose.confirmed_nc) == ("diary", 70 * MA_MIN)
        assert dose.upper_nc < 80 * MA_MIN

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"ua": 11_000}, "11.0 mA at home, the cap is 10.0 mA"),
            ({"flow_ms": 960_000}, "16:00 min at home, the cap is 15:00 min"),
        ],
    )
    def test_what_was_over_a_cap_is_kept_and_flagged(self, place, loan, more, says):
        dose = enter(place, loan, line(**more))
        assert dose.is_over
        assert says in dose.reason

    def test_a_line_stands_once(self, place, loan) -> None:
        entry = line()
        enter(place, loan, entry)
        with pytest.raises(Conflict):
            enter(place, loan, entry)
        assert DoseRecord.objects.count() == 1

    @pytest.mark.parametrize("role", [Role.ENGINEER, Role.AUDITOR])
    def test_who_does_not_treat_enters_nothing(self, place, loan, role) -> None:
        with pytest.raises(Forbidden):
            enter(place, loan, by=place.staff[role])


def test_a_line_that_is_not_over_yet_is_refused(place, loan) -> None:
    now = line(happened_at=NOON + dt.timedelta(minutes=55))
    with pytest.raises(Refusal, match="once it is over"):
        enter(place, loan, now)


def test_a_line_before_the_loan_is_refused(place, loan) -> None:
    before = NOON - dt.timedelta(days=2)
    with pytest.raises(Refusal, match="outside the loan"):
        enter(place, loan, line(happened_at=before))


def test_a_line_says_how_the_skin_was(place, loan) -> None:
    with pytest.raises(Refusal, match="skin"):
        enter(place, loan, line(skin=" "))


class TestAgainstTheOrder:
    def test_a_line_within_the_order_has_no_flag(self, place, loan) -> None:
        assert not enter(place, loan).is_over

    def test_after_the_stop_it_is_kept_and_flagged(self, place, loan) -> None:
        Prescription.objects.filter(pk=loan.prescription_id).update(
            stopped_at=NOON + dt.timedelta(minutes=1), stop_reason="burn"
        )
        dose = enter(place, loan)
        assert dose.is_over
        assert "The prescription was stopped: burn" in dose.reason

    def test_what_happened_before_the_stop_is_not(self, place, loan) -> None:
        Prescription.objects.filter(pk=loan.prescription_id).update(
            stopped_at=NOON + dt.timedelta(minutes=30), stop_reason="burn"
        )
        assert not enter(place, loan).is_over

    def test_a_second_line_of_a_day_breaks_the_gap(self, place, loan) -> None:
        enter(place, loan)
        again = line(happened_at=NOON + dt.timedelta(minutes=30))
        assert "earliest day" in enter(place, loan, again).reason

    def test_more_a_week_than_the_loan_has_is_flagged(self, place, loan) -> None:
        Loan.objects.filter(pk=loan.pk).update(sessions_per_week=1)
        loan.refresh_from_db()
        enter(place, loan)
        again = line(happened_at=NOON + dt.timedelta(minutes=30))
        assert "2 within 7 days, the loan has 1" in enter(place, loan, again).reason

    def test_a_consent_that_does_not_stand_is_said(self, place, loan) -> None:
        Consent.objects.filter(patient=loan.patient).update(
            withdrawn_at=NOON, withdrawn_by=place.clinician
        )
        assert "onsent" in enter(place, loan).reason


def test_a_finding_at_the_skin_is_an_adverse_event(place, loan) -> None:
    dose = enter(place, loan, line(finding=finding("ERY", 1)))
    (event,) = AdverseEvent.objects.all()
    assert (event.leg, event.code, event.grade) == (dose.leg, "ERY", 1)
    assert "a little red" in event.text


def test_a_burn_at_home_recalls_the_device(place, loan) -> None:
    enter(place, loan, line(finding=finding("BRN", 2)))
    loan.device.refresh_from_db()
    loan.prescription.refresh_from_db()
    assert loan.device.recall_reason.startswith("Incident: BRN 2")
    assert loan.prescription.stopped_at is not None
