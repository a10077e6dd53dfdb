"""The demo has a sweat test that waits for its laboratory."""

import pytest

from sessions_app.catalogue import published_entries
from sessions_app.demo.sweat import PERSON, sweat_build
from sessions_app.models import Collection, Task, TreatmentSession
from sessions_app.selectors.diagnostics import Standing, standing_of_test
from sessions_app.services.catalogue import protocol_publish
from tests.factories import make_world

pytestmark = pytest.mark.django_db


def test_it_is_built_once_and_waits_on_the_list() -> None:
    site = make_world().here.site
    protocol_publish(entry=published_entries()[PERSON.protocol])
    sweat_build(site)
    sweat_build(site)
    session = TreatmentSession.objects.get(patient__mrn=PERSON.mrn)
    assert standing_of_test(session) is Standing.AWAITING_RESULT
    row = Collection.objects.get(leg__session=session)
    assert row.started_at < row.ended_at < session.signed_at
    assert Task.objects.get(session=session).kind == "result"
