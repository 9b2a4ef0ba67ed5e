"""What a file of people says, line by line: somebody to bring in, or a line that cannot be taken and why.

Every reader (`csv_in`, `imports`) gives a `Reading`; `transfer` decides what its lines do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from subscribers.addresses import Address
from subscribers.model import Cadence, Format, Reason, Weekday, Wishes

#: letters of a cell and of a reason that are shown
_SHOWN = 48
_SAID = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person as a line tells them. None: the line does not say."""

    line: int
    address: Address
    cadence: Cadence | None = None
    weekday: Weekday | None = None
    hour: int | None = None
    timezone: str | None = None
    language: str | None = None
    format: Format | None = None
    wishes: Wishes | None = None
    #: the file says that they never confirmed: no admin's word makes up for it
    unconfirmed: bool = False
    #: the file says they left, or get nothing for now: they are not brought in
    left: bool = False
    #: the file says that this address is not to be mailed, and why
    barred: Reason | None = None
    #: what the file says about it, or about their consent
    told: str = ""
    #: where they agreed from, as far as it is kept (`addresses.ip_prefix`)
    ip_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be taken."""

    line: int
    words: str
    #: the address as the line has it, shortened, fit to be shown
    value: str = ""
    #: the whole line, to be written out again
    cells: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """The people of a file in its order. The notes are complete once it was read to its end."""

    lines: Iterable[Row | Refused]
    #: the columns of the file, as it names them; empty: it has none
    header: tuple[str, ...] = ()
    #: what is to be said of the file as a whole
    say: Callable[[], tuple[str, ...]] = field(default=tuple)

    def __iter__(self) -> Iterator[Row | Refused]:
        return iter(self.lines)

    @property
    def notes(self) -> tuple[str, ...]:
        return self.say()


def refused(line: int, words: str, *, value: object = "", cells: Iterable[object] = ()) -> Refused:
    """A refusal that is fit to be shown, whatever the line holds."""
    kept = tuple("" if cell is None else str(cell) for cell in cells)
    return Refused(line, shown(words, at_most=_SAID), shown(str(value)), kept)


def shown(text: str, *, at_most: int = _SHOWN) -> str:
    """A text as one line of a terminal takes it."""
    short = text if len(text) <= at_most else f"{text[: at_most - 1]}…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in short)
