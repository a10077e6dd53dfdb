"""Who leads which stimulator. Times are the database's, never a process's."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from devices.models import Lease, Supervisor
from devices.models.run import LIVE_STATES


@dataclass(frozen=True, slots=True)
class Grant:
    """A stimulator led with a fence, and the live run on it."""

    stimulator_id: uuid.UUID
    run_id: uuid.UUID
    fence: int


def _lease_ms() -> int:
    return int(settings.SUPERVISION["lease_ms"])


_TAKE = """
WITH due AS (
    SELECT lease.stimulator_id, run.id AS run_id
    FROM devices_lease lease
    JOIN devices_run run
      ON run.stimulator_id = lease.stimulator_id AND run.state = ANY(%(live)s)
    WHERE lease.until IS NULL OR lease.until < now()
    ORDER BY lease.until NULLS LAST
    LIMIT %(limit)s
    FOR UPDATE OF lease SKIP LOCKED
)
UPDATE devices_lease lease
SET owner = %(owner)s,
    until = now() + %(span)s * interval '1 millisecond',
    fence = GREATEST(lease.fence, lease.seen_fence) + 1
FROM due
WHERE lease.stimulator_id = due.stimulator_id
RETURNING lease.stimulator_id, due.run_id, lease.fence
"""


def lease_take(*, owner: str, limit: int) -> list[Grant]:
    """Take up to `limit` free or expired leases of stimulators with a live run."""
    if limit <= 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "live": LIVE_STATES,
                "limit": limit,
                "owner": owner,
                "span": _lease_ms(),
            },
        )
        return [Grant(*row) for row in cursor.fetchall()]


_RENEW = """
UPDATE devices_lease lease
SET until = now() + %(span)s * interval '1 millisecond'
FROM unnest(%(ids)s::uuid[], %(fences)s::bigint[]) AS mine(stimulator_id, fence)
WHERE lease.stimulator_id = mine.stimulator_id
  AND lease.owner = %(owner)s AND lease.fence = mine.fence
RETURNING lease.stimulator_id
"""


def lease_renew(*, owner: str, fences: dict[uuid.UUID, int]) -> set[uuid.UUID]:
    """Renew leases by their fences; what is missing in the answer is lost."""
    if not fences:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _RENEW,
            {
                "span": _lease_ms(),
                "ids": list(fences),
                "fences": list(fences.values()),
                "owner": owner,
            },
        )
        return {row[0] for row in cursor.fetchall()}


_REFENCE = """
UPDATE devices_lease
SET seen_fence = GREATEST(seen_fence, %(seen)s),
    fence = GREATEST(fence, %(seen)s) + 1,
    until = now() + %(span)s * interval '1 millisecond'
WHERE stimulator_id = %(id)s AND owner = %(owner)s AND fence = %(fence)s
RETURNING fence
"""


def lease_refence(
    *, owner: str, stimulator_id: uuid.UUID, fence: int, seen: int
) -> int | None:
    """Rise above a fence that the device has seen; None when the lease is lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REFENCE,
            {
                "seen": seen,
                "span": _lease_ms(),
                "id": stimulator_id,
                "owner": owner,
                "fence": fence,
            },
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def lease_release(*, owner: str, stimulator_ids: list[uuid.UUID]) -> None:
    """Hand leases over: whoever comes next may take them at once."""
    Lease.objects.filter(owner=owner, stimulator_id__in=stimulator_ids).update(
        owner="", until=None
    )


_BEAT = """
INSERT INTO devices_supervisor (owner, started_at, seen_at, runs)
VALUES (%(owner)s, now(), now(), %(runs)s)
ON CONFLICT (owner) DO UPDATE SET seen_at = now(), runs = EXCLUDED.runs
"""

_SHARE = """
SELECT (SELECT count(*) FROM devices_supervisor
        WHERE seen_at > now() - %(span)s * interval '1 millisecond'),
       (SELECT count(*) FROM devices_run WHERE state = ANY(%(live)s))
"""

SPARE = 2


def supervisor_share(*, owner: str, runs: int) -> int:
    """Note that `owner` lives and say how many runs it may lead."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, {"owner": owner, "runs": runs})
        cursor.execute(_SHARE, {"span": _lease_ms(), "live": LIVE_STATES})
        loops, live = cursor.fetchone()
    return -(-int(live) // max(int(loops), 1)) + SPARE


def supervisor_leave(*, owner: str) -> None:
    """Give every lease back and forget the loop; called on an orderly stop."""
    Lease.objects.filter(owner=owner).update(owner="", until=None)
    Supervisor.objects.filter(owner=owner).delete()


def supervisors_forget(*, older_than_s: int = 3600) -> None:
    """Drop the rows of loops that died long ago."""
    limit = timezone.now() - timedelta(seconds=older_than_s)
    Supervisor.objects.filter(seen_at__lt=limit).delete()
