"""Synthetic patients: seeded, the same for two ladders, and they meet every rule."""

from collections import Counter
from functools import cache

import pytest

from sessions_app.catalogue import simulated_adoptions
from sessions_app.catalogue.ladders import ladder_for
from sessions_app.domain.course.current import CurrentRule
from sessions_app.domain.course.engine import propose
from sessions_app.domain.course.history import ENDED, Baseline, History, Kind, Rule
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.virtual import (
    FIRST_DAY,
    HORIZON_DAYS,
    Type,
    Walked,
    course_of,
    patients,
)
from sessions_app.domain.virtual_report import Summary, lines_of, summary_of

CODES = ("HH-PALM", "LE-DEX40", "HH-UK7")


def published(code: str) -> LadderSpec:
    found = ladder_for(code)
    assert found is not None
    return found


@cache
def walked(code: str, count: int = 250) -> tuple[Walked, ...]:
    spec, protocol = published(code), simulated_adoptions()[code].spec
    return tuple(course_of(spec, protocol, one) for one in patients(count, 1))


def test_patients_are_those_of_their_seed() -> None:
    assert list(patients(20, 7)) == list(patients(20, 7))
    assert list(patients(20, 7)) != list(patients(20, 8))
    assert list(patients(10, 7)) == list(patients(20, 7))[:10]
    assert Counter(one.type for one in patients(20, 7)) == dict.fromkeys(Type, 4)


def test_luck_is_a_number_of_day_and_question() -> None:
    patient = next(patients(1, 1))
    days = [FIRST_DAY.replace(day=day) for day in range(1, 29)]
    lucks = [patient.luck(day, question) for day in days for question in range(9)]
    assert lucks == [patient.luck(d, q) for d in days for q in range(9)]
    assert min(lucks) >= 0
    assert max(lucks) <= 999
    assert len(set(lucks)) > 150


def test_every_rule_fires_somewhere() -> None:
    fired = {rule for code in CODES for one in walked(code) for rule in one.rules}
    assert set(Rule) - fired == set()


def test_every_rule_of_the_current_is_met_but_those_of_another_set_up() -> None:
    met = {rule for code in CODES for one in walked(code) for rule in one.currents}
    other = {CurrentRule.ANEW_CHANGE, CurrentRule.FIXED}
    assert set(CurrentRule) - met == other


@pytest.mark.parametrize("code", CODES)
def test_a_walk_is_what_the_engine_proposes_of_its_history(code: str) -> None:
    spec, protocol = published(code), simulated_adoptions()[code].spec
    for one in walked(code)[:20]:
        patient = one.patient
        baseline = Baseline(
            score=4,
            sweat=patient.sweat,
            pain=patient.pain,
            exposed=patient.exposed if protocol.drugs else 0,
        )
        history = History(baseline, tuple(one.events))
        last = one.events[-1].day
        made = propose(spec, history, last)
        assert made.result["standing"]["state"] == one.state


@pytest.mark.parametrize("code", CODES)
def test_a_course_ends_or_reaches_its_horizon(code: str) -> None:
    spec = published(code)
    for one in walked(code):
        done = [event.day for event in one.events if event.kind is Kind.DONE]
        assert len(done) == one.sessions == len(one.given)
        assert one.counted <= one.sessions
        assert one.charge_nc == sum(dose.upper_nc for dose in one.given)
        assert one.state in ENDED or one.days <= HORIZON_DAYS + 90
        if spec.fixed is not None:
            assert one.counted <= spec.fixed.sessions
            assert one.exposed <= (spec.fixed.cap or one.exposed)


def test_types_answer_as_they_are_named() -> None:
    def mean(kind: Type) -> float:
        mine = [one for one in walked("HH-PALM") if one.patient.type is kind]
        return sum(one.state == "maintenance" for one in mine) / len(mine)

    assert mean(Type.RESPONDER) > 0.5
    assert mean(Type.NON_RESPONDER) == 0
    ended = [
        one.state in ENDED
        for one in walked("HH-PALM")
        if one.patient.type is Type.NON_RESPONDER
    ]
    assert all(ended)


def test_the_anode_changes_sides_in_a_course_of_tap_water() -> None:
    one = walked("HH-PALM")[0]
    sides = [dose.red_place for dose in one.given]
    assert sides[:4] == ["left", "right", "left", "right"]
    drug = walked("LE-DEX40")[0]
    assert {dose.red_place for dose in drug.given} == {"left"}


# The report


def small(code: str, seed: int = 1) -> Summary:
    return summary_of(published(code), simulated_adoptions()[code].spec, 10, seed)


def test_a_report_is_the_same_for_the_same_seed() -> None:
    assert lines_of([small("LE-DEX40")]) == lines_of([small("LE-DEX40")])
    assert lines_of([small("LE-DEX40")]) != lines_of([small("LE-DEX40", 2)])


def test_a_report_has_a_column_for_each_ladder() -> None:
    first, second = small("LE-DEX40"), small("HH-UK7")
    lines = lines_of([first, second])
    assert lines[0].split() == ["TENDON-6", "v1", "HH-UK7", "v1"]
    rows = {line[:40].strip(): line[40:].split() for line in lines[1:]}
    assert rows["responder, patients"] == ["2", "2"]
    assert rows["rule drug_cap"] == [
        str(first.rules["drug_cap"]),
        str(second.rules["drug_cap"]),
    ]
    assert "-" in rows["current at_limit"]
    assert {f"rule {rule}" for rule in Rule} <= set(rows)


def test_a_report_counts_and_means() -> None:
    found = small("LE-DEX40")
    mine = [one for one in walked("LE-DEX40")[:10] if one.patient.type is Type.PARTIAL]
    rows = {line[:40].strip(): line[40:].strip() for line in lines_of([found])}
    sessions = sum(one.sessions for one in mine)
    assert rows["partial, sessions"] == f"{sessions / len(mine):.1f}"
    total = sum(one.sessions for one in walked("LE-DEX40")[:10])
    assert rows["rung course, sessions"] == str(total)
    days = sum(one.days for one in mine)
    assert rows["partial, weeks"] == f"{days * 10 // (7 * len(mine)) / 10:.1f}"
