"""What flowed: stimulators and who leads them, runs, commands, traces."""

from devices.models.run import Presence, Run, RunChannel, RunCommand, RunEvent
from devices.models.stimulator import Gateway, Lease, Stimulator, Supervisor
from devices.models.trace import RunLive, Trace, TraceChunk

__all__ = [
    "Gateway",
    "Lease",
    "Presence",
    "Run",
    "RunChannel",
    "RunCommand",
    "RunEvent",
    "RunLive",
    "Stimulator",
    "Supervisor",
    "Trace",
    "TraceChunk",
]
