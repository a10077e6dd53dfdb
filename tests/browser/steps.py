"""What a clinician does, page by page."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from clinic.models import Staff
from tests.browser.house import House
from tests.factories import CHAIR_CODE, PASSWORD
from tests.visits import Visit

SOON_MS = 60_000
TABS = 250
UNSAFE, SAFE = "input[data-unsafe]", "input:not([data-unsafe])"


def sign_in(page: Page, house: House, staff: Staff | None = None) -> None:
    """As `staff`, else as who treats."""
    page.goto("/")
    page.get_by_label("E-mail").fill((staff or house.clinician).email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


# Keeps each text of an element, also when its page is loaded anew meanwhile.
KEEP = """(one) => {
  sessionStorage.said = "";
  const keep = () => { sessionStorage.said += one.textContent + "\\n"; };
  new MutationObserver(keep).observe(one, {childList: true, subtree: true});
}"""


def follow(page: Page, act: Callable[[], object]) -> None:
    """Do what leads to a page, and wait until that page and its scripts are there."""
    with page.expect_navigation():
        act()


def here(what: Locator) -> Locator:
    """A control that can be seen on a page whose scripts have run.

    They may take the focus, once, when they have loaded.
    """
    expect(what).to_be_visible()
    what.page.wait_for_load_state()
    return what


def press(what: Locator, key: str = "Enter") -> None:
    """Focus a control and press a key: no mouse."""
    what.focus()
    what.page.wait_for_load_state()
    what.focus()
    expect(what).to_be_focused()
    what.page.keyboard.press(key)


def tick(what: Locator) -> None:
    """Choose a radio or tick a box by the space bar."""
    press(what, "Space")
    expect(what).to_be_checked()


def write(what: Locator, text: str) -> None:
    """Type in place of what stands in a field."""
    press(what, "Control+a")
    what.page.keyboard.type(text)


def choose(what: Locator, text: str) -> None:
    """Walk down a list to the first option with these words."""
    names = here(what).locator("option").all_text_contents()
    press(what, "Home")
    for _ in range(next(at for at, name in enumerate(names) if text in name)):
        what.page.keyboard.press("ArrowDown")
    expect(what.locator("option:checked")).to_contain_text(text)


def refused(page: Page, text: str) -> None:
    """The summary of errors says so, and has the focus."""
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text(text)
    expect(summary).to_be_focused()


def tab_to(what: Locator) -> None:
    """Press Tab until a control has the focus."""
    here(what)
    for _ in range(TABS):
        if what.evaluate("one => one === document.activeElement"):
            return
        what.page.keyboard.press("Tab")
    raise AssertionError(f"{what} is not reached by Tab")


def check_in_and_clear(page: Page, visit: Visit) -> None:
    page.goto(visit.path)
    page.get_by_label("Not needed").check()
    page.get_by_role("button", name="check in").click()
    for heading in ("Checks before treatment", "The whole list"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        answer_safely(page)
    expect(page.get_by_role("heading", name="Prepare")).to_be_visible()


def answer_safely(page: Page, **other: str) -> None:
    """Each question by itself, as its safe answer is now yes, now no.

    `other` has the questions that are answered the other way, with the words
    beside them.
    """
    # The script of the page takes the focus there once, when it has loaded.
    expect(page.get_by_role("radiogroup").first.locator("input").first).to_be_focused()
    for question in page.get_by_role("radiogroup").all():
        name = question.locator("input").first.get_attribute("name") or ""
        words = other.get(name.removeprefix("q-"))
        tick(question.locator(SAFE if words is None else UNSAFE))
        if words:
            write(page.locator(f"#{name.replace('q-', 'note-')}"), words)
    press(page.get_by_role("button", name="Record the answers"))


def choose_chair(page: Page, visit: Visit) -> None:
    """Choose the stimulator and wait until it is verified."""
    here(page.get_by_role("button", name="Prepare and verify"))
    page.get_by_label(f"· {visit.stimulator.label}", exact=False).check()
    for lot in page.locator("select[id^=lot-]").all():
        lot.select_option(index=1)
    page.get_by_role("button", name="Prepare and verify").click()
    expect(page.get_by_role("button", name="START")).to_be_visible(timeout=SOON_MS)


def confirm_and_start(page: Page) -> None:
    """Everything at the chair, until figures come."""
    here(page.get_by_role("button", name="START"))
    page.locator("#identity").check()
    for tick in page.locator("#electrodes, #drug_pad, #return_pad").all():
        tick.check()
    page.get_by_label("Chair code").fill(CHAIR_CODE)
    page.get_by_role("button", name="START").click()
    expect(page.locator("#console")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#console [data-live=age]")).to_contain_text(
        "s old", timeout=SOON_MS
    )


def look_and_sign(page: Page) -> None:
    """Answer for each electrode, clean what is used again, and sign."""
    here(page.get_by_role("button", name="Sign as"))
    for answer in page.get_by_label("Nothing to see").all():
        answer.check()
    for box in page.get_by_label("Cleaned:").all():
        box.check()
    page.get_by_role("button", name="Sign as").click()


def treat(context: BrowserContext, house: House, visit: Visit) -> Page:
    """A page with the live console of a visit."""
    page = context.new_page()
    sign_in(page, house)
    check_in_and_clear(page, visit)
    choose_chair(page, visit)
    confirm_and_start(page)
    return page


def listen(page: Page) -> None:
    """Keep what the STOP of this page says: it goes away soon after the stop."""
    here(page.get_by_role("button", name="STOP"))
    page.locator("[data-stop-state]").evaluate(KEEP)


def said(page: Page, text: str) -> None:
    """Wait until STOP has said this since `listen`."""
    page.wait_for_function(
        "(text) => sessionStorage.said.includes(text)", arg=text, timeout=SOON_MS
    )


def stop(page: Page) -> None:
    """Press STOP on the live console and wait until it has said that all is off."""
    listen(page)
    page.get_by_role("button", name="STOP").click()
    said(page, "Output off")
