"""What comes out of the process that makes pictures small: little, of two kinds, or nothing at all."""

from __future__ import annotations

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from digest.pictures.process import shrunk
from digest.pictures.thumbnail import HEAVIEST, LONGEST_ANSWER, Thumbnail, answer_in, framed
from tests.pictures.files import SVG, drawing, photo, png, saved


def small(data: bytes, **bounds: float) -> Thumbnail | None:
    return asyncio.run(shrunk(data, **bounds))  # type: ignore[arg-type]


def made(data: bytes) -> tuple[Thumbnail, Image.Image]:
    thumbnail = small(data)
    assert thumbnail is not None
    picture = Image.open(BytesIO(thumbnail.data))
    picture.load()
    assert picture.size == (thumbnail.width, thumbnail.height)
    assert {"JPEG": "jpg", "PNG": "png"}[picture.format or ""] == thumbnail.kind
    return thumbnail, picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_each_kind_we_know_fits_a_mail(kind: str) -> None:
    thumbnail, _ = made(photo(1200, 800, kind=kind))
    assert (thumbnail.width <= 600, thumbnail.height <= 800) == (True, True)
    assert thumbnail.width * 2 == pytest.approx(thumbnail.height * 3, abs=3)
    assert len(thumbnail.data) <= HEAVIEST


def test_grain_that_no_encoder_makes_light_loses_pixels() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((600, 800), 250) for _ in range(3)])
    thumbnail, _ = made(saved(noise, "JPEG", quality=95))
    assert len(thumbnail.data) <= HEAVIEST and thumbnail.width < 600


def test_a_small_picture_is_not_made_larger() -> None:
    assert made(photo(180, 120))[1].size == (180, 120)


def test_a_tall_one_is_no_longer_than_a_screen() -> None:
    thumbnail, _ = made(photo(1000, 9000))
    assert thumbnail.height == 800


def test_drawings_keep_their_edges_and_stand_on_white() -> None:
    """Black on nothing would be gone in the dark."""
    thumbnail, picture = made(drawing())
    assert (thumbnail.kind, picture.mode) == ("png", "RGB")
    assert picture.getpixel((1, 1)) == (255, 255, 255)
    assert picture.getpixel((200, 150)) == (0, 0, 0)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue")]
    animation = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert made(animation)[1].getpixel((10, 10)) == (255, 0, 0)


def test_a_picture_on_its_side_is_turned_and_nothing_tells_with_what_it_was_taken() -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    tags[0x010F] = "A camera"
    taken = Image.new("RGB", (1200, 400), "red")
    taken.paste("blue", (0, 0, 600, 400))
    thumbnail, picture = made(saved(taken, "JPEG", exif=tags, comment=b"secret", icc_profile=b"profile"))
    assert thumbnail.width < thumbnail.height
    red, _, blue = picture.convert("RGB").getpixel((thumbnail.width // 2, 5))  # type: ignore[misc]
    assert blue > 200
    assert red < 50
    assert dict(picture.getexif()) == {}
    assert not {"icc_profile", "comment", "exif"} & set(picture.info)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png(50_000, 50_000), id="a bomb of 2.5 thousand million pixels"),
        pytest.param(photo(1200, 800)[:9_000], id="a file that breaks off"),
        pytest.param(SVG, id="SVG"),
        pytest.param(photo(300, 300, kind="TIFF"), id="a kind we do not open"),
        pytest.param(drawing(72, 72), id="a smiley"),
        pytest.param(drawing(200, 20), id="a badge"),
        pytest.param(photo(1, 1), id="a pixel"),
        pytest.param(b"<!doctype html><title>Not found</title>", id="a page"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_picture_for_a_mail_is_none(data: bytes) -> None:
    assert small(data) is None


def test_a_picture_that_takes_too_much_memory_is_none() -> None:
    assert small(photo(1200, 800), megabytes=8) is None


def test_a_picture_that_takes_too_long_is_none() -> None:
    assert small(photo(1200, 800), seconds=0.001) is None


def test_a_process_that_a_picture_took_over_can_answer_with_little_else() -> None:
    good = Thumbnail(kind="jpg", width=10, height=20, data=b"\xff\xd8\xff and more")
    assert answer_in(framed(good)) == good
    for bad in (
        b"",
        framed(good)[:5],
        framed(good).replace(b"jpg", b"svg", 1),
        framed(Thumbnail(kind="png", width=10, height=20, data=good.data)),
        framed(Thumbnail(kind="jpg", width=10, height=20, data=SVG)),
        framed(Thumbnail(kind="jpg", width=601, height=20, data=good.data)),
        framed(Thumbnail(kind="jpg", width=10, height=0, data=good.data)),
        framed(good) + bytes(LONGEST_ANSWER),
    ):
        assert answer_in(bad) is None
