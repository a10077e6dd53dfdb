"""Whether this process serves: for launchers, proxies and probes."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import Redis
from redis.exceptions import RedisError


@login_not_required
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Database reachable; Redis is told, and is no condition."""
    database, redis = _database(), _redis()
    return JsonResponse(
        {"ready": database, "database": database, "redis": redis},
        status=200 if database else 503,
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.3
        ) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False
