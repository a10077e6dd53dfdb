"""Electrode types are listed for all, and added by those who answer for them."""

import pytest
from django.urls import reverse

from clinic.models import Role
from sessions_app.demo.treatment import electrodes_build
from sessions_app.models import ElectrodeType
from tests.factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def engineer(client, world):
    client.force_login(world.here.staff[Role.ENGINEER])
    return client


def text(answer) -> str:
    return answer.content.decode()


def typed(**changes) -> dict[str, str]:
    plain = {
        "name": "Pad 20 cm²",
        "kind": "pad",
        "material": "ag_agcl",
        "area": "20.5",
        "size": "30",
        "anode_limit": "1",
        "cathode_limit": "0.5",
        "rating": "80",
        "waveform-dc": "yes",
        "is_buffered": "yes",
        "source": "data sheet of 2026",
    }
    return {**plain, **changes}


def test_an_electrode_is_added_in_the_units_of_people(engineer) -> None:
    answer = engineer.post(reverse("electrode-new"), typed())
    assert answer.url == reverse("electrodes")
    kind = ElectrodeType.objects.get(name="Pad 20 cm²")
    assert (kind.area_mm2, kind.size_mm2, kind.rating_nc) == (
        2_050,
        3_000,
        4_800_000_000,
    )
    assert (kind.anode_limit_ua_cm2, kind.cathode_limit_ua_cm2) == (1_000, 500)
    assert (kind.waveforms, kind.is_buffered, kind.is_reusable) == (
        ["dc"],
        True,
        False,
    )
    assert "Pad 20 cm²" in text(engineer.get(reverse("electrodes")))


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "Enter the name"),
        ({"kind": "hat"}, "kind", "Choose the class"),
        ({"material": ""}, "material", "Choose what"),
        ({"area": ""}, "area", "Enter the area"),
        ({"area": "big"}, "area", "is no area"),
        ({"area": "-3"}, "area", "Enter the area"),
        ({"area": "31"}, "area", "the whole plate has 30 cm²"),
        ({"area": "1e400"}, "area", "is no area"),
        ({"cathode_limit": "2.5"}, "cathode_limit", "2.5 mA/cm² at the cathode"),
        ({"anode_limit": ""}, "anode_limit", "at the anode cannot be"),
        ({"rating": "0"}, "rating", "above 0"),
        ({"waveform-dc": ""}, "waveform-dc", "Tick which"),
        ({"is_reusable": "yes"}, "decontamination", "how it is cleaned"),
        ({"source": " "}, "source", "Enter the source"),
        ({"source": "x" * 201}, "source", "200 fit"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(engineer, changes, field, says) -> None:
    answer = engineer.post(reverse("electrode-new"), typed(**changes))
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    assert says in text(answer)
    assert not ElectrodeType.objects.exists()


def test_a_name_is_given_once(engineer) -> None:
    electrodes_build()
    answer = engineer.post(reverse("electrode-new"), typed(name="Return pad 40 cm²"))
    assert "stands already" in text(answer)


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.CLINICIAN, Role.AUDITOR])
def test_who_may_not_add_sees_no_button_and_gets_403(client, world, role) -> None:
    client.force_login(world.here.staff[role])
    assert "Add an electrode" not in text(client.get(reverse("electrodes")))
    assert client.get(reverse("electrode-new")).status_code == 403
    assert client.post(reverse("electrode-new"), typed()).status_code == 403
