"""The checks by keyboard, and a stop that a prescriber answers meanwhile."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looks import inspect
from tests.browser.steps import SOON_MS, follow, here, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def check_in(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_label("Not needed").check()
    page.get_by_role("button", name="check in").click()
    expect(page.get_by_role("heading", name="Checks before treatment")).to_be_visible()


def answer_by_keys(page: Page, **unsafe: str) -> None:
    """Y or N at each question where the keyboard stands, and words for `unsafe`."""
    here(page.get_by_role("button", name="Record the answers"))
    for question in page.get_by_role("radiogroup").all():
        row = question.locator("input")
        expect(row.first).to_be_focused()
        name = str(row.first.get_attribute("name")).removeprefix("q-")
        safe = question.locator("input:not([data-unsafe])").get_attribute("value")
        answer = {"yes": "no", "no": "yes"}[str(safe)] if name in unsafe else safe
        page.keyboard.press(str(answer)[0])
        if unsafe.get(name):
            page.keyboard.type(unsafe[name])
            following = page.locator(f"#note-{name}").locator(
                "xpath=following::input[@type='radio'][1]"
            )
            following.focus()


def test_six_keys_and_enter_answer_a_visit_on_one_screen(house, page, shots):
    visit = house.visit("HH-PALM", "Keys")
    sign_in(page, house)
    check_in(page, visit.path)
    inspect(page, "visit-check", shots)
    page.reload()
    send = page.get_by_role("button", name="Record the answers")
    page.evaluate("scrollTo(0, 0)")
    box = send.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 900
    expect(page.locator("input:checked")).to_have_count(0)
    answer_by_keys(page)
    expect(page.locator("input:checked")).to_have_count(6)
    expect(send).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The whole list")).to_be_visible()
    inspect(page, "course-check", shots)


def test_a_stop_is_answered_by_a_prescriber_and_the_page_goes_on(
    house, page, chromium, shots
):
    visit = house.visit("HH-PALM", "Halt")
    sign_in(page, house)
    check_in(page, visit.path)
    answer_by_keys(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The whole list")).to_be_visible()
    answer_by_keys(page, heart="atrial fibrillation, rate controlled")
    page.get_by_role("button", name="Record the answers").click()
    expect(page.get_by_text("STOP · H7")).to_be_visible()
    inspect(page, "barred", shots)
    page.get_by_label("What you ask").fill("Stable since 2019; may we?")
    page.get_by_role("button", name="Ask prescriber").click()
    expect(page.get_by_role("heading", name="Waiting for the answer")).to_be_visible()
    inspect(page, "waiting", shots)
    allow(house, chromium, shots)
    expect(page.get_by_role("heading", name="Allowed by a prescriber")).to_be_visible(
        timeout=SOON_MS
    )
    inspect(page, "allowed", shots)
    page.get_by_role("button", name="Clear for treatment").click()
    expect(page.get_by_role("heading", name="Prepare")).to_be_visible()


def allow(house: House, chromium: Browser, shots: Path | None) -> None:
    """A prescriber finds the question on the list and signs the answer."""
    page = chromium.new_context(base_url=house.url).new_page()
    sign_in(page, house, house.prescriber)
    follow(page, page.get_by_role("link", name="To do").click)
    inspect(page, "todo", shots)
    question = page.get_by_role("link", name="See the facts and decide for HALT")
    follow(page, question.click)
    inspect(page, "question", shots)
    page.get_by_label("Allow treatment").check()
    page.get_by_label("Reason").fill("Far from the heart; letter seen")
    page.get_by_label("Lower ceiling").fill("6")
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("heading", name="To do")).to_be_visible()
    page.context.close()
