"""`/protocols/`: the catalogue, each entry with its sources, and its adoption."""

from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clinic.errors import Forbidden, Refusal
from clinic.models import Site
from clinic.permissions import allowed
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.catalogue.published import GROUPS
from sessions_app.domain.entry import Entry, Status, status
from sessions_app.domain.protocol import ProtocolSpec
from sessions_app.models import Protocol, ProtocolAdoption
from sessions_app.selectors import catalogue as selectors
from sessions_app.services.adopting import (
    adoption_second,
    adoption_withdraw,
    protocol_adopt,
)
from sessions_app.services.catalogue import changes
from sessions_app.web import adoption_form as form
from sessions_app.web import catalogue_rows as rows

# More drugs to pick from are counted in the list, not named.
FEW = 5
STANDINGS = {
    "here": "In force here",
    "waiting": "Awaiting second signature",
    **{what.name.lower(): what.capitalize() for what in Status},
}


@require_GET
def protocols(request: HttpRequest) -> HttpResponse:
    site = _site(request, request.GET)
    standing = selectors.adoptions_standing(site=site)
    found = [
        _row(protocol, Entry.from_dict(protocol.entry), standing.get(protocol.code))
        for protocol in selectors.protocols_newest()
    ]
    words = request.GET.get("q", "").strip()
    wanted = request.GET.get("status", "")
    shown = [row for row in found if _matches(row, words, wanted)]
    context = {
        **_where(request, site),
        "groups": _grouped(shown),
        "count": len(shown),
        "total": len(found),
        "in_force": sum(row["kind"] == "here" for row in found),
        "q": words,
        "status": wanted if wanted in STANDINGS else "",
        "standings": STANDINGS,
        "back": None,
    }
    return page(request, "catalogue/list.jinja", context)


@require_GET
def protocol(request: HttpRequest, code: str) -> HttpResponse:
    return _detail(request, code, _site(request, request.GET))


@require_POST
def adopt(request: HttpRequest, code: str) -> HttpResponse:
    site = _site(request, request.POST)
    row = _version(code, request.POST.get("protocol", ""))
    entry = Entry.from_dict(row.entry)
    entered, problems = form.read_form(entry, request.POST.dict())
    if not problems:
        try:
            protocol_adopt(
                site=site,
                protocol=row,
                by=request.user,
                entered=entered,
                source=request.POST.get("source", ""),
            )
        except Refusal as refusal:
            if refusal.status != 422:
                raise
            problems = _problems(entry, refusal, entered)
    if problems:
        errors = errors_of(*problems)
        return _detail(request, code, site, request.POST.dict(), errors, 422)
    return _back(code, site)


@require_POST
def second(request: HttpRequest, code: str, adoption_id: int) -> HttpResponse:
    adoption = _adoption(request, code, adoption_id)
    adoption_second(adoption=adoption, by=request.user)
    return _back(code, adoption.site)


@require_POST
def withdraw(request: HttpRequest, code: str, adoption_id: int) -> HttpResponse:
    adoption = _adoption(request, code, adoption_id)
    reason = request.POST.get("reason", "")
    try:
        adoption_withdraw(adoption=adoption, by=request.user, reason=reason)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        errors = errors_of(("reason", refusal.text))
        typed = {"reason": reason}
        return _detail(request, code, adoption.site, typed, errors, 422)
    return _back(code, adoption.site)


def _site(request: HttpRequest, given: QueryDict) -> Site:
    """The site that the request names, else the person's first.

    Raises Http404 for a site of others, Forbidden for whoever has none.
    """
    sites = selectors.sites_that(staff=request.user, action="protocol.view")
    if not sites:
        raise Forbidden("not_allowed", "You have no role at any site; ask for one.")
    wanted = given.get("site", "")
    found = [site for site in sites if str(site.pk) == wanted or not wanted]
    if not found:
        raise Http404(f"no site {wanted}")
    return found[0]


def _version(code: str, key: str) -> Protocol:
    found = [row for row in selectors.versions_of(code) if str(row.pk) == key]
    if not found:
        raise Http404(f"no version {key} of {code}")
    return found[0]


def _adoption(request: HttpRequest, code: str, adoption_id: int) -> ProtocolAdoption:
    found = selectors.adoption_visible(staff=request.user, adoption_id=adoption_id)
    if found is None or found.protocol.code != code:
        raise Http404(f"no adoption {adoption_id} of {code}")
    return found


def _address(name: str, site: Site, code: str | None = None) -> str:
    return f"{reverse(name, args=[code] if code else [])}?site={site.pk}"


def _back(code: str, site: Site) -> HttpResponse:
    return redirect(_address("protocol", site, code))


def _where(request: HttpRequest, site: Site) -> dict[str, Any]:
    """The site of the page, and the others that the person may turn to."""
    sites = selectors.sites_that(staff=request.user, action="protocol.view")
    return {
        "site": site,
        "others": [
            (other.name, f"{request.path}?site={other.pk}")
            for other in sites
            if other.pk != site.pk and len(sites) > 1
        ],
        "simulated": site.is_demo,
    }


def _row(
    protocol: Protocol, entry: Entry, adoption: ProtocolAdoption | None
) -> dict[str, Any]:
    kind = status(entry).name.lower()
    if adoption is not None:
        kind = "here" if adoption.in_force else "waiting"
    drugs = [f"{drug.text.strip()}, {drug.pole}" for drug in entry.drugs or ()]
    choices = ", ".join(drug.name for drug in entry.choices)
    return {
        "code": entry.code,
        "group": entry.group,
        "title": entry.title,
        "places": ", ".join(entry.body_sites),
        "indications": ", ".join(entry.indications),
        "drugs": " + ".join(drugs) or _choices(entry) or "none (tap water)",
        "choices": choices,
        "kind": kind,
        "standing": rows.standing_of(entry, protocol, adoption),
    }


def _matches(row: dict[str, Any], words: str, wanted: str) -> bool:
    """Whether a row has every word, and the status that is asked for."""
    names = ("code", "group", "title", "places", "indications", "drugs", "choices")
    text = " ".join(str(row[name]) for name in names).casefold()
    right = row["kind"] == wanted or wanted not in STANDINGS
    return right and all(word in text for word in words.casefold().split())


def _choices(entry: Entry) -> str:
    if len(entry.choices) > FEW:
        return f"one or more of {len(entry.choices)} drugs"
    return " or ".join(drug.name for drug in entry.choices)


def _grouped(shown: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups = {
        group: [row for row in shown if row["group"] == group] for group in GROUPS
    }
    return {group: found for group, found in groups.items() if found}


def _problems(entry: Entry, refusal: Refusal, entered: dict[str, Any]) -> form.Problems:
    if refusal.code in ("no_source", "source_long"):
        return [("source", refusal.text)]
    fields = refusal.extra.get("fields", [])
    if not fields:
        return [("", refusal.text)]
    return form.anchors(entry, fields, entered)


def _detail(
    request: HttpRequest,
    code: str,
    site: Site,
    typed: dict[str, str] | None = None,
    errors: dict[str, Any] | None = None,
    status_code: int = 200,
) -> HttpResponse:
    versions = selectors.versions_of(code)
    if not versions:
        raise Http404(f"no protocol {code}")
    newest = versions[0]
    entry = Entry.from_dict(newest.entry)
    history = selectors.adoptions_of(site=site, code=code)
    standing = history[0] if history and history[0].withdrawn_at is None else None
    spec = ProtocolSpec.from_dict(standing.spec) if standing else None
    context = {
        **_where(request, site),
        "protocol": newest,
        "entry": entry,
        "standing": rows.standing_of(entry, newest, standing),
        "adoption": standing,
        "drugs": rows.drugs_of(entry, spec),
        "tables": rows.tables_of(entry, spec),
        "texts": rows.texts_of(entry),
        "extras": rows.extras_of(entry),
        "sources": rows.sources_of(entry),
        "values": rows.values_of(spec) if spec else [],
        "entered": _entered(standing) if standing else [],
        "changes": _changes(versions),
        "touched": selectors.touched_by(newest, [site.pk]),
        "history": history,
        "back": {"href": _address("protocols", site), "text": "Protocols"},
        **_form(request, site, newest, entry, standing, typed or {}),
        **(errors or {}),
    }
    return page(request, "catalogue/detail.jinja", context, status=status_code)


def _entered(adoption: ProtocolAdoption) -> list[rows.Line]:
    """What was entered for the version that was signed."""
    signed = selectors.entry_of(adoption.protocol)
    return rows.entered_of(signed, adoption) if signed else []


def _form(
    request: HttpRequest,
    site: Site,
    newest: Protocol,
    entry: Entry,
    standing: ProtocolAdoption | None,
    typed: dict[str, str],
) -> dict[str, Any]:
    """What the person may sign here now, and what was typed for it."""
    signs = allowed(request.user, "protocol.adopt", site.pk)
    treated = status(entry) in (Status.ADOPTABLE, Status.LOCKED)
    outdated = standing is not None and standing.protocol_id != newest.pk
    waiting = standing is not None and not standing.in_force and not outdated
    return {
        "may_sign": signs,
        "may_adopt": signs and treated and (standing is None or outdated),
        "may_second": waiting and signs and standing.adopted_by_id != request.user.pk,
        "waiting": waiting,
        "outdated": outdated,
        "restricted": form.may_be_restricted(entry),
        "inputs": form.inputs_of(entry, typed),
        "slots": form.slots_of(entry, typed),
        "choices": form.choices_of(entry),
        "drugs_source": typed.get("source.drugs", ""),
        "other_figures": form.others_of(entry, typed),
        "source": typed.get("source", ""),
        "reason": typed.get("reason", ""),
    }


def _changes(versions: list[Protocol]) -> list[tuple[Protocol, tuple[str, ...]]]:
    """Each version with what it changed from the one before, the newest first."""
    return [(new, changes(old, new)) for new, old in pairwise(versions)]
