"""Currents and times that grow over a course."""

from dataclasses import replace

import pytest

from sessions_app.domain.current_steps import rows, spec_at, step_at
from sessions_app.domain.protocol import ProtocolError, Steps
from tests.sessions_app.domain.specs import PALM

COLLAR = Steps(6_000, 360_000, 2_000, 120_000, 2, 16_000, 960_000)


def test_two_more_after_every_second_session_up_to_the_cap() -> None:
    course = rows(COLLAR, 13)
    assert [step.number for step in course] == list(range(1, 14))
    assert [step.current_ua for step in course] == [
        *(6_000, 6_000, 8_000, 8_000, 10_000, 10_000),
        *(12_000, 12_000, 14_000, 14_000, 16_000, 16_000, 16_000),
    ]
    assert [step.flow_ms for step in course[-3:]] == [960_000] * 3
    assert course[2].charge_nc == 3_840_000_000
    assert sum(step.charge_nc for step in course[:12]) == 95_520_000_000


def test_current_and_time_are_capped_each_on_its_own() -> None:
    assert step_at(replace(COLLAR, cap_ua=7_000), 3)[1:3] == (7_000, 480_000)
    assert step_at(replace(COLLAR, cap_ms=400_000), 3)[1:3] == (8_000, 400_000)


def test_sessions_count_from_one() -> None:
    with pytest.raises(ValueError, match=r"^session 0: sessions count from 1$"):
        step_at(COLLAR, 0)
    assert step_at(COLLAR, 1).current_ua == 6_000


GROWING = replace(PALM, currents=replace(PALM.currents, max_ua=16_000), steps=COLLAR)


def test_the_step_of_a_session_is_its_target_and_its_ceiling() -> None:
    third = spec_at(GROWING, 3)
    assert (third.currents.target_ua, third.currents.max_ua) == (8_000, 8_000)
    assert (third.course.flow_ms, third.course.max_flow_ms) == (480_000, 480_000)
    assert third.course.max_wall_ms == PALM.course.max_wall_ms
    assert (third.currents.start_ua, third.currents.floor_ua) == (0, 0)


def test_spare_flow_time_stays_as_long_as_it_was() -> None:
    course = replace(PALM.course, max_flow_ms=PALM.course.flow_ms + 60_000)
    third = spec_at(replace(GROWING, course=course), 3)
    assert third.course.max_flow_ms == 540_000


def test_start_floor_and_flow_floor_come_down_with_a_low_step() -> None:
    currents = replace(GROWING.currents, start_ua=9_000, floor_ua=7_000)
    course = replace(GROWING.course, flow_floor_ua=6_500)
    first = spec_at(replace(GROWING, currents=currents, course=course), 1)
    assert (first.currents.start_ua, first.currents.floor_ua) == (6_000, 6_000)
    assert first.course.flow_floor_ua == 6_000
    fifth = spec_at(replace(GROWING, currents=currents, course=course), 5)
    assert (fifth.currents.start_ua, fifth.currents.floor_ua) == (9_000, 7_000)
    assert fifth.course.flow_floor_ua == 6_500


def test_a_step_over_the_protocol_is_refused_not_clamped() -> None:
    small = replace(GROWING, currents=replace(GROWING.currents, max_ua=15_999))
    assert spec_at(small, 10).currents.max_ua == 14_000
    with pytest.raises(ProtocolError) as caught:
        spec_at(small, 11)
    assert str(caught.value) == (
        "HH-PALM: session 11 would have 16.0 mA, over the 15.999 mA of the protocol"
    )
    assert spec_at(GROWING, 11).currents.max_ua == 16_000


def test_without_steps_every_session_is_alike() -> None:
    assert spec_at(PALM, 9) is PALM
