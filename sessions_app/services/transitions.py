"""The one place that writes a treatment session's state."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from clinic.errors import Conflict
from clinic.models import Staff
from clinic.services.audit import audit_record
from sessions_app.domain.session_lifecycle import SessionState, check_transition
from sessions_app.models import SessionEvent, TreatmentSession


def session_transition(
    *,
    session: TreatmentSession,
    sources: Collection[SessionState],
    target: SessionState,
    by: Staff | None,
    version: int | None = None,
    columns: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Move a session, with an append-only event and an audit row beside it.

    `version` is what the page showed; None for a process. Raises Conflict when
    the session is in another state or the page is stale.
    """
    for source in sources:
        check_transition(source, target)
    with transaction.atomic():
        row = TreatmentSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        if version is not None and row.version != version:
            raise Conflict(
                "stale_page",
                f"This page shows version {version}, the session is at {row.version}: "
                "someone changed it. Reload the page and look again.",
            )
        if row.state not in {source.value for source in sources}:
            raise Conflict(
                "wrong_state",
                f"The session is {_words(row.state)}; it cannot become "
                f"{_words(target.value)} now.",
            )
        TreatmentSession.objects.filter(pk=row.pk).update(
            state=target.value, version=F("version") + 1, **(columns or {})
        )
        SessionEvent.objects.create(
            session=row,
            from_state=row.state,
            to_state=target.value,
            staff=by,
            data=data or {},
        )
        audit_record(
            action=f"session.{target.value}",
            subject=row,
            by=by,
            site=row.site,
            process="" if by else "sessions_app",
        )
    session.refresh_from_db()


def _words(state: str) -> str:
    return state.replace("_", " ")
