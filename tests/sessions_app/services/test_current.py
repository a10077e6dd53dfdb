"""The current of today: every rule through the service, from rows of the past."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from clinic.errors import Refusal
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.trace_codec import seal
from devices.models import Run, RunChannel, RunEvent, Stimulator, Trace
from sessions_app.demo.past import session_past
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.domain.continuation import Rest
from sessions_app.domain.course.replay import replay
from sessions_app.models import (
    AdverseEvent,
    Delivery,
    DoseRecord,
    ElectrodeType,
    Leg,
    LegRun,
    Prescription,
    Proposal,
    ProtocolAdoption,
    TreatmentSession,
)
from sessions_app.services.current import Offer, Wish, current_propose
from sessions_app.services.treating import session_prepare
from sessions_app.services.weighing import leg_claim
from tests.factories import (
    CHANNEL,
    Place,
    make_programme,
    make_stimulator,
    make_world,
    profile,
)
from tests.visits import Visit, adopted, clear, make_order, make_visit

pytestmark = pytest.mark.django_db

PALMS = "HH-PALM"


@pytest.fixture
def place() -> Place:
    return make_world().here


@pytest.fixture
def visit(place: Place) -> Visit:
    return make_visit(place, PALMS)


def days_ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def past_leg(visit: Visit, days: int, order: Prescription | None = None) -> Leg:
    """A place of a visit that was held, still without a dose."""
    under = order or visit.session.prescription
    session = TreatmentSession.objects.create(
        site=under.site,
        patient=visit.patient,
        prescription=under,
        number=100 + days,
        due_on=days_ago(days).date(),
        is_simulated=True,
        state="completed",
    )
    return Leg.objects.create(session=session, prescribed=under.legs.get())


def run_past(
    visit: Visit,
    *,
    days: int = 2,
    ua: int = 8_000,
    box: Stimulator | None = None,
    order: Prescription | None = None,
    pain: int = 0,
    harm: tuple[str, int] | None = None,
) -> Run:
    """A run of the past with its dose, measured on the visit's own stimulator."""
    leg, at = past_leg(visit, days, order), days_ago(days)
    staff = visit.session.prescription.written_by
    run = Run.objects.create(
        site=leg.session.site,
        patient=visit.patient,
        stimulator=box or visit.stimulator,
        is_simulated=True,
        state="ended",
        end_reason="time",
        programme=make_programme().to_dict(),
        programme_hash="0" * 64,
        responsible=staff,
        kickoff_sent_at=at,
        started_at=at,
        ended_at=at,
        closed_at=at,
    )
    RunChannel.objects.create(
        run=run, **{name: getattr(CHANNEL, name) for name in CHANNEL.__slots__}
    )
    LegRun.objects.create(leg=leg, run=run, plan={})
    dose(leg, ua, run=run, evidence="trace")
    if pain:
        RunEvent.objects.create(run=run, kind="pain", data={"score": pain})
    if harm:
        harmed(leg, *harm)
    return run


def dose(leg: Leg, ua: int, **columns: Any) -> DoseRecord:
    given = 1_000 * 60_000
    return DoseRecord.objects.create(
        leg=leg,
        basis="time",
        prescribed_nc=given,
        confirmed_nc=given,
        upper_nc=given,
        red_anode_nc=given,
        black_anode_nc=0,
        planned_flow_ms=60_000,
        flow_ms=60_000,
        tolerated_ua=ua,
        completeness="complete",
        counts=True,
        **columns,
    )


def harmed(leg: Leg, code: str, grade: int) -> None:
    AdverseEvent.objects.create(
        site=leg.session.site,
        patient=leg.session.patient,
        session=leg.session,
        leg=leg,
        code=code,
        grade=grade,
        onset_at=timezone.now(),
        noticed="at_chair",
        by=leg.session.prescription.written_by,
    )


def offer_for(visit: Visit, **more: Any) -> Offer:
    about = {"box": visit.stimulator, **more}
    return current_propose(
        leg=visit.session.legs.get(), day=timezone.localdate(), **about
    )


def told(offer: Offer) -> tuple[str, int | None]:
    assert offer.proposal is not None
    return offer.proposal.rule, offer.ceiling_ua


def ceiling(offer: Offer) -> int:
    return offer.weighed.require().programme.window.ceiling_ua


def prepare(visit: Visit, by: Any, wish: Wish | None = None) -> Run:
    session = clear(visit, by)
    return session_prepare(
        session=session,
        leg=session.legs.get(),
        stimulator=visit.stimulator,
        by=by,
        version=session.version,
        wish=wish,
    )


# -- the rules ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "rule", "up_to"),
    [
        ({}, "raise", 9_000),
        ({"days": 14}, "raise", 9_000),
        ({"days": 15}, "anew_rest", 8_000),
        ({"days": 15, "ua": 12_000}, "anew_rest", 10_000),
        ({"pain": 3}, "raise", 9_000),
        ({"pain": 4}, "anew_pain", 8_000),
        ({"harm": ("ERY", 1)}, "anew_harm", 8_000),
        ({"harm": ("DRY", 1)}, "raise", 9_000),
        ({"harm": ("DRY", 2)}, "hold_dry", 8_000),
        ({"ua": 15_000}, "at_limit", 15_000),
    ],
)
def test_today_follows_from_the_last_run(
    visit: Visit, past: Mapping[str, Any], rule: str, up_to: int
) -> None:
    run_past(visit, **past)
    found = offer_for(visit)
    assert told(found) == (rule, up_to)
    assert ceiling(found) == up_to


def test_a_first_run_goes_up_to_the_target(visit: Visit) -> None:
    assert told(offer_for(visit)) == ("first", 10_000)


def test_what_another_place_tolerated_tells_nothing(place: Place, visit: Visit) -> None:
    other = replace(leg_for(PALMS, electrodes_build()), body_site="soles")
    elsewhere = make_order(visit.patient, place, PALMS, signed=False, legs=[other])
    run_past(visit, order=elsewhere)
    assert told(offer_for(visit))[0] == "first"


def test_another_kind_of_stimulator_begins_anew(place: Place, visit: Visit) -> None:
    run_past(visit)
    kind = profile(compliance_mv=50_000).to_dict()
    other = make_stimulator(place, profile=kind)
    found = offer_for(visit, box=other)
    assert told(found) == ("anew_change", 8_000)
    assert "kind of stimulator" in found.proposal.why


def test_other_electrodes_begin_anew(place: Place, visit: Visit) -> None:
    plain = leg_for(PALMS, electrodes_build())
    tray = ElectrodeType.objects.get(pk=plain.active_electrode.pk)
    tray.pk, tray.name = None, "Tray of another maker"
    tray.save()
    legs = [replace(plain, active_electrode=tray)]
    before = make_order(visit.patient, place, PALMS, signed=False, legs=legs)
    run_past(visit, order=before)
    found = offer_for(visit)
    assert told(found)[0] == "anew_change"
    assert "new electrode" in found.proposal.why


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"reversal": False}, "polarity rule"),
        (
            {
                "waveform": "pulsed",
                "pulse": {"frequency_hz": 10_000, "duty_permille": 500},
            },
            "waveform",
        ),
    ],
)
def test_another_waveform_or_polarity_begins_anew(
    place: Place, visit: Visit, change: dict[str, Any], word: str
) -> None:
    standing = adopted(place, PALMS)
    before = ProtocolAdoption.objects.create(
        site=place.site,
        protocol=standing.protocol,
        spec={**standing.spec, **change},
        adopted_by=place.prescriber,
        withdrawn_at=timezone.now(),
        withdrawn_by=place.prescriber,
    )
    order = visit.session.prescription
    old = Prescription.objects.create(
        site=order.site,
        patient=order.patient,
        adoption=before,
        indication=order.indication,
        sessions_planned=1,
        expires_on=order.expires_on,
        written_by=order.written_by,
    )
    leg = order.legs.get()
    leg.pk, leg.prescription = None, old
    leg.save()
    run_past(visit, order=old)
    found = offer_for(visit)
    assert told(found) == ("anew_change", 8_000)
    assert f"new {word}" in found.proposal.why


def test_at_the_end_of_its_voltage_there_is_no_step_up(visit: Visit) -> None:
    run = run_past(visit)
    flows = [
        Reading(seq, seq * 250, 6_400, 6_400, 6_400, 60_000, 8_000, Phase.PLATEAU)
        for seq in range(1, 9)
    ]
    sealed = seal(flows)
    Trace.objects.create(
        run=run,
        codec=sealed.codec,
        count=sealed.count,
        gaps=0,
        sha256=sealed.sha256,
        blob=sealed.blob,
        positive_nc=1,
        negative_nc=0,
        confirmed_nc=1,
        upper_nc=1,
        flow_ms=1,
    )
    assert told(offer_for(visit)) == ("hold_compliance", 8_000)


def test_an_entry_by_hand_counts_on_an_unknown_kind_of_stimulator(visit: Visit) -> None:
    day = days_ago(2).date()
    session_past(visit.session.prescription, day, ua=7_000)
    found = offer_for(visit)
    assert told(found) == ("anew_change", 7_000)
    assert found.last is not None
    assert found.last.dose.evidence == DoseRecord.Evidence.HAND


def test_an_entry_by_hand_that_names_the_stimulator_is_of_its_kind(
    visit: Visit,
) -> None:
    leg = past_leg(visit, 2)
    entry = Delivery.objects.create(
        leg=leg,
        source="hand",
        serial=visit.stimulator.serial,
        why="no network",
        happened_at=days_ago(2),
        by=leg.session.prescription.written_by,
    )
    dose(leg, 7_000, delivery=entry, evidence="hand", is_estimate=True)
    assert told(offer_for(visit)) == ("raise", 8_000)


def test_harm_of_a_visit_that_nobody_measured_counts(visit: Visit) -> None:
    run_past(visit, days=4)
    run_past(visit, days=2, ua=0, harm=("BRN", 1))
    assert told(offer_for(visit)) == ("anew_harm", 8_000)


def test_a_visit_entered_in_error_tells_nothing(visit: Visit) -> None:
    run_past(visit)
    TreatmentSession.objects.exclude(pk=visit.session.pk).update(
        state="entered_in_error"
    )
    assert told(offer_for(visit))[0] == "first"


def test_without_a_ladder_there_is_no_window_beyond_the_limits(place: Place) -> None:
    found = offer_for(make_visit(place, "SWEAT-CF"))
    assert found.proposal is None
    assert found.weighed.plan is not None


def test_nothing_left_from_the_start_level_is_said(place: Place) -> None:
    visit = make_visit(place, "LE-DEX40")
    weak = make_stimulator(place, profile=profile(max_current_ua=400).to_dict())
    with pytest.raises(Refusal, match=r"the protocol begins at 0\.5 mA"):
        offer_for(visit, box=weak).weighed.require()


# -- preparing ---------------------------------------------------------------------


def test_the_programme_ends_at_the_proposal_and_starts_at_its_start(
    place: Place, visit: Visit
) -> None:
    run_past(visit)
    run = prepare(visit, place.clinician)
    programme = Programme.from_dict(run.programme)
    start_ua = visit.session.prescription.adoption.spec["currents"]["start_ua"]
    assert programme.window.ceiling_ua == 9_000
    assert programme.target_ua == 9_000
    assert programme.window.start_ua == start_ua
    assert programme.envelope.max_mean_ua < 10_200
    (limit,) = (
        one
        for verdict in run.leg_run.plan["verdicts"]
        for one in verdict["limits"]
        if one["layer"] == "course"
    )
    assert limit["value"] == 9_000
    shown = days_ago(2).date()
    assert limit["text"] == f"8.0 mA on {shown:%d-%b-%Y}, one step of 1.0 mA more"


def test_preparing_accepts_and_replays_to_the_same_answer(
    place: Place, visit: Visit
) -> None:
    past = run_past(visit)
    prepare(visit, place.clinician)
    kept = Proposal.objects.get(kind="current", session=visit.session)
    assert (kept.decision, kept.decided_by) == ("accepted", place.clinician)
    assert kept.decided == kept.result
    assert kept.after == f"session:{past.leg_run.leg.session_id}"
    again = replay(kept.inputs)
    assert (again.rule, again.result, again.why) == (kept.rule, kept.result, kept.why)


def test_another_ceiling_needs_a_reason_and_is_kept_beside_the_proposed(
    place: Place, visit: Visit
) -> None:
    run_past(visit)
    with pytest.raises(Refusal, match="Write why"):
        offer_for(visit, wish=Wish(11_000, " "))
    run = prepare(visit, place.clinician, Wish(11_000, "12 mA well known at home"))
    assert Programme.from_dict(run.programme).window.ceiling_ua == 11_000
    kept = Proposal.objects.get(kind="current", session=visit.session)
    assert kept.decision == "changed"
    assert kept.result["ceiling_ua"] == 9_000
    assert kept.decided["ceiling_ua"] == 11_000
    assert kept.reason == "12 mA well known at home"


def test_a_wish_over_a_hard_limit_is_refused_with_its_arithmetic(
    place: Place, visit: Visit
) -> None:
    run_past(visit)
    runs = Run.objects.count()
    with pytest.raises(Refusal, match=r"16\.0 mA asked, 15\.0 mA allowed") as refused:
        prepare(visit, place.clinician, Wish(16_000, "more"))
    assert refused.value.code == "current_protocol"
    assert "HH-PALM allows 15.0 mA" in refused.value.text
    assert Run.objects.count() == runs
    assert not Proposal.objects.filter(kind="current").exists()


def test_a_wish_under_the_start_level_is_refused(place: Place) -> None:
    visit = make_visit(place, "LE-DEX40")
    with pytest.raises(Refusal, match=r"the protocol begins at 0\.5 mA"):
        offer_for(visit, wish=Wish(400, "sensitive"))


def test_the_rest_of_a_visit_goes_no_higher_than_its_run(
    place: Place, visit: Visit
) -> None:
    run_past(visit)
    prepare(visit, place.clinician)
    rest = Rest(True, 5 * 60_000 * 9_000, 5 * 60_000, None, "interrupted")
    left = leg_claim(
        leg=visit.session.legs.get(),
        day=timezone.localdate(),
        box=visit.stimulator,
        rest=rest,
    )
    assert left.require().programme.window.ceiling_ua == 9_000
