"""A test as its pages show it: places, timers, results, and what is asked next."""

import datetime as dt
from typing import Any

from django.utils import timezone

from clinic.jinja import date_text, second_text
from clinic.models import Staff
from clinic.permissions import allowed
from clinic.quantities import clock_text
from sessions_app.domain.diagnostics import DiagnosticTest, Phase, Verdict, milli_text
from sessions_app.models import Collection, LabResult, Proposal, TreatmentSession
from sessions_app.selectors.diagnostics import (
    MS,
    SIGNED,
    PlaceOfTest,
    Standing,
    interpretations_of,
    places_of_test,
    repeats_of,
    standing_of_test,
)
from sessions_app.web.words import Word

PHASE: dict[Phase, Word] = {
    Phase.WAITING: Word("No current yet", "grey"),
    Phase.NOT_DONE: Word("Cut short: no test", "yellow"),
    Phase.TO_COLLECT: Word("Collect now", "orange"),
    Phase.COLLECTING: Word("Collecting", "aqua-green"),
}
VERDICT: dict[Verdict, Word] = {
    Verdict.ENOUGH: Word("Enough", "green"),
    Verdict.QNS: Word("Not sufficient (QNS)", "orange"),
    Verdict.NO_SWEAT: Word("No sweat seen", "blue"),
}
TRUST = {
    "S": "source seen",
    "M": "from memory",
    "D": "derived",
    "P": "site policy",
}


def diagnostic_view(session: TreatmentSession, staff: Staff) -> dict[str, Any] | None:
    """Everything about a test; None for a treatment and before any current."""
    places = places_of_test(session)
    if all(one.phase is Phase.WAITING for one in places):
        return None
    test = places[0].test
    signed = session.state in SIGNED
    standing = standing_of_test(session, places)
    site = session.site_id
    return {
        "title": test.title,
        "signed": signed,
        "may_collect": not signed and allowed(staff, "session.treat", site),
        "may_enter": signed and allowed(staff, "result.enter", site),
        "may_interpret": signed
        and standing is not Standing.NOT_DONE
        and allowed(staff, "result.interpret", site),
        "places": [_place(one) for one in places],
        "limit": clock_text(test.collect_ms),
        "rule": _rule(test),
        "norms": norms_of(test) if signed else [],
        "awaits": [one.name for one in places if one.awaited],
        "interpretations": interpretations_of(session),
        "repeats": [
            _repeat(number, one) for number, one in enumerate(repeats_of(session), 1)
        ],
        "may_decide": allowed(staff, "course.decide", site),
    }


def norms_of(test: DiagnosticTest) -> list[dict[str, Any]]:
    """The bands with whom they are for and where they are from."""
    return [
        {
            "ages": norm.ages,
            "bands": norm.bands,
            "source": source_text(test, f"norms.{number}"),
        }
        for number, norm in enumerate(test.norms)
    ]


def source_text(test: DiagnosticTest, leaf: str) -> str:
    """`LabCE (source seen)`."""
    source = test.source_of(leaf)
    return f"{source.name} ({TRUST[source.trust.value]})"


def _rule(test: DiagnosticTest) -> str:
    least = [
        f"{milli_text(one.minimum_milli)} {one.unit} ({one.label.lower()})"
        for one in test.containers
        if one.minimum_milli
    ]
    minutes = clock_text(test.collect_ms)
    source = source_text(test, "containers")
    if not least:
        return f"Any amount is the result, collected for {minutes} min. {source}."
    return (
        f"At each place by itself at least {' or '.join(least)} within {minutes} min;"
        f" places are never pooled. {source}."
    )


def _place(place: PlaceOfTest) -> dict[str, Any]:
    row = place.collection
    word = PHASE.get(place.phase)
    if row is not None and row.result:
        word = VERDICT[Verdict(row.result)]
        if row.note:
            word = Word("Not collected", "orange")
    view: dict[str, Any] = {
        "number": place.leg.order,
        "name": place.name,
        "word": word,
        "phase": place.phase.value,
        "containers": place.test.containers,
        "facts": [],
        "timer": None,
        "label": "",
        "awaited": place.awaited,
        "result": None,
        "earlier": [],
    }
    if row is None:
        return view
    view["facts"] = _facts(place, row)
    view["label"] = row.label if place.phase is Phase.COLLECTING or place.enough else ""
    view["unit"] = place.container.unit if place.container else ""
    if place.phase is Phase.COLLECTING:
        view["timer"] = _timer(place, row)
    if place.result is not None:
        view["result"] = place.result
        view["value"] = _value(place, place.result)
        view["earlier"] = [
            (_value(place, one), one.entered_by.name, date_text(one.at))
            for one in place.results[:-1]
        ]
    return view


def _value(place: PlaceOfTest, result: LabResult) -> str:
    unit = place.test.analyte.unit if place.test.analyte else ""
    return f"{milli_text(result.chloride_milli)} {unit}"


def _timer(place: PlaceOfTest, row: Collection) -> dict[str, Any]:
    now = timezone.now()
    elapsed = (now - row.started_at) // MS
    over = place.over_ms
    off_at = row.started_at + row.limit_ms * MS
    return {
        "elapsed_ms": elapsed,
        "limit_ms": row.limit_ms,
        "elapsed": clock_text(elapsed),
        "limit": clock_text(row.limit_ms),
        "read_at": second_text(now),
        "started": second_text(row.started_at),
        "off_at": second_text(off_at),
        "over": clock_text(over) if over else "",
    }


def _facts(place: PlaceOfTest, row: Collection) -> list[tuple[str, str]]:
    container = place.container
    unit = container.unit if container else ""
    least = milli_text(row.minimum_milli)
    facts = [
        ("Collected in", container.label if container else row.container),
        ("Begun", f"{second_text(row.started_at)}, {row.started_by.name}"),
    ]
    if row.ended_at is None or row.ended_by is None:
        return facts
    if row.note:
        return [("Nothing collected", f"{row.note} ({row.ended_by.name})")]
    took = clock_text((row.ended_at - row.started_at) // MS)
    facts.append(("Ended", f"{second_text(row.ended_at)}, {row.ended_by.name}"))
    limit = clock_text(row.limit_ms)
    if place.over_ms:
        over = clock_text(place.over_ms)
        facts.append(("Took", f"{took} min: ✕ {over} over the limit of {limit}"))
    else:
        facts.append(("Took", f"{took} of {limit} min"))
    asked = f", at least {least} {unit}" if row.minimum_milli else ""
    facts.append(("Amount", f"{milli_text(row.amount_milli or 0)} {unit}{asked}"))
    return facts


def _repeat(number: int, proposal: Proposal) -> dict[str, Any]:
    decided = proposal.decided or {}
    return {
        "id": proposal.pk,
        "number": number,
        "open": proposal.decision == Proposal.Decision.OPEN,
        "why": proposal.why,
        "rule": proposal.rule.replace("_", " "),
        "due_on": _day(proposal.result["due_on"]),
        "places": ", ".join(proposal.result["places"]),
        "decision": proposal.get_decision_display(),
        "by": proposal.decided_by.name if proposal.decided_by else "",
        "at": proposal.decided_at,
        "reason": proposal.reason,
        "session": decided.get("session", ""),
        "asked": bool(decided.get("asked")),
        "decided_on": _day(decided.get("due_on", "")),
    }


def _day(text: str) -> str:
    return date_text(dt.date.fromisoformat(text)) if text else ""
