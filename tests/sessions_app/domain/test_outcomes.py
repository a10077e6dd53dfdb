"""Which way is better, in what unit, by which rule."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.domain.outcomes import (
    MEASURES,
    Absolute,
    AtMost,
    Direction,
    OutcomeError,
    Rate,
    Relative,
    Result,
    Rule,
    compare,
    convert,
    decimal_of,
    measure_of,
    respond,
)

LOW, HIGH = Direction.LOW_GOOD, Direction.HIGH_GOOD
DECIMALS = st.decimals(-1000, 1000, places=2)
HALF = Relative(500)


def points(text: str) -> Absolute:
    return Absolute(Decimal(text))


@pytest.mark.parametrize(
    ("direction", "before", "after", "rule", "improvement", "responder"),
    [
        (LOW, "62", "31", HALF, "31", True),
        (LOW, "62", "31.01", HALF, "30.99", False),
        (HIGH, "52", "65", points("13"), "13", True),
        (HIGH, "52", "64.99", points("13"), "12.99", False),
        (LOW, "52", "65", points("13"), "-13", False),
        (LOW, "4", "2", AtMost(Decimal(2)), "2", True),
        (LOW, "4", "3", AtMost(Decimal(2)), "1", False),
        (LOW, "2", "2", AtMost(Decimal(2)), "0", True),
        (LOW, "0", "0", Relative(0), "0", False),
        (HIGH, "0", "50", HALF, "50", False),
        (LOW, "0.3", "0.1", points("0.2"), "0.2", True),
        (LOW, "7.50", "5.5", points("2"), "2.00", True),
        (LOW, "1" + "0" * 28, "1", HALF, "9" * 28, True),
    ],
)
def test_a_response_by_its_rule(
    direction: Direction,
    before: str,
    after: str,
    rule: Rule,
    improvement: str,
    responder: bool,
) -> None:
    found = respond(direction, Decimal(before), Decimal(after), rule)
    assert (found.improvement_text, found.responder) == (improvement, responder)
    assert found.rule == rule.text


def test_a_rule_says_itself() -> None:
    assert HALF.text == "better by at least 50 %"
    assert Relative(154).text == "better by at least 15.4 %"
    assert points("13").text == "better by at least 13 points"
    assert AtMost(Decimal("2")).text == "at most 2 after"


@given(DECIMALS, DECIMALS)
def test_the_two_directions_mirror_each_other(before: Decimal, after: Decimal) -> None:
    low = respond(LOW, before, after, HALF)
    assert low.improvement == -respond(HIGH, before, after, HALF).improvement
    assert low.improvement == respond(HIGH, after, before, HALF).improvement


@given(st.decimals(0, 1000, places=2), DECIMALS, st.integers(0, 1000))
def test_a_better_result_never_stops_being_a_response(
    before: Decimal, after: Decimal, permille: int
) -> None:
    worse = respond(LOW, before, after, Relative(permille))
    better = respond(LOW, before, after - 1, Relative(permille))
    assert better.responder >= worse.responder


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            ".",
            "1.",
            ".5",
            "+1",
            "1e3",
            "NaN",
            "Infinity",
            "1,5",
            "\u0661",
        ),
        *("1 ", "1_0", "--1", "1.2.3", "9" * 31),
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(OutcomeError, match=r"^before: "):
        decimal_of(text, "before")


@pytest.mark.parametrize("text", ["0", "-1", "62", "1.30", "007", "9" * 30])
def test_a_plain_decimal_is_read_exactly(text: str) -> None:
    assert decimal_of(text) == Decimal(text)


# Units


def test_milligrams_in_five_minutes_are_five_times_those_in_one() -> None:
    per_five = Decimal(31)
    assert convert(per_five, Rate.MG_PER_5_MIN, Rate.MG_PER_MIN) == Decimal("6.2")
    assert convert(Decimal("6.2"), Rate.MG_PER_MIN, Rate.MG_PER_5_MIN) == per_five
    assert convert(per_five, Rate.MG_PER_5_MIN, Rate.MG_PER_10_MIN) == 62


def test_a_volume_is_not_a_mass() -> None:
    with pytest.raises(OutcomeError, match="volume"):
        convert(Decimal(1), Rate.UL_PER_10_MIN, Rate.MG_PER_10_MIN)


@given(st.decimals(0, 10_000, places=3), *[st.sampled_from(list(Rate)[:3])] * 2)
def test_a_conversion_comes_back(value: Decimal, unit: Rate, to: Rate) -> None:
    assert convert(convert(value, unit, to), to, unit) == value


# Measures


def sweat(value: str, unit: str, version: str = "filter paper") -> Result:
    return Result("GRAVIMETRY", version, Decimal(value), unit)


def test_results_are_compared_in_one_unit() -> None:
    found = compare(sweat("62", "mg/min"), sweat("62", "mg/5 min"), HALF)
    assert (found.improvement_text, found.responder) == ("49.6", True)
    same = compare(sweat("62", "mg/min"), sweat("310", "mg/5 min"), HALF)
    assert (same.improvement, same.responder) == (0, False)
    plain = compare(sweat("62", "mg/min"), sweat("24", "mg/min"), HALF)
    assert (plain.improvement, plain.responder) == (38, True)


@pytest.mark.parametrize(
    "after",
    [
        sweat("6", "µl/10 min"),
        sweat("6", "mg/h"),
        sweat("6", "mg/min", "ventilated capsule"),
        sweat("-6", "mg/min"),
        Result("HDSS", "4 grades", Decimal(2), "points"),
    ],
)
def test_what_is_not_one_scale_is_not_compared(after: Result) -> None:
    with pytest.raises(OutcomeError):
        compare(sweat("62", "mg/min"), after, HALF)


def test_an_unknown_measure_is_refused_with_the_known_ones() -> None:
    with pytest.raises(OutcomeError, match="HDSS"):
        measure_of("MOOD")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        *(("HDSS", "0"), ("HDSS", "5"), ("HDSS", "2.5"), ("DLQI", "31")),
        *(("VISA_A", "101"), ("VISA_P", "-1"), ("PRTEE", "10.25"), ("HDSM_AX", "45")),
        *(("NPRS", "11"), ("VAS", "100.5"), ("GRAVIMETRY", "-0.01")),
    ],
)
def test_a_result_out_of_range_or_step_is_refused(code: str, value: str) -> None:
    measure = MEASURES[code]
    with pytest.raises(OutcomeError, match=measure.title):
        measure.check(Decimal(value), measure.units[0])


def test_every_measure_admits_its_ends_and_says_which_way_is_better() -> None:
    for measure in MEASURES.values():
        for end in (measure.low, measure.high):
            if end is not None:
                measure.check(end, measure.units[0])
        assert measure.version
        assert measure.recall
    highs = {code for code, measure in MEASURES.items() if measure.direction is HIGH}
    assert highs == {"VISA_A", "VISA_P", "CONSTANT", "ROM"}
    assert MEASURES["VISA_A"].better == "higher is better"
    assert MEASURES["PRTEE"].better == "lower is better"
    assert MEASURES["GRAVIMETRY"].range_text == "0 to any"
