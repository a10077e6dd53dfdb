"""What every page must be: accessible, no sideways scroll, targets of 44 px."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1440, 390)
HEIGHT = 900
# High enough for whole pages: what lies under the STOP bar is only scrolled away.
WHOLE = 4000
# Links inside running text and tables may be as high as their line (WCAG 2.5.8).
SMALL = """() => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((one) => !one.closest("p, td, dd, .nhsuk-skip-link"))
  .map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
  .filter(([, box]) => box.width && Math.round(box.height) < 44)
  .map(([html]) => html)"""


# A change of width is drawn in the frame after the one that lays it out.
DRAWN = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => done())))"""


def violations(page: Page) -> list[str]:
    """What axe finds, one line a fault."""
    if page.evaluate("!window.axe"):
        page.evaluate(f"{AXE};0")
    found: list[dict[str, Any]] = page.evaluate(
        "async (rules) => (await axe.run(document, {runOnly: rules})).violations",
        RULES,
    )
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]
    ]


def inspect(page: Page, name: str, shots: Path | None = None) -> None:
    """Check the page at both widths; leave pictures when asked to."""
    page.wait_for_load_state()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": WHOLE})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        page.wait_for_timeout(150)
        page.evaluate(DRAWN)
        faults = violations(page)
        assert not faults, f"{name} at {width} px: {faults}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} at {width} px scrolls sideways: {wide} px"
        small = page.evaluate(SMALL)
        assert not small, f"{name} at {width} px: small targets {small}"
        if shots is not None:
            _picture(page, width, shots / f"{name}-{width}.png")
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})


def _picture(page: Page, width: int, path: Path) -> None:
    # As high as the page, which fills its window, so that STOP stands at its end.
    page.set_viewport_size({"width": width, "height": HEIGHT})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(400)
    page.screenshot(path=path)
