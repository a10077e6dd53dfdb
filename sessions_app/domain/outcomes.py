"""Outcome measures: which way is better, in what unit; when a patient responded.

Scales point different ways, and sweat is published per minute and per five minutes:
two results are compared only under one measure, one version and one unit. A flag
without the rule that set it is worthless, so the rule is part of every response.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from types import MappingProxyType

# Exact or an error: a result is never rounded into or out of a response.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
_MOST_DIGITS = 30


class OutcomeError(ValueError):
    """A result that its measure cannot have, or two that cannot be compared."""


class Direction(StrEnum):
    LOW_GOOD = "low_good"
    HIGH_GOOD = "high_good"


def decimal_of(text: str, name: str = "value") -> Decimal:
    """The number of a plain decimal text such as ``"62"`` or ``"-1.30"``.

    Raises OutcomeError, which begins with `name`, for anything else, NaN and
    exponents included.
    """
    plain = text.removeprefix("-")
    whole, _, part = plain.partition(".")
    digits = whole + part
    shaped = whole and (part or "." not in plain)
    if not (shaped and digits.isascii() and digits.isdigit()):
        raise OutcomeError(f"{name}: {text!r} is no decimal number")
    if len(digits) > _MOST_DIGITS:
        raise OutcomeError(f"{name}: {text!r} has more than {_MOST_DIGITS} digits")
    return Decimal(text)


# Rules


@dataclass(frozen=True, slots=True)
class Absolute:
    """Better by so many points of the scale."""

    points: Decimal

    @property
    def text(self) -> str:
        return f"better by at least {self.points:f} points"


@dataclass(frozen=True, slots=True)
class Relative:
    """Better by a share of the first result; never met from a first result of 0."""

    permille: int

    @property
    def text(self) -> str:
        return f"better by at least {Decimal(self.permille) / 10} %"


@dataclass(frozen=True, slots=True)
class AtMost:
    """A last result of at most so much, whatever the first was."""

    value: Decimal

    @property
    def text(self) -> str:
        return f"at most {self.value:f} after"


Rule = Absolute | Relative | AtMost


@dataclass(frozen=True, slots=True)
class Response:
    """`improvement` is positive when better, whichever way the scale points;
    `rule` is the text of the rule that judged."""

    improvement: Decimal
    responder: bool
    rule: str

    @property
    def improvement_text(self) -> str:
        return f"{self.improvement:f}"


def respond(
    direction: Direction, before: Decimal, after: Decimal, rule: Rule
) -> Response:
    """Judge two results of one measure, version and unit."""
    high = direction is Direction.HIGH_GOOD
    better, worse = (after, before) if high else (before, after)
    improvement = _EXACT.subtract(better, worse)
    return Response(improvement, _met(rule, improvement, before, after), rule.text)


def _met(rule: Rule, improvement: Decimal, before: Decimal, after: Decimal) -> bool:
    if isinstance(rule, Absolute):
        return improvement >= rule.points
    if isinstance(rule, AtMost):
        return after <= rule.value
    gained = _EXACT.multiply(improvement, Decimal(1000))
    asked = _EXACT.multiply(before, Decimal(rule.permille))
    return bool(before) and gained >= asked


# Units


class Rate(StrEnum):
    """Sweat in the units that are published; each value is how it is shown."""

    MG_PER_MIN = "mg/min"
    MG_PER_5_MIN = "mg/5 min"
    MG_PER_10_MIN = "mg/10 min"
    UL_PER_10_MIN = "µl/10 min"

    @property
    def amount(self) -> str:
        return self.value.partition("/")[0]

    @property
    def minutes(self) -> int:
        number = self.value.partition("/")[2].removesuffix("min").strip()
        return int(number or 1)


def convert(value: Decimal, unit: Rate, to: Rate) -> Decimal:
    """A rate in another unit: 31 mg/5 min is 6.2 mg/min.

    Raises OutcomeError between a mass and a volume: that needs a density.
    """
    if unit.amount != to.amount:
        raise OutcomeError(
            f"{value:f} {unit} cannot be told in {to}: one is a mass, one a volume"
        )
    try:
        per_all = _EXACT.multiply(value, Decimal(to.minutes))
        return _EXACT.divide(per_all, Decimal(unit.minutes))
    except Inexact as error:
        raise OutcomeError(f"{value:f} {unit} is no exact number of {to}") from error


# Measures


@dataclass(frozen=True, slots=True)
class Measure:
    """An instrument, with results from `low` to `high` (None: open) in whole `step`.

    `units` are those that results may come in; `recall` is the time asked about,
    `ends` what its ends mean. A `local` one is asked for each place of the body.
    """

    code: str
    title: str
    version: str
    direction: Direction
    units: tuple[str, ...]
    low: Decimal | None
    high: Decimal | None
    step: Decimal
    recall: str
    ends: str
    local: bool

    def check(self, value: Decimal, unit: str) -> None:
        """Raise OutcomeError for a result that this instrument cannot give."""
        if unit not in self.units:
            raise OutcomeError(
                f"{self.title} comes in {', '.join(self.units)}, not in {unit!r}"
            )
        below = self.low is not None and value < self.low
        above = self.high is not None and value > self.high
        if below or above:
            raise OutcomeError(f"{self.title}: {value:f} is outside {self.range_text}")
        if _EXACT.remainder(value, self.step):
            raise OutcomeError(
                f"{self.title}: {value:f} does not go by steps of {self.step:f}"
            )

    @property
    def range_text(self) -> str:
        low = "any" if self.low is None else f"{self.low:f}"
        high = "any" if self.high is None else f"{self.high:f}"
        return f"{low} to {high}"

    @property
    def better(self) -> str:
        low = self.direction is Direction.LOW_GOOD
        return "lower is better" if low else "higher is better"


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a measure, in the unit and version that it was taken in."""

    measure: str
    version: str
    value: Decimal
    unit: str


def compare(before: Result, after: Result, rule: Rule) -> Response:
    """Judge two results, the later one turned into the unit of the first.

    Raises OutcomeError for an unknown measure, for two measures or versions, for a
    result out of range, and for units that cannot be turned into each other.
    """
    measure = measure_of(before.measure)
    if (before.measure, before.version) != (after.measure, after.version):
        raise OutcomeError(
            f"{before.measure} {before.version} and {after.measure} {after.version}"
            " are not one scale; compare results of one version"
        )
    for result in (before, after):
        measure.check(result.value, result.unit)
    after_value = _in_unit(after, before.unit)
    return respond(measure.direction, before.value, after_value, rule)


def measure_of(code: str) -> Measure:
    """The measure of a code. Raises OutcomeError for an unknown one."""
    if code not in MEASURES:
        raise OutcomeError(f"{code!r} is no measure; known are {', '.join(MEASURES)}")
    return MEASURES[code]


def _in_unit(result: Result, unit: str) -> Decimal:
    if result.unit == unit:
        return result.value
    return convert(result.value, Rate(result.unit), Rate(unit))


# Instruments

_POINTS = ("points",)
_LOW, _HIGH = Direction.LOW_GOOD, Direction.HIGH_GOOD
_WEEK, _PAIN = "last 7 days", "0 is no pain, the top the worst that can be imagined"


def _scale(
    code: str,
    title: str,
    version: str,
    direction: Direction,
    span: tuple[str, str],
    *,
    step: str = "1",
    recall: str = "now",
    units: tuple[str, ...] = _POINTS,
    ends: str = "",
    local: bool = True,
) -> Measure:
    low, high = (Decimal(end) if end else None for end in span)
    least = Decimal(step)
    return Measure(
        code, title, version, direction, units, low, high, least, recall, ends, local
    )


_MEASURES = (
    _scale(
        "HDSS",
        "Hyperhidrosis Disease Severity Scale",
        "4 grades",
        _LOW,
        ("1", "4"),
        ends="1 is never noticed, 4 cannot be borne and is always in the way",
    ),
    _scale(
        "WET_DAYS",
        "Wet days",
        "count",
        _LOW,
        ("0", "366"),
        recall="since the last visit",
        units=("days",),
        ends="days on which the place was wet without a reason",
    ),
    _scale(
        "GRAVIMETRY",
        "Gravimetry",
        "filter paper",
        _LOW,
        ("0", ""),
        step="0.01",
        units=tuple(Rate),
        ends="sweat weighed or measured, in the unit of the method",
    ),
    _scale(
        "SELF",
        "Self-rated sweating",
        "11 grades",
        _LOW,
        ("0", "10"),
        ends="0 is dry, 10 the worst sweating that can be imagined",
    ),
    _scale(
        "DLQI",
        "Dermatology Life Quality Index",
        "10 questions",
        _LOW,
        ("0", "30"),
        recall=_WEEK,
        ends="total of its form",
        local=False,
    ),
    _scale(
        "HDSM_AX",
        "Hyperhidrosis Disease Severity Measure, axillary, total",
        "11 items",
        _LOW,
        ("0", "44"),
        recall="as its form states",
        ends="total of its form",
        local=False,
    ),
    _scale(
        "NPRS", "Numeric pain rating scale", "11 grades", _LOW, ("0", "10"), ends=_PAIN
    ),
    _scale(
        "VAS",
        "Visual analogue scale",
        "100 mm",
        _LOW,
        ("0", "100"),
        units=("mm",),
        ends=_PAIN,
    ),
    _scale(
        "VISA_A",
        "VISA-A, Achilles tendon",
        "8 questions",
        _HIGH,
        ("0", "100"),
        ends="total of its form, 100 is a healthy tendon",
    ),
    _scale(
        "VISA_P",
        "VISA-P, patellar tendon",
        "8 questions",
        _HIGH,
        ("0", "100"),
        ends="total of its form, 100 is a healthy tendon",
    ),
    _scale(
        "PRTEE",
        "Patient-Rated Tennis Elbow Evaluation",
        "15 items",
        _LOW,
        ("0", "100"),
        step="0.5",
        recall=_WEEK,
        ends="total of its form, 0 is no pain and no trouble",
    ),
    _scale(
        "DASH",
        "Disabilities of the Arm, Shoulder and Hand",
        "30 items",
        _LOW,
        ("0", "100"),
        step="0.1",
        recall=_WEEK,
        ends="total of its form, 0 is no disability",
    ),
    _scale(
        "CONSTANT",
        "Constant score",
        "4 parts",
        _HIGH,
        ("0", "100"),
        step="0.1",
        ends="total of its form, 100 is a healthy shoulder",
    ),
    _scale(
        "ROM",
        "Range of motion",
        "goniometer",
        _HIGH,
        ("0", "360"),
        units=("degrees",),
        ends="of the movement that is limited, by the patient's own effort",
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType(
    {measure.code: measure for measure in _MEASURES}
)
