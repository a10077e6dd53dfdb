"""The catalogue as it is read: newest versions, adoptions, what a change touches."""

import uuid
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from clinic.models import Site, Staff
from clinic.permissions import sites_of
from sessions_app.domain.entry import Entry
from sessions_app.domain.protocol import ProtocolError
from sessions_app.models import Prescription, Protocol, ProtocolAdoption

_WHOLE = Q(needs_second=False) | Q(second_by__isnull=False)


def protocols_newest() -> list[Protocol]:
    """The newest version of each protocol, by code."""
    return list(Protocol.objects.order_by("code", "-version").distinct("code"))


def protocol_newest(code: str) -> Protocol | None:
    """The newest version of a protocol, None when there is no such code."""
    return Protocol.objects.filter(code=code).order_by("-version").first()


def versions_of(code: str) -> list[Protocol]:
    """Every version of a protocol, the newest first."""
    return list(Protocol.objects.filter(code=code).order_by("-version"))


def entry_of(protocol: Protocol) -> Entry | None:
    """The published entry of a version; None for one of an earlier form."""
    try:
        return Entry.from_dict(protocol.entry)
    except ProtocolError:
        return None


def adoptions_in_force(*, site: Site) -> QuerySet[ProtocolAdoption]:
    """What may be prescribed at a site: signed by all who must, not withdrawn."""
    return (
        ProtocolAdoption.objects.filter(_WHOLE, site=site, withdrawn_at__isnull=True)
        .select_related("protocol")
        .order_by("protocol__code")
    )


def adoptions_standing(*, site: Site) -> dict[str, ProtocolAdoption]:
    """By code what is in force at a site or awaits its second signature."""
    rows = ProtocolAdoption.objects.filter(site=site, withdrawn_at__isnull=True)
    return {row.protocol.code: row for row in rows.select_related("protocol")}


def adoptions_of(*, site: Site, code: str) -> list[ProtocolAdoption]:
    """The history of a protocol at a site, the newest first."""
    return list(
        ProtocolAdoption.objects.filter(site=site, protocol__code=code)
        .select_related("protocol", "adopted_by", "second_by", "withdrawn_by")
        .order_by("-adopted_at")
    )


def adoption_visible(*, staff: Staff, adoption_id: int) -> ProtocolAdoption | None:
    """The adoption when it is of a site of `staff`, else None."""
    return (
        ProtocolAdoption.objects.filter(
            pk=adoption_id, site__in=sites_of(staff, "protocol.view")
        )
        .select_related("protocol", "site")
        .first()
    )


def sites_that(*, staff: Staff, action: str) -> list[Site]:
    """The sites where `staff` may do `action`, by name."""
    return list(Site.objects.filter(pk__in=sites_of(staff, action)).order_by("name"))


def touched_by(
    protocol: Protocol, sites: Iterable[uuid.UUID] | None = None
) -> QuerySet[Prescription]:
    """Active prescriptions that were signed by an older version of `protocol`.

    Active is signed, not stopped, not replaced, not expired today; `sites` None
    is every site.
    """
    rows = Prescription.objects.filter(
        adoption__protocol__code=protocol.code,
        adoption__protocol__version__lt=protocol.version,
        signed_at__isnull=False,
        stopped_at__isnull=True,
        replaced_by__isnull=True,
        expires_on__gte=timezone.localdate(),
    )
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return rows.select_related("patient", "site", "adoption__protocol").order_by(
        "site__name", "patient__family_name", "written_at"
    )
