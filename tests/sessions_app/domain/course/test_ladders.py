"""Ladders are data: read strictly, each number with its source."""

import json
from collections import Counter
from typing import Any

import pytest

from sessions_app.catalogue import published_entries
from sessions_app.catalogue.ladders import ladder_for, published_ladders
from sessions_app.domain.calendar import EveryDays, Weekdays
from sessions_app.domain.course.ladders import LadderSpec, next_of
from sessions_app.domain.protocol import Trust
from sessions_app.domain.stepdown import LadderError
from tests.sessions_app.domain.course.scene import STEP, TENDON, UK7, changed, on

LADDERS = published_ladders()


@pytest.mark.parametrize("code", LADDERS)
def test_a_ladder_comes_back_from_its_json(code: str) -> None:
    text = json.dumps(LADDERS[code].to_dict())
    assert LadderSpec.from_dict(json.loads(text)) == LADDERS[code]


def leaves(data: Any, path: str = "") -> list[str]:
    if not isinstance(data, dict) or path.endswith("pattern"):
        return [path]
    return [
        leaf
        for key, item in data.items()
        for leaf in leaves(item, f"{path}.{key}".lstrip("."))
    ]


@pytest.mark.parametrize("code", LADDERS)
def test_every_number_has_exactly_one_source(code: str) -> None:
    data = LADDERS[code].to_dict()
    part = "down" if data["fixed"] is None else "fixed"
    kept = {key: data[key] for key in ("visits", "current", part)}
    for leaf in leaves(kept):
        covering = [
            source
            for source in LADDERS[code].sources
            for name in source.fields
            if leaf == name or leaf.startswith(f"{name}.")
        ]
        assert len(covering) == 1, leaf
        assert covering[0].name
        assert covering[0].says


def test_what_nobody_published_is_site_policy() -> None:
    trust = {name: source.trust for source in STEP.sources for name in source.fields}
    assert trust["down.gaps"] is trust["current"] is Trust.POLICY
    assert trust["visits.per_week"] is Trust.EXCERPT


def test_a_protocol_has_one_ladder_and_each_is_a_row() -> None:
    served = Counter(code for one in LADDERS.values() for code in one.protocols)
    assert max(served.values()) == 1
    assert set(served) <= set(published_entries())
    assert ladder_for("ACH-DEX") is LADDERS["TENDON-6-SLOW"]
    assert ladder_for("SWEAT-CF") is None


@pytest.mark.parametrize("code", LADDERS)
def test_a_ladder_agrees_with_the_rows_that_it_serves(code: str) -> None:
    ladder = LADDERS[code]
    for protocol in ladder.protocols:
        figures = published_entries()[protocol].to_dict()["figures"]
        gap, most = figures["schedule.min_gap_days"], figures["schedule.sessions_cap"]
        if isinstance(gap, int):
            assert ladder.visits.min_gap_days >= gap
        if ladder.down is not None:
            assert ladder.down.induction.cap == most
        elif isinstance(most, int) and protocol not in ("HH-PEDS",):
            assert ladder.fixed is not None
            assert ladder.fixed.sessions <= most
            assert (ladder.fixed.cap or most) == most


def down(**changes: Any) -> dict[str, Any]:
    data = STEP.to_dict()
    return {**data, "down": {**data["down"], **changes}}


def rungs(*rows: tuple[dict[str, Any], int | None, int]) -> dict[str, Any]:
    ladder = {
        "stages": [
            {"name": f"R{n}", "pattern": pattern, "sessions": sessions}
            for n, (pattern, sessions, _) in enumerate(rows)
        ],
        "fall_back_at": 3,
        "relapse_window_days": 28,
    }
    return down(ladder=ladder, least_days=[least for *_, least in rows])


FOR_EVER = "stages: only the last one goes on for ever."
MWF, WEEKLY, LAST = {"weekdays": [0, 2, 4]}, {"every_days": 7}, {"every_days": 21}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "ladder is an object"),
        (
            {**STEP.to_dict(), "down": None},
            "HH-STEP: either down or fixed, never both or none.",
        ),
        (
            {**STEP.to_dict(), "fixed": TENDON.to_dict()["fixed"]},
            "HH-STEP: either down or fixed",
        ),
        ({**STEP.to_dict(), "down": 1}, "ladder.down is an object, not 1"),
        ({**TENDON.to_dict(), "fixed": 1}, "ladder.fixed is an object, not 1"),
        ({**STEP.to_dict(), "colour": 1}, "colour"),
        ({**STEP.to_dict(), "version": "1"}, "ladder.version is int"),
        (down(gap_sessions=None), "ladder.down.gap_sessions is int"),
        (down(least_days=[1]), "least_days: one for each of at least two stages."),
        (rungs((LAST, None, 21)), "least_days: one for each of at least two stages."),
        (rungs((MWF, None, 1), (LAST, None, 21)), FOR_EVER),
        (rungs((MWF, 1, 1), (WEEKLY, None, 7), (LAST, None, 21)), FOR_EVER),
        (
            rungs((MWF, 1, 1), (LAST, 2, 21)),
            "stages: the last one has every_days and no sessions.",
        ),
        (rungs((MWF, 1, 1), (MWF, None, 1)), "the last one has every_days"),
        (down(gaps=[{"from_days": 0, "act": "run"}]), "gaps: run is no act."),
        (
            down(gaps=[{"from_days": n, "act": act} for n, act in enumerate("ba")]),
            "gaps: a, b is no act.",
        ),
        (
            {**TENDON.to_dict(), "fixed": {**TENDON.to_dict()["fixed"], "cap": "9"}},
            "ladder.fixed.cap is int",
        ),
        (
            rungs(
                ({"weekdays": [0]}, 1, 1), ({"every_days": 6}, 1, 1), (LAST, None, 1)
            ),
            "R1 may come after 6 days, R0 only after 7",
        ),
        (
            rungs(
                ({"weekdays": [6]}, 1, 1), ({"every_days": 6}, 1, 1), (LAST, None, 1)
            ),
            "R1 may come after 6 days, R0 only after 7",
        ),
        (
            rungs((WEEKLY, 1, 7), ({"every_days": 6}, None, 6)),
            "R1 may come after 6 days, R0 only after 7",
        ),
        (
            rungs((MWF, 1, 1), ({"weekdays": [0, 3]}, 1, 2), (LAST, None, 21)),
            "least_days: R1 may come after 2 days, R0 only after 3",
        ),
        (
            rungs((WEEKLY, 1, 7), (MWF, 1, 1), (LAST, None, 21)),
            "least_days: R1 may come after 1 days, R0 only after 7;"
            " rungs come less and less often.",
        ),
    ],
)
def test_a_ladder_that_cannot_be_followed_is_refused(data: Any, says: str) -> None:
    with pytest.raises(LadderError) as refused:
        LadderSpec.from_dict(data)
    assert says in f"{refused.value}."


LEAST = {
    "visits.min_gap_days": 0,
    "visits.min_gap_hours": 0,
    "visits.per_week": 1,
    "visits.early_days": 0,
    "visits.hold_after_days": 1,
    "current.rest_days": 0,
    "current.harm_grade": 1,
    "current.pain": 1,
    "current.dry_grade": 1,
    "down.induction.euhidrosis_visits": 1,
    "down.induction.evaluate_by_days": 1,
    "down.induction.extension_sessions": 1,
    "down.induction.cap": 1,
    "down.taper.wet_days": 0,
    "down.taper.worse_by": 1,
    "down.taper.late_permille": 0,
    "down.taper.missed": 1,
    "down.maintenance.least_days": 1,
    "down.maintenance.most_days": 7,
    "down.maintenance.step_days": 0,
    "down.maintenance.good_visits": 1,
    "down.relapse.recovered_visits": 1,
    "down.relapse.review_count": 1,
    "down.relapse.review_days": 0,
    "down.gap_sessions": 0,
    "down.dry_grade": 1,
    "down.hold_grade": 1,
    "fixed.stop.burn_grade": 1,
    "fixed.stop.reaction_grade": 1,
    "fixed.stop.reaction_times": 1,
    "fixed.stop.pain_rise": 1,
    "fixed.stop.pain_visits": 1,
    "fixed.stop.no_change_after": 1,
    "fixed.stop.no_change_points": 0,
    "fixed.sessions": 1,
    "fixed.cap": 1,
    "fixed.window_days": 1,
}


@pytest.mark.parametrize("path", LEAST)
def test_a_number_that_would_always_or_never_hold_is_refused(path: str) -> None:
    part, name = path.rsplit(".", 1)
    spec, least = TENDON if path.startswith("fixed") else STEP, LEAST[path]
    changed(spec, part, **{name: least})
    short = ".".join(path.split(".")[-2:])
    with pytest.raises(LadderError) as refused:
        changed(spec, part, **{name: least - 1})
    assert str(refused.value) == f"{short} is at least {least}, not {least - 1}"


def test_bands_begin_at_no_day_at_all() -> None:
    with pytest.raises(LadderError, match=r"^gaps: the first band is from day 0 on$"):
        changed(STEP, "down", gaps=[])
    note = {"from_days": 1, "act": "note"}
    with pytest.raises(LadderError, match="day 0"):
        changed(STEP, "down", gaps=[note])
    changed(STEP, "down", gaps=[note, {"from_days": 0, "act": "carry_on"}])
    with pytest.raises(LadderError, match=r"^least_days is at least 1, not 0$"):
        changed(STEP, "down", least_days=[0, 3, 7, 14, 21])


@pytest.mark.parametrize("days", [[0, 1, 3], [0, 2, 1, 3], [0, 1, 1, 3]])
def test_offsets_rise_one_for_each_session(days: list[int]) -> None:
    pattern = {"day_offsets": days}
    with pytest.raises(LadderError) as refused:
        changed(UK7, "fixed", pattern=pattern, sessions=4)
    assert str(refused.value) == (
        f"fixed.pattern: day_offsets rise, one for each of 4 sessions, not {days}"
    )


def test_equal_neighbours_are_allowed() -> None:
    spec = LadderSpec.from_dict(
        rungs((MWF, 1, 1), ({"weekdays": [0, 3]}, 1, 3), (LAST, None, 21))
    )
    assert spec.down is not None
    assert [spec.down.after(stage, on(0)) for stage in (0, 1, 2)] == [
        on(2),
        on(3),
        on(21),
    ]


def test_a_window_needs_weekdays() -> None:
    with pytest.raises(LadderError, match=r"window_days: a window needs weekdays$"):
        changed(UK7, "fixed", window_days=28)
    with pytest.raises(LadderError, match="day_offsets"):
        changed(UK7, "fixed", pattern={"day_offsets": []})


@pytest.mark.parametrize(("least", "due"), [(1, 2), (2, 2), (3, 4), (5, 7)])
def test_the_next_day_of_a_rhythm_is_not_too_soon(least: int, due: int) -> None:
    assert next_of(Weekdays(frozenset({0, 2, 4})), on(0), least) == on(due)
    assert next_of(EveryDays(4), on(0), least) == on(4)


def test_the_most_sessions_are_the_cap_the_rungs_and_the_shortest_maintenance() -> None:
    down = STEP.down
    assert down is not None
    # Twenty of the induction, 4 + 4 + 2 on the rungs, one a week for 52 weeks.
    assert down.most_sessions(364) == 20 + 10 + 52
    assert down.most_sessions(0) == 30
