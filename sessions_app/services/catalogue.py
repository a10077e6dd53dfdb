"""Publish the catalogue that comes with the product. Nothing in it is adopted."""

import datetime as dt
import json

from django.db import transaction
from django.utils import timezone

from clinic.models import Role, Site
from sessions_app.catalogue import published_entries
from sessions_app.domain.adoption import differences
from sessions_app.domain.entry import Entry
from sessions_app.models import Protocol, Task
from sessions_app.selectors.catalogue import entry_of, protocol_newest, touched_by
from sessions_app.services.tasks import task_make

# Site policy: how soon a prescriber looks at a change of what the site adopted.
REVIEW = dt.timedelta(days=7)
_TEXT_CHARS = 300


def catalogue_load() -> list[Protocol]:
    """Publish every entry of the catalogue; unchanged ones stay as they are."""
    return [protocol_publish(entry=entry) for entry in published_entries().values()]


def protocol_publish(*, entry: Entry) -> Protocol:
    """Put an entry into the catalogue: a new version when it changed.

    Each site that treats by an older version gets a task for its prescribers.
    """
    plain = json.loads(json.dumps(entry.to_dict()))
    with transaction.atomic():
        newest = protocol_newest(entry.code)
        if newest is not None and newest.entry == plain:
            return newest
        protocol = Protocol.objects.create(
            code=entry.code,
            version=1 if newest is None else newest.version + 1,
            title=entry.title,
            entry=plain,
        )
        if newest is not None:
            _tell(protocol, changes(newest, protocol))
    return protocol


def changes(old: Protocol, new: Protocol) -> tuple[str, ...]:
    """Each field that differs between two versions, in words."""
    before = entry_of(old)
    if before is None:
        return ("The form of the entry changed; read the whole of it.",)
    return differences(before, Entry.from_dict(new.entry))


def _tell(protocol: Protocol, changed: tuple[str, ...]) -> None:
    """A task for each site that adopted an older version and has not withdrawn it."""
    sites = Site.objects.filter(
        adoptions__protocol__code=protocol.code, adoptions__withdrawn_at__isnull=True
    ).distinct()
    for site in sites:
        count = touched_by(protocol, [site.pk]).count()
        task_make(
            site=site,
            kind=Task.Kind.CATALOGUE,
            for_role=Role.PRESCRIBER,
            text=_shortened(
                f"{protocol} is published; this site treats by an older version."
                f" Active prescriptions that it touches: {count}."
                f" Changed: {'; '.join(changed)}"
            ),
            link=f"/protocols/{protocol.code}/?site={site.pk}#changes",
            due_at=timezone.now() + REVIEW,
        )


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
