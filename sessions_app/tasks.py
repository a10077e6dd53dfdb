"""Celery's doors into treatment: each fetches by id and calls one service."""

import uuid

from celery import shared_task

from sessions_app.services.loans import loans_chase
from sessions_app.services.recording import records_sweep, run_record
from sessions_app.services.refreshing import courses_refresh


@shared_task(name="sessions_app.record_run")
def record_run(run_id: str) -> None:
    """A run ended: record its dose."""
    run_record(run_id=uuid.UUID(run_id))


@shared_task(name="sessions_app.sweep_records")
def sweep_records() -> None:
    """Find ended runs whose dose is not recorded."""
    records_sweep()


@shared_task(name="sessions_app.chase_loans")
def chase_loans() -> None:
    """Put overdue home devices on the list of things to do."""
    loans_chase()


@shared_task(name="sessions_app.refresh_courses")
def refresh_courses() -> None:
    """Propose anew what the days alone have changed."""
    courses_refresh()
