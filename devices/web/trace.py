"""`GET /runs/<uuid>/trace.json`: what a chart draws."""

import uuid

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from devices.selectors.trace import chart
from devices.web.run_acts import run_for


@require_GET
def trace(request: HttpRequest, run_id: uuid.UUID) -> JsonResponse:
    """Min/max buckets of the whole run, live or sealed."""
    return JsonResponse(chart(run_for(request, run_id, "run.view")))
