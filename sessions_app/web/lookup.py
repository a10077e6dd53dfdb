"""Find the session that a request names, inside the person's own sites."""

import uuid

from django.http import Http404, HttpRequest

from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import session_visible


def session_for(request: HttpRequest, session_id: uuid.UUID) -> TreatmentSession:
    """The session at a site of the person. Raises Http404 elsewhere."""
    found = session_visible(staff=request.user, session_id=session_id)
    if found is None:
        raise Http404(f"no session {session_id}")
    return found
