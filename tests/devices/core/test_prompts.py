"""What is asked during a run, when, and how long an answer is waited for."""

import datetime as dt
import random
from dataclasses import replace

import pytest

from devices.core.adjust import resume_allowed
from devices.core.judge import Judge
from devices.core.prompts import (
    NO_STORY,
    Answer,
    Kind,
    Put,
    Question,
    Story,
    Waits,
    open_questions,
    planned_flow_ms,
    schedule,
    skin_seen,
    to_ask,
)
from devices.core.signals import Asking, Hold, Pain
from tests.devices.core.examples import DRUG, MINUTE_MS, PROFILE, SWEAT, TAP_WATER
from tests.devices.core.scene import Scene

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


def due(minutes: float, **more: bool) -> dict[str, float]:
    """Names and due times in minutes of a run of this planned flow."""
    prompts = schedule(int(minutes * MINUTE_MS), **more)
    return {one.name: one.due_ms / MINUTE_MS for one in prompts}


def at(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def waiting(waited_s: float, name: str = "pain 5 min") -> Question:
    found = {one.name: one for one in schedule(20 * MINUTE_MS, first_session=True)}
    return Question(found[name], int(waited_s * 1000))


def running() -> Scene:
    return Scene(Judge(TAP_WATER, PROFILE)).ramp().flow(1_000)


def test_pain_is_asked_at_1_5_mid_and_in_the_last_minute() -> None:
    assert due(20) == {"pain 1 min": 1, "pain 5 min": 5, "pain mid": 10, "pain end": 19}


@pytest.mark.parametrize(
    ("minutes", "times"),
    [
        (10, [1, 5, 9]),
        (5, [1, 2.5, 4]),
        (3, [1, 2]),
        (1, [0.5]),
        (12, [1, 5, 6, 11]),
    ],
)
def test_questions_within_a_minute_of_each_other_are_one(minutes, times) -> None:
    assert list(due(minutes).values()) == times


def test_a_charge_led_run_is_planned_from_its_dose_at_the_target() -> None:
    assert planned_flow_ms(DRUG) == 10 * MINUTE_MS
    assert planned_flow_ms(TAP_WATER) == 20 * MINUTE_MS
    assert planned_flow_ms(SWEAT) == 5 * MINUTE_MS
    slow = replace(DRUG, target_ua=500)
    assert planned_flow_ms(slow) == slow.max_flow_ms


def test_the_skin_is_asked_for_from_2_to_5_min_in_a_first_session_only() -> None:
    first = due(20, first_session=True)
    assert (first["skin"], first["skin late"]) == (2, 5)
    assert not [name for name in due(20) if name.startswith("skin")]


def test_a_question_is_put_when_its_flow_time_has_come_and_once() -> None:
    prompts = schedule(20 * MINUTE_MS)
    assert not to_ask(prompts, MINUTE_MS - 1, NO_STORY)
    assert [one.name for one in to_ask(prompts, MINUTE_MS, NO_STORY)] == ["pain 1 min"]
    put = Story(asked=(Put("pain 1 min", 1, NOW),))
    assert not to_ask(prompts, 2 * MINUTE_MS, put)


@pytest.mark.parametrize(("flow_ms", "asks"), [(270_000, False), (269_999, True)])
def test_a_score_within_the_window_answers_before_it_is_asked(flow_ms, asks) -> None:
    prompts = [one for one in schedule(20 * MINUTE_MS) if one.name == "pain 5 min"]
    early = Story(answers=(Answer(Kind.PAIN, 1, flow_ms),))
    assert bool(to_ask(prompts, 5 * MINUTE_MS, early)) == asks


def test_a_score_after_the_question_answers_all_that_were_put() -> None:
    prompts = schedule(20 * MINUTE_MS)
    put = (Put("pain 1 min", 1, NOW), Put("pain 5 min", 3, NOW))
    before = Story(put, (Answer(Kind.PAIN, 2, 0),))
    after = Story(put, (Answer(Kind.PAIN, 4, 0),))
    assert [q.prompt.name for q in open_questions(prompts, before, at(9))] == [
        "pain 5 min"
    ]
    assert open_questions(prompts, after, at(9)) == ()


def test_a_score_is_no_look_at_the_skin() -> None:
    prompts = schedule(20 * MINUTE_MS, first_session=True)
    put = (Put("skin late", 1, NOW),)
    scored = Story(put, (Answer(Kind.PAIN, 2, 300_000),))
    looked = Story(put, (Answer(Kind.SKIN, 2, 300_000),))
    assert len(open_questions(prompts, scored, at(1))) == 1
    assert not open_questions(prompts, looked, at(1))


@pytest.mark.parametrize(
    ("asked", "flow_ms", "counts"),
    [
        (False, 89_999, False),
        (False, 90_000, True),
        (True, 89_999, True),
    ],
)
def test_a_look_at_the_skin_counts_in_its_window_or_once_asked_for(
    asked, flow_ms, counts
) -> None:
    put = (Put("skin", 1, NOW),) if asked else ()
    assert skin_seen(Story(put, (Answer(Kind.SKIN, 2, flow_ms),))) == counts


def test_the_waiting_begins_anew_when_current_flows_again() -> None:
    prompts = schedule(20 * MINUTE_MS)
    story = Story((Put("pain 1 min", 1, NOW),), (), at(100))
    assert [q.waited_ms for q in open_questions(prompts, story, at(130))] == [30_000]


def test_a_question_is_said_then_urged_at_60_s_then_holds_at_120_s() -> None:
    scene = running().tell(Asking((waiting(0),)))
    assert (scene.alarms, scene.holds) == (["ASK_PAIN"], [])
    scene.tell(Asking((waiting(59.999),)))
    assert scene.alarms == ["ASK_PAIN"]
    scene.tell(Asking((waiting(60),)))
    assert scene.alarms == ["ASK_PAIN", "UNANSWERED"]
    scene.tell(Asking((waiting(119.999),)))
    assert scene.holds == []
    scene.tell(Asking((waiting(120),)))
    assert scene.holds == ["unanswered"]


def test_an_answer_clears_what_was_said() -> None:
    scene = running().tell(Asking((waiting(60),))).tell(Asking(()))
    assert scene.judge.alarms == ()


def test_the_skin_is_urged_at_5_min_and_held_120_s_later() -> None:
    scene = running().tell(Asking((waiting(600, "skin"),)))
    assert (scene.alarms, scene.holds) == (["ASK_SKIN"], [])
    late = "skin late"
    scene.tell(Asking((waiting(700, "skin"), waiting(0, late))))
    assert scene.alarms == ["ASK_SKIN", "UNANSWERED"]
    scene.tell(Asking((waiting(819, "skin"), waiting(119, late))))
    assert scene.holds == []
    scene.tell(Asking((waiting(820, "skin"), waiting(120, late))))
    assert scene.holds == ["unanswered"]


def test_a_stimulator_that_cannot_hold_is_stopped_instead() -> None:
    profile = replace(PROFILE, resume_allowed=False)
    scene = Scene(Judge(TAP_WATER, profile)).ramp().flow(1_000)
    scene.tell(Asking((waiting(120),)))
    assert scene.stops == ["operator"]


@pytest.mark.parametrize(("score", "does"), [(3, ""), (4, "hold"), (6, "hold")])
def test_pain_of_4_holds(score, does) -> None:
    scene = running().tell(Pain(score))
    assert scene.holds == (["pain"] if does else [])
    assert scene.stops == []


@pytest.mark.parametrize(("score", "stops"), [(6, []), (7, ["patient"])])
def test_pain_of_7_stops(score, stops) -> None:
    assert running().tell(Pain(score)).stops == stops


def test_after_pain_a_resume_is_at_least_20_percent_lower() -> None:
    assert resume_allowed(PROFILE, 10_000, 8_000, 4).allowed
    assert not resume_allowed(PROFILE, 10_000, 8_001, 4).allowed
    assert resume_allowed(PROFILE, 10_000, 10_000, 3).allowed


def test_a_low_score_takes_no_hold_back() -> None:
    scene = running().tell(Asking((waiting(120),))).tell(Asking(()))
    scene.tell(Pain(0))
    assert scene.judge.outstanding == Hold("unanswered", scene.judge.outstanding.why)


def test_over_thousands_of_runs_nothing_waits_past_its_limit() -> None:
    for seed in range(3_000):
        _play(random.Random(seed))


def _play(rng: random.Random) -> None:
    """One run by the second: questions fall due, answers come, or they do not."""
    speed = rng.choice((1, 1, 5, 60))
    flow_ms = rng.randrange(1, 30) * MINUTE_MS
    prompts = schedule(flow_ms, first_session=rng.random() < 0.5)
    assert prompts
    assert prompts[-1].due_ms <= flow_ms
    story, judge, rows = NO_STORY, Judge(TAP_WATER, PROFILE), 0
    unanswered_s = 0
    for second in range(0, flow_ms // 1000 // speed, 5):
        flowed = second * 1000 * speed
        for prompt in to_ask(prompts, flowed, story):
            assert prompt.due_ms <= flowed
            rows += 1
            put = Put(prompt.name, rows, at(second))
            story = replace(story, asked=(*story.asked, put))
        if rng.random() < 0.05:
            rows += 1
            kind = rng.choice(list(Kind))
            answer = Answer(kind, rows, flowed)
            story = replace(story, answers=(*story.answers, answer))
        questions = open_questions(prompts, story, at(second))
        said = judge.weigh(Asking(questions))
        patient = [q for q in questions if q.prompt.waits is not Waits.NEVER]
        unanswered_s = max((q.waited_ms // 1000 for q in patient), default=0)
        if any(isinstance(one, Hold) for one in said):
            assert unanswered_s >= 120
            return
        assert unanswered_s < 120
        assert len({put.name for put in story.asked}) == len(story.asked)
