"""The rule table of timed codes, as the file of this package has it."""

from functools import cache

from sessions_app.catalogue.published import read
from sessions_app.domain.codes import Rules


@cache
def published_codes() -> Rules:
    """The newest version of the rules."""
    return Rules.from_dict(read("codes.json"))
