"""The form of an order: what was typed, as terms, and the errors by field."""

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from clinic.errors import Refusal
from sessions_app.domain.ordering import SOFT_LAYERS, Fault
from sessions_app.domain.places import Group, Region, place_text
from sessions_app.models import (
    ElectrodeType,
    Prescription,
    PrescriptionLeg,
    ProtocolAdoption,
)
from sessions_app.services.prescribing import LegOrder, Terms

WHOLE = (
    "indication",
    "diagnosis",
    "sessions_planned",
    "expires_on",
    "max_ma",
    "stimulator",
    "notes",
    *(f"override-{layer}" for layer in SOFT_LAYERS),
)
OF_LEG = (
    "active",
    "active_place",
    "active_electrode",
    "return",
    "return_place",
    "return_electrode",
    "drug_pole",
    "wetted_cm2",
    "tooth",
    "split_places",
)
LONGEST = {"indication": 120, "diagnosis": 12, "notes": 400}
MOST_LEGS = 8
LARGEST_UA = 100_000
LARGEST_MM2 = 500_000

# Which field mends a fault of a leg, by the fault's code.
MENDS = {
    "active_region": "active",
    "active_side": "active",
    "return_region": "return",
    "return_side": "return",
    "path": "return",
    "path_never": "return",
    "place_missing": "active",
    "wrong_pole": "drug_pole",
    "drug_pole_missing": "drug_pole",
    "no_drug": "drug_pole",
    "active_area": "active_electrode",
    "return_area": "return_electrode",
    "current_site": "override-site",
    "charge_site": "override-site",
    "current_age": "override-age",
    "current_patient": "max_ma",
    "current_protocol": "max_ma",
    "prescription": "max_ma",
    "current_device": "stimulator",
    "programme": "stimulator",
    "sessions_drug": "sessions_planned",
}


def typed_of(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """What was typed, without the zeros that no column takes."""
    return {name: str(data.get(name, "")).replace("\x00", "").strip() for name in names}


@dataclass(frozen=True, slots=True)
class OrderForm:
    """What was typed: the whole, and one dict for each leg."""

    whole: dict[str, str]
    legs: list[dict[str, str]]

    @classmethod
    def posted(cls, data: Mapping[str, Any]) -> "OrderForm":
        """As typed; leg fields are `leg-1-active` and so on, without a gap."""
        count = str(data.get("legs", "1"))
        count_of_legs = int(count) if re.fullmatch("[1-9]", count) else 1
        legs = []
        for number in range(1, min(count_of_legs, MOST_LEGS) + 1):
            keys = {name: f"leg-{number}-{name}" for name in OF_LEG}
            found = typed_of(data, keys.values())
            legs.append({name: found[key] for name, key in keys.items()})
        return cls(typed_of(data, WHOLE), legs)

    def with_leg(self) -> "OrderForm":
        """One place more, with the electrodes of the last one."""
        blank = dict.fromkeys(OF_LEG, "")
        for name in ("active_electrode", "return_electrode"):
            blank[name] = self.legs[-1][name]
        return OrderForm(self.whole, [*self.legs, blank][:MOST_LEGS])

    def without_leg(self, number: int) -> "OrderForm":
        kept = [leg for at, leg in enumerate(self.legs, start=1) if at != number]
        return OrderForm(self.whole, kept or self.legs)


def of_order(
    order: Prescription,
    legs: Sequence[PrescriptionLeg],
    profiles: Mapping[str, dict[str, Any]],
) -> OrderForm:
    """A written order as if it had just been typed."""
    kinds = [
        name for name, known in profiles.items() if known == order.stimulator_profile
    ]
    whole = {
        "indication": order.indication,
        "diagnosis": order.diagnosis,
        "sessions_planned": str(order.sessions_planned),
        "expires_on": order.expires_on.isoformat(),
        "max_ma": number_text(order.max_ua, 1000),
        "stimulator": kinds[0] if kinds else "",
        "notes": order.notes,
    }
    for layer in SOFT_LAYERS:
        whole[f"override-{layer}"] = order.overrides.get(layer, {}).get("reason", "")
    return OrderForm(whole, [_leg_typed(leg) for leg in legs])


def _leg_typed(leg: PrescriptionLeg) -> dict[str, str]:
    return {
        "active": place_key(leg.active_region, leg.active_side),
        "active_place": _own_words(
            leg.active_place, leg.active_region, leg.active_side
        ),
        "active_electrode": str(leg.active_electrode_id),
        "return": place_key(leg.return_region, leg.return_side),
        "return_place": _own_words(
            leg.return_place, leg.return_region, leg.return_side
        ),
        "return_electrode": str(leg.return_electrode_id),
        "drug_pole": leg.drug_pole,
        "wetted_cm2": number_text(leg.wetted_mm2, 100),
        "tooth": leg.tooth,
        "split_places": ", ".join(leg.split_places),
    }


def _own_words(words: str, region: str, side: str) -> str:
    """Words that say more than the choice; others follow from it again."""
    same = region and words == place_text(Region(region), side)
    return "" if same else words


def number_text(value: int | None, scale: int) -> str:
    """Our integer in the unit of people: 12500 µA is ``"12.5"``."""
    return "" if value is None else f"{(Decimal(value) / scale).normalize():f}"


def place_key(region: str, side: str) -> str:
    """``"elbow:right"``, what the list of places sends."""
    return f"{region}:{side}" if region else ""


def place_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every place with its side, in groups: one choice says both."""
    groups: dict[Group, list[tuple[str, str]]] = {}
    for region in Region:
        sides = ("right", "left") if region.paired else ("",)
        for side in sides:
            pair = (place_key(region, side), place_text(region, side))
            groups.setdefault(region.group, []).append(pair)
    return [(group.value, pairs) for group, pairs in groups.items()]


def terms_of(
    form: OrderForm,
    adoption: ProtocolAdoption,
    profiles: Mapping[str, dict[str, Any]],
) -> Terms:
    """The typed as terms. Raises Refusal with each field that cannot be read."""
    reader = _Reader(form, profiles)
    legs = [reader.leg(number) for number in range(1, len(form.legs) + 1)]
    terms = Terms(
        adoption=adoption,
        legs=[leg for leg in legs if leg is not None],
        indication=form.whole["indication"],
        diagnosis=form.whole["diagnosis"].upper(),
        sessions_planned=reader.count("sessions_planned", "Number of sessions"),
        expires_on=reader.day("expires_on"),
        max_ua=reader.number("max_ma", "Ceiling", 1000, "mA", LARGEST_UA),
        overrides=reader.overrides(),
        stimulator_profile=reader.profile(),
        notes=form.whole["notes"],
    )
    reader.lengths()
    reader.refuse()
    return terms


class _Reader:
    """Reads the typed; collects what cannot be read instead of stopping at it."""

    def __init__(self, form: OrderForm, profiles: Mapping[str, dict[str, Any]]) -> None:
        self.form, self.profiles = form, profiles
        self.faults: list[Fault] = []
        self.electrodes = {str(kind.pk): kind for kind in ElectrodeType.objects.all()}

    def refuse(self) -> None:
        if self.faults:
            raise Refusal(
                self.faults[0].code,
                self.faults[0].text,
                reasons=[{"text": f.text, "field": f.field} for f in self.faults],
            )

    def fault(self, field: str, text: str) -> None:
        self.faults.append(Fault("unreadable", text, field))

    def lengths(self) -> None:
        for name, most in LONGEST.items():
            if len(self.form.whole[name]) > most:
                found = len(self.form.whole[name])
                self.fault(name, f"{found} characters; {most} fit")

    def count(self, name: str, what: str) -> int:
        text = self.form.whole[name]
        if not re.fullmatch("[0-9]{1,4}", text):
            self.fault(name, f"{what}: “{text}” is no whole number")
            return 0
        return int(text)

    def day(self, name: str) -> dt.date:
        try:
            return dt.date.fromisoformat(self.form.whole[name])
        except ValueError:
            self.fault(name, "Give the last day, for example 2027-04-30")
            return dt.date.min

    def number(
        self, name: str, what: str, scale: int, unit: str, most: int
    ) -> int | None:
        """An optional number in the unit of people, as our integer."""
        value = _scaled(self.form.whole[name], scale, most)
        if value == 0:
            text = self.form.whole[name]
            self.fault(name, f"{what}: “{text}” is no {unit} that could be meant")
        return value

    def profile(self) -> dict[str, Any] | None:
        return self.profiles.get(self.form.whole["stimulator"])

    def overrides(self) -> dict[str, Any]:
        return {
            layer.value: {"reason": reason}
            for layer in SOFT_LAYERS
            if (reason := self.form.whole[f"override-{layer}"])
        }

    def leg(self, number: int) -> LegOrder | None:
        typed = self.form.legs[number - 1]
        before = len(self.faults)
        wetted = _scaled(typed["wetted_cm2"], 100, LARGEST_MM2)
        if wetted == 0:
            text = f"Wetted skin: “{typed['wetted_cm2']}” is no area in cm²"
            self.fault(f"leg-{number}-wetted_cm2", text)
        kinds = {role: self._electrode(number, role) for role in ("active", "return")}
        places = {role: self._place(number, role) for role in ("active", "return")}
        if len(self.faults) > before:
            return None
        return LegOrder(
            active_region=places["active"][0],
            active_side=places["active"][1],
            active_place=places["active"][2],
            active_electrode=kinds["active"],
            return_region=places["return"][0],
            return_side=places["return"][1],
            return_place=places["return"][2],
            return_electrode=kinds["return"],
            drug_pole=self._pole(typed["drug_pole"]),
            wetted_mm2=wetted,
            tooth=typed["tooth"][:2],
            split_places=_listed(typed["split_places"]),
        )

    def _pole(self, text: str) -> str:
        return text if text in ("anode", "cathode") else ""

    def _electrode(self, number: int, role: str) -> ElectrodeType:
        name = f"leg-{number}-{role}_electrode"
        kind = self.electrodes.get(
            _uuid_text(self.form.legs[number - 1][f"{role}_electrode"])
        )
        if kind is None:
            self.fault(name, f"Choose the {role} electrode of place {number}")
            return ElectrodeType()
        return kind

    def _place(self, number: int, role: str) -> tuple[str, str, str]:
        """Region, side, and the place in words: what was typed, else these two."""
        typed = self.form.legs[number - 1]
        region, _, side = typed[role].partition(":")
        if region not in set(Region) or side not in ("left", "right", ""):
            field = f"leg-{number}-{role}"
            self.fault(
                field, f"Choose where the {role} electrode of place {number} lies"
            )
            return "", "", ""
        words = typed[f"{role}_place"] or place_text(Region(region), side)
        if len(words) > 80:
            self.fault(f"leg-{number}-{role}_place", "At most 80 characters fit")
        return region, side, words


def _scaled(text: str, scale: int, most: int) -> int | None:
    """None for nothing typed, 0 for what is no number between 0 and `most`."""
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", ".")) * scale
    except InvalidOperation:
        return 0
    whole = value.is_finite() and 0 < value <= most and value == int(value)
    return int(value) if whole else 0


def _uuid_text(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _listed(text: str) -> list[str]:
    return [part.strip()[:60] for part in text.split(",") if part.strip()][:4]


def errors_by_field(refusal: Refusal) -> list[tuple[str, str]]:
    """(field, text) of all that a refusal says, each at the field that mends it."""
    reasons = refusal.extra.get("reasons")
    if not reasons:
        return [("", refusal.text)]
    return _pairs((reason["field"], reason["text"]) for reason in reasons)


def errors_of_faults(faults: Iterable[Fault]) -> list[tuple[str, str]]:
    """(field, text) of faults, each at the field that mends it."""
    return _pairs((fault.field, fault.text) for fault in faults)


def _pairs(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    pairs = [(field_of(field), _sentence(text)) for field, text in found]
    return list(dict.fromkeys(pairs))


def field_of(name: str) -> str:
    """The input that mends a fault: `leg-1-wrong_pole` is `leg-1-drug_pole`."""
    match = re.fullmatch(r"(leg-\d+-)(.+)", name)
    if match is None:
        return name
    prefix, code = match.groups()
    field = MENDS.get(code, code)
    if field in WHOLE:
        return field
    return prefix + (field if field in OF_LEG else "active_electrode")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
