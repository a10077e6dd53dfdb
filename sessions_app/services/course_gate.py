"""No current at a place whose course waits for a person or is over."""

import datetime as dt
from collections.abc import Iterable, Iterator

from clinic.errors import Refusal
from sessions_app.domain.course.engine import Next
from sessions_app.domain.course.history import State
from sessions_app.models import Course, Prescription, PrescriptionLeg
from sessions_app.selectors.courses import PlaceView, course_view, place_key

_WAYS = {
    State.ON_HOLD: (
        "is on hold",
        "Look at the patient; whoever may then resumes it on the page of the course.",
    ),
    State.EVALUATION: (
        "is to be evaluated",
        "Record HDSS and sweat, then decide what is proposed on the page of the"
        " course.",
    ),
    State.COMPLETED: ("is completed", "For more, have a new prescription written."),
    State.DISCONTINUED: (
        "has ended",
        "For more, have a new prescription written.",
    ),
}


def require_treats(
    order: Prescription, legs: Iterable[PrescriptionLeg], day: dt.date
) -> None:
    """Raise Refusal for the first place that is not to be treated on a day.

    An order without a course or a ladder bars nothing.
    """
    course = (
        Course.objects.select_related("site", "ladder")
        .filter(pk=order.number, ladder__isnull=False)
        .first()
    )
    if course is None:
        return
    view = course_view(course, day)
    for leg in legs:
        place = view.at(place_key(leg))
        if place is not None and not place.next.treats:
            raise _refusal(place)


def waits(
    order: Prescription, legs: Iterable[PrescriptionLeg], day: dt.date
) -> Iterator[str]:
    """That the course of a place waited or was over, for what was given all the
    same."""
    try:
        require_treats(order, legs, day)
    except Refusal as refusal:
        yield refusal.text.rstrip(".")


def _refusal(place: PlaceView) -> Refusal:
    step: Next = place.next
    stands, way = _WAYS[step.state]
    return Refusal(
        "place_waits",
        f"{place.place} {stands}: {step.why.rstrip('.')}. {way}",
        place=place.place,
        state=step.state.value,
        rule=step.rule.value,
    )
