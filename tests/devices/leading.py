"""Lead runs in a test: a supervision loop on a thread, and waits for what it does."""

import asyncio
import threading
import uuid
from types import TracebackType
from typing import Self

from devices.models import Run, RunCommand, RunEvent
from devices.services.runs import run_start_request
from devices.supervision.loop import SupervisionLoop
from tests.factories import CHAIR_CODE, Place
from tests.processes import until

OPEN = {RunCommand.State.ASKED, RunCommand.State.SENT}


class Leading:
    """A real supervision loop on a thread of this process."""

    def __init__(self) -> None:
        self.loop = SupervisionLoop()
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self.loop.run())
        except BaseException as error:
            self.failed = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.loop.stop()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the loop did not stop"
        assert self.failed is None, f"the loop failed: {self.failed!r}"


def wait_state(run: Run, *states: str, deadline_s: float = 60.0) -> Run:
    """Until the stored run is in one of the states; its row, fresh."""

    def reached() -> bool:
        run.refresh_from_db()
        return run.state in states

    try:
        until(reached, "", deadline_s=deadline_s)
    except AssertionError:
        raise AssertionError(
            f"run is {run.state}, not {states}, after {deadline_s:g} s:"
            f" {run.reject_reason} {story(run)}"
        ) from None
    return run


def story(run: Run) -> list[str]:
    """The kinds of a run's events, in order."""
    return list(RunEvent.objects.filter(run=run).values_list("kind", flat=True))


def wait_event(run: Run, kind: str, deadline_s: float = 60.0) -> RunEvent:
    """Until an event of this kind stands; the newest."""
    found = RunEvent.objects.filter(run=run, kind=kind).order_by("-id")
    until(found.exists, f"event {kind} of {story(run)}", deadline_s=deadline_s)
    return found[0]


def press_start(run: Run, place: Place) -> None:
    """The clinician at the chair reads the code and presses START."""
    run.refresh_from_db()
    run_start_request(
        run=run, by=place.clinician, chair_code=CHAIR_CODE, version=run.version
    )


def start(run: Run, place: Place) -> Run:
    """From queued to running under whatever supervisor there is."""
    wait_state(run, "ready", "rejected")
    assert run.state == "ready", run.reject_reason
    press_start(run, place)
    return wait_state(run, "running")


def wait_level(run: Run, level_ua: int, deadline_s: float = 60.0) -> None:
    """Until the live row shows a plateau at this level."""

    def there() -> bool:
        run.live.refresh_from_db()
        return run.live.level_ua == level_ua and run.live.phase == 2

    until(there, f"plateau at {level_ua} µA", deadline_s=deadline_s)


def wait_answer(command: RunCommand, deadline_s: float = 60.0) -> RunCommand:
    """Until a command is done, refused or expired; its row, fresh."""

    def answered() -> bool:
        command.refresh_from_db()
        return command.state not in OPEN

    until(answered, f"{command.kind} answered", deadline_s=deadline_s)
    return command


def recorded(run_id: uuid.UUID) -> int:
    """How many samples of a run are safely stored."""
    return int(Run.objects.values_list("live__have_seq", flat=True).get(pk=run_id))
