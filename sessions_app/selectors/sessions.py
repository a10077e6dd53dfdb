"""Sessions as pages read them: with patient, protocol, legs and runs at hand."""

import uuid

from django.db.models import Prefetch, Q, QuerySet

from clinic.models import Patient, Site, Staff
from clinic.permissions import sites_of
from clinic.selectors.site_time import site_day
from devices.models import Run
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import DoseRecord, Leg, LegRun, Prescription, TreatmentSession

# What stays on the worklist after its day until somebody has finished it.
UNFINISHED = (SessionState.TREATING.value, SessionState.TO_SIGN.value)


def _whole(rows: QuerySet[TreatmentSession]) -> QuerySet[TreatmentSession]:
    leg_runs = LegRun.objects.select_related(
        "run__stimulator__chair",
        "run__stimulator__room",
        "run__patient",
        "run__live",
    ).order_by("ordinal")
    legs = Leg.objects.select_related(
        "prescribed__active_electrode", "prescribed__return_electrode"
    ).prefetch_related(Prefetch("leg_runs", queryset=leg_runs))
    return rows.select_related(
        "patient__site",
        "prescription__adoption__protocol",
        "site",
        "signed_by",
    ).prefetch_related(Prefetch("legs", queryset=legs))


def worklist(*, staff: Staff) -> list[TreatmentSession]:
    """Sessions of today at each site of `staff`, and older ones not finished."""
    due = Q(pk__in=[])
    for site in Site.objects.filter(pk__in=sites_of(staff, "session.view")):
        day = site_day(site)
        today = Q(due_on=day) | Q(due_on__lt=day, state__in=UNFINISHED)
        due |= Q(site=site) & today
    rows = TreatmentSession.objects.filter(due)
    return list(_whole(rows).order_by("due_on", "due_at", "patient__family_name"))


def session_visible(*, staff: Staff, session_id: uuid.UUID) -> TreatmentSession | None:
    """The session when it is at a site of `staff`, else None."""
    rows = TreatmentSession.objects.filter(
        pk=session_id, site__in=sites_of(staff, "session.view")
    )
    return _whole(rows).first()


def patient_visible(*, staff: Staff, patient_id: uuid.UUID) -> Patient | None:
    """The patient when registered at a site of `staff`, else None."""
    return (
        Patient.objects.filter(pk=patient_id, site__in=sites_of(staff, "patient.view"))
        .select_related("site")
        .first()
    )


def leg_runs_of(session: TreatmentSession) -> list[LegRun]:
    """Every try of a session, the oldest first."""
    rows = [row for leg in session.legs.all() for row in leg.leg_runs.all()]
    return sorted(rows, key=lambda row: row.run.created_at)


def newest_run(session: TreatmentSession) -> Run | None:
    """The run that the session is about now: its newest try."""
    rows = leg_runs_of(session)
    return rows[-1].run if rows else None


def doses_of(*, sessions: list[TreatmentSession]) -> dict[uuid.UUID, list[DoseRecord]]:
    """Valid dose records by session; a superseded one is left out."""
    found: dict[uuid.UUID, list[DoseRecord]] = {}
    rows = (
        DoseRecord.objects.filter(leg__session__in=sessions, superseded_by__isnull=True)
        .select_related("leg__prescribed", "run__stimulator", "delivery", "recorded_by")
        .order_by("id")
    )
    for row in rows:
        found.setdefault(row.leg.session_id, []).append(row)
    return found


def prescriptions_of(*, patient: Patient) -> list[Prescription]:
    """Prescriptions that were not replaced, the newest first."""
    return list(
        Prescription.objects.filter(patient=patient, replaced_by__isnull=True)
        .select_related("adoption__protocol", "signed_by", "written_by")
        .prefetch_related("legs__active_electrode", "legs__return_electrode")
    )


def course_of(*, patient: Patient) -> list[TreatmentSession]:
    """Sessions of a patient in order, over all versions of the prescriptions."""
    rows = TreatmentSession.objects.filter(patient=patient)
    return list(_whole(rows).order_by("due_on", "number"))
