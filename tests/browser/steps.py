"""What a clinician does, page by page."""

from playwright.sync_api import BrowserContext, Locator, Page, expect

from clinic.models import Staff
from tests.browser.house import House
from tests.factories import CHAIR_CODE, PASSWORD
from tests.visits import Visit

SOON_MS = 30_000
TABS = 250
TRIES = 3
UNSAFE, SAFE = "input[data-unsafe]", "input:not([data-unsafe])"


def sign_in(page: Page, house: House, staff: Staff | None = None) -> None:
    """As `staff`, else as who treats."""
    page.goto("/")
    page.get_by_label("E-mail").fill((staff or house.clinician).email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def press(what: Locator, key: str = "Enter") -> None:
    """Focus a control and press a key: no mouse."""
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
    """Walk down a list to the first option with these words.

    Once more when the scripts of a new page took the focus meanwhile.
    """
    expect(what).to_be_visible()
    chosen = what.locator("option:checked")
    for _ in range(TRIES):
        names = what.locator("option").all_text_contents()
        press(what, "Home")
        for _ in range(next(at for at, name in enumerate(names) if text in name)):
            what.page.keyboard.press("ArrowDown")
        if text in (chosen.text_content() or ""):
            return
    expect(chosen).to_contain_text(text)


def refused(page: Page, text: str) -> None:
    """The summary of errors says so, and has the focus."""
    summary = page.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text(text)
    expect(summary).to_be_focused()


def tab_to(what: Locator) -> None:
    """Press Tab until a control has the focus."""
    expect(what).to_be_visible()
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
    page.get_by_label(f"· {visit.stimulator.label}", exact=False).check()
    for lot in page.locator("select[id^=lot-]").all():
        lot.select_option(index=1)
    page.get_by_role("button", name="Prepare and verify").click()
    expect(page.get_by_role("button", name="START")).to_be_visible(timeout=SOON_MS)


def confirm_and_start(page: Page) -> None:
    """Everything at the chair, until figures come."""
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


def milliamperes(page: Page, name: str) -> float:
    """A live figure of the console in mA; 0 while there is no reading."""
    text = page.locator(f"#console [data-live={name}]").inner_text()
    return float(text.split()[0]) if text.endswith("mA") else 0.0
