"""Markdown to HTML: the one home of the library `markdown`. Whatever else stands in the text, HTML too, comes
out as it is: whoever shows it to readers cleans it first."""

from __future__ import annotations

from markdown import markdown


def to_html(text: str) -> str:
    """The HTML of a Markdown text. Tables and fenced code are understood."""
    return str(markdown(text, extensions=["tables", "fenced_code", "sane_lists"], output_format="html"))
