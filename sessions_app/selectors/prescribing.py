"""What a prescriber chooses from, and where a course stands."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic.models import Patient, Site, Staff
from clinic.permissions import sites_of
from devices.models import Stimulator
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    ElectrodeType,
    Prescription,
    PrescriptionLeg,
    ProtocolAdoption,
    TreatmentSession,
)

# What takes one of the sessions of a course; a visit without current does not.
TREATED = [
    state.value
    for state in (
        SessionState.TREATING,
        SessionState.TO_SIGN,
        SessionState.COMPLETED,
        SessionState.PARTIAL,
    )
]
PENDING = [
    state.value
    for state in (SessionState.PLANNED, SessionState.CHECKED_IN, SessionState.CLEARED)
]


def patients_visible(*, staff: Staff, words: str = "") -> QuerySet[Patient]:
    """Patients at the sites of `staff`; each word is in a name or the MRN, or is
    the date of birth."""
    found = Patient.objects.filter(
        site__in=sites_of(staff, "patient.view"), merged_into__isnull=True
    ).select_related("site")
    for word in words.replace(",", " ").split():
        found = found.filter(
            Q(family_name__icontains=word)
            | Q(given_name__icontains=word)
            | Q(preferred_name__icontains=word)
            | Q(mrn__icontains=word)
            | Q(nhs_number=word)
            | Q(born_on__in=_days(word))
        )
    return found.order_by("family_name", "given_name", "mrn")


def _days(word: str) -> list[dt.date]:
    """The day that a word writes: 1990-02-01, 01-Feb-1990, 01/02/1990, 01.02.1990."""
    for form in ("%Y-%m-%d", "%d-%b-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"):
        try:
            return [dt.datetime.strptime(word, form).date()]  # noqa: DTZ007
        except ValueError:
            continue
    return []


def prescription_visible(
    *, staff: Staff, prescription_id: uuid.UUID
) -> Prescription | None:
    """The prescription when it is at a site of `staff`, else None."""
    return (
        Prescription.objects.filter(
            pk=prescription_id, site__in=sites_of(staff, "prescription.view")
        )
        .select_related(
            "patient__site",
            "site",
            "adoption__protocol",
            "adoption__site",
            "signed_by",
            "written_by",
            "replaces",
        )
        .prefetch_related("legs__active_electrode", "legs__return_electrode")
        .first()
    )


def adoptions_in_force(*, site: Site, words: str = "") -> list[ProtocolAdoption]:
    """Protocols that the site treats by, each word in code, title or indications."""
    rows = ProtocolAdoption.objects.filter(
        site=site, withdrawn_at__isnull=True
    ).select_related("protocol", "site")
    return [
        row
        for row in rows.order_by("protocol__code")
        if row.in_force
        and all(word in _haystack(row) for word in words.lower().split())
    ]


def _haystack(adoption: ProtocolAdoption) -> str:
    spec = adoption.spec
    parts = [spec["code"], spec["title"], *spec["indications"], *spec["body_sites"]]
    parts += [drug["name"] for drug in spec["drugs"]]
    return " ".join(parts).lower()


def electrodes_offered() -> list[ElectrodeType]:
    """Every electrode type that a stimulator may drive, by kind and name."""
    rows = ElectrodeType.objects.exclude(kind=ElectrodeType.Kind.PATCH)
    return list(rows.order_by("kind", "name"))


def profiles_of(*, site: Site, is_simulated: bool) -> list[tuple[str, dict[str, Any]]]:
    """The kinds of stimulator of a site: who they are, and their profile."""
    kinds: list[tuple[list[str], dict[str, Any]]] = []
    boxes = Stimulator.objects.filter(site=site, is_simulated=is_simulated)
    for box in boxes.order_by("label"):
        same = next((labels for labels, known in kinds if known == box.profile), None)
        if same is None:
            kinds.append(([box.label], box.profile))
        else:
            same.append(box.label)
    return [(", ".join(labels), known) for labels, known in kinds]


def course_sessions(number: uuid.UUID) -> QuerySet[TreatmentSession]:
    """Sessions of a course, over all versions of its prescription."""
    return TreatmentSession.objects.filter(prescription__number=number)


def sessions_used(number: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """Sessions of a course in which current flowed or flows, without session `but`."""
    rows = course_sessions(number).filter(state__in=TREATED)
    return (rows.exclude(pk=but) if but else rows).count()


def sessions_pending(number: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """Sessions of a course that stand in the diary or wait, without session `but`."""
    rows = course_sessions(number).filter(state__in=PENDING)
    return (rows.exclude(pk=but) if but else rows).count()


def successor_of(order: Prescription) -> Prescription | None:
    """The signed version that replaced an order."""
    return Prescription.objects.filter(replaces=order, signed_at__isnull=False).first()


def codes_prescribed(*, patients: list[Patient]) -> dict[uuid.UUID, list[str]]:
    """Codes of what is signed and runs, by patient."""
    rows = (
        Prescription.objects.filter(
            patient__in=patients,
            signed_at__isnull=False,
            stopped_at__isnull=True,
            expires_on__gte=timezone.localdate(),
        )
        .exclude(replaced_by__signed_at__isnull=False)
        .values_list("patient_id", "adoption__protocol__code")
        .order_by("adoption__protocol__code")
        .distinct()
    )
    found: dict[uuid.UUID, list[str]] = {}
    for patient, code in rows:
        found.setdefault(patient, []).append(code)
    return found


def last_leg_of(*, site: Site, code: str) -> PrescriptionLeg | None:
    """The leg that the site signed last by a protocol: its electrodes are proposed."""
    return (
        PrescriptionLeg.objects.filter(
            prescription__site=site,
            prescription__adoption__protocol__code=code,
            prescription__signed_at__isnull=False,
        )
        .order_by("-prescription__signed_at", "order")
        .first()
    )


def versions_of(number: uuid.UUID) -> list[Prescription]:
    """Every version of an order, the newest first."""
    rows = Prescription.objects.filter(number=number).select_related("signed_by")
    return list(rows.order_by("-version"))
