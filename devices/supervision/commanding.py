"""Carry out what the person at the chair asked of a flowing run."""

import logging
import uuid
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from devices.core.run_lifecycle import RunState
from devices.drivers.base import NoAnswer, Refused
from devices.models import RunCommand
from devices.selectors.attending import Asked
from devices.services import attending

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant

log = logging.getLogger(__name__)
State = RunCommand.State


async def carry_out(run: "Attendant") -> None:
    """Send each open command once; re-sent only under its own id while valid."""
    intent = run.intent
    for asked in intent.commands if intent is not None else ():
        if asked.command in run.handled:
            continue
        left_s = _left_s(asked)
        if left_s is not None and left_s <= 0:
            await _answer(run, asked, State.EXPIRED, {"why": "older than 5 s"})
        elif asked.sent or await run.store.call(
            attending.command_sent, command=asked.command, fence=run.fence
        ):
            await _send(run, asked, left_s)


async def ask(run: "Attendant") -> None:
    """Write down the questions that fall due; nobody is asked in a hold."""
    if run.intent is None or run.state is not RunState.RUNNING:
        return
    for prompt in run.watch.to_ask(run.intent.story):
        if prompt.name not in run.asked:
            run.asked.add(prompt.name)
            await run.store.call(
                attending.prompt_ask,
                run_id=run.facts.run_id,
                fence=run.fence,
                name=prompt.name,
                t_ms=run.watch.t_ms,
                flow_ms=run.watch.flow_ms,
            )


async def judge_says(run: "Attendant") -> None:
    """Carry out a hold of the judge, and write down what it said."""
    hold = run.watch.hold
    if hold is not None and run.state is RunState.RUNNING:
        try:
            await run.link.hold(run.run, str(uuid.uuid4()), hold.cause)
        except Refused as refused:
            log.info("run %s: %s", run.run, refused)
    # Not before it was answered: the next link must ask for it again.
    if run.watch.hold is hold:
        run.watch.hold = None
    spoken, run.watch.spoken = run.watch.spoken, []
    for alarm in spoken:
        await run.store.call(
            attending.device_event,
            run_id=run.facts.run_id,
            fence=run.fence,
            kind="alarm",
            t_ms=run.watch.t_ms,
            data={
                "priority": alarm.priority.value,
                "code": alarm.code,
                "text": alarm.text,
            },
        )


def _left_s(asked: Asked) -> float | None:
    if asked.valid_until is None:
        return None
    return (asked.valid_until - timezone.now()).total_seconds()


async def _send(run: "Attendant", asked: Asked, left_s: float | None) -> None:
    deadline_s = None if left_s is None else run.now_s + left_s
    try:
        answer = await _verb(run, asked, deadline_s)
    except Refused as refused:
        await _answer(
            run, asked, State.REFUSED, {"why": refused.name, "text": str(refused)}
        )
    except NoAnswer:
        # Still open: asked again under the same id, which the device replays.
        run.kick()
    else:
        await _answer(run, asked, State.DONE, answer)


async def _verb(
    run: "Attendant", asked: Asked, deadline_s: float | None
) -> dict[str, Any]:
    link, command, data = run.link, str(asked.command), asked.data
    valid_ms = None if deadline_s is None else link.clock.valid_until_ms(deadline_s)
    if asked.kind == RunCommand.Kind.ADJUST:
        level = await link.adjust(
            run.run, command, data["from_ua"], data["to_ua"], valid_ms
        )
        run.watch.level_ua = level
        run.news = True
        return {"level_ua": level}
    if asked.kind == RunCommand.Kind.HOLD:
        await link.hold(run.run, command, data["cause"])
        return {}
    run.watch.resume_sent()
    await link.resume(run.run, command, data["level_ua"], valid_ms or 0)
    return {"level_ua": data["level_ua"]}


async def _answer(
    run: "Attendant", asked: Asked, state: RunCommand.State, answer: dict[str, Any]
) -> None:
    run.handled.add(asked.command)
    await run.store.call(
        attending.command_answered,
        command=asked.command,
        fence=run.fence,
        state=state,
        answer=answer,
        t_ms=run.watch.t_ms,
    )
