"""The output of each new reading against the envelope and the set current.

Spans are therapy time.
"""

from clinic.quantities import clock_text, ma_exact_text
from devices.core.profile import ControlMode, Profile
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.voice import Lasting, Voice

# A measured current follows the set one within 1 % and 0.02 mA.
FOLLOW_PERMILLE = 1010
FOLLOW_UA = 20
OVERSHOOT_MS = 500
STUCK_MS = 2_000
BLIND_MS = 3_000
BLIND_HOLD_MS = 10_000
OVERRUN_MS = 1_000

_OFF = (Phase.HELD, Phase.ENDED)


class EnvelopeWatch:
    """Mean, peak, rms and voltage against the hard envelope, on every reading.

    A voltage-controlled device does not hold its current by itself, so there
    the ceiling and the density limit are judged on every reading as well.
    """

    __slots__ = ("_density_ua", "_limits", "_mean_ua", "_voltage")

    def __init__(
        self, programme: Programme, profile: Profile, density_limit_ua: int | None
    ) -> None:
        envelope, ceiling = programme.envelope, programme.window.ceiling_ua
        self._voltage = profile.control_mode is ControlMode.VOLTAGE
        self._mean_ua = ceiling if self._voltage else envelope.max_mean_ua
        self._density_ua = density_limit_ua
        self._limits = (
            ("OVER_PEAK", 3, envelope.max_peak_ua, "µA peak"),
            ("OVER_RMS", 4, envelope.max_rms_ua, "µA rms"),
            ("OVER_VOLTAGE", 5, envelope.max_voltage_mv, "mV"),
        )

    def weigh(self, reading: Reading, voice: Voice) -> None:
        mean = reading.mean_ua
        if mean is not None:
            self._weigh_mean(abs(mean), voice)
        for code, column, limit, unit in self._limits:
            value = reading[column]
            if value is not None and abs(value) > limit:
                voice.alarm_and_stop(
                    code,
                    "envelope",
                    f"Sample {reading.seq}: {abs(value)} {unit}, the limit is {limit}.",
                )

    def _weigh_mean(self, mean_ua: int, voice: Voice) -> None:
        if mean_ua > self._mean_ua:
            voice.alarm_and_stop(
                "OVER_CURRENT",
                "envelope",
                f"{ma_exact_text(mean_ua)} flow, the limit is"
                f" {ma_exact_text(self._mean_ua)}.",
            )
        if self._density_ua is not None and mean_ua > self._density_ua:
            voice.alarm_and_stop(
                "OVER_DENSITY",
                "envelope",
                f"{ma_exact_text(mean_ua)} flow, the electrodes allow"
                f" {ma_exact_text(self._density_ua)}.",
            )


class OutputWatch:
    """Set against measured current, missing readings and a run that does not end."""

    __slots__ = ("_blind", "_max_wall_ms", "_over")

    def __init__(self, programme: Programme) -> None:
        self._max_wall_ms = programme.max_wall_ms
        self._over, self._blind = Lasting(), Lasting()

    def weigh(self, reading: Reading, voice: Voice) -> None:
        mean, t_ms = reading.mean_ua, reading.t_ms
        if mean is not None:
            self._weigh_follow(mean, reading.set_ua, t_ms, voice)
        blind_ms = self._blind.for_ms(mean is None and reading.phase not in _OFF, t_ms)
        if blind_ms > BLIND_MS:
            voice.alarm("NO_READING", f"No current measured for {blind_ms} ms.")
            if blind_ms >= BLIND_HOLD_MS:
                voice.hold("no_reading", f"No current measured for {blind_ms} ms.")
        elif blind_ms < 0:
            voice.clear("NO_READING")
        if t_ms > self._max_wall_ms + OVERRUN_MS and reading.phase not in _OFF:
            voice.alarm_and_stop(
                "OVERRUN",
                "time",
                f"{clock_text(t_ms)} run, the programme ends after"
                f" {clock_text(self._max_wall_ms)}.",
            )

    def _weigh_follow(self, mean: int, set_ua: int, t_ms: int, voice: Voice) -> None:
        # A pole that is opposite to the set one follows nothing at all.
        allowed = abs(set_ua) * FOLLOW_PERMILLE // 1000 + FOLLOW_UA
        wrong_sign = mean * set_ua < 0 and abs(mean) > FOLLOW_UA
        over_ms = self._over.for_ms(abs(mean) > allowed or wrong_sign, t_ms)
        if over_ms < 0:
            voice.clear("OVERSHOOT")
            return
        text = f"{ma_exact_text(mean)} flow, {ma_exact_text(set_ua)} are set"
        if over_ms >= OVERSHOOT_MS:
            voice.alarm("OVERSHOOT", f"{text}.")
        if over_ms >= STUCK_MS:
            voice.alarm_and_stop(
                "STUCK_OUTPUT", "device_fault", f"{text}, for {over_ms} ms."
            )
