"""An incident: the course is stopped, the stimulator is out of use, people know."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Role, Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from devices.models import Run, Stimulator, Trace
from devices.services.fleet import stimulator_take_out
from devices.services.runs import run_stop_request
from sessions_app.domain.harm import log_sha256
from sessions_app.models import (
    AdverseEvent,
    Delivery,
    Incident,
    Leg,
    Prescription,
    Task,
)
from sessions_app.selectors.harm import found, last_run, place_of
from sessions_app.services.loans import home_device_take_out
from sessions_app.services.tasks import task_make

WORDS = 600
REASON_CHARS = 200


def incident_open(*, event: AdverseEvent, by: Staff) -> Incident:
    """Open the incident of a harm, in the transaction that records the harm.

    Every signed version of the course is stopped, the stimulator of the run is
    quarantined with a copy of that run's log, so is one of the site that a person
    entered by its serial, a home device is recalled, a run of the patient that is
    live is stopped, and prescribers are told. It follows from the record, whose
    permission stands for it: whoever sees a burn may stop the course.
    """
    run = _run_of(event)
    what = ", ".join(part for part in (found(event).text, place_of(event)) if part)
    told = _deliveries_of(event)
    boxes = _boxes(run, event.site, told)
    log = _log(run, told)
    with transaction.atomic():
        incident = Incident.objects.create(
            site=event.site,
            event=event,
            prescription=event.session.prescription,
            stimulator=boxes[0] if boxes else None,
            device_log=log,
            device_log_sha256=log_sha256(log),
            opened_by=by,
        )
        _course_stop(event, f"Incident: {what}", by)
        for box in boxes:
            stimulator_take_out(stimulator=box, reason=f"Incident: {what}", by=by)
        for device in {one.loan.device for one in told if one.loan is not None}:
            home_device_take_out(device=device, reason=f"Incident: {what}", by=by)
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
    runs = [run for run in map(last_run, _legs_of(event)) if run is not None]
    return max(runs, key=lambda run: run.created_at, default=None)


def _legs_of(event: AdverseEvent) -> list[Leg]:
    return [event.leg] if event.leg is not None else list(event.session.legs.all())


def _deliveries_of(event: AdverseEvent) -> list[Delivery]:
    """What persons entered of the places, the newest first."""
    rows = Delivery.objects.filter(leg__in=_legs_of(event)).order_by("-happened_at")
    return list(rows.select_related("loan__device__site", "lot"))


def _boxes(run: Run | None, site: Site, told: Sequence[Delivery]) -> list[Stimulator]:
    """Stimulators of the site that may have done it, that of the run first."""
    boxes = [] if run is None else [run.stimulator]
    serials = {one.serial.casefold() for one in told if one.serial}
    if serials:
        here = Stimulator.objects.filter(site=site).select_related("site")
        boxes += [
            box for box in here if box.serial.casefold() in serials and box not in boxes
        ]
    return boxes


def _log(run: Run | None, told: Sequence[Delivery]) -> dict[str, Any]:
    """What is known, copied: the log of the run, and what persons entered."""
    log = {} if run is None else run_log(run)
    if told:
        log["deliveries"] = [_delivery_log(one) for one in told]
    return log


def _delivery_log(one: Delivery) -> dict[str, Any]:
    return {
        "delivery": str(one.pk),
        "source": one.source,
        "serial": one.serial,
        "home_device": "" if one.loan is None else str(one.loan.device),
        "why": one.why,
        "happened_at": one.happened_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "readings": one.readings,
        "counter_nc": one.counter_nc,
        "rating_nc": one.rating_nc,
        "lot": "" if one.lot is None else str(one.lot),
    }


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
