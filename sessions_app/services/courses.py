"""Courses: what is proposed is accepted, changed or rejected by a person, once."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.models import Patient, Staff
from clinic.permissions import require
from clinic.selectors.site_time import site_day
from clinic.services.audit import audit_record
from sessions_app.domain.course.deciding import (
    CAPS,
    capped,
    harmed,
    locked_by,
    rejected,
)
from sessions_app.domain.course.engine import placed, rung_of
from sessions_app.domain.course.history import ENDED, Rule, Standing, State
from sessions_app.domain.course.plain import plain
from sessions_app.domain.stepdown import LadderError
from sessions_app.models import (
    Course,
    CourseEvent,
    Prescription,
    Proposal,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.courses import (
    CourseView,
    PlaceView,
    order_of,
    view_now,
)
from sessions_app.services.booking import Booking as Booking
from sessions_app.services.booking import visit_book
from sessions_app.services.halting import runs_of_course, runs_stop
from sessions_app.services.proposing import (
    course_locked,
    course_touched,
    propose_anew,
    proposed_at,
    same,
)

Decision = Proposal.Decision
REASON_CHARS = 200


def proposal_accept(
    *, proposal: Proposal, by: Staff, book: Booking | None = None
) -> TreatmentSession | None:
    """Let a proposal stand, and put the next visit of the course on a day.

    Raises Conflict `stale_proposal` when other facts came in, Refusal as
    `session_schedule` does; then nothing is written. Returns the visit.
    """
    require(by, "course.decide", proposal.course.site)
    _refresh(proposal)
    with transaction.atomic():
        view, row, place = _locked(proposal)
        if place.next.rule is Rule.MISSED_TOO_LONG:
            _event(view.course, place.place, CourseEvent.Kind.HOLD, row.why, by)
        _decide(row, Decision.ACCEPTED, dict(row.result), "", by)
        return _followed(view.course, by, book, place.place)


def proposal_change(
    *,
    proposal: Proposal,
    by: Staff,
    reason: str,
    rung: str | None = None,
    act: str | None = None,
    book: Booking | None = None,
) -> TreatmentSession | None:
    """Put another rung, a hold or an end (`act`) in the place of a proposal.

    Raises Refusal without a reason, for a rung that the ladder does not have, and
    where a cap or a harm allows no treatment.
    """
    require(by, "course.decide", proposal.course.site)
    words = _reason(reason)
    if (rung is None) is (act is None) or act not in (None, "hold", "stop"):
        raise Refusal("change", "Choose another rung, or hold or end it.", field="rung")
    _refresh(proposal)
    with transaction.atomic():
        view, row, place = _locked(proposal)
        decided = dict(row.result)
        if act is not None:
            decided["act"] = act
            _event(view.course, place.place, CourseEvent.Kind(act), words, by)
        else:
            standing = _on_rung(view, place, rung or "")
            decided |= _stands(view, standing)
            _came_back(view, place, words, by)
        _decide(row, Decision.CHANGED, decided, words, by)
        return _followed(view.course, by, book, place.place)


def proposal_reject(*, proposal: Proposal, by: Staff, reason: str) -> None:
    """Leave the course on the rung it was on; what happened stays noted.

    Raises Refusal without a reason, and where a cap or a harm allows no treatment.
    """
    require(by, "course.decide", proposal.course.site)
    words = _reason(reason)
    _refresh(proposal)
    with transaction.atomic():
        view, row, place = _locked(proposal)
        _require_free(view, place)
        standing = _kept(place)
        _require_room(view, place, standing)
        _decide(
            row,
            Decision.REJECTED,
            {**row.result, **_stands(view, standing)},
            words,
            by,
        )
        _came_back(view, place, words, by)
        _followed(view.course, by, None, place.place)


# A person's hold, resumption and end


def course_hold(*, course: Course, place: str, reason: str, by: Staff) -> None:
    """Hold a place, or all of them when `place` is empty; a live run is stopped."""
    _say(course, place, CourseEvent.Kind.HOLD, reason, by)


def course_resume(*, course: Course, place: str, reason: str, by: Staff) -> None:
    """Go on where it was held; after harm only a prescriber, who has looked.

    Raises Conflict when nothing is held.
    """
    _say(course, place, CourseEvent.Kind.RESUME, reason, by)


def course_stop(*, course: Course, place: str, reason: str, by: Staff) -> None:
    """End a place, or the whole course when `place` is empty, and a live run."""
    _say(course, place, CourseEvent.Kind.STOP, reason, by)


def _say(
    course: Course, place: str, kind: CourseEvent.Kind, reason: str, by: Staff
) -> None:
    require(by, "course.decide", course.site)
    words = _reason(reason)
    with transaction.atomic():
        view = _view_locked(course)
        meant = [one for one in view.places if place in ("", one.place)]
        if not meant:
            raise Refusal("place", f"“{place}” is no place of this course.")
        _require_possible(view, meant, kind, by)
        _event(view.course, place, kind, words, by)
        _followed(view.course, by, None, place)


def _require_possible(
    view: CourseView, places: list[PlaceView], kind: CourseEvent.Kind, by: Staff
) -> None:
    if kind is CourseEvent.Kind.RESUME:
        held = [one for one in places if one.next.state is State.ON_HOLD]
        if not held:
            raise Conflict("not_held", "Nothing is on hold here; reload the page.")
        if any(_harmed(view, one) for one in held):
            # Harm held it: whoever prescribed says that it may go on.
            require(by, "prescription.sign", view.course.site)
    elif all(one.next.state in ENDED for one in places):
        raise Conflict("ended", "The course has ended here; reload the page.")


# Steps


def _refresh(proposal: Proposal) -> None:
    """Raise Conflict when other facts came in since; the fresh one then stands."""
    course_touched(number=proposal.course_id)
    state = Proposal.objects.values_list("decision", flat=True).get(pk=proposal.pk)
    _require_open(state)


def _require_open(state: str) -> None:
    if state == Decision.SUPERSEDED:
        raise Conflict(
            "stale_proposal",
            "Something came in since this was proposed. Reload the page and decide"
            " on what is proposed now.",
        )
    if state != Decision.OPEN:
        raise Conflict("decided", "This was decided already; reload the page.")


def _view_locked(course: Course) -> CourseView:
    """The course under the locks of the claim and of the signature, in that order."""
    Patient.objects.select_for_update(no_key=True).get(pk=course.patient_id)
    order = order_of(course.pk)
    Prescription.objects.select_for_update(no_key=True).get(pk=order.pk)
    row = course_locked(course.pk)
    if row is None:
        raise Conflict("no_ladder", "This course has no ladder to go by.")
    return view_now(row)


def _locked(proposal: Proposal) -> tuple[CourseView, Proposal, PlaceView]:
    view = _view_locked(proposal.course)
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    _require_open(row.decision)
    place = view.at(row.body_site)
    if place is None or not same(row, place, proposed_at(view, place)):
        _require_open(Decision.SUPERSEDED)
        raise AssertionError("unreachable")
    return view, row, place


def _decide(
    row: Proposal, decision: str, decided: dict[str, Any], reason: str, by: Staff
) -> None:
    Proposal.objects.filter(pk=row.pk).update(
        decision=decision,
        decided=decided,
        decided_by=by,
        decided_at=timezone.now(),
        reason=reason,
    )
    audit_record(
        action=f"course.{decision}",
        subject=row,
        by=by,
        site=row.course.site,
        data={"rule": row.rule, "place": row.body_site, "reason": reason},
    )


def _event(
    course: Course, place: str, kind: CourseEvent.Kind, reason: str, by: Staff
) -> None:
    row = CourseEvent.objects.create(
        course=course,
        body_site=place,
        kind=kind,
        on=site_day(course.site),
        reason=reason[:REASON_CHARS],
        by=by,
    )
    if kind is not CourseEvent.Kind.RESUME:
        runs = runs_of_course(course.pk, place)
        runs_stop(runs, cause=f"course {kind.label.lower()}", by=by)
    audit_record(
        action=f"course.{kind.value}",
        subject=row,
        by=by,
        site=course.site,
        data={"place": place, "reason": row.reason},
    )


def _reason(reason: str) -> str:
    words = reason.strip()
    if not words or len(words) > REASON_CHARS:
        raise Refusal(
            "no_reason",
            f"Write why, at most {REASON_CHARS} characters.",
            field="reason",
        )
    return words


def _harmed(view: CourseView, place: PlaceView) -> bool:
    return view.spec is not None and harmed(view.spec, place.history)


def _require_free(view: CourseView, place: PlaceView) -> None:
    """Raise Refusal where a cap or a harm leaves no choice to treat on."""
    rule = locked_by(place.next)
    if rule in CAPS:
        raise Refusal(
            "cap",
            f"{place.next.why}. Nobody treats past a cap: accept it; for more, have a"
            " new prescription written.",
            rule=rule.value,
        )
    if rule is not None or _harmed(view, place):
        raise Refusal(
            "harm",
            f"{place.next.why}. Accept it; after looking, a prescriber resumes the"
            " course with a reason, or writes a new prescription.",
            rule=place.next.rule.value,
        )


def _require_room(view: CourseView, place: PlaceView, standing: Standing) -> None:
    exposed = place.history.baseline.exposed
    if view.spec is not None and capped(view.spec, standing, exposed):
        raise Refusal(
            "cap",
            f"{exposed + standing.induced} sessions are used, no more are allowed:"
            " accept what is proposed, or have a new prescription written.",
        )


def _on_rung(view: CourseView, place: PlaceView, rung: str) -> Standing:
    _require_free(view, place)
    if view.spec is None or not place.keys:
        raise Refusal(
            "not_begun", "Nothing happened yet: treat once, then choose.", field="rung"
        )
    if place.next.standing.state in ENDED:
        # What came after the end at a cap opens no way around it.
        _require_room(view, place, place.next.standing)
    try:
        standing = placed(view.spec, place.next.standing, rung)
    except LadderError as error:
        raise Refusal("rung", f"{error}.", field="rung") from error
    _require_room(view, place, standing)
    return standing


def _kept(place: PlaceView) -> Standing:
    """Where the course stays: what was decided after the last event stands."""
    if not place.keys or place.history.events[-1].decided is not None:
        return place.next.standing
    return rejected(place.before, place.next.standing, place.history.events[-1])


def _stands(view: CourseView, standing: Standing) -> dict[str, Any]:
    rung = rung_of(view.spec, standing) if view.spec is not None else ""
    return {
        "standing": plain(standing),
        "state": standing.state.value,
        "rung": rung,
        "number": standing.place.done + 1,
    }


def _came_back(view: CourseView, place: PlaceView, reason: str, by: Staff) -> None:
    """Against a hold for staying away too long: it goes on from today."""
    if any(one.rule is Rule.MISSED_TOO_LONG for one in place.next.fired):
        _event(view.course, place.place, CourseEvent.Kind.RESUME, reason, by)


# What follows a decision


def _followed(
    course: Course, by: Staff, book: Booking | None, place: str
) -> TreatmentSession | None:
    view = view_now(course)
    state_set(view)
    session = (
        None
        if book is None
        else visit_book(view=view, booking=book, by=by, place=place)
    )
    fresh = view_now(course)
    propose_anew(fresh)
    if not Proposal.objects.filter(course=course, decision=Decision.OPEN).exists():
        Task.objects.filter(
            kind=Task.Kind.COURSE, link=course_link(course), done_at__isnull=True
        ).update(done_at=timezone.now(), done_by=by, outcome="Decided on its page.")
    return session


def course_link(course: Course) -> str:
    """The page on which a course is decided."""
    return f"/courses/{course.pk}/"


def state_set(view: CourseView) -> None:
    """Let the row of a course say what its places came to."""
    states = [one.next.state for one in view.places]
    reasons = {one.next.state: one.next.why for one in view.places}
    course, kind = view.course, Course.State
    if all(state in ENDED for state in states):
        done = State.COMPLETED in states
        state, led = (
            (kind.COMPLETED, State.COMPLETED)
            if done
            else (kind.DISCONTINUED, State.DISCONTINUED)
        )
    elif all(state in ENDED | {State.ON_HOLD} for state in states):
        state, led = kind.ON_HOLD, State.ON_HOLD
    else:
        state, led = kind.ACTIVE, None
    why = reasons[led][:REASON_CHARS] if led else ""
    if (course.state, course.state_reason) != (state.value, why):
        course.state, course.state_reason = state.value, why
        course.version += 1
        course.save(update_fields=["state", "state_reason", "version"])
