"""What a clinician does, page by page."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.house import House
from tests.factories import CHAIR_CODE, PASSWORD
from tests.visits import Visit

SOON_MS = 30_000


def sign_in(page: Page, house: House) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(house.clinician.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def check_in_and_clear(page: Page, visit: Visit) -> None:
    page.goto(visit.path)
    page.get_by_label("Not needed").check()
    page.get_by_role("button", name="check in").click()
    for heading in ("Checks before treatment", "The whole list"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        answer_safely(page)
    expect(page.get_by_role("heading", name="Prepare")).to_be_visible()


def answer_safely(page: Page) -> None:
    """Each question by one key, as its safe answer is now yes, now no."""
    for question in page.get_by_role("radiogroup").all():
        safe = question.locator("input:not([data-unsafe])")
        safe.focus()
        page.keyboard.press("y" if safe.get_attribute("value") == "yes" else "n")
    page.get_by_role("button", name="Record the answers").click()


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
