"""Faults by command, and what the device's own knob and button do.

Each function takes the device and the command's own arguments; what it returns
goes back to whoever commanded it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devices.simulator.machine import Machine
from devices.simulator.skin import ContactFault

if TYPE_CHECKING:
    from devices.simulator.server import Device

Json = dict[str, Any]


class FaultError(ValueError):
    """A command that no fault answers to."""


def apply(device: "Device", name: str, arguments: Json) -> Json:
    """Plant or lift one fault. Raises FaultError naming what is wrong."""
    plant = FAULTS.get(name)
    if plant is None:
        raise FaultError(f"no fault {name!r}; known: {', '.join(FAULTS)}")
    device.machine.advance()
    try:
        return plant(device, **arguments) or {}
    except TypeError as error:
        raise FaultError(f"{name}: {error}") from error


# Electrodes and output


def _contact(fault: ContactFault | None) -> "Callable[[Device], None]":
    def plant(device: "Device") -> None:
        machine = device.machine
        machine.plant(fault, machine.stuck_ua)

    return plant


def stuck_output(device: "Device", ua: int | None = None, on: bool = True) -> None:
    """The output holds a current whatever is asked, by default what flows now."""
    machine = device.machine
    if on and ua is None:
        ua = machine.therapy.output.actual_ua if machine.therapy else 0
    machine.plant(machine.contact_fault, ua if on else None)


def wrong_readback(device: "Device", on: bool = True) -> None:
    """The device stores a programme other than the one sent."""
    device.machine.stage_another = on


# Link


def freeze_link(device: "Device") -> None:
    """Nothing is read or sent; TCP stays up. What arrives waits for the thaw."""
    device.freeze(True)


def thaw_link(device: "Device") -> None:
    device.freeze(False)


def drop_link(device: "Device", refuse_ms: int = 0) -> None:
    """Break every connection, and refuse new ones for a while."""
    device.drop(refuse_ms)


def lose_ack(device: "Device", verb: str, count: int = 1) -> None:
    """The next answers to a verb are not sent; the verb is done."""
    device.lost_answers[verb] += count


def late_message(device: "Device", ms: int) -> None:
    """The next answer leaves this much later."""
    device.late_ms = ms


# Power and clock


def reboot(device: "Device") -> None:
    device.machine.reboot()
    device.drop(0)


def lose_log(device: "Device") -> None:
    device.machine.lose_log()


def clock_drift(device: "Device", ppm: int = 0, jump_ms: int = 0) -> None:
    """Run the device's clock fast or slow from its boot on, or shift it."""
    device.machine.drift_ppm = ppm
    device.machine.jump_clock(jump_ms)


# People at the device


def knob(device: "Device", to_ua: int) -> None:
    machine = device.machine
    if machine.therapy is not None:
        machine.therapy.knob(to_ua)
        machine.collect()


def button(device: "Device", press: str = "stop", cause: str = "operator") -> None:
    """`stop` ramps whatever runs down, `held` cuts it, `presence` only tells."""
    if press not in ("stop", "held", "presence"):
        raise FaultError(f"press is stop, held or presence, not {press!r}")
    machine = device.machine
    run = machine.held_run
    _tell(machine, "button", press=press)
    if press != "presence" and run is not None:
        machine.forbid(run)
        _stop(machine, press, cause)


def _stop(machine: Machine, press: str, cause: str) -> None:
    if machine.therapy is None:
        machine.staged = None
    elif press == "held":
        machine.therapy.cut(cause, why="button held")
    else:
        machine.therapy.stop(cause)
    machine.collect()


def pain(device: "Device", score: int) -> None:
    """The patient turns the pain dial, 0 to 10."""
    _tell(device.machine, "pain", score=score)


def _tell(machine: Machine, kind: str, **data: Any) -> None:
    t_ms = machine.therapy.t_ms if machine.therapy else 0
    machine.tell(kind, machine.held_run, t_ms, data)


FAULTS: "dict[str, Callable[..., Json | None]]" = {
    "dry_pad": _contact(ContactFault.DRY_PAD),
    "lead_off": _contact(ContactFault.LEAD_OFF),
    "bridge": _contact(ContactFault.BRIDGE),
    "lead_on": _contact(None),
    "stuck_output": stuck_output,
    "wrong_readback": wrong_readback,
    "freeze_link": freeze_link,
    "thaw_link": thaw_link,
    "drop_link": drop_link,
    "lose_ack": lose_ack,
    "late_message": late_message,
    "reboot": reboot,
    "lose_log": lose_log,
    "clock_drift": clock_drift,
    "knob": knob,
    "button": button,
    "pain": pain,
}


def dump(machine: Machine, samples: bool = True) -> Json:
    """The device's own word: log, counters, events on its own clock."""
    machine.advance()
    return {
        "serial": machine.serial,
        "boot": machine.boot,
        "now_ms": machine.now_ms,
        "state": machine.state,
        "run": machine.held_run,
        "fence": machine.memory.fence,
        "summary": machine.summary(),
        "actual_ua": machine.therapy.output.actual_ua if machine.therapy else 0,
        "counts": dict(machine.journal.counts),
        "events": machine.journal.entries(),
        "samples": {run: list(log) for run, log in machine.logs.items()}
        if samples
        else {},
    }
