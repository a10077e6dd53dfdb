"""What survives a reboot, and a process that is killed."""

import json
from pathlib import Path

import pytest

from devices.protocol.errors import ErrorCode
from devices.simulator.log import ROW_BYTES
from devices.simulator.memory import FileStore, RamStore, Store
from tests.devices.simulator.parts import Bench, charge_programme, refusal

PROGRAMME = charge_programme()


@pytest.fixture(params=["ram", "file"])
def store(request, tmp_path) -> Store:
    return RamStore() if request.param == "ram" else FileStore(tmp_path / "S-1")


def running(store: Store) -> Bench:
    bench = Bench(store=store)
    bench.start("R1", PROGRAMME, fence=7)
    bench.wait(10_000, alive="R1")
    return bench


def after_power_cut(store: Store) -> Bench:
    """Another process opens what the killed one left."""
    again = FileStore(store._directory) if isinstance(store, FileStore) else store
    return Bench(store=again)


def test_a_reboot_ends_the_run_and_keeps_its_log(store):
    bench = running(store)
    before, boot = bench.samples("R1"), bench.machine.boot
    counter = bench.machine.summary()["counter_nc"]
    bench.machine.reboot()
    hello = bench.hello(None, bench.connect())
    assert (hello["state"], hello["run"], hello["fence"]) == ("idle", None, 7)
    assert hello["boot"] != boot
    assert hello["last_run"]["reason"] == "reboot"
    assert hello["last_run"]["counter_nc"] == counter
    assert bench.samples("R1") == before
    assert bench.machine.now_ms == 0


def test_a_reboot_forgets_programme_arming_and_answers(store):
    bench = Bench(store=store)
    bench.hello(1)
    digest = bench.stage("R1", PROGRAMME)
    bench.command("arm", "R1", hash=digest, command="arm")
    bench.machine.reboot()
    bench.session = bench.connect()
    bench.hello(1)
    error = refusal(bench.command, "arm", "R1", hash=digest, command="arm")
    assert error.code == ErrorCode.WRONG_STATE


def test_a_killed_device_tells_the_run_from_its_log(store):
    bench = running(store)
    told = bench.machine.summary()
    hello = after_power_cut(store).hello(None)
    last = hello["last_run"]
    assert (last["run"], last["state"], last["reason"]) == ("R1", "ended", "reboot")
    assert last["last_seq"] == told["last_seq"]
    assert last["counter_nc"] == pytest.approx(told["counter_nc"], rel=0.01)
    assert last["log"] is True


def test_a_killed_device_starts_no_used_or_stopped_run_again(store):
    running(store).stop("R2")
    bench = after_power_cut(store)
    assert refusal(bench.hello, 6).code == ErrorCode.STALE_FENCE
    bench.hello(7)
    assert refusal(bench.stage, "R1", PROGRAMME).code == ErrorCode.USED_RUN
    assert refusal(bench.stage, "R2", PROGRAMME).code == ErrorCode.STOPPED


def test_each_boot_has_its_own_name(store):
    boots = {after_power_cut(store).machine.boot for _ in range(3)}
    assert len(boots) == 3


def test_the_last_four_logs_are_kept(store):
    bench = Bench(store=store)
    for number in range(6):
        bench.start(f"R{number}", PROGRAMME)
        bench.stop(f"R{number}")
        bench.wait(500)
    assert list(bench.machine.logs) == ["R2", "R3", "R4", "R5"]
    error = refusal(bench.ask, "read", run="R1", from_seq=1, limit=1)
    assert error.code == ErrorCode.WRONG_RUN


def test_killed_devices_keep_four_log_files(tmp_path):
    bench = Bench(store=FileStore(tmp_path))
    for number in range(6):
        bench.start(f"R{number}", PROGRAMME)
        bench.stop(f"R{number}")
        bench.wait(500)
    again = Bench(store=FileStore(tmp_path))
    assert list(again.machine.logs) == ["R2", "R3", "R4", "R5"]
    assert len(list(tmp_path.glob("*.log"))) == 4


def test_the_log_on_disk_is_never_behind_what_was_sent(tmp_path):
    store = FileStore(tmp_path)
    bench = running(store)
    ((_, data),) = store.logs()
    pushed = [m["params"]["last_seq"] for m in bench.heard if m["method"] == "samples"]
    assert len(data) // ROW_BYTES >= pushed[-1]


def test_memory_is_replaced_whole(tmp_path, monkeypatch):
    """A crash between write and rename leaves the old memory."""
    bench = running(FileStore(tmp_path))

    def crash(self: Path, target: Path) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="power cut"):
        bench.stop("R2")
    assert json.loads((tmp_path / "memory.json").read_text())["stopped"] == []


def test_a_run_name_from_the_wire_chooses_no_directory(tmp_path):
    bench = Bench(store=FileStore(tmp_path / "S-1"))
    bench.start("../../escape", PROGRAMME)
    assert [path.parent for path in tmp_path.rglob("*.log")] == [tmp_path / "S-1"]
