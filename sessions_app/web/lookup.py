"""Find what a request names, inside the sites of the person."""

import uuid

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from clinic.errors import Refusal
from devices.models import Stimulator
from sessions_app.models import TreatmentSession
from sessions_app.selectors.sessions import session_visible


def session_for(request: HttpRequest, session_id: uuid.UUID) -> TreatmentSession:
    """The session at a site of the person. Raises Http404 elsewhere."""
    found = session_visible(staff=request.user, session_id=session_id)
    if found is None:
        raise Http404(f"no session {session_id}")
    return found


def stimulator_for(request: HttpRequest, session: TreatmentSession) -> Stimulator:
    """The stimulator that a form chose, at the site of the session."""
    try:
        wanted = uuid.UUID(request.POST.get("stimulator", ""))
    except ValueError as error:
        raise Refusal("no_stimulator", "Choose the chair first.") from error
    return get_object_or_404(Stimulator, pk=wanted, site=session.site_id)
