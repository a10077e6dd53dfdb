"""Who is treated with what: the start of tests on limits and plans."""

from dataclasses import replace
from typing import Any

from sessions_app.domain.limits import Circumstances, Electrode
from sessions_app.domain.places import Region
from sessions_app.domain.planning import Request
from sessions_app.domain.poles import Pole
from tests.devices.core.examples import PROFILE
from tests.sessions_app.domain.specs import SPECS

NC = 60_000_000

TRAY = Electrode(
    "Tray 15 × 22 cm",
    "left palm",
    "tray",
    33_000,
    500,
    500,
    region=Region.PALM,
    side="left",
)
RIGHT_TRAY = replace(TRAY, place="right palm", side="right")
DRUG_PAD = Electrode(
    "Buffered pad 13 cm²",
    "lateral epicondyle",
    "pad",
    1_330,
    1_000,
    500,
    80 * NC,
    region=Region.ELBOW,
    side="left",
)
RETURN_PAD = Electrode(
    "Return pad 40 cm²",
    "upper arm",
    "pad",
    4_000,
    1_000,
    500,
    region=Region.UPPER_ARM,
    side="left",
)
GEL = Electrode(
    "Pilogel disc",
    "volar forearm",
    "pad",
    700,
    500,
    500,
    region=Region.FOREARM,
    side="left",
)

ELECTRODES = {
    "HH-PALM": (TRAY, RIGHT_TRAY),
    "HH-PULSE": (TRAY, RIGHT_TRAY),
    "LE-DEX40": (RETURN_PAD, DRUG_PAD),
    "SWEAT-CF": (GEL, replace(GEL, place="upper forearm")),
}


def circumstances(code: str, **changes: Any) -> Circumstances:
    anode, cathode = ELECTRODES[code]
    plain = Circumstances(SPECS[code], PROFILE, anode, cathode, age=34)
    return replace(plain, **changes)


def request(code: str, **changes: Any) -> Request:
    drug = SPECS[code].drug
    pole: Pole | None = drug.pole if drug else None
    own = {name: changes.pop(name) for name in list(changes) if name in _OWN}
    return Request(circumstances(code, **changes), **{"drug_pole": pole, **own})


_OWN = ("drug_pole", "buffer_samples", "overrides")
