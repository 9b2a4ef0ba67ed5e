"""For every machine rule one bad mail: the good one with one fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from tests.check.mails import Change, Written, empty_raw

HOST = "https://digest.example.org"
#: as our thumbnails are set: sides, words, our host
IMAGE = f'<img src="{HOST}/i/1.png" alt="Une affiche" width="300" height="200">'
_CELL = '<td class="foot" style="'


def style(css: str) -> Change:
    """One more declaration on the foot's cell."""
    return lambda mail: mail.html_with(_CELL, f"{_CELL}{css}; ")


def sheet(css: str) -> Change:
    """One more style element in the head."""
    return lambda mail: mail.html_with("</head>", f"<style>{css}</style>\n</head>")


def foot(html: str) -> Change:
    return lambda mail: mail.in_foot(html)


def image(old: str = "", new: str = "") -> Change:
    return foot(IMAGE.replace(old, new))


def without(html: str) -> Change:
    return lambda mail: mail.html_with(html, "")


def text(old: str, new: str) -> Change:
    return lambda mail: mail.text_with(old, new)


def head(old: str, new: str) -> Change:
    return lambda mail: mail.head_with(old, new)


def line(add: str) -> Change:
    return lambda mail: replace(mail, head=f"{mail.head}{add}\r\n")


def _long_subject(mail: Written) -> Written:
    subject = "Un objet bien trop long pour la colonne des messages de qui que ce soit, partout et toujours"
    changed = re.sub(r"Subject: .*?\r\n(?! )", f"Subject: {subject}\r\n", mail.head, flags=re.DOTALL)
    return replace(
        mail, head=changed, html=re.sub(r"<title>.*?</title>", f"<title>{subject}</title>", mail.html)
    )


def _without_mutes(mail: Written) -> Written:
    def changed(part: str) -> str:
        return re.sub(r"/mute/\w+", "", part)

    html = re.sub(
        r'(<a href="[^"]*)/mute/\w+("[^>]*>).*?</a>', r"\1\2Modifier vos préférences</a>", mail.html
    )
    return replace(mail, html=html, text=changed(mail.text))


def _story_twice(mail: Written) -> Written:
    row = re.search(r'<tr><td class="story".*?</td></tr>\n', mail.html, re.DOTALL)
    assert row
    return mail.html_with(row[0], row[0] * 2)


def _long_summary(mail: Written) -> Written:
    found = re.search(r'<p class="excerpt"[^>]*>(.*?)</p>', mail.html)
    assert found
    return mail.html_with(f">{found[1]}</p>", f">{' '.join([found[1]] * 8)}</p>")


def _accents(mail: Written) -> Written:
    """70 KB that base64 makes 95."""
    return mail.in_foot(f"<p>{'Envoyé ' * 8000}</p>")


def _other_words(mail: Written) -> Written:
    found = re.findall(r'<p class="excerpt"[^>]*>(.*?)</p>', mail.html)
    words = " ".join(f"mot{at}" for at in range(100))
    return mail.html_with(f">{found[0]}</p>", f">{' '.join([*found[0].split()[:5], words[:500]])}</p>")


def _no_way_out(mail: Written) -> Written:
    html = re.sub(rf'<a href="{HOST}/u/[^>]*>(.*?)</a>', r"\1", mail.html)
    return replace(mail, html=html, text=re.sub(rf"{HOST}/u/\w+", "", mail.text))


def _bare_break(mail: Written) -> bytes:
    return mail.raw().replace(b"\r\n\r\n--=_b--", b"\n\r\n--=_b--")


def _lf_alone(mail: Written) -> bytes:
    return mail.raw().replace(b"\r\n", b"\n")


def _empty(_: Written) -> bytes:
    return empty_raw().replace(b"0 article de 0 source", b"0 article de 0 source, rien de rien ce soir")


def _deep(mail: Written) -> Written:
    opened, closed = '<table role="presentation"><tr><td>', "</td></tr></table>"
    return mail.in_foot(f"{opened * 8}Envoyé{closed * 8}")


BAD: Mapping[str, Change] = {
    "D1": _long_subject,
    "D2": lambda mail: replace(mail, html=re.sub(r'(class="preheader"[^>]*>)[^<]*', r"\1Bonjour", mail.html)),
    "D3": lambda mail: replace(mail, html=re.sub(r"(<h1[^>]*>)[^<]*", r"\1AFPy", mail.html)),
    "D6": lambda mail: replace(mail, html=re.sub(r"(Au sommaire[^<]*?)Le web", r"\1Publié", mail.html)),
    "D7": lambda mail: mail.html_with(
        '<tr><td class="foot"', '<tr><td><h3>Envoyé</h3></td></tr><tr><td class="foot"'
    ),
    "D8": _long_summary,
    "D9": _without_mutes,
    "D10": lambda mail: replace(mail, html=re.sub(r'<a href="mailto:[^>]*>(.*?)</a>', r"\1", mail.html)),
    "D11": _empty,
    "D12": _story_twice,
    "E1": lambda mail: mail.in_foot(f"<p>{'Envoyé ' * 12_000}</p>"),
    "E3": without('<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'),
    "E4": sheet("@media (max-width: 480px) { .foot { padding: 8px 8px 8px 8px !important; } }\n" * 220),
    "E5": sheet("@media screen { @media (max-width: 480px) { .foot { padding: 8px !important; } } }"),
    "E6": sheet(".foot { padding: 8px; }"),
    "E7": style("border-color: rgb(0 0 0 / 1)"),
    "E8": style("position: relative"),
    "E9": style("display: flex"),
    "E10": foot('<p><span style="padding: 4px">Envoyé</span></p>'),
    "E11": style("width: 900px"),
    "E12": _deep,
    "E13": foot("<table><tr><td>Envoyé</td></tr></table>"),
    "E14": lambda mail: replace(mail, html=re.sub(r"<html[^>]*>", "<html>", mail.html)),
    "E15": lambda mail: replace(mail, html=re.sub(r"<title>.*?</title>", "<title>AFPy</title>", mail.html)),
    "E16": foot("<h1>Envoyé</h1>"),
    "E17": foot("<nav>Envoyé</nav>"),
    "E18": image(' alt="Une affiche"'),
    "E19": image(' width="300"'),
    "E20": image(HOST, "https://blog.example.org"),
    "E21": lambda mail: mail.html_with(_CELL, f'<td background="{HOST}/i/1.png" class="foot" style="'),
    "E22": foot(f'<a href="{HOST}/w/{"W" * 36}">ici</a>'),
    "E23": foot('<p style="color: #999999">Envoyé</p>'),
    "E24": foot('<p style="font-size: 10px">Envoyé</p>'),
    "E25": without('<meta name="color-scheme" content="light dark">\n'),
    "E26": lambda mail: replace(
        mail, html=re.sub(r"(class=\"preheader\" style=\")", r"\1font-size: 1px; ", mail.html)
    ),
    "E27": foot('<a href="#nulle-part">Publié</a>'),
    "E28": foot("<p>نشرة الأسبوع.</p>"),
    "E29": style("word-break: break-all"),
    "E30": foot("<!--[if mso]><br>-->"),
    "E31": foot('<p onclick="go()">Envoyé</p>'),
    "E32": foot("<p>Envoyé {{ list }}</p>"),
    "E33": image('width="300" height="200"', 'width="1" height="1"'),
    "E34": sheet("@media (max-width: 480px) { .foot { padding: 8px!IMPORTANT; } }"),
    "T1": text("\nEnvoyé par", "\nhttps://elsewhere.example.org/\nEnvoyé par"),
    "T3": text("# Rencontres", "#\tRencontres"),
    "T4": text("Nous écrire", "Nous écrire " * 8),
    "T5": lambda mail: replace(mail, flowed="; format=flowed"),
    "T6": text("Envoyé par", "Envoyé&nbsp;par"),
    "T7": _other_words,
    "A1": line("Date: Sun, 22 Nov 2026 03:00:00 +0000"),
    "A3": head(",\r\n <mailto:u.", ",\r\n <https://digest.example.org/more>,\r\n <mailto:u."),
    "A4": head("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
    "A8": lambda mail: replace(mail, head=re.sub(r"(List-Id: .*?)<[^>]*>", r"\1<weekly>", mail.head)),
    "A9": head(f"List-Help: <{HOST}/>\r\n", ""),
    "A10": head("Auto-Submitted: auto-generated", "Auto-Submitted: no"),
    "A11": head(":exampleorg", ":org"),
    "A13": lambda mail: replace(mail, is_text_first=False),
    "A14": _accents,
    "A15": _no_way_out,
    "A20": _bare_break,
    "A21": line("X-Editor: Zoé"),
}

#: faults that have nothing but their rule's number in common with the one above
MORE: tuple[tuple[str, Change], ...] = (
    ("A1", _lf_alone),
    ("A1", line("X-Long: " + "x" * 1000)),
    ("A4", line("DKIM-Signature: v=1; d=example.org; h=From:To:Subject; bh=x; b=x")),
    ("A20", lambda mail: mail.raw().replace(b"\r\n--=_b--", b"\r\n.\r\n--=_b--")),
    ("E3", text("Nous écrire", "Nous\x92 écrire")),
    ("E7", style("color: red")),
    ("E8", sheet("@font-face { font-family: Mine; src: none; }")),
    ("E8", style("margin: -4px 0 0 0")),
    ("E8", style("color: var(--ink)")),
    ("E19", image(".png", ".webp")),
    ("E22", foot('<a href="/archives">Publié en novembre</a>')),
    ("E23", sheet("@media (prefers-color-scheme: dark) { .foot { color: #222222 !important; } }")),
    ("E26", foot('<p style="opacity: 0">Envoyé</p>')),
    ("E31", foot('<a href="javascript:go()">Publié</a>')),
    ("E31", foot('<form action="https://digest.example.org/"></form>')),
    ("T3", text("\nEnvoyé par", "\n=======\nEnvoyé par")),
    ("T6", text("\nEnvoyé par", "\n\u200b\u200b\u200b\nEnvoyé par")),
)
