"""Courses in words: states, rules, advice, decisions; what a proposal rests on."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from clinic.jinja import date_text
from sessions_app.domain.course.history import Advice, Kind, Rule, Standing, State
from sessions_app.domain.course.ladders import Fixed, LadderSpec
from sessions_app.domain.harm import VOCABULARY, Code
from sessions_app.models import Course, Proposal
from sessions_app.web.ladder_words import rhythm_text, rung_text
from sessions_app.web.words import Word

COURSE: dict[str, Word] = {
    Course.State.ACTIVE: Word("Active", "green"),
    Course.State.ON_HOLD: Word("On hold", "orange"),
    Course.State.COMPLETED: Word("Completed", "grey"),
    Course.State.DISCONTINUED: Word("Ended", "red"),
}

STATE: dict[str, Word] = {
    State.DRAFT: Word("Not begun", "grey"),
    State.INDUCTION: Word("Induction", "blue"),
    State.EVALUATION: Word("To be evaluated", "orange"),
    State.INDUCTION_EXTENDED: Word("Induction, extended", "blue"),
    State.TAPER: Word("Stepping down", "aqua-green"),
    State.RELAPSE: Word("Relapse, stepped up", "orange"),
    State.MAINTENANCE: Word("Maintenance", "green"),
    State.FIXED: Word("Under way", "blue"),
    State.ON_HOLD: Word("On hold", "orange"),
    State.COMPLETED: Word("Completed", "grey"),
    State.DISCONTINUED: Word("Ended", "red"),
}

RULE: dict[str, str] = {
    Rule.STAY: "Go on as before",
    Rule.NOT_COUNTED: "Repeat: too little was delivered",
    Rule.START: "Begin the course",
    Rule.GAP_NOTE: "Go on after a gap, with a note",
    Rule.LATE_KEEP: "Late, the rung goes on",
    Rule.LATE_ASK: "Late: ask for the score first",
    Rule.RECOVERED: "Recovered from the relapse",
    Rule.NOT_YET: "Stay on the rung: not good enough yet",
    Rule.ADVANCE: "Step down to the next rung",
    Rule.LENGTHEN: "Longer interval",
    Rule.SHORTEN: "Shorter interval",
    Rule.EUHIDROSIS: "Dry early: step down",
    Rule.RESPONSE: "Response: step down",
    Rule.GAP_RE_EVALUATE: "Gap: sessions are added",
    Rule.GAP_RESTART: "Gap: the block begins anew",
    Rule.MISSED_ASK: "Missed: ask for the score by telephone",
    Rule.RESUMED: "Resumed",
    Rule.OUT_OF_WINDOW: "The course leaves its window",
    Rule.EVALUATION_DUE: "Evaluate: measure first",
    Rule.PARTIAL: "Partial response: extend",
    Rule.CHANGE_FACTOR: "Weak response: change one factor",
    Rule.OVER_DRY: "Over-dry skin: treat less often",
    Rule.RELAPSE_STEP_UP: "Relapse: one step up",
    Rule.MISSED_STEP_UP: "Worse after missed visits: one step up",
    Rule.RELAPSE_INDUCTION: "Second relapse: back to induction",
    Rule.RELAPSE_REVIEW: "Relapses pile up: review the alternatives",
    Rule.COURSE_DONE: "Every session is done",
    Rule.NO_CHANGE: "No change so far: hold, talk to the referrer",
    Rule.MISSED_TOO_LONG: "Nobody came for long: hold",
    Rule.HELD: "On hold",
    Rule.HARM_HOLD: "Harm: hold until a person has looked",
    Rule.PAIN_RISING: "Pain rises: end the course",
    Rule.REACTION_AGAIN: "Same reaction again: end the course",
    Rule.BURN: "Burn: end the course",
    Rule.NO_RESPONSE: "No response: end the course",
    Rule.INDUCTION_CAP: "As many sessions as may be: end the course",
    Rule.DRUG_CAP: "As much of the drug as may be: end the course",
    Rule.STOPPED: "Ended by a person",
}

ADVICE: dict[str, str] = {
    Advice.NOTE_GAP: "Note why nobody came.",
    Advice.MEASURE: "Measure HDSS, and sweat where it is weighed.",
    Advice.ASK_SCORE: "Ask for HDSS, by telephone if need be.",
    Advice.RE_EVALUATE: "Evaluate again at the end of the block.",
    Advice.CHANGE_ONE_FACTOR: (
        "Change one thing: more current, the poles, the waveform or the drug."
    ),
    Advice.EMOLLIENT: "Emollient with urea or zinc.",
    Advice.REVIEW_ALTERNATIVE: "Speak with the prescriber about another treatment.",
    Advice.TALK_TO_REFERRER: "Talk to the referrer before going on.",
    Advice.LOOK_AT_SKIN: "Look at the skin before anything else.",
    Advice.ASK_PRESCRIBER: "Ask the prescriber.",
}

DECISION: dict[str, Word] = {
    Proposal.Decision.OPEN: Word("Open", "orange"),
    Proposal.Decision.ACCEPTED: Word("Accepted", "green"),
    Proposal.Decision.CHANGED: Word("Changed", "blue"),
    Proposal.Decision.REJECTED: Word("Rejected", "red"),
    Proposal.Decision.SUPERSEDED: Word("Replaced by newer facts", "grey"),
}

_ENDED = (State.COMPLETED, State.DISCONTINUED)
_NO_VISIT = {
    State.EVALUATION: "Evaluate before the next session",
    State.ON_HOLD: "Hold: no session until a person resumes",
    State.COMPLETED: "The course is completed",
    State.DISCONTINUED: "End the course",
}


def step_text(result: Mapping[str, Any] | None) -> str:
    """`Taper 2, session 1 of 4, 26-Nov-2026`: what is proposed or decided."""
    if not result or "state" not in result:
        return "–"
    if result["state"] in _NO_VISIT:
        return _NO_VISIT[State(result["state"])]
    parts = [rung_text(result["rung"])] if result.get("rung") else []
    if "number" in result:
        of = f" of {result['of']}" if result.get("of") else ""
        parts.append(f"session {result['number']}{of}")
    day = day_of(result)
    if day is not None:
        parts.append(date_text(day))
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def booked_text(decided: Mapping[str, Any]) -> str:
    """The day and time that a person booked."""
    day = date_text(dt.date.fromisoformat(decided["due_on"]))
    return " ".join(filter(None, (day, decided.get("due_at"))))


def day_of(result: Mapping[str, Any]) -> dt.date | None:
    """The day that is proposed for the next visit."""
    dates = result.get("dates")
    return dt.date.fromisoformat(dates["day"]) if dates else None


def rungs_of(
    spec: LadderSpec, result: Mapping[str, Any], before: Standing | None = None
) -> list[dict[str, Any]]:
    """The ladder as a row of steps, with where a place is and how far on it.

    `before` is where it stood while the step waits for a person.
    """
    state, number, of = result["state"], result["number"], result["of"]
    if spec.fixed is not None:
        return _sessions(spec.fixed, state, number - 1)
    stages = spec.down.ladder.stages if spec.down else ()
    names = [stage.name for stage in stages]
    at = names.index(result["rung"])
    rows = [
        {
            "name": rung_text(stage.name),
            "rhythm": rhythm_text(stage.pattern),
            "is": "now" if n == at else "done" if n < at else "later",
            "told": _rung_told(stage.sessions, n - at, number, of),
        }
        for n, stage in enumerate(stages)
    ]
    if rows:
        rows.insert(1, _evaluation(state, at))
    if state == State.EVALUATION:
        rows[0] |= {"is": "done", "told": f"{number - 1} sessions"}
    if before is not None and before.place.stage != at:
        _only_proposed(rows, before, at)
    return rows


def _only_proposed(rows: list[dict[str, Any]], before: Standing, at: int) -> None:
    """Here is still where the course stood; the evaluation is the second row."""
    here = before.place.stage + (before.place.stage > 0)
    if before.state is State.EVALUATION:
        rows[0]["is"], here = "done", 1
    rows[here] |= {"is": "now"}
    rows[at + (at > 0)] |= {"is": "next"}
    for row in rows[here + 1 :]:
        if row["is"] == "done":
            row["is"] = "later"


def _sessions(fixed: Fixed, state: str, done: int) -> list[dict[str, Any]]:
    """A fixed course session by session, with how many of how many at the last one
    that is not to come."""
    rest = "off" if state in _ENDED else "later"
    here = min(done, fixed.sessions - 1) if state not in _ENDED else -1
    rows = [
        {
            "name": f"Session {n + 1}",
            "rhythm": "",
            "is": "now" if n == here else "done" if n < done else rest,
            "told": "",
        }
        for n in range(fixed.sessions)
    ]
    at = here if here >= 0 else max(done - 1, 0)
    rhythm = rhythm_text(fixed.pattern)
    rows[at] |= {"told": f"{done} of {fixed.sessions} done", "rhythm": rhythm}
    return rows


def _rung_told(sessions: int | None, beyond: int, number: int, of: int | None) -> str:
    if beyond == 0:
        return f"session {number} of {of}" if of else f"session {number}"
    return f"{sessions} sessions" if sessions else "goes on"


def _evaluation(state: str, at: int) -> dict[str, Any]:
    here = "done" if at else "later"
    if state == State.EVALUATION:
        here = "now"
    return {"name": "Evaluation", "rhythm": "", "is": here, "told": "HDSS, sweat"}


def input_facts(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a proposal rests on: the last of each measure, harm, last done."""
    history = inputs["history"]
    events, baseline = history["events"], history["baseline"]
    done = [event for event in events if event["kind"] == Kind.DONE]
    harms = [
        f"{VOCABULARY[Code(harm['code'])].label} grade {harm['grade']}"
        for event in done[-1:]
        for harm in event["harms"]
    ]
    facts = [
        ("HDSS before", _told(baseline["score"])),
        ("HDSS last", _last(events, "score")),
        ("Wet days last", _last(events, "wet_days")),
        ("Pain before", _told(baseline["pain"])),
        ("Pain last", _last(events, "pain")),
        ("Harm at the last session", ", ".join(harms) or "none"),
        ("Last done", _day(done[-1]["day"]) if done else "none yet"),
        ("Visits in the history", str(len(events))),
        ("Seen on", _day(inputs["today"])),
    ]
    return [fact for fact in facts if fact[1]]


def _told(value: int | None) -> str:
    return "" if value is None else str(value)


def _last(events: list[Mapping[str, Any]], name: str) -> str:
    known = [event for event in events if event[name] is not None]
    return f"{known[-1][name]} on {_day(known[-1]['day'])}" if known else ""


def _day(text: str) -> str:
    return date_text(dt.date.fromisoformat(text))
