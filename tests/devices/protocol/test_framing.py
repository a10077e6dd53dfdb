"""Lines: partial, joined, corrupt, foreign and oversize."""

import pytest

from devices.protocol.errors import ErrorCode, ProtocolError
from devices.protocol.framing import MAX_LINE, LineBuffer, decode_line, encode

ONE = b'{"jsonrpc":"2.0","id":1}'
TWO = b'{"jsonrpc":"2.0","id":2}'


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([ONE + b"\n"], [ONE]),
        ([ONE[:5], ONE[5:] + b"\n"], [ONE]),
        ([ONE + b"\n" + TWO + b"\n"], [ONE, TWO]),
        ([ONE + b"\n" + TWO[:3], TWO[3:], b"\n"], [ONE, TWO]),
        ([b"\n\n \r\n" + ONE + b"\r\n"], [ONE + b"\r"]),
        ([ONE], []),
        ([b""], []),
    ],
)
def test_lines_are_whole_whatever_the_chunks(chunks, lines):
    buffer = LineBuffer()
    assert [line for chunk in chunks for line in buffer.feed(chunk)] == lines


def test_each_byte_alone_gives_the_same_lines():
    buffer = LineBuffer()
    stream = ONE + b"\n" + TWO + b"\n"
    lines = [line for byte in stream for line in buffer.feed(bytes([byte]))]
    assert lines == [ONE, TWO]


@pytest.mark.parametrize("data", [b"x" * 11, b"x" * 11 + b"\n"])
def test_a_line_over_the_limit_is_refused_complete_or_not(data):
    with pytest.raises(ProtocolError, match="longer than 10 bytes") as caught:
        LineBuffer(10).feed(data)
    assert caught.value.code is ErrorCode.PARSE


def test_a_line_at_the_limit_passes():
    assert LineBuffer(10).feed(b"x" * 10 + b"\n") == [b"x" * 10]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (b"GET / HTTP/1.1", ErrorCode.PARSE, "no JSON"),
        (b"\xff\xfe", ErrorCode.PARSE, "no JSON"),
        (b'{"jsonrpc":"2.0"', ErrorCode.PARSE, "no JSON"),
        (b"[" * 100_000, ErrorCode.PARSE, "no JSON"),
        (b"[]", ErrorCode.INVALID, "one object, not list"),
        (b"7", ErrorCode.INVALID, "one object, not int"),
        (b"{}", ErrorCode.INVALID, "jsonrpc"),
        (b'{"jsonrpc":"1.0"}', ErrorCode.INVALID, "'1.0'"),
    ],
)
def test_foreign_lines_get_an_error_that_says_why(line, code, says):
    with pytest.raises(ProtocolError, match=says) as caught:
        decode_line(line)
    assert caught.value.code is code
    assert caught.value.data["name"] == code.name.lower()


def test_a_message_is_one_line_and_reads_back():
    message = {"jsonrpc": "2.0", "id": 1, "method": "x\ny", "params": {"µ": None}}
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_line(line[:-1]) == message


def test_a_message_over_the_limit_is_not_sent():
    with pytest.raises(ValueError, match=f"limit of {MAX_LINE}"):
        encode({"text": "x" * MAX_LINE})
