"""Ladders: those of the product at each start, those of a site by a prescriber."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.catalogue.ladders import published_ladders
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.stepdown import LadderError
from sessions_app.models import Course, Ladder
from sessions_app.selectors.courses import CourseView, view_now
from sessions_app.services.courses import state_set
from sessions_app.services.proposing import course_locked, propose_anew

REASON_CHARS = 200


def ladders_load() -> list[Ladder]:
    """Publish the ladders that come with the product; one that changed is a new
    version, the others stay."""
    return [_load(spec) for spec in published_ladders().values()]


def _load(spec: LadderSpec) -> Ladder:
    newest = _newest(None, spec.code)
    if newest is not None and _bare(newest.spec) == _bare(spec.to_dict()):
        return newest
    version = spec.version if newest is None else newest.version + 1
    return Ladder.objects.create(
        code=spec.code,
        version=version,
        title=spec.title,
        spec={**spec.to_dict(), "version": version},
    )


def _bare(spec: Mapping[str, Any]) -> dict[str, Any]:
    """All that a version says but its number."""
    return {name: value for name, value in spec.items() if name != "version"}


def _newest(site: Site | None, code: str) -> Ladder | None:
    rows = Ladder.objects.filter(site=site, code=code)
    return rows.order_by("-version").first()


def ladder_publish(*, site: Site, code: str, spec: LadderSpec, by: Staff) -> Ladder:
    """Publish the next version of a ladder for a site.

    New courses take it; those under way keep theirs. Raises Refusal for a code that
    no ladder has, another code or other protocols than the ladder's, or when nothing
    was changed.
    """
    require(by, "ladder.edit", site)
    with transaction.atomic():
        # One by one: two persons never publish the same version.
        Site.objects.select_for_update(no_key=True).get(pk=site.pk)
        own = _newest(site, code)
        newest = own or _newest(None, code)
        if newest is None:
            raise Refusal("no_ladder", f"{code} is no ladder of the catalogue.")
        _require_kin(LadderSpec.from_dict(newest.spec), spec)
        version = 1 if own is None else own.version + 1
        row = Ladder.objects.create(
            site=site,
            code=code,
            version=version,
            title=spec.title,
            spec={**spec.to_dict(), "version": version},
            published_by=by,
        )
        audit_record(action="ladder.publish", subject=row, by=by, site=site)
    return row


def _require_kin(old: LadderSpec, new: LadderSpec) -> None:
    if new.code != old.code or new.protocols != old.protocols:
        raise Refusal(
            "other_ladder",
            f"A version of {old.code} keeps its code and its protocols:"
            f" {', '.join(old.protocols)}.",
        )
    if _bare(new.to_dict()) == _bare(old.to_dict()):
        raise Refusal("no_change", "Nothing was changed; there is nothing to save.")
    try:
        LadderSpec.from_dict(new.to_dict())
    except LadderError as error:
        raise Refusal("ladder", f"{error}.") from error


def course_ladder_change(
    *, course: Course, ladder: Ladder, by: Staff, reason: str
) -> None:
    """Move a course to another ladder; its past is read by it from now on.

    Raises Refusal without a reason, or for a ladder of another site or protocol,
    Forbidden where a place that waits or is over would be treated by it, unless a
    prescriber moves it.
    """
    require(by, "course.decide", course.site)
    words = reason.strip()
    if not words or len(words) > REASON_CHARS:
        raise Refusal(
            "no_reason",
            f"Write why the course goes on by {ladder}, at most {REASON_CHARS}"
            " characters.",
            field="reason",
        )
    with transaction.atomic():
        # Before a claim or START, or after it: never beside it.
        Patient.objects.select_for_update(no_key=True).get(pk=course.patient_id)
        row = course_locked(course.pk)
        if row is None or row.ladder is None:
            raise Conflict("no_ladder", "This course has no ladder to go by.")
        same_kind = set(row.ladder.spec["protocols"]) & set(ladder.spec["protocols"])
        if ladder.site_id not in (None, row.site_id) or not same_kind:
            raise Refusal("other_ladder", f"{ladder} is no ladder for this course.")
        treated = _treated(view_now(row))
        before, row.ladder = row.ladder, ladder
        row.version += 1
        row.save(update_fields=["ladder", "version"])
        view = view_now(row)
        if _treated(view) - treated:
            # A harm or a cap barred it: no way around that by another ladder.
            require(by, "prescription.sign", row.site)
        state_set(view)
        propose_anew(view)
        audit_record(
            action="course.ladder",
            subject=row,
            by=by,
            site=row.site,
            data={"from": str(before), "to": str(ladder), "reason": words},
        )


def _treated(view: CourseView) -> set[str]:
    return {one.place for one in view.places if one.next.treats}
