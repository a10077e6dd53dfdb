"""Find what a lost hint or a dead process left undone."""

from datetime import timedelta

from django.utils import timezone

from devices.core.run_lifecycle import RunState
from devices.models import Run
from devices.services.closing import run_close
from devices.services.leases import supervisors_forget
from devices.services.transitions import run_transition

STALE = timedelta(seconds=60)


def runs_sweep() -> None:
    """Close ended runs that nobody closed, lapse ready runs that nobody leads."""
    ended = Run.objects.filter(state=RunState.ENDED.value, closed_at__isnull=True)
    for run_id in ended.values_list("pk", flat=True)[:100]:
        run_close(run_id=run_id)
    lapsed = Run.objects.filter(
        state=RunState.READY.value, expires_at__lt=timezone.now() - STALE
    )
    for run_id in lapsed.values_list("pk", flat=True)[:100]:
        run_transition(
            run_id=run_id,
            sources=(RunState.READY,),
            target=RunState.CANCELLED,
            kind="cancelled",
            conditions={"start_requested_at__isnull": True},
            columns={
                "reject_reason": "not started in time, and no supervisor was there",
                "ended_at": timezone.now(),
            },
        )
    supervisors_forget()
