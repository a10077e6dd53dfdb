"""Keys of controllers."""

import pytest

from devices.drivers.keys import SigningKey, verify

KEY = SigningKey("11" * 32)


def test_a_signature_is_of_its_key_and_its_message():
    signature = KEY.sign(b"hello")
    assert verify(KEY.public_hex, signature, b"hello")
    assert not verify(KEY.public_hex, signature, b"Hello")
    assert not verify(SigningKey("22" * 32).public_hex, signature, b"hello")


@pytest.mark.parametrize("public", ["", "zz", "11" * 31])
def test_what_is_no_key_verifies_nothing(public):
    assert not verify(public, KEY.sign(b"x"), b"x")


@pytest.mark.parametrize("signature", ["", "zz", "00" * 64])
def test_what_is_no_signature_verifies_nothing(signature):
    assert not verify(KEY.public_hex, signature, b"x")


def test_a_key_file_reads_back(tmp_path):
    path = tmp_path / "control.key"
    path.write_text(KEY.private_hex + "\n")
    assert SigningKey.load(path).public_hex == KEY.public_hex


@pytest.mark.parametrize("text", ["", "not hex", "11" * 31])
def test_a_broken_key_file_is_named(tmp_path, text):
    path = tmp_path / "control.key"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"control\.key holds no Ed25519 key"):
        SigningKey.load(path)


def test_each_generated_key_is_new():
    assert SigningKey.generate().public_hex != SigningKey.generate().public_hex
