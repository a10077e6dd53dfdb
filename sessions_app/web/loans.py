"""Home devices and their loans: lend, diary, return, overdue, recall."""

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from clinic.errors import Forbidden, Refusal
from clinic.models import Site
from clinic.permissions import sites_of
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.harm import SKIN, VOCABULARY, Finding
from sessions_app.models import HomeDevice, Loan, Prescription
from sessions_app.selectors.loans import (
    borrowers_of,
    devices_to_lend,
    home_device_visible,
    home_devices,
    loan_visible,
    loans_visible,
    orders_to_lend,
)
from sessions_app.services.diaries import Entry, diary_enter
from sessions_app.services.harm import finding_asked
from sessions_app.services.loans import (
    PROPOSED_WEEKS,
    RETURN_CHECKS,
    Taught,
    home_device_add,
    home_device_recall,
    home_device_serviced,
    loan_out,
    loan_return,
)
from sessions_app.web.loan_words import (
    device_facts,
    device_row,
    diary_rows,
    loan_facts,
    loan_row,
)
from sessions_app.web.parsing import (
    charge_nc,
    count_of,
    current_ua,
    day_of,
    moment_of,
    span_ms,
)

Errors = dict[str, Any]


@require_GET
def loans(request: HttpRequest) -> HttpResponse:
    return _list(request)


def _list(
    request: HttpRequest, errors: Errors | None = None, status: int = 200
) -> HttpResponse:
    if not sites_of(request.user, "loan.view"):
        raise Forbidden("not_allowed", "Your role does not see loans.")
    today = timezone.localdate()
    rows = loans_visible(staff=request.user).filter(returned_on=None)
    editable = Site.objects.filter(pk__in=sites_of(request.user, "loan.edit"))
    context = {
        "loans": [loan_row(row, today) for row in rows],
        "devices": [device_row(row, today) for row in home_devices(staff=request.user)],
        "may_lend": bool(
            set(sites_of(request.user, "loan.edit"))
            & set(sites_of(request.user, "session.treat"))
        ),
        "sites": [{"id": str(site.pk), "name": site.name} for site in editable],
        "typed": request.POST.dict(),
        **(errors or {}),
    }
    return page(request, "loans/list.jinja", context, status=status)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Take a home device on."""
    site = get_object_or_404(
        Site,
        pk=_uuid(request.POST.get("site", "")),
        pk__in=sites_of(request.user, "loan.view"),
    )
    try:
        home_device_add(
            site=site,
            by=request.user,
            asset=request.POST.get("asset", ""),
            serial=request.POST.get("serial", ""),
            model=request.POST.get("model", ""),
            max_ua=current_ua(request, "max_ua", "Largest current"),
            service_due_on=day_of(request, "service_due_on", "Service due"),
        )
    except Refusal as refusal:
        return _list(request, _errors(refusal), 422)
    return redirect("loans")


def _errors(refusal: Refusal) -> Errors:
    """The refusal at its field; conflicts go further up."""
    if refusal.status != 422:
        raise refusal
    return errors_of((refusal.extra.get("field", ""), refusal.text))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
def lend(request: HttpRequest) -> HttpResponse:
    """Lend a device: the prescription, what was taught, the caps, the training."""
    if request.method == "GET":
        return _lend_page(request)
    try:
        made = _lend(request)
    except Refusal as refusal:
        return _lend_page(request, _errors(refusal), 422)
    return redirect("loan", loan_id=made.pk)


def _lend(request: HttpRequest) -> Loan:
    chosen = _uuid(request.POST.get("device", "")), _uuid(request.POST.get("order", ""))
    for key, field, what in zip(
        chosen, ("device", "order"), ("device", "prescription"), strict=True
    ):
        if key is None:
            raise Refusal("nothing_chosen", f"Choose the {what}.", field=field)
    sites = sites_of(request.user, "loan.view")
    return loan_out(
        device=get_object_or_404(HomeDevice, pk=chosen[0], site__in=sites),
        prescription=get_object_or_404(Prescription, pk=chosen[1], site__in=sites),
        taught=Taught(
            person=request.POST.get("person", ""),
            taught_ua=current_ua(request, "taught_ua", "Taught current"),
            cap_ua=current_ua(request, "cap_ua", "Cap"),
            cap_flow_ms=span_ms(request, "cap_flow", "Minutes a session"),
            sessions_per_week=count_of(request, "per_week", "Sessions a week"),
        ),
        due_back_on=day_of(request, "due_back_on", "Due back"),
        by=request.user,
        accessories=request.POST.get("accessories", ""),
        deposit=request.POST.get("deposit", ""),
    )


def _lend_page(
    request: HttpRequest, errors: Errors | None = None, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    back = today + dt.timedelta(weeks=PROPOSED_WEEKS)
    context = {
        "devices": devices_to_lend(staff=request.user, day=today),
        "orders": orders_to_lend(staff=request.user, day=today),
        "typed": {"due_back_on": back.isoformat(), **request.POST.dict()},
        "back": {"href": "/loans/", "text": "Loans"},
        **(errors or {}),
    }
    return page(request, "loans/lend.jinja", context, status=status)


def _loan_for(request: HttpRequest, loan_id: uuid.UUID) -> Loan:
    found = loan_visible(staff=request.user, loan_id=loan_id)
    if found is None:
        raise Http404(f"no loan {loan_id}")
    return found


@require_GET
def loan(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    return _loan_page(request, _loan_for(request, loan_id))


def _loan_page(
    request: HttpRequest, found: Loan, errors: Errors | None = None, status: int = 200
) -> HttpResponse:
    ticked = {name for name in RETURN_CHECKS if request.POST.get(name) == "yes"}
    context = {
        "loan": found,
        "row": loan_row(found, timezone.localdate()),
        "facts": loan_facts(found),
        "diary": diary_rows(found),
        "patient": found.patient,
        "simulated": found.patient.is_simulated,
        "sees_patients": found.device.site_id in sites_of(request.user, "patient.view"),
        "is_out": found.returned_on is None,
        "may_edit": found.device.site_id in sites_of(request.user, "loan.edit"),
        "may_enter": found.device.site_id in sites_of(request.user, "delivery.enter"),
        "findings": _findings(),
        "checks": RETURN_CHECKS.items(),
        "ticked": ticked,
        "typed": request.POST.dict(),
        "back": {"href": "/loans/", "text": "Loans"},
        **(errors or {}),
    }
    return page(request, "loans/loan.jinja", context, status=status)


@require_POST
def diary(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """A line of the diary becomes a session delivered at home."""
    found = _loan_for(request, loan_id)
    try:
        diary_enter(loan=found, entry=_entry(request), by=request.user)
    except Refusal as refusal:
        return _loan_page(request, found, _errors(refusal), 422)
    return redirect("loan", loan_id=found.pk)


def _entry(request: HttpRequest) -> Entry:
    def given(name: str) -> bool:
        return bool(request.POST.get(name, "").strip())

    return Entry(
        happened_at=moment_of(request, "happened_at", "Treated on"),
        flow_ms=span_ms(request, "minutes", "Minutes"),
        ua=current_ua(request, "ua", "Current") if given("ua") else None,
        skin=request.POST.get("skin", ""),
        counter_nc=charge_nc(request, "counter", "Total") if given("counter") else None,
        finding=_finding(request.POST["finding"]) if given("finding") else None,
    )


def _finding(text: str) -> Finding:
    """`ERY-1` as a finding of the skin."""
    code, _, grade = text.partition("-")
    return finding_asked(code, int(grade) if grade.isdecimal() else -1)


def _findings() -> list[dict[str, str]]:
    """Each kind of finding at each grade that has a meaning, but none."""
    return [
        {
            "value": f"{code}-{grade}",
            "text": f"{VOCABULARY[code].label}, {grade}: {meaning}",
        }
        for code in SKIN
        for grade, meaning in enumerate(VOCABULARY[code].grades)
        if grade
    ]


@require_POST
def give_back(request: HttpRequest, loan_id: uuid.UUID) -> HttpResponse:
    """The device is back, and was looked at."""
    found = _loan_for(request, loan_id)
    try:
        loan_return(
            loan=found,
            by=request.user,
            checked={n for n in RETURN_CHECKS if request.POST.get(n) == "yes"},
            found=request.POST.get("found", ""),
            fit=_fit(request),
        )
    except Refusal as refusal:
        return _loan_page(request, found, _errors(refusal), 422)
    return redirect("loan", loan_id=found.pk)


def _fit(request: HttpRequest) -> bool:
    answer = request.POST.get("fit", "")
    if answer not in {"yes", "no"}:
        raise Refusal(
            "no_verdict", "Say whether it may be lent again.", field="fit-yes"
        )
    return answer == "yes"


@require_http_methods(["GET", "POST"])
def device(request: HttpRequest, device_id: uuid.UUID) -> HttpResponse:
    """A home device: service, recall, everybody who had it."""
    found = home_device_visible(staff=request.user, device_id=device_id)
    if found is None:
        raise Http404(f"no device {device_id}")
    if request.method == "GET":
        return _device_page(request, found)
    try:
        if request.POST.get("act") == "recall":
            reason = request.POST.get("reason", "")
            home_device_recall(device=found, by=request.user, reason=reason)
        else:
            due = day_of(request, "service_due_on", "Next service")
            home_device_serviced(device=found, by=request.user, service_due_on=due)
    except Refusal as refusal:
        return _device_page(request, found, _errors(refusal), 422)
    return redirect("home-device", device_id=found.pk)


def _device_page(
    request: HttpRequest,
    found: HomeDevice,
    errors: Errors | None = None,
    status: int = 200,
) -> HttpResponse:
    sees = found.site_id in sites_of(request.user, "patient.view")
    context = {
        "device": found,
        "facts": device_facts(found),
        "borrowers": borrowers_of(device=found) if sees else [],
        "sees_patients": sees,
        "times": found.loans.count(),
        "may_edit": found.site_id in sites_of(request.user, "loan.edit"),
        "typed": request.POST.dict(),
        "back": {"href": "/loans/", "text": "Loans"},
        **(errors or {}),
    }
    return page(request, "loans/device.jinja", context, status=status)
