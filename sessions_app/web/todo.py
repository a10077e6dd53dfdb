"""What has to be done: open questions, call-backs, incidents, changes, loans."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.errors import Refusal
from clinic.permissions import allowed, require, sites_of
from clinic.web.pages import errors_of
from devices.web.page import page
from devices.web.run_acts import whole
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PrescriberRequest, Task
from sessions_app.selectors import beside_checks, checks
from sessions_app.selectors.tasks import (
    requests_open,
    requests_visible,
    tasks_open,
    tasks_visible,
)
from sessions_app.services import requesting
from sessions_app.services.tasks import task_done
from sessions_app.web.before import prescribed_facts
from sessions_app.web.check_pages import finding_rows
from sessions_app.web.course_view import waiting_rows
from sessions_app.web.parsing import current_ua


def _require_somewhere(request: HttpRequest) -> None:
    if not sites_of(request.user, "task.view"):
        raise Http404("no site with tasks for this person")


@require_GET
def todo(request: HttpRequest) -> HttpResponse:
    _require_somewhere(request)
    return _todo_page(request)


def _todo_page(
    request: HttpRequest, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    doing = set(sites_of(request.user, "task.do"))
    waiting = list(requests_open(staff=request.user))
    rows = [
        {
            "task": task,
            "overdue": task.due_at < now,
            # The page of the test ends it, words do not.
            "may_do": task.site_id in doing and task.kind != Task.Kind.RESULT,
        }
        for task in tasks_open(staff=request.user)
    ]
    steps = waiting_rows(request.user)
    people = [one.session.patient for one in waiting]
    people += [step["patient"] for step in steps]
    people += [row["task"].patient for row in rows if row["task"].patient]
    context = {
        "waiting": waiting,
        "rows": rows,
        "next_steps": steps,
        "simulated": any(person.is_simulated for person in people),
        "typed": {},
        "back": None,
    }
    return page(request, "todo/list.jinja", context | (extra or {}), status=status)


@require_POST
def done(request: HttpRequest, task_id: uuid.UUID) -> HttpResponse:
    task = get_object_or_404(
        tasks_visible(staff=request.user).select_related("site"), pk=task_id
    )
    outcome = request.POST.get("outcome", "")
    try:
        task_done(task=task, by=request.user, outcome=outcome)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        errors = errors_of((f"outcome-{task.pk}", refusal.text))
        return _todo_page(request, {**errors, "typed": {str(task.pk): outcome}}, 422)
    return redirect("todo")


# -- a question to the prescribers ----------------------------------------------


@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """The facts, and the form that signs the answer."""
    row = get_object_or_404(requests_visible(staff=request.user), pk=request_id)
    if request.method == "GET":
        return _question_page(request, row)
    require(request.user, "request.decide", row.session.site)
    try:
        requesting.request_decide(
            request=row,
            by=request.user,
            version=whole(request, "version"),
            allow=_allow(request),
            reason=request.POST.get("reason", ""),
            max_ua=_max_ua(request),
        )
    except Refusal as refusal:
        return _again(request, row, refusal)
    return redirect("todo")


@require_POST
def second(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(requests_visible(staff=request.user), pk=request_id)
    try:
        requesting.request_second(
            request=row, by=request.user, version=whole(request, "version")
        )
    except Refusal as refusal:
        return _again(request, row, refusal)
    return redirect("todo")


def _allow(request: HttpRequest) -> bool:
    said = request.POST.get("allow", "")
    if said not in ("yes", "no"):
        raise Refusal("no_decision", "Choose: allow or decline.", field="allow")
    return said == "yes"


def _max_ua(request: HttpRequest) -> int | None:
    if not request.POST.get("max_ua", "").strip():
        return None
    return current_ua(request, "max_ua", "Ceiling")


def _again(
    request: HttpRequest, row: PrescriberRequest, refusal: Refusal
) -> HttpResponse:
    if refusal.status != 422:
        raise refusal
    said = {name: request.POST.get(name, "") for name in ("allow", "reason", "max_ua")}
    errors = errors_of((refusal.extra.get("field", ""), refusal.text))
    return _question_page(request, row, {**errors, "said": said}, status=422)


def _question_page(
    request: HttpRequest,
    row: PrescriberRequest,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    session, by = row.session, request.user
    may = allowed(by, "request.decide", session.site_id) and not checks.lapsed(row)
    here = session.state == SessionState.CHECKED_IN
    context = {
        "row": row,
        "session": session,
        "patient": session.patient,
        "simulated": session.is_simulated,
        "prescribed": prescribed_facts(session),
        "findings": finding_rows(row.check_row),
        "answers": _answers(row),
        "state": _state(row),
        "may_decide": may and here and row.decision == row.Decision.OPEN,
        "may_second": may and here and checks.needs_second(row),
        "said": {},
        "back": {"href": reverse("todo"), "text": "To do"},
    }
    return page(request, "todo/question.jinja", context | (extra or {}), status=status)


def _answers(row: PrescriberRequest) -> list[tuple[str, str, str]]:
    """What was answered at this visit: question, answer, words."""
    texts = beside_checks.texts_of_questions(row.session)
    said: dict[str, dict[str, str]] = {}
    for check in row.session.prechecks.filter(pk__lte=row.check_row_id):
        said |= check.answers
    # The database keeps no order of answers; the questions have one.
    order = [name for name in texts if name in said]
    names = [*order, *(name for name in said if name not in texts)]
    return [
        (texts.get(name, name), said[name]["answer"], said[name]["note"])
        for name in names
    ]


def _state(row: PrescriberRequest) -> tuple[str, str]:
    if row.decision != row.Decision.OPEN:
        allowed_ = row.decision == row.Decision.ALLOWED
        return row.get_decision_display(), "green" if allowed_ else "red"
    return ("Lapsed", "grey") if checks.lapsed(row) else ("Open", "orange")
