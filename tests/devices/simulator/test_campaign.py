"""Judge and device together under seeded faults; what must never happen, never does.

Measured on the device's own log. Each law is also tried on a device that
breaks it, so that the campaign is known to see a breach.
"""

from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from devices.core.judge import Judge
from devices.core.reading import Reading, read_wire
from devices.core.signals import Hold, Samples, Stop
from devices.protocol.errors import ProtocolError
from devices.simulator.machine import Machine
from devices.simulator.output import Output
from devices.simulator.skin import PRESETS
from devices.simulator.therapy import Therapy
from tests.devices.simulator.parts import (
    PULSE,
    Bench,
    charge_programme,
    profile,
    time_programme,
)

SEEDS = 60
RUN = "R1"
WATCHDOG_MS = 8_000


class Campaign:
    """One seeded run: people, a judge, a bad link, bad contact, one device."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        self.programme = self._programme()
        on_break = rng.choice(["pause", "terminate", "auto_continue"])
        self.profile = profile(on_break=on_break)
        self.bench = Bench(
            seed=seed, profile=self.profile, preset=rng.choice(list(PRESETS))
        )
        self.judge = Judge(self.programme, self.profile)
        self.silent_ms = 0
        self.seen = 0

    def _programme(self):
        """Titrated by time, reversed or pulsed or not, or a fixed charge."""
        hz = self.rng.choice([1, 2, 4, 10])
        kind = self.rng.choice(["time", "reversed", "pulsed", "charge"])
        if kind == "charge":
            return charge_programme(sample_hz=hz, max_wall_ms=900_000)
        return time_programme(
            sample_hz=hz,
            reversal=kind == "reversed",
            pulse=PULSE if kind == "pulsed" else None,
            max_wall_ms=900_000,
        )

    def play(self) -> "Campaign":
        self.bench.start(RUN, self.programme)
        for _ in range(4 * 900):
            if self.bench.machine.therapy is None:
                break
            self._tick()
        self._refill()
        return self

    def _tick(self) -> None:
        if self.rng.random() < 0.02:
            self._attempt(self.rng.choice(self.acts))
        if self.silent_ms > 0:
            self.silent_ms -= 250
            self.bench.wait(250)
        else:
            self.bench.wait(250)
            self._attempt(lambda: self.bench.keepalive(RUN))
            self._hear()

    @property
    def acts(self) -> list[Any]:
        bench, rng = self.bench, self.rng
        level = bench.machine.therapy.level_ua
        return [
            lambda: bench.adjust(RUN, level, level + rng.randrange(1_500)),
            lambda: bench.adjust(RUN, level, level + 1_000),
            lambda: bench.adjust(RUN, level, rng.randrange(level + 1)),
            lambda: bench.command("hold", RUN, cause="operator"),
            lambda: bench.resume(RUN, level),
            lambda: bench.fault("knob", to_ua=rng.randrange(20_000)),
            lambda: bench.fault(rng.choice(["dry_pad", "lead_off", "bridge"])),
            lambda: bench.fault("lead_on"),
            lambda: bench.fault("lead_on"),
            lambda: bench.fault("clock_drift", ppm=rng.randrange(-5_000, 5_000)),
            lambda: setattr(self, "silent_ms", rng.randrange(30_000)),
            self._take_over,
            lambda: rng.random() < 0.1 and bench.stop(RUN),
        ]

    def _take_over(self) -> None:
        self.bench.session = self.bench.connect()
        self.bench.hello(self.bench.fence + 1)

    def _attempt(self, act: Any) -> None:
        try:
            act()
        except ProtocolError as error:
            if error.data["name"] in ("params", "method", "invalid"):
                raise

    def _hear(self) -> None:
        """Batches get lost, doubled and turned round before the judge hears them."""
        batches = [
            [read_wire(list(row)) for row in message["params"]["samples"]]
            for message in self.bench.heard
            if message["method"] == "samples"
        ]
        self.bench.heard.clear()
        heard = [batch for batch in batches if self.rng.random() < 0.9]
        if self.rng.random() < 0.2:
            heard = [*heard, *heard]
        for batch in heard:
            self._obey(batch)

    def _obey(self, readings: list[Reading]) -> None:
        for said in self.judge.weigh(Samples(tuple(readings))):
            if isinstance(said, Stop):
                self._attempt(lambda said=said: self.bench.stop(RUN, said.cause))
            elif isinstance(said, Hold):
                self._attempt(
                    lambda said=said: self.bench.command("hold", RUN, cause=said.cause)
                )

    def _refill(self) -> None:
        log = self.bench.ask("read", run=RUN, from_seq=1, limit=10_000)["samples"]
        self.judge.weigh(Samples(tuple(log)))

    # The laws

    def breaches(self) -> Iterator[str]:
        log = self.bench.samples(RUN)
        summary = self.bench.machine.summary()
        if self.bench.machine.therapy is not None:
            yield "it never ended"
        most = self.programme.window.ceiling_ua
        if max(abs(s.mean_ua) for s in log) > most * 1.01 + 20:
            yield "current over the ceiling"
        if summary["counter_nc"] > self.programme.envelope.max_charge_nc * 1.01:
            yield "charge over the envelope"
        if self.programme.basis == "charge" and (
            summary["counter_nc"] > self.programme.dose_nc * 1.01
        ):
            yield "dose over the prescription"
        if [s.seq for s in log] != list(range(1, len(log) + 1)):
            yield "a hole in the log"
        if log[-1].mean_ua != 0:
            yield "current after the end"
        yield from self._poles(log)
        yield from self._darkness(log)
        yield from self._charge(summary["counter_nc"])

    def _poles(self, log: list[Reading]) -> Iterator[str]:
        if self.programme.sample_hz < 4:
            return  # half a second of zero falls between two samples
        if any(a.mean_ua * b.mean_ua < 0 for a, b in pairwise(log)):
            yield "poles turned without a zero between"

    def _darkness(self, log: list[Reading]) -> Iterator[str]:
        """No output long after a controller last fed it, but for an end ramp."""
        journal = self.bench.machine.journal.entries()
        resumes = [e for e in journal if e.data.get("by") == "command"]
        beats = [0, *(e.at_ms for e in [*self.bench.journal("keepalive"), *resumes])]
        start_ms = self.bench.journal("started")[0].at_ms
        longest = WATCHDOG_MS + self.programme.stop_ramp_ms + self.programme.end_ramp_ms
        for sample in log:
            at_ms = start_ms + sample.t_ms
            fed_ms = max((beat for beat in beats if beat <= at_ms), default=0)
            if abs(sample.mean_ua) >= 100 and at_ms - fed_ms > longest + 500:
                yield f"output {at_ms - fed_ms} ms after the last keep-alive"
                return

    def _charge(self, counter_nc: int) -> Iterator[str]:
        got = self.judge.charge.confirmed_nc
        one_sample = 12_000 * 1_000 // self.programme.sample_hz
        # The current may break off between two samples: one for each fault.
        faults = len(self.bench.journal("lead_off")) + len(self.bench.journal("phase"))
        if abs(got - counter_nc) > counter_nc * 0.005 + one_sample * (1 + faults):
            yield f"trace {got} nC, device {counter_nc} nC"


def broken(seeds: range) -> dict[int, list[str]]:
    found = {seed: list(Campaign(seed).play().breaches()) for seed in seeds}
    return {seed: breaches for seed, breaches in found.items() if breaches}


def test_no_law_is_broken_under_seeded_faults():
    assert broken(range(SEEDS)) == {}


@pytest.mark.slow
def test_no_law_is_broken_in_a_long_campaign():
    assert broken(range(SEEDS, 12 * SEEDS)) == {}


def test_the_campaign_meets_what_it_is_about():
    """Faults that never happen prove nothing."""
    kinds: set[str] = set()
    reasons: set[str] = set()
    for seed in range(60):
        campaign = Campaign(seed).play()
        kinds |= set(campaign.bench.machine.journal.counts)
        reasons.add(campaign.bench.machine.summary()["reason"])
    assert kinds >= {"adjusted", "knob", "lead_off", "held", "resumed", "watchdog"}
    assert kinds >= {"superseded", "contact", "stop", "ended"}
    assert reasons >= {"time", "dose", "operator", "device_fault"}


@pytest.mark.parametrize(
    ("owner", "name", "mutant", "breach"),
    [
        (Machine, "_starve", lambda self, now: None, "keep-alive"),
        (Therapy, "_due", lambda self: None, "over the"),
        (
            Therapy,
            "knob",
            lambda self, to_ua: self._move_plateau(to_ua),
            "over the ceiling",
        ),
        (
            Therapy,
            "_turn_reversing",
            lambda self: self._turn_poles() if not self._turned else None,
            "without a zero",
        ),
        (
            Output,
            "charge_tripped",
            lambda self: setattr(self.counter, "_positive2", 0),
            "device",
        ),
    ],
)
def test_a_device_that_breaks_a_law_is_caught(monkeypatch, owner, name, mutant, breach):
    monkeypatch.setattr(owner, name, mutant)
    assert any(breach in str(broken(range(n, n + 5))) for n in range(0, 60, 5))
