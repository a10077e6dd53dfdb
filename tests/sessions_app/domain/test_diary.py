"""A session fits where the gap is kept to what is before and after it."""

import datetime as dt

import pytest

from sessions_app.domain.diary import HORIZON_DAYS, fits
from sessions_app.domain.spacing import Treated

DAY = dt.date(2026, 11, 22)


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def stand(*days: int, site: str = "left palm") -> list[Treated]:
    return [Treated(on(day), site) for day in days]


@pytest.mark.parametrize(
    ("days", "asked", "earliest"),
    [
        ((), 0, 0),
        ((0,), 0, 7),
        ((0,), 6, 7),
        ((0,), 7, 7),
        ((10,), 3, 3),
        ((10,), 4, 17),
        ((0, 10), 1, 17),
        ((0, 14), 5, 7),
        ((0, 7, 14), 1, 21),
    ],
)
def test_the_first_day_that_keeps_seven_days(days, asked, earliest) -> None:
    found = fits(stand(*days), 7, 2, on(asked), "left palm")
    assert found.earliest == on(earliest)
    assert found.allowed is (asked == earliest)


def test_another_place_fits_on_the_same_day_up_to_the_number_of_places() -> None:
    assert fits(stand(0), 7, 2, DAY, "right palm").allowed
    two = [*stand(0), *stand(0, site="right palm")]
    found = fits(two, 7, 2, DAY, "left sole")
    assert not found.allowed
    assert "2 of 2 places" in found.why
    assert found.earliest == on(7)


def test_what_comes_too_soon_after_it_is_named() -> None:
    found = fits(stand(10), 7, 2, on(5), "left palm")
    assert found.why == "the session of 02-Dec-2026 would come too soon after it"


def test_once_a_day_finds_the_next_free_day() -> None:
    assert fits(stand(0, 1, 2, 4), 1, 1, DAY, "left palm").earliest == on(3)


def test_it_looks_no_further_than_its_horizon() -> None:
    every = stand(*range(HORIZON_DAYS + 5))
    found = fits(every, 1, 1, DAY, "left palm")
    assert (found.allowed, found.earliest) == (False, on(1))
