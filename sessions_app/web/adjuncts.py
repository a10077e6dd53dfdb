"""The press that records one step beside the current."""

import uuid
from collections.abc import Iterable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clinic.errors import Refusal
from sessions_app.domain.adjuncts import Asked, asked_of, said
from sessions_app.domain.protocol import Adjunct
from sessions_app.domain.typed import typed_number
from sessions_app.models import TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_of
from sessions_app.services.adjuncts import adjunct_record
from sessions_app.web.adjunct_cards import adjunct_cards
from sessions_app.web.lookup import session_for
from sessions_app.web.session import again

Form = Mapping[str, str]
DONE, SKIPPED = "yes", "no"


@require_POST
def record(request: HttpRequest, session_id: uuid.UUID, place: int) -> HttpResponse:
    """One step, done or not; then the page of the session once more."""
    session = session_for(request, session_id)
    form = request.POST.dict()
    try:
        done, figures = _read(session, place, form)
        adjunct_record(
            session=session,
            place=place,
            by=request.user,
            done=done,
            figures=figures,
            note=form.get(f"note-{place}", ""),
        )
    except Refusal as refusal:
        name = str(refusal.extra.get("field", ""))
        # A field that the page has already is named whole.
        field = name if "-" in name or not name else f"{name}-{place}"
        cards = adjunct_cards(adjuncts_of(session), {place: form})
        return again(request, session, refusal, field, beside=cards)
    return redirect("session", session_id=session.pk)


def _read(
    session: TreatmentSession, place: int, form: Form
) -> tuple[bool, dict[str, int]]:
    """What was answered. Raises Refusal for what contradicts itself."""
    step = next((one.step for one in adjuncts_of(session) if one.place == place), None)
    if step is None:
        raise Refusal("no_such_step", f"The protocol has no step {place}.")
    answer = form.get(f"done-{place}")
    if answer not in {DONE, SKIPPED}:
        raise Refusal(
            "not_answered", f"{step.name}: done, or not done?", field=f"done-{place}"
        )
    figures = dict(_figures(step, place, form))
    if answer == SKIPPED and figures:
        raise Refusal(
            "contradiction",
            f"{step.name}: “Not done” is chosen and figures are given as well.",
            field=f"done-{place}",
        )
    return answer == DONE, figures


def _figures(step: Adjunct, place: int, form: Form) -> Iterable[tuple[str, int]]:
    for one in asked_of(step):
        field = f"{one.name}-{place}"
        typed, own = form.get(field, "").strip(), said(step, one)
        same = own is not None and form.get(f"same-{field}") == "yes"
        number = _typed(one, typed, field) if typed else None
        if same and number not in (None, own):
            raise Refusal(
                "contradiction",
                f"{one.label} of {step.name}: {typed} is typed, and “as the protocol"
                " says” is ticked. Keep one.",
                field=field,
            )
        if same and own is not None:
            yield one.name, own
        elif number is not None:
            yield one.name, number


def _typed(one: Asked, text: str, field: str) -> int:
    try:
        return typed_number(text, label=one.label, unit=one.unit, scale=one.scale)
    except ValueError as error:
        raise Refusal("not_a_number", str(error), field=field) from error
