"""The live stream of a real web process: a tick each second, only to who may see."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from clinic.models import Staff
from devices.models import Run
from tests.devices.leading import Leading, start
from tests.factories import World, make_run
from tests.processes import until
from tests.simulators import Box
from tests.stack import Stack, stack_environment
from tests.stores import WorkerStores

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def stack(
    django_db_setup: None,
    stores: WorkerStores,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("web")
    (home / "static").mkdir()
    with Stack(stack_environment(stores, home), home, boxes=0) as up:
        up.start("web")
        yield up


@pytest.fixture
def flowing(world: World, box: Box, leading: Leading) -> Run:
    run = start(make_run(world.here, box), world.here)
    until(lambda: len(box.samples(run.pk)) > 4, "samples")
    return run


@contextmanager
def asked(
    stack: Stack, staff: Staff | None, run: Run
) -> Iterator[http.client.HTTPResponse]:
    headers = {}
    if staff is not None:
        client = Client()
        client.force_login(staff)
        headers["Cookie"] = f"sessionid={client.cookies['sessionid'].value}"
    link = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    link.request("GET", f"/live/events?runs={run.pk}", headers=headers)
    with closing(link), link.getresponse() as answer:
        yield answer


def ticks(response: http.client.HTTPResponse, count: int) -> list[dict]:
    """The next ticks of a stream."""
    found = []
    while len(found) < count:
        line = response.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            found.append(json.loads(line.removeprefix(b"data: ")))
    return found


def test_a_tick_comes_each_second_with_the_figures_of_the_run(
    stack: Stack, world: World, flowing: Run
) -> None:
    with asked(stack, world.here.clinician, flowing) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        heard = ticks(stream, 5)
    at = [parse_datetime(tick["at"]) for tick in heard]
    steps = [(b - a).total_seconds() for a, b in pairwise(at)]
    assert all(0.9 < step < 5 for step in steps)
    figures = heard[-1]["runs"][str(flowing.pk)]
    assert figures["state"] == "running"
    assert figures["allowed_ua"] == 8_000
    assert figures["mean_ua"] == pytest.approx(4_000, abs=100)
    points = [p for t in heard[1:] for p in t["runs"][str(flowing.pk)]["points"]]
    assert len(points) > 4


def test_staff_of_another_site_get_ticks_without_the_run(
    stack: Stack, world: World, flowing: Run
) -> None:
    with asked(stack, world.other.clinician, flowing) as stream:
        assert [tick["runs"] for tick in ticks(stream, 3)] == [{}, {}, {}]


def test_without_a_sign_in_there_is_no_stream(
    stack: Stack, world: World, flowing: Run
) -> None:
    with asked(stack, None, flowing) as answer:
        assert answer.status in {302, 401, 403}


def test_a_run_that_falls_silent_shows_how_old_its_figures_are(
    stack: Stack, world: World, box: Box, flowing: Run
) -> None:
    box.fault("freeze_link")
    try:
        with asked(stack, world.here.clinician, flowing) as stream:
            heard = ticks(stream, 6)
    finally:
        box.fault("thaw_link")
    told = [tick["runs"][str(flowing.pk)]["data_at"] for tick in heard[-2:]]
    assert told[0] == told[1]
    at, data_at = parse_datetime(heard[-1]["at"]), parse_datetime(told[1])
    assert (at - data_at).total_seconds() > 2
