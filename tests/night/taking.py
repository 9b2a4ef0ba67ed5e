"""A child that takes messages until it is killed: `python -m tests.night.taking FOLDER`, a file name a line.

Says "name deed" after each, as a door says 250: what was said must be on disk.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.night.returning import house, post


def main() -> None:
    root = Path(sys.argv[1])
    with post(house(root)) as here:
        for line in sys.stdin:
            path = root / "mail" / line.strip()
            taken = here.take(path.read_bytes())
            print(path.name, taken.deed, flush=True)


if __name__ == "__main__":
    main()
