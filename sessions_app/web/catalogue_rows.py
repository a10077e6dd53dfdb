"""A catalogue entry as tables: each value with its unit, trust and source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.domain.entry import UNSURE, Entry, Status, open_fields, status
from sessions_app.domain.figures import FIGURES
from sessions_app.domain.protocol import Drug, ProtocolSpec, Trust
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.services.adopting import label_of
from sessions_app.web.words import Word

TRUST: dict[str, str] = {
    Trust.EXCERPT: "seen in an excerpt",
    Trust.MEMORY: "from memory, verify",
    Trust.DERIVED: "derived",
    Trust.POLICY: "site policy",
}
# The first part of a figure's path, and the table that it stands in.
_TABLES = {
    "Waveform and poles": ("basis", "waveform", "pulse", "reversal", "sample_hz"),
    "Current": ("currents",),
    "Time and dose": ("course",),
    "Density": ("density",),
    "Path and electrodes": ("path", "areas"),
    "Age": ("ages",),
    "Course": ("schedule",),
    "Holds and completeness": ("holds", "counting", "continuation"),
}
_TEXTS = {
    "outcomes": "Outcome measures",
    "response": "Efficacy: what counts as a response",
    "paediatrics": "Children",
    "taper": "Step-down",
    "notes": "Evidence and notes",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A value as published, how it is known, and what the site treats by.

    `number` is that of the source in the list of sources, 0 without one.
    """

    label: str
    published: str
    trust: str
    source: str
    here: str = ""
    number: int = 0
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    lines: list[Line]


def standing_of(
    entry: Entry, newest: Protocol, adoption: ProtocolAdoption | None
) -> Word:
    """How a protocol stands at a site: a word and its colour."""
    if adoption is not None:
        return _adopted(newest, adoption)
    what = status(entry)
    if what is Status.LOCKED:
        count = len(open_fields(entry))
        return Word(f"Locked: {count} field{'s' if count > 1 else ''}", "yellow")
    return {
        Status.ADOPTABLE: Word("Adoptable", "blue"),
        Status.RECORD_ONLY: Word("Record only", "grey"),
        Status.REFUSED: Word("Refused", "red"),
    }[what]


def _adopted(newest: Protocol, adoption: ProtocolAdoption) -> Word:
    if not adoption.in_force:
        return Word("Awaiting second signature", "orange")
    demo = ", demo" if adoption.is_demo else ""
    if adoption.protocol_id != newest.pk:
        old, new = adoption.protocol.version, newest.version
        return Word(f"In force here as v{old}{demo}: v{new} is out", "orange")
    return Word(f"In force here{demo}", "green")


def tables_of(entry: Entry, spec: ProtocolSpec | None) -> list[Table]:
    """Every figure of an entry; with `spec` what the site treats by, beside it."""
    here = {} if spec is None else _flat(spec.to_dict())
    return [
        Table(title, [_figure(entry, path, here) for path in _paths(heads)])
        for title, heads in _TABLES.items()
    ]


def drugs_of(entry: Entry, spec: ProtocolSpec | None) -> list[Table]:
    """One table for each drug of an entry, or for each that may be picked."""
    chosen = {drug.code: drug for drug in (spec.drugs if spec else ())}
    if entry.drugs is None:
        return [
            Table(f"To choose from: {drug.name}", _drug(entry, "choices", drug, chosen))
            for drug in entry.choices
        ]
    return [
        Table(drug.name, _drug(entry, f"drugs.{number}", drug, chosen))
        for number, drug in enumerate(entry.drugs)
    ]


def texts_of(entry: Entry) -> list[Line]:
    """Efficacy and evidence in words."""
    return [
        _line(entry, label, name, _said(getattr(entry, name)))
        for name, label in _TEXTS.items()
        if getattr(entry, name)
    ]


def extras_of(entry: Entry) -> list[Line]:
    """Fixed days, growing currents, and steps beside the current."""
    lines = []
    if entry.day_offsets:
        days = ", ".join(str(day) for day in entry.day_offsets)
        lines.append(
            _line(entry, "Days from the first session", "schedule.day_offsets", days)
        )
    if entry.steps is not None:
        lines.append(_line(entry, "Growing current and time", "steps", _steps(entry)))
    for step in entry.adjuncts:
        lines.append(_line(entry, step.name.capitalize(), "adjuncts", _adjunct(step)))
    return lines


def sources_of(entry: Entry) -> list[Line]:
    """What each source says, in the order of their numbers."""
    return [
        Line(source.name, source.says, TRUST[source.trust], "")
        for source in entry.sources
    ]


def values_of(spec: ProtocolSpec) -> list[tuple[str, str]]:
    """Everything that a site treats by, as pairs."""
    flat = _flat(spec.to_dict())
    drugs = [
        (drug.name, f"{drug.concentration}, {drug.sign}, under the {drug.pole}")
        for drug in spec.drugs
    ]
    return drugs + [
        (figure.label, spoken(figure.text(flat[path])))
        for path, figure in FIGURES.items()
        if flat.get(path) is not None
    ]


def entered_of(entry: Entry, adoption: ProtocolAdoption) -> list[Line]:
    """What a prescriber entered, each with the source relied on.

    `here` is what is published, so that a slip of the decimal point shows.
    """
    labels = {one.field: one.label for one in open_fields(entry)}
    return [
        Line(
            labels.get(field) or label_of(field),
            spoken(_entered(field, given["value"])),
            "",
            given["source"],
            spoken(FIGURES[field].text(entry.figures[field]))
            if field in FIGURES
            else "",
        )
        for field, given in adoption.entered.items()
    ]


def _entered(field: str, value: Any) -> str:
    if field in FIGURES:
        return FIGURES[field].text(value)
    if isinstance(value, list):
        return "; ".join(f"{one['code']} {one['concentration']}" for one in value)
    return str(value)


def spoken(text: str) -> str:
    """A stored word as people say it: `limb_to_limb` is `limb to limb`."""
    return text.replace("_", " ")


def _paths(heads: tuple[str, ...]) -> Iterator[str]:
    known = (path for path in FIGURES if path.split(".")[0] in heads)
    yield from known
    if "reversal" in heads:
        yield "reversal_optional"


def _figure(entry: Entry, path: str, here: Mapping[str, Any]) -> Line:
    figure = FIGURES[path]
    value = here.get(path)
    return _line(
        entry,
        figure.label,
        path,
        spoken(figure.text(entry.figures[path])),
        "" if value is None else spoken(figure.text(value)),
    )


def _drug(
    entry: Entry, leaf: str, drug: Drug, chosen: Mapping[str, Drug]
) -> list[Line]:
    here = _words(chosen[drug.code]) if drug.code in chosen else {}
    return [
        _line(
            entry,
            label,
            leaf if leaf == "choices" else f"{leaf}.{name}",
            text,
            here.get(name, ("", ""))[1],
        )
        for name, (label, text) in _words(drug).items()
    ]


def _words(drug: Drug) -> dict[str, tuple[str, str]]:
    """What is said of a drug, by its fields: what it is called, and its value."""
    words = {
        "concentration": ("Concentration", drug.concentration or "not given"),
        "sign": ("Ion", str(drug.sign)),
        "pole": ("Belongs under the", str(drug.pole)),
        "carriage": ("Carried by", spoken(drug.carriage)),
        "max_ua": ("Highest current", _ma(drug.max_ua)),
        "child_max_ua": ("Highest current of children", _ma(drug.child_max_ua)),
        "sessions_per_site": ("Most sessions at a place", str(drug.sessions_per_site)),
    }
    return {
        name: said for name, said in words.items() if getattr(drug, name) is not None
    }


def _ma(current_ua: int | None) -> str:
    return FIGURES["currents.max_ua"].text(current_ua)


def _line(entry: Entry, label: str, leaf: str, text: str, here: str = "") -> Line:
    source = entry.source_of(leaf)
    if source is None:
        return Line(label, text, "", "", here)
    return Line(
        label,
        text,
        TRUST[source.trust],
        source.name,
        here,
        number=entry.sources.index(source) + 1,
        unsure=source.trust in UNSURE,
    )


def _said(what: str | tuple[str, ...]) -> str:
    if isinstance(what, str):
        return what
    return (" " if what[0].endswith(".") else "; ").join(what)


def _steps(entry: Entry) -> str:
    steps = entry.steps
    if steps is None:
        return ""
    ma, minutes = FIGURES["currents.max_ua"], FIGURES["course.flow_ms"]
    return (
        f"from {ma.text(steps.start_ua)} for {minutes.text(steps.start_ms)}, every"
        f" {steps.every_sessions} sessions {ma.text(steps.step_ua)} and"
        f" {minutes.text(steps.step_ms)} more, up to {ma.text(steps.cap_ua)} for"
        f" {minutes.text(steps.cap_ms)}"
    )


def _adjunct(step: Any) -> str:
    figures = (
        (step.mw_cm2, "mW/cm²"),
        (step.khz, "kHz"),
        (step.duty_permille, "‰ duty"),
        (step.minutes, "min"),
    )
    given = [f"{number} {unit}" for number, unit in figures if number is not None]
    return "; ".join([step.says, *given])


def _flat(wire: Mapping[str, Any]) -> dict[str, Any]:
    """A specification by the dotted paths of its figures."""
    flat: dict[str, Any] = {}
    for path in FIGURES:
        head, _, rest = path.partition(".")
        inner = wire.get(head)
        flat[path] = inner.get(rest) if rest and isinstance(inner, dict) else inner
    return flat
