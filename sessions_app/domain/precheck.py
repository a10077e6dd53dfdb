"""What is asked before current flows, and what follows from the answers.

Each visit: six questions. At the start of a course and after any change: the
whole list. What the record knows (age, path, drug, dated facts) is evaluated by
code and never asked. Gender is in none of it.

Sources: manuals of tap-water units, drug pads and glycopyrronium bath, as in the
catalogue; the halved ceiling for impaired sensation is a site policy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sessions_app.domain.ordering import allergic_to
from sessions_app.domain.places import Region
from sessions_app.domain.protocol import RESTRICTED_PATHS, PathClass

YES, NO = "yes", "no"
NOTE_CHARS = 200
# A glycopyrronium bath is given once in seven days.
ANTICHOLINERGIC_GAP_DAYS = 7

NEVER_PLACES = frozenset({Region.CHEST, Region.TEMPLE, Region.NECK_FRONT})
THROUGH_TRUNK = frozenset({PathClass.TRUNK, PathClass.LIMB_TO_LIMB})
PELVIC_PATHS = frozenset({PathClass.TRUNK, PathClass.CAVITY})
FEET = frozenset({Region.SOLE, Region.FOOT, Region.HEEL})
# Places for which a chaperone is offered; a site may name more.
INTIMATE = frozenset({Region.PENIS, Region.VAGINA, Region.CHEST, Region.SACRUM})


class Level(StrEnum):
    """What a finding does. `HARD_NEVER` is overridden by nobody."""

    HARD_NEVER = "hard_never"
    HARD = "hard"
    HOLD = "hold"
    PREC = "prec"


class Fact(StrEnum):
    """Dated facts of the patient's record that the check reads."""

    PREGNANCY_RULED_OUT = "pregnancy_ruled_out"
    IMPLANT = "implant"
    SENSATION = "sensation"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands against treatment. With `prescriber` a precaution is
    weighed by a prescriber, not by who treats."""

    code: str
    level: Level
    text: str
    prescriber: bool = False

    @property
    def bars(self) -> bool:
        return self.level is not Level.PREC or self.prescriber

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its own yes and no; `safe` is the answer that changes nothing.

    `level` is None where the other answer only opens the whole list. `says` is
    the finding in words. With `prescriber` it is theirs to weigh.
    """

    name: str
    code: str
    text: str
    safe: str
    says: str
    level: Level | None = None
    prescriber: bool = False

    @property
    def unsafe(self) -> str:
        return NO if self.safe == YES else YES


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person said, `yes` or `no`, and words beside it."""

    answer: str
    note: str = ""

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Context:
    """What the record says about the session. Ages in whole years on the day.

    `paths` has None for a path that nobody may use; `regions` is empty where the
    prescription does not name them. `conditions` are the codes that bar a drug in
    the table of drugs. `days_since_drug` counts from the last treatment with the
    same drug. `self_set` is a current that the patient sets.
    """

    paths: frozenset[PathClass | None]
    regions: frozenset[Region]
    electrodes: frozenset[str]
    age: int
    age_floor: int
    facts: frozenset[Fact] = frozenset()
    allergies: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    conditions: frozenset[str] = frozenset()
    sweat_test: bool = False
    days_since_drug: int | None = None
    self_set: bool = False

    @property
    def anticholinergic(self) -> bool:
        """Whether the drug is one that dries the mouth, as glycopyrronium."""
        return "H12" in self.conditions

    @property
    def on_pads(self) -> bool:
        """Whether anything but a tray of water lies on the skin."""
        return self.electrodes != {"tray"}

    @property
    def pelvic(self) -> bool:
        """Whether current may pass the pelvis, as with both feet in trays."""
        through_legs = PathClass.LIMB_TO_LIMB in self.paths and (
            not self.regions or bool(self.regions & FEET)
        )
        return through_legs or bool(self.paths & PELVIC_PATHS)


def unanswered(questions: Iterable[Question], answers: Answers) -> list[str]:
    """Names of the questions without a yes or a no."""
    return [
        one.name
        for one in questions
        if one.name not in answers or answers[one.name].answer not in (YES, NO)
    ]


def unexplained(questions: Iterable[Question], answers: Answers) -> list[str]:
    """Names of the questions whose answer needs words that are missing."""
    return [
        one.name
        for one in questions
        if answers[one.name].answer == one.unsafe and not answers[one.name].note.strip()
    ]


def changed(questions: Iterable[Question], answers: Answers) -> list[str]:
    """Names of the questions whose answer is not the safe one."""
    return [one.name for one in questions if answers[one.name].answer == one.unsafe]


def evaluate(
    questions: Sequence[Question], answers: Answers, context: Context
) -> list[Finding]:
    """What stands against treatment: by the record, then by the answers.

    Raises ValueError when a question is not answered: silence is no answer.
    """
    if missing := unanswered(questions, answers):
        raise ValueError(f"not answered: {', '.join(missing)}")
    said = [
        _finding(one, answers[one.name], one.level)
        for one in questions
        if one.level is not None and answers[one.name].answer == one.unsafe
    ]
    return by_record(context) + said


def _finding(question: Question, answer: Answer, level: Level) -> Finding:
    note = f": {answer.note.strip()}" if answer.note.strip() else ""
    return Finding(question.code, level, question.says + note, question.prescriber)


def by_record(context: Context) -> list[Finding]:
    """What needs no question: facts, places, age, drug."""
    rules = (_implant, _place, _allergy, _sensation, _age, _too_soon, _sweat_path)
    return [finding for rule in rules if (finding := rule(context)) is not None]


def _implant(context: Context) -> Finding | None:
    if Fact.IMPLANT not in context.facts:
        return None
    return Finding(
        "H1", Level.HARD_NEVER, "An electrical implant stands in the patient's record"
    )


def _place(context: Context) -> Finding | None:
    if places := context.regions & NEVER_PLACES:
        names = ", ".join(sorted(place.label for place in places))
        return Finding("H3", Level.HARD_NEVER, f"No electrode may lie there: {names}")
    if None in context.paths:
        text = "No current may pass between these places: heart, head or neck"
        return Finding("H3", Level.HARD_NEVER, text)
    return None


def _allergy(context: Context) -> Finding | None:
    found = allergic_to(context.allergies, (*context.drugs, *context.allergens))
    if not found:
        return None
    return Finding("H4", Level.HARD, f"Recorded allergy: {', '.join(found)}")


def _sensation(context: Context) -> Finding | None:
    if Fact.SENSATION not in context.facts:
        return None
    return _insensate(context, "The patient's record says so")


def _insensate(context: Context, why: str) -> Finding:
    if context.self_set:
        text = f"Cannot report pain or sensation, and sets the current alone. {why}"
        return Finding("H9", Level.HARD, text)
    text = f"Cannot report pain or sensation: at most half the current. {why}"
    return Finding("H9", Level.PREC, text, prescriber=True)


def _age(context: Context) -> Finding | None:
    if context.age >= context.age_floor:
        return None
    return Finding(
        "H11",
        Level.HARD,
        f"{context.age} years old today; the protocol begins at {context.age_floor}",
    )


def _too_soon(context: Context) -> Finding | None:
    days = context.days_since_drug
    if not context.anticholinergic or days is None:
        return None
    # Two places on one day are one treatment; the schedule counts those.
    if not 0 < days < ANTICHOLINERGIC_GAP_DAYS:
        return None
    return Finding(
        "H12",
        Level.HARD,
        f"{days} days since the last bath with this drug; at least"
        f" {ANTICHOLINERGIC_GAP_DAYS}",
    )


def _sweat_path(context: Context) -> Finding | None:
    if not context.sweat_test or not context.paths & THROUGH_TRUNK:
        return None
    return Finding("H13", Level.HARD, "A sweat test must not cross the trunk")


def bars(findings: Iterable[Finding]) -> bool:
    """Whether anything keeps the session from going on as it is."""
    return any(finding.bars for finding in findings)


def never(findings: Iterable[Finding]) -> bool:
    """Whether anything is there that nobody may override."""
    return any(finding.level is Level.HARD_NEVER for finding in findings)


def halves(findings: Iterable[Finding]) -> bool:
    """Whether an override must halve the ceiling."""
    return any(finding.code == "H9" for finding in findings)


def restricted(paths: Iterable[PathClass | None]) -> bool:
    """Whether a path is one that two prescribers have adopted."""
    return any(path in RESTRICTED_PATHS for path in paths)
