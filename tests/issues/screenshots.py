"""`python -m tests.issues.screenshots DIR [NAME…]`: the golden issues as pictures, at three widths, light and
dark, for people to look at."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browser import CHROMIUM, Chromium, Scheme, Shown
from tests.issues.specimens import SPECIMENS
from tests.papers import part

WIDTHS = (320, 700, 1024)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if CHROMIUM is None:
        print("screenshots: there is no Chromium here (apt-get install chromium).", file=sys.stderr)
        return 1
    folder, names = Path(arguments[0]), arguments[1:] or list(SPECIMENS)
    folder.mkdir(parents=True, exist_ok=True)
    chromium = Chromium()
    try:
        for name in names:
            html = part(SPECIMENS[name](), "html")
            for width in WIDTHS:
                for scheme in SCHEMES:
                    picture = chromium.show(html, Shown.picture, width=width, scheme=scheme)
                    (folder / f"{name}-{width}-{scheme}.png").write_bytes(picture)
    finally:
        chromium.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
