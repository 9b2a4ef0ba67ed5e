"""Messages as joined bytes (RFC 5322, 2046): header, fragments, the reader's own links spliced in.

A plate is an edition made ready once; a message costs a join. Places for tokens are offsets recorded
when the galley was cut; nothing is searched for, and no content is parsed or encoded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digest.compose import recipe
from digest.compose.headers import Addressee, Heading, constant, own, subject_line
from digest.model import DeliveryId, Edition, Fragment, NewEdition, Piece, Slot

#: what stands for both tokens in a test: its links lead nowhere
TEST_TOKEN = "test"  # noqa: S105 - it opens nothing

_PART = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """An edition ready for its readers."""

    subject: str
    subject_line: bytes
    #: all after the subject, from Content-Type on; tokens are missing at `unsubscribe` and `wishes`
    segments: tuple[bytes, ...]
    #: places in `segments`
    unsubscribe: tuple[int, ...]
    wishes: tuple[int, ...]

    def message(self, heading: Heading, addressee: Addressee, *, dated_at: datetime) -> bytes:
        """The message for one reader. The same values give the same bytes."""
        segments = list(self.segments)
        for token, places in (
            (addressee.unsubscribe_token.encode(), self.unsubscribe),
            (addressee.wishes_token.encode(), self.wishes),
        ):
            for place in places:
                segments[place] = token
        head = (constant(heading), own(heading, addressee, dated_at=dated_at), self.subject_line)
        return b"".join((*head, *segments))

    def test(self, heading: Heading, address: str, *, dated_at: datetime) -> bytes:
        """The same as a test: subject marked, links inert."""
        addressee = Addressee(
            address=address, delivery_id=DeliveryId(0), unsubscribe_token=TEST_TOKEN, wishes_token=TEST_TOKEN
        )
        marked = replace(self, subject_line=subject_line(f"[TEST] {self.subject}"))
        return marked.message(heading, addressee, dated_at=dated_at)


def plate(edition: Edition | NewEdition, fragments: Mapping[str, Fragment]) -> Plate:
    """The edition's plate. Raises StorageError when its fragments are gone."""
    body = _Body()
    pairs = list(recipe.pieces(edition.recipe, fragments))
    if edition.format == "text":
        body.text(_PART % b"plain")
        body.pieces(text for _, text in pairs)
    else:
        # "=_" never stands in quoted-printable text (RFC 2045 §6.7).
        boundary = f"=_{edition.issue_id}_{edition.key}".encode()
        body.text(b'Content-Type: multipart/alternative;\r\n boundary="%s"\r\n\r\n' % boundary)
        body.text(b"--%s\r\n" % boundary + _PART % b"plain")
        body.pieces(text for _, text in pairs)
        body.text(b"\r\n--%s\r\n" % boundary + _PART % b"html")
        body.pieces(html for html, _ in pairs)
        body.text(b"\r\n--%s--\r\n" % boundary)
    return body.plate(edition.subject)


def message(
    edition: Edition | NewEdition,
    fragments: Mapping[str, Fragment],
    heading: Heading,
    addressee: Addressee,
    *,
    dated_at: datetime,
) -> bytes:
    """One message. For many of an edition keep its `plate`."""
    return plate(edition, fragments).message(heading, addressee, dated_at=dated_at)


class _Body:
    """Gathers bytes, and where tokens go between them."""

    def __init__(self) -> None:
        self._segments: list[bytes] = []
        self._run: list[bytes] = []
        self._places: dict[Slot, list[int]] = {slot: [] for slot in Slot}

    def text(self, data: bytes) -> None:
        self._run.append(data)

    def pieces(self, pieces: Iterable[Piece]) -> None:
        run, segments = self._run, self._segments
        for piece in pieces:
            begin = 0
            for offset, slot in piece.slots:
                run.append(piece.data[begin:offset])
                segments.append(b"".join(run))
                run.clear()
                self._places[slot].append(len(segments))
                segments.append(b"")
                begin = offset
            run.append(piece.data[begin:])

    def plate(self, subject: str) -> Plate:
        self._end_run()
        return Plate(
            subject=subject,
            subject_line=subject_line(subject),
            segments=tuple(self._segments),
            unsubscribe=tuple(self._places[Slot.UNSUBSCRIBE]),
            wishes=tuple(self._places[Slot.WISHES]),
        )

    def _end_run(self) -> None:
        self._segments.append(b"".join(self._run))
        self._run.clear()
