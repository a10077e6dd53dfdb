"""Refusals and faults are pages for people and JSON for scripts."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.web.refusals import broken, refusal_middleware, refused
from tests.factories import make_world

FOOT = "not a cleared or CE/UKCA-marked medical device"


@pytest.mark.parametrize(
    ("refusal", "status", "title"),
    [
        (Refusal("cap", "12.0 mA asked, 9.6 mA allowed."), 422, "This was refused"),
        (Conflict("stale", "The page is old."), 409, "This page is out of date"),
        (Forbidden("no", "You may not."), 403, "You may not do this here"),
    ],
)
def test_a_refusal_is_a_page_that_says_what_and_why(rf, refusal, status, title):
    answer = refused(
        rf.post("/x", headers={"Referer": "http://testserver/sessions/1/"}), refusal
    )
    page = answer.content.decode()
    assert answer.status_code == status
    assert title in page
    assert refusal.text in page
    assert 'href="http://testserver/sessions/1/"' in page
    assert FOOT in page


def test_a_script_gets_the_code_and_the_numbers(rf):
    refusal = Refusal("cap", "Too much.", allowed_ua=9_600)
    request = rf.post("/x", headers={"Accept": "application/json"})
    answer = refused(request, refusal)
    assert answer.status_code == 422
    assert b'"allowed_ua": 9600' in answer.content
    assert b'"code": "cap"' in answer.content


@pytest.mark.parametrize(
    "referer", ["javascript:alert(1)", "http://testserver.example/", "//elsewhere/"]
)
def test_the_way_back_leads_to_no_other_place(rf, referer):
    request = rf.post("/x", headers={"Referer": referer})
    page = refused(request, Refusal("x", "no")).content.decode()
    assert referer not in page


def test_only_refusals_are_answered_here(rf):
    middleware = refusal_middleware(lambda request: None)
    assert middleware.process_exception(rf.get("/"), ValueError("bug")) is None
    answer = middleware.process_exception(rf.get("/"), Refusal("x", "no"))
    assert answer.status_code == 422


def test_a_fault_says_how_to_stop_by_hand(rf):
    answer = broken(rf.get("/"))
    assert answer.status_code == 500
    assert b"press the button on the stimulator" in answer.content


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_of_ours(client):
    client.force_login(make_world().here.clinician)
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert FOOT in answer.content.decode()


@pytest.mark.django_db
def test_a_form_of_another_sign_in_is_refused_as_a_page():
    client = Client(enforce_csrf_checks=True)
    answer = client.post(reverse("account_login"), {"login": "a", "password": "b"})
    assert answer.status_code == 403
    assert b"no longer yours" in answer.content


@pytest.mark.django_db
def test_pages_carry_a_strict_policy_and_its_nonce(client):
    client.force_login(make_world().here.clinician)
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_account_pages_carry_the_footer(client, name):
    assert FOOT in client.get(reverse(name)).content.decode()


def test_a_text_that_cannot_be_kept_is_refused_before_the_view(rf):
    middleware = refusal_middleware(lambda request: None)
    good, bad = rf.post("/x", {"reason": "ill"}), rf.post("/x", {"reason": "i\0l"})
    assert middleware.process_view(good, None, (), {}) is None
    answer = middleware.process_view(bad, None, (), {})
    assert answer.status_code == 422
    assert "“reason” has a character" in answer.content.decode()
    # A script's body is read by the API itself.
    raw = rf.post("/x", b"\0", content_type="application/json")
    assert middleware.process_view(raw, None, (), {}) is None
