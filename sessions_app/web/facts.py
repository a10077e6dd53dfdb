"""A plan in words: programme, leads, limits with their reasons."""

from typing import Any

from clinic.jinja import dose_text
from clinic.quantities import clock_text, cm2_text, ma_text
from devices.core.programme import Basis, Programme, Waveform
from devices.models import RunChannel
from devices.selectors.live import expected_nc

Facts = list[tuple[str, str]]


def _current(programme: Programme) -> str:
    window = programme.window
    if window.fixed:
        return f"{ma_text(window.ceiling_ua)}, fixed"
    return f"{ma_text(window.lowest_ua)} to {ma_text(window.ceiling_ua)}, titrated"


def _waveform(programme: Programme) -> str:
    if programme.waveform is Waveform.DC or programme.pulse is None:
        return "DC"
    pulse = programme.pulse
    return f"Pulsed {pulse.frequency_hz / 1000:g} kHz, {pulse.duty_permille / 10:g} %"


def _end(programme: Programme) -> str:
    if programme.basis is Basis.CHARGE:
        at_most = clock_text(programme.max_flow_ms)
        return f"{dose_text(programme.dose_nc)}, at most {at_most} flow"
    return f"{clock_text(programme.flow_ms)} flow"


def programme_facts(programme: Programme) -> Facts:
    """What the stimulator is told, as a clinician reads it."""
    window = programme.window
    facts = [
        ("Current", _current(programme)),
        ("Starts at", ma_text(window.start_ua)),
        ("Waveform", _waveform(programme)),
        ("Ends at", _end(programme)),
        ("Expected charge", dose_text(expected_nc(programme))),
        (
            "Ramps",
            f"{programme.ramp_up_ms / 1000:g} s up, "
            f"{programme.end_ramp_ms / 1000:g} s down",
        ),
        ("Reversal", "at half time" if programme.reversal else "none"),
    ]
    if not window.fixed:
        facts.append(("Largest raise", ma_text(window.max_step_up_ua)))
    return facts


def lead_rows(channel: RunChannel, programme: Programme) -> list[dict[str, Any]]:
    """The two leads by colour, place, drug and pole at the first polarity."""
    red_is_anode = programme.first_polarity > 0
    rows = []
    for colour, anode in (("red", red_is_anode), ("black", not red_is_anode)):
        rows.append(
            {
                "colour": colour,
                "place": getattr(channel, f"{colour}_place"),
                "electrode": getattr(channel, f"{colour}_electrode"),
                "area": cm2_text(getattr(channel, f"{colour}_mm2")),
                "pole": "anode (+)" if anode else "cathode (−)",
                "sign": "+" if anode else "−",
                "drug": getattr(channel, f"{colour}_drug"),
                "swaps": programme.reversal,
            }
        )
    return rows


_LAYERS = {
    "device": "Stimulator",
    "cathode": "Density, cathode",
    "anode": "Density, anode",
    "pad": "Pad rating",
    "drug": "Drug",
    "protocol": "Protocol",
    "site": "Policy of the site",
    "age": "Age",
    "patient": "Prescribed ceiling",
    "cumulative": "Given already",
    "course": "Current of today",
}


def limit_rows(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Every limit of a plan (`Weighed.to_dict`) with its reason, the tightest marked,
    then what was checked beside the numbers."""
    rows = [
        _limit_row(verdict, limit, tightest=place == 0)
        for verdict in plan["verdicts"]
        for place, limit in enumerate(verdict["limits"])
    ]
    names = ("what", "asked", "allowed", "because", "ok")
    for check in plan.get("checks", []):
        rows.append({"tightest": False, **{name: check[name] for name in names}})
    return rows


def _limit_row(
    verdict: dict[str, Any], limit: dict[str, Any], *, tightest: bool
) -> dict[str, Any]:
    quantity, asked, value = verdict["quantity"], verdict["asked"], limit["value"]
    if quantity == "age":
        shown, allowed, ok = f"{asked} years", f"from {value}", asked >= value
    elif quantity == "sessions":
        shown, allowed, ok = f"session {asked}", f"up to {value}", asked <= value
    else:
        show = ma_text if quantity == "current" else dose_text
        shown, allowed, ok = show(asked), show(value), asked <= value
    return {
        "what": _LAYERS[limit["layer"]],
        "asked": shown,
        "allowed": allowed,
        "because": limit["text"],
        "tightest": tightest and quantity != "age",
        "ok": ok,
    }
