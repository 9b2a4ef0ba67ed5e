"""Pictures as publishers have them, and as those who mean harm do."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><script>alert(1)</script></svg>'


def photo(
    width: int = 1200, height: int = 800, *, kind: str = "JPEG", mode: str = "RGB", **more: object
) -> bytes:
    """Grain all over: what no encoder makes light."""
    return saved(Image.effect_noise((width, height), 90).convert(mode), kind, **more)


def drawing(width: int = 800, height: int = 600, *, kind: str = "PNG", **more: object) -> bytes:
    """Black on nothing: a square in the middle."""
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (width // 4, height // 4, width // 2, height // 2))
    return saved(picture, kind, **more)


def saved(picture: Image.Image, kind: str, **more: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


def png(width: int, height: int) -> bytes:
    """Black and white, honest, and small as a file whatever its size: 50,000 × 50,000 are 300 KB."""
    packer = zlib.compressobj(9)
    hundred = bytes(width // 8 + 1) * 100
    rows = b"".join(packer.compress(hundred) for _ in range(height // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
