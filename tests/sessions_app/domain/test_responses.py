"""A flag never comes without the rule that set it, its source and its trust."""

from decimal import Decimal

import pytest

from sessions_app.domain.outcomes import (
    MEASURES,
    Absolute,
    AtMost,
    OutcomeError,
    Result,
)
from sessions_app.domain.places import Region
from sessions_app.domain.responses import RULES, judged, rules_for


def result(code: str, value: str, unit: str = "points") -> Result:
    return Result(code, MEASURES[code].version, Decimal(value), unit)


def flags(code: str, before: str, after: str, *regions: Region) -> dict[str, bool]:
    found = judged(result(code, before), result(code, after), regions)
    return {one.published.name: one.response.responder for one in found}


def test_every_rule_has_a_name_of_its_own_a_source_and_a_measure() -> None:
    assert len({(one.measure, one.name) for one in RULES}) == len(RULES)
    for one in RULES:
        assert one.source
        assert one.measure in MEASURES
        assert one.rule.text


@pytest.mark.parametrize(
    ("code", "regions", "figures"),
    [
        ("NPRS", (), {"2"}),
        ("NPRS", (Region.ELBOW,), {"2", "1.0"}),
        ("NPRS", (Region.SHOULDER,), {"2", "1.3"}),
        ("NPRS", (Region.KNEE,), {"2", "1.2"}),
        ("VISA_A", (), {"15.4", "14"}),
        ("VISA_A", (Region.HEEL,), {"15.4", "14", "6.5"}),
        ("VISA_P", (), {"13", "154", "270", "7.3", "6.6"}),
        ("PRTEE", (), {"11", "370", "31.33"}),
        ("DASH", (), set()),
        ("DASH", (Region.ELBOW,), {"8.9", "4.1"}),
        ("CONSTANT", (), {"7.0", "6.9"}),
        ("WET_DAYS", (), set()),
        ("HDSM_AX", (), set()),
    ],
)
def test_the_published_figures(code, regions, figures) -> None:
    found = set()
    for one in rules_for(code, regions):
        rule = one.rule
        if isinstance(rule, Absolute):
            found.add(f"{rule.points:f}")
        else:
            found.add(str(rule.value if isinstance(rule, AtMost) else rule.permille))
    assert found == figures


def test_rules_of_one_measure_may_disagree_and_each_says_so() -> None:
    assert flags("PRTEE", "60", "45") == {
        "11 points": True,
        "37 % of the first": False,
        "Persian version": False,
    }


def test_a_high_good_scale_that_falls_is_no_response() -> None:
    assert set(flags("VISA_A", "80", "40").values()) == {False}
    assert set(flags("VISA_A", "40", "80").values()) == {True}


def test_what_cannot_be_compared_is_not_judged() -> None:
    with pytest.raises(OutcomeError, match="volume"):
        judged(
            result("GRAVIMETRY", "62", "mg/min"),
            result("GRAVIMETRY", "6", "µl/10 min"),
            (),
        )
