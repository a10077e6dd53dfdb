"""The form of a look at the skin: one answer for each electrode, none preselected."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clinic.errors import Refusal
from clinic.web.pages import errors_of
from devices.models import Run
from devices.web.page import page
from sessions_app.domain.harm import SKIN, VOCABULARY, Code, Finding, finding
from sessions_app.models import SkinCheck, TreatmentSession
from sessions_app.selectors.harm import (
    Electrode,
    electrodes_at,
    electrodes_of,
    open_call_back,
)
from sessions_app.selectors.sessions import newest_run
from sessions_app.services.harm import (
    Seen,
    call_back_record,
    finding_asked,
    skin_check_during,
)
from sessions_app.web.lookup import session_for
from sessions_app.web.words import places_of, state_of

NOTHING, FOUND = "nothing", "found"
Form = Mapping[str, str]


def skin_rows(
    electrodes: Sequence[Electrode], typed: Form | None = None
) -> list[dict[str, Any]]:
    """What the form shows for each electrode, with what was typed kept."""
    typed = typed or {}
    return [
        {
            "key": one.key,
            "name": one.name,
            "lead": one.lead.value,
            "electrode": one.kind.name,
            "answer": typed.get(f"seen-{one.key}", ""),
            "note": typed.get(f"note-{one.key}", ""),
            "findings": [
                _choice(code, typed.get(f"grade-{one.key}-{code}", "")) for code in SKIN
            ],
        }
        for one in electrodes
    ]


def _choice(code: Code, chosen: str) -> dict[str, Any]:
    harm = VOCABULARY[code]
    grades = [
        (str(grade), f"{grade}: {meaning}")
        for grade, meaning in enumerate(harm.grades)
        if grade
    ]
    return {"code": code, "label": harm.label, "grades": grades, "chosen": chosen}


def seen_of(electrodes: Sequence[Electrode], form: Form) -> list[Seen]:
    """What was answered. Raises Refusal for an answer that contradicts itself."""
    return [
        Seen(one.key, _findings(one, form), form.get(f"note-{one.key}", ""))
        for one in electrodes
        if form.get(f"seen-{one.key}") in {NOTHING, FOUND}
    ]


def _findings(one: Electrode, form: Form) -> tuple[Finding, ...]:
    graded = {code: form.get(f"grade-{one.key}-{code}", "") for code in SKIN}
    findings = tuple(
        finding_asked(code, int(grade))
        for code, grade in graded.items()
        if grade.isdecimal()
    )
    says_found = form.get(f"seen-{one.key}") == FOUND
    if says_found and not findings:
        raise Refusal(
            "nothing_chosen",
            f"{one.name}: choose what you found and its grade, or “Nothing to see”.",
            field=f"seen-{one.key}",
        )
    if findings and not says_found:
        raise Refusal(
            "contradiction",
            f"{one.name}: “Nothing to see” is chosen and {findings[0].text} as well.",
            field=f"seen-{one.key}",
        )
    return findings


def check_rows(checks: Sequence[SkinCheck]) -> list[dict[str, Any]]:
    """Looks at the skin as the record shows them."""
    return [
        {
            "at": check.at,
            "moment": check.get_moment_display(),
            "where": f"{check.lead.upper()}, {check.place}",
            "found": _found(check),
            "by": check.by.name,
        }
        for check in checks
    ]


def _found(check: SkinCheck) -> str:
    texts = [finding(one["code"], one["grade"]).text for one in check.findings]
    said = "; ".join(texts) or "Nothing to see"
    return f"{said}. {check.note}" if check.note else said


def session_frame(session: TreatmentSession) -> dict[str, Any]:
    """What every page about a session shows around its own content."""
    return {
        "session": session,
        "patient": session.patient,
        "simulated": session.is_simulated,
        "state": state_of(session, newest_run(session)),
        "what": places_of(session),
        "planned": session.prescription.sessions_planned,
        "back": {"href": f"/sessions/{session.pk}/", "text": "The session"},
    }


def typed_again(refusal: Refusal, electrodes: Sequence[Electrode], form: Form) -> Any:
    """Errors and what was typed; conflicts go further up."""
    if refusal.status != 422:
        raise refusal
    field = str(refusal.extra.get("field", ""))
    rows = skin_rows(electrodes, form)
    return {**errors_of((field, refusal.text)), "skin": rows, "typed": form}


@require_http_methods(["GET", "POST"])
def during(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """The look after 2 to 5 min of a first session; STOP stays in reach."""
    session = session_for(request, session_id)
    run = newest_run(session)
    if run is None or not run.is_live:
        return redirect("session", session_id=session.pk)
    electrodes = electrodes_at(session.legs.get(leg_runs__run=run))
    context: dict[str, Any] = {"skin": skin_rows(electrodes)}
    if request.method == "POST":
        try:
            skin_check_during(
                session=session,
                run=run,
                by=request.user,
                seen=seen_of(electrodes, request.POST.dict()),
            )
        except Refusal as refusal:
            context = typed_again(refusal, electrodes, request.POST.dict())
        else:
            return redirect("session", session_id=session.pk)
    return _page(request, session, "harm/during.jinja", context, run)


@require_http_methods(["GET", "POST"])
def call_back(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """What the patient says by phone a day later."""
    session = session_for(request, session_id)
    electrodes = electrodes_of(session)
    context: dict[str, Any] = {"skin": skin_rows(electrodes), "typed": {}}
    if request.method == "POST":
        form = request.POST.dict()
        try:
            call_back_record(
                session=session,
                by=request.user,
                seen=seen_of(electrodes, form),
                text=form.get("text", ""),
            )
        except Refusal as refusal:
            context = typed_again(refusal, electrodes, form)
        else:
            return redirect("session", session_id=session.pk)
    task = open_call_back(session)
    if task is None:
        raise Http404("no call is open")
    context["task"] = task
    return _page(request, session, "harm/call_back.jinja", context)


def _page(
    request: HttpRequest,
    session: TreatmentSession,
    template: str,
    context: dict[str, Any],
    run: Run | None = None,
) -> HttpResponse:
    status = 422 if context.get("errors") else 200
    whole = {**session_frame(session), **context}
    return page(request, template, whole, run=run, status=status)
