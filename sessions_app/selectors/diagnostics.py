"""Where a test stands, place by place: read off its doses, collections, results."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Max
from django.utils import timezone

from clinic.models import Patient
from clinic.selectors.site_time import site_day
from sessions_app.catalogue.diagnostics import published_tests
from sessions_app.domain.completeness import Verdict as Whole
from sessions_app.domain.diagnostics import (
    Container,
    DiagnosticTest,
    Phase,
    Verdict,
    over_ms,
    phase_of,
)
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    Collection,
    DoseRecord,
    Interpretation,
    LabResult,
    Leg,
    Prescription,
    Proposal,
    TreatmentSession,
)

MS = dt.timedelta(milliseconds=1)
SIGNED = (SessionState.COMPLETED.value, SessionState.PARTIAL.value)


class Standing(StrEnum):
    """Where a whole test stands; `open` before its signature."""

    OPEN = "open"
    COLLECTING = "collecting"
    NOT_DONE = "not_done"
    AWAITING_RESULT = "awaiting_result"
    AWAITING_INTERPRETATION = "awaiting_interpretation"
    INTERPRETED = "interpreted"


@dataclass(frozen=True, slots=True)
class PlaceOfTest:
    """One place of a test. `result` is the one that no correction superseded."""

    leg: Leg
    test: DiagnosticTest
    phase: Phase
    collection: Collection | None
    results: tuple[LabResult, ...]

    @property
    def name(self) -> str:
        prescribed = self.leg.prescribed
        return f"{prescribed.side} {prescribed.body_site}".strip()

    @property
    def container(self) -> Container | None:
        row = self.collection
        return None if row is None else self.test.container(row.container)

    @property
    def result(self) -> LabResult | None:
        return self.results[-1] if self.results else None

    @property
    def enough(self) -> bool:
        row = self.collection
        return row is not None and row.result == Verdict.ENOUGH

    @property
    def awaited(self) -> bool:
        """Whether a laboratory still has to say something of this place."""
        return self.enough and self.test.analyte is not None and self.result is None

    @property
    def over_ms(self) -> int:
        """How long it ran over its limit, until its end or until now."""
        row = self.collection
        if row is None:
            return 0
        took = (row.ended_at or timezone.now()) - row.started_at
        return over_ms(took // MS, row.limit_ms)


def diagnostic_of(order: Prescription) -> DiagnosticTest | None:
    """The test that an order is for; None for a treatment."""
    return published_tests().get(order.adoption.protocol.code)


def places_of_test(session: TreatmentSession) -> list[PlaceOfTest]:
    """Every place of a test in order; none for a treatment."""
    test = diagnostic_of(session.prescription)
    if test is None:
        return []
    legs = list(session.legs.select_related("prescribed").order_by("order"))
    rows = Collection.objects.filter(leg__in=legs).select_related(
        "started_by", "ended_by"
    )
    collections = {row.leg_id: row for row in rows}
    doses: dict[int, list[str]] = {}
    valid = DoseRecord.objects.filter(leg__in=legs, superseded_by__isnull=True)
    for leg_id, whole in valid.values_list("leg_id", "completeness"):
        doses.setdefault(leg_id, []).append(whole)
    results: dict[int, list[LabResult]] = {}
    found = LabResult.objects.filter(collection__leg__in=legs)
    for one in found.select_related("entered_by").order_by("id"):
        results.setdefault(one.collection_id, []).append(one)
    return [
        _place(leg, test, doses.get(leg.pk, []), collections.get(leg.pk), results)
        for leg in legs
    ]


def _place(
    leg: Leg,
    test: DiagnosticTest,
    doses: list[str],
    row: Collection | None,
    results: dict[int, list[LabResult]],
) -> PlaceOfTest:
    phase = phase_of(
        had_current=bool(doses),
        complete=Whole.COMPLETE in doses,
        started=row is not None,
        ended=row is not None and row.ended_at is not None,
    )
    known = () if row is None else tuple(results.get(row.pk, ()))
    return PlaceOfTest(leg, test, phase, row, known)


def collecting_places(session: TreatmentSession) -> list[PlaceOfTest]:
    """Places with current whose collecting has not ended, or not begun."""
    open_phases = (Phase.TO_COLLECT, Phase.COLLECTING)
    return [one for one in places_of_test(session) if one.phase in open_phases]


def interpretations_of(session: TreatmentSession) -> list[Interpretation]:
    rows = Interpretation.objects.filter(session=session)
    return list(rows.select_related("by").order_by("id"))


def standing_of_test(
    session: TreatmentSession, places: list[PlaceOfTest] | None = None
) -> Standing | None:
    """Where a test stands; None for a treatment. A result that came after the last
    interpretation waits for another."""
    if diagnostic_of(session.prescription) is None:
        return None
    places = places_of_test(session) if places is None else places
    if session.state not in SIGNED:
        busy = any(one.phase is Phase.COLLECTING for one in places)
        return Standing.COLLECTING if busy else Standing.OPEN
    if not any(one.phase is Phase.COLLECTED for one in places):
        return Standing.NOT_DONE
    readings = Interpretation.objects.filter(session=session)
    said = readings.aggregate(at=Max("at"))["at"]
    news = [one.result.at for one in places if one.result is not None]
    if said is not None and all(at <= said for at in news):
        return Standing.INTERPRETED
    if any(one.awaited for one in places):
        return Standing.AWAITING_RESULT
    return Standing.AWAITING_INTERPRETATION


def repeats_of(session: TreatmentSession) -> list[Proposal]:
    """Proposals to repeat this test, the newest first, superseded ones left out."""
    rows = Proposal.objects.filter(session=session, kind=Proposal.Kind.REPEAT)
    rows = rows.exclude(decision=Proposal.Decision.SUPERSEDED)
    return list(rows.select_related("decided_by").order_by("-made_at"))


def label_name(patient: Patient) -> str:
    """Who a label names: the MRN, or a pseudonym where the site's policy says so."""
    if patient.site.policy.get("label_pseudonym") is True:
        return f"P-{patient.pk.hex[:10].upper()}"
    return f"MRN {patient.mrn}"


def laboratories_of(session: TreatmentSession) -> list[str]:
    """Laboratories that the site named before, the last one first."""
    rows = LabResult.objects.filter(collection__leg__session__site=session.site_id)
    names = rows.order_by("-id").values_list("laboratory", flat=True)[:50]
    return list(dict.fromkeys(names))


def day_collected(row: Collection) -> dt.date:
    """The site's day of a collection."""
    return site_day(row.leg.session.site, row.started_at)
