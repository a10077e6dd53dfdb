"""Pages before a run exists: check in, checks, choice of the stimulator."""

from typing import Any

from django.utils import timezone

from clinic.errors import Refusal
from clinic.jinja import date_text
from devices.core.programme import ProgrammeError
from devices.models import Stimulator
from devices.selectors.fleet import Choice, choices
from sessions_app.models import Leg, TreatmentSession
from sessions_app.selectors.checks import ceiling_of
from sessions_app.selectors.doses import anode_turn
from sessions_app.selectors.sessions import leg_runs_of
from sessions_app.services.weighing import leg_claim
from sessions_app.web.check_pages import consent_of, exits, people_fields
from sessions_app.web.facts import Facts, limit_rows, programme_facts
from sessions_app.web.lot_fields import lot_fields
from sessions_app.web.words import place_name

Page = tuple[str, dict[str, Any]]


def check_in_page(session: TreatmentSession) -> Page:
    return "session/check_in.jinja", {
        "prescribed": prescribed_facts(session),
        **people_fields(session),
        **consent_of(session.prescription),
    }


def prescribed_facts(session: TreatmentSession) -> Facts:
    """The prescription behind a session, in a few words."""
    order = session.prescription
    signed = order.signed_by.name if order.signed_by else "not signed"
    facts = [
        ("Protocol", str(order.adoption.protocol)),
        ("For", order.indication),
        ("Session", f"{session.number} of {order.sessions_planned}"),
        ("Signed by", signed),
        ("Expires", date_text(order.expires_on)),
    ]
    return facts + [
        (f"Place {leg.order}", place_name(leg.prescribed)) for leg in session.legs.all()
    ]


def prepare_page(session: TreatmentSession) -> Page:
    leg = next_leg(session)
    offered = choices(site_id=session.site_id, is_simulated=session.is_simulated)
    free = [choice.stimulator for choice in offered if not choice.why_not]
    usual = _usual(session, free)
    context = {
        "leg": leg,
        "stimulators": stimulator_rows(offered, usual),
        "proposal": _proposal(leg, usual),
        "lots": lot_fields(leg),
        "anode": anode_choice(leg),
        "rejected": _rejected(session),
        "ceiling_ua": ceiling_of(session),
        **exits(session),
    }
    return "session/prepare.jinja", context


def stimulator_rows(
    offered: list[Choice], usual: Stimulator | None
) -> list[dict[str, Any]]:
    """Stimulators to choose from, `usual` chosen."""
    return [
        {
            "id": choice.stimulator.pk,
            "place": choice.stimulator.place,
            "label": choice.stimulator.label,
            "room": choice.stimulator.room.name,
            "why_not": choice.why_not,
            "chosen": choice.stimulator == usual,
        }
        for choice in offered
    ]


def anode_choice(leg: Leg) -> dict[str, Any] | None:
    """Which place gets the red lead, the one that had less as the anode proposed;
    None where a drug or the electrodes decide."""
    turn = anode_turn(leg=leg)
    if turn is None:
        return None
    places = (leg.prescribed.active_place, leg.prescribed.return_place)
    return {
        "why": turn.why,
        "choices": [
            {"value": value, "place": place, "chosen": place == turn.place}
            for value, place in zip(("active", "return"), places, strict=True)
        ],
    }


def next_leg(session: TreatmentSession) -> Leg:
    """The first place that had nothing yet; else the last one."""
    legs = list(session.legs.all())
    for leg in legs:
        run_closed = any(row.run.closed_at for row in leg.leg_runs.all())
        if not run_closed and not leg.deliveries.exists():
            return leg
    return legs[-1]


def _usual(session: TreatmentSession, free: list[Stimulator]) -> Stimulator | None:
    """The stimulator of this session's last try when it is free, else the first."""
    tried = [row.run.stimulator for row in leg_runs_of(session)]
    if tried and tried[-1] in free:
        return tried[-1]
    return free[0] if free else None


def _proposal(leg: Leg, box: Stimulator | None) -> dict[str, Any]:
    if box is None:
        return _refused("No stimulator is free; wait until a run has ended.")
    try:
        weighed = leg_claim(leg=leg, day=timezone.localdate(), box=box)
        plan = weighed.require()
    except (Refusal, ProgrammeError) as refusal:
        return _refused(str(refusal))
    return {
        "refused": "",
        "programme": programme_facts(plan.programme),
        "limits": limit_rows(weighed.to_dict()),
        "on": box.label,
    }


def _refused(text: str) -> dict[str, Any]:
    return {"refused": text, "programme": [], "limits": [], "on": ""}


def _rejected(session: TreatmentSession) -> str:
    """Why the last try did not come to a start, with its stimulator."""
    tries = leg_runs_of(session)
    if not tries or not tries[-1].run.reject_reason:
        return ""
    run = tries[-1].run
    return f"{run.stimulator.label}: {run.reject_reason}"
