"""Electrode contact of each new reading. Spans are therapy time."""

from collections import deque

from clinic.quantities import clock_text, ma_exact_text
from devices.core.contact import (
    MIN_JUDGED_UA,
    ContactChange,
    ContactClass,
    change,
    classify,
    skin_ohm,
)
from devices.core.profile import Profile
from devices.core.programme import Programme
from devices.core.reading import Phase, Reading
from devices.core.voice import Lasting, Voice

CONTACT_MS = 500
# A dry pad takes its time to wet; only after it is its impedance a fault.
SETTLING_MS = 60_000
UNDER_PERMILLE = 900
UNDER_MS = 30_000


class ContactWatch:
    """Lead-off, dry pad, bridge, and sudden change at constant current."""

    __slots__ = (
        "_contact",
        "_lasting",
        "_open",
        "_path",
        "_ramp_from_ms",
        "_series_ohm",
        "_set_ua",
        "_under",
        "lead_offs",
        "max_lead_offs",
    )

    def __init__(self, programme: Programme, profile: Profile) -> None:
        self._contact = programme.contact
        self.max_lead_offs = programme.holds.max_lead_offs
        self._series_ohm = profile.series_ohm
        self._lasting = {kind: Lasting() for kind in ContactClass}
        self._under = Lasting()
        self._path: deque[tuple[int, int]] = deque()
        self._set_ua = 0
        self._ramp_from_ms: int | None = None
        self._open = False
        self.lead_offs = 0

    def weigh(self, reading: Reading, voice: Voice) -> None:
        if reading.phase not in (Phase.RAMP_UP, Phase.PLATEAU):
            self._ramp_from_ms = None
            self._forget()
            return
        if self._ramp_from_ms is None:
            self._ramp_from_ms = reading.t_ms
            self._open = False
            voice.clear("JUMP")
            voice.clear("DROP")
        mean = reading.mean_ua
        if mean is None or abs(reading.set_ua) < MIN_JUDGED_UA:
            return
        ohm = skin_ohm(reading.voltage_mv, mean, self._series_ohm)
        found = self._classify(ohm, reading, mean)
        under = self._weigh_under(mean, reading, voice)
        if found is not ContactClass.OK:
            self._weigh_class(found, ohm, reading.t_ms, voice)
        elif not under:
            self._weigh_good(voice)
        if ohm is not None and found is not ContactClass.LEAD_OFF:
            self._weigh_change(ohm, reading, voice)

    def broke(self, voice: Voice, text: str) -> None:
        """Contact broke, seen here or told by the device; once for each break."""
        if self._open:
            return
        self._open = True
        self.lead_offs += 1
        voice.alarm("LEAD_OFF", text)
        if self.lead_offs > self.max_lead_offs:
            why = f"{self.lead_offs} lead-offs, the limit is {self.max_lead_offs}."
            voice.alarm_and_stop("HOLD_EXPIRED", "hold_expired", why)
        else:
            voice.hold("lead_off", text)

    def _forget(self) -> None:
        self._path.clear()
        self._under.since_ms = None
        for lasting in self._lasting.values():
            lasting.since_ms = None

    def _classify(self, ohm: int | None, reading: Reading, mean: int) -> ContactClass:
        contact = self._contact
        if reading.voltage_mv is None:
            # A device that measures no voltage still shows a broken circuit.
            off = abs(mean) * 1000 < contact.lead_off_permille * abs(reading.set_ua)
            return ContactClass.LEAD_OFF if off else ContactClass.OK
        return classify(
            ohm,
            reading.set_ua,
            mean,
            lead_off_permille=contact.lead_off_permille,
            lead_off_ohm=contact.lead_off_ohm,
            dry_ohm=contact.dry_ohm,
            bridge_ohm=contact.bridge_ohm,
        )

    def _weigh_class(
        self, found: ContactClass, ohm: int | None, t_ms: int, voice: Voice
    ) -> None:
        for kind, lasting in self._lasting.items():
            if kind is not found:
                lasting.since_ms = None
        if self._lasting[found].for_ms(True, t_ms) <= CONTACT_MS:
            return
        text = f"{'open circuit' if ohm is None else f'{ohm} ohm'} at the electrodes."
        if found is ContactClass.LEAD_OFF:
            self.broke(voice, f"Lead off: {text}")
        elif found is ContactClass.BRIDGE:
            voice.alarm_and_hold("BRIDGE", "contact", f"Bridge: only {text}")
        elif t_ms - (self._ramp_from_ms or 0) > SETTLING_MS:
            voice.alarm_and_hold("DRY_PAD", "contact", f"Dry pad: {text}")

    def _weigh_good(self, voice: Voice) -> None:
        self._open = False
        for lasting in self._lasting.values():
            lasting.since_ms = None
        if voice.alarms:
            for code in ("LEAD_OFF", "BRIDGE", "DRY_PAD"):
                voice.clear(code)

    def _weigh_under(self, mean: int, reading: Reading, voice: Voice) -> bool:
        under = abs(mean) * 1000 < UNDER_PERMILLE * abs(reading.set_ua)
        under_ms = self._under.for_ms(under, reading.t_ms)
        if under_ms >= UNDER_MS:
            voice.alarm_and_hold(
                "DRY_PAD",
                "contact",
                f"Only {ma_exact_text(mean)} of {ma_exact_text(reading.set_ua)} flow"
                f" for {clock_text(under_ms)}.",
            )
        return under

    def _weigh_change(self, ohm: int, reading: Reading, voice: Voice) -> None:
        path, contact = self._path, self._contact
        if reading.set_ua != self._set_ua or reading.phase is not Phase.PLATEAU:
            # Impedance moves with the current; only a constant one is compared.
            self._set_ua = reading.set_ua
            path.clear()
        while path and reading.t_ms - path[0][0] > contact.change_window_ms:
            path.popleft()
        path.append((reading.t_ms, ohm))
        values = [past for _, past in path]
        for before in (min(values), max(values)):
            found = change(
                before,
                ohm,
                0,
                window_ms=contact.change_window_ms,
                jump_permille=contact.jump_permille,
                drop_permille=contact.drop_permille,
            )
            if found is not ContactChange.OK:
                text = f"Impedance went from {before} to {ohm} ohm at constant current."
                voice.alarm_and_hold(found, "contact", text)
                path.clear()
                return
