"""Fill holes of the record from the device's own log."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant

log = logging.getLogger(__name__)

# One read of the device's log; about 100 kB on the wire.
READ_LIMIT = 2000


async def refill(run: "Attendant") -> None:
    """Read what is missing from the device's log until its newest sample."""
    while True:
        wanted = run.recorder.seen + 1
        answer = await run.link.read(run.run, wanted, READ_LIMIT)
        run.hear()
        run.take(answer.readings)
        if answer.readings and answer.readings[0].seq > wanted:
            # What the device itself lost is a gap, and counts at its upper bound.
            lost = run.recorder.skip_hole()
            log.warning("run %s: the device lost %s samples", run.run, lost)
            run.take(())
        elif not answer.readings or run.recorder.seen >= answer.last_seq:
            return
