"""A site with one row of every resource that the API shows."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from clinic.models import AuditEntry, Patient
from clinic.services.facts import fact_record
from devices.models import Run, RunCommand, RunEvent, Stimulator
from sessions_app.demo.treatment import electrodes_build, leg_for
from sessions_app.demo.visiting import consents_give, people_of
from sessions_app.models import (
    AdverseEvent,
    DoseRecord,
    ElectrodeType,
    HomeDevice,
    Incident,
    LegRun,
    PreCheck,
    PrescriberRequest,
    Prescription,
    Protocol,
    ProtocolAdoption,
    TreatmentSession,
)
from sessions_app.services.checking import people_record
from sessions_app.services.ladders import ladders_load
from sessions_app.services.loans import Taught, home_device_add, loan_out
from sessions_app.services.lots import lot_register
from sessions_app.services.outcomes import measurement_record
from sessions_app.services.prescribing import (
    prescription_sign,
    prescription_write,
)
from sessions_app.services.scheduling import session_schedule
from sessions_app.services.tasks import task_make
from tests.factories import Place, make_patient, make_run, make_stimulator
from tests.visits import adopted

CODE = "HH-PALM"


@dataclass(frozen=True)
class Scene:
    """What stands at one site."""

    place: Place
    patient: Patient
    stimulator: Stimulator
    free: Stimulator
    run: Run
    command: RunCommand
    electrode: ElectrodeType
    protocol: Protocol
    adoption: ProtocolAdoption
    draft: Prescription
    prescription: Prescription
    session: TreatmentSession
    dose: DoseRecord
    act: AuditEntry
    incident: Incident

    @property
    def private(self) -> list[str]:
        """Texts that no answer to another site may hold."""
        rows = (self.patient, self.stimulator, self.run, self.prescription)
        rows += (self.draft, self.session, self.place.site, self.place.room)
        return [str(row.pk) for row in rows] + [self.patient.family_name]


def make_scene(place: Place) -> Scene:
    """Everything at a site: a queued run, a draft, a signed order, a session."""
    ladders_load()
    patient = make_patient(place)
    stimulator = make_stimulator(place)
    electrodes = electrodes_build()
    adoption = adopted(place, CODE)
    run = make_run(place, stimulator=stimulator, patient=patient)
    prescription = make_order(patient, adoption, place)
    another = make_order(make_patient(place), adoption, place)
    session = make_session(prescription, place)
    make_question(session, place)
    make_stock(prescription, place)
    make_result(prescription, place)
    return Scene(
        place,
        patient,
        stimulator,
        make_stimulator(place),
        run,
        make_command(run, place),
        electrodes["Tray 150 × 220 mm"],
        adoption.protocol,
        adoption,
        make_draft(patient, adoption, place),
        prescription,
        session,
        make_dose(make_session(another, place), make_run(place)),
        AuditEntry.objects.filter(site=place.site)[0],
        make_incident(session, place),
    )


def make_stock(prescription: Prescription, place: Place) -> None:
    """A lot, and a home device that is lent."""
    later = timezone.localdate() + dt.timedelta(days=40)
    number = HomeDevice.objects.count() + 1
    lot_register(
        site=place.site,
        by=place.clinician,
        drug="dexamethasone",
        number=f"A-{number}",
        expires_on=later,
    )
    device = home_device_add(
        site=place.site,
        by=place.clinician,
        asset=f"H-{number}",
        serial="1",
        model="Home unit",
        max_ua=12_000,
        service_due_on=later,
    )
    loan_out(
        device=device,
        prescription=prescription,
        taught=Taught("Amina", 8_000, 10_000, 600_000, 3),
        due_back_on=later,
        by=place.clinician,
    )


def make_result(prescription: Prescription, place: Place) -> None:
    """A result of the course, by telephone."""
    measurement_record(
        patient=prescription.patient,
        course=prescription.number,
        measure="DLQI",
        value="9",
        unit="points",
        measured_on=timezone.localdate(),
        by=place.clinician,
    )


def make_question(session: TreatmentSession, place: Place) -> None:
    """A question to the prescribers, a dated fact, and a thing to do."""
    check = PreCheck.objects.create(
        session=session, tier="visit", outcome="barred", answers={}, by=place.clinician
    )
    later = timezone.now() + dt.timedelta(hours=1)
    PrescriberRequest.objects.create(
        session=session,
        check_row=check,
        findings=[],
        question="may we?",
        asked_by=place.clinician,
        expires_at=later,
    )
    fact_record(
        patient=session.patient,
        kind="condition",
        says="diabetes",
        dated_on=timezone.localdate(),
        by=place.clinician,
    )
    task_make(site=place.site, kind="catalogue", text="a new version", due_at=later)


def make_incident(session: TreatmentSession, place: Place) -> Incident:
    """A burn by phone and its incident; the course goes on, as no service opened it."""
    event = AdverseEvent.objects.create(
        site=place.site,
        patient=session.patient,
        session=session,
        code="BRN",
        grade=2,
        onset_at=timezone.now(),
        noticed=AdverseEvent.Noticed.PHONE,
        by=place.clinician,
    )
    return Incident.objects.create(
        site=place.site,
        event=event,
        prescription=session.prescription,
        opened_by=place.clinician,
    )


def make_draft(
    patient: Patient, adoption: ProtocolAdoption, place: Place
) -> Prescription:
    order = prescription_write(
        patient=patient,
        adoption=adoption,
        legs=[leg_for(CODE, electrodes_build())],
        indication="Primary palmar hyperhidrosis",
        sessions_planned=10,
        expires_on=timezone.localdate() + dt.timedelta(days=90),
        by=place.prescriber,
    )
    consents_give(order, place.clinician)
    return order


def make_order(
    patient: Patient, adoption: ProtocolAdoption, place: Place
) -> Prescription:
    return prescription_sign(
        prescription=make_draft(patient, adoption, place), by=place.prescriber
    )


def make_session(prescription: Prescription, place: Place) -> TreatmentSession:
    session = session_schedule(
        prescription=prescription, due_on=timezone.localdate(), by=place.prescriber
    )
    people_record(session=session, by=place.clinician, people=people_of(session))
    return session


def make_command(run: Run, place: Place) -> RunCommand:
    RunEvent.objects.create(run=run, kind="pain", data={"score": 1})
    return RunCommand.objects.create(
        run=run, kind="hold", asked_by=place.clinician, asked_at=timezone.now()
    )


def make_dose(session: TreatmentSession, run: Run) -> DoseRecord:
    """A dose of 2 mA·min of `run` in the first leg of the session."""
    leg = session.legs.get(order=1)
    LegRun.objects.create(leg=leg, run=run, plan={})
    return DoseRecord.objects.create(
        leg=leg,
        run=run,
        evidence=DoseRecord.Evidence.TRACE,
        basis="time",
        prescribed_nc=150_000_000,
        confirmed_nc=120_000_000,
        upper_nc=121_000_000,
        red_anode_nc=120_000_000,
        black_anode_nc=0,
        planned_flow_ms=60_000,
        flow_ms=60_000,
        tolerated_ua=4_000,
        completeness="complete",
        counts=True,
    )
