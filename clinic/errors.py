"""Refusals that a person sees: what failed, the number, the limit, what to do."""

from typing import Any


class Refusal(Exception):
    """An act that the product refuses.

    `code` is stable and machine-readable, the text is for the person at the
    screen, `extra` holds the numbers.
    """

    status = 422

    def __init__(self, code: str, text: str, **extra: Any) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.extra = extra


class Conflict(Refusal):
    """The state of the row does not allow the act, or the page is stale."""

    status = 409


class Forbidden(Refusal):
    """The person may not do this here."""

    status = 403
