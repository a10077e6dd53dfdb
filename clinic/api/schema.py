"""What the schema says of every operation alike, and names that it cannot guess."""

from typing import Any

from django.apps import apps

Choices = list[tuple[str, str]]

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `detail` says what failed, the number, the limit and "
    "what to do next; `code` is stable.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "The fields of a body that could not be read.",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "nullable": True},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "extra": {
            "type": "object",
            "description": "The numbers of a refusal.",
            "additionalProperties": {},
        },
    },
}
_METHODS = ("get", "post", "put", "patch", "delete")


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every operation its `default` answer, a problem, and a line for lists."""
    result["components"]["schemas"]["Problem"] = _PROBLEM
    answer = {
        "description": "A problem",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"}
            }
        },
    }
    for path in result["paths"].values():
        for method in _METHODS:
            if method in path:
                path[method]["responses"]["default"] = answer
                first = path[method].get("description", "").partition("\n\n")[0]
                path[method]["summary"] = first.replace("\n", " ")
    return result


def run_states() -> Choices:
    return _states("devices", "Run")


def command_states() -> Choices:
    return _states("devices", "RunCommand")


def session_states() -> Choices:
    return _states("sessions_app", "TreatmentSession")


def _states(app: str, model: str) -> Choices:
    field: Any = apps.get_model(app, model).state.field
    return list(field.choices)
