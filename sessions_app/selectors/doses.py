"""Doses of a place and of a patient: the rest of one, the ledgers of the other."""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from clinic.models import Patient
from sessions_app.domain.continuation import Interrupted, Rest, rest_of
from sessions_app.domain.ledger import AnodeTurn, Given, next_anode
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import AdverseEvent, DoseRecord, Leg, PrescriptionLeg
from sessions_app.selectors.checks import ceiling_in_visit, ceiling_of
from sessions_app.selectors.ledger import delivered_upper_nc


def valid_doses(*, leg: Leg) -> list[DoseRecord]:
    """The doses of a place that no correction replaced, in order."""
    rows = leg.doses.filter(superseded_by__isnull=True)
    return list(rows.select_related("run", "delivery"))


def rest_proposal(*, leg: Leg, now: dt.datetime | None = None) -> Rest | None:
    """What is left of a place's treatment and whether it may be given now; None
    before the first dose."""
    doses = valid_doses(leg=leg)
    if not doses:
        return None
    now = now or timezone.now()
    ended = max(_ended(dose) for dose in doses)
    order = leg.session.prescription
    lower = (order.max_ua, ceiling_of(leg.session), ceiling_in_visit(leg))
    ceilings = [one for one in lower if one]
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    spec = spec.capped_at(min(ceilings, default=None))
    done = Interrupted(
        upper_nc=delivered_upper_nc(leg=leg),
        flow_ms=sum(dose.flow_ms for dose in doses),
        ended_on=timezone.localdate(ended),
        ended_ago_ms=int((now - ended) / dt.timedelta(milliseconds=1)),
        counted_complete=any(dose.completeness == "complete" for dose in doses),
        harmed=AdverseEvent.objects.filter(
            session=leg.session_id, grade__gte=1, superseded_by__isnull=True
        ).exists(),
    )
    return rest_of(spec, done, timezone.localdate(now))


def _ended(dose: DoseRecord) -> dt.datetime:
    """When the current of a dose went off."""
    if dose.run is not None and dose.run.ended_at is not None:
        return dose.run.ended_at
    if dose.delivery is not None:
        return dose.delivery.ended_at or dose.delivery.happened_at
    return dose.at


def may_turn(leg: PrescriptionLeg) -> bool:
    """Whether either place may get the red lead: no drug, two electrodes alike."""
    alike = leg.active_electrode_id == leg.return_electrode_id
    return not leg.drug_pole and alike


def anode_turn(*, leg: Leg) -> AnodeTurn | None:
    """Which of two places gets the red lead, the anode, next; None where a drug or
    the electrodes decide it."""
    prescribed = leg.prescribed
    if not may_turn(prescribed):
        return None
    places = (prescribed.active_place, prescribed.return_place)
    given = polarity_given(patient=leg.session.patient, places=places)
    return next_anode(given, places)


def polarity_given(*, patient: Patient, places: Iterable[str]) -> list[Given]:
    """Doses without a drug between two places, with what each had as the anode."""
    wanted = set(places)
    doses = (
        DoseRecord.objects.filter(
            leg__session__patient=patient, superseded_by__isnull=True, credits=[]
        )
        .select_related("run", "delivery", "leg__prescribed")
        .prefetch_related("run__channels")
        .order_by("id")
    )
    found = []
    for dose in doses:
        red, black = lead_places(dose)
        if {red, black} == wanted:
            found.append(
                Given(
                    session=str(dose.leg.session_id),
                    day=timezone.localdate(_ended(dose)),
                    upper_nc=dose.upper_nc,
                    red_place=red,
                    black_place=black,
                    red_anode_nc=dose.red_anode_nc,
                    black_anode_nc=dose.black_anode_nc,
                )
            )
    return found


def lead_places(dose: DoseRecord) -> tuple[str, str]:
    """Where the red and the black lead were to go."""
    if dose.run is not None:
        channel = next(one for one in dose.run.channels.all() if one.index == 0)
        return channel.red_place, channel.black_place
    return places_of_leads(dose.leg.prescribed)


def places_of_leads(leg: PrescriptionLeg) -> tuple[str, str]:
    """Where red and black go as prescribed: red is the anode."""
    if leg.drug_pole == "cathode":
        return leg.return_place, leg.active_place
    return leg.active_place, leg.return_place
