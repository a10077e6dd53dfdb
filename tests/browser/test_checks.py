"""A change since last time, a stop that nobody lifts, and a child, by keyboard."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from sessions_app.models import Prescription, TreatmentSession
from sessions_app.services.prescribing import prescription_sign, prescription_write
from sessions_app.services.requesting import session_not_today
from sessions_app.services.scheduling import session_schedule
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import (
    answer_safely,
    choose,
    press,
    refused,
    sign_in,
    tab_to,
    tick,
    write,
)
from tests.factories import make_patient
from tests.visits import adopted, clear, electrodes_build, leg_for, make_visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def second_visit(house: House, family: str) -> TreatmentSession:
    """Due today in a course whose whole list was answered at the first visit."""
    place = house.place
    visit = make_visit(place, family_name=family)
    session = clear(visit, place.clinician)
    session.refresh_from_db()
    session_not_today(
        session=session,
        by=place.clinician,
        version=session.version,
        because="patient",
        words="called away",
    )
    return session_schedule(
        prescription=session.prescription,
        due_on=timezone.localdate(),
        by=place.clinician,
    )


def arrive(page: Page, session: TreatmentSession) -> None:
    page.goto(f"/sessions/{session.pk}/")
    tick(page.get_by_label("Not needed"))
    press(page.get_by_role("button", name="check in"))
    expect(page.get_by_role("heading", name="Checks before treatment")).to_be_visible()
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)


def answer_whole_list(page: Page, **other: str) -> None:
    expect(page.get_by_role("heading", name="The whole list")).to_be_visible()
    answer_safely(page, **other)


def test_a_change_leads_to_the_whole_list_once_more(
    house: House, page: Page, shots
) -> None:
    session = in_thread(lambda: second_visit(house, "Hartley"))
    sign_in(page, house)
    arrive(page, session)
    # The first question has the focus: a key answers it and goes on.
    expect(page.locator("#q-implant")).to_be_focused()
    for key in "nnnny":
        page.keyboard.press(key)
    tab_to(page.get_by_role("button", name="Record the answers"))
    page.keyboard.press("Enter")
    refused(page, "Not answered: Are")
    inspect(page, "checks-refused", shots)
    tick(page.locator("#q-bare"))
    press(page.get_by_role("button", name="Record the answers"))
    answer_whole_list(page)
    expect(page.get_by_role("heading", name="Prepare")).to_be_visible()


def test_an_implant_leaves_only_another_day(house: House, page: Page, shots) -> None:
    visit = in_thread(lambda: make_visit(house.place, family_name="Paceman"))
    sign_in(page, house)
    arrive(page, visit.session)
    answer_safely(page)
    answer_whole_list(page, electrical="pacemaker")
    expect(page.get_by_role("heading", name="Nobody may override")).to_be_visible()
    expect(page.get_by_role("button", name="Ask prescriber")).to_have_count(0)
    inspect(page, "never", shots)
    press(page.get_by_role("button", name="Record as not treated"))
    refused(page, "Choose why not today")
    choose(page.get_by_label("Because of"), "The patient")
    write(page.get_by_label("In words"), "pacemaker: cardiology is asked")
    tick(page.get_by_label("Book the next visit on this day"))
    day = page.get_by_label("Day of the next visit").input_value()
    press(page.get_by_role("button", name="Record as not treated"))
    expect(page.get_by_text("No treatment was given")).to_be_visible()
    inspect(page, "not-treated", shots)
    booked = TreatmentSession.objects.filter(patient=visit.patient, state="planned")
    assert day == in_thread(lambda: booked.get().due_on.isoformat())


def draft_for_a_child(house: House) -> Prescription:
    born = timezone.localdate() - dt.timedelta(days=10 * 366)
    return prescription_write(
        patient=make_patient(house.place, family_name="Young", born_on=born),
        adoption=adopted(house.place, "HH-PALM"),
        legs=[leg_for("HH-PALM", electrodes_build())],
        indication="Palmar hyperhidrosis",
        sessions_planned=10,
        expires_on=timezone.localdate() + dt.timedelta(days=60),
        max_ua=8_000,
        by=house.place.prescriber,
    )


def signed_for_today(order: Prescription, house: House) -> TreatmentSession:
    return session_schedule(
        prescription=prescription_sign(prescription=order, by=house.place.prescriber),
        due_on=timezone.localdate(),
        by=house.place.clinician,
    )


def test_a_child_needs_a_guardians_consent_and_somebody_beside_it(
    house: House, page: Page, shots
) -> None:
    order = in_thread(lambda: draft_for_a_child(house))
    sign_in(page, house)
    page.goto(f"/patients/{order.patient_id}/consent/{order.number}/")
    form = page.get_by_role("region", name="Treatment")
    tick(form.get_by_label("Guardian", exact=False).first)
    press(form.get_by_role("button", name="Record consent"))
    refused(page, "guardian's name")
    inspect(page, "consent-refused", shots)
    write(form.get_by_label("Name of the guardian"), "Maria Young")
    write(form.get_by_label("Related how"), "Mother")
    write(form.get_by_label("What shows it"), "Passport and birth certificate seen")
    press(form.get_by_role("button", name="Record consent"))
    expect(page.get_by_text("Maria Young")).to_be_visible()
    inspect(page, "consent", shots)

    session = in_thread(lambda: signed_for_today(order, house))
    page.goto(f"/sessions/{session.pk}/")
    tick(page.get_by_label("Not needed"))
    press(page.get_by_role("button", name="check in"))
    refused(page, "is a minor")
    write(page.get_by_label("Name", exact=True), "Maria Young")
    write(page.get_by_label("Related how"), "Mother")
    inspect(page, "check-in-child", shots)
    press(page.get_by_role("button", name="check in"))
    expect(page.get_by_role("heading", name="Checks before treatment")).to_be_visible()
