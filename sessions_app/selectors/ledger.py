"""What has been given already, at its upper bound where it is not known."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils import timezone

from clinic.models import Patient
from devices.core.run_lifecycle import TERMINAL, RunState
from devices.models import Run
from devices.services.closing import upper_bound_nc
from sessions_app.domain.ledger import Given
from sessions_app.domain.ordering import Spot
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import Drug, ProtocolSpec
from sessions_app.models import DoseRecord, Leg, PrescriptionLeg

_LEG = "session__prescription__adoption", "prescribed"


@dataclass(frozen=True, slots=True)
class Flowed:
    """A dose of a patient at its upper bound, with the leg that it belongs to."""

    leg: Leg
    day: dt.date
    upper_nc: int

    @property
    def course(self) -> uuid.UUID:
        return self.leg.session.prescription.number


def delivered_upper_nc(*, leg: Leg) -> int:
    """Charge that may have flowed in a leg of this session: recorded doses at
    their upper bound, unsettled runs at theirs."""
    recorded = DoseRecord.objects.filter(leg=leg, superseded_by__isnull=True)
    done = recorded.aggregate(sum=Sum("upper_nc"))["sum"] or 0
    open_runs = Run.objects.filter(
        leg_run__leg=leg, state=RunState.UNCERTAIN.value
    ).select_related("live")
    return int(done) + sum(upper_bound_nc(run) for run in open_runs)


def flowed(*, patient: Patient) -> list[Flowed]:
    """Every dose of a patient, over all courses: recorded ones, and runs that
    flowed or may have and have no record yet."""
    return [*_recorded(patient), *_unrecorded(patient)]


def _recorded(patient: Patient) -> Iterator[Flowed]:
    doses = DoseRecord.objects.filter(
        leg__session__patient=patient, superseded_by__isnull=True
    ).select_related("run", "delivery", *(f"leg__{name}" for name in _LEG))
    for dose in doses:
        began = dose.run.started_at if dose.run else None
        if dose.delivery is not None:
            began = dose.delivery.happened_at
        yield Flowed(dose.leg, _day(began or dose.at), dose.upper_nc)


def _unrecorded(patient: Patient) -> Iterator[Flowed]:
    runs = Run.objects.filter(
        Q(started_at__isnull=False) | Q(state=RunState.UNCERTAIN.value),
        patient=patient,
        leg_run__isnull=False,
        doses__isnull=True,
    ).select_related("live", *(f"leg_run__leg__{name}" for name in _LEG))
    for run in runs:
        day = _day(run.started_at or run.created_at)
        yield Flowed(run.leg_run.leg, day, upper_bound_nc(run))


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localdate(moment)


def charges(rows: Iterable[Flowed]) -> list[Given]:
    """The doses for caps on charge, one each."""
    return [
        Given(session=str(row.leg.session_id), day=row.day, upper_nc=row.upper_nc)
        for row in rows
    ]


def drugs_given(rows: Iterable[Flowed]) -> list[Given]:
    """The doses drug by drug, each at the place where that drug lay."""
    found = []
    for row in rows:
        spec = ProtocolSpec.from_dict(row.leg.session.prescription.adoption.spec)
        spot = spot_of(row.leg.prescribed)
        for drug in spec.drugs:
            found.append(
                Given(
                    session=str(row.leg.session_id),
                    day=row.day,
                    upper_nc=row.upper_nc,
                    place=place_of(drug, spot, row.leg.prescribed.drug_pole),
                    drugs=(drug.code,),
                )
            )
    return found


def spot_of(leg: PrescriptionLeg) -> Spot:
    """Where a leg's electrodes lie."""
    return Spot(
        active_region=leg.active_region,
        active_side=leg.active_side,
        return_region=leg.return_region,
        return_side=leg.return_side,
        has_drug=bool(leg.drug_pole),
        tooth=leg.tooth,
    )


def place_of(drug: Drug, spot: Spot, drug_pole: str) -> str:
    """Where a drug goes in: under the active pad, or under the return one when it
    belongs to the other pole."""
    return spot.site if drug.pole is Pole(drug_pole) else spot.other


def treated_legs(*, patient: Patient, code: str) -> list[Leg]:
    """Legs of a protocol, over all its prescriptions, that had current or may have
    it now, by a stimulator or without one."""
    may_flow = Q(leg_runs__run__started_at__isnull=False) | Q(
        leg_runs__isnull=False
    ) & ~Q(leg_runs__run__state__in=[state.value for state in TERMINAL])
    return list(
        Leg.objects.filter(
            may_flow | Q(doses__isnull=False) | Q(deliveries__isnull=False),
            session__patient=patient,
            session__prescription__adoption__protocol__code=code,
        )
        .select_related("prescribed", "session")
        .prefetch_related("leg_runs__run", "deliveries")
        .distinct()
    )


def treated_on(leg: Leg) -> dt.date:
    """The day on which a treated leg had its last current."""
    moments = [row.run.started_at or row.run.created_at for row in leg.leg_runs.all()]
    moments += [delivery.happened_at for delivery in leg.deliveries.all()]
    return max(map(_day, moments), default=leg.session.due_on)
