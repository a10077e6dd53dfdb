"""An order, a session, a claim against every limit, with what was given before."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clinic.quantities import ma_exact_text
from clinic.selectors.site_time import site_day
from devices.models import Stimulator
from sessions_app.catalogue import drugs_alike
from sessions_app.domain.continuation import Rest
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.diary import fits
from sessions_app.domain.ledger import Given, exposure
from sessions_app.domain.limits import Exposure, Layer, Limit
from sessions_app.domain.ordering import (
    Fault,
    course_faults,
    override_faults,
    places_faults,
    side_faults,
    spot_faults,
)
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.spacing import Treated
from sessions_app.models import (
    Course,
    Leg,
    Prescription,
    PrescriptionLeg,
    TreatmentSession,
)
from sessions_app.selectors.checks import ceiling_in_visit, ceiling_of
from sessions_app.selectors.courses import ladder_for_site, place_key
from sessions_app.selectors.ledger import (
    Flowed,
    charges,
    delivered_upper_nc,
    drugs_given,
    flowed,
    place_of,
    spot_of,
    treated_legs,
    treated_on,
)
from sessions_app.selectors.prescribing import (
    PENDING,
    sessions_pending,
    sessions_used,
)
from sessions_app.services.evaluating import (
    Check,
    Moment,
    Weighed,
    leg_weigh,
)

# A prescription holds for a year at most.
YEAR_DAYS = 366


@dataclass(frozen=True, slots=True)
class OrderWeighed:
    """A whole order: what is wrong with it as such, and each leg."""

    faults: tuple[Fault, ...]
    legs: tuple[Weighed, ...]

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        return (*self.faults, *(one for leg in self.legs for one in leg.faults))


def order_weigh(
    order: Prescription, legs: Sequence[PrescriptionLeg], day: dt.date
) -> OrderWeighed:
    """An order at its largest: the last step of its course, every session still to
    come. The rows may be unsaved."""
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    by_leg = [(*_leg_faults(spec, leg), *_name_faults(order, leg)) for leg in legs]
    faults = [*_order_faults(spec, order, day)]
    if not any(by_leg):
        sites = [spot_of(leg).site for leg in legs]
        faults += places_faults(spec, sites)
    given = flowed(patient=order.patient)
    left = order.sessions_planned - sessions_used(order.number)
    weighed: list[Weighed] = []
    before_nc = 0
    for leg, wrong in zip(legs, by_leg, strict=True):
        if wrong:
            weighed.append(Weighed(None, (), (), wrong))
            continue
        one = leg_weigh(
            leg,
            Moment(
                day=day,
                number=max(order.sessions_planned, 1),
                given=(Given("", day, before_nc),) if before_nc else (),
                exposures=_exposures(spec, leg, given, day, ahead=max(left, 1)),
            ),
        )
        before_nc += one.plan.ceiling_nc if one.plan else 0
        weighed.append(replace(one, faults=tuple(_named(leg, one.faults))))
    return OrderWeighed(tuple(faults), tuple(weighed))


def _order_faults(
    spec: ProtocolSpec, order: Prescription, day: dt.date
) -> Iterator[Fault]:
    yield from course_faults(
        spec,
        indication=order.indication,
        diagnosis=order.diagnosis,
        sessions_planned=order.sessions_planned,
        expires_on=order.expires_on,
        today=day,
        sessions_most=_sessions_most(spec, order),
    )
    yield from override_faults(order.overrides)


def _sessions_most(spec: ProtocolSpec, order: Prescription) -> int:
    """What the ladder of a course that steps down may come to; 0 for any other.

    The protocol's own cap is one of the induction then, which the ladder keeps.
    """
    course = Course.objects.filter(pk=order.number).select_related("ladder").first()
    ladder = course.ladder if course else ladder_for_site(order.site, spec.code)
    down = LadderSpec.from_dict(ladder.spec).down if ladder else None
    return down.most_sessions(YEAR_DAYS) if down else 0


def _leg_faults(spec: ProtocolSpec, leg: PrescriptionLeg) -> Iterator[Fault]:
    prefix = f"leg-{leg.order}-"
    words = (
        *side_faults("active", leg.active_side, leg.active_place),
        *side_faults("return", leg.return_side, leg.return_place),
    )
    for one in (*spot_faults(spec, spot_of(leg)), *words):
        yield replace(one, field=prefix + one.field)
    if leg.wetted_mm2 is not None and leg.wetted_mm2 > leg.active_electrode.area_mm2:
        text = (
            f"{leg.wetted_mm2 / 100:g} cm² wetted, but {leg.active_electrode} has"
            f" {leg.active_electrode.area_mm2 / 100:g} cm²; leave it empty for all"
        )
        yield Fault("wetted", text, f"{prefix}wetted_cm2")


def _name_faults(order: Prescription, leg: PrescriptionLeg) -> Iterator[Fault]:
    """A place keeps its name over all versions: its history goes by it."""
    earlier = PrescriptionLeg.objects.filter(
        prescription__number=order.number, prescription__version__lt=order.version
    )
    for old in earlier.order_by("-prescription__version"):
        if spot_of(old) != spot_of(leg) or place_key(old) == place_key(leg):
            continue
        text = (
            f"{spot_of(leg).site} was “{place_key(old)}” in version"
            f" {old.prescription.version}; keep that name, its course goes on by it"
        )
        yield Fault("place_renamed", text, f"leg-{leg.order}-body_site")
        return


def _named(leg: PrescriptionLeg, faults: Sequence[Fault]) -> Iterator[Fault]:
    """Faults that say of which leg they are, so that a form finds the field."""
    for one in faults:
        yield replace(one, field=f"leg-{leg.order}-{one.field or one.code}")


def leg_claim(
    *,
    leg: Leg,
    day: dt.date,
    box: Stimulator | None = None,
    rest: Rest | None = None,
) -> Weighed:
    """A leg of a session that is about to be treated, as things stand now; with
    `rest` for what is left of it alone, no higher than in this visit before."""
    claim = claim_of(leg=leg, day=day, box=box, rest=rest)
    return claim.weigh(_as_before(leg) if rest is not None else None)


def _as_before(leg: Leg) -> Limit | None:
    most = ceiling_in_visit(leg)
    if most is None:
        return None
    return Limit(Layer.COURSE, most, f"earlier in this visit, {ma_exact_text(most)}")


@dataclass(frozen=True, slots=True)
class Claim:
    """All that a leg of a session is weighed by, read once."""

    prescribed: PrescriptionLeg
    at: Moment
    checks: tuple[Check, ...]

    def weigh(self, course: Limit | None = None) -> Weighed:
        """The leg against every limit, `course` among them."""
        at = self.at if course is None else replace(self.at, course=course)
        return leg_weigh(self.prescribed, at, self.checks)


def claim_of(
    *, leg: Leg, day: dt.date, box: Stimulator | None, rest: Rest | None = None
) -> Claim:
    """A leg that is about to be treated, with what was given before."""
    return _claim(leg.session, leg.prescribed, day, box, leg, rest=rest)


def session_weigh(
    *, session: TreatmentSession, legs: Sequence[PrescriptionLeg]
) -> tuple[Fault, ...]:
    """Why a session may not stand on its day; it may be unsaved."""
    faults: list[Fault] = []
    planned: list[Treated] = []
    for leg in legs:
        one = _claim(session, leg, session.due_on, None, None, planned).weigh()
        faults += [fault for fault in one.faults if fault not in faults]
        planned.append(Treated(session.due_on, spot_of(leg).site))
    return tuple(faults)


def _claim(
    session: TreatmentSession,
    prescribed: PrescriptionLeg,
    day: dt.date,
    box: Stimulator | None,
    leg: Leg | None,
    also: Sequence[Treated] = (),
    rest: Rest | None = None,
) -> Claim:
    order = session.prescription
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    given = flowed(patient=session.patient)
    others = [one for one in given if one.leg.session_id != session.pk]
    # A session that is only planned comes after those that stand already.
    ahead = 1 if leg is not None else 1 + sessions_pending(order.number, but=session.pk)
    at = Moment(
        day=day,
        number=ahead + sessions_used(order.number, but=session.pk),
        given=tuple(charges(given)),
        in_course=tuple(_at_place(given, order, prescribed)),
        exposures=_exposures(spec, prescribed, others, day, ahead=ahead),
        in_leg_nc=delivered_upper_nc(leg=leg) if leg is not None else 0,
        max_ua=ceiling_of(session) if leg is not None else None,
        box=box,
        rest=rest,
    )
    return Claim(prescribed, at, (_spacing(session, prescribed, day, leg, also),))


def _at_place(
    given: Sequence[Flowed], order: Prescription, prescribed: PrescriptionLeg
) -> list[Given]:
    """The doses of this course at the place of a leg."""
    site = spot_of(prescribed).site
    return charges(
        one
        for one in given
        if one.course == order.number and spot_of(one.leg.prescribed).site == site
    )


def _exposures(
    spec: ProtocolSpec,
    leg: PrescriptionLeg,
    given: Sequence[Flowed],
    day: dt.date,
    *,
    ahead: int,
) -> tuple[Exposure, ...]:
    """Each drug's sessions at its place, with those still `ahead` but the last."""
    past = drugs_given(given)
    found = []
    for drug in spec.drugs:
        place = place_of(drug, spot_of(leg), leg.drug_pole or drug.pole)
        one = exposure(
            past, drug.code, place=place, day=day, alike=drugs_alike(drug.code)
        )
        window = f"{place}: {one.window}, {ahead} to come"
        found.append(Exposure(drug.code, one.given + ahead - 1, window))
    return tuple(found)


def _spacing(
    session: TreatmentSession,
    prescribed: PrescriptionLeg,
    day: dt.date,
    leg: Leg | None,
    also: Sequence[Treated],
) -> Check:
    """Whether the place may be treated that day again, over all prescriptions of
    the protocol; a further run of the same leg is no new treatment."""
    spec = ProtocolSpec.from_dict(session.prescription.adoption.spec)
    site = spot_of(prescribed).site
    treated = [*_treated(session, spec.code, leg), *also]
    gap = spec.schedule.min_gap_days
    found = fits(treated, gap, spec.schedule.sites_per_day, day, site)
    because = found.why if site in found.why else f"{site}: {found.why}"
    if not found.allowed:
        because += f"; the earliest day is {found.earliest:%d-%b-%Y}"
    apart = f"{gap} days apart" if gap > 1 else "once a day"
    return Check(
        "min_gap", "Time between", f"{day:%d-%b-%Y}", apart, because, found.allowed
    )


def earliest_day(order: Prescription) -> dt.date:
    """The first day, from today, on which every place of an order fits between what
    was held and what stands in the diary."""
    spec = ProtocolSpec.from_dict(order.adoption.spec)
    session = TreatmentSession(prescription=order, patient=order.patient)
    treated = [*_treated(session, spec.code, None)]
    gap, most = spec.schedule.min_gap_days, spec.schedule.sites_per_day
    today = site_day(order.site)
    sites = [spot_of(leg).site for leg in order.legs.all()]
    days = [fits(treated, gap, most, today, site).earliest for site in sites]
    return max([today, *days])


def _treated(
    session: TreatmentSession, code: str, leg: Leg | None
) -> Iterator[Treated]:
    """Places of the protocol with current and the days; before a claim, when there
    is no `leg` yet, those in the diary too."""
    for row in treated_legs(patient=session.patient, code=code):
        if leg is None or row.pk != leg.pk:
            yield Treated(treated_on(row), spot_of(row.prescribed).site)
    if leg is not None:
        return
    rows = Leg.objects.filter(
        session__patient=session.patient,
        session__prescription__adoption__protocol__code=code,
        session__state__in=PENDING,
        session__due_on__gte=site_day(session.patient.site),
    ).exclude(session=session.pk)
    for row in rows.select_related("prescribed", "session"):
        yield Treated(row.session.due_on, spot_of(row.prescribed).site)
