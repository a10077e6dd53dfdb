"""`/sessions/<uuid>/minutes`: time at the chair, what was stated, and units."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clinic.errors import Refusal
from clinic.permissions import allowed, require
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.catalogue.codes import published_codes
from sessions_app.domain.attendance import Act, Span
from sessions_app.domain.billing import above_edit, attended_min, units
from sessions_app.domain.codes import Payer, workings
from sessions_app.models import AttendedTime, TreatmentSession
from sessions_app.selectors.attended import Attended, acts_of, minutes_of
from sessions_app.services.attended import minutes_state
from sessions_app.web.catalogue_rows import TRUST
from sessions_app.web.lookup import session_for
from sessions_app.web.parsing import count_of, digits
from sessions_app.web.skin import session_frame

Form = Mapping[str, str]


@require_http_methods(["GET", "POST"])
def minutes(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    require(request.user, "billing.view", session.site)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        code = request.POST.get("code", "")
        try:
            _state(request, session, code)
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            errors = errors_of((str(refusal.extra.get("field", "")), refusal.text))
        else:
            return redirect("session-minutes", session_id=session.pk)
    context = {
        **session_frame(session),
        **_context(session, request),
        **errors,
        "may_state": allowed(request.user, "billing.enter", session.site_id),
    }
    status = 422 if errors else 200
    return page(request, "session/minutes.jinja", context, status=status)


def _state(request: HttpRequest, session: TreatmentSession, code: str) -> None:
    seen = request.POST.get("seen", "")
    minutes_state(
        session=session,
        code=code,
        minutes=count_of(request, f"minutes-{code}", f"{code}: minutes"),
        by=request.user,
        seen=int(seen) if digits(seen) else None,
        reason=request.POST.get(f"reason-{code}", ""),
    )


def _context(session: TreatmentSession, request: HttpRequest) -> dict[str, Any]:
    rules, found = published_codes(), minutes_of(session)
    payer = rules.payer(request.GET.get("payer", ""))
    return {
        "rules": rules,
        "acts": [_act(act) for act in acts_of(session)],
        "codes": [_code(one, request.POST.dict()) for one in found],
        "payers": rules.payers,
        "payer": payer,
        "trust": {"payer": TRUST[payer.trust], "gap": TRUST[rules.attendance.trust]},
        "claim": _claim(payer, found),
        "over": _over_attended(found),
    }


def _act(act: Act) -> dict[str, Any]:
    return {"at": _moment(act.at_ms), "who": act.who, "what": act.what} | {
        "prepares": act.prepares
    }


def _code(one: Attended, form: Form) -> dict[str, Any]:
    code = one.code.code
    return {
        "code": one.code,
        "trust": TRUST[one.code.trust],
        "from_acts": one.from_acts,
        "minutes": one.minutes,
        "stated": one.standing,
        "spans": [_span(span) for span in one.spans],
        "rows": [_row(row, row is one.standing) for row in one.rows],
        "typed": form.get(f"minutes-{code}", ""),
        "reason": form.get(f"reason-{code}", ""),
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "who": span.who,
        "from": _moment(span.start_ms),
        "to": _moment(span.end_ms),
        "acts": span.acts,
        "minutes": attended_min([(span.start_ms, span.end_ms)]),
    }


def _row(row: AttendedTime, holds: bool) -> dict[str, Any]:
    return {"row": row, "by": row.by.name, "holds": holds}


def _claim(payer: Payer, found: list[Attended]) -> dict[str, Any]:
    spent = {one.code.code: one.minutes for one in found}
    claim = units(payer.strategy, spent)
    most = above_edit(claim, published_codes().most)
    return {
        "units": claim.units,
        "lines": workings(payer.strategy, spent, claim.units),
        "above": [(code, claim.units[code], limit) for code, limit in most.items()],
        # Nobody answers for these minutes yet.
        "unstated": [one.code.code for one in found if one.standing is None],
    }


def _over_attended(found: list[Attended]) -> tuple[int, int] | None:
    """Minutes of all codes and those of the acts, when the former are more."""
    claimed = sum(one.minutes for one in found)
    shown = max((one.from_acts for one in found), default=0)
    return (claimed, shown) if claimed > shown else None


def _moment(at_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
