"""What a person has to see to: tasks of their sites and roles, open questions."""

import uuid

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from clinic.models import SiteMembership, Staff
from clinic.permissions import ACTIONS
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PrescriberRequest, Task
from sessions_app.selectors.courses import proposals_waiting

Decision = PrescriberRequest.Decision


def _sites(staff: Staff, action: str) -> QuerySet[SiteMembership, uuid.UUID]:
    """Sites where `staff` may do `action`, inside the one query that needs them:
    every page counts what is open."""
    return SiteMembership.objects.filter(
        staff=staff, role__in=ACTIONS[action]
    ).values_list("site_id", flat=True)


def tasks_visible(*, staff: Staff) -> QuerySet[Task]:
    """Tasks at the sites of `staff`, for their roles.

    Those about a patient are for who may see patients, and for the role named.
    """
    mine = SiteMembership.objects.filter(
        staff=staff, site=OuterRef("site"), role=OuterRef("for_role")
    )
    patients = _sites(staff, "patient.view")
    return Task.objects.filter(
        Q(for_role="", patient__isnull=True)
        | Q(for_role="", site__in=patients)
        | Exists(mine),
        site__in=_sites(staff, "task.view"),
    )


def tasks_open(*, staff: Staff) -> QuerySet[Task]:
    """Open tasks, the oldest due first."""
    return (
        tasks_visible(staff=staff)
        .filter(done_at__isnull=True)
        .select_related("site", "patient", "session")
        .order_by("due_at", "pk")
    )


def requests_visible(*, staff: Staff) -> QuerySet[PrescriberRequest]:
    """Questions to the prescribers at the sites of `staff`."""
    return PrescriberRequest.objects.filter(
        session__site__in=_sites(staff, "session.view")
    ).select_related(
        "session__site",
        "session__patient__site",
        "session__prescription__adoption__protocol",
        "check_row",
        "asked_by",
        "decided_by",
        "seconded_by",
    )


def requests_open(*, staff: Staff) -> QuerySet[PrescriberRequest]:
    """Those that wait for a signature `staff` may give, the oldest first."""
    second = Q(
        decision=Decision.ALLOWED,
        seconded_by__isnull=True,
        session__site__policy__second_for_override=True,
    )
    return (
        requests_visible(staff=staff)
        .filter(
            Q(decision=Decision.OPEN) | second,
            session__site__in=_sites(staff, "request.decide"),
            session__state=SessionState.CHECKED_IN.value,
            expires_at__gt=timezone.now(),
        )
        .order_by("asked_at")
    )


def requests_of(patient_id: uuid.UUID) -> list[PrescriberRequest]:
    """Questions about a patient, the newest first."""
    rows = PrescriberRequest.objects.filter(session__patient=patient_id)
    return list(
        rows.select_related("session__site", "asked_by", "decided_by").order_by(
            F("asked_at").desc()
        )
    )


def todo_count(staff: Staff) -> int:
    """How much waits for a person."""
    # One query: every page asks it.
    kinds = (requests_open(staff=staff), tasks_open(staff=staff))
    first = proposals_waiting(staff).order_by().values_list("pk")
    rest = (rows.order_by().values_list("pk") for rows in kinds)
    count: int = first.union(*rest, all=True).count()
    return count
