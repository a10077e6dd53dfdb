"""What no networked stimulator reported: a meter read by hand, a home loan."""

import datetime as dt
from unittest.mock import patch

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinic.models import Role
from sessions_app.models import Loan
from sessions_app.services.loans import RETURN_CHECKS, home_device_add
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import (
    choose,
    follow,
    here,
    press,
    refused,
    sign_in,
    tick,
    write,
)
from tests.visits import Visit, clear, make_visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOW = timezone.now
BEFORE = dt.timedelta(minutes=40)


def earlier(house: House, family: str, *, cleared: bool) -> Visit:
    """A visit as it stood 40 minutes ago."""
    with patch.object(timezone, "now", lambda: NOW() - BEFORE):
        visit = make_visit(house.place, family_name=family, title="Mr")
        if cleared:
            clear(visit, house.place.clinician)
    return visit


def ago(minutes: int) -> str:
    """As a field for date and time takes it."""
    return f"{timezone.localtime() - dt.timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"


def test_a_meter_read_by_hand_is_an_estimate_and_is_drawn_so(
    house: House, page: Page, shots
) -> None:
    visit = in_thread(lambda: earlier(house, "Handley", cleared=True))
    sign_in(page, house)
    page.goto(visit.path)
    press(page.get_by_role("link", name="No networked stimulator"))
    tick(page.get_by_label("Meter read by hand", exact=True))
    page.get_by_label("Current switched on").fill(ago(30))
    write(page.get_by_label("How long the current was on"), "20")
    write(page.get_by_label("Why no networked stimulator"), "S-3 is being repaired")
    page.keyboard.press("Enter")
    refused(page, "Start, current: nothing is entered")
    expect(page.get_by_label("How long the current was on")).to_have_value("20")
    inspect(page, "by-hand-refused", shots)
    write(page.get_by_label("Serial number of the device"), "SN-881")
    for reading, minute, ma in (
        ("Start", "0", "8"),
        ("At 5 min", "5", "10"),
        ("Middle", "10", "10"),
        ("End", "20", "9.5"),
    ):
        write(page.get_by_label(f"{reading}, minute"), minute)
        write(page.get_by_label(f"{reading}, mA"), ma)
    inspect(page, "by-hand", shots)
    press(page.get_by_role("button", name="Enter as"))
    expect(page.get_by_role("heading", name="Check the skin and sign")).to_be_visible()
    expect(page.get_by_text("◇ Estimate")).to_be_visible()
    expect(page.locator(".app-dosebar__hatched")).to_have_count(1)
    here(page.get_by_role("button", name="Sign as"))
    inspect(page, "by-hand-record", shots)
    for answer in page.get_by_label("Nothing to see").all():
        tick(answer)
    for box in page.get_by_label("Cleaned:").all():
        tick(box)
    press(page.get_by_role("button", name="Sign as"))
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    page.goto(f"/patients/{visit.patient.pk}/")
    expect(page.locator(".app-dosebar__hatched")).to_have_count(1)


def lendable(house: House) -> Visit:
    """A patient who may borrow, and a device that may go out."""
    home_device_add(
        site=house.place.site,
        by=house.place.staff[Role.ENGINEER],
        asset="H-07",
        serial="SN-7",
        model="Simulated home unit",
        max_ua=15_000,
        service_due_on=timezone.localdate() + dt.timedelta(days=90),
    )
    return earlier(house, "Borrow", cleared=False)


def test_a_device_goes_home_tells_its_diary_and_comes_back(
    house: House, page: Page, shots
) -> None:
    visit = in_thread(lambda: lendable(house))
    sign_in(page, house)
    press(page.get_by_role("link", name="Loans"))
    press(page.get_by_role("link", name="Lend a device"))
    choose(page.get_by_label("Patient and prescription"), "BORROW")
    choose(page.get_by_label("Device", exact=True), "H-07")
    press(page.get_by_role("button", name="Trained and lent"))
    refused(page, "Taught current: nothing is entered")
    inspect(page, "loan-lend", shots)
    for label, text in (
        ("Taught current", "8"),
        ("Never more than", "10"),
        ("Minutes a session", "15"),
        ("Sessions a week", "3"),
        ("Trained: name", "Amina Borrow"),
        ("Accessories given", "2 trays, 2 leads"),
    ):
        write(page.get_by_label(label), text)
    press(page.get_by_role("button", name="Trained and lent"))
    expect(page.get_by_text("Nothing has been told from home yet")).to_be_visible()

    page.get_by_label("Treated on").fill(ago(35))
    write(page.get_by_label("Minutes", exact=True), "15")
    write(page.get_by_label("Current, mA"), "8")
    write(page.get_by_label("Skin afterwards"), "pink for an hour")
    press(page.get_by_role("button", name="Enter and sign as"))
    expect(page.locator(".app-dosebar__hatched")).to_have_count(1)

    late = timezone.localdate() - dt.timedelta(days=3)
    rows = Loan.objects.filter(patient=visit.patient)
    in_thread(lambda: rows.update(due_back_on=late))
    page.goto("/loans/")
    expect(page.get_by_text("Overdue by 3 days")).to_be_visible()
    inspect(page, "loans", shots)
    press(page.get_by_role("link", name="Open the loan of BORROW"))
    press(page.get_by_role("button", name="Take it back"))
    refused(page, "lent again")
    inspect(page, "loan", shots)
    for text in RETURN_CHECKS.values():
        tick(page.get_by_label(text))
    tick(page.get_by_label("Yes, all of it holds"))
    follow(page, lambda: press(page.get_by_role("button", name="Take it back")))
    expect(page.get_by_role("button", name="Take it back")).to_have_count(0)
    inspect(page, "loan-back", shots)
    page.goto("/loans/")
    expect(page.get_by_text("BORROW")).to_have_count(0)
