"""The table of file sizes: `python -m tests.house.sizes` prints it, `test_sizes` holds us to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]

#: files of more than this many lines need a reason
PRODUCT_WITH_REASON = 300
PRODUCT_LIMIT = 400
TEST_LIMIT = 500

#: why a product file is longer than 300 lines; a line here goes when the file is short again
REASONS: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A file and its lines, as an editor counts them."""

    path: str
    lines: int


def sizes(*folders: str, root: Path = ROOT) -> tuple[Size, ...]:
    """Every Python file below these folders, longest first."""
    found = (path for folder in folders for path in (root / folder).rglob("*.py"))
    counted = (Size(path=path.relative_to(root).as_posix(), lines=_lines(path)) for path in found)
    return tuple(sorted(counted, key=lambda size: (-size.lines, size.path)))


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def of_product(root: Path = ROOT) -> tuple[Size, ...]:
    return sizes("digest", "subscribers", root=root)


def of_tests(root: Path = ROOT) -> tuple[Size, ...]:
    return sizes("tests", "benchmarks", root=root)


def too_long(files: Iterable[Size], limit: int) -> list[str]:
    return [f"{size.path}: {size.lines} lines, at most {limit}" for size in files if size.lines > limit]


def row(name: str, files: tuple[Size, ...]) -> str:
    """One line of the table. Files without a line (`__init__.py` of a folder) are left out."""
    lines = [size.lines for size in files if size.lines]
    p90 = quantiles(lines, n=10, method="inclusive")[-1]
    numbers = f"{len(lines):>5} {sum(lines):>7} {median(lines):>7.0f} {p90:>5.0f} {max(lines):>5}"
    return f"{name:8} {numbers}  {files[0].path}"


def table() -> str:
    head = f"{'':8} {'files':>5} {'lines':>7} {'median':>7} {'p90':>5} {'max':>5}  longest"
    longest = "\n".join(f"{size.lines:>17}  {size.path}" for size in (*of_product()[:5], *of_tests()[:3]))
    return "\n".join((head, row("product", of_product()), row("tests", of_tests()), longest))


if __name__ == "__main__":
    print(table())
