"""`python -m tests.issues.bless [NAME…]`: makes the golden issues anew, and prints what changed in them.

Somebody reads that difference before it is committed; so it refuses where nobody does (CI).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.browser import CHROMIUM, Chromium, Shown
from tests.issues.kept import GOLDEN, TREE, differences, files_of, keep, tree_text
from tests.issues.specimens import SPECIMENS


def bless(name: str, files: Mapping[str, str], golden: Path) -> str:
    """Keeps these files as the golden ones; says what was different."""
    folder = golden / name
    found = "".join(differences(folder, files))
    keep(folder, files)
    return found


def main(names: Iterable[str], *, golden: Path, environment: Mapping[str, str]) -> int:
    if environment.get("CI"):
        print("bless: CI is set, and nobody here reads what changed.", file=sys.stderr)
        return 2
    wanted = list(names) or list(SPECIMENS)
    if unknown := [name for name in wanted if name not in SPECIMENS]:
        print(f"bless: no issue {', '.join(unknown)}; there are {', '.join(SPECIMENS)}.", file=sys.stderr)
        return 2
    if CHROMIUM is None:
        print("bless: without Chromium the accessibility trees stay as they are.", file=sys.stderr)
        _all(wanted, golden, lambda _html: {})
        return 0
    chromium = Chromium()
    try:
        _all(wanted, golden, lambda html: {TREE: tree_text(chromium.show(html, Shown.tree))})
    finally:
        chromium.close()
    return 0


def _all(names: Iterable[str], golden: Path, tree: Callable[[str], dict[str, str]]) -> None:
    for name in names:
        files = files_of(SPECIMENS[name]())
        sys.stdout.write(bless(name, files | tree(files["mail.html"]), golden))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], golden=GOLDEN, environment=os.environ))
