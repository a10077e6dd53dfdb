"""A second person who proves on the first one's page who they are.

Nobody is signed in or out: the first person's session stays as it is.
"""

import datetime as dt
import hashlib

from django.db.models import Q
from django.utils import timezone

from clinic.errors import Refusal
from clinic.models import AuditEntry, Site, Staff
from clinic.permissions import allowed
from clinic.services.audit import audit_record

REFUSED = "second_person.refused"
TRIES = 5
WINDOW = dt.timedelta(minutes=5)


def second_person(
    *, email: str, password: str, first: Staff, site: Site, action: str
) -> Staff:
    """The other member of staff that an e-mail address and a password prove.

    Call it outside the transaction of the act: a refused try is counted in the
    audit trail, at most 5 in 5 minutes for an address and for the first person.
    Raises Refusal; a wrong address and a wrong password read and last the same.
    """
    address = email.strip().lower()
    if not address or not password:
        raise Refusal(
            "second_missing",
            "A second person looks too, and gives e-mail address and password.",
            field="second_email",
        )
    mark = hashlib.sha256(address.encode()).hexdigest()
    _require_few(first, mark)
    found = _proved(address, password)
    if found is None:
        audit_record(action=REFUSED, subject=mark, by=first, site=site)
        raise Refusal(
            "second_wrong",
            "E-mail address or password of the second person is wrong.",
            field="second_email",
        )
    if found.pk == first.pk:
        raise Refusal(
            "second_same",
            f"{first.name} has looked already; the second look is another person's.",
            field="second_email",
        )
    if not allowed(found, action, site.pk):
        raise Refusal(
            "second_role",
            f"{found.name} does not treat at {site.name}; ask a clinician of the site.",
            field="second_email",
        )
    return found


def _require_few(first: Staff, mark: str) -> None:
    """Counted in the database, so that every process counts the same tries."""
    tries = AuditEntry.objects.filter(
        Q(subject_id=mark) | Q(staff=first),
        action=REFUSED,
        at__gte=timezone.now() - WINDOW,
    ).count()
    if tries >= TRIES:
        raise Refusal(
            "second_too_often",
            f"{tries} wrong tries in {WINDOW.seconds // 60} minutes, at most {TRIES}. "
            "Wait, or let another person look.",
            field="second_email",
        )


def _proved(address: str, password: str) -> Staff | None:
    found = Staff.objects.filter(email__iexact=address).first()
    if found is None:
        # As long as for an address that exists, so that nobody learns which do.
        Staff().set_password(password)
        return None
    right = found.check_password(password)
    return found if right and found.is_active else None
