"""Send task messages without ever waiting for the broker.

A message is only a hint. A request that waited for a hung Redis would keep a
clinician waiting at the chair, so a background thread sends, and the oldest
hint is dropped when the queue is full: a sweep finds what was missed.
"""

import functools
import logging
import queue
import threading
from typing import Any

from django.db import transaction

from clinic.celery import app

log = logging.getLogger(__name__)
_hints: "queue.Queue[tuple[str, tuple[Any, ...]]]" = queue.Queue(maxsize=1000)
_sender_lock = threading.Lock()
_sender: threading.Thread | None = None


def enqueue(task: str, *args: str) -> None:
    """Hint that `task` has work, after the current transaction commits."""
    transaction.on_commit(functools.partial(_offer, task, args))


def _offer(task: str, args: tuple[Any, ...]) -> None:
    _ensure_sender()
    while True:
        try:
            _hints.put_nowait((task, args))
        except queue.Full:
            _drop_oldest()
        else:
            return


def _drop_oldest() -> None:
    try:
        _hints.get_nowait()
    except queue.Empty:
        return


def _ensure_sender() -> None:
    global _sender
    with _sender_lock:
        if _sender is None or not _sender.is_alive():
            _sender = threading.Thread(target=_send_forever, daemon=True)
            _sender.start()


def _send_forever() -> None:
    while True:
        task, args = _hints.get()
        try:
            app.send_task(task, args=args, retry=False, expires=60)
        except Exception:
            log.warning("hint %s not sent; the sweep will find the work", task)
