"""The published ladders, as the file of this package has them."""

from functools import cache

from sessions_app.catalogue.published import read
from sessions_app.domain.course.ladders import LadderSpec


@cache
def published_ladders() -> dict[str, LadderSpec]:
    """Every ladder by its code."""
    ladders = map(LadderSpec.from_dict, read("ladders.json")["ladders"])
    return {ladder.code: ladder for ladder in ladders}


def ladder_for(protocol: str) -> LadderSpec | None:
    """The published ladder of a protocol by its code; None where it has none."""
    found = (one for one in published_ladders().values() if protocol in one.protocols)
    return next(found, None)
