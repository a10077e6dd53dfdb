"""Adopting a protocol in the browser, by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from clinic.models import Role, Staff
from sessions_app.domain.figures import FIGURES
from sessions_app.selectors.catalogue import adoptions_in_force, protocol_newest
from sessions_app.services.adopting import protocol_adopt
from sessions_app.services.catalogue import catalogue_load
from tests.browser.house import in_thread
from tests.browser.looks import inspect
from tests.browser.steps import follow, here
from tests.factories import PASSWORD, make_staff
from tests.visits import values_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SOURCE = "Site protocol 12, page 3"
TABS = 250


@pytest.fixture
def prescriber(house, page) -> Staff:
    """A prescriber of the house, signed in, with the whole catalogue published."""
    in_thread(catalogue_load)
    site = house.place.site
    staff = in_thread(lambda: make_staff(site, Role.PRESCRIBER, password=PASSWORD))
    page.goto("/")
    page.get_by_label("E-mail").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    return staff


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is meant has the focus."""
    wanted = here(page.locator(selector).first)
    for _ in range(TABS):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def in_force(house, code: str) -> bool:
    rows = adoptions_in_force(site=house.place.site)
    return in_thread(lambda: rows.filter(protocol__code=code).exists())


def test_a_locked_protocol_is_found_and_adopted(house, page, prescriber, shots):
    code = "ACH-DEX"
    tab_to(page, "a:text-is('Protocols')")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Protocols")).to_be_visible()
    inspect(page, "protocols", shots)
    tab_to(page, "#q")
    page.keyboard.type("acute achilles")
    follow(page, lambda: page.keyboard.press("Enter"))
    expect(page.get_by_text("1 of 46 shown.")).to_be_visible()
    tab_to(page, f"a:text-is('{code}')")
    follow(page, lambda: page.keyboard.press("Enter"))
    expect(page.get_by_text("Locked: 6 fields")).to_be_visible()
    inspect(page, "protocol-locked", shots)

    tab_to(page, "a:text-is('Enter what is open and adopt')")
    page.keyboard.press("Enter")
    tab_to(page, "#source")
    page.keyboard.type(SOURCE)
    tab_to(page, "[id='currents.max_ua']")
    page.keyboard.type("4 µA")
    page.keyboard.press("Enter")
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text("this field is in mA")
    expect(summary.get_by_role("link")).to_have_count(6)
    inspect(page, "protocol-refused", shots)

    expect(page.locator("#source")).to_have_value(SOURCE)
    for field, given in values_for(code).items():
        tab_to(page, f"[id='{field}']")
        page.keyboard.press("Control+a")
        page.keyboard.type(FIGURES[field].text(given.value).capitalize())
    tab_to(page, "button:has-text('Adopt as')")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In force here, demo")).to_be_visible()
    assert in_force(house, code)

    tab_to(page, "summary:has-text('Withdraw this adoption')")
    page.keyboard.press("Enter")
    tab_to(page, "#reason")
    page.keyboard.type("Two burns")
    follow(page, lambda: page.keyboard.press("Enter"))
    expect(page.get_by_text("Two burns")).to_be_visible()
    assert not in_force(house, code)


def test_a_second_prescriber_reads_the_values_and_signs(house, page, prescriber, shots):
    code = "GALV-NASE"
    first = house.place.prescriber
    in_thread(
        lambda: protocol_adopt(
            site=house.place.site,
            protocol=protocol_newest(code),
            by=first,
            entered=values_for(code),
            source=SOURCE,
        )
    )
    page.goto(f"/protocols/{code}/")
    expect(page.get_by_text("Awaiting second signature")).to_be_visible()
    expect(page.get_by_text(f"signed by {first.name}").first).to_be_visible()
    inspect(page, "protocol-second", shots)
    assert not in_force(house, code)
    tab_to(page, "button:has-text('Sign as second prescriber')")
    page.keyboard.press("Enter")
    expect(page.get_by_text("In force here, demo")).to_be_visible()
    assert in_force(house, code)
