"""What was tolerated at a place last time, with what it holds for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from clinic.selectors.site_time import site_day
from devices.core import trace_codec
from devices.models import Run, RunEvent, Stimulator, Trace
from sessions_app.domain.course.current import LastRun, SetUp
from sessions_app.domain.dosimetry import at_compliance
from sessions_app.domain.harm import Code
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import AdverseEvent, DoseRecord, Leg, Proposal
from sessions_app.selectors.places import place_key

UNKNOWN_KIND = "not known"


@dataclass(frozen=True, slots=True)
class Last:
    """The last run of a place as the rules see it, and the dose that tells it.

    `dryness` is the worst grade of dry skin since then, today's included.
    """

    run: LastRun
    dose: DoseRecord
    dryness: int

    @property
    def event(self) -> str:
        """The key of its visit in the course."""
        return f"session:{self.dose.leg.session_id}"


def last_run_of(leg: Leg) -> Last | None:
    """The last dose of which the current is known, before the visit of `leg`, at this
    place over the patient's courses of the protocol; None before the first.

    Harm and pain are the worst since then, of visits without a reading too.
    """
    since: list[Leg] = []
    for dose in _doses(leg):
        since.append(dose.leg)
        if dose.tolerated_ua:
            run = LastRun(
                day=site_day(dose.leg.session.site, flowed_at(dose)),
                tolerated_ua=dose.tolerated_ua,
                set_up=set_up_of(dose.leg, _kind(dose)),
                harm=_worst(since, but=Code.DRY),
                pain=_pain(since),
                at_compliance=_at_compliance(dose),
            )
            return Last(run, dose, _worst([*since, leg], only=Code.DRY))
    return None


def current_decided(leg: Leg) -> Proposal | None:
    """What was proposed and decided for the newest run of a leg."""
    rows = Proposal.objects.filter(
        session=leg.session_id,
        body_site=place_key(leg.prescribed),
        kind=Proposal.Kind.CURRENT,
    )
    return rows.select_related("decided_by").order_by("-made_at").first()


def set_up_of(leg: Leg, device_kind: str) -> SetUp:
    """What a current at this leg holds for."""
    prescribed = leg.prescribed
    spec = ProtocolSpec.from_dict(leg.session.prescription.adoption.spec)
    pads = (prescribed.active_electrode.name, prescribed.return_electrode.name)
    return SetUp(
        place=place_key(prescribed),
        electrode=" and ".join(pads),
        waveform=_waveform(spec),
        device_kind=device_kind,
        polarity_rule=_polarity(spec, prescribed.drug_pole),
    )


def kind_of(box: Stimulator | None) -> str:
    """A kind of stimulator in a few words; two of one profile are of one kind."""
    if box is None:
        return UNKNOWN_KIND
    return ", ".join(f"{name} {value}" for name, value in sorted(box.profile.items()))


def flowed_at(dose: DoseRecord) -> dt.datetime:
    """When the current of a dose began."""
    if dose.delivery is not None:
        return dose.delivery.happened_at
    return (dose.run and dose.run.started_at) or dose.at


def _doses(leg: Leg) -> list[DoseRecord]:
    """Valid doses of other visits that flowed at the place, the last one first."""
    order, place = leg.session.prescription, place_key(leg.prescribed)
    rows = (
        DoseRecord.objects.filter(
            superseded_by__isnull=True,
            upper_nc__gt=0,
            leg__session__patient=leg.session.patient_id,
            leg__session__prescription__adoption__protocol__code=(
                order.adoption.protocol.code
            ),
        )
        .exclude(leg__session=leg.session_id)
        .exclude(leg__session__state=SessionState.ENTERED_IN_ERROR.value)
        .select_related(
            "delivery__loan__device",
            "run__stimulator",
            "leg__session__site",
            "leg__session__prescription__adoption",
            "leg__prescribed__active_electrode",
            "leg__prescribed__return_electrode",
        )
    )
    here = [dose for dose in rows if place_key(dose.leg.prescribed) == place]
    return sorted(here, key=lambda dose: (flowed_at(dose), dose.pk), reverse=True)


def _kind(dose: DoseRecord) -> str:
    """The kind of device of a dose; by hand, the one with the serial written down."""
    if dose.run is not None:
        return kind_of(dose.run.stimulator)
    entry = dose.delivery
    if entry is None or not entry.serial:
        return UNKNOWN_KIND
    site = dose.leg.session.site_id
    return kind_of(Stimulator.objects.filter(site=site, serial=entry.serial).first())


def _waveform(spec: ProtocolSpec) -> str:
    if spec.pulse is None:
        return spec.waveform.value
    pulse = spec.pulse
    return f"{spec.waveform} {pulse.frequency_hz} Hz {pulse.duty_permille} permille"


def _polarity(spec: ProtocolSpec, drug_pole: str) -> str:
    if spec.reversal:
        return "reversal at half time"
    return f"drug at the {drug_pole}" if drug_pole else "one way"


def _worst(
    legs: Iterable[Leg], *, but: Code | None = None, only: Code | None = None
) -> int:
    """The highest grade at these legs, or at none in particular of their visits."""
    where = Q(pk__in=[])
    for leg in legs:
        anywhere = Q(leg=leg.pk) | Q(leg__isnull=True)
        where |= Q(session=leg.session_id) & anywhere
    rows = AdverseEvent.objects.filter(where, superseded_by__isnull=True)
    rows = rows.exclude(code=but.value) if but else rows
    rows = rows.filter(code=only.value) if only else rows
    return max(rows.values_list("grade", flat=True), default=0)


def _pain(legs: Iterable[Leg]) -> int:
    """The highest score of their runs."""
    runs = Run.objects.filter(leg_run__leg__in=[leg.pk for leg in legs])
    said = RunEvent.objects.filter(run__in=runs, kind="pain")
    return max((int(event.data["score"]) for event in said), default=0)


def _at_compliance(dose: DoseRecord) -> bool:
    """Whether its trace shows that the stimulator could drive no more; False when
    nobody measured it."""
    trace = Trace.objects.filter(run=dose.run_id, count__gt=0).first()
    if dose.run_id is None or trace is None:
        return False
    columns = trace_codec.unseal(bytes(trace.blob), trace.sha256, trace.codec)
    return at_compliance(columns.readings(), dose.tolerated_ua)
