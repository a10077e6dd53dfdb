"""`POST /stop`: the ticket is enough, and the answer says how it stands."""

import pytest
from django.urls import reverse

from clinic.models import Staff
from devices.drivers.base import NoAnswer, StopAnswer
from devices.models import Run
from devices.services.stop import ticket_issue
from devices.web import stop as view
from tests.factories import make_run, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return make_run(make_world().here)


@pytest.fixture
def device(monkeypatch):
    """Stands for the stimulator: set `answer` to what it says, or raises."""

    class Device:
        answer: StopAnswer | Exception
        asked = 0

        async def stop_now(self, *, ticket, cause="operator"):
            self.asked += 1
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    device = Device()
    monkeypatch.setattr(view, "stop_now", device.stop_now)
    # What goes on beside the answer is tested with the real processes.
    monkeypatch.setattr(view, "beside", lambda work: work.close())
    return device


def ticket(run: Run) -> str:
    return ticket_issue(run=run, by="")


def press(client, text: str, **headers: str):
    return client.post(reverse("stop"), {"ticket": text}, headers=headers)


def answer(run: Run, state: str) -> StopAnswer:
    return StopAnswer(run=str(run.pk), state=state, stopped=True)


def test_no_sign_in_no_session_and_no_query_stand_in_the_way(
    client, run, device, django_assert_num_queries
):
    device.answer = answer(run, "idle")
    text = ticket(run)
    with django_assert_num_queries(0):
        reply = press(client, text, Accept="application/json")
    assert reply.json()["off"] is True
    assert not reply.cookies


def test_while_the_device_ramps_down_the_page_says_stopping(client, run, device):
    device.answer = answer(run, "stopping")
    page = press(client, ticket(run)).content.decode()
    assert "stopping" in page
    assert "Send STOP again" in page


def test_an_unconfirmed_stop_says_what_to_do_by_hand(client, run, device):
    device.answer = NoAnswer("stop", 2.0, may_have_flowed=False)
    page = press(client, ticket(run)).content.decode()
    assert "Stop NOT confirmed" in page
    assert f"switch {run.stimulator.label} off" in page
    assert "pull out of the water" in page


@pytest.mark.parametrize("text", ["", "forged", "a:b:c"])
def test_a_forged_ticket_asks_no_device(client, device, text):
    reply = press(client, text)
    assert reply.status_code == 400
    assert b"Press the button on the stimulator" in reply.content
    assert device.asked == 0


def test_an_altered_ticket_asks_no_device(client, run, device):
    text = ticket(run)
    reply = press(client, text[:-2] + ("aa" if text[-2:] != "aa" else "bb"))
    assert reply.status_code == 400
    assert device.asked == 0


def test_opening_the_address_by_hand_stops_nothing(client, device):
    assert client.get(reverse("stop")).status_code == 405
    assert device.asked == 0
    assert not Staff.objects.filter(last_login__isnull=False).exists()
