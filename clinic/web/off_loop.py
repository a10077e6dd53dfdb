"""Database work from an async view, without keeping a pooled connection."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


async def off_loop(work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
    """Run `work` on a thread and give its connection back to the pool."""

    def run() -> R:
        try:
            return work(*args, **named)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()
