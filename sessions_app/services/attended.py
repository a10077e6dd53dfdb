"""Minutes of attendance, as a person states them."""

from django.db import transaction

from clinic.errors import Conflict, Refusal
from clinic.models import Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import AttendedTime, TreatmentSession
from sessions_app.selectors.attended import Attended, minutes_of

MOST_MIN = 600
REASON_CHARS = 200
_STATES = (SessionState.TO_SIGN, SessionState.COMPLETED, SessionState.PARTIAL)


def minutes_state(
    *,
    session: TreatmentSession,
    code: str,
    minutes: int,
    by: Staff,
    seen: int | None,
    reason: str = "",
) -> AttendedTime:
    """State the attended minutes of a code; an earlier statement is superseded.

    `seen` is the id of the statement that the person saw, None for none. Raises
    Refusal for a code that the session has not, for minutes that cannot be, and
    without a reason when they are not those of the acts or change what was stated;
    Conflict for a stale page or a session whose current is not over.
    """
    require(by, "billing.enter", session.site)
    said = reason.strip()
    with transaction.atomic():
        row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        _require_state(row)
        now = _of(row, code)
        _require_seen(now.standing, seen)
        _check(now, minutes, said)
        stated = AttendedTime.objects.create(
            session=row,
            code=code,
            minutes=minutes,
            from_acts=now.from_acts,
            reason=said,
            by=by,
            supersedes=now.standing,
        )
        audit_record(
            action="minutes.state",
            subject=stated,
            by=by,
            site=row.site,
            data={"session": str(row.pk), "code": code, "minutes": minutes},
        )
    return stated


def _require_state(session: TreatmentSession) -> None:
    if session.state not in {state.value for state in _STATES}:
        raise Conflict(
            "not_over",
            f"The session is {session.state.replace('_', ' ')}; minutes are stated"
            " once the current is over.",
        )


def _of(session: TreatmentSession, code: str) -> Attended:
    known = {one.code.code: one for one in minutes_of(session)}
    if code not in known:
        codes = ", ".join(known) or "none"
        raise Refusal(
            "no_such_code", f"{code} is no timed code of this session; it has {codes}."
        )
    return known[code]


def _require_seen(standing: AttendedTime | None, seen: int | None) -> None:
    if (standing.pk if standing else None) != seen:
        raise Conflict(
            "stale_page",
            "Somebody stated these minutes meanwhile. Reload the page and look again.",
        )


def _check(now: Attended, minutes: int, reason: str) -> None:
    code = now.code.code
    if not 0 <= minutes <= MOST_MIN:
        raise Refusal(
            "minutes",
            f"{code}: {minutes} min cannot be; a visit has 0 to {MOST_MIN} min.",
            field=f"minutes-{code}",
        )
    if len(reason) > REASON_CHARS:
        raise Refusal(
            "reason_long",
            f"{len(reason)} characters; at most {REASON_CHARS}. Shorten the reason.",
            field=f"reason-{code}",
        )
    if not reason and (minutes != now.from_acts or now.standing is not None):
        raise Refusal(
            "no_reason",
            f"{code}: {minutes} min stated, {now.from_acts} min from acts at the"
            f" chair, {now.minutes} min until now. Say why.",
            field=f"reason-{code}",
        )
