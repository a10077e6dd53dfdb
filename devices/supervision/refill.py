"""Fill holes of the record from the device's own log."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.supervision.attendant import Attendant

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
            run.watch.lost(run.recorder.skip_hole())
            run.take(())
        elif not answer.readings or run.recorder.seen >= answer.last_seq:
            return
