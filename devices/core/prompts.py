"""What a running treatment asks the person at the chair, and how long it waits.

Therapy time decides when a question is due. Answering is a person's, so the
waiting runs on the real clock, from rows that every supervisor reads alike.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devices.core.programme import Basis, Programme

MINUTE_MS = 60_000
# A score given shortly before the question is due answers it too.
EARLY_MS = 30_000
# The end is asked while there is still a current to lower.
END_LEAD_MS = MINUTE_MS
SKIN_FROM_MS = 2 * MINUTE_MS
SKIN_UNTIL_MS = 5 * MINUTE_MS
URGE_MS = 60_000
HOLD_MS = 120_000


class Kind(StrEnum):
    PAIN = "pain"
    SKIN = "skin"


class Waits(StrEnum):
    """What an unanswered question leads to."""

    NEVER = "never"
    URGE_THEN_HOLD = "urge_then_hold"
    HOLD_ONLY = "hold_only"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question, due at this flow time."""

    name: str
    kind: Kind
    due_ms: int
    text: str
    waits: Waits = Waits.URGE_THEN_HOLD


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a question waits, real time: to be urged, then to hold."""

    urge_ms: int = URGE_MS
    hold_ms: int = HOLD_MS


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Put:
    """A question that was put; `order` is the number of its row."""

    name: str
    order: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A score or a look at the skin, with the flow time at which it came."""

    kind: Kind
    order: int
    flow_ms: int


@dataclass(frozen=True, slots=True)
class Story:
    """What is stored of the questions of a run.

    `flowing_since` is the last start or resume: nobody is waited for in a hold.
    """

    asked: tuple[Put, ...] = ()
    answers: tuple[Answer, ...] = ()
    flowing_since: datetime | None = None


NO_STORY = Story()


@dataclass(frozen=True, slots=True)
class Question:
    """A question without an answer, with the real time that it has waited."""

    prompt: Prompt
    waited_ms: int


def planned_flow_ms(programme: Programme) -> int:
    """Flow time that the programme plans; a charge-led one: dose at the target."""
    if programme.basis is not Basis.CHARGE:
        return programme.flow_ms
    return min(programme.dose_nc // programme.target_ua, programme.max_flow_ms)


def schedule(flow_ms: int, *, first_session: bool = False) -> tuple[Prompt, ...]:
    """Questions of a run with this planned flow time, in the order they fall due.

    Pain at 1 min, 5 min, mid and the last minute; two within a minute are one.
    In a first-ever session also the skin under both poles, from 2 to 5 min.
    """
    end_ms = max(flow_ms - END_LEAD_MS, flow_ms // 2)
    times = {"1 min": MINUTE_MS, "5 min": 5 * MINUTE_MS, "mid": flow_ms // 2}
    prompts = [_pain("end", end_ms)]
    for label, due_ms in sorted(times.items(), key=lambda item: item[1]):
        if all(abs(due_ms - one.due_ms) >= MINUTE_MS for one in prompts) and (
            due_ms < end_ms
        ):
            prompts.append(_pain(label, due_ms))
    if first_session:
        prompts += [one for one in _SKIN if one.due_ms < flow_ms]
    return tuple(sorted(prompts, key=lambda one: one.due_ms))


def _pain(label: str, due_ms: int) -> Prompt:
    when = {"mid": "half-way", "end": "the end"}.get(label, label)
    return Prompt(f"pain {label}", Kind.PAIN, due_ms, f"Ask now: pain at {when}.")


_LOOK = "First session: look at the skin under both electrodes, at 2 to 5 min."
_SKIN = (
    Prompt("skin", Kind.SKIN, SKIN_FROM_MS, _LOOK, Waits.NEVER),
    Prompt("skin late", Kind.SKIN, SKIN_UNTIL_MS, _LOOK, Waits.HOLD_ONLY),
)


def to_ask(
    prompts: Collection[Prompt], flow_ms: int, story: Story
) -> tuple[Prompt, ...]:
    """Questions that are due at this flow time and were neither put nor answered."""
    put = {one.name for one in story.asked}
    return tuple(
        prompt
        for prompt in prompts
        if prompt.due_ms <= flow_ms
        and prompt.name not in put
        and not _answered_early(prompt, story)
    )


def skin_seen(story: Story) -> bool:
    """Whether a look at the skin counts: in its window, or after it was asked for."""
    skin = {prompt.name for prompt in _SKIN}
    put = [one.order for one in story.asked if one.name in skin]
    return any(
        answer.kind is Kind.SKIN
        and (
            answer.flow_ms >= SKIN_FROM_MS - EARLY_MS
            or (bool(put) and answer.order > min(put))
        )
        for answer in story.answers
    )


def _answered_early(prompt: Prompt, story: Story) -> bool:
    # The whole window of the skin check is open from its first question on.
    opens_ms = SKIN_FROM_MS if prompt.kind is Kind.SKIN else prompt.due_ms
    return any(
        answer.kind is prompt.kind and answer.flow_ms >= opens_ms - EARLY_MS
        for answer in story.answers
    )


def open_questions(
    prompts: Collection[Prompt], story: Story, now: datetime
) -> tuple[Question, ...]:
    """Questions that were put and that nobody has answered yet, oldest first."""
    by_name = {prompt.name: prompt for prompt in prompts}
    found = []
    for asked in sorted(story.asked, key=lambda one: one.order):
        prompt = by_name.get(asked.name)
        if prompt is None or _answered(asked, prompt, story):
            continue
        since = max(asked.at, story.flowing_since or asked.at)
        waited_ms = int((now - since).total_seconds() * 1000)
        found.append(Question(prompt, max(0, waited_ms)))
    return tuple(found)


def _answered(asked: Put, prompt: Prompt, story: Story) -> bool:
    return _answered_early(prompt, story) or any(
        answer.kind is prompt.kind and answer.order > asked.order
        for answer in story.answers
    )
