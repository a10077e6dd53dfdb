"""The pages of the day: what each state shows, who may see it, what is refused."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import Role
from devices.core.run_lifecycle import RunState
from devices.models import Run, RunLive
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import LegRun, TreatmentSession
from tests.factories import CHAIR_CODE, World, make_world
from tests.visits import Visit, answers_form, make_visit

pytestmark = pytest.mark.django_db
S = SessionState


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visit(world) -> Visit:
    return make_visit(world.here, family_name="Khan", allergies=["Penicillin"])


@pytest.fixture
def signed_in(client, world):
    client.force_login(world.here.clinician)
    return client


def act(client, visit, name, **form):
    visit.session.refresh_from_db()
    plain = {"version": visit.session.version}
    return client.post(
        reverse(f"session-{name}", args=[visit.session.pk]), {**plain, **form}
    )


def check_in(client, visit):
    return act(client, visit, "check-in", interpreter="not_needed")


def clear(client, visit):
    check_in(client, visit)
    for tier in ("visit", "course"):
        act(client, visit, "check", **answers_form(visit, tier))


def prepare(client, visit) -> Run:
    clear(client, visit)
    choice = {"leg": 1, "stimulator": visit.stimulator.pk, **visit.lot_form}
    act(client, visit, "prepare", **choice)
    return Run.objects.get(patient=visit.patient)


def put(run: Run, state: RunState, **columns) -> None:
    Run.objects.filter(pk=run.pk).update(state=state.value, **columns)


def text(answer) -> str:
    return answer.content.decode()


def test_today_has_one_row_with_one_button_for_each_session(signed_in, visit):
    page = text(signed_in.get("/"))
    assert page.count(reverse("session", args=[visit.session.pk])) == 1
    assert "KHAN, Amina" in page
    assert "Check in" in page
    assert "HH-PALM, both palms" in page


def test_today_keeps_yesterdays_session_until_it_is_signed(signed_in, visit):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    rows = TreatmentSession.objects.filter(pk=visit.session.pk)
    rows.update(due_on=yesterday, state=S.TO_SIGN.value)
    assert "Check skin and sign" in text(signed_in.get("/"))
    rows.update(state=S.COMPLETED.value)
    assert "KHAN" not in text(signed_in.get("/"))


def test_today_asks_the_same_number_of_queries_for_more_sessions(
    signed_in, world, visit, django_assert_max_num_queries
):
    signed_in.get("/")
    for _ in range(3):
        make_visit(world.here)
    # Session, user, memberships twice, sites, worklist, legs, leg runs, live runs.
    with django_assert_max_num_queries(12):
        signed_in.get("/")


def test_nothing_of_another_site_is_shown(client, world, visit):
    client.force_login(world.other.clinician)
    assert "KHAN" not in text(client.get("/"))
    for path in (visit.path, reverse("patient", args=[visit.patient.pk])):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "KHAN" not in text(answer)


@pytest.mark.parametrize(
    "name", ["check-in", "clear", "prepare", "start", "sign", "not-treated"]
)
def test_acts_on_a_session_of_another_site_find_nothing(client, world, visit, name):
    client.force_login(world.other.clinician)
    assert act(client, visit, name).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_roles_that_do_not_treat_see_but_do_not_act(client, world, visit, role):
    client.force_login(world.here.staff[role])
    assert client.get(visit.path).status_code == 200
    assert check_in(client, visit).status_code == 403
    visit.session.refresh_from_db()
    assert visit.session.state == S.PLANNED


def test_the_banner_stands_on_every_page_of_the_patient(signed_in, visit):
    for path in (visit.path, reverse("patient", args=[visit.patient.pk])):
        page = text(signed_in.get(path))
        assert "KHAN, Amina" in page
        assert "Known allergies" in page
        assert "Penicillin" in page
        assert "SIMULATED" in page
        assert "not a cleared or CE/UKCA-marked medical device" in page


@pytest.mark.parametrize(
    ("allergies", "title"),
    [(None, "Allergies not recorded"), ([], "No known allergies")],
)
def test_allergies_have_the_titles_of_the_guidance(signed_in, world, allergies, title):
    visit = make_visit(world.here, allergies=allergies)
    assert title in text(signed_in.get(visit.path))


def test_a_stale_page_changes_nothing_and_says_so(signed_in, visit):
    check_in(signed_in, visit)
    answer = signed_in.post(
        reverse("session-not-treated", args=[visit.session.pk]),
        {"version": 1, "because": "skin", "reason": "rash"},
    )
    assert answer.status_code == 409
    assert "This page is out of date" in text(answer)
    visit.session.refresh_from_db()
    assert visit.session.state == S.CHECKED_IN


def test_not_treated_needs_a_reason(signed_in, visit):
    check_in(signed_in, visit)
    why = {"because": "skin", "reason": "rash, by the clinician"}
    for left_out in why:
        form = why | {left_out: " "}
        assert act(signed_in, visit, "not-treated", **form).status_code == 422
    act(signed_in, visit, "not-treated", **why)
    assert "The skin: rash, by the clinician" in text(signed_in.get(visit.path))


def test_prepare_shows_each_limit_with_its_reason_and_the_tightest(signed_in, visit):
    clear(signed_in, visit)
    page = text(signed_in.get(visit.path))
    assert "HH-PALM allows 15.0 mA" in page
    # One of the current, one of the charge.
    assert page.count("◆ Tightest") == 2
    assert "for this course" in page
    assert "nothing was treated before" in page
    assert "200 cm² × 0.2 mA/cm²" in page


def test_a_stimulator_in_use_cannot_be_chosen(signed_in, world, visit):
    prepare(signed_in, visit)
    other = make_visit(world.here)
    clear(signed_in, other)
    assert "in use: KHAN" in text(signed_in.get(other.path))
    answer = act(signed_in, other, "prepare", leg=1, stimulator=visit.stimulator.pk)
    assert answer.status_code == 409
    assert "in use by another run" in text(answer)


def test_prepare_without_a_choice_is_refused(signed_in, visit):
    clear(signed_in, visit)
    answer = act(signed_in, visit, "prepare", leg=1)
    assert answer.status_code == 422
    assert "Choose the chair first" in text(answer)


def test_the_way_to_the_chair_follows_the_run_and_then_reloads(signed_in, visit):
    run = prepare(signed_in, visit)
    path = reverse("session-path", args=[visit.session.pk])
    assert "Read back" in text(signed_in.get(path))
    put(run, RunState.READY)
    assert signed_in.get(path)["HX-Refresh"] == "true"


@pytest.fixture
def ready(signed_in, visit) -> Run:
    run = prepare(signed_in, visit)
    put(
        run,
        RunState.READY,
        read_back_hash=run.programme_hash,
        expires_at=timezone.now(),
    )
    run.refresh_from_db()
    return run


def start(client, visit, run, **form):
    plain = {
        "run": run.pk,
        "version": run.version,
        "identity": "yes",
        "electrodes": "yes",
        "chair_code": CHAIR_CODE,
    }
    return client.post(
        reverse("session-start", args=[visit.session.pk]), {**plain, **form}
    )


def test_the_start_page_names_drug_and_pole_by_lead_colour_and_place(signed_in, world):
    visit = make_visit(world.here, "LE-DEX40")
    run = prepare(signed_in, visit)
    put(run, RunState.READY, expires_at=timezone.now())
    page = text(signed_in.get(visit.path))
    black = page.index("BLACK lead → right lateral epicondyle")
    assert page.index("dexamethasone", black) > black
    assert "under the cathode" in page[black:]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"identity": ""}, "identity"),
        ({"electrodes": ""}, "electrodes"),
        ({"chair_code": ""}, "chair_code"),
        ({"chair_code": "NOPE"}, "chair_code"),
    ],
)
def test_start_without_a_confirmation_is_refused_at_its_field(
    signed_in, visit, ready, form, field
):
    answer = start(signed_in, visit, ready, **form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in text(answer)
    ready.refresh_from_db()
    assert ready.start_requested_at is None


def test_start_is_asked_once_and_a_second_press_is_told(signed_in, visit, ready):
    assert start(signed_in, visit, ready).status_code == 302
    ready.refresh_from_db()
    assert ready.start_valid_until > timezone.now()
    answer = start(signed_in, visit, ready)
    assert answer.status_code == 409
    assert "already asked" in text(answer)


def test_after_start_the_page_waits_for_the_stimulator(signed_in, visit, ready):
    start(signed_in, visit, ready)
    page = text(signed_in.get(visit.path))
    assert "Start asked" in page
    assert "START</button>" not in page


def test_the_console_shows_figures_controls_and_stop(signed_in, visit, ready):
    put(ready, RunState.RUNNING, kickoff_sent_at=timezone.now())
    RunLive.objects.filter(run=ready).update(
        mean_ua=9_600, set_ua=10_000, level_ua=10_000, ohm=4_200, phase=2
    )
    page = text(signed_in.get(visit.path))
    for shown in (
        "9.6 mA",
        "10.0 mA",
        "of 0.0 mA to 10.0 mA",
        "4.2 kΩ",
        "Patient agrees",
        "Hold",
    ):
        assert shown in page
    assert 'action="/stop"' in page
    assert "KHAN, Amina" in page[page.index("app-stop__word") :]


def test_a_missing_reading_is_said_on_the_console(signed_in, visit, ready):
    put(ready, RunState.RUNNING, kickoff_sent_at=timezone.now())
    assert "no reading" in text(signed_in.get(visit.path))


def test_a_held_run_offers_a_resume_with_both_inspections(signed_in, visit, ready):
    put(ready, RunState.HELD, kickoff_sent_at=timezone.now())
    page = text(signed_in.get(visit.path))
    assert "RED electrode: pad and skin inspected" in page
    assert "BLACK electrode: pad and skin inspected" in page
    assert "Raise" not in page


def test_an_uncertain_run_is_shouted_on_every_page_until_it_is_made_safe(
    signed_in, visit, ready
):
    put(
        ready,
        RunState.UNCERTAIN,
        kickoff_sent_at=timezone.now(),
        uncertain_at=timezone.now(),
    )
    settle = reverse("run-settle", args=[ready.pk])
    assert signed_in.get(visit.path).url == settle
    assert "Possibly LIVE" in text(signed_in.get("/"))
    assert "Possibly LIVE" in text(signed_in.get(settle))
    Run.objects.filter(pk=ready.pk).update(made_safe_at=timezone.now())
    assert "Possibly LIVE" not in text(signed_in.get("/"))


def test_a_session_whose_run_was_rejected_says_why_and_can_be_prepared_again(
    signed_in, visit
):
    run = prepare(signed_in, visit)
    put(run, RunState.REJECTED, reject_reason="read back another programme")
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=S.CLEARED.value)
    page = text(signed_in.get(visit.path))
    assert "read back another programme" in page
    assert "Prepare and verify" in page


def test_the_plan_shown_before_the_start_is_kept_with_the_record(signed_in, visit):
    run = prepare(signed_in, visit)
    assert LegRun.objects.get(run=run).plan["verdicts"]
    put(run, RunState.ENDED, end_reason="operator", ended_at=timezone.now())
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=S.TO_SIGN.value)
    page = text(signed_in.get(visit.path))
    assert "Limits as shown before the start" in page
    assert "stopped by the operator" in page
    assert "The record is being written" in page
