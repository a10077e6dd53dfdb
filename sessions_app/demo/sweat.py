"""A sweat test of the demo that waits for its laboratory."""

import datetime as dt

from clinic.models import Role, Site
from clinic.selectors.site_time import site_day
from sessions_app.catalogue.diagnostics import published_tests
from sessions_app.demo.clinic import Person, patient_build
from sessions_app.demo.past import VISIT, session_past
from sessions_app.demo.treatment import electrodes_build, member, prescribe
from sessions_app.domain.diagnostics import Verdict
from sessions_app.models import Collection
from sessions_app.services.collecting import label_of
from sessions_app.services.results import signed_follow

PERSON = Person(
    "D-1010",
    "Castell",
    "Noa",
    "Ms",
    dt.date(2012, 4, 18),
    "female",
    [],
    "SWEAT-CF",
    "Sweat test for cystic fibrosis",
)
DAYS_AGO = 2
TOOK = dt.timedelta(minutes=26)
AMOUNT_MILLI = 22_500


def sweat_build(site: Site) -> None:
    """Collected and signed two days ago, no result yet; idempotent."""
    patient = patient_build(site, PERSON)
    if patient.prescriptions.exists():
        return
    nurse = member(site, Role.CLINICIAN)
    order = prescribe(
        patient, PERSON, member(site, Role.PRESCRIBER), electrodes_build()
    )
    day = site_day(site) - dt.timedelta(days=DAYS_AGO)
    session = session_past(order, day)
    test = published_tests()[PERSON.protocol]
    coil = test.containers[0]
    for leg in session.legs.all():
        ended = (session.signed_at or dt.datetime.now(dt.UTC)) - VISIT / 5
        row = Collection.objects.create(
            leg=leg,
            container=coil.kind.value,
            started_at=ended - TOOK,
            started_by=nurse,
            limit_ms=test.collect_ms,
            minimum_milli=coil.minimum_milli,
            ended_at=ended,
            ended_by=nurse,
            amount_milli=AMOUNT_MILLI,
            result=Verdict.ENOUGH.value,
        )
        row.label = label_of(row)
        row.save(update_fields=["label"])
    signed_follow(session=session, by=nurse)
