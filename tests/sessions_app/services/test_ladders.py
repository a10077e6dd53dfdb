"""Ladders of the product and the versions that a site makes of them."""

from dataclasses import replace

import pytest

from clinic.errors import Forbidden, Refusal
from sessions_app.catalogue.ladders import published_ladders
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.models import Ladder
from sessions_app.services import ladders
from sessions_app.services.ladders import ladder_publish, ladders_load
from tests.factories import Place, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Place:
    ladders_load()
    return make_world().here


def _gentler(code: str = "HH-STEP") -> LadderSpec:
    spec = published_ladders()[code]
    return replace(spec, current=replace(spec.current, rest_days=10))


def test_each_start_publishes_what_changed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ladders_load()
    ladders_load()
    assert Ladder.objects.count() == len(published_ladders())
    changed = {**published_ladders(), "HH-STEP": _gentler()}
    monkeypatch.setattr(ladders, "published_ladders", lambda: changed)
    ladders_load()
    assert Ladder.objects.count() == len(published_ladders()) + 1
    assert Ladder.objects.filter(code="HH-STEP").first().version == 2


def test_a_site_makes_versions_of_its_own(place: Place) -> None:
    first = ladder_publish(
        site=place.site, code="HH-STEP", spec=_gentler(), by=place.prescriber
    )
    assert (first.site, first.version) == (place.site, 1)
    spec = LadderSpec.from_dict(first.spec)
    assert (spec.version, spec.current.rest_days) == (1, 10)
    again = replace(spec, current=replace(spec.current, pain=3))
    second = ladder_publish(
        site=place.site, code="HH-STEP", spec=again, by=place.prescriber
    )
    assert (second.version, LadderSpec.from_dict(second.spec).version) == (2, 2)
    # That of the product stands as it was.
    own = Ladder.objects.get(code="HH-STEP", site=None)
    assert LadderSpec.from_dict(own.spec) == published_ladders()["HH-STEP"]


def test_a_version_says_something_new(place: Place) -> None:
    same = published_ladders()["HH-STEP"]
    with pytest.raises(Refusal, match="Nothing was changed"):
        ladder_publish(site=place.site, code="HH-STEP", spec=same, by=place.prescriber)
    assert not Ladder.objects.filter(site=place.site).exists()


@pytest.mark.parametrize(
    ("code", "spec", "says"),
    [
        ("HH-STEP", replace(_gentler(), code="MINE"), "keeps its code"),
        ("HH-STEP", replace(_gentler(), protocols=("LE-DEX40",)), "HH-PALM"),
        ("NONE", _gentler(), "no ladder of the catalogue"),
    ],
)
def test_a_version_stays_the_ladder_that_it_was(
    place: Place, code: str, spec: LadderSpec, says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        ladder_publish(site=place.site, code=code, spec=spec, by=place.prescriber)


def test_only_a_prescriber_edits_a_ladder(place: Place) -> None:
    with pytest.raises(Forbidden):
        ladder_publish(
            site=place.site, code="HH-STEP", spec=_gentler(), by=place.clinician
        )
