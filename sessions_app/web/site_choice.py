"""Which site a page is about: the one that the address names, else the first."""

from typing import Any

from django.http import Http404, HttpRequest, QueryDict

from clinic.errors import Forbidden
from clinic.models import Site
from sessions_app.selectors.catalogue import sites_that


def site_chosen(request: HttpRequest, given: QueryDict, action: str) -> Site:
    """Raises Http404 for a site of others, Forbidden for whoever has none."""
    sites = sites_that(staff=request.user, action=action)
    if not sites:
        raise Forbidden("not_allowed", "No role of yours opens this; ask for one.")
    wanted = given.get("site", "")
    found = [site for site in sites if str(site.pk) == wanted or not wanted]
    if not found:
        raise Http404(f"no site {wanted}")
    return found[0]


def site_links(request: HttpRequest, site: Site, action: str) -> dict[str, Any]:
    """The site of the page, and the others that the person may turn to."""
    sites = sites_that(staff=request.user, action=action)
    return {
        "site": site,
        "others": [
            (other.name, f"{request.path}?site={other.pk}")
            for other in sites
            if other.pk != site.pk
        ],
        "simulated": site.is_demo,
    }
