"""What every driver must do, whatever the road to the stimulator.

Subclass `Conformance` and give `bench`, an async context manager of a `Bench`
around one simulated stimulator S-1. A driver passes when every test here does.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import pytest

from devices.core.reading import Phase
from devices.drivers.base import Driver, DriverError, LinkLost, NoAnswer, Refused
from devices.protocol.canonical import programme_hash
from devices.simulator.machine import Machine
from tests.devices.drivers.rig import Ear, command, now_s, run, start, until
from tests.devices.simulator.parts import time_programme

PROGRAMME = time_programme()


class Bench(Protocol):
    """A stimulator, ways to reach it, and its faults."""

    machine: Machine

    def driver(self) -> tuple[Driver, Ear]: ...
    async def control(self, fence: int = 1) -> tuple[Driver, Ear]: ...
    def fault(self, name: str, **arguments: Any) -> None: ...


class Conformance:
    """The suite. `play` gives a test a fresh bench."""

    @pytest.fixture
    def play(self, tmp_path: Path) -> Callable[..., Any]:
        def play(test: Callable[[Bench], Any], **changes: Any) -> Any:
            async def whole() -> Any:
                async with self.bench(tmp_path, **changes) as bench:
                    return await test(bench)

            return run(whole())

        return play

    def bench(self, state: Path, **changes: Any) -> AbstractAsyncContextManager[Bench]:
        raise NotImplementedError

    def test_hello_says_who_it_is_and_what_it_holds(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = bench.driver()
            assert await driver.open() == "S-1"
            hello = await driver.hello(3)
            assert (hello.device, hello.state, hello.run) == ("S-1", "idle", None)
            assert (hello.fence, hello.simulated, hello.speed) == (3, True, 1)
            assert hello.last_run is None
            assert hello.profile["on_break"] == "pause"
            assert hello.buffer_samples == 144_000

        play(test)

    def test_a_whole_run(self, play):
        """Start, raise, lower, hold, resume, stop: each heard and each recorded."""

        async def test(bench: Bench) -> None:
            driver, ear = await bench.control()
            assert await start(driver, "R1", PROGRAMME) == programme_hash(
                PROGRAMME.to_dict()
            )
            await until(lambda: bench.machine.therapy.phase is Phase.PLATEAU)
            valid_ms = driver.clock.valid_until_ms(now_s() + 5)
            level = await driver.adjust("R1", command(), 2_000, 2_500, valid_ms)
            assert level == 2_500
            assert await driver.adjust("R1", command(), 2_500, 2_000, None) == 2_000
            await driver.hold("R1", command(), "operator")
            await until(lambda: ear.heard("held"))
            valid_ms = driver.clock.valid_until_ms(now_s() + 5)
            await driver.resume("R1", command(), 2_000, valid_ms)
            await until(lambda: bench.machine.therapy.phase is Phase.PLATEAU)
            alive = await driver.keepalive("R1", 0)
            assert (alive.state, alive.run, alive.level_ua) == ("running", "R1", 2_000)
            assert alive.allowed_ua == PROGRAMME.window.ceiling_ua
            stopped = await driver.stop("R1", command(), "patient")
            assert (stopped.run, stopped.stopped) == ("R1", True)
            await until(lambda: ear.heard("ended"))
            hello = await driver.hello(1)
            assert hello.last_run.reason == "patient"
            assert [r.seq for r in ear.readings] == list(
                range(1, hello.last_run.last_seq + 1)
            )
            log = await driver.read("R1", 1, 10_000)
            assert log.readings == ear.readings
            assert log.ended
            assert hello.last_run.counter_nc == ear.batches[-1].counter_nc

        play(test, speed=20)

    def test_unstage_forgets(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            await driver.stage("R1", command(), PROGRAMME.to_dict())
            await driver.unstage("R1", command())
            assert (await driver.hello(1)).state == "idle"

        play(test)

    def test_a_refusal_carries_code_name_and_data(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control(5)
            other, _ = bench.driver()
            await other.open()
            with pytest.raises(Refused) as caught:
                await other.hello(4)
            refused = caught.value
            assert (refused.code, refused.name) == (2, "stale_fence")
            assert refused.data["seen"] == 5
            assert not refused.may_have_flowed
            assert (await driver.hello(5)).fence == 5

        play(test)

    def test_another_programme_in_the_device_shows_in_the_hash(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            bench.fault("wrong_readback")
            plain = PROGRAMME.to_dict()
            assert await driver.stage("R1", command(), plain) != programme_hash(plain)

        play(test)

    def test_a_lost_start_answer_leaves_current_possible_and_is_asked_again(self, play):
        async def test(bench: Bench) -> None:
            driver, ear = await bench.control()
            digest = await driver.stage("R1", command(), PROGRAMME.to_dict())
            await driver.arm("R1", command(), digest)
            bench.fault("lose_ack", verb="kickoff")
            go, valid_ms = command(), driver.clock.valid_until_ms(now_s() + 5)
            with pytest.raises(NoAnswer, match="ask hello") as caught:
                await driver.kickoff("R1", go, digest, valid_ms, 0.05)
            assert caught.value.may_have_flowed
            hello = await driver.hello(1)
            assert (hello.state, hello.run) == ("running", "R1")
            started_ms = await driver.kickoff("R1", go, digest, valid_ms)
            assert started_ms < hello.now_ms
            await until(lambda: ear.batches)
            assert len([e for e in ear.events if e.kind == "started"]) == 1

        play(test)

    def test_a_used_run_says_that_current_may_have_flowed(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            await start(driver, "R1")
            with pytest.raises(Refused) as caught:
                await driver.arm("R1", command(), "0")
            assert caught.value.name == "used_run"
            assert caught.value.may_have_flowed

        play(test)

    @pytest.mark.parametrize(
        ("verb", "may_have_flowed"),
        [
            (lambda d: d.kickoff("R1", "c", "0", 1, 0.02), True),
            (lambda d: d.resume("R1", "c", 1, 1, 0.02), True),
            (lambda d: d.adjust("R1", "c", 1, 2, 1, 0.02), True),
            (lambda d: d.adjust("R1", "c", 2, 1, None, 0.02), False),
            (lambda d: d.stage("R1", "c", {}, 0.02), False),
            (lambda d: d.unstage("R1", "c", 0.02), False),
            (lambda d: d.arm("R1", "c", "0", 0.02), False),
            (lambda d: d.hold("R1", "c", "operator", 0.02), False),
            (lambda d: d.stop("R1", "c", "operator", 0.02), False),
            (lambda d: d.keepalive("R1", 0, 0.02), False),
            (lambda d: d.read("R1", 1, 1, 0.02), False),
            (lambda d: d.hello(1, 0.02), False),
        ],
    )
    def test_each_wait_ends_and_says_whether_current_may_have_flowed(
        self, play, verb, may_have_flowed
    ):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            bench.fault("freeze_link")
            with pytest.raises(NoAnswer) as caught:
                await verb(driver)
            assert caught.value.may_have_flowed is may_have_flowed

        play(test)

    def test_a_late_answer_is_nobody_else_s(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            bench.fault("late_message", ms=60)
            with pytest.raises(NoAnswer):
                await driver.keepalive(None, 0, 0.02)
            digest = await driver.stage("R1", command(), PROGRAMME.to_dict())
            await asyncio.sleep(0.08)
            assert digest == programme_hash(PROGRAMME.to_dict())
            assert (await driver.keepalive("R1", 0)).state == "staged"

        play(test)

    def test_a_lost_link_fails_what_waits_and_is_told_once(self, play):
        async def test(bench: Bench) -> None:
            driver, ear = await bench.control()
            bench.fault("freeze_link")
            waiting = [
                asyncio.ensure_future(driver.kickoff("R1", "c", "0", 1, 5)),
                asyncio.ensure_future(driver.keepalive(None, 0, 5)),
            ]
            await asyncio.sleep(0.01)
            bench.fault("drop_link")
            lost = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(error) for error in lost] == [LinkLost, LinkLost]
            assert [error.may_have_flowed for error in lost] == [True, False]
            with pytest.raises(LinkLost) as caught:
                await driver.kickoff("R1", "c", "0", 1)
            assert not caught.value.may_have_flowed, "it was never sent"
            driver.close()
            await asyncio.sleep(0.01)
            assert len(ear.closed) == 1

        play(test)

    def test_a_takeover_supersedes_the_older_link(self, play):
        async def test(bench: Bench) -> None:
            older, old_ear = await bench.control(1)
            await start(older, "R1")
            newer, new_ear = await bench.control(2)
            await until(lambda: old_ear.closed)
            assert old_ear.superseded == [2]
            assert (await newer.keepalive("R1", 0)).state == "running"
            await until(lambda: new_ear.batches)

        play(test)

    def test_a_frozen_controller_that_comes_back_changes_nothing(self, play):
        async def test(bench: Bench) -> None:
            older, _ = await bench.control(1)
            await start(older, "R1")
            await bench.control(2)
            with pytest.raises(DriverError):
                await older.hold("R1", command(), "operator")
            assert bench.machine.therapy.hold_cause is None

        play(test)

    def test_what_a_successor_missed_is_in_the_log(self, play):
        async def test(bench: Bench) -> None:
            first, ear = await bench.control(1)
            await start(first, "R1")
            await until(lambda: len(ear.readings) >= 3)
            have = ear.readings[-1].seq
            first.close()
            await until(lambda: bench.machine.therapy.last_seq >= have + 3)
            second, heard = await bench.control(2)
            log = await second.read("R1", have + 1, 10_000)
            await until(lambda: heard.readings)
            joined = {r.seq: r for r in [*ear.readings, *log.readings, *heard.readings]}
            assert sorted(joined) == list(range(1, max(joined) + 1))

        play(test)

    def test_close_may_be_repeated(self, play):
        async def test(bench: Bench) -> None:
            driver, ear = await bench.control()
            driver.close()
            driver.close()
            await until(lambda: ear.closed)
            assert len(ear.closed) == 1

        play(test)

    def test_a_driver_that_was_never_opened_refuses(self, play):
        async def test(bench: Bench) -> None:
            driver, _ = bench.driver()
            with pytest.raises(LinkLost):
                await driver.stop("R1", command(), "operator")
            driver.close()

        play(test)

    @pytest.mark.parametrize("jump_ms", [50_000, -20_000])
    def test_validity_is_read_on_the_clock_of_the_device(self, play, jump_ms):
        async def test(bench: Bench) -> None:
            driver, _ = await bench.control()
            for fault in ({}, {"jump_ms": jump_ms}):
                bench.fault("clock_drift", **fault)
                hello = await driver.hello(1)
                ahead_ms = driver.clock.valid_until_ms(now_s() + 5) - hello.now_ms
                # Early by half a round trip, never late.
                assert 4_000 < ahead_ms <= 5_001

        play(test)

    def test_another_boot_has_another_clock(self, play):
        async def test(bench: Bench) -> None:
            await bench.control(1)
            bench.fault("reboot")
            driver, _ = await bench.control(2)
            hello = await driver.hello(2)
            assert hello.now_ms < 4_000
            ahead_ms = driver.clock.valid_until_ms(now_s() + 5) - hello.now_ms
            assert 4_000 < ahead_ms <= 5_001

        play(test)
