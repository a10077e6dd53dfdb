"""When a session is complete, partial, attempted or over, by basis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.core.parts import Basis
from devices.core.run_lifecycle import EndReason
from sessions_app.domain.completeness import (
    Delivery,
    Verdict,
    event_complete,
    reconcile,
)

DOSE_NC = 2_400_000_000


@pytest.mark.parametrize(
    ("delivered_permille", "verdict", "counts"),
    [
        (1101, "over", True),
        (1100, "complete", True),
        (900, "complete", True),
        (899, "partial", True),
        (750, "partial", True),
        (749, "attempted", False),
        (0, "attempted", False),
    ],
)
def test_charge_basis_at_its_thresholds(
    delivered_permille: int, verdict: str, counts: bool
) -> None:
    found = reconcile(
        Delivery(Basis.CHARGE, DOSE_NC, DOSE_NC * delivered_permille // 1000)
    )
    assert (found.verdict, found.counts) == (verdict, counts)


@pytest.mark.parametrize(
    ("delivered_nc", "verdict"),
    [
        (2_160_000_000, "complete"),
        (2_159_999_999, "partial"),
        (2_640_000_000, "complete"),
        (2_640_000_001, "over"),
        (1_800_000_000, "partial"),
        (1_799_999_999, "attempted"),
    ],
)
def test_the_thresholds_hold_to_the_nanocoulomb(
    delivered_nc: int, verdict: str
) -> None:
    delivery = Delivery(Basis.CHARGE, DOSE_NC, delivered_nc)
    assert reconcile(delivery).verdict == verdict


def test_a_delivery_says_no_more_than_it_was_told() -> None:
    plain = Delivery(Basis.EVENT, 1, 1)
    assert (plain.planned_flow_ms, plain.flow_ms, plain.event_complete) == (0, 0, False)


@pytest.mark.parametrize(
    ("flow_ms", "verdict"), [(900_000, "complete"), (899_999, "attempted")]
)
def test_time_basis_counts_minutes_whatever_the_current(
    flow_ms: int, verdict: str
) -> None:
    delivery = Delivery(Basis.TIME, 18_000_000_000, 60, 1_200_000, flow_ms)
    assert reconcile(delivery).verdict == verdict


@pytest.mark.parametrize(
    ("done", "verdict"), [(True, "complete"), (False, "attempted")]
)
def test_event_is_whole_or_nothing(done: bool, verdict: str) -> None:
    delivery = Delivery(Basis.EVENT, 450_000_000, 449_000_000, event_complete=done)
    assert reconcile(delivery).verdict == verdict


@pytest.mark.parametrize("reason", list(EndReason))
def test_an_event_is_complete_only_when_its_time_ended_it(reason: EndReason) -> None:
    assert event_complete(reason) is (reason == "time")


@given(
    st.sampled_from(list(Basis)),
    st.integers(0, 10**10),
    st.integers(0, 2 * 10**10),
    st.booleans(),
)
def test_more_than_a_tenth_over_is_over_on_every_basis(
    basis: Basis, asked: int, given_nc: int, done: bool
) -> None:
    found = reconcile(Delivery(basis, asked, given_nc, 1, 1, done))
    assert (found.verdict is Verdict.OVER) is (given_nc * 10 > asked * 11)


def test_over_still_counts() -> None:
    assert reconcile(Delivery(Basis.CHARGE, 100, 200)).counts
