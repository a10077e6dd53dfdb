"""The patient page: prescriptions with target and delivered, session by session."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from clinic.jinja import date_text, dose_text
from clinic.permissions import allowed
from clinic.quantities import ma_text
from clinic.selectors.site_time import site_day
from devices.web.page import page
from sessions_app.models import DoseRecord, Prescription, TreatmentSession
from sessions_app.selectors.sessions import (
    course_of,
    doses_of,
    newest_run,
    patient_visible,
    prescriptions_of,
)
from sessions_app.web.check_pages import before_treatment
from sessions_app.web.dose_words import dose_bar
from sessions_app.web.harm import harm_of_patient
from sessions_app.web.ledgers import Ledger
from sessions_app.web.words import Word, place_name, state_of


@require_GET
def patient(request: HttpRequest, patient_id: uuid.UUID) -> HttpResponse:
    found = patient_visible(staff=request.user, patient_id=patient_id)
    if found is None:
        raise Http404(f"no patient {patient_id}")
    sessions = course_of(patient=found)
    doses = doses_of(sessions=sessions)
    ledger = Ledger(found)
    items = [
        _prescription(
            order, [s for s in sessions if s.prescription.number == order.number], doses
        )
        | {"ledger": ledger.of(order)}
        for order in prescriptions_of(patient=found)
    ]
    context = {
        "patient": found,
        "prescriptions": items,
        "may_write": allowed(request.user, "prescription.write", found.site_id),
        "simulated": found.is_simulated,
        "harm": harm_of_patient(found),
        **before_treatment(found),
        "may_harm": allowed(request.user, "harm.record", found.site_id),
        "may_measure": allowed(request.user, "outcome.record", found.site_id),
    }
    return page(request, "patient.jinja", context)


def _standing(order: Prescription) -> Word:
    if order.signed_at is None:
        return Word("Draft, not signed", "orange")
    if order.stopped_at is not None:
        return Word("Stopped", "red")
    if not order.open_on(site_day(order.site)):
        return Word("Expired", "red")
    return Word("Signed", "green")


def _prescription(
    order: Prescription,
    sessions: list[TreatmentSession],
    doses: dict[uuid.UUID, list[DoseRecord]],
) -> dict[str, Any]:
    protocol = order.adoption.protocol
    return {
        "id": order.pk,
        "number": order.number,
        "signed": order.signed_at is not None,
        "title": f"{protocol.code}: {order.indication}",
        "protocol": f"{protocol}: {protocol.title}",
        "state": _standing(order),
        "facts": _facts(order, sessions),
        "sessions": [_row(session, doses.get(session.pk, [])) for session in sessions],
    }


def _facts(
    order: Prescription, sessions: list[TreatmentSession]
) -> list[tuple[str, str]]:
    signed = "not signed"
    if order.signed_by is not None:
        signed = f"{order.signed_by.name}, {date_text(order.signed_at)}"
    facts = [
        ("Signed", signed),
        ("Expires", date_text(order.expires_on)),
        ("Sessions", f"{len(sessions)} of {order.sessions_planned} booked"),
    ]
    if order.max_ua is not None:
        facts.append(("Patient's own ceiling", ma_text(order.max_ua)))
    for leg in order.legs.all():
        facts.append((f"Place {leg.order}", _place(leg)))
    return facts


def _place(leg: Any) -> str:
    drug = f", drug under the {leg.drug_pole}" if leg.drug_pole else ""
    return f"{place_name(leg)}: {leg.active_place} and {leg.return_place}{drug}"


def _evidence(doses: list[DoseRecord]) -> str:
    """How they are known; a correction may have taken what a signed state says."""
    kinds = ", ".join(sorted({dose.get_evidence_display() for dose in doses}))
    return kinds if any(dose.counts for dose in doses) else f"{kinds}; does not count"


def _row(session: TreatmentSession, doses: list[DoseRecord]) -> dict[str, Any]:
    row = {
        "id": session.pk,
        "number": session.number,
        "due_on": session.due_on,
        "state": state_of(session, newest_run(session)),
        "target": "–",
        "delivered": "–",
        "evidence": "–",
        "bar": None,
    }
    if not doses:
        return row
    bars = [dose_bar(dose) for dose in doses]
    hatched = any(bar["hatched"] for bar in bars)
    given_nc = sum(bar["delivered"] for bar in bars)
    target_nc = max(bar["target"] for bar in bars)
    return row | {
        "target": dose_text(target_nc),
        "delivered": f"{'≤ ' if hatched else ''}{dose_text(given_nc)}",
        "evidence": _evidence(doses),
        "bar": {
            "delivered": given_nc,
            "target": target_nc,
            "hatched": hatched,
            "text": f"{dose_text(given_nc)} of {dose_text(target_nc)}",
        },
    }
