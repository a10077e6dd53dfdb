"""Home devices and who has them."""

import datetime as dt
import uuid

from django.db.models import Prefetch, Q, QuerySet

from clinic.models import Patient, Staff
from clinic.permissions import sites_of
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import HomeDevice, Loan, Prescription


def home_devices(*, staff: Staff) -> list[HomeDevice]:
    """Home devices at the sites of `staff`, each with its open loan if any."""
    open_loans = Loan.objects.filter(returned_on=None).select_related("patient")
    return list(
        HomeDevice.objects.filter(site__in=sites_of(staff, "loan.view"))
        .select_related("site")
        .prefetch_related(Prefetch("loans", queryset=open_loans, to_attr="out"))
    )


def home_device_visible(*, staff: Staff, device_id: uuid.UUID) -> HomeDevice | None:
    """The device when it is at a site of `staff`, else None."""
    rows = HomeDevice.objects.filter(site__in=sites_of(staff, "loan.view"))
    return rows.select_related("site").filter(pk=device_id).first()


def loans_visible(*, staff: Staff) -> QuerySet[Loan]:
    """Loans at the sites of `staff`, the first to come back first."""
    return Loan.objects.filter(
        device__site__in=sites_of(staff, "loan.view")
    ).select_related(
        "device__site",
        "patient__site",
        "prescription__adoption__protocol",
        "trained_by",
        "returned_to",
    )


def loan_visible(*, staff: Staff, loan_id: uuid.UUID) -> Loan | None:
    """The loan when its device is at a site of `staff`, else None."""
    return loans_visible(staff=staff).filter(pk=loan_id).first()


def loans_overdue(day: dt.date) -> QuerySet[Loan]:
    """Loans that should have come back before a day."""
    return Loan.objects.filter(returned_on=None, due_back_on__lt=day)


def devices_to_lend(*, staff: Staff, day: dt.date) -> list[HomeDevice]:
    """Devices that may go out on a day: here, serviced, not recalled."""
    return list(
        HomeDevice.objects.filter(
            site__in=sites_of(staff, "loan.edit"),
            recalled_at=None,
            service_due_on__gt=day,
        ).exclude(loans__returned_on=None, loans__isnull=False)
    )


def orders_to_lend(*, staff: Staff, day: dt.date) -> list[Prescription]:
    """Signed tap-water prescriptions that are open on a day."""
    rows = Prescription.objects.filter(
        Q(expires_on__gte=day),
        site__in=sites_of(staff, "loan.edit"),
        signed_at__isnull=False,
        stopped_at=None,
        replaced_by=None,
    ).select_related("patient", "adoption__protocol")
    return [
        order
        for order in rows.order_by("patient__family_name")
        if not ProtocolSpec.from_dict(order.adoption.spec).drugs
    ]


def borrowers_of(*, device: HomeDevice) -> list[Patient]:
    """Everybody who has or had a device, the newest first."""
    loans = device.loans.select_related("patient").order_by("-out_on")
    return list(dict.fromkeys(loan.patient for loan in loans))
