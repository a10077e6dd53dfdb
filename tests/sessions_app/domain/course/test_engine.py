"""The whole machine: holds, harm, dryness, a person's word, and whole courses."""

import json
from typing import Any

import pytest

from sessions_app.domain.course.engine import placed, propose, standing_of
from sessions_app.domain.course.history import (
    ADVICE,
    RANK,
    Advice,
    Baseline,
    Event,
    Harm,
    History,
    Kind,
    Rule,
    Standing,
    State,
)
from sessions_app.domain.stepdown import LadderError, Place
from tests.sessions_app.domain.course.scene import (
    BEFORE,
    STEP,
    TENDON,
    changed,
    done,
    event,
    from_standing,
    inducing,
    on,
    on_rung,
    rules,
    seen,
)


def course(scores: dict[int, int], sessions: int) -> list[tuple[str, str]]:
    """Rung and day of each session, every one done on the day that is proposed."""
    events: list[Event] = []
    day, rung, found = on(0), "INDUCTION", []
    for number in range(1, sessions + 1):
        found.append((rung, day.isoformat()))
        events.append(Event(day, score=scores.get(number)))
        step = seen(STEP, *events)
        assert step.dates is not None
        day, rung = step.dates.day, step.rung
    return found


def test_a_response_leads_down_every_rung() -> None:
    found = course({10: 2}, 23)
    assert found[9:11] == [("INDUCTION", "2026-03-23"), ("TAPER_2", "2026-03-26")]
    assert found[13:15] == [("TAPER_2", "2026-04-06"), ("TAPER_1", "2026-04-13")]
    assert found[18:] == [
        ("TAPER_14", "2026-05-18"),
        ("TAPER_14", "2026-06-01"),
        ("MAINTENANCE", "2026-06-22"),
        ("MAINTENANCE", "2026-07-13"),
        ("MAINTENANCE", "2026-08-03"),
    ]


def test_a_relapse_at_the_second_weekly_session() -> None:
    assert course({10: 2, 16: 3}, 20)[15:] == [
        ("TAPER_1", "2026-04-20"),
        ("TAPER_2", "2026-04-23"),
        ("TAPER_2", "2026-04-27"),
        ("TAPER_2", "2026-04-30"),
        ("TAPER_2", "2026-05-04"),
    ]


# Skin


def test_over_dry_skin_comes_one_rung_less_often() -> None:
    step = from_standing(STEP, on_rung(1), done(3, score=2, dryness=2))
    assert (step.rule, step.rung, step.interval_days) == ("over_dry", "TAPER_2", 7)
    assert step.advice == (Advice.EMOLLIENT,)
    assert step.why.startswith("dryness of grade 2: one rung longer, emollient; 1 of 4")
    plain = from_standing(STEP, on_rung(1), done(3, score=2, dryness=1))
    assert (plain.rule, plain.interval_days, plain.standing.eased) == ("stay", 4, False)


def test_dryness_holds_until_somebody_sees_that_it_is_over() -> None:
    unseen = from_standing(
        STEP, on_rung(1), done(3, score=2, dryness=2), done(10, score=2)
    )
    assert (unseen.standing.eased, unseen.interval_days) == (True, 7)
    over = from_standing(
        STEP, on_rung(1), done(3, score=2, dryness=2), done(10, score=2, dryness=1)
    )
    assert (over.standing.eased, over.interval_days) == (False, 4)


@pytest.mark.parametrize(
    ("code", "grade", "held"),
    [("ERY", 1, False), ("ERY", 2, True), ("BRN", 3, True), ("DRY", 3, False)],
)
def test_harm_holds_a_step_down(code: str, grade: int, held: bool) -> None:
    harms = (Harm("ERY", 0), Harm(code, grade))
    step = from_standing(STEP, on_rung(2), done(7, score=2, harms=harms))
    assert (step.state is State.ON_HOLD) is held
    if held:
        assert (step.rule, step.treats, step.dates) == ("harm_hold", False, None)
        assert step.advice == (Advice.LOOK_AT_SKIN,)
        assert step.why.startswith(
            f"harm of grade {grade}: held until a person has looked"
        )
        assert step.standing.before is State.TAPER


def test_without_harm_nothing_is_held() -> None:
    strict = changed(STEP, "down", hold_grade=1)
    assert from_standing(strict, on_rung(2), done(7, score=2)).rule == "stay"


def test_harm_does_not_wake_an_ended_course() -> None:
    standing = inducing(9, extended=True, induced=19)
    step = from_standing(
        STEP, standing, done(2, score=4, harms=(Harm("ERY", 2),), dryness=2)
    )
    assert (step.state, step.rule) == (State.DISCONTINUED, "no_response")
    assert rules(step) == ["no_response", "over_dry"]


def test_a_fixed_course_has_its_own_rules_for_skin() -> None:
    step = seen(TENDON, done(0, pain=5, dryness=3, harms=(Harm("ERY", 2),)))
    assert (step.state, rules(step)) == (State.FIXED, ["stay"])


# A person's word


def test_a_hold_keeps_the_rung_and_a_resumption_gives_it_back() -> None:
    held = from_standing(
        STEP, on_rung(2, 1), event(5, Kind.HOLD, reason="pregnancy"), today=200
    )
    assert (held.state, held.rule, held.treats) == (State.ON_HOLD, "held", False)
    assert (held.why, held.rung) == ("held: pregnancy", "TAPER_1")
    twice = from_standing(
        STEP,
        on_rung(2, 1),
        event(5, Kind.HOLD, reason="pregnancy"),
        event(6, Kind.HOLD, reason="still"),
        event(40, Kind.RESUME, reason="no longer"),
    )
    assert (twice.state, twice.number, twice.standing.resumed_on) == (
        State.TAPER,
        2,
        on(40),
    )
    assert rules(twice) == ["resumed", "late_ask"]
    assert twice.why.startswith("resumed: no longer; ")


def test_a_resumption_of_what_is_not_held_changes_nothing() -> None:
    step = from_standing(STEP, on_rung(2), event(5, Kind.RESUME, reason="note"))
    assert step.state is State.TAPER


def test_a_session_ends_a_hold() -> None:
    step = from_standing(
        STEP, on_rung(2), event(5, Kind.HOLD, reason="wish"), done(7, score=2)
    )
    assert (step.state, step.number) == (State.TAPER, 2)


def test_an_end_is_an_end() -> None:
    stop = event(5, Kind.STOP, reason="moved away")
    step = from_standing(STEP, on_rung(2), stop)
    assert (step.state, step.rule, step.why) == (
        State.DISCONTINUED,
        "stopped",
        "ended: moved away",
    )
    after = from_standing(STEP, on_rung(2), stop, done(6, score=4))
    assert after.standing == step.standing
    assert (after.rule, after.why) == ("stay", "the course is discontinued already")


def test_what_a_person_decided_holds_in_place_of_the_rule() -> None:
    kept = on_rung(1, 3)
    step = seen(STEP, done(0, score=2, decided=kept), done(3, score=2))
    assert (step.rule, step.rung) == ("advance", "TAPER_1")
    told = seen(STEP, done(0, score=2, decided=kept))
    assert (told.standing, told.rule) == (kept, "stay")


def test_a_result_before_or_beside_a_course_decides_nothing() -> None:
    early = seen(STEP, event(0, Kind.MEASURED, score=2))
    assert (early.state, early.standing.score, early.rule) == (State.DRAFT, 2, "start")
    under_way = seen(TENDON, done(0, pain=5), event(1, Kind.MEASURED, score=1))
    assert (under_way.state, under_way.rule) == (State.FIXED, "stay")
    for spec, before in ((TENDON, done(0, pain=5)), (STEP, done(0, score=4))):
        held = seen(
            spec,
            before,
            event(1, Kind.HOLD, reason="wish"),
            event(2, Kind.MEASURED, score=1),
        )
        assert (held.state, held.rule) == (State.ON_HOLD, "stay")
        assert held.why == "measured without a treatment"


@pytest.mark.parametrize(
    ("rung", "state", "number", "of", "days"),
    [
        ("INDUCTION", State.INDUCTION, 1, 10, 2),
        ("TAPER_1", State.TAPER, 1, 4, 7),
        ("MAINTENANCE", State.MAINTENANCE, 1, None, 21),
    ],
)
def test_a_person_may_choose_another_rung(
    rung: str, state: State, number: int, of: int | None, days: int
) -> None:
    chosen = placed(STEP, on_rung(1, 2, good=1), rung)
    step = from_standing(STEP, chosen, today=0)
    assert (step.rung, step.state, step.number, step.of) == (rung, state, number, of)
    assert (step.interval_days, chosen.good) == (days, 0)


def test_a_rung_that_is_none_is_refused() -> None:
    with pytest.raises(LadderError, match=r": INDUCTION, TAPER_2, TAPER_1, TAPER_14"):
        placed(STEP, on_rung(1), "TAPER_9")
    with pytest.raises(LadderError, match=r"'TAPER_1' is no rung of TENDON-6: $"):
        placed(TENDON, Standing(), "TAPER_1")


# Scores


def test_the_best_score_is_kept_and_the_last_one_shown() -> None:
    step = seen(STEP, done(0, score=3), done(2, score=2), done(4, score=4), done(7))
    assert (step.standing.best, step.standing.score) == (2, 4)
    kept = from_standing(STEP, on_rung(2, best=1), done(7))
    assert (kept.standing.best, kept.standing.score) == (1, 2)


def test_only_the_last_seven_days_are_kept() -> None:
    step = seen(STEP, *[done(day, score=4) for day in range(9)])
    assert step.standing.recent == tuple(on(day) for day in range(2, 9))
    assert (step.standing.first_done, step.standing.last_done) == (on(0), on(8))


# The proposal


def test_what_is_not_told_is_nothing() -> None:
    assert (Event(on(0)).reason, Baseline().exposed) == ("", 0)


def test_words_that_are_stored_stay() -> None:
    assert [kind.value for kind in Kind] == [
        "done",
        "measured",
        "no_show",
        "cancelled_late",
        "cancelled",
        "closed",
        "hold",
        "resume",
        "stop",
    ]


def test_every_rule_that_asks_for_something_says_what() -> None:
    assert set(ADVICE) <= set(Rule)
    assert set(RANK) == set(Rule)


def test_a_proposal_carries_rule_version_inputs_and_reason() -> None:
    history = History(BEFORE, (done(0, score=4), event(2, Kind.NO_SHOW)))
    found = propose(STEP, history, on(6), [on(9), on(7)])
    assert (found.kind, found.rule, found.rules) == (
        "step",
        "gap_note",
        ("stay", "gap_note"),
    )
    assert (found.engine, found.ladder, found.ladder_version) == ("1", "HH-STEP", 1)
    assert found.why == (
        "6 days since the last session: carry on; a missed visit uses up no session"
    )
    assert json.loads(json.dumps(found.inputs)) == found.inputs
    assert json.loads(json.dumps(found.result)) == found.result
    assert found.inputs["closures"] == ["2026-03-09", "2026-03-11"]
    assert found.inputs["today"] == "2026-03-08"
    result: dict[str, Any] = dict(found.result)
    standing = result.pop("standing")
    assert standing["place"] == {"stage": 0, "done": 1, "fell_back_on": None}
    assert result == {
        "rule": "gap_note",
        "state": "induction",
        "rung": "INDUCTION",
        "number": 2,
        "of": 10,
        "treats": True,
        "dates": {
            "due": "2026-03-04",
            "day": "2026-03-10",
            "earliest": "2026-03-03",
            "latest": None,
            "fits": True,
        },
        "interval_days": 2,
        "advice": ["note_gap"],
    }


def test_a_long_reason_is_cut_to_what_is_stored() -> None:
    long = event(0, Kind.HOLD, reason="x" * 500)
    assert len(seen(STEP, long).why) == 400


def test_the_ladder_of_a_proposal_is_named_with_its_version() -> None:
    other = changed(STEP, "", version=7, code="OURS")
    found = propose(other, History(), on(0))
    assert (found.ladder, found.ladder_version, found.rule) == ("OURS", 7, "start")
    assert standing_of(other, History()).standing == Standing()


# A ladder that was edited in the meantime


FEWER = changed(
    STEP,
    "down",
    ladder={
        **STEP.to_dict()["down"]["ladder"],
        "stages": [STEP.to_dict()["down"]["ladder"]["stages"][n] for n in (0, 2, 4)],
    },
    least_days=[1, 7, 21],
)


def test_a_word_under_more_rungs_stands_on_the_last_rung_of_fewer() -> None:
    step = from_standing(FEWER, on_rung(3), done(14, score=2))
    assert (step.state, step.rung) == (State.MAINTENANCE, "MAINTENANCE")
    assert (step.standing.place.stage, step.interval_days) == (2, 21)
    assert from_standing(FEWER, on_rung(3)).standing.place == Place(2, 0)
    kept = from_standing(FEWER, on_rung(2, 1, state=State.MAINTENANCE))
    assert kept.standing.place.done == 1
    held = from_standing(FEWER, on_rung(3, state=State.ON_HOLD, before=State.TAPER))
    assert (held.state, held.standing.before) == (State.ON_HOLD, State.MAINTENANCE)
    ended = on_rung(3, state=State.DISCONTINUED)
    assert from_standing(FEWER, ended).state is State.DISCONTINUED
    fixed = Standing(state=State.FIXED, place=Place(1, 2))
    assert from_standing(TENDON, fixed).standing == fixed


def test_nobody_is_put_back_into_an_induction_that_is_used_up() -> None:
    with pytest.raises(LadderError, match=r"^INDUCTION: 20 sessions of at most 20$"):
        placed(STEP, on_rung(2, induced=20), "INDUCTION")
    assert placed(STEP, on_rung(2, induced=19), "INDUCTION").block == 1
    assert placed(STEP, inducing(9, induced=20), "TAPER_2").state is State.TAPER
