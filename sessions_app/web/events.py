"""Events of a run as sentences."""

from typing import Any

from clinic.jinja import dose_text
from clinic.quantities import ma_text
from devices.models import Run, RunEvent

_TEXT: dict[str, str] = {
    "queued": "Prepared",
    "verifying": "Supervisor took the stimulator",
    "ready": "Programme read back and equal",
    "start_requested": "START pressed at the chair",
    "start_lapsed": "START came too late and did nothing",
    "armed": "Armed",
    "started": "Current started",
    "held": "Held",
    "resumed": "Resumed",
    "ending": "Ending",
    "ended": "Output off",
    "uncertain": "No answer: possibly live",
    "made_safe": "Made safe",
    "settled": "Dose settled",
    "sealed": "Trace sealed",
    "rejected": "Rejected",
    "cancelled": "Cancelled",
    "stop_requested": "STOP pressed",
    "hold_requested": "Hold asked",
    "hold_done": "Hold begun",
    "resume_requested": "Resume asked",
    "resume_done": "Resume begun",
    "adjust_requested": "Adjust asked",
    "adjust_done": "Adjusted",
    "adjust_refused": "Adjust refused by the stimulator",
    "adjust_expired": "Adjust came too late and did nothing",
    "pain": "Pain",
    "prompt": "Question due",
    "tingling": "Tingling",
    "skin_check": "Skin looked at under both electrodes",
    "alarm": "Alarm",
    "lead_off": "Lead off",
}


def event_rows(run: Run) -> list[dict[str, Any]]:
    """Events in order, each one sentence with who and the figures."""
    events = run.events.select_related("staff").order_by("id")
    return [{"at": event.at, "text": _sentence(event)} for event in events]


def _sentence(event: RunEvent) -> str:
    words = _TEXT.get(event.kind, event.kind.replace("_", " ").capitalize())
    parts = [words, *_figures(event.data)]
    who = f", {event.staff.name}" if event.staff else ""
    return ": ".join(part for part in (parts[0], ", ".join(parts[1:])) if part) + who


def _figures(data: dict[str, Any]) -> list[str]:
    found = []
    if "from_ua" in data and "to_ua" in data:
        found.append(f"{ma_text(data['from_ua'])} to {ma_text(data['to_ua'])}")
    elif "level_ua" in data:
        found.append(ma_text(data["level_ua"]))
    if "score" in data:
        found.append(f"{data['score']} of 10")
    if "counter_nc" in data:
        found.append(f"device counter {dose_text(data['counter_nc'], 2)}")
    found += [
        str(data[name]).replace("_", " ")
        for name in (
            "priority",
            "name",
            "answer",
            "text",
            "cause",
            "why",
            "reason",
            "statement",
        )
        if data.get(name)
    ]
    return found
