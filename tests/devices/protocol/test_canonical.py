"""The canonical form: one value, one run of bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol.canonical import canonical_json, hello_bytes, programme_hash

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None]}, b'{"a":[true,null],"b":1}'),
        ({"µ": "Ω"}, '{"µ":"Ω"}'.encode()),
        ('a"\\\n\x01/', b'"a\\"\\\\\\n\\u0001/"'),
        ({"é": 0, "z": 0, "Z": 0}, '{"Z":0,"z":0,"é":0}'.encode()),
        (-5, b"-5"),
    ],
)
def test_canonical_bytes(value, expected):
    assert canonical_json(value) == expected


def test_the_order_of_keys_does_not_matter():
    assert programme_hash({"a": 1, "b": 2}) == programme_hash({"b": 2, "a": 1})


def test_any_other_value_has_another_hash():
    assert programme_hash({"a": 1}) != programme_hash({"a": 2})


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: 2}, {"a": b"x"}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json(value)


def test_text_that_is_no_unicode_is_refused():
    with pytest.raises(ValueError, match="surrogates"):
        canonical_json("\ud800")


@given(VALUES)
def test_equal_values_have_equal_bytes_without_white_space(value):
    try:
        data = canonical_json(value)
    except ValueError:
        return
    assert canonical_json(json.loads(data)) == data


def test_what_is_signed_names_device_fence_nonce_and_scope():
    given_fields = {"device": "S", "nonce": "n", "protocol": 1, "scope": "stop"}
    signed = hello_bytes(fence=None, **given_fields)
    assert signed == (
        b'{"device":"S","fence":null,"nonce":"n","protocol":1,"scope":"stop"}'
    )
    assert hello_bytes(fence=1, **given_fields) != signed
