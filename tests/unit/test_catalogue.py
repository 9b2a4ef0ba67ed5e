"""What we say: every text in every language, well set; and catalogues of a site's own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from digest.errors import DigestError, TemplateError
from digest.press.catalogue import LANGUAGES, catalogue, places, typeset
from digest.press.words import Words
from tests import texts

UTC = ZoneInfo("UTC")
FRENCH = sorted({form for forms in catalogue("fr").texts.values() for form in forms})


# what we say


def test_every_text_is_written_where_it_is_said() -> None:
    """A text in a variable could not be found, nor told missing."""
    assert [each.place for each in texts.said() if each.message is None] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_what_is_said_and_nothing_else(language: str) -> None:
    used = {each.message: each.plural for each in texts.said()}
    assert len(used) > 20
    assert texts.keys(texts.written(language)) == used, "python -m tests.texts says what to write, and where"


def test_a_text_is_found_wherever_a_template_or_a_module_says_it() -> None:
    template = '{% if x %}{{ words.say("One") | wrap }}{% endif %}{{ say("Two", a=say("Three")) }}'
    code = (
        'def f(w): return [w.say("One"), say("Two"), w.count("{n} four", 2), "".count("no"), w.say(variable)]'
    )
    assert [each.message for each in texts.in_template(template, "t")] == ["One", "Two", "Three"]
    assert {(each.message, each.plural) for each in texts.in_code(code, "c")} == {
        ("One", False), ("Two", False), ("{n} four", True), (None, False),
    }  # fmt: skip


def test_french_says_everything() -> None:
    assert [each.id for each in texts.written("fr") if not each.string or each.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_places_of_its_key_in_every_form(language: str) -> None:
    wrong = [
        (key, form)
        for key, forms in catalogue(language).texts.items()
        for form in forms
        if places(form) != places(key)
    ]
    assert wrong == []


# how French is set


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a plain space before ; ! ? or »", r"(?: |\u00a0)[;!?»]"),
        ("no space before ; ! ? or »", r"[^\s\u202f][;!?»]"),
        ("no space, or a plain one, before a colon", r"(?:[^\u00a0]):(?!//)"),
        ("no space, or a plain one, after «", r"«[^\u202f]"),
        ("a straight apostrophe", "'"),
        ("a straight quotation mark", '"'),
        ("three dots", r"\.\.\."),
        ("n° without its space", r"n°[^\u00a0]"),
        ("two spaces", r"\s\s"),
        ("space around", r"^\s|\s$"),
        ("tu", r"(?i)\b(?:tu|te|toi|ton|ta|tes)\b"),
        ("a doubled gender form", r"(?i)\w[·.(-]e[)·.-]?s?\b|\bil/elle\b|\biel\b"),
        ("a word of marketing English", r"(?i)\b(?:newsletter|mailing-list|e-?mail|link|digest)\b"),
    ],
)
def test_french_is_set_as_french_is_printed(fault: str, pattern: str) -> None:
    assert [text for text in FRENCH if re.search(pattern, text)] == [], fault


def test_what_a_keyboard_writes_is_typeset() -> None:
    assert typeset("Quoi ? « l'été » ; oui ! n° 3 : fin...", "fr") == (
        "Quoi\u202f? «\u202fl’été\u202f»\u202f; oui\u202f! n°\u00a03\u00a0: fin…"
    )
    assert typeset("It's here : yes ?", "en") == "It’s here : yes ?"


# a site's own


def own(folder: Path, text: str, language: str = "fr") -> Words:
    (folder / "locale").mkdir(exist_ok=True)
    (folder / "locale" / f"{language}.po").write_text(text, encoding="utf-8")
    return Words(language, UTC, folder)


def test_the_wording_of_the_site_comes_before_ours(tmp_path: Path) -> None:
    words = own(tmp_path, 'msgid "Unsubscribe"\nmsgstr "Je m\'en vais !"\n')
    assert words.say("Unsubscribe") == "Je m’en vais\u202f!"
    assert words.say("Write to us") == "Nous écrire"


def test_a_site_adds_texts_for_its_own_templates_without_a_header(tmp_path: Path) -> None:
    words = own(
        tmp_path,
        'msgid "Hello {name}"\nmsgstr "Bonjour {name} !"\n\n'
        'msgid "{n} fan"\nmsgid_plural "{n} fans"\nmsgstr[0] "{n} adepte"\nmsgstr[1] "{n} adeptes"\n',
    )
    assert words.say("Hello {name}", name="Ada") == "Bonjour Ada\u202f!"
    assert [words.count("{n} fan", n) for n in (0, 1, 2)] == ["0 adepte", "1 adepte", "2 adeptes"]


def test_a_text_left_empty_or_fuzzy_is_still_ours(tmp_path: Path) -> None:
    words = own(tmp_path, 'msgid "Unsubscribe"\nmsgstr ""\n\n#, fuzzy\nmsgid "More"\nmsgstr "Quoi"\n')
    assert (words.say("Unsubscribe"), words.say("More")) == ("Ne plus recevoir ces messages", "Autres")


def test_a_catalogue_that_changes_is_read_again(tmp_path: Path) -> None:
    before = own(tmp_path, 'msgid "More"\nmsgstr "Divers"\n')
    path = tmp_path / "locale" / "fr.po"
    path.write_text('msgid "More"\nmsgstr "Le reste"\n', encoding="utf-8")
    # Two writes of a test may share a tick of the file system's clock.
    os.utime(path, ns=(1, 1))
    assert (before.say("More"), Words("fr", UTC, tmp_path).say("More")) == ("Divers", "Le reste")


def test_a_folder_without_a_catalogue_speaks_as_we_do(tmp_path: Path) -> None:
    assert Words("fr", UTC, tmp_path).say("More") == "Autres"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "More"\nmsgstr "Plus"\n\nmsgid "Mute {source}"\nmsgstr "Sans {x}"\n', r"fr\.po:4: \{x"),
        ('msgid "Mute {source}"\nmsgstr "{source.__class__}"\n', r"fr\.po:1: .*only a plain name"),
        ('msgid "Mute {source}"\nmsgstr "{source!r}"\n', r"fr\.po:1: .*only a plain name"),
        ('msgid "Mute {source}"\nmsgstr "{source:>999999999}"\n', r"fr\.po:1: .*only a plain name"),
        ('msgid "Mute {source}"\nmsgstr "{source"\n', r"fr\.po:1: .*expected '}'"),
        ('msgid "More"\nmsgstr "Autres"\nwhat is this\n', r"fr\.po:3: "),
        ('msgid "{n} fan"\nmsgid_plural "{n} fans"\nmsgstr[0] "{n} adepte"\n', r"fr\.po:1: .*two forms"),
    ],
)  # fmt: skip
def test_a_fault_in_a_catalogue_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said):
        own(tmp_path, text)


def test_a_file_that_is_no_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "fr.po").write_bytes(b'msgid "More"\nmsgstr "\xff\xfe"\n')
    with pytest.raises(TemplateError, match=r"fr\.po"):
        Words("fr", UTC, tmp_path)


def test_english_without_a_catalogue_says_the_key(tmp_path: Path) -> None:
    assert Words("en", UTC, tmp_path).say("Hello {name}", name="Ada") == "Hello Ada"


def test_a_text_that_no_catalogue_has_is_named_with_where_to_write_it() -> None:
    with pytest.raises(DigestError, match="'Hello'") as caught:
        Words("fr", UTC).say("Hello")
    assert "locale/fr.po" in str(caught.value.mend)


def test_a_text_made_up_by_a_template_reaches_into_no_value() -> None:
    with pytest.raises(TemplateError, match="only a plain name"):
        Words("en", UTC).say("{name.__class__}", name="Ada")
