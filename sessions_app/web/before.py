"""Pages before a run exists: check in, checks, choice of the stimulator."""

import uuid
from typing import Any

from clinic.errors import Refusal
from clinic.jinja import date_text
from clinic.selectors.site_time import site_day
from devices.models import Stimulator
from devices.selectors.fleet import Choice, choices
from sessions_app.models import Leg, TreatmentSession
from sessions_app.selectors.adjuncts import adjuncts_before
from sessions_app.selectors.checks import ceiling_of
from sessions_app.selectors.doses import anode_turn
from sessions_app.selectors.last_run import kind_of
from sessions_app.selectors.sessions import leg_runs_of
from sessions_app.services.current import Offer, current_propose
from sessions_app.web.adjunct_cards import adjunct_cards
from sessions_app.web.check_pages import consent_of, exits, people_fields
from sessions_app.web.current_words import other_kinds, window_card
from sessions_app.web.facts import Facts, limit_rows, programme_facts
from sessions_app.web.lot_fields import lot_fields
from sessions_app.web.visit_fields import visit_fields
from sessions_app.web.words import place_name

Page = tuple[str, dict[str, Any]]


def check_in_page(session: TreatmentSession) -> Page:
    return "session/check_in.jinja", {
        "prescribed": prescribed_facts(session),
        **visit_fields(session),
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
    offers = _offers(leg, free)
    context = {
        "leg": leg,
        "stimulators": stimulator_rows(offered, usual),
        "kinds": other_kinds(offers, usual),
        "proposal": _proposal(usual, offers[usual.pk] if usual else None),
        "lots": lot_fields(leg),
        "anode": anode_choice(leg),
        "rejected": _rejected(session),
        "ceiling_ua": ceiling_of(session),
        "ceiling_typed": {"ceiling_ma": "", "ceiling_reason": ""},
        "beside": adjunct_cards(adjuncts_before(session)),
        "may_step": True,
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


def _offers(leg: Leg, free: list[Stimulator]) -> dict[uuid.UUID, Offer]:
    """The window of today on each free stimulator; those of one kind share it."""
    today, by_kind = site_day(leg.session.site), dict[str, Offer]()
    for box in free:
        if kind_of(box) not in by_kind:
            by_kind[kind_of(box)] = current_propose(leg=leg, box=box, day=today)
    return {box.pk: by_kind[kind_of(box)] for box in free}


def _proposal(box: Stimulator | None, offer: Offer | None) -> dict[str, Any]:
    if box is None or offer is None:
        return _refused("No stimulator is free; wait until a run has ended.")
    window = window_card(offer)
    try:
        plan = offer.weighed.require()
    except Refusal as refusal:
        return {**_refused(str(refusal)), "window": window}
    return {
        "refused": "",
        "window": window,
        "programme": programme_facts(plan.programme),
        "limits": limit_rows(offer.weighed.to_dict()),
        "on": box.label,
    }


def _refused(text: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"programme": [], "limits": [], "window": None}
    return {"refused": text, "on": "", **empty}


def _rejected(session: TreatmentSession) -> str:
    """Why the last try did not come to a start, with its stimulator."""
    tries = leg_runs_of(session)
    if not tries or not tries[-1].run.reject_reason:
        return ""
    run = tries[-1].run
    return f"{run.stimulator.label}: {run.reject_reason}"
