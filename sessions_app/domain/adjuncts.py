"""Steps beside the current: which figures are asked for, and what each may be."""

from collections.abc import Mapping
from dataclasses import dataclass

from sessions_app.domain.protocol import Adjunct

NOTE_CHARS = 200


class AdjunctError(ValueError):
    """A figure that cannot be, or one that is missing; `field` names it."""

    def __init__(self, text: str, field: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure of a step, stored as typed number × `scale`, from `low` to `high`.

    `more_needs_why`: over the figure of the protocol only with a reason.
    """

    name: str
    label: str
    unit: str
    scale: int
    low: int
    high: int
    more_needs_why: bool

    def text(self, number: int) -> str:
        """``"0.8 W/cm²"``."""
        return f"{number / self.scale:g} {self.unit}"


# From memory: ultrasound for therapy works at 0.5 to 5 MHz and is held to 3 W/cm²
# (IEC 60601-2-5). The hour is a slip of the keyboard caught, no clinical limit.
ASKED = (
    Asked("mw_cm2", "Intensity", "W/cm²", 1000, 10, 3000, True),
    Asked("khz", "Frequency", "MHz", 1000, 500, 5000, False),
    Asked("duty_permille", "Duty", "%", 10, 10, 1000, True),
    Asked("minutes", "Time", "min", 1, 1, 60, True),
)


def asked_of(step: Adjunct) -> tuple[Asked, ...]:
    """The figures to be recorded: those of the protocol, and all of ultrasound,
    which means nothing without them."""
    if "ultrasound" in step.name.casefold():
        return ASKED
    return tuple(one for one in ASKED if said(step, one) is not None)


def said(step: Adjunct, one: Asked) -> int | None:
    """The protocol's own figure; None where it gives none."""
    number: int | None = getattr(step, one.name)
    return number


def is_before(step: Adjunct) -> bool:
    """Whether the protocol says that it comes before the current."""
    return step.says.casefold().startswith("before")


def check_done(step: Adjunct, figures: Mapping[str, int], note: str) -> None:
    """Raise AdjunctError unless every figure asked for is there and may be so."""
    asked = {one.name: one for one in asked_of(step)}
    if unknown := sorted(set(figures) - set(asked)):
        raise AdjunctError(f"{step.name} has no {', '.join(unknown)}", unknown[0])
    for one in asked.values():
        if one.name not in figures:
            raise AdjunctError(f"{_of(step, one)}: {_missing(step, one)}", one.name)
        _check_figure(step, one, figures[one.name], note)


def check_skipped(step: Adjunct, note: str) -> None:
    """Raise AdjunctError unless it is said why the step was not done."""
    if not note:
        raise AdjunctError(f"{step.name}: say why it was not done.", "note")


def _missing(step: Adjunct, one: Asked) -> str:
    own = said(step, one)
    if own is None:
        return f"type what was used, in {one.unit}; the protocol gives no figure."
    return f"type what was used, or tick {one.text(own)} as the protocol says."


def _check_figure(step: Adjunct, one: Asked, number: int, note: str) -> None:
    if not one.low <= number <= one.high:
        raise AdjunctError(
            f"{_of(step, one)}: {one.text(number)} cannot be; it lies between"
            f" {one.text(one.low)} and {one.text(one.high)}. Look at the unit.",
            one.name,
        )
    own = said(step, one)
    if one.more_needs_why and own is not None and number > own and not note:
        raise AdjunctError(
            f"{_of(step, one)}: {one.text(number)} is over the protocol's"
            f" {one.text(own)}. Correct it, or say why.",
            "note",
        )


def _of(step: Adjunct, one: Asked) -> str:
    return f"{one.label} of {step.name}"
