"""The form by which a prescriber adopts: open fields, other figures, sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.domain.adoption import (
    CATALOGUE_ONLY,
    Entered,
    ResolveError,
    resolve,
)
from sessions_app.domain.entry import Entry, OpenField, open_fields, proposal
from sessions_app.domain.figures import FIGURES, Figure, needed
from sessions_app.domain.protocol import RESTRICTED_PATHS
from sessions_app.domain.typed import typed_value
from sessions_app.services.adopting import problem_row
from sessions_app.web.catalogue_rows import TRUST, spoken

Problems = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form, with what was typed into it."""

    field: str
    label: str
    unit: str
    hint: str
    options: list[tuple[str, str]]
    typed: str
    source: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a drug of the prescriber's choice; the first one leads."""

    number: int
    label: str
    picked: str
    concentration: str


def inputs_of(entry: Entry, typed: Mapping[str, str]) -> list[Input]:
    """The fields that must be entered, but for drugs to pick: those are `slots_of`."""
    return [
        _input(
            one.field,
            one.label,
            one.unit,
            _why(one),
            _options(one.field, one.options),
            typed,
        )
        for one in open_fields(entry)
        if one.field != "drugs"
    ]


def others_of(entry: Entry, typed: Mapping[str, str]) -> list[Input]:
    """The figures that may be entered; left empty, the proposed value is taken."""
    proposed = proposal(entry)
    return [
        _input(
            path,
            figure.label,
            figure.unit,
            _kept(entry, path, proposed[path]),
            _options(path, figure.options),
            typed,
        )
        for path, figure in _others(entry)
    ]


def slots_of(entry: Entry, typed: Mapping[str, str]) -> list[Slot]:
    """Places for the drugs that are picked; none for an entry with its own."""
    if entry.drugs is not None:
        return []
    labels = ("Drug on the active pad", "Second drug", "Third drug")
    return [
        Slot(
            number,
            label,
            typed.get(f"drug.{number}", ""),
            typed.get(f"concentration.{number}", "").strip(),
        )
        for number, label in enumerate(labels, start=1)
    ]


def choices_of(entry: Entry) -> list[tuple[str, str]]:
    """The drugs to pick from, each with its ion and the pole it belongs under."""
    return [
        (drug.code, f"{drug.name}: {drug.sign}, {drug.pole}") for drug in entry.choices
    ]


def read_form(
    entry: Entry, typed: Mapping[str, str]
) -> tuple[dict[str, Entered], Problems]:
    """What was entered, and what is wrong with it, field by field."""
    entered: dict[str, Entered] = {}
    problems: Problems = []
    fields = _fields(entry)
    for field in fields:
        text = typed.get(field, "").strip()
        if not text:
            continue
        try:
            value = typed_value(field, text)
        except ValueError as error:
            problems.append((field, str(error)))
        else:
            entered[field] = Entered(value, _source(field, typed))
    if picked := _picked(entry, typed):
        entered["drugs"] = Entered(picked, _source("drugs", typed))
    if problems:
        told = {field for field, _ in problems}
        rest = _rest(entry, entered)
        problems += [one for one in rest if one[0] not in told]
        problems.sort(key=lambda one: _place(fields, one[0]))
    return entered, problems


def shown_in(entry: Entry) -> set[str]:
    """The fields that the form of an entry has."""
    return {*_fields(entry), *(one.field for one in open_fields(entry))}


def may_be_restricted(entry: Entry) -> bool:
    """Whether its path may need two prescribers and the site's written source."""
    path = entry.figures["path"]
    paths = path if isinstance(path, tuple) else (path,)
    return path is None or bool(RESTRICTED_PATHS.intersection(paths))


def anchors(
    entry: Entry, fields: list[dict[str, str]], entered: Mapping[str, Entered]
) -> Problems:
    """Where on the page each refused field stands: its value, or its source."""
    found, shown = [], shown_in(entry)
    for one in fields:
        field = one["field"]
        given = entered.get(field)
        no_source = given is not None and not given.source
        anchor = f"source.{field}" if no_source else field
        found.append((anchor if field in shown else "", one["text"]))
    return found


def _fields(entry: Entry) -> list[str]:
    """Every typed field from the top of the form to its end."""
    own = [one.field for one in open_fields(entry) if one.field != "drugs"]
    return own + [path for path, _ in _others(entry)]


def _place(fields: list[str], anchor: str) -> int:
    """Where on the form an error stands; drugs and what has no field come first."""
    field = anchor.removeprefix("source.")
    return fields.index(field) if field in fields else -1


def _others(entry: Entry) -> Iterator[tuple[str, Figure]]:
    must = {one.field for one in open_fields(entry)}
    settled = proposal(entry)
    for path, figure in FIGURES.items():
        if path in must or path in CATALOGUE_ONLY:
            continue
        if needed(path, settled) or path == "ages.child_max_ua":
            yield path, figure


def _input(
    field: str,
    label: str,
    unit: str,
    hint: str,
    options: list[tuple[str, str]],
    typed: Mapping[str, str],
) -> Input:
    source = typed.get(f"source.{field}", "")
    return Input(field, label, unit, hint, options, typed.get(field, ""), source)


def _why(one: OpenField) -> str:
    if one.why == "empty":
        return "The catalogue gives none."
    return f"Published: {spoken(one.published)}, {one.why}."


def _kept(entry: Entry, path: str, proposed: Any) -> str:
    figure = FIGURES[path]
    published = spoken(figure.text(entry.figures[path]))
    taken = spoken(figure.text(proposed))
    trust = entry.trust_of(path)
    known = f", {TRUST[trust]}" if trust else ""
    if published == taken:
        return f"Left empty: {taken}{known}."
    return f"Left empty: {taken}. Published: {published}{known}."


def _options(field: str, words: tuple[str, ...]) -> list[tuple[str, str]]:
    figure = FIGURES.get(field)
    if figure is not None and figure.kind is bool:
        words = ("yes", "no")
    return [(str(word), spoken(str(word)).capitalize()) for word in words]


def _source(field: str, typed: Mapping[str, str]) -> str:
    """The source of a field, else the one that stands for all."""
    return typed.get(f"source.{field}", "").strip() or typed.get("source", "").strip()


def _picked(entry: Entry, typed: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"code": slot.picked, "concentration": slot.concentration}
        for slot in slots_of(entry, typed)
        if slot.picked
    ]


def _rest(entry: Entry, entered: Mapping[str, Entered]) -> Problems:
    """What else is open or wrong, so that one look shows it all."""
    try:
        resolve(entry, entered)
    except ResolveError as error:
        rows = [problem_row(entry, problem) for problem in error.problems]
        return anchors(entry, rows, entered)
    return []
