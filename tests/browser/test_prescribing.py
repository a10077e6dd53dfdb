"""From a new patient to a planned session, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from sessions_app.models import Prescription
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import (
    choose,
    follow,
    press,
    refused,
    sign_in,
    tab_to,
    tick,
    write,
)
from tests.visits import adopted, electrodes_build

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TRAY = "Tray 150 × 220 mm"
DISC = "Pilocarpine gel disc"


def register(page: Page, shots) -> None:
    """A patient of the clinic, first with a date of birth missing."""
    tab_to(page.get_by_role("link", name="Patients"))
    page.keyboard.press("Enter")
    press(page.get_by_role("link", name="New patient"))
    write(page.get_by_label("Family name"), "Okonkwo")
    write(page.get_by_label("Given name"), "Ifeoma")
    write(page.get_by_label("MRN"), "M-90417")
    tick(page.get_by_label("Known, listed below"))
    write(page.get_by_label("Which allergies"), "latex")
    page.keyboard.press("Enter")
    refused(page, "date of birth")
    expect(page.get_by_label("Which allergies")).to_have_value("latex")
    inspect(page, "patient-new", shots)
    page.get_by_label("Date of birth").fill("1991-06-30")
    press(page.get_by_role("button", name="Register"))
    expect(page.get_by_text("No prescription has been written")).to_be_visible()


def fill_place(page: Page, number: int, place: str, kind: str) -> None:
    """Both electrodes of one place, the same on the left and on the right."""
    section = page.get_by_role("region", name=f"Place {number}")
    expect(section).to_be_visible()
    for name, side in (("First", "left"), ("Second", "right")):
        pad = section.get_by_role("group", name=f"{name} electrode")
        choose(pad.get_by_label("Lies on"), f"{side} {place}")
        choose(pad.get_by_label("Electrode", exact=True), kind)


def test_a_prescription_of_two_places_is_checked_consented_signed_and_revised(
    house: House, page: Page, shots
) -> None:
    in_thread(lambda: (electrodes_build(), adopted(house.place, "HH-UK7")))
    sign_in(page, house, house.prescriber)
    register(page, shots)
    tab_to(page.get_by_role("link", name="New prescription"))
    follow(page, lambda: page.keyboard.press("Enter"))
    inspect(page, "prescription-choose", shots)
    follow(page, lambda: press(page.get_by_role("link", name="HH-UK7")))
    expect(page.get_by_role("heading", name="New prescription")).to_be_visible()
    fill_place(page, 1, "palm", TRAY)
    press(page.get_by_role("button", name="Add a place"))
    fill_place(page, 2, "sole", DISC)
    write(page.get_by_label("Sessions in all"), "7")
    press(page.get_by_role("button", name="Check the limits"))
    expect(page.get_by_role("heading", name="It would be refused")).to_be_visible()
    expect(page.get_by_text("7 cm² × 0.2 mA/cm²").first).to_be_visible()
    inspect(page, "prescription-refused", shots)

    fill_place(page, 2, "sole", TRAY)
    press(page.get_by_role("button", name="Check the limits"))
    expect(page.get_by_role("heading", name="Every limit holds")).to_be_visible()
    expect(page.get_by_text("200 cm² ×").first).to_be_visible()
    inspect(page, "prescription-checked", shots)
    press(page.get_by_role("button", name="Save draft"))
    expect(page.get_by_text("Draft, not signed")).to_be_visible()
    inspect(page, "prescription-draft", shots)

    press(page.get_by_role("button", name="Sign as"))
    refused(page, "onsent")
    follow(page, lambda: press(page.get_by_role("link", name="Ask for consent")))
    consent(page)
    order = in_thread(lambda: Prescription.objects.get(patient__mrn="M-90417"))
    page.goto(f"/prescriptions/{order.pk}/")
    press(page.get_by_role("button", name="Sign as"))
    expect(page.get_by_role("button", name="Plan a session")).to_be_visible()
    press(page.get_by_role("button", name="Plan a session"))
    expect(page.get_by_role("link", name="Session 1")).to_be_visible()
    inspect(page, "prescription", shots)

    press(page.get_by_role("link", name="Revise"))
    write(page.get_by_label("Sessions in all"), "6")
    follow(page, lambda: press(page.get_by_role("button", name="Save draft")))
    follow(page, lambda: press(page.get_by_role("button", name="Sign as")))
    expect(page.get_by_text("version 2").first).to_be_visible()
    expect(page.get_by_text("of 6 stand or were held")).to_be_visible()
    inspect(page, "prescription-revised", shots)
    page.goto(f"/prescriptions/{order.pk}/")
    expect(page.get_by_text("Replaced by version 2")).to_be_visible()


def consent(page: Page) -> None:
    """Everything that is missing, by the patient."""
    expect(page.get_by_role("heading", name="Consent", exact=True)).to_be_visible()
    missing = page.locator(".app-card--focus form")
    for left in reversed(range(missing.count())):
        form = page.locator(".app-card--focus").first
        tick(form.get_by_label("Patient", exact=False).first)
        record = form.get_by_role("button", name="Record consent")
        follow(page, lambda record=record: press(record))
        expect(missing).to_have_count(left)
    expect(page.get_by_text("Missing")).to_have_count(0)
