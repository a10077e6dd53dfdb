"""Days on which a site does not treat."""

import datetime as dt

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Site, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.models import Closure

NAME_CHARS = 80


def closure_add(*, site: Site, day: dt.date, name: str, by: Staff) -> Closure:
    """Close a site on a day; sessions planned there stay until they are moved.

    Raises Refusal without a name or for a past day, Conflict when it is closed then.
    """
    require(by, "closure.edit", site)
    told = name.strip()
    if not told or len(told) > NAME_CHARS:
        raise Refusal(
            "closure_name",
            f"Say why the site is closed, in at most {NAME_CHARS} characters.",
            field="name",
        )
    if day < site_day(site):
        raise Refusal(
            "closure_past",
            f"{day:%d-%b-%Y} is past; a closure is for today or later.",
            field="day",
        )
    try:
        with transaction.atomic():
            closure = Closure.objects.create(site=site, day=day, name=told, made_by=by)
            audit_record(
                action="closure.add",
                subject=closure,
                by=by,
                site=site,
                data={"day": day.isoformat(), "name": told},
            )
    except IntegrityError as error:
        raise Conflict(
            "closed_already", f"{site.name} is closed on {day:%d-%b-%Y} already."
        ) from error
    return closure


def closure_remove(*, closure: Closure, by: Staff) -> None:
    """Open a site again on a day that it was to be closed."""
    require(by, "closure.edit", closure.site)
    with transaction.atomic():
        audit_record(
            action="closure.remove",
            subject=closure,
            by=by,
            site=closure.site,
            data={"day": closure.day.isoformat(), "name": closure.name},
        )
        closure.delete()


def require_open_day(site: Site, day: dt.date) -> None:
    """Raise Refusal with the name of the closure of that day."""
    closure = Closure.objects.filter(site=site, day=day).first()
    if closure is not None:
        raise Refusal(
            "closed",
            f"{site.name} is closed on {day:%d-%b-%Y}: {closure.name}. "
            "Choose another day.",
            field="due_on",
        )
