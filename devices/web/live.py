"""The live stream: `/live/events?runs=ID,ID`."""

import asyncio
import uuid
from collections.abc import AsyncIterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from clinic.models import Staff
from clinic.web.off_loop import off_loop
from devices.selectors.live import visible_runs
from devices.web.hub import hub

CHECK_S = 15.0
MAX_RUNS = 50


async def events(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Stream the runs that the person may see; checked again each 15 s.

    A stream is no activity: it never prolongs a sign-in.
    """
    try:
        asked = [uuid.UUID(part) for part in request.GET.get("runs", "").split(",")]
    except ValueError:
        return HttpResponse("runs: a list of run ids, please", status=400)
    staff = await request.auser()
    runs = await _visible(staff.pk, asked[:MAX_RUNS])
    response = StreamingHttpResponse(
        _checked(staff.pk, asked[:MAX_RUNS], runs), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _checked(
    staff_id: uuid.UUID, asked: list[uuid.UUID], runs: set[str]
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    checked_s = loop.time()
    async for tick in hub.stream(runs):
        yield tick
        if loop.time() - checked_s > CHECK_S:
            checked_s = loop.time()
            if await _visible(staff_id, asked) != runs:
                return


async def _visible(staff_id: uuid.UUID, asked: list[uuid.UUID]) -> set[str]:
    return await off_loop(_visible_now, staff_id, asked)


def _visible_now(staff_id: uuid.UUID, asked: list[uuid.UUID]) -> set[str]:
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    return set() if staff is None else visible_runs(staff=staff, run_ids=asked)
