"""What each layer allows, and how that comes about."""

from bisect import bisect_right
from collections.abc import Iterator

from clinic.quantities import cm2_text, density_text, ma_exact_text
from devices.core.electrics import largest_current_ua, pole_limits
from devices.core.parts import Pulse, peak_ua, rms_ua
from devices.core.profile import CurrentSemantics, Profile
from sessions_app.domain.limits import (
    Circumstances,
    Electrode,
    Layer,
    Limit,
    Quantity,
    Verdict,
    charge_text,
)
from sessions_app.domain.poles import Pole
from sessions_app.domain.protocol import ProtocolSpec


def current_verdict(about: Circumstances, asked_ua: int) -> Verdict:
    """The largest mean current that may ever flow, against each layer."""
    return _verdict(Quantity.CURRENT, asked_ua, _current_limits(about))


def charge_verdict(about: Circumstances, asked_nc: int) -> Verdict | None:
    """The charge of the whole run against ratings and caps; None without any."""
    limits = list(_charge_limits(about))
    return _verdict(Quantity.CHARGE, asked_nc, iter(limits)) if limits else None


def age_verdict(about: Circumstances) -> Verdict:
    """The age on the day against the floor of the protocol."""
    floor = about.spec.ages.floor
    text = f"{about.spec.code} is for patients from {floor} years"
    return Verdict(Quantity.AGE, about.age, (Limit(Layer.AGE, floor, text),))


def exposure_verdicts(about: Circumstances) -> Iterator[Verdict]:
    """This session against the cap of each drug of the protocol that has one."""
    for drug in about.spec.drugs:
        if drug.sessions_per_site is None:
            continue
        given = sum(one.given for one in about.exposures if one.code == drug.code)
        since = [one.window for one in about.exposures if one.code == drug.code]
        text = f"{drug.name} at this place" + "".join(f", {window}" for window in since)
        limit = Limit(Layer.DRUG, drug.sessions_per_site, text)
        yield Verdict(Quantity.SESSIONS, given + 1, (limit,))


def density_limit_ua(about: Circumstances) -> int:
    """The largest current that both electrodes allow."""
    return min(limit.value for limit in _electrode_limits(about))


def _verdict(quantity: Quantity, asked: int, limits: Iterator[Limit]) -> Verdict:
    # A sort is stable: of equal limits the earlier layer is named.
    return Verdict(quantity, asked, tuple(sorted(limits, key=lambda one: one.value)))


def _current_limits(about: Circumstances) -> Iterator[Limit]:
    spec = about.spec
    yield _device_limit(about.profile, spec.pulse)
    yield from _electrode_limits(about)
    yield from _drug_limits(about)
    most = spec.currents.max_ua
    yield Limit(Layer.PROTOCOL, most, f"{spec.code} allows {ma_exact_text(most)}")
    if about.patient_max_ua is not None:
        most = about.patient_max_ua
        text = f"prescribed for this patient up to {ma_exact_text(most)}"
        yield Limit(Layer.PATIENT, most, text)
    if about.course is not None:
        yield about.course
    if about.site.max_ua is not None:
        most = about.site.max_ua
        text = f"policy of the site, {ma_exact_text(most)}"
        yield Limit(Layer.SITE, most, text, soft=True)
    ages = spec.ages
    if ages.child_max_ua is not None and about.age < ages.adult:
        text = (
            f"{about.age} years old, {ma_exact_text(ages.child_max_ua)} under"
            f" {ages.adult}"
        )
        yield Limit(Layer.AGE, ages.child_max_ua, text, soft=True)


def _drug_limits(about: Circumstances) -> Iterator[Limit]:
    adult = about.spec.ages.adult
    for drug in about.spec.drugs:
        if drug.max_ua is not None:
            text = f"{drug.text} up to {ma_exact_text(drug.max_ua)}"
            yield Limit(Layer.DRUG, drug.max_ua, text)
        if drug.child_max_ua is not None and about.age < adult:
            most = ma_exact_text(drug.child_max_ua)
            text = f"{drug.text} up to {most} under {adult}"
            yield Limit(Layer.DRUG, drug.child_max_ua, text)


def _device_limit(profile: Profile, pulse: Pulse | None) -> Limit:
    most = profile.max_current_ua
    mean = _mean_of(profile, pulse)
    text = f"stimulator gives {ma_exact_text(most)}"
    if mean != most:
        text += f" {profile.current_semantics}, {ma_exact_text(mean)} mean"
    return Limit(Layer.DEVICE, mean, text)


def _mean_of(profile: Profile, pulse: Pulse | None) -> int:
    """The largest mean whose peak or rms the device still gives."""
    most = profile.max_current_ua
    if profile.current_semantics is CurrentSemantics.MEAN:
        return most
    shape = peak_ua if profile.current_semantics is CurrentSemantics.PEAK else rms_ua
    # Both grow with the mean and never lie below it.
    means = range(most + 1)
    return bisect_right(means, most, key=lambda mean: shape(mean, pulse)) - 1


def _electrode_limits(about: Circumstances) -> Iterator[Limit]:
    for pole, electrode in (
        (Pole.CATHODE, about.cathode),
        (Pole.ANODE, about.anode),
    ):
        density = _density_limit(about.spec, electrode, pole)
        most = largest_current_ua(electrode.area_mm2, density)
        text = f"{pole} {cm2_text(electrode.area_mm2)} × {density_text(density)}"
        yield Limit(Layer(pole.value), most, text)


def _density_limit(spec: ProtocolSpec, electrode: Electrode, pole: Pole) -> int:
    anode, cathode = pole_limits(
        min(electrode.anode_limit_ua_cm2, spec.density.anode_ua_cm2),
        min(electrode.cathode_limit_ua_cm2, spec.density.cathode_ua_cm2),
        spec.reversal,
    )
    return anode if pole is Pole.ANODE else cathode


def _charge_limits(about: Circumstances) -> Iterator[Limit]:
    for pole, electrode in (
        (Pole.CATHODE, about.cathode),
        (Pole.ANODE, about.anode),
    ):
        if electrode.rating_nc is not None:
            rating = electrode.rating_nc
            text = f"{pole} {electrode.name} is rated {charge_text(rating)}"
            yield Limit(Layer.PAD, rating, text)
    for cap in about.cumulative:
        text = (
            f"{charge_text(cap.cap_nc)} for {cap.window},"
            f" {charge_text(cap.given_nc)} of it given at most"
        )
        left = max(cap.cap_nc - cap.given_nc, 0)
        yield Limit(Layer.CUMULATIVE, left, text)
    if about.site.max_charge_nc is not None:
        most = about.site.max_charge_nc
        text = f"policy of the site, {charge_text(most)}"
        yield Limit(Layer.SITE, most, text, soft=True)
