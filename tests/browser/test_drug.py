"""A drug from the scan of its lot to the incident weeks later, by keyboard."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from sessions_app.services.lots import lot_register
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import (
    SOON_MS,
    check_in_and_clear,
    choose,
    follow,
    here,
    press,
    refused,
    sign_in,
    tick,
    write,
)
from tests.factories import CHAIR_CODE
from tests.visits import Visit, readopted

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

CODE = "LE-DEX40"
GTIN, LOT = "09506000134352", "DX-2201"
# Half a milliampere-minute at 1 mA: half a minute of current.
SHORT = {
    "course.dose_nc": 30_000_000,
    "currents.start_ua": 1_000,
    "course.ramp_up_ms": 5_000,
    "course.end_ramp_ms": 5_000,
}


def stocked_and_adopted(house: House) -> None:
    """A short dose of the drug at this site, and its lot on the shelf."""
    place = house.place
    readopted(place, CODE, SHORT, "Site protocol 7")
    lot_register(
        site=place.site,
        by=place.clinician,
        drug="dexamethasone",
        concentration="0.4 %",
        number=LOT,
        gtin=GTIN,
        expires_on=timezone.localdate() + dt.timedelta(days=300),
    )


def prepare(page: Page, visit: Visit, shots) -> None:
    """The chair chosen, the label scanned: a scanner types and ends with Enter."""
    tick(page.get_by_label(f"· {visit.stimulator.label}", exact=False))
    scan = page.get_by_label("Scan the label: Lot of dexamethasone")
    press(page.get_by_role("button", name="Prepare and verify"))
    refused(page, "Choose or scan the lot")
    inspect(page, "prepare-drug", shots)
    tick(page.get_by_label(f"· {visit.stimulator.label}", exact=False))
    write(scan, f"]d201{GTIN}1799123110{LOT}\n")
    expect(page.get_by_role("button", name="START")).to_be_visible(timeout=SOON_MS)


def start(page: Page, shots) -> None:
    """START is refused until somebody has looked at both pads."""
    inspect(page, "start-drug", shots)
    tick(page.locator("#identity"))
    tick(page.get_by_label("I looked: BLACK"))
    write(page.get_by_label("Chair code"), CHAIR_CODE)
    press(page.get_by_role("button", name="START"))
    refused(page, "RED")
    inspect(page, "start-drug-refused", shots)
    tick(page.get_by_label("I looked: RED"))
    write(page.get_by_label("Chair code"), CHAIR_CODE)
    press(page.get_by_role("button", name="START"))
    expect(page.locator("#console")).to_be_visible(timeout=SOON_MS)


def call_in(page: Page, shots) -> None:
    """The patient rings later: a burn."""
    press(page.get_by_role("link", name="Add an adverse event"))
    choose(page.get_by_label("What, and how bad"), "BRN 2")
    page.get_by_label("Where").focus()
    page.keyboard.press("ArrowDown")
    tick(page.get_by_label("phone", exact=False))
    write(page.get_by_label("In words"), "blister under the drug pad")
    page.get_by_label("Date").fill(timezone.localdate().isoformat())
    page.get_by_label("Time").fill(f"{timezone.localtime():%H:%M}")
    inspect(page, "adverse-event-phone", shots)
    follow(page, lambda: press(page.get_by_role("button", name="Record as")))


def test_a_drug_from_its_lot_to_the_incident(house: House, page: Page, shots) -> None:
    in_thread(lambda: stocked_and_adopted(house))
    visit = house.visit(CODE, "Dunmore")
    sign_in(page, house)
    check_in_and_clear(page, visit)
    prepare(page, visit, shots)
    start(page, shots)

    ask = page.locator("#console [data-live=ask]")
    expect(ask).to_have_text("Ask now: pain at the end.", timeout=2 * SOON_MS)
    press(page.get_by_role("button", name="Pain 2 of 10"))
    # The run may be over, and this page gone, before the line is seen empty.
    expect(ask.filter(has_text="Ask now")).to_have_count(0, timeout=SOON_MS)
    expect(page.get_by_role("heading", name="Check the skin and sign")).to_be_visible(
        timeout=2 * SOON_MS
    )
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()
    here(page.get_by_role("button", name="Sign as"))
    for answer in page.get_by_label("Nothing to see").all():
        tick(answer)
    press(page.get_by_role("button", name="Sign as"))
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    expect(page.get_by_text(LOT).first).to_be_visible()

    press(page.locator("summary", has_text="The leads were swapped"))
    press(page.get_by_role("button", name="Score again as"))
    refused(page, "for how long")
    inspect(page, "swap", shots)
    tick(page.get_by_label("For a part of the run"))
    write(page.get_by_label("From, min:s"), "0:05")
    write(page.get_by_label("To, min:s"), "0:15")
    write(page.get_by_label("Who noticed it"), "Nadia Osei")
    write(page.get_by_label("How it is known"), "black lead lay on the return pad")
    press(page.get_by_role("button", name="Score again as"))
    expect(page.get_by_text("✕ Leads swapped")).to_be_visible()
    inspect(page, "record-swapped", shots)

    call_in(page, shots)
    expect(page.get_by_text("BRN 2").first).to_be_visible()
    page.goto("/stimulators/")
    box = page.get_by_role("region", name=f"{visit.stimulator.label} ·")
    expect(box).to_contain_text("In quarantine")
    page.goto("/todo/")
    expect(page.get_by_role("heading", name="Call back: DUNMORE")).to_be_visible()
    page.goto(f"/patients/{visit.patient.pk}/")
    expect(page.get_by_text("Stopped").first).to_be_visible()
    page.goto("/stock/")
    inspect(page, "stock", shots)
    press(page.get_by_role("link", name=LOT))
    expect(page.get_by_text("DUNMORE").first).to_be_visible()
    inspect(page, "lot", shots)
    press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_label("Password")).to_be_visible()
    sign_in(page, house, house.prescriber)
    page.goto("/todo/")
    expect(page.get_by_role("heading", name="ncident: DUNMORE")).to_be_visible()
    inspect(page, "todo-incident", shots)
