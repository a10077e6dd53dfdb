"""Units at the edges: exact, and never two numbers that read the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.quantities import (
    charge_nc,
    clock_text,
    cm2_text,
    density_text,
    ma_exact_text,
    ma_min_text,
    ma_text,
)


def test_one_ma_min_is_sixty_million_nc() -> None:
    assert charge_nc(1) == 60_000_000
    assert charge_nc("40") == 2_400_000_000
    assert charge_nc("39.9167") == 2_395_002_000


@pytest.mark.parametrize("text", ["forty", "", "0.000000001", "1e-9"])
def test_a_charge_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mA·min"):
        charge_nc(text)


def test_charge_text_rounds_half_to_even() -> None:
    assert ma_min_text(2_395_000_000) == "39.9167"
    assert ma_min_text(3_000, 4) == "0.0000"
    assert ma_min_text(9_000, 4) == "0.0002"
    assert ma_min_text(2_400_000_000, 1) == "40.0"


@given(st.integers(0, 10**13))
def test_charge_text_comes_back(hundreds_nc: int) -> None:
    whole = hundreds_nc // 6_000 * 6_000
    assert charge_nc(ma_min_text(whole)) == whole


def test_a_missing_current_is_never_zero() -> None:
    assert ma_text(None) == "no reading"
    assert ma_text(0) == "0.0 mA"
    assert ma_text(12_000) == "12.0 mA"


def test_exact_current_keeps_each_microampere() -> None:
    assert ma_exact_text(12_000) == "12.0 mA"
    assert ma_exact_text(250) == "0.25 mA"
    assert ma_exact_text(9_601) == "9.601 mA"
    assert ma_exact_text(-40) == "-0.04 mA"


@given(st.integers(-50_000, 50_000), st.integers(-50_000, 50_000))
def test_two_currents_read_the_same_only_when_equal(one: int, two: int) -> None:
    assert (ma_exact_text(one) == ma_exact_text(two)) is (one == two)


def test_area_and_density_drop_trailing_zeros() -> None:
    assert cm2_text(1_330) == "13.3 cm²"
    assert cm2_text(33_000) == "330 cm²"
    assert density_text(500) == "0.5 mA/cm²"


def test_clock_counts_minutes_past_the_hour() -> None:
    assert clock_text(1_145_999) == "19:05"
    assert clock_text(5_400_000) == "90:00"
