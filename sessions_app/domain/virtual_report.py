"""What many virtual courses came to, as lines of text, one column for each ladder."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from clinic.quantities import ma_min_text
from sessions_app.domain.calendar import WEEK_DAYS
from sessions_app.domain.course.history import Rule
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.domain.virtual import Type, Walked, course_of, patients


@dataclass(slots=True)
class Group:
    """The patients of one type."""

    patients: int = 0
    sessions: int = 0
    days: int = 0
    charge_nc: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    def join(self, other: "Group") -> None:
        self.patients += other.patients
        self.sessions += other.sessions
        self.days += other.days
        self.charge_nc += other.charge_nc
        self.ended += other.ended


@dataclass(slots=True)
class Summary:
    """All courses of one ladder; `rungs` counts sessions, `rules` what fired."""

    name: str
    groups: dict[Type, Group] = field(
        default_factory=lambda: {t: Group() for t in Type}
    )
    rungs: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    currents: Counter[str] = field(default_factory=Counter)
    most_week_nc: int = 0

    def add(self, walked: Walked) -> None:
        group = self.groups[walked.patient.type]
        group.patients += 1
        group.sessions += walked.sessions
        group.days += walked.days
        group.charge_nc += walked.charge_nc
        group.ended[walked.state.value] += 1
        self.most_week_nc = max(self.most_week_nc, walked.most_week_nc)
        for into, found in (
            (self.rungs, walked.rungs),
            (self.rules, walked.rules),
            (self.currents, walked.currents),
        ):
            for name, count in found.items():
                into[str(name)] += count

    def join(self, other: "Summary") -> None:
        """Add what came of other patients."""
        for type_, group in other.groups.items():
            self.groups[type_].join(group)
        self.rungs += other.rungs
        self.rules += other.rules
        self.currents += other.currents
        self.most_week_nc = max(self.most_week_nc, other.most_week_nc)


@dataclass(frozen=True, slots=True)
class Share:
    """Every `of`-th patient from the `number`-th on, from 0."""

    number: int = 0
    of: int = 1


def summary_of(
    spec: LadderSpec,
    protocol: ProtocolSpec,
    count: int,
    seed: int,
    share: Share = Share(),
) -> Summary:
    """So many patients of a seed through one ladder, or a share of them."""
    found = Summary(f"{spec.code} v{spec.version}")
    for patient in islice(patients(count, seed), share.number, None, share.of):
        found.add(course_of(spec, protocol, patient))
    return found


def lines_of(summaries: Sequence[Summary]) -> list[str]:
    """A table: figures down, one column for each ladder."""
    tables = [dict(_rows(one)) for one in summaries]
    labels = list(dict.fromkeys(label for table in tables for label in table))
    return [
        _line("", [one.name for one in summaries]),
        *(_line(label, _cells(label, tables)) for label in labels),
    ]


def _cells(label: str, tables: Iterable[Mapping[str, str]]) -> list[str]:
    return [table.get(label, "-") for table in tables]


def _line(label: str, cells: Iterable[str]) -> str:
    return f"{label:<40}" + "".join(f"{cell:>16}" for cell in cells)


def _rows(summary: Summary) -> Iterable[tuple[str, str]]:
    for kind, group in summary.groups.items():
        if group.patients:
            yield from _group_rows(kind, group)
    for name, count in summary.rungs.items():
        yield f"rung {name or 'course'}, sessions", str(count)
    for rule in Rule:
        yield f"rule {rule}", str(summary.rules[rule])
    for name, count in sorted(summary.currents.items()):
        yield f"current {name}", str(count)
    yield "most in seven days, mA·min", ma_min_text(summary.most_week_nc, 1)


def _group_rows(kind: Type, group: Group) -> Iterable[tuple[str, str]]:
    yield f"{kind}, patients", str(group.patients)
    yield f"{kind}, sessions", _mean(group.sessions, group.patients)
    yield f"{kind}, weeks", _mean(group.days, group.patients * WEEK_DAYS)
    charge = group.charge_nc // group.patients
    yield f"{kind}, mA·min", ma_min_text(charge, 0)
    for state, count in sorted(group.ended.items()):
        yield f"{kind}, ends {state}", str(count)


def _mean(total: int, count: int) -> str:
    """To one decimal place, rounded down."""
    tenths = total * 10 // count
    return f"{tenths // 10}.{tenths % 10}"
