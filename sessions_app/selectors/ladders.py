"""Versions of ladders: the product's, and those that a site made of them."""

from clinic.models import Site
from sessions_app.models import Ladder


def ladders_of(*, site: Site, code: str) -> list[Ladder]:
    """Every version of a ladder for a site, the one for new courses first; those of
    the product after the site's own."""
    rows = Ladder.objects.filter(code=code).select_related("site", "published_by")
    own = rows.filter(site=site).order_by("-version")
    return [*own, *rows.filter(site__isnull=True).order_by("-version")]


def ladders_newest(*, site: Site) -> list[Ladder]:
    """The version of each ladder that new courses at a site take, by code."""
    rows = Ladder.objects.filter(site=site) | Ladder.objects.filter(site__isnull=True)
    found: dict[str, Ladder] = {}
    for row in rows.select_related("site").order_by("site", "-version"):
        # The site's own rows come first: PostgreSQL puts nulls last.
        found.setdefault(row.code, row)
    return [found[code] for code in sorted(found)]
