"""Reading people from CSV: many headers, delimiters and encodings; a bad line is a value, not the end."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.catalogue import Catalogue, Unknown
from subscribers.csv_in import Refused, Row, columns_of, read
from subscribers.model import Cadence, Format, Weekday, Wishes, Word

CATALOGUE = Catalogue(sources=frozenset({"blog", "planet", "both"}), topics=frozenset({"events", "both"}))


def lines(text: str | bytes) -> list[Row | Refused]:
    raw = text if isinstance(text, bytes) else text.encode()
    return list(read(io.BytesIO(raw), CATALOGUE))


def row(text: str | bytes) -> Row:
    (found,) = lines(text)
    assert isinstance(found, Row), found
    return found


def refusal(text: str | bytes) -> Refused:
    (found,) = lines(text)
    assert isinstance(found, Refused), found
    return found


def test_a_column_email_is_enough() -> None:
    found = row("email\nJean@Example.org\n")
    assert (found.line, found.address.address) == (2, "Jean@example.org")
    assert found == Row(line=2, address=found.address)


@pytest.mark.parametrize("header", ["Email", "E-MAIL", " e-mail ", "Adresse", "courriel", "Email_Address"])
def test_headers_are_known_by_many_names(header: str) -> None:
    assert row(f"{header}\na@example.org\n").address.address == "a@example.org"


def test_an_earlier_name_is_believed_before_a_later_one() -> None:
    found = row("Address,Email Address\n1 rue du Port,a@example.org\n")
    assert found.address.address == "a@example.org"


def test_columns_are_mapped_by_the_name_they_have() -> None:
    text = "Adresse perso;Idioma;email\na@example.org;Français;b@example.org\n"
    mapped = {"email": "adresse_perso", "language": "Idioma"}
    (found,) = read(io.BytesIO(text.encode()), CATALOGUE, mapped=mapped)
    assert isinstance(found, Row)
    assert (found.address.address, found.language) == ("a@example.org", "fr")


def test_a_column_that_is_not_there_cannot_be_mapped() -> None:
    found = columns_of(("Nom", "Courriel"), {"email": "Adresse"})
    assert isinstance(found, Unknown)
    assert 'no column "Adresse"' in found.words
    assert "Nom, Courriel" in found.words


@pytest.mark.parametrize(
    ("header", "cell", "field", "expected"),
    [
        ("fréquence", "Hebdomadaire", "cadence", Cadence.WEEKLY),
        ("cadence", "quotidien", "cadence", Cadence.NIGHTLY),
        ("rythme", "mensuel", "cadence", Cadence.MONTHLY),
        ("jour", "Vendredi", "weekday", Weekday.FRIDAY),
        ("langue", "fr-BE", "language", "fr"),
        ("language", "English", "language", "en"),
        ("format", "texte", "format", Format.TEXT),
        ("heure", "07:00", "hour", 7),
        ("statut", "Désabonné", "left", True),
        ("status", "active", "left", False),
        ("statut", "en attente", "unconfirmed", True),
    ],
)
def test_french_and_english_say_the_same(header: str, cell: str, field: str, expected: object) -> None:
    assert getattr(row(f"courriel;{header}\na@example.org;{cell}\n"), field) == expected


def test_a_consent_nobody_knows_is_refused_rather_than_guessed() -> None:
    assert '"blocked"' in refusal("email,status\na@example.org,blocked\n").words


def test_a_refusal_keeps_the_line_and_shows_a_short_value() -> None:
    found = refusal(f"email,name\n{'x' * 200},Ada\n")
    assert found.cells == ("x" * 200, "Ada")
    assert found.value == "x" * 47 + "…"


def test_a_file_in_another_encoding_says_so_once_read() -> None:
    reading = read(io.BytesIO("email\né@example.org\n".encode("cp1252")), CATALOGUE)
    assert not reading.notes
    assert len(list(reading)) == 1
    (note,) = reading.notes
    assert "windows-1252" in note


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_all_columns_are_read_whatever_parts_them(delimiter: str) -> None:
    header = ("Nom", "email", "cadence", "weekday", "hour", "timezone", "language", "format", "mute", "only")
    cells = (
        "Jean",
        "a@example.org",
        "Weekly",
        "FRIDAY",
        "7h",
        "Asia/Tokyo",
        "EN",
        "text",
        "events",
        "blog planet",
    )
    found = row(delimiter.join(header) + "\r\n" + delimiter.join(cells) + "\r\n")
    assert (found.cadence, found.weekday, found.hour) == (Cadence.WEEKLY, Weekday.FRIDAY, 7)
    assert (found.timezone, found.language, found.format) == ("Asia/Tokyo", "en", Format.TEXT)
    follow = {"blog": Word.FOLLOW, "planet": Word.FOLLOW}
    assert found.wishes == Wishes.of(only=True, sources=follow, topics={"events": Word.MUTE})


@pytest.mark.parametrize(
    "raw",
    [
        "email;langue\nélodie@example.org;fr".encode(),
        b"\xef\xbb\xbf" + "email;langue\r\nélodie@example.org;fr\r\n".encode(),
        "email;langue\nélodie@example.org;fr\n".encode("cp1252"),
    ],
    ids=["utf-8", "bom", "cp1252"],
)
def test_utf8_with_or_without_mark_and_windows_1252_are_read(raw: bytes) -> None:
    assert row(raw).address.address == "élodie@example.org"


def test_files_pasted_together_may_mix_encodings() -> None:
    raw = b"email\n" + "é@example.org\n".encode() + "è@example.org\n".encode("cp1252")
    assert [str(each.address) for each in lines(raw) if isinstance(each, Row)] == [
        "é@example.org",
        "è@example.org",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16_is_refused_in_words_or_has_no_email_column(encoding: str) -> None:
    found = refusal("email\na@example.org\n".encode(encoding))
    assert found.line == 1


@pytest.mark.parametrize("text", ["", "\n", "name\nJean\n", '"email\n'])
def test_a_file_without_an_email_column_is_refused_at_its_first_line(text: str) -> None:
    assert refusal(text) == Refused(1, 'There is no column "email" in the first line.')


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ("nobody,,,", "no @"),
        ("a@example.org,hourly,,", "none of nightly, weekly, monthly"),
        ("a@example.org,,25,", "0 to 23"),
        ("a@example.org,,,Mars/Olympus", "no time zone"),
        ("a@example.org,,,../../etc/passwd", "no time zone"),
        (",weekly,,", "no address"),
        ("a\0@example.org,,,", "in"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_rest_is_read(cells: str, words: str) -> None:
    found = lines(f"email,cadence,hour,timezone\nx@example.org,,,\n{cells}\ny@example.org,,,\n")
    before, bad, after = found
    assert isinstance(bad, Refused)
    assert bad.line == 3
    assert words in bad.words
    assert isinstance(before, Row)
    assert isinstance(after, Row)


@pytest.mark.parametrize(
    ("mute", "only", "words"),
    [
        ("blgo", "", 'Did you mean "blog"?'),
        ("both", "", "is a source and a topic"),
        ("blog", "blog", "both wanted and muted"),
        ("topic:blog", "", "no source or topic"),
    ],
)
def test_a_slug_that_names_nothing_is_refused(mute: str, only: str, words: str) -> None:
    assert words in refusal(f"email,mute,only\na@example.org,{mute},{only}\n").words


def test_a_slug_of_two_things_is_told_apart_by_its_kind() -> None:
    found = row("email,mute\na@example.org,source:both|topic:both\n")
    assert found.wishes == Wishes.of(sources={"both": Word.MUTE}, topics={"both": Word.MUTE})


def test_empty_lines_and_short_lines_are_fine() -> None:
    found = lines("email,cadence\n\n,\n a@example.org \nb@example.org,weekly,more,cells\n")
    assert [(each.line, str(each.address)) for each in found if isinstance(each, Row)] == [
        (4, "a@example.org"),
        (5, "b@example.org"),
    ]


def test_a_quotation_mark_left_open_says_how_far_it_reaches() -> None:
    found = lines('email,name\na@example.org,"Jean\nb@example.org,Anne\n')
    (bad,) = found
    assert isinstance(bad, Refused)
    assert bad.line == 2
    assert "up to line 3" in bad.words


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    for each in read(io.BytesIO(b"email,hour\n" + raw), CATALOGUE):
        assert each.line >= 2


@given(st.text(max_size=200))
def test_what_is_taken_is_always_an_address(text: str) -> None:
    for each in lines(f"email;mute\n{text}"):
        assert isinstance(each, Refused) or "@" in each.address.address
