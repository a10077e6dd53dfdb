"""Who may do what: one table that views, buttons, API and tests read.

A row names an action; the roles beside it may do it at a site of which they
are a member. What no row names, nobody may do.
"""

import uuid

from clinic.errors import Forbidden
from clinic.models import Role, Site, Staff

A, P, C, E, U = (
    Role.ADMINISTRATOR,
    Role.PRESCRIBER,
    Role.CLINICIAN,
    Role.ENGINEER,
    Role.AUDITOR,
)

ACTIONS: dict[str, frozenset[Role]] = {
    "site.view": frozenset({A, P, C, E, U}),
    "patient.view": frozenset({A, P, C, U}),
    "patient.edit": frozenset({A, P, C}),
    "consent.record": frozenset({P, C}),
    "protocol.view": frozenset({A, P, C, E, U}),
    "protocol.adopt": frozenset({P}),
    "prescription.view": frozenset({A, P, C, U}),
    "prescription.write": frozenset({P}),
    "prescription.sign": frozenset({P}),
    "request.decide": frozenset({P}),
    "electrode.edit": frozenset({A, E}),
    "lot.view": frozenset({A, P, C, E, U}),
    "lot.edit": frozenset({A, P, C, E}),
    "session.view": frozenset({A, P, C, U}),
    "session.treat": frozenset({P, C}),
    "session.sign": frozenset({P, C}),
    "delivery.enter": frozenset({P, C}),
    "dose.correct": frozenset({P, C}),
    "harm.record": frozenset({P, C}),
    "incident.decide": frozenset({P, E}),
    "task.view": frozenset({A, P, C, E}),
    "task.do": frozenset({P, C, E}),
    "loan.view": frozenset({A, P, C, E, U}),
    "loan.edit": frozenset({P, C, E}),
    "run.view": frozenset({A, P, C, E, U}),
    "run.control": frozenset({P, C}),
    "run.settle": frozenset({P, C, E}),
    "stimulator.view": frozenset({A, P, C, E, U}),
    "stimulator.service": frozenset({E}),
    "course.view": frozenset({A, P, C, U}),
    "course.decide": frozenset({P, C}),
    "ladder.view": frozenset({A, P, C, E, U}),
    "ladder.edit": frozenset({P}),
    "closure.edit": frozenset({A, P}),
    "outcome.record": frozenset({P, C}),
    "result.enter": frozenset({P, C}),
    "result.interpret": frozenset({P}),
    "billing.view": frozenset({A, P, C, U}),
    "billing.enter": frozenset({P, C}),
    "audit.view": frozenset({A, U}),
}


def allowed(staff: Staff, action: str, site_id: uuid.UUID) -> bool:
    """Whether `staff` may do `action` at the site."""
    return staff.memberships.filter(site_id=site_id, role__in=ACTIONS[action]).exists()


def require(staff: Staff, action: str, site: Site) -> None:
    """Raise Forbidden unless `staff` may do `action` at `site`."""
    if not allowed(staff, action, site.pk):
        raise Forbidden(
            "not_allowed",
            f"{staff.name} may not do “{action}” at {site.name}. "
            "Ask an administrator of the site.",
        )


def sites_of(staff: Staff, action: str) -> list[uuid.UUID]:
    """Ids of the sites where `staff` may do `action`."""
    return list(
        staff.memberships.filter(role__in=ACTIONS[action])
        .values_list("site_id", flat=True)
        .distinct()
    )
