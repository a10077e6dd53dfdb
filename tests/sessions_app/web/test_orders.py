"""Orders on their pages: written in one form, checked, signed, revised, planned."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Patient, Role
from sessions_app.demo.treatment import electrodes_build
from sessions_app.demo.visiting import consents_give
from sessions_app.models import Prescription, ProtocolAdoption, TreatmentSession
from tests.factories import World, make_patient, make_world
from tests.sessions_app.services.test_prescribing import adoption, signed, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def patient(world) -> Patient:
    return make_patient(world.here, family_name="Khan", mrn="M-4711")


@pytest.fixture
def prescriber(client, world):
    client.force_login(world.here.prescriber)
    return client


@pytest.fixture
def elbow(world) -> ProtocolAdoption:
    return adoption(world.here, "LE-DEX40")


def text(answer) -> str:
    return answer.content.decode()


def typed(**changes) -> dict[str, str]:
    """The form of an elbow, as a person fills it in."""
    kinds = electrodes_build()
    pad = str(kinds["Buffered drug pad 13.3 cm²"].pk)
    back = str(kinds["Return pad 40 cm²"].pk)
    plain = {
        "legs": "1",
        "indication": "Tennis elbow",
        "diagnosis": "M77.11",
        "sessions_planned": "6",
        "expires_on": str(timezone.localdate() + dt.timedelta(days=60)),
        "leg-1-active": "elbow:right",
        "leg-1-active_place": "right lateral epicondyle",
        "leg-1-active_electrode": pad,
        "leg-1-drug_pole": "cathode",
        "leg-1-return": "upper_arm:right",
        "leg-1-return_electrode": back,
        "do": "save",
    }
    return {**plain, **changes}


def post_new(client, patient, elbow, **changes):
    path = reverse("prescription-new", args=[patient.pk, elbow.pk])
    return client.post(path, typed(**changes))


def order_of(patient) -> Prescription:
    return Prescription.objects.get(patient=patient)


def test_an_order_is_written_signed_and_planned_by_its_pages(
    prescriber, patient, elbow
) -> None:
    choose = prescriber.get(reverse("prescription-choose", args=[patient.pk]))
    path = reverse("prescription-new", args=[patient.pk, elbow.pk])
    assert path in text(choose)
    assert "under the cathode (−), black lead" in text(prescriber.get(path))
    saved = post_new(prescriber, patient, elbow)
    order = order_of(patient)
    assert saved.url == reverse("prescription", args=[order.pk])
    page = text(prescriber.get(saved.url))
    assert "Draft, not signed" in page
    assert "right lateral epicondyle: Buffered drug pad 13.3 cm²" in page
    consents_give(order, order.written_by)
    prescriber.post(reverse("prescription-sign", args=[order.pk]))
    day = timezone.localdate() + dt.timedelta(days=3)
    prescriber.post(
        reverse("prescription-plan", args=[order.pk]),
        {"due_on": str(day), "due_at": "09:30"},
    )
    session = TreatmentSession.objects.get(patient=patient)
    assert (session.due_on, session.due_at) == (day, dt.time(9, 30))
    leg = order.legs.get()
    assert (leg.body_site, leg.side, leg.drug_pole) == ("elbow", "right", "cathode")
    assert leg.return_place == "right upper arm"


def test_a_check_shows_every_limit_and_writes_nothing(
    prescriber, patient, elbow
) -> None:
    page = text(post_new(prescriber, patient, elbow, do="check"))
    assert "Every limit holds" in page
    assert "cathode 13.3 cm² × 0.5 mA/cm²" in page
    assert 'value="Tennis elbow"' in page
    assert not Prescription.objects.exists()


def test_a_refused_form_keeps_what_was_typed_and_points_at_the_field(
    prescriber, patient, elbow
) -> None:
    answer = post_new(
        prescriber, patient, elbow, **{"leg-1-drug_pole": "anode", "max_ma": "3.5"}
    )
    page = text(answer)
    assert answer.status_code == 422
    assert 'href="#leg-1-drug_pole"' in page
    assert "goes under the cathode, not the anode" in page
    assert 'value="3.5"' in page
    assert 'value="right lateral epicondyle"' in page
    assert not Prescription.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("sessions_planned", "many", "is no whole number"),
        ("sessions_planned", "99", "99 sessions asked"),
        ("expires_on", "", "Give the last day"),
        ("max_ma", "lots", "is no mA"),
        ("leg-1-active", "", "Choose where the active electrode"),
        ("leg-1-active", "moon:left", "Choose where the active electrode"),
        ("leg-1-return_electrode", "x", "Choose the return electrode"),
        ("leg-1-drug_pole", "", "say under which pole"),
        ("diagnosis", "E11.9", "none of the diagnoses"),
        ("indication", "", "Write what is treated"),
        ("leg-1-return", "chest:", "no electrode lies on the heart"),
    ],
)
def test_each_wrong_field_says_so(
    prescriber, patient, elbow, field, value, says
) -> None:
    for act in ("check", "save"):
        page = text(post_new(prescriber, patient, elbow, **{field: value, "do": act}))
        assert says.lower() in page.lower()
    assert not Prescription.objects.exists()


def test_places_are_added_and_removed_with_all_else_kept(
    prescriber, patient, elbow
) -> None:
    page = text(post_new(prescriber, patient, elbow, do="add"))
    assert 'name="legs" value="2"' in page
    assert 'name="leg-2-active"' in page
    assert 'value="right lateral epicondyle"' in page
    two = {"legs": "2", "leg-2-active_place": "the other one", "do": "remove-1"}
    page = text(post_new(prescriber, patient, elbow, **two))
    assert 'name="legs" value="1"' in page
    assert (
        'id="leg-1-active_place" name="leg-1-active_place" type="text" value="the other'
        in page
    )


def test_a_soft_limit_asks_for_a_reason_and_is_then_overridden(
    prescriber, patient, world, elbow
) -> None:
    world.here.site.policy = {"max_ua": 3_000}
    world.here.site.save()
    page = text(post_new(prescriber, patient, elbow))
    assert "policy of the site, 3.0 mA" in page
    assert 'name="override-site"' in page
    post_new(prescriber, patient, elbow, **{"override-site": "large forearm"})
    assert order_of(patient).overrides == {"site": {"reason": "large forearm"}}


def test_revising_starts_from_what_was_signed_and_replaces_it(
    prescriber, patient, world
) -> None:
    order = signed(world.here, "LE-DEX40", patient=patient)
    path = reverse("prescription-revise", args=[order.pk])
    page = text(prescriber.get(path))
    assert 'value="right lateral epicondyle"' in page
    assert '<option value="elbow:right" selected>' in page
    prescriber.post(path, typed(sessions_planned="5"))
    draft = Prescription.objects.get(replaces=order)
    # The place is called what it was: its course goes on by that name.
    assert str(draft.legs.get()) == str(order.legs.get())
    consents_give(draft, draft.written_by)
    prescriber.post(reverse("prescription-sign", args=[draft.pk]))
    old = text(prescriber.get(reverse("prescription", args=[order.pk])))
    assert "Replaced by version 2" in old


def test_a_draft_is_changed_in_place_and_thrown_away(
    prescriber, patient, elbow
) -> None:
    post_new(prescriber, patient, elbow)
    order = order_of(patient)
    prescriber.post(
        reverse("prescription-change", args=[order.pk]), typed(sessions_planned="4")
    )
    order.refresh_from_db()
    assert (order.sessions_planned, order.version) == (4, 1)
    assert order.legs.get().body_site == "elbow"
    prescriber.post(reverse("prescription-discard", args=[order.pk]))
    assert not Prescription.objects.exists()


def test_a_signed_order_is_neither_changed_nor_thrown_away(
    prescriber, patient, world
) -> None:
    order = signed(world.here, "LE-DEX40", patient=patient)
    for name in ("prescription-change", "prescription-discard"):
        answer = prescriber.post(reverse(name, args=[order.pk]), typed())
        assert answer.status_code == 409
    assert Prescription.objects.get().sessions_planned == order.sessions_planned


def test_stopping_asks_for_a_reason_and_keeps_the_page(
    prescriber, patient, world
) -> None:
    order = signed(world.here, "LE-DEX40", patient=patient)
    path = reverse("prescription-stop", args=[order.pk])
    answer = prescriber.post(path, {"reason": " "})
    assert answer.status_code == 422
    assert "Write why" in text(answer)
    prescriber.post(path, {"reason": "skin reaction"})
    assert "skin reaction" in text(
        prescriber.get(reverse("prescription", args=[order.pk]))
    )


def test_planning_too_soon_names_the_earliest_day(prescriber, patient, world) -> None:
    order = signed(world.here, "LE-DEX40", patient=patient)
    path = reverse("prescription-plan", args=[order.pk])
    today = timezone.localdate()
    prescriber.post(path, {"due_on": str(today)})
    answer = prescriber.post(path, {"due_on": str(today), "due_at": "11:00"})
    assert answer.status_code == 422
    tomorrow = today + dt.timedelta(days=1)
    assert f"earliest day is {tomorrow:%d-%b-%Y}" in text(answer)
    assert 'value="11:00"' in text(answer)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_write_sees_no_button_and_gets_403(
    client, world, patient, role, elbow
) -> None:
    order = write(world.here, "LE-DEX40", patient=patient)
    client.force_login(world.here.staff[role])
    shown = text(client.get(reverse("patient", args=[patient.pk])))
    assert "New prescription" not in shown
    page = text(client.get(reverse("prescription", args=[order.pk])))
    assert "Sign as" not in page
    assert "Change the draft" not in page
    paths = [
        reverse("prescription-choose", args=[patient.pk]),
        reverse("prescription-new", args=[patient.pk, elbow.pk]),
        reverse("prescription-change", args=[order.pk]),
    ]
    assert {client.get(path).status_code for path in paths} == {403}
    assert client.post(reverse("prescription-sign", args=[order.pk])).status_code == 403


def test_nothing_of_another_site_is_found(client, world, patient, elbow) -> None:
    order = write(world.here, "LE-DEX40", patient=patient)
    client.force_login(world.other.prescriber)
    paths = [
        reverse("prescription-choose", args=[patient.pk]),
        reverse("prescription-new", args=[patient.pk, elbow.pk]),
    ]
    paths += [
        reverse(f"prescription{act}", args=[order.pk])
        for act in ("", "-change", "-revise")
    ]
    assert {client.get(path).status_code for path in paths} == {404}
    for act in ("sign", "stop", "discard", "plan"):
        path = reverse(f"prescription-{act}", args=[order.pk])
        assert client.post(path).status_code == 404


def test_a_protocol_of_another_site_cannot_be_ordered(
    prescriber, patient, world
) -> None:
    elsewhere = adoption(world.other, "LE-DEX40")
    path = reverse("prescription-new", args=[patient.pk, elsewhere.pk])
    assert prescriber.get(path).status_code == 404
