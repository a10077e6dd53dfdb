"""Replies are matched to requests by id, and to nothing else."""

import json

import pytest

from devices.protocol.client import Answer, ClientSession, Note, Unmatched
from devices.protocol.errors import ProtocolError


def line(**message: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"


@pytest.fixture
def session() -> ClientSession:
    return ClientSession()


def test_a_request_is_one_numbered_line(session):
    number, data = session.request("read", {"run": "R"})
    assert json.loads(data) == {
        "jsonrpc": "2.0",
        "id": number,
        "method": "read",
        "params": {"run": "R"},
    }
    assert session.request("read", {})[0] != number


def test_answers_may_come_in_any_order(session):
    first, _ = session.request("read", {})
    second, _ = session.request("stop", {})
    got = session.receive(line(id=second, result=2) + line(id=first, result=1))
    assert got == [Answer(second, "stop", 2, None), Answer(first, "read", 1, None)]


def test_an_answer_is_taken_once(session):
    number, _ = session.request("read", {})
    reply = line(id=number, result=1)
    assert session.receive(reply + reply)[1] == Unmatched(number)


@pytest.mark.parametrize("number", [99, "1", True, 1.0, -1])
def test_an_answer_to_nothing_is_unmatched(session, number):
    session.request("read", {})
    assert session.receive(line(id=number, result=1)) == [Unmatched(number)]


def test_a_forgotten_request_takes_no_answer(session):
    number, _ = session.request("read", {})
    session.forget(number)
    assert session.receive(line(id=number, result=1)) == [Unmatched(number)]


def test_an_error_comes_with_its_verb(session):
    number, _ = session.request("arm", {})
    error = {"code": 3, "message": "no", "data": {"name": "wrong_state"}}
    got = session.receive(line(id=number, error=error))
    assert got == [Answer(number, "arm", None, error)]


def test_a_notification_needs_no_request(session):
    got = session.receive(line(method="superseded", params={"fence": 2}))
    assert got == [Note("superseded", {"fence": 2})]


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage\n",
        line(id=None, error={"code": -32700}),
        line(id=1),
        line(id=1, error="no"),
        line(id=1, error={"code": "3"}),
        line(id=1, error={"code": 3, "data": []}),
        line(method="samples"),
        line(method="samples", id=1, params={}),
    ],
)
def test_what_no_device_sends_ends_the_link(session, bad):
    session.request("read", {})
    with pytest.raises(ProtocolError):
        session.receive(bad)
