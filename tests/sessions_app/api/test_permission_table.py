"""Who may do what through the API: every endpoint has its row, or the test fails."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from clinic.models import Consent, PatientFact, Role, Staff
from sessions_app.models import Loan, Lot, PrescriberRequest, Proposal, Task
from tests.factories import make_world
from tests.papers import ROOT
from tests.sessions_app.api.scene import Scene, make_scene

pytestmark = pytest.mark.django_db

ROLES = {
    "A": Role.ADMINISTRATOR,
    "P": Role.PRESCRIBER,
    "C": Role.CLINICIAN,
    "E": Role.ENGINEER,
    "U": Role.AUDITOR,
}
NOT_FOUND, OWN_ROWS, ALL = 404, 200, 200


@dataclass(frozen=True)
class Row:
    """`allowed` roles get `status`, the others 403, whoever is signed out 401.

    `other` is what the allowed roles of another site get: 404 for a row of this
    site, 400 where a body names one.
    """

    method: str
    name: str
    allowed: str
    status: int
    other: int
    body: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


TABLE = [
    Row("GET", "me", "APCEU", 200, OWN_ROWS),
    Row("GET", "sites", "APCEU", 200, OWN_ROWS),
    Row("GET", "site", "APCEU", 200, NOT_FOUND),
    Row("GET", "rooms", "APCEU", 200, OWN_ROWS),
    Row("GET", "room", "APCEU", 200, NOT_FOUND),
    Row("GET", "chairs", "APCEU", 200, OWN_ROWS),
    Row("GET", "chair", "APCEU", 200, NOT_FOUND),
    Row("GET", "patients", "APCU", 200, OWN_ROWS),
    Row("POST", "patients", "APC", 201, 400, "register"),
    Row("GET", "patient", "APCU", 200, NOT_FOUND),
    Row("PATCH", "patient", "APC", 200, NOT_FOUND, "correct"),
    Row("GET", "audit-entries", "AU", 200, OWN_ROWS),
    Row("GET", "audit-entry", "AU", 200, NOT_FOUND),
    Row("GET", "stimulators", "APCEU", 200, OWN_ROWS),
    Row("GET", "stimulator", "APCEU", 200, NOT_FOUND),
    Row("POST", "stimulator-quarantine", "E", 200, NOT_FOUND, "reason"),
    Row("POST", "stimulator-release", "E", 409, NOT_FOUND, "reason"),
    Row("GET", "runs", "APCEU", 200, OWN_ROWS),
    Row("GET", "run", "APCEU", 200, NOT_FOUND),
    Row("GET", "run-events", "APCEU", 200, NOT_FOUND),
    Row("GET", "run-live", "APCEU", 200, NOT_FOUND),
    Row("GET", "run-trace", "APCEU", 200, NOT_FOUND),
    Row("GET", "run-samples", "APCEU", 200, NOT_FOUND),
    Row("GET", "run-command", "APCEU", 200, NOT_FOUND),
    # A queued run takes no press: past the permission it is a conflict.
    Row("POST", "run-adjust", "PC", 409, NOT_FOUND, "adjust"),
    Row("POST", "run-hold", "PC", 409, NOT_FOUND),
    Row("POST", "run-resume", "PC", 409, NOT_FOUND, "resume"),
    Row("POST", "run-pain", "PC", 200, NOT_FOUND, "pain"),
    Row("POST", "run-tingling", "PC", 200, NOT_FOUND, "tingling"),
    Row("POST", "run-stop", "APCEU", 200, NOT_FOUND),
    Row("POST", "run-made-safe", "PCE", 409, NOT_FOUND, "made_safe"),
    Row("POST", "run-settle", "PCE", 409, NOT_FOUND, "settle"),
    Row("GET", "electrode-types", "APCEU", 200, ALL),
    Row("GET", "electrode-type", "APCEU", 200, ALL),
    Row("GET", "protocols", "APCEU", 200, ALL),
    Row("GET", "protocol", "APCEU", 200, ALL),
    # The scene's protocol is adopted already: past the permission it is a conflict.
    Row("POST", "adopt", "P", 409, 400, "site"),
    Row("GET", "adoptions", "APCEU", 200, OWN_ROWS),
    Row("GET", "adoption", "APCEU", 200, NOT_FOUND),
    Row("POST", "adoption-second", "P", 409, NOT_FOUND),
    Row("POST", "adoption-withdraw", "P", 200, NOT_FOUND, "reason"),
    Row("GET", "prescriptions", "APCU", 200, OWN_ROWS),
    Row("POST", "prescriptions", "P", 201, 400, "prescription"),
    Row("POST", "prescriptions-check", "P", 200, 400, "prescription"),
    Row("GET", "prescription", "APCU", 200, NOT_FOUND),
    Row("POST", "prescription-sign", "P", 200, NOT_FOUND),
    Row("POST", "prescription-stop", "P", 200, NOT_FOUND, "reason"),
    Row("GET", "sessions", "APCU", 200, OWN_ROWS),
    Row("POST", "sessions", "PC", 201, 400, "schedule"),
    Row("GET", "session", "APCU", 200, NOT_FOUND),
    Row("POST", "session-check-in", "PC", 200, NOT_FOUND, "version"),
    Row("POST", "session-people", "PC", 200, NOT_FOUND, "people"),
    # A planned session has no patient to ask, and nothing that is barred.
    Row("GET", "session-check", "APCU", 200, NOT_FOUND),
    Row("POST", "session-check", "PC", 409, NOT_FOUND, "answers"),
    Row("POST", "session-ask", "PC", 409, NOT_FOUND, "question"),
    Row("POST", "session-clear", "PC", 422, NOT_FOUND, "version"),
    Row("POST", "session-not-treated", "PC", 409, NOT_FOUND, "not_treated"),
    Row("POST", "session-prepare", "PC", 409, NOT_FOUND, "prepare"),
    Row("POST", "session-start", "PC", 400, NOT_FOUND, "start"),
    # Nothing runs in a planned session, nothing was given, and no call is open.
    Row("POST", "session-skin-check", "PC", 409, NOT_FOUND, "seen"),
    Row("POST", "session-call-back", "PC", 409, NOT_FOUND, "seen"),
    Row("POST", "session-adverse-events", "PC", 409, NOT_FOUND, "harm"),
    Row("POST", "session-sign", "PC", 409, NOT_FOUND, "sign"),
    # Tap water has no step beside it, and the minutes wait for the end.
    Row("GET", "session-adjuncts", "APCU", 200, NOT_FOUND),
    Row("POST", "session-adjuncts", "PC", 422, NOT_FOUND, "adjunct"),
    Row("GET", "session-minutes", "APCU", 200, NOT_FOUND),
    Row("POST", "session-minutes", "PC", 409, NOT_FOUND, "minutes"),
    Row("GET", "adverse-events", "APCU", 200, OWN_ROWS),
    Row("GET", "adverse-event", "APCU", 200, NOT_FOUND),
    Row("GET", "incidents", "APCU", 200, OWN_ROWS),
    Row("GET", "incident", "APCU", 200, NOT_FOUND),
    Row("POST", "incident-decide", "PE", 200, NOT_FOUND, "decision"),
    Row("GET", "requests", "APCU", 200, OWN_ROWS),
    Row("POST", "request-decide", "P", 409, NOT_FOUND, "decide"),
    Row("POST", "request-second", "P", 409, NOT_FOUND, "version"),
    Row("GET", "consents", "APCU", 200, OWN_ROWS),
    Row("POST", "consents", "PC", 201, 400, "consent"),
    Row("POST", "consent-withdraw", "PC", 200, NOT_FOUND, "reason"),
    Row("GET", "facts", "APCU", 200, OWN_ROWS),
    Row("POST", "facts", "PC", 201, 400, "fact"),
    Row("POST", "fact-end", "PC", 200, NOT_FOUND),
    Row("GET", "courses", "APCU", 200, OWN_ROWS),
    Row("GET", "course", "APCU", 200, NOT_FOUND),
    Row("POST", "proposal-accept", "PC", 200, NOT_FOUND),
    # Nothing happened yet that another rung could follow.
    Row("POST", "proposal-change", "PC", 422, NOT_FOUND, "change"),
    Row("POST", "proposal-reject", "PC", 200, NOT_FOUND, "reason"),
    Row("GET", "tasks", "APCE", 200, OWN_ROWS),
    Row("POST", "task-done", "PCE", 200, NOT_FOUND, "outcome"),
    Row("GET", "doses", "APCU", 200, OWN_ROWS),
    Row("GET", "dose", "APCU", 200, NOT_FOUND),
    Row("GET", "measurements", "APCU", 200, OWN_ROWS),
    Row("POST", "measurements", "PC", 201, 400, "measurement"),
    # Tap water has no credit to score again.
    Row("POST", "dose-swap", "PC", 422, NOT_FOUND, "swap"),
    Row("GET", "collections", "APCU", 200, OWN_ROWS),
    # The scene's session is a treatment and not signed, nothing is to be repeated.
    Row("POST", "session-collect", "PC", 409, NOT_FOUND, "collect"),
    Row("POST", "session-collected", "PC", 409, NOT_FOUND, "collected"),
    Row("POST", "session-result", "PC", 409, NOT_FOUND, "result"),
    Row("POST", "session-interpret", "P", 409, NOT_FOUND, "interpret"),
    Row("POST", "session-repeat", "PC", 400, NOT_FOUND, "repeat"),
    Row("POST", "session-deliver", "PC", 409, NOT_FOUND, "deliver"),
    Row("POST", "session-rest", "PC", 422, NOT_FOUND, "rest"),
    Row("GET", "lots", "APCEU", 200, OWN_ROWS),
    Row("POST", "lots", "APCE", 201, 400, "lot"),
    Row("GET", "lot", "APCEU", 200, NOT_FOUND),
    Row("POST", "lot-recall", "APCE", 200, NOT_FOUND, "reason"),
    Row("GET", "home-devices", "APCEU", 200, OWN_ROWS),
    Row("GET", "loans", "APCEU", 200, OWN_ROWS),
    Row("GET", "loan", "APCEU", 200, NOT_FOUND),
    # The line is told for a time that has not come.
    Row("POST", "loan-diary", "PC", 422, NOT_FOUND, "diary"),
]
# For everybody, signed in or not: they say what is in the source anyway.
OPEN = {"schema", "docs"}


def keys(scene: Scene) -> dict[str, Any]:
    return {
        "site": scene.place.site.pk,
        "room": scene.place.room.pk,
        "chair": scene.place.chair.pk,
        "patient": scene.patient.pk,
        "audit-entry": scene.act.pk,
        "stimulator": scene.stimulator.pk,
        "run": scene.run.pk,
        "electrode-type": scene.electrode.pk,
        "protocol": scene.protocol.pk,
        "adopt": scene.protocol.pk,
        "adoption": scene.adoption.pk,
        "prescription": scene.prescription.pk,
        "prescription-sign": scene.draft.pk,
        "session": scene.session.pk,
        "dose": scene.dose.pk,
        "lot": Lot.objects.get(site=scene.place.site).pk,
        "loan": Loan.objects.get(device__site=scene.place.site).pk,
        "adverse-event": scene.incident.event_id,
        "incident": scene.incident.pk,
        "request": PrescriberRequest.objects.get(session=scene.session).pk,
        "consent": Consent.objects.get(course=scene.prescription.number).pk,
        "fact": PatientFact.objects.get(patient=scene.patient).pk,
        "task": Task.objects.get(site=scene.place.site).pk,
        "course": scene.prescription.number,
        "proposal": Proposal.objects.get(course=scene.prescription.number).pk,
    }


def bodies(scene: Scene) -> dict[str, dict[str, Any]]:
    session, electrode = scene.session, str(scene.electrode.pk)
    leg = {
        "body_site": "palms",
        "active_region": "palm",
        "active_side": "left",
        "active_place": "left palm",
        "active_electrode": electrode,
        "return_region": "palm",
        "return_side": "right",
        "return_place": "right palm",
        "return_electrode": electrode,
    }
    version = {"version": session.version}
    return {
        "": {},
        "register": {
            "site": str(scene.place.site.pk),
            "is_simulated": True,
            "family_name": "Moreau",
            "given_name": "Lucie",
            "born_on": "2009-05-09",
            "mrn": "M-77",
            "gender": "female",
            "nhs_number": "9990000018",
            "allergies": ["Latex"],
            "contraindications": [],
        },
        "correct": {"seen": {"allergies": []}, "changes": {"allergies": ["Latex"]}},
        "adjust": {"from_ua": 4000, "to_ua": 3000},
        "resume": {
            "level_ua": 1000,
            "chair_code": "QX4T",
            "red_inspected": True,
            "black_inspected": True,
        },
        "pain": {"score": 2},
        "tingling": {"tingling": "strong"},
        "made_safe": {"output_off": True, "electrodes_off": True},
        "settle": {"charge_nc": 0, "reason": "counter read"},
        "site": {"site": str(scene.place.site.pk)},
        "prescription": {
            "patient": str(scene.patient.pk),
            "adoption": scene.adoption.pk,
            "indication": "palmar hyperhidrosis",
            "sessions_planned": 4,
            "expires_on": str(session.due_on),
            "max_ua": None,
            "replaces": None,
            "legs": [leg],
        },
        "reason": {"reason": "skin reaction"},
        "schedule": {
            "prescription": str(scene.prescription.pk),
            "due_on": str(session.due_on + dt.timedelta(days=3)),
            "due_at": None,
        },
        "version": version,
        "people": {"interpreter": "not_needed"},
        "answers": {**version, "tier": "visit", "answers": {}},
        "question": {**version, "question": "may we?"},
        "decide": {**version, "allow": True, "reason": "seen", "max_ua": None},
        "consent": {
            "prescription": str(scene.prescription.pk),
            "kind": "photo",
            "text_version": 1,
            "given_by": "patient",
        },
        "fact": {
            "patient": str(scene.patient.pk),
            "kind": "metal",
            "says": "plate, left wrist",
            "dated_on": "2026-01-01",
        },
        "measurement": {
            "patient": str(scene.patient.pk),
            "course": str(scene.prescription.number),
            "measure": "HDSS",
            "value": "2",
            "unit": "points",
            "measured_on": "2026-01-01",
        },
        "outcome": {"outcome": "called"},
        "change": {"reason": "lives far away", "rung": "TAPER_1"},
        "not_treated": {**version, "because": "check", "reason": "fever"},
        "swap": {"swapped": None, "noticed_by": "Nadia", "reason": "seen"},
        "deliver": {
            **version,
            "source": "counter",
            "happened_at": timezone.now().isoformat(),
            "ended_at": timezone.now().isoformat(),
            "why": "in repair",
            "counter_nc": 1,
        },
        "collect": {"container": "coil"},
        "collected": {"amount_milli": 15_000},
        "result": {
            "chloride_milli": 40_000,
            "laboratory": "Central laboratory",
            "method": "Coulometry",
            "measured_on": str(session.due_on),
        },
        "interpret": {"text": "unlikely"},
        "repeat": {"proposal": str(scene.run.pk), "due_on": None},
        "rest": {**version, "stimulator": str(scene.free.pk), "ticked": []},
        "lot": {
            "site": str(scene.place.site.pk),
            "drug": "dexamethasone",
            "number": "B-2",
            "expires_on": "2099-01-31",
        },
        "diary": {
            "happened_at": (timezone.now() + dt.timedelta(minutes=1)).isoformat(),
            "flow_ms": 600_000,
            "skin": "fine",
        },
        "prepare": {**version, "stimulator": str(scene.free.pk), "leg": None},
        "start": {
            **version,
            "run": str(scene.run.pk),
            "identity": True,
            "electrodes": True,
            "chair_code": "QX4T",
        },
        "seen": {"seen": []},
        "harm": {
            "code": "ERY",
            "grade": 1,
            "onset_at": "2026-01-01T09:00:00Z",
            "noticed": "phone",
        },
        "decision": {"reportable": False, "decision": "a known reaction"},
        "sign": {**version, "seen": []},
        "adjunct": {"place": 1, "done": True},
        "minutes": {"code": "97033", "minutes": 10},
    }


def client_of(staff: Staff | None) -> Client:
    client = Client(raise_request_exception=False)
    if staff is not None:
        client.force_login(staff)
    return client


def address_of(row: Row, scene: Scene) -> str:
    address = "/api/v1/" + str(PATTERNS[row.name].pattern)
    if "<" not in address:
        return address
    known = keys(scene)
    key = known.get(row.name) or known[row.name.split("-")[0]]
    address = address.replace("<uuid:command_id>", str(scene.command.pk))
    return address.replace("<uuid:pk>", str(key)).replace("<int:pk>", str(key))


def ask(client: Client, row: Row, scene: Scene) -> tuple[int, str]:
    """Status and text of the answer; nothing that it wrote stays."""
    body = json.dumps(bodies(scene)[row.body])
    with transaction.atomic():
        answer = client.generic(
            row.method, address_of(row, scene), body, "application/json"
        )
        transaction.set_rollback(True)
    return answer.status_code, answer.content.decode()


def api_patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from api_patterns(entry)
        elif entry.name:
            yield entry


def root() -> URLResolver:
    found = [
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and str(entry.pattern) == "api/"
    ]
    return found[0]


PATTERNS = {pattern.name: pattern for pattern in api_patterns(root())}


def test_every_method_of_every_address_has_a_row() -> None:
    served = {
        (method.upper(), name)
        for name, pattern in PATTERNS.items()
        if name not in OPEN
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(pattern.callback.view_class, method)
    }
    assert served == {(row.method, row.name) for row in TABLE}
    assert len(TABLE) == len(served)


def test_the_readme_lists_every_resource_and_no_other() -> None:
    line = re.search(r"Under `/api/v1/`: `([^`]+)`", (ROOT / "README.md").read_text())
    resources = {
        str(pattern.pattern).partition("/")[0]
        for name, pattern in PATTERNS.items()
        if name not in OPEN
    }
    assert line is not None
    assert set(line[1].split()) == resources


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_gets_what_the_table_says(letter: str) -> None:
    scene = make_scene(make_world().here)
    client = client_of(scene.place.staff[ROLES[letter]])
    got = {str(row): ask(client, row, scene)[0] for row in TABLE}
    assert got == {
        str(row): row.status if letter in row.allowed else 403 for row in TABLE
    }


def test_whoever_is_signed_out_gets_nothing() -> None:
    scene = make_scene(make_world().here)
    client = client_of(None)
    assert {ask(client, row, scene)[0] for row in TABLE} == {401}


@pytest.mark.parametrize("letter", ROLES)
def test_another_site_learns_nothing(letter: str) -> None:
    world = make_world()
    scene = make_scene(world.here)
    client = client_of(world.other.staff[ROLES[letter]])
    rows = [row for row in TABLE if letter in row.allowed]
    got = {str(row): ask(client, row, scene) for row in rows}
    assert {name: status for name, (status, _) in got.items()} == {
        str(row): row.other for row in rows
    }
    for name, (_, text) in got.items():
        assert not [secret for secret in scene.private if secret in text], name


@pytest.mark.parametrize("name", sorted(OPEN))
def test_the_papers_are_open(name: str) -> None:
    address = "/api/v1/" + str(PATTERNS[name].pattern)
    assert Client().get(address).status_code == 200
