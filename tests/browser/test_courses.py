"""Courses over weeks, decided step by step by keyboard; the past is rows."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from clinic.models import Patient
from clinic.selectors.site_time import site_day
from sessions_app.demo.past import session_past
from sessions_app.domain.harm import finding
from sessions_app.models import Prescription, TreatmentSession
from sessions_app.services.ladders import ladders_load
from sessions_app.services.proposing import course_touched
from sessions_app.services.scheduling import session_schedule
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import choose, follow, here, press, sign_in, tick, write
from tests.factories import make_patient, make_stimulator
from tests.visits import Visit, clear, make_order

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def past(order: Prescription, *ago: int, **found) -> TreatmentSession:
    """Visits so many days ago, the last one returned."""
    today = site_day(order.site)
    made = [
        session_past(order, today - dt.timedelta(days=days), **found) for days in ago
    ]
    course_touched(number=order.number)
    return made[-1]


def patient(house: House, family: str) -> Patient:
    return make_patient(house.place, family_name=family, nhs_number="9990000018")


def at_course(page: Page, order: Prescription) -> None:
    page.goto(f"/courses/{order.number}/")
    here(page.get_by_role("heading", name="Decisions so far"))


def rung(page: Page, name: str):
    """A step of the drawn ladder."""
    return page.locator(".app-rungs__step").filter(has_text=name)


def measured(page: Page, order: Prescription, score: str, days_ago: int) -> None:
    """A score by telephone, as the course's page of results takes it."""
    day = site_day(order.site) - dt.timedelta(days=days_ago)
    page.goto(f"/courses/{order.number}/results")
    here(page.get_by_label("Measured on")).fill(day.isoformat())
    field = page.locator("input[id^=value-HDSS]")
    if not field.is_visible():
        press(page.locator("summary", has_text="Other measures"))
    write(field, score)
    follow(page, lambda: press(page.get_by_role("button", name="Record as")))


# A palm


def induced(house: House) -> Prescription:
    """Ten sessions of induction, not evaluated yet."""
    ladders_load()
    order = make_order(
        patient(house, "Stepwise"), house.place, "HH-PALM", sessions_planned=24
    )
    past(order, 72, hdss=4)
    past(order, *range(70, 53, -2))
    return order


def test_a_palm_goes_from_induction_to_maintenance_and_back_up_after_a_relapse(
    house: House, page: Page, shots
) -> None:
    order = in_thread(lambda: induced(house))
    sign_in(page, house)
    page.goto(f"/patients/{order.patient_id}/")
    follow(page, lambda: press(page.get_by_role("link", name="Course and next step")))
    expect(page.get_by_text("Evaluate: measure first")).to_be_visible()
    expect(rung(page, "Evaluation")).to_contain_text("◆ Here")
    inspect(page, "course-evaluation", shots)

    measured(page, order, "2", 53)
    at_course(page, order)
    expect(page.get_by_text("Response: step down")).to_be_visible()
    expect(page.get_by_text("HDSS 2")).not_to_have_count(0)
    expect(rung(page, "Evaluation")).to_contain_text("◆ Here")
    expect(rung(page, "Taper 2")).to_contain_text("→ Proposed")
    press(page.locator("summary", has_text="What it rests on"))
    expect(page.get_by_text("Engine", exact=True)).to_be_visible()
    inspect(page, "course-response", shots)
    accept = page.get_by_role("button", name="Accept without booking")
    follow(page, lambda: press(accept))
    expect(page.get_by_text("Nothing to decide now")).to_be_visible()
    expect(rung(page, "Taper 2")).to_contain_text("◆ Here")

    taper = (51, 48, 44, 41, 34, 27, 20, 13, 7, 1)
    in_thread(lambda: past(order, *taper, hdss=1, wet_days=0))
    page.goto("/todo/")
    link = page.get_by_role("link", name="Decide for STEPWISE")
    follow(page, lambda: press(here(link)))
    expect(page.get_by_text("Step down to the next rung")).to_be_visible()
    expect(rung(page, "Maintenance")).to_contain_text("→ Proposed")
    follow(page, lambda: press(page.get_by_role("button", name="Accept and book")))
    expect(page.get_by_text("Nothing to decide now")).to_be_visible()
    expect(page.get_by_role("link", name="Session 21")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("Next date")
    expect(rung(page, "Maintenance")).to_contain_text("◆ Here")
    inspect(page, "course-maintenance", shots)

    measured(page, order, "3", 0)
    at_course(page, order)
    expect(page.get_by_text("Relapse: one step up")).to_be_visible()
    expect(rung(page, "Taper 14")).to_contain_text("→ Proposed")
    inspect(page, "course-relapse", shots)
    accept = page.get_by_role("button", name="Accept", exact=True)
    follow(page, lambda: press(accept))
    expect(page.get_by_text("Relapse, stepped up")).to_be_visible()
    expect(rung(page, "Taper 14")).to_contain_text("◆ Here")
    expect(page.get_by_role("table")).to_contain_text("Nadia Osei")


# A tendon


def elbow(house: House) -> tuple[Visit, TreatmentSession]:
    """Three of six sessions done, one with a reaction; the fourth is due today."""
    ladders_load()
    who = patient(house, "Reacting")
    order = make_order(who, house.place, "LE-DEX40", sessions_planned=6)
    past(order, 7, nprs=6)
    past(order, 5, nprs=5, harm=finding("ERY", 2))
    last = past(order, 3, nprs=4)
    session = session_schedule(
        prescription=order, due_on=site_day(order.site), by=house.place.clinician
    )
    box = make_stimulator(house.place, label="S-course")
    return Visit(who, session, box), last


def react(page: Page, session: TreatmentSession) -> None:
    """What the patient says on the telephone about the last visit."""
    page.goto(f"/sessions/{session.pk}/adverse-events/add")
    choose(page.get_by_label("What, and how bad"), "over 24 h")
    press(page.get_by_label("Where"), "ArrowDown")
    at = dt.datetime.combine(session.due_on, dt.time(20, 0))
    page.get_by_label("Date").fill(at.date().isoformat())
    page.get_by_label("Time").fill("20:00")
    tick(page.locator("[name=noticed]").last)
    follow(page, lambda: press(page.get_by_role("button", name="Record as")))
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()


def test_a_second_reaction_ends_a_tendon_course_and_bars_what_is_planned(
    house: House, page: Page, shots
) -> None:
    visit, last = in_thread(lambda: elbow(house))
    order = last.prescription
    sign_in(page, house)
    at_course(page, order)
    expect(page.get_by_text("Go on as before")).to_be_visible()
    expect(page.get_by_text("3 of 6 done")).to_be_visible()
    inspect(page, "course-tendon", shots)

    react(page, last)
    step = page.get_by_role("region", name="Next step")
    expect(step).to_contain_text("Same reaction again: end the course")
    inspect(page, "record-next-step", shots)
    press(step.get_by_role("link", name="Open the course"))
    expect(page.get_by_text("2 reactions of grade 2 or more")).to_be_visible()
    end = page.get_by_role("button", name="Accept: End the course")
    follow(page, lambda: press(here(end)))
    expect(page.get_by_text("Nothing to decide now")).to_be_visible()
    inspect(page, "course-stopped", shots)

    page.goto(visit.path)
    expect(page.get_by_text("✕ Not to be treated today")).to_be_visible()
    expect(page.get_by_text("2 reactions of grade 2 or more")).to_be_visible()
    inspect(page, "visit-of-an-ended-course", shots)
    in_thread(lambda: clear(visit, house.place.clinician))
    page.goto(visit.path)
    tick(here(page.get_by_label("· S-course", exact=False)))
    follow(page, lambda: press(page.get_by_role("button", name="Prepare and verify")))
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text("has ended: 2 reactions of grade 2")


# Closed days, ladders, a visit that is not held


def test_a_closed_day_moves_a_visit_and_a_site_edits_its_ladder(
    house: House, page: Page, shots
) -> None:
    def planned() -> TreatmentSession:
        ladders_load()
        order = make_order(patient(house, "Holiday"), house.place, "HH-PALM")
        day = site_day(order.site) + dt.timedelta(days=9)
        return session_schedule(
            prescription=order, due_on=day, by=house.place.clinician
        )

    session = in_thread(planned)
    sign_in(page, house, house.prescriber)
    page.goto("/closures/")
    here(page.get_by_role("textbox", name="Day")).fill(session.due_on.isoformat())
    write(page.get_by_label("Why"), "Training day")
    follow(page, lambda: press(page.get_by_role("button", name="Close the day")))
    inspect(page, "closures", shots)
    follow(page, lambda: press(page.get_by_role("link", name="Move HOLIDAY")))
    press(here(page.locator("summary", has_text="Move to another day")))
    later = session.due_on + dt.timedelta(days=1)
    page.get_by_label("New day").fill(later.isoformat())
    inspect(page, "visit-move", shots)
    follow(page, lambda: press(page.get_by_role("button", name="Move the visit")))
    page.goto("/closures/")
    expect(page.get_by_text("No visit is planned that day")).to_be_visible()

    page.goto("/ladders/")
    inspect(page, "ladders", shots)
    follow(page, lambda: press(page.get_by_role("link", name="HH-STEP")))
    edit = page.get_by_role("link", name="Edit as the next version")
    inspect(page, "ladder", shots)
    follow(page, lambda: press(edit))
    write(page.get_by_label("Up to a response, at most"), "many")
    check = page.get_by_role("button", name="Show what changes").last
    follow(page, lambda: press(check))
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("is no whole number")
    inspect(page, "ladder-refused", shots)
    write(page.get_by_label("Up to a response, at most"), "18")
    write(page.get_by_label("Why, or the source"), "Audit of the last year")
    follow(page, lambda: press(check))
    changed = page.get_by_role("region", name="This would change")
    expect(changed).to_contain_text("20 sessions → 18 sessions")
    inspect(page, "ladder-changes", shots)
    follow(page, lambda: press(changed.get_by_role("button", name="Save as")))
    expect(page.get_by_text("published by Ruth Lindqvist")).to_be_visible()
