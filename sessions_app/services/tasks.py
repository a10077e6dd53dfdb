"""Things that a person has to do by a time: made by services, done with words."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Patient, Site, SiteMembership, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.models import Task, TreatmentSession

OUTCOME_CHARS = 400


def task_make(
    *,
    site: Site,
    kind: str,
    text: str,
    due_at: dt.datetime,
    patient: Patient | None = None,
    session: TreatmentSession | None = None,
    for_role: str = "",
    link: str = "",
) -> Task:
    """Put a thing to do on the site's list, due at an aware time.

    It follows from another act, whose permission and audit row stand for it.
    An empty `for_role` is for whoever may do tasks.
    """
    return Task.objects.create(
        site=site,
        kind=Task.Kind(kind),
        text=text,
        due_at=due_at,
        patient=patient,
        session=session,
        for_role=for_role,
        link=link,
    )


def task_done(*, task: Task, by: Staff, outcome: str) -> None:
    """Close a task with what came of it; once.

    Raises Refusal without words, Forbidden for another role's task, Conflict
    when somebody has done it already.
    """
    require(by, "task.do", task.site)
    _require_role(task, by)
    if task.kind == Task.Kind.RESULT:
        raise Refusal(
            "by_its_page",
            "Enter the result, or what it says, on the page of the test; that ends it.",
            field="outcome",
        )
    words = outcome.strip()
    if not words:
        raise Refusal("no_outcome", "Write what came of it.", field="outcome")
    if len(words) > OUTCOME_CHARS:
        raise Refusal(
            "outcome_long",
            f"{len(words)} characters; at most {OUTCOME_CHARS}. Shorten it.",
            field="outcome",
        )
    with transaction.atomic():
        won = Task.objects.filter(pk=task.pk, done_at__isnull=True).update(
            done_at=timezone.now(), done_by=by, outcome=words
        )
        if not won:
            raise Conflict("done", "This is done already; reload the page.")
        audit_record(
            action="task.done",
            subject=task,
            by=by,
            site=task.site,
            data={"outcome": words},
        )


def _require_role(task: Task, by: Staff) -> None:
    if not task.for_role:
        return
    holds = SiteMembership.objects.filter(
        staff=by, site=task.site_id, role=task.for_role
    )
    if not holds.exists():
        raise Forbidden(
            "not_your_role", f"This is for a {task.for_role} of {task.site.name}."
        )
