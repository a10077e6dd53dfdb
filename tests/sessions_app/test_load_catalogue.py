"""The command by which each start publishes the catalogue."""

from io import StringIO

import pytest
from django.core.management import call_command

from sessions_app.models import Protocol, ProtocolAdoption

pytestmark = pytest.mark.django_db


def test_it_publishes_all_once_and_adopts_nothing() -> None:
    for _ in range(2):
        said = StringIO()
        call_command("load_catalogue", stdout=said)
        assert said.getvalue() == "46 protocols and 12 ladders are published\n"
    assert Protocol.objects.count() == 46
    assert not ProtocolAdoption.objects.exists()


def test_a_row_of_an_earlier_form_is_followed_by_todays() -> None:
    Protocol.objects.create(code="HH-PALM", title="Earlier", entry={"code": "HH-PALM"})
    call_command("load_catalogue", stdout=StringIO())
    newest = Protocol.objects.filter(code="HH-PALM").order_by("-version")[0]
    assert (newest.version, newest.entry["code"]) == (2, "HH-PALM")
    assert newest.entry["figures"]
