"""Corrections of dose records: a new row that supersedes, never an edit."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.quantities import clock_text
from clinic.services.audit import audit_record
from devices.core import trace_codec
from devices.core.charge import Span
from devices.core.judge import MAX_GAP_MS
from devices.core.parts import Basis
from devices.core.reading import Reading
from devices.models import Run
from sessions_app.domain.completeness import (
    Completeness,
    Delivery,
    Verdict,
    reconcile,
)
from sessions_app.domain.dosimetry import DrugCredit, rescored
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import DoseRecord
from sessions_app.services.proposing import course_touched

NOTICED_CHARS = 80
REASON_CHARS = 200
# What a correction gives its own value to; all else is carried over.
OWN = {"id", "at", "supersedes_id", "recorded_by_id"}


def dose_swap(
    *,
    dose: DoseRecord,
    swapped: Sequence[Span] | None,
    noticed_by: str,
    reason: str,
    by: Staff,
) -> DoseRecord:
    """Note that the leads were swapped, and score the dose again.

    `swapped` holds stretches [start_ms, end_ms] of the run's own time, None for
    the whole of it; a stretch can be told only where a trace was measured. An
    empty list takes an earlier correction back. The charge of the skin stays.
    Raises Refusal without a drug, a name or a reason, Conflict when the record
    was corrected a moment ago.
    """
    site = dose.leg.session.site
    require(by, "dose.correct", site)
    spec = ProtocolSpec.from_dict(dose.leg.session.prescription.adoption.spec)
    _require_said(spec, noticed_by, reason)
    spans = _spans(dose, swapped)
    credits = _credits(dose, spec, spans)
    with transaction.atomic():
        new = _supersede(
            dose,
            by,
            pole_evidence=DoseRecord.PoleEvidence.CORRECTED,
            swapped=[list(span) for span in spans],
            credits=[asdict(credit) for credit in credits],
            credit_nc=credits[0].therapeutic_nc,
            **_verdict(dose, spec, credits[0].therapeutic_nc),
            reason=f"Leads swapped, noticed by {noticed_by.strip()}: {reason.strip()}",
        )
        audit_record(
            action="dose.swap",
            subject=new,
            by=by,
            site=site,
            data={"supersedes": dose.pk, "swapped": new.swapped},
        )
        course_touched(number=dose.leg.session.prescription.number)
    return new


def _require_said(spec: ProtocolSpec, noticed_by: str, reason: str) -> None:
    if not spec.drugs:
        raise Refusal(
            "no_drug",
            "No drug was driven in: with tap water a swap changes no credit.",
            field="noticed_by",
        )
    if not noticed_by.strip() or len(noticed_by) > NOTICED_CHARS:
        raise Refusal("no_name", "Write who noticed the swap.", field="noticed_by")
    if not reason.strip() or len(reason) > REASON_CHARS:
        raise Refusal(
            "no_reason",
            f"Write how the swap is known, at most {REASON_CHARS} characters.",
            field="swap_reason",
        )


def _spans(dose: DoseRecord, swapped: Sequence[Span] | None) -> list[Span]:
    """The stretches in order, inside what was given; raises Refusal."""
    end_ms = _end_ms(dose)
    if swapped is None:
        return [(0, end_ms)]
    if dose.evidence != DoseRecord.Evidence.TRACE and swapped:
        raise Refusal(
            "no_trace",
            "Without a measured trace nobody can tell how much flowed when; enter the "
            "whole run.",
            field="from",
        )
    for start, end in swapped:
        if not 0 <= start < end <= end_ms:
            raise Refusal(
                "span",
                f"From {clock_text(start)} to {clock_text(end)}: the run lasted from "
                f"0:00 to {clock_text(end_ms)}.",
                field="from",
            )
    return sorted(swapped)


def _end_ms(dose: DoseRecord) -> int:
    """How long the run or delivery lasted by its own time, whole seconds up."""
    if dose.evidence == DoseRecord.Evidence.TRACE:
        last = _readings(dose.run)[-1].t_ms
        return -(-last // 1000) * 1000
    return max(dose.flow_ms, 1)


def _readings(run: Run | None) -> list[Reading]:
    if run is None:
        raise Refusal("no_trace", "No stimulator reported this dose.")
    trace = run.trace
    columns = trace_codec.unseal(bytes(trace.blob), trace.sha256, trace.codec)
    return list(columns.readings())


def _credits(
    dose: DoseRecord, spec: ProtocolSpec, spans: list[Span]
) -> tuple[DrugCredit, ...]:
    if dose.evidence == DoseRecord.Evidence.TRACE:
        return rescored(_readings(dose.run), MAX_GAP_MS, spec.drugs, spans)
    # Told as a whole: it earns all or nothing.
    swapped = bool(spans)
    given = dose.confirmed_nc
    return tuple(
        DrugCredit(
            drug.code,
            drug.name,
            therapeutic_nc=0 if swapped else given,
            wrong_pole_nc=given if swapped else 0,
        )
        for drug in spec.drugs
    )


def _verdict(
    dose: DoseRecord, spec: ProtocolSpec, therapeutic_nc: int
) -> dict[str, Any]:
    """Completeness and count by what reached the right pole for the leading drug.

    Too much stays too much by the charge of the skin, whichever pole had it.
    """
    first = dose
    while first.supersedes is not None:
        first = first.supersedes
    found = Completeness(Verdict(first.completeness))
    if not therapeutic_nc:
        found = Completeness(Verdict.ATTEMPTED)
    elif dose.basis == Basis.CHARGE:
        found = reconcile(
            Delivery(Basis.CHARGE, dose.prescribed_nc, therapeutic_nc),
            tolerance_permille=spec.counting.tolerance_permille,
            count_permille=spec.counting.count_permille,
            over_permille=spec.counting.over_permille,
        )
    over = first.completeness == Verdict.OVER
    verdict = Verdict.OVER if over else found.verdict
    return {"completeness": verdict.value, "counts": found.counts}


def _supersede(dose: DoseRecord, by: Staff, **columns: Any) -> DoseRecord:
    """A new row with every column of the old one but those given."""
    row: dict[str, Any] = dict(DoseRecord.objects.filter(pk=dose.pk).values().get())
    kept = {name: row[name] for name in row.keys() - OWN - columns.keys()}
    try:
        with transaction.atomic():
            return DoseRecord.objects.create(
                supersedes=dose, recorded_by=by, **kept, **columns
            )
    except IntegrityError as error:
        raise Conflict(
            "corrected",
            "This record was corrected a moment ago; reload and look again.",
        ) from error
