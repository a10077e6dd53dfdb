"""Bring dead children back, at growing intervals."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from launch.children import Child
from launch.console import say

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 30.0
STEADY_S = 60.0  # who has lived this long is forgiven


@dataclass
class _Care:
    started_at: float
    wait_s: float = FIRST_WAIT_S
    restart_at: float | None = None
    greet: bool = False


@dataclass
class Watch:
    """Call `tick` often. Never blocks on a child, except in its `after` step."""

    children: Iterable[Child]
    _care: dict[str, _Care] = field(default_factory=dict)

    def tick(self) -> None:
        now = time.monotonic()
        for child in self.children:
            care = self._care.setdefault(child.spec.name, _Care(started_at=now))
            if child.exit_code() is not None:
                self._revive(child, care, now)
            elif care.greet and child.spec.ready(child):
                care.greet = False
                child.spec.after()

    def _revive(self, child: Child, care: _Care, now: float) -> None:
        if care.restart_at is None:
            child.kill_group()
            if now - care.started_at >= STEADY_S:
                care.wait_s = FIRST_WAIT_S
            care.restart_at = now + care.wait_s
            say(
                f"{child.spec.name} ended ({child.exit_code()});"
                f" again in {care.wait_s:g} s. Log: {child.log_path}"
            )
        elif now >= care.restart_at:
            care.wait_s = min(care.wait_s * 2, LONGEST_WAIT_S)
            care.started_at, care.restart_at, care.greet = now, None, True
            child.start()
