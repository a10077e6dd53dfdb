"""Who asks: the signed-in person of the browser, by session cookie and CSRF token."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class SignedIn(SessionAuthentication):
    """As Django REST framework's, but whoever is not signed in gets a 401."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class SignedInScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = "clinic.api.authentication.SignedIn"
    name = "signedIn"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        description = (
            "Sign in at /accounts/login/. A request that changes anything also needs "
            "the header X-CSRFToken with the value of the cookie csrftoken."
        )
        return {
            **super().get_security_definition(auto_schema),
            "description": description,
        }
