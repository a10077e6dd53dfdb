"""The schema is valid, whole, and says how errors look; its pages stay offline."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator(api_version="v1").get_schema(public=True)


def test_the_schema_is_valid_and_nothing_in_it_is_guessed() -> None:
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        api_version="v1",
        stdout=StringIO(),
    )


def test_every_operation_says_how_its_errors_look(schema: Any) -> None:
    operations = [
        operation for path in schema["paths"].values() for operation in path.values()
    ]
    assert len(operations) >= 50
    for operation in operations:
        content = operation["responses"]["default"]["content"]
        assert list(content) == ["application/problem+json"]


def test_every_operation_says_what_it_is_for(schema: Any) -> None:
    silent = [
        operation["operationId"]
        for path in schema["paths"].values()
        for operation in path.values()
        if not operation["summary"]
    ]
    assert silent == []


def test_no_chair_code_leaves_the_api(schema: Any) -> None:
    shown = [
        name
        for name, part in schema["components"]["schemas"].items()
        if "chair_code" in part.get("properties", {})
    ]
    assert shown == ["ResumeIn", "StartIn"]


@pytest.mark.django_db
def test_the_pages_need_no_inline_script_or_style_and_no_other_host() -> None:
    answer = Client().get("/api/v1/docs/")
    text = answer.content.decode()
    assert "<style" not in text
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert address.startswith(("/static/", "/api/v1/docs/"))
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/"))
    policy = answer["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "script-src 'self'" in policy


@pytest.mark.django_db
def test_the_script_of_the_pages_is_a_file_of_its_own() -> None:
    answer = Client().get("/api/v1/docs/?script=")
    assert answer["Content-Type"] == "application/javascript"
    assert '"/api/v1/schema/"' in answer.content.decode().replace("\\u002D", "-")
