"""Pictures are kept whole, once, beside the planet's pages and never among them."""

from __future__ import annotations

from pathlib import Path

from digest.pictures.thumbnail import Thumbnail
from digest.planet.album import Album
from digest.planet.folder import File, Folder

ONE, TWO = "https://a.example/one.png", "https://a.example/two.png?x=1"
SMALL = Thumbnail(kind="jpg", width=600, height=338, data=b"\xff\xd8\xff...")


def album(root: Path) -> Album:
    return Album(root / "public", url="https://digest.example.org/sub/")


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root / "public")) for path in (root / "public").rglob("*.*"))


def test_what_is_kept_is_found_with_its_size_below_the_site(tmp_path: Path) -> None:
    album(tmp_path).keep(ONE, SMALL)

    found = album(tmp_path).find([ONE, TWO])
    assert set(found) == {ONE}
    assert (found[ONE].width, found[ONE].height) == (600, 338)
    name = found[ONE].url.removeprefix("https://digest.example.org/sub/images/")
    assert (tmp_path / "public" / "images" / name).read_bytes() == SMALL.data


def test_there_is_nothing_before_the_first(tmp_path: Path) -> None:
    assert album(tmp_path).find([ONE]) == {}
    assert not (tmp_path / "public").exists()


def test_a_run_that_died_half_way_left_nothing_that_is_found(tmp_path: Path) -> None:
    album(tmp_path).keep(ONE, SMALL)
    (whole,) = (tmp_path / "public" / "images").iterdir()
    part = whole.with_name(f".{whole.name}.part")
    whole.rename(part)
    part.write_bytes(SMALL.data[:3])

    assert album(tmp_path).find([ONE]) == {}
    album(tmp_path).keep(ONE, SMALL)
    assert [path.read_bytes() for path in (tmp_path / "public" / "images").iterdir()] == [SMALL.data]


def test_names_that_are_not_ours_are_nobodys_pictures(tmp_path: Path) -> None:
    album(tmp_path).keep(ONE, SMALL)
    (tmp_path / "public" / "images" / "logo.png").write_bytes(b"x")
    assert set(album(tmp_path).find([ONE, "logo.png"])) == {ONE}


def test_publishing_pages_leaves_pictures_alone_before_and_after(tmp_path: Path) -> None:
    """The first pictures come before the first pages: the folder is still ours to publish into."""
    album(tmp_path).keep(ONE, SMALL)
    page = File(path="index.html", content=lambda: b"page")
    assert Folder(tmp_path / "public").publish([page]).written == 1
    album(tmp_path).keep(TWO, SMALL)
    assert Folder(tmp_path / "public").publish([]).removed == 1
    assert len([name for name in files(tmp_path) if name.startswith("images/")]) == 2
