"""`/ladders/`: the rungs that courses go down, and a site's own next version."""

import hashlib
import json
from itertools import pairwise
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from clinic.errors import Refusal
from clinic.models import Site
from clinic.permissions import allowed, require
from clinic.web.pages import errors_of
from devices.web.page import page
from sessions_app.domain.course.ladders import LadderSpec
from sessions_app.models import Ladder
from sessions_app.selectors.ladders import ladders_newest, ladders_of
from sessions_app.services.ladders import ladder_publish
from sessions_app.web import ladder_form as form
from sessions_app.web import ladder_words as words
from sessions_app.web.site_choice import site_chosen, site_links

VIEW = "ladder.view"


def _address(name: str, site: Site, *args: str) -> str:
    return f"{reverse(name, args=args)}?site={site.pk}"


@require_GET
def ladders(request: HttpRequest) -> HttpResponse:
    site = site_chosen(request, request.GET, VIEW)
    context = {
        **site_links(request, site, VIEW),
        "rows": [_row(row) for row in ladders_newest(site=site)],
        "back": {
            "href": f"{reverse('protocols')}?site={site.pk}",
            "text": "Protocols",
        },
    }
    return page(request, "course/ladders.jinja", context)


def _row(row: Ladder) -> dict[str, Any]:
    spec = LadderSpec.from_dict(row.spec)
    return {
        "code": row.code,
        "title": row.title,
        "version": row.version,
        "whose": row.site.name if row.site else "Product",
        "protocols": ", ".join(spec.protocols),
    }


@require_GET
def ladder(request: HttpRequest, code: str) -> HttpResponse:
    site = site_chosen(request, request.GET, VIEW)
    versions = _versions(site, code)
    shown = _wanted(versions, request.GET.get("version", ""))
    spec = LadderSpec.from_dict(shown.spec)
    context = {
        **site_links(request, site, VIEW),
        "ladder": shown,
        "newest": versions[0],
        "groups": _grouped(spec),
        "sources": words.source_rows(spec),
        "versions": _version_rows(versions),
        "may_edit": allowed(request.user, "ladder.edit", site.pk),
        "back": {"href": _address("ladders", site), "text": "Ladders"},
    }
    return page(request, "course/ladder.jinja", context)


def _versions(site: Site, code: str) -> list[Ladder]:
    found = ladders_of(site=site, code=code)
    if not found:
        raise Http404(f"no ladder {code}")
    return found


def _wanted(versions: list[Ladder], key: str) -> Ladder:
    found = [row for row in versions if str(row.pk) == key or not key]
    if not found:
        raise Http404(f"no version {key}")
    return found[0]


def _grouped(spec: LadderSpec) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, _, label, text in words.lines_of(spec):
        groups.setdefault(group, []).append((label, text))
    return groups


def _version_rows(versions: list[Ladder]) -> list[dict[str, Any]]:
    """Each version with what it changed from the one before."""
    specs = [LadderSpec.from_dict(row.spec) for row in versions]
    changed = [words.changes_of(old, new) for new, old in pairwise(specs)]
    return [
        {"row": row, "changes": changes}
        for row, changes in zip(versions, [*changed, []], strict=True)
    ]


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The form; what changes is shown before the press that saves it."""
    site = site_chosen(request, request.POST or request.GET, VIEW)
    require(request.user, "ladder.edit", site)
    newest = _versions(site, code)[0]
    base = LadderSpec.from_dict(newest.spec)
    if request.method == "GET":
        return _form_page(request, site, newest, form.typed_of(base))
    typed = form.typed_from(request.POST, is_down=base.down is not None)
    do = request.POST.get("do", "")
    if form.rows_changed(typed, do):
        return _form_page(request, site, newest, typed)
    spec, problems = form.spec_from(typed, base, site.name)
    if request.POST.get("base") != str(newest.pk):
        told = f"Version {newest.version} was published meanwhile; look again."
        problems = [("", told), *problems]
    if spec is None or problems:
        return _form_page(request, site, newest, typed, problems=problems)
    if do != "save" or request.POST.get("seen") != _seal(spec):
        return _form_page(request, site, newest, typed, spec=spec)
    try:
        ladder_publish(site=site, code=code, spec=spec, by=request.user)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        told = [(str(refusal.extra.get("field", "")), refusal.text)]
        return _form_page(request, site, newest, typed, problems=told)
    return redirect(_address("ladder", site, code))


def _seal(spec: LadderSpec) -> str:
    """What was shown before it was saved, so that nothing else is saved."""
    told = json.dumps(spec.to_dict(), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _form_page(
    request: HttpRequest,
    site: Site,
    newest: Ladder,
    typed: form.Typed,
    *,
    problems: form.Problems | None = None,
    spec: LadderSpec | None = None,
) -> HttpResponse:
    base = LadderSpec.from_dict(newest.spec)
    context = {
        **site_links(request, site, VIEW),
        "ladder": newest,
        "typed": typed,
        "groups": form.groups_shown(typed),
        "changes": words.changes_of(base, spec) if spec else [],
        "seen": _seal(spec) if spec else "",
        "next": newest.version + 1 if newest.site_id else 1,
        "back": {"href": _address("ladder", site, newest.code), "text": newest.code},
        **errors_of(*(problems or [])),
    }
    status = 422 if problems else 200
    return page(request, "course/ladder_edit.jinja", context, status=status)
