"""The device's counter is exact and sorts charge by pole."""

import pytest

from devices.simulator.counter import ChargeCounter


@pytest.mark.parametrize(
    ("pieces", "positive", "negative"),
    [
        ([(0, 1_000, 100)], 50_000, 0),
        ([(1_000, 1_000, 100)] * 3, 300_000, 0),
        ([(-1_000, -1_000, 100)], 0, 100_000),
        ([(1_000, -1_000, 100)], 25_000, 25_000),
        ([(3_000, -1_000, 100)], 112_500, 12_500),
        ([(-1_000, 3_000, 100)], 112_500, 12_500),
        ([(1, 0, 1)] * 4, 2, 0),
        ([(0, 0, 50)], 0, 0),
    ],
)
def test_charge_of_pieces(pieces, positive, negative):
    counter = ChargeCounter()
    for piece in pieces:
        counter.add(*piece)
    assert (counter.positive_nc, counter.negative_nc) == (positive, negative)
    assert counter.total_nc == positive + negative


def test_many_small_steps_lose_nothing():
    counter = ChargeCounter()
    for _ in range(1_001):
        counter.add(0, 1, 1)
    assert counter.total_nc == 500
