"""Sweat is collected place by place, within its time, and never pooled."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Role
from sessions_app.catalogue.ladders import ladder_for
from sessions_app.models import Collection, Proposal
from sessions_app.selectors.diagnostics import (
    Standing,
    diagnostic_of,
    places_of_test,
    standing_of_test,
)
from sessions_app.services.collecting import (
    collection_end,
    collection_missed,
    collection_start,
)
from sessions_app.services.scheduling import session_schedule
from tests.factories import make_patient, make_world
from tests.sessions_app.sweat import ML, arms, collect, leg_of, sign, stimulated
from tests.visits import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_world().here


def back(leg, minutes: float) -> None:
    """As if the collecting had begun earlier."""
    row = Collection.objects.get(leg=leg)
    row.started_at -= dt.timedelta(minutes=minutes)
    row.save(update_fields=["started_at"])


def results(session):
    rows = Collection.objects.filter(leg__session=session).order_by("leg__order")
    return [(row.amount_milli, row.result) for row in rows]


def test_two_arms_of_9_are_two_that_do_not_suffice_and_not_one_of_18(place) -> None:
    session = stimulated(place)
    collect(place, session, 9 * ML, 9 * ML)
    assert results(session) == [(9_000, "qns"), (9_000, "qns")]
    (proposal,) = Proposal.objects.filter(decision="open")
    assert proposal.result["places"] == ["left volar forearm", "right volar forearm"]


def test_the_least_amount_suffices_and_a_thousandth_under_it_does_not(place) -> None:
    session = stimulated(place)
    collect(place, session, 15_000, 14_999)
    assert results(session) == [(15_000, "enough"), (14_999, "qns")]


def test_paper_is_weighed_against_its_own_minimum(place) -> None:
    session = stimulated(place)
    collect(place, session, 75_000, 15_000, kind="paper")
    assert results(session) == [(75_000, "enough"), (15_000, "qns")]


def test_no_sweat_is_a_finding_and_asks_for_no_repeat(place) -> None:
    session = stimulated(place)
    collect(place, session, 0, 0)
    assert results(session) == [(0, "none"), (0, "none")]
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(("minutes", "result"), [(29.9, "enough"), (30.1, "qns")])
def test_what_came_after_the_limit_is_never_silently_valid(
    place, minutes, result
) -> None:
    session = stimulated(place)
    leg = leg_of(session, 1)
    collection_start(leg=leg, container="coil", by=place.clinician)
    back(leg, minutes)
    collection_end(leg=leg, amount_milli=40 * ML, by=place.clinician)
    assert results(session) == [(40_000, result)]
    says = " ".join(Proposal.objects.values_list("why", flat=True))
    assert ("over the limit, not valid" in says) is (result == "qns")


def test_the_time_that_counts_is_when_the_container_came_off(place) -> None:
    session = stimulated(place)
    leg = leg_of(session, 1)
    row = collection_start(leg=leg, container="coil", by=place.clinician)
    back(leg, 40)
    off = row.started_at - dt.timedelta(minutes=11)
    early = row.started_at - dt.timedelta(minutes=41)
    with pytest.raises(Refusal, match="is not between them"):
        collection_end(
            leg=leg, amount_milli=40 * ML, by=place.clinician, ended_at=early
        )
    collection_end(leg=leg, amount_milli=40 * ML, by=place.clinician, ended_at=off)
    assert results(session) == [(40_000, "enough")]


def test_each_arm_is_collected_once_and_ended_once(place) -> None:
    session = stimulated(place)
    leg = leg_of(session, 1)
    with pytest.raises(Conflict, match="nothing is collected"):
        collection_end(leg=leg, amount_milli=ML, by=place.clinician)
    collection_start(leg=leg, container="coil", by=place.clinician)
    with pytest.raises(Conflict, match="collected already"):
        collection_start(leg=leg, container="coil", by=place.clinician)
    collection_end(leg=leg, amount_milli=ML, by=place.clinician)
    with pytest.raises(Conflict, match="nothing is collected"):
        collection_end(leg=leg, amount_milli=20 * ML, by=place.clinician)


def test_labels_are_unique_and_checked_by_a_figure(place) -> None:
    session = stimulated(place)
    collect(place, session, 15_000, 15_000)
    one, two = Collection.objects.order_by("pk").values_list("label", flat=True)
    assert one != two
    assert re.fullmatch(r"SW-\d{6}-\d", one)


def test_nothing_is_collected_after_a_current_that_was_cut_short(place) -> None:
    session = stimulated(place, short=(2,))
    with pytest.raises(Refusal, match="right volar forearm: the current has not run"):
        collection_start(leg=leg_of(session, 2), container="coil", by=place.clinician)


def test_a_container_that_the_test_has_not_is_refused(place) -> None:
    session = stimulated(place)
    with pytest.raises(Refusal, match="choose what the sweat"):
        collection_start(leg=leg_of(session, 1), container="cup", by=place.clinician)


def test_who_may_not_treat_collects_nothing(place) -> None:
    session, auditor = stimulated(place), place.staff[Role.AUDITOR]
    with pytest.raises(Forbidden):
        collection_start(leg=leg_of(session, 1), container="coil", by=auditor)


def test_signing_waits_for_every_arm_with_current_and_says_what_to_do(place) -> None:
    session = stimulated(place)
    with pytest.raises(Refusal, match="left volar forearm: begin to collect"):
        sign(place, session)
    leg = leg_of(session, 1)
    collection_start(leg=leg, container="coil", by=place.clinician)
    with pytest.raises(Refusal, match="left volar forearm: it is still collected"):
        sign(place, session)
    assert standing_of_test(session) is Standing.COLLECTING
    collection_end(leg=leg, amount_milli=15_000, by=place.clinician)
    with pytest.raises(Refusal, match="Write why"):
        collection_missed(leg=leg_of(session, 2), note=" ", by=place.clinician)
    collection_missed(
        leg=leg_of(session, 2), note="the coil fell off", by=place.clinician
    )
    assert sign(place, session).state == "completed"
    (proposal,) = Proposal.objects.filter(decision="open")
    assert "nothing was collected, the coil fell off" in proposal.why


def test_a_test_is_complete_or_not_done_and_never_goes_on(place) -> None:
    session = sign(place, stimulated(place, short=(1, 2)))
    assert standing_of_test(session) is Standing.NOT_DONE
    (proposal,) = Proposal.objects.filter(decision="open")
    assert proposal.rule == "stimulation_cut_short"


def test_one_whole_arm_is_a_whole_test(place) -> None:
    session = stimulated(place, short=(2,))
    collect(place, session, 15_000)
    assert sign(place, session).state == "completed"


def test_a_treatment_is_no_test_and_no_test_has_a_ladder(place) -> None:
    session = stimulated(place)
    assert diagnostic_of(session.prescription) is not None
    for code in ("SWEAT-CF", "SWEAT-NEG", "QSART"):
        assert ladder_for(code) is None
    order = make_order(make_patient(place), place, "HH-PALM")
    assert diagnostic_of(order) is None


def test_the_age_floor_of_the_protocol_holds_on_the_day(place) -> None:
    """The simulated adoption of SWEAT-NEG is from 18 years on."""
    today = timezone.localdate()
    born = dt.date(today.year - 18, today.month, 1)
    old = make_patient(place, born_on=born)
    young = make_patient(place, born_on=born.replace(year=born.year + 1))
    for who, fits in ((old, True), (young, False)):
        if fits:
            order = make_order(who, place, "SWEAT-NEG", legs=arms(), sessions_planned=1)
            session_schedule(prescription=order, due_on=today, by=place.clinician)
            continue
        with pytest.raises(Refusal, match="SWEAT-NEG is for patients from 18"):
            make_order(who, place, "SWEAT-NEG", legs=arms(), sessions_planned=1)


def test_little_sweat_is_the_result_where_pilocarpine_may_do_nothing(place) -> None:
    born = dt.date(1980, 1, 1)
    session = stimulated(place, "SWEAT-NEG", born_on=born)
    collect(place, session, 3_000, 0)
    assert results(session) == [(3_000, "qns"), (0, "none")]
    assert not Proposal.objects.exists()
    assert [one.phase.value for one in places_of_test(session)] == ["collected"] * 2
    assert standing_of_test(sign(place, session)) is Standing.AWAITING_INTERPRETATION
