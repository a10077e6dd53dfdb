"""What a laboratory found, and what a prescriber reads from it."""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text
from clinic.models import Role, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.diagnostics import (
    Analyte,
    Phase,
    impossible,
    milli_text,
    unlikely,
)
from sessions_app.models import (
    Collection,
    Interpretation,
    LabResult,
    Leg,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.diagnostics import (
    SIGNED,
    PlaceOfTest,
    Standing,
    day_collected,
    places_of_test,
    standing_of_test,
)
from sessions_app.services.repeats import ANCHOR, repeat_propose
from sessions_app.services.tasks import task_make

TEXT_CHARS = 600
LAB_CHARS, METHOD_CHARS = 120, 80


def signed_follow(*, session: TreatmentSession, by: Staff) -> None:
    """What follows a signed test: what is awaited goes on the list, a test cut
    short is proposed again. In the caller's transaction; nothing for a treatment."""
    places = places_of_test(session)
    if not places:
        return
    if any(one.phase is Phase.NOT_DONE for one in places):
        repeat_propose(session=session)
    _list_anew(session, by)


def result_enter(
    *,
    leg: Leg,
    chloride_milli: int,
    laboratory: str,
    method: str,
    measured_on: dt.date,
    by: Staff,
    confirmed: bool = False,
    supersedes: int | None = None,
) -> LabResult:
    """Enter the chloride of one place, in thousandths of mmol/L, after the signature.

    `supersedes` is the number of the result that this corrects; `confirmed` that an
    unlikely value was compared with the report. Raises Refusal for a place that did
    not give enough, a value that cannot be, an unlikely one not confirmed, and a day
    before the collecting; Conflict before the signature or for a second result.
    """
    require(by, "result.enter", leg.session.site)
    laboratory, method = laboratory.strip(), method.strip()
    with transaction.atomic():
        place = _locked(leg)
        analyte, collection = _require_enough(place)
        _require_value(analyte, place, chloride_milli, confirmed=confirmed)
        _require_words(laboratory, "laboratory", "Name the laboratory", LAB_CHARS)
        _require_words(method, "method", "Name the method", METHOD_CHARS)
        _require_day(place, measured_on)
        old = _superseded(place, supersedes)
        row = LabResult.objects.create(
            collection=collection,
            chloride_milli=chloride_milli,
            laboratory=laboratory,
            method=method,
            measured_on=measured_on,
            entered_by=by,
            supersedes=old,
        )
        audit_record(
            action="result.correct" if old else "result.enter",
            subject=row,
            by=by,
            site=leg.session.site,
            data={"chloride_milli": chloride_milli},
        )
        _list_anew(place.leg.session, by)
    return row


def session_interpret(
    *, session: TreatmentSession, text: str, by: Staff, despite: bool = False
) -> Interpretation:
    """A prescriber's reading of a signed test; never changed, only added to.

    `despite` interprets without a result that is still awaited. Raises Refusal
    without words or while one is awaited, Conflict before the signature.
    """
    require(by, "result.interpret", session.site)
    words = text.strip()
    _require_words(words, "interpretation", "Write what the test says", TEXT_CHARS)
    with transaction.atomic():
        row = TreatmentSession.objects.select_for_update(of=("self",), no_key=True).get(
            pk=session.pk
        )
        _require_signed(row)
        waits = [one.name for one in places_of_test(row) if one.awaited]
        if waits and not despite:
            raise Refusal(
                "awaited",
                f"{', '.join(waits)}: the laboratory has not answered. Enter its "
                "result, or tick that none will come.",
                field="despite",
            )
        said = Interpretation.objects.create(session=row, text=words, by=by)
        audit_record(
            action="result.interpret", subject=said, by=by, site=row.site, data={}
        )
        _list_anew(row, by)
    return said


def _locked(leg: Leg) -> PlaceOfTest:
    session = (
        TreatmentSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("prescription__adoption__protocol", "site")
        .get(pk=leg.session_id)
    )
    found = {one.leg.pk: one for one in places_of_test(session)}
    if leg.pk not in found:
        raise Conflict("no_test", "This session is no test; it has no result.")
    _require_signed(session)
    return found[leg.pk]


def _require_signed(session: TreatmentSession) -> None:
    if session.state not in SIGNED:
        raise Conflict("not_signed", "Sign the session first; then enter its result.")


def _require_enough(place: PlaceOfTest) -> tuple[Analyte, Collection]:
    if place.test.analyte is None:
        raise Refusal(
            "no_laboratory",
            f"{place.test.title}: the amount is the result; no laboratory follows.",
        )
    row = place.collection
    if row is None or not place.enough:
        said = "nothing was collected" if row is None else row.get_result_display()
        amount = 0 if row is None else row.amount_milli or 0
        least = 0 if row is None else row.minimum_milli
        raise Refusal(
            "not_enough",
            f"{place.name}: {said.lower()} ({milli_text(amount)}, at least "
            f"{milli_text(least)}). Such sweat is not measured; have the test "
            "repeated.",
            field="chloride",
        )
    return place.test.analyte, row


def _require_value(
    analyte: Analyte, place: PlaceOfTest, milli: int, *, confirmed: bool
) -> None:
    given = f"{milli_text(milli)} {analyte.unit}"
    if milli < 0 or impossible(analyte, milli):
        source = place.test.source_of("analyte.impossible_milli")
        most = milli_text(analyte.impossible_milli)
        raise Refusal(
            "impossible",
            f"{given} cannot be in sweat: at most {most} {analyte.unit} "
            f"[{source.trust.value}, {source.name}]. Compare with the report, or ask "
            "the laboratory.",
            field="chloride",
            value_milli=milli,
            limit_milli=analyte.impossible_milli,
        )
    if unlikely(analyte, milli) and not confirmed:
        low = milli_text(analyte.unlikely_under_milli)
        high = milli_text(analyte.unlikely_over_milli)
        raise Refusal(
            "unlikely",
            f"{given} is outside {low} to {high} {analyte.unit}. Compare it with "
            "the report, and tick that it is right.",
            field="confirmed",
        )


def _require_words(text: str, field: str, otherwise: str, most: int) -> None:
    if not text:
        raise Refusal(f"no_{field}", f"{otherwise}.", field=field)
    if len(text) > most:
        raise Refusal(
            f"{field}_long",
            f"{len(text)} letters; at most {most}. Shorten it.",
            field=field,
        )


def _require_day(place: PlaceOfTest, day: dt.date) -> None:
    if place.collection is None:
        return
    first, last = day_collected(place.collection), site_day(place.leg.session.site)
    if not first <= day <= last:
        raise Refusal(
            "measured_on",
            f"{date_text(day)} is not between the collecting, {date_text(first)}, "
            f"and today, {date_text(last)}.",
            field="measured_on",
        )


def _superseded(place: PlaceOfTest, number: int | None) -> LabResult | None:
    """The result that a new one stands for; only the newest, once."""
    now = place.result
    if (now.pk if now else None) != number:
        raise Conflict(
            "other_result",
            f"{place.name}: somebody entered a result meanwhile; reload the page.",
        )
    return now


def _list_anew(session: TreatmentSession, by: Staff) -> None:
    """One task says what a signed test waits for: a result, or a prescriber."""
    session.refresh_from_db()
    places = places_of_test(session)
    standing = standing_of_test(session, places)
    Task.objects.filter(
        session=session, kind=Task.Kind.RESULT, done_at__isnull=True
    ).exclude(link__endswith=ANCHOR).update(
        done_at=timezone.now(),
        done_by=by,
        outcome=str(standing or "").replace("_", " "),
    )
    if standing is Standing.AWAITING_RESULT:
        _wait_for_laboratory(session, places)
    if standing is Standing.AWAITING_INTERPRETATION:
        task_make(
            site=session.site,
            kind=Task.Kind.RESULT,
            text=f"{places[0].test.title}: read the result and write what it says.",
            due_at=timezone.now(),
            patient=session.patient,
            session=session,
            for_role=Role.PRESCRIBER,
            link=reverse("session", args=[session.pk]),
        )


def _wait_for_laboratory(session: TreatmentSession, places: list[PlaceOfTest]) -> None:
    waits = [one for one in places if one.awaited]
    analyte = waits[0].test.analyte
    days = analyte.due_days if analyte else 0
    names = ", ".join(one.name for one in waits)
    task_make(
        site=session.site,
        kind=Task.Kind.RESULT,
        text=f"{waits[0].test.title}, {names}: enter what the laboratory found.",
        due_at=(session.signed_at or timezone.now()) + dt.timedelta(days=days),
        patient=session.patient,
        session=session,
        link=reverse("session", args=[session.pk]),
    )
