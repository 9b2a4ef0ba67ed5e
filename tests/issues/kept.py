"""The golden issues as files: what they are made of, how they differ from what is made today."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

from tests.papers import part

GOLDEN = Path(__file__).parent / "golden"
TREE = "tree.json"


def files_of(raw: bytes) -> dict[str, str]:
    """A message as texts a person can compare, by file name."""
    headers, _, _ = raw.partition(b"\r\n\r\n")
    return {
        "headers.txt": headers.decode("ascii").replace("\r\n", "\n") + "\n",
        "mail.txt": part(raw, "plain"),
        "mail.html": part(raw, "html"),
    }


def tree_text(tree: list[Any]) -> str:
    """The accessibility tree, a node a line."""
    return f"{''.join(_lines(tree, 0))}\n"


def differences(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """The unified difference of each file that is not as kept."""
    for name, text in files.items():
        path = folder / name
        # Read as it was written: universal newlines would hide a lone CR.
        kept = path.read_bytes().decode() if path.is_file() else ""
        if kept != text:
            lines = unified_diff(
                kept.splitlines(keepends=True),
                text.splitlines(keepends=True),
                f"kept/{folder.name}/{name}",
                f"made/{folder.name}/{name}",
            )
            yield "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def keep(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def _lines(node: list[Any], depth: int) -> Iterator[str]:
    """JSON, with what a node says of itself on one line and its children below."""
    said = [each for each in node if not isinstance(each, list)]
    children = [each for each in node if isinstance(each, list)]
    opening = json.dumps(said, ensure_ascii=False)[:-1]
    yield f"{' ' * depth}{opening}"
    for child in children:
        yield ",\n"
        yield from _lines(child, depth + 1)
    yield "]"
