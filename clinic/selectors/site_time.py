"""The calendar day at a site, and when it ends; days are 23 to 25 h long."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import Site


def site_day(site: Site, now: dt.datetime | None = None) -> dt.date:
    """The date on the wall of the site."""
    moment = timezone.now() if now is None else now
    return moment.astimezone(ZoneInfo(site.time_zone)).date()


def site_day_end(site: Site, now: dt.datetime | None = None) -> dt.datetime:
    """The midnight that ends the site's day, as an aware time."""
    tomorrow = site_day(site, now) + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), ZoneInfo(site.time_zone))
