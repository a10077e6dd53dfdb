"""Electrodes and drugs on their poles: what may lie where, told by lead colour."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinic.quantities import cm2_text
from sessions_app.domain.limits import Circumstances, Electrode
from sessions_app.domain.places import path_allows, path_between
from sessions_app.domain.poles import IonSign, Lead, Pole
from sessions_app.domain.protocol import Carriage, Drug, PathClass

PATCH, TRAY, SILVER = "patch", "tray", "ag_agcl"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a plan is refused; `code` is one word for machines."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Pad:
    """What one lead is clipped to; `drug` names all that lie on it."""

    lead: Lead
    pole: Pole
    place: str
    electrode: str
    area_mm2: int
    drug: str

    @property
    def text(self) -> str:
        """``"black lead: lateral epicondyle, drug pad, dexamethasone 0.4 %"``."""
        holds = self.drug or "no drug"
        return f"{self.lead} lead: {self.place}, {self.electrode}, {holds}"


@dataclass(frozen=True, slots=True)
class Layout:
    red: Pad
    black: Pad


def layout_of(about: Circumstances) -> Layout:
    """Where the leads go: red is the anode, each drug under its own pole."""
    return Layout(
        _pad(Lead.RED, Pole.ANODE, about), _pad(Lead.BLACK, Pole.CATHODE, about)
    )


def _pad(lead: Lead, pole: Pole, about: Circumstances) -> Pad:
    electrode = _at(about, pole)
    drugs = " + ".join(drug.text for drug in about.spec.drugs if drug.pole is pole)
    return Pad(lead, pole, electrode.place, electrode.name, electrode.area_mm2, drugs)


def _at(about: Circumstances, pole: Pole) -> Electrode:
    return about.anode if pole is Pole.ANODE else about.cathode


def drug_reasons(about: Circumstances, pole: Pole | None) -> Iterator[Reason]:
    """Why the drugs may not lie so; `pole` is that of the leading drug's pad.

    A drug that belongs under the other pole lies on the other pad.
    """
    leading = about.spec.drug
    if leading is None:
        if pole is not None:
            text = f"a drug under the {pole} was named, but this protocol has none"
            yield Reason("no_drug", text)
        return
    if pole is None:
        text = f"say under which pole {leading.name} lies"
        yield Reason("drug_pole_missing", text)
        return
    for drug in about.spec.drugs:
        found = pole if drug.pole is leading.pole else pole.other
        if found is not drug.pole:
            yield Reason("wrong_pole", f"{_belongs(drug, found)}; change the pads over")


def _belongs(drug: Drug, found: Pole) -> str:
    if drug.carriage is Carriage.ELECTRO_OSMOSIS:
        how = "rides with the water that leaves the anode"
    else:
        article = "an" if drug.sign is IonSign.ANION else "a"
        how = f"is {article} {drug.sign}"
    return f"{drug.name} {how}: it goes under the {drug.pole}, not the {found}"


def electrode_reasons(about: Circumstances, active: Pole) -> Iterator[Reason]:
    """Why these electrodes may not be used; `active` is the pole of the active one."""
    areas = about.spec.areas
    yield from _size_reasons(about, active, "active", areas.active_min_mm2)
    yield from _size_reasons(about, active.other, "return", areas.return_min_mm2)
    for pole in Pole:
        yield from _kind_reasons(about, pole)


def _size_reasons(
    about: Circumstances, pole: Pole, role: str, least_mm2: int
) -> Iterator[Reason]:
    electrode = _at(about, pole)
    if electrode.area_mm2 < least_mm2:
        yield Reason(
            f"{role}_area",
            f"{role} electrode {electrode.name}: {cm2_text(electrode.area_mm2)} of it"
            f" touch, {about.spec.code} needs {cm2_text(least_mm2)}",
        )


def _kind_reasons(about: Circumstances, pole: Pole) -> Iterator[Reason]:
    spec, electrode = about.spec, _at(about, pole)
    if spec.waveform not in electrode.waveforms:
        allowed = " and ".join(electrode.waveforms) or "no current"
        yield Reason(
            "waveform",
            f"{electrode.name} is made for {allowed}, {spec.code} is {spec.waveform}",
        )
    if electrode.kind == PATCH:
        yield Reason(
            "worn_patch",
            f"{electrode.name} has its own battery: it is recorded as worn, never"
            " driven by a stimulator",
        )
    positive = pole is Pole.ANODE or spec.reversal
    plain = electrode.material == SILVER and electrode.kind != TRAY
    if positive and plain and not spec.drugs:
        yield Reason(
            "tap_water_on_silver",
            f"{electrode.name} is Ag/AgCl: no tap water on it while it is positive,"
            " it would stain the skin",
        )


def path_reasons(about: Circumstances) -> Iterator[Reason]:
    """Why the current may not pass between these two places."""
    anode, cathode = about.anode, about.cathode
    if anode.region is None or cathode.region is None:
        blank = anode if anode.region is None else cathode
        yield Reason("place_missing", f"say on which place {blank.name} lies")
        return
    path = path_between(anode.region, anode.side, cathode.region, cathode.side)
    if path.kind is None:
        yield Reason("path_never", path.why)
    elif not path_allows(about.spec.path, path.kind):
        text = f"{path.why}; {about.spec.code} is for {_words(about.spec.path)}"
        yield Reason("path", text)


def _words(path: PathClass) -> str:
    return path.value.replace("_", " ")
