"""One treatment in the browser, from the sign-in to the signed record."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looks import inspect
from tests.browser.steps import (
    SOON_MS,
    check_in_and_clear,
    choose_chair,
    confirm_and_start,
    here,
    listen,
    look_and_sign,
    said,
    sign_in,
    tab_to,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_treatment_from_sign_in_to_the_signed_record(house, page, shots):
    visit = house.visit(
        "HH-PALM",
        "Khan",
        allergies=["Penicillin"],
        contraindications=["Metal plate, left wrist"],
    )
    page.goto("/")
    inspect(page, "sign-in", shots)
    sign_in(page, house)
    inspect(page, "today", shots)

    page.goto(visit.path)
    inspect(page, "check-in", shots)
    check_in_and_clear(page, visit)
    inspect(page, "prepare", shots)
    choose_chair(page, visit)
    expect(page.get_by_text("Known allergies")).to_be_visible()
    expect(page.get_by_text("RED lead → left palm")).to_be_visible()
    inspect(page, "start", shots)

    page.get_by_role("button", name="START").click()
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("date of birth")
    page.locator("#identity").check()
    page.locator("#electrodes").check()
    page.get_by_label("Chair code").fill("NOPE")
    page.get_by_role("button", name="START").click()
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("is not the code")
    inspect(page, "start-refused")
    confirm_and_start(page)

    expect(page.locator("[data-live=phase]")).to_have_text("Plateau", timeout=60_000)
    raise_ = page.get_by_role("button", name="Raise")
    page.locator("label", has_text="1.0 mA").click()
    raise_.click()
    answer = page.locator("[data-act=adjust] [data-answer]")
    expect(answer).to_contain_text("Patient agrees")
    page.get_by_label("Patient agrees").check()
    raise_.click()
    expect(answer).to_contain_text("Done: level 1.0 mA", timeout=SOON_MS)
    measured = page.locator("#console [data-live=mean]")
    expect(measured).to_have_text(re.compile(r"(0\.9|1\.\d) mA"), timeout=SOON_MS)
    allowed = page.locator("#console [data-live=allowed]")
    # A first run goes to the target, not to the most that the protocol allows.
    expect(allowed).to_have_text("10.0 mA")
    page.locator("label", has_text="0.5 mA").click()
    page.get_by_role("button", name="Lower").click()
    expect(answer).to_contain_text("Done: level 0.5 mA", timeout=SOON_MS)
    page.get_by_role("button", name="Pain 2 of 10").click()
    expect(page.locator("[data-act=pain] [data-answer]")).to_contain_text("Pain 2")
    expect(page.locator("#console [data-live=charge]")).to_have_text(
        re.compile(r"[1-9].* mA·min"), timeout=SOON_MS
    )
    inspect(page, "console", shots)

    listen(page)
    page.get_by_role("button", name="STOP").click()
    said(page, "Stopping")
    said(page, "Output off")
    assert visit.box.actual_ua == 0

    expect(page.get_by_role("heading", name="Check the skin and sign")).to_be_visible(
        timeout=SOON_MS
    )
    here(page.get_by_role("button", name="Sign as"))
    expect(page.get_by_text("stopped by the operator", exact=True)).to_be_visible()
    inspect(page, "sign", shots)
    page.get_by_role("button", name="Sign as").click()
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("Look at the skin")
    look_and_sign(page)
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    expect(page.get_by_text("Partial", exact=True).first).to_be_visible()
    inspect(page, "record", shots)

    page.goto(f"/patients/{visit.patient.pk}/")
    expect(page.get_by_role("cell", name="Measured trace")).to_be_visible()
    inspect(page, "patient", shots)


def test_a_session_can_be_reached_and_checked_in_by_keyboard_alone(house, page):
    house.visit("HH-PALM", "Tabbed")
    sign_in(page, house)
    row = page.get_by_role("row").filter(has_text="TABBED")
    tab_to(row.get_by_role("link", name="Check in"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check in")).to_be_visible()
    tab_to(page.get_by_label("Not needed"))
    page.keyboard.press("Space")
    tab_to(page.get_by_role("button", name="check in"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Checks before treatment")).to_be_visible()
