"""The times of supervision, in seconds of real time."""

from dataclasses import dataclass

from django.conf import settings

from devices.core.prompts import Patience


@dataclass(frozen=True, slots=True)
class Times:
    """See SUPERVISION in the settings; all seconds."""

    renew_s: float
    sweep_s: float
    keepalive_s: float
    connect_s: float
    watchdog_s: float
    max_unrecorded_s: float
    chunk_s: float
    urge_s: float
    unanswered_s: float

    @classmethod
    def from_settings(cls) -> "Times":
        given = settings.SUPERVISION
        return cls(
            **{
                name: given[name.removesuffix("_s") + "_ms"] / 1000
                for name in cls.__slots__
            }
        )

    @property
    def patience(self) -> Patience:
        """How long questions wait for an answer."""
        return Patience(int(self.urge_s * 1000), int(self.unanswered_s * 1000))


# An unanswered start is uncertain after this; a running one must also have
# outlived the watchdog, its ramp and a margin.
START_UNANSWERED_S = 5.0
LOST_MARGIN_S = 6.0
RECORDING_LATE_S = 10.0
STOP_REPEAT_S = 1.0
RECONNECT_S = 0.4
