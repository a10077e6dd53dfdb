"""The pages of the catalogue: what stands where, and who signs what."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Role, SiteMembership
from sessions_app.catalogue import published_entries
from sessions_app.domain.entry import open_fields
from sessions_app.domain.figures import FIGURES
from sessions_app.domain.protocol import PathClass
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.services.adopting import protocol_adopt
from sessions_app.services.catalogue import catalogue_load, protocol_publish
from tests.factories import Place, World, make_patient, make_staff, make_world
from tests.visits import adopted, make_order, values_for

pytestmark = pytest.mark.django_db
CODE = "LE-DEX40"
SOURCE = "Site protocol 12, page 3"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def place(world) -> Place:
    return world.here


@pytest.fixture
def prescriber(client, place):
    client.force_login(place.prescriber)
    return client


def publish(code: str = CODE) -> Protocol:
    return protocol_publish(entry=published_entries()[code])


def restricted() -> Protocol:
    old = published_entries()["HH-PALM"]
    figures = {**old.figures, "path": PathClass.HEAD.value}
    return protocol_publish(entry=replace(old, code="HH-HEAD", figures=figures))


def text(answer) -> str:
    return answer.content.decode()


def see(client, code: str = CODE, **query) -> str:
    answer = client.get(reverse("protocol", args=[code]), query)
    assert answer.status_code == 200
    return text(answer)


def typed(code: str = CODE) -> dict[str, str]:
    """What a prescriber types for the open fields of a protocol."""
    fields = {one.field for one in open_fields(published_entries()[code])}
    return {
        field: FIGURES[field].text(given.value)
        if FIGURES[field].scale > 1
        else str(given.value)
        for field, given in values_for(code).items()
        if field in fields
    }


def adopt(client, place, protocol: Protocol, **form):
    plain = {"site": place.site.pk, "protocol": protocol.pk}
    return client.post(
        reverse("protocol-adopt", args=[protocol.code]), {**plain, **form}
    )


def test_the_list_has_every_entry_under_its_group(prescriber) -> None:
    catalogue_load()
    page = text(prescriber.get("/protocols/"))
    for code, entry in published_entries().items():
        assert f">{code}</a>" in page
        heading = entry.group.replace("_", " ").capitalize()
        assert re.search(rf"<h2[^>]*>{heading}</h2>", page)


def test_each_status_is_a_word_beside_the_protocol(prescriber, place) -> None:
    catalogue_load()
    adopted(place, "HH-PALM")
    protocol_adopt(
        site=place.site, protocol=restricted(), by=place.prescriber, source=SOURCE
    )
    page = text(prescriber.get("/protocols/"))
    for words in (
        "In force here",
        "Awaiting second signature",
        "Adoptable",
        f"Locked: {len(open_fields(published_entries()[CODE]))} fields",
        "Record only",
        "Refused",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"q": "le-dex40"}, {"LE-DEX40"}),
        ({"q": "acetic plantar"}, {"PF-ACET"}),
        ({"status": "record_only"}, {"PATCH-DEX"}),
        ({"q": "nothing has this"}, set()),
    ],
)
def test_the_list_is_filtered_without_scripts(prescriber, query, codes) -> None:
    catalogue_load()
    page = text(prescriber.get("/protocols/", query))
    assert set(re.findall(r">([A-Z0-9-]+)</a></td>", page)) == codes


@pytest.mark.parametrize("code", published_entries())
def test_every_entry_has_a_page_with_each_value_trust_and_source(
    prescriber, code
) -> None:
    entry = published_entries()[code]
    publish(code)
    page = see(prescriber, code)
    for path, figure in FIGURES.items():
        assert figure.label in page, path
    if any(entry.trust_of(path) == "M" for path in FIGURES):
        assert "from memory, verify" in page
    assert ("Adopt as" in page) is (entry.kind == "treat")


def test_ranges_are_shown_with_their_unit_and_every_word_of_trust(prescriber) -> None:
    publish("HH-PALM")
    page = see(prescriber, "HH-PALM")
    assert "10 to 15 mA" in page
    for words in ("seen in an excerpt", "derived", "site policy"):
        assert words in page


def test_an_unknown_protocol_and_a_foreign_site_do_not_exist(prescriber, world) -> None:
    publish()
    assert prescriber.get("/protocols/NO-SUCH/").status_code == 404
    for address in ("/protocols/", f"/protocols/{CODE}/"):
        answer = prescriber.get(address, {"site": world.other.site.pk})
        assert answer.status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PRESCRIBER}))
def test_only_a_prescriber_sees_the_form_and_may_send_it(client, place, role) -> None:
    protocol = publish()
    client.force_login(place.staff[role])
    assert "Adopt as" not in see(client)
    answer = adopt(client, place, protocol, source=SOURCE, **typed())
    assert answer.status_code == 403
    assert not ProtocolAdoption.objects.exists()


def test_safety_fields_start_empty_with_the_published_figure_beside(prescriber) -> None:
    publish()
    page = see(prescriber)
    field = re.search(r'<input[^>]*id="currents\.max_ua"[^>]*>', page)
    assert field is not None
    assert 'value=""' in field[0]
    published = FIGURES["currents.max_ua"].text(
        published_entries()[CODE].figures["currents.max_ua"]
    )
    assert f"Published: {published}, from memory." in page


def test_one_signature_adopts_with_what_was_typed(prescriber, place) -> None:
    protocol = publish()
    answer = adopt(prescriber, place, protocol, source=SOURCE, **typed())
    assert answer.status_code == 302
    adoption = ProtocolAdoption.objects.get()
    assert adoption.in_force
    assert adoption.adopted_by == place.prescriber
    given = values_for(CODE)
    for field in typed():
        assert adoption.entered[field] == {
            "value": given[field].value,
            "source": SOURCE,
        }
    page = see(prescriber)
    assert "In force here" in page
    assert SOURCE in page
    assert "Adopt as" not in page


def test_a_field_may_name_a_source_of_its_own(prescriber, place) -> None:
    form = {**typed(), "source": SOURCE, "source.ages.floor": "Hospital age policy"}
    adopt(prescriber, place, publish(), **form)
    entered = ProtocolAdoption.objects.get().entered
    assert entered["ages.floor"]["source"] == "Hospital age policy"
    assert entered["currents.max_ua"]["source"] == SOURCE


def test_every_open_field_left_empty_has_its_error(prescriber, place) -> None:
    answer = adopt(prescriber, place, publish(), source=SOURCE)
    assert answer.status_code == 422
    for one in open_fields(published_entries()[CODE]):
        assert f'href="#{one.field}"' in text(answer)
        assert f'id="{one.field}-error"' in text(answer)


def test_an_error_stands_at_its_field_and_what_was_typed_is_kept(
    prescriber, place
) -> None:
    form = {**typed(), "currents.max_ua": "4 µA", "ages.floor": "17", "source": SOURCE}
    answer = adopt(prescriber, place, publish(), **form)
    page = text(answer)
    assert answer.status_code == 422
    assert "“4 µA” is in µA; this field is in mA" in page
    assert re.findall(r'href="#([^"]+)"', page).count("currents.max_ua") == 1
    assert 'value="4 µA"' in page
    assert 'value="17"' in page
    assert f'value="{SOURCE}"' in page
    assert not ProtocolAdoption.objects.exists()


def test_values_without_any_source_are_refused_at_the_source(prescriber, place) -> None:
    answer = adopt(prescriber, place, publish(), **typed())
    assert answer.status_code == 422
    assert 'href="#source.ages.floor"' in text(answer)


def test_a_choice_of_drugs_is_picked_with_its_concentration(prescriber, place) -> None:
    code = "GALV-VASC"
    form = {
        **_typed_but_drugs(code),
        "drug.1": "heparin",
        "concentration.1": "5000 IU/mL",
        "source": SOURCE,
    }
    answer = adopt(prescriber, place, publish(code), **form)
    assert answer.status_code == 302
    assert ProtocolAdoption.objects.get().spec["drugs"][0]["code"] == "heparin"


def _typed_but_drugs(code: str) -> dict[str, str]:
    values = values_for(code)
    return {
        field: FIGURES[field].text(given.value)
        if FIGURES[field].scale > 1
        else str(given.value)
        for field, given in values.items()
        if field in FIGURES
    }


def test_a_restricted_path_is_signed_by_a_second_prescriber(client, place) -> None:
    protocol = restricted()
    client.force_login(place.prescriber)
    answer = adopt(client, place, protocol)
    assert answer.status_code == 422
    assert 'href="#source"' in text(answer)
    adopt(client, place, protocol, source=SOURCE)
    adoption = ProtocolAdoption.objects.get()
    own = see(client, protocol.code)
    assert "Awaiting second signature" in own
    assert "Sign as second prescriber" not in own
    address = reverse("adoption-second", args=[protocol.code, adoption.pk])
    assert client.post(address).status_code == 409
    other = make_staff(place.site, Role.PRESCRIBER)
    client.force_login(other)
    page = see(client, protocol.code)
    assert f"Sign as second prescriber: {other.name}" in page
    assert "Highest current" in page
    assert client.post(address).status_code == 302
    adoption.refresh_from_db()
    assert adoption.in_force


def test_a_withdrawal_asks_why_and_shows_it(prescriber, place) -> None:
    adoption = adopted(place, "HH-PALM")
    address = reverse("adoption-withdraw", args=["HH-PALM", adoption.pk])
    answer = prescriber.post(address, {"reason": " "})
    assert answer.status_code == 422
    assert 'href="#reason"' in text(answer)
    assert prescriber.post(address, {"reason": "burns twice"}).status_code == 302
    page = see(prescriber, "HH-PALM")
    assert "burns twice" in page
    assert "Adopt as" in page


@pytest.mark.parametrize("act", ["second", "withdraw"])
def test_acts_on_an_adoption_of_another_site_find_nothing(client, world, act) -> None:
    adoption = adopted(world.here, "HH-PALM")
    client.force_login(world.other.prescriber)
    address = reverse(f"adoption-{act}", args=["HH-PALM", adoption.pk])
    assert client.post(address, {"reason": "none of mine"}).status_code == 404
    adoption.refresh_from_db()
    assert adoption.in_force


def test_another_site_sees_neither_adoption_nor_prescription(client, world) -> None:
    order = make_order(make_patient(world.here), world.here, "HH-PALM")
    entry = published_entries()["HH-PALM"]
    protocol_publish(entry=replace(entry, title="Palms, newly written"))
    client.force_login(world.other.prescriber)
    page = see(client, "HH-PALM")
    assert str(order.patient) not in page
    assert world.here.site.name not in page
    assert "Nobody has adopted it here." in page


def test_a_newer_version_shows_what_changed_and_whom_it_touches(
    prescriber, place
) -> None:
    order = make_order(make_patient(place), place, "HH-PALM")
    entry = published_entries()["HH-PALM"]
    newer = protocol_publish(entry=replace(entry, title="Palms, newly written"))
    page = see(prescriber, "HH-PALM")
    assert "In force here as v1, demo: v2 is out" in page
    assert "Title: Palms, newly written" in page
    assert str(order.patient) in page
    assert "Signing withdraws the adoption of version 1" in page
    assert adopt(prescriber, place, newer).status_code == 302
    assert "HH-PALM v2 adopted in its place" in see(prescriber, "HH-PALM")


def test_a_page_of_an_older_version_adopts_nothing(prescriber, place) -> None:
    old = publish("HH-PALM")
    entry = published_entries()["HH-PALM"]
    protocol_publish(entry=replace(entry, title="Palms, newly written"))
    assert adopt(prescriber, place, old).status_code == 409
    assert not ProtocolAdoption.objects.exists()


def test_whoever_works_at_two_sites_turns_from_one_to_the_other(
    prescriber, world
) -> None:
    SiteMembership.objects.create(
        staff=world.here.prescriber, site=world.other.site, role=Role.CLINICIAN
    )
    adopted(world.here, "HH-PALM")
    here = see(prescriber, "HH-PALM", site=world.here.site.pk)
    there = see(prescriber, "HH-PALM", site=world.other.site.pk)
    assert "Withdraw this adoption" in here
    assert world.other.site.name in here
    assert "Nobody has adopted it here." in there
    assert "Adopt as" not in there


def test_the_menu_marks_where_the_person_is(prescriber) -> None:
    page = text(prescriber.get("/protocols/"))
    assert re.search(r'href="/protocols/" aria-current="page">Protocols', page)


def test_the_list_asks_no_more_of_the_database_for_more_protocols(
    prescriber, place, django_assert_num_queries
) -> None:
    adopted(place, "HH-PALM")
    with CaptureQueriesContext(connection) as one:
        prescriber.get("/protocols/")
    catalogue_load()
    adopted(place, CODE)
    with django_assert_num_queries(len(one)):
        prescriber.get("/protocols/")


def test_a_worn_patch_says_how_it_is_recorded_and_is_not_adopted(prescriber) -> None:
    publish("PATCH-DEX")
    page = see(prescriber, "PATCH-DEX")
    assert "No networked stimulator" in page
    assert "Worn patch" in page
    assert 'id="adopt"' not in page


def test_what_a_stimulator_gives_says_nothing_of_patches(prescriber) -> None:
    publish()
    assert "Worn patch" not in see(prescriber)
