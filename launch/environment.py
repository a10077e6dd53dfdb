"""Environment of the application's processes (the names are in `processes`)."""

import os
import re
from collections.abc import Mapping

from launch.processes import COMMON_ENVIRONMENT, OWNER_ENVIRONMENT

# Set in a person's shell these would quietly redirect our own servers or programs.
_HIDDEN = re.compile(
    r"^(PG[A-Z]+|CELERY_.*|GRANIAN_.*|DJANGO_.*|VIRTUAL_ENV|PYTHONHOME|PYTHONPATH)$"
)


def inherited() -> dict[str, str]:
    """The caller's environment without what would reach past our settings.

    A foreign database keeps the PG* variables that its user set for it.
    """
    foreign = "DATABASE_URL" in os.environ
    return {
        name: text
        for name, text in os.environ.items()
        if not _HIDDEN.match(name) or (foreign and name.startswith("PG"))
    }


def complete(contract: Mapping[str, str], *, owner: bool) -> dict[str, str]:
    """A process's whole environment; the owner's password only where it is needed."""
    names = set(COMMON_ENVIRONMENT) | (set(OWNER_ENVIRONMENT) if owner else set())
    kept = inherited()
    for name in OWNER_ENVIRONMENT:
        kept.pop(name, None)
    return kept | {name: contract[name] for name in names}


def application(
    *, database_url: str, redis_url: str, data: str, secret_key: str, speed: int
) -> dict[str, str]:
    """COMMON_ENVIRONMENT of a stack on one machine: plain HTTP on loopback."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "IONTOCLINIC_DATA": data,
        "IONTOCLINIC_SECRET_KEY": secret_key,
        "IONTOCLINIC_HOSTS": os.environ.get("IONTOCLINIC_HOSTS", "127.0.0.1,localhost"),
        "IONTOCLINIC_SPEED": str(speed),
        "IONTOCLINIC_HTTPS": "0",
    }


def owner(database_owner_url: str) -> Mapping[str, str]:
    """OWNER_ENVIRONMENT: for the steps that may change tables."""
    return {"DATABASE_OWNER_URL": database_owner_url, "IONTOCLINIC_DB_ROLE": "owner"}
