"""Ladders in words: rhythms, rungs, every figure with its unit, what changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sessions_app.domain.calendar import (
    WEEK_DAYS,
    DayOffsets,
    EveryDays,
    Pattern,
    Weekdays,
    pattern_of,
)
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.protocol import Source

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
GAP_WORDS = {
    "carry_on": "carry on",
    "note": "carry on, with a note",
    "re_evaluate": "evaluate again, with more sessions",
    "restart": "begin the block anew",
}
TRUST = {
    "S": ("Seen in the source", "green"),
    "M": ("From memory", "orange"),
    "D": ("Derived", "blue"),
    "P": ("Site policy", "grey"),
}
PERMILLE_OF_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Field:
    """A figure of a ladder by its dotted path. `may_be_empty`: none switches off;
    `percent`: kept in permille."""

    path: str
    label: str
    unit: str
    may_be_empty: bool = False
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str
    fields: tuple[Field, ...]


def _fields(base: str, *rows: tuple[Any, ...]) -> tuple[Field, ...]:
    return tuple(Field(f"{base}.{row[0]}", *row[1:]) for row in rows)


VISITS = Group(
    "visits",
    "Visits",
    _fields(
        "visits",
        ("min_gap_days", "From one visit to the next, at least", "days"),
        ("min_gap_hours", "Between the end of one and the next, at least", "hours"),
        ("per_week", "In any seven days running, at most", "visits"),
        ("early_days", "A visit may come before its day by", "days"),
        ("hold_after_days", "Held when nobody came for", "days"),
    ),
)
CURRENT = Group(
    "current",
    "Current of the day",
    _fields(
        "current",
        ("rest_days", "Begun anew after more than", "days without"),
        ("harm_grade", "Begun anew from a harm of", "grade"),
        ("pain", "Begun anew from a pain of", "of 10"),
        ("dry_grade", "Not raised from a dryness of", "grade"),
    ),
)
RUNGS = Group(
    "rungs",
    "Rungs",
    _fields(
        "down.ladder", ("fall_back_at", "One rung back up from a score of", "HDSS")
    ),
)
GAPS = Group(
    "gaps",
    "Days without treatment in induction",
    _fields("down", ("gap_sessions", "An evaluation after a gap adds", "sessions")),
)
_DOWN = (
    Group(
        "induction",
        "Induction",
        _fields(
            "down.induction",
            ("euhidrosis_score", "Dry with a score of at most", "HDSS"),
            ("euhidrosis_visits", "Ends early when dry at", "visits running"),
            ("evaluate_by_days", "Evaluated at the latest after", "days"),
            ("extension_sessions", "Extended once by at most", "sessions"),
            ("cap", "Up to a response, at most", "sessions"),
        ),
    ),
    Group(
        "criteria",
        "Evaluation",
        (
            *_fields(
                "down.criteria",
                ("advance_score", "Response with a score of at most", "HDSS"),
                ("advance_permille", "Response with a fall of", "%", False, True),
                ("extend_permille", "Partial with a fall of", "%", False, True),
            ),
        ),
    ),
    RUNGS,
    Group(
        "taper",
        "Way down",
        _fields(
            "down.taper",
            ("advance_score", "A rung is left with a score of at most", "HDSS"),
            ("wet_days", "and since the last visit at most", "wet days"),
            ("worse_by", "Relapse when worse than the best by", "points"),
            ("late_permille", "Late: ask first from", "% of interval", False, True),
            ("missed", "Ask by telephone after", "missed running"),
        ),
    ),
    Group(
        "maintenance",
        "Maintenance",
        _fields(
            "down.maintenance",
            ("least_days", "Interval, at least", "days"),
            ("most_days", "Interval, at most", "days"),
            ("step_days", "Longer or shorter by", "days"),
            ("good_visits", "Longer after", "good visits"),
        ),
    ),
    Group(
        "relapse",
        "Relapse",
        (
            *_fields(
                "down.ladder",
                ("relapse_window_days", "To the first rung when again within", "days"),
            ),
            *_fields(
                "down.relapse",
                ("recovered_visits", "Over after", "good visits"),
                ("review_count", "Review the alternatives at relapse", "number"),
                ("review_days", "counted within", "days"),
            ),
        ),
    ),
    GAPS,
    Group(
        "skin",
        "Skin and harm",
        _fields(
            "down",
            ("dry_grade", "Over-dry: one rung longer from", "grade"),
            ("hold_grade", "Held until a person has looked, from", "grade"),
        ),
    ),
)
COURSE = Group(
    "course",
    "Fixed course",
    _fields(
        "fixed",
        ("sessions", "Sessions in all", "sessions"),
        ("cap", "Of the drug at one place in a year, at most", "sessions", True),
        ("window_days", "Ends within, its first day being day 1", "days", True),
    ),
)
_FIXED = (
    COURSE,
    Group(
        "stop",
        "Stop rules",
        _fields(
            "fixed.stop",
            ("burn_grade", "Ends at once from a burn of", "grade"),
            ("reaction_grade", "A reaction counts from", "grade"),
            ("reaction_times", "Ends with counted reactions at a place", "times"),
            ("pain_rise", "Ends with a pain higher by", "points", True),
            ("pain_visits", "that stays for", "visits running"),
            ("no_change_after", "Held to talk to the referrer after", "sessions", True),
            ("no_change_points", "when pain fell by less than", "points"),
        ),
    ),
)


def groups_of(is_down: bool) -> tuple[Group, ...]:
    """Every figure of a ladder, grouped as people think of it."""
    return (VISITS, *(_DOWN if is_down else _FIXED), CURRENT)


def at(data: Any, path: str) -> Any:
    """What stands at a dotted path of the JSON form."""
    for name in path.split("."):
        data = data[name]
    return data


def figure_text(field: Field, value: int | None) -> str:
    """As a person types it; empty where a rule is switched off."""
    if value is None:
        return ""
    if not field.percent:
        return str(value)
    whole, rest = divmod(value, PERMILLE_OF_PERCENT)
    return f"{whole}.{rest}" if rest else str(whole)


def unit_text(text: str, unit: str) -> str:
    """`grade 2`, `1 day`, `20 hours`."""
    if unit in ("grade", "HDSS", "number"):
        return f"{unit} {text}"
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def rung_text(name: str) -> str:
    """`TAPER_14` as people say it: `Taper 14`."""
    return name.replace("_", " ").capitalize()


def rhythm_text(pattern: Pattern) -> str:
    match pattern:
        case Weekdays(days) if len(days) == WEEK_DAYS:
            return "every day"
        case Weekdays(days):
            return ", ".join(DAYS[day] for day in sorted(days))
        case EveryDays(1):
            return "every day"
        case EveryDays(days):
            return f"every {days} days"
        case DayOffsets(days):
            return f"on days {', '.join(str(day + 1) for day in days)}"


def lines_of(spec: LadderSpec) -> Iterator[tuple[str, str, str, str]]:
    """Every value as (group, path, label, text)."""
    data = spec.to_dict()
    yield "What", "title", "Name", spec.title
    yield "What", "protocols", "For the protocols", ", ".join(spec.protocols)
    for group in groups_of(spec.down is not None):
        if group is RUNGS:
            yield from _rung_lines(data["down"])
        if group is GAPS:
            yield from _gap_lines(data["down"])
        if group is COURSE:
            rhythm = rhythm_text(pattern_of(data["fixed"]["pattern"]))
            yield group.title, "fixed.pattern", "Rhythm", rhythm
        for field in group.fields:
            text = figure_text(field, at(data, field.path))
            shown = unit_text(text, field.unit) if text else "switched off"
            yield group.title, field.path, field.label, shown
        if group is COURSE:
            yield group.title, "fixed.after", "Afterwards", data["fixed"]["after"]


def _rung_lines(down: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    stages = down["ladder"]["stages"]
    for number, (stage, least) in enumerate(
        zip(stages, down["least_days"], strict=True), start=1
    ):
        count = stage["sessions"]
        told = "goes on" if count is None else f"{count} sessions"
        text = (
            f"{rung_text(stage['name'])}: {told}, "
            f"{rhythm_text(pattern_of(stage['pattern']))}, at least {least} days apart"
        )
        yield RUNGS.title, "down.ladder.stages", f"Rung {number}", text


def _gap_lines(down: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for band in down["gaps"]:
        act = GAP_WORDS[band["act"]]
        label = f"From {band['from_days']} days on"
        yield GAPS.title, "down.gaps", label, act


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a new version changes; None: it was, or is, not there."""

    path: str
    label: str
    before: str | None
    after: str | None


def changes_of(old: LadderSpec, new: LadderSpec) -> list[Change]:
    """Every value that differs, in the order of the pages."""
    was = {line[:3]: line[3] for line in lines_of(old)}
    now = {line[:3]: line[3] for line in lines_of(new)}
    # Of both, in the order of the new one, what is gone at the end.
    return [
        Change(key[1], f"{key[0]}: {key[2]}", was.get(key), now.get(key))
        for key in dict.fromkeys([*now, *was])
        if was.get(key) != now.get(key)
    ]


_PARTS = {
    "down.ladder.stages": "Rungs",
    "down.least_days": "Days apart on each rung",
    "down.gaps": "Gaps",
}


def source_rows(spec: LadderSpec) -> list[dict[str, Any]]:
    """Where the values come from, each with the tag of its trust."""
    labels = {path: label for _, path, label, _ in lines_of(spec)} | _PARTS
    return [_source_row(source, labels) for source in spec.sources]


def _source_row(source: Source, labels: dict[str, str]) -> dict[str, Any]:
    told: list[str] = []
    for name in source.fields:
        inside = [
            path for path in labels if path == name or path.startswith(f"{name}.")
        ]
        told += [labels[path] for path in inside] or [name]
    word, colour = TRUST[source.trust.value]
    return {
        "name": source.name,
        "says": source.says,
        "fields": "; ".join(dict.fromkeys(told)),
        "word": word,
        "colour": colour,
    }
