"""One running product and one Chromium for all browser tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.stack import EVERYTHING, Stack, stack_environment

if TYPE_CHECKING:
    from tests.browser.house import House

# Five times what the slowest step takes; only a test that fails waits so long.
PATIENCE_MS = 30_000
BOXES = 40
expect.set_options(timeout=PATIENCE_MS)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="package")
def house(
    django_db_setup: None, django_db_blocker, stores, tmp_path_factory
) -> "Iterator[House]":
    # Models cannot be imported before Django is set up.
    from tests.browser.house import House, in_thread

    home = tmp_path_factory.mktemp("house")
    with django_db_blocker.unblock():
        try:
            with Stack(stack_environment(stores, home), home, boxes=BOXES) as stack:
                stack.start(*EVERYTHING)
                yield House(stack)
        finally:
            in_thread(stores.empty)


@pytest.fixture(scope="package")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, house: "House") -> Iterator[BrowserContext]:
    """A browser profile whose pages may ask this host only, without a fault."""
    faults: list[str] = []
    context = chromium.new_context(
        base_url=house.url, viewport={"width": 1440, "height": 900}
    )
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on(
        "request",
        lambda request: (
            faults.append(f"left the host: {request.url}")
            if not request.url.startswith((house.url, "data:"))
            else None
        ),
    )
    context.on(
        "console",
        lambda message: (
            faults.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    yield context
    context.close()
    assert faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where to put pictures of the pages; unset, none are taken."""
    folder = os.environ.get("IONTOCLINIC_SHOTS")
    return Path(folder) if folder else None
