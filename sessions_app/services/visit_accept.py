"""Every open proposal of one visit, accepted by one press."""

from collections.abc import Sequence

from django.db import transaction

from clinic.models import Staff
from sessions_app.models import Proposal, TreatmentSession
from sessions_app.services.courses import Booking, proposal_accept
from sessions_app.services.proposing import course_touched


def visit_accept(
    *, proposals: Sequence[Proposal], by: Staff, book: Booking | None = None
) -> TreatmentSession | None:
    """Accept all of them or none, and put their visit on a day.

    `proposals` are at least one, of one course. Raises as `proposal_accept` does.
    """
    # Outside the transaction: what is fresh then stands, even when this is refused.
    course_touched(number=proposals[0].course_id)
    *others, last = proposals
    with transaction.atomic():
        for one in others:
            proposal_accept(proposal=one, by=by)
        return proposal_accept(proposal=last, by=by, book=book)
