"""Dose records in words: per leg, per pole, credit, how it is known."""

from collections.abc import Iterable
from typing import Any

from clinic.jinja import date_text, dose_text, time_text
from clinic.quantities import clock_text, ma_text
from devices.core.parts import Basis
from sessions_app.domain.completeness import Verdict
from sessions_app.domain.estimates import split_estimate
from sessions_app.models import DoseRecord, LotUse
from sessions_app.web.current_words import decided_facts
from sessions_app.web.facts import Facts
from sessions_app.web.words import Word, place_name

OUTCOMES: dict[str, Word] = {
    Verdict.COMPLETE: Word("Complete", "green"),
    Verdict.PARTIAL: Word("Partial", "yellow"),
    Verdict.ATTEMPTED: Word("Attempted, does not count", "orange"),
    Verdict.OVER: Word("Over the dose: incident", "red"),
}
BASES = {
    Basis.TIME: "by time",
    Basis.CHARGE: "by charge",
    Basis.EVENT: "given whole or not at all",
}
_AGREES = {
    True: "✓ yes",
    False: "✕ NO: look into it",
    None: "not compared",
}


def is_measured(dose: DoseRecord) -> bool:
    """Whether there is a trace of it; a total alone is no measurement."""
    return dose.evidence == DoseRecord.Evidence.TRACE and not dose.is_estimate


def dose_bar(dose: DoseRecord) -> dict[str, Any]:
    """Delivered against target; hatched at the upper bound when not measured."""
    measured = is_measured(dose)
    given_nc = dose.confirmed_nc if measured else dose.upper_nc
    words = "delivered" if measured else "at most, not measured"
    return {
        "delivered": given_nc,
        "target": dose.prescribed_nc,
        "hatched": not measured,
        "text": f"{dose_text(given_nc)} of {dose_text(dose.prescribed_nc)} {words}",
    }


def outcome(dose: DoseRecord) -> dict[str, str]:
    """The word for a session's newest dose, and the figures behind it."""
    word = OUTCOMES[dose.completeness]
    how = "confirmed" if is_measured(dose) else "estimated"
    tolerated = f", {ma_text(dose.tolerated_ua)} tolerated" if dose.tolerated_ua else ""
    return {
        "label": word.label,
        "colour": word.colour,
        "text": f"{dose_text(dose.confirmed_nc, 2)} {how} in "
        f"{clock_text(dose.flow_ms)} of flow{tolerated}.{_off_pole(dose)}",
    }


def _off_pole(dose: DoseRecord) -> str:
    """What of a drug's dose flowed the wrong way, in words."""
    wrong_nc = dose.credits[0]["wrong_pole_nc"] if dose.credits else 0
    return f" {dose_text(wrong_nc, 2)} of it at the wrong pole." if wrong_nc else ""


def dose_view(dose: DoseRecord) -> dict[str, Any]:
    """A dose as the record page shows it."""
    return {
        "id": dose.pk,
        "place": place_name(dose.leg.prescribed),
        "bar": dose_bar(dose),
        "rows": [
            _whole_row(dose),
            *_split_rows(dose),
            *_pole_rows(dose),
            *_credit_rows(dose),
        ],
        "estimate": "" if is_measured(dose) else _estimate_text(dose),
        "over": _over_text(dose),
        "facts": _facts(dose),
        "swappable": bool(dose.credits),
        "by_parts": dose.evidence == DoseRecord.Evidence.TRACE,
        "swapped": [
            f"{clock_text(start)} to {clock_text(end)}" for start, end in dose.swapped
        ],
    }


def _row(what: str, figure: str, evidence: str, **more: str) -> dict[str, str]:
    plain = {"prescribed": "–", "upper": "–"}
    return {**plain, "what": what, "confirmed": figure, "evidence": evidence, **more}


def _whole_row(dose: DoseRecord) -> dict[str, str]:
    return _row(
        "Whole run" if dose.run_id else "Whole treatment",
        dose_text(dose.confirmed_nc, 2),
        dose.get_evidence_display(),
        prescribed=dose_text(dose.prescribed_nc, 2),
        upper=dose_text(dose.upper_nc, 2),
    )


def _split_rows(dose: DoseRecord) -> list[dict[str, str]]:
    """What each end of a split lead may have had; none where it ends in one place."""
    places = dose.leg.prescribed.split_places
    if not places:
        return []
    # Nobody measures the branches: equal conductance.
    branches = dict.fromkeys(map(str, places), 1)
    shares = split_estimate(dose.confirmed_nc, dose.upper_nc, branches)
    return [
        _row(
            f"Branch of the split lead: {share.place}",
            dose_text(share.estimate_nc, 2),
            "Estimate, not measured",
            upper=dose_text(share.upper_nc, 2),
        )
        for share in shares
    ]


def _pole_rows(dose: DoseRecord) -> list[dict[str, str]]:
    """What each lead gave as anode; without a run nobody knows it."""
    if not dose.run_id:
        return []
    evidence = dose.get_evidence_display()
    return [
        _row(f"While {lead} was anode ({place})", dose_text(charge_nc, 2), evidence)
        for (lead, place), charge_nc in zip(
            places_by_lead(dose), (dose.red_anode_nc, dose.black_anode_nc), strict=True
        )
    ]


def places_by_lead(dose: DoseRecord) -> tuple[tuple[str, str], tuple[str, str]]:
    """Where the red and the black lead were to go."""
    if dose.run is not None:
        channel = dose.run.channels.get(index=0)
        return ("RED", channel.red_place), ("BLACK", channel.black_place)
    leg = dose.leg.prescribed
    places = (leg.active_place, leg.return_place)
    if leg.drug_pole == "cathode":
        places = places[::-1]
    return ("RED", places[0]), ("BLACK", places[1])


def _credit_rows(dose: DoseRecord) -> list[dict[str, str]]:
    poles = dose.get_pole_evidence_display()
    rows = []
    for credit in dose.credits:
        right, wrong = credit["therapeutic_nc"], credit["wrong_pole_nc"]
        rows.append(_row(f"Credit of {credit['name']}", dose_text(right, 2), poles))
        if wrong:
            what = f"{credit['name']} at the wrong pole: no credit, full skin charge"
            rows.append(_row(what, dose_text(wrong, 2), poles))
    return rows


def _estimate_text(dose: DoseRecord) -> str:
    text = f"Not measured: {dose.get_evidence_display().lower()}."
    return f"{text} It counts as {dose_text(dose.upper_nc, 2)} towards every cap."


def _over_text(dose: DoseRecord) -> str:
    if not dose.is_over:
        return ""
    said = f": {dose.reason}" if dose.delivery_id else ""
    return f"Over a limit{said}. It is an incident on the prescribers' list."


def _facts(dose: DoseRecord) -> Facts:
    facts = [
        (
            "Complete",
            f"{OUTCOMES[dose.completeness].label}, {BASES[Basis(dose.basis)]}",
        ),
        ("Flow time", _flow(dose)),
        ("Tolerated", ma_text(dose.tolerated_ua) if dose.tolerated_ua else "not read"),
    ]
    if dose.run_id:
        facts += decided_facts(dose.leg, dose.tolerated_ua)
    if split := dose.leg.prescribed.split_places:
        how = "how it divided is a guess, each may have had the whole"
        facts.append(("Split lead", f"{' and '.join(map(str, split))}: {how}"))
    if dose.credits:
        facts.append(("Poles", dose.get_pole_evidence_display()))
    facts += [(use.get_role_display(), str(use.lot)) for use in _lots(dose)]
    if dose.device_counter_nc is not None:
        facts.append(("Device counter", dose_text(dose.device_counter_nc, 2)))
    if dose.run_id:
        facts.append(("Counter agrees with trace", _AGREES[dose.counter_agrees]))
    if dose.delivery is not None:
        facts += _delivery_facts(dose)
    if dose.recorded_by is not None:
        facts.append((f"Stated by {dose.recorded_by.name}", dose.reason))
    return facts


def _lots(dose: DoseRecord) -> Iterable[LotUse]:
    """What was put on, each lot once however many runs it took."""
    uses = dose.leg.lot_uses.select_related("lot").order_by("id")
    return {(use.role, use.lot_id): use for use in uses}.values()


def _delivery_facts(dose: DoseRecord) -> Facts:
    """Both times of an entry, and what stands behind it."""
    entry = dose.delivery
    facts = [
        ("Entered as", entry.get_source_display()),
        ("Given", f"{date_text(entry.happened_at)} {time_text(entry.happened_at)}"),
        ("Entered", f"{date_text(entry.at)} {time_text(entry.at)}"),
        ("Why no network", entry.why),
    ]
    if entry.serial:
        facts.append(("Device serial", entry.serial))
    if entry.readings:
        read = (f"{row['minute']:g} min {ma_text(row['ua'])}" for row in entry.readings)
        facts.append(("Meter", ", ".join(read)))
    return facts


def _flow(dose: DoseRecord) -> str:
    """`19:58 of 20:00`; a charge-led run has no planned flow time."""
    flowed = clock_text(dose.flow_ms)
    planned = dose.planned_flow_ms
    by_charge = dose.basis == Basis.CHARGE
    return flowed if by_charge or not planned else f"{flowed} of {clock_text(planned)}"
