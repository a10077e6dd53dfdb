"""Skin checks, adverse events and incidents as services and pages read them."""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from clinic.models import Patient, Staff
from clinic.permissions import sites_of
from devices.models import Run
from sessions_app.domain.harm import (
    Finding,
    Reaction,
    finding,
    log_sha256,
    stop_advised,
)
from sessions_app.domain.poles import Lead, Pole, lead_of
from sessions_app.domain.session_lifecycle import SessionState
from sessions_app.models import (
    AdverseEvent,
    DoseRecord,
    ElectrodeType,
    Incident,
    Leg,
    SkinCheck,
    Task,
    TreatmentSession,
)


@dataclass(frozen=True, slots=True)
class Electrode:
    """One electrode under which the skin is looked at."""

    leg: Leg
    run: Run | None
    lead: Lead
    place: str
    kind: ElectrodeType

    @property
    def key(self) -> str:
        """`1-red`: what a form and an answer name it by."""
        return f"{self.leg.order}-{self.lead}"

    @property
    def name(self) -> str:
        """`RED, left palm`."""
        return f"{self.lead.upper()}, {self.place}"


def electrodes_of(session: TreatmentSession) -> list[Electrode]:
    """Both electrodes of every leg that had current, in order."""
    legs = session.legs.select_related(
        "prescribed__active_electrode", "prescribed__return_electrode"
    )
    return [one for leg in legs if _flowed(leg) for one in electrodes_at(leg)]


def _flowed(leg: Leg) -> bool:
    dosed = leg.doses.filter(superseded_by__isnull=True, upper_nc__gt=0)
    return dosed.exists() or last_run(leg) is not None


def last_run(leg: Leg) -> Run | None:
    """The newest run of a leg in which current flowed."""
    runs = Run.objects.filter(leg_run__leg=leg, started_at__isnull=False)
    return runs.select_related("stimulator__site").order_by("-created_at").first()


def electrodes_at(leg: Leg) -> list[Electrode]:
    """RED and BLACK of a leg: as its last run was wired, else as prescribed."""
    prescribed, run = leg.prescribed, last_run(leg)
    active = lead_of(Pole(prescribed.drug_pole)) if prescribed.drug_pole else Lead.RED
    kinds = {
        lead: prescribed.active_electrode
        if lead is active
        else prescribed.return_electrode
        for lead in Lead
    }
    channel = None if run is None else run.channels.filter(index=0).first()
    if channel is not None:
        places = {Lead.RED: channel.red_place, Lead.BLACK: channel.black_place}
    else:
        places = {
            lead: prescribed.active_place if lead is active else prescribed.return_place
            for lead in Lead
        }
    return [Electrode(leg, run, lead, places[lead], kinds[lead]) for lead in Lead]


def reusable(electrodes: list[Electrode]) -> list[ElectrodeType]:
    """Electrode types that are cleaned before the next patient, each once."""
    found = {one.kind.pk: one.kind for one in electrodes if one.kind.is_reusable}
    return sorted(found.values(), key=lambda kind: kind.name)


def is_first_session(session: TreatmentSession) -> bool:
    """Whether no earlier session of the patient had current, however delivered."""
    earlier = DoseRecord.objects.filter(
        leg__session__patient=session.patient_id, upper_nc__gt=0
    )
    return not earlier.exclude(leg__session=session).exists()


def newest_begun(patient: Patient) -> TreatmentSession | None:
    """The latest session of a patient that has begun."""
    rows = TreatmentSession.objects.filter(patient=patient)
    return rows.exclude(state=SessionState.PLANNED.value).order_by("-due_on").first()


def skin_checks_of(session: TreatmentSession) -> list[SkinCheck]:
    """Every look at the skin in a session, in order."""
    rows = SkinCheck.objects.filter(leg__session=session)
    return list(rows.select_related("by", "leg__prescribed").order_by("id"))


def events_of(
    *, session: TreatmentSession | None = None, patient: Patient | None = None
) -> list[AdverseEvent]:
    """Adverse events of a session or a patient, the newest first, superseded too."""
    rows = AdverseEvent.objects.select_related(
        "by", "session", "leg__prescribed", "superseded_by", "incident"
    )
    if session is not None:
        rows = rows.filter(session=session)
    if patient is not None:
        rows = rows.filter(patient=patient)
    return list(rows.order_by("-at"))


def event_visible(*, staff: Staff, event_id: uuid.UUID) -> AdverseEvent | None:
    """The adverse event when it is at a site of `staff`, else None."""
    rows = AdverseEvent.objects.filter(site__in=sites_of(staff, "session.view"))
    return rows.select_related("session", "leg", "site").filter(pk=event_id).first()


def incidents_seen(*, staff: Staff) -> QuerySet[Incident]:
    """Incidents at the sites where `staff` sees sessions or decides on them."""
    sites = {*sites_of(staff, "session.view"), *sites_of(staff, "incident.decide")}
    return Incident.objects.filter(site__in=sites).select_related(
        "site",
        "event__by",
        "event__leg__prescribed",
        "event__session",
        "event__patient__site",
        "prescription__adoption__protocol",
        "stimulator__site",
        "opened_by",
        "decided_by",
    )


def open_call_back(session: TreatmentSession) -> Task | None:
    """The call that is still to be made after a session."""
    return (
        Task.objects.filter(
            session=session, kind=Task.Kind.CALL_BACK, done_at__isnull=True
        )
        .order_by("due_at")
        .first()
    )


def found(event: AdverseEvent) -> Finding:
    """Code and grade of a stored event."""
    return finding(event.code, event.grade)


def place_of(event: AdverseEvent) -> str:
    """Where it is: the place under the lead, else that of the leg, else nothing."""
    if event.leg is None:
        return ""
    for one in electrodes_at(event.leg) if event.lead else ():
        if one.lead == event.lead:
            return one.place
    leg = event.leg.prescribed
    return f"{leg.side} {leg.body_site}".strip()


def is_valid(event: AdverseEvent) -> bool:
    """Whether no correction stands in its place."""
    return not hasattr(event, "superseded_by")


def advice_for(events: list[AdverseEvent]) -> tuple[str, ...]:
    """Places where the stop rule advises to stop."""
    return stop_advised(
        [
            Reaction(place_of(event), event.grade, event.session_id)
            for event in events
            if is_valid(event)
        ]
    )


def log_is_whole(incident: Incident) -> bool:
    """Whether the copied device log still has its SHA-256."""
    return log_sha256(incident.device_log) == incident.device_log_sha256


def incidents_of(patient: Patient) -> list[Incident]:
    """Incidents of a patient, the newest first."""
    rows = Incident.objects.filter(event__patient=patient)
    return list(rows.select_related("event", "stimulator", "decided_by"))
