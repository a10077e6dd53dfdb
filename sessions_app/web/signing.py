"""The press that signs a session: skin under each electrode, electrodes cleaned."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clinic.errors import Refusal
from devices.web.run_acts import whole
from sessions_app.selectors.harm import electrodes_of, reusable
from sessions_app.services.signing import session_sign
from sessions_app.web.lookup import session_for
from sessions_app.web.session import again
from sessions_app.web.skin import seen_of, skin_rows


@require_POST
def sign(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = session_for(request, session_id)
    form = request.POST.dict()
    electrodes = electrodes_of(session)
    cleaned = {
        kind.pk
        for kind in reusable(electrodes)
        if form.get(f"cleaned-{kind.pk}") == "yes"
    }
    try:
        session_sign(
            session=session,
            by=request.user,
            version=whole(request, "version"),
            seen=seen_of(electrodes, form),
            cleaned=cleaned,
            skin_note=form.get("skin_note", ""),
        )
    except Refusal as refusal:
        field = str(refusal.extra.get("field", ""))
        typed = {
            "skin": skin_rows(electrodes, form),
            "ticked": {f"cleaned-{kind}" for kind in cleaned},
            "skin_note": form.get("skin_note", ""),
        }
        return again(request, session, refusal, field, **typed)
    return redirect("session", session_id=session.pk)
