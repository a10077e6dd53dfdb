"""A typed figure is stored exactly, in its own unit, or refused by name."""

import pytest

from sessions_app.domain.typed import typed_number, typed_value


@pytest.mark.parametrize(
    ("path", "text", "stored"),
    [
        ("currents.max_ua", "15", 15_000),
        ("currents.max_ua", " 0.25 mA ", 250),
        ("course.dose_nc", "40 mA·min", 2_400_000_000),
        ("course.dose_nc", "40 mA.min", 2_400_000_000),
        ("density.cathode_ua_cm2", "0.5 mA/cm2", 500),
        ("areas.active_min_mm2", "13.3 cm²", 1_330),
        ("ages.floor", "8 years", 8),
        ("holds.max_holds", "3", 3),
        ("path", "limb_to_limb", "limb_to_limb"),
        ("reversal", "no", False),
        ("reversal", "yes", True),
        ("drugs.0.concentration", " 0.4 % ", "0.4 %"),
    ],
)
def test_a_figure_is_stored_at_its_scale(path, text, stored) -> None:
    assert typed_value(path, text) == stored


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("currents.max_ua", "15 µA", "“15 µA” is in µA; this field is in mA"),
        ("currents.max_ua", "0.5 mA/cm²", "is in mA/cm²; this field is in mA"),
        ("course.dose_nc", "40 mA", "is in mA; this field is in mA·min"),
        ("ages.floor", "96 months", "is in months; this field is in years"),
        ("holds.max_holds", "3 min", "this field is in plain numbers"),
        ("currents.max_ua", "0,5", "is no number; write it like 2.5 mA"),
        ("currents.max_ua", "-4", "is no number"),
        ("currents.max_ua", "4 to 5", "is no number|is in to 5"),
        ("currents.max_ua", "1.00005", "finer than 0.001 mA"),
        ("ages.floor", "8.5", "finer than 1 years"),
        ("reversal", "perhaps", "answer yes or no"),
    ],
)
def test_what_is_not_exact_in_its_unit_is_refused(path, text, says) -> None:
    with pytest.raises(ValueError, match=says):
        typed_value(path, text)


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(ValueError, match=r"^Own ceiling: "):
        typed_number("much", label="Own ceiling", unit="mA", scale=1000)
