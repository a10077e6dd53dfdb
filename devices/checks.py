"""System checks: what must hold before anything may be energised."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

MARGIN_MS = 2000


@register()
def watchdog_outlasts_takeover(**kwargs: Any) -> list[CheckMessage]:
    """The device must wait longer than a successor needs to arrive."""
    times = settings.SUPERVISION
    needed = MARGIN_MS + sum(
        times[name] for name in ("keepalive_ms", "lease_ms", "sweep_ms", "connect_ms")
    )
    if times["watchdog_ms"] >= needed:
        return []
    return [
        Error(
            f"Watchdog {times['watchdog_ms']} ms is shorter than keep-alive + lease + "
            f"sweep + connect + {MARGIN_MS} ms = {needed} ms.",
            hint="Raise watchdog_ms or shorten the lease in SUPERVISION.",
            id="devices.E001",
        )
    ]
