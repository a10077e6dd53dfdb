"""The two ways out of a stop: not today, or a prescriber's signed answer."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.quantities import ma_exact_text
from clinic.selectors.site_time import site_day, site_day_end
from clinic.services.audit import audit_record
from sessions_app.domain.current_steps import spec_at
from sessions_app.domain.precheck import halves
from sessions_app.domain.protocol import ProtocolError
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PreCheck, PrescriberRequest, TreatmentSession
from sessions_app.selectors import checks
from sessions_app.selectors.checks import Decision, Step
from sessions_app.selectors.prescribing import sessions_used
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.treating import session_not_treated

S = SessionState
WORDS_CHARS = 400
# The reasons to choose from when a patient is not treated.
NOT_TODAY = {
    "check": "An answer of the checks",
    "skin": "The skin",
    "patient": "The patient does not want it today",
    "clinician": "The clinician's decision",
    "people": "Escort, interpreter or chaperone missing",
    "consent": "Consent missing or withdrawn",
    "equipment": "Equipment",
}


def session_not_today(
    *,
    session: TreatmentSession,
    by: Staff,
    version: int,
    because: str,
    words: str,
    next_on: dt.date | None = None,
) -> TreatmentSession | None:
    """Close a visit without treatment and book the next one when asked to.

    Both happen or neither does. Raises Refusal without a reason, and what the
    schedule refuses.
    """
    if because not in NOT_TODAY:
        raise Refusal("no_because", "Choose why not today.", field="because")
    if not words.strip():
        raise Refusal(
            "no_reason", "Write why the patient is not treated today.", field="reason"
        )
    with transaction.atomic():
        session_not_treated(
            session=session,
            by=by,
            version=version,
            reason=f"{NOT_TODAY[because]}: {words.strip()}"[:200],
        )
        if next_on is None:
            return None
        if next_on <= site_day(session.site):
            raise Refusal(
                "next_on", "The next visit is on a later day.", field="next_on"
            )
        return session_schedule(
            prescription=session.prescription,
            due_on=next_on,
            due_at=session.due_at,
            by=by,
        )


def next_day(session: TreatmentSession) -> dt.date:
    """The day to propose: today and the least gap of the protocol."""
    gap = checks.spec_of(session.prescription).schedule.min_gap_days
    return site_day(session.site) + dt.timedelta(days=max(1, gap))


def request_ask(
    *, session: TreatmentSession, by: Staff, version: int, question: str
) -> PrescriberRequest:
    """Ask the prescribers of the site whether treatment may go on today.

    It holds until the end of the site's day. Raises Refusal for a stop that
    nobody may override, Conflict when nothing is barred or one was asked.
    """
    require(by, "session.treat", session.site)
    words = _words(question, "question", "Write what you ask the prescriber.")
    with transaction.atomic():
        row = _locked(session, version, {S.CHECKED_IN})
        now = checks.standing_of(row, site_day(row.site))
        if now.step is Step.NEVER:
            raise Refusal(
                "never",
                "No prescriber can allow this: choose “Not today”, and call the "
                "prescriber about the course.",
            )
        if now.step is not Step.BARRED or now.barred is None:
            raise Conflict("not_barred", "There is nothing to ask now; reload.")
        request = PrescriberRequest.objects.create(
            session=row,
            check_row=now.barred,
            findings=now.barred.findings,
            question=words,
            asked_by=by,
            expires_at=site_day_end(row.site),
        )
        _audit(request, "request.ask", by, {"question": words})
    return request


def request_decide(
    *,
    request: PrescriberRequest,
    by: Staff,
    version: int,
    allow: bool,
    reason: str,
    max_ua: int | None = None,
) -> PrescriberRequest:
    """Sign the answer to a request, once: allowed or declined, with the reason.

    `version` is that of the session as the page showed it; `max_ua` a lower
    ceiling for this session. Raises Refusal, and Conflict when it is decided,
    has lapsed, or the visit has gone on.
    """
    require(by, "request.decide", request.session.site)
    words = _words(reason, "reason", "Write why.")
    with transaction.atomic():
        session = _locked(request.session, version, {S.CHECKED_IN})
        row = PrescriberRequest.objects.select_for_update().get(pk=request.pk)
        _require_open(row, session)
        _require_another(row, by)
        if allow:
            _require_ceiling(row, session, max_ua)
        row.decision = Decision.ALLOWED if allow else Decision.DECLINED
        row.decided_by, row.decided_at = by, timezone.now()
        row.reason, row.max_ua = words, max_ua if allow else None
        row.save()
        _audit(row, f"request.{row.decision}", by, {"reason": words, "max_ua": max_ua})
    return row


def request_second(
    *, request: PrescriberRequest, by: Staff, version: int
) -> PrescriberRequest:
    """The second signature under an allowed override, by another prescriber."""
    require(by, "request.decide", request.session.site)
    with transaction.atomic():
        session = _locked(request.session, version, {S.CHECKED_IN})
        row = PrescriberRequest.objects.select_for_update().get(pk=request.pk)
        _require_in_time(row)
        if not checks.needs_second(row):
            raise Conflict("no_second", "No second signature is wanted; reload.")
        if by.pk in {row.decided_by_id, row.asked_by_id}:
            raise Refusal(
                "same_person",
                "The second signature is another prescriber's, who has not asked.",
            )
        _require_newest(row, session)
        row.seconded_by = by
        row.save(update_fields=["seconded_by"])
        _audit(row, "request.second", by, {})
    return row


def _locked(
    session: TreatmentSession, version: int, states: set[SessionState]
) -> TreatmentSession:
    """The session under a row lock, when it still is what the page showed."""
    row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
    if row.version != version or row.state not in states:
        raise Conflict(
            "stale_page",
            f"This page shows version {version}, the session is at {row.version}: "
            "somebody went on with the visit. Reload the page and look again.",
        )
    return row


def _words(text: str, field: str, otherwise: str) -> str:
    words = text.strip()
    if not words:
        raise Refusal(f"no_{field}", otherwise, field=field)
    if len(words) > WORDS_CHARS:
        raise Refusal(
            "long", f"{len(words)} characters; at most {WORDS_CHARS}.", field=field
        )
    return words


def _require_open(row: PrescriberRequest, session: TreatmentSession) -> None:
    if row.decision != Decision.OPEN:
        raise Conflict(
            "decided",
            f"{row.decided_by} has decided this: {row.get_decision_display().lower()}.",
        )
    _require_in_time(row)
    _require_newest(row, session)


def _require_in_time(row: PrescriberRequest) -> None:
    if checks.lapsed(row):
        raise Conflict(
            "lapsed", "The question was for its own day, and that has ended."
        )


def _require_newest(row: PrescriberRequest, session: TreatmentSession) -> None:
    newest = PreCheck.objects.filter(session=session).order_by("-id").first()
    if newest is None or newest.pk != row.check_row_id:
        raise Conflict(
            "other_answers", "The patient has been asked again since; look again."
        )


def _require_another(row: PrescriberRequest, by: Staff) -> None:
    wanted = row.session.site.policy.get("second_for_override")
    if wanted and by.pk == row.asked_by_id:
        raise Refusal(
            "own_request", "You asked this yourself; another prescriber decides."
        )


def _require_ceiling(
    row: PrescriberRequest, session: TreatmentSession, max_ua: int | None
) -> None:
    """A ceiling that the protocol can run at; half of what this session may have
    where H9 is among the findings."""
    order = session.prescription
    spec = checks.spec_of(order)
    number = 1 + sessions_used(order.number, but=session.pk)
    today_ua = spec_at(spec, number).currents.max_ua
    most = min(today_ua, order.max_ua or today_ua)
    if halves(checks.findings_in(row.check_row)):
        most //= 2
        if max_ua is None or max_ua > most:
            raise Refusal(
                "not_halved",
                "Pain cannot be reported: set a ceiling of at most "
                f"{ma_exact_text(most)}, half of what is prescribed, or decline.",
                field="max_ua",
            )
    if max_ua is None:
        return
    try:
        spec.capped_at(min(max_ua, most))
    except ProtocolError as error:
        raise Refusal("max_ua", str(error), field="max_ua") from error
    if max_ua > most:
        raise Refusal(
            "max_ua",
            f"{ma_exact_text(max_ua)} is above what is prescribed, "
            f"{ma_exact_text(most)}; an override never raises it.",
            field="max_ua",
        )


def _audit(
    request: PrescriberRequest, action: str, by: Staff, data: dict[str, Any]
) -> None:
    audit_record(
        action=action, subject=request, by=by, site=request.session.site, data=data
    )
