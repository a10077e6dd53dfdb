"""What the days alone change in courses: late, missed too long, not decided."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from sessions_app.models import Course, Proposal, Task
from sessions_app.services.courses import course_link
from sessions_app.services.proposing import course_touched
from sessions_app.services.tasks import task_make

# Site policy: how long a proposal may wait before somebody is told.
UNDECIDED = dt.timedelta(days=1)
_UNDER_WAY = (Course.State.ACTIVE, Course.State.ON_HOLD)


def courses_refresh() -> None:
    """Propose anew for every course under way, and tell of what nobody decided.

    It may run as often as it likes: what says the same stays as it is.
    """
    courses = Course.objects.filter(state__in=_UNDER_WAY, ladder__isnull=False)
    for course in courses.select_related("site", "patient").iterator():
        course_touched(number=course.pk)
        _tell(course)


def _tell(course: Course) -> None:
    """One open task for a course; a plain first session waits for nobody."""
    old = timezone.now() - UNDECIDED
    row = (
        Proposal.objects.filter(
            course=course,
            kind=Proposal.Kind.STEP,
            decision=Proposal.Decision.OPEN,
            made_at__lt=old,
        )
        .exclude(after="", result__treats=True)
        .order_by("made_at")
        .first()
    )
    if row is None:
        return
    link = course_link(course)
    with transaction.atomic():
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
        tasks = Task.objects.filter(kind=Task.Kind.COURSE, link=link)
        if tasks.filter(done_at__isnull=True).exists():
            return
        task_make(
            site=course.site,
            kind=Task.Kind.COURSE,
            text=f"Decide the next step, {row.body_site}: {row.why}"[:300],
            due_at=timezone.now(),
            patient=course.patient,
            link=link,
        )
