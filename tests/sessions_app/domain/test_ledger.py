"""What a course has added up to, at upper bounds."""

import datetime as dt

import pytest

from sessions_app.domain.ledger import (
    AnodeTurn,
    Caps,
    Given,
    anode_totals,
    cumulative,
    exposure,
    next_anode,
)
from sessions_app.domain.limits import Cumulative, Exposure
from tests.sessions_app.domain.circumstances import NC

DAY = dt.date(2026, 11, 22)


def on(days_ago: int, upper: int = 0, session: str = "", **more: object) -> Given:
    day = DAY - dt.timedelta(days=days_ago)
    return Given(session or str(day), day, upper, **more)  # type: ignore[arg-type]


# Windows


def test_each_window_with_a_cap_is_counted() -> None:
    given = [
        on(0, 1, "now"),
        on(0, 10, "morning"),
        on(6, 100),
        on(7, 1_000),
        on(-1, 10_000, "now"),
    ]
    caps = Caps(session_nc=5, day_nc=50, week_nc=500, course_nc=5_000)
    assert cumulative(given, caps, day=DAY, session="now") == (
        Cumulative(5, 1, "this session"),
        Cumulative(50, 11, "this day"),
        Cumulative(500, 111, "the seven days to 22-Nov-2026"),
        Cumulative(5_000, 1_111, "this course"),
    )


def test_a_window_without_a_cap_limits_nothing() -> None:
    assert cumulative([on(0, 1)], Caps(), day=DAY) == ()
    assert cumulative([], Caps(day_nc=0), day=DAY) == (Cumulative(0, 0, "this day"),)


def test_a_dose_says_no_more_than_it_was_told() -> None:
    assert Given("a", DAY, 1) == Given("a", DAY, 1, "", (), "", "", 0, 0)


def test_without_a_session_no_dose_is_of_this_one() -> None:
    found = cumulative([on(0, 1, "a")], Caps(session_nc=5), day=DAY)
    assert found == (Cumulative(5, 0, "this session"),)
    nameless = [Given("", DAY, 1)]
    assert cumulative(nameless, Caps(session_nc=5), day=DAY)[0].given_nc == 1


# Drugs by place


def dex(days_ago: int, session: str = "", **changes: object) -> Given:
    row = {"place": "left elbow", "drugs": ("dexamethasone",), **changes}
    return on(days_ago, 40 * NC, session, **row)


def test_sessions_with_the_drug_at_the_place_within_a_year_count() -> None:
    given = [
        dex(0, "a"),
        dex(0, "a"),
        dex(364),
        dex(365),
        dex(-1),
        dex(1, place="right elbow"),
        dex(2, drugs=("lidocaine",)),
        dex(3, drugs=("lidocaine", "dexamethasone")),
    ]
    found = exposure(given, "dexamethasone", place="left elbow", day=DAY)
    assert found == Exposure("dexamethasone", 3, "3 since 22-Nov-2025")


def test_a_session_in_which_nothing_flowed_does_not_count() -> None:
    dry = on(1, 0, place="left elbow", drugs=("dexamethasone",))
    wet = on(2, 1, place="left elbow", drugs=("dexamethasone",))
    assert exposure([dry, wet], "dexamethasone", place="left elbow", day=DAY).given == 1


def test_steroids_count_as_one_when_told_so() -> None:
    given = [dex(1), dex(2, drugs=("triamcinolone",))]
    alone = exposure(given, "dexamethasone", place="left elbow", day=DAY)
    steroids = {"dexamethasone", "triamcinolone"}
    alike = exposure(
        given, "dexamethasone", place="left elbow", day=DAY, alike=steroids
    )
    assert (alone.given, alike.given) == (1, 2)


def test_the_stretch_of_time_can_be_another() -> None:
    found = exposure(
        [dex(1), dex(9)], "dexamethasone", place="left elbow", day=DAY, within_days=9
    )
    assert (found.given, found.window) == (1, "1 since 13-Nov-2026")


# Who had the anode


def run(days_ago: int, red: int, black: int, *, turned: bool = False) -> Given:
    """A palm run; `turned` has the red lead on the right palm."""
    places = ("right palm", "left palm") if turned else ("left palm", "right palm")
    return on(
        days_ago,
        red + black,
        red_place=places[0],
        black_place=places[1],
        red_anode_nc=red,
        black_anode_nc=black,
    )


PALMS = ("left palm", "right palm")


def test_each_place_has_what_flowed_while_it_was_the_anode() -> None:
    totals = anode_totals([run(3, 10, 4), run(2, 5, 1, turned=True)])
    assert totals == {"left palm": 11, "right palm": 9}
    assert anode_totals([]) == {}


@pytest.mark.parametrize(
    ("past", "place"),
    [
        ([], "left palm"),
        ([run(1, 10, 0)], "right palm"),
        ([run(1, 1, 0)], "right palm"),
        ([run(1, 1, 0, turned=True)], "left palm"),
        ([run(1, 10, 0, turned=True)], "left palm"),
        ([run(1, 4, 6)], "left palm"),
        ([run(1, 5, 5)], "right palm"),
        ([run(1, 5, 5, turned=True)], "left palm"),
        ([run(1, 5, 5, turned=True), run(2, 5, 5)], "left palm"),
        ([run(2, 5, 5, turned=True), run(1, 5, 5)], "right palm"),
    ],
)
def test_the_place_with_less_charge_as_the_anode_gets_it_next(
    past: list[Given], place: str
) -> None:
    assert next_anode(past, PALMS).place == place


def test_a_place_that_was_never_under_a_lead_had_nothing() -> None:
    left_only = Given("a", DAY, 1, red_place="left palm", red_anode_nc=1)
    right_only = Given("a", DAY, 1, red_place="right palm", red_anode_nc=1)
    assert next_anode([left_only], PALMS).place == "right palm"
    assert next_anode([right_only], PALMS).place == "left palm"
    turned = Given("a", DAY, 1, black_place="left palm", black_anode_nc=1)
    assert next_anode([turned], PALMS).place == "right palm"


def test_the_proposal_says_why() -> None:
    assert next_anode([run(1, 60 * NC, 20 * NC)], PALMS) == AnodeTurn(
        "right palm",
        "left palm had 60.00 mA·min as the anode, right palm had 20.00 mA·min",
    )
