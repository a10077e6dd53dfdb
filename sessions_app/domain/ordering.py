"""What must hold of an order before its currents are looked at."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessions_app.domain.limits import Layer
from sessions_app.domain.places import SIDES, Region, place_text
from sessions_app.domain.protocol import PathClass, ProtocolSpec
from sessions_app.domain.teeth import tooth_holds

# Only these give way to a prescriber's reason.
SOFT_LAYERS = (Layer.SITE, Layer.AGE)
MONTHS_VALID = 12
ICD_10 = re.compile(r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an order cannot stand; `field` is the one to mend, "" for the whole."""

    code: str
    text: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where the two electrodes of one leg lie; regions as words of `Region`."""

    active_region: str
    active_side: str
    return_region: str
    return_side: str
    has_drug: bool
    tooth: str = ""

    @property
    def site(self) -> str:
        """What counts as one treated place: under the drug, else both skins."""
        if self.tooth:
            return f"tooth {self.tooth}"
        if self.has_drug:
            return self.active
        return " and ".join(sorted({self.active, self.other}))

    @property
    def active(self) -> str:
        """``"right elbow"``."""
        return _place(self.active_region, self.active_side)

    @property
    def other(self) -> str:
        """Where the return electrode lies."""
        return _place(self.return_region, self.return_side)


def spoken(spot: Spot) -> tuple[str, str]:
    """The treated place as people say it, and its side: (``"palms"``, ``"both"``)."""
    sides = {spot.active_side, spot.return_side}
    pair = spot.active_region == spot.return_region and sides == {"left", "right"}
    if spot.has_drug or not pair:
        return _label(spot.active_region), spot.active_side
    return _plural(_label(spot.active_region)), "both"


def _label(region: str) -> str:
    return Region(region).label


def _plural(word: str) -> str:
    return {"axilla": "axillae", "foot": "feet"}.get(word, f"{word}s")


def _place(region: str, side: str) -> str:
    return place_text(Region(region), side) if region else ""


def course_faults(
    spec: ProtocolSpec,
    *,
    indication: str,
    diagnosis: str,
    sessions_planned: int,
    expires_on: dt.date,
    today: dt.date,
    sessions_most: int = 0,
) -> Iterator[Fault]:
    """What is wrong with the course as a whole.

    `sessions_most` is how many a ladder may lead to where it goes on after the
    sessions that the protocol caps; 0 without one.
    """
    if not indication.strip():
        yield Fault("indication", "Write what is treated", "indication")
    if diagnosis and not diagnosis_fits(spec.indications, diagnosis):
        listed = ", ".join(spec.indications)
        text = f"{diagnosis} is none of the diagnoses of {spec.code}: {listed}"
        yield Fault("diagnosis", text, "diagnosis")
    most = max(spec.schedule.sessions_cap, sessions_most)
    if not 1 <= sessions_planned <= most:
        text = f"{sessions_planned} sessions asked; {spec.code} has 1 to {most}"
        yield Fault("sessions", text, "sessions_planned")
    yield from _expiry_faults(expires_on, today)


def last_day(today: dt.date) -> dt.date:
    """The latest day on which an order of today may expire: a year on."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # 29 February
        return today.replace(year=today.year + 1, day=28)


def _expiry_faults(expires_on: dt.date, today: dt.date) -> Iterator[Fault]:
    if expires_on < today:
        text = f"it would expire on {expires_on:%d-%b-%Y}, which has passed"
        yield Fault("expiry", text, "expires_on")
    elif expires_on > last_day(today):
        text = (
            f"it would expire on {expires_on:%d-%b-%Y}; a prescription holds for"
            f" {MONTHS_VALID} months, to {last_day(today):%d-%b-%Y}"
        )
        yield Fault("expiry", text, "expires_on")


def diagnosis_fits(offered: Sequence[str], code: str) -> bool:
    """Whether an ICD-10 code is among those of a protocol.

    ``"L74.51x"`` stands for all that begin so, ``"M16-M19"`` for a range. A
    protocol that lists no code takes any.
    """
    if not ICD_10.fullmatch(code):
        return False
    patterns = [one for one in offered if re.match(r"[A-Z][0-9]", one)]
    return not patterns or any(_fits(one, code) for one in patterns)


def _fits(pattern: str, code: str) -> bool:
    low, dash, high = pattern.partition("-")
    if dash:
        return low <= code[: len(low)] and code[: len(high)] <= high
    if pattern.endswith("x"):
        return code.startswith(pattern.rstrip("x").rstrip("."))
    return code == pattern


def override_faults(overrides: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the reasons for limits that are overridden."""
    for layer, given in overrides.items():
        reason = given.get("reason") if isinstance(given, Mapping) else None
        if layer not in set(SOFT_LAYERS):
            soft = " and ".join(SOFT_LAYERS)
            text = f"the limit of the {layer} is hard: only {soft} can be overridden"
            yield Fault("hard_limit", text, f"override-{layer}")
        elif not isinstance(reason, str) or not reason.strip():
            text = f"write why the limit of the {layer} is overridden"
            yield Fault("no_reason", text, f"override-{layer}")


def spot_faults(spec: ProtocolSpec, spot: Spot) -> Iterator[Fault]:
    """What is wrong with the places of one leg, before any path is looked for."""
    for role in ("active", "return"):
        region = getattr(spot, f"{role}_region")
        side = getattr(spot, f"{role}_side")
        if region not in set(Region):
            text = f"choose the place of the {role} electrode"
            yield Fault("place_missing", text, f"{role}_region")
        elif side not in SIDES:
            text = f"{side!r} is no side: left, right or neither"
            yield Fault("side", text, f"{role}_side")
        elif Region(region).paired and not side:
            text = f"say which {Region(region).label}: left or right"
            yield Fault("side_missing", text, f"{role}_side")
    yield from _tooth_faults(spec, spot)


def side_faults(role: str, side: str, words: str) -> Iterator[Fault]:
    """Words that name the other side than the one that was chosen."""
    named = {word for word in re.findall("[a-z]+", words.lower()) if word in SIDES}
    if side and named and side not in named:
        text = f"“{words}” names another side than {side}; make both the same"
        yield Fault("side_words", text, f"{role}_place")


def _tooth_faults(spec: ProtocolSpec, spot: Spot) -> Iterator[Fault]:
    if spec.path is PathClass.ORAL:
        if not tooth_holds(spot.tooth):
            asked = f"{spot.tooth} is no tooth" if spot.tooth else "no tooth is named"
            text = f"{asked}; FDI numbers are 11-18, 21-28, 31-38, 41-48, 51-85"
            yield Fault("tooth", text, "tooth")
    elif spot.tooth:
        text = f"tooth {spot.tooth} was named, but {spec.code} treats none"
        yield Fault("tooth", text, "tooth")


def places_faults(spec: ProtocolSpec, sites: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with the places of one session taken together."""
    twice = sorted({site for site in sites if sites.count(site) > 1})
    if twice:
        yield Fault("place_twice", f"{twice[0]} is ordered twice; leave one out")
    most = spec.schedule.sites_per_day
    if len(set(sites)) > most:
        text = f"{len(set(sites))} places a day asked; {spec.code} allows {most}"
        yield Fault("sites_per_day", text)


def allergic_to(allergies: Sequence[str], allergens: Sequence[str]) -> tuple[str, ...]:
    """The known allergies that name an allergen of a drug, whatever the case."""
    return tuple(
        allergy
        for allergy in allergies
        if any(_same_stuff(allergy, allergen) for allergen in allergens)
    )


def _same_stuff(allergy: str, allergen: str) -> bool:
    """Whether all words of one are among the words of the other, plurals alike."""
    one, other = _words(allergy), _words(allergen)
    return bool(one and other) and (one <= other or other <= one)


def _words(text: str) -> set[str]:
    found = re.findall(r"[a-z0-9]+", text.lower().replace("sulph", "sulf"))
    return {word.removesuffix("s") if len(word) > 3 else word for word in found}
