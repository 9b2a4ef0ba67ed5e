"""`digest issues note`: what the editor says above the next issue."""

from __future__ import annotations

from dataclasses import asdict
from typing import IO, TYPE_CHECKING

import click

from digest.cli.frame import Command
from digest.cli.printing import count, json_option, print_json, say
from digest.cli.tonight import tonight
from digest.errors import DigestError, UsageError

if TYPE_CHECKING:
    from digest.model import Note

#: characters; a mail is clipped at 100 KB, and the stories are to be in it
MOST = 20_000


@click.command(cls=Command)
@click.argument("slug", metavar="LIST")
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--language", type=click.Choice(["fr", "en"]), help="Whose readers it is for. Default: the list's."
)
@click.option("--show", is_flag=True, help="Print the note that waits, as the text part will have it.")
@click.option("--remove", is_flag=True, help="Take the note back.")
@json_option
def note(
    slug: str, file: IO[bytes] | None, language: str | None, *, show: bool, remove: bool, as_json: bool
) -> None:
    """A note above a list's next numbered issue: FILE holds it in Markdown (- for standard input)."""
    from digest.night.editing import note_of
    from digest.night.people import list_named

    if [file is not None, show, remove].count(True) != 1:
        raise UsageError(
            "Give a file with the note, or --show, or --remove.", mend=f"`digest issues note {slug} note.md`"
        )
    with tonight() as one:
        list_id, configured = list_named(one, slug)
        whose = language or configured.language or one.settings.site.language
        if show:
            waiting = one.store.notes.waiting(list_id)
            _print({each: waiting[each] for each in waiting if language in (None, each)}, as_json=as_json)
        elif remove:
            gone = one.store.notes.remove(list_id, whose)
            say(
                f"{'The' if gone else 'There is no'} note for {slug} in {whose}{' is gone.' if gone else '.'}"
            )
        elif file is not None:
            written = note_of(_read(file), base=one.settings.site.url, language=whose, tonight=one)
            if not written.text:
                raise UsageError("The note is empty.", mend="--remove takes back the one that waits.")
            one.store.notes.write(list_id, whose, written, one.clock())
            _tell(slug, whose, written)


def _read(file: IO[bytes]) -> str:
    name = getattr(file, "name", "-")
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise UsageError(f"{name} is not UTF-8 text.", mend="Save it as UTF-8.") from cause
    except OSError as cause:
        raise DigestError(f"{name} cannot be read: {cause.strerror}.") from cause
    if len(text) > MOST:
        raise UsageError(f"{name} has {len(text):,} characters: a note has at most {MOST:,}.")
    return text


def _tell(slug: str, language: str, written: Note) -> None:
    from digest.night.editing import LONGEST_NOTE

    words = len(written.text.split())
    say(f"The note ({language}, {count(words, 'word')}) stands above the next numbered issue of {slug}.")
    if words > LONGEST_NOTE:
        say(f"That is long: readers take in {LONGEST_NOTE} words before they look for the stories.")


def _print(notes: dict[str, Note], *, as_json: bool) -> None:
    if as_json:
        print_json({language: asdict(each) for language, each in notes.items()})
        return
    if not notes:
        say("No note waits.")
    for language, each in notes.items():
        if len(notes) > 1:
            click.echo(f"[{language}]")
        click.echo(each.text)
