"""A site adopts a protocol: signed by one prescriber, or by two, and withdrawn."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Site, Staff
from clinic.permissions import require
from clinic.quantities import ma_exact_text
from clinic.services.audit import audit_record
from sessions_app.domain.adoption import Entered, ResolveError, resolve
from sessions_app.domain.contradictions import Problem
from sessions_app.domain.entry import Entry, Status, open_fields, status
from sessions_app.domain.figures import FIGURES
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.selectors.catalogue import protocol_newest
from sessions_app.services.evaluating import ANY_STIMULATOR

REASON_CHARS = 300
SOURCE_CHARS = 400


def protocol_adopt(
    *,
    site: Site,
    protocol: Protocol,
    by: Staff,
    entered: Mapping[str, Entered] | None = None,
    source: str = "",
    is_demo: bool = False,
) -> ProtocolAdoption:
    """A prescriber signs that the site treats by this version of a protocol.

    An older version in force is withdrawn by the same act. A restricted path is
    in force only once `adoption_second` is done. A demo site's adoption is a demo.

    Raises Refusal with `fields`, one for each that is open or wrong, `no_source`
    for a restricted path without the site's source, or the reason why the entry
    is never adopted; Conflict when it is adopted already or has a newer version.
    """
    require(by, "protocol.adopt", site)
    entry = Entry.from_dict(protocol.entry)
    _require_treated(entry)
    spec = _resolved(entry, entered or {})
    _require_source(spec, source)
    with transaction.atomic():
        _require_newest(protocol)
        adoption = _insert(
            site=site,
            protocol=protocol,
            spec=spec.to_dict(),
            entered={field: asdict(given) for field, given in (entered or {}).items()},
            source=source.strip(),
            needs_second=spec.restricted,
            adopted_by=by,
            is_demo=is_demo or site.is_demo,
        )
        audit_record(
            action="protocol.adopt",
            subject=adoption,
            by=by,
            site=site,
            data={"protocol": str(protocol), "entered": adoption.entered},
        )
        _withdraw_older(adoption, by)
    return adoption


def adoption_second(*, adoption: ProtocolAdoption, by: Staff) -> ProtocolAdoption:
    """Another prescriber of the site signs; only now is it in force.

    Raises Conflict for the first prescriber, for an adoption that needs no second
    one, has it, or is withdrawn, and when a newer version is published.
    """
    require(by, "protocol.adopt", adoption.site)
    if not adoption.needs_second:
        raise Conflict("no_second", f"{adoption.protocol} needs one signature only.")
    if adoption.adopted_by_id == by.pk:
        raise Conflict(
            "same_prescriber",
            f"{by.name} signed first; another prescriber of {adoption.site.name} must"
            " sign as the second.",
        )
    with transaction.atomic():
        _require_newest(adoption.protocol)
        signed = ProtocolAdoption.objects.filter(
            pk=adoption.pk, second_by__isnull=True, withdrawn_at__isnull=True
        ).update(second_by=by, second_at=timezone.now())
        if not signed:
            raise Conflict(
                "not_waiting",
                f"{adoption.protocol} no longer waits for a second signature; reload.",
            )
        audit_record(
            action="protocol.second", subject=adoption, by=by, site=adoption.site
        )
    adoption.refresh_from_db()
    return adoption


def adoption_withdraw(
    *, adoption: ProtocolAdoption, by: Staff, reason: str
) -> ProtocolAdoption:
    """A prescriber ends it: what was prescribed by it stays, none is scheduled more.

    Raises Refusal without a reason, Conflict when it is withdrawn already.
    """
    require(by, "protocol.adopt", adoption.site)
    words = reason.strip()
    if not words:
        raise Refusal("no_reason", "Write why the adoption is withdrawn.")
    if len(words) > REASON_CHARS:
        raise Refusal(
            "reason_long",
            f"{len(words)} characters; at most {REASON_CHARS}. Shorten the reason.",
        )
    with transaction.atomic():
        if not _withdraw(adoption, by, words):
            raise Conflict("withdrawn", "This adoption is withdrawn already; reload.")
    adoption.refresh_from_db()
    return adoption


def _require_treated(entry: Entry) -> None:
    what = status(entry)
    if what is Status.RECORD_ONLY:
        raise Refusal(
            "record_only", f"{entry.code} is recorded, never dispatched: {entry.reason}"
        )
    if what is Status.REFUSED:
        raise Refusal("never_adopted", f"{entry.code} is not adopted: {entry.reason}")


def _resolved(entry: Entry, entered: Mapping[str, Entered]) -> ProtocolSpec:
    try:
        spec = resolve(entry, entered)
    except ResolveError as error:
        raise _open(entry, error.problems) from error
    if spec.currents.max_ua > ANY_STIMULATOR.max_current_ua:
        most = ma_exact_text(ANY_STIMULATOR.max_current_ua)
        text = (
            f"Highest current {ma_exact_text(spec.currents.max_ua)} is above the {most}"
            " that any stimulator may give; enter a lower one"
        )
        raise _open(entry, (Problem("currents.max_ua", text),))
    return spec


def _open(entry: Entry, problems: tuple[Problem, ...]) -> Refusal:
    """The refusal that names every field that is open or wrong."""
    fields = [problem_row(entry, problem) for problem in problems]
    names = "; ".join(one["text"] for one in fields)
    return Refusal(
        "open_fields",
        f"{entry.code} is not adopted; mend {len(fields)}: {names}.",
        fields=fields,
    )


def problem_row(entry: Entry, problem: Problem) -> dict[str, str]:
    """What is wrong with a field, why it is open, and what to do."""
    found = {one.field: one for one in open_fields(entry)}.get(problem.field)
    label = found.label if found else label_of(problem.field)
    told = problem.text.casefold().startswith(label.casefold())
    return {
        "field": problem.field,
        "label": label,
        "why": found.why if found else "",
        "unit": found.unit if found else "",
        "published": found.published if found else "",
        "text": problem.text if told else f"{label}: {problem.text}",
    }


def label_of(field: str) -> str:
    """What people call a field of a protocol."""
    figure = FIGURES.get(field)
    return figure.label if figure else field.replace(".", " ").capitalize()


def _require_source(spec: ProtocolSpec, source: str) -> None:
    if spec.restricted and not source.strip():
        raise Refusal(
            "no_source",
            f"The current of {spec.code} passes the {spec.path}: name the site's"
            " written source; a second prescriber signs too.",
        )
    if len(source.strip()) > SOURCE_CHARS:
        raise Refusal(
            "source_long",
            f"{len(source.strip())} characters; at most {SOURCE_CHARS}. Shorten it.",
        )


def _require_newest(protocol: Protocol) -> None:
    newest = protocol_newest(protocol.code)
    if newest is not None and newest.version > protocol.version:
        raise Conflict(
            "newer_version", f"{newest} is published; reload and read what changed."
        )


def _insert(**row: Any) -> ProtocolAdoption:
    """Write it; a constraint admits one for each site and version."""
    try:
        with transaction.atomic():
            return ProtocolAdoption.objects.create(**row)
    except IntegrityError as error:
        raise Conflict(
            "adopted",
            f"{row['site'].name} has adopted {row['protocol']} already; reload. To"
            " adopt it with other values, withdraw that adoption first.",
        ) from error


def _withdraw_older(adoption: ProtocolAdoption, by: Staff) -> None:
    older = ProtocolAdoption.objects.filter(
        site=adoption.site,
        protocol__code=adoption.protocol.code,
        withdrawn_at__isnull=True,
    ).exclude(pk=adoption.pk)
    for one in older.select_related("protocol", "site"):
        _withdraw(one, by, f"{adoption.protocol} adopted in its place")


def _withdraw(adoption: ProtocolAdoption, by: Staff, reason: str) -> bool:
    """Whether this act withdrew it, and no other before."""
    won = ProtocolAdoption.objects.filter(
        pk=adoption.pk, withdrawn_at__isnull=True
    ).update(withdrawn_at=timezone.now(), withdrawn_by=by, withdraw_reason=reason)
    if won:
        audit_record(
            action="protocol.withdraw",
            subject=adoption,
            by=by,
            site=adoption.site,
            data={"reason": reason},
        )
    return bool(won)
