"""What the house tests read: our modules, what they import, and the files that are ours."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file, parsed."""

    #: "digest.gather.plan"; a package goes by its own name
    name: str
    path: Path
    tree: ast.Module

    @property
    def imports(self) -> frozenset[str]:
        """Dotted names it imports, wherever the import stands; `from a import b` gives both `a` and `a.b`."""
        return frozenset(name for node in ast.walk(self.tree) for name in _imported(node))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(node.name for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


def modules(*packages: str, root: Path = ROOT) -> tuple[Module, ...]:
    """Every module of these packages, by name."""
    paths = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    return tuple(
        Module(name=_name(path.relative_to(root)), path=path, tree=ast.parse(path.read_bytes()))
        for path in paths
    )


def product() -> tuple[Module, ...]:
    return modules("digest", "subscribers")


def our_files(root: Path = ROOT) -> tuple[Path, ...]:
    """What a commit of this tree would hold: known to git or new, never ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (root / name for name in listing.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Import(names=names):
            return tuple(alias.name for alias in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return (module, *(f"{module}.{alias.name}" for alias in names))
        case _:
            return ()
