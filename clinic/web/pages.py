"""What every page needs: who is signed in, where, what is open to them."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from clinic.models import SiteMembership, Staff
from clinic.permissions import ACTIONS


class Area(NamedTuple):
    """A page of the menu, for whoever may do `action` at a site."""

    name: str
    url: str
    action: str


AREAS: tuple[Area, ...] = (
    Area("Today", "today", "site.view"),
    Area("To do", "todo", "task.view"),
    Area("Patients", "patients", "patient.view"),
    Area("Protocols", "protocols", "protocol.view"),
    Area("Stimulators", "stimulators", "stimulator.view"),
    Area("Stock", "stock", "lot.view"),
    Area("Loans", "loans", "loan.view"),
    Area("Electrodes", "electrodes", "protocol.view"),
)

# What waits for a person in an area, by its address; an app above adds its own.
COUNTS: dict[str, Callable[[Staff], int]] = {}


def whereabouts(memberships: Sequence[SiteMembership]) -> str:
    """Sites and roles of a person: `Riverside Clinic · Clinician`."""
    by_site: dict[str, list[str]] = {}
    for membership in memberships:
        by_site.setdefault(membership.site.name, []).append(
            membership.get_role_display()
        )
    return "; ".join(f"{site} · {', '.join(roles)}" for site, roles in by_site.items())


def menu(
    staff: Staff, memberships: Sequence[SiteMembership], path: str
) -> list[dict[str, Any]]:
    """The areas that are open to a person; `current` for the one of `path`, `count`
    says how much waits there."""
    roles = {membership.role for membership in memberships}
    items = []
    for area in AREAS:
        if roles & ACTIONS[area.action]:
            href = reverse(area.url)
            current = path == href or (href != "/" and path.startswith(href))
            count = COUNTS[area.url](staff) if area.url in COUNTS else 0
            items.append(
                {"name": area.name, "href": href, "current": current, "count": count}
            )
    return items


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page for a signed-in person."""
    now = timezone.now()
    memberships = list(
        request.user.memberships.select_related("site").order_by("site__name")
    )
    base = {
        "staff": request.user,
        "whereabouts": whereabouts(memberships),
        "menu": menu(request.user, memberships, request.path),
        "nonce": request.csp_nonce,
        "now": now,
        "today": timezone.localdate(now),
        "stops": [],
        "possibly_live": [],
        "simulated": False,
        "errors": [],
        "wrong": set(),
        "back": {"href": "/", "text": "Today"},
    }
    return render(request, template, {**base, **(context or {})}, status=status)


def errors_of(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Context of an error summary: (field, text) pairs; no field is ``""``."""
    return {
        "errors": [{"field": field, "text": text} for field, text in pairs],
        "wrong": {field for field, _ in pairs if field},
    }
