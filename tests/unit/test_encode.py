"""Laws of the quoted-printable encoder."""

from __future__ import annotations

import quopri
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP

from hypothesis import example, given
from hypothesis import strategies as st

from digest.compose.encode import encode, full_size
from digest.model import Piece, Slot
from subscribers.tokens import TOKEN_LENGTH

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
tricky = st.lists(
    st.sampled_from(
        [".", "From ", "=", " ", "\t", "\n", "\r", "é", "\u202f", "日本", "\x00", "a" * 37, "=3D"]
    )
).map("".join)
contents = st.lists(texts | tricky | st.sampled_from(Slot), max_size=12)


def decoded(data: bytes) -> str:
    return quopri.decodestring(data).replace(b"\r\n", b"\n").decode()


def spliced(piece: Piece, token: bytes) -> bytes:
    out, at = [], 0
    for offset, _ in piece.slots:
        out += [piece.data[at:offset], token]
        at = offset
    return b"".join([*out, piece.data[at:]])


@given(texts | tricky)
@example("a" * 76 + "\n")
@example("a" * 73 + "é")
@example("." * 200)
@example("From " * 60)
def test_decoding_gives_back_the_text_exactly(text: str) -> None:
    assert decoded(encode(text).data) == text


@given(texts | tricky)
def test_the_size_said_is_the_size_decoded(text: str) -> None:
    assert encode(text).decoded_size == len(quopri.decodestring(encode(text).data))


@given(texts | tricky, st.integers(min_value=0, max_value=400))
def test_a_text_split_anywhere_joins_to_the_same(text: str, at: int) -> None:
    assert decoded(encode(text[:at]).data + encode(text[at:]).data) == text


@given(contents)
def test_every_piece_is_whole_lines_of_at_most_76_clean_bytes(parts: list[str | Slot]) -> None:
    data = spliced(encode(parts), b"k" * TOKEN_LENGTH)
    assert data == b"" or data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 76
        assert all(byte == 9 or 32 <= byte < 127 for byte in line)
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(contents)
def test_tokens_stand_whole_where_they_were_placed(parts: list[str | Slot]) -> None:
    expected = "".join("TOKEN-1_x" if isinstance(part, Slot) else part for part in parts)
    assert decoded(spliced(encode(parts), b"TOKEN-1_x")) == expected


@given(contents)
def test_full_size_is_the_larger_of_both_with_tokens_at_full_length(parts: list[str | Slot]) -> None:
    piece = encode(parts)
    data = spliced(piece, b"k" * TOKEN_LENGTH)
    assert full_size(piece) == len(data) >= len(quopri.decodestring(data))


@given(tricky)
def test_the_mail_parser_of_the_standard_library_reads_the_same(text: str) -> None:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    message = BytesParser(EmailMessage, policy=SMTP).parsebytes(head + encode(text).data)
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.replace(b"\r\n", b"\n").decode() == text
    assert not message.defects
