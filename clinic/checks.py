"""System checks of the database that the application is given."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

OWNS = """
SELECT count(*) FROM pg_tables
WHERE schemaname = 'public' AND tablename = 'clinic_auditentry'
  AND pg_has_role(current_user, tableowner, 'MEMBER')
"""


@register(Tags.database)
def role_owns_no_tables(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Whoever owns the tables can drop the triggers that protect them."""
    if settings.MIGRATES or "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(OWNS)
        owned = cursor.fetchone()[0]
    if not owned:
        return []
    return [
        Warning(
            "The role of DATABASE_URL owns the tables: append-only rows are protected "
            "by triggers alone, which their owner can drop.",
            hint="Migrate with DATABASE_OWNER_URL and give DATABASE_URL another role.",
            id="clinic.W001",
        )
    ]
