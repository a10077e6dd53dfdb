"""A published row of the catalogue: as much of a protocol as its sources give.

Figures may be empty or a range, and each says where it is from. A row is no
protocol to treat by: a prescriber adopts it (`resolve`), and enters, with the
source relied on, every safety figure that is empty, from memory or site policy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from sessions_app.domain.contradictions import contradictions
from sessions_app.domain.figures import FIGURES, Value, cautious, needed
from sessions_app.domain.protocol import (
    Adjunct,
    Carriage,
    Drug,
    ProtocolError,
    Source,
    Steps,
    Trust,
)
from sessions_app.domain.strict import build

TEXTS = (
    "indications",
    "body_sites",
    "outcomes",
    "response",
    "paediatrics",
    "taper",
    "notes",
)
# What makes a drug go the wrong way when it is wrong.
POLE_FIELDS = ("sign", "pole", "carriage")
_DRUG_WORDS = {
    "sign": "sign of the ion",
    "carriage": "what carries it",
    "concentration": "concentration",
}
UNSURE = {Trust.MEMORY: "from memory", Trust.POLICY: "site policy"}
EMPTY = "empty"


class Kind(StrEnum):
    """What the row is about."""

    TREAT = "treat"
    WORN = "worn"
    LABORATORY = "laboratory"
    OUT_OF_SCOPE = "out_of_scope"


class Status(StrEnum):
    """What may be done with a row as published."""

    ADOPTABLE = "adoptable"
    LOCKED = "locked"
    RECORD_ONLY = "record only"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OpenField:
    """A field that an adoption must enter. `options` are the words to choose from,
    a stored number is the shown one × `scale`; `published` is text, to show."""

    field: str
    why: str
    safety: bool
    label: str
    unit: str
    published: str
    scale: int = 1
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the catalogue. Raises ProtocolError when it contradicts itself.

    `figures` holds every path of `figures.FIGURES`, None where nothing is given.
    `drugs` is None where the prescriber picks from `choices`, empty for tap
    water; a concentration of "" is open. `reason` says why a row is not treated.
    """

    code: str
    group: str
    title: str
    kind: Kind
    reason: str
    indications: tuple[str, ...]
    body_sites: tuple[str, ...]
    outcomes: tuple[str, ...]
    response: str
    paediatrics: str
    taper: str
    notes: tuple[str, ...]
    figures: Mapping[str, Value]
    drugs: tuple[Drug, ...] | None
    choices: tuple[Drug, ...]
    day_offsets: tuple[int, ...]
    steps: Steps | None
    adjuncts: tuple[Adjunct, ...]
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        check_provenance(self)
        check_entry(self)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from `to_dict` form; raises ProtocolError that names the field."""
        try:
            given = data.get("figures") if isinstance(data, Mapping) else None
            return build(cls, data, "entry", figures=_figures(given))
        except ProtocolError:
            raise
        except ValueError as error:
            raise ProtocolError(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal entry back."""
        return asdict(self)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Dotted names of all that is given and so has a source."""
        return tuple(_leaves(self))

    def source_of(self, leaf: str) -> Source | None:
        """The one source of a leaf; None for an empty one."""
        if leaf not in self.leaves:
            return None
        return next(one for one in self.sources if covers(one, leaf))

    def trust_of(self, leaf: str) -> Trust | None:
        source = self.source_of(leaf)
        return source.trust if source else None


def covers(source: Source, leaf: str) -> bool:
    """Whether a source stands for a leaf: ``"holds"`` covers ``"holds.max_holds"``."""
    return any(leaf == name or leaf.startswith(f"{name}.") for name in source.fields)


def status(entry: Entry) -> Status:
    """What may be done with the row as published."""
    if entry.kind is Kind.WORN:
        return Status.RECORD_ONLY
    if entry.kind is not Kind.TREAT:
        return Status.REFUSED
    unsafe = any(one.safety for one in open_fields(entry))
    return Status.LOCKED if unsafe else Status.ADOPTABLE


def open_fields(entry: Entry) -> tuple[OpenField, ...]:
    """Every field that an adoption must enter, safety fields first; none for a row
    that is not treated."""
    if entry.kind is not Kind.TREAT:
        return ()
    found = [*_open_figures(entry), *_open_drugs(entry)]
    return tuple(sorted(found, key=lambda one: not one.safety))


def proposal(entry: Entry) -> dict[str, Any]:
    """Each figure's published value, of a range its careful end, by path, and the
    drugs as they are entered; None where nothing is published.

    To fill a form in, never to treat by: an open safety field is to be entered.
    """
    figures = {path: cautious(FIGURES[path], what) for path, what in _own(entry)}
    drugs = [
        {"code": drug.code, "concentration": drug.concentration}
        for drug in entry.drugs or ()
    ]
    return {**figures, "drugs": None if entry.drugs is None else drugs}


def _own(entry: Entry) -> Iterator[tuple[str, Value]]:
    return ((path, entry.figures[path]) for path in FIGURES)


def _open_figures(entry: Entry) -> Iterator[OpenField]:
    settled = proposal(entry)
    for path, what in _own(entry):
        figure = FIGURES[path]
        why = _why(entry, path, what) if needed(path, settled) else ""
        if why and (figure.safety or what is None):
            yield OpenField(
                path,
                why,
                figure.safety,
                figure.label,
                figure.unit,
                figure.text(what),
                figure.scale,
                figure.options,
            )


def _why(entry: Entry, leaf: str, what: object) -> str:
    """Why a field is not to be relied on; "" when it is."""
    if what is None or what == "":
        return EMPTY
    trust = entry.trust_of(leaf)
    return UNSURE.get(trust, "") if trust else ""


def _open_drugs(entry: Entry) -> Iterator[OpenField]:
    if entry.drugs is None:
        codes = tuple(drug.code for drug in entry.choices)
        yield OpenField(
            "drugs", EMPTY, True, "Drug and its pole", "", "per drug", options=codes
        )
        return
    for number, drug in enumerate(entry.drugs):
        for name in _unsure(entry, number, drug):
            yield _open_drug(entry, number, drug, name)


def _unsure(entry: Entry, number: int, drug: Drug) -> Iterator[str]:
    """What of a drug is to be entered. The pole follows from the sign, unless the
    drug rides with water."""
    unsure = {
        name
        for name in POLE_FIELDS
        if _why(entry, f"drugs.{number}.{name}", getattr(drug, name))
    }
    rides = drug.carriage is Carriage.ELECTRO_OSMOSIS
    if rides and unsure & {"carriage", "pole"}:
        yield "carriage"
    if "sign" in unsure or (unsure and not rides):
        yield "sign"
    if not drug.concentration:
        yield "concentration"


def _open_drug(entry: Entry, number: int, drug: Drug, name: str) -> OpenField:
    what = getattr(drug, name)
    leaf = f"drugs.{number}.{name}"
    related = POLE_FIELDS if name in POLE_FIELDS else (name,)
    reasons = (
        _why(entry, f"drugs.{number}.{other}", getattr(drug, other))
        for other in (name, *related)
    )
    why = next(filter(None, reasons))
    return OpenField(
        leaf,
        why,
        name in POLE_FIELDS,
        f"{drug.name}: {_DRUG_WORDS[name]}",
        "",
        str(what) or "not given",
        options=tuple(type(what)) if isinstance(what, StrEnum) else (),
    )


def _figures(data: Any) -> dict[str, Value]:
    if not isinstance(data, Mapping):
        raise ValueError(f"entry.figures is an object, not {data!r}")
    if wrong := sorted(set(map(str, data)) ^ set(FIGURES)):
        raise ValueError(f"entry.figures: missing or unknown {', '.join(wrong)}")
    return {path: figure.read(data[path]) for path, figure in FIGURES.items()}


def _leaves(entry: Entry) -> Iterator[str]:
    for name in TEXTS:
        if getattr(entry, name):
            yield name
    yield from (path for path, what in _own(entry) if what is not None)
    for number, drug in enumerate(entry.drugs or ()):
        for name, what in asdict(drug).items():
            if what is not None and what != "":
                yield f"drugs.{number}.{name}"
    for name, given in _lists(entry):
        if given:
            yield name


def _lists(entry: Entry) -> tuple[tuple[str, object], ...]:
    return (
        ("choices", entry.choices),
        ("schedule.day_offsets", entry.day_offsets),
        ("steps", entry.steps),
        ("adjuncts", entry.adjuncts),
    )


def check_provenance(entry: Entry) -> None:
    """Raises ProtocolError unless each leaf has one source and each source a leaf."""
    for leaf in entry.leaves:
        count = sum(covers(source, leaf) for source in entry.sources)
        if count != 1:
            raise ProtocolError(f"{entry.code}: {leaf} has {count} sources, not one")
    for source in entry.sources:
        for name in source.fields:
            own = Source((name,), source.trust, source.name, source.says)
            if not any(covers(own, leaf) for leaf in entry.leaves):
                raise ProtocolError(f"{entry.code}: a source of {name}, which is empty")


def check_entry(entry: Entry) -> None:
    """Raises ProtocolError for a row that contradicts itself."""
    if bool(entry.reason) is (entry.kind is Kind.TREAT):
        raise ProtocolError(
            f"{entry.code}: a reason goes with a row that is not treated, and only then"
        )
    if (entry.drugs is None) is not bool(entry.choices):
        raise ProtocolError(
            f"{entry.code}: drugs to choose from go with a row without its own, and"
            " only then"
        )
    found = [*contradictions(entry.figures, entry.drugs)]
    if found:
        text = "; ".join(f"{one.field}: {one.text}" for one in found)
        raise ProtocolError(f"{entry.code}: {text}")
