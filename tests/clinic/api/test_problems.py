"""Errors of the API: what failed, in one shape, whoever caused it."""

import json
from typing import Any

import pytest
from django.test import Client

from clinic.api import views
from clinic.errors import Conflict
from clinic.models import Role
from tests.factories import Place, make_patient, make_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


@pytest.fixture
def client(place: Place) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(place.staff[Role.CLINICIAN])
    return client


def problem_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:iontoclinic:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_signed_out_is_401(place: Place) -> None:
    answer = Client().get("/api/v1/patients/")
    problem_of(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Session"


def test_a_role_without_permission_is_told_which(place: Place) -> None:
    client = Client()
    client.force_login(place.staff[Role.ENGINEER])
    answer = client.get("/api/v1/patients/")
    assert "patient.view" in problem_of(answer, 403, "not_allowed")["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/patients/5a3a0c0e-5f7d-4a59-9c0e-111111111111/",
        "/api/v1/patients/not-a-uuid/",
        "/api/v1/nothing/",
        "/api/v1/",
    ],
)
def test_what_does_not_exist_is_404(client: Client, address: str) -> None:
    problem_of(client.get(address), 404, "not_found")


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PUT"])
def test_a_method_that_is_not_served_is_405(client: Client, method: str) -> None:
    answer = client.generic(method, "/api/v1/patients/")
    problem_of(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("body", ["{no", '{"due_on": "\\ud800"}', '{"a": NaN}'])
def test_a_body_that_is_no_json_is_400(client: Client, body: str) -> None:
    answer = client.post(
        "/api/v1/treatment-sessions/", body, content_type="application/json"
    )
    problem_of(answer, 400, "parse_error")


def test_a_bad_body_names_each_field(client: Client) -> None:
    answer = client.post(
        "/api/v1/treatment-sessions/",
        {"due_on": "soon"},
        content_type="application/json",
    )
    problem = problem_of(answer, 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == [
        "prescription",
        "due_on",
    ]
    assert "due_on: " in problem["detail"]


def test_a_bad_filter_is_400(client: Client) -> None:
    problem_of(client.get("/api/v1/patients/?site=here"), 400, "invalid")


def test_a_refusal_keeps_code_text_and_numbers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any) -> None:
        raise Conflict("stale_page", "Page 3, row 4; reload.", seen=3, now=4)

    monkeypatch.setattr(views.Patients, "get_queryset", refuse)
    problem = problem_of(client.get("/api/v1/patients/"), 409, "stale_page")
    assert problem["detail"] == "Page 3, row 4; reload."
    assert problem["extra"] == {"seen": 3, "now": 4}


def test_a_fault_says_nothing_of_its_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(self: Any) -> None:
        raise KeyError("secret table")

    monkeypatch.setattr(views.Patients, "get_queryset", break_down)
    answer = client.get("/api/v1/patients/")
    problem_of(answer, 500, "error")
    assert b"secret" not in answer.content


def test_a_post_without_csrf_token_is_403(place: Place) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.staff[Role.PRESCRIBER])
    answer = client.post("/api/v1/prescriptions/", {}, content_type="application/json")
    assert "CSRF" in problem_of(answer, 403, "permission_denied")["detail"]


def test_a_patient_is_registered_and_corrected(client: Client, place: Place) -> None:
    entered = {
        "site": str(place.site.pk),
        "is_simulated": True,
        "family_name": "Okafor",
        "given_name": "Chidi",
        "born_on": "1978-11-30",
        "mrn": "M-9",
    }
    made = client.post("/api/v1/patients/", entered, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["allergies"] is None
    here = f"/api/v1/patients/{made.json()['id']}/"
    body = {"seen": {"allergies": None}, "changes": {"allergies": ["Latex"]}}
    fixed = client.patch(here, body, content_type="application/json")
    assert fixed.json()["allergies"] == ["Latex"]
    assert fixed.json()["gender"] == "unknown"
    again = client.patch(here, body, content_type="application/json")
    problem_of(again, 409, "stale_page")
    twice = client.post("/api/v1/patients/", entered, content_type="application/json")
    problem_of(twice, 409, "mrn_taken")


def test_an_mrn_of_another_site_is_not_told(client: Client, place: Place) -> None:
    other = make_place()
    taken = make_patient(other).mrn
    entered = {
        "site": str(other.site.pk),
        "is_simulated": True,
        "family_name": "Okafor",
        "given_name": "Chidi",
        "born_on": "1978-11-30",
    }
    told = [
        client.post(
            "/api/v1/patients/",
            {**entered, "mrn": mrn},
            content_type="application/json",
        ).json()
        for mrn in (taken, "M-none")
    ]
    assert told[0] == told[1]
    assert told[0]["errors"][0]["field"] == "site"


def test_pages_follow_by_cursor_in_order(client: Client, place: Place) -> None:
    for name in ("Young", "Adams", "Moore"):
        make_patient(place, family_name=name)
    first = client.get("/api/v1/patients/?page_size=2").json()
    second = client.get(first["next"]).json()
    names = [row["family_name"] for row in first["results"] + second["results"]]
    assert names == ["Adams", "Moore", "Young"]
    assert second["next"] is None


def test_me_says_what_each_role_allows(client: Client, place: Place) -> None:
    (membership,) = client.get("/api/v1/me/").json()["memberships"]
    assert membership["site"] == str(place.site.pk)
    assert membership["role"] == "clinician"
    assert "run.control" in membership["actions"]
    assert "prescription.sign" not in membership["actions"]
