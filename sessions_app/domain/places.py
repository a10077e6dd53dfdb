"""Places on the body, and what the current passes between two of them.

No electrode lies on or across the heart, the temples, the carotid sinus or the
front of the neck. From limb to limb and from axilla to axilla the current
crosses the chest all the same: those are the main therapy, and allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sessions_app.domain.protocol import PathClass

LEFT, RIGHT = "left", "right"
SIDES = (LEFT, RIGHT, "")


class Group(StrEnum):
    """How places are grouped in a list to choose from."""

    ARM = "Arm and hand"
    LEG = "Leg and foot"
    TRUNK = "Trunk"
    NECK = "Neck"
    HEAD = "Head"
    CAVITY = "Cavities and mouth"


class Region(StrEnum):
    """A place of the body that an electrode can lie on or in."""

    PALM = "palm"
    FINGER = "finger"
    THUMB = "thumb"
    WRIST = "wrist"
    FOREARM = "forearm"
    ELBOW = "elbow"
    UPPER_ARM = "upper_arm"
    SHOULDER = "shoulder"
    HAND_HELD = "hand_held"
    AXILLA = "axilla"
    SOLE = "sole"
    FOOT = "foot"
    HEEL = "heel"
    ANKLE = "ankle"
    LOWER_LEG = "lower_leg"
    KNEE = "knee"
    THIGH = "thigh"
    HIP = "hip"
    UPPER_BACK = "upper_back"
    LUMBAR = "lumbar"
    SACRUM = "sacrum"
    ABDOMEN = "abdomen"
    PENIS = "penis"
    CHEST = "chest"
    NAPE = "nape"
    COLLAR = "collar"
    NECK_FRONT = "neck_front"
    FACE = "face"
    TEMPLE = "temple"
    SCALP = "scalp"
    ORBIT = "orbit"
    EAR_CANAL = "ear_canal"
    NOSTRIL = "nostril"
    VAGINA = "vagina"
    MOUTH = "mouth"

    @property
    def label(self) -> str:
        return _LABELS.get(self, self.value.replace("_", " "))

    @property
    def group(self) -> Group:
        return _GROUPS.get(_ZONES[self]) or _NEVER_GROUPS[self]

    @property
    def paired(self) -> bool:
        """Whether its side must be said to tell one limb from the other."""
        return _ZONES[self] in (_Zone.ARM, _Zone.LEG, _Zone.AXILLA)


class _Zone(StrEnum):
    ARM = "arm"
    LEG = "leg"
    AXILLA = "axilla"
    BACK = "upper back"
    LOWER_BACK = "lower back"
    FRONT = "front of the trunk"
    NAPE = "nape"
    FACE = "face"
    SCALP = "scalp"
    ORBIT = "orbit"
    HEAD_CAVITY = "cavity of the head"
    VAGINA = "vagina"
    MOUTH = "mouth"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Path:
    """`kind` is None for a path that nobody may use; `why` says it in words."""

    kind: PathClass | None
    why: str


def path_of(a: Region, a_side: str, b: Region, b_side: str) -> PathClass | None:
    """What the current passes from one electrode to the other, in either order.

    None where it is never allowed. A limb whose side is not said counts as
    another limb than the other one.
    """
    return path_between(a, a_side, b, b_side).kind


def path_why(a: Region, a_side: str, b: Region, b_side: str) -> str:
    return path_between(a, a_side, b, b_side).why


def path_between(a: Region, a_side: str, b: Region, b_side: str) -> Path:
    """The path and its reason. Raises ValueError for a side that is none."""
    for side in (a_side, b_side):
        if side not in SIDES:
            raise ValueError(f"side {side!r}: left, right or empty")
    # One order for each pair, so that the answer never depends on it.
    (a, a_side), (b, b_side) = sorted([(a, a_side), (b, b_side)])
    one, other = place_text(a, a_side), place_text(b, b_side)
    never = next((region for region in (a, b) if region in _NEVER), None)
    if never is not None:
        return Path(None, f"{never.label}: no electrode lies {_NEVER[never]}")
    kind = _kind(a, b, same_side=bool(a_side) and a_side == b_side)
    if kind is not None:
        return Path(kind, f"{one} and {other}: {kind.value.replace('_', ' ')}")
    zones = {_ZONES[a], _ZONES[b]}
    rule = next((text for zone, text in _COMPANY.items() if zone in zones), None)
    return Path(
        None,
        f"{one} and {other}: {rule or 'the current would cross the heart'}",
    )


def path_allows(spec_path: PathClass, actual: PathClass) -> bool:
    """Whether a protocol for one path may be given along another, shorter one."""
    return actual in _ADMITS.get(spec_path, (spec_path,))


def place_text(region: Region, side: str) -> str:
    """``"left lower leg"``."""
    return f"{side} {region.label}".strip()


def _kind(a: Region, b: Region, *, same_side: bool) -> PathClass | None:
    first, second = _ZONES[a], _ZONES[b]
    if {first, second} <= {_Zone.ARM, _Zone.LEG}:
        if first is not second or not same_side:
            return PathClass.LIMB_TO_LIMB
        near = _SEGMENTS[a] == _SEGMENTS[b]
        return PathClass.LOCAL if near else PathClass.LIMB
    if _Zone.AXILLA in (first, second):
        return _with_axilla(first, second, same_side=same_side)
    if first is second is _Zone.HEAD_CAVITY:
        # Two ears, or ear and nose, would have the brain between them.
        one = a is b and (same_side or a is Region.NOSTRIL)
        return PathClass.CAVITY if one else None
    if a is b and first in _TRUNK:
        return PathClass.LOCAL
    return _BETWEEN.get(frozenset((first, second)))


def _with_axilla(first: _Zone, second: _Zone, *, same_side: bool) -> PathClass | None:
    if first is second:
        return PathClass.LOCAL if same_side else PathClass.AXILLA_TO_AXILLA
    own_arm = same_side and _Zone.ARM in (first, second)
    return PathClass.LIMB if own_arm else None


_R, _P, _Z = Region, PathClass, _Zone

_NEVER = {
    _R.CHEST: "on the heart",
    _R.TEMPLE: "on a temple",
    _R.NECK_FRONT: "on the front of the neck or the carotid sinus",
}

_LABELS = {_R.NECK_FRONT: "front of neck", _R.HAND_HELD: "held in the hand"}

_SEGMENTS = {
    region: segment
    for segment, regions in enumerate(
        (
            (_R.PALM, _R.FINGER, _R.THUMB, _R.HAND_HELD),
            (_R.WRIST, _R.FOREARM, _R.ELBOW),
            (_R.UPPER_ARM, _R.SHOULDER),
            (_R.SOLE, _R.FOOT, _R.HEEL),
            (_R.ANKLE, _R.LOWER_LEG, _R.KNEE),
            (_R.THIGH, _R.HIP),
        )
    )
    for region in regions
}

_ZONES: Mapping[Region, _Zone] = {
    **{region: _Z.ARM for region in _SEGMENTS if _SEGMENTS[region] < 3},
    **{region: _Z.LEG for region in _SEGMENTS if _SEGMENTS[region] >= 3},
    _R.AXILLA: _Z.AXILLA,
    _R.UPPER_BACK: _Z.BACK,
    _R.LUMBAR: _Z.LOWER_BACK,
    _R.SACRUM: _Z.LOWER_BACK,
    _R.ABDOMEN: _Z.FRONT,
    _R.PENIS: _Z.FRONT,
    _R.NAPE: _Z.NAPE,
    _R.COLLAR: _Z.NAPE,
    _R.FACE: _Z.FACE,
    _R.SCALP: _Z.SCALP,
    _R.ORBIT: _Z.ORBIT,
    _R.EAR_CANAL: _Z.HEAD_CAVITY,
    _R.NOSTRIL: _Z.HEAD_CAVITY,
    _R.VAGINA: _Z.VAGINA,
    _R.MOUTH: _Z.MOUTH,
    **dict.fromkeys(_NEVER, _Z.NEVER),
}

_TRUNK = frozenset({_Z.BACK, _Z.LOWER_BACK, _Z.FRONT})

# Pairs of zones that are not here are never allowed.
_BETWEEN: Mapping[frozenset[_Zone], PathClass] = {
    frozenset(zones): kind
    for kind, pairs in {
        _P.TRUNK: [
            (_Z.LOWER_BACK,),
            (_Z.FRONT,),
            (_Z.LOWER_BACK, _Z.FRONT),
            (_Z.BACK, _Z.LOWER_BACK),
            (_Z.BACK, _Z.ARM),
            (_Z.BACK, _Z.LEG),
            (_Z.LOWER_BACK, _Z.LEG),
            (_Z.FRONT, _Z.LEG),
        ],
        _P.NECK: [
            (_Z.NAPE,),
            (_Z.NAPE, _Z.ARM),
            (_Z.NAPE, _Z.LEG),
            (_Z.NAPE, _Z.BACK),
            (_Z.NAPE, _Z.LOWER_BACK),
        ],
        _P.HEAD: [
            (_Z.FACE,),
            (_Z.SCALP,),
            (_Z.FACE, _Z.SCALP),
            (_Z.FACE, _Z.NAPE),
            (_Z.SCALP, _Z.NAPE),
        ],
        _P.ORBIT: [(_Z.ORBIT,), (_Z.ORBIT, _Z.FACE), (_Z.ORBIT, _Z.NAPE)],
        _P.CAVITY: [
            (_Z.HEAD_CAVITY, _Z.FACE),
            (_Z.HEAD_CAVITY, _Z.NAPE),
            (_Z.VAGINA,),
            (_Z.VAGINA, _Z.LOWER_BACK),
            (_Z.VAGINA, _Z.FRONT),
        ],
        _P.ORAL: [(_Z.MOUTH,), (_Z.MOUTH, _Z.ARM)],
    }.items()
    for zones in pairs
}

# What a place goes with, told when it was put together with another one.
_COMPANY: Mapping[_Zone, str] = {
    _Z.ORBIT: "an orbit goes with the nape or the face",
    _Z.HEAD_CAVITY: "it goes with the nape or the face, never across the brain",
    _Z.MOUTH: "an electrode in the mouth goes with one in the hand or on the arm",
    _Z.VAGINA: "a vaginal electrode goes with a plate on the lower trunk",
    _Z.FACE: "the face goes with the nape; the front of the neck would be crossed",
    _Z.SCALP: "the scalp goes with the nape; the front of the neck would be crossed",
    _Z.AXILLA: "an axilla goes with the other axilla or with its own arm",
}

_GROUPS: Mapping[_Zone, Group] = {
    _Z.ARM: Group.ARM,
    _Z.AXILLA: Group.ARM,
    _Z.LEG: Group.LEG,
    _Z.BACK: Group.TRUNK,
    _Z.LOWER_BACK: Group.TRUNK,
    _Z.FRONT: Group.TRUNK,
    _Z.NAPE: Group.NECK,
    _Z.FACE: Group.HEAD,
    _Z.SCALP: Group.HEAD,
    _Z.ORBIT: Group.HEAD,
    _Z.HEAD_CAVITY: Group.CAVITY,
    _Z.VAGINA: Group.CAVITY,
    _Z.MOUTH: Group.CAVITY,
}

_NEVER_GROUPS = {
    _R.CHEST: Group.TRUNK,
    _R.TEMPLE: Group.HEAD,
    _R.NECK_FRONT: Group.NECK,
}

_ADMITS: Mapping[PathClass, tuple[PathClass, ...]] = {
    _P.LIMB: (_P.LOCAL, _P.LIMB),
    _P.LIMB_TO_LIMB: (_P.LOCAL, _P.LIMB, _P.LIMB_TO_LIMB),
    _P.TRUNK: (_P.LOCAL, _P.LIMB, _P.TRUNK),
}
