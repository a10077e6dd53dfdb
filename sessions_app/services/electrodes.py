"""Electrode types: added once, never changed, since signed orders name them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from clinic.errors import Conflict, Forbidden, Refusal
from clinic.models import Site, Staff
from clinic.permissions import sites_of
from clinic.quantities import cm2_text, density_text
from clinic.services.audit import audit_record
from sessions_app.models import ElectrodeType

WAVEFORMS = ("dc", "pulsed")
# IEC 60601-2-10 asks for the operator's attention above it.
HIGHEST_UA_CM2 = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrodeDetails:
    """What is known of an electrode; see ElectrodeType for units and meanings."""

    name: str
    kind: str
    material: str
    area_mm2: int
    anode_limit_ua_cm2: int
    cathode_limit_ua_cm2: int
    source: str
    size_mm2: int | None = None
    rating_nc: int | None = None
    waveforms: Sequence[str] = WAVEFORMS
    is_buffered: bool = False
    is_reusable: bool = False
    decontamination: str = ""


def electrode_add(*, details: ElectrodeDetails, by: Staff) -> ElectrodeType:
    """Add an electrode type, for every site.

    Raises Refusal that names the first field which cannot be, Conflict for a name
    that is taken.
    """
    sites = sites_of(by, "electrode.edit")
    if not sites:
        raise Forbidden(
            "not_allowed",
            f"{by.name} may not add electrodes. Ask an engineer or administrator.",
        )
    _require_sound(details)
    plain = {**asdict(details), "waveforms": list(details.waveforms)}
    try:
        with transaction.atomic():
            kind = ElectrodeType.objects.create(**plain)
            audit_record(
                action="electrode.add",
                subject=kind,
                by=by,
                site=Site.objects.get(pk=sites[0]),
                data=plain,
            )
    except IntegrityError as error:
        if "name" not in str(error):
            raise
        raise Conflict(
            "name_taken", f"An electrode called {details.name} stands already."
        ) from error
    return kind


def _require_sound(details: ElectrodeDetails) -> None:
    for field in ("name", "source"):
        if not getattr(details, field).strip():
            raise Refusal("blank", f"Enter the {field}.", field=field)
    if details.kind not in ElectrodeType.Kind.values:
        raise Refusal("kind", "Choose the class of the electrode.", field="kind")
    if details.material not in ElectrodeType.Material.values:
        raise Refusal("material", "Choose what it is made of.", field="material")
    _require_areas(details)
    for pole in ("anode", "cathode"):
        limit = getattr(details, f"{pole}_limit_ua_cm2")
        if not 0 < limit <= HIGHEST_UA_CM2:
            raise Refusal(
                "density",
                f"{density_text(limit)} at the {pole} cannot be: above 0, up to"
                f" {density_text(HIGHEST_UA_CM2)}.",
                field=f"{pole}_limit",
            )
    if not details.waveforms or not set(details.waveforms) <= set(WAVEFORMS):
        raise Refusal(
            "waveforms", "Tick which currents its maker allows.", field="waveform-dc"
        )
    if details.is_reusable and not details.decontamination.strip():
        raise Refusal(
            "decontamination",
            "Write how it is cleaned between patients.",
            field="decontamination",
        )


def _require_areas(details: ElectrodeDetails) -> None:
    if details.area_mm2 <= 0:
        raise Refusal("area", "Enter the area that touches skin or drug.", field="area")
    if details.size_mm2 is not None and details.size_mm2 < details.area_mm2:
        raise Refusal(
            "area",
            f"{cm2_text(details.area_mm2)} touch, but the whole plate has"
            f" {cm2_text(details.size_mm2)}; read both again.",
            field="area",
        )
    if details.rating_nc is not None and details.rating_nc <= 0:
        raise Refusal("rating", "A rating is above 0 mA·min.", field="rating")
