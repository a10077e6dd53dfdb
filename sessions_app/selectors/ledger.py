"""What has been given already, at its upper bound where it is not known."""

from django.db.models import Sum

from devices.core.run_lifecycle import RunState
from devices.models import Run
from devices.services.closing import upper_bound_nc
from sessions_app.models import DoseRecord, Leg


def delivered_upper_nc(*, leg: Leg) -> int:
    """Charge that may have flowed in a leg of this session: recorded doses at
    their upper bound, unsettled runs at theirs."""
    recorded = DoseRecord.objects.filter(leg=leg, superseded_by__isnull=True)
    done = recorded.aggregate(sum=Sum("upper_nc"))["sum"] or 0
    open_runs = Run.objects.filter(
        leg_run__leg=leg, state=RunState.UNCERTAIN.value
    ).select_related("live")
    return int(done) + sum(upper_bound_nc(run) for run in open_runs)
