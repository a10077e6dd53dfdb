"""The one place that writes a run's state.

A conditional UPDATE claims the move and an append-only event says so in the
same transaction; whoever comes second changes nothing.
"""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from clinic.models import Staff
from devices.core.run_lifecycle import RunState, check_transition
from devices.models import Run, RunEvent


def run_transition(
    *,
    run_id: uuid.UUID,
    sources: Collection[RunState],
    target: RunState,
    kind: str,
    fence: int | None = None,
    conditions: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
    staff: Staff | None = None,
    t_ms: int | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Move a run to `target` when it is in one of `sources`.

    With `fence` only the holder of that fence may. `conditions` are further
    filters of the claim, `columns` are written with it. Returns whether this
    call made the move.

    Raises devices.core.run_lifecycle.RunStateError for a move that the
    lifecycle does not know.
    """
    for source in sources:
        check_transition(source, target)
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk=run_id)
            .only("state")
            .first()
        )
        if run is None:
            return False
        claim = Run.objects.filter(
            pk=run_id, state__in=[source.value for source in sources]
        )
        if fence is not None:
            claim = claim.filter(stimulator__lease__fence=fence)
        claimed = claim.filter(**(conditions or {})).update(
            state=target.value, version=F("version") + 1, **(columns or {})
        )
        if claimed:
            run_event(
                run_id=run_id,
                kind=kind,
                moved=(run.state, target.value),
                staff=staff,
                t_ms=t_ms,
                data=data,
            )
        return bool(claimed)


def run_event(
    *,
    run_id: uuid.UUID,
    kind: str,
    moved: tuple[str, str] = ("", ""),
    staff: Staff | None = None,
    t_ms: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Append an event; call it inside the transaction of what happened."""
    RunEvent.objects.create(
        run_id=run_id,
        kind=kind,
        from_state=moved[0],
        to_state=moved[1],
        staff=staff,
        t_ms=t_ms,
        data=data or {},
    )
