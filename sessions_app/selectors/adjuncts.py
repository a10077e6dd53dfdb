"""Steps beside the current: what the protocol asks for, and what was recorded."""

from collections.abc import Iterator
from dataclasses import dataclass

from sessions_app.domain.adjuncts import is_before
from sessions_app.domain.protocol import Adjunct
from sessions_app.models import AdjunctDone, TreatmentSession


@dataclass(frozen=True, slots=True)
class Beside:
    """One step of the protocol, by its place from 1, with its rows in order."""

    place: int
    step: Adjunct
    rows: tuple[AdjunctDone, ...]

    @property
    def standing(self) -> AdjunctDone | None:
        """What holds: the newest row."""
        return self.rows[-1] if self.rows else None


def adjuncts_of(session: TreatmentSession) -> list[Beside]:
    """Every step of the session's protocol."""
    steps: list[dict[str, object]] = session.prescription.adoption.spec["adjuncts"]
    if not steps:
        return []
    rows = list(session.adjuncts_done.select_related("by").order_by("id"))
    return [
        Beside(place, step, tuple(row for row in rows if row.name == step.name))
        for place, step in enumerate(_steps(session), 1)
    ]


def adjuncts_before(session: TreatmentSession) -> list[Beside]:
    """Those that the protocol wants before the current."""
    return [one for one in adjuncts_of(session) if is_before(one.step)]


def adjuncts_open(session: TreatmentSession) -> list[Beside]:
    """Those of which nobody has said whether they were done."""
    return [one for one in adjuncts_of(session) if one.standing is None]


def _steps(session: TreatmentSession) -> Iterator[Adjunct]:
    for step in session.prescription.adoption.spec["adjuncts"]:
        yield Adjunct(**step)
