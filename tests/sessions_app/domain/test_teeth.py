"""FDI numbers name teeth; others do not."""

import pytest

from sessions_app.domain.teeth import tooth_holds, tooth_text


@pytest.mark.parametrize("number", ["11", "18", "28", "48", "51", "85"])
def test_a_tooth_of_a_grown_up_or_a_child(number: str) -> None:
    assert tooth_holds(number)


@pytest.mark.parametrize(
    "number", ["", "1", "10", "19", "49", "50", "56", "86", "91", "111", "²1", "a1"]
)
def test_what_is_no_tooth(number: str) -> None:
    assert not tooth_holds(number)


def test_a_tooth_in_words() -> None:
    assert tooth_text("26") == "tooth 26, upper left"
    assert tooth_text("85") == "tooth 85, lower right, deciduous"
    with pytest.raises(ValueError, match="'99' is no FDI"):
        tooth_text("99")
