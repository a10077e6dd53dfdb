"""The skin moves as the figures that it cites."""

from random import Random

import pytest

from devices.simulator.skin import PRESETS, ContactFault, Skin

MINUTE_MS = 60_000


def skin(preset: str, course: int = 0, seed: int = 1) -> Skin:
    return Skin(preset, course, Random(seed))


def after(pair: Skin, minutes: float) -> int:
    for _ in range(int(minutes * 60)):
        pair.settle(1_000)
    return pair.ohm(None)


@pytest.mark.parametrize("preset", PRESETS)
def test_impedance_falls_inside_a_session(preset):
    pair = skin(preset)
    first = pair.ohm(None)
    assert after(pair, 1) < first
    assert after(pair, 9) < first * 0.6


@pytest.mark.parametrize("preset", PRESETS)
def test_impedance_rises_over_a_course(preset):
    ohms = [skin(preset, course).ohm(None) for course in (0, 4, 8, 40)]
    assert ohms == sorted(ohms)
    assert ohms[1] > ohms[0] * 1.05
    assert ohms[3] < ohms[0] * 1.3


def test_impedance_falls_with_the_frequency_of_pulses():
    ohms = [Skin("palms", 0, Random(1), hz).ohm(None) for hz in (0, 4_300, 10_000)]
    assert ohms[0] > ohms[1] * 1.3 > ohms[2] * 1.5


def test_a_tap_water_loop_is_of_the_published_size():
    starts = [skin("palms", seed=seed).ohm(None) for seed in range(50)]
    assert 3_400 <= min(starts) < max(starts) <= 6_000
    ends = [after(skin("palms", seed=seed), 10) for seed in range(10)]
    assert 1_500 <= min(ends) < max(ends) <= 3_200


def test_a_drug_pad_settles_within_three_minutes():
    pair = skin("pads")
    assert pair.ohm(None) > 10_000
    assert 3_000 <= after(pair, 3) <= 10_000


def test_the_same_seed_gives_the_same_skin():
    runs = [after(skin("palms", seed=5), 2) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0] != after(skin("palms", seed=6), 2)


@pytest.mark.parametrize(
    ("fault", "low", "high"),
    [
        (ContactFault.DRY_PAD, 50_000, 100_000),
        (ContactFault.LEAD_OFF, 1_000_000, 10**9),
        (ContactFault.BRIDGE, 1, 300),
    ],
)
def test_contact_faults_pass_the_thresholds_of_alarms(fault, low, high):
    assert low < skin("palms").ohm(fault) <= high
