"""`/courses/<uuid>/summary/`: a course in figures and charts, to read and to print."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clinic.jinja import date_text, dose_text
from clinic.permissions import allowed
from clinic.selectors.site_time import site_day
from devices.web.page import page
from sessions_app.domain.harm import finding
from sessions_app.models import Course
from sessions_app.selectors.course_summary import (
    Answer,
    Given,
    Summary,
    is_estimate,
    summary_of,
)
from sessions_app.selectors.outcomes import newest_order
from sessions_app.web.course_charts import charts_of
from sessions_app.web.facts import Facts
from sessions_app.web.result_fields import names_of
from sessions_app.web.words import SESSION

_MINUTE = dt.timedelta(minutes=1)


@require_GET
def summary(request: HttpRequest, number: uuid.UUID) -> HttpResponse:
    order = newest_order(staff=request.user, number=number)
    if order is None:
        raise Http404(f"no course {number}")
    found, names = summary_of(order, site_day(order.site)), names_of(order)
    context = {
        "patient": order.patient,
        "simulated": order.patient.is_simulated,
        "order": order,
        "has_course": Course.objects.filter(pk=number).exists(),
        "may_record": allowed(request.user, "outcome.record", order.site_id),
        "delivered": delivered_facts(found),
        "adherence": adherence_facts(found),
        "answers": [_answer(one, names) for one in found.answers],
        "harm": [
            {"text": finding(code, grade).text, "times": times}
            for code, grade, times in found.harm
        ],
        "charts": charts_of(found, names),
        "given": [_given(one) for one in found.given],
        "back": {
            "href": reverse("patient", args=[order.patient_id]),
            "text": order.patient.banner_name,
        },
    }
    return page(request, "outcome/summary.jinja", context)


def delivered_facts(found: Summary) -> Facts:
    """Delivered against prescribed; what nobody measured stands apart."""
    if not found.given:
        return []
    unmeasured = [
        dose for one in found.given for dose in one.doses if is_estimate(dose)
    ]
    return [
        ("Prescribed for what was begun", dose_text(found.prescribed_nc)),
        ("Measured and confirmed", dose_text(found.measured_nc)),
        ("At most, with estimates", f"≤ {dose_text(found.upper_nc)}"),
        ("Not measured", f"{len(unmeasured)} of {found.doses} doses"),
    ]


def adherence_facts(found: Summary) -> Facts:
    visits = found.visits
    return [
        ("Sessions done", str(visits.done)),
        ("Partial", str(visits.partial)),
        ("Missed", str(visits.missed)),
        ("Called off", str(visits.called_off)),
        ("Still planned", str(visits.planned)),
        ("Visits kept", _share(visits.kept, visits.booked)),
        ("Doses that count", _share(found.counting, found.doses)),
        ("Late against the proposed days", f"{found.days_late} days"),
        ("Time held", f"{found.held // _MINUTE} min"),
    ]


def _share(part: int, whole: int) -> str:
    if not whole:
        return "none yet"
    return f"{part} of {whole} ({100 * part // whole} %)"


def _answer(answer: Answer, names: Mapping[str, str]) -> dict[str, Any]:
    series = answer.series
    first, last = series.rows[0], series.rows[-1]
    return {
        "title": series.measure.title,
        "place": names[series.place] if series.place else "all places",
        "better": series.measure.better,
        "recall": series.measure.recall,
        "version": series.version,
        "first": f"{first.value} {first.unit}, {date_text(first.measured_on)}",
        "last": f"{last.value} {last.unit}, {date_text(last.measured_on)}",
        "single": first == last,
        "rules": [
            {
                "name": one.published.name,
                "text": one.response.rule,
                "source": one.published.source,
                "trust": one.published.trust.value,
                "met": one.response.responder,
            }
            for one in answer.judged
        ],
        "rows": [
            {
                "id": row.pk,
                "on": row.measured_on,
                "value": f"{row.value} {row.unit}",
                "where": f"session {row.session.number}"
                if row.session
                else "by telephone",
                "by": row.by.name,
                "reason": row.reason,
            }
            for row in series.rows
        ],
    }


def _given(one: Given) -> dict[str, Any]:
    hatched = any(is_estimate(dose) for dose in one.doses)
    return {
        "id": one.session.pk,
        "number": one.session.number,
        "due_on": one.session.due_on,
        "state": SESSION[one.session.state],
        "target": dose_text(one.prescribed_nc),
        "measured": dose_text(one.measured_nc),
        "upper": f"{'≤ ' if hatched else ''}{dose_text(one.upper_nc)}",
        "counts": one.counts,
    }
