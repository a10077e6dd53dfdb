"""What is asked during a treatment, and the pages of skin and harm, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from devices.models import Lease, Run
from devices.services.attending import prompt_ask
from tests.browser.house import House, in_thread
from tests.browser.looks import inspect
from tests.browser.steps import SOON_MS, follow, here, sign_in, stop, treat
from tests.sessions_app.harms import treated

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def put_questions(run: Run) -> None:
    """As the supervisor does once the flow time has come, without the minute."""
    fence = Lease.objects.get(stimulator=run.stimulator).fence
    for name in ("pain 1 min", "skin"):
        assert prompt_ask(
            run_id=run.pk, fence=fence, name=name, t_ms=60_000, flow_ms=60_000
        )


def focus_on(page: Page, label: str) -> None:
    """Walk to a control by the Tab key alone."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == label:
            return
    raise AssertionError(f"#{label} cannot be reached by Tab")


def test_a_question_stands_above_the_pain_buttons_until_it_is_answered(
    house: House, context, shots
) -> None:
    visit = house.visit("HH-PALM", "Asked")
    page = treat(context, house, visit)
    in_thread(lambda: put_questions(Run.objects.get(patient=visit.patient)))
    line = page.locator("#console [data-live=ask]")
    expect(line).to_contain_text("Ask now: pain at 1 min.", timeout=SOON_MS)
    expect(line).to_contain_text("look at the skin", timeout=SOON_MS)
    inspect(page, "console-asks", shots)
    today = context.new_page()
    today.goto("/")
    card = today.locator("[data-live-run]").filter(has_text="ASKED")
    expect(card.locator("[data-live=ask]")).to_contain_text("pain at 1 min.")
    today.close()
    page.get_by_role("button", name="Pain 2 of 10").click()
    expect(line).not_to_contain_text("pain", timeout=SOON_MS)
    page.get_by_role("button", name="Strong", exact=True).click()
    expect(page.locator("[data-act=tingling] [data-answer]")).to_contain_text("strong")

    follow(page, page.get_by_role("link", name="Enter the skin check").click)
    here(page.get_by_role("button", name="Save the skin check"))
    expect(page.get_by_role("button", name="STOP")).to_be_visible()
    inspect(page, "skin-during", shots)
    for answer in page.get_by_label("Nothing to see").all():
        answer.check()
    page.get_by_role("button", name="Save the skin check").click()
    expect(page.locator("#console")).to_be_visible()
    expect(page.get_by_role("link", name="Enter the skin check")).to_have_count(0)
    expect(line).to_have_text("", timeout=SOON_MS)
    stop(page)


def test_a_burn_from_the_look_at_the_skin_to_the_incident_by_keyboard(
    house: House, page: Page, shots
) -> None:
    visit, _ = in_thread(lambda: treated(house.place, family_name="Burnt"))
    label = visit.stimulator.label
    sign_in(page, house)
    page.goto(visit.path)
    inspect(page, "sign-skin", shots)
    focus_on(page, "seen-1-red")
    page.keyboard.press("ArrowRight")
    inspect(page, "sign-findings", shots)
    focus_on(page, "grade-1-red-BRN")
    page.keyboard.type("2")
    focus_on(page, "seen-1-black")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Sign as").press("Enter")
    expect(page.get_by_role("heading", name="Record of the session")).to_be_visible()
    expect(page.get_by_text("BRN 2, Burn: partial").first).to_be_visible()
    inspect(page, "record-harm", shots)

    incident = page.get_by_role("link", name="✕ Incident")
    follow(page, lambda: incident.press("Enter"))
    expect(page.get_by_role("heading", name="Incident: BRN 2")).to_be_visible()
    inspect(page, "incident", shots)
    page.goto("/stimulators/")
    box = page.get_by_role("region", name=f"{label} ·")
    expect(box).to_contain_text("In quarantine")
    inspect(page, "stimulators", shots)

    page.goto(f"{visit.path}call-back")
    expect(page.get_by_role("heading", name="Call back")).to_be_visible()
    inspect(page, "call-back", shots)
    page.goto(f"{visit.path}adverse-events/add")
    record = page.get_by_role("button", name="Record as")
    follow(page, lambda: record.press("Enter"))
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("Choose")
    inspect(page, "adverse-event", shots)
    page.goto(f"/patients/{visit.patient.pk}/")
    expect(page.get_by_text("Incident of").first).to_be_visible()
    inspect(page, "patient-harm", shots)
