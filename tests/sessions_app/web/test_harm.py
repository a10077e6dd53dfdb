"""Pages of skin and harm: nothing preselected, what was typed is kept, who may."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from devices.models import RunEvent
from sessions_app.models import (
    AdverseEvent,
    Incident,
    SkinCheck,
    Task,
    TreatmentSession,
)
from sessions_app.selectors.harm import electrodes_of, reusable
from tests.factories import make_world
from tests.sessions_app.harms import flowing, sign, treated
from tests.sessions_app.services.test_incidents import burn_of_a_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def place(world):
    return world.here


@pytest.fixture
def signed_in(client, place):
    client.force_login(place.clinician)
    return client


def text(answer) -> str:
    return answer.content.decode()


def post(client, name, key, **form):
    return client.post(reverse(name, args=[key]), form)


def sign_form(visit, **more) -> dict[str, str]:
    visit.session.refresh_from_db()
    kinds = reusable(electrodes_of(visit.session))
    return {
        "version": str(visit.session.version),
        "seen-1-red": "nothing",
        "seen-1-black": "nothing",
        **{f"cleaned-{kind.pk}": "yes" for kind in kinds},
        **more,
    }


def event_form(**more) -> dict[str, str]:
    now = timezone.localtime()
    return {
        "finding": "VES-1",
        "where": "1-red",
        "onset_date": now.date().isoformat(),
        "onset_time": "00:00",
        "noticed": "phone",
        **more,
    }


def test_nothing_is_preselected_at_the_signature(signed_in, place) -> None:
    visit, _ = treated(place)
    page = text(signed_in.get(visit.path))
    assert "RED, left palm" in page
    assert "Nothing to see" in page
    inputs = re.findall(r"<input[^>]*type=\"(?:radio|checkbox)\"[^>]*>", page)
    assert len(inputs) >= 5
    assert not [one for one in inputs if " checked" in one]


def test_the_signature_takes_an_answer_for_each_electrode(signed_in, place) -> None:
    visit, _ = treated(place)
    answer = post(signed_in, "session-sign", visit.session.pk, **sign_form(visit))
    assert answer.status_code == 302
    page = text(signed_in.get(visit.path))
    assert "Skin, electrode by electrode" in page
    assert SkinCheck.objects.filter(moment="after").count() == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seen-1-black": ""}, "Look at the skin under BLACK"),
        ({"seen-1-red": "found"}, "choose what you found"),
        ({"grade-1-red-ERY": "1"}, "as well"),
        ({"seen-1-red": "found", "grade-1-red-ERY": "9"}, "it has grades 0 to 3"),
    ],
)
def test_an_answer_that_is_missing_or_contradicts_itself_is_refused(
    signed_in, place, change, says
) -> None:
    visit, _ = treated(place)
    form = sign_form(visit, skin_note="a warm day", **change)
    answer = post(signed_in, "session-sign", visit.session.pk, **form)
    assert answer.status_code == 422
    assert says in text(answer)
    assert "a warm day" in text(answer)
    assert not SkinCheck.objects.exists()


def test_what_is_not_cleaned_is_named_at_its_box(signed_in, place) -> None:
    visit, _ = treated(place)
    (tray,) = reusable(electrodes_of(visit.session))
    form = sign_form(visit) | {f"cleaned-{tray.pk}": ""}
    answer = post(signed_in, "session-sign", visit.session.pk, **form)
    assert answer.status_code == 422
    assert f'href="#cleaned-{tray.pk}"' in text(answer)


def test_a_finding_at_the_signature_shows_on_the_record_and_the_patient(
    signed_in, place
) -> None:
    visit, _ = treated(place)
    form = sign_form(visit, **{"seen-1-red": "found", "grade-1-red-ERY": "1"})
    post(signed_in, "session-sign", visit.session.pk, **form)
    for path in (visit.path, reverse("patient", args=[visit.patient.pk])):
        assert "ERY 1, Erythema: fades within 24 h" in text(signed_in.get(path))
    assert "Record the call" in text(signed_in.get(visit.path))


def test_the_console_of_a_first_session_leads_to_the_look_at_the_skin(
    signed_in, place
) -> None:
    visit, run = flowing(place)
    RunEvent.objects.create(run=run, kind="queued", data={"first_session": True})
    RunEvent.objects.create(run=run, kind="prompt", data={"name": "skin"})
    address = reverse("session-skin", args=[visit.session.pk])
    assert address in text(signed_in.get(visit.path))
    page = text(signed_in.get(address))
    assert "STOP" in page
    blind = signed_in.post(address, {"seen-1-red": "nothing"})
    assert blind.status_code == 422
    both = {"seen-1-red": "nothing", "seen-1-black": "nothing"}
    assert signed_in.post(address, both).status_code == 302
    assert SkinCheck.objects.filter(moment="during").count() == 2
    assert address not in text(signed_in.get(visit.path))


def test_an_event_is_added_days_later_by_phone(signed_in, place) -> None:
    visit, _ = treated(place)
    day = timezone.localdate() - dt.timedelta(days=4)
    TreatmentSession.objects.filter(pk=visit.session.pk).update(
        state="completed", due_on=day
    )
    address = reverse("harm-add", args=[visit.session.pk])
    assert address in text(signed_in.get(visit.path))
    assert address in text(signed_in.get(reverse("patient", args=[visit.patient.pk])))
    page = text(signed_in.get(address))
    assert page.index('value="PAR-1"') < page.index('value="ERY-1"')
    assert "partial (2nd degree)" in page
    onset = timezone.localdate() - dt.timedelta(days=2)
    form = event_form(onset_date=onset.isoformat(), text="blister at home")
    assert signed_in.post(address, form).status_code == 302
    event = AdverseEvent.objects.get()
    assert (event.code, event.lead, event.noticed) == ("VES", "red", "phone")
    assert timezone.localdate(event.onset_at) == onset
    assert "blister at home" in text(signed_in.get(visit.path))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"finding": ""}, "finding"),
        ({"finding": "ERY-7"}, "finding"),
        ({"where": ""}, "where"),
        ({"noticed": ""}, "noticed"),
        ({"onset_time": "soon"}, "onset_date"),
        ({"onset_date": "2999-01-01"}, "onset_date"),
        ({"text": "x" * 601}, "text"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(
    signed_in, place, change, field
) -> None:
    visit, _ = treated(place)
    plain = event_form(text="by phone from the mother")
    answer = post(signed_in, "harm-add", visit.session.pk, **{**plain, **change})
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    if "text" not in change:
        assert "by phone from the mother" in text(answer)
    assert not AdverseEvent.objects.exists()


def test_all_that_is_missing_is_said_at_once(signed_in, place) -> None:
    visit, _ = treated(place)
    page = text(post(signed_in, "harm-add", visit.session.pk))
    for field in ("finding", "where", "onset_date", "noticed"):
        assert f'href="#{field}"' in page


def test_a_correction_keeps_both(signed_in, place) -> None:
    visit, _ = treated(place)
    post(signed_in, "harm-add", visit.session.pk, **event_form())
    old = AdverseEvent.objects.get()
    page = text(signed_in.get(reverse("harm-correct", args=[old.pk])))
    assert 'value="VES-1" selected' in page
    post(signed_in, "harm-correct", old.pk, **event_form(finding="VES-2"))
    page = text(signed_in.get(visit.path))
    assert "Corrected" in page
    assert AdverseEvent.objects.get(grade=2).supersedes == old


def test_the_call_is_recorded_and_closes(signed_in, place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="ERY-1")
    address = reverse("session-call-back", args=[visit.session.pk])
    assert Task.objects.get(kind="call_back").link == address
    assert "ERY 1" in text(signed_in.get(address))
    form = {"seen-1-red": "nothing", "seen-1-black": "nothing", "text": "gone"}
    assert signed_in.post(address, form).status_code == 302
    assert signed_in.get(address).status_code == 404


def test_the_incident_is_shown_and_decided(client, place) -> None:
    visit, _ = treated(place)
    sign(place, visit, red="BRN-2")
    incident = Incident.objects.get()
    address = reverse("incident", args=[incident.pk])
    client.force_login(place.clinician)
    assert "Stopped" in text(client.get(reverse("patient", args=[visit.patient.pk])))
    page = text(client.get(address))
    assert "as copied" in page
    assert "A prescriber or an engineer decides" in page
    client.force_login(place.prescriber)
    blank = post(client, "incident-decide", incident.pk, decision="burn of 3 mm")
    assert blank.status_code == 422
    assert "burn of 3 mm" in text(blank)
    done = post(
        client, "incident-decide", incident.pk, reportable="yes", decision="sent"
    )
    assert done.status_code == 302
    assert "Reportable" in text(client.get(address))


def test_an_engineer_decides_without_seeing_whom_it_hurt(client, place) -> None:
    visit, _ = treated(place, family_name="Quill")
    sign(place, visit, red="BRN-2")
    client.force_login(place.staff[Role.ENGINEER])
    address = reverse("incident", args=[Incident.objects.get().pk])
    page = text(client.get(address))
    assert "Decide as" in page
    assert "QUILL" not in page


def test_rows_of_another_site_do_not_exist(client, world) -> None:
    visit, _ = treated(world.here)
    sign(world.here, visit, red="BRN-2")
    event, incident = AdverseEvent.objects.get(), Incident.objects.get()
    addresses = [
        reverse("harm-add", args=[visit.session.pk]),
        reverse("harm-correct", args=[event.pk]),
        reverse("session-call-back", args=[visit.session.pk]),
        reverse("session-skin", args=[visit.session.pk]),
        reverse("incident", args=[incident.pk]),
    ]
    for role in Role:
        client.force_login(world.other.staff[role])
        assert {client.get(address).status_code for address in addresses} == {404}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_does_not_treat_sees_but_does_not_record(client, place, role) -> None:
    visit, _ = treated(place)
    client.force_login(place.staff[role])
    assert "Add an adverse event" not in text(client.get(visit.path))
    answer = post(client, "harm-add", visit.session.pk, **event_form())
    assert answer.status_code == 403
    assert not AdverseEvent.objects.exists()


def test_the_incident_of_a_delivery_shows_what_was_entered(client, place) -> None:
    incident = burn_of_a_delivery(place, source="hand", serial="X-9")
    client.force_login(place.clinician)
    page = client.get(reverse("incident", args=[incident.pk]))
    assert page.status_code == 200
    assert "Meter read by hand, X-9" in page.content.decode()
