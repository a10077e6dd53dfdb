"""Leaving `uncertain`: made safe at the chair, then the dose settled."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clinic.errors import Refusal
from clinic.jinja import dose_text, second_text
from clinic.quantities import charge_nc
from clinic.web.pages import errors_of
from devices.core.run_lifecycle import RunState
from devices.models import Run
from devices.services.closing import run_made_safe, settle_run, upper_bound_nc
from devices.web.page import page
from devices.web.run_acts import run_for

STATEMENT = "output off, electrodes off"


@require_POST
def made_safe(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """A named person at the chair states that no current can flow."""
    run = run_for(request, run_id, "run.settle")
    missing = [
        (name, f"Tick “{text}” when it is so.")
        for name, text in (
            ("output_off", "Output off"),
            ("electrodes_off", "Electrodes off the patient"),
        )
        if request.POST.get(name) != "yes"
    ]
    if missing:
        return _page(request, run, errors_of(*missing), status=422)
    run_made_safe(run_id=run.pk, by=request.user, statement=STATEMENT)
    return redirect("run-settle", run_id=run.pk)


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """What is known of an uncertain run, and the statement that settles it."""
    run = run_for(request, run_id, "run.settle")
    if request.method == "GET":
        return _page(request, run, {})
    typed = request.POST.get("charge", ""), request.POST.get("reason", "")
    try:
        settle_run(
            run_id=run.pk,
            by=request.user,
            reason=typed[1],
            charge_nc=_charge(typed[0]),
        )
    except Refusal as refusal:
        if refusal.status == 409:
            raise
        field = "reason" if refusal.code == "no_reason" else "charge"
        context = {**errors_of((field, refusal.text)), "typed": typed}
        return _page(request, run, context, status=refusal.status)
    return redirect("run-settle", run_id=run.pk)


def _charge(text: str) -> int:
    try:
        return charge_nc(text.strip().replace(",", "."))
    except ValueError as error:
        raise Refusal(
            "not_a_charge", f"“{text}” is no charge; enter mA·min such as 35.2."
        ) from error


def _page(
    request: HttpRequest, run: Run, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    charge, reason = context.pop("typed", ("", ""))
    uncertain = run.state == RunState.UNCERTAIN.value
    base = {
        "run": run,
        "patient": run.patient,
        "place": run.stimulator.place,
        "simulated": run.is_simulated,
        "since": second_text(run.live.data_at or run.uncertain_at),
        "known": _known(run),
        "outcome": _outcome(run),
        "lowest": run.live.confirmed_nc,
        "highest": upper_bound_nc(run) if uncertain else 0,
        "charge": charge,
        "reason": reason,
    }
    return page(request, "settle.jinja", {**base, **context}, run=run, status=status)


def _known(run: Run) -> list[tuple[str, str]]:
    live = run.live
    return [
        ("Stimulator", f"{run.stimulator.label}, {run.stimulator.place}"),
        ("Started", second_text(run.started_at)),
        ("Last data", second_text(live.data_at)),
        ("Samples stored", f"{live.have_seq:,}"),
        ("Confirmed by trace", dose_text(live.confirmed_nc, 2)),
        ("Device counter, last heard", dose_text(live.device_counter_nc, 2)),
    ]


def _outcome(run: Run) -> str:
    if run.settled_by is not None:
        return (
            f"Settled by {run.settled_by.name} at "
            f"{dose_text(run.settled_charge_nc, 2)}: {run.settled_reason}"
        )
    return f"This run is {run.state}: there is nothing to settle."
