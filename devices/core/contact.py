"""Electrode contact from what the device measures: voltage, current, set current."""

from enum import StrEnum

# Below this set current, one step of the device's resolution (10 µA, 10 mV)
# is too large a part of the impedance to judge contact by it.
MIN_JUDGED_UA = 200


class ContactClass(StrEnum):
    OK = "OK"
    LEAD_OFF = "LEAD_OFF"
    DRY_PAD = "DRY_PAD"
    BRIDGE = "BRIDGE"


class ContactChange(StrEnum):
    OK = "OK"
    JUMP = "JUMP"
    DROP = "DROP"


def loop_ohm(voltage_mv: int | None, current_ua: int | None) -> int | None:
    """Impedance of the whole loop; None without a reading or at zero current."""
    if voltage_mv is None or not current_ua:
        return None
    return abs(voltage_mv) * 1000 // abs(current_ua)


def skin_ohm(
    voltage_mv: int | None, current_ua: int | None, series_ohm: int
) -> int | None:
    """The loop less the fixed resistor inside the device."""
    loop = loop_ohm(voltage_mv, current_ua)
    return None if loop is None else loop - series_ohm


def classify(
    ohm: int | None,
    set_ua: int,
    measured_ua: int,
    *,
    lead_off_permille: int,
    lead_off_ohm: int,
    dry_ohm: int,
    bridge_ohm: int,
) -> ContactClass:
    """Class of one reading; a threshold itself still passes."""
    if abs(measured_ua) * 1000 < lead_off_permille * abs(set_ua):
        return ContactClass.LEAD_OFF
    if ohm is None or ohm > lead_off_ohm:
        return ContactClass.LEAD_OFF
    if ohm > dry_ohm:
        return ContactClass.DRY_PAD
    return ContactClass.BRIDGE if ohm < bridge_ohm else ContactClass.OK


def change(
    before_ohm: int,
    after_ohm: int,
    dt_ms: int,
    *,
    window_ms: int,
    jump_permille: int,
    drop_permille: int,
) -> ContactChange:
    """Sudden change at constant current: a pad that lifts, or a bridge."""
    if dt_ms > window_ms:
        return ContactChange.OK
    if (after_ohm - before_ohm) * 1000 > jump_permille * before_ohm:
        return ContactChange.JUMP
    if (before_ohm - after_ohm) * 1000 > drop_permille * before_ohm:
        return ContactChange.DROP
    return ContactChange.OK
