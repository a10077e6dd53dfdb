"""Where a further session fits among those that were held or are planned."""

import datetime as dt
from collections.abc import Sequence

from sessions_app.domain.spacing import Spacing, Treated, min_gap

# No gap of a protocol and no diary is longer; beyond it nothing is looked for.
HORIZON_DAYS = 730


def fits(
    treated: Sequence[Treated], gap_days: int, per_day: int, day: dt.date, site: str
) -> Spacing:
    """Whether a place fits on a day, between what is before and after it.

    When it does not, `earliest` is the first later day on which it does.
    """
    found = _around(treated, gap_days, per_day, day, site)
    if found.allowed:
        return found
    later = (day + dt.timedelta(days=ahead) for ahead in range(1, HORIZON_DAYS))
    free = (
        one for one in later if _around(treated, gap_days, per_day, one, site).allowed
    )
    return found._replace(earliest=next(free, found.earliest))


def _around(
    treated: Sequence[Treated], gap_days: int, per_day: int, day: dt.date, site: str
) -> Spacing:
    before = [one for one in treated if one.day <= day]
    found = min_gap(before, gap_days, per_day, day, site)
    after = [one.day for one in treated if one.day > day]
    if found.allowed and after and (min(after) - day).days < gap_days:
        why = f"the session of {min(after):%d-%b-%Y} would come too soon after it"
        return Spacing(False, day, why)
    return found
