"""People from other programs: what listmonk, Mailman and Mailchimp say, and what it means here.

docs/importing.md has it as tables. The files in `exports/` are ours, in the shape of theirs.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.imports import READERS
from subscribers.lines import Refused, Row
from subscribers.model import Format, Reason
from tests.house.tree import ROOT

EXPORTS = Path(__file__).parent / "exports"


def lines(origin: str, raw: bytes, name: str = "-") -> list[Row | Refused]:
    return list(READERS[origin](io.BytesIO(raw), name))


def told(origin: str, name: str) -> dict[str, Row | str]:
    """By address; a refusal by its words."""
    found = lines(origin, (EXPORTS / name).read_bytes(), name)
    return {
        each.value if isinstance(each, Refused) else str(each.address): (
            each.words if isinstance(each, Refused) else each
        )
        for each in found
    }


def row(found: dict[str, Row | str], address: str) -> Row:
    each = found[address]
    assert isinstance(each, Row), each
    return each


def test_listmonk_s_csv_tells_status_and_language() -> None:
    found = told("listmonk", "listmonk.csv")
    ada, ben, cleo = (row(found, f"{name}@example.org") for name in ("ada", "ben", "cleo"))
    assert (ada.language, ada.left, ada.barred, ada.unconfirmed) == ("fr", False, None, False)
    assert ada.told == "listmonk: enabled since 2023-04-05 06:07:08"
    assert (ben.left, ben.barred) == (True, None)
    assert (cleo.barred, cleo.language) == (Reason.ADMIN, None)
    assert found["no address"] == "There is no @ in it."


def test_listmonk_s_json_tells_how_they_stand_on_each_list() -> None:
    found = told("listmonk", "listmonk.json")
    ada, ben, cleo, dan, eve = (
        row(found, f"{name}@example.org") for name in ("ada", "ben", "cleo", "dan", "eve")
    )
    assert (ada.unconfirmed, ada.barred, ada.language) == (False, None, "en")
    assert (ben.unconfirmed, ben.barred) == (True, None)
    assert cleo.barred is Reason.UNSUBSCRIBED
    assert dan.barred is Reason.ADMIN
    assert (eve.unconfirmed, eve.barred) == (False, None)


def test_a_status_listmonk_does_not_have_is_refused() -> None:
    (found,) = lines("listmonk", b"email,status\nada@example.org,asleep\n")
    assert isinstance(found, Refused)
    assert '"asleep"' in found.words


def test_mailman_s_members_are_read_as_it_prints_them() -> None:
    found = told("mailman", "mailman.txt")
    assert list(found) == ["ada@example.org", "ben@example.org", "cleo@example.org", "not an address"]
    assert isinstance(found["not an address"], str)


def test_mailman_s_json_tells_who_gets_mail_and_how() -> None:
    found = told("mailman", "mailman.json")
    ada, ben, cleo, dan, eve = (
        row(found, f"{name}@example.org") for name in ("ada", "ben", "cleo", "dan", "eve")
    )
    assert (ada.format, ada.left, ada.barred) == (None, False, None)
    assert (ben.format, ben.barred) == (Format.TEXT, None)
    assert (cleo.format, cleo.barred) == (None, Reason.HARD)
    assert (dan.left, dan.barred) == (True, None)
    assert eve.barred is Reason.ADMIN
    assert found["fay@example.org"] == "On the list as owner, not as a member."


def test_mailman_s_fields_are_read_from_a_csv_too() -> None:
    found = told("mailman", "mailman.csv")
    assert row(found, "ada@example.org").language == "fr"
    ben = row(found, "ben@example.org")
    assert (ben.language, ben.format, ben.barred) == (None, Format.TEXT, Reason.HARD)


def test_mailchimp_s_subscribed_keep_when_and_whence_they_agreed() -> None:
    found = told("mailchimp", "subscribed_members_export_1a2b3c.csv")
    ada, ben = row(found, "ada@example.org"), row(found, "ben@example.org")
    assert ada.told == "Mailchimp: asked 2021-02-03 04:05:06, confirmed 2021-02-03 04:06:07"
    assert ada.ip_prefix == "192.0.2.0/24"
    assert (ben.told, ben.ip_prefix) == ("Mailchimp: asked 2022-02-03 04:05:06", "")
    assert (ada.barred, ben.barred, ada.left) == (None, None, False)


def test_mailchimp_s_unsubscribed_and_cleaned_are_barred() -> None:
    gone = told("mailchimp", "unsubscribed_members_export_1a2b3c.csv")
    assert row(gone, "cleo@example.org").barred is Reason.UNSUBSCRIBED
    assert row(gone, "dan@example.org").barred is Reason.COMPLAINT
    cleaned = told("mailchimp", "cleaned_members_export_1a2b3c.csv")
    assert row(cleaned, "eve@example.org").barred is Reason.HARD


@pytest.mark.parametrize(
    ("name", "barred", "left"),
    [
        ("subscribed_x.csv", None, False),
        ("unsubscribed_x.csv", Reason.UNSUBSCRIBED, False),
        ("cleaned_x.csv", Reason.HARD, False),
        ("nonsubscribed_x.csv", None, True),
    ],
)
def test_a_file_of_mailchimp_without_its_times_is_known_by_its_name(
    name: str, barred: Reason | None, left: bool
) -> None:
    (found,) = lines("mailchimp", b"Email Address\nada@example.org\n", name)
    assert isinstance(found, Row)
    assert (found.barred, found.left) == (barred, left)


@pytest.mark.parametrize("origin", ["listmonk", "mailchimp"])
def test_another_program_s_csv_is_refused_at_its_first_line(origin: str) -> None:
    (found,) = lines(origin, b"name\nAda\n")
    assert isinstance(found, Refused)
    assert "is it" in found.words


@pytest.mark.parametrize("origin", ["listmonk", "mailman"])
@pytest.mark.parametrize("shape", ["array", "lines", "bom"])
def test_json_is_read_as_an_array_or_one_a_line(origin: str, shape: str) -> None:
    people = [{"email": f"a{n}@example.org"} for n in range(3)]
    text = json.dumps(people) if shape != "lines" else "\n".join(map(json.dumps, people))
    raw = text.encode("utf-8-sig" if shape == "bom" else "utf-8")
    assert [str(each.address) for each in lines(origin, raw) if isinstance(each, Row)] == [
        "a0@example.org",
        "a1@example.org",
        "a2@example.org",
    ]


def test_records_are_read_across_blocks_of_the_stream() -> None:
    filler = "x" * 1000
    people = [{"email": f"a{n}@example.org", "attribs": {"note": filler}} for n in range(600)]
    assert len(lines("listmonk", json.dumps(people).encode())) == 600


@pytest.mark.parametrize(
    "raw", [b'[{"email": "a@example.org"}', b'[{"email": "a@example.org"}, oops]', b'{"entries": [{"email"']
)
def test_json_that_breaks_off_says_so_after_what_it_gave(raw: bytes) -> None:
    *before, last = lines("mailman", raw)
    assert isinstance(last, Refused)
    assert all(isinstance(each, Row) for each in before)


def test_what_is_no_record_is_refused_and_the_rest_is_read() -> None:
    first, second = lines("mailman", b'[3, {"email": "a@example.org"}]')
    assert isinstance(first, Refused)
    assert isinstance(second, Row)


@given(
    st.sampled_from(sorted(READERS)), st.binary(max_size=200), st.sampled_from([b"", b"[", b'{"entries": ['])
)
def test_no_bytes_make_a_reader_fail(origin: str, raw: bytes, start: bytes) -> None:
    for each in lines(origin, start + raw):
        assert isinstance(each, Refused) or "@" in each.address.address


def test_every_word_of_theirs_that_changes_something_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    for word in (
        *("`enabled`", "`disabled`", "`blocklisted`", "`unsubscribed`", "`unconfirmed`"),
        *("`by_user`", "`by_bounces`", "`by_moderator`", "`plaintext_digests`", "`preferred_language`"),
        *("`UNSUB_TIME`", "`CLEAN_TIME`", "`OPTIN_TIME`", "`CONFIRM_IP`", "`UNSUB_REASON`"),
    ):
        assert word in page
    assert re.findall(r"^## From (\w+)", page, re.MULTILINE) == ["listmonk", "Mailman", "Mailchimp"]
