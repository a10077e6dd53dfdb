"""The device's side of one link: sign-in, scope, parameters, unreadable lines."""

import json
from typing import Any

import pytest

from devices.protocol.canonical import hello_bytes
from devices.protocol.device import DeviceSession
from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.framing import MAX_LINE
from devices.protocol.messages import VERBS

EXAMPLES = {"text": "x", "number": 1, "object": {}}


class Echo:
    """A handler that notes what reaches it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def handle(self, session: DeviceSession, verb: str, params: Any) -> Any:
        self.done.append(verb)
        if verb == "unstage":
            raise ProtocolError(ErrorCode.WRONG_STATE, "no", state="running")
        return {"did": verb}


def signed_by(key: str, scope: str, signature: str, message: bytes) -> bool:
    return signature == f"{key}:{scope}:{message.decode()}"


class Peer:
    """A controller that writes lines and reads replies."""

    def __init__(self) -> None:
        self.handler = Echo()
        self.session = DeviceSession("S-1", "ab", signed_by, self.handler)

    def send(self, verb: str, params: Any, number: Any = 1) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": number, "method": verb, "params": params}
        return self.raw(json.dumps(message).encode() + b"\n")

    def raw(self, data: bytes) -> dict[str, Any]:
        (reply,) = self.session.receive(data)
        return reply.message

    def hello(
        self, scope: str = "control", fence: Any = None, changes: Any = None
    ) -> Any:
        """Sign in; `changes` are made after signing."""
        signed = hello_bytes(
            device="S-1", fence=fence, nonce="ab", protocol=1, scope=scope
        )
        params = {
            "protocol": 1,
            "key": "k",
            "scope": scope,
            "fence": fence,
            "signature": f"k:{scope}:{signed.decode()}",
        }
        return self.send("hello", {**params, **(changes or {})})


@pytest.fixture
def peer() -> Peer:
    return Peer()


def params_of(verb: str) -> dict[str, Any]:
    return {name: EXAMPLES[kind.rstrip("?")] for name, kind in VERBS[verb].items()}


def code_of(reply: dict[str, Any]) -> int:
    return reply["error"]["code"]


def test_the_greeting_challenges_with_the_nonce(peer):
    greeting = peer.session.greeting()
    assert greeting["method"] == "challenge"
    assert greeting["params"] == {"protocol": 1, "device": "S-1", "nonce": "ab"}


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"hello"}))
def test_nothing_is_done_before_hello(peer, verb):
    assert code_of(peer.send(verb, params_of(verb))) == ErrorCode.UNAUTHORISED
    assert peer.handler.done == []


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"hello", "unstage"}))
def test_a_control_link_reaches_every_verb(peer, verb):
    peer.hello(fence=1)
    assert peer.send(verb, params_of(verb))["result"] == {"did": verb}


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"hello", "stop"}))
def test_a_stop_link_may_only_stop(peer, verb):
    peer.hello("stop")
    assert code_of(peer.send(verb, params_of(verb))) == ErrorCode.SCOPE
    assert peer.send("stop", params_of("stop"))["result"] == {"did": "stop"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": "forged"}, ErrorCode.UNAUTHORISED),
        ({"key": "other"}, ErrorCode.UNAUTHORISED),
        ({"fence": 2}, ErrorCode.UNAUTHORISED),
        ({"scope": "stop"}, ErrorCode.UNAUTHORISED),
        ({"scope": "root"}, ErrorCode.PARAMS),
        ({"protocol": 2}, ErrorCode.PARAMS),
    ],
)
def test_a_hello_that_was_not_signed_so_is_refused(peer, changes, code):
    assert code_of(peer.hello(changes=changes)) == code
    assert peer.session.scope is None


def test_a_signature_of_another_challenge_is_refused():
    first, second = Peer(), Peer()
    second.session.nonce = "cd"
    assert "result" in first.hello()
    assert code_of(second.hello()) == ErrorCode.UNAUTHORISED


def test_a_stop_link_has_no_fence(peer):
    assert code_of(peer.hello("stop", fence=3)) == ErrorCode.PARAMS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_missing_unknown_and_mistyped_parameters_are_named(peer, verb):
    good = params_of(verb)
    for name, kind in VERBS[verb].items():
        without = {key: value for key, value in good.items() if key != name}
        wrong = {**good, name: True}
        for bad in (without, wrong):
            error = peer.send(verb, bad)["error"]
            assert error["code"] == ErrorCode.PARAMS
            assert name in error["message"]
        if not kind.endswith("?"):
            assert code_of(peer.send(verb, {**good, name: None})) == ErrorCode.PARAMS
    assert "odd" in peer.send(verb, {**good, "odd": 1})["error"]["message"]
    assert code_of(peer.send(verb, [1])) == ErrorCode.PARAMS


@pytest.mark.parametrize("text", ["", "x" * 257])
def test_texts_have_a_length(peer, text):
    peer.hello()
    reply = peer.send("stop", {**params_of("stop"), "run": text})
    assert code_of(reply) == ErrorCode.PARAMS


def test_an_unknown_verb_is_refused_by_name(peer):
    error = peer.send("detonate", {})["error"]
    assert error["code"] == ErrorCode.METHOD
    assert "detonate" in error["message"]


@pytest.mark.parametrize("number", [None, True, 1.5, [], {}])
def test_a_request_without_a_usable_id_is_invalid(peer, number):
    reply = peer.send("stop", params_of("stop"), number)
    assert code_of(reply) == ErrorCode.INVALID
    assert reply["id"] is None


def test_a_refusal_of_the_device_carries_its_data(peer):
    peer.hello(fence=1)
    reply = peer.send("unstage", params_of("unstage"), "abc")
    assert reply["id"] == "abc"
    assert reply["error"]["data"] == {"name": "wrong_state", "state": "running"}


def test_a_malformed_line_is_answered_and_the_link_lives_on(peer):
    assert code_of(peer.raw(b"garbage\n")) == ErrorCode.PARSE
    assert "result" in peer.hello()


def test_an_oversize_line_is_answered_and_the_link_closes(peer):
    reply = peer.raw(b"x" * (MAX_LINE + 1))
    assert code_of(reply) == ErrorCode.PARSE
    assert peer.session.closing
    assert peer.session.receive(b'{"jsonrpc":"2.0","id":1}\n') == []
