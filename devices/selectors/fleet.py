"""Stimulators as the choice of a chair shows them."""

import uuid
from dataclasses import dataclass

from devices.models import Run, Stimulator
from devices.models.run import LIVE_STATES


@dataclass(frozen=True, slots=True)
class Choice:
    """A stimulator and why it cannot be chosen now, empty when it can."""

    stimulator: Stimulator
    why_not: str


def choices(*, site_id: uuid.UUID, is_simulated: bool) -> list[Choice]:
    """Stimulators of a site that fit a simulated or a real patient, by room."""
    boxes = (
        Stimulator.objects.filter(site=site_id, is_simulated=is_simulated)
        .select_related("room", "chair")
        .order_by("room__name", "chair__name", "label")
    )
    busy = dict(
        Run.objects.filter(stimulator__in=boxes, state__in=LIVE_STATES).values_list(
            "stimulator_id", "patient__family_name"
        )
    )
    return [Choice(box, _why_not(box, busy.get(box.pk))) for box in boxes]


def _why_not(box: Stimulator, busy_with: str | None) -> str:
    if box.quarantined_at is not None:
        return f"in quarantine: {box.quarantine_reason}"
    return "" if busy_with is None else f"in use: {busy_with.upper()}"
