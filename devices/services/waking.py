"""Ring for the supervisors. Lost rings cost a quarter of a second."""

import uuid

from django.conf import settings
from redis import Redis

# The bell's name on the bus.
WAKE = "iontoclinic:wake"


def supervisors_wake(*, run_id: uuid.UUID) -> None:
    """Publish that a run wants attention."""
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    ) as redis:
        redis.publish(WAKE, str(run_id))
