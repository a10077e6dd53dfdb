"""A device that does not keep to the protocol: malformed, foreign, silent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from devices.core.reading import Reading
from devices.drivers.base import LinkLost, NoAnswer, Refused
from devices.drivers.tcp import TcpDriver
from tests.devices.drivers.rig import CONTROL_KEY, Ear, run, until

CHALLENGE = {
    "jsonrpc": "2.0",
    "method": "challenge",
    "params": {"protocol": 1, "device": "S-9", "nonce": "ab"},
}
HELLO = {
    "device": "S-9",
    "boot": "b",
    "now_ms": 5,
    "fence": 1,
    "state": "idle",
    "run": None,
    "last_run": None,
    "profile": {},
    "buffer_samples": 144_000,
    "speed": 1,
    "simulated": False,
}
GOOD_ROW = [1, 0, 0, 0, 0, 0, 0, 1]
SAMPLES = {
    "run": "R1",
    "samples": [GOOD_ROW],
    "counter_nc": 0,
    "flow_ms": 0,
    "last_seq": 1,
    "level_ua": 0,
}


class FakeDevice:
    """Answers each request with what `reply` makes of it; can say anything."""

    def __init__(self) -> None:
        self.greeting: bytes = line(CHALLENGE)
        self.reply: Callable[[dict[str, Any]], bytes | None] = lambda request: line(
            {"jsonrpc": "2.0", "id": request["id"], "result": HELLO}
        )
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.append(writer)
        self.say(self.greeting)
        try:
            while request := await reader.readline():
                if answer := self.reply(json.loads(request)):
                    self.say(answer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def say(self, data: bytes) -> None:
        self._writers[-1].write(data)


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def note(method: str, params: dict[str, Any]) -> bytes:
    return line({"jsonrpc": "2.0", "method": method, "params": params})


@asynccontextmanager
async def faked() -> AsyncIterator[tuple[FakeDevice, TcpDriver, Ear]]:
    device, ear = FakeDevice(), Ear()
    server = await asyncio.start_server(device.talk, "127.0.0.1", 0)
    device.port = server.sockets[0].getsockname()[1]
    driver = TcpDriver("127.0.0.1", device.port, CONTROL_KEY, ear)
    try:
        yield device, driver, ear
    finally:
        driver.close()
        server.close()
        await asyncio.sleep(0.01)


def play(test: Callable[[FakeDevice, TcpDriver, Ear], Any]) -> None:
    async def whole() -> None:
        async with faked() as parts:
            await test(*parts)

    run(whole())


def answering(result: Any) -> Callable[[dict[str, Any]], bytes]:
    return lambda request: line(
        {"jsonrpc": "2.0", "id": request["id"], "result": result}
    )


@pytest.mark.parametrize(
    ("greeting", "says"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "no JSON"),
        (note("challenge", {"protocol": 2, "device": "S", "nonce": "n"}), "version 2"),
        (note("challenge", {"protocol": 1, "nonce": "n"}), "device"),
        (note("challenge", {"protocol": True, "device": "S", "nonce": ""}), "protocol"),
    ],
)
def test_a_greeting_that_is_none_is_refused(greeting, says):
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        device.greeting = greeting
        with pytest.raises(LinkLost, match=says) as caught:
            await driver.open()
        assert not caught.value.may_have_flowed

    play(test)


def test_a_device_that_does_not_greet_is_given_up():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        device.greeting = b" "
        with pytest.raises(LinkLost, match=r"no challenge within 0\.05 s"):
            await driver.open(0.05)
        await until(lambda: ear.closed)

    play(test)


def test_nobody_at_the_address_is_told_with_the_address():
    async def test() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(LinkLost, match=f"127.0.0.1:{port}"):
            await TcpDriver("127.0.0.1", port, CONTROL_KEY, Ear()).open()

    run(test())


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\n",
        b"[]\n",
        note("samples", {**SAMPLES, "run": 7}),
        note("samples", {**SAMPLES, "counter_nc": None}),
        note("samples", {**SAMPLES, "flow_ms": True}),
        note("samples", {**SAMPLES, "samples": {}}),
        note("event", {"run": "R1"}),
        note("superseded", {}),
        line({"jsonrpc": "2.0", "id": None, "error": {"code": -32700}}),
        b"x" * (1 << 20) + b"x",
    ],
)
def test_a_malformed_line_ends_the_link_and_says_why(bad):
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.say(bad)
        await until(lambda: ear.closed)
        assert "not protocol 1" in ear.closed[0]
        with pytest.raises(LinkLost):
            await driver.hello(1)

    play(test)


@pytest.mark.parametrize(
    "row",
    [
        [2, 250, 9_999_999, 0, 0, 0, 0, 2],
        [2, 250, 0, 0, 0, 0, 0, 9],
        [2, 250, 0.5, 0, 0, 0, 0, 2],
        [2, 250],
        "row",
    ],
)
def test_a_bad_sample_is_left_out_and_told_and_the_link_lives(row):
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.say(note("samples", {**SAMPLES, "samples": [GOOD_ROW, row]}))
        await until(lambda: ear.events)
        assert ear.readings == [Reading(*GOOD_ROW)]
        assert ear.events[0].kind == "malformed"
        assert ear.batches[0].malformed == (ear.events[0].data["why"],)
        assert (await driver.hello(1)).device == "S-9"

    play(test)


def test_a_bad_sample_in_the_log_is_left_out_and_told():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        rows = [GOOD_ROW, [2, -1, 0, 0, 0, 0, 0, 2]]
        device.reply = answering({"samples": rows, "last_seq": 2, "ended": False})
        log = await driver.read("R1", 1, 10)
        assert len(log.readings) == 1
        assert "t_ms -1" in log.malformed[0]

    play(test)


@pytest.mark.parametrize("name", HELLO)
def test_an_incomplete_hello_ends_the_link(name):
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.reply = answering({k: v for k, v in HELLO.items() if k != name})
        if name in ("run", "last_run"):
            # Missing and null mean the same: nothing is held.
            assert getattr(await driver.hello(1), name) is None
            return
        with pytest.raises(LinkLost, match=name):
            await driver.hello(1)
        await until(lambda: ear.closed)

    play(test)


def test_a_malformed_start_answer_leaves_current_possible():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.reply = answering({"started": "yes"})
        with pytest.raises(LinkLost, match="started_ms") as caught:
            await driver.kickoff("R1", "c", "0", 1)
        assert caught.value.may_have_flowed

    play(test)


def test_a_foreign_answer_is_nobody_s():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.reply = lambda request: line(
            {"jsonrpc": "2.0", "id": request["id"] + 1, "result": HELLO}
        )
        with pytest.raises(NoAnswer):
            await driver.hello(1, 0.05)
        device.reply = answering(HELLO)
        assert (await driver.hello(1)).boot == "b"

    play(test)


def test_an_answer_in_pieces_is_one_answer():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()

        def drip(request: dict[str, Any]) -> None:
            for byte in answering(HELLO)(request):
                device.say(bytes([byte]))

        device.reply = drip
        assert (await driver.hello(1)).now_ms == 5

    play(test)


def test_a_refusal_without_data_still_has_its_code():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.reply = lambda request: line(
            {"jsonrpc": "2.0", "id": request["id"], "error": {"code": 99}}
        )
        with pytest.raises(Refused) as caught:
            await driver.hello(1)
        assert (caught.value.code, caught.value.name) == (99, "unknown")

    play(test)


def test_an_unknown_notification_is_passed_over():
    async def test(device: FakeDevice, driver: TcpDriver, ear: Ear) -> None:
        await driver.open()
        device.say(note("weather", {"rain": True}))
        assert (await driver.hello(1)).device == "S-9"

    play(test)
