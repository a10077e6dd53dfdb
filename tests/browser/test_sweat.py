"""A sweat test: too little at one arm, done again, measured, read by a prescriber."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.models import Chair
from sessions_app.demo.lots import lots_for
from sessions_app.models import TreatmentSession
from sessions_app.services.scheduling import session_schedule
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import (
    SOON_MS,
    check_in_and_clear,
    choose_chair,
    confirm_and_start,
    look_and_sign,
    press,
    refused,
    sign_in,
    tick,
    write,
)
from tests.factories import make_patient, make_stimulator
from tests.sessions_app.sweat import arms, current_over, dose_write
from tests.simulators import Box
from tests.visits import Visit, make_order, readopted

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CODE = "SWEAT-CF"
# Seconds in place of five minutes; the ramps are as published.
SHORT = {"course.flow_ms": 22_000, "course.max_flow_ms": 22_000}
# What so short a current gives an arm.
FEW_NC = 20_000_000


def due(house: House, box: Box) -> Visit:
    """A test of both arms: the right one has had its current, the left has not."""
    place = house.place
    adoption = readopted(place, CODE, SHORT, "Site protocol 9")
    patient = make_patient(place, family_name="Moreau", title="Ms")
    order = make_order(
        patient, place, CODE, adoption=adoption, legs=arms(), sessions_planned=2
    )
    session = session_schedule(
        prescription=order,
        due_on=timezone.localdate(),
        due_at=dt.time(9, 0),
        by=place.clinician,
    )
    right = session.legs.get(order=2)
    lots_for(right, place.clinician)
    dose_write(place, session, right, make_stimulator(place, label="S-R"), nc=FEW_NC)
    chair = Chair.objects.create(room=place.room, name="chair of the test")
    box_row = make_stimulator(place, box, chair=chair, label="S-SWEAT")
    return Visit(patient, session, box_row, box)


def arm(page: Page, side: str):
    return page.get_by_role("region", name=f"{side} volar forearm", exact=True)


def begin(page: Page, side: str) -> None:
    tick(arm(page, side).get_by_label("Coil (µL)"))
    press(arm(page, side).get_by_role("button", name="Collecting begins now"))
    expect(arm(page, side).get_by_role("timer")).to_contain_text("of 30:00 min")


def end(page: Page, side: str, amount: str, word: str) -> None:
    write(arm(page, side).get_by_label("Amount in µL"), amount)
    press(arm(page, side).get_by_role("button", name="Collecting has ended"))
    expect(arm(page, side)).to_contain_text(word)


def collect_both(page: Page, shots) -> None:
    """Nine µL at the left, sixteen and a half at the right: never twenty-five."""
    press(arm(page, "left").get_by_role("button", name="Collecting begins now"))
    refused(page, "choose what the sweat is collected in")
    begin(page, "left")
    begin(page, "right")
    page.reload()
    expect(arm(page, "left").get_by_role("timer")).to_contain_text("of 30:00 min")
    inspect(page, "sweat-collecting", shots)
    look_and_sign(page)
    refused(page, "left volar forearm: it is still collected")
    end(page, "left", "9", "Not sufficient (QNS)")
    end(page, "right", "16.5", "Enough")


def decide_and_sign(page: Page, shots) -> None:
    card = page.get_by_role("region", name="Repeat the test")
    expect(card).to_contain_text("left volar forearm: 9 µL, at least 15 µL")
    inspect(page, "sweat-repeat", shots)
    tick(card.get_by_label("Repeat on").first)
    press(card.get_by_role("button", name="Decide as"))
    answer = card.filter(has_text="Accepted by")
    expect(answer.or_(page.locator(".nhsuk-error-summary"))).to_contain_text(
        "Accepted by"
    )
    look_and_sign(page)
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    expect(page.get_by_text("Awaiting result", exact=True)).to_be_visible()


def measured(page: Page, shots) -> None:
    """The repeat: enough at the left, nothing at the right, signed and measured."""
    begin(page, "left")
    press(arm(page, "left").get_by_role("link", name="Specimen label"))
    expect(page.get_by_role("heading", name="Specimen label")).to_be_visible()
    inspect(page, "sweat-label", shots)
    page.go_back()
    end(page, "left", "20", "Enough")
    press(arm(page, "right").locator("summary"))
    write(arm(page, "right").get_by_label("Why"), "the coil fell off")
    press(arm(page, "right").get_by_role("button", name="Record it"))
    expect(arm(page, "right")).to_contain_text("Not collected")
    look_and_sign(page)
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    press(page.get_by_role("link", name="Enter the result"))
    expect(page.get_by_role("heading", name="Enter the result")).to_be_visible()
    write(page.get_by_label("Chloride in mmol/L"), "161")
    write(page.get_by_label("Laboratory"), "Central laboratory")
    write(page.get_by_label("Method"), "Coulometry")
    page.get_by_label("Measured on").fill(timezone.localdate().isoformat())
    press(page.get_by_role("button", name="Save the result"))
    refused(page, "at most 160 mmol/L")
    inspect(page, "sweat-result", shots)
    write(page.get_by_label("Chloride in mmol/L"), "98.5")
    press(page.get_by_role("button", name="Save the result"))
    expect(arm(page, "left")).to_contain_text("98.5 mmol/L chloride, Coulometry")
    expect(page.get_by_text("To interpret", exact=True)).to_be_visible()


def interpret(page: Page, house: House, again: TreatmentSession, shots) -> None:
    page.goto("/todo/")
    waits = page.get_by_role("article").filter(has_text="Sweat test: read the result")
    press(waits.get_by_role("link", name="Open it"))
    expect(page.get_by_role("heading", name="Interpretation")).to_be_visible()
    press(page.get_by_role("button", name="Sign the interpretation"))
    refused(page, "Write what the test says")
    write(page.get_by_label("What the test says"), "Indicative; genetics asked for.")
    press(page.get_by_role("button", name="Sign the interpretation"))
    expect(page.get_by_text("Interpreted", exact=True)).to_be_visible()
    card = page.get_by_role("region", name="Interpretation")
    expect(card).to_contain_text("Indicative; genetics asked for.")
    expect(card).to_contain_text(house.prescriber.name)
    inspect(page, "sweat-interpreted", shots)


def test_a_sweat_test_is_repeated_measured_and_read(house, page, shots) -> None:
    box = house.stack.simulators.take()
    visit = in_thread(lambda: due(house, box))
    sign_in(page, house)
    check_in_and_clear(page, visit)
    choose_chair(page, visit)
    confirm_and_start(page)
    expect(page.get_by_role("heading", name="Check the skin and sign")).to_be_visible(
        timeout=4 * SOON_MS
    )
    collect_both(page, shots)
    decide_and_sign(page, shots)

    again = in_thread(lambda: seeded(house, visit))
    page.goto(f"/sessions/{again.pk}/")
    measured(page, shots)
    press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_label("Password")).to_be_visible()
    sign_in(page, house, house.prescriber)
    interpret(page, house, again, shots)


def seeded(house: House, visit: Visit) -> TreatmentSession:
    """The repeat that was booked, its current over."""
    booked = TreatmentSession.objects.get(patient=visit.patient, state="planned")
    return current_over(house.place, booked, nc=FEW_NC)
