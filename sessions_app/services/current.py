"""The current of today at a place: what is proposed, and what a person decides."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone

from clinic.errors import Refusal
from clinic.models import Staff
from clinic.quantities import ma_exact_text
from clinic.services.audit import audit_record
from devices.models import Stimulator
from sessions_app.catalogue.ladders import ladder_for
from sessions_app.domain.course.current import (
    CurrentRule,
    Today,
    levels_of,
    propose_current,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.course.proposal import Proposal as Proposed
from sessions_app.domain.limits import Layer, Limit, Quantity, Verdict
from sessions_app.domain.ordering import Fault
from sessions_app.domain.protocol import Currents
from sessions_app.models import Course, Ladder, Leg, Prescription, Proposal
from sessions_app.selectors.last_run import Last, kind_of, last_run_of, set_up_of
from sessions_app.selectors.places import place_key
from sessions_app.services.evaluating import Weighed, overrides_of
from sessions_app.services.proposing import course_open
from sessions_app.services.weighing import claim_of

REASON_CHARS = 200
WHY_CHARS = 400


@dataclass(frozen=True, slots=True)
class Wish:
    """Another ceiling for today than the proposed one, and why."""

    ua: int
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A leg weighed for today, its current up to `ceiling_ua`.

    `proposal` is None without a ladder, or when the leg may not be treated at all;
    then `weighed` says why. `wish` is what a person put in its place.
    """

    weighed: Weighed
    proposal: Proposed | None = None
    last: Last | None = None
    ladder: Ladder | None = None
    wish: Wish | None = None

    @property
    def proposed_ua(self) -> int | None:
        return None if self.proposal is None else _ceiling(self.proposal)

    @property
    def ceiling_ua(self) -> int | None:
        return self.proposed_ua if self.wish is None else self.wish.ua


def current_propose(
    *, leg: Leg, box: Stimulator | None, day: dt.date, wish: Wish | None = None
) -> Offer:
    """The window of today for a leg, and the leg weighed with it.

    What is refused today stays refused: a window only ever lowers what the order
    allows. Raises Refusal for a wish without a reason, or over any limit.
    """
    claim = claim_of(leg=leg, day=day, box=box)
    base = claim.weigh()
    ladder, spec = _ladder(leg.session.prescription)
    verdict = _of_current(base)
    if spec is None or base.currents is None or verdict is None:
        if wish is not None:
            base.require()
            raise Refusal("no_window", "No ladder proposes a current here.")
        return Offer(base)
    limits = list(_binding(leg.session.prescription, verdict))
    tightest = limits[0]
    levels = levels_of(base.currents, tightest.value, tightest.text)
    last = last_run_of(leg)
    today = Today(day, set_up_of(leg, kind_of(box)), last.dryness if last else 0)
    try:
        found = propose_current(spec, levels, last.run if last else None, today)
    except ValueError as error:
        fault = Fault("no_window", str(error).rstrip("."))
        faults = (*base.faults, fault)
        return Offer(replace(base, plan=None, faults=faults), last=last)
    if base.faults:
        return Offer(base, last=last)
    fixed = CurrentRule(found.rule) is CurrentRule.FIXED
    if wish is not None:
        _require_reason(wish, base.currents, fixed=fixed)
        _require_within(wish, base.currents, replace(verdict, limits=tuple(limits)))
    weighed = base if fixed else claim.weigh(_limit(found, wish))
    return Offer(weighed, found, last, ladder, wish)


def _ladder(order: Prescription) -> tuple[Ladder | None, LadderSpec | None]:
    """The ladder of the course, else the one that comes with the product."""
    course = Course.objects.select_related("ladder").filter(pk=order.number).first()
    if course is not None and course.ladder is not None:
        return course.ladder, LadderSpec.from_dict(course.ladder.spec)
    return None, ladder_for(order.adoption.protocol.code)


def _of_current(weighed: Weighed) -> Verdict | None:
    kinds = (one for one in weighed.verdicts if one.quantity is Quantity.CURRENT)
    return next(kinds, None)


def _binding(order: Prescription, verdict: Verdict) -> Iterator[Limit]:
    """The limits that hold, the tightest first: a soft one may be overridden."""
    overridden = {layer for layer, why in overrides_of(order).items() if why.strip()}
    for limit in verdict.limits:
        if not (limit.soft and limit.layer in overridden):
            yield limit


def _ceiling(found: Proposed) -> int:
    return int(found.result["ceiling_ua"])


def _limit(found: Proposed, wish: Wish | None) -> Limit:
    """The ceiling of today with how it comes about."""
    ceiling_ua, why = _ceiling(found), found.why
    last = found.inputs["last"]
    if last is not None and found.rule.startswith("anew"):
        on = dt.date.fromisoformat(last["day"])
        why = f"{ma_exact_text(last['tolerated_ua'])} on {on:%d-%b-%Y}; {why}"
    if wish is None:
        return Limit(Layer.COURSE, ceiling_ua, why)
    proposed = f"proposed {ma_exact_text(ceiling_ua)}: {why}"
    return Limit(Layer.COURSE, wish.ua, f"{wish.reason.strip()}; {proposed}")


def _require_reason(wish: Wish, currents: Currents, *, fixed: bool) -> None:
    if fixed:
        text = f"The protocol has one current, {ma_exact_text(currents.max_ua)}."
        raise Refusal("fixed", text, field="ceiling_ma")
    if not wish.reason.strip():
        text = "Write why today's current ends elsewhere than proposed."
        raise Refusal("no_reason", text, field="ceiling_reason")
    if len(wish.reason.strip()) > REASON_CHARS:
        text = f"The reason is over {REASON_CHARS} characters; shorten it."
        raise Refusal("too_long", text, field="ceiling_reason")


def _require_within(wish: Wish, currents: Currents, verdict: Verdict) -> None:
    """A wish keeps every limit of today, the step of the session among them."""
    own = f"the protocol as given in this session, {ma_exact_text(currents.max_ua)}"
    limits = (*verdict.limits, Limit(Layer.PROTOCOL, currents.max_ua, own))
    ordered = tuple(sorted(limits, key=lambda one: one.value))
    asked = replace(verdict, asked=wish.ua, limits=ordered)
    if not asked.ok:
        layer = asked.tightest.layer.value
        raise Refusal(
            f"current_{layer}",
            f"{asked.text}.",
            field="ceiling_ma",
            asked_ua=wish.ua,
            allowed_ua=asked.allowed,
        )
    least = max(currents.floor_ua, currents.start_ua, 1)
    if wish.ua < least:
        text = (
            f"{ma_exact_text(wish.ua)} asked, the protocol begins at"
            f" {ma_exact_text(least)}. To give less, do not treat today."
        )
        raise Refusal("current_floor", text, field="ceiling_ma")


def current_decide(*, offer: Offer, leg: Leg, by: Staff) -> Proposal | None:
    """Keep what was proposed and what whoever prepared decided, in their transaction.

    Preparing accepts what stands; another ceiling changes it. None without a
    proposal.
    """
    found = offer.proposal
    if found is None:
        return None
    session = leg.session
    decided: dict[str, Any] = {**found.result, "ceiling_ua": offer.ceiling_ua}
    kind = Proposal.Decision
    course = Course.objects.filter(pk=session.prescription.number).first()
    changed = offer.ceiling_ua != offer.proposed_ua
    row = Proposal.objects.create(
        course=course or course_open(order=session.prescription, by=by),
        session=session,
        body_site=place_key(leg.prescribed),
        kind=Proposal.Kind.CURRENT,
        after="" if offer.last is None else offer.last.event,
        rule=found.rule,
        engine=found.engine,
        ladder=offer.ladder,
        inputs=found.inputs,
        result=found.result,
        why=found.why[:WHY_CHARS],
        decision=kind.CHANGED if changed else kind.ACCEPTED,
        decided=decided,
        decided_by=by,
        decided_at=timezone.now(),
        reason=offer.wish.reason.strip() if offer.wish is not None else "",
    )
    audit_record(
        action="current.decide",
        subject=row,
        by=by,
        site=session.site,
        data={"proposed_ua": offer.proposed_ua, "decided_ua": offer.ceiling_ua},
    )
    return row
