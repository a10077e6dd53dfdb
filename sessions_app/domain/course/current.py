"""The current of today: how far it may be raised, and why no further.

Every run begins at the start of its protocol and is raised with the patient's yes.
What was tolerated last time is shown and bounds today; it is never preset.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from clinic.quantities import ma_exact_text
from sessions_app.domain.course.ladders import CurrentRules, LadderSpec
from sessions_app.domain.course.plain import plain
from sessions_app.domain.course.proposal import ENGINE, Proposal
from sessions_app.domain.protocol import Currents


class CurrentRule(StrEnum):
    """Why the window ends where it does, the gravest last."""

    RAISE = "raise"
    AT_LIMIT = "at_limit"
    HOLD_COMPLIANCE = "hold_compliance"
    HOLD_DRY = "hold_dry"
    FIRST = "first"
    ANEW_REST = "anew_rest"
    ANEW_CHANGE = "anew_change"
    ANEW_PAIN = "anew_pain"
    ANEW_HARM = "anew_harm"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a tolerated current holds for; any change begins anew."""

    place: str
    electrode: str
    waveform: str
    device_kind: str
    polarity_rule: str


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run at this place. `at_compliance` when the stimulator could not
    drive more; `harm` is the highest grade, `pain` the highest score of the run."""

    day: dt.date
    tolerated_ua: int
    set_up: SetUp
    harm: int = 0
    pain: int = 0
    at_compliance: bool = False


@dataclass(frozen=True, slots=True)
class Levels:
    """Currents of the protocol, and the tightest limit of today with its text."""

    start_ua: int
    floor_ua: int
    target_ua: int
    max_ua: int
    step_ua: int
    limit_ua: int
    limit_text: str


@dataclass(frozen=True, slots=True)
class Today:
    day: dt.date
    set_up: SetUp
    dryness: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """Where the current of today may go. `start_ua` is where every run begins;
    `last_ua` is shown beside it, None before a first run."""

    rule: CurrentRule
    start_ua: int
    floor_ua: int
    ceiling_ua: int
    last_ua: int | None
    why: str


def levels_of(currents: Currents, limit_ua: int, limit_text: str) -> Levels:
    """From the protocol as this session gives it, and today's tightest limit."""
    return Levels(
        start_ua=currents.start_ua,
        floor_ua=currents.floor_ua,
        target_ua=currents.target_ua,
        max_ua=currents.max_ua,
        step_ua=currents.step_up_ua,
        limit_ua=limit_ua,
        limit_text=limit_text,
    )


def window_of(
    rules: CurrentRules, levels: Levels, last: LastRun | None, today: Today
) -> Window:
    """Today's window for one place.

    Raises ValueError when a limit leaves nothing at or above the floor.
    """
    least = max(levels.floor_ua, levels.start_ua)
    if levels.limit_ua < least:
        raise ValueError(
            f"{ma_exact_text(levels.limit_ua)} allowed ({levels.limit_text}), the"
            f" protocol begins at {ma_exact_text(least)}. Have the order revised."
        )
    rule, wanted, why = _wanted(rules, levels, last, today)
    ceiling = max(least, min(wanted, levels.limit_ua, levels.max_ua))
    if ceiling < wanted:
        limit = min((levels.limit_ua, levels.limit_text), (levels.max_ua, "protocol"))
        why = f"{why}; {ma_exact_text(limit[0])} at most: {limit[1]}"
        if rule is CurrentRule.RAISE:
            rule = CurrentRule.AT_LIMIT
    return Window(
        rule=rule,
        start_ua=levels.start_ua,
        floor_ua=levels.floor_ua,
        ceiling_ua=ceiling,
        last_ua=None if last is None else last.tolerated_ua,
        why=why,
    )


_Wanted = tuple[CurrentRule, int, str]


def _wanted(
    rules: CurrentRules, levels: Levels, last: LastRun | None, today: Today
) -> _Wanted:
    """Rule, current and reason, before any limit."""
    if levels.floor_ua == levels.max_ua:
        return CurrentRule.FIXED, levels.max_ua, "the protocol has one current"
    if last is None:
        return CurrentRule.FIRST, levels.target_ua, "first run at this place"
    if anew := _anew(rules, last, today):
        # What was not tolerated, or elsewhere, is no reason to go higher than that.
        return anew[0], min(levels.target_ua, last.tolerated_ua), anew[1]
    shown = f"{ma_exact_text(last.tolerated_ua)} on {last.day:%d-%b-%Y}"
    if today.dryness >= rules.dry_grade:
        why = f"{shown}; dryness of grade {today.dryness}: no step up"
        return CurrentRule.HOLD_DRY, last.tolerated_ua, why
    if last.at_compliance:
        why = f"{shown}, all that the stimulator could drive: no step up"
        return CurrentRule.HOLD_COMPLIANCE, last.tolerated_ua, why
    why = f"{shown}, one step of {ma_exact_text(levels.step_ua)} more"
    return CurrentRule.RAISE, last.tolerated_ua + levels.step_ua, why


def _anew(
    rules: CurrentRules, last: LastRun, today: Today
) -> tuple[CurrentRule, str] | None:
    """Why the current begins as at a first run; None when it goes on."""
    if last.harm >= rules.harm_grade:
        return CurrentRule.ANEW_HARM, f"harm of grade {last.harm} last time: anew"
    if last.pain >= rules.pain:
        return CurrentRule.ANEW_PAIN, f"pain {last.pain} of 10 last time: anew"
    if changed := _changed(last.set_up, today.set_up):
        return CurrentRule.ANEW_CHANGE, f"new {changed}: anew"
    days = (today.day - last.day).days
    if days > rules.rest_days:
        return CurrentRule.ANEW_REST, f"{days} days since the last run: anew"
    return None


def _changed(last: SetUp, now: SetUp) -> str:
    pairs = (
        ("place", last.place, now.place),
        ("electrode", last.electrode, now.electrode),
        ("waveform", last.waveform, now.waveform),
        ("kind of stimulator", last.device_kind, now.device_kind),
        ("polarity rule", last.polarity_rule, now.polarity_rule),
    )
    return ", ".join(name for name, before, after in pairs if before != after)


def propose_current(
    spec: LadderSpec, levels: Levels, last: LastRun | None, today: Today
) -> Proposal:
    """Today's window at one place, as a proposal that replays."""
    found = window_of(spec.current, levels, last, today)
    inputs = {
        "kind": "current",
        "engine": ENGINE,
        "ladder": spec.to_dict(),
        "levels": plain(levels),
        "last": plain(last),
        "today": plain(today),
    }
    return Proposal(
        kind="current",
        rule=found.rule.value,
        rules=(found.rule.value,),
        engine=ENGINE,
        ladder=spec.code,
        ladder_version=spec.version,
        inputs=inputs,
        result=plain(found),
        why=found.why,
    )
