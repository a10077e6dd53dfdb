"""Sweat after the current: begun, ended and judged, place by place."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import second_text
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.domain.diagnostics import Phase, Verdict, judge
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Collection, Leg, TreatmentSession
from sessions_app.selectors.diagnostics import (
    MS,
    PlaceOfTest,
    collecting_places,
    places_of_test,
)
from sessions_app.services.repeats import repeat_propose

S = SessionState
OPEN = (S.CLEARED.value, S.TREATING.value, S.TO_SIGN.value)
NOTE_CHARS = 200
# More sweat than any container holds: a slip of the comma.
MOST_MILLI = 1_000_000


def collection_start(*, leg: Leg, container: str, by: Staff) -> Collection:
    """Begin to collect at a place whose current is whole; from now.

    Raises Refusal for a place without it or another container, Conflict when it is
    collected there already.
    """
    require(by, "session.treat", leg.session.site)
    with transaction.atomic():
        place = _locked(leg)
        _require_to_collect(place)
        kind = place.test.container(container)
        if kind is None:
            raise Refusal(
                "no_container",
                f"{place.name}: choose what the sweat is collected in.",
                field=f"container-{leg.order}",
            )
        row = Collection.objects.create(
            leg=leg,
            container=kind.kind.value,
            started_at=timezone.now(),
            started_by=by,
            limit_ms=place.test.collect_ms,
            minimum_milli=kind.minimum_milli,
        )
        row.label = label_of(row)
        row.save(update_fields=["label"])
        _audit(row, "collection.start", by, {"label": row.label})
    return row


def collection_end(
    *,
    leg: Leg,
    amount_milli: int,
    by: Staff,
    ended_at: dt.datetime | None = None,
) -> Collection:
    """End the collecting at a place with what it gave, in thousandths of its unit.

    0 is the finding that no sweat is seen. `ended_at` is when the container came
    off, where that was before now. Too little proposes the test again. Raises
    Refusal for a time that cannot be, Conflict when nothing is collected there.
    """
    require(by, "session.treat", leg.session.site)
    with transaction.atomic():
        place = _locked(leg)
        row = place.collection
        if row is None or place.phase is not Phase.COLLECTING:
            raise Conflict(
                "not_collecting", f"{place.name}: nothing is collected now; reload."
            )
        end = _require_end(row, ended_at)
        if not 0 <= amount_milli <= MOST_MILLI:
            raise Refusal(
                "amount",
                f"{place.name}: {amount_milli / 1000:g} cannot be, at most "
                f"{MOST_MILLI // 1000}. Look at the unit.",
                field=f"amount-{leg.order}",
            )
        verdict = judge(
            amount_milli=amount_milli,
            minimum_milli=row.minimum_milli,
            took_ms=(end - row.started_at) // MS,
            limit_ms=row.limit_ms,
        )
        _close(row, end, amount_milli, verdict, by)
        repeat_propose(session=place.leg.session)
    return row


def collection_missed(*, leg: Leg, note: str, by: Staff) -> Collection:
    """Nothing could be collected at a place that had its current, and why.

    It counts as not enough. Raises Refusal without a reason, Conflict when it was
    collected there.
    """
    require(by, "session.treat", leg.session.site)
    words = note.strip()
    if not words or len(words) > NOTE_CHARS:
        raise Refusal(
            "no_note",
            f"Write why nothing could be collected, in at most {NOTE_CHARS} letters.",
            field=f"note-{leg.order}",
        )
    with transaction.atomic():
        place = _locked(leg)
        now = timezone.now()
        row = place.collection
        if row is None:
            _require_to_collect(place)
            first = place.test.containers[0]
            row = Collection(
                leg=leg,
                container=first.kind.value,
                started_at=now,
                started_by=by,
                limit_ms=place.test.collect_ms,
                minimum_milli=first.minimum_milli,
            )
        elif row.ended_at is not None:
            raise Conflict("collected", f"{place.name}: it is collected; reload.")
        row.note, row.label = words, ""
        _close(row, now, 0, Verdict.QNS, by)
        repeat_propose(session=place.leg.session)
    return row


def collecting_require_ended(session: TreatmentSession) -> None:
    """Raise Refusal that names the first place whose sweat is not told yet."""
    for place in collecting_places(session):
        what = (
            "it is still collected: enter what it gave, or that no sweat is seen"
            if place.phase is Phase.COLLECTING
            else "begin to collect, or write why nothing could be collected"
        )
        raise Refusal(
            "collecting",
            f"{place.name}: {what}. Then sign.",
            field=f"place-{place.leg.order}",
        )


def label_of(row: Collection) -> str:
    """The text of a specimen label, unique by its number; the last figure checks it."""
    number = f"{row.pk:06d}"
    check = sum(int(figure) * (3 if at % 2 else 1) for at, figure in enumerate(number))
    return f"SW-{number}-{check % 10}"


def _locked(leg: Leg) -> PlaceOfTest:
    """The place as it stands, under the lock of its session."""
    session = (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("prescription__adoption__protocol", "site")
        .get(pk=leg.session_id)
    )
    found = {one.leg.pk: one for one in places_of_test(session)}
    place = found.get(leg.pk)
    if place is None:
        raise Conflict("no_test", "Nothing is collected after a treatment.")
    if session.state not in OPEN:
        raise Conflict(
            "wrong_state",
            f"The session is {session.state.replace('_', ' ')}; nothing is collected.",
        )
    return place


def _require_to_collect(place: PlaceOfTest) -> None:
    if place.phase in (Phase.COLLECTING, Phase.COLLECTED):
        raise Conflict("collecting", f"{place.name}: collected already; reload.")
    if place.phase is not Phase.TO_COLLECT:
        raise Refusal(
            "no_current",
            f"{place.name}: the current has not run to its end here, so there is "
            "nothing to collect.",
        )


def _require_end(row: Collection, ended_at: dt.datetime | None) -> dt.datetime:
    now = timezone.now()
    end = now if ended_at is None else ended_at
    if not row.started_at <= end <= now:
        raise Refusal(
            "ended_at",
            f"It began at {second_text(row.started_at)} and it is "
            f"{second_text(now)}: {second_text(end)} is not between them.",
            field=f"ended-{row.leg.order}",
        )
    return end


def _close(
    row: Collection, end: dt.datetime, amount: int, verdict: Verdict, by: Staff
) -> None:
    row.ended_at, row.ended_by = end, by
    row.amount_milli, row.result = amount, verdict.value
    row.save()
    data = {"amount_milli": amount, "result": verdict.value, "note": row.note}
    _audit(row, "collection.end", by, data)


def _audit(row: Collection, action: str, by: Staff, data: dict[str, Any]) -> None:
    audit_record(
        action=action, subject=row, by=by, site=row.leg.session.site, data=data
    )
