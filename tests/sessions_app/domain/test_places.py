"""Which places the current may pass between: every pair has a definite answer."""

import itertools

import pytest

from sessions_app.domain.places import (
    Group,
    Region,
    path_allows,
    path_between,
    path_of,
    path_why,
    place_text,
)
from sessions_app.domain.protocol import PathClass

R, P = Region, PathClass
SIDES = ("left", "right", "")
NEVER = {R.CHEST, R.TEMPLE, R.NECK_FRONT}
HAND = {R.PALM, R.FINGER, R.THUMB, R.HAND_HELD}
FOREARM = {R.WRIST, R.FOREARM, R.ELBOW}
ARM = HAND | FOREARM | {R.UPPER_ARM, R.SHOULDER}
FOOT = {R.SOLE, R.FOOT, R.HEEL}
SHIN = {R.ANKLE, R.LOWER_LEG, R.KNEE}
LEG = FOOT | SHIN | {R.THIGH, R.HIP}
SEGMENTS = (HAND, FOREARM, ARM - HAND - FOREARM, FOOT, SHIN, LEG - FOOT - SHIN)
LOWER_BACK, FRONT = {R.LUMBAR, R.SACRUM}, {R.ABDOMEN, R.PENIS}
NAPE = {R.NAPE, R.COLLAR}
ANY = set(Region)

# First row that fits, either way round, for two places that are no pair of limbs.
TABLE: list[tuple[set[Region], set[Region], PathClass | None]] = [
    (NEVER, ANY, None),
    ({R.MOUTH}, {R.MOUTH} | ARM, P.ORAL),
    ({R.MOUTH}, ANY, None),
    ({R.AXILLA}, ANY, None),
    ({R.ORBIT}, {R.ORBIT, R.FACE} | NAPE, P.ORBIT),
    ({R.ORBIT}, ANY, None),
    ({R.EAR_CANAL}, {R.FACE} | NAPE, P.CAVITY),
    ({R.EAR_CANAL}, ANY, None),
    ({R.NOSTRIL}, {R.NOSTRIL, R.FACE} | NAPE, P.CAVITY),
    ({R.NOSTRIL}, ANY, None),
    ({R.VAGINA}, {R.VAGINA} | LOWER_BACK | FRONT, P.CAVITY),
    ({R.VAGINA}, ANY, None),
    ({R.FACE, R.SCALP}, {R.FACE, R.SCALP} | NAPE, P.HEAD),
    ({R.FACE, R.SCALP}, ANY, None),
    (NAPE, FRONT, None),
    (NAPE, ANY, P.NECK),
    ({R.UPPER_BACK}, FRONT, None),
    (LOWER_BACK | FRONT, ARM, None),
    ({R.UPPER_BACK} | LOWER_BACK | FRONT, ANY, P.TRUNK),
]


def expected(a: R, a_side: str, b: R, b_side: str) -> PathClass | None:
    same = bool(a_side) and a_side == b_side
    if {a, b} <= ARM or {a, b} <= LEG:
        if not same:
            return P.LIMB_TO_LIMB
        near = any({a, b} <= segment for segment in SEGMENTS)
        return P.LOCAL if near else P.LIMB
    if {a, b} <= ARM | LEG:
        return P.LIMB_TO_LIMB
    if a is b is R.AXILLA:
        return P.LOCAL if same else P.AXILLA_TO_AXILLA
    if R.AXILLA in (a, b) and {a, b} <= ARM | {R.AXILLA}:
        return P.LIMB if same else None
    if a is b is R.EAR_CANAL:
        return P.CAVITY if same else None
    if a is b and a in {R.UPPER_BACK} | LOWER_BACK | FRONT:
        return P.LOCAL
    return next(
        kind
        for one, other, kind in TABLE
        if (a in one and b in other) or (b in one and a in other)
    )


PAIRS = list(itertools.combinations_with_replacement(Region, 2))


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=str)
def test_every_pair_of_places_has_one_answer_in_either_order(a: R, b: R) -> None:
    for a_side, b_side in itertools.product(SIDES, SIDES):
        found = path_between(a, a_side, b, b_side)
        assert found.kind is expected(a, a_side, b, b_side)
        assert path_between(b, b_side, a, a_side) == found
        assert path_of(a, a_side, b, b_side) is found.kind
        assert path_why(a, a_side, b, b_side) == found.why
        assert found.why


def test_nothing_lies_on_heart_temple_or_carotid() -> None:
    for bad, other in itertools.product(NEVER, Region):
        assert path_of(bad, "", other, "left") is None
    assert path_why(R.PALM, "left", R.CHEST, "") == (
        "chest: no electrode lies on the heart"
    )
    assert path_why(R.TEMPLE, "left", R.NAPE, "") == (
        "temple: no electrode lies on a temple"
    )
    assert path_why(R.NECK_FRONT, "", R.NAPE, "") == (
        "front of neck: no electrode lies on the front of the neck or the carotid sinus"
    )


def test_hand_to_hand_and_axilla_to_axilla_are_the_main_therapy() -> None:
    assert path_of(R.PALM, "left", R.PALM, "right") is P.LIMB_TO_LIMB
    assert path_of(R.SOLE, "left", R.SOLE, "right") is P.LIMB_TO_LIMB
    assert path_of(R.AXILLA, "left", R.AXILLA, "right") is P.AXILLA_TO_AXILLA


@pytest.mark.parametrize(
    ("a", "a_side", "b", "b_side", "text"),
    [
        (R.PALM, "left", R.PALM, "right", "left palm and right palm: limb to limb"),
        (
            R.LUMBAR,
            "",
            R.FOREARM,
            "left",
            "left forearm and lumbar: the current would cross the heart",
        ),
        (
            R.NAPE,
            "",
            R.ABDOMEN,
            "",
            "abdomen and nape: the current would cross the heart",
        ),
        (
            R.AXILLA,
            "left",
            R.SOLE,
            "left",
            "left axilla and left sole: an axilla goes with the other axilla or with"
            " its own arm",
        ),
        (
            R.EAR_CANAL,
            "left",
            R.EAR_CANAL,
            "right",
            "left ear canal and right ear canal: it goes with the nape or the face,"
            " never across the brain",
        ),
        (
            R.FACE,
            "",
            R.LUMBAR,
            "",
            "face and lumbar: the face goes with the nape; the front of the neck"
            " would be crossed",
        ),
        (
            R.SCALP,
            "",
            R.LUMBAR,
            "",
            "lumbar and scalp: the scalp goes with the nape; the front of the neck"
            " would be crossed",
        ),
        (
            R.MOUTH,
            "",
            R.HEEL,
            "left",
            "left heel and mouth: an electrode in the mouth goes with one in the hand"
            " or on the arm",
        ),
        (
            R.ORBIT,
            "left",
            R.PALM,
            "left",
            "left orbit and left palm: an orbit goes with the nape or the face",
        ),
        (
            R.VAGINA,
            "",
            R.THIGH,
            "left",
            "left thigh and vagina: a vaginal electrode goes with a plate on the lower"
            " trunk",
        ),
    ],
)
def test_the_answer_says_why(a: R, a_side: str, b: R, b_side: str, text: str) -> None:
    assert path_why(a, a_side, b, b_side) == text


def test_a_side_is_left_right_or_not_said() -> None:
    with pytest.raises(ValueError, match="side 'both'"):
        path_of(R.PALM, "both", R.PALM, "left")
    with pytest.raises(ValueError, match="side 'Right'"):
        path_of(R.PALM, "left", R.PALM, "Right")


ADMITTED = {
    P.LIMB: {P.LOCAL, P.LIMB},
    P.LIMB_TO_LIMB: {P.LOCAL, P.LIMB, P.LIMB_TO_LIMB},
    P.TRUNK: {P.LOCAL, P.LIMB, P.TRUNK},
}


@pytest.mark.parametrize("spec_path", PathClass)
def test_a_protocol_may_be_given_along_a_shorter_path_and_no_other(
    spec_path: PathClass,
) -> None:
    admitted = {kind for kind in PathClass if path_allows(spec_path, kind)}
    assert admitted == ADMITTED.get(spec_path, {spec_path})


def test_places_have_labels_groups_and_sides() -> None:
    labels = {region.label for region in Region}
    assert len(labels) == len(Region)
    assert {"lower leg", "front of neck", "held in the hand", "palm"} <= labels
    assert {region for region in Region if region.paired} == ARM | LEG | {R.AXILLA}
    groups = {group: {r for r in Region if r.group is group} for group in Group}
    assert groups == {
        Group.ARM: ARM | {R.AXILLA},
        Group.LEG: LEG,
        Group.TRUNK: {R.UPPER_BACK, R.CHEST} | LOWER_BACK | FRONT,
        Group.NECK: NAPE | {R.NECK_FRONT},
        Group.HEAD: {R.FACE, R.SCALP, R.ORBIT, R.TEMPLE},
        Group.CAVITY: {R.EAR_CANAL, R.NOSTRIL, R.VAGINA, R.MOUTH},
    }
    assert place_text(R.LOWER_LEG, "left") == "left lower leg"
    assert place_text(R.SACRUM, "") == "sacrum"
