"""What a dose was worth: poles, credit of the drug, evidence, agreement.

mA·min is electric charge, not a mass of drug. Absolute, signed and per-pole
charge are different numbers. Minutes on the wrong pole earn no therapeutic
credit and count in full for the skin.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from devices.core.charge import Charge, Span, overlaps, pairs, parts2
from devices.core.reading import Phase, Reading
from sessions_app.domain.poles import IonSign, Lead, Pole

COUNTER_PERMILLE = 5


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
    right2 = wrong2 = 0
    for pair in pairs(samples, holds, max_gap_ms):
        if pair.gap:
            continue
        anode, cathode = parts2(pair.from_ua, pair.to_ua, pair.to_ms - pair.from_ms)
        if overlaps(pair.from_ms, pair.to_ms, swapped):
            anode, cathode = cathode, anode
        earns_at_anode = sign.pole is Pole.ANODE
        right2 += anode if earns_at_anode else cathode
        wrong2 += cathode if earns_at_anode else anode
    return Credit(right2 // 2, wrong2 // 2, (right2 + wrong2) // 2)


def drug_credit(charge: Charge, sign: IonSign, drug_lead: Lead) -> Credit:
    """Credit of a whole run whose drug pad stayed on one lead."""
    # Positive charge flowed while red was the anode.
    at_anode = drug_lead is Lead.RED
    if at_anode is (sign.pole is Pole.ANODE):
        right, wrong = charge.positive_nc, charge.negative_nc
    else:
        right, wrong = charge.negative_nc, charge.positive_nc
    return Credit(right, wrong, charge.confirmed_nc)


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
