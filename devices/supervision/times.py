"""The times of supervision, in seconds of real time."""

from dataclasses import dataclass

from django.conf import settings


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

    @classmethod
    def from_settings(cls) -> "Times":
        given = settings.SUPERVISION
        return cls(
            **{
                name: given[name.removesuffix("_s") + "_ms"] / 1000
                for name in cls.__slots__
            }
        )


# An unanswered start is uncertain after this; a running one must also have
# outlived the watchdog, its ramp and a margin.
START_UNANSWERED_S = 5.0
LOST_MARGIN_S = 6.0
RECORDING_LATE_S = 10.0
STOP_REPEAT_S = 1.0
RECONNECT_S = 0.4
