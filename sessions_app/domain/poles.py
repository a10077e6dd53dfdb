"""Poles, leads and ions: like repels like."""

from enum import StrEnum


class Pole(StrEnum):
    ANODE = "anode"
    CATHODE = "cathode"

    @property
    def other(self) -> "Pole":
        return Pole.CATHODE if self is Pole.ANODE else Pole.ANODE


class Lead(StrEnum):
    """The lead by its colour. Positive current makes the red one the anode."""

    RED = "red"
    BLACK = "black"


class IonSign(StrEnum):
    CATION = "cation"
    ANION = "anion"

    @property
    def pole(self) -> Pole:
        """The pole that drives this ion into the skin."""
        return Pole.ANODE if self is IonSign.CATION else Pole.CATHODE


def lead_of(pole: Pole, first_polarity: int = 1) -> Lead:
    """The lead whose electrode is this pole at the first polarity."""
    positive = first_polarity > 0
    return Lead.RED if (pole is Pole.ANODE) is positive else Lead.BLACK
