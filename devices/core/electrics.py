"""The electrics of electrodes and outputs, in exact integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt, prod

from clinic.quantities import cm2_text


@dataclass(frozen=True, slots=True)
class Pulsed:
    mean_ua: int
    rms_ua: int
    charge_nc: int


def pulsed(peak_ua: int, duty_permille: int, duration_ms: int) -> Pulsed:
    """Mean, heating current and charge of rectangular pulses."""
    mean = peak_ua * duty_permille // 1000
    rms = isqrt(peak_ua * peak_ua * duty_permille // 1000)
    return Pulsed(mean, rms, mean * duration_ms)


@dataclass(frozen=True, slots=True)
class Compliance:
    """What a source gives into a loop; None where nothing flows."""

    actual_ua: int
    time_to_dose_ms: int | None
    max_loop_ohm: int | None


def compliance(
    set_ua: int, compliance_mv: int, loop_ohm: int, prescribed_nc: int
) -> Compliance:
    """Current that the compliance voltage allows, and the time that a dose then takes.

    Raises ValueError for a loop of 0 ohm: that is no reading.
    """
    if loop_ohm <= 0:
        raise ValueError(f"loop of {loop_ohm} ohm is not above 0")
    actual = min(set_ua, compliance_mv * 1000 // loop_ohm)
    return Compliance(
        actual,
        -(-prescribed_nc // actual) if actual > 0 else None,
        compliance_mv * 1000 // set_ua if set_ua > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class Density:
    """Current density under both electrodes. `governing` is the pole that allows
    less current, the cathode on a tie."""

    anode_ua_cm2: int
    cathode_ua_cm2: int
    ok: bool
    max_current_ua: int
    governing: str


def density(
    current_ua: int,
    anode_mm2: int,
    cathode_mm2: int,
    *,
    anode_limit_ua_cm2: int,
    cathode_limit_ua_cm2: int,
    reversal: bool,
    contact_permille: int = 1000,
) -> Density:
    """Density at both poles against their limits; equality passes.

    With reversal each electrode is cathode for half the time, so both take the
    smaller limit. `contact_permille` is the share of area that touches skin.
    Raises ValueError when no area is in contact.
    """
    anode = anode_mm2 * contact_permille // 1000
    cathode = cathode_mm2 * contact_permille // 1000
    if min(anode, cathode) <= 0:
        raise ValueError(
            f"no contact: anode {cm2_text(anode)}, cathode {cm2_text(cathode)}"
        )
    anode_limit, cathode_limit = pole_limits(
        anode_limit_ua_cm2, cathode_limit_ua_cm2, reversal
    )
    at_anode = largest_current_ua(anode, anode_limit)
    at_cathode = largest_current_ua(cathode, cathode_limit)
    return Density(
        current_ua * 100 // anode,
        current_ua * 100 // cathode,
        current_ua * 100 <= anode_limit * anode
        and current_ua * 100 <= cathode_limit * cathode,
        min(at_anode, at_cathode),
        "anode" if at_anode < at_cathode else "cathode",
    )


def pole_limits(
    anode_ua_cm2: int, cathode_ua_cm2: int, reversal: bool
) -> tuple[int, int]:
    """Density limits of the anode and the cathode electrode."""
    if not reversal:
        return anode_ua_cm2, cathode_ua_cm2
    return (min(anode_ua_cm2, cathode_ua_cm2),) * 2


def largest_current_ua(area_mm2: int, limit_ua_cm2: int) -> int:
    """The largest whole current that an electrode may carry."""
    return limit_ua_cm2 * area_mm2 // 100


@dataclass(frozen=True, slots=True)
class Split:
    branch_ua: tuple[int, ...]
    branch_charge_nc: tuple[int, ...]
    channel_charge_nc: int


def split_lead(current_ua: int, branch_ohm: Sequence[int], duration_ms: int) -> Split:
    """One lead on several pads: current divides by conductance, floored to µA.

    Raises ValueError unless every branch is above 0 ohm.
    """
    if not branch_ohm or min(branch_ohm) <= 0:
        raise ValueError(f"branches {list(branch_ohm)} ohm: each must be above 0")
    product = prod(branch_ohm)
    # Whole numbers in proportion to the conductances, so that nothing is rounded.
    shares = [product // ohm for ohm in branch_ohm]
    branches = tuple(current_ua * share // sum(shares) for share in shares)
    return Split(
        branches,
        tuple(branch * duration_ms for branch in branches),
        current_ua * duration_ms,
    )
