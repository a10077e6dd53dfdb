"""Presses on the live console: adjust, hold, resume, pain, tingling."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Refusal
from clinic.permissions import require, sites_of
from clinic.quantities import ma_text
from clinic.web.refusals import wants_json
from devices.models import Run, RunCommand
from devices.services import titration


def run_for(request: HttpRequest, run_id: uuid.UUID, action: str) -> Run:
    """A run at a site of the person, who may do `action` there.

    Raises Http404 elsewhere, Forbidden for a role that may not.
    """
    run = get_object_or_404(
        Run.objects.select_related(
            "stimulator__chair", "stimulator__room", "patient__site", "live", "site"
        ),
        pk=run_id,
        site__in=sites_of(request.user, "run.view"),
    )
    require(request.user, action, run.site)
    return run


def whole(request: HttpRequest, name: str) -> int:
    """A whole number of the form; raises Refusal for anything else."""
    text = request.POST.get(name, "")
    try:
        return int(text)
    except ValueError as error:
        raise Refusal(
            "not_a_number", f"“{text}” is no whole number ({name}); reload the page."
        ) from error


def done(request: HttpRequest, run: Run, text: str, **extra: Any) -> HttpResponse:
    """The answer to a press: JSON for scripts, else back to the page."""
    if wants_json(request):
        return JsonResponse({"text": text, **extra})
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = reverse("today")
    return HttpResponseRedirect(onward)


def _asked(
    request: HttpRequest, run: Run, command: RunCommand, text: str
) -> HttpResponse:
    follow = reverse("run-command", args=[run.pk, command.pk])
    return done(request, run, text, command=follow)


@require_POST
def adjust(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = run_for(request, run_id, "run.control")
    from_ua = whole(request, "from_ua")
    step_ua = whole(request, "step_ua")
    up = request.POST.get("direction") == "up"
    to_ua = _target_ua(run, from_ua, step_ua if up else -step_ua)
    command = titration.run_adjust_request(
        run=run,
        by=request.user,
        from_ua=from_ua,
        to_ua=to_ua,
        patient_agrees=request.POST.get("patient_agrees") == "yes",
    )
    text = f"{'Raise' if up else 'Lower'} to {ma_text(to_ua)} asked."
    return _asked(request, run, command, text)


def _target_ua(run: Run, from_ua: int, step_ua: int) -> int:
    """One step on, cut short at the end of the window.

    From the end itself the step goes out of it, so that the service says why not.
    """
    window = run.programme["window"]
    lowest = min(window["start_ua"], window["floor_ua"])
    ceiling = int(window["ceiling_ua"])
    if step_ua > 0 and from_ua < ceiling:
        return min(from_ua + step_ua, ceiling)
    if step_ua < 0 and from_ua > lowest:
        return max(from_ua + step_ua, lowest)
    return from_ua + step_ua


@require_POST
def hold(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = run_for(request, run_id, "run.control")
    command = titration.run_hold_request(run=run, by=request.user, cause="operator")
    return _asked(request, run, command, "Hold asked.")


@require_POST
def resume(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = run_for(request, run_id, "run.control")
    command = titration.run_resume_request(
        run=run,
        by=request.user,
        level_ua=whole(request, "level_ua"),
        chair_code=request.POST.get("chair_code", ""),
        red_inspected=request.POST.get("red_inspected") == "yes",
        black_inspected=request.POST.get("black_inspected") == "yes",
    )
    return _asked(request, run, command, "Resume asked.")


_AFTER_PAIN = {
    "noted": "Noted.",
    "hold": "Noted; the run goes to hold.",
    "stop": "Noted; the run is stopped.",
}


@require_POST
def pain(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = run_for(request, run_id, "run.control")
    score = whole(request, "score")
    follows = titration.pain_record(run=run, by=request.user, score=score)
    return done(request, run, f"Pain {score}. {_AFTER_PAIN[follows]}", follows=follows)


@require_POST
def tingling(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = run_for(request, run_id, "run.control")
    answer = request.POST.get("answer", "")
    titration.tingling_record(run=run, by=request.user, answer=answer)
    return done(request, run, f"Tingling: {answer}. Noted.")


@require_GET
def command(
    request: HttpRequest, run_id: uuid.UUID, command_id: uuid.UUID
) -> HttpResponse:
    """What became of a press."""
    run = run_for(request, run_id, "run.view")
    row = get_object_or_404(RunCommand, run=run, pk=command_id)
    State = RunCommand.State
    return JsonResponse(
        {
            "open": row.state in {State.ASKED, State.SENT},
            "done": row.state == State.DONE,
            "text": _outcome(row),
        }
    )


def _outcome(row: RunCommand) -> str:
    if row.state == RunCommand.State.DONE:
        level = row.answer.get("level_ua")
        return f"Done: level {ma_text(level)}." if level is not None else "Done."
    if row.state == RunCommand.State.EXPIRED:
        return "Not carried out: it came too late. Look at the figures and press again."
    if row.state == RunCommand.State.REFUSED:
        # The driver's text begins with the verb and the name of the refusal.
        why = str(row.answer.get("text", "refused")).partition("): ")
        return f"The stimulator said no: {why[2] or why[0]}"
    return "On its way."
