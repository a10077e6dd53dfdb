"""Every error of the API as RFC 9457 `application/problem+json`.

`type` and `code` are stable; `detail` is for a person: what failed, the number,
the limit, what to do next. `errors` names the fields of a bad body, `extra`
holds the numbers of a refusal.
"""

from http import HTTPStatus
from typing import Any

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from clinic.errors import Refusal

_known: dict[type[Exception], tuple[int, str]] = {}


def answer_with(error: type[Exception], status: int, code: str) -> None:
    """Answer `error` of a pure core with this status and code.

    Upper packages register their errors here when their addresses are loaded.
    """
    _known[error] = (status, code)


class Refused(APIException):
    """A refusal on its way out."""

    def __init__(self, status: int, code: str, text: str, extra: dict[str, Any]):
        super().__init__(text, code)
        self.status_code = status
        self.extra = extra


class ProblemRenderer(JSONRenderer):
    """JSON under the media type of a problem, whatever was asked for."""

    media_type = "application/problem+json"
    format = "problem"


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        errors = error_response.errors
        invalid = isinstance(self.exc, ValidationError)
        code = "invalid" if invalid else errors[0].code
        problem = {
            "type": f"urn:iontoclinic:problem:{code}",
            "title": HTTPStatus(self.exc.status_code).phrase,
            "status": self.exc.status_code,
            "detail": _fields(errors) if invalid else errors[0].detail,
            "code": code,
        }
        if invalid:
            problem["errors"] = [
                {"field": error.attr, "code": error.code, "detail": error.detail}
                for error in errors
            ]
        extra = getattr(self.exc, "extra", {})
        return {**problem, "extra": extra} if extra else problem


def _fields(errors: list[Any]) -> str:
    return " ".join(
        f"{error.attr}: {error.detail}" if error.attr else error.detail
        for error in errors
    )


class ProblemHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Refusal):
            return Refused(exc.status, exc.code, exc.text, exc.extra)
        for kind, (status, code) in _known.items():
            if isinstance(exc, kind):
                return Refused(status, code, str(exc), {})
        return super().convert_known_exceptions(exc)

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        return ProblemFormatter(exc, self.context, self.exc).run()

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        # The answer to a request for CSV or YAML is a problem all the same.
        request = self.context["request"]
        request.accepted_renderer = ProblemRenderer()
        request.accepted_media_type = ProblemRenderer.media_type
        return super().get_response(exc, data)


def exception_handler(exc: Exception, context: Any) -> Response | None:
    return ProblemHandler(exc, context).run()
