"""Published rules by which a change counts as a response, each with its source.

There is no default among them: for most scales several are in print and they do not
agree, so each is applied and each answer names its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sessions_app.domain.outcomes import (
    Absolute,
    AtMost,
    Relative,
    Response,
    Result,
    Rule,
    compare,
)
from sessions_app.domain.places import Region
from sessions_app.domain.protocol import Trust


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """A rule for one measure; with `regions` only for those places of the body."""

    measure: str
    name: str
    rule: Rule
    trust: Trust
    source: str
    regions: frozenset[Region] = frozenset()

    def fits(self, regions: Collection[Region]) -> bool:
        return not self.regions or not self.regions.isdisjoint(regions)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one published rule says of two results."""

    published: PublishedRule
    response: Response


def rules_for(measure: str, regions: Collection[Region]) -> tuple[PublishedRule, ...]:
    """Every rule of a measure that holds for a place in these regions."""
    return tuple(one for one in RULES if one.measure == measure and one.fits(regions))


def judged(
    before: Result, after: Result, regions: Collection[Region]
) -> tuple[Judged, ...]:
    """Two results by every rule in print, none for a measure without one.

    Raises OutcomeError as `domain.outcomes.compare` does.
    """
    rules = rules_for(before.measure, regions)
    return tuple(Judged(one, compare(before, after, one.rule)) for one in rules)


_S, _M, _D, _P = Trust.EXCERPT, Trust.MEMORY, Trust.DERIVED, Trust.POLICY
_ELBOW = frozenset({Region.ELBOW})
_SHOULDER = frozenset({Region.SHOULDER})
_KNEE = frozenset({Region.KNEE})
_HEEL = frozenset({Region.HEEL})
_SOLISH = "Solish et al., Dermatol Surg 2007;33:908"
_CHALLOUMAS = "Challoumas et al., BMC Musculoskelet Disord 2023;24:158"
_ACHILLES = "BC Achilles tendinopathy toolkit, section B"
_HERNANDEZ = "Hernandez-Sanchez et al., Br J Sports Med 2014;48:453"
_POLTAWSKI = "Poltawski and Watson 2011"
_POLICY = "Site policy"


def _points(text: str) -> Absolute:
    return Absolute(Decimal(text))


RULES: tuple[PublishedRule, ...] = (
    PublishedRule("HDSS", "1 point, about half the sweat", _points("1"), _M, _SOLISH),
    PublishedRule(
        "HDSS", "2 points, about 80 % of the sweat", _points("2"), _M, _SOLISH
    ),
    PublishedRule("HDSS", "Mild at the end", AtMost(Decimal(2)), _S, _SOLISH),
    PublishedRule(
        "GRAVIMETRY",
        "Half the sweat",
        Relative(500),
        _S,
        "Hölzle and Alberti, Dermatologica 1987;175:126",
    ),
    PublishedRule("SELF", "Half the score", Relative(500), _P, _POLICY),
    PublishedRule("DLQI", "4 points", _points("4"), _M, "From memory"),
    PublishedRule("NPRS", "2 points", _points("2"), _M, "From memory"),
    PublishedRule(
        "NPRS", "Half a deviation, shoulder", _points("1.3"), _S, _CHALLOUMAS, _SHOULDER
    ),
    PublishedRule(
        "NPRS", "Half a deviation, elbow", _points("1.0"), _S, _CHALLOUMAS, _ELBOW
    ),
    PublishedRule(
        "NPRS", "Half a deviation, knee-cap", _points("1.2"), _S, _CHALLOUMAS, _KNEE
    ),
    PublishedRule("VAS", "20 mm", _points("20"), _D, "The 2 points of 0 to 10"),
    PublishedRule(
        "VAS", "Half a deviation, shoulder", _points("13"), _D, _CHALLOUMAS, _SHOULDER
    ),
    PublishedRule(
        "VAS", "Half a deviation, elbow", _points("10"), _D, _CHALLOUMAS, _ELBOW
    ),
    PublishedRule(
        "VAS", "Half a deviation, knee-cap", _points("12"), _D, _CHALLOUMAS, _KNEE
    ),
    PublishedRule("VISA_A", "15.4 points", _points("15.4"), _S, _ACHILLES),
    PublishedRule("VISA_A", "14 points", _points("14"), _M, "From memory"),
    PublishedRule(
        "VISA_A", "6.5 points, at the heel", _points("6.5"), _M, "From memory", _HEEL
    ),
    PublishedRule("VISA_P", "13 points", _points("13"), _S, _HERNANDEZ),
    PublishedRule("VISA_P", "15.4 % of the first", Relative(154), _S, _HERNANDEZ),
    PublishedRule("VISA_P", "27 % of the first", Relative(270), _S, _HERNANDEZ),
    PublishedRule("VISA_P", "By distribution, 7.3", _points("7.3"), _S, _CHALLOUMAS),
    PublishedRule("VISA_P", "By distribution, 6.6", _points("6.6"), _S, _CHALLOUMAS),
    PublishedRule("PRTEE", "11 points", _points("11"), _M, _POLTAWSKI),
    PublishedRule("PRTEE", "37 % of the first", Relative(370), _M, _POLTAWSKI),
    PublishedRule(
        "PRTEE",
        "Persian version",
        _points("31.33"),
        _S,
        "Persian PRTEE, Archives of Bone and Joint Surgery",
    ),
    PublishedRule(
        "DASH", "By distribution, 8.9", _points("8.9"), _S, _CHALLOUMAS, _ELBOW
    ),
    PublishedRule(
        "DASH", "By distribution, 4.1", _points("4.1"), _S, _CHALLOUMAS, _ELBOW
    ),
    PublishedRule("CONSTANT", "By distribution, 7.0", _points("7.0"), _S, _CHALLOUMAS),
    PublishedRule("CONSTANT", "By distribution, 6.9", _points("6.9"), _S, _CHALLOUMAS),
)
