"""Ladders on their pages: read by all, edited as a site's next version."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Role
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.models import Ladder
from sessions_app.services.ladders import ladders_load
from sessions_app.web.ladder_form import typed_of
from tests.factories import World, make_world

pytestmark = pytest.mark.django_db
CODE = "HH-STEP"


@pytest.fixture
def world() -> World:
    ladders_load()
    return make_world()


def as_(staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def text(answer) -> str:
    return answer.content.decode()


def form(world: World, code: str = CODE, **changes) -> dict:
    """The form of the newest version, as a browser sends it back."""
    rows = Ladder.objects.filter(code=code)
    own = rows.filter(site=world.here.site).order_by("-version").first()
    newest = own or rows.filter(site=None).order_by("-version").get()
    typed = typed_of(LadderSpec.from_dict(newest.spec))
    plain = {"base": newest.pk, "stages": typed.stages, "gaps": typed.gaps}
    return {**plain, **typed.texts, **typed.days, "do": "check", **changes}


def post(world: World, code: str = CODE, **changes):
    client = as_(world.here.prescriber)
    return client.post(
        reverse("ladder-edit", args=[code]), form(world, code, **changes)
    )


def seal(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def save(world: World, code: str = CODE, **changes):
    seen = seal(text(post(world, code, **changes)))
    return post(world, code, **changes, do="save", seen=seen)


def test_all_ladders_are_listed_and_shown_with_their_sources(world) -> None:
    client = as_(world.here.staff[Role.ENGINEER])
    page = text(client.get(reverse("ladders")))
    assert "TENDON-6" in page
    page = text(client.get(reverse("ladder", args=[CODE])))
    assert "Taper 14: 2 sessions, every 14 days" in page
    assert "Seen in the source" in page
    assert "Site policy" in page
    assert "Edit as the next version" not in page


def test_every_threshold_has_a_field_with_its_value(world) -> None:
    for code in (CODE, "TENDON-6", "HH-UK7"):
        client = as_(world.here.prescriber)
        page = text(client.get(reverse("ladder-edit", args=[code])))
        spec = Ladder.objects.get(code=code).spec
        for path in _figures(spec):
            assert f'name="{path}"' in page, path


def _figures(data, base=""):
    """Paths of every number of a ladder that is no list."""
    for name, value in data.items():
        path = f"{base}{name}"
        if isinstance(value, dict) and name != "pattern":
            yield from _figures(value, f"{path}.")
        elif isinstance(value, int) and path != "version":
            yield path


def test_a_change_is_shown_before_it_is_saved_as_the_sites_version(world) -> None:
    changes = {"down.induction.cap": "24", "reason": "Our own audit of 2025"}
    shown = text(post(world, **changes))
    assert "20 sessions → <strong>24 sessions</strong>" in shown
    assert not Ladder.objects.filter(site=world.here.site).exists()
    assert save(world, **changes).status_code == 302
    row = Ladder.objects.get(site=world.here.site)
    assert (row.version, row.spec["down"]["induction"]["cap"]) == (1, 24)
    told = row.spec["sources"][0]
    assert told["fields"] == ["down.induction.cap"]
    assert told["says"] == "Our own audit of 2025"
    rest = [name for source in row.spec["sources"][1:] for name in source["fields"]]
    assert "down.induction.cap" not in rest
    page = text(as_(world.here.clinician).get(reverse("ladder", args=[CODE])))
    assert "20 sessions → <strong>24 sessions</strong>" in page


def test_what_was_not_shown_is_not_saved(world) -> None:
    changes = {"down.induction.cap": "24", "reason": "audit"}
    seen = seal(text(post(world, **changes)))
    other = {**changes, "down.induction.cap": "30"}
    page = text(post(world, **other, do="save", seen=seen))
    assert "→ <strong>30 sessions</strong>" in page
    assert not Ladder.objects.filter(site=world.here.site).exists()


def test_a_version_published_meanwhile_is_not_lost(world) -> None:
    stale = form(world)["base"]
    save(world, **{"down.induction.cap": "24", "reason": "audit"})
    answer = post(world, base=stale, **{"down.induction.cap": "22", "reason": "x"})
    assert answer.status_code == 422
    assert "was published meanwhile" in text(answer)
    assert 'value="22"' in text(answer)


@pytest.mark.parametrize(
    ("code", "field", "value", "says"),
    [
        (CODE, "visits.per_week", "many", "is no whole number"),
        (CODE, "visits.per_week", "", "nothing is entered"),
        (CODE, "down.taper.wet_days", "1000", "is not from 0 to 999"),
        (CODE, "down.criteria.advance_permille", "50.55", "is no whole number"),
        (CODE, "title", "", "Give it a name"),
        (CODE, "stage.1.name", "INDUCTION", "is the name of another rung"),
        (CODE, "stage.1.every_days", "3", "choose only one rhythm"),
        (CODE, "stage.2.every_days", "0", "every_days is at least 1"),
        (CODE, "stage.4.sessions", "3", "the last one has every_days and no sessions"),
        (CODE, "stage.3.least_days", "3", ""),
        (CODE, "gap.0.from_days", "1", "one of them begins at 0 days"),
        (CODE, "gap.1.act", "", "choose what is proposed"),
        (CODE, "reason", "", "Say why"),
        ("TENDON-6", "fixed.sessions", "six", "is no whole number"),
        ("HH-UK7", "fixed.day_offsets", "1, x", "write its days as numbers"),
    ],
)
def test_a_refused_form_points_at_the_field_and_keeps_everything(
    world, code, field, value, says
) -> None:
    changes = {"visits.hold_after_days": "70", "reason": "audit", field: value}
    answer = post(world, code, **changes)
    page = text(answer)
    if not says:
        assert "This would change" in page
        return
    assert answer.status_code == 422
    assert says in page
    assert 'value="70"' in page
    assert page.count('href="#') >= 1
    link = page.split("nhsuk-error-summary__list")[1].split('href="#')[1].split('"')[0]
    assert f'id="{link}"' in page


def test_rungs_and_gaps_are_added_and_removed_with_all_else_kept(world) -> None:
    page = text(post(world, do="add-stage", **{"visits.per_week": "4"}))
    assert 'name="stages" value="6"' in page
    assert 'name="stage.5.name"' in page
    page = text(post(world, do="drop-stage-1", **{"visits.per_week": "4"}))
    assert 'name="stages" value="4"' in page
    assert 'name="stage.1.name" type="text" value="TAPER_1"' in page
    assert 'name="visits.per_week" type="text" value="4"' in page
    page = text(post(world, do="drop-gap-0"))
    assert 'name="gaps" value="3"' in page


def test_a_rung_less_is_a_version_that_courses_can_follow(world) -> None:
    dropped = form(world)
    page = text(post(world, do="drop-stage-3"))
    assert "MAINTENANCE" in page
    fields = {
        "stages": dropped["stages"] - 1,
        "stage.3.name": "MAINTENANCE",
        "stage.3.sessions": "",
        "stage.3.least_days": "21",
        "stage.3.every_days": "21",
        "reason": "shorter",
    }
    assert save(world, **fields).status_code == 302
    row = Ladder.objects.get(site=world.here.site)
    assert [s["name"] for s in row.spec["down"]["ladder"]["stages"]][-2:] == [
        "TAPER_1",
        "MAINTENANCE",
    ]


def test_only_a_prescriber_edits_and_only_at_their_own_site(world) -> None:
    path = reverse("ladder-edit", args=[CODE])
    for role in (Role.CLINICIAN, Role.ADMINISTRATOR, Role.AUDITOR):
        client = as_(world.here.staff[role])
        assert client.get(path).status_code == 403
        assert client.post(path, form(world)).status_code == 403
    elsewhere = f"{path}?site={world.other.site.pk}"
    assert as_(world.here.prescriber).get(elsewhere).status_code == 404


def test_a_sites_version_is_unknown_to_others(world) -> None:
    save(world, **{"down.induction.cap": "24", "reason": "audit"})
    row = Ladder.objects.get(site=world.here.site)
    client = as_(world.other.prescriber)
    path = reverse("ladder", args=[CODE])
    assert "24 sessions" not in text(client.get(path))
    assert client.get(f"{path}?version={row.pk}").status_code == 404
    assert client.get(reverse("ladder", args=["NO-SUCH"])).status_code == 404
