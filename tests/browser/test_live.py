"""Live figures: one stream a browser, with or without a SharedWorker."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.steps import SOON_MS, treat

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def fresh(page: Page) -> None:
    """Figures come: the chart grows and the age is that of now."""
    expect(page.locator("#console [data-live=age]")).to_contain_text(
        "s old", timeout=SOON_MS
    )


def streams(page: Page) -> list[str]:
    """Addresses of the event streams that this page itself opens."""
    opened: list[str] = []
    page.on(
        "request",
        lambda request: (
            opened.append(request.url) if "/live/events" in request.url else None
        ),
    )
    return opened


def test_pages_open_no_stream_of_their_own_beside_the_shared_worker(
    house, context: BrowserContext
):
    visit = house.visit("SWEAT-CF", "Worker")
    page = treat(context, house, visit)
    opened = streams(page)
    page.reload()
    fresh(page)
    assert opened == []


def test_without_shared_workers_one_tab_leads_and_another_takes_over(
    house, context: BrowserContext
):
    context.add_init_script("delete window.SharedWorker")
    visit = house.visit("SWEAT-CF", "Leader")
    leader = treat(context, house, visit)
    follower = context.new_page()
    opened = streams(follower)
    follower.goto(visit.path)
    fresh(follower)
    assert opened == []
    leader.close()
    expect(follower.locator("#console [data-live=age]")).to_contain_text(
        "s old", timeout=SOON_MS
    )
    follower.wait_for_timeout(4_000)  # longer than figures may be old
    fresh(follower)
    assert len(opened) == 1
