"""Home devices: lent with a taught current and caps, looked at when they return."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Refusal
from clinic.jinja import date_text
from clinic.models import Site, Staff
from clinic.permissions import require
from clinic.quantities import clock_text, ma_exact_text
from clinic.services.audit import audit_record
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import HomeDevice, Loan, Prescription, Task
from sessions_app.selectors.loans import loans_overdue
from sessions_app.services.delivering import spec_of
from sessions_app.services.evaluating import leg_plan
from sessions_app.services.gates import (
    require_consent,
    require_record_allows_home,
)
from sessions_app.services.scheduling import require_open
from sessions_app.services.tasks import task_make

# As long as it takes to judge the treatment: 8 to 12 sessions.
PROPOSED_WEEKS = 5
# What is looked at before a device may go to somebody else.
RETURN_CHECKS: dict[str, str] = {
    "leads_whole": "Leads and plugs whole, no bare wire",
    "trays_whole": "Trays and electrodes whole",
    "output_right": "Output measured, agrees with its meter",
    "disinfected": "Disinfected",
    "accessories_back": "Accessories complete",
}


def home_device_add(
    *,
    site: Site,
    by: Staff,
    asset: str,
    serial: str,
    model: str,
    max_ua: int,
    service_due_on: dt.date,
) -> HomeDevice:
    """Take a home device on. Raises Refusal for what is missing, Conflict twice."""
    require(by, "loan.edit", site)
    named = (("asset", asset), ("serial", serial), ("model", model))
    for field, text in named:
        if not text.strip():
            raise Refusal("missing", f"Give {field} as on the plate.", field=field)
    if max_ua <= 0:
        raise Refusal(
            "max_ua", "Give the largest current that it can make.", field="max_ua"
        )
    try:
        with transaction.atomic():
            device = HomeDevice.objects.create(
                site=site,
                asset=asset.strip()[:40],
                serial=serial.strip()[:40],
                model=model.strip()[:80],
                max_ua=max_ua,
                service_due_on=service_due_on,
            )
            audit_record(action="home_device.add", subject=device, by=by, site=site)
    except IntegrityError as error:
        raise Conflict(
            "asset_known", f"Asset {asset.strip()} is on the list of {site.name}."
        ) from error
    return device


def home_device_serviced(
    *, device: HomeDevice, by: Staff, service_due_on: dt.date
) -> None:
    """Note that a device was serviced, with the next day. Raises Refusal for a past
    day."""
    require(by, "loan.edit", device.site)
    if service_due_on <= timezone.localdate():
        raise Refusal(
            "service_day",
            f"{date_text(service_due_on)} is past; give the next service.",
            field="service_due_on",
        )
    with transaction.atomic():
        HomeDevice.objects.filter(pk=device.pk).update(service_due_on=service_due_on)
        audit_record(
            action="home_device.service",
            subject=device,
            by=by,
            site=device.site,
            data={"due": service_due_on.isoformat()},
        )
    device.refresh_from_db()


def home_device_recall(*, device: HomeDevice, by: Staff, reason: str) -> None:
    """Take a device out of use, wherever it is; whoever has it gets a task.

    Raises Refusal without a reason, Conflict twice.
    """
    require(by, "loan.edit", device.site)
    if not reason.strip():
        raise Refusal("no_reason", "Write who recalled it and why.", field="reason")
    if not home_device_take_out(device=device, by=by, reason=reason):
        raise Conflict("recalled", f"{device} has been recalled already.")
    device.refresh_from_db()


def home_device_take_out(*, device: HomeDevice, by: Staff, reason: str) -> bool:
    """Recall after another act, whose permission stands for it; the reason of before
    stands. Returns whether this call took it out."""
    words = reason.strip()
    with transaction.atomic():
        taken = HomeDevice.objects.filter(pk=device.pk, recalled_at=None).update(
            recalled_at=timezone.now(), recall_reason=words[:200]
        )
        if taken:
            for loan in device.loans.filter(returned_on=None).select_related("patient"):
                _task(loan, f"{device} is recalled: {words}"[:200])
            audit_record(
                action="home_device.recall",
                subject=device,
                by=by,
                site=device.site,
                data={"reason": words},
            )
    return bool(taken)


@dataclass(frozen=True, slots=True)
class Taught:
    """What the borrower was taught and may do; `person` is the patient, or who
    stands in for them."""

    person: str
    taught_ua: int
    cap_ua: int
    cap_flow_ms: int
    sessions_per_week: int


def loan_out(
    *,
    device: HomeDevice,
    prescription: Prescription,
    taught: Taught,
    due_back_on: dt.date,
    by: Staff,
    accessories: str = "",
    deposit: str = "",
) -> Loan:
    """Lend a device for a signed tap-water prescription; `by` signs the training.

    Raises Refusal when the device is recalled or due for service, for a drug, for
    caps above what is prescribed or the device gives, without consent, and for a
    bar in the patient's record; Conflict when it is out.
    """
    require(by, "loan.edit", device.site)
    # Training is a clinician's signature, not a technician's.
    require(by, "session.treat", device.site)
    today = timezone.localdate()
    _require_lendable(device, prescription, today)
    require_open(prescription, today)
    require_consent(prescription, today)
    require_record_allows_home(prescription, today)
    _require_taught(device, prescription, taught)
    if due_back_on <= today:
        raise Refusal(
            "due_back",
            f"{date_text(due_back_on)} is not after today; a loan lasts about "
            f"{PROPOSED_WEEKS} weeks.",
            field="due_back_on",
        )
    for leg in prescription.legs.all():
        leg_plan(leg=leg, day=today)
    try:
        with transaction.atomic():
            loan = Loan.objects.create(
                device=device,
                patient=prescription.patient,
                prescription=prescription,
                out_on=today,
                due_back_on=due_back_on,
                taught_ua=taught.taught_ua,
                cap_ua=taught.cap_ua,
                cap_flow_ms=taught.cap_flow_ms,
                sessions_per_week=taught.sessions_per_week,
                accessories=accessories.strip()[:200],
                deposit=deposit.strip()[:40],
                trained_by=by,
                trained_person=taught.person.strip(),
            )
            audit_record(action="loan.out", subject=loan, by=by, site=device.site)
    except IntegrityError as error:
        raise Conflict("lent", f"{device} is with somebody already.") from error
    return loan


def _require_lendable(device: HomeDevice, order: Prescription, today: dt.date) -> None:
    if device.site_id != order.site_id:
        raise Refusal("other_site", f"{device} is not of this site.", field="order")
    if device.recalled_at is not None:
        raise Refusal(
            "recalled",
            f"{device} was recalled on {date_text(device.recalled_at)}: "
            f"{device.recall_reason}.",
            field="device",
        )
    if device.service_due_on <= today:
        raise Refusal(
            "service_due",
            f"{device} was due for service on {date_text(device.service_due_on)}; have "
            "it serviced first.",
            field="device",
        )
    if ProtocolSpec.from_dict(order.adoption.spec).drugs:
        raise Refusal(
            "drug_at_home",
            "A drug is not lent home: choose a tap-water prescription.",
            field="order",
        )


def _require_taught(device: HomeDevice, order: Prescription, taught: Taught) -> None:
    spec = spec_of(order)
    most = min(spec.currents.max_ua, device.max_ua, _age_max_ua(spec, order))
    wrong = (
        (not taught.person.strip(), "person", "Write whom you trained, by name"),
        (
            not 0 < taught.taught_ua <= taught.cap_ua,
            "taught_ua",
            f"Taught {ma_exact_text(taught.taught_ua)}, at most the cap of "
            f"{ma_exact_text(taught.cap_ua)}",
        ),
        (
            taught.cap_ua > most,
            "cap_ua",
            f"A cap of {ma_exact_text(taught.cap_ua)}; prescription and device allow "
            f"{ma_exact_text(most)}",
        ),
        (
            not 0 < taught.cap_flow_ms <= spec.course.flow_ms,
            "cap_flow",
            f"{clock_text(taught.cap_flow_ms)} min a session; prescribed are "
            f"{clock_text(spec.course.flow_ms)} min",
        ),
        (
            not 0 < taught.sessions_per_week <= spec.schedule.per_week,
            "per_week",
            f"{taught.sessions_per_week} sessions a week; prescribed are "
            f"{spec.schedule.per_week}",
        ),
    )
    for bad, field, text in wrong:
        if bad:
            raise Refusal(field, f"{text}.", field=field)


def _age_max_ua(spec: ProtocolSpec, order: Prescription) -> int:
    """The ceiling of the age on the day; an adult has that of the protocol."""
    ages = spec.ages
    child = order.patient.age_on(timezone.localdate()) < ages.adult
    if child and ages.child_max_ua is not None:
        return ages.child_max_ua
    return spec.currents.max_ua


def loan_return(
    *, loan: Loan, by: Staff, checked: set[str], found: str, fit: bool
) -> None:
    """Take a device back, with what was looked at and found.

    Raises Refusal when a check is missing that is said to be fine, or when it is
    not fit and nothing says why; Conflict when it is back already. A device that
    is not `fit` is recalled with what was found.
    """
    require(by, "loan.edit", loan.device.site)
    missing = [text for name, text in RETURN_CHECKS.items() if name not in checked]
    if fit and missing:
        raise Refusal(
            "return_check",
            f"Not ticked: {missing[0]}. If it does not hold, choose “not fit”.",
            field="checked",
        )
    if not fit and not found.strip():
        raise Refusal("return_found", "Write what is wrong with it.", field="found")
    with transaction.atomic():
        back = Loan.objects.filter(pk=loan.pk, returned_on=None).update(
            returned_on=timezone.localdate(),
            returned_to=by,
            return_check={
                "ticked": sorted(checked & RETURN_CHECKS.keys()),
                "found": found.strip(),
                "fit": fit,
            },
        )
        if not back:
            raise Conflict("returned", f"{loan.device} has come back already.")
        if not fit and loan.device.recalled_at is None:
            home_device_recall(device=loan.device, by=by, reason=found)
        audit_record(action="loan.return", subject=loan, by=by, site=loan.device.site)
    loan.refresh_from_db()


def loans_chase() -> int:
    """Put a task on the list, once, for each loan that is overdue; how many new."""
    today, made = timezone.localdate(), 0
    with transaction.atomic():
        rows = loans_overdue(today).select_for_update(of=("self",), skip_locked=True)
        for loan in rows.select_related("device__site", "patient"):
            text = f"{loan.device} was due back on {date_text(loan.due_back_on)}"
            if not Task.objects.filter(link=_link(loan), text=text).exists():
                _task(loan, text)
                made += 1
    return made


def _link(loan: Loan) -> str:
    return reverse("loan", args=[loan.pk])


def _task(loan: Loan, text: str) -> Task:
    return task_make(
        site=loan.device.site,
        kind=Task.Kind.LOAN,
        text=text,
        due_at=timezone.now(),
        patient=loan.patient,
        link=_link(loan),
    )
