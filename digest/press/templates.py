"""Sets templates. The one home of Jinja2: sandboxed, escaping, strict about undefined names.

A site's own folder is searched first, then ours. Whatever goes wrong inside a template becomes a
TemplateError that names its file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from markupsafe import Markup

from digest.errors import TemplateError
from digest.press.sandbox import Sandbox, bounded

__all__ = ["Markup", "Press", "own_templates"]


def own_templates() -> Path:
    """Our templates: inside the package in a wheel, at the top level of the source tree."""
    inside = Path(str(files("digest"))) / "templates"
    return inside if inside.is_dir() else inside.parent.parent / "templates"


class Press:
    """Renders templates by name. `site` is the site's own folder, or None."""

    def __init__(
        self, site: Path | None = None, *, filters: Mapping[str, Callable[..., Any]] | None = None
    ) -> None:
        self.folders = tuple(folder for folder in (site, own_templates()) if folder is not None)
        self._environment = Sandbox(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in self.folders]),
            # Text parts say no entities; everything else is markup.
            autoescape=lambda name: name is None or not name.endswith(".txt"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.add_filters(filters or {})

    def check(self, name: str) -> None:
        """Read a template without setting it. Raises TemplateError for what cannot be read."""
        with self._told(name):
            self._environment.get_template(name)

    def render(self, name: str, values: Mapping[str, object], *, room: int = 0) -> str:
        """The template's text. `room`: characters that the values bring when they are called, beside those
        they hold: the bounds for mistakes (`bounds`) grow with both. Raises TemplateError."""
        with self._told(name):
            return bounded(self._environment.get_template(name), values, room)

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Whatever goes wrong inside becomes a TemplateError."""
        try:
            yield
        except TemplateNotFound as cause:
            raise TemplateError(
                f"There is no template {cause.name!r}.",
                mend=f"Looked in {', '.join(map(str, self.folders))}.",
            ) from cause
        except TemplateSyntaxError as cause:
            raise TemplateError(f"{cause.filename or cause.name}:{cause.lineno}: {cause.message}") from cause
        # A template may fail in any way Python code may: what matters to its author is where.
        except Exception as cause:
            raise TemplateError(
                f"{self._place(cause) or name}: {str(cause) or type(cause).__name__}"
            ) from cause

    def _place(self, cause: Exception) -> str | None:
        """File and line of the innermost template frame: Jinja2 rewrites tracebacks to the source."""
        place = None
        frame = cause.__traceback__
        while frame is not None:
            file = Path(frame.tb_frame.f_code.co_filename)
            if any(file.is_relative_to(folder) for folder in self.folders):
                place = f"{file}:{frame.tb_lineno}"
            frame = frame.tb_next
        return place
