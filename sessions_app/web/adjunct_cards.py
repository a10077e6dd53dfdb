"""Steps beside the current as the page of a session shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sessions_app.domain.adjuncts import ASKED, Asked, asked_of, said
from sessions_app.models import AdjunctDone
from sessions_app.selectors.adjuncts import Beside

Form = Mapping[str, str]


def adjunct_cards(
    beside: Iterable[Beside], typed: Mapping[int, Form] | None = None
) -> list[dict[str, Any]]:
    """What the page shows of each step; `typed` by place is kept."""
    return [_card(one, (typed or {}).get(one.place, {})) for one in beside]


def _card(one: Beside, form: Form) -> dict[str, Any]:
    return {
        "place": one.place,
        "name": one.step.name,
        "says": one.step.says,
        "answer": form.get(f"done-{one.place}", ""),
        "note": form.get(f"note-{one.place}", ""),
        "figures": [_figure(one, asked, form) for asked in asked_of(one.step)],
        "rows": [_row(row, row is one.standing) for row in one.rows],
        "open": one.standing is None,
        # What was refused is shown again even where a row stands.
        "unfold": bool(form),
    }


def _figure(one: Beside, asked: Asked, form: Form) -> dict[str, Any]:
    field, own = f"{asked.name}-{one.place}", said(one.step, asked)
    return {
        "field": field,
        "label": f"{asked.label}, {asked.unit}",
        "own": "" if own is None else asked.text(own),
        "hint": "" if own is None else f"{own / asked.scale:g}",
        "value": form.get(field, ""),
        "same": form.get(f"same-{field}") == "yes",
    }


def _row(row: AdjunctDone, holds: bool) -> dict[str, Any]:
    return {
        "text": done_text(row),
        "done": row.done,
        "note": row.note,
        "by": row.by.name,
        "at": row.at,
        "holds": holds,
    }


def done_text(row: AdjunctDone) -> str:
    """``"Done: 0.8 W/cm², 1 MHz, 5 min"``."""
    if not row.done:
        return "Not done"
    figures = ", ".join(
        one.text(row.figures[one.name]) for one in ASKED if one.name in row.figures
    )
    return f"Done: {figures}" if figures else "Done"
