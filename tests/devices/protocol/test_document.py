"""docs/protocol.md says what the code does."""

import json
import re
from pathlib import Path

import pytest

from devices.core.programme import Programme
from devices.core.validation import BUFFER_SAMPLES
from devices.drivers.base import Alive, RunSummary
from devices.drivers.keys import SigningKey, verify
from devices.protocol import messages
from devices.protocol.canonical import canonical_json, hello_bytes, programme_hash
from devices.protocol.errors import ErrorCode
from devices.protocol.framing import MAX_LINE

TEXT = (Path(__file__).parents[3] / "docs/protocol.md").read_text()


def block(name: str) -> str:
    found = re.search(rf"```{name}\n(.*?)\n```", TEXT, re.DOTALL)
    assert found, f"no block {name}"
    return found[1]


def test_the_worked_programme_is_canonical_and_has_the_stated_hash():
    plain = json.loads(block("canonical-programme"))
    assert canonical_json(plain).decode() == block("canonical-programme")
    assert len(canonical_json(plain)) == 750
    assert programme_hash(plain) == block("programme-hash")


def test_the_worked_programme_is_one_that_a_device_reads():
    plain = json.loads(block("canonical-programme"))
    assert Programme.from_dict(plain).to_dict() == plain


def test_the_worked_signature_is_that_of_the_key_and_the_message():
    key = SigningKey(block("private-key"))
    message = block("hello-bytes").encode()
    fields = json.loads(message)
    assert hello_bytes(**fields) == message
    assert key.sign(message) == block("hello-signature")
    assert key.public_hex in TEXT
    assert verify(key.public_hex, block("hello-signature"), message)
    assert not verify(key.public_hex, block("hello-signature"), message + b" ")


@pytest.mark.parametrize("verb", messages.VERBS)
def test_each_verb_is_described_with_its_parameters(verb):
    section = re.search(rf"### {verb}\n`\{{(.*?)\}}`", TEXT)
    assert section, f"{verb} is not described"
    assert set(section[1].split(", ")) == set(messages.VERBS[verb])


def test_no_verb_is_described_that_does_not_exist():
    part = TEXT[TEXT.index("## 8. Verbs") : TEXT.index("## 9.")]
    assert set(re.findall(r"### (\w+)", part)) == set(messages.VERBS)


def test_the_table_of_errors_is_the_one_in_the_code():
    rows = re.findall(r"^\| (-?\d+) \| `(\w+)` \|", TEXT, re.MULTILINE)
    assert {(int(code), name) for code, name in rows} == {
        (code.value, code.name.lower()) for code in ErrorCode
    }


@pytest.mark.parametrize("names", [Alive._fields, tuple(RunSummary.__slots__)])
def test_answers_have_the_fields_that_the_driver_reads(names):
    assert f"{{{', '.join(names)}}}" in TEXT


@pytest.mark.parametrize(
    "number",
    [
        messages.WATCHDOG_MS,
        messages.ARM_MS,
        messages.MAX_AHEAD_MS,
        messages.MAX_READ,
        messages.REMEMBERED_RUNS,
        BUFFER_SAMPLES,
        MAX_LINE,
    ],
)
def test_numbers_of_the_code_stand_in_the_text(number):
    assert f"{number:,}" in TEXT


def test_the_causes_of_a_stop_are_listed():
    listed = re.search(r"`cause` is one of `(.*?)`", TEXT)
    assert set(listed[1].split()) == messages.STOP_CAUSES
