"""The pages before treatment: nothing preselected, both ways out, who may see."""

import datetime as dt
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Consent, Role
from clinic.services.consent import consent_withdraw
from clinic.services.facts import fact_record
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import PreCheck, PrescriberRequest, TreatmentSession
from tests.factories import World, make_world
from tests.visits import Visit, answers_form, make_visit

pytestmark = pytest.mark.django_db
S = SessionState


class Controls(HTMLParser):
    """The inputs of a page, by name, and the texts of its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.buttons: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            self.inputs.append(dict(attrs))
        if tag == "button":
            self.buttons.append(dict(attrs))

    @property
    def radios(self) -> dict[str, list[dict[str, str | None]]]:
        found: dict[str, list[dict[str, str | None]]] = {}
        for one in self.inputs:
            name = one.get("name") or ""
            if one.get("type") == "radio" and name.startswith("q-"):
                found.setdefault(name, []).append(one)
        return found


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def visit(world: World) -> Visit:
    return make_visit(world.here, family_name="Khan")


@pytest.fixture
def nurse(client: Client, world: World) -> Client:
    client.force_login(world.here.clinician)
    return client


def act(client: Client, visit: Visit, name: str, **form: Any) -> Any:
    visit.session.refresh_from_db()
    return client.post(
        reverse(f"session-{name}", args=[visit.session.pk]),
        {"version": visit.session.version, **form},
    )


def arrive(client: Client, visit: Visit) -> None:
    act(client, visit, "check-in", interpreter="not_needed")


def barred(client: Client, visit: Visit, question: str = "heart") -> str:
    """The page after an answer that bars; with the whole list when it is there."""
    arrive(client, visit)
    form = answers_form(visit, "visit")
    if f"q-{question}" in form:
        form[f"q-{question}"] = "yes"
    act(client, visit, "check", **form)
    form = answers_form(visit, "course")
    if f"q-{question}" in form:
        form |= {f"q-{question}": "yes", f"note-{question}": "as told"}
        act(client, visit, "check", **form)
    return text(client.get(visit.path))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_nothing_is_preselected_and_each_question_has_its_own_pair(
    nurse: Client, visit: Visit
) -> None:
    arrive(nurse, visit)
    for tier in ("visit", "course"):
        page = Controls(text(nurse.get(visit.path)))
        radios = page.radios
        assert len(radios) == (6 if tier == "visit" else len(radios))
        for pair in radios.values():
            assert sorted(str(one["value"]) for one in pair) == ["no", "yes"]
            assert not any("checked" in one for one in pair)
        act(nurse, visit, "check", **answers_form(visit, tier))


def test_no_control_of_the_check_answers_two_questions(
    nurse: Client, visit: Visit
) -> None:
    arrive(nurse, visit)
    page = Controls(text(nurse.get(visit.path)))
    names = [one.get("name") for one in page.inputs if one.get("type") != "hidden"]
    others = set(names) - set(page.radios)
    assert others == {"reason", "book", "next_on"}
    assert {one.get("type") for one in page.buttons} <= {"submit", None}
    assert not [one for one in page.buttons if one.get("name")]


def test_unanswered_questions_are_named_and_what_was_answered_stays(
    nurse: Client, visit: Visit
) -> None:
    arrive(nurse, visit)
    form = answers_form(visit, "visit")
    del form["q-pregnant"], form["q-bare"]
    answer = act(nurse, visit, "check", **form)
    page = text(answer)
    assert answer.status_code == 422
    assert 'href="#q-pregnant">Not answered: Could you be pregnant?' in page
    assert 'href="#q-bare">Not answered: Are jewellery and creams off?' in page
    checked = [one for pair in Controls(page).radios.values() for one in pair]
    assert sum("checked" in one for one in checked) == 4
    assert f'name="version" value="{visit.session.version}"' in page


def test_a_refused_check_in_shows_the_check_in_once_more(
    nurse: Client, visit: Visit
) -> None:
    answer = act(nurse, visit, "check-in", interpreter="")
    page = text(answer)
    assert answer.status_code == 422
    assert "Say whether an interpreter is needed" in page
    assert f'action="{reverse("session-check-in", args=[visit.session.pk])}"' in page


@pytest.mark.parametrize("extra", ["q-all", "q-electrical"])
def test_an_answer_to_what_is_not_asked_is_refused(
    nurse: Client, visit: Visit, extra: str
) -> None:
    arrive(nurse, visit)
    form = answers_form(visit, "visit", **{extra: "no"})
    assert act(nurse, visit, "check", **form).status_code == 422
    assert not PreCheck.objects.exists()


def test_a_new_session_starts_empty_whatever_the_last_one_said(
    nurse: Client, world: World, visit: Visit
) -> None:
    arrive(nurse, visit)
    for tier in ("visit", "course"):
        act(nurse, visit, "check", **answers_form(visit, tier))
    TreatmentSession.objects.filter(pk=visit.session.pk).update(state=S.COMPLETED.value)
    session = TreatmentSession.objects.create(
        site=world.here.site,
        patient=visit.patient,
        prescription=visit.session.prescription,
        number=2,
        due_on=timezone.localdate(),
        is_simulated=True,
    )
    later = Visit(visit.patient, session, visit.stimulator)
    arrive(nurse, later)
    page = Controls(text(nurse.get(later.path)))
    assert len(page.radios) == 6
    assert not [one for one in page.inputs if "checked" in one]


def test_pregnancy_is_not_asked_while_a_fact_rules_it_out_and_says_which(
    nurse: Client, world: World, visit: Visit
) -> None:
    fact_record(
        patient=visit.patient,
        kind="pregnancy_ruled_out",
        says="Hysterectomy 2015",
        dated_on=timezone.localdate(),
        valid_until=timezone.localdate(),
        by=world.here.clinician,
    )
    arrive(nurse, visit)
    page = text(nurse.get(visit.path))
    assert "q-pregnant" not in page
    assert "Hysterectomy 2015" in page


def test_a_hard_stop_offers_both_ways_out_on_one_page(
    nurse: Client, visit: Visit
) -> None:
    page = barred(nurse, visit)
    assert "STOP · H7" in page
    assert reverse("session-not-treated", args=[visit.session.pk]) in page
    assert reverse("session-ask", args=[visit.session.pk]) in page
    assert reverse("session-clear", args=[visit.session.pk]) not in page


@pytest.mark.parametrize("question", ["pregnant", "electrical"])
def test_what_nobody_may_override_offers_not_today_and_whom_to_call(
    nurse: Client, world: World, visit: Visit, question: str
) -> None:
    page = barred(nurse, visit, question)
    assert "NEVER · H" in page
    assert reverse("session-not-treated", args=[visit.session.pk]) in page
    assert reverse("session-ask", args=[visit.session.pk]) not in page
    assert world.here.prescriber.name in page
    for name, form in (("ask", {"question": "may we?"}), ("clear", {})):
        assert act(nurse, visit, name, **form).status_code in (409, 422)
    visit.session.refresh_from_db()
    assert visit.session.state == S.CHECKED_IN


def test_the_waiting_page_follows_and_goes_on_when_it_is_decided(
    nurse: Client, world: World, visit: Visit
) -> None:
    barred(nurse, visit)
    act(nurse, visit, "ask", question="Rate controlled; may we?")
    assert "Waiting for the answer" in text(nurse.get(visit.path))
    follow = reverse("session-waiting", args=[visit.session.pk])
    assert "Rate controlled" in text(nurse.get(follow))
    request = PrescriberRequest.objects.get()
    doctor = Client()
    doctor.force_login(world.here.prescriber)
    address = reverse("request", args=[request.pk])
    assert address in text(doctor.get(reverse("todo")))
    page = text(doctor.get(address))
    assert "STOP · H7" in page
    assert "irregular heart beat?" in page
    form = {"version": visit.session.version, "allow": "yes", "reason": "Seen"}
    assert doctor.post(address, form).status_code == 302
    assert nurse.get(follow)["HX-Refresh"] == "true"
    page = text(nurse.get(visit.path))
    assert "Allowed by a prescriber" in page
    assert "Seen" in page
    act(nurse, visit, "clear")
    visit.session.refresh_from_db()
    assert visit.session.state == S.CLEARED


def test_a_decision_without_choice_or_reason_is_refused_at_its_field(
    nurse: Client, world: World, visit: Visit
) -> None:
    barred(nurse, visit)
    act(nurse, visit, "ask", question="May we?")
    address = reverse("request", args=[PrescriberRequest.objects.get().pk])
    doctor = Client()
    doctor.force_login(world.here.prescriber)
    version = {"version": visit.session.version}
    for form, field in (
        ({"reason": "x"}, "allow"),
        ({"allow": "yes", "reason": ""}, "reason"),
        ({"allow": "yes", "reason": "x", "max_ua": "much"}, "max_ua"),
    ):
        answer = doctor.post(address, {**version, **form})
        assert answer.status_code == 422
        assert f'href="#{field}"' in text(answer)
    assert nurse.post(address, {**version, "allow": "yes"}).status_code == 403


def test_not_today_books_the_next_visit_in_the_same_press(
    nurse: Client, visit: Visit
) -> None:
    barred(nurse, visit)
    day = timezone.localdate() + dt.timedelta(days=4)
    form = {"because": "check", "reason": "arrhythmia", "book": "yes"}
    act(nurse, visit, "not-treated", **form, next_on=day.isoformat())
    visit.session.refresh_from_db()
    assert visit.session.state == S.NOT_TREATED
    later = TreatmentSession.objects.exclude(pk=visit.session.pk).get()
    assert later.due_on == day


def test_a_day_that_is_none_is_refused_and_nothing_is_closed(
    nurse: Client, visit: Visit
) -> None:
    barred(nurse, visit)
    form = {"because": "check", "reason": "arrhythmia", "book": "yes"}
    answer = act(nurse, visit, "not-treated", **form, next_on="soon")
    assert answer.status_code == 422
    assert 'value="arrhythmia"' in text(answer)
    visit.session.refresh_from_db()
    assert visit.session.state == S.CHECKED_IN


def test_check_in_asks_about_the_interpreter_and_preselects_nothing(
    nurse: Client, visit: Visit
) -> None:
    page = Controls(text(nurse.get(visit.path)))
    assert not [one for one in page.inputs if "checked" in one]
    answer = act(nurse, visit, "check-in")
    assert answer.status_code == 422
    assert 'href="#interpreter"' in text(answer)
    act(nurse, visit, "check-in", interpreter="missing")
    page_text = text(nurse.get(visit.path))
    assert "An interpreter is needed and is not there" in page_text
    act(nurse, visit, "people", interpreter="present", interpreter_name="Ana")
    assert "Could you be pregnant?" in text(nurse.get(visit.path))


def test_a_withdrawn_consent_shows_before_the_questions(
    nurse: Client, world: World, visit: Visit
) -> None:
    consent = Consent.objects.get(patient=visit.patient)
    consent_withdraw(consent=consent, by=world.here.clinician, reason="no")
    arrive(nurse, visit)
    page = text(nurse.get(visit.path))
    assert "Consent to treatment: withdrawn on" in page
    course = visit.session.prescription.number
    assert reverse("consent", args=[visit.patient.pk, course]) in page


@pytest.mark.parametrize("name", ["people", "check", "ask", "waiting"])
def test_acts_on_a_session_of_another_site_find_nothing(
    client: Client, world: World, visit: Visit, name: str
) -> None:
    client.force_login(world.other.clinician)
    address = reverse(f"session-{name}", args=[visit.session.pk])
    answer = client.get(address) if name == "waiting" else client.post(address, {})
    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_roles_that_do_not_treat_do_not_answer(
    client: Client, world: World, nurse: Client, visit: Visit, role: Role
) -> None:
    arrive(nurse, visit)
    client.force_login(world.here.staff[role])
    form = answers_form(visit, "visit")
    assert act(client, visit, "check", **form).status_code == 403
    assert not PreCheck.objects.exists()
