"""`/closures/`: days on which a site does not treat, and who was to come then."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from clinic.errors import Refusal
from clinic.models import Site
from clinic.permissions import allowed, sites_of
from clinic.selectors.site_time import site_day
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import Closure, TreatmentSession
from sessions_app.services.closures import closure_add, closure_remove
from sessions_app.web.parsing import day_of
from sessions_app.web.site_choice import site_chosen, site_links

VIEW = "session.view"


@require_http_methods(["GET", "POST"])
def closures(request: HttpRequest) -> HttpResponse:
    site = site_chosen(request, request.POST or request.GET, VIEW)
    if request.method == "GET":
        return _page(request, site)
    try:
        closure_add(
            site=site,
            day=day_of(request, "day", "Closed day"),
            name=request.POST.get("name", ""),
            by=request.user,
        )
    except Refusal as refusal:
        # Closed already is not a stale page: it is the day that was typed.
        if refusal.status == 403:
            raise
        errors = errors_of((str(refusal.extra.get("field", "day")), refusal.text))
        typed = {name: request.POST.get(name, "") for name in ("day", "name")}
        return _page(request, site, {**errors, "typed": typed}, 422)
    return _back(site)


@require_POST
def remove(request: HttpRequest, closure_id: int) -> HttpResponse:
    rows = Closure.objects.filter(site__in=sites_of(request.user, VIEW))
    closure = get_object_or_404(rows.select_related("site"), pk=closure_id)
    closure_remove(closure=closure, by=request.user)
    return _back(closure.site)


def _back(site: Site) -> HttpResponse:
    return redirect(f"{reverse('closures')}?site={site.pk}")


def _page(
    request: HttpRequest,
    site: Site,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(Closure.objects.filter(site=site, day__gte=site_day(site)))
    booked = _booked(site, [row.day for row in rows])
    context = {
        **site_links(request, site, VIEW),
        "rows": [{"closure": row, "sessions": booked.get(row.day, [])} for row in rows],
        "may_edit": allowed(request.user, "closure.edit", site.pk),
        "typed": {"day": "", "name": ""},
        "back": {"href": reverse("today"), "text": "Today"},
    }
    return page(
        request, "course/closures.jinja", context | (extra or {}), status=status
    )


def _booked(site: Site, days: list[dt.date]) -> dict[dt.date, list[TreatmentSession]]:
    """Sessions that stand on closed days."""
    sessions = TreatmentSession.objects.filter(
        site=site, due_on__in=days, state=SessionState.PLANNED.value
    )
    found: dict[dt.date, list[TreatmentSession]] = {}
    for one in sessions.select_related("patient").order_by("due_at", "number"):
        found.setdefault(one.due_on, []).append(one)
    return found
