"""One treatment through the API, from the draft to the signature."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from devices.models import Run
from sessions_app.models import ElectrodeType, LegRun, TreatmentSession
from tests.factories import CHAIR_CODE, Place, make_patient, make_place, make_stimulator
from tests.sessions_app.api.scene import (
    Scene,
    make_dose,
    make_order,
    make_scene,
    make_session,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene(make_place())


def client_of(place: Place, prescriber: bool = False) -> Client:
    client = Client()
    client.force_login(place.prescriber if prescriber else place.clinician)
    return client


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{address}/", body, content_type="application/json")


def order_body(scene: Scene, **changes: Any) -> dict[str, Any]:
    tray = str(scene.electrode.pk)
    leg = {
        "active_region": "palm",
        "active_side": "left",
        "active_place": "left palm",
        "active_electrode": tray,
        "return_region": "palm",
        "return_side": "right",
        "return_place": "right palm",
        "return_electrode": tray,
    }
    plain = {
        "patient": str(make_patient(scene.place).pk),
        "adoption": scene.adoption.pk,
        "indication": "Primary palmar hyperhidrosis",
        "sessions_planned": 2,
        "expires_on": str(timezone.localdate() + dt.timedelta(days=30)),
        "legs": [leg],
    }
    return {**plain, **changes}


def test_from_draft_to_signature(scene: Scene) -> None:
    prescriber = client_of(scene.place, prescriber=True)
    draft = post(prescriber, "prescriptions", **order_body(scene))
    assert draft.status_code == 201
    order = draft.json()["id"]
    assert draft.json()["legs"][0]["active_place"] == "left palm"

    day = {"prescription": order, "due_on": str(timezone.localdate())}
    early = post(prescriber, "treatment-sessions", **day)
    assert (early.status_code, early.json()["code"]) == (422, "not_signed")
    bare = post(prescriber, f"prescriptions/{order}/sign")
    assert (bare.status_code, bare.json()["code"]) == (422, "no_consent")
    consent = {
        "prescription": order,
        "kind": "treatment",
        "text_version": 1,
        "given_by": "patient",
    }
    assert post(client_of(scene.place), "consents", **consent).status_code == 201
    signed = post(prescriber, f"prescriptions/{order}/sign").json()
    assert len(signed["signature"]) == 64
    again = post(prescriber, f"prescriptions/{order}/sign")
    assert (again.status_code, again.json()["code"]) == (409, "signed")

    client = client_of(scene.place)
    session = post(client, "treatment-sessions", **day).json()
    here = f"treatment-sessions/{session['id']}"
    session = post(client, f"{here}/check-in", version=session["version"]).json()
    assert session["state"] == "checked_in"
    session = answered(client, here, session["version"])
    assert session["state"] == "cleared"

    box = make_stimulator(scene.place)
    session = post(
        client, f"{here}/prepare", version=session["version"], stimulator=str(box.pk)
    ).json()
    assert session["state"] == "treating"
    (tie,) = session["legs"][0]["leg_runs"]
    assert tie["state"] == "queued"
    assert tie["plan"]["verdicts"]

    press = {
        "run": tie["run"],
        "version": tie["run_version"],
        "identity": True,
        "electrodes": True,
        "chair_code": CHAIR_CODE,
    }
    unready = post(client, f"{here}/start", **press)
    assert (unready.status_code, unready.json()["code"]) == (409, "not_ready")
    Run.objects.filter(pk=tie["run"]).update(state="ready")
    assert post(client, f"{here}/start", **press).status_code == 202
    twice = post(client, f"{here}/start", **press)
    assert (twice.status_code, twice.json()["code"]) == (409, "second_start")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chair_code": ""}, "chair_code_missing"),
        ({"chair_code": "WRONG"}, "chair_code_wrong"),
        ({"identity": False}, "identity"),
        ({"electrodes": False}, "electrodes"),
        ({"version": 99}, "stale_page"),
    ],
)
def test_a_start_without_its_proofs_starts_nothing(
    scene: Scene, change: dict[str, Any], code: str
) -> None:
    LegRun.objects.create(leg=scene.session.legs.get(), run=scene.run, plan={})
    Run.objects.filter(pk=scene.run.pk).update(state="ready")
    press = {
        "run": str(scene.run.pk),
        "version": scene.run.version,
        "identity": True,
        "electrodes": True,
        "chair_code": CHAIR_CODE,
    }
    answer = post(
        client_of(scene.place),
        f"treatment-sessions/{scene.session.pk}/start",
        **{**press, **change},
    )
    assert answer.json()["code"] == code
    scene.run.refresh_from_db()
    assert scene.run.start_requested_at is None


def test_a_stale_version_is_a_conflict(scene: Scene) -> None:
    answer = post(
        client_of(scene.place),
        f"treatment-sessions/{scene.session.pk}/check-in",
        version=scene.session.version + 1,
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_page")
    scene.session.refresh_from_db()
    assert scene.session.state == "planned"


def answered(client: Client, here: str, version: int) -> Any:
    """The session after its people are named and every question answered safely."""
    post(client, f"{here}/people", interpreter="not_needed")
    session: dict[str, Any] = {"version": version}
    for tier in ("visit", "course"):
        due = client.get(f"/api/v1/{here}/check/").json()
        assert due["step"] == tier
        said = {one["name"]: {"answer": one["safe"]} for one in due["questions"]}
        body = {"version": session["version"], "tier": tier, "answers": said}
        session = post(client, f"{here}/check", **body).json()
    return session


def test_missing_answers_are_named(scene: Scene) -> None:
    # The session of the scene has a question to the prescriber open.
    order = make_order(make_patient(scene.place), scene.adoption, scene.place)
    session = make_session(order, scene.place)
    client, here = client_of(scene.place), f"treatment-sessions/{session.pk}"
    version = post(client, f"{here}/check-in", version=1).json()["version"]
    due = client.get(f"/api/v1/{here}/check/").json()["questions"]
    one = {"sensation": {"answer": "yes"}}
    body = {"version": version, "tier": "visit", "answers": one}
    answer = post(client, f"{here}/check", **body)
    assert answer.status_code == 422
    assert answer.json()["extra"]["missing"] == [
        question["name"] for question in due if question["name"] != "sensation"
    ]


def test_a_visit_is_closed_without_treatment(scene: Scene) -> None:
    client, here = client_of(scene.place), f"treatment-sessions/{scene.session.pk}"
    version = post(client, f"{here}/check-in", version=1).json()["version"]
    why = {"because": "check", "reason": "fever"}
    closed = post(client, f"{here}/not-treated", version=version, **why)
    assert closed.json()["state"] == "not_treated"
    assert closed.json()["not_treated_reason"] == "An answer of the checks: fever"


def test_the_record_is_signed_once_the_dose_stands(scene: Scene) -> None:
    client, here = client_of(scene.place), f"treatment-sessions/{scene.session.pk}"
    TreatmentSession.objects.filter(pk=scene.session.pk).update(state="to_sign")
    looks = [{"electrode": "1-red"}, {"electrode": "1-black"}]
    cleaned = [str(pk) for pk in ElectrodeType.objects.values_list("pk", flat=True)]
    body = {"version": scene.session.version, "seen": looks, "cleaned": cleaned}
    early = post(client, f"{here}/sign", **body)
    assert (early.status_code, early.json()["code"]) == (409, "no_dose")
    make_dose(scene.session, scene.run)
    blind = post(client, f"{here}/sign", **body | {"seen": looks[:1]})
    assert (blind.status_code, blind.json()["code"]) == (422, "skin_not_seen")
    assert post(client, f"{here}/sign", **body).json()["state"] == "completed"


def test_a_prescription_that_breaks_a_limit_says_all_of_it(scene: Scene) -> None:
    client = client_of(scene.place, prescriber=True)
    answer = post(client, "prescriptions", **order_body(scene, max_ua=99_000))
    assert answer.status_code == 422
    assert "99.0 mA" in answer.json()["detail"]


def test_a_stopped_prescription_keeps_its_reason(scene: Scene) -> None:
    client = client_of(scene.place, prescriber=True)
    here = f"prescriptions/{scene.prescription.pk}/stop"
    assert post(client, here, reason=" ").json()["code"] == "no_reason"
    assert post(client, here, reason="blister").json()["stop_reason"] == "blister"
    assert post(client, here, reason="blister").status_code == 409


def test_a_protocol_is_adopted_once(scene: Scene) -> None:
    client = client_of(scene.place, prescriber=True)
    here = f"protocols/{scene.protocol.pk}/adopt"
    again = post(client, here, site=str(scene.place.site.pk))
    assert (again.status_code, again.json()["code"]) == (409, "adopted")


def test_a_stimulator_of_another_site_does_not_exist(scene: Scene) -> None:
    client, here = client_of(scene.place), f"treatment-sessions/{scene.session.pk}"
    foreign = make_stimulator(make_place())
    answer = post(client, f"{here}/prepare", version=1, stimulator=str(foreign.pk))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "stimulator"


def test_a_dose_says_what_it_is_worth(scene: Scene) -> None:
    client = client_of(scene.place)
    dose = client.get(f"/api/v1/dose-records/{scene.dose.pk}/").json()
    assert dose["confirmed_ma_min"] == "2.0000"
    assert dose["evidence"] == "trace"
    assert dose["upper_nc"] >= dose["confirmed_nc"]
