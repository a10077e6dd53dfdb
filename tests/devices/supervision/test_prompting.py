"""Questions to the person at the chair: put once, waited for alike, held at last."""

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from devices.core.reading import Phase, Reading
from devices.core.run_lifecycle import RunState
from devices.core.signals import Hold
from devices.core.trace_codec import pack
from devices.drivers.base import NoAnswer
from devices.models import Lease, Run, RunEvent, RunLive, TraceChunk
from devices.selectors.attending import intents, run_facts
from devices.services.attending import prompt_ask
from devices.services.titration import pain_record, skin_check_note
from devices.supervision import commanding
from devices.supervision import watch as watching
from devices.supervision.watch import Watch
from tests.devices.leading import Leading, start, wait_event, wait_state
from tests.factories import Place, World, make_programme, make_run, make_world
from tests.simulators import Box

MINUTE_S = 60
FENCE = 7


@pytest.fixture
def place(db) -> Place:
    return make_world().here


def flowing(place: Place, minutes: int = 2) -> Run:
    """A run that has flowed for some minutes of twenty, led under a fence."""
    run = make_run(place, programme=make_programme(flow_s=20 * MINUTE_S))
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING.value)
    Lease.objects.filter(stimulator=run.stimulator).update(fence=FENCE)
    readings = [
        Reading(n, n * 250, 4_000, 4_000, 4_000, 20_000, 4_000, Phase.PLATEAU)
        for n in range(1, minutes * 240 + 2)
    ]
    TraceChunk.objects.create(
        run=run, first_seq=1, count=len(readings), payload=pack(readings)
    )
    RunLive.objects.filter(run=run).update(
        have_seq=len(readings), flow_ms=minutes * 60_000, t_ms=minutes * 60_000
    )
    run.refresh_from_db()
    return run


def ask(run: Run, name: str, fence: int = FENCE) -> bool:
    return prompt_ask(run_id=run.pk, fence=fence, name=name, t_ms=1, flow_ms=1)


def intent_of(run: Run):
    return intents(run_ids=[run.pk])[run.pk]


def after(seconds: float, run: Run, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A supervisor that takes over so long after the first question."""
    asked = RunEvent.objects.filter(run=run, kind="prompt")[0].at
    later = asked + dt.timedelta(seconds=seconds)
    monkeypatch.setattr(watching, "timezone", SimpleNamespace(now=lambda: later))
    watch = Watch(run_facts(run_id=run.pk))
    watch.asking(intent_of(run).story, True)
    return watch


def codes(watch: Watch) -> list[str]:
    return [alarm["code"] for alarm in watch.alarms]


def test_a_question_is_put_once_and_only_by_the_holder_of_the_fence(place) -> None:
    run = flowing(place)
    assert [
        one.name for one in Watch(run_facts(run_id=run.pk)).to_ask(intent_of(run).story)
    ] == ["pain 1 min"]
    assert not ask(run, "pain 1 min", fence=FENCE - 1)
    assert ask(run, "pain 1 min")
    assert not ask(run, "pain 1 min")
    assert RunEvent.objects.filter(run=run, kind="prompt").count() == 1
    assert not Watch(run_facts(run_id=run.pk)).to_ask(intent_of(run).story)


def test_whoever_takes_over_keeps_the_deadline(place, monkeypatch) -> None:
    run = flowing(place)
    ask(run, "pain 1 min")
    assert codes(after(59.9, run, monkeypatch)) == ["ASK_PAIN"]
    late = after(60, run, monkeypatch)
    assert codes(late) == ["ASK_PAIN", "UNANSWERED"]
    assert after(119.9, run, monkeypatch).hold is None
    assert after(120, run, monkeypatch).hold.cause == "unanswered"


def test_a_score_of_whoever_is_at_the_chair_answers(place, monkeypatch) -> None:
    run = flowing(place)
    ask(run, "pain 1 min")
    pain_record(run=run, by=place.clinician, score=0)
    watch = after(500, run, monkeypatch)
    assert (codes(watch), watch.hold) == ([], None)


def test_nobody_is_waited_for_in_a_hold_nor_before_current_flows_again(
    place, monkeypatch
) -> None:
    run = flowing(place)
    ask(run, "pain 1 min")
    watch = after(60, run, monkeypatch)
    watch.asking(intent_of(run).story, False)
    assert codes(watch) == []
    watch.flows_from = watching.timezone.now()
    watch.asking(intent_of(run).story, True)
    assert codes(watch) == ["ASK_PAIN"]


def test_a_first_session_asks_for_a_look_at_the_skin(place, monkeypatch) -> None:
    run = flowing(place, minutes=5)
    RunEvent.objects.create(run=run, kind="queued", data={"first_session": True})
    names = {
        one.name for one in Watch(run_facts(run_id=run.pk)).to_ask(intent_of(run).story)
    }
    assert names == {"pain 1 min", "pain 5 min", "skin", "skin late"}
    ask(run, "skin")
    ask(run, "skin late")
    assert codes(after(1, run, monkeypatch)) == ["ASK_SKIN", "UNANSWERED"]
    assert after(121, run, monkeypatch).hold.cause == "unanswered"
    skin_check_note(run=run, by=place.clinician, worst=0)
    assert codes(after(121, run, monkeypatch)) == []


def test_a_hold_without_an_answer_is_asked_for_again() -> None:
    sent: list[str] = []

    async def silent(_run: str, _command: str, cause: str) -> None:
        sent.append(cause)
        if len(sent) == 1:
            raise NoAnswer("hold", 2.0, may_have_flowed=False)

    watch = SimpleNamespace(hold=Hold("unanswered", ""), spoken=[], t_ms=0)
    led: Any = SimpleNamespace(
        watch=watch,
        state=RunState.RUNNING,
        run="run",
        link=SimpleNamespace(hold=silent),
    )
    with pytest.raises(NoAnswer):
        asyncio.run(commanding.judge_says(led))
    asyncio.run(commanding.judge_says(led))
    assert sent == ["unanswered", "unanswered"]
    assert watch.hold is None


def short(settings, unanswered_ms: int) -> None:
    settings.SUPERVISION = {
        **settings.SUPERVISION,
        "urge_ms": 300,
        "unanswered_ms": unanswered_ms,
    }


@pytest.mark.processes
def test_an_unanswered_question_holds_the_stimulator_after_a_takeover_too(
    world: World, fast_box: Box, settings
) -> None:
    programme = make_programme(flow_s=20 * MINUTE_S)
    short(settings, unanswered_ms=3_600_000)
    with Leading():
        run = start(make_run(world.here, fast_box, programme=programme), world.here)
        asked = wait_event(run, "prompt")
        alarm = wait_event(run, "alarm")
    assert alarm.data["code"] == "UNANSWERED"
    assert run.state == "running"
    short(settings, unanswered_ms=1_000)
    with Leading():
        run = wait_state(run, "held", "ended")
    assert run.state == "held"
    held = RunEvent.objects.filter(run=run, to_state="held").last()
    assert held.data["cause"] == "unanswered"
    names = [e.data["name"] for e in RunEvent.objects.filter(run=run, kind="prompt")]
    assert names.count(asked.data["name"]) == 1
