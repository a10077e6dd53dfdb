"""The published tests, as the file of this package has them."""

from functools import cache

from sessions_app.catalogue.published import read
from sessions_app.domain.diagnostics import DiagnosticTest


@cache
def published_tests() -> dict[str, DiagnosticTest]:
    """Every test by the code of its protocol."""
    tests = map(DiagnosticTest.from_dict, read("diagnostics.json")["tests"])
    return {test.protocol: test for test in tests}
