"""The day of a site is that of its own wall, and ends at its own midnight."""

import datetime as dt

import pytest

from clinic.models import Site
from clinic.selectors.site_time import site_day, site_day_end

UTC = dt.UTC


@pytest.mark.parametrize(
    ("zone", "now", "day", "end"),
    [
        ("Europe/London", (2026, 1, 5, 23, 30), (2026, 1, 5), (2026, 1, 6, 0, 0)),
        ("Europe/London", (2026, 7, 5, 23, 30), (2026, 7, 6), (2026, 7, 6, 23, 0)),
        ("Asia/Kolkata", (2026, 1, 5, 19, 0), (2026, 1, 6), (2026, 1, 6, 18, 30)),
        # The clocks go back in the night: the day is 25 h long.
        ("Europe/London", (2026, 10, 25, 0, 30), (2026, 10, 25), (2026, 10, 26, 0, 0)),
    ],
)
def test_the_day_ends_at_midnight_on_the_wall_of_the_site(
    zone: str, now: tuple[int, ...], day: tuple[int, int, int], end: tuple[int, ...]
) -> None:
    site, moment = Site(time_zone=zone), dt.datetime(*now, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert site_day(site, moment) == dt.date(*day)
    assert site_day_end(site, moment) == dt.datetime(*end, tzinfo=UTC)  # type: ignore[misc,arg-type]
