"""The current of today on the pages: shown, changed with a reason, never preset."""

import pytest

from devices.core.programme import Programme
from devices.core.run_lifecycle import RunState
from devices.models import Run
from sessions_app.models import Proposal
from tests.factories import World, make_world
from tests.sessions_app.services.test_current import days_ago, run_past
from tests.sessions_app.web.test_pages import act, clear, put, text
from tests.visits import Visit, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visit(world) -> Visit:
    made = make_visit(world.here)
    run_past(made)
    return made


@pytest.fixture
def signed_in(client, world):
    client.force_login(world.here.clinician)
    return client


def send(client, visit, **form):
    choice = {"leg": 1, "stimulator": visit.stimulator.pk, **visit.lot_form}
    return act(client, visit, "prepare", **{**choice, **form})


def newest(visit) -> Run:
    return Run.objects.filter(patient=visit.patient).latest("created_at")


def test_the_page_shows_last_time_and_today_with_the_rule(signed_in, visit):
    clear(signed_in, visit)
    page = text(signed_in.get(visit.path))
    last = f"Last time 8.0 mA on {days_ago(2):%d-%b-%Y} (measured)"
    assert last in page
    assert 'today up to <strong class="nowrap">9.0 mA</strong>: one step more' in page
    assert 'name="ceiling_ma" inputmode="decimal" autocomplete="off"' in page
    assert 'maxlength="10" value=""' in page


def test_the_console_shows_last_time_and_starts_below_it(signed_in, visit):
    clear(signed_in, visit)
    send(signed_in, visit)
    run = newest(visit)
    put(run, RunState.RUNNING, kickoff_sent_at=days_ago(0))
    page = text(signed_in.get(visit.path))
    assert f"8.0 mA on {days_ago(2):%d-%b-%Y}</strong>, not set by itself" in page
    assert 'data-ceiling="9000"' in page
    assert 'name="from_ua" value="0"' in page
    assert Programme.from_dict(run.programme).window.start_ua == 0


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"ceiling_ma": "11"}, "ceiling_reason", "Write why"),
        ({"ceiling_reason": "well known"}, "ceiling_ma", "nothing is entered"),
        (
            {"ceiling_ma": "16", "ceiling_reason": "well known"},
            "ceiling_ma",
            "16.0 mA asked, 15.0 mA allowed: HH-PALM allows 15.0 mA",
        ),
    ],
)
def test_a_change_is_refused_at_its_field_and_what_was_typed_is_kept(
    signed_in, visit, form, field, words
):
    clear(signed_in, visit)
    answer = send(signed_in, visit, **form)
    assert answer.status_code == 422
    page = text(answer)
    assert f'href="#{field}"' in page
    assert words in page
    assert all(f'value="{typed}"' in page for typed in form.values())
    assert not Proposal.objects.filter(kind="current").exists()


def test_a_change_with_its_reason_is_prepared(signed_in, visit):
    clear(signed_in, visit)
    form = {"ceiling_ma": "11", "ceiling_reason": "well known"}
    assert send(signed_in, visit, **form).status_code == 302
    assert Programme.from_dict(newest(visit).programme).window.ceiling_ua == 11_000
