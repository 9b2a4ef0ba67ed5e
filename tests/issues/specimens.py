"""The golden set of email-and-pages §f: every kind of issue that has broken a digest somewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType

from digest.gather.clean import clean_html
from digest.gather.plain import to_text
from digest.model import Note, Picture, Story, StoryId
from digest.press.markdown import to_html
from tests import papers
from tests.hostile.cases import CASES
from tests.issues.setting import as_read, content, fixed, issue, paper, story
from tests.issues.texts import sentences

TWELVE = (
    "CubicWeb", "Logilab", "AFPy", "Carnet de Paul", "The Slow Query", "Bits & Pieces", "Makina Corpus",
    "Sous le capot", "Notes from Lyon", "Tests d'abord", "Café Python", "Small Machines",
)  # fmt: skip

FRENCH_TITLES = (
    "La version 4.2 est sortie",
    "Compte rendu de l'assemblée générale",
    "Écrire un test qui échoue d'abord",
    "Rencontre du jeudi : venez avec vos questions",
    "Trois ans de service, et puis s'en va",
    "Lire un fichier trop grand pour la mémoire",
)
ENGLISH_TITLES = (
    "A release that names the wrong line",
    "What the planner told us",
    "Deleting code that had waited since spring",
    "How maintainers answer bug reports",
    "A parser for one evening",
    "Slides without a script",
)


def one_source() -> bytes:
    stories = [
        story(at, content(title, language="fr", at=at, authors=("Anne Martin",) if at % 2 else ()))
        for at, title in enumerate(FRENCH_TITLES[:4], start=1)
    ]
    return issue(paper("Carnet de Paul"), stories)


def twelve_sources() -> bytes:
    """French and English mixed, under topics, with a story of two sources and a source of many."""
    stories = []
    for at in range(1, 31):
        language = "fr" if at % 3 else "en"
        title = (FRENCH_TITLES if language == "fr" else ENGLISH_TITLES)[at % 6] + f" ({at})"
        stories.append(
            story(
                at,
                content(title, language=language, at=at),
                source=at % 12 + 1 if at <= 24 else 3,
                twins=(7,) if at == 2 else (),
                topics=("events",) if at % 5 == 0 or at > 24 else ("web",) if at % 4 == 0 else (),
            )
        )
    return issue(paper(*TWELVE, topics=("events", "web")), stories)


def sixty_stories() -> bytes:
    """Shown whole they would take three times the budget."""
    stories = []
    for at in range(1, 61):
        paragraphs = "".join(f"<p>{sentences('en', at + turn, 4)}</p>" for turn in range(6))
        body = f"{paragraphs}<h2>In detail</h2><ul><li>one step</li><li>another step</li></ul>"
        title = f"{ENGLISH_TITLES[at % 6]}, part {at}"
        source = fixed(f"source of {at}", 5) + 1
        stories.append(story(at, content(title, body, language="en", at=at), source=source))
    return issue(paper(*TWELVE[:5], language="en", show="full", list_title="The weekly digest"), stories)


def no_images() -> bytes:
    """Publishers' images, shown as the words that stand for them."""
    code = "une-ligne-de-code-sans-espace/" * 6
    linked = (
        '<a href="https://example.org/gallery"><img src="https://cdn.example.org/c.png" alt="La galerie"></a>'
    )
    table = "<table><tr><th>Étape</th><th>Durée</th></tr><tr><td>lire</td><td>3 s</td></tr></table>"
    figure = (
        '<figure><img src="https://cdn.example.org/b.jpg" alt=""><figcaption>La salle</figcaption></figure>'
    )
    silent = (
        '<p><a href="https://cdn.example.org/b.jpg"><img src="https://cdn.example.org/s.jpg" alt=""></a></p>'
    )
    bodies = (
        '<p>Avant.</p><p><img src="https://cdn.example.org/a.png" alt="Le schéma"></p><p>Après.</p>',
        f"{figure}{silent}",
        f"<p>{linked} et <code>python -m venv</code>.</p><pre>$ digest nightly\n{code}</pre>{table}",
    )
    stories = [
        story(at, content(f"Des images, {at}", body, language="fr", at=at))
        for at, body in enumerate(bodies, start=1)
    ]
    return issue(paper("Makina Corpus", show="full"), stories)


def _copies(**sizes: tuple[int, int]) -> dict[str, Picture]:
    """Our copies of pictures of cdn.example.org, by their names there."""
    return {
        f"https://cdn.example.org/{name}": Picture(
            url=f"https://digest.example.org/images/{sha256(name.encode()).hexdigest()[:40]}-{width}x{height}.jpg",
            width=width,
            height=height,
        )
        for name, (width, height) in sizes.items()
    }


def _with_pictures() -> list[Story]:
    """Some we have, some we could not get, some that stand among words."""
    cdn = "https://cdn.example.org"
    said = [sentences("fr", at, 2) for at in range(1, 6)]
    plain = f'<p>{said[0]}</p><p><img src="{cdn}/wide" alt="Le schéma de la base"></p><p>{said[1]}</p>'
    figure = (
        f'<figure><img src="{cdn}/tall" alt="La salle, pleine"><figcaption>La salle</figcaption></figure>'
    )
    smiley = f'<p>{said[2]} <img src="{cdn}/smiley" alt="🙂" width="72" height="72"></p>'
    linked = f'<p><a href="https://example.org/gallery"><img src="{cdn}/small" alt="La galerie"></a></p>'
    silent = f'<p><a href="{cdn}/whole.jpg"><img src="{cdn}/silent" alt=""></a></p><p>{said[3]}</p>'
    lost = f'<p><img src="{cdn}/lost" alt="Une image qui n\'est pas venue"></p><p>{said[4]}</p>'
    quoted = f'<blockquote><p><img src="{cdn}/wide" alt=""></p><p>{said[0]}</p></blockquote>'
    table = f'<table><tr><td><img src="{cdn}/tall" alt="La table"></td><td>{said[1]}</td></tr></table>'
    bodies = (plain, figure + smiley, linked + silent, lost + quoted + table)
    return [
        story(at, content(f"Un article illustré, {at}", body, language="fr", at=at))
        for at, body in enumerate(bodies, start=1)
    ]


_COPIES = _copies(wide=(600, 338), tall=(450, 600), small=(180, 120), silent=(600, 400), smiley=(72, 72))


def pictures() -> bytes:
    """Where their publishers put them."""
    return issue(paper("Makina Corpus", show="full", pictures=_COPIES), _with_pictures())


def pictures_above_excerpts() -> bytes:
    return issue(paper("Makina Corpus", pictures=_COPIES), _with_pictures())


def hostile_feed() -> bytes:
    chosen = CASES[:: max(1, len(CASES) // 24)]
    stories = [
        story(at, as_read(f"{case.name} {case.html}", f"{case.html}<p>After it.</p>", at=at))
        for at, case in enumerate(chosen, start=1)
    ]
    return issue(paper("A stranger", show="full", language="en"), stories)


def arabic() -> bytes:
    titles = ("إصدار جديد من المكتبة", "كيف تقرأ ملفا كبيرا", "لقاء الخميس", "مكتبة Django 6.0 متاحة الآن")
    return issue(paper("مدونة بايثون", "CubicWeb", show="full"), _abroad("ar", titles))


def japanese() -> bytes:
    titles = (
        "新しい版を公開しました",
        "大きなファイルの読み方",
        "月例会のお知らせ",
        "Python 3.15 の新機能をまとめて試す",
    )
    return issue(paper("パイソン日記", "CubicWeb", show="full"), _abroad("ja", titles))


def mixed_titles() -> bytes:
    told = (
        ("he", "Python 3.14: מה חדש?"),
        ("he", "למה print() לא מספיק (חלק 2)"),
        ("en", "Why שלום breaks our parser (v2.0)"),
        ("ar", "تحديث 4.2.1: إصلاحات كثيرة!"),
        ("fr", "Écrire « مرحبا » dans un terminal : mode d'emploi"),
    )
    stories = [
        story(at, content(title, language=language, at=at), source=at % 2 + 1)
        for at, (language, title) in enumerate(told, start=1)
    ]
    return issue(paper("בלוג הקוד", "Sous le capot"), stories)


def long_titles() -> bytes:
    titles = (
        f"Pourquoi nous avons réécrit {'trois fois, puis une fois encore, ' * 5}le même analyseur de texte",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
        "https://source.example.org/" + "/".join(f"chemin-{at}" for at in range(24)),
        "名前の長い題名" * 29,
    )
    languages = ("fr", "de", "fr", "ja")
    stories = []
    for at, (title, language) in enumerate(zip(titles, languages, strict=True), start=1):
        body = f"<p>{sentences('fr' if language == 'de' else language, at, 2)}</p>"
        stories.append(story(at, content(title[:200], body, language=language, at=at)))
    return issue(paper("Une source dont le titre est lui aussi nettement plus long que de raison"), stories)


def emoji_and_controls() -> bytes:
    """Through the reader, which takes out what no mail may hold."""
    titles = (
        "🎉 Sortie 🚀 de la 👩🏽‍💻 version 🇫🇷 4.2 ❤️‍🔥",
        "A title with\x00 NUL\x07, bell\x0b and \x92windows\x93 quotes\x85",
        "Over\u202eridden \u2066and\u2069 zero\u200bwidth \ufeffmarks",
        "Private \ue000 use, lone \ud800 half, \ufffe none",
        "Z̷a̷l̷g̷o̷ " + "e" + "\u0301" * 40,
    )
    stories = [
        story(at, as_read(title, f"<p>{title}</p><p>{sentences('fr', at, 2)}</p>", at=at, language="fr"))
        for at, title in enumerate(titles, start=1)
    ]
    return issue(paper("Café ☕ Python 🐍", show="full"), stories)


def editors_note() -> bytes:
    """A note, and two stories pinned to the top."""
    written = """The **general assembly** is on Saturday, and this issue is built around it.

* the [agenda](https://example.org/agenda?a=1&b=2), which is short
* the *accounts*, which are not

See you there — bring a question."""
    cleaned = clean_html(to_html(written), papers.PAPER.site_url)
    note = Note(
        html=cleaned, text=f"{to_text(cleaned)}\n\nhttps://example.org/agenda?a=1&b=2", markdown=written
    )
    stories = [
        story(at, content(title, language="en", at=at), source=at % 3 + 1)
        for at, title in enumerate(ENGLISH_TITLES, start=1)
    ]
    of = paper(*TWELVE[:3], language="en", note=note, pins=(StoryId(5), StoryId(2)), list_title="The weekly")
    return issue(of, stories)


def empty() -> bytes:
    """For a list with `skip_empty = false`."""
    return issue(paper("Carnet de Paul"), [])


def _abroad(language: str, titles: tuple[str, ...]) -> list[Story]:
    stories = [
        story(
            at,
            content(
                title,
                f"<p>{sentences(language, at, 3)}</p><ul><li>{sentences(language, at + 1, 1)}</li></ul>"
                f"<p>{sentences(language, at + 2, 1)} <code>pip install x</code></p>",
                language=language,
                at=at,
            ),
        )
        for at, title in enumerate(titles, start=1)
    ]
    return [*stories, story(len(stories) + 1, content(FRENCH_TITLES[0], language="fr", at=9), source=2)]


SPECIMENS: Mapping[str, Callable[[], bytes]] = MappingProxyType({
    made.__name__.replace("_", "-"): made
    for made in (
        one_source, twelve_sources, sixty_stories, no_images, pictures, pictures_above_excerpts, hostile_feed,
        arabic, japanese, mixed_titles, long_titles, emoji_and_controls, editors_note, empty,
    )
})  # fmt: skip
