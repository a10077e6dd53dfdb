"""The page of minutes: acts, what was stated, units with their arithmetic."""

import pytest
from django.urls import reverse

from clinic.models import Role
from sessions_app.models import AttendedTime
from tests.factories import make_world
from tests.sessions_app.harms import treated

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def address(client, world):
    visit, _ = treated(world.here)
    client.force_login(world.here.clinician)
    return reverse("session-minutes", args=[visit.session.pk])


def text(answer) -> str:
    return answer.content.decode()


def test_stated_minutes_become_units_with_their_arithmetic(client, address) -> None:
    form = {"code": "97033", "minutes-97033": "80", "reason-97033": "two places"}
    assert client.post(address, form).status_code == 302
    page = text(client.get(address))
    assert "97033: <strong>5 units</strong>" in page
    assert "Pool: 80 = 80 min = 5 × 15 min + 5 min" in page
    assert "5 units, 4 a day at most" in page
    assert "Pool" not in text(client.get(f"{address}?payer=midpoint"))


def test_what_is_refused_is_kept_and_named(client, address) -> None:
    answer = client.post(address, {"code": "97033", "minutes-97033": "7"})
    assert answer.status_code == 422
    assert 'id="reason-97033-error"' in text(answer)
    assert 'value="7"' in text(answer)
    assert client.post(address, {"code": "97033"}).status_code == 422
    assert not AttendedTime.objects.exists()


def test_who_only_reads_has_no_form_and_another_site_has_no_page(
    client, address, world
) -> None:
    client.force_login(world.here.staff[Role.AUDITOR])
    assert "State minutes" not in text(client.get(address))
    form = {"code": "97033", "minutes-97033": "0"}
    assert client.post(address, form).status_code == 403
    client.force_login(world.other.clinician)
    assert client.get(address).status_code == 404
