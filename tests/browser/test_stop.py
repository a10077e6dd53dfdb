"""STOP in the browser: in reach from every page, with nothing behind it."""

import pytest
from playwright.sync_api import Route, expect

from devices.models import Run
from tests.browser.house import in_thread
from tests.browser.looks import inspect
from tests.browser.steps import SOON_MS, here, listen, said, treat
from tests.devices.leading import wait_state

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TABS = 10
FIRST_STEP_MS = 500


def ramp_step_ms(visit) -> int:
    """When the device took the first step down, by its own clock."""
    steps = visit.box.events("ramp_step", "stop")
    assert [entry["kind"] for entry in steps][:1] == ["stop"]
    return next(e["at_ms"] for e in steps if e["kind"] == "ramp_step")


def test_with_ten_consoles_open_the_first_step_down_follows_at_once(house, context):
    visit = house.visit("SWEAT-CF", "Tabs")
    pages = [treat(context, house, visit)]
    for _ in range(TABS - 1):
        page = context.new_page()
        page.goto(visit.path)
        pages.append(page)
    for page in pages:
        expect(page.locator("#console [data-live=age]")).to_contain_text(
            "s old", timeout=SOON_MS
        )
    listen(pages[-1])
    stop = here(pages[-1].get_by_role("button", name="STOP"))
    pressed_ms = visit.box.dump()["now_ms"]
    stop.click()
    said(pages[-1], "Output off")
    assert ramp_step_ms(visit) - pressed_ms <= FIRST_STEP_MS
    assert visit.box.actual_ua == 0


def test_stop_works_without_scripts_and_signed_out(house, context, chromium):
    visit = house.visit("SWEAT-CF", "Plain")
    page = treat(context, house, visit)
    bare = chromium.new_context(base_url=house.url, java_script_enabled=False)
    bare.add_cookies(context.cookies())
    plain = bare.new_page()
    plain.goto(visit.path)
    # Signed out elsewhere: this page still holds its ticket.
    bare.clear_cookies()
    plain.get_by_role("button", name="STOP").click()
    expect(plain).to_have_url(f"{house.url}/stop")
    expect(plain.get_by_role("heading")).to_contain_text(visit.stimulator.place)
    expect(page.get_by_role("heading", name="Check the skin")).to_be_visible(
        timeout=SOON_MS
    )
    assert visit.box.actual_ua == 0
    bare.close()


def test_a_stop_that_nobody_confirms_says_what_to_do_by_hand(house, context):
    visit = house.visit("SWEAT-CF", "Silent")
    page = treat(context, house, visit)
    # A run that is given up takes this page away: not while it is looked at.
    waiting: list[Route] = []
    page.route(f"**{visit.path}", lambda route: waiting.append(route))
    house.stack.simulators.process.freeze()
    try:
        page.get_by_role("button", name="STOP").click()
        state = page.locator("[data-stop-state]")
        expect(state).to_contain_text("Stop NOT confirmed", timeout=SOON_MS)
        expect(state).to_contain_text(f"switch {visit.stimulator.label} off")
        expect(page.locator("#console [data-live=age]")).to_contain_text(
            "No data since"
        )
        expect(page.locator("#console [data-live=mean]")).to_have_text("––")
        inspect(page, "stop-not-confirmed")
    finally:
        house.stack.simulators.process.thaw()
    page.unroute(f"**{visit.path}")
    run = in_thread(lambda: Run.objects.get(patient=visit.patient))
    in_thread(lambda: wait_state(run, "ended"))
    for route in waiting:
        route.continue_()
    expect(page.get_by_role("heading", name="Check the skin")).to_be_visible(
        timeout=2 * SOON_MS
    )
    assert visit.box.actual_ua == 0
