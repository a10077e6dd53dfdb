"""The form of a ladder: from a version to fields, from fields to the next version.

Whatever was typed stays as it was typed until the next version is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from sessions_app.domain.course.ladders import GAP_ACTS, LadderSpec
from sessions_app.domain.protocol import Source, Trust
from sessions_app.domain.stepdown import LadderError
from sessions_app.web.ladder_words import (
    DAYS,
    GAP_WORDS,
    PERMILLE_OF_PERCENT,
    Field,
    at,
    changes_of,
    figure_text,
    groups_of,
)

Problems = list[tuple[str, str]]
MOST = 999
ROWS = 12
RHYTHM = ("weekdays", "every_days", "day_offsets")
_STAGE = ("name", "sessions", "least_days", *RHYTHM[:2])
_TEXTS = ("title", "reason")


@dataclass(slots=True)
class Typed:
    """What stands in the fields, by name; so many rungs and gap bands."""

    is_down: bool
    texts: dict[str, str] = field(default_factory=dict)
    days: dict[str, list[str]] = field(default_factory=dict)
    stages: int = 0
    gaps: int = 0

    def text(self, name: str) -> str:
        return self.texts.get(name, "")


# From a version


def typed_of(spec: LadderSpec) -> Typed:
    """The form of a version as it stands."""
    data = spec.to_dict()
    typed = Typed(spec.down is not None)
    typed.texts["title"] = spec.title
    for one in _fields(typed):
        typed.texts[one.path] = figure_text(one, at(data, one.path))
    if spec.down is None:
        typed.texts["fixed.after"] = data["fixed"]["after"]
        _rhythm_typed(typed, "fixed", data["fixed"]["pattern"])
        return typed
    stages, gaps = data["down"]["ladder"]["stages"], data["down"]["gaps"]
    typed.stages, typed.gaps = len(stages), len(gaps)
    for number, stage in enumerate(stages):
        where = f"stage.{number}"
        typed.texts[f"{where}.name"] = stage["name"]
        typed.texts[f"{where}.sessions"] = str(stage["sessions"] or "")
        typed.texts[f"{where}.least_days"] = str(data["down"]["least_days"][number])
        _rhythm_typed(typed, where, stage["pattern"])
    for number, band in enumerate(gaps):
        typed.texts[f"gap.{number}.from_days"] = str(band["from_days"])
        typed.texts[f"gap.{number}.act"] = band["act"]
    return typed


def _rhythm_typed(typed: Typed, where: str, pattern: Mapping[str, Any]) -> None:
    typed.days[f"{where}.weekdays"] = list(map(str, pattern.get("weekdays", [])))
    typed.texts[f"{where}.every_days"] = str(pattern.get("every_days", ""))
    offsets = [str(day + 1) for day in pattern.get("day_offsets", [])]
    typed.texts[f"{where}.day_offsets"] = ", ".join(offsets)


def _fields(typed: Typed) -> list[Field]:
    return [one for group in groups_of(typed.is_down) for one in group.fields]


# From a form


def typed_from(form: QueryDict, *, is_down: bool) -> Typed:
    """What a person sent."""
    typed = Typed(is_down)
    names = [*_TEXTS, *(one.path for one in _fields(typed))]
    if is_down:
        typed.stages, typed.gaps = _count(form, "stages"), _count(form, "gaps")
        stages = [f"stage.{number}" for number in range(typed.stages)]
        names += [f"{stage}.{name}" for stage in stages for name in _STAGE]
        for number in range(typed.gaps):
            names += [f"gap.{number}.from_days", f"gap.{number}.act"]
    else:
        stages = ["fixed"]
        names += ["fixed.after", "fixed.every_days", "fixed.day_offsets"]
    typed.texts = {name: form.get(name, "").strip() for name in names}
    typed.days = {f"{one}.weekdays": form.getlist(f"{one}.weekdays") for one in stages}
    return typed


def _count(form: QueryDict, name: str) -> int:
    text = form.get(name, "")
    return min(int(text), ROWS) if text.isdecimal() else 0


def rows_changed(typed: Typed, do: str) -> bool:
    """Add or drop a rung or a gap band when `do` says so; tells whether it did."""
    act, _, rest = do.partition("-")
    kind, _, number = rest.partition("-")
    if act not in ("add", "drop") or kind not in ("stage", "gap"):
        return False
    many = getattr(typed, f"{kind}s")
    if act == "add" and many < ROWS:
        setattr(typed, f"{kind}s", many + 1)
    if act == "drop" and number.isdecimal() and int(number) < many:
        for later in range(int(number), many):
            _row_moved(typed, f"{kind}.{later + 1}.", f"{kind}.{later}.")
        setattr(typed, f"{kind}s", many - 1)
    return True


def _row_moved(typed: Typed, old: str, new: str) -> None:
    for kept in (typed.texts, typed.days):
        for name in [name for name in kept if name.startswith(new)]:
            del kept[name]
        for name in [name for name in kept if name.startswith(old)]:
            kept[new + name.removeprefix(old)] = kept.pop(name)


# To the next version


def spec_from(
    typed: Typed, base: LadderSpec, site: str
) -> tuple[LadderSpec | None, Problems]:
    """The next version, or what is wrong in which field.

    What it changes is covered by a source of the site: the reason that was typed.
    """
    found: Problems = []
    data = base.to_dict()
    data["title"] = typed.text("title")
    for one in _fields(typed):
        _put(data, one.path, _figure(typed, one, found))
    if typed.is_down:
        _rows_read(typed, data["down"], found)
    else:
        data["fixed"]["pattern"] = _rhythm(typed, "fixed", "The course", found)
        data["fixed"]["after"] = typed.text("fixed.after")
    if not typed.text("title"):
        found.append(("title", "Give it a name."))
    if found:
        return None, found
    try:
        spec = LadderSpec.from_dict(data)
    except LadderError as error:
        return None, [(_field_of(str(error), typed), _plain(str(error)))]
    return _sourced(spec, base, typed.text("reason"), site)


def _put(data: dict[str, Any], path: str, value: int | None) -> None:
    *way, last = path.split(".")
    for name in way:
        data = data[name]
    data[last] = value


def _figure(typed: Typed, one: Field, found: Problems) -> int | None:
    text = typed.text(one.path)
    if not text and one.may_be_empty:
        return None
    try:
        value = Decimal(text.replace(",", "."))
        value *= PERMILLE_OF_PERCENT if one.percent else 1
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != value.to_integral_value():
        said = f"“{text}” is no whole number" if text else "nothing is entered"
        found.append((one.path, f"{one.label}: {said}."))
        return 0
    if not 0 <= value <= MOST * (PERMILLE_OF_PERCENT if one.percent else 1):
        found.append((one.path, f"{one.label}: {text} is not from 0 to {MOST}."))
        return 0
    return int(value)


def _rows_read(typed: Typed, down: dict[str, Any], found: Problems) -> None:
    stages: list[dict[str, Any]] = []
    least: list[int] = []
    for number in range(typed.stages):
        where, told = f"stage.{number}", f"Rung {number + 1}"
        sessions = _whole(typed, f"{where}.sessions", f"{told}, sessions", found, True)
        least.append(_whole(typed, f"{where}.least_days", f"{told}, days", found) or 0)
        name = typed.text(f"{where}.name")
        if not name or name in [stage["name"] for stage in stages]:
            said = "is the name of another rung" if name else "has no name"
            found.append((f"{where}.name", f"{told}: {name or 'it'} {said}."))
        rhythm = _rhythm(typed, where, told, found)
        stages.append({"name": name, "pattern": rhythm, "sessions": sessions})
    down["ladder"]["stages"], down["least_days"] = stages, least
    down["gaps"] = [_gap(typed, number, found) for number in range(typed.gaps)]
    if not any(band["from_days"] == 0 for band in down["gaps"]) and not found:
        found.append(("gaps", "Gaps: one of them begins at 0 days."))


def _gap(typed: Typed, number: int, found: Problems) -> dict[str, Any]:
    where, told = f"gap.{number}", f"Gap {number + 1}"
    days = _whole(typed, f"{where}.from_days", f"{told}, from day", found)
    act = typed.text(f"{where}.act")
    if act not in GAP_ACTS:
        found.append((f"{where}.act", f"{told}: choose what is proposed."))
    return {"from_days": days or 0, "act": act}


def _whole(
    typed: Typed, name: str, label: str, found: Problems, may_be_empty: bool = False
) -> int | None:
    return _figure(typed, Field(name, label, "", may_be_empty), found)


def _rhythm(typed: Typed, where: str, told: str, found: Problems) -> dict[str, Any]:
    """The one rhythm of several ways to say one."""
    days = [day for day in typed.days[f"{where}.weekdays"] if day in "0123456"]
    given = {
        "weekdays": [int(day) for day in days],
        "every_days": typed.text(f"{where}.every_days"),
        "day_offsets": typed.text(f"{where}.day_offsets"),
    }
    ways = [name for name in RHYTHM if given[name]]
    if len(ways) != 1:
        said = "choose only one rhythm" if ways else "choose its rhythm"
        found.append((f"{where}.weekdays", f"{told}: {said}."))
        return {"every_days": 1}
    if ways == ["every_days"]:
        every = _whole(typed, f"{where}.every_days", f"{told}, every", found)
        return {"every_days": every}
    if ways == ["day_offsets"]:
        return {"day_offsets": _offsets(typed, where, told, found)}
    return {"weekdays": given["weekdays"]}


def _offsets(typed: Typed, where: str, told: str, found: Problems) -> list[int]:
    name = f"{where}.day_offsets"
    parts = typed.text(name).replace(",", " ").split()
    if any(not part.isdecimal() or not 1 <= int(part) <= MOST for part in parts):
        found.append((name, f"{told}: write its days as numbers, 1, 2, 4."))
        return [0]
    return [int(part) - 1 for part in parts]


def _field_of(text: str, typed: Typed) -> str:
    """Which field a fault of the ladder is about."""
    known = sorted((one.path for one in _fields(typed)), key=len, reverse=True)
    for path in known:
        if path in text or path.split(".", 1)[1] in text:
            return path
    for number in range(typed.stages):
        name = typed.text(f"stage.{number}.name")
        if f"stages[{number}]" in text or f": {name} may" in text:
            return f"stage.{number}.least_days" if "may" in text else f"stage.{number}"
    if "every_days and no sessions" in text and typed.stages:
        return f"stage.{typed.stages - 1}.sessions"
    if "stages" in text or "least_days" in text:
        return "rungs"
    return "fixed.weekdays" if "fixed" in text or "pattern" in text else ""


def _plain(text: str) -> str:
    """A fault of the ladder without the names of its parts."""
    for mark in ("ladder.", "down.", "fixed."):
        text = text.replace(mark, "")
    return f"{text[:1].upper()}{text[1:]}."


def _sourced(
    spec: LadderSpec, base: LadderSpec, reason: str, site: str
) -> tuple[LadderSpec | None, Problems]:
    paths = tuple(dict.fromkeys(one.path for one in changes_of(base, spec)))
    if not paths:
        return None, [("", "Nothing differs from the version that stands.")]
    if not reason:
        return None, [("reason", "Say why, or what source the site relies on.")]
    data = spec.to_dict()
    told = Source(paths, Trust.POLICY, site, reason)
    # What the site set itself is no longer covered by the source of before.
    rest = [
        {**row, "fields": [name for name in row["fields"] if name not in paths]}
        for row in data["sources"]
    ]
    data["sources"] = [_plain_source(told), *(row for row in rest if row["fields"])]
    return LadderSpec.from_dict(data), []


def _plain_source(source: Source) -> dict[str, Any]:
    return {
        "fields": list(source.fields),
        "trust": source.trust.value,
        "name": source.name,
        "says": source.says,
    }


# To the page


def groups_shown(typed: Typed) -> list[dict[str, Any]]:
    """Groups of fields with what stands in them, for the template."""
    return [
        {
            "name": group.name,
            "title": group.title,
            "fields": [
                {
                    "name": one.path,
                    "label": one.label,
                    "unit": one.unit,
                    "value": typed.text(one.path),
                    "hint": "Empty: no such rule" if one.may_be_empty else "",
                }
                for one in group.fields
            ],
            "stages": _stages_shown(typed) if group.name == "rungs" else [],
            "gaps": _gaps_shown(typed) if group.name == "gaps" else [],
            "rhythm": _rhythm_shown(typed, "fixed") if group.name == "course" else None,
        }
        for group in groups_of(typed.is_down)
    ]


def _stages_shown(typed: Typed) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "where": f"stage.{number}",
            "name": typed.text(f"stage.{number}.name"),
            "sessions": typed.text(f"stage.{number}.sessions"),
            "least_days": typed.text(f"stage.{number}.least_days"),
            "rhythm": _rhythm_shown(typed, f"stage.{number}"),
        }
        for number in range(typed.stages)
    ]


def _rhythm_shown(typed: Typed, where: str) -> dict[str, Any]:
    chosen = typed.days.get(f"{where}.weekdays", [])
    return {
        "days": [(str(n), name, str(n) in chosen) for n, name in enumerate(DAYS)],
        "every_days": typed.text(f"{where}.every_days"),
        "day_offsets": typed.text(f"{where}.day_offsets"),
    }


def _gaps_shown(typed: Typed) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "from_days": typed.text(f"gap.{number}.from_days"),
            "act": typed.text(f"gap.{number}.act"),
            "acts": list(GAP_WORDS.items()),
        }
        for number in range(typed.gaps)
    ]
