"""The rule table: every rule has its source, and units explain themselves."""

from sessions_app.catalogue.codes import published_codes
from sessions_app.domain.billing import Strategy, units
from sessions_app.domain.codes import workings

RULES = published_codes()


def test_every_rule_names_its_source_and_the_edit_is_four() -> None:
    rows = [*RULES.codes, *RULES.payers, RULES.attendance]
    assert all(row.source and row.trust for row in rows)
    assert RULES.most == {"97033": 4}


def test_codes_follow_the_steps_beside_and_a_test_has_none() -> None:
    def codes(*names: str, timed: bool = True) -> list[str]:
        return [one.code for one in RULES.codes_for(names, timed=timed)]

    assert codes() == ["97033"]
    assert codes("Pulsed Ultrasound", "gentle range of motion") == [
        *("97033", "97035", "97110")
    ]
    assert codes("ultrasound", timed=False) == []


def test_a_payer_that_is_not_known_counts_like_the_first() -> None:
    assert RULES.payer("midpoint").strategy is Strategy.MIDPOINT
    assert RULES.payer("nobody") is RULES.payers[0]


def test_the_pool_and_each_code_are_worked_out_in_words() -> None:
    spent = {"97033": 18, "97110": 5}
    pooled = units(Strategy.CMS, spent).units
    assert workings(Strategy.CMS, spent, pooled) == (
        "Pool: 18 + 5 = 23 min = 1 × 15 min + 8 min; a rest of 8 min or more makes a"
        " unit, 8 makes one more: 2 units.",
        "97033: 18 min has 1 × 15 min and 3 min over; it gets 1 unit.",
        "97110: 5 min has 0 × 15 min and 5 min over; it gets 1 unit.",
    )
    each = units(Strategy.MIDPOINT, spent).units
    assert workings(Strategy.MIDPOINT, spent, each)[1] == (
        "97110: 5 min = 0 × 15 min + 5 min; a rest of 8 min or more makes a unit,"
        " 5 makes none: 0 units."
    )
