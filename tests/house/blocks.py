"""The shell of a Markdown page, for `test_readme` and the pages of docs/.

The convention, for whoever writes the page:

- ```` ```bash ```` is run as it stands (`set -euo pipefail`), all blocks of a page in order,
  in one folder that is empty at first, with `digest` on PATH;
- ```` ```console ```` shows a session: lines that begin with `$ ` are run likewise, `> ` continues one,
  and the rest is what a reader may expect to see, which nobody compares;
- ```` ```bash skip ```` (or `console skip`) needs root, a network or a checkout: only its syntax is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: an opening fence with its words, the lines, the same fence alone; indented as in a list
FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<words>[^`\n]*)\n(?P<body>.*?)^ *(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)

SHELLS = ("bash", "console", "sh", "shell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of shell."""

    #: where its first command stands in the page
    line: int
    script: str
    #: only its syntax is checked
    is_skipped: bool


def shell_blocks(page: str) -> tuple[Block, ...]:
    """Every block of shell of a page, in order."""
    blocks = []
    for found in FENCE.finditer(page):
        language, *flags = found["words"].split() or [""]
        if language not in SHELLS:
            continue
        body = re.sub(rf"^{found['indent']}", "", found["body"], flags=re.MULTILINE)
        blocks.append(
            Block(
                line=page.count("\n", 0, found.start("body")) + 1,
                script=_commands(body) if language == "console" else body,
                is_skipped="skip" in flags,
            )
        )
    return tuple(blocks)


def _commands(session: str) -> str:
    typed = (line[2:] for line in session.splitlines() if line.startswith(("$ ", "> ")))
    return "".join(f"{line}\n" for line in typed)
