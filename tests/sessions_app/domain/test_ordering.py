"""What must hold of an order before its currents are looked at."""

import datetime as dt
from dataclasses import replace

import pytest

from sessions_app.domain.limits import Layer
from sessions_app.domain.ordering import (
    Spot,
    allergic_to,
    course_faults,
    diagnosis_fits,
    last_day,
    override_faults,
    places_faults,
    side_faults,
    spoken,
    spot_faults,
)
from sessions_app.domain.protocol import PathClass
from tests.sessions_app.domain.specs import PALM, TENDON

TODAY = dt.date(2026, 11, 22)
PALMS = Spot(
    active_region="palm",
    active_side="left",
    return_region="palm",
    return_side="right",
    has_drug=False,
)
ELBOW = Spot(
    active_region="elbow",
    active_side="right",
    return_region="upper_arm",
    return_side="right",
    has_drug=True,
)


def fields_of_course(**changes) -> list[str]:
    plain = {
        "indication": "wet palms",
        "diagnosis": "",
        "sessions_planned": 10,
        "expires_on": TODAY + dt.timedelta(days=90),
        "today": TODAY,
    }
    return [one.field for one in course_faults(PALM, **{**plain, **changes})]


def test_a_sound_course_has_no_fault() -> None:
    assert fields_of_course() == []


def test_a_ladder_that_goes_on_allows_more_sessions_than_the_cap() -> None:
    most = PALM.schedule.sessions_cap
    many = {"sessions_planned": most + 1}
    assert fields_of_course(**many) == ["sessions_planned"]
    assert fields_of_course(**many, sessions_most=most + 1) == []
    # A ladder never takes from what the protocol itself allows.
    assert fields_of_course(sessions_planned=most, sessions_most=1) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"indication": "  "}, "indication"),
        ({"diagnosis": "M77.11"}, "diagnosis"),
        ({"sessions_planned": 0}, "sessions_planned"),
        ({"sessions_planned": PALM.schedule.sessions_cap + 1}, "sessions_planned"),
        ({"expires_on": TODAY - dt.timedelta(days=1)}, "expires_on"),
        ({"expires_on": dt.date(2027, 11, 23)}, "expires_on"),
    ],
)
def test_what_is_wrong_with_a_course(changes, field) -> None:
    assert fields_of_course(**changes) == [field]


def test_the_bounds_of_a_course_are_allowed() -> None:
    most = PALM.schedule.sessions_cap
    assert fields_of_course(sessions_planned=most, expires_on=TODAY) == []
    assert fields_of_course(sessions_planned=1, expires_on=dt.date(2027, 11, 22)) == []
    assert last_day(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)


@pytest.mark.parametrize(
    ("offered", "code", "fits"),
    [
        (("L74.512",), "L74.512", True),
        (("L74.512",), "L74.513", False),
        (("L74.51x",), "L74.513", True),
        (("G44.x",), "G44.1", True),
        (("G44.x",), "G45.1", False),
        (("M16-M19",), "M17.11", True),
        (("M16-M19",), "M19.9", True),
        (("M16-M19",), "M20", False),
        (("M65.321-M65.359",), "M65.331", True),
        (("procedure",), "L98.9", True),
        (("L74.512",), "sweat", False),
        (("L74.512",), "L74.512; DROP", False),
    ],
)
def test_a_diagnosis_is_one_of_the_protocol(offered, code, fits) -> None:
    assert diagnosis_fits(offered, code) is fits


@pytest.mark.parametrize(
    "layer", [layer for layer in Layer if layer.value not in ("site", "age")]
)
def test_a_hard_layer_is_never_overridden(layer: Layer) -> None:
    (fault,) = override_faults({layer.value: {"reason": "I insist"}})
    assert fault.code == "hard_limit"


@pytest.mark.parametrize("given", [{"reason": " "}, {}, "because", {"reason": 3}])
def test_a_soft_layer_is_overridden_with_a_reason_only(given) -> None:
    (fault,) = override_faults({"site": given})
    assert fault.code == "no_reason"
    assert not [*override_faults({"site": {"reason": "large trays"}})]


@pytest.mark.parametrize(
    ("spot", "field"),
    [
        (replace(PALMS, active_region=""), "active_region"),
        (replace(PALMS, return_region="moon"), "return_region"),
        (replace(PALMS, return_side="both"), "return_side"),
        (replace(PALMS, active_side=""), "active_side"),
        (replace(PALMS, tooth="11"), "tooth"),
    ],
)
def test_what_is_wrong_with_a_place(spot, field) -> None:
    assert [one.field for one in spot_faults(PALM, spot)] == [field]


def test_a_dental_protocol_names_a_tooth_that_exists() -> None:
    oral = replace(PALM, path=PathClass.ORAL)
    mouth = replace(PALMS, active_region="mouth", active_side="")
    for tooth in ("", "19", "00"):
        (fault,) = spot_faults(oral, replace(mouth, tooth=tooth))
        assert fault.field == "tooth"
    assert not [*spot_faults(oral, replace(mouth, tooth="26"))]


def test_the_treated_place_is_under_the_drug_or_both_skins() -> None:
    assert ELBOW.site == "right elbow"
    assert PALMS.site == "left palm and right palm"
    turned = replace(PALMS, active_side="right", return_side="left")
    assert turned.site == PALMS.site
    assert replace(PALMS, tooth="11").site == "tooth 11"


def test_places_as_people_say_them() -> None:
    assert spoken(PALMS) == ("palms", "both")
    assert spoken(ELBOW) == ("elbow", "right")
    axillae = replace(PALMS, active_region="axilla", return_region="axilla")
    assert spoken(axillae) == ("axillae", "both")


def test_places_of_one_day_are_counted_once_each() -> None:
    most = TENDON.schedule.sites_per_day
    sites = [f"place {number}" for number in range(most)]
    assert not [*places_faults(TENDON, sites)]
    assert [one.code for one in places_faults(TENDON, [*sites, "more"])] == [
        "sites_per_day"
    ]
    assert "place_twice" in {
        one.code for one in places_faults(TENDON, [sites[0], sites[0]])
    }


@pytest.mark.parametrize(
    ("allergies", "found"),
    [
        (["Dexamethasone"], ("Dexamethasone",)),
        (["SULFITES"], ("SULFITES",)),
        (["rash after dexamethasone 2019"], ("rash after dexamethasone 2019",)),
        (["latex", "penicillin"], ()),
        ([], ()),
        (["dex"], ()),
    ],
)
def test_a_known_allergy_is_found_whatever_its_spelling(allergies, found) -> None:
    allergens = ["dexamethasone", "sulphite", "dexamethasone sodium phosphate"]
    assert allergic_to(allergies, allergens) == found


@pytest.mark.parametrize(
    ("side", "words", "wrong"),
    [
        ("left", "right lateral epicondyle", True),
        ("right", "LEFT palm", True),
        ("right", "right lateral epicondyle", False),
        ("right", "lateral epicondyle", False),
        ("left", "left thumb, right of the nail", False),
        ("left", "brightly marked spot", False),
        ("", "right of the middle", False),
    ],
)
def test_words_that_name_the_other_side_are_refused(side, words, wrong) -> None:
    found = [one.field for one in side_faults("active", side, words)]
    assert found == (["active_place"] if wrong else [])
