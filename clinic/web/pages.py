"""What every page needs: who is signed in, where, the nonce for its script."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.models import Staff


def whereabouts(staff: Staff) -> str:
    """Sites and roles of a person: `Riverside Clinic · Clinician`."""
    by_site: dict[str, list[str]] = {}
    for membership in staff.memberships.select_related("site").order_by("site__name"):
        by_site.setdefault(membership.site.name, []).append(
            membership.get_role_display()
        )
    return "; ".join(f"{site} · {', '.join(roles)}" for site, roles in by_site.items())


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render a page for a signed-in person."""
    now = timezone.now()
    base = {
        "staff": request.user,
        "whereabouts": whereabouts(request.user),
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
