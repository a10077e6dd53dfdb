"""What a programme must keep before any device may hold it.

Each rule is one function; `validate` asks them in turn. A text names the
field, its number and the limit, and nothing is ever corrected silently.
"""

from clinic.quantities import clock_text, ma_exact_text, ma_min_text
from devices.core.parts import (
    Basis,
    Envelope,
    ProgrammeError,
    Waveform,
    peak_ua,
    rms_ua,
)
from devices.core.profile import CurrentSemantics, Profile
from devices.core.programme import Programme, end_ramp_charge_nc, planned
from devices.core.run_lifecycle import EndReason

WATCHDOG_MS = 8_000
MAX_STOP_RAMP_MS = 3_000
MAX_SAMPLE_HZ = 10
# Four hours at 10 Hz: what a device keeps unless it says otherwise.
BUFFER_SAMPLES = 144_000


def validate(
    programme: Programme, profile: Profile, buffer_samples: int = BUFFER_SAMPLES
) -> None:
    """Raise ProgrammeError unless a device of this profile may hold the programme."""
    _check_waveform(programme)
    _check_polarity(programme)
    _check_window(programme)
    _check_ramps(programme)
    _check_two_ends(programme)
    _check_envelope(programme)
    _check_contact(programme)
    _check_watch(programme, buffer_samples)
    _check_device(programme, profile)
    _check_reaches_dose(programme)


def _need(kept: bool, text: str) -> None:
    if not kept:
        raise ProgrammeError(text)


def _check_waveform(programme: Programme) -> None:
    pulse = programme.pulse
    _need(
        (pulse is not None) is (programme.waveform is Waveform.PULSED),
        "pulse belongs to a pulsed waveform, and to no other",
    )
    if pulse is None:
        return
    duty = pulse.duty_permille
    _need(0 < duty <= 1000, f"duty {duty} ‰ is outside 1 to 1000 ‰")
    _need(pulse.frequency_hz > 0, f"frequency {pulse.frequency_hz} Hz is not above 0")


def _check_polarity(programme: Programme) -> None:
    sign = programme.first_polarity
    _need(sign in (1, -1), f"first_polarity {sign} is neither 1 nor -1")
    if not programme.reversal:
        return
    _need(
        programme.basis is Basis.TIME,
        f"reversal is for the time basis only, not {programme.basis}",
    )
    half_ms = programme.flow_ms // 2
    _need(
        half_ms + programme.end_ramp_ms < programme.flow_ms,
        f"flow time {clock_text(programme.flow_ms)} leaves no second half"
        f" after an end ramp of {programme.end_ramp_ms} ms",
    )


def _check_window(programme: Programme) -> None:
    window, target = programme.window, programme.target_ua
    floor, ceiling = window.floor_ua, window.ceiling_ua
    start = window.start_ua
    _need(
        0 <= floor <= target <= ceiling and target > 0,
        f"target {ma_exact_text(target)} is outside the window"
        f" {ma_exact_text(floor)} to {ma_exact_text(ceiling)}",
    )
    _need(
        0 <= start <= ceiling,
        f"start {ma_exact_text(start)} is outside 0 to {ma_exact_text(ceiling)}",
    )
    _need(
        start == ceiling or not window.fixed,
        f"fixed at {ma_exact_text(ceiling)} but starts at {ma_exact_text(start)}",
    )
    _need(
        window.fixed or window.max_step_up_ua > 0,
        f"step of {window.max_step_up_ua} µA could never raise the current",
    )
    _need(window.min_dwell_ms >= 0, f"dwell {window.min_dwell_ms} ms is below 0")
    _need(window.slope_ua_per_s > 0, f"slope {window.slope_ua_per_s} µA/s is not > 0")
    lowest_floor = programme.flow_floor_ua
    _need(
        0 <= lowest_floor <= target,
        f"flow floor {ma_exact_text(lowest_floor)} is outside 0 to the target"
        f" {ma_exact_text(target)}: flow time would never count",
    )


def _check_ramps(programme: Programme) -> None:
    _need(programme.ramp_up_ms > 0, f"ramp_up {programme.ramp_up_ms} ms is not > 0")
    _need(programme.end_ramp_ms > 0, f"end_ramp {programme.end_ramp_ms} ms is not > 0")
    _need(
        0 < programme.stop_ramp_ms <= MAX_STOP_RAMP_MS,
        f"stop_ramp {programme.stop_ramp_ms} ms is outside 1 to {MAX_STOP_RAMP_MS} ms",
    )


def _check_two_ends(programme: Programme) -> None:
    flow, most = programme.flow_ms, programme.max_flow_ms
    lowest = 0 if programme.basis is Basis.CHARGE else programme.end_ramp_ms + 1
    _need(
        flow >= lowest,
        f"flow time {flow} ms does not hold its end ramp of {programme.end_ramp_ms} ms",
    )
    _need(
        most > 0 and flow <= most,
        f"flow time {clock_text(flow)} is over its limit {clock_text(most)}",
    )
    _need(
        most <= programme.max_wall_ms,
        f"wall limit {clock_text(programme.max_wall_ms)} is under the flow limit"
        f" {clock_text(most)}",
    )
    _need(programme.dose_nc > 0, f"dose {ma_min_text(programme.dose_nc)} is not > 0")


def _check_envelope(programme: Programme) -> None:
    envelope, ceiling = programme.envelope, programme.window.ceiling_ua
    pulse = programme.pulse
    for name, limit, least in (
        ("max_mean_ua", envelope.max_mean_ua, ceiling),
        ("max_peak_ua", envelope.max_peak_ua, peak_ua(ceiling, pulse)),
        ("max_rms_ua", envelope.max_rms_ua, rms_ua(ceiling, pulse)),
    ):
        # An envelope far above the ceiling would protect nobody.
        most = least + least // 10 + 200
        _need(
            least <= limit <= most,
            f"envelope {name} {ma_exact_text(limit)} is outside"
            f" {ma_exact_text(least)} to {ma_exact_text(most)}, which the ceiling"
            f" {ma_exact_text(ceiling)} asks for",
        )
    _check_envelope_charge(programme, envelope)


def _check_envelope_charge(programme: Programme, envelope: Envelope) -> None:
    _need(
        envelope.max_charge_nc >= programme.dose_nc,
        f"envelope charge {ma_min_text(envelope.max_charge_nc)} mA·min is under the"
        f" dose {ma_min_text(programme.dose_nc)} mA·min",
    )
    most = envelope.max_mean_ua * programme.max_wall_ms
    _need(
        envelope.max_charge_nc <= most,
        f"envelope charge {ma_min_text(envelope.max_charge_nc)} mA·min is over"
        f" {ma_min_text(most)} mA·min, all that could flow: it would never trip",
    )


def _check_contact(programme: Programme) -> None:
    contact = programme.contact
    _need(
        0 < contact.bridge_ohm < contact.dry_ohm < contact.lead_off_ohm,
        f"contact thresholds must rise: bridge {contact.bridge_ohm},"
        f" dry {contact.dry_ohm}, lead-off {contact.lead_off_ohm} ohm",
    )
    permille = contact.lead_off_permille
    _need(0 < permille < 1000, f"lead_off {permille} ‰ is outside 1 to 999 ‰")
    _need(
        min(contact.jump_permille, contact.drop_permille, contact.change_window_ms) > 0,
        "jump, drop and their window must be above 0",
    )


def _check_watch(programme: Programme, buffer_samples: int) -> None:
    watchdog = programme.watchdog_ms
    _need(watchdog == WATCHDOG_MS, f"watchdog {watchdog} ms is not {WATCHDOG_MS} ms")
    rate = programme.sample_hz
    _need(
        1 <= rate <= MAX_SAMPLE_HZ,
        f"{rate} samples a second are outside 1 to {MAX_SAMPLE_HZ}",
    )
    samples = -(-programme.max_wall_ms * rate // 1000)
    _need(
        samples <= buffer_samples,
        f"{clock_text(programme.max_wall_ms)} at {rate} Hz are {samples} samples, the"
        f" device keeps {buffer_samples}: shorten the wall time or sample slower",
    )
    holds = programme.holds
    _need(
        min(holds.max_hold_ms, holds.max_holds, holds.max_lead_offs) >= 0,
        "hold limits must not be below 0",
    )


def _check_device(programme: Programme, profile: Profile) -> None:
    ceiling = programme.window.ceiling_ua
    flows = {
        CurrentSemantics.MEAN: ceiling,
        CurrentSemantics.PEAK: peak_ua(ceiling, programme.pulse),
        CurrentSemantics.RMS: rms_ua(ceiling, programme.pulse),
    }[profile.current_semantics]
    _need(
        flows <= profile.max_current_ua,
        f"ceiling {ma_exact_text(ceiling)} is {ma_exact_text(flows)}"
        f" {profile.current_semantics}, the device gives"
        f" {ma_exact_text(profile.max_current_ua)}",
    )
    volts = programme.envelope.max_voltage_mv
    _need(
        0 < volts <= profile.compliance_mv,
        f"envelope {volts} mV is outside 1 to the device's {profile.compliance_mv} mV",
    )
    pause = programme.holds.max_hold_ms
    _need(
        not profile.resume_allowed or pause <= profile.max_pause_ms,
        f"a hold of {clock_text(pause)} is over the device's pause limit"
        f" {clock_text(profile.max_pause_ms)}",
    )


def _check_reaches_dose(programme: Programme) -> None:
    if programme.basis is not Basis.CHARGE:
        return
    target, dose = programme.target_ua, programme.dose_nc
    start = min(programme.window.start_ua, target)
    ramps = start * programme.ramp_up_ms // 2 + end_ramp_charge_nc(programme, start)
    _need(
        ramps <= dose,
        f"the ramps alone give {ma_min_text(ramps)} of {ma_min_text(dose)} mA·min:"
        " nothing is left to treat",
    )
    _need(
        planned(programme).reason is EndReason.DOSE,
        f"{ma_min_text(dose)} mA·min are not reached at {ma_exact_text(target)} within"
        f" {clock_text(programme.max_flow_ms)} of flow: raise the target or the limit",
    )
