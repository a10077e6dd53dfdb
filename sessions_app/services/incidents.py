"""An incident: the course is stopped, the stimulator is out of use, people know."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Role, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.models import Run, Trace
from devices.services.fleet import stimulator_take_out
from devices.services.runs import run_stop_request
from sessions_app.domain.harm import log_sha256
from sessions_app.models import AdverseEvent, Incident, Prescription, Task
from sessions_app.selectors.harm import found, last_run, place_of
from sessions_app.services.tasks import task_make

WORDS = 600
REASON_CHARS = 200


def incident_open(*, event: AdverseEvent, by: Staff) -> Incident:
    """Open the incident of a harm, in the transaction that records the harm.

    Every signed version of the course is stopped, the stimulator of the run is
    quarantined with a copy of that run's log, a run of the patient that is live is
    stopped, and prescribers are told. It follows from the record, whose permission
    stands for it: whoever sees a burn may stop the course.
    """
    run = _run_of(event)
    what = ", ".join(part for part in (found(event).text, place_of(event)) if part)
    log = {} if run is None else run_log(run)
    with transaction.atomic():
        incident = Incident.objects.create(
            site=event.site,
            event=event,
            prescription=event.session.prescription,
            stimulator=None if run is None else run.stimulator,
            device_log=log,
            device_log_sha256=log_sha256(log),
            opened_by=by,
        )
        _course_stop(event, f"Incident: {what}", by)
        if run is not None:
            stimulator_take_out(
                stimulator=run.stimulator, reason=f"Incident: {what}", by=by
            )
        _live_runs_stop(event, by)
        task_make(
            site=event.site,
            kind=Task.Kind.INCIDENT,
            text=f"Incident: {what}. The course is stopped; decide what follows."[:300],
            due_at=timezone.now(),
            patient=event.patient,
            session=event.session,
            for_role=Role.PRESCRIBER,
            link=link_of(incident),
        )
        audit_record(
            action="incident.open",
            subject=incident,
            by=by,
            site=event.site,
            data={"event": str(event.pk), "what": what},
        )
    return incident


def _run_of(event: AdverseEvent) -> Run | None:
    legs = [event.leg] if event.leg is not None else event.session.legs.all()
    runs = [run for run in map(last_run, legs) if run is not None]
    return max(runs, key=lambda run: run.created_at, default=None)


def _course_stop(event: AdverseEvent, reason: str, by: Staff) -> None:
    orders = Prescription.objects.select_for_update().filter(
        number=event.session.prescription.number,
        signed_at__isnull=False,
        stopped_at__isnull=True,
    )
    for order in orders:
        order.stopped_at, order.stop_reason = timezone.now(), reason[:REASON_CHARS]
        order.save(update_fields=["stopped_at", "stop_reason"])
        audit_record(
            action="prescription.stop",
            subject=order,
            by=by,
            site=order.site,
            data={"reason": reason, "event": str(event.pk)},
        )


def _live_runs_stop(event: AdverseEvent, by: Staff) -> None:
    """Nothing flows on into a burn; whoever forgot STOP is covered."""
    live = Run.objects.filter(patient=event.patient_id, ended_at__isnull=True)
    for run_id in live.values_list("pk", flat=True):
        run_stop_request(run_id=run_id, cause="incident", by=by)


def link_of(incident: Incident) -> str:
    """Where the incident is decided."""
    return reverse("incident", args=[incident.pk])


def run_log(run: Run) -> dict[str, Any]:
    """What is known of a run, copied: events, the seal of its trace, the counter."""
    trace = Trace.objects.defer("blob").filter(run=run).first()
    seal = ("codec", "count", "first_seq", "last_seq", "gaps", "sha256")
    figures = ("confirmed_nc", "upper_nc", "flow_ms")
    return {
        "run": str(run.pk),
        "stimulator": run.stimulator.label,
        "serial": run.stimulator.serial,
        "state": run.state,
        "end_reason": run.end_reason,
        "programme_hash": run.programme_hash,
        "read_back_hash": run.read_back_hash,
        "device_counter_nc": run.device_counter_nc,
        "device_last_seq": run.device_last_seq,
        "trace": None
        if trace is None
        else {name: getattr(trace, name) for name in (*seal, *figures)},
        "events": [
            {
                "at": event.at.isoformat(),
                "kind": event.kind,
                "from": event.from_state,
                "to": event.to_state,
                "t_ms": event.t_ms,
                "staff": None if event.staff_id is None else str(event.staff_id),
                "data": event.data,
            }
            for event in run.events.order_by("id")
        ],
    }


def incident_decide(
    *, incident: Incident, by: Staff, reportable: bool | None, decision: str
) -> None:
    """Decide once whether an incident is reported to an authority, with words.

    Raises Refusal without yes or no or without words, Conflict when decided.
    """
    require(by, "incident.decide", incident.site)
    words = decision.strip()
    if reportable is None:
        raise Refusal("no_decision", "Choose: reported, or not.", field="reportable")
    if not words or len(words) > WORDS:
        raise Refusal(
            "decision_words",
            f"Write why, in at most {WORDS} characters; {len(words)} are written.",
            field="decision",
        )
    with transaction.atomic():
        won = Incident.objects.filter(pk=incident.pk, decided_at__isnull=True).update(
            reportable=reportable,
            decided_by=by,
            decided_at=timezone.now(),
            decision=words,
        )
        if not won:
            raise Conflict("decided", "This is decided already; reload the page.")
        answer = "Reportable" if reportable else "Not reportable"
        Task.objects.filter(link=link_of(incident), done_at__isnull=True).update(
            done_at=timezone.now(), done_by=by, outcome=f"{answer}. {words}"[:400]
        )
        audit_record(
            action="incident.decide",
            subject=incident,
            by=by,
            site=incident.site,
            data={"reportable": reportable, "decision": words},
        )
