"""Store samples and newest figures of many runs in one statement each.

Every write carries the fence: a supervisor that was overtaken changes nothing.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection


class ChunkWrite(NamedTuple):
    """Packed samples `first_seq`..`last_seq` of a run.

    `after_seq` is what the writer believes to be stored already; on any other
    stand the chunk is refused and the writer reads `have_seq` again.
    """

    run_id: uuid.UUID
    fence: int
    after_seq: int
    first_seq: int
    last_seq: int
    samples: int
    payload: bytes


_CHUNKS = """
WITH batch AS (
    SELECT * FROM unnest(
        %s::uuid[], %s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[],
        %s::bytea[]
    ) AS b(run_id, fence, after_seq, first_seq, last_seq, count, payload)
), moved AS (
    UPDATE devices_runlive live SET have_seq = batch.last_seq
    FROM batch
    JOIN devices_run run ON run.id = batch.run_id
    JOIN devices_lease lease
      ON lease.stimulator_id = run.stimulator_id AND lease.fence = batch.fence
    WHERE live.run_id = batch.run_id AND live.have_seq = batch.after_seq
    RETURNING live.run_id
)
INSERT INTO devices_tracechunk (run_id, first_seq, count, payload)
SELECT batch.run_id, batch.first_seq, batch.count, batch.payload
FROM batch JOIN moved USING (run_id)
ON CONFLICT DO NOTHING
RETURNING run_id
"""


def chunks_store(*, chunks: Sequence[ChunkWrite]) -> set[uuid.UUID]:
    """Store at most one chunk per run; the runs whose chunk is now safe.

    A chunk is skipped when its fence is stale or `after_seq` is not what is
    stored: sequence and fence are checked in the statement that writes.
    """
    if not chunks:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_CHUNKS, [list(column) for column in zip(*chunks, strict=True)])
        return {row[0] for row in cursor.fetchall()}


class LiveWrite(NamedTuple):
    """The newest figures of a run; see `devices.models.RunLive`."""

    run_id: uuid.UUID
    fence: int
    data_at: datetime | None
    phase: int | None
    t_ms: int
    flow_ms: int
    set_ua: int
    level_ua: int
    mean_ua: int | None
    ohm: int | None
    confirmed_nc: int
    upper_nc: int
    device_counter_nc: int
    alarms: str


_LIVE = """
UPDATE devices_runlive live
SET at = now(), data_at = batch.data_at, phase = batch.phase, t_ms = batch.t_ms,
    flow_ms = batch.flow_ms, set_ua = batch.set_ua, level_ua = batch.level_ua,
    mean_ua = batch.mean_ua, ohm = batch.ohm, confirmed_nc = batch.confirmed_nc,
    upper_nc = batch.upper_nc, device_counter_nc = batch.device_counter_nc,
    alarms = batch.alarms
FROM unnest(
    %s::uuid[], %s::bigint[], %s::timestamptz[], %s::smallint[], %s::bigint[],
    %s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[],
    %s::bigint[], %s::bigint[], %s::jsonb[]
) AS batch(run_id, fence, data_at, phase, t_ms, flow_ms, set_ua, level_ua, mean_ua,
           ohm, confirmed_nc, upper_nc, device_counter_nc, alarms)
JOIN devices_run run ON run.id = batch.run_id
JOIN devices_lease lease
  ON lease.stimulator_id = run.stimulator_id AND lease.fence = batch.fence
WHERE live.run_id = batch.run_id
"""


def live_store(*, rows: Sequence[LiveWrite]) -> None:
    """Write the newest figures of many runs in one statement."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [list(column) for column in zip(*rows, strict=True)])


def alarms_text(alarms: Sequence[dict[str, Any]]) -> str:
    """Alarms as the JSON text that `LiveWrite` carries."""
    return json.dumps(list(alarms))
