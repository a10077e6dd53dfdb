"""What is known of a drug, whatever the protocol: sign, pole, solvent, bars."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from sessions_app.domain.poles import IonSign, Pole
from sessions_app.domain.protocol import Drug, ProtocolError, Source, Trust
from sessions_app.domain.strict import build


class Solvent(StrEnum):
    """What the drug may be dissolved in, and what may lie beside it."""

    ANY = "any"
    DISTILLED = "distilled"
    CHLORIDE = "chloride"
    NO_ADDED_SALT = "no_added_salt"


@dataclass(frozen=True, slots=True)
class DrugFacts:
    """A drug of the catalogue. Raises ProtocolError for a pole against its sign.

    `hard_conditions` are codes of the pre-session check that bar this drug;
    `sessions_per_site` caps its use on one place; ceilings are its labelling's.
    """

    code: str
    name: str
    sign: IonSign
    pole: Pole
    solvent: Solvent
    solvent_says: str
    allergens: tuple[str, ...]
    hard_conditions: tuple[str, ...]
    steroid: bool
    sessions_per_site: int | None
    max_ua: int | None
    child_max_ua: int | None
    sources: tuple[Source, ...]

    def __post_init__(self) -> None:
        if self.pole is not self.sign.pole:
            raise ProtocolError(
                f"{self.code}: a drug that is {self.sign} goes under the"
                f" {self.sign.pole}, not the {self.pole}"
            )
        for leaf in self.leaves:
            count = sum(leaf in source.fields for source in self.sources)
            if count != 1:
                raise ProtocolError(f"{self.code}: {leaf} has {count} sources, not one")

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build from `to_dict` form; raises ProtocolError that names the field."""
        try:
            return build(cls, data, "drug")
        except ProtocolError:
            raise
        except ValueError as error:
            raise ProtocolError(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; `from_dict` gives the equal facts back."""
        return asdict(self)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The fields that are given and so have a source."""
        given = asdict(self)
        return tuple(
            name
            for name, what in given.items()
            if name != "sources" and what not in (None, "", ())
        )

    @property
    def trust(self) -> Trust:
        """How the sign is known."""
        return self.source.trust

    @property
    def source(self) -> Source:
        """Where the sign is from."""
        return next(one for one in self.sources if "sign" in one.fields)


def check_drugs(
    code: str, drugs: Iterable[Drug], known: Mapping[str, DrugFacts]
) -> None:
    """Raises ProtocolError for a drug of a protocol that is unknown or differs from
    the table of drugs."""
    for drug in drugs:
        facts = known.get(drug.code)
        if facts is None:
            raise ProtocolError(
                f"{code}: {drug.code} is no drug of the catalogue; have it added first"
            )
        for name in ("sign", "max_ua", "child_max_ua", "sessions_per_site"):
            ours, theirs = getattr(drug, name), getattr(facts, name)
            if ours != theirs:
                raise ProtocolError(
                    f"{code}: {drug.name} has {name} {ours}, but {theirs} in the table"
                    " of drugs; correct the protocol"
                )
