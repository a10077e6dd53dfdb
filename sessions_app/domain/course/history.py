"""What happened in a course at one place of the body, and where it stands by that."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from sessions_app.domain.stepdown import Place


class State(StrEnum):
    """Where a course stands. `FIXED` is a course of so many sessions under way."""

    DRAFT = "draft"
    INDUCTION = "induction"
    EVALUATION = "evaluation"
    INDUCTION_EXTENDED = "induction_extended"
    TAPER = "taper"
    RELAPSE = "relapse"
    MAINTENANCE = "maintenance"
    FIXED = "fixed"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    DISCONTINUED = "discontinued"


INDUCING = frozenset({State.INDUCTION, State.EVALUATION, State.INDUCTION_EXTENDED})
TAPERING = frozenset({State.TAPER, State.RELAPSE, State.MAINTENANCE})
ENDED = frozenset({State.COMPLETED, State.DISCONTINUED})
# In these nobody is treated before a person has decided or measured.
WAITING = ENDED | {State.ON_HOLD, State.EVALUATION}


class Kind(StrEnum):
    """An event of a course. `MEASURED` is a result without a treatment, for example
    asked by telephone; only `NO_SHOW` and `CANCELLED_LATE` count as missed."""

    DONE = "done"
    MEASURED = "measured"
    NO_SHOW = "no_show"
    CANCELLED_LATE = "cancelled_late"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    HOLD = "hold"
    RESUME = "resume"
    STOP = "stop"


MISSED = frozenset({Kind.NO_SHOW, Kind.CANCELLED_LATE})


@dataclass(frozen=True, slots=True)
class Harm:
    """A finding at the place, by a code and grade of `domain.harm`."""

    code: str
    grade: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the next decision rests on; made by `engine.follow`, event by event.

    `place` is the rung with the sessions counted on it. `block` of them lead to the
    evaluation of an induction that began on `block_from`; `induced` counts against
    the cap since the last response. `good` counts good visits running, `best` is
    the lowest score since the last fall-back, `interval_days` the patient's own in
    maintenance. `eased` while the skin is over-dry; `before` is the state that a
    hold interrupted.
    """

    state: State = State.DRAFT
    place: Place = field(default_factory=Place)
    block: int = 0
    block_from: dt.date | None = None
    extended: bool = False
    induced: int = 0
    good: int = 0
    score: int | None = None
    best: int | None = None
    interval_days: int = 0
    relapses: tuple[dt.date, ...] = ()
    eased: bool = False
    missed: int = 0
    reactions: int = 0
    pains: tuple[int, ...] = ()
    asked: bool = False
    before: State = State.DRAFT
    first_done: dt.date | None = None
    last_done: dt.date | None = None
    resumed_on: dt.date | None = None
    recent: tuple[dt.date, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day.

    A done session is `counted` when enough was delivered. `score` is HDSS,
    `sweat` gravimetry as a whole number in one unit over the course, `self_scale`
    and `pain` 0 to 10, `wet_days` since the last visit, `dryness` a grade; None
    where not asked. `decided` is what a person put in the place of the proposal
    that followed.
    """

    day: dt.date
    kind: Kind = Kind.DONE
    counted: bool = True
    score: int | None = None
    sweat: int | None = None
    self_scale: int | None = None
    wet_days: int | None = None
    dryness: int | None = None
    pain: int | None = None
    harms: tuple[Harm, ...] = ()
    reason: str = ""
    decided: Standing | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """Measured before the first session, each as in `Event`. `exposed` sessions of
    the same drug or its kind were given at this place within a year before."""

    score: int | None = None
    sweat: int | None = None
    self_scale: int | None = None
    pain: int | None = None
    exposed: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """A course at one place; events in the order in which they happened."""

    baseline: Baseline = field(default_factory=Baseline)
    events: tuple[Event, ...] = ()


class Rule(StrEnum):
    """Why a course stands where it does; of several that fired the last one here
    names the proposal."""

    STAY = "stay"
    NOT_COUNTED = "not_counted"
    START = "start"
    GAP_NOTE = "gap_note"
    LATE_KEEP = "late_keep"
    LATE_ASK = "late_ask"
    RECOVERED = "recovered"
    NOT_YET = "not_yet"
    ADVANCE = "advance"
    LENGTHEN = "lengthen"
    SHORTEN = "shorten"
    EUHIDROSIS = "euhidrosis"
    RESPONSE = "response"
    GAP_RE_EVALUATE = "gap_re_evaluate"
    GAP_RESTART = "gap_restart"
    MISSED_ASK = "missed_ask"
    RESUMED = "resumed"
    OUT_OF_WINDOW = "out_of_window"
    EVALUATION_DUE = "evaluation_due"
    PARTIAL = "partial"
    CHANGE_FACTOR = "change_factor"
    OVER_DRY = "over_dry"
    RELAPSE_STEP_UP = "relapse_step_up"
    MISSED_STEP_UP = "missed_step_up"
    RELAPSE_INDUCTION = "relapse_induction"
    RELAPSE_REVIEW = "relapse_review"
    COURSE_DONE = "course_done"
    NO_CHANGE = "no_change"
    MISSED_TOO_LONG = "missed_too_long"
    HELD = "held"
    HARM_HOLD = "harm_hold"
    PAIN_RISING = "pain_rising"
    REACTION_AGAIN = "reaction_again"
    BURN = "burn"
    NO_RESPONSE = "no_response"
    INDUCTION_CAP = "induction_cap"
    DRUG_CAP = "drug_cap"
    STOPPED = "stopped"


RANK = {rule: number for number, rule in enumerate(Rule)}


class Advice(StrEnum):
    """What a person is asked to do beside the next session."""

    NOTE_GAP = "note_gap"
    MEASURE = "measure"
    ASK_SCORE = "ask_score"
    RE_EVALUATE = "re_evaluate"
    CHANGE_ONE_FACTOR = "change_one_factor"
    EMOLLIENT = "emollient"
    REVIEW_ALTERNATIVE = "review_alternative"
    TALK_TO_REFERRER = "talk_to_referrer"
    LOOK_AT_SKIN = "look_at_skin"
    ASK_PRESCRIBER = "ask_prescriber"


ADVICE = {
    Rule.GAP_NOTE: Advice.NOTE_GAP,
    Rule.LATE_ASK: Advice.ASK_SCORE,
    Rule.MISSED_ASK: Advice.ASK_SCORE,
    Rule.GAP_RE_EVALUATE: Advice.RE_EVALUATE,
    Rule.EVALUATION_DUE: Advice.MEASURE,
    Rule.CHANGE_FACTOR: Advice.CHANGE_ONE_FACTOR,
    Rule.OVER_DRY: Advice.EMOLLIENT,
    Rule.RELAPSE_REVIEW: Advice.REVIEW_ALTERNATIVE,
    Rule.NO_RESPONSE: Advice.REVIEW_ALTERNATIVE,
    Rule.INDUCTION_CAP: Advice.REVIEW_ALTERNATIVE,
    Rule.NO_CHANGE: Advice.TALK_TO_REFERRER,
    Rule.HARM_HOLD: Advice.LOOK_AT_SKIN,
    Rule.BURN: Advice.LOOK_AT_SKIN,
    Rule.REACTION_AGAIN: Advice.LOOK_AT_SKIN,
    Rule.PAIN_RISING: Advice.TALK_TO_REFERRER,
    Rule.OUT_OF_WINDOW: Advice.ASK_PRESCRIBER,
    Rule.DRUG_CAP: Advice.ASK_PRESCRIBER,
    Rule.MISSED_TOO_LONG: Advice.ASK_PRESCRIBER,
}


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that held, with its numbers."""

    rule: Rule
    why: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a course stands after an event, and what led there."""

    standing: Standing
    fired: tuple[Fired, ...]
