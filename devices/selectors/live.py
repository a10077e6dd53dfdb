"""Live figures of runs as screens get them."""

import uuid
from collections.abc import Collection
from typing import Any

from clinic.models import Staff
from clinic.permissions import sites_of
from devices.core.programme import Basis, Programme, planned
from devices.models import Run


def expected_nc(programme: Programme) -> int:
    """The charge that a complete run is expected to deliver, ramps included."""
    if programme.basis is Basis.CHARGE:
        return programme.dose_nc
    return planned(programme).charge_nc


def left_ms(programme: Programme, flow_ms: int, charge_nc: int, level_ua: int) -> int:
    """Therapy time until the end at today's level, as far as can be told."""
    if programme.basis is not Basis.CHARGE:
        return max(0, programme.flow_ms - flow_ms)
    by_time = max(0, programme.max_flow_ms - flow_ms)
    if level_ua <= 0:
        return by_time
    return min(by_time, max(0, programme.dose_nc - charge_nc) // level_ua)


def visible_runs(*, staff: Staff, run_ids: Collection[uuid.UUID]) -> set[str]:
    """Those of the runs that `staff` may watch."""
    sites = sites_of(staff, "run.view")
    found = Run.objects.filter(pk__in=run_ids, site_id__in=sites)
    return {str(run_id) for run_id in found.values_list("pk", flat=True)}


def live_rows(*, run_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The newest stored figures of runs, one query; the road beside Redis."""
    runs = Run.objects.filter(pk__in=run_ids).select_related("live")
    return {str(run.pk): live_figures(run) for run in runs}


def live_figures(run: Run) -> dict[str, Any]:
    """One run's newest figures with what its programme allows and expects."""
    live, programme = run.live, Programme.from_dict(run.programme)
    return {
        "run": str(run.pk),
        "state": run.state,
        "made_safe": run.made_safe_at is not None,
        "at": live.at.isoformat() if live.at else None,
        "data_at": live.data_at.isoformat() if live.data_at else None,
        "phase": live.phase,
        "t_ms": live.t_ms,
        "flow_ms": live.flow_ms,
        "set_ua": live.set_ua,
        "level_ua": live.level_ua,
        "mean_ua": live.mean_ua,
        "ohm": live.ohm,
        "charge_nc": live.confirmed_nc,
        "alarms": live.alarms,
        "allowed_ua": programme.window.ceiling_ua,
        "expected_nc": expected_nc(programme),
        "left_ms": left_ms(programme, live.flow_ms, live.confirmed_nc, live.level_ua),
        "points": [],
    }
