"""What a course rests on is asked; what is there is not asked again."""

import pytest

from sessions_app.domain.asking import asked_of, missing_of
from sessions_app.domain.outcomes import MEASURES
from sessions_app.domain.places import Region


@pytest.mark.parametrize(
    ("protocol", "region", "asks"),
    [
        ("HH-PALM", Region.PALM, ["HDSS", "WET_DAYS"]),
        ("HH-UK7", Region.AXILLA, ["HDSS", "WET_DAYS"]),
        ("LE-DEX40", Region.ELBOW, ["NPRS", "PRTEE"]),
        ("ACH-DEX", Region.ANKLE, ["NPRS", "VISA_A"]),
        ("ACH-DEX", Region.HEEL, ["NPRS", "VISA_A"]),
        ("PAT-DEX", Region.KNEE, ["NPRS", "VISA_P"]),
        ("SIS-DKET", Region.SHOULDER, ["NPRS", "CONSTANT"]),
        ("DEQ-DEX", Region.WRIST, ["NPRS", "DASH"]),
        ("PF-DEX", Region.HEEL, ["NPRS"]),
        ("SWEAT-CF", Region.FOREARM, []),
        ("GALV-EAR", Region.EAR_CANAL, []),
    ],
)
def test_measures_by_protocol_and_body_part(protocol, region, asks) -> None:
    asked = asked_of(protocol, [region])
    assert [one.measure for one in asked] == asks
    assert all(one.measure in MEASURES for one in asked)


@pytest.mark.parametrize(
    ("ever", "today", "last", "missing"),
    [
        ((), (), False, ("NPRS", "PRTEE")),
        (("PRTEE",), (), False, ("NPRS",)),
        (("PRTEE",), (), True, ("NPRS", "PRTEE")),
        (("NPRS", "PRTEE"), ("NPRS",), False, ()),
        (("NPRS", "PRTEE"), ("PRTEE",), True, ("NPRS",)),
    ],
)
def test_a_score_of_the_body_part_is_asked_first_and_last(
    ever, today, last, missing
) -> None:
    asked = asked_of("LE-DEX40", [Region.ELBOW])
    found = missing_of(asked, ever=ever, today=today, last_visit=last)
    assert found == missing
