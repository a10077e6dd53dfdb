"""The form of a step beside the current: nothing is filled in for the person."""

import re

import pytest
from django.urls import reverse

from sessions_app.models import AdjunctDone
from tests.factories import make_world
from tests.sessions_app.beside import with_sound

pytestmark = pytest.mark.django_db
TICKS = {f"same-{name}-1": "yes" for name in ("mw_cm2", "khz", "minutes")}
FORM = {"done-1": "yes", "duty_permille-1": "100", **TICKS}


@pytest.fixture
def place():
    return make_world().here


@pytest.fixture
def visit(place, monkeypatch):
    return with_sound(place, monkeypatch)


@pytest.fixture
def send(client, place, visit):
    client.force_login(place.clinician)
    address = reverse("session-adjunct", args=[visit.session.pk, 1])
    return lambda **form: client.post(address, form)


def text(answer) -> str:
    return answer.content.decode()


def test_the_protocols_figure_is_shown_and_never_filled_in(send, client, visit) -> None:
    page = text(client.get(visit.path))
    (field,) = re.findall(r'<input[^>]*id="mw_cm2-1"[^>]*>', page)
    assert 'placeholder="0.8"' in field
    assert 'value=""' in field
    assert "0.8 W/cm², as the protocol says" in page


def test_figures_are_ticked_or_typed_and_the_record_says_by_whom(
    send, client, visit, place
) -> None:
    assert send(**FORM).status_code == 302
    (row,) = AdjunctDone.objects.all()
    assert row.figures == {
        "mw_cm2": 800,
        "khz": 1000,
        "duty_permille": 1000,
        "minutes": 5,
    }
    page = text(client.get(visit.path))
    assert "Done: 0.8 W/cm², 1 MHz, 100 %, 5 min" in page
    assert place.clinician.name in page


@pytest.mark.parametrize(
    ("change", "says", "field"),
    [
        ({"done-1": ""}, "done, or not done?", "done-1"),
        ({"same-khz-1": ""}, "tick 1 MHz", "khz-1"),
        ({"duty_permille-1": "a lot"}, "is no number", "duty_permille-1"),
        ({"mw_cm2-1": "0.9"}, "Keep one", "mw_cm2-1"),
        ({"mw_cm2-1": "0.9", "same-mw_cm2-1": ""}, "over the protocol", "note-1"),
        ({"done-1": "no"}, "figures are given as well", "done-1"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_kept(
    send, change, says, field
) -> None:
    answer = send(**{**FORM, "note-1": "", **change})
    page = text(answer)
    assert answer.status_code == 422
    assert says in page
    assert f'id="{field}-error"' in page
    assert not AdjunctDone.objects.exists()
    if change.get("duty_permille-1", "100") == "100":
        (kept,) = re.findall(r'<input[^>]*id="duty_permille-1"[^>]*>', page)
        assert 'value="100"' in kept
