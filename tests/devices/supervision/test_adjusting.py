"""Raise and lower: once, in order, in time, and by whom."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from devices.models import Run, RunCommand
from devices.services.titration import (
    pain_record,
    run_adjust_request,
    run_hold_request,
    run_resume_request,
)
from tests.devices.leading import (
    Leading,
    start,
    story,
    wait_answer,
    wait_level,
    wait_state,
)
from tests.devices.meddler import Json, Meddler
from tests.factories import CHAIR_CODE, Place, World, make_run
from tests.processes import until
from tests.simulators import Box

pytestmark = pytest.mark.processes
UP = {"from_ua": 4_000, "to_ua": 5_000}


@pytest.fixture
def running(world: World, box: Box, leading: Leading) -> Run:
    """On the plateau of 4 mA, seen by the screens."""
    run = start(make_run(world.here, box), world.here)
    wait_level(run, 4_000)
    return run


def raise_(run: Run, place: Place, **change: int) -> RunCommand:
    run.refresh_from_db()
    run.live.refresh_from_db()
    return run_adjust_request(
        run=run, by=place.clinician, patient_agrees=True, **{**UP, **change}
    )


def adjusted(box: Box) -> list[tuple[int, int]]:
    """The moves that the device made, by its own log."""
    return [(e["data"]["from_ua"], e["data"]["to_ua"]) for e in box.events("adjusted")]


def test_a_raise_moves_the_plateau_once(world: World, box: Box, running: Run) -> None:
    command = wait_answer(raise_(running, world.here))
    assert (command.state, command.answer) == ("done", {"level_ua": 5_000})
    assert adjusted(box) == [(4_000, 5_000)]
    wait_level(running, 5_000)
    assert [kind for kind in story(running) if kind.startswith("adjust")] == [
        "adjust_requested",
        "adjust_done",
    ]


def test_the_same_press_twice_moves_once(world: World, box: Box, running: Run) -> None:
    first, second = raise_(running, world.here), raise_(running, world.here)
    answers = {wait_answer(first).state, wait_answer(second).state}
    assert answers == {"done", "refused"}
    assert adjusted(box) == [(4_000, 5_000)]


def test_presses_out_of_order_never_skip_a_step(
    world: World, box: Box, running: Run
) -> None:
    # 5 to 6 mA reaches the device before 4 to 5 mA.
    now = timezone.now()
    for_later = [{"from_ua": 5_000, "to_ua": 6_000}, UP]
    commands = RunCommand.objects.bulk_create(
        RunCommand(
            run=running,
            kind="adjust",
            data=data,
            asked_at=now + timedelta(milliseconds=number),
            valid_until=now + timedelta(seconds=5),
        )
        for number, data in enumerate(for_later)
    )
    early, due = [wait_answer(command) for command in commands]
    assert (early.state, early.answer["why"]) == ("refused", "refused_adjust")
    assert due.state == "done"
    assert adjusted(box) == [(4_000, 5_000)]


def test_a_raise_that_comes_late_is_never_sent(
    world: World, box: Box, running: Run
) -> None:
    late = RunCommand.objects.create(
        run=running,
        kind="adjust",
        data=UP,
        asked_at=timezone.now() - timedelta(seconds=6),
        valid_until=timezone.now() - timedelta(seconds=1),
    )
    assert wait_answer(late).state == "expired"
    assert adjusted(box) == []
    assert box.dump()["counts"].get("adjusted", 0) == 0


def test_a_raise_whose_answer_was_lost_moves_once_and_is_told_done(
    world: World, box: Box, running: Run
) -> None:
    box.fault("lose_ack", verb="adjust")
    command = wait_answer(raise_(running, world.here))
    assert command.state == "done"
    assert adjusted(box) == [(4_000, 5_000)]


def test_lowering_needs_no_presence_and_does_not_expire(
    world: World, box: Box, running: Run
) -> None:
    command = run_adjust_request(
        run=running, by=world.other.clinician, from_ua=4_000, to_ua=3_000
    )
    assert command.valid_until is None
    assert wait_answer(command).state == "done"
    assert adjusted(box) == [(4_000, 3_000)]


def test_a_raise_needs_the_patients_yes_and_presence(
    world: World, running: Run
) -> None:
    with pytest.raises(Refusal, match="Patient agrees"):
        run_adjust_request(run=running, by=world.here.clinician, **UP)
    with pytest.raises(Refusal, match="type the chair code"):
        run_adjust_request(
            run=running, by=world.here.prescriber, patient_agrees=True, **UP
        )


def test_a_raise_over_the_window_names_asked_and_allowed(
    world: World, running: Run
) -> None:
    with pytest.raises(Refusal, match=r"9\.0 mA.*8\.0 mA"):
        raise_(running, world.here, to_ua=9_000)


def test_a_raise_from_a_stale_page_is_a_conflict(world: World, running: Run) -> None:
    with pytest.raises(Conflict) as refused:
        raise_(running, world.here, from_ua=3_000, to_ua=4_000)
    assert refused.value.code == "stale"


def test_hold_then_resume_after_inspection(
    world: World, box: Box, running: Run
) -> None:
    wait_answer(run_hold_request(run=running, by=world.here.clinician, cause="pause"))
    run = wait_state(running, "held")
    until(lambda: box.actual_ua == 0, "no current while held")
    run.live.refresh_from_db()
    inspected = {"red_inspected": True, "black_inspected": True}
    for missing in inspected:
        with pytest.raises(Refusal, match="under both electrodes"):
            run_resume_request(
                run=run,
                by=world.here.clinician,
                level_ua=4_000,
                chair_code=CHAIR_CODE,
                **{**inspected, missing: False},
            )
    assert box.actual_ua == 0
    with pytest.raises(Refusal, match="is not the code"):
        run_resume_request(
            run=run,
            by=world.here.clinician,
            level_ua=4_000,
            chair_code="WRONG",
            **inspected,
        )
    run_resume_request(
        run=run,
        by=world.here.clinician,
        level_ua=4_000,
        chair_code=CHAIR_CODE,
        **inspected,
    )
    wait_state(run, "running")
    wait_level(run, 4_000)
    assert [e["data"]["by"] for e in box.events("resumed")] == ["command"]


def test_a_resume_that_comes_late_is_never_sent(
    world: World, box: Box, running: Run
) -> None:
    wait_answer(run_hold_request(run=running, by=world.here.clinician, cause="pause"))
    run = wait_state(running, "held")
    late = RunCommand.objects.create(
        run=run,
        kind="resume",
        data={"level_ua": 4_000},
        asked_at=timezone.now() - timedelta(seconds=6),
        valid_until=timezone.now() - timedelta(seconds=1),
    )
    assert wait_answer(late).state == "expired"
    assert box.state == "held"
    assert not box.events("resumed")


def test_pain_of_four_holds_and_a_resume_is_a_fifth_lower(
    world: World, box: Box, running: Run
) -> None:
    assert pain_record(run=running, by=world.here.clinician, score=5) == "hold"
    run = wait_state(running, "held")
    run.live.refresh_from_db()
    with pytest.raises(Refusal, match=r"3\.2 mA"):
        run_resume_request(
            run=run,
            by=world.here.clinician,
            level_ua=4_000,
            chair_code=CHAIR_CODE,
            red_inspected=True,
            black_inspected=True,
        )


def test_pain_of_seven_stops(world: World, box: Box, running: Run) -> None:
    assert pain_record(run=running, by=world.here.clinician, score=7) == "stop"
    run = wait_state(running, "ended")
    assert run.end_reason == "patient"
    assert box.actual_ua == 0


def test_the_knob_over_its_step_is_held(world: World, box: Box, running: Run) -> None:
    box.fault("knob", to_ua=8_000)
    wait_state(running, "held")
    assert "alarm" in story(running)


# Lines that are no protocol, and samples that cannot be.


@pytest.fixture
def meddled(world: World, box: Box, leading: Leading):
    with Meddler(box) as meddler:
        run = start(make_run(world.here, meddler.box), world.here)
        wait_level(run, 4_000)
        yield run, meddler


def once(change):
    """A change that is made to the first message that it fits."""
    done = []

    def maybe(message: Json):
        changed = None if done else change(message)
        if changed is None:
            return [message]
        done.append(True)
        return changed

    maybe.done = done
    return maybe


def samples_changed(alter):
    """The first push of samples with one row altered."""

    def change(message: Json):
        if message.get("method") != "samples":
            return None
        copy = json.loads(json.dumps(message))
        alter(copy["params"]["samples"])
        return [copy]

    return once(change)


def finish(run: Run, box: Box) -> Run:
    """Stop it; whatever came on the wire, nothing is lost and nothing doubled."""
    from devices.services.runs import run_stop_request

    run_stop_request(run_id=run.pk, cause="operator", by=None)
    run = wait_state(run, "ended")
    assert run.end_reason == "operator"
    assert run.live.have_seq == run.device_last_seq == len(box.samples(run.pk))
    return run


def test_a_malformed_line_breaks_the_link_and_nothing_else(meddled, box: Box) -> None:
    run, meddler = meddled
    meddler.change = once(lambda _: [b'{"jsonrpc": "2.0", "method": '])
    until(lambda: meddler.change.done, "a bad line went out")
    heard = len(box.events("keepalive"))
    until(lambda: len(box.events("keepalive")) > heard + 1, "the link is back")
    assert not box.events("watchdog")
    finish(run, box)


def test_a_sample_out_of_range_is_alarmed_and_read_again(meddled, box: Box) -> None:
    run, meddler = meddled
    meddler.change = samples_changed(lambda rows: rows[0].__setitem__(2, 2_000_000))
    until(lambda: "BAD_SAMPLE" in alarms(run), "BAD_SAMPLE")
    finish(run, box)


def test_a_sample_number_beyond_the_run_is_alarmed_and_not_waited_for(
    meddled, box: Box
) -> None:
    run, meddler = meddled

    def far(rows):
        rows.append([2_000_000_000, *rows[-1][1:]])

    meddler.change = samples_changed(far)
    until(lambda: "BAD_SAMPLE" in alarms(run), "BAD_SAMPLE")
    finish(run, box)


def test_samples_out_of_order_and_doubled_are_stored_once_in_order(
    meddled, box: Box
) -> None:
    run, meddler = meddled
    kept: list[Json] = []

    def shuffle(message: Json):
        if message.get("method") != "samples":
            return [message]
        kept.append(message)
        if len(kept) % 3:
            return []
        three = kept[-3:]
        return [three[2], three[0], three[2], three[1]]

    meddler.change = shuffle
    before = len(box.samples(run.pk))
    until(lambda: len(box.samples(run.pk)) > before + 12, "samples")
    finish(run, box)


def alarms(run: Run) -> set[str]:
    return {event.data["code"] for event in run.events.filter(kind="alarm")}
