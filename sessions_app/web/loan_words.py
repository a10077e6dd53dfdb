"""Home devices and loans in words."""

import datetime as dt
from typing import Any

from clinic.jinja import date_text, dose_text
from clinic.quantities import clock_text, ma_text
from sessions_app.models import DoseRecord, HomeDevice, Loan
from sessions_app.services.loans import RETURN_CHECKS
from sessions_app.web.dose_words import OUTCOMES, dose_bar
from sessions_app.web.facts import Facts
from sessions_app.web.words import Word


def loan_row(loan: Loan, today: dt.date) -> dict[str, Any]:
    """A loan as a row; whoever sees no patients sees the device alone."""
    return {
        "id": loan.pk,
        "device": str(loan.device),
        "device_id": loan.device_id,
        "patient": loan.patient.banner_name,
        "protocol": loan.prescription.adoption.protocol.code,
        "due_back_on": loan.due_back_on,
        "state": _loan_state(loan, today),
    }


def _loan_state(loan: Loan, today: dt.date) -> Word:
    if loan.returned_on is not None:
        return Word("Back", "grey")
    if loan.device.recalled_at is not None:
        return Word("Recalled: fetch it", "red")
    if loan.due_back_on < today:
        days = (today - loan.due_back_on).days
        return Word(f"Overdue by {days} day{'' if days == 1 else 's'}", "red")
    return Word("Out", "blue")


def device_row(device: HomeDevice, today: dt.date) -> dict[str, Any]:
    return {
        "id": device.pk,
        "asset": device.asset,
        "model": device.model,
        "serial": device.serial,
        "service_due_on": device.service_due_on,
        "state": _device_state(device, today),
    }


def _device_state(device: HomeDevice, today: dt.date) -> Word:
    if device.recalled_at is not None:
        return Word("Recalled", "red")
    if device.out:  # type: ignore[attr-defined]
        return Word("Out", "blue")
    if device.service_due_on <= today:
        return Word("Service due: not lent", "orange")
    return Word("Here", "green")


def device_facts(device: HomeDevice) -> Facts:
    facts = [
        ("Serial", device.serial),
        ("Largest current", ma_text(device.max_ua)),
        ("Service due", date_text(device.service_due_on)),
        ("Site", device.site.name),
    ]
    if device.recalled_at is not None:
        when = date_text(device.recalled_at)
        facts.append(("Recalled", f"{when}: {device.recall_reason}"))
    return facts


def loan_facts(loan: Loan) -> Facts:
    facts = [
        ("Out since", date_text(loan.out_on)),
        ("Due back", date_text(loan.due_back_on)),
        ("Taught current", ma_text(loan.taught_ua)),
        ("Cap", f"{ma_text(loan.cap_ua)}, {clock_text(loan.cap_flow_ms)} min"),
        ("Sessions a week", f"at most {loan.sessions_per_week}"),
        ("Trained", f"{loan.trained_person} by {loan.trained_by.name}"),
        ("Accessories", loan.accessories or "none"),
        ("Deposit", loan.deposit or "none"),
    ]
    if loan.returned_on is not None and loan.returned_to is not None:
        back = f"{date_text(loan.returned_on)}, {loan.returned_to.name}"
        facts += [("Back", back), ("Looked at", _check_text(loan.return_check))]
    return facts


def _check_text(check: dict[str, Any]) -> str:
    seen = [RETURN_CHECKS[name] for name in check["ticked"]]
    words = ["may be lent again" if check["fit"] else "not fit", *seen]
    return "; ".join([*words, check["found"]] if check["found"] else words)


def diary_rows(loan: Loan) -> list[dict[str, Any]]:
    """The lines of the diary as doses, the newest first."""
    doses = DoseRecord.objects.filter(
        delivery__loan=loan, superseded_by__isnull=True
    ).select_related("delivery", "leg__session")
    return [
        {
            "session": dose.leg.session_id,
            "number": dose.leg.session.number,
            "at": dose.delivery.happened_at,
            "told": dose_text(dose.confirmed_nc),
            "upper": dose_text(dose.upper_nc),
            "bar": dose_bar(dose),
            "state": OUTCOMES[dose.completeness],
            "over": dose.is_over,
        }
        for dose in doses.order_by("-delivery__happened_at")
    ]
