"""Coroutines stepped by a seed: every wait of theirs is a place to interleave."""

import random
from collections.abc import Callable, Coroutine, Generator
from types import SimpleNamespace
from typing import Any

from devices.selectors.attending import Intent, RunFacts
from tests.devices.simulator.parts import Bench

Json = dict[str, Any]


class Hop:
    """A moment in which the others may act."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def interleave(
    rng: random.Random, actors: list[Coroutine[Any, Any, Any]], step: Callable[[], None]
) -> None:
    """Run the actors to their ends, one random hop at a time."""
    alive = list(actors)
    while alive:
        actor = rng.choice(alive)
        step()
        try:
            actor.send(None)
        except StopIteration:
            alive.remove(actor)


class Wire:
    """The verbs of a driver over a machine without a socket.

    A request hops before it arrives and before its answer is read.
    """

    def __init__(self, bench: Bench, fence: int) -> None:
        self._bench = bench
        self._fence = fence
        self._session = bench.connect()
        self.clock = SimpleNamespace(valid_until_ms=lambda s: int(s * 1000))

    async def sign_in(self) -> None:
        await self._ask("hello", scope="control", fence=self._fence)

    async def stage(self, run: str, command: str, programme: Json) -> str:
        answer = await self._command("stage", run, command, programme=programme)
        return str(answer["hash"])

    async def arm(self, run: str, command: str, digest: str) -> None:
        await self._command("arm", run, command, hash=digest)

    async def kickoff(self, run: str, command: str, digest: str, until: int) -> None:
        await self._command("kickoff", run, command, hash=digest, valid_until_ms=until)

    async def unstage(self, run: str, command: str) -> None:
        await self._command("unstage", run, command)

    async def stop(self, run: str, command: str, cause: str) -> Json:
        return await self._ask("stop", run=run, command=command, cause=cause)

    async def _command(self, verb: str, run: str, command: str, **more: Any) -> Json:
        given = {"run": run, "fence": self._fence, "command": command, **more}
        return await self._ask(verb, **given)

    async def _ask(self, verb: str, **params: Any) -> Json:
        from devices.drivers.base import Refused
        from devices.protocol.errors import ProtocolError

        await Hop()
        try:
            answer = self._bench.ask(verb, self._session, **params)
        except ProtocolError as error:
            refusal = Refused(verb, error.code, error.code.name.lower(), str(error), {})
            await Hop()
            raise refusal from None
        await Hop()
        return answer


class Store:
    """Services called at once, with a hop on either side."""

    async def call(self, work: Callable[..., Any], **named: Any) -> Any:
        await Hop()
        answer = work(**named)
        await Hop()
        return answer


def attendant(facts: RunFacts, intent: Intent, bench: Bench, fence: int) -> Any:
    """What `starting` needs of an attendant, on a machine without a socket."""

    class Attendant:
        now_s = property(lambda self: bench.machine.now_ms / 1000)

    made: Any = Attendant()
    made.facts, made.fence, made.run = facts, fence, str(facts.run_id)
    made.state, made.over, made.kickoff_sent = facts.state, False, False
    made.held_run = None
    made.intent = intent
    made.store, made.link = Store(), Wire(bench, fence)
    made.kick = lambda: None
    return made
