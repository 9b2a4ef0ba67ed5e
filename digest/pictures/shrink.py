"""A picture made small, seen from inside the process that does it. The one home of Pillow.

Owns the bounds that a hostile file cannot talk its way out of: what kinds of files are opened at all, how
many pixels, memory, time. It dies of the rest, and its parent knows nothing of the file but the answer.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from io import BytesIO

from PIL import Image, ImageFile
from PIL.Image import Transpose

from digest.pictures.thumbnail import HEAVIEST, TALLEST, WIDEST, Kind, Thumbnail, framed

#: what is opened; never SVG, which is a program
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
#: those of drawings and screenshots, whose edges JPEG smears
_DRAWN = frozenset(("PNG", "GIF"))
#: pixels, counted before one of them is decoded: a good camera's, and those of the largest screen. JPEG is
#: decoded at a fraction of its size, the others take their memory
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000}
MOST_OF_OTHERS = 16_000_000
#: pixels. Smileys, badges and formulas stand among words, and their alternative text does so better
LEAST_WIDTH, LEAST_HEIGHT = 100, 50
#: JPEG's, from good to just recognisable
_QUALITIES = (85, 75, 65, 55, 45)
#: of each side, where the worst quality is still too heavy
_STEP = 0.75
_ORIENTATION = 0x0112
#: what each value of the Exif tag asks for
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset((5, 6, 7, 8))


class Unfit(Exception):
    """A picture that we do not show."""


def main(*, seconds: int, megabytes: int) -> None:
    """The process's life: one picture in, one out; or the end of the pipe, for whatever reason."""
    # Its parent decides; this is for when that is gone.
    signal.alarm(seconds)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    data = sys.stdin.buffer.read()
    try:
        answer = framed(thumbnail_of(data))
    # Decoders have no one error; whatever it is, there is no picture.
    except Exception:  # noqa: BLE001
        os._exit(1)
    sys.stdout.buffer.write(answer)
    sys.stdout.flush()


def thumbnail_of(data: bytes) -> Thumbnail:
    """The picture as a mail may show it. Raises Unfit, and whatever Pillow raises for a broken file."""
    Image.init()
    formats = [name for name in _FORMATS if name in Image.OPEN]
    with Image.open(BytesIO(data), formats=formats) as opened:
        turn = opened.getexif().get(_ORIENTATION, 1)
        most = MOST_PIXELS.get(opened.format or "", MOST_OF_OTHERS)
        _assert_fit(opened.size, most=most, sideways=turn in _SIDEWAYS)
        opened.draft("RGB", (2 * WIDEST, 2 * TALLEST))
        small = _flat(_small(opened, (TALLEST, WIDEST) if turn in _SIDEWAYS else (WIDEST, TALLEST)))
        drawn = opened.format in _DRAWN
    if turn in _TURNS:
        small = small.transpose(_TURNS[turn])
    return _light(small, drawn=drawn)


def _assert_fit(size: tuple[int, int], *, most: int, sideways: bool) -> None:
    width, height = reversed(size) if sideways else size
    if width * height > most:
        raise Unfit(f"{width} × {height} pixels are more than {most}")
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        raise Unfit(f"{width} × {height} pixels: it stands among words")


def _small(opened: ImageFile.ImageFile, box: tuple[int, int]) -> Image.Image:
    """The first frame within the box, its colours as numbers, not names."""
    picture: Image.Image = opened
    if opened.mode not in ("RGB", "RGBA", "L", "LA"):
        picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    picture.thumbnail(box, reducing_gap=2.0)
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """On white: what is drawn in black on nothing would be gone in the dark. A new picture has nothing of
    the old one's metadata: no place, no name, no profile."""
    canvas = Image.new("RGB", picture.size, "white")
    canvas.paste(picture, mask=picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None)
    return canvas


def _light(picture: Image.Image, *, drawn: bool) -> Thumbnail:
    """As a file of at most HEAVIEST bytes: drawings as PNG where that is enough, all else as JPEG."""
    if drawn and len(data := _saved(picture, "png", 0)) <= HEAVIEST:
        return _thumbnail(picture, "png", data)
    while True:
        for quality in _QUALITIES:
            data = _saved(picture, "jpg", quality)
            if len(data) <= HEAVIEST:
                return _thumbnail(picture, "jpg", data)
        width, height = picture.size
        picture = picture.resize((max(1, int(width * _STEP)), max(1, int(height * _STEP))))


def _saved(picture: Image.Image, kind: Kind, quality: int) -> bytes:
    file = BytesIO()
    if kind == "png":
        picture.save(file, "PNG", optimize=True)
    else:
        picture.save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _thumbnail(picture: Image.Image, kind: Kind, data: bytes) -> Thumbnail:
    return Thumbnail(kind=kind, width=picture.width, height=picture.height, data=data)
