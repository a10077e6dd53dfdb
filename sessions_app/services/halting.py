"""Current that must not flow on: live runs are asked to stop."""

import logging
import uuid

from django.db import DatabaseError
from django.db.models import QuerySet

from clinic.models import Staff
from devices.models import Run
from devices.services.runs import run_stop_request
from sessions_app.models import PrescriptionLeg
from sessions_app.selectors.places import place_key

log = logging.getLogger(__name__)


def runs_stop(runs: QuerySet[Run], *, cause: str, by: Staff) -> None:
    """Ask each of `runs` that is live to stop; what led here never fails by it.

    `cause` is a word of at most 40 characters for the record of the run.
    """
    live = runs.filter(ended_at__isnull=True).distinct()
    for run_id in live.values_list("pk", flat=True):
        try:
            run_stop_request(run_id=run_id, cause=cause, by=by)
        except DatabaseError:
            log.exception("stop of run %s (%s) is not written down", run_id, cause)


def runs_of_course(number: uuid.UUID, place: str = "") -> QuerySet[Run]:
    """Runs of every version of a prescription, by its number; of one place where
    one is named."""
    runs = Run.objects.filter(leg_run__leg__session__prescription__number=number)
    if not place:
        return runs
    legs = PrescriptionLeg.objects.filter(prescription__number=number)
    meant = [leg.pk for leg in legs if place_key(leg) == place]
    return runs.filter(leg_run__leg__prescribed__in=meant)
