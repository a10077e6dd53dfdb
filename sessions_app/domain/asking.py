"""Which results a course rests on: what to ask at a visit, and what is still missing.

Asked once: what was recorded on the day is shown, not asked again.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sessions_app.domain.places import Region


@dataclass(frozen=True, slots=True)
class Asked:
    """A measure that a course needs: at every visit, or before the first session
    and at the last one."""

    measure: str
    every_visit: bool


_SWEAT = (Asked("HDSS", True), Asked("WET_DAYS", True))
_PAIN = Asked("NPRS", True)
_SWEAT_CODES = "HH-"
# Courses for pain and movement; a test or a bath of galvanisation asks nothing here.
_PAIN_CODES = (
    *("LE-", "ACH-", "PAT-", "SIS-", "PF-", "CALC-", "TRIG-", "DEQ-", "KNEE-"),
    *("PD-", "GALV-MSK", "PATCH-"),
)
_BY_CODE = {"ACH-": "VISA_A", "PAT-": "VISA_P", "SIS-": "CONSTANT"}
_BY_REGION = {
    Region.ELBOW: "PRTEE",
    Region.ANKLE: "VISA_A",
    Region.LOWER_LEG: "VISA_A",
    Region.SHOULDER: "CONSTANT",
    Region.UPPER_ARM: "DASH",
    Region.FOREARM: "DASH",
    Region.WRIST: "DASH",
    Region.THUMB: "DASH",
    Region.FINGER: "DASH",
    Region.KNEE: "ROM",
    Region.THIGH: "ROM",
    Region.HIP: "ROM",
}


def asked_of(protocol: str, regions: Collection[Region]) -> tuple[Asked, ...]:
    """What a course by a protocol, by its code, asks at places in these regions.

    Sweating: HDSS and wet days. Pain: the score of the day, and one score of the
    body part. Empty for what is judged by another result.
    """
    if protocol.startswith(_SWEAT_CODES):
        return _SWEAT
    if not protocol.startswith(_PAIN_CODES):
        return ()
    score = _score(protocol, regions)
    return (_PAIN, Asked(score, False)) if score else (_PAIN,)


def _score(protocol: str, regions: Collection[Region]) -> str:
    by_code = (one for code, one in _BY_CODE.items() if protocol.startswith(code))
    by_region = (_BY_REGION[one] for one in regions if one in _BY_REGION)
    return next(by_code, None) or next(by_region, "")


def missing_of(
    asked: Collection[Asked],
    *,
    ever: Collection[str],
    today: Collection[str],
    last_visit: bool,
) -> tuple[str, ...]:
    """The measures that a visit still lacks.

    `ever` names those recorded at any time of the course at this place, `today`
    those of this visit.
    """
    return tuple(
        one.measure
        for one in asked
        if one.measure not in today
        and (one.every_visit or last_visit or one.measure not in ever)
    )
