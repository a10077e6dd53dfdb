"""The current of today in words: last time, how far now, and by which rule."""

import datetime as dt
import uuid
from typing import Any

from clinic.jinja import date_text
from clinic.quantities import ma_exact_text
from devices.models import Stimulator
from sessions_app.domain.course.current import CurrentRule
from sessions_app.models import DoseRecord, Leg
from sessions_app.selectors.last_run import Last, current_decided
from sessions_app.services.current import Offer
from sessions_app.web.facts import Facts

# Where no reason beyond the rule is worth a line on the card.
_RULES: dict[str, str] = {
    CurrentRule.RAISE: "one step more",
    CurrentRule.HOLD_DRY: "no step up on over-dry skin",
    CurrentRule.HOLD_COMPLIANCE: "no step up, the stimulator could drive no more",
    CurrentRule.FIRST: "the target of the protocol",
    CurrentRule.FIXED: "fixed by the protocol",
}
_EVIDENCE: dict[str, str] = {
    DoseRecord.Evidence.TRACE: "measured",
    DoseRecord.Evidence.COUNTER: "by the device counter",
    DoseRecord.Evidence.HAND: "read by hand, an estimate",
    DoseRecord.Evidence.DIARY: "from a home diary or log",
    DoseRecord.Evidence.PATCH: "worn patch",
}


def window_card(offer: Offer) -> dict[str, Any] | None:
    """What is proposed for today, as the page before a run shows it; None where
    nothing is."""
    found = offer.proposal
    if found is None or offer.proposed_ua is None:
        return None
    return {
        "last": _last(offer.last),
        "today": ma_exact_text(offer.proposed_ua),
        "rule": _RULES.get(found.rule, found.why),
        "why": found.why,
        "ladder": f"{found.ladder} v{found.ladder_version}",
        "fixed": found.rule == CurrentRule.FIXED,
    }


def _last(last: Last | None) -> str:
    if last is None:
        return "First run at this place"
    evidence = _EVIDENCE[last.dose.evidence]
    shown = _on(last.run.tolerated_ua, last.run.day)
    return f"Last time {shown} ({evidence})"


def _on(ua: int, day: dt.date) -> str:
    return f"{ma_exact_text(ua)} on {date_text(day)}"


def other_kinds(
    offers: dict[uuid.UUID, Offer], usual: Stimulator | None
) -> dict[uuid.UUID, str]:
    """By stimulator, what today's window is where it is not that of the usual one."""
    shown = offers[usual.pk].proposed_ua if usual is not None else None
    return {
        key: f"up to {ma_exact_text(offer.proposed_ua)}: {offer.proposal.why}"
        for key, offer in offers.items()
        if offer.proposal is not None
        and offer.proposed_ua is not None
        and offer.proposed_ua != shown
    }


def last_shown(leg: Leg) -> str:
    """What was tolerated last time, beside the current that flows; never preset."""
    row = current_decided(leg)
    last = row.inputs["last"] if row is not None else None
    if last is None:
        return ""
    return _on(last["tolerated_ua"], dt.date.fromisoformat(last["day"]))


def decided_facts(leg: Leg, reached_ua: int) -> Facts:
    """Proposed, decided and reached, for the record; empty without a proposal."""
    row = current_decided(leg)
    if row is None:
        return []
    proposed, decided = (
        ma_exact_text(one["ceiling_ua"]) for one in (row.result, row.decided)
    )
    who = f"{row.get_decision_display().lower()} by {row.decided_by.name}"
    why = f": {row.reason}" if row.reason else ""
    return [
        ("Proposed current", f"up to {proposed}: {row.why}"),
        ("Decided current", f"up to {decided}, {who}{why}"),
        ("Reached current", ma_exact_text(reached_ua) if reached_ua else "not read"),
    ]
