"""Ring for the supervisors. Lost rings cost a quarter of a second."""

import uuid

from django.conf import settings
from redis import Redis
from redis.connection import parse_url

WAKE = "wake"
LIVE = "live"


def channel(name: str) -> str:
    """The bell's name in this Redis database: publishing knows no databases, and
    two installations on one server must not hear each other."""
    place = parse_url(settings.REDIS_URL)  # type: ignore[no-untyped-call]
    return f"iontoclinic:{place.get('db', 0)}:{name}"


def supervisors_wake(*, run_id: uuid.UUID) -> None:
    """Publish that a run wants attention."""
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    ) as redis:
        redis.publish(channel(WAKE), str(run_id))
