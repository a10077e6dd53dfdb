"""Runs through the API: presses, what became of them, figures and samples."""

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinic.models import Role
from devices.core import trace_codec
from devices.core.reading import Phase, Reading
from devices.models import Presence, Run, RunCommand, RunLive, TraceChunk
from devices.services import stopping
from tests.factories import CHAIR_CODE, Place, make_place, make_run

pytestmark = pytest.mark.django_db

READINGS = [
    Reading(1, 0, 0, 0, 0, 100, 0, Phase.RAMP_UP),
    Reading(2, 250, 4_000, 4_010, 4_000, 8_000, 4_000, Phase.PLATEAU),
    Reading(3, 500, None, None, None, None, 4_000, Phase.PLATEAU),
]


@pytest.fixture
def place(db: None) -> Place:
    return make_place()


@pytest.fixture
def client(place: Place) -> Client:
    client = Client()
    client.force_login(place.clinician)
    return client


@pytest.fixture
def run(place: Place) -> Run:
    """A run that flows at 4 mA, with three samples."""
    run = make_run(place)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(
        state="running", kickoff_sent_at=now, started_at=now
    )
    RunLive.objects.filter(run=run).update(
        phase=Phase.PLATEAU, level_ua=4_000, set_ua=4_000, t_ms=30_000, have_seq=3
    )
    TraceChunk.objects.create(
        run=run, first_seq=1, count=3, payload=trace_codec.pack(READINGS)
    )
    return run


def post(client: Client, run: Run, act: str, **body: Any) -> Any:
    return client.post(
        f"/api/v1/runs/{run.pk}/{act}/", body, content_type="application/json"
    )


def test_lower_needs_nobody_at_the_chair(client: Client, run: Run) -> None:
    answer = post(client, run, "adjust", from_ua=4_000, to_ua=3_000)
    assert answer.status_code == 202
    command = answer.json()
    assert command["data"] == {"from_ua": 4_000, "to_ua": 3_000}
    assert command["valid_until"] is None
    found = client.get(f"/api/v1/runs/{run.pk}/commands/{command['id']}/").json()
    assert found["state"] == "asked"


def test_raise_needs_the_patient_and_the_chair(
    client: Client, run: Run, place: Place
) -> None:
    up = {"from_ua": 4_000, "to_ua": 5_000}
    assert post(client, run, "adjust", **up).json()["code"] == "patient_not_asked"
    up["patient_agrees"] = True
    assert post(client, run, "adjust", **up).json()["code"] == "not_at_chair"
    Presence.objects.create(run=run, staff=place.clinician)
    answer = post(client, run, "adjust", **up)
    assert answer.status_code == 202
    assert answer.json()["valid_until"] is not None


def test_a_stale_level_is_a_conflict(client: Client, run: Run) -> None:
    answer = post(client, run, "adjust", from_ua=5_000, to_ua=4_500)
    assert answer.status_code == 409
    assert answer.json()["code"] == "stale"
    assert not RunCommand.objects.filter(run=run).exists()


def test_hold_and_resume(client: Client, run: Run) -> None:
    assert post(client, run, "hold").status_code == 202
    Run.objects.filter(pk=run.pk).update(state="held")
    again = {
        "level_ua": 4_000,
        "chair_code": CHAIR_CODE,
        "red_inspected": True,
        "black_inspected": False,
    }
    assert post(client, run, "resume", **again).json()["code"] == "not_inspected"
    again["black_inspected"] = True
    wrong = post(client, run, "resume", **{**again, "chair_code": "NOPE"})
    assert wrong.json()["code"] == "chair_code_wrong"
    assert post(client, run, "resume", **again).status_code == 202


@pytest.mark.parametrize(("score", "follows"), [(2, "noted"), (5, "hold"), (8, "stop")])
def test_pain_says_what_follows(
    client: Client, run: Run, score: int, follows: str
) -> None:
    assert post(client, run, "pain", score=score).json() == {"follows": follows}


def test_stop_is_written_down_and_says_that_nobody_confirmed_it(
    client: Client, run: Run
) -> None:
    answer = post(client, run, "stop").json()
    assert answer["is_off"] is False
    assert answer["is_sent"] is False
    assert answer["detail"].startswith("Stop NOT confirmed. Press the button on")
    run.refresh_from_db()
    assert run.stop_requested_at is not None
    assert run.stop_cause == "operator"


@pytest.mark.parametrize(("state", "is_off"), [("idle", True), ("stopping", False)])
def test_stop_tells_what_the_stimulator_says(
    client: Client,
    run: Run,
    state: str,
    is_off: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(*, ticket: Any, cause: str) -> Any:
        assert ticket.run == str(run.pk)
        return stop_answer(run.pk, state)

    monkeypatch.setattr(stopping, "stop_now", answer)
    told = post(client, run, "stop").json()
    assert (told["is_off"], told["is_sent"]) == (is_off, True)


def stop_answer(run: uuid.UUID, state: str) -> Any:
    from devices.drivers.base import StopAnswer

    return StopAnswer(run=str(run), state=state, stopped=True)


def test_an_uncertain_run_is_made_safe_then_settled(client: Client, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state="uncertain", uncertain_at=timezone.now())
    stated = {"charge_nc": 1_000, "reason": "read off the display"}
    assert post(client, run, "settle", **stated).json()["code"] == "not_made_safe"
    half = post(client, run, "made-safe", output_off=True, electrodes_off=False)
    assert half.json()["code"] == "not_stated"
    safe = post(client, run, "made-safe", output_off=True, electrodes_off=True)
    assert safe.json()["made_safe_at"] is not None
    settled = post(client, run, "settle", **stated).json()
    assert settled["state"] == "ended"
    assert settled["end_reason"] == "settled"
    assert settled["settled_charge_nc"] == 1_000


def test_events_stand_in_their_order(client: Client, run: Run) -> None:
    post(client, run, "pain", score=3)
    kinds = [
        event["kind"]
        for event in client.get(f"/api/v1/runs/{run.pk}/events/").json()["results"]
    ]
    assert kinds == ["queued", "pain"]


def test_live_figures_have_null_for_a_missing_reading(client: Client, run: Run) -> None:
    figures = client.get(f"/api/v1/runs/{run.pk}/live/").json()
    assert figures["level_ua"] == 4_000
    assert figures["allowed_ua"] == 8_000
    assert figures["mean_ua"] is None
    assert "points" not in figures


def test_samples_come_as_measured(client: Client, run: Run) -> None:
    told = client.get(f"/api/v1/runs/{run.pk}/samples/").json()
    assert told["columns"] == list(Reading._fields)
    assert told["samples"] == [list(reading) for reading in READINGS]
    assert told["is_simulated"] is True


@pytest.mark.parametrize(
    ("query", "accept"), [("?format=csv", "*/*"), ("", "text/csv")]
)
def test_samples_come_as_csv(client: Client, run: Run, query: str, accept: str) -> None:
    answer = client.get(
        f"/api/v1/runs/{run.pk}/samples/{query}", headers={"Accept": accept}
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "seq,t_ms,mean_ua,peak_ua,rms_ua,voltage_mv,set_ua,phase,simulated",
        "1,0,0,0,0,100,0,1,1",
        "2,250,4000,4010,4000,8000,4000,2,1",
        "3,500,,,,,4000,2,1",
    ]


def test_a_csv_that_does_not_exist_is_a_problem(client: Client, place: Place) -> None:
    address = f"/api/v1/runs/{uuid.uuid4()}/samples/?format=csv"
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == "not_found"


def test_the_trace_hides_no_extreme(client: Client, run: Run) -> None:
    told = client.get(f"/api/v1/runs/{run.pk}/trace/?buckets=2").json()
    assert told["allowed_ua"] == 8_000
    assert 4_000 in {point[2] for point in told["points"]}


@pytest.mark.parametrize("buckets", ["0", "5001", "many"])
def test_a_wrong_number_of_buckets_is_400(
    client: Client, run: Run, buckets: str
) -> None:
    answer = client.get(f"/api/v1/runs/{run.pk}/trace/?buckets={buckets}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "buckets"


def test_an_engineer_may_stop_but_not_raise(run: Run, place: Place) -> None:
    client = Client()
    client.force_login(place.staff[Role.ENGINEER])
    up = {"from_ua": 4_000, "to_ua": 5_000, "patient_agrees": True}
    assert post(client, run, "adjust", **up).status_code == 403
    assert post(client, run, "stop").status_code == 200
