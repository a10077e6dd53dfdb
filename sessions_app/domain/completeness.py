"""Whether a delivered dose completes its session, by what ends the programme."""

from dataclasses import dataclass
from enum import StrEnum

from devices.core.parts import Basis
from devices.core.run_lifecycle import EndReason

TOLERANCE_PERMILLE = 100
COUNT_PERMILLE = 750
OVER_PERMILLE = 1100


class Verdict(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    ATTEMPTED = "attempted"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Completeness:
    """`counts` is whether the session counts in its course."""

    verdict: Verdict

    @property
    def counts(self) -> bool:
        return self.verdict is not Verdict.ATTEMPTED


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was asked and what flowed. `flow_ms` counts at or above the floor current.

    On the time basis `prescribed_nc` is the charge of the ceiling over the flow
    time, because whatever current is tolerated was prescribed.
    """

    basis: Basis
    prescribed_nc: int
    delivered_nc: int
    planned_flow_ms: int = 0
    flow_ms: int = 0
    event_complete: bool = False


def reconcile(
    delivery: Delivery,
    *,
    tolerance_permille: int = TOLERANCE_PERMILLE,
    count_permille: int = COUNT_PERMILLE,
    over_permille: int = OVER_PERMILLE,
) -> Completeness:
    """The verdict on a delivery; too much is told first, on every basis."""
    asked, given = delivery.prescribed_nc, delivery.delivered_nc
    if given * 1000 > over_permille * asked:
        return Completeness(Verdict.OVER)
    if delivery.basis is Basis.CHARGE:
        return Completeness(
            _by_charge(asked, given, tolerance_permille, count_permille)
        )
    if delivery.basis is Basis.TIME:
        done = delivery.flow_ms * 1000 >= count_permille * delivery.planned_flow_ms
    else:
        done = delivery.event_complete
    return Completeness(Verdict.COMPLETE if done else Verdict.ATTEMPTED)


def event_complete(reason: EndReason) -> bool:
    """A fixed event is done only when the device ended it by its own clock."""
    return reason is EndReason.TIME


def _by_charge(asked: int, given: int, tolerance: int, count: int) -> Verdict:
    if abs(given - asked) * 1000 <= tolerance * asked:
        return Verdict.COMPLETE
    return Verdict.PARTIAL if given * 1000 >= count * asked else Verdict.ATTEMPTED
