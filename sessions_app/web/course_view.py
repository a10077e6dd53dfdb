"""What the page of a course shows: each place with its open proposal, the visit."""

import datetime as dt
import uuid
from typing import Any

from clinic.jinja import date_text
from clinic.models import Staff
from clinic.permissions import allowed
from sessions_app.domain.course.history import ENDED, State
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.plain import plain
from sessions_app.models import Course, Proposal, TreatmentSession
from sessions_app.selectors.courses import (
    CourseView,
    PlaceView,
    course_visible,
    place_key,
    proposals_open,
    time_proposed,
    view_now,
)
from sessions_app.selectors.ladders import ladders_of
from sessions_app.selectors.prescribing import PENDING, course_sessions
from sessions_app.web import course_words as words
from sessions_app.web.ladder_words import rung_text
from sessions_app.web.words import place_name

DECIDED_SHOWN = 30


def place_names(view: CourseView) -> dict[str, str]:
    """Places by their key, as people say them."""
    names = {place_key(leg): place_name(leg) for leg in view.order.legs.all()}
    return {one.place: names.get(one.place, one.place) for one in view.places}


def course_context(view: CourseView, by: Staff) -> dict[str, Any]:
    """Everything but what was typed."""
    course, names = view.course, place_names(view)
    return {
        "course": course,
        "order": view.order,
        "patient": course.patient,
        "simulated": course.patient.is_simulated,
        "state": words.COURSE[course.state],
        "places": [place_card(view, one, names) for one in view.places],
        "visit": visit_lines(view, names),
        "together": together(view, names),
        "at": time_of(view),
        "booked": booked(course.number),
        "ladders": ladder_choices(course),
        "decided": [decided_row(one, names) for one in view.decided[:DECIDED_SHOWN]],
        "events": list(course.events.select_related("by").order_by("-pk")),
        "names": names,
        "may_decide": allowed(by, "course.decide", course.site_id),
        "over": course.state in (Course.State.COMPLETED, Course.State.DISCONTINUED),
    }


def place_card(
    view: CourseView, one: PlaceView, names: dict[str, str]
) -> dict[str, Any]:
    result = plain(one.next) if one.open is None else one.open.result
    state = State(result["state"])
    return {
        "key": one.place,
        "name": names[one.place],
        "state": words.STATE[state],
        "held": state is State.ON_HOLD,
        "over": state in ENDED,
        "rungs": _rungs(view, one, result),
        "open": proposal_card(view, one.open) if one.open else None,
        "why": one.next.why,
    }


def _rungs(
    view: CourseView, one: PlaceView, result: dict[str, Any]
) -> list[dict[str, Any]]:
    """The ladder of a place; a rung that is only proposed is shown as that."""
    if view.spec is None:
        return []
    waits = one.open is not None and one.after != ""
    return words.rungs_of(view.spec, result, one.before if waits else None)


def proposal_card(view: CourseView, proposal: Proposal) -> dict[str, Any]:
    """The open proposal of a place, with the day and time it is accepted with."""
    result = proposal.result
    day, offered = words.day_of(result), time_of(view)
    return {
        "id": proposal.pk,
        "rule": words.RULE.get(proposal.rule, proposal.rule),
        "why": why_text(proposal),
        "what": words.step_text(result),
        "day": offered["day"] if day == view.visit.day else day,
        "asks": bool({"measure", "ask_score"} & set(result["advice"])),
        "advice": [words.ADVICE[one] for one in result["advice"]],
        "facts": [*words.input_facts(proposal.inputs), *_versions(proposal)],
        "rungs": rung_choices(view.spec),
    }


def why_text(proposal: Proposal) -> str:
    """The reason with rungs as people say them."""
    text, down = proposal.why, proposal.inputs["ladder"]["down"]
    stages = down["ladder"]["stages"] if down else []
    # The longest name first: one may begin another.
    for name in sorted((stage["name"] for stage in stages), key=len, reverse=True):
        text = text.replace(name, rung_text(name))
    return f"{text[:1].upper()}{text[1:]}."


def place_text(key: str) -> str:
    """`palms both` as people say it: `both palms`."""
    site, _, side = key.rpartition(" ")
    return f"{side} {site}" if side in ("left", "right", "both") else key


def _versions(proposal: Proposal) -> list[tuple[str, str]]:
    ladder = str(proposal.ladder) if proposal.ladder else "none"
    return [
        ("Engine", f"version {proposal.engine}"),
        ("Ladder", ladder),
        ("Proposed", date_text(proposal.made_at)),
    ]


def rung_choices(spec: LadderSpec | None) -> list[tuple[str, str]]:
    """The rungs that a person may put in place of the proposed one."""
    stages = spec.down.ladder.stages if spec and spec.down else ()
    return [(stage.name, rung_text(stage.name)) for stage in stages]


def visit_lines(view: CourseView, names: dict[str, str]) -> dict[str, Any]:
    """The next visit as the union of places, and who is left out until when."""
    visit = view.visit
    return {
        "day": visit.day,
        "places": [names[place] for place in visit.places],
        "later": [
            (names[place], date_text(day) if day else "waits for a decision")
            for place, day in visit.later
        ],
    }


def together(view: CourseView, names: dict[str, str]) -> dict[str, Any] | None:
    """Several open proposals of one visit, decided by one press; None else."""
    due = [one for one in view.places if one.place in view.visit.places and one.open]
    if len(due) < 2 or view.visit.day is None:
        return None
    return {
        "day": time_of(view)["day"],
        "ids": [one.open.pk for one in due if one.open],
        "names": [names[one.place] for one in due],
    }


def time_of(view: CourseView) -> dict[str, Any]:
    """Day and time that are proposed for the next visit, by the clock of the last."""
    offered = time_proposed(view)
    if offered is None:
        return {"day": None, "time": ""}
    local = dt.datetime.fromisoformat(offered.result["local"])
    return {"day": local.date(), "time": f"{local:%H:%M}"}


def booked(number: uuid.UUID) -> list[TreatmentSession]:
    """Visits that stand already."""
    rows = course_sessions(number).filter(state__in=PENDING)
    return list(rows.order_by("due_on", "number"))


def ladder_choices(course: Course) -> list[tuple[str, str]]:
    """Versions that the course could follow from now on."""
    if course.ladder is None:
        return []
    rows = ladders_of(site=course.site, code=course.ladder.code)
    return [
        (
            str(row.pk),
            f"{row.site.name if row.site else 'Product'}, version {row.version}",
        )
        for row in rows
        if row.pk != course.ladder_id
    ]


def decided_row(proposal: Proposal, names: dict[str, str]) -> dict[str, Any]:
    by = proposal.decided_by
    rule, proposed, decided = _told(proposal)
    return {
        "place": names.get(proposal.body_site, proposal.body_site),
        "when": proposal.decided_at or proposal.made_at,
        "who": by.name if by else "–",
        "rule": rule,
        "proposed": proposed,
        "decided": decided,
        "decision": words.DECISION[proposal.decision],
        "reason": proposal.reason,
    }


def _told(proposal: Proposal) -> tuple[str, str, str]:
    """Rule, what was proposed and what was decided, by the kind of a proposal."""
    if proposal.kind == Proposal.Kind.STEP:
        rule = words.RULE.get(proposal.rule, proposal.rule)
        proposed = words.step_text(proposal.result)
        decided = words.step_text(proposal.decided) if proposal.decided else proposed
        return rule, proposed, decided
    decided = proposal.why
    if proposal.kind == Proposal.Kind.DATE and proposal.decided:
        decided = f"Booked {words.booked_text(proposal.decided)}"
    return proposal.get_kind_display(), proposal.why, decided


def next_step(session: TreatmentSession, by: Staff) -> dict[str, Any] | None:
    """What is proposed after a signed session; None without a course that steps."""
    if session.signed_at is None:
        return None
    course = course_visible(staff=by, number=session.prescription.number)
    if course is None or course.ladder is None:
        return None
    shown = course_context(view_now(course), by)
    return {
        **{name: shown[name] for name in ("course", "at", "booked", "together")},
        "may_decide": shown["may_decide"],
        "places": [place for place in shown["places"] if place["open"]],
    }


def waiting_rows(staff: Staff) -> list[dict[str, Any]]:
    """Next steps that wait for a person, for To do."""
    return [
        {
            "course": one.course_id,
            "patient": one.course.patient,
            "place": place_text(one.body_site),
            "rule": words.RULE.get(one.rule, one.rule),
            "what": words.step_text(one.result),
            "why": why_text(one),
        }
        for one in proposals_open(staff)
    ]
