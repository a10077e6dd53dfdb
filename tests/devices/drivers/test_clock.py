"""The device's clock, read over a link with delays."""

from random import Random

import pytest

from devices.drivers.clock import DeviceClock

OFFSET_MS = 123_456.0


def device_at(local_s: float) -> int:
    return int(local_s * 1000 + OFFSET_MS)


def seen(clock: DeviceClock, sent_s: float, there_s: float, back_s: float) -> None:
    clock.observe(sent_s, sent_s + there_s + back_s, device_at(sent_s + there_s))


def test_an_even_trip_gives_the_offset():
    clock = DeviceClock()
    seen(clock, 10.0, 0.005, 0.005)
    assert abs(clock.device_ms(20.0) - device_at(20.0)) <= 1


def test_the_shortest_trip_is_believed():
    clock = DeviceClock()
    for there_s in (0.2, 0.001, 0.4):
        seen(clock, 10.0, there_s, 0.001)
    assert abs(clock.device_ms(20.0) - device_at(20.0)) <= 1


def test_a_deadline_is_early_never_late_whatever_the_delays():
    rng = Random(7)
    for _ in range(2_000):
        clock = DeviceClock()
        for trip in range(rng.randrange(1, 12)):
            seen(clock, 10.0 + trip, rng.random() / 5, rng.random() / 5)
        late_ms = clock.valid_until_ms(30.0) - device_at(30.0)
        assert -401 <= late_ms <= 0


def test_only_the_last_eight_answers_count():
    clock = DeviceClock()
    seen(clock, 1.0, 0.0, 0.0)
    for trip in range(8):
        seen(clock, 2.0 + trip, 0.03, 0.03)
    assert clock.best.round_trip_ms == pytest.approx(60)


def test_a_jump_of_the_device_clock_voids_what_was_seen():
    clock = DeviceClock()
    seen(clock, 1.0, 0.0, 0.0)
    clock.observe(2.0, 2.02, device_at(2.01) + 5_000)
    assert abs(clock.device_ms(3.0) - device_at(3.0) - 5_000) <= 1


def test_nothing_is_known_before_the_first_answer():
    with pytest.raises(LookupError, match="ask hello first"):
        DeviceClock().valid_until_ms(1.0)
