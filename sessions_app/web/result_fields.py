"""Fields to type results into: what a visit needs first, every other measure below."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clinic.errors import Refusal
from clinic.jinja import date_text
from sessions_app.domain.outcomes import MEASURES, Measure
from sessions_app.models import Measurement, Prescription
from sessions_app.selectors.courses import place_key
from sessions_app.selectors.outcomes import Need, legs_of_course
from sessions_app.services.outcomes import Typed
from sessions_app.web.words import place_name


@dataclass(frozen=True, slots=True)
class Field:
    """A measure at a place; `key` names it in the form, `value` is what was typed."""

    key: str
    label: str
    hint: str
    units: tuple[str, ...]
    measure: str
    place: str
    value: str = ""
    unit: str = ""

    def typed(self) -> Typed:
        unit = self.unit if len(self.units) > 1 else self.units[0]
        return Typed(self.measure, self.value.replace(",", "."), unit, self.place)


def hint_of(measure: Measure) -> str:
    """Range, what its ends mean, direction and the time asked about, in words."""
    top = f"{measure.low:f} or more" if measure.high is None else measure.range_text
    ends = f": {measure.ends}" if measure.ends else ""
    return f"{top}{ends}; {measure.better}. About: {measure.recall}."


def field_of(
    measure: Measure, place: str, names: Mapping[str, str], typed: Mapping[str, str]
) -> Field:
    """The field of a measure; a local one is named after its place, `names` has it
    as people say it."""
    number = list(names).index(place) + 1 if place else 0
    key = f"{measure.code}-{number}"
    return Field(
        key=key,
        label=f"{measure.title}, {names[place]}" if place else measure.title,
        hint=hint_of(measure),
        units=measure.units,
        measure=measure.code,
        place=place,
        value=typed.get(f"value-{key}", "").strip(),
        unit=typed.get(f"unit-{key}", ""),
    )


def fields_of(
    needs: Iterable[Need], names: Mapping[str, str], typed: Mapping[str, str]
) -> tuple[list[Field], list[Field]]:
    """What is needed and not there yet; and all other measures, place by place."""
    needs = list(needs)
    needed = [
        field_of(need.measure, _place_of(need.measure, need.place), names, typed)
        for need in needs
        if need.row is None
    ]
    there = {(need.measure.code, need.place) for need in needs}
    further = [
        field_of(measure, place, names, typed)
        for measure in MEASURES.values()
        for place in (names if measure.local and names else ("",))
        if (measure.code, place) not in there
    ]
    return needed, further


def _place_of(measure: Measure, place: str) -> str:
    return place if measure.local else ""


def typed_in(fields: Iterable[Field]) -> list[Field]:
    """The fields that somebody filled. Raises Refusal that names a unit not chosen."""
    filled = [one for one in fields if one.value]
    for one in filled:
        if len(one.units) > 1 and one.unit not in one.units:
            raise Refusal(
                "no_unit",
                f"{one.label}: choose the unit that it was measured in.",
                field=f"unit-{one.key}",
            )
    return filled


def names_of(order: Prescription) -> dict[str, str]:
    """The places of a course as people say them, by their keys."""
    legs = legs_of_course(patient=order.patient, number=order.number)
    return {place_key(leg): place_name(leg) for leg in legs}


def said(row: Measurement) -> str:
    """`2 points on 22-Nov-2026, Ruth Adeyemi`."""
    return f"{row.value} {row.unit} on {date_text(row.measured_on)}, {row.by.name}"
