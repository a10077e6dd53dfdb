"""Device profiles on the wire."""

import json
from typing import Any

import pytest

from devices.core.profile import Profile, ProfileError
from tests.devices.core.examples import PROFILE


def test_wire_form_comes_back_equal() -> None:
    assert Profile.from_dict(json.loads(json.dumps(PROFILE.to_dict()))) == PROFILE


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("on_break", "shrug", "shrug"),
        ("resume_allowed", "yes", "resume_allowed must be true or false"),
        ("max_pause_ms", -1, "max_pause_ms must be a whole number"),
        ("max_current_ua", 1.5, "max_current_ua must be a whole number"),
        ("series_ohm", True, "series_ohm must be a whole number"),
        ("reports", "mean", "reports must be a list"),
        ("reports", ["mean", "mood"], "unknown mood"),
        ("colour", "red", "unknown fields colour"),
    ],
)
def test_a_bad_field_is_named(field: str, value: Any, text: str) -> None:
    with pytest.raises(ProfileError, match=text):
        Profile.from_dict({**PROFILE.to_dict(), field: value})
