"""Protocols of the catalogue, and what sites adopt of them."""

from django.db import transaction

from clinic.models import Site, Staff
from clinic.permissions import require
from clinic.services.audit import audit_record
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import Protocol, ProtocolAdoption


def protocol_publish(*, spec: ProtocolSpec) -> Protocol:
    """Put a specification into the catalogue: a new version when it changed."""
    plain = spec.to_dict()
    newest = Protocol.objects.filter(code=spec.code).order_by("-version").first()
    if newest is not None and newest.entry == plain:
        return newest
    return Protocol.objects.create(
        code=spec.code,
        version=1 if newest is None else newest.version + 1,
        title=spec.title,
        entry=plain,
    )


def protocol_adopt(
    *, site: Site, protocol: Protocol, by: Staff, is_demo: bool = False
) -> ProtocolAdoption:
    """A prescriber signs that the site treats by this version of a protocol."""
    require(by, "protocol.adopt", site)
    with transaction.atomic():
        adoption, made = ProtocolAdoption.objects.get_or_create(
            site=site,
            protocol=protocol,
            withdrawn_at=None,
            defaults={
                "adopted_by": by,
                "is_demo": is_demo,
                "spec": protocol.entry,
            },
        )
        if made:
            audit_record(action="protocol.adopt", subject=adoption, by=by, site=site)
    return adoption
