"""From a published row and what a prescriber enters to a protocol to treat by.

Every open field needs a value and the source relied on. A value that was read
in its source binds: an entered one lies within it or beyond its careful end. A
value from memory or site policy gives way to any entered one with its source.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from devices.core.parts import Basis, Waveform
from sessions_app.domain.contradictions import Problem, contradictions
from sessions_app.domain.entry import (
    UNSURE,
    Entry,
    Kind,
    covers,
    open_fields,
    proposal,
)
from sessions_app.domain.figures import FIGURES, Value, admits, needed
from sessions_app.domain.protocol import (
    Drug,
    ProtocolError,
    ProtocolSpec,
    Source,
    Trust,
)

CATALOGUE_ONLY = ("reversal_optional", "density.target_ua_cm2")
OWN_TEXTS = ("outcomes", "response", "paediatrics", "taper", "notes")
CONFIRMED = ("sign", "carriage")


@dataclass(frozen=True, slots=True)
class Entered:
    """A value as a prescriber enters it, at its stored scale, and its source.

    For ``drugs`` the value is a list of `{"code", "concentration"}`.
    """

    value: Any
    source: str


class ResolveError(ProtocolError):
    """A row that cannot be adopted so; `problems` has one for each field."""

    def __init__(self, code: str, problems: tuple[Problem, ...]) -> None:
        lines = "; ".join(f"{one.field}: {one.text}" for one in problems)
        super().__init__(f"{code} cannot be adopted: {lines}.")
        self.problems = problems


def resolve(entry: Entry, entered: Mapping[str, Entered]) -> ProtocolSpec:
    """The protocol of a row with what was entered.

    Raises ResolveError with every field that is open, badly entered or in
    contradiction.
    """
    if entry.kind is not Kind.TREAT:
        raise ResolveError(entry.code, (Problem("kind", entry.reason),))
    problems = [*_open(entry, entered), *_misfits(entry, entered)]
    good = {
        field: given
        for field, given in entered.items()
        if field not in {one.field for one in problems}
    }
    figures = _settled(entry, good)
    drugs = _drugs(entry, good)
    problems += _against_each_other(entry, figures, drugs, problems)
    if problems:
        raise ResolveError(entry.code, tuple(problems))
    return _spec(entry, figures, drugs, good)


def differences(old: Entry, new: Entry) -> tuple[str, ...]:
    """Each field that differs, ``"Highest current: 15 mA, was 20 mA"``."""
    lines = [
        f"{figure.label}: {figure.text(new.figures[path])},"
        f" was {figure.text(old.figures[path])}"
        for path, figure in FIGURES.items()
        if new.figures[path] != old.figures[path]
    ]
    before, after = old.to_dict(), new.to_dict()
    lines += [
        f"{name.replace('_', ' ').capitalize()}: {_short(after[name])},"
        f" was {_short(before[name])}"
        for name in after
        if name not in ("figures", "sources") and after[name] != before[name]
    ]
    return (*lines, *_moved_sources(old, new))


def _open(entry: Entry, entered: Mapping[str, Entered]) -> Iterator[Problem]:
    for one in open_fields(entry):
        if one.field not in entered:
            unit = f", in {one.unit}" if one.unit else ""
            yield Problem(
                one.field,
                f"{one.label} is {one.why} (published: {one.published}); enter it"
                f"{unit}, with the source relied on",
            )


def _misfits(entry: Entry, entered: Mapping[str, Entered]) -> Iterator[Problem]:
    for field, given in entered.items():
        text = _misfit(entry, field, given)
        if not text and not given.source.strip():
            text = "Name the source relied on"
        if text:
            yield Problem(field, text)


def _misfit(entry: Entry, field: str, given: Entered) -> str:
    try:
        if field in FIGURES and field not in CATALOGUE_ONLY:
            return _misfit_figure(entry, field, given)
        if field == "drugs" and entry.drugs is None:
            _chosen(entry, given)
            return ""
        return _misfit_drug(entry, field, given)
    except ValueError as error:
        return str(error)


def _misfit_figure(entry: Entry, field: str, given: Entered) -> str:
    figure, published = FIGURES[field], entry.figures[field]
    if given.value is None:
        return f"{figure.label} is empty; enter it"
    value = figure.entered(given.value)
    free = entry.trust_of(field) in UNSURE
    if field == "reversal" and entry.figures["reversal_optional"]:
        free = True
    if free or admits(figure, published, value):
        return ""
    source = entry.source_of(field)
    return (
        f"{figure.label} {figure.text(value)} is outside the published"
        f" {figure.text(published)} ({source.name if source else ''}); enter a value"
        " within it"
    )


def _misfit_drug(entry: Entry, field: str, given: Entered) -> str:
    drug, name = _drug_field(entry, field)
    if drug is None:
        return f"{entry.code} has no such field; leave it out"
    if not isinstance(given.value, str) or not given.value.strip():
        return f"{name.capitalize()} of {drug.name} is empty; enter it"
    if name in CONFIRMED and given.value != getattr(drug, name):
        return (
            f"{drug.name} is listed as {getattr(drug, name)}, not {given.value};"
            " confirm it or have the catalogue corrected"
        )
    return ""


def _drug_field(entry: Entry, field: str) -> tuple[Drug | None, str]:
    """The drug and its field that a path such as ``drugs.0.sign`` names."""
    head, _, rest = field.partition(".")
    number, _, name = rest.partition(".")
    drugs = entry.drugs or ()
    known = name in (*CONFIRMED, "concentration")
    if head != "drugs" or not known or number not in map(str, range(len(drugs))):
        return None, ""
    return drugs[int(number)], name


def _chosen(entry: Entry, given: Entered) -> tuple[Drug, ...]:
    """The drugs picked from those of the row. Raises ValueError."""
    known = {drug.code: drug for drug in entry.choices}
    if not isinstance(given.value, list | tuple) or not given.value:
        raise ValueError("Pick one or more drugs, each with its concentration")
    return tuple(_pick(known, item) for item in given.value)


def _pick(known: Mapping[str, Drug], item: Any) -> Drug:
    if not isinstance(item, Mapping) or set(item) != {"code", "concentration"}:
        raise ValueError(f"A drug is a code and a concentration, not {item!r}")
    code, concentration = item["code"], item["concentration"]
    if code not in known:
        raise ValueError(
            f"{code} is none of {', '.join(known)}; pick one of them, under the pole"
            " that the catalogue gives it"
        )
    if not isinstance(concentration, str) or not concentration.strip():
        raise ValueError(f"The concentration of {known[code].name} is empty; enter it")
    return replace(known[code], concentration=concentration.strip())


def _settled(entry: Entry, entered: Mapping[str, Entered]) -> dict[str, Value]:
    proposed = proposal(entry)
    return {
        path: figure.entered(entered[path].value) if path in entered else proposed[path]
        for path, figure in FIGURES.items()
    }


def _drugs(entry: Entry, entered: Mapping[str, Entered]) -> tuple[Drug, ...]:
    if entry.drugs is None:
        given = entered.get("drugs")
        return _chosen(entry, given) if given else ()
    return tuple(
        replace(drug, concentration=given.value.strip())
        if (given := entered.get(f"drugs.{number}.concentration"))
        else drug
        for number, drug in enumerate(entry.drugs)
    )


def _against_each_other(
    entry: Entry,
    figures: Mapping[str, Value],
    drugs: tuple[Drug, ...],
    known: list[Problem],
) -> list[Problem]:
    """Contradictions and gaps of the settled figures that are not told yet."""
    told = {one.field for one in known}
    gaps = [
        Problem(path, f"{figure.label} is empty; enter it")
        for path, figure in FIGURES.items()
        if figures[path] is None and needed(path, figures)
    ]
    found = [*gaps, *contradictions(figures, drugs)]
    return [one for one in found if one.field not in told]


def _spec(
    entry: Entry,
    figures: Mapping[str, Value],
    drugs: tuple[Drug, ...],
    entered: Mapping[str, Entered],
) -> ProtocolSpec:
    wire: dict[str, Any] = {}
    for path, what in figures.items():
        if path not in CATALOGUE_ONLY:
            group, _, name = path.rpartition(".")
            (wire.setdefault(group, {}) if group else wire)[name] = what
    if figures["waveform"] == Waveform.DC:
        wire["pulse"] = None
    if figures["basis"] == Basis.CHARGE:
        wire["course"]["flow_ms"] = 0  # the dose ends it, not the minutes
    wire["schedule"]["day_offsets"] = entry.day_offsets
    whole = {
        **wire,
        "code": entry.code,
        "title": entry.title,
        "indications": entry.indications,
        "body_sites": entry.body_sites,
        "drugs": [asdict(drug) for drug in drugs],
        "steps": entry.steps and asdict(entry.steps),
        "adjuncts": [asdict(one) for one in entry.adjuncts],
        "sources": [asdict(one) for one in _sources(entry, entered)],
    }
    return ProtocolSpec.from_dict(whole)


def _sources(entry: Entry, entered: Mapping[str, Entered]) -> Iterator[Source]:
    """The published sources, less what was entered, and those of the entered."""
    skipped = (*entered, *OWN_TEXTS, *CATALOGUE_ONLY, "choices")
    for source in entry.sources:
        kept = tuple(
            leaf
            for leaf in entry.leaves
            if covers(source, leaf) and leaf not in skipped
        )
        if kept:
            yield replace(source, fields=kept)
    for field, given in entered.items():
        says = f"Entered at adoption; published: {_published(entry, field)}."
        yield Source((field,), Trust.POLICY, given.source.strip(), says)


def _published(entry: Entry, field: str) -> str:
    if field in FIGURES:
        text = FIGURES[field].text(entry.figures[field])
    else:
        drug, name = _drug_field(entry, field)
        text = getattr(drug, name, "") or "not given"
    trust = entry.trust_of(field)
    return f"{text}, {UNSURE[trust]}" if trust in UNSURE else text


def _short(what: Any) -> str:
    """A part of a row in one line, without what it leaves empty."""
    if isinstance(what, Mapping):
        return ", ".join(f"{name} {it}" for name, it in what.items() if it is not None)
    if isinstance(what, list | tuple):
        return "; ".join(map(_short, what)) or "none"
    return "none" if what in (None, "") else str(what)


def _moved_sources(old: Entry, new: Entry) -> Iterator[str]:
    for leaf in new.leaves:
        before, after = old.trust_of(leaf), new.trust_of(leaf)
        if before and after and before is not after:
            yield f"Trust of {leaf}: {after}, was {before}"
