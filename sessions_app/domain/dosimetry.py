"""What a dose was worth: poles, credit of the drug, evidence, agreement.

mA·min is electric charge, not a mass of drug. Absolute, signed and per-pole
charge are different numbers. Minutes on the wrong pole earn no therapeutic
credit and count in full for the skin.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from devices.core.charge import Charge, Pair, Span, overlaps, pairs, parts2
from devices.core.reading import Phase, Reading
from sessions_app.domain.poles import IonSign, Lead, Pole
from sessions_app.domain.protocol import Drug

COUNTER_PERMILLE = 5
# A source that can drive the current follows what is set within 1 %.
DRIVEN_PERMILLE = 950


class Evidence(StrEnum):
    """How a dose is known. A dose never borrows a better evidence; whatever the
    evidence, it counts towards caps at its upper bound."""

    TRACE = "trace"
    COUNTER = "counter"
    HAND = "hand"
    DIARY = "diary"
    PATCH = "patch"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Credit:
    therapeutic_nc: int
    wrong_pole_nc: int
    skin_nc: int


@dataclass(frozen=True, slots=True)
class DrugCredit:
    """What a run was worth for one drug."""

    code: str
    name: str
    therapeutic_nc: int
    wrong_pole_nc: int


def wrong_pole(
    samples: Iterable[Span],
    holds: Sequence[Span],
    max_gap_ms: int,
    *,
    sign: IonSign,
    swapped: Sequence[Span],
) -> Credit:
    """Credit of samples (t_ms, µA), positive while the drug electrode is the anode.

    Inside a `swapped` stretch (start_ms, end_ms) it is the other way round.
    """
    return _scored(pairs(samples, holds, max_gap_ms), sign.pole, swapped)


def drug_credit(charge: Charge, sign: IonSign, drug_lead: Lead) -> Credit:
    """Credit of a whole run whose drug pad stayed on one lead."""
    return _credit_of(charge, sign.pole, drug_lead)


def drug_credits(charge: Charge, drugs: Iterable[Drug]) -> tuple[DrugCredit, ...]:
    """Credit of a whole run for each drug, as commanded: each on its own lead.

    Then every drug lies right while the current is positive.
    """
    right = Credit(charge.positive_nc, charge.negative_nc, charge.confirmed_nc)
    return tuple(_named(drug, right) for drug in drugs)


def rescored(
    readings: Iterable[Reading],
    max_gap_ms: int,
    drugs: Iterable[Drug],
    swapped: Sequence[Span],
) -> tuple[DrugCredit, ...]:
    """Credit of a run for each drug, once it is known when the leads were swapped.

    `swapped` holds stretches (start_ms, end_ms) of the run's own time. The charge
    that the skin had stays as it was measured.
    """
    flows = flow_pairs(readings, max_gap_ms)
    # A drug of either sign lies right while the red lead is the anode.
    credit = _scored(flows, Pole.ANODE, swapped)
    return tuple(_named(drug, credit) for drug in drugs)


def flow_pairs(readings: Iterable[Reading], max_gap_ms: int) -> Iterator[Pair]:
    """Neighbours among numbered readings between which current was measured.

    As `charge.Accumulator` takes them: none across a missing number or
    measurement, too long a step, or a held reading.
    """
    known = {reading.seq: reading for reading in reversed(list(readings))}
    for a, b in pairwise(known[seq] for seq in sorted(known)):
        if a.mean_ua is None or b.mean_ua is None or b.seq != a.seq + 1:
            continue
        if Phase.HELD in (a.phase, b.phase) or not 0 < b.t_ms - a.t_ms <= max_gap_ms:
            continue
        yield Pair(a.t_ms, b.t_ms, a.mean_ua, b.mean_ua, gap=False)


def _scored(flows: Iterable[Pair], pole: Pole, swapped: Sequence[Span]) -> Credit:
    right2 = wrong2 = 0
    for pair in flows:
        if pair.gap:
            continue
        anode, cathode = parts2(pair.from_ua, pair.to_ua, pair.to_ms - pair.from_ms)
        if overlaps(pair.from_ms, pair.to_ms, swapped):
            anode, cathode = cathode, anode
        right2 += anode if pole is Pole.ANODE else cathode
        wrong2 += cathode if pole is Pole.ANODE else anode
    return Credit(right2 // 2, wrong2 // 2, (right2 + wrong2) // 2)


def _credit_of(charge: Charge, pole: Pole, lead: Lead) -> Credit:
    # Positive charge flowed while red was the anode.
    if (lead is Lead.RED) is (pole is Pole.ANODE):
        right, wrong = charge.positive_nc, charge.negative_nc
    else:
        right, wrong = charge.negative_nc, charge.positive_nc
    return Credit(right, wrong, charge.confirmed_nc)


def _named(drug: Drug, credit: Credit) -> DrugCredit:
    return DrugCredit(drug.code, drug.name, credit.therapeutic_nc, credit.wrong_pole_nc)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Trace against the counter of the device. `off_nc` is what is left unexplained
    between the counter and the range that the trace allows."""

    agrees: bool
    off_nc: int
    tolerance_nc: int


def compare_counter(charge: Charge, counter_nc: int, sample_nc: int) -> Agreement:
    """Agreement within 0.5 % and one sample (`sample_nc`, its largest charge).

    A gap in the trace widens it up to its upper bound.
    """
    tolerance = charge.upper_bound_nc * COUNTER_PERMILLE // 1000 + sample_nc
    below = charge.confirmed_nc - counter_nc
    above = counter_nc - charge.upper_bound_nc
    off = max(below, above, 0)
    return Agreement(off <= tolerance, off, tolerance)


def tolerated_ua(readings: Iterable[Reading]) -> int:
    """The plateau that was held longest, the higher one of equals; 0 without any."""
    counts = Counter(
        abs(reading.set_ua) for reading in readings if reading.phase is Phase.PLATEAU
    )
    return max(counts, key=lambda level: (counts[level], level), default=0)


def at_compliance(readings: Iterable[Reading], level_ua: int) -> bool:
    """Whether most readings of a plateau fell short of what was set.

    A current source falls short only at the end of its voltage.
    """
    held = [
        abs(reading.mean_ua)
        for reading in readings
        if reading.phase is Phase.PLATEAU
        and abs(reading.set_ua) == level_ua
        and reading.mean_ua is not None
    ]
    short = sum(mean * 1000 < level_ua * DRIVEN_PERMILLE for mean in held)
    return short * 2 > len(held)
