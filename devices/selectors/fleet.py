"""Stimulators as the choice of a chair shows them."""

import uuid
from dataclasses import dataclass

from clinic.models import Staff
from clinic.permissions import sites_of
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


@dataclass(frozen=True, slots=True)
class Standing:
    """A stimulator as the fleet page shows it."""

    stimulator: Stimulator
    is_busy: bool


def fleet(*, staff: Staff) -> list[Standing]:
    """Stimulators at the sites of `staff`, by site, room and label."""
    boxes = (
        Stimulator.objects.filter(site__in=sites_of(staff, "stimulator.view"))
        .select_related("site", "room", "chair__room")
        .order_by("site__name", "room__name", "label")
    )
    busy = set(
        Run.objects.filter(stimulator__in=boxes, state__in=LIVE_STATES).values_list(
            "stimulator_id", flat=True
        )
    )
    return [Standing(box, box.pk in busy) for box in boxes]


def stimulator_visible(*, staff: Staff, stimulator_id: uuid.UUID) -> Stimulator | None:
    """The stimulator when it is at a site of `staff`, else None."""
    return (
        Stimulator.objects.filter(
            pk=stimulator_id, site__in=sites_of(staff, "stimulator.view")
        )
        .select_related("site", "room", "chair")
        .first()
    )
