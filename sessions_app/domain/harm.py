"""What can go wrong at the skin and beyond, with the meaning of each grade.

Vocabulary and grades follow the manner of CTCAE and the depth of burns; they
are policy of a site until a prescriber changes them. Grades run from 0 (none)
to at most 4.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

MAX_GRADE = 4
# From this grade on somebody calls the patient after a day.
CALL_BACK_GRADE = 1
CALL_BACK_HOURS = 24
INCIDENT_GRADE = 2
ADVICE_GRADE = 2
ADVICE_TIMES = 2


class HarmError(ValueError):
    """A finding that the vocabulary does not know; the text is for people."""


class Code(StrEnum):
    ERY = "ERY"
    VES = "VES"
    BRN = "BRN"
    PAR = "PAR"
    PAI = "PAI"
    DRY = "DRY"
    PRU = "PRU"
    URT = "URT"
    SHK = "SHK"
    PET = "PET"
    WTR = "WTR"
    PIG = "PIG"
    ACH = "ACH"
    ALL = "ALL"
    SYN = "SYN"
    MET = "MET"
    OTH = "OTH"


class Harm(NamedTuple):
    """A kind of harm; `grades` are the meanings of grades 0 and up."""

    label: str
    grades: tuple[str, ...]


_PLAIN = ("none", "mild", "moderate", "severe", "life-threatening")

VOCABULARY: Mapping[Code, Harm] = {
    Code.ERY: Harm(
        "Erythema", ("none", "fades within 24 h", "over 24 h", "with swelling")
    ),
    Code.VES: Harm(
        "Vesicle, pinhead blister",
        ("none", "few, under 2 mm", "many, or over 24 h", "bulla"),
    ),
    Code.BRN: Harm(
        "Burn",
        ("none", "superficial", "partial (2nd degree)", "full (3rd degree)", "graft"),
    ),
    Code.PAR: Harm(
        "Paraesthesia, tingling",
        ("expected", "uncomfortable", "persists over 1 h", "persists over 24 h"),
    ),
    Code.PAI: Harm("Pain", ("0 of 10", "1 to 3", "4 to 6, held", "7 to 10, stopped")),
    Code.DRY: Harm(
        "Dryness, fissure", ("none", "needs an emollient", "fissure", "infected")
    ),
    Code.PRU: Harm("Itch", _PLAIN),
    Code.URT: Harm("Urticaria", _PLAIN),
    Code.SHK: Harm("Shock felt", _PLAIN),
    Code.PET: Harm("Petechiae", _PLAIN),
    Code.WTR: Harm("Waterline rash", _PLAIN),
    Code.PIG: Harm("Pigment, tattoo reaction", _PLAIN),
    Code.ACH: Harm("Anticholinergic: dry mouth, blurred sight, palpitation", _PLAIN),
    Code.ALL: Harm("Allergic reaction", _PLAIN),
    Code.SYN: Harm("Fainting (vasovagal)", _PLAIN),
    Code.MET: Harm("Metallic taste", _PLAIN),
    Code.OTH: Harm("Other", _PLAIN),
}

# What can be seen or felt where an electrode was.
SKIN = (
    Code.ERY,
    Code.VES,
    Code.BRN,
    Code.DRY,
    Code.URT,
    Code.PET,
    Code.WTR,
    Code.PIG,
    Code.ALL,
    Code.PRU,
    Code.PAR,
    Code.PAI,
    Code.OTH,
)
# Most frequent first, as counted with tap water (Dagash 2017).
TAP_WATER_FIRST = (Code.PAR, Code.PRU, Code.PAI, Code.ERY, Code.DRY, Code.VES)


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of harm at a grade. Raises HarmError for a grade without a meaning."""

    code: Code
    grade: int

    def __post_init__(self) -> None:
        highest = len(VOCABULARY[self.code].grades) - 1
        if type(self.grade) is not int or not 0 <= self.grade <= highest:
            raise HarmError(
                f"{self.code} {VOCABULARY[self.code].label}: grade {self.grade} "
                f"entered, it has grades 0 to {highest}."
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"code": self.code.value, "grade": self.grade}

    @property
    def text(self) -> str:
        """`BRN 2, Burn: partial (2nd degree)`."""
        harm = VOCABULARY[self.code]
        return f"{self.code} {self.grade}, {harm.label}: {harm.grades[self.grade]}"


def finding(code: str, grade: int) -> Finding:
    """A finding by its code. Raises HarmError for an unknown code or grade."""
    try:
        return Finding(Code(code), grade)
    except ValueError as error:
        if isinstance(error, HarmError):
            raise
        known = " ".join(Code)
        raise HarmError(f"“{code}” is no code; it is one of {known}.") from error


def worst(findings: Iterable[Finding]) -> int:
    """The highest grade; 0 when there is nothing to see."""
    return max((one.grade for one in findings), default=0)


def picklist(*, tap_water: bool) -> tuple[Code, ...]:
    """All codes; with tap water the most frequent ones first."""
    first = TAP_WATER_FIRST if tap_water else ()
    return (*first, *(code for code in Code if code not in first))


def log_sha256(log: Mapping[str, Any]) -> str:
    """SHA-256 of a copied device log: JSON with sorted keys and no white space.

    A device may say fractions, so the form of programmes is too narrow here.
    """
    text = json.dumps(log, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def needs_call_back(one: Finding) -> bool:
    """Whether somebody calls the patient a day later."""
    return one.grade >= CALL_BACK_GRADE


def is_incident(one: Finding) -> bool:
    """Whether it stops the course and takes the stimulator out of use."""
    return one.code is Code.BRN and one.grade >= INCIDENT_GRADE


class Reaction(NamedTuple):
    """A valid adverse event as the stop rule sees it; `session` is any key."""

    place: str
    grade: int
    session: object


def stop_advised(reactions: Sequence[Reaction]) -> tuple[str, ...]:
    """Places with a reaction of grade 2 or more in two sessions or more."""
    sessions: dict[str, set[object]] = defaultdict(set)
    for reaction in reactions:
        if reaction.grade >= ADVICE_GRADE and reaction.place:
            sessions[reaction.place].add(reaction.session)
    return tuple(
        sorted(place for place, found in sessions.items() if len(found) >= ADVICE_TIMES)
    )
